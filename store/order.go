package store

import (
	"context"
	"time"

	"github.com/google/uuid"
)

// Purchase is one attempt to buy. Every repetition of the attempt carries the same OrderID.
type Purchase struct {
	OrderID   uuid.UUID // UUIDv7, made before the first attempt: the idempotency key
	ItemID    uint64
	UserID    uint64
	Units     int
	RequestID uuid.UUID // id of the HTTP request, kept on the order
}

// Placement is the answer to a Purchase.
type Placement struct {
	Outcome       Outcome
	OrderID       uuid.UUID     // the order that counts: placed now, placed before, or the one the shopper has; else zero
	HoldExpiresAt time.Time     // of a placed order that has to be paid; else zero
	UnitsLeft     int           // of the item after the batch; -1 when not every shard was seen
	StockVersion  uint64        // belongs to UnitsLeft; 0 when that is -1
	RetryAfter    time.Duration // of Busy and Unknown: when to ask again with the same OrderID

	InLine   time.Duration // how long the purchase waited for the CALL that carried it; 0: none did
	InCall   time.Duration // from sending that CALL to its answer, repetitions included; 0: none was sent, or its answer was not awaited
	InCommit time.Duration // how much of InCall the COMMIT took, by the database's own account
}

// PlaceOrder tries to place one order and answers when it is committed or refused. Calls of many goroutines for one item are sent
// to the database as one batch. The refusals, Busy and Unknown are outcomes; an error is a fault of the database.
//
// The purchase goes on when ctx is cancelled: a closed tab must not cut it in two. PlaceOrder itself returns after at most
// Config.Patience, then with Unknown; the combiner goes on resolving the batch. Ask again with the same OrderID.
func (s *Store) PlaceOrder(ctx context.Context, p Purchase) (Placement, error) {
	if refusal, ok := s.RefusedFromMemory(p.ItemID, p.UserID); ok {
		return refusal, nil
	}
	placement, err := s.combiner.place(context.WithoutCancel(ctx), p)
	if err != nil {
		return Placement{}, err
	}
	switch placement.Outcome {
	case SoldOut:
		if s.soldOut.refuse(p.ItemID, p.UserID, placement.StockVersion, time.Now()) {
			s.live.learn(soldOutAt{p.ItemID, placement.StockVersion})
		}
	case Busy, Unknown: // the database told nothing
	default:
		s.soldOut.answered(p.ItemID, p.UserID, placement.StockVersion, placement.Outcome == Placed)
	}
	s.metrics.count(placement.Outcome)
	return placement, nil
}

// AnswersFromMemory says whether RefusedFromMemory or BusyFromMemory may have an answer for anybody who wants item: once it has been sold
// out, or while a line for it is full. It costs less than to find out who asks.
func (s *Store) AnswersFromMemory(item uint64) bool {
	return s.soldOut.of(item) != nil || s.combiner.crowded(item)
}

// RefusedFromMemory answers "sold out" if nothing but that can be the answer to a purchase of item by user. It asks nobody and waits for
// nobody: for a crowd that comes after the last unit. PlaceOrder begins with the same question.
func (s *Store) RefusedFromMemory(item, user uint64) (Placement, bool) {
	version, ok := s.soldOut.refuses(item, user, time.Now())
	if !ok {
		return Placement{}, false
	}
	s.metrics.count(SoldOut)
	return Placement{Outcome: SoldOut, StockVersion: version}, true
}

// BusyFromMemory answers "busy" if as many shoppers wait for the item as may, which is what PlaceOrder would answer. It says nothing of
// an earlier attempt with the same key, as "busy" never does. For the crowd that is more than the database can take.
func (s *Store) BusyFromMemory(item, user uint64) (Placement, bool) {
	if !s.combiner.full(item, user) {
		return Placement{}, false
	}
	s.metrics.count(Busy)
	return Placement{Outcome: Busy, RetryAfter: retryAfter()}, true
}

// Change is the answer to PayOrder, CancelOrder, CancelOrderAsStaff and RefundOrder.
type Change struct {
	Outcome Outcome `db:"outcome"`
	State   *string `db:"state"`   // of the order afterwards; nil if there is none, or not allowed
	ItemID  *uint64 `db:"item_id"` // of the order, told by all but PayOrder; nil if there is none
}

// PayOrder marks a held order as paid, once: by, of the staff, has taken the money by hand, for reason.
// Outcomes: NotAllowed, NoSuchOrder, AlreadyPaid, NotPayable, HoldEnded, Paying, Paid.
func (s *Store) PayOrder(ctx context.Context, by Actor, order uuid.UUID, reason string) (Change, error) {
	return s.changeOrder(ctx, s.staff, "pay_order", "CALL pay_order(?, ?, ?, ?, ?, ?)", by.staffID(), order[:], newID(), newID(), by.name, reason)
}

// CancelOrder gives a held order of user back, once. The units are available at once, here and within a second on other nodes.
// Outcomes: NoSuchOrder, AlreadyCancelled, NotCancellable, Paying, Cancelled.
func (s *Store) CancelOrder(ctx context.Context, order uuid.UUID, user uint64) (Change, error) {
	c, err := s.changeOrder(ctx, s.pages, "cancel_order", "CALL cancel_order(?, ?, ?)", order[:], user, newID())
	s.reopen(c.Outcome == Cancelled, c.ItemID)
	return c, err
}

