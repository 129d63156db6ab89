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

// mostWaiting is as far as what waits is counted.
const mostWaiting = 1000

// JobRow is a job of the worker.
type JobRow struct {
	Job     string // one of Jobs
	Holder  string // host and process; empty: nobody has begun it yet
	Fence   uint64
	Until   *time.Time // how long the lease lasts unless it is renewed; nil: never begun
	Late    bool       // nobody has renewed it for more than a minute
	Counted bool       // Waiting is known
	Waiting int        // what is overdue, mostWaiting at most
	Oldest  *time.Time // since when the oldest of it waits
	LastRun *time.Time // nil: not known
}

// WorkerView is GET /{lang}/worker.
type WorkerView struct {
	Frame
	Jobs []JobRow
	Now  time.Time // of the database
}

// late says whether any job is.
func (v WorkerView) late() bool {
	return slices.ContainsFunc(v.Jobs, func(j JobRow) bool { return j.Late })
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
	switch late := now.Sub(*since); {
	case late < time.Minute:
		return ui.T(ctx, "console_lag_seconds", "N", max(0, int(late/time.Second)))
	case late < 2*time.Hour:
		return ui.T(ctx, "console_lag_minutes", "N", int(late/time.Minute))
	default:
		return ui.T(ctx, "console_lag_hours", "N", int(late/time.Hour))
	}
}
