package page

import (
	"context"
	"slices"
	"time"

	"doorbuster/web/ui"
)

// Outcomes that have a notice. The first group are bytes of the database, the second
// come from the web server alone.
const (
	NotOpen        = "not_open"
	SaleOver       = "over"
	SalePaused     = "paused"
	MembersOnly    = "members_only" // has a page of its own where its item is known: Code
	TooLate        = "too_late"
	BadUnits       = "bad_units"
	OverLimit      = "over_limit"
	AlreadyOrdered = "already_ordered"
	SoldOut        = "sold_out"
	NotEnough      = "not_enough"
	NoSuchItem     = "no_such_item" // 404
	KeyReused      = "key_reused"
	HoldEnded      = "hold_ended"
	NotPayable     = "not_payable"
	NotCancellable = "not_cancellable"
	Paying         = "paying"
	NotHeld        = "not_held"
	NotExtendable  = "not_extendable"
	NoSuchOrder    = "no_such_order" // 404

	Closed       = "closed"         // taken off sale for now: a plan B switch
	Busy         = "busy"           // shed before the database; Retry
	Unknown      = "unknown"        // outcome of an act on an order lost; buying has OrderPending
	BadPass      = "bad_pass"       // 403
	PassExpired  = "pass_expired"   // 410
	BadLink      = "bad_link"       // 403: sign-in link forged, used or expired
	BadRequest   = "bad_request"    // 400
	SignInNeeded = "sign_in_needed" // 401
	NotAllowed   = "not_allowed"    // 403
	NotFound     = "not_found"      // 404
	WrongMethod  = "wrong_method"   // 405
	TooLarge     = "too_large"      // 413
	WrongType    = "wrong_type"     // 415
	TooMany      = "too_many"       // 429
	Fault        = "fault"          // 500
	Unavailable  = "unavailable"    // 503: the database is away
)

// Outcomes lists every outcome that has a notice.
var Outcomes = []string{
	NotOpen, SaleOver, SalePaused, MembersOnly, TooLate, BadUnits, OverLimit, AlreadyOrdered, SoldOut,
	NotEnough, NoSuchItem, KeyReused, HoldEnded, NotPayable, NotCancellable, Paying, NotHeld, NotExtendable, NoSuchOrder,
	Closed, Busy, Unknown, BadPass, PassExpired, BadLink, BadRequest, SignInNeeded, NotAllowed,
	NotFound, WrongMethod, TooLarge, WrongType, TooMany, Fault, Unavailable,
}

// NoticeView is the page of every refusal and every failure. Only Outcome is
// needed; what is known besides makes the words more exact.
type NoticeView struct {
	ui.Chrome
	Outcome string // one of Outcomes; others read like Fault
	// Reference is the request id that the log has too; empty: not shown.
	Reference string
	// At is the moment that matters: the opening (not_open), the end (over), the
	// last unit's (sold_out), the hold's end (hold_ended). Zero: not said.
	At   time.Time
	Zone string // IANA, for At
	// N is the number that matters: units left (not_enough) or the limit (over_limit).
	N int64
	// RetryAfter is in seconds, as in the header; 0: not said.
	RetryAfter int
	// ItemID and ItemTitle lead back to the item; 0: no such link.
	ItemID    uint64
	ItemTitle string
	// Order leads to an order of this shopper; empty: no such link.
	Order string
	// SignIn is the path to come back to after signing in (with language); empty: no link,
	// but for bad_link, which always offers to sign in.
	SignIn string
	// Retry is a form that repeats the same attempt; nil: none.
	Retry *RetryForm
}

// RetryForm repeats an attempt with the same key, so pressing again is safe.
type RetryForm struct {
	Action string // path with language: "/en/items/12/orders"
	Pass   string // hidden field pass; empty: left out
	Units  int    // hidden field units; 0: left out
	// Auto lets the browser press by itself after RetryAfter (a few times only).
	Auto bool
}

