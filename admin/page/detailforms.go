package page

import (
	"maps"
	"regexp"
	"slices"
)

// detailForm is one form in which the procedures write what an action was done to.
type detailForm struct {
	action  string
	name    string // of its words: console_detail_ and this
	pattern *regexp.Regexp
}

func whole(pattern string) *regexp.Regexp { return regexp.MustCompile("(?s)^(?:" + pattern + ")$") }

// undoneForm is the detail of a line that took back another.
func undoneForm(name, rest string) detailForm {
	return detailForm{"undone", name, whole(`line (?P<Line>\d+) \((?P<Act_action>\w+)\), ` + rest)}
}

// OwnWords are the actions whose detail is what somebody typed: a title, a message.
var OwnWords = []string{"created", "told"}

const memberMoved = `(?P<Email>.+) \((?P<Role_role>\w+)\): from (?P<Was_member>\w+) to (?P<Now_member>\w+)`

// detailForms lists every form; of those of one action the first that fits holds. A group is called after the argument of the message, and after "_" its kind.
var detailForms = []detailForm{
	{"imported", "items", whole(`(?P<N_n>\d+) items?`)},
	{"imported", "moved_items", whole(`from (?P<Was_sale>\w+) to (?P<Now_sale>\w+), (?P<N_n>\d+) items`)},
	{"published", "moved_items", whole(`from (?P<Was_sale>\w+) to (?P<Now_sale>\w+), (?P<N_n>\d+) items`)},
	{"paused", "moved", whole(`from (?P<Was_sale>\w+) to (?P<Now_sale>\w+)`)},
	{"paused", "paused", whole(`from (?P<Was_sale>\w+) to (?P<Now_sale>\w+): item (?P<Item>\d+), finding (?P<Finding>\d+)`)},
	{"paused", "paused_more", whole(`from (?P<Was_sale>\w+) to (?P<Now_sale>\w+): item (?P<Item>\d+), finding (?P<Finding>\d+) and (?P<N_n>\d+) more`)},
	{"resumed", "moved", whole(`from (?P<Was_sale>\w+) to (?P<Now_sale>\w+)`)},
	{"ended", "moved", whole(`from (?P<Was_sale>\w+) to (?P<Now_sale>\w+)`)},
	{"discarded", "discarded", whole(`it was (?P<Was_sale>\w+)`)},
	{"duplicated", "duplicated", whole(`from sale (?P<ID>\d+): (?P<Title>.*)`)},
	{"extended", "moved", whole(`(?P<Was_moment>[-0-9]+ [:0-9]+) to (?P<Now_moment>[-0-9]+ [:0-9]+) UTC`)},
	{"edited", "edited", whole(`(?P<Changes_changes>.+)`)},
	{"item_edited", "item_edited", whole(`item (?P<ID>\d+): (?P<Changes_changes>.+)`)},
	{"items_added", "items_added", whole(`(?P<N_n>\d+) items?: (?P<SKUs>.*)`)},
	{"items_added", "products_added", whole(`(?P<N_n>\d+) products?: (?P<SKUs>.*)`)},
	{"items_added", "items_copied", whole(`(?P<N_n>\d+) items? of sale (?P<ID>\d+): (?P<SKUs>.*)`)},
	{"item_removed", "item_removed", whole(`item (?P<ID>\d+): (?P<What>.*), (?P<N_n>\d+) units`)},
	{"units_added", "units_added", whole(`item (?P<ID>\d+): (?P<N_n>\d+) units, from (?P<Was_n>\d+) to (?P<Now_n>\d+)`)},
	{"units_withdrawn", "units_withdrawn", whole(`item (?P<ID>\d+): (?P<N_n>\d+) units, from (?P<Was_n>\d+) to (?P<Now_n>\d+)`)},
	{"paid", "paid", whole(`order (?P<ID>\w+), by hand: from (?P<Was_order>\w+) to (?P<Now_order>\w+)`)},
	{"cancelled", "cancelled", whole(`order (?P<ID>\w+): from (?P<Was_order>\w+) to (?P<Now_order>\w+)`)},
	{"refunded", "refunded_back", whole(`order (?P<ID>\w+): from (?P<Was_order>\w+) to (?P<Now_order>\w+), units back on sale`)},
	{"refunded", "refunded_gone", whole(`order (?P<ID>\w+): from (?P<Was_order>\w+) to (?P<Now_order>\w+), units left the sale`)},
	{"mail_resent", "mail_resent", whole(`mail (?P<ID>\d+) \((?P<Kind_mail>\w+)\) about order (?P<Order>\w+) is sent again`)},
	{"repaired", "repaired", whole(`finding (?P<ID>\d+), item (?P<Item>\d+): (?P<Repair_repair>.*)`)},
	{"rehearsed", "rehearsed", whole(`rehearsal (?P<ID>\d+): (?P<N_n>\d+) simulated shoppers in (?P<Seconds_n>\d+) s at item (?P<Item>\d+)`)},
	{"rehearsal_deleted", "rehearsal", whole(`rehearsal (?P<ID>\d+)`)},
	{"switched", "switched", whole(`(?P<Switch_switch>\w+): from (?P<Was_set>.+) to (?P<Now_set>.+)`)},
	{"switched", "switched_item", whole(`(?P<Switch_switch>\w+) of item (?P<ID>\d+): from (?P<Was_set>.+) to (?P<Now_set>.+)`)},
	{"switched", "switched_shop", whole(`(?P<Switch_switch>\w+) of shop (?P<ID>\d+): from (?P<Was_set>.+) to (?P<Now_set>.+)`)},
	{"exported", "exported", whole(`orders as (?P<Format_format>\w+)`)},
	{"exported", "exported_task", whole(`orders as (?P<Format_format>\w+), task (?P<Task>\d+)`)},
	{"exported", "exported_state", whole(`orders as (?P<Format_format>\w+), (?P<State_order>\w+)`)},
	{"exported", "exported_state_task", whole(`orders as (?P<Format_format>\w+), (?P<State_order>\w+), task (?P<Task>\d+)`)},
	{"bulk_begun", "bulk_begun", whole(`(?P<Kind_task>\w+) (?P<N_n>\d+) orders, task (?P<Task>\d+)`)},
	{"task_cancelled", "task_cancelled", whole(`task (?P<Task>\d+) \((?P<Kind_task>\w+)\)`)},
	{"webhook_changed", "hook_added", whole(`webhook (?P<ID>\d+) added: (?P<URL>.*)`)},
	{"webhook_changed", "hook_rotated", whole(`webhook (?P<ID>\d+) has a new secret, the former one signs for (?P<N_n>\d+) hours`)},
	{"webhook_changed", "hook_event", whole(`webhook (?P<ID>\d+): event (?P<Event>\d+) is sent again`)},
	{"webhook_changed", "hook_moved", whole(`webhook (?P<ID>\d+): from (?P<Was_hook>\w+) to (?P<Now_hook>\w+)`)},
	{"staff_invited", "invited", whole(`(?P<Email>.+) as (?P<Role_role>\w+)`)},
	{"staff_joined", "member_moved", whole(memberMoved)},
	{"staff_reset", "member_moved", whole(memberMoved)},
	{"staff_disabled", "member_moved", whole(memberMoved)},
	{"staff_enabled", "member_moved", whole(memberMoved)},
	{"staff_role_changed", "role_changed", whole(`(?P<Email>.+): from (?P<Was_role>\w+) to (?P<Now_role>\w+)`)},
	{"signed_in", "signed_in", whole(`with a code`)},
	{"second_factor_set", "recovery_codes", whole(`(?P<N_n>\d+) recovery codes`)},
	{"recovery_code_used", "recovery_codes_left", whole(`from (?P<Was_n>\d+) codes to (?P<Now_n>\d+)`)},
	{"payment_asked", "payment_asked", whole(`payment (?P<ID>\w+) \((?P<State_payment>\w+)\): next try from (?P<At_moment>.+) UTC to now`)},
	{"product_changed", "product_picture", whole(`product (?P<ID>\d+): picture (?P<Was_text>.*) -> (?P<Now_text>.*)`)},
	{"product_changed", "product_moved", whole(`product (?P<ID>\d+) \((?P<SKU>.*)\): (?P<Was_product>\w+) -> (?P<Now_product>\w+)`)},
	{"product_changed", "product_changed", whole(`product (?P<ID>\d+): (?P<Was_values>.*) -> (?P<Now_values>.*)`)},
	{"products_imported", "products_imported", whole(`import (?P<ID>\d+) \((?P<File>.*)\): (?P<N_n>\d+) rows, (?P<New_n>\d+) new, (?P<Changed_n>\d+) changed, (?P<Bad_n>\d+) left out`)},
	{"codes_made", "code_made", whole(`code (?P<ID>\d+) for (?P<N_n>\d+) shoppers?`)},
	{"codes_made", "codes_made", whole(`(?P<N_n>\d+) codes for (?P<Uses_n>\d+) shoppers? each`)},
	{"code_revoked", "code_revoked", whole(`code (?P<ID>\d+), which had let in (?P<Used_n>\d+) of (?P<Uses_n>\d+)`)},
	undoneForm("undone_sale", `sale (?P<ID>\d+) state: from (?P<Was_sale>\w+) to (?P<Now_sale>\w+)`),
	undoneForm("undone_sale", `sale (?P<ID>\d+) archive: from (?P<Was_archive>\w+) to (?P<Now_archive>\w+)`),
	undoneForm("undone_end", `sale (?P<ID>\d+) end: from (?P<Was_moment>.+) to (?P<Now_moment>.+)`),
	undoneForm("undone_message", `sale (?P<ID>\d+) message: from (?P<Was_text>.*) to (?P<Now_text>.*)`),
	undoneForm("undone_units", `item (?P<ID>\d+) units: from (?P<Was_n>\d+) to (?P<Now_n>\d+)`),
	undoneForm("undone_member", `member (?P<ID>\d+) role: from (?P<Was_role>\w+) to (?P<Now_role>\w+)`),
	undoneForm("undone_member", `member (?P<ID>\d+) state: from (?P<Was_member>\w+) to (?P<Now_member>\w+)`),
	undoneForm("undone_switch", `switch (?P<Switch_switch>\w+) 0 0: from (?P<Was_set>.+) to (?P<Now_set>.+)`),
	undoneForm("undone_switch_shop", `switch (?P<Switch_switch>\w+) (?P<ID>\d+) 0: from (?P<Was_set>.+) to (?P<Now_set>.+)`),
	undoneForm("undone_switch_item", `switch (?P<Switch_switch>\w+) \d+ (?P<ID>\d+): from (?P<Was_set>.+) to (?P<Now_set>.+)`),
	undoneForm("undone_hook", `webhook (?P<ID>\d+) state: from (?P<Was_hook>\w+) to (?P<Now_hook>\w+)`),
	undoneForm("undone_product", `product (?P<ID>\d+) state: from (?P<Was_product>\w+) to (?P<Now_product>\w+)`),
}

