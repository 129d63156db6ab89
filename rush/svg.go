package rush

import (
	"encoding/xml"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
)

// The picture has two fields above each other with one time axis: who came, and what was left.
const (
	svgWidth, svgHeight   = 960, 560
	plotLeft, plotRight   = 76, 850
	topFrom, topTo        = 104, 262
	bottomFrom, bottomTo  = 330, 488
	svgTicks              = 4
	xTicks                = 6
	labelRoom             = 14.0 // the least distance of two labels at the end of lines
	plotWidth, plotHeight = plotRight - plotLeft, topTo - topFrom
)

// svgStyle follows the colours of the pages, light and dark. No line is told apart by colour alone: they are solid and
// dashed, and carry their names.
const svgStyle = `
.paper{fill:#faf8f4}.ink{fill:#16181d}.soft{fill:#565b66}.line{stroke:#ddd8cd}.axis{stroke:#565b66}
.came{fill:#b9b3a6}.left{stroke:#b93a0b}.sold{stroke:#17663a}.left-t{fill:#b93a0b}.sold-t{fill:#17663a}.mark{stroke:#16181d}
@media (prefers-color-scheme:dark){.paper{fill:#131519}.ink{fill:#f1efe9}.soft{fill:#a9aebb}.line{stroke:#31353e}.axis{stroke:#a9aebb}
.came{fill:#555b67}.left{stroke:#ff9a5c}.sold{stroke:#7fd8a0}.left-t{fill:#ff9a5c}.sold-t{fill:#7fd8a0}.mark{stroke:#f1efe9}}
text{font:14px system-ui,-apple-system,"Segoe UI",sans-serif;font-variant-numeric:tabular-nums}.h{font-size:20px;font-weight:600}
`

// drawing collects an SVG.
type drawing struct {
	strings.Builder
	xMax float64 // seconds at the right edge
}

func (d *drawing) add(format string, args ...any) {
	_, _ = fmt.Fprintf(&d.Builder, format+"\n", args...) // a Builder takes everything
}

func (d *drawing) x(sec float64) float64 { return plotLeft + sec/d.xMax*plotWidth }

// text draws one text; class and place as in SVG.
func (d *drawing) text(x, y float64, class, anchor, s string) {
	d.add(`<text x="%s" y="%s" class="%s" text-anchor="%s">%s</text>`, num(x), num(y), class, anchor, escape(s))
}

