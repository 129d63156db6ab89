package page

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"doorbuster/web/ui"
)

// The switches; the bytes are those of the database.
const (
	AdmissionRate = "admission_rate"
	StopNewHolds  = "stop_new_holds"
	SoldOutPage   = "sold_out_page"
	ReadOnly      = "read_only" // of everything only
)

// SwitchNames lists them, the mildest first.
var SwitchNames = []string{AdmissionRate, StopNewHolds, SoldOutPage, ReadOnly}

// The two ways to turn a switch.
const (
	TurnOn  = "on"
	TurnOff = "off"
)

// RateBad is the code of a FieldError: the number of a rate is none.
const RateBad = "rate_bad"

// SwitchErrorCodes are the codes of the forms of the switches beside those of a sale's.
var SwitchErrorCodes = []string{RateBad}

// SwitchTold lists the outcomes that the page has words for.
var SwitchTold = []string{"set", "already_set", "changed"}

// SwitchRow is a switch in force.
type SwitchRow struct {
	Name      string // one of SwitchNames
	Item      uint64 // 0: all items
	ItemTitle string
	Rate      int // presses a second, of AdmissionRate
	Reason    string
	Actor     string
	Since     time.Time
	Zone      string // IANA, of the item's sale; empty: unknown
	Own       bool   // the member's shop can turn it; false: it is for every shop
}

// SwitchItem is an item that a switch may be for.
type SwitchItem struct {
	ID        uint64 // 0: none, all items
	SKU       string
	Title     string
	SaleID    uint64
	SaleTitle string
}

// SwitchReminder says on other pages which switches are on.
type SwitchReminder struct {
	Rows []SwitchRow // those turned last first
	More bool        // there are others
}

// SwitchesView is GET /{lang}/switches?search= and /{lang}/switches/items/{item}, and the answer to their forms, which post name, turn, seen, rate and reason to
// the same address.
type SwitchesView struct {
	Frame
	Item      SwitchItem
	Rows      []SwitchRow // in force for the shop, or for the item
	Cut       bool        // more are in force than are shown
	MayChange bool

	Search    string
	Found     []SwitchItem
	FoundMore bool // more were found than are shown

	// Told is the outcome of a form about the switch Act, told in a status line; one without words is not told. Was is its number before, 0 for off.
	Told string
	Was  int

	// Of a form that was wrong: the name of the switch, what was typed.
	Act, Reason, Rate string
	Errors            ui.FieldErrors
}

// SwitchesPath is the address of the switches of an item, or with 0 of the shop, without the language.
func SwitchesPath(item uint64) string {
	if item == 0 {
		return "/switches"
	}
	return fmt.Sprintf("/switches/items/%d", item)
}

// SwitchOf says whether there is such a switch of an item, or with 0 of all.
func SwitchOf(item uint64, name string) bool {
	return slices.Contains(SwitchNames, name) && (item == 0 || name != ReadOnly)
}

// names are the switches of the page.
func (v SwitchesView) names() []string {
	return slices.DeleteFunc(slices.Clone(SwitchNames), func(name string) bool { return !SwitchOf(v.Item.ID, name) })
}

// on is a switch of the page that is in force, nil if it is not.
func (v SwitchesView) on(name string) *SwitchRow {
	for i, row := range v.Rows {
		if row.Name == name && row.Item == v.Item.ID && row.Own {
			return &v.Rows[i]
		}
	}
	return nil
}

// seen is what the member sees of a switch, as its form says it.
func (v SwitchesView) seen(name string) string {
	switch row := v.on(name); {
	case row == nil:
		return "0"
	case name == AdmissionRate:
		return strconv.Itoa(row.Rate)
	default:
		return "1"
	}
}

// rate is what stands in the field of a rate: what was typed, else what is in force.
func (v SwitchesView) rate(name string) string {
	switch row := v.on(name); {
	case v.wrong(name):
		return v.Rate
	case row != nil:
		return strconv.Itoa(row.Rate)
	default:
		return ""
	}
}

// wrong says whether the form of a switch was wrong and must be shown open.
func (v SwitchesView) wrong(name string) bool { return len(v.Errors) > 0 && v.Act == name }

// errorOf is the code of what is wrong with a field of the form of a switch.
func (v SwitchesView) errorOf(name, field string) string {
	if !v.wrong(name) {
		return ""
	}
	return v.Errors.Of(name + "-" + field)
}

// typed is the reason that was typed into a form that was wrong.
func (v SwitchesView) typed(name string) string {
	if v.wrong(name) {
		return v.Reason
	}
	return ""
}

// toldWords is what came of a form, "" for nothing.
func (v SwitchesView) toldWords(ctx context.Context) string {
	if !slices.Contains(SwitchTold, v.Told) || !SwitchOf(v.Item.ID, v.Act) {
		return ""
	}
	name, row := switchWords(ctx, v.Act), v.on(v.Act)
	switch {
	case v.Told == "changed":
		return ui.T(ctx, "console_switch_told_changed", "Switch", name)
	case v.Told == "already_set":
		return ui.T(ctx, "console_switch_told_already_set", "Switch", name)
	case row == nil:
		return ui.T(ctx, "console_switch_told_off", "Switch", name)
	case v.Act == AdmissionRate && v.Was > 0:
		return ui.T(ctx, "console_switch_told_rate", "Was", v.Was, "Now", row.Rate)
	default:
		return ui.T(ctx, "console_switch_told_on", "Switch", name)
	}
}

// switchWords is a switch in words; one without words stands as it is.
func switchWords(ctx context.Context, name string) string {
	if !slices.Contains(SwitchNames, name) {
		return name
	}
	return ui.T(ctx, "console_switch_"+name)
}

// words is a switch in force in words, with its number.
func (r SwitchRow) words(ctx context.Context) string {
	if r.Name == AdmissionRate {
		return ui.T(ctx, "console_switch_rate_now", "N", r.Rate)
	}
	return switchWords(ctx, r.Name)
}

// of is what a switch in force is for.
func (r SwitchRow) of(ctx context.Context) string {
	switch {
	case r.Item != 0:
		return r.ItemTitle
	case r.Own:
		return ui.T(ctx, "console_switch_of_shop")
	default:
		return ui.T(ctx, "console_switch_of_every_shop")
	}
}

// zone is the one in which its time is told.
func (r SwitchRow) zone(without string) string {
	switch {
	case r.Zone != "":
		return r.Zone
	case without != "":
		return without
	default:
		return "UTC"
	}
}