// Parts of details.
var (
	perSecond    = whole(`(?P<N_n>\d+) a second`)
	isMoney      = whole(`\d+ [A-Z]{3}`)
	listPrice    = whole(`list (?P<Price_list>\d+|none)`)
	textLength   = whole(`text of (?P<N_n>\d+)`)
	everyItem    = whole(`limit (?P<Limit_n>\d+), hold (?P<Hold_n>\d+) min, extension (?P<Extension_n>\d+) min for (?P<N_n>\d+) items?`)
	changeBegins = regexp.MustCompile(`; (?:(?:SKU|title|opens|closes|members|zone|payment|limit|hold|extension|description|price|list price|units|vendor|picture): |limit \d+, hold )`)
	repairLine   = whole(`shard (?P<Shard>\d+): (?P<N_n>\d+) from (?P<From_account>\w+) to (?P<To_account>\w+)`)
)

// repairSums say what the lines of a repair come to.
var repairSums = map[string]*regexp.Regexp{
	"repair_same":    whole(`as many on the shelf`),
	"repair_fewer":   whole(`(?P<N_n>\d+) fewer on the shelf`),
	"repair_more":    whole(`(?P<N_n>\d+) more on the shelf`),
	"repair_ledger":  whole(`no unit moves`),
	"repair_allowed": whole(`(?P<N_n>\d+) fewer allotted`),
}

