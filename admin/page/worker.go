package page

import (
	"context"
	"slices"
	"time"

	"doorbuster/web/ui"
)

// Jobs lists the jobs of the worker that have words; the bytes are those of the database.
var Jobs = []string{
	"expire_orders", "check_payments", "relay_outbox", "deliver_webhooks", "send_mails", "reconcile", "seal_moves", "rebalance_shards", "clean_up",
}

// JobTroubles lists what can be wrong with a job, and JobFailures how a run can fail; the bytes are those of the database.
var (
	JobTroubles = []string{JobIdle, "stuck", JobOverdue, "failing"}
	JobFailures = []string{"busy", "unknown", "broken", "fault"}
)

// The troubles that the page says more of.
const (
	JobIdle    = "idle"
	JobOverdue = "overdue"
)

// mostWaiting is as far as what waits is counted.
const mostWaiting = 1000

// JobRow is a job of the worker.
type JobRow struct {
	Job     string // one of Jobs
	Holder  string // host and process; empty: nobody has begun it yet
	Fence   uint64
	Until   *time.Time // how long the lease lasts unless it is renewed; nil: never begun
	Trouble string     // one of JobTroubles; empty: none
	Counted bool       // Waiting is known
	Waiting int        // what is overdue, mostWaiting at most
	Oldest  *time.Time // since when the oldest of it waits

	Began, Ended *time.Time    // of the last run; nil: there was none
	Did          int           // how many things it did
	Failure      string        // one of JobFailures; empty: it did not fail
	Failing      *time.Time    // since when; nil: it did not fail
	Next         *time.Time    // when the next is due; nil: there was none
	Pause        time.Duration // between two
	Runs, Done   uint64        // since the holder took over
	Running      *time.Time    // since when a run takes long; nil: none does
}

// WorkerView is GET /{lang}/worker.
type WorkerView struct {
	Frame
	Jobs []JobRow
	Now  time.Time // of the database
}

// troubled says whether any job is.
func (v WorkerView) troubled() bool {
	return slices.ContainsFunc(v.Jobs, func(j JobRow) bool { return j.Trouble != "" })
}

// words names a job; one without words stands as it is.
func (j JobRow) words(ctx context.Context) string {
	if !slices.Contains(Jobs, j.Job) {
		return j.Job
	}
	return ui.T(ctx, "console_job_"+j.Job)
}

// means says what happens when the job is late.
func (j JobRow) means(ctx context.Context) string {
	if !slices.Contains(Jobs, j.Job) {
		return ""
	}
	return ui.T(ctx, "console_job_"+j.Job+"_late")
}

// lag is since when the oldest of what waits does, in words.
func lag(ctx context.Context, now time.Time, since *time.Time) string {
	if since == nil {
		return ""
	}
	return ui.T(ctx, "console_lag", "For", long(ctx, now.Sub(*since)))
}

// long is a time that went by, in the unit that a person would say.
func long(ctx context.Context, d time.Duration) string {
	switch d = max(0, d); {
	case d < 2*time.Second && d%time.Second != 0:
		return ui.T(ctx, "console_hook_ms", "N", int(d/time.Millisecond))
	case d < time.Minute:
		return ui.T(ctx, "console_long_seconds", "N", int(d/time.Second))
	case d < 2*time.Hour:
		return ui.T(ctx, "console_long_minutes", "N", int(d/time.Minute))
	default:
		return ui.T(ctx, "console_long_hours", "N", int(d/time.Hour))
	}
}

// ranWords say when the last run ended and how long it took.
func (j JobRow) ranWords(ctx context.Context) string {
	return ui.T(ctx, "console_job_ended", "At", ui.MomentSecond(ctx, *j.Ended, deskZone), "For", long(ctx, j.Ended.Sub(*j.Began)))
}

// nextWords say when the next run begins; the pause is short against what a page takes to be read, for most jobs.
func (j JobRow) nextWords(ctx context.Context, now time.Time) string {
	switch {
	case j.Trouble == JobOverdue || j.Trouble == JobIdle:
		return ui.T(ctx, "console_job_was_due", "At", ui.MomentSecond(ctx, *j.Next, deskZone), "For", long(ctx, now.Sub(*j.Next)))
	case j.Next.After(now):
		return ui.T(ctx, "console_job_next_at", "At", ui.AtSecond(ctx, *j.Next, deskZone), "For", long(ctx, j.Pause))
	default:
		return ui.T(ctx, "console_job_next_now", "For", long(ctx, j.Pause))
	}
}
