package page

import (
	"context"
	"fmt"
	"time"

	"doorbuster/web/ui"
)

// ReportView is GET /{lang}/sales/{sale}/report: what a sale came to.
type ReportView struct {
	Frame
	Sale       SaleRow
	Starts     time.Time // when it opened to anybody: to members, where they came first
	Held, Sold int64
	Ended      *time.Time // when staff ended it; nil: they did not
	Now        time.Time  // of the database, when it was read

	// Orders ever placed, and what they are now.
	Orders, Paid, Unpaid, Cancelled, Expired, Refunded int64
	Buyers                                             int64      // shoppers who have a paid order
	First, Last                                        *time.Time // when the first and the last order was placed; nil: none was

	Findings int        // of the reconciliation about its items, that stand
	LookedAt *time.Time // when it looked last; nil: never

	Step    time.Duration // of a bar; 0: there are none
	Bars    []ReportBar   // those in which something happened, in order
	Money   []ReportMoney // by currency
	Answers []ReportAnswer
	Fair    *ReportFairness // nil: nothing was ordered
	Items   []ReportItem
	More    string // path of the next page of items; empty: none
}

// ReportBar is what happened in one step of time, in units.
type ReportBar struct {
	Step               int // from 0, at the opening
	Starts             time.Time
	Placed, Paid, Back int64
}

// ReportMoney is what was taken in one currency.
type ReportMoney struct{ Paid, Refunded, Held ui.Money }

// ReportAnswer is how often presses were answered in one way.
type ReportAnswer struct {
	Outcome string
	N       int64
}

// ReportFairness says when winners had come, in milliseconds after the opening.
type ReportFairness struct {
	Winners, First, Half, Ninety, Last int64
	Overtaken                          int64
	Worst                              *int64 // the most by which one was overtaken; nil: none was
}

// ReportItem is what an item came to.
type ReportItem struct {
	ID                                 uint64
	SKU, Title                         string
	Allotted, Sold, Held, Left, Orders int64
	Revenue                            ui.Money
}

// ReportAnswers lists the answers to a press that have words; others stand as they are.
var ReportAnswers = []string{
	"placed", "exists", "sold_out", "not_enough", "already_ordered", "over_limit", "busy", "unknown", "not_open", "members_only", "paused", "over", "too_late", "key_reused", "no_such_item",
	"bad_units", "too_many", "stopped", "read_only",
}

// final says that nothing can change any more but by refunds: the sale is over and nobody holds anything.
func (v ReportView) final() bool { return v.Sale.Tab == TabOver && v.Held == 0 }

// proved says whether the books are right: the equation holds, and the reconciliation has looked since the last order and found nothing.
func (v ReportView) proved() bool {
	return v.balanced() && v.Findings == 0 && v.LookedAt != nil && (v.Last == nil || v.LookedAt.After(*v.Last))
}

func (v ReportView) balanced() bool { return v.Sale.Allotted == v.Sale.Left+v.Held+v.Sold }

// verdict is the state of the books in a word: proved, broken, or waiting for the reconciliation to look.
func (v ReportView) verdict() string {
	switch {
	case !v.balanced() || v.Findings > 0:
		return "broken"
	case v.proved():
		return "proved"
	default:
		return "waiting"
	}
}

// ReportVerdicts lists the words of verdict.
var ReportVerdicts = []string{"broken", "proved", "waiting"}

// sellThrough is how much of what was put on sale was sold, in percent.
func (v ReportView) sellThrough() string {
	if v.Sale.Allotted == 0 {
		return "0"
	}
	return fmt.Sprintf("%.1f", 100*float64(v.Sold)/float64(v.Sale.Allotted))
}

// The drawing of the bars, in the units of its viewBox.
const (
	chartWidth  = 720
	chartHeight = 160
	chartFoot   = 20
)

// bar is one bar of the drawing.
type bar struct{ x, y, width, height string }

// bars places the bars: as wide as there are steps until the last one, as high as the most that was placed in one.
func (v ReportView) bars() []bar {
	steps, most := 1, int64(1)
	for _, b := range v.Bars {
		steps, most = max(steps, b.Step+1), max(most, b.Placed)
	}
	width := float64(chartWidth) / float64(steps)
	var out []bar
	for _, b := range v.Bars {
		height := float64(chartHeight) * float64(b.Placed) / float64(most)
		out = append(out, bar{
			x: fmt.Sprintf("%.2f", float64(b.Step)*width), y: fmt.Sprintf("%.2f", chartHeight-height),
			width: fmt.Sprintf("%.2f", max(width*0.85, 0.5)), height: fmt.Sprintf("%.2f", height),
		})
	}
	return out
}

// barsSay is the drawing in a sentence.
func (v ReportView) barsSay(ctx context.Context) string {
	var peak ReportBar
	for _, b := range v.Bars {
		if b.Placed > peak.Placed {
			peak = b
		}
	}
	return ui.T(ctx, "console_report_peak", "N", int(peak.Placed), "At", ui.AtSecond(ctx, peak.Starts, v.Sale.Zone), "Step", stepWords(ctx, v.Step))
}

// stepWords is the length of a step.
func stepWords(ctx context.Context, step time.Duration) string {
	switch {
	case step < time.Minute:
		return ui.T(ctx, "console_seconds_long", "N", int(step/time.Second))
	case step < time.Hour:
		return ui.T(ctx, "console_minutes_long", "N", int(step/time.Minute))
	default:
		return ui.T(ctx, "console_hours_long", "N", int(step/time.Hour))
	}
}

// after writes milliseconds after the opening.
func after(ctx context.Context, ms int64) string {
	if ms < 0 {
		return ui.T(ctx, "console_before_opening", "Span", span(ctx, float64(-ms)))
	}
	return span(ctx, float64(ms))
}
