package store

import (
	"context"
	"time"
)

// StaffJob is a job of the worker as staff see it. Its numbers are of the whole installation. Times are UTC.
type StaffJob struct {
	Job          string     `db:"job"`
	Holder       string     `db:"holder"` // host and process; "": nobody has begun it yet
	Fence        uint64     `db:"fence"`
	ExpiresAt    *time.Time `db:"expires_at"`    // of the lease, which whoever does the job renews; nil: never begun
	Trouble      string     `db:"trouble"`       // JobIdle, JobStuck, JobOverdue or JobFailing; "": none
	BeganAt      *time.Time `db:"began_at"`      // of the run that ended last; nil: none has, or none was noted
	EndedAt      *time.Time `db:"ended_at"`      // of the same
	Did          int        `db:"did"`           // how many things it did
	Failure      string     `db:"failure"`       // busy, unknown, broken or fault; "": it did not fail
	FailingSince *time.Time `db:"failing_since"` // nil: it did not fail
	NextAt       *time.Time `db:"next_at"`       // when the next run is due
	PauseMS      int64      `db:"pause_ms"`      // between two runs
	Runs         uint64     `db:"runs"`          // since Holder took over
	Done         uint64     `db:"done"`          // things done since then
	RunningSince *time.Time `db:"running_since"` // of a run that takes long; nil: none does
	Waiting      *int       `db:"waiting"`       // how much is overdue for it, 1000 at most; nil: it is not counted
	OldestAt     *time.Time `db:"oldest_at"`     // since when the oldest of it waits
	DatabaseTime time.Time  `db:"database_time"`
}

// What can be wrong with a job; sql/views/job_states.sql says when.
const (
	JobIdle    = "idle"    // nobody does it
	JobStuck   = "stuck"   // one run takes for ever
	JobOverdue = "overdue" // it does not run when it should
	JobFailing = "failing" // its runs fail
)

// ListJobs returns the jobs of the worker, those first that hurt first when they are late; none for who may not read.
func (s *Store) ListJobs(ctx context.Context, by Actor) ([]StaffJob, error) {
	var jobs []StaffJob
	err := s.staff.list(ctx, &jobs, "list_jobs", "CALL list_jobs(?)", by.staffID())
	return jobs, err
}
