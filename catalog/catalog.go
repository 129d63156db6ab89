// Package catalog reads products from a CSV file in the column layout that
// Shopify exports and checks them before anything is imported.
//
// The columns, in any order and any case; others are ignored:
//
//	Handle                    required; rows with the same handle are one product
//	Title                     required; on the product's first row
//	Body (HTML)               becomes plain text
//	Vendor
//	Option1 Value … Option3 Value   variants; "Default Title" means there are none
//	Variant SKU               required; unique in the file
//	Variant Inventory Qty     required; whole units
//	Variant Price             required; decimals after a point
//	Variant Compare At Price  list price; empty or 0 when there is none
//	Image Src                 https:// or a relative path; the first image is used
//	Image Position            decides which image is the first
//	Status                    active (or empty); draft, archived and unlisted are skipped
//	Currency                  not Shopify's: ISO code of the row's prices; empty: Options.Currency
//
// A cell that begins with an apostrophe before = + - @ is read without it: Guard has put it there.
//
// Published is ignored: it says what the merchant's own shop shows, not what a
// sale sells.
package catalog

import (
	"io"
	"strings"
)

// Item is one thing to sell: a variant, or a product without variants.
type Item struct {
	Line           int    // line of the file on which its row begins
	Handle         string // names the product; shared by its variants
	SKU            string // unique in the file; at most 100 runes
	Title          string // 1 to 200 runes; of a variant "Product title – Option value"
	Body           string // plain text, not HTML; at most 4,000 runes; may be empty
	Vendor         string // at most 200 runes; may be empty
	ImageURL       string // https:// or a relative path; at most 500 bytes; may be empty
	PriceCents     int64  // in minor units of Options.Currency; 1 to 10^12
	ListPriceCents int64  // greater than PriceCents; 0 when there is none
	Units          int    // 0 to 1,000,000
	Currency       string // of the prices, if the row says one; "": Options.Currency
	Archived       bool   // only with Options.Products
}

// Options say how to read a file. Only Currency must be set.
type Options struct {
	// Currency is the ISO 4217 code of all prices in the file, such as
	// "EUR". It decides how many decimals a price may have; CLDR's table is
	// used, which gives no decimals to some currencies (COP, IDR) that have
	// two in ISO 4217.
	Currency string

	// Products reads what a shop has rather than what a sale sells: archived products are read too, and units may be missing.
	Products bool

	// MaxRows is how many rows the file may have below its header; 0 means
	// 100,000.
	MaxRows int

	// KeepGood returns the items of good rows beside the Problems: the caller
	// asks whether they are wanted without the bad ones. It returns none of a
	// file that cannot be read to its end.
	KeepGood bool

	// Progress, when set, is called every thousand rows and at the end, on the
	// goroutine that called Read.
	Progress func(bytesRead int64, rows int)

	// Skipped, when set, is called once at the end with how many rows
	// belong to products that are draft, archived or unlisted.
	Skipped func(rows int)

	// Bad, when set, is called once at the end with how many rows have a problem.
	Bad func(rows int)
}

const defaultMaxRows = 100_000

// Read reads a whole file and returns its items in the order of the rows,
// at least one. It is all or nothing unless told to keep the good ones: when a row is bad no item is returned,
// and the error is a Problems that names every bad row (the first 100). A
// file that cannot be read further, because of its encoding, its quotation
// marks or its size, ends the list early, and the last problem says so.
//
// An unknown currency and a reader that fails are other errors; the
// reader's own error is wrapped. Memory is bounded: 64 KiB per cell, 1 MiB per
// row, 256 MiB for the text of all items together.
func Read(r io.Reader, o Options) ([]Item, error) {
	prices, err := newMoney(o.Currency)
	if err != nil {
		return nil, err
	}
	f := newFile(prices, o)
	if err := f.read(r); err != nil {
		return nil, err
	}
	if o.Progress != nil {
		o.Progress(f.guard.read, f.rows)
	}
	if o.Skipped != nil {
		o.Skipped(f.skipped)
	}
	if o.Bad != nil {
		o.Bad(f.bad)
	}
	if problems := f.found.problems(); len(problems) > 0 {
		if !o.KeepGood || f.cut {
			return nil, problems
		}
		return f.finished(), problems
	}
	return f.finished(), nil
}

// finished completes the items with what may stand on a later row.
func (f *file) finished() []Item {
	for i := range f.items {
		f.items[i].ImageURL = f.owners[i].image
	}
	return f.items
}

// keep copies a cell. encoding/csv makes one string per row, and a slice of
// it would keep the whole row in memory for as long as the item lives.
func (f *file) keep(cell string) string {
	f.kept += len(cell)
	return strings.Clone(cell)
}