// changedFields are the fields of a draft and of its items: the words that their forms have for them, after console_, and the kind of their values.
var changedFields = map[string]struct{ word, kind string }{
	"SKU": {"sku", "text"}, "title": {"title", "text"}, "description": {"description", "text"}, "vendor": {"vendor", "text"}, "picture": {"picture", "text"},
	"opens": {"opens", "moment"}, "closes": {"closes", "moment"}, "members": {"members_open", "moment"}, "zone": {"zone", "text"}, "payment": {"payment", "yes"},
	"limit": {"limit", "n"}, "hold": {"hold", "minutes"}, "extension": {"extension", "minutes"}, "units": {"units", "n"},
	"price": {"price", "money"}, "list price": {"detail_list_price", "list"},
}

// detailLists are the kinds whose words stand in lists of their own: what their ids begin with after console_, and the values of the database.
var detailLists = map[string]struct {
	prefix string
	words  []string
}{
	"order":   {"order_state_", OrderStates[1:]},
	"member":  {"member_", MemberStates},
	"product": {"product_", ProductStates},
	"task":    {"task_kind_", TaskKinds},
	"mail":    {"kind_", MailKinds},
	"payment": {"payment_", PaymentStates},
	"switch":  {"switch_", SwitchNames},
	"account": {"order_account_", Accounts},
}

// detailSingles are words after console_ for those of a kind that have no list of their own.
var detailSingles = map[string]map[string]string{
	"sale":    {"importing": "detail_importing", "draft": "tab_draft", "published": "detail_published", "paused": "tab_paused", "ended": "tab_over"},
	"archive": {"archived": "tab_archived", "unarchived": "detail_unarchived"},
	"hook":    {"active": "hook_active", "disabled": "hook_paused"},
	"set":     {"on": "switch_on", "off": "switch_off"},
	"yes":     {"yes": "detail_yes", "no": "detail_no"},
	"text":    {"none": "detail_none", "": "detail_none"},
	"list":    {"none": "detail_none"},
}

// DetailNames lists what follows console_detail_ in the ids of the words of forms.
func DetailNames() []string {
	names := slices.Sorted(maps.Keys(repairSums))
	for _, form := range detailForms {
		names = append(names, form.name)
	}
	return names
}

// DetailParts lists what follows console_ in the ids of the words inside of details.
func DetailParts() []string {
	var parts []string
	for _, field := range changedFields {
		parts = append(parts, field.word)
	}
	for _, kind := range detailSingles {
		parts = slices.AppendSeq(parts, maps.Values(kind))
	}
	return parts
}
