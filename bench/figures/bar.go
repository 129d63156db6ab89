package figures

import (
	"fmt"
	"strings"
)

// BarChart compares designs: one bar each, with the least and the greatest round as a thin line.
type BarChart struct {
	Title, Subtitle string
	Unit            string // under the axis
	Bars            []Bar
}

// Bar is one design.
type Bar struct {
	Label           string
	Value, Min, Max float64 // Min and Max 0: no spread is drawn
	Ours            bool    // drawn in the shop's colour
}

const (
	barRow, barThick = 34.0, 20.0
	barFrom          = 88.0 // where the first row begins
	maxBarLabel      = 40   // characters
	barGap           = 12.0
)

// BarSVG draws horizontal bars in the order given. It has no script and follows the reader's light or dark setting.
func BarSVG(chart BarChart) []byte {
	var labels, values, said []string
	top := 0.0
	for _, b := range chart.Bars {
		labels = append(labels, clip(b.Label, maxBarLabel))
		values = append(values, b.text())
		said = append(said, b.Label+" "+b.text())
		top = max(top, plain(b.Value), plain(b.Max))
	}
	top = ceiling(top)
	left := svgMargin + room(labels) + barGap
	width := svgWidth - svgMargin - room(values) - barGap - left
	bottom := barFrom + barRow*float64(len(chart.Bars))
	x := func(v float64) float64 { return left + plain(v)/top*width }

	c := &canvas{}
	c.open(bottom+64, chart.Title, chart.Subtitle, fmt.Sprintf("Bars, in %s: %s.", chart.Unit, strings.Join(said, "; ")))
	for i := range svgTicks + 1 {
		v := top * float64(i) / svgTicks
		class := "line"
		if i == 0 {
			class = "axis"
		}
		c.stroke(class, x(v), barFrom, x(v), bottom)
		c.text(x(v), bottom+20, "soft", "middle", trimmed(v))
	}
	c.text(left+width/2, bottom+46, "soft", "middle", chart.Unit)
	for i, b := range chart.Bars {
		y := barFrom + barRow*float64(i) + barRow/2
		c.text(left-barGap, y+5, "ink", "end", labels[i])
		class := "bar"
		if b.Ours {
			class = "ours"
		}
		c.add(`<rect class="%s" x="%s" y="%s" width="%s" height="%s"/>`, class, coord(left), coord(y-barThick/2), coord(x(b.Value)-left), coord(barThick))
		end := x(b.Value)
		if b.Max > 0 {
			c.stroke("range", x(b.Min), y, x(b.Max), y)
			c.stroke("range", x(b.Min), y-4, x(b.Min), y+4)
			c.stroke("range", x(b.Max), y-4, x(b.Max), y+4)
			end = max(end, x(b.Max))
		}
		c.text(end+barGap, y+5, "ink", "start", values[i])
	}
	return c.close()
}

func (b *Bar) text() string {
	s := number(plain(b.Value))
	if b.Max > 0 && b.Min != b.Max {
		s += " (" + number(plain(b.Min)) + " to " + number(plain(b.Max)) + ")"
	}
	return s
}

// Bars makes the bars of one rate of a series: each design with the settings whose median is greatest, so that all are at their best.
// A design without a valid run has no bar. Those named in ours get the shop's colour.
func Bars(s Series, measure string, ours ...string) []Bar {
	var bars []Bar
	place := map[string]int{}
	for _, g := range grouped(s) {
		if len(g.values[measure]) == 0 {
			continue
		}
		b := Bar{Label: g.design}
		b.Value, b.Min, b.Max = Summary(g.values[measure])
		for _, name := range ours {
			b.Ours = b.Ours || name == g.design
		}
		if g.settings != "" {
			b.Label += ", " + g.settings
		}
		at, known := place[g.design]
		switch {
		case !known:
			place[g.design] = len(bars)
			bars = append(bars, b)
		case b.Value > bars[at].Value:
			bars[at] = b
		}
	}
	return bars
}
