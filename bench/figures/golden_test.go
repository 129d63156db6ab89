package figures

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"gotest.tools/v3/golden"
)

// TestGolden holds what people see. The page ends in .txt because its links lead from docs/, not from here.
func TestGolden(t *testing.T) {
	t.Parallel()
	r := sample()
	var table, page bytes.Buffer
	Table(&table, r.Figures)
	if err := Page(&page, r); err != nil {
		t.Fatal(err)
	}
	golden.AssertBytes(t, table.Bytes(), "table.txt")
	golden.AssertBytes(t, page.Bytes(), "page.txt")
	golden.AssertBytes(t, BarSVG(barSample()), "bar.svg")
	golden.AssertBytes(t, LineSVG(lineSample()), "line.svg")
}

// TestPageSaysWhatWasMissed: a miss and its reason are on the page; a miss without a reason is an error, and still on the page.
func TestPageSaysWhatWasMissed(t *testing.T) {
	t.Parallel()
	r := sample()
	delete(r.Settings, "mysql")
	r.Figures = append(r.Figures[:1:1], r.Figures[2:]...)
	r.Figures = append(r.Figures, Figure{ID: "R7", Server: "mysql", Median: 0.5, Threshold: 0.9})
	var b bytes.Buffer
	if err := Page(&b, r); !errors.Is(err, ErrDishonest) || !strings.Contains(err.Error(), "R7") {
		t.Errorf("R7 has no note: %v", err)
	}
	for _, want := range []string{
		"**R3 missed**, 0.449 instead of 0.45: the server's own processor time: no core is left",
		"**R7 missed**, 0.500 instead of 0.9: missed, and no limit is named",
		"### mysql\n\n0 of 1 thresholds reached. Not reached: R7; the reasons are under the table.\n\nThese figures are of an earlier run",
		"## What to keep in mind",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("the page lacks %q", want)
		}
	}
}

// TestPageOfNothing: a run that was cut short still has a page.
func TestPageOfNothing(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	if err := Page(&b, Report{}); err != nil {
		t.Fatal(err)
	}
	for _, not := range []string{"## Pictures", "## Every series", "## What to keep", "NaN"} {
		if strings.Contains(b.String(), not) {
			t.Errorf("an empty report has %q", not)
		}
	}
}

type fullDisk struct{}

var errFull = errors.New("disk full")

func (fullDisk) Write([]byte) (int, error) { return 0, errFull }

func TestPageSaysWhenItFails(t *testing.T) {
	t.Parallel()
	if err := Page(fullDisk{}, sample()); !errors.Is(err, errFull) {
		t.Errorf("got %v", err)
	}
}
