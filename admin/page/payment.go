package page

import (
	"context"
	"net/url"
	"slices"
	"strconv"
	"time"

	"doorbuster/web/ui"
)

// Ask is the act on a payment: have its provider asked now.
const Ask = "ask"

// PaymentsAll is the filter that leaves out nothing.
const PaymentsAll = "all"

// PaymentFilters lists the filters of the payments, those that want a person first.
var PaymentFilters = []string{PaymentsAll, "unknown", "waiting", "returning", "failed", "returned", "done"}

// PaymentStates lists the states of a payment; the bytes are those of the database.
var PaymentStates = []string{"started", "authorised", "captured", "failed", "refunding", "refunded"}

// PaymentReasons lists why a payment fails or goes back; the bytes are those of the database.
var PaymentReasons = []string{
	"declined", "abandoned", "at_provider", "too_late", "second_payment", "superseded", "wrong_amount", "order_cancelled", "order_refunded",
}

// PaymentTold lists every outcome that the page of a payment has words for.
var PaymentTold = []string{"due", "final"}

// PaymentRow is one attempt to take the money of one order.
type PaymentRow struct {
	ID, Order  string // canonical UUIDs
	Provider   string // stripe, sandbox; hand: staff took it
	Reference  string // the provider's number of it; empty until it told one
	Amount     ui.Money
	State      string     // one of PaymentStates
	Reason     string     // one of PaymentReasons, or empty
	Started    time.Time  // when it began
	Changed    time.Time  // when it came to its state
	Captured   *time.Time // nil: the money was never taken
	Ask        *time.Time // when the provider is asked next; nil: it has come to its end
	Asked      int        // how often it was, in this state
	OrderState string     // held, paid, expired, cancelled, refunded
	HoldEnds   *time.Time // nil unless the order is held
	Item       string
	Sale       uint64
	SaleTitle  string
	Zone       string    // IANA, the sale's
	Now        time.Time // of the database
}

// PaymentMoveRow is a line of a payment's ledger.
type PaymentMoveRow struct {
	From, To      string // From is empty in the first line
	Detail, Actor string
	At            time.Time
}

// PaymentListView is GET /{lang}/payments?state=.
type PaymentListView struct {
	Frame
	Filter   string       // one of PaymentFilters
	Payments []PaymentRow // newest first
	More     string       // path of the next page; empty: no more
}

// PaymentView is GET /{lang}/payments/{payment} and the answer to its form: POST …/ask (reason).
type PaymentView struct {
	Frame
	Payment PaymentRow
	Moves   []PaymentMoveRow // oldest first
	MayAsk  bool
	Told    string // the outcome of the form; one without words is not told
	Reason  string // as typed, of a form that was wrong
	Errors  ui.FieldErrors
}

// toldWords is what came of the form, "" for nothing.
func (v PaymentView) toldWords(ctx context.Context) string {
	if !slices.Contains(PaymentTold, v.Told) {
		return ""
	}
	return ui.T(ctx, "console_pay_told_"+v.Told)
}

// paymentsPath is the address of a list without the language.
func paymentsPath(filter string) string {
	if filter == PaymentsAll {
		return "/payments"
	}
	return withQuery("/payments", url.Values{"state": {filter}})
}

// paymentState is a state in words; one without words stands as it is.
func paymentState(ctx context.Context, state string) string {
	if !slices.Contains(PaymentStates, state) {
		return state
	}
	return ui.T(ctx, "console_payment_"+state)
}

// paymentWhy says why a payment failed or goes back; what has no words stands as it is.
func paymentWhy(ctx context.Context, reason string) string {
	if !slices.Contains(PaymentReasons, reason) {
		return reason
	}
	return ui.T(ctx, "console_pay_why_"+reason)
}

// tone and icon are how a state looks; the word beside them says the same.
func (p PaymentRow) tone() string {
	switch p.State {
	case "captured":
		return "good"
	case "failed":
		return "bad"
	case "refunded":
		return "plain"
	default:
		return "warn"
	}
}

func (p PaymentRow) icon() string {
	switch p.State {
	case "captured":
		return "check"
	case "failed":
		return "none"
	case "refunding", "refunded":
		return "return"
	default:
		return "clock"
	}
}

// by is who looks after the payment, as a word on the page.
func (p PaymentRow) by(ctx context.Context) string {
	if p.Provider == "hand" {
		return ui.T(ctx, "console_pay_hand")
	}
	return p.Provider
}

// moneySays says what the state means for the money.
func (p PaymentRow) moneySays(ctx context.Context) string {
	switch p.State {
	case "started":
		return ui.T(ctx, "console_pay_started")
	case "authorised":
		return ui.T(ctx, "console_pay_authorised")
	case "captured":
		return ui.T(ctx, "console_pay_captured")
	case "failed":
		return ui.T(ctx, "console_pay_failed")
	case "refunding":
		if p.Captured == nil {
			return ui.T(ctx, "console_pay_releasing")
		}
		return ui.T(ctx, "console_pay_refunding")
	case "refunded":
		if p.Captured == nil {
			return ui.T(ctx, "console_pay_released")
		}
		return ui.T(ctx, "console_pay_refunded")
	default:
		return ""
	}
}

// nextSays says what happens next, and when.
func (p PaymentRow) nextSays(ctx context.Context) string {
	switch {
	case p.Ask == nil:
		return ""
	case p.Ask.Before(p.Now):
		return ui.T(ctx, "console_pay_asks_now")
	default:
		return ui.T(ctx, "console_pay_asks", "At", ui.MomentSecond(ctx, *p.Ask, p.Zone))
	}
}

// orderSays says what it means for the units of the order.
func (p PaymentRow) orderSays(ctx context.Context) string {
	switch {
	case p.OrderState == "held" && p.HoldEnds != nil && p.HoldEnds.After(p.Now):
		return ui.T(ctx, "console_pay_hold", "At", ui.MomentSecond(ctx, *p.HoldEnds, p.Zone))
	case p.OrderState == "held":
		return ui.T(ctx, "console_pay_hold_ends")
	case p.OrderState == "expired" && p.Ask != nil && p.State != "refunding":
		return ui.T(ctx, "console_pay_hold_over_open")
	case p.OrderState == "expired":
		return ui.T(ctx, "console_pay_hold_over")
	case p.OrderState == "paid":
		return ui.T(ctx, "console_pay_order_paid")
	case p.OrderState == "cancelled":
		return ui.T(ctx, "console_pay_order_cancelled")
	case p.OrderState == "refunded":
		return ui.T(ctx, "console_pay_order_refunded")
	default:
		return ""
	}
}

// payActor is who moved a payment; a member's name stands as it is.
func payActor(ctx context.Context, actor string) string {
	switch actor {
	case "shopper":
		return ui.T(ctx, "console_pay_by_shopper")
	case "callback":
		return ui.T(ctx, "console_pay_by_callback")
	case "worker":
		return ui.T(ctx, "console_by_job")
	default:
		return actor
	}
}

func salePage(sale uint64) string { return "/sales/" + strconv.FormatUint(sale, 10) }
