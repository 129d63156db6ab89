package admin

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"

	"doorbuster/admin/page"
	"doorbuster/catalog"
	"doorbuster/store"
	"doorbuster/web/ui"
	"doorbuster/web/wire"
)

const (
	maxImportFile = 20 << 20
	maxImportRows = 50_000
	importChunk   = 500     // rows of one call, at most
	importText    = 1 << 20 // bytes of their text, about
	importsShown  = 10
	maxFileName   = 200 // characters, as in the table
)

// askImport shows the form for a file, and what became of the last ones.
func (s *Server) askImport(a *reply, r *http.Request) error {
	return s.sendAskImport(a, r, http.StatusOK, page.ImportAskView{Currency: s.usualCurrency(a, r)})
}

func (s *Server) sendAskImport(a *reply, r *http.Request, status int, v page.ImportAskView) error {
	imports, err := s.store.ListProductImports(r.Context(), a.by(), importsShown)
	if err != nil {
		return notBegun(err)
	}
	v.Frame = a.frame("/products/import", "products")
	for _, i := range imports {
		v.Imports = append(v.Imports, importRow(i))
	}
	return a.page(r, status, page.ImportAsk(v))
}

func importRow(i store.ProductImport) page.ImportRow {
	return page.ImportRow{
		ID: i.ID, File: i.File, State: i.State, Read: i.RowsRead, New: i.RowsNew, Changed: i.RowsChanged, Done: i.RowsDone, Bad: i.RowsBad, Skipped: i.RowsSkipped,
		Actor: i.Actor, Made: i.MadeAt,
	}
}

// uploadImport reads a file, and shows what it would do. Nothing is changed yet.
func (s *Server) uploadImport(a *reply, r *http.Request) error {
	done, err := s.uploads.take(r.Context())
	if err != nil {
		return err
	}
	defer done()
	if err := slowly(a); err != nil {
		return err
	}
	file, form, err := wire.ReadUpload(r, "file", maxImportFile, "currency")
	if err != nil {
		return err
	}
	v := page.ImportAskView{Currency: form.Get("currency")}
	currency := strings.ToUpper(strings.TrimSpace(v.Currency))
	if len(file.Bytes) == 0 {
		v.Errors = append(v.Errors, ui.FieldError{Field: "file", Code: page.ImportFileMissing})
	}
	if !catalog.Currency(currency) {
		v.Errors = append(v.Errors, ui.FieldError{Field: "currency", Code: page.ProductCurrencyBad})
	}
	if len(v.Errors) > 0 {
		return s.sendAskImport(a, r, http.StatusBadRequest, v)
	}
	n := store.NewImport{File: fileName(file.Name)}
	items, err := catalog.Read(bytes.NewReader(file.Bytes), catalog.Options{
		Currency: currency, Products: true, KeepGood: true, MaxRows: maxImportRows, Bad: func(rows int) { n.RowsBad = rows }, Skipped: func(rows int) { n.RowsSkipped = rows },
	})
	var problems catalog.Problems
	if err != nil && !errors.As(err, &problems) {
		return err
	}
	for _, p := range problems {
		n.Problems = append(n.Problems, importProblem(p))
	}
	a.act = "product import uploaded"
	outcome, id, err := s.keepImport(r.Context(), a.by(), n, items, currency)
	if err != nil {
		return err
	}
	a.outcome = string(outcome)
	if outcome == store.NotAllowed {
		return refused(page.NotAllowed)
	}
	return a.seeOther(importPath(id))
}

// importProblem is what is wrong in a file as it is kept: in English too, for whoever reads the table.
func importProblem(p catalog.Problem) store.ImportProblem {
	return store.ImportProblem{Line: p.Line, Column: p.Column, Reason: p.Reason.String(), Code: p.Reason.Code, Args: p.Reason.Args}
}

// badRow leaves the code out when this program has no words for it: another one may have kept it.
func badRow(p store.ImportProblem) page.BadRow {
	row := page.BadRow{Line: p.Line, Column: p.Column, Reason: p.Reason}
	if args, ok := (catalog.Reason{Code: p.Code, Args: p.Args}).Named(); ok {
		row.Code, row.Args = p.Code, args
	}
	return row
}

func importPath(id uint64) string { return "/products/imports/" + strconv.FormatUint(id, 10) }

