package page

import (
	"context"
	"strconv"
	"time"

	"doorbuster/web/ui"
)

// States of a rehearsal.
const (
	RehearsalRunning = "running"
	RehearsalDone    = "done"
	RehearsalStopped = "stopped"
	RehearsalFailed  = "failed"
)

// RehearsalStates lists them.
var RehearsalStates = []string{RehearsalRunning, RehearsalDone, RehearsalStopped, RehearsalFailed}

// Codes of FieldError of the form for a rehearsal.
const (
	ShoppersBad = "shoppers_bad"
	SecondsBad  = "seconds_bad"
)

// RehearsalErrorCodes lists them all.
var RehearsalErrorCodes = []string{ShoppersBad, SecondsBad}

// NoRehearser is told when nobody plays rehearsals here.
const NoRehearser = "no_rehearser"

// Interrupted is the trouble of a rehearsal whose process has ended.
const Interrupted = "interrupted"

// Words that the database keeps about rehearsals, and that have words here; others stand as they are.
var (
	RehearsalPhases    = []string{"prepare", "sign_in", "wait", "rush", "judge"}
	RehearsalTroubles  = []string{Interrupted, "same_server", "rehearsal_away", "failed"}
	RehearsalVerdicts  = []string{"clean", "not_clean", "not_proved"}
	RehearsalResults   = []string{"ok", "failed", "not_proved", "does_not_apply"}
	RehearsalTold      = []string{NoRehearser, "rehearsing", "deleted", "no_such_item", "stop", "over"}
	RehearsalLatencies = []string{"accepted", "refused", "returned", "pass", "press_yes", "press_no", "press_again", "press_unknown", "pay"}
	RehearsalRefusals  = []string{"sold_out", "already_ordered", "not_enough", "over", "paused", "not_open", "over_limit", "busy"}
	RehearsalChecks    = []string{
		"acknowledged_stored", "none_from_nowhere", "not_oversold", "books_balance", "nobody_has_two", "audit_empty", "no_stayed_no", "payments_kept", "all_units_went",
		"same_answer", "yes_stayed_yes", "yes_was_shown", "unknowns_resolved", "retry_after", "answers_in_time", "answers_known", "everybody_came",
	}
)

// RehearsalItem is an item that a crowd can want.
type RehearsalItem struct {
	ID    uint64
	Title string
	Units int64
}

// RehearsalRow is one rehearsal.
type RehearsalRow struct {
	ID, Sale    uint64
	Item        string // empty: it was removed since
	Zone        string // of the sale
	Shoppers    int
	Seconds     int
	State       string // one of RehearsalStates
	Phase       string // of RehearsalPhases, while it runs
	Done, Total int    // of the phase; Total 0: nobody knows
	StopAsked   bool
	Trouble     string // of RehearsalTroubles, when it has failed
	Verdict     string // of RehearsalVerdicts, when it is done
	Actor       string
	Began       time.Time
	Ended       *time.Time
}

// RehearsalsView is GET /{lang}/sales/{sale}/rehearsals and the answer to its form (item, shoppers, seconds).
type RehearsalsView struct {
	Frame
	Sale       uint64
	Title      string // of the sale
	Items      []RehearsalItem
	Rehearsals []RehearsalRow // newest first
	Before     uint64         // number below which they begin; 0: from the newest
	More       string         // path of the next page; empty: none
	MayBegin   bool
	Ready      bool // somebody plays rehearsals here

	Item, Shoppers, Seconds string // as typed
	Errors                  ui.FieldErrors
	Told                    string // an outcome of RehearsalTold; empty: none
}

// RehearsalView is GET /{lang}/rehearsals/{rehearsal}; its forms post nothing to …/stop and …/delete.
type RehearsalView struct {
	Frame
	Rehearsal RehearsalRow
	Report    *RehearsalReport // nil unless it is done
	Picture   bool             // …/picture has one
	MayChange bool
	Told      string // an outcome of RehearsalTold; empty: none
}

// RehearsalReport is what came of a rehearsal. Times are milliseconds.
type RehearsalReport struct {
	Units, Accepted, Paid    int
	Refused                  []RehearsalCount
	GaveUp, InDoubt, NotSent int
	SoldOut                  *float64 // from the opening; nil: it did not sell out
	PerCommit                float64  // orders in one commit; 0: unknown
	Took                     float64
	Busy                     bool // the crowd was slowed down by this machine: the figures say little of the shop's speed
	Latency                  []RehearsalLatency
	Checks                   []RehearsalCheck
}

// RehearsalCount is how many were refused for a reason.
type RehearsalCount struct {
	Outcome string
	N       int
}

// RehearsalLatency is how long a sort of answer took.
type RehearsalLatency struct {
	Name          string
	Count         int64
	P50, P99, Max float64
}

// RehearsalCheck is a promise, held against what happened.
type RehearsalCheck struct{ Name, Result, Detail string }

// options are the items, with what there is of each.
func (v RehearsalsView) options(ctx context.Context) []ui.Option {
	var all []ui.Option
	for _, item := range v.Items {
		all = append(all, ui.Option{Value: strconv.FormatUint(item.ID, 10), Text: ui.T(ctx, "console_item_units", "Title", item.Title, "N", int(item.Units))})
	}
	return all
}

// rehearsalMark is the state, and once it is done the verdict, as a badge shows it: tone, icon, words.
func rehearsalMark(ctx context.Context, r RehearsalRow) (tone, icon, words string) {
	switch {
	case r.State == RehearsalRunning:
		return "live", "live", ui.T(ctx, "console_rehearsal_running")
	case r.State == RehearsalDone && r.Verdict == "clean":
		return "good", "check", ui.T(ctx, "console_verdict_clean")
	case r.State == RehearsalDone:
		return "bad", "alert", ui.Known(ctx, "console_verdict_", RehearsalVerdicts, r.Verdict)
	case r.State == RehearsalStopped:
		return "over", "none", ui.T(ctx, "console_rehearsal_stopped")
	default:
		return "bad", "alert", ui.T(ctx, "console_rehearsal_failed")
	}
}

// span writes milliseconds for a reader.
func span(ctx context.Context, ms float64) string {
	switch {
	case ms < 10:
		return ui.T(ctx, "console_ms", "Value", strconv.FormatFloat(ms, 'f', 1, 64))
	case ms < 1000:
		return ui.T(ctx, "console_ms", "Value", strconv.FormatFloat(ms, 'f', 0, 64))
	default:
		return ui.T(ctx, "console_s", "Value", strconv.FormatFloat(ms/1000, 'f', 2, 64))
	}
}

// itemWords is the title of an item, or that it is gone.
func itemWords(ctx context.Context, title string) string {
	if title == "" {
		return ui.T(ctx, "console_rehearsal_item_gone")
	}
	return title
}
