package page

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"time"

	"doorbuster/web/ui"
)

// OrderStates lists the states of an order, after the empty one that stands for all; the bytes are those of the database.
var OrderStates = []string{"", "held", "paid", "cancelled", "expired", "refunded"}

// Codes of FieldError of the filter of the list of orders.
const (
	DateBad       = "date_bad"
	DatesReversed = "dates_reversed"
)

// OrderErrorCodes lists them all.
var OrderErrorCodes = []string{DateBad, DatesReversed}

// OrderRow is one order in a table.
type OrderRow struct {
	ID        string // canonical UUID
	Item      string
	Sale      string
	Units     int
	Total     ui.Money
	State     string // one of OrderStates, not the empty one
	Placed    time.Time
	HeldUntil *time.Time // nil unless held
	Name      string     // of the shopper
	Email     string     // may be empty
	Zone      string     // IANA, the sale's
}

// SaleChoice is a sale that the list can be narrowed to.
type SaleChoice struct {
	ID    uint64
	Title string // empty: not known, its number stands for it
}

// OrderFilter is what the address of a list says, as it was typed.
type OrderFilter struct {
	Search   string // a number, an e-mail or the beginning of a name
	Sale     uint64 // 0: all
	Item     uint64 // 0: all
	State    string // one of OrderStates
	From, To string // days, 2006-01-02; both are in
}

// Query is the filter as the query of an address.
func (f OrderFilter) Query() url.Values {
	query := url.Values{}
	for name, value := range map[string]string{"search": f.Search, "state": f.State, "from": f.From, "to": f.To} {
		if value != "" {
			query.Set(name, value)
		}
	}
	for name, value := range map[string]uint64{"sale": f.Sale, "item": f.Item} {
		if value != 0 {
			query.Set(name, strconv.FormatUint(value, 10))
		}
	}
	return query
}

// OrderListView is GET /{lang}/orders?search=&sale=&item=&state=&from=&to=.
type OrderListView struct {
	Frame
	OrderFilter
	Sales  []SaleChoice // to choose from, latest opening first; the chosen one is among them
	Zone   string       // IANA: the days of the filter are days there
	Now    time.Time
	Orders []OrderRow // placed last first
	// More is the path of the next page without the language; empty: no more.
	More string
	// ListedUntil is up to when all orders are in the list; nil: all are.
	ListedUntil *time.Time
	Errors      ui.FieldErrors
}

// filtered says whether the list is narrowed at all.
func (v OrderListView) filtered() bool { return v.OrderFilter != OrderFilter{} }

// exportPath leads to an export of the same selection; empty: an export cannot be narrowed like that.
func (v OrderListView) exportPath() string {
	if v.Search != "" || v.Item != 0 || len(v.Errors) > 0 || len(v.Orders) == 0 {
		return ""
	}
	return withQuery("/exports", v.Query())
}

// withoutItem is the path of the list without the item.
func (v OrderListView) withoutItem() string {
	f := v.OrderFilter
	f.Item = 0
	return withQuery("/orders", f.Query())
}

// choiceWords names a sale in the list of choices.
func choiceWords(ctx context.Context, c SaleChoice) string {
	number := ui.T(ctx, "console_number", "ID", strconv.FormatUint(c.ID, 10))
	if c.Title == "" {
		return number
	}
	return c.Title + ui.T(ctx, "dot") + number
}

// isDay says whether a browser can show text in a field for days: it drops what it cannot, and complains.
func isDay(text string) bool {
	_, err := time.Parse("2006-01-02", text)
	return err == nil
}

// orderPath is the address of an order without the language.
func orderPath(id string) string { return "/orders/" + id }

// orderIcon is the mark of an order's state, as shoppers see it.
func orderIcon(state string) string {
	switch state {
	case "paid":
		return "check"
	case "cancelled", "expired":
		return "none"
	case "refunded":
		return "return"
	default:
		return "clock"
	}
}

// Acts on an order, and where the units of a refunded one go.
const (
	Cancel    = "cancel"
	Refund    = "refund"
	UnitsBack = "back" // on sale again
	UnitsGone = "gone" // they leave the sale
)

// Outcomes of the forms on the page of an order that have words.
var (
	orderToldGood = []string{"cancelled", "refunded", "due"}
	orderToldNo   = []string{
		"already_cancelled", "not_cancellable", "paying", "already_refunded", "not_refundable", "too_old", "disabled", "no_such_event",
	}
)

