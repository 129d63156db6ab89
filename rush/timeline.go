package rush

import (
	"slices"
	"time"
)

// Timeline is the rush over time, in equal steps from the opening on. The lists have one number per step.
type Timeline struct {
	StepMS   float64 `json:"step_ms"`
	Arrivals []int   `json:"arrivals"` // shoppers who came, as planned
	Sold     []int   `json:"sold"`     // units that went
	Refused  []int   `json:"refused"`  // final no answers
	Left     []int   `json:"left"`     // units left at the end of the step, as the answers tell
}

const mostSteps = 120

// steps that read well on an axis.
var niceSteps = []time.Duration{
	10 * time.Millisecond, 20 * time.Millisecond, 50 * time.Millisecond, 100 * time.Millisecond, 200 * time.Millisecond,
	500 * time.Millisecond, time.Second, 2 * time.Second, 5 * time.Second, 10 * time.Second, 30 * time.Second, time.Minute,
	5 * time.Minute, 30 * time.Minute,
}

// sales lists the moments at which the units went, in order.
func (c *crowd) sales() []time.Duration {
	var at []time.Duration
	for _, s := range c.shoppers {
		if s.end == accepted {
			at = append(at, s.soldAt)
		}
	}
	slices.Sort(at)
	return at
}

// timeline is made from what each shopper remembers, after the rush, so that it costs nothing while it runs.
func (c *crowd) timeline() Timeline {
	last := c.cfg.Duration
	for _, s := range c.shoppers {
		last = max(last, s.ended, s.due)
	}
	step := niceSteps[len(niceSteps)-1]
	for _, n := range niceSteps {
		if last/n < mostSteps {
			step = n
			break
		}
	}
	size := int(last/step) + 1
	t := Timeline{
		StepMS:   ms(step),
		Arrivals: make([]int, size), Sold: make([]int, size), Refused: make([]int, size), Left: make([]int, size),
	}
	for _, s := range c.shoppers {
		switch s.end {
		case accepted:
			t.Sold[s.soldAt/step]++
		case refused:
			t.Refused[s.ended/step]++
		case open, notIn, notSent:
			continue
		}
		t.Arrivals[s.due/step]++
	}
	left := c.units
	for i := range t.Left {
		left -= t.Sold[i]
		t.Left[i] = max(left, 0)
	}
	return t
}
