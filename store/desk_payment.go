package store

import (
	"context"
	"time"

	"github.com/google/uuid"
)

// StaffPayment is a payment as staff see it. Times are UTC.
type StaffPayment struct {
	ID            uuid.UUID  `db:"payment_id"`
	OrderID       uuid.UUID  `db:"order_id"`
	Provider      string     `db:"provider"`
	Reference     string     `db:"reference"` // the provider's number of it; "" until it told one
	AmountCents   int64      `db:"amount_cents"`
	Currency      string     `db:"currency"`
	State         string     `db:"state"`
	Reason        string     `db:"reason"` // why it failed or goes back, in one word; else ""
	StartedAt     time.Time  `db:"started_at"`
	ChangedAt     time.Time  `db:"changed_at"`  // the last change of its state
	CapturedAt    *time.Time `db:"captured_at"` // nil: the money was never taken
	AskAt         *time.Time `db:"ask_at"`      // when the worker looks after it next; nil: it has come to its end
	Asked         int        `db:"asked"`       // how often it did in this state
	OrderState    string     `db:"order_state"`
	HoldExpiresAt *time.Time `db:"hold_expires_at"` // of the order; nil unless it is held
	ItemID        uint64     `db:"item_id"`
	ItemTitle     string     `db:"item_title"`
	SaleID        uint64     `db:"sale_id"`
	SaleTitle     string     `db:"sale_title"`
	TimeZone      string     `db:"time_zone"` // of the sale
	DatabaseTime  time.Time  `db:"database_time"`
}

// ListPayments returns the payments with a number below before (the zero number: the newest), newest first, at most limit. filter is all, waiting, unknown,
// failed, returning, returned or done. A member sees those of the own shop; who may not read sees none.
func (s *Store) ListPayments(ctx context.Context, by Actor, filter string, before uuid.UUID, limit int) ([]StaffPayment, error) {
	var last any
	if before != uuid.Nil {
		last = before[:]
	}
	var all []StaffPayment
	err := s.staff.list(ctx, &all, "list_payments", "CALL list_payments(?, ?, ?, ?)", by.staffID(), filter, last, limit)
	return all, err
}

// PaymentAsStaff returns one payment of by's shop, or ErrNotFound.
func (s *Store) PaymentAsStaff(ctx context.Context, by Actor, payment uuid.UUID) (StaffPayment, error) {
	var p StaffPayment
	err := s.staff.get(ctx, &p, "show_payment_as_staff", "CALL show_payment_as_staff(?, ?)", by.staffID(), payment[:])
	return p, err
}

// PaymentMove is a line of a payment's ledger.
type PaymentMove struct {
	Line    int       `db:"line"`
	From    string    `db:"from_state"` // "": it began
	To      string    `db:"to_state"`
	Detail  string    `db:"detail"` // the reason, or the provider's or the staff's own words
	Actor   string    `db:"actor"`  // shopper, callback, worker, or the name of staff
	MovedAt time.Time `db:"moved_at"`
}

// ListPaymentMoves returns how a payment of by's shop came to its state, oldest first, at most limit.
func (s *Store) ListPaymentMoves(ctx context.Context, by Actor, payment uuid.UUID, limit int) ([]PaymentMove, error) {
	var moves []PaymentMove
	err := s.staff.list(ctx, &moves, "list_payment_moves", "CALL list_payment_moves(?, ?, ?)", by.staffID(), payment[:], limit)
	return moves, err
}

// AskPayment has the worker ask the provider now how a payment stands.
// Outcomes: NotAllowed, NoSuchPayment, Final, Due.
func (s *Store) AskPayment(ctx context.Context, by Actor, payment uuid.UUID, reason string) (Outcome, error) {
	var o Outcome
	err := s.staff.get(ctx, &o, "ask_payment", "CALL ask_payment(?, ?, ?, ?)", by.staffID(), by.name, payment[:], reason)
	return o, err
}
