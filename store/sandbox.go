package store

import (
	"context"
	"time"

	"github.com/google/uuid"
)

// SandboxStart is the answer to SandboxBegin. Amount and currency are those that were asked for first.
type SandboxStart struct {
	Outcome     Outcome `db:"outcome"` // Exists or Started
	AmountCents int64   `db:"amount_cents"`
	Currency    string  `db:"currency"`
}

// SandboxStanding is the answer to SandboxAct: how a payment stands at the sandbox. Amounts are in the smallest unit of Currency.
type SandboxStanding struct {
	Outcome     Outcome `db:"outcome"`      // NoSuchPayment, Repeated (nothing changed) or Settled (it stands differently now)
	Says        string  `db:"says"`         // pending, authorised, captured, failed or refunded; "" if there is none
	AmountCents int64   `db:"amount_cents"` // authorised, or asked for while no card has said yes
	Currency    string  `db:"currency"`
	Detail      string  `db:"detail"` // why it failed: declined, abandoned or released; else ""
}

// SandboxBegin tells the sandbox of a payment, once. payBy is the end of the order's hold. No money moves.
// Outcomes: Exists, Started.
func (s *Store) SandboxBegin(ctx context.Context, payment uuid.UUID, amountCents int64, currency string, payBy time.Time) (SandboxStart, error) {
	var b SandboxStart
	err := s.anyLane().get(ctx, &b, "sandbox_begin", "CALL sandbox_begin(?, ?, ?, ?)", payment[:], amountCents, currency, payBy.UTC())
	return b, err
}

// SandboxAct does act (show, pay, capture, release or refund) to a payment at the sandbox, if it fits how the payment stands. card says how
// the card of a pay behaves: success, slow, after_hold, one_less; anything else is declined. No money moves.
// Outcomes: NoSuchPayment, Repeated, Settled.
func (s *Store) SandboxAct(ctx context.Context, payment uuid.UUID, act, card string) (SandboxStanding, error) {
	var a SandboxStanding
	err := s.anyLane().get(ctx, &a, "sandbox_act", "CALL sandbox_act(?, ?, ?)", payment[:], act, card)
	return a, err
}

// anyLane is the lane for what web nodes and workers both do: the shoppers' where there is one, else the jobs'.
func (s *Store) anyLane() *lane {
	if s.pages.db != nil {
		return s.pages
	}
	return s.worker
}