// fileName is the name of a file as it is kept and shown.
func fileName(name string) string {
	name = store.Printable(filepath.Base(strings.ReplaceAll(name, `\`, "/")))
	if runes := []rune(name); len(runes) > maxFileName {
		name = string(runes[:maxFileName])
	}
	return name
}

// keepImport puts the good rows of a file into the database, a bounded number at a time.
func (s *Server) keepImport(ctx context.Context, by store.Actor, n store.NewImport, items []catalog.Item, currency string) (store.Outcome, uint64, error) {
	outcome, id, err := s.store.StartProductImport(ctx, by, n)
	if err != nil || outcome != store.Started {
		return outcome, 0, err
	}
	for {
		rows, rest := nextRows(items, currency)
		outcome, err := s.store.AddImportRows(ctx, by, id, rows, len(rest) == 0)
		if err != nil || (outcome != store.Added && outcome != store.Ready) {
			return outcome, id, err
		}
		if items = rest; len(items) == 0 {
			return outcome, id, nil
		}
	}
}

// nextRows are the rows of the next call, bounded in number and in text.
func nextRows(items []catalog.Item, currency string) (rows []store.ImportRow, rest []catalog.Item) {
	text := 0
	for n, i := range items {
		if text += len(i.Title) + len(i.Body) + len(i.Vendor) + len(i.ImageURL) + len(i.SKU); n == importChunk || (n > 0 && text > importText) {
			return rows, items[n:]
		}
		row := store.ImportRow{
			Line: i.Line, SKU: i.SKU, Title: i.Title, Body: i.Body, Vendor: i.Vendor, ImageURL: i.ImageURL, PriceCents: i.PriceCents, Currency: i.Currency,
			State: store.ProductActive,
		}
		if row.Currency == "" {
			row.Currency = currency
		}
		if i.ListPriceCents > 0 {
			row.ListPriceCents = &i.ListPriceCents
		}
		if i.Archived {
			row.State = store.ProductArchived
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// importVerdicts are the tabs of what an import would do.
var importVerdicts = map[string]bool{store.RowNew: true, store.RowChanged: true, store.RowUnchanged: true}

// showProductImport shows an import: what it would do, or how far it is, or what it did; and what was wrong in the file.
func (s *Server) showProductImport(a *reply, r *http.Request) error {
	id, err := numberOf(r, "import")
	if err != nil {
		return err
	}
	query, err := wire.ReadQuery(r, "verdict", "after", "told")
	if err != nil {
		return err
	}
	one, err := s.store.ShowProductImport(r.Context(), a.by(), id)
	if err != nil {
		return err
	}
	v := page.ProductImportView{Import: importRow(one), Verdict: query.Get("verdict"), MayChange: a.may("sell")}
	if told := query.Get("told"); told == string(store.NotReady) {
		v.Told = told
	}
	if v.Verdict == "" {
		v.Verdict = firstVerdict(one)
	}
	after, err := keyOf(query.Get("after"))
	if err != nil || after > maxImportRows || !importVerdicts[v.Verdict] {
		return refused(page.BadRequest)
	}
	for _, p := range one.Problems {
		v.Problems = append(v.Problems, badRow(p))
	}
	filter := url.Values{"verdict": {v.Verdict}}
	v.Frame = a.frame(withQuery(importPath(id), filter), "products")
	switch one.State {
	case store.ImportReady:
		rows, err := s.store.ListImportRows(r.Context(), a.by(), id, v.Verdict, int(after), perPage+1)
		if err != nil {
			return err
		}
		if len(rows) > perPage {
			rows = rows[:perPage]
			filter.Set("after", strconv.Itoa(rows[perPage-1].Position))
			v.More = withQuery(importPath(id), filter)
		}
		for _, w := range rows {
			v.Rows = append(v.Rows, waitingRow(w))
		}
	case store.ImportRunning, store.ImportReading:
		a.Header().Set("Refresh", "2") // the page looks again by itself, with or without a script
	}
	return a.page(r, http.StatusOK, page.ImportShow(v))
}

// firstVerdict is the tab that says most about an import.
func firstVerdict(i store.ProductImport) string {
	switch {
	case i.RowsChanged > 0:
		return store.RowChanged
	case i.RowsNew > 0:
		return store.RowNew
	default:
		return store.RowUnchanged
	}
}

func waitingRow(w store.WaitingRow) page.WaitingRow {
	row := page.WaitingRow{Line: w.Line, SKU: w.SKU, Title: w.Title, Price: ui.Money{Minor: w.PriceCents, Currency: w.Currency}}
	if w.OldTitle != nil && w.OldPriceCents != nil && w.OldCurrency != nil {
		row.OldTitle, row.OldPrice = *w.OldTitle, ui.Money{Minor: *w.OldPriceCents, Currency: *w.OldCurrency}
	}
	return row
}

// confirmImport lets an import run, and wakes who carries it out.
func (s *Server) confirmImport(a *reply, r *http.Request) error {
	id, err := numberOf(r, "import")
	if err != nil {
		return err
	}
	if _, err := wire.ReadForm(r); err != nil {
		return err
	}
	a.act = "product import confirmed"
	outcome, err := s.store.ConfirmProductImport(r.Context(), a.by(), id)
	if err != nil {
		return err
	}
	a.outcome = string(outcome)
	switch outcome {
	case store.NotAllowed:
		return refused(page.NotAllowed)
	case store.NoSuchImport:
		return refused(page.NotFound)
	case store.NotReady:
		return a.seeOther(importPath(id) + "?told=" + string(outcome))
	default:
		s.imports.wake()
		return a.seeOther(importPath(id))
	}
}
