package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"
)

// States of an import of products.
const (
	ImportReading = "reading" // its rows come in
	ImportReady   = "ready"   // waits for a yes
	ImportRunning = "running" // a console carries it out
	ImportDone    = "done"
	ImportDropped = "dropped" // nobody said yes for a day
)

// Verdicts on a row of an import.
const (
	RowNew       = "new"       // the shop has no product of this SKU
	RowChanged   = "changed"   // the product says something else
	RowUnchanged = "unchanged" // the product says the same
)

// ImportProblem is one thing that is wrong in a file.
type ImportProblem struct {
	Line   int      `json:"line"`   // 0: of no line
	Column string   `json:"column"` // empty: the row, or the file
	Reason string   `json:"reason"` // in English
	Code   string   `json:"code"`   // what it is, for who says it in another language
	Args   []string `json:"args,omitempty"`
}

// ProductImport is a file of products that was uploaded, and how far it is. Times are UTC.
type ProductImport struct {
	ID          uint64          `db:"id"`
	File        string          `db:"file"`
	State       string          `db:"state"`
	RowsRead    int             `db:"rows_read"` // good ones
	RowsNew     int             `db:"rows_new"`  // of them; while it runs, as done so far
	RowsChanged int             `db:"rows_changed"`
	RowsDone    int             `db:"rows_done"`
	RowsBad     int             `db:"rows_bad"`     // left out
	RowsSkipped int             `db:"rows_skipped"` // left out: their products are drafts or unlisted
	Problems    []ImportProblem `db:"-"`
	Actor       string          `db:"actor"`
	MadeAt      time.Time       `db:"made_at"`
	ChangedAt   time.Time       `db:"changed_at"`
}

// NewImport describes a file that was read.
type NewImport struct {
	File                 string // its name
	RowsBad, RowsSkipped int
	Problems             []ImportProblem // the first hundred
}

// StartProductImport begins an import; its rows come with AddImportRows.
// Outcomes: NotAllowed, Started.
func (s *Store) StartProductImport(ctx context.Context, by Actor, n NewImport) (Outcome, uint64, error) {
	problems, err := json.Marshal(append([]ImportProblem{}, n.Problems...))
	if err != nil {
		return "", 0, fmt.Errorf("start_product_import: %w", err)
	}
	var r struct {
		Outcome  Outcome `db:"outcome"`
		ImportID *uint64 `db:"import_id"`
	}
	err = s.staff.get(ctx, &r, "start_product_import", "CALL start_product_import(?, ?, ?, ?, ?, ?)",
		by.staffID(), n.File, n.RowsBad, n.RowsSkipped, string(problems), by.name)
	if err != nil || r.ImportID == nil {
		return r.Outcome, 0, err
	}
	return r.Outcome, *r.ImportID, nil
}

// ImportRow is a good row of a file.
type ImportRow struct {
	Line           int    `json:"line"`
	SKU            string `json:"sku"`
	Title          string `json:"title"`
	Body           string `json:"body"`
	Vendor         string `json:"vendor"`
	ImageURL       string `json:"image_url"` // "": the product keeps its picture
	PriceCents     int64  `json:"price_cents"`
	ListPriceCents *int64 `json:"list_price_cents"`
	Currency       string `json:"currency"`
	State          string `json:"state"` // ProductActive or ProductArchived
}

// AddImportRows adds up to 1000 rows to an import, all or none; last says that no more will come. A call whose answer was lost may have added its rows:
// begin the import anew.
// Outcomes: NotAllowed, NoSuchImport, NotReading, Ready, Added.
func (s *Store) AddImportRows(ctx context.Context, by Actor, id uint64, rows []ImportRow, last bool) (Outcome, error) {
	doc, err := json.Marshal(append([]ImportRow{}, rows...))
	if err != nil {
		return "", fmt.Errorf("add_import_rows: %w", err)
	}
	return s.changeProduct(ctx, "add_import_rows", "CALL add_import_rows(?, ?, ?, ?, ?)", by.staffID(), id, string(doc), last, by.name)
}

// ListProductImports returns the newest imports of by's shop, at most limit.
func (s *Store) ListProductImports(ctx context.Context, by Actor, limit int) ([]ProductImport, error) {
	return s.productImports(ctx, by, 0, limit)
}

// ShowProductImport returns one import of by's shop, or ErrNotFound.
func (s *Store) ShowProductImport(ctx context.Context, by Actor, id uint64) (ProductImport, error) {
	if id == 0 {
		return ProductImport{}, ErrNotFound
	}
	all, err := s.productImports(ctx, by, id, 1)
	if err == nil && len(all) == 0 {
		err = ErrNotFound
	}
	if err != nil {
		return ProductImport{}, err
	}
	return all[0], nil
}

func (s *Store) productImports(ctx context.Context, by Actor, id uint64, limit int) ([]ProductImport, error) {
	var rows []struct {
		ProductImport
		Problems []byte `db:"problems"`
	}
	if err := s.staff.list(ctx, &rows, "list_product_imports", "CALL list_product_imports(?, ?, ?)", by.staffID(), id, limit); err != nil {
		return nil, err
	}
	var all []ProductImport
	for _, row := range rows {
		one := row.ProductImport
		if err := json.Unmarshal(row.Problems, &one.Problems); err != nil {
			return nil, fmt.Errorf("list_product_imports: problems of import %d: %w", one.ID, err)
		}
		all = append(all, one)
	}
	return all, nil
}

// WaitingRow is a row of an import that is not carried out yet, beside the product as it is now.
type WaitingRow struct {
	Position      int     `db:"position"`
	Line          int     `db:"line"`
	Verdict       string  `db:"verdict"` // as it was when the row came in
	SKU           string  `db:"sku"`
	Title         string  `db:"title"`
	PriceCents    int64   `db:"price_cents"`
	Currency      string  `db:"currency"`
	OldTitle      *string `db:"old_title"` // nil: there is no such product
	OldPriceCents *int64  `db:"old_price_cents"`
	OldCurrency   *string `db:"old_currency"`
}

// ListImportRows returns the rows of an import with a verdict that come after a place, at most limit.
func (s *Store) ListImportRows(ctx context.Context, by Actor, id uint64, verdict string, after, limit int) ([]WaitingRow, error) {
	var rows []WaitingRow
	err := s.staff.list(ctx, &rows, "list_import_rows", "CALL list_import_rows(?, ?, ?, ?, ?)", by.staffID(), id, verdict, after, limit)
	return rows, err
}

// ConfirmProductImport says that an import is meant: from now on a console carries it out.
// Outcomes: NotAllowed, NoSuchImport, Repeated, NotReady, Confirmed.
func (s *Store) ConfirmProductImport(ctx context.Context, by Actor, id uint64) (Outcome, error) {
	return s.changeProduct(ctx, "confirm_product_import", "CALL confirm_product_import(?, ?, ?)", by.staffID(), id, by.name)
}

// ApplyProductImport carries out up to limit rows of the oldest import that runs, once however many consoles call it. Call it again until the outcome is
// Nothing.
// Outcomes: Nothing, Applied, Finished.
func (s *Store) ApplyProductImport(ctx context.Context, limit int) (Outcome, error) {
	return s.changeProduct(ctx, "apply_product_import", "CALL apply_product_import(?)", limit)
}
