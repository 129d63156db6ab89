package store

import (
	"context"
	"time"
)

// Seals is the answer to SealMoves.
type Seals struct {
	Outcome  Outcome    `db:"outcome"` // Fenced, Nothing or Sealed
	Sealed   int        `db:"sealed"`  // ledger lines that got their seals now
	HeadSeq  uint64     `db:"head_seq"`
	HeadHash string     `db:"head_hash"` // of the last seal there is, in hexadecimal; empty before the first
	HeadAt   *time.Time `db:"head_at"`   // when the last seal was made, on the database's clock; nil before the first
}

// SealMoves gives up to limit ledger lines (at most 900) their seals. fence is the number of the lease "seal_moves". Call again while as many were sealed
// as asked for.
// Outcomes: Fenced, Nothing, Sealed.
func (s *Store) SealMoves(ctx context.Context, fence uint64, limit int) (Seals, error) {
	var a Seals
	err := s.worker.get(ctx, &a, "seal_moves", "CALL seal_moves(?, ?)", fence, limit)
	return a, err
}