// outcome is the one whose words are shown: Fault for one without words of its own.
func (v NoticeView) outcome() string {
	if slices.Contains(Outcomes, v.Outcome) {
		return v.Outcome
	}
	return Fault
}

// id is the message of one part of the notice: title, what or do.
func (v NoticeView) id(part string) string { return "notice_" + v.outcome() + "_" + part }

// noticeWhat says what happened, with the moment or the number where it is known.
func noticeWhat(ctx context.Context, v NoticeView) string {
	switch outcome := v.outcome(); {
	case slices.Contains([]string{NotOpen, SaleOver, HoldEnded}, outcome) && !v.At.IsZero():
		return ui.T(ctx, v.id("what_at"), "At", ui.Moment(ctx, v.At, v.Zone))
	case outcome == SoldOut && !v.At.IsZero():
		return ui.T(ctx, v.id("what_at"), "At", ui.AtSecond(ctx, v.At, v.Zone))
	case slices.Contains([]string{NotEnough, OverLimit}, outcome) && v.N > 0:
		return ui.T(ctx, v.id("what_n"), "N", v.N)
	default:
		return ui.T(ctx, v.id("what"))
	}
}

// noticeIcon chooses the mark of an outcome.
func noticeIcon(outcome string) string {
	switch outcome {
	case NotOpen, MembersOnly, TooLate, Busy, Unknown, HoldEnded, PassExpired, TooMany, Paying:
		return "clock"
	case AlreadyOrdered:
		return "check"
	case SalePaused, Closed:
		return "pause"
	case SoldOut, SaleOver, NotEnough, OverLimit:
		return "none"
	default:
		return "alert"
	}
}

// noticeTone chooses the colour of the mark; the words never depend on it.
func noticeTone(outcome string) string {
	switch outcome {
	case AlreadyOrdered:
		return "good"
	case Fault, Unavailable:
		return "bad"
	case Busy, Unknown, TooLate, TooMany, SalePaused, Closed:
		return "warn"
	default:
		return "plain"
	}
}

// way is one link onwards.
type way struct{ href, label string }

// ways lists the links onwards, the most useful first.
func (v NoticeView) ways(ctx context.Context) []way {
	var out []way
	if v.SignIn != "" || v.outcome() == BadLink {
		out = append(out, way{withTo(ui.Path(ctx, "/sign-in"), v.SignIn), ui.T(ctx, "sign_in")})
	}
	if v.Order != "" {
		out = append(out, way{ui.Path(ctx, "/orders/"+v.Order), ui.T(ctx, "open_order")})
	}
	if v.toOrders() {
		out = append(out, way{ui.Path(ctx, "/orders"), ui.T(ctx, "my_orders")})
	}
	if v.ItemID != 0 {
		label := ui.T(ctx, "to_item")
		if v.ItemTitle != "" {
			label = ui.T(ctx, "to_item_named", "Item", v.ItemTitle)
		}
		out = append(out, way{ui.Path(ctx, itemPath(v.ItemID)), label})
	}
	return append(out, way{ui.Path(ctx, "/"), ui.T(ctx, "see_sales")})
}

// toOrders says whether the shopper's orders are the place to look: for what may have worked (a pause and the end are found
// before an order that an earlier press placed), and for a payment or cancellation that has to be pressed again.
func (v NoticeView) toOrders() bool {
	switch v.outcome() {
	case NoSuchOrder, PassExpired, Fault, Unavailable, Closed, SalePaused, SaleOver:
		return true
	case Busy, Unknown:
		return v.Order == "" && v.ItemID == 0
	default:
		return false
	}
}

// wayClass makes one thing on the page loud: the form if there is one, else the first link.
func wayClass(i int, form bool) string {
	if i == 0 && !form {
		return "go"
	}
	return "quiet"
}

// scripts: only a form that presses itself needs one.
func (v NoticeView) scripts() []string {
	if v.Retry != nil && v.Retry.Auto && v.RetryAfter > 0 {
		return []string{"form.js"}
	}
	return nil
}
