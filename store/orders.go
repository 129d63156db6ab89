package store

import (
	"context"
	"time"

	"github.com/google/uuid"
)

// OrderFilter is what staff look for. The zero value is every order.
type OrderFilter struct {
	Number []byte // 16 bytes, or the last 4: then nothing else is asked
	Email  string // of the shopper, whole, in any case
	Name   string // how the shopper's name begins, in any case; at most 100 shoppers are looked at. Not asked with Email
	Sale   uint64 // 0: of all
	Item   uint64 // 0: of all
	State  string // held, paid, cancelled, expired or refunded; "": all

	From  time.Time // placed at it or later; zero: from the first
	Until time.Time // placed before it; zero: to the last

	BeforeAt time.Time // PlacedAt of the last order of the page before; zero: the first page
	BeforeID uuid.UUID // and its ID
}

// FoundOrder is an order as staff find it. Amounts are in the smallest unit of Currency, times are UTC.
type FoundOrder struct {
	ID             uuid.UUID  `db:"id"`
	ItemID         uint64     `db:"item_id"`
	SaleID         uint64     `db:"sale_id"`
	Title          string     `db:"title"` // of the item
	SaleTitle      string     `db:"sale_title"`
	Currency       string     `db:"currency"`
	TimeZone       string     `db:"time_zone"`
	Units          int        `db:"units"`
	UnitPriceCents int64      `db:"unit_price_cents"`
	State          string     `db:"state"`
	PlacedAt       time.Time  `db:"placed_at"`
	HoldExpiresAt  *time.Time `db:"hold_expires_at"`
	PaidAt         *time.Time `db:"paid_at"`
	ClosedAt       *time.Time `db:"closed_at"`
	Email          string     `db:"email"`
	Name           string     `db:"name"`
}

// SearchOrders returns up to limit orders, those placed last first. A member sees those of the own shop; who may not read sees none. What a number, an
// address or a name finds is complete; other lists may lack what the relay has not handled: ShowListLag. What is listed is true at this instant.
func (s *Store) SearchOrders(ctx context.Context, by Actor, f OrderFilter, limit int) ([]FoundOrder, error) {
	number, before := f.Number, []byte(nil)
	if number == nil {
		number = []byte{}
	}
	if !f.BeforeAt.IsZero() {
		before = f.BeforeID[:]
	}
	var found []FoundOrder
	err := s.staff.list(ctx, &found, "search_orders", "CALL search_orders(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
		by.staffID(), number, f.Email, f.Name, f.Sale, f.Item, f.State, instant(f.From), instant(f.Until), instant(f.BeforeAt), before, limit)
	return found, err
}

// ListLag says how late the lists of SearchOrders are.
type ListLag struct {
	ListedUntil  *time.Time `db:"listed_until"` // what changed later may not be found yet; nil: all is
	DatabaseTime time.Time  `db:"database_time"`
}

// ShowListLag returns how late the lists of orders are. ErrNotFound: by may not read.
func (s *Store) ShowListLag(ctx context.Context, by Actor) (ListLag, error) {
	var l ListLag
	err := s.staff.get(ctx, &l, "show_list_lag", "CALL show_list_lag(?)", by.staffID())
	return l, err
}

// ShownOrder is an order as staff see it, with its shopper and its money.
type ShownOrder struct {
	FoundOrder
	SKU          string    `db:"sku"`
	Extended     bool      `db:"extended"` // the shopper has had more time
	RequestID    uuid.UUID `db:"request_id"`
	MoveID       uuid.UUID `db:"move_id"` // of the batch that took its units
	Language     string    `db:"language"`
	CustomerRef  *string   `db:"customer_ref"` // the merchant's own number of the shopper; nil: signed up here
	DatabaseTime time.Time `db:"database_time"`

	// Of the payment that counts: the captured one, else the latest that no other took the place of. All nil: none was begun.
	PaymentID     *uuid.UUID `db:"payment_id"`
	Provider      *string    `db:"provider"`
	Reference     *string    `db:"reference"`
	PaymentState  *string    `db:"payment_state"`
	PaymentReason *string    `db:"payment_reason"`
	AmountCents   *int64     `db:"amount_cents"`
}

// ShowOrderAsStaff returns an order of any shopper. ErrNotFound: there is none of this number, it is another shop's, or by may not read.
func (s *Store) ShowOrderAsStaff(ctx context.Context, by Actor, order uuid.UUID) (ShownOrder, error) {
	var o ShownOrder
	err := s.staff.get(ctx, &o, "show_order_as_staff", "CALL show_order_as_staff(?, ?)", by.staffID(), order[:])
	return o, err
}

// Kinds of lines in the story of an order.
const (
	StoryPlaced  = "placed"  // Units; ID of the request; Actor
	StoryBatch   = "batch"   // ledger line of the batch that took its units with those of others: Units, Was and Became (accounts), ID and Line of the move, Words, Actor
	StoryLedger  = "ledger"  // ledger line of this order alone: the same
	StoryPayment = "payment" // Was and Became (states), ID of the payment and Line, Target (provider), Number (amount), Words, Actor
	StoryEvent   = "event"   // Was (its kind), Number (its place in the feed)
	StoryMail    = "mail"    // Was (its kind), Became (its state), Number, Words (what the mail server said), EndedAt
	StoryWebhook = "webhook" // Was (kind of the event), Became (state of the delivery), Number (of the event), Line (of the webhook), Target (address), Words (last answer), EndedAt
)

// StoryLine is something that happened to an order. What a kind does not fill in is nil.
type StoryLine struct {
	At      time.Time  `db:"at"`
	Kind    string     `db:"kind"`
	Was     *string    `db:"was"`
	Became  *string    `db:"became"`
	Units   *int       `db:"units"`
	ID      *uuid.UUID `db:"id"`
	Line    *uint64    `db:"line"`
	Number  *int64     `db:"number"`
	Target  *string    `db:"target"`
	Words   *string    `db:"words"`
	Actor   *string    `db:"actor"`
	EndedAt *time.Time `db:"ended_at"`
}

// ListOrderStory returns what happened to an order, oldest first, at most 500 lines; none for who may not see it.
func (s *Store) ListOrderStory(ctx context.Context, by Actor, order uuid.UUID) ([]StoryLine, error) {
	var lines []StoryLine
	err := s.staff.list(ctx, &lines, "list_order_story", "CALL list_order_story(?, ?)", by.staffID(), order[:])
	return lines, err
}
