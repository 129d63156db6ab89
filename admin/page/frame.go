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
	// Sandbox says on every page that no money moves in this shop.
	Sandbox bool
}

// Roles lists the roles that have words; the bytes are those of the database.
var Roles = []string{"owner", "merchant", "viewer", "auditor"}

// place is one entry of the rail.
type place struct{ name, path, icon, right string }

// places are all of them, the most looked at first. A phone's bar has the first ones, and the page of all places (/more) the others.
var places = []place{
	{"home", "/", "home", "read"},
	{"sales", "/sales", "sale", "read"},
	{"orders", "/orders", "ticket", "read"},
	{"payments", "/payments", "card", "read"},
	{"mails", "/mails", "mail", "read"},
	{"webhooks", "/webhooks", "hook", "read"},
	{"exports", "/exports", "download", "read"},
	{"checks", "/checks", "check", "read"},
	{"worker", "/worker", "gear", "read"},
	{"switches", "/switches", "switch", "read"},
	{"team", "/team", "team", "team"},
	{"log", "/log", "log", "log"},
	{"account", "/account", "person", "read"},
}

// inBar is how many places stand in a phone's bar, before the entry that leads to all of them.
const inBar = 3

// mine are the places that the member may enter.
func (v Frame) mine() []place {
	return slices.DeleteFunc(slices.Clone(places), func(p place) bool { return !slices.Contains(v.Rights, p.right) })
}

// PlaceNames lists the names of all places, and that of the page that lists them.
func PlaceNames() []string {
	names := []string{morePlace}
	for _, p := range places {
		names = append(names, p.name)
	}
	return names
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
