package page

import (
	"context"
	"slices"
	"strconv"
	"time"

	"doorbuster/web/ui"
)

// Acts on a sale, and ways to change units.
const (
	Pause    = "pause"
	Resume   = "resume"
	End      = "end"
	Discard  = "discard"
	Add      = "add"
	Withdraw = "withdraw"
)

// Resend sends a mail or an event again.
const Resend = "resend"

// Codes of FieldError of the forms on a sale's page.
const (
	ReasonMissing = "reason_missing"
	ReasonBad     = "reason_bad"
	ConfirmWrong  = "confirm_wrong"
	UnitsBad      = "units_bad"
)

// SaleErrorCodes lists them all.
var SaleErrorCodes = []string{ReasonMissing, ReasonBad, ConfirmWrong, UnitsBad}

// ItemRow is one item of a sale. Allotted = Left + Held + Sold.
type ItemRow struct {
	ID                         uint64
	SKU                        string
	Title                      string
	Price                      ui.Money
	List                       ui.Money // Minor 0: no list price
	Limit                      int      // most units in one order
	Allotted, Left, Held, Sold int64
}

// LogRow is something that was done to a sale.
type LogRow struct {
	Action string // as in sale_log; one without words stands as it is
	Detail string
	Reason string // empty: none was asked for
	Actor  string
	At     time.Time
	Undo   uint64 // number of the line, if the member can undo what it tells of; else 0
}

// SaleShowView is GET /{lang}/sales/{sale} and the answer to its forms: POST …/publish, …/pause, …/resume (reason), …/end (reason, confirm) and
// …/items/{item}/units (way, units, reason, after).
type SaleShowView struct {
	Frame
	Sale          SaleRow // Left is what can be had now
	State         string  // of the sale: importing, draft, published, paused, ended
	Held, Sold    int64
	FirstHoldEnds *time.Time // when the oldest unpaid hold ends; nil: nothing is held
	Now           time.Time  // of the database, when all of this was read
	Items         []ItemRow
	After         int    // place behind which Items begin
	Before, More  string // paths of the pages of items before and after; empty: none
	Log           []LogRow
	MayChange     bool
	Members       *time.Time     // when members come in before everybody; nil: open to all from its opening
	Access        AccessCount    // of its codes
	Switches      SwitchReminder // those that hold for the sale or one of its items

	// Told is the outcome of a form, told in a status line; one without words is not told. ToldLeft goes with not_enough.
	Told     string
	ToldLeft int64

	// Of a form that was wrong: which it was, of which item, what was typed.
	Act                    string
	Item                   uint64
	Reason, Confirm, Units string
	Errors                 ui.FieldErrors
}

// balanced says whether the equation holds.
func (v SaleShowView) balanced() bool { return v.Sale.Allotted == v.Sale.Left+v.Held+v.Sold }

// sells says whether shoppers can have seen the sale: a draft has no room, no orders and no report to look at.
func (v SaleShowView) sells() bool { return v.State != "draft" && v.State != "importing" }

// acts are the acts that the state allows.
func (v SaleShowView) acts() []string {
	switch {
	case !v.MayChange:
		return nil
	case !v.sells():
		return []string{Discard}
	case v.State == "published" && !v.over():
		return []string{Pause, End}
	case v.State == "paused":
		return []string{Resume, End}
	case v.State == "published":
		return []string{End}
	default:
		return nil
	}
}

// over says whether the sale has ended, archived or not.
func (v SaleShowView) over() bool { return v.Sale.Tab == TabOver || v.Sale.Tab == TabArchived }

// open says whether a form was wrong and must be shown open.
func (v SaleShowView) open(act string, item uint64) bool {
	return len(v.Errors) > 0 && v.Act == act && v.Item == item
}

// typed gives what was typed into a form that was wrong, "" to all others.
func (v SaleShowView) typed(act string, item uint64, text string) string {
	if v.open(act, item) {
		return text
	}
	return ""
}

// UnitsForm is the form that adds units to an item or withdraws some: POST /{lang}/sales/{sale}/items/{item}/units (way, units, reason, after, back).
type UnitsForm struct {
	Sale, Item uint64
	After      int  // where the page of the sale began
	OnItem     bool // the form stands on the item's page and leads back there
	Open       bool // something was wrong: what was typed and what is wrong follows
	Units      string
	Reason     string
	Errors     ui.FieldErrors
}

// fields are the ids of its two fields. A page of a sale has many such forms.
func (f UnitsForm) fields() (units, reason string) {
	return "units-" + strconv.FormatUint(f.Item, 10), "reason-" + strconv.FormatUint(f.Item, 10)
}

// back is the value of the field that says where the form leads back to.
func (f UnitsForm) back() string {
	if f.OnItem {
		return BackToItem
	}
	return ""
}

// BackToItem is what the field back of a UnitsForm says on the page of an item.
const BackToItem = "item"

// units is the form of an item.
func (v SaleShowView) units(item uint64) UnitsForm {
	f := UnitsForm{Sale: v.Sale.ID, Item: item, After: v.After, Open: v.Item == item && len(v.Errors) > 0}
	if f.Open {
		f.Units, f.Reason, f.Errors = v.Units, v.Reason, v.Errors
	}
	return f
}

// toldGood and toldNo are the outcomes that have words.
var (
	toldGood = []string{"published", "paused", "resumed", "ended", "added", "withdrawn", "extended", "told", "archived", "unarchived"}
	toldNo   = []string{
		"already_paused", "not_published", "already_open", "not_paused", "already_ended", "not_a_draft", "no_items", "no_units", "closes_past", "bad_units",
		"over", "not_enough", "changed_meanwhile", "bad_minutes", "repeated", "already_archived", "not_archived", "not_over", "not_finished",
	}
)

// Told lists every outcome that the page of a sale has words for.
var Told = slices.Concat(toldGood, toldNo)

// toldWords is what came of a form, "" for nothing.
func (v SaleShowView) toldWords(ctx context.Context) string {
	switch {
	case v.Told == "not_enough":
		return ui.T(ctx, "console_told_not_enough", "N", int(v.ToldLeft))
	case slices.Contains(Told, v.Told):
		return ui.T(ctx, "console_told_"+v.Told)
	default:
		return ""
	}
}

func (v SaleShowView) toldGood() bool { return slices.Contains(toldGood, v.Told) }

// LogActions lists the actions of the log that have words.
var LogActions = []string{
	"created", "imported", "discarded", "published", "paused", "resumed", "ended", "units_added", "units_withdrawn", "paid", "cancelled", "refunded", "mail_resent", "repaired", "rehearsed", "rehearsal_deleted", "switched", "exported", "bulk_begun", "task_cancelled", "webhook_changed", "staff_invited", "staff_joined", "staff_reset", "staff_role_changed", "staff_disabled", "staff_enabled", "signed_in", "signed_out_everywhere", "second_factor_set", "recovery_code_used", "payment_asked", "extended", "told", "edited", "items_added", "item_edited", "item_removed", "duplicated", "archived", "unarchived", "product_changed", "products_imported", "undone", "codes_made", "code_revoked",
}

func actionWords(ctx context.Context, action string) string {
	if !slices.Contains(LogActions, action) {
		return action
	}
	return ui.T(ctx, "console_log_"+action)
}

// errorOf is the code of what is wrong with a field of a form; other forms have nothing wrong.
func (v SaleShowView) errorOf(act string, item uint64, field string) string {
	if !v.open(act, item) {
		return ""
	}
	return v.Errors.Of(field)
}
