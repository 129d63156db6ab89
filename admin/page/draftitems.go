package page

import (
	"context"

	"doorbuster/catalog"
	"doorbuster/web/ui"
)

// DraftItem is one item in the table of a draft.
type DraftItem struct {
	ID                     uint64
	SKU, Title             string
	Price, List            ui.Money
	Units                  int64
	Limit, Hold, Extension int
	Edits                  uint
}

// ItemsView is GET /{lang}/sales/{sale}/items?after= and the answer to its form, POST …/items (the fields of an item).
type ItemsView struct {
	DraftView
	Items        []DraftItem
	Count        int
	TakesPayment bool
	After        int
	Before, More string // paths of the pages before and after; empty: none
}

// ItemView is GET and POST /{lang}/sales/{sale}/items/{item}/edit (edits and the fields of an item).
type ItemView struct {
	DraftView
	Item         uint64
	SKU          string
	TakesPayment bool
}

// PickView is GET /{lang}/sales/{sale}/pick?from= and the answer to POST …/pick (from, item).
type PickView struct {
	DraftView
	Sales []SaleRow // to choose from, while From is 0
	From  SaleRow
	Items []DraftItem
	More  string
}

// BadRow is one thing that is wrong in a file of products.
type BadRow struct {
	Line   int    // 0: of no line
	Column string // empty: the row, or the file
	Code   string // what is wrong; empty: the pages have no words for it
	Args   []any  // what the words are filled with: name, value, name, value …
	Reason string // the same in English, where there is no code
}

func (r BadRow) why(ctx context.Context) string {
	if r.Code == "" {
		return r.Reason
	}
	return ui.T(ctx, "console_row_"+r.Code, r.Args...)
}

// columnWords is the name of the column, which is that of the file's layout in every language, or its number where the file gives it no name.
func (r BadRow) columnWords(ctx context.Context) string {
	if n, ok := catalog.NumberedColumn(r.Column); ok {
		return ui.T(ctx, "console_column_number", "Number", n)
	}
	return r.Column
}

// named says whether the column has a name, which is English.
func (r BadRow) named() bool {
	_, numbered := catalog.NumberedColumn(r.Column)
	return !numbered
}

// ImportView is GET and POST /{lang}/sales/{sale}/import (file, currency, good).
type ImportView struct {
	DraftView
	Bad     []BadRow
	Good    int // rows that could be imported
	MaxRows int
}

// rulesOf says in short how an item is sold.
func rulesOf(ctx context.Context, i DraftItem, pays bool) string {
	words := ui.T(ctx, "rule_limit", "N", i.Limit)
	if !pays {
		return words
	}
	words += ui.T(ctx, "dot") + ui.T(ctx, "console_hold_of", "N", i.Hold)
	if i.Extension > 0 {
		words += ui.T(ctx, "dot") + ui.T(ctx, "console_extension_of", "N", i.Extension)
	}
	return words
}
