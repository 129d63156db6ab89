// Package page holds the pages of the console. Each takes one view struct with values ready
// to be shown; pages know no store and decide nothing but words and layout.
package page

import (
	"context"
	"slices"

	"doorbuster/web/ui"
)

// Frame is what stands around every page. Each view embeds it.
type Frame struct {
	// Shop is the shop's name. It must not be empty.
	Shop string
	// Path is the address of this page without the language, with its query: "/sales?tab=live".
	// The language switch leads there, so after a POST it must be a page that can be fetched
	// with GET.
	Path string
	// Member is the name of who is signed in; empty until the second factor was right.
	Member string
	// Role is the member's, one of Roles; empty with Member.
	Role string
	// Rights are what the role allows: the rail shows no place that the member may not enter.
	Rights []string
	// Here is the place of the rail that the page belongs to, a name of places; empty: none.
	Here string
	// Theme is light or dark; empty: as the device has it.
	Theme string
	// NoKeys turns the keys off that work without a modifier (g s, /, ?): WCAG 2.1.4.
	NoKeys bool
	// Sandbox says on every page that no money moves in this shop.
	Sandbox bool
	// Undo is what the page says about undoing.
	Undo Undo
}

// Roles lists the roles that have words; the bytes are those of the database.
var Roles = []string{"owner", "merchant", "viewer", "auditor"}

// place is one entry of the rail; g and then its key lead there.
type place struct{ name, path, icon, right, key string }

// places are all of them, the most looked at first. A phone's bar has the first ones, and the page of all places (/more) the others.
var places = []place{
	{"home", "/", "home", "read", "h"},
	{"sales", "/sales", "sale", "read", "s"},
	{"orders", "/orders", "ticket", "read", "o"},
	{"products", "/products", "box", "read", "d"},
	{"payments", "/payments", "card", "read", "p"},
	{"mails", "/mails", "mail", "read", "m"},
	{"webhooks", "/webhooks", "hook", "read", "w"},
	{"exports", "/exports", "download", "read", "e"},
	{"checks", "/checks", "check", "read", "c"},
	{"worker", "/worker", "gear", "read", "k"},
	{"switches", "/switches", "switch", "read", "b"},
	{"team", "/team", "team", "team", "t"},
	{"log", "/log", "log", "log", "a"},
	{"account", "/account", "person", "read", "u"},
}

// shortcuts are what the palette leads to beside the places.
var shortcuts = []place{
	{name: "live", path: "/sales?tab=live", right: "read", key: "l"},
	{name: "new_sale", path: "/sales/new", right: "sell", key: "n"},
}

// searches are the lists that the palette can search in; what was typed is put behind the path.
var searches = []place{{name: "sales", path: "/sales?search=", right: "read"}, {name: "orders", path: "/orders?search=", right: "read"}}

// inBar is how many places stand in a phone's bar, before the entry that leads to all of them.
const inBar = 3

// mine are those of some places that the member may enter.
func (v Frame) mine(all []place) []place {
	return slices.DeleteFunc(slices.Clone(all), func(p place) bool { return !slices.Contains(v.Rights, p.right) })
}

// PlaceNames lists the names of all places, and that of the page that lists them.
func PlaceNames() []string { return append(names(places), morePlace) }

// ShortcutNames lists the names of what the palette leads to beside the places.
func ShortcutNames() []string { return names(shortcuts) }

// SearchNames lists the names of what the palette can search in.
func SearchNames() []string { return names(searches) }

func names(all []place) []string {
	var out []string
	for _, p := range all {
		out = append(out, p.name)
	}
	return out
}

// morePlace is the page of all places, which only a phone's bar leads to.
const morePlace = "more"

// roleWords is the role in a word; one without words stands as it is.
func roleWords(ctx context.Context, role string) string {
	if !slices.Contains(Roles, role) {
		return role
	}
	return ui.T(ctx, "console_role_"+role)
}

// roleDoes says what a role may do; nothing for one without words.
func roleDoes(ctx context.Context, role string) string {
	if !slices.Contains(Roles, role) {
		return ""
	}
	return ui.T(ctx, "console_role_"+role+"_does")
}
