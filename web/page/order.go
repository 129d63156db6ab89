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

// The states of a payment; the bytes are those of the database.
const (
	PaymentStarted    = "started"
	PaymentAuthorised = "authorised"
	PaymentCaptured   = "captured"
	PaymentFailed     = "failed"
	PaymentRefunding  = "refunding"
	PaymentRefunded   = "refunded"
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
	// Extension is by how many minutes its shopper may make the hold longer; 0: not, or not any more.
	Extension int
	// PaymentState and PaymentReason are of the latest payment; empty: none was begun.
	PaymentState  string
	PaymentReason string // why it failed or goes back
	// Again tells that the item can be bought now, so a closed order offers it.
	Again bool
	// Outcome is what the act that led here gave (placed, exists, already_ordered,
	// paid, already_paid, extended, already_extended, cancelled, already_cancelled);
	// empty after a plain visit.
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

// warnBefore is how long before its end a hold is warned about.
const warnBefore = 3 * time.Minute

// short tells that the hold ends soon.
func (v OrderView) short() bool { return v.open() && v.HeldUntil.Sub(v.Now) <= warnBefore }

// paying tells that the latest payment may still become one: it is at the provider.
func (v OrderView) paying() bool {
	return v.PaymentState == PaymentStarted || v.PaymentState == PaymentAuthorised
}

// checked tells that somebody looks after the payment, so that the page will change by itself.
func (v OrderView) checked() bool {
	return (v.paying() || v.PaymentState == PaymentRefunding) && v.State != Refunded
}

// returns tells that money was there and goes back.
func (v OrderView) returns() bool {
	return v.PaymentState == PaymentRefunding || v.PaymentState == PaymentRefunded
}

// payable tells that the button to pay is there: while the provider holds the money there is nothing to press.
func (v OrderView) payable() bool { return v.open() && v.PaymentState != PaymentAuthorised }

// standing is what the script compares to see that the page has become old.
func (v OrderView) standing() string { return v.State + " " + v.PaymentState }

// refreshed is the frame of a page that loads itself again while the payment is checked. The script does it better, as soon as there is something
// new; this is for browsers without it.
func (v OrderView) refreshed() ui.Chrome {
	if v.checked() {
		v.Refresh = 5
	}
	return v.Chrome
}

// scripts: only a running hold has something that ticks, and only a payment that is checked something to wait for.
func (v OrderView) scripts() []string {
	var out []string
	if v.open() {
		out = append(out, "shop.js")
	}
	if v.checked() {
		out = append(out, "form.js")
	}
	return out
}
