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
	ExpiresAt    *time.Time `db:"expires_at"`  // of the lease, which whoever does the job renews; nil: never begun
	IsLate       bool       `db:"is_late"`     // nobody has renewed it for more than a minute
	Waiting      *int       `db:"waiting"`     // how much is overdue for it, 1000 at most; nil: it is not counted
	OldestAt     *time.Time `db:"oldest_at"`   // since when the oldest of it waits
	LastRunAt    *time.Time `db:"last_run_at"` // known of reconcile only
	DatabaseTime time.Time  `db:"database_time"`
}

// ListJobs returns the jobs of the worker, those first that hurt first when they are late; none for who may not read.
func (s *Store) ListJobs(ctx context.Context, by Actor) ([]StaffJob, error) {
	var jobs []StaffJob
	err := s.staff.list(ctx, &jobs, "list_jobs", "CALL list_jobs(?)", by.staffID())
	return jobs, err
}
