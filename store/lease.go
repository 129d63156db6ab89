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

// Run is how a run of a job went.
type Run struct {
	UnderWay bool          // it goes on: of the rest only Took, Runs and Done count
	Took     time.Duration // so far
	Did      int           // how many things it did
	Failure  string        // busy, unknown, broken or fault; empty: it did not fail
	Pause    time.Duration // until the next
	Runs     uint64        // runs since the holder took over, this one with them
	Done     uint64        // things done since then
}

// NoteRun keeps the last run of job, for staff; it takes the place of the one before. fence is the number of the job's lease.
// Outcomes: Fenced, Noted.
func (s *Store) NoteRun(ctx context.Context, job string, fence uint64, r Run) (Outcome, error) {
	var a struct {
		Outcome Outcome `db:"outcome"`
	}
	err := s.worker.get(ctx, &a, "note_run", "CALL note_run(?, ?, ?, ?, ?, ?, ?, ?, ?)", job, fence, r.UnderWay, r.Took.Milliseconds(), r.Did, r.Failure,
		r.Pause.Milliseconds(), r.Runs, r.Done)
	return a.Outcome, err
}

// Expiry is the answer to ExpireOrders.
type Expiry struct {
	Outcome Outcome `db:"outcome"` // Fenced, Nothing or Expired
	ItemID  *uint64 `db:"item_id"`
	Expired int     `db:"expired"` // orders whose holds were ended
}

// Rebalance is the answer to RebalanceShards.
type Rebalance struct {
	Outcome Outcome `db:"outcome"` // Fenced, Nothing or Rebalanced
	ItemID  *uint64 `db:"item_id"` // the item, or the last one that was looked at; nil: there are no more
	Units   int     `db:"units"`   // that moved
}

// RebalanceShards deals the units of one item after an item out evenly over its shards, if one is empty while another is not. fence is the
// number of the lease "rebalance_shards". Go on with ItemID until it is nil.
func (s *Store) RebalanceShards(ctx context.Context, fence, after uint64) (Rebalance, error) {
	var r Rebalance
	err := s.worker.get(ctx, &r, "rebalance_shards", "CALL rebalance_shards(?, ?, ?)", fence, newID(), after)
	return r, err
}

// ExpireOrders ends up to limit overdue holds of one item and gives their units back. fence is the number of the lease
// "expire_orders". Call again until the outcome is Nothing.
func (s *Store) ExpireOrders(ctx context.Context, fence uint64, limit int) (Expiry, error) {
	var e Expiry
	err := s.worker.get(ctx, &e, "expire_orders", "CALL expire_orders(?, ?, ?)", fence, newID(), limit)
	s.reopen(e.Outcome == Expired, e.ItemID)
	return e, err
}
