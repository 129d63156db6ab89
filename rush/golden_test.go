package rush

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"

	"gotest.tools/v3/golden"
)

// sample is a report with a number in every place.
func sample() *Report {
	out := 842.5
	r := &Report{
		Shop: "http://127.0.0.1:8080", Item: 7, Seed: 3735928559, Loop: "open", Curve: CurveRush,
		Shoppers: 10_000, Units: 500, Arrive: 10_000, Took: 14_250, SignedIn: 9_998,
		SignInFailed: map[string]int{"busy": 2},
		Accepted:     500, Refused: map[string]int{"sold_out": 9_430, "already_ordered": 41}, GaveUp: 26, NotSent: 1,
		Unknown: Unknown{Shoppers: 512, Cut: 492, Said: 15, Lost: 5, EndedYes: 31, EndedNo: 481},
		Answers: Answers{
			Requests: 23_456, Busy: 1_204, Unknown: 15, NotOpen: 3, TooLate: 2, Lost: 5, TryAgain: 1_219,
			RetryAfterMinMS: 1000, RetryAfterMaxMS: 4000,
		},
		Acts: Acts{DoublePressed: 950, ClosedEarly: 492, PlainForm: 503, Reloaded: 97, Paid: 451},
		Latency: []Latency{
			{Name: "accepted", Count: 500, P50: 41.2, P99: 512.7, P999: 1204, Max: 1300},
			{Name: "refused", Count: 9_471, P50: 3.4, P99: 87.9, P999: 2031.5, Max: 4100},
			{Name: "press_yes", Count: 628, P50: 22.2, P99: 90, P999: 101.5, Max: 120},
		},
		SoldOutMS: &out,
		Batches:   &Batches{Orders: 1_240, Commits: 40, PerCommit: 31},
		Generator: Generator{Cores: 2, CPUSeconds: 4.1, CPUShare: 0.143, LateSends: 12, DispatchP99MS: 1.9, SendP99MS: 33, JournalP99MS: 4.5},
		Checks: []Check{
			{Name: "acknowledged_stored", Says: "Every yes is an order in the database, of the right shopper", Result: CheckOK, Detail: "500 of 500"},
			{Name: "retry_after", Says: `Every "try again" says when`, Result: CheckIdle, Detail: "nobody was told to try again"},
			{
				Name: "everybody_came", Says: "Every shopper signed in and was sent", Result: CheckFailed, Detail: "9,997 of 10,000", Broken: 7,
				Bad: []string{"2 could not sign in: busy 2", "1 were never sent"},
			},
		},
		Verdict: VerdictNotClean,
	}
	t := &r.Timeline
	t.StepMS = 200
	left := 500
	for i := range 72 {
		came, sold := 0, 0
		if i < 50 {
			came = 9_997 / (20 + i*i) // falls off like a rush
		}
		if i < 5 {
			sold = []int{60, 150, 180, 90, 20}[i]
		}
		left -= sold
		t.Arrivals = append(t.Arrivals, came)
		t.Sold = append(t.Sold, sold)
		t.Refused = append(t.Refused, came-sold)
		t.Left = append(t.Left, left)
	}
	return r
}

func TestGolden(t *testing.T) {
	t.Parallel()
	r := sample()
	var txt, svg bytes.Buffer
	if err := r.WriteText(&txt); err != nil {
		t.Fatal(err)
	}
	if err := r.WriteSVG(&svg); err != nil {
		t.Fatal(err)
	}
	js, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	golden.AssertBytes(t, txt.Bytes(), "report.txt")
	golden.AssertBytes(t, svg.Bytes(), "report.svg")
	golden.AssertBytes(t, append(js, '\n'), "report.json")
}

// TestPictureIsXML draws reports at the edges; each must be well-formed and have a title and a description.
func TestPictureIsXML(t *testing.T) {
	t.Parallel()
	empty := &Report{}
	unsold := sample()
	unsold.SoldOutMS = nil
	late := sample()
	end := 14_399.0
	late.SoldOutMS = &end
	one := &Report{Units: 1, Timeline: Timeline{StepMS: 10, Arrivals: []int{1}, Sold: []int{1}, Refused: []int{0}, Left: []int{0}}}
	for name, r := range map[string]*Report{"empty": empty, "unsold": unsold, "late": late, "one": one} {
		var b bytes.Buffer
		if err := r.WriteSVG(&b); err != nil {
			t.Fatal(err)
		}
		s := b.String()
		if !strings.Contains(s, "<title id=") || !strings.Contains(s, "<desc id=") || strings.Contains(s, "NaN") || strings.Contains(s, "Inf") {
			t.Errorf("%s:\n%s", name, s)
		}
		d := xml.NewDecoder(&b)
		for {
			if _, err := d.Token(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
		}
	}
}

type fullDisk struct{}

var errFull = errors.New("disk full")

func (fullDisk) Write([]byte) (int, error) { return 0, errFull }

func TestWritersSayWhenTheyFail(t *testing.T) {
	t.Parallel()
	if err := sample().WriteText(fullDisk{}); !errors.Is(err, errFull) {
		t.Errorf("text: %v", err)
	}
	if err := sample().WriteSVG(fullDisk{}); !errors.Is(err, errFull) {
		t.Errorf("svg: %v", err)
	}
}
