package page

import (
	"context"
	"net/url"
	"slices"
	"time"

	"doorbuster/web/ui"
)

// The tabs of the list of sales. Each sale stands in exactly one of those after TabAll; the
// bytes are those of the database.
const (
	TabAll    = "all"
	TabDraft  = "draft"
	TabSoon   = "soon"
	TabLive   = "live"
	TabPaused = "paused"
	TabOver   = "over"

	TabArchived = "archived" // over, and put away by staff
)

// Tabs lists them in the order of a sale's life.
var Tabs = []string{TabAll, TabDraft, TabSoon, TabLive, TabPaused, TabOver, TabArchived}

// SaleRow is one sale in a table.
type SaleRow struct {
	ID           uint64
	Title        string
	Tab          string // one of Tabs, not TabAll
	Opens        time.Time
	Closes       time.Time
	Zone         string // IANA
	Items        int
	Allotted     int64 // units in all
	Left         int64 // units that can be had now
	TakesPayment bool
}

// SaleListView is GET /{lang}/sales?tab=&search=.
type SaleListView struct {
	Frame
	Tab string // one of Tabs; others read like TabAll
	// Counts is how many sales each tab has that fit the search. One that is missing counts
	// as 0; without TabAll that is the sum of the others.
	Counts map[string]int
	Search string    // as typed; empty: none
	Sales  []SaleRow // latest opening first
	// More is the path of the next page without the language; empty: no more.
	More string

	MayChange bool   // the member may begin a sale
	Told      string // outcome of a form; one without words is not told
}

// tab is the one that is shown.
func (v SaleListView) tab() string {
	if slices.Contains(Tabs, v.Tab) {
		return v.Tab
	}
	return TabAll
}

// count is what stands beside a tab.
func (v SaleListView) count(tab string) int {
	if n, ok := v.Counts[tab]; ok || tab != TabAll {
		return n
	}
	sum := 0
	for tab, n := range v.Counts {
		if tab != TabArchived || v.Search != "" { // only a search finds the archived ones among all
			sum += n
		}
	}
	return sum
}

// salesPath is the address of a list without the language.
func salesPath(tab, search string) string {
	query := url.Values{}
	if tab != TabAll {
		query.Set("tab", tab)
	}
	if search != "" {
		query.Set("search", search)
	}
	return withQuery("/sales", query)
}

func withQuery(path string, query url.Values) string {
	if len(query) == 0 {
		return path
	}
	return path + "?" + query.Encode()
}

// noSales says why the list is empty.
func noSales(ctx context.Context, v SaleListView) string {
	switch {
	case v.Search != "":
		return ui.T(ctx, "console_no_sale_found", "Search", v.Search)
	case v.tab() != TabAll:
		return ui.T(ctx, "console_no_sale_here")
	default:
		return ui.T(ctx, "console_no_sale")
	}
}

// tabIcon is the mark of a sale's state.
func tabIcon(tab string) string {
	switch tab {
	case TabDraft:
		return "draft"
	case TabArchived:
		return ui.StateIcon(ui.Over)
	}
	return ui.StateIcon(ui.State(tab))
}

// payWords says whether the sale takes money.
func payWords(ctx context.Context, takes bool) string {
	if takes {
		return ui.T(ctx, "console_with_payment")
	}
	return ui.T(ctx, "console_without_payment")
}

// until is the moment that a sale waits for: an open one its end, any other its opening.
func (s SaleRow) until() (opens, closes time.Time) {
	if s.Tab == TabLive || s.Tab == TabPaused {
		return time.Time{}, s.Closes
	}
	return s.Opens, time.Time{}
}
