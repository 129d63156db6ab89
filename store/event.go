package store

import (
	"context"
	"time"

	"github.com/google/uuid"
)

// Event is one thing that happened to an order. It never changes, and what it tells of the order does not either. Amounts are in the smallest
// unit of Currency, times are UTC.
type Event struct {
	Seq            uint64    `db:"seq"`      // its number, without gaps; who has seen it has seen all before it
	ID             uuid.UUID `db:"event_id"` // the same however often it is told
	Kind           string    `db:"kind"`     // order_placed, order_paid, …: docs/webhooks.md
	MadeAt         time.Time `db:"made_at"`
	OrderID        uuid.UUID `db:"order_id"`
	ItemID         uint64    `db:"item_id"`
	SKU            string    `db:"sku"`
	UserID         uint64    `db:"user_id"`
	Units          int       `db:"units"`
	UnitPriceCents int64     `db:"unit_price_cents"`
	Currency       string    `db:"currency"`
}

// Relay is the answer to RelayOutbox.
type Relay struct {
	Outcome Outcome `db:"outcome"` // Fenced, Nothing or Relayed
	Relayed int     `db:"relayed"` // events that were added
}

// RelayOutbox turns messages of the outbox into about limit events, at most a thousand more. fence is the number of the lease "relay_outbox".
// Call again until the outcome is Nothing.
// Outcomes: Fenced, Nothing, Relayed.
func (s *Store) RelayOutbox(ctx context.Context, fence uint64, limit int) (Relay, error) {
	var r Relay
	err := s.worker.get(ctx, &r, "relay_outbox", "CALL relay_outbox(?, ?)", fence, limit)
	return r, err
}

// Events returns up to limit events behind the number after (0: from the first on), in order of their numbers.
func (s *Store) Events(ctx context.Context, after uint64, limit int) ([]Event, error) {
	var events []Event
	err := s.pages.list(ctx, &events, "list_events", "CALL list_events(?, ?)", after, limit)
	return events, err
}
