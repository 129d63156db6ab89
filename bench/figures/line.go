package figures

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
)

// LineChart shows how something changes with something else.
type LineChart struct {
	Title, Subtitle string
	XLabel, YLabel  string
	LogX            bool // for 1, 2, 4, 8 …: equal steps for equal factors; every X must then be above 0
	Lines           []Line
}

// Line is one of the lines, with its points in the order of X.
type Line struct {
	Name   string
	Points []Point
}

// Point is one place on a line. Min and Max 0: no spread is drawn.
type Point struct{ X, Y, Min, Max float64 }

const (
	lineTop, lineBottom = 118.0, 398.0
	lineLeft            = 92.0
	lineHeight          = 478.0
	maxLineName         = 30   // characters
	nameRoom            = 17.0 // the least distance of two names at the ends of lines
	maxMarks            = 8    // up to here every X of the data is a mark of the axis
	markRoom            = 52.0 // the least distance of two numbers on the axis
	xTicks              = 6
)

// dashes tell lines apart without colour; so do their names.
var dashes = []string{"", "7 4", "2 4", "10 4 2 4", "14 5"}

// plot knows where a point is.
type plot struct {
	chart             LineChart
	right, xMin, xMax float64
	top               float64
}

// LineSVG draws lines with a mark for each point. It has no script and follows the reader's light or dark setting.
func LineSVG(chart LineChart) []byte {
	p := &plot{chart: chart}
	xs := p.measure()
	c := &canvas{}
	c.open(lineHeight, chart.Title, chart.Subtitle, p.description())
	c.text(lineLeft, lineTop-16, "soft", "start", chart.YLabel)
	for i := range svgTicks + 1 {
		v := p.top * float64(i) / svgTicks
		class := "line"
		if i == 0 {
			class = "axis"
		}
		c.stroke(class, lineLeft, p.y(v), p.right, p.y(v))
		c.text(lineLeft-8, p.y(v)+5, "soft", "end", trimmed(v))
	}
	p.marks(c, xs)
	c.text((lineLeft+p.right)/2, lineBottom+48, "soft", "middle", chart.XLabel)
	for i, line := range chart.Lines {
		p.line(c, i, line)
	}
	p.names(c)
	return c.close()
}

// measure finds the ends of the axes and returns every X once, in order.
func (p *plot) measure() []float64 {
	var names []string
	var xs []float64
	for _, line := range p.chart.Lines {
		names = append(names, clip(line.Name, maxLineName))
		for _, at := range line.Points {
			xs = append(xs, p.scale(at.X))
			p.top = max(p.top, plain(at.Y), plain(at.Max))
		}
	}
	p.top = ceiling(p.top)
	p.right = svgWidth - svgMargin - room(names) - 12
	slices.Sort(xs)
	xs = slices.Compact(xs)
	if len(xs) > 0 {
		p.xMin, p.xMax = xs[0], xs[len(xs)-1]
	}
	if !p.chart.LogX {
		p.xMin = min(p.xMin, 0) // an honest axis begins at nothing
	}
	return xs
}

func (p *plot) scale(x float64) float64 {
	if p.chart.LogX {
		return math.Log2(max(plain(x), math.SmallestNonzeroFloat32))
	}
	return plain(x)
}

func (p *plot) unscale(x float64) float64 {
	if p.chart.LogX {
		return math.Exp2(x)
	}
	return x
}

// at is the place of a scaled x.
func (p *plot) at(x float64) float64 {
	if p.xMax == p.xMin {
		return (lineLeft + p.right) / 2
	}
	return lineLeft + (x-p.xMin)/(p.xMax-p.xMin)*(p.right-lineLeft)
}

func (p *plot) y(v float64) float64 { return lineBottom - plain(v)/p.top*(lineBottom-lineTop) }

// marks writes the numbers of the horizontal axis: those of the data if they are few, round ones otherwise.
func (p *plot) marks(c *canvas, xs []float64) {
	if len(xs) > maxMarks && !p.chart.LogX {
		step := ceiling(p.xMax / xTicks)
		xs = xs[:0:0]
		for i := 0; float64(i)*step <= p.xMax*(1+1e-9); i++ {
			xs = append(xs, float64(i)*step)
		}
	}
	last := math.Inf(-1)
	for _, x := range xs {
		at := p.at(x)
		c.stroke("axis", at, lineBottom, at, lineBottom+5)
		if at-last >= markRoom {
			c.text(at, lineBottom+22, "soft", "middle", trimmed(math.Round(p.unscale(x)*1e6)/1e6))
			last = at
		}
	}
}

func (p *plot) line(c *canvas, i int, line Line) {
	kind := i % len(dashes)
	var path strings.Builder
	for j, point := range line.Points {
		step := "L"
		if j == 0 {
			step = "M"
		}
		x, y := p.at(p.scale(point.X)), p.y(point.Y)
		fmt.Fprintf(&path, "%s%s %s", step, coord(x), coord(y))
		if point.Max > 0 {
			c.stroke("range", x, p.y(point.Min), x, p.y(point.Max))
		}
		c.add(`<circle class="t%d" cx="%s" cy="%s" r="4"/>`, kind, coord(x), coord(y))
	}
	if path.Len() == 0 {
		return
	}
	dash := ""
	if dashes[kind] != "" {
		dash = fmt.Sprintf(` stroke-dasharray="%s"`, dashes[kind])
	}
	c.add(`<path class="s%d" fill="none" stroke-width="2.5" stroke-linejoin="round"%s d="%s"/>`, kind, dash, path.String())
}

// names writes each name at the height of its line's end, moved down where two would meet, and the whole column up where it
// would leave the field.
func (p *plot) names(c *canvas) {
	type name struct {
		line int
		y    float64
	}
	var all []name
	for i, line := range p.chart.Lines {
		if n := len(line.Points); n > 0 {
			all = append(all, name{i, p.y(line.Points[n-1].Y)})
		}
	}
	slices.SortStableFunc(all, func(a, b name) int { return cmp.Compare(a.y, b.y) })
	for i := 1; i < len(all); i++ {
		all[i].y = max(all[i].y, all[i-1].y+nameRoom)
	}
	limit := lineBottom
	for i := len(all) - 1; i >= 0; i-- {
		all[i].y = min(all[i].y, limit)
		limit = all[i].y - nameRoom
	}
	for _, n := range all {
		c.text(p.right+12, n.y+5, fmt.Sprintf("t%d", n.line%len(dashes)), "start", clip(p.chart.Lines[n.line].Name, maxLineName))
	}
}

// description says the first and the last point of each line.
func (p *plot) description() string {
	var said []string
	for _, line := range p.chart.Lines {
		if n := len(line.Points); n > 0 {
			a, b := line.Points[0], line.Points[n-1]
			said = append(said, fmt.Sprintf("%s from %s at %s to %s at %s", line.Name,
				number(plain(a.Y)), trimmed(plain(a.X)), number(plain(b.Y)), trimmed(plain(b.X))))
		}
	}
	return fmt.Sprintf("Lines of %s over %s: %s.", p.chart.YLabel, p.chart.XLabel, strings.Join(said, "; "))
}
