package page

import (
	"time"

	"doorbuster/web/ui"
)

// The states of an order; the bytes are those of the database.
const (
	Held      = "held"
	Paid      = "paid"
	Cancelled = "cancelled"
	Expired   = "expired"
	Refunded  = "refunded"
)

// OrderView is the ticket stub: GET /{lang}/orders/{order}. Personal, never cached.
type OrderView struct {
	ui.Chrome
	ID        string // canonical UUID
	ItemID    uint64
	ItemTitle string
	SaleTitle string
	Picture   ui.Picture
	Units     int
	Price     ui.Money // one unit, as it was when the order was placed
	Total     ui.Money
	State     string // Held, Paid, Cancelled, Expired, Refunded
	PlacedAt  time.Time
	HeldUntil time.Time // read only while Held
	Now       time.Time // the database's clock when the page was rendered
	Zone      string    // IANA, the sale's
	// Sandbox marks the payment as a trial: no money moves.
	Sandbox bool
	// Again tells that the item can be bought now, so a closed order offers it.
	Again bool
	// Outcome is what the act that led here gave (placed, exists, already_ordered,
	// paid, already_paid, cancelled, already_cancelled); empty after a plain visit.
	Outcome string
	Events  []OrderEvent // oldest first
}

// OrderEvent is one line of the order's story.
type OrderEvent struct {
	// What is placed, paid, cancelled, expired or refunded.
	What string
	At   time.Time
}

// OrderListView is "my orders": GET /{lang}/orders. Personal, never cached.
type OrderListView struct {
	ui.Chrome
	Orders []OrderCard // newest first
	Now    time.Time   // the database's clock
	// Older is the query that leads to the next page ("?before=…"); empty: no more.
	Older string
}

// OrderCard is one order in the list.
type OrderCard struct {
	ID        string
	ItemTitle string
	Picture   ui.Picture
	Units     int
	Total     ui.Money
	State     string
	PlacedAt  time.Time
	HeldUntil time.Time // read only while Held
	Zone      string    // IANA
}

// OrderPendingView is the answer while the outcome is unknown (503). Its form posts
// the same pass again, so the shopper can neither lose the order nor get two.
type OrderPendingView struct {
	ui.Chrome
	ItemID     uint64
	ItemTitle  string
	Order      string // canonical UUID of the order that may exist
	Pass       string
	Units      int
	RetryAfter int // seconds, at least 1
	Reference  string
}

// ended is shown for an order whose hold has run out before anything wrote so down:
// paying would be refused, so the page must not offer it.
const ended = "ended"

// shown is the state as the page tells it.
func (v OrderView) shown() string {
	if v.State == Held && !v.Now.Before(v.HeldUntil) {
		return ended
	}
	return v.State
}

// open tells that the order can be paid or cancelled.
func (v OrderView) open() bool { return v.shown() == Held }

func (c OrderCard) shown(now time.Time) string {
	if c.State == Held && !now.Before(c.HeldUntil) {
		return ended
	}
	return c.State
}

// orderIcon chooses the mark beside the word of an order's state.
func orderIcon(state string) string {
	switch state {
	case Paid:
		return "check"
	case Cancelled, Expired, ended:
		return "none"
	case Refunded:
		return "return"
	default:
		return "clock"
	}
}

// scripts: only a running hold has something that ticks.
func (v OrderView) scripts() []string {
	if v.open() {
		return []string{"shop.js"}
	}
	return nil
}
