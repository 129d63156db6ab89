package figures

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func barSample() BarChart {
	return BarChart{
		Title: "One hot item: durable orders a second", Subtitle: "mariadb · each design with its best settings · 256 callers",
		Unit: "orders/s", Bars: Bars(designs(), "rate", "doorbuster"),
	}
}

func lineSample() LineChart {
	return LineChart{
		Title: "Shards of the stock row", Subtitle: "mariadb · median of 5 rounds, with the least and the greatest",
		XLabel: "shards", YLabel: "orders/s", LogX: true,
		Lines: []Line{
			{"doorbuster", []Point{{1, 71_000, 69_000, 74_900}, {2, 66_000, 60_000, 73_000}, {4, 64_000, 0, 0}, {16, 61_000, 60_500, 62_000}}},
			{"one CALL per order", []Point{{1, 3_551, 0, 0}, {2, 4_100, 0, 0}, {4, 4_900, 0, 0}, {16, 6_061, 0, 0}}},
			{"tutorial & co", []Point{{1, 1_700, 0, 0}, {16, 1_650, 0, 0}}},
		},
	}
}

func TestBarsTakeTheBestSettings(t *testing.T) {
	t.Parallel()
	want := []Bar{
		{"doorbuster, shards 1", 70_200, 69_400, 71_000, true},
		{"call, pool 8", 3_476.5, 3_402, 3_551, false}, // not pool 32, whose fast round failed its audit; and no oversells
	}
	if diff := cmp.Diff(want, Bars(designs(), "rate", "doorbuster")); diff != "" {
		t.Error(diff)
	}
}

// pictures are the samples and the edges: nothing, one point, no numbers, hostile and long texts, more lines than styles.
func pictures() map[string][]byte {
	hostile := `</text><script>alert(1)</script>&"'` + "\x00" + strings.Repeat("long ", 40)
	many := LineChart{Title: hostile, Subtitle: hostile, XLabel: hostile, YLabel: hostile}
	for i := range 9 {
		line := Line{Name: hostile}
		for j := range 20 {
			line.Points = append(line.Points, Point{X: float64(j * 37), Y: float64(i), Min: 0, Max: 9})
		}
		many.Lines = append(many.Lines, line)
	}
	odd := []float64{math.NaN(), math.Inf(1), math.Inf(-1), -5, 0, math.MaxFloat64, 1e-300}
	oddBars, oddLine := BarChart{Title: "odd"}, Line{Name: "odd"}
	for _, v := range odd {
		oddBars.Bars = append(oddBars.Bars, Bar{Label: hostile, Value: v, Min: v, Max: v})
		oddLine.Points = append(oddLine.Points, Point{v, v, v, v})
	}
	return map[string][]byte{
		"bars":       BarSVG(barSample()),
		"lines":      LineSVG(lineSample()),
		"no bars":    BarSVG(BarChart{}),
		"no lines":   LineSVG(LineChart{}),
		"empty line": LineSVG(LineChart{Lines: []Line{{Name: "nothing"}}}),
		"one point":  LineSVG(LineChart{LogX: true, Lines: []Line{{Name: "a", Points: []Point{{1, 0, 0, 0}}}}}),
		"odd bars":   BarSVG(oddBars),
		"odd lines":  LineSVG(LineChart{Title: "odd", Lines: []Line{oddLine}}),
		"odd log":    LineSVG(LineChart{Title: "odd", LogX: true, Lines: []Line{oddLine}}),
		"hostile":    LineSVG(many),
	}
}

func TestPicturesAreXMLWithoutScript(t *testing.T) {
	t.Parallel()
	allowed := map[string]bool{"svg": true, "title": true, "desc": true, "style": true, "rect": true, "text": true, "line": true, "path": true, "circle": true}
	for name, svg := range pictures() {
		elements := map[string]int{}
		d := xml.NewDecoder(bytes.NewReader(svg))
		for {
			token, err := d.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("%s: %v\n%s", name, err, svg)
			}
			start, ok := token.(xml.StartElement)
			if !ok {
				continue
			}
			elements[start.Name.Local]++
			for _, a := range start.Attr {
				if strings.HasPrefix(a.Name.Local, "on") || a.Name.Local == "href" || strings.Contains(a.Value, "NaN") || strings.Contains(a.Value, "Inf") {
					t.Errorf("%s: %s has %s=%q", name, start.Name.Local, a.Name.Local, a.Value)
				}
			}
		}
		for element := range elements {
			if !allowed[element] {
				t.Errorf("%s has <%s>", name, element)
			}
		}
		if elements["svg"] != 1 || elements["title"] != 1 || elements["desc"] != 1 || !bytes.Contains(svg, []byte("prefers-color-scheme:dark")) {
			t.Errorf("%s: %v", name, elements)
		}
	}
}
