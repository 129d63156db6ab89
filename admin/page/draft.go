package page

import (
	"context"
	"fmt"
	"slices"
	"time"

	"doorbuster/web/ui"
)

// The steps of a draft, each a page of its own: a draft is saved at every one of them.
const (
	StepDetails  = "details"
	StepItems    = "items"
	StepSchedule = "schedule"
	StepRules    = "rules"
	StepCheck    = "check"
	StepPreview  = "preview"
)

// Steps lists them in the order in which they are usually done.
var Steps = []string{StepDetails, StepItems, StepSchedule, StepRules, StepCheck, StepPreview}

// Templates lists what a new sale may start from.
var Templates = []string{"drop", "deal", "members"}

// Ways that the button of a step leads.
const (
	WaySave = "save" // stay
	WayNext = "next" // go on with the next step
)

// Codes of FieldError of the forms of drafts.
const (
	TemplateMissing = "template_missing"
	TitleMissing    = "title_missing"
	TitleLong       = "title_long"
	TextLong        = "text_long"
	TimeBad         = "time_bad"
	TimeGap         = "time_gap"
	TimeTwice       = "time_twice"
	EndBeforeStart  = "end_before_start"
	MembersAfter    = "members_after"
	ZoneBad         = "zone_bad"
	LimitBad        = "limit_bad"
	HoldBad         = "hold_bad"
	ExtensionBad    = "extension_bad"
	SKUBad          = "sku_bad"
	SKUTaken        = "sku_taken"
	VendorLong      = "vendor_long"
	PictureBad      = "picture_bad"
	PriceBad        = "price_bad"
	ListBad         = "list_bad"
	CurrencyBad     = "currency_bad"
	ItemUnitsBad    = "item_units_bad"
	FileMissing     = "file_missing"
	RowsBad         = "rows_bad"
	Meanwhile       = "meanwhile"
)

// DraftErrorCodes lists them all.
var DraftErrorCodes = []string{
	TemplateMissing, TitleMissing, TitleLong, TextLong, TimeBad, TimeGap, TimeTwice, EndBeforeStart, MembersAfter, ZoneBad, LimitBad, HoldBad, ExtensionBad,
	SKUBad, SKUTaken, VendorLong, PictureBad, PriceBad, ListBad, CurrencyBad, ItemUnitsBad, FileMissing, RowsBad, Meanwhile,
}

// DraftForm is a form of a draft: what stands in its fields, and what was saved meanwhile.
type DraftForm struct {
	Typed    map[string]string
	Saved    map[string]string // as it stands in the database
	Conflict bool              // somebody else has saved since: fields that differ show both values
	Errors   ui.FieldErrors
}

// meanwhile is what somebody else saved in a field, if that is not what stands in it.
func (f DraftForm) meanwhile(name string) (string, bool) {
	return f.Saved[name], f.Conflict && f.Saved[name] != f.Typed[name]
}

// field completes a Field with its value and its error.
func (f DraftForm) field(one ui.Field) ui.Field {
	one.Value, one.Error = f.Typed[one.Name], f.Errors.Of(one.Name)
	if one.Autocomplete == "" {
		one.Autocomplete = "off"
	}
	if one.Type == "" {
		one.Type = "text"
	}
	return one
}

// DraftView is what the steps of a draft share.
type DraftView struct {
	Frame
	Sale  uint64
	Title string
	Step  string // one of Steps
	Edits uint   // as the form was made from
	Told  string // outcome of a form; one without words is not told
	Form  DraftForm
	// MayChange says whether the member may change the draft: who may not gets no form.
	MayChange bool
}

var (
	draftGood = []string{"created", "updated", "added", "removed", "duplicated"}
	draftNo   = []string{"changed_meanwhile", "duplicate_sku", "no_such_item", "no_items", "no_units", "closes_past", "members_past", "no_codes", "blocked"}
)

// DraftTold lists every outcome that the steps have words for.
var DraftTold = slices.Concat(draftGood, draftNo)

func (v DraftView) toldWords(ctx context.Context) string {
	if !slices.Contains(DraftTold, v.Told) {
		return ""
	}
	return ui.T(ctx, "console_draft_told_"+v.Told)
}

func (v DraftView) toldGood() bool { return slices.Contains(draftGood, v.Told) }

// DraftPath is the address of a step, without the language.
func DraftPath(sale uint64, step string) string { return fmt.Sprintf("/sales/%d/%s", sale, step) }

// SaleNewView is GET and POST /{lang}/sales/new (template, title, description).
type SaleNewView struct {
	Frame
	Form DraftForm
}

// DetailsView is GET and POST /{lang}/sales/{sale}/details (edits, title, description, way).
type DetailsView struct{ DraftView }

// Choice is one meaning of a time that a clock shows twice or never.
type Choice struct {
	Value string // of the field
	At    time.Time
}

// ClockChange is one between opening and closing.
type ClockChange struct {
	At      time.Time
	Forward time.Duration // negative: the clocks go back
}

