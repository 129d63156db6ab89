package admin

import (
	"bytes"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"doorbuster/admin/page"
	"doorbuster/catalog"
	"doorbuster/store"
	"doorbuster/web/ui"
	"doorbuster/web/wire"
)

const (
	maxUpload  = 5 << 20 // bytes of a products file
	maxRows    = 5_000   // of a products file
	pickableOf = 20      // sales to pick from
)

// showPick shows the sales that items can be taken from, or the items of one of them.
func (s *Server) showPick(a *reply, r *http.Request) error {
	query, err := wire.ReadQuery(r, "from", "after")
	if err != nil {
		return err
	}
	after, err := placeOf(query.Get("after"))
	if err != nil {
		return err
	}
	sale, err := s.draft(a, r)
	if sale == nil {
		return err
	}
	v := page.PickView{DraftView: a.draftView(sale, page.StepItems, page.DraftPath(sale.ID, "pick"))}
	if query.Get("from") == "" {
		return s.sendPickable(a, r, sale, v)
	}
	from, ok := wire.Number(query.Get("from"))
	if !ok {
		return refused(page.BadRequest)
	}
	one, err := s.store.ShowSale(r.Context(), a.by(), from)
	if err != nil {
		return err
	}
	items, err := s.store.ListSaleItems(r.Context(), a.by(), from, after, itemsPerPage)
	if err != nil {
		return err
	}
	v.Path += "?from=" + query.Get("from")
	if n := len(items); n == itemsPerPage && items[n-1].Position < one.Items {
		v.More = v.Path + "&after=" + strconv.Itoa(items[n-1].Position)
	}
	v.From, v.Items = page.SaleRow{ID: one.ID, Title: one.Title}, draftItems(items)
	return a.page(r, http.StatusOK, page.Pick(v))
}

func (s *Server) sendPickable(a *reply, r *http.Request, sale *store.ShownSale, v page.PickView) error {
	sales, err := s.store.ListSales(r.Context(), a.by(), store.SaleFilter{Tab: "all"}, pickableOf)
	if err != nil {
		return err
	}
	for _, row := range saleRows(sales) {
		if row.ID != sale.ID && row.Items > 0 {
			v.Sales = append(v.Sales, row)
		}
	}
	return a.page(r, http.StatusOK, page.Pick(v))
}

// pickItems takes one item over from another sale, or all.
func (s *Server) pickItems(a *reply, r *http.Request) error {
	form, err := wire.ReadForm(r, "from", "item")
	if err != nil {
		return err
	}
	sale, err := s.draft(a, r)
	if sale == nil {
		return err
	}
	from, ok := wire.Number(form.Get("from"))
	item, one := wire.Number(form.Get("item"))
	if !ok || (form.Get("item") != "all" && (!one || item == 0)) {
		return refused(page.BadRequest)
	}
	a.act = "items copy"
	outcome, err := s.store.CopyItems(r.Context(), a.by(), sale.ID, from, item)
	if err != nil {
		return err
	}
	return a.toldItems(sale.ID, outcome)
}

// showImport shows the form for a products file.
func (s *Server) showImport(a *reply, r *http.Request) error {
	sale, err := s.draft(a, r)
	if sale == nil {
		return err
	}
	currency, err := s.currencyOf(a, r, sale)
	if err != nil {
		return err
	}
	v := importView(a, sale)
	v.Form.Typed = map[string]string{"currency": currency}
	return a.page(r, http.StatusOK, page.Import(v))
}

func importView(a *reply, sale *store.ShownSale) page.ImportView {
	return page.ImportView{DraftView: a.draftView(sale, page.StepItems, page.DraftPath(sale.ID, "import")), MaxRows: maxRows}
}

// importFile adds the products of a file. With a bad row nothing comes in, unless the merchant has asked for the good ones.
func (s *Server) importFile(a *reply, r *http.Request) error {
	sale, err := s.draft(a, r)
	if sale == nil {
		return err
	}
	file, form, err := wire.ReadUpload(r, "file", maxUpload, "currency", "good")
	if err != nil {
		return err
	}
	v := importView(a, sale)
	v.Form.Typed = typed(form, "currency", "good")
	currency := strings.ToUpper(strings.TrimSpace(form.Get("currency")))
	if !catalog.Currency(currency) {
		v.Form.Errors = append(v.Form.Errors, ui.FieldError{Field: "currency", Code: page.CurrencyBad})
	}
	if len(file.Bytes) == 0 {
		v.Form.Errors = append(ui.FieldErrors{{Field: "file", Code: page.FileMissing}}, v.Form.Errors...)
	}
	if len(v.Form.Errors) > 0 {
		return a.page(r, http.StatusBadRequest, page.Import(v))
	}
	read, err := catalog.Read(bytes.NewReader(file.Bytes), catalog.Options{Currency: currency, MaxRows: maxRows, KeepGood: true})
	var problems catalog.Problems
	if err != nil && !errors.As(err, &problems) {
		return err
	}
	rows := importRows(read, sale, currency)
	v.Good = len(rows)
	for _, p := range problems {
		v.Bad = append(v.Bad, badRow(importProblem(p)))
	}
	if len(problems) > 0 && (form.Get("good") != "yes" || len(rows) == 0) {
		v.Form.Errors = ui.FieldErrors{{Field: "file", Code: page.RowsBad}}
		return a.page(r, http.StatusBadRequest, page.Import(v))
	}
	if len(rows) == 0 {
		return a.toldItems(sale.ID, store.NoItems)
	}
	a.act = "items import"
	outcome, err := s.store.ImportItems(r.Context(), a.by(), sale.ID, rows)
	if err != nil {
		return err
	}
	return a.toldItems(sale.ID, outcome)
}

// importRows makes items of a draft from the rows of a file, by the rules of the sale. Rows without units are left out: there is nothing to sell.
func importRows(read []catalog.Item, sale *store.ShownSale, currency string) (rows []store.NewItem) {
	for _, i := range read {
		if i.Units == 0 {
			continue
		}
		row := store.NewItem{
			SKU: i.SKU, Title: i.Title, Body: i.Body, Vendor: i.Vendor, ImageURL: i.ImageURL, PriceCents: i.PriceCents, Currency: currency, Units: i.Units,
			LimitPerUser: sale.LimitPerUser, HoldMinutes: sale.HoldMinutes, ExtensionMinutes: sale.ExtensionMinutes,
		}
		if i.ListPriceCents > 0 {
			row.ListPriceCents = &i.ListPriceCents
		}
		rows = append(rows, row)
	}
	return rows
}
