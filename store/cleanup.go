package store

import "context"

// CleanedUp is the answer to CleanUp.
type CleanedUp struct {
	Outcome Outcome `db:"outcome"` // Fenced, Nothing or Cleaned
	Deleted int     `db:"deleted"` // rows of all tables
	Kept    int     `db:"kept"`    // messages that are old enough and stay, because they are marked as sent and have no events
}

// CleanUp deletes what nobody needs any more and has been over for so many days (fewer than one count as one): sent messages, ended mails, taken deliveries,
// failed and returned payments of the sandbox; and sessions of the console that have ended at all. Of each at most limit. fence is the number of the lease
// "clean_up". Call again until the outcome is Nothing.
// Outcomes: Fenced, Nothing, Cleaned.
func (s *Store) CleanUp(ctx context.Context, fence uint64, days, limit int) (CleanedUp, error) {
	var c CleanedUp
	err := s.worker.get(ctx, &c, "clean_up", "CALL clean_up(?, ?, ?)", fence, days, limit)
	return c, err
}