// ScheduleView is GET and POST /{lang}/sales/{sale}/schedule (edits, opens, opens_at, members, members_at, closes, closes_at, zone, way).
type ScheduleView struct {
	DraftView
	Opens, Closes time.Time  // as saved
	Members       *time.Time // as saved; nil: open to all from Opens
	Zone          string     // as saved
	Zones         []string   // suggestions
	Others        []string   // zones of the preview
	Changes       []ClockChange
	Choices       map[string][]Choice // by field: opens, members, closes
}

// lasts is how long the sale is open, in words.
func lasts(ctx context.Context, d time.Duration) string {
	days, hours, minutes := int(d/(24*time.Hour)), int(d%(24*time.Hour)/time.Hour), int(d%time.Hour/time.Minute)
	words := ""
	for _, one := range []struct {
		n    int
		text string
	}{{days, ui.T(ctx, "console_days", "N", days)}, {hours, ui.T(ctx, "console_hours", "N", hours)}, {minutes, ui.T(ctx, "console_minutes", "N", minutes)}} {
		if one.n > 0 && words != "" {
			words += " "
		}
		if one.n > 0 {
			words += one.text
		}
	}
	if words == "" {
		return ui.T(ctx, "console_minutes", "N", 0)
	}
	return words
}

// changeWords says what the clocks do.
func changeWords(ctx context.Context, c ClockChange, zone string) string {
	if c.Forward > 0 {
		return ui.T(ctx, "console_clocks_forward", "At", ui.Moment(ctx, c.At, zone), "N", int(c.Forward/time.Minute))
	}
	return ui.T(ctx, "console_clocks_back", "At", ui.Moment(ctx, c.At, zone), "N", int(-c.Forward/time.Minute))
}

// RulesView is GET and POST /{lang}/sales/{sale}/rules (edits, payment, limit, hold, extension, every, way).
type RulesView struct {
	DraftView
	Items int // how many there are
}

// Severities of findings.
const (
	Blocks = "block"
	Warns  = "warn"
	Fine   = "fine"
)

// Finding is one thing that the go-live check looked at.
type Finding struct {
	Code     string // one of FindingCodes
	Severity string // Blocks, Warns or Fine
	N        int    // how many
	Item     uint64 // the first one meant; 0: none
	Note     string // what the database said, as it is
}

// FindingCodes lists what is looked at.
var FindingCodes = []string{
	"no_items", "no_units", "closes_past", "members_past", "no_codes", "members_after", "still_importing", "end_before_start", "price_above_list", "opens_soon", "hold_long", "limit_above", "free_items",
	"no_picture", "currencies", "same_item", "late_jobs", "payment", "durability", "clocks", "schema",
}

// mend is the step in which a finding can be set right; "" if it is no matter of the sale.
func (f Finding) mend(sale uint64) string {
	switch f.Code {
	case "no_items", "currencies":
		return DraftPath(sale, StepItems)
	case "no_units", "free_items", "no_picture", "limit_above":
		if f.Item != 0 {
			return fmt.Sprintf("/sales/%d/items/%d/edit", sale, f.Item)
		}
		return DraftPath(sale, StepItems)
	case "no_codes":
		return codesPath(sale)
	case "closes_past", "members_past", "opens_soon", "same_item":
		return DraftPath(sale, StepSchedule)
	case "hold_long", "payment":
		return DraftPath(sale, StepRules)
	default:
		return ""
	}
}

// CheckView is GET /{lang}/sales/{sale}/check. Its button posts seen to /sales/{sale}/publish.
type CheckView struct {
	DraftView
	Findings []Finding
	Seen     string // the last change that was looked at
}

func (v CheckView) of(severity string) (some []Finding) {
	for _, f := range v.Findings {
		if f.Severity == severity {
			some = append(some, f)
		}
	}
	return some
}

// PreviewItem is an item as a shopper will see it.
type PreviewItem struct {
	Title, Body, Vendor string
	Picture             ui.Picture
	Price, List         ui.Money
	Units               int64
	Limit, Hold         int
}

// previewRule is the sentence of rules on the shop's page of an item.
func previewRule(ctx context.Context, i PreviewItem, pays bool) string {
	words := ui.T(ctx, "rule_limit", "N", i.Limit) + ui.T(ctx, "rule_comma") + ui.T(ctx, "rule_first_come")
	if pays {
		words += ui.T(ctx, "rule_comma") + ui.T(ctx, "rule_hold", "N", i.Hold)
	}
	return words + ui.T(ctx, "rule_stop")
}

// PreviewView is GET /{lang}/sales/{sale}/preview?after=.
type PreviewView struct {
	DraftView
	Description   string
	Opens, Closes time.Time
	Members       *time.Time // when members come in before everybody; nil: open to all from Opens
	Zone          string
	TakesPayment  bool
	Items         []PreviewItem
	More          string // path of the next page; empty: no more
}

// DuplicateView is GET and POST /{lang}/sales/{sale}/duplicate (title, opens, opens_at).
type DuplicateView struct {
	Frame
	Sale    uint64
	Title   string
	Zone    string
	Lasts   time.Duration
	Items   int
	Form    DraftForm
	Choices []Choice
}
