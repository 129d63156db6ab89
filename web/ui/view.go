// Package ui holds what the pages of Doorbuster share: languages, money, times, the
// frame around a page, small parts, and the one way to send a page. It knows no store.
package ui

import (
	"net/url"
	"strings"
)

// State says what a shopper can do with an item now. The bytes are those of the
// state end point, of data-state in HTML and of shop.js.
type State string

// The states of an item, and of a sale where SoldOut makes no sense.
const (
	Soon    State = "soon"     // published, not open yet
	Early   State = "early"    // open to members alone, units may be left
	Live    State = "live"     // open, units may be left
	SoldOut State = "sold_out" // open, no unit left
	Paused  State = "paused"   // stopped by the merchant for now
	Closed  State = "closed"   // taken off sale for now: a plan B switch
	Over    State = "over"     // ended, by the clock or by the merchant
)

// Chrome is what the frame of every page needs. Each view embeds it.
type Chrome struct {
	// Shop is the shop's name in the header. It must not be empty.
	Shop string
	// Path is the address of this page without the language, with its query:
	// "/items/12". The language switch leads there, so after a POST it must be a
	// page that can be fetched with GET (the item, not the form's target).
	Path string
	// Shopper is the name of who is signed in; empty on public pages. A page
	// that is cached for everybody must leave it empty.
	Shopper string
	// Sandbox says on every page that no money moves here.
	Sandbox bool
	// Refresh lets a browser without scripts load the page again, in seconds; 0: not.
	Refresh int
}

// Picture is one image with its words. An empty URL shows a quiet placeholder.
type Picture struct {
	// URL is a path of this shop ("/…") or an https address; others are not shown.
	URL string
	// Alt says what can be seen; empty means that the title beside it says enough.
	Alt string
}

// Shown tells whether the address may be put on a page.
func (p Picture) Shown() bool {
	u, err := url.Parse(p.URL)
	if err != nil || p.URL == "" {
		return false
	}
	if u.Scheme == "https" {
		return u.Host != ""
	}
	return u.Scheme == "" && u.Host == "" && strings.HasPrefix(u.Path, "/")
}

// FieldError is one thing to correct in a form.
type FieldError struct {
	// Field is the name of the control; empty when the form as a whole is meant.
	Field string
	// Code chooses the words: the message error_<code> in the language files.
	Code string
}

// FieldErrors are all things to correct, in the order of the form.
type FieldErrors []FieldError

// Of gives the code of the first error of a field, or "".
func (e FieldErrors) Of(field string) string {
	for _, one := range e {
		if one.Field == field {
			return one.Code
		}
	}
	return ""
}

// ShortOrder is the part of an order number that people read to each other: the last
// eight digits of the UUID, which are random, in two groups. It finds an order among
// one shopper's; the full number is beside it wherever it must be exact.
func ShortOrder(id string) string {
	digits := strings.ToUpper(strings.ReplaceAll(id, "-", ""))
	if len(digits) < 8 {
		return digits
	}
	digits = digits[len(digits)-8:]
	return digits[:4] + " " + digits[4:]
}
