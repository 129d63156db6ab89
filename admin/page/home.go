package page

import (
	"context"
	"time"

	"doorbuster/web/ui"
)

// The kinds of alarms: what waits for a person.
const (
	EndangeringFindings = "endangering_findings" // of reconcile: selling on would make it worse
	OpenFindings        = "open_findings"        // of reconcile, others
	DeadMails           = "dead_mails"
	LateMails           = "late_mails"
	DeadDeliveries      = "dead_deliveries"
	UnsettledPayments   = "unsettled_payments"
	LateJobs            = "late_jobs"
)

// AlarmKinds lists every kind that has words, the most urgent first.
var AlarmKinds = []string{EndangeringFindings, OpenFindings, LateJobs, UnsettledPayments, DeadMails, LateMails, DeadDeliveries}

// Alarm is something that waits for a person.
type Alarm struct {
	Kind string // one of AlarmKinds
	N    int    // how many, at least 1
	// Path is where to look, without the language; empty: the console has no page for it yet.
	Path string
}

// HomeView is the overview: GET /{lang}/.
type HomeView struct {
	Frame
	Alarms   []Alarm   // the most urgent first; empty: all is well, and the page says so
	Live     []SaleRow // soonest end first
	Soon     []SaleRow // soonest opening first
	Now      time.Time // the database's clock
	Switches SwitchReminder
}

// tone is how an alarm looks. Only what stops a sale is red.
func (a Alarm) tone() string {
	if a.Kind == EndangeringFindings {
		return "bad"
	}
	return "warn"
}

// zone is the one in which the page tells its own time: that of the first sale on it.
func (v HomeView) zone() string {
	for _, sales := range [][]SaleRow{v.Live, v.Soon} {
		if len(sales) > 0 {
			return sales[0].Zone
		}
	}
	return "UTC"
}

// fromNow says roughly how far away a moment is; nothing once it is there, or when the
// page does not know what time it is.
func fromNow(ctx context.Context, now, at time.Time) string {
	left := at.Sub(now)
	switch {
	case now.IsZero() || left <= 0:
		return ""
	case left < time.Minute:
		return ui.T(ctx, "console_in_a_minute")
	case left < time.Hour:
		return ui.T(ctx, "console_in_minutes", "N", int(left/time.Minute))
	case left < 48*time.Hour:
		return ui.T(ctx, "console_in_hours", "N", int(left/time.Hour))
	default:
		return ui.T(ctx, "console_in_days", "N", int(left/(24*time.Hour)))
	}
}
