package store

import (
	"context"
	"time"

	"github.com/google/uuid"
)

// States of a Payment.
const (
	PaymentStarted    = "started"    // begun; nothing is held
	PaymentAuthorised = "authorised" // the provider holds the money for us
	PaymentCaptured   = "captured"   // it was taken
	PaymentFailed     = "failed"     // nothing was taken
	PaymentRefunding  = "refunding"  // it has to go back
	PaymentRefunded   = "refunded"   // it went back
)

// SaysPending is what a provider may say of a payment besides authorised, captured, failed and refunded: it does not know yet.
const SaysPending = "pending"

// What has to be done at the provider.
const (
	TodoCapture = "capture" // take what it holds
	TodoRelease = "release" // let go what was not captured
	TodoRefund  = "refund"  // give back what was
)

// Payment is one attempt to take the money of one order. Amounts are in the smallest unit of Currency, times are UTC.
type Payment struct {
	ID            uuid.UUID  `db:"payment_id"`
	OrderID       uuid.UUID  `db:"order_id"`
	UserID        uint64     `db:"user_id"`
	ItemID        uint64     `db:"item_id"`
	Title         string     `db:"title"` // of the item
	Provider      string     `db:"provider"`
	Reference     string     `db:"reference"` // the provider's number of it; "" until it told one
	State         string     `db:"state"`
	Reason        string     `db:"reason"` // why it failed or goes back, in one word; else ""
	AmountCents   int64      `db:"amount_cents"`
	Currency      string     `db:"currency"`
	Captured      bool       `db:"captured"` // the money was taken, and may have gone back since
	OrderState    string     `db:"order_state"`
	HoldExpiresAt *time.Time `db:"hold_expires_at"` // of the order; nil unless it is held
	DatabaseTime  time.Time  `db:"database_time"`
}

// PaymentStart is the answer to StartPayment. Payment is set for Started and Exists only.
type PaymentStart struct {
	Outcome Outcome
	Payment Payment
}

// StartPayment begins the payment of a held order of user, or answers the one that is in progress. payment is the number of a new one.
// Outcomes: NoSuchOrder, AlreadyPaid, NotPayable, HoldEnded, Paid (there was nothing to pay), Exists (that one goes on), Started.
func (s *Store) StartPayment(ctx context.Context, order uuid.UUID, user uint64, payment uuid.UUID, provider string) (PaymentStart, error) {
	var row struct {
		Outcome   Outcome    `db:"outcome"`
		PaymentID *uuid.UUID `db:"payment_id"`
	}
	err := s.pages.get(ctx, &row, "start_payment", "CALL start_payment(?, ?, ?, ?, ?)", order[:], user, payment[:], provider, newID())
	start := PaymentStart{Outcome: row.Outcome}
	if err == nil && row.PaymentID != nil {
		start.Payment, err = s.ShowPayment(ctx, *row.PaymentID)
	}
	return start, err
}

// ShowPayment returns a payment, ErrNotFound if there is none.
func (s *Store) ShowPayment(ctx context.Context, payment uuid.UUID) (Payment, error) {
	var p Payment
	err := s.anyLane().get(ctx, &p, "show_payment", "CALL show_payment(?)", payment[:])
	return p, err
}

// PaymentReport is what a provider says of a payment.
type PaymentReport struct {
	PaymentID   uuid.UUID
	Says        string // SaysPending, PaymentAuthorised, PaymentCaptured, PaymentFailed or PaymentRefunded
	AmountCents int64  // what it holds or took
	Currency    string
	Reference   string // "": what is known stays
	Detail      string // the provider's words; what is longer than 200 characters is cut
	Actor       string // who asked: shopper, callback, worker, or the name of staff
}

// Settlement is the answer to SettlePayment.
type Settlement struct {
	Outcome    Outcome   `db:"outcome"`     // NoSuchPayment, Repeated or Settled
	State      string    `db:"state"`       // of the payment now; "" if there is none
	Todo       string    `db:"todo"`        // TodoCapture, TodoRelease, TodoRefund or "": to be done at the provider, and reported
	OrderID    uuid.UUID `db:"order_id"`    // zero if there is no payment
	OrderState string    `db:"order_state"` // afterwards; "" if there is none
}

// SettlePayment writes down what the provider says of a payment, and answers what has to be done there now. It may be told anything in any
// order and as often as one likes.
// Outcomes: NoSuchPayment, Repeated, Settled.
func (s *Store) SettlePayment(ctx context.Context, r PaymentReport) (Settlement, error) {
	var a Settlement
	detail := r.Detail
	if runes := []rune(detail); len(runes) > 200 {
		detail = string(runes[:200])
	}
	err := s.anyLane().get(ctx, &a, "settle_payment", "CALL settle_payment(?, ?, ?, ?, ?, ?, ?, ?)",
		r.PaymentID[:], r.Says, r.AmountCents, r.Currency, r.Reference, detail, r.Actor, newID())
	return a, err
}

// DuePayments is the answer to TakeDuePayments.
type DuePayments struct {
	Outcome  Outcome // Fenced, Nothing or Due
	Payments []uuid.UUID
}

// TakeDuePayments takes up to limit payments that somebody has to look after now, and puts each off for a while: 5 seconds, doubling, up to an
// hour. fence is the number of the lease "check_payments".
// Outcomes: Fenced, Nothing, Due.
func (s *Store) TakeDuePayments(ctx context.Context, fence uint64, limit int) (DuePayments, error) {
	var rows []struct {
		Outcome   Outcome    `db:"outcome"`
		PaymentID *uuid.UUID `db:"payment_id"`
	}
	err := s.worker.list(ctx, &rows, "take_due_payments", "CALL take_due_payments(?, ?)", fence, limit)
	var due DuePayments
	for _, row := range rows {
		due.Outcome = row.Outcome
		if row.PaymentID != nil {
			due.Payments = append(due.Payments, *row.PaymentID)
		}
	}
	return due, err
}