// CancelOrderAsStaff gives a held order back for its shopper, once. Who and why stands in the log of the sale.
// Outcomes: NotAllowed, NoSuchOrder, AlreadyCancelled, NotCancellable, Paying, Cancelled.
func (s *Store) CancelOrderAsStaff(ctx context.Context, by Actor, order uuid.UUID, reason string) (Change, error) {
	c, err := s.changeOrder(ctx, s.staff, "cancel_order_as_staff", "CALL cancel_order_as_staff(?, ?, ?, ?, ?)",
		by.staffID(), order[:], newID(), by.name, reason)
	s.reopen(c.Outcome == Cancelled, c.ItemID)
	return c, err
}

// Extension is the answer to ExtendHold.
type Extension struct {
	Outcome       Outcome    `db:"outcome"`
	State         *string    `db:"state"`           // of the order; nil if there is none
	HoldExpiresAt *time.Time `db:"hold_expires_at"` // afterwards; nil unless it is held
}

// ExtendHold gives a shopper more time to pay a held order, once, if the item allows it.
// Outcomes: NoSuchOrder, NotHeld, HoldEnded, NotExtendable, AlreadyExtended, Extended.
func (s *Store) ExtendHold(ctx context.Context, order uuid.UUID, user uint64) (Extension, error) {
	var e Extension
	err := s.pages.get(ctx, &e, "extend_hold", "CALL extend_hold(?, ?, ?)", order[:], user, newID())
	return e, err
}

// RefundOrder takes a paid order back, once; with restock its units go on sale again, else they leave the sale. The worker has its
// money given back.
// Outcomes: NotAllowed, NoSuchOrder, AlreadyRefunded, NotRefundable, Refunded.
func (s *Store) RefundOrder(ctx context.Context, by Actor, order uuid.UUID, restock bool, reason string) (Change, error) {
	c, err := s.changeOrder(ctx, s.staff, "refund_order", "CALL refund_order(?, ?, ?, ?, ?, ?)", by.staffID(), order[:], restock, newID(), by.name, reason)
	s.reopen(c.Outcome == Refunded && restock, c.ItemID)
	return c, err
}

// reopen forgets at once that an item is sold out if this Store gave units of it back. What it cannot know is in the next reading of Live.
func (s *Store) reopen(gaveBack bool, item *uint64) {
	if gaveBack && item != nil {
		s.soldOut.gaveBack(*item)
	}
	s.live.wake()
}

func (s *Store) changeOrder(ctx context.Context, l *lane, procedure, call string, args ...any) (Change, error) {
	var c Change
	err := l.get(ctx, &c, procedure, call, args...)
	return c, err
}

// Order is one order as its shopper sees it. Amounts are in the smallest unit of Currency, times are UTC.
type Order struct {
	ID             uuid.UUID  `db:"id"`
	ItemID         uint64     `db:"item_id"`
	SaleID         uint64     `db:"sale_id"`
	Title          string     `db:"title"`
	SaleTitle      string     `db:"sale_title"`
	ImageURL       string     `db:"image_url"`
	Currency       string     `db:"currency"`
	TimeZone       string     `db:"time_zone"`
	Units          int        `db:"units"`
	UnitPriceCents int64      `db:"unit_price_cents"`
	State          string     `db:"state"`
	PlacedAt       time.Time  `db:"placed_at"`
	HoldExpiresAt  *time.Time `db:"hold_expires_at"`
	PaidAt         *time.Time `db:"paid_at"`
	ClosedAt       *time.Time `db:"closed_at"`
	RequestID      uuid.UUID  `db:"request_id"`
	DatabaseTime   time.Time  `db:"database_time"`

	PaymentState     *string `db:"payment_state"`     // of its latest payment; nil: none was begun
	PaymentReason    *string `db:"payment_reason"`    // why that failed or goes back; "" otherwise
	ExtensionMinutes int     `db:"extension_minutes"` // that the shopper may still ask for; 0: none
}

// Order returns an order of user, ErrNotFound if there is none or it is another shopper's.
func (s *Store) Order(ctx context.Context, order uuid.UUID, user uint64) (Order, error) {
	var o Order
	err := s.pages.get(ctx, &o, "show_order", "CALL show_order(?, ?)", order[:], user)
	return o, err
}

// Orders returns up to limit orders of user, newest first. before is the last order of the page before, zero for the first page.
func (s *Store) Orders(ctx context.Context, user uint64, before uuid.UUID, limit int) ([]Order, error) {
	var cursor []byte
	if before != uuid.Nil {
		cursor = before[:]
	}
	var orders []Order
	err := s.pages.list(ctx, &orders, "list_orders", "CALL list_orders(?, ?, ?)", user, cursor, limit)
	return orders, err
}

// newID returns a UUIDv7 as the 16 bytes that BINARY(16) columns hold.
func newID() []byte {
	id := uuid.Must(uuid.NewV7()) // fails only when the machine has no randomness, and then nothing here works
	return id[:]
}