// WriteSVG draws the rush: arrivals, units sold and units left over time. It returns the first error of w.
func (r *Report) WriteSVG(w io.Writer) error {
	t := &r.Timeline
	step := t.StepMS / 1000
	d := &drawing{xMax: math.Max(float64(len(t.Arrivals))*step, 0.01)}
	title, desc := r.headline(), r.description()
	d.add(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" role="img" aria-labelledby="t d">`, svgWidth, svgHeight)
	d.add(`<title id="t">%s</title>`, escape(title))
	d.add(`<desc id="d">%s</desc>`, escape(desc))
	d.add(`<style>%s</style>`, svgStyle)
	d.add(`<rect class="paper" width="%d" height="%d"/>`, svgWidth, svgHeight)
	d.text(28, 40, "ink h", "start", title)
	d.text(28, 64, "soft", "start", r.subtitle())
	d.arrivals(t, step)
	d.units(r, step)
	d.timeAxis()
	d.soldOut(r)
	d.add(`</svg>`)
	_, err := io.WriteString(w, d.String())
	return err
}

func (r *Report) headline() string {
	s := fmt.Sprintf("%s shoppers, %s units", thousands(r.Shoppers), thousands(r.Units))
	if r.SoldOutMS != nil {
		return s + ": sold out after " + span(*r.SoldOutMS)
	}
	return s + ": " + thousands(r.Accepted) + " sold"
}

func (r *Report) subtitle() string {
	return fmt.Sprintf("item %d · seed %d · %s loop · verdict: %s", r.Item, r.Seed, r.Loop, strings.ReplaceAll(r.Verdict, "_", " "))
}

func (r *Report) description() string {
	refused := 0
	for _, n := range r.Refused {
		refused += n
	}
	return fmt.Sprintf("Two charts over the seconds after the opening. Above: shoppers arriving per second, at most %s. Below: units left, from %s down, "+
		"and units sold, up to %s. %s shoppers were refused, %s gave up.",
		thousands(int(peak(r.Timeline.Arrivals, r.Timeline.StepMS/1000))), thousands(r.Units), thousands(r.Accepted), thousands(refused), thousands(r.GaveUp))
}

// peak is the greatest number per second.
func peak(n []int, step float64) float64 {
	most := 0
	for _, v := range n {
		most = max(most, v)
	}
	if step <= 0 {
		return 0
	}
	return float64(most) / step
}

// arrivals draws the upper field: one bar per step.
func (d *drawing) arrivals(t *Timeline, step float64) {
	top := nice(peak(t.Arrivals, step))
	d.text(plotLeft, topFrom-14, "soft", "start", "shoppers arriving per second")
	d.grid(topFrom, topTo, top)
	width := math.Max(d.x(step)-d.x(0)-1, 0.5)
	for i, n := range t.Arrivals {
		if n == 0 {
			continue
		}
		h := float64(n) / step / top * plotHeight
		d.add(`<rect class="came" x="%s" y="%s" width="%s" height="%s"/>`, num(d.x(float64(i)*step)), num(topTo-h), num(width), num(h))
	}
}

// units draws the lower field: what was left and what was sold.
func (d *drawing) units(r *Report, step float64) {
	t := &r.Timeline
	sum := 0
	sold := make([]int, len(t.Sold))
	for i, n := range t.Sold {
		sum += n
		sold[i] = sum
	}
	top := nice(float64(max(r.Units, sum)))
	y := func(n int) float64 { return bottomTo - float64(n)/top*plotHeight }
	d.text(plotLeft, bottomFrom-14, "soft", "start", "units")
	d.grid(bottomFrom, bottomTo, top)
	d.curve("sold", ` stroke-dasharray="7 4"`, y(0), sold, step, y)
	d.curve("left", "", y(r.Units), t.Left, step, y)
	left := r.Units
	if n := len(t.Left); n > 0 {
		left = t.Left[n-1]
	}
	yLeft, ySold := y(left)+4, y(sum)+4
	if math.Abs(yLeft-ySold) < labelRoom { // keep the names apart
		yLeft, ySold = yLeft+labelRoom/2, ySold-labelRoom/2
	}
	d.text(plotRight+8, yLeft, "left-t", "start", thousands(left)+" left")
	d.text(plotRight+8, ySold, "sold-t", "start", thousands(sum)+" sold")
}

// curve draws a line through the value at the end of each step.
func (d *drawing) curve(class, extra string, from float64, values []int, step float64, y func(int) float64) {
	var path strings.Builder
	fmt.Fprintf(&path, "M%s %s", num(d.x(0)), num(from))
	for i, v := range values {
		fmt.Fprintf(&path, "L%s %s", num(d.x(float64(i+1)*step)), num(y(v)))
	}
	d.add(`<path class="%s" fill="none" stroke-width="2.5" stroke-linejoin="round"%s d="%s"/>`, class, extra, path.String())
}

// grid draws the levels of a field and their numbers.
func (d *drawing) grid(from, to, top float64) {
	for i := range svgTicks + 1 {
		v := top * float64(i) / svgTicks
		y := to - (to-from)*float64(i)/svgTicks
		class := "line"
		if i == 0 {
			class = "axis"
		}
		d.add(`<line class="%s" x1="%d" x2="%d" y1="%s" y2="%s"/>`, class, plotLeft, plotRight, num(y), num(y))
		d.text(plotLeft-8, y+5, "soft", "end", level(v))
	}
}

// level writes a number on the axis; small tops have halves and quarters.
func level(v float64) string {
	if v == math.Trunc(v) {
		return thousands(int(v))
	}
	return strconv.FormatFloat(v, 'f', -1, 64)
}

func (d *drawing) timeAxis() {
	unit := nice(d.xMax / xTicks)
	for i := 0; float64(i)*unit <= d.xMax*1.0001; i++ {
		sec := float64(i) * unit
		for _, y := range []int{topTo, bottomTo} {
			d.add(`<line class="axis" x1="%s" x2="%s" y1="%d" y2="%d"/>`, num(d.x(sec)), num(d.x(sec)), y, y+5)
		}
		d.text(d.x(sec), bottomTo+22, "soft", "middle", strconv.FormatFloat(math.Round(sec*1000)/1000, 'f', -1, 64))
	}
	d.text((plotLeft+plotRight)/2, bottomTo+48, "soft", "middle", "seconds after the opening")
}

// soldOut marks the moment through both fields.
func (d *drawing) soldOut(r *Report) {
	if r.SoldOutMS == nil {
		return
	}
	x := d.x(*r.SoldOutMS / 1000)
	d.add(`<line class="mark" stroke-dasharray="2 4" x1="%s" x2="%s" y1="%d" y2="%d"/>`, num(x), num(x), topFrom, bottomTo)
	anchor, at := "start", x+8
	if x > plotRight-120 {
		anchor, at = "end", x-8
	}
	d.text(at, topFrom+12, "ink", anchor, "sold out")
}

// nice rounds up to 1, 2, 4, 5 or 10 times a power of ten, so that a quarter of it can be written on an axis.
func nice(v float64) float64 {
	if v <= 0 {
		return 1
	}
	p := math.Pow(10, math.Floor(math.Log10(v)))
	for _, m := range []float64{1, 2, 4, 5} {
		if v <= m*p {
			return m * p
		}
	}
	return 10 * p
}

func num(v float64) string { return strconv.FormatFloat(math.Round(v*10)/10, 'f', -1, 64) }

func escape(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s)) // a Builder takes everything
	return b.String()
}
