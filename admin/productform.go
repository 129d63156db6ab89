package admin

import (
	"net/http"
	"strings"
	"unicode"
	"unicode/utf8"

	"doorbuster/admin/page"
	"doorbuster/catalog"
	"doorbuster/store"
	"doorbuster/web/ui"
	"doorbuster/web/wire"
)

// saveProduct makes a product, or changes one. What was wrong stands at its field; what somebody else saved meanwhile stands beside what was typed.
func (s *Server) saveProduct(a *reply, r *http.Request) error {
	var now store.Product
	if strings.Contains(r.URL.Path, "/products/") {
		var err error
		if now, err = s.productIn(a, r); err != nil {
			return err
		}
	}
	form, err := wire.ReadForm(r, "sku", "title", "body", "vendor", "price", "list", "currency", "version")
	if err != nil {
		return err
	}
	v := page.ProductView{Typed: page.ProductWords{
		SKU: form.Get("sku"), Title: form.Get("title"), Body: form.Get("body"), Vendor: form.Get("vendor"), Price: form.Get("price"), List: form.Get("list"),
		Currency: form.Get("currency"),
	}}
	if now.ID != 0 {
		var ok bool
		if v.Version, ok = wire.Number(form.Get("version")); !ok {
			return refused(page.BadRequest)
		}
	}
	p, errors := productOf(v.Typed)
	if v.Errors = errors; len(errors) > 0 {
		return s.productAgain(a, r, http.StatusBadRequest, now, v)
	}
	p.ID, p.Version = now.ID, v.Version
	a.act = "product saved"
	outcome, id, err := s.store.SaveProduct(r.Context(), a.by(), p)
	if err != nil {
		return err
	}
	a.outcome = string(outcome)
	switch outcome {
	case store.DuplicateSKU:
		v.Errors = append(v.Errors, ui.FieldError{Field: "sku", Code: page.ProductSKUTaken})
		return s.productAgain(a, r, http.StatusBadRequest, now, v)
	case store.ChangedMeanwhile:
		if now, err = s.store.ShowProduct(r.Context(), a.by(), now.ID); err != nil {
			return notBegun(err)
		}
		theirs := wordsOf(now)
		v.Theirs, v.Version = &theirs, now.Version // pressing once more means it
		v.Errors = append(v.Errors, ui.FieldError{Code: page.ProductChanged})
		return s.productAgain(a, r, http.StatusConflict, now, v)
	default:
		return a.toldProduct(id, outcome, string(outcome))
	}
}

// productAgain sends a form again that was wrong.
func (s *Server) productAgain(a *reply, r *http.Request, status int, now store.Product, v page.ProductView) error {
	if now.ID != 0 {
		return s.sendProduct(a, r, status, now, v)
	}
	v.Frame, v.MayChange = a.frame("/products/new", "products"), true
	return a.page(r, status, page.ProductShow(v))
}

// productOf is a product of what was typed, and what is wrong with it.
func productOf(w page.ProductWords) (store.Product, ui.FieldErrors) {
	var errors ui.FieldErrors
	wrong := func(field, code string) { errors = append(errors, ui.FieldError{Field: field, Code: code}) }
	line := func(field, text string, most int, missing, bad string) string {
		text = strings.TrimSpace(text)
		switch {
		case text == "" && missing != "":
			wrong(field, missing)
		case utf8.RuneCountInString(text) > most || strings.ContainsFunc(text, unicode.IsControl):
			wrong(field, bad)
		}
		return text
	}
	p := store.Product{
		Title:  line("title", w.Title, maxTitle, page.ProductTitleMissing, page.ProductTitleBad),
		SKU:    line("sku", w.SKU, maxSKU, page.ProductSKUMissing, page.ProductSKUBad),
		Vendor: line("vendor", w.Vendor, maxVendor, "", page.ProductVendorBad),
		Body:   catalog.Text(w.Body), Currency: strings.ToUpper(strings.TrimSpace(w.Currency)),
	}
	if utf8.RuneCountInString(p.Body) > maxText {
		wrong("body", page.ProductBodyLong)
	}
	if !catalog.Currency(p.Currency) {
		wrong("currency", page.ProductCurrencyBad)
		return p, errors // prices are read by their currency
	}
	var err error
	if p.PriceCents, err = catalog.ParsePrice(p.Currency, strings.TrimSpace(w.Price)); err != nil || p.PriceCents == 0 {
		wrong("price", page.ProductPriceBad)
	}
	if text := strings.TrimSpace(w.List); text != "" {
		list, err := catalog.ParsePrice(p.Currency, text)
		switch {
		case err != nil:
			wrong("list", page.ProductListBad)
		case list <= p.PriceCents:
			wrong("list", page.ProductListLow)
		default:
			p.ListPriceCents = &list
		}
	}
	return p, errors
}