// OrderTold lists them all.
var OrderTold = slices.Concat(orderToldGood, orderToldNo)

// OrderShowView is GET /{lang}/orders/{order} and the answer to its forms: POST …/cancel (reason), …/refund (reason, units), …/resend (mail, or webhook and
// event).
type OrderShowView struct {
	Frame
	Order       OrderRow
	SaleID      uint64
	ItemID      uint64
	SKU         string
	Price       ui.Money // of a unit
	PaidAt      *time.Time
	ClosedAt    *time.Time
	Extended    bool
	Language    string // of the mails
	CustomerRef string // the merchant's own number of the shopper; empty: signed up here
	Request     string // that placed it; canonical UUID
	Now         time.Time

	// Of the payment that counts; Provider empty: none was begun.
	Payment, Provider, Reference, PaymentState, PaymentReason string
	Paid                                                      ui.Money // what it is about

	Story     []StoryRow // oldest first
	MayChange bool

	// Told is the outcome of a form, told in a status line; one without words is not told.
	Told string

	// Of a form that was wrong: which it was, what was typed.
	Act, Reason, Units string
	Errors             ui.FieldErrors
}

// acts are the acts that the state allows.
func (v OrderShowView) acts() []string {
	switch {
	case !v.MayChange:
		return nil
	case v.Order.State == "held":
		return []string{Cancel}
	case v.Order.State == "paid":
		return []string{Refund}
	default:
		return nil
	}
}

// open says whether a form was wrong and must be shown open.
func (v OrderShowView) open(act string) bool { return len(v.Errors) > 0 && v.Act == act }

func (v OrderShowView) typed(act string) string {
	if v.open(act) {
		return v.Reason
	}
	return ""
}

func (v OrderShowView) errorOf(act string) string {
	if !v.open(act) {
		return ""
	}
	return v.Errors.Of(act + "-reason")
}

// backs says whether the units of a refunded order are put back on sale, unless somebody says otherwise.
func (v OrderShowView) backs() bool { return v.Units != UnitsGone }

// captured says whether there is money to give back.
func (v OrderShowView) captured() bool { return v.PaymentState == "captured" }

// refundWords says what happens to the money when the order is refunded.
func (v OrderShowView) refundWords(ctx context.Context) string {
	switch {
	case !v.captured():
		return ui.T(ctx, "console_order_refund_nothing")
	case v.Provider == "hand":
		return ui.T(ctx, "console_order_refund_hand", "Amount", ui.Amount(ctx, v.Paid))
	default:
		return ui.T(ctx, "console_order_refund_does", "Amount", ui.Amount(ctx, v.Paid), "Provider", v.Provider)
	}
}

// actWords is what the button of an act says: a refund says how much.
func (v OrderShowView) actWords(ctx context.Context, act string) string {
	if act == Refund && v.captured() {
		return ui.T(ctx, "console_order_refund_amount", "Amount", ui.Amount(ctx, v.Paid))
	}
	return ui.T(ctx, "console_order_act_"+act)
}

// resend is the act of sending a mail or an event of the story again: each line has a form of its own.
func (l StoryRow) resend() string { return ResendOf(l.Kind, l.Line, l.Number) }

// ResendOf names the form that sends a mail, or an event to a webhook, again.
func ResendOf(kind string, webhook, number uint64) string {
	if kind == "mail" {
		webhook = 0
	}
	return fmt.Sprintf("%s-%s-%d-%d", Resend, kind, webhook, number)
}

func (v OrderShowView) toldGood() bool { return slices.Contains(orderToldGood, v.Told) }

// toldWords is what came of a form, "" for nothing.
func (v OrderShowView) toldWords(ctx context.Context) string {
	if !slices.Contains(OrderTold, v.Told) {
		return ""
	}
	return ui.T(ctx, "console_order_told_"+v.Told)
}

// shoppers is the path of all orders of the shopper; empty: there is no address to look for.
func (v OrderShowView) shoppers() string {
	if v.Order.Email == "" {
		return ""
	}
	return withQuery("/orders", OrderFilter{Search: v.Order.Email}.Query())
}

// language names the language of the mails.
func (v OrderShowView) language() string {
	lang, _ := ui.ParseLang(v.Language)
	return lang.Name()
}

func (v OrderShowView) tag() string {
	lang, _ := ui.ParseLang(v.Language)
	return lang.Tag()
}

// place names the zone in which the days of the filter are.
func (v OrderListView) place(ctx context.Context) string { return ui.Place(ctx, v.Now, v.Zone) }
