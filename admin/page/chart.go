package page

import (
	"strconv"
	"strings"
	"time"
)

// ChartPoint is how an item's units were spread from a time on.
type ChartPoint struct {
	At               time.Time
	Left, Held, Sold int64
}

// Chart is an item's units over the time of its sale. No points: there is nothing to draw yet.
type Chart struct {
	From, To time.Time
	Points   []ChartPoint // in order of time, the first at From
}

// The size of the drawing in its own units; it is stretched to the place it has.
const chartWide, chartHigh = 720, 200

// chartLayers are what is stacked, from the highest to the ground.
var chartLayers = []string{MovesLeft, MovesHeld, MovesSold}

// top is how high a point's stack is up to and with a layer.
func (p ChartPoint) top(layer string) int64 {
	switch layer {
	case MovesSold:
		return p.Sold
	case MovesHeld:
		return p.Sold + p.Held
	default:
		return p.Sold + p.Held + p.Left
	}
}

// most is the highest stack, at least 1.
func (c Chart) most() int64 {
	most := int64(1)
	for _, p := range c.Points {
		most = max(most, p.top(MovesLeft))
	}
	return most
}

func (c Chart) x(at time.Time) string {
	span := c.To.Sub(c.From)
	if span <= 0 {
		return "0"
	}
	share := float64(min(max(at.Sub(c.From), 0), span)) / float64(span)
	return strconv.FormatFloat(share*chartWide, 'f', 1, 64)
}

func (c Chart) y(units int64) string {
	return strconv.FormatFloat(chartHigh-float64(max(units, 0))/float64(c.most())*chartHigh, 'f', 1, 64)
}

// area is the outline of a layer with all below it, in steps: what was true at a point stays true until the next. Layers are drawn from the highest to the lowest,
// so each hides what is below it.
func (c Chart) area(layer string) string {
	var path strings.Builder
	path.WriteString("M0 " + strconv.Itoa(chartHigh))
	for _, p := range c.Points {
		path.WriteString("H" + c.x(p.At) + "V" + c.y(p.top(layer)))
	}
	path.WriteString("H" + strconv.Itoa(chartWide) + "V" + strconv.Itoa(chartHigh) + "Z")
	return path.String()
}

// last is the latest point.
func (c Chart) last() ChartPoint { return c.Points[len(c.Points)-1] }
