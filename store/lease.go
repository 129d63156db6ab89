package store

import (
	"context"
	"time"
)

// Lease is the answer to TakeLease.
type Lease struct {
	Outcome Outcome `db:"outcome"` // Kept, Taken or Waiting
	Fence   uint64  `db:"fence"`   // number of the present holder; hand it to every write of the job
	Holder  string  `db:"holder"`
}

// TakeLease asks for the lease of job for d (whole seconds). elected says that a lock outside the database chose this holder, which
// takes the lease at once from whoever had it; without it the database elects.
// Outcomes: Kept, Taken, Waiting.
func (s *Store) TakeLease(ctx context.Context, job, holder string, d time.Duration, elected bool) (Lease, error) {
	var l Lease
	err := s.worker.get(ctx, &l, "take_lease", "CALL take_lease(?, ?, ?, ?)", job, holder, int(d/time.Second), elected)
	return l, err
}

// Expiry is the answer to ExpireOrders.
type Expiry struct {
	Outcome Outcome `db:"outcome"` // Fenced, Nothing or Expired
	ItemID  *uint64 `db:"item_id"`
	Expired int     `db:"expired"` // orders whose holds were ended
}

// ExpireOrders ends up to limit overdue holds of one item and gives their units back. fence is the number of the lease
// "expire_orders". Call again until the outcome is Nothing.
func (s *Store) ExpireOrders(ctx context.Context, fence uint64, limit int) (Expiry, error) {
	var e Expiry
	err := s.worker.get(ctx, &e, "expire_orders", "CALL expire_orders(?, ?, ?)", fence, newID(), limit)
	s.reopen(e.Outcome == Expired, e.ItemID)
	return e, err
}
