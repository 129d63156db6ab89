package admin

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"doorbuster/admin/page"
	"doorbuster/catalog"
	"doorbuster/store"
	"doorbuster/web/ui"
	"doorbuster/web/wire"
)

// Bounds of an item, as in the tables.
const (
	maxLimit = 1000
	maxHold  = 10080 // minutes
)

// addToSale puts picked products into a draft: from the list, where each has a box, or from the page of one.
func (s *Server) addToSale(a *reply, r *http.Request) error {
	fields := []string{"sale", "units", "price", "limit", "hold", "shown", "search", "before", "from"}
	body, err := wire.ReadBody(r, wire.Form)
	if err != nil {
		return err
	}
	// The form says itself which boxes it has: nothing else may be in it.
	shown, ok := numbersOf(body)
	if !ok || len(shown) > productsPerPage {
		return refused(page.BadRequest)
	}
	for _, id := range shown {
		fields = append(fields, boxOf(id))
	}
	form, err := wire.ParseForm(body, fields...)
	if err != nil {
		return err
	}
	v := page.ToSaleView{
		Units: form.Get("units"), Price: form.Get("price"), Limit: form.Get("limit"), Hold: form.Get("hold"), Search: form.Get("search"), Typed: true,
		Picked: map[uint64]bool{},
	}
	v.Sale, _ = wire.Number(form.Get("sale")) // 0 is a mistake like none
	if v.Before, err = keyOf(form.Get("before")); err != nil || len(v.Search) > maxSearch {
		return refused(page.BadRequest)
	}
	var picked []uint64
	for _, id := range shown {
		if form.Has(boxOf(id)) {
			v.Picked[id], picked = true, append(picked, id)
		}
	}
	again := func() error {
		if form.Get("from") == "product" && len(shown) == 1 {
			p, err := s.store.ShowProduct(r.Context(), a.by(), shown[0])
			if err != nil {
				return notBegun(err)
			}
			return s.sendProduct(a, r, http.StatusBadRequest, p, page.ProductView{ToSale: v})
		}
		return s.sendProducts(a, r, http.StatusBadRequest, store.ProductFilter{State: store.ProductActive, Search: v.Search, Before: v.Before}, v)
	}
	products, err := s.productsForSale(a, r, picked, &v)
	if err != nil {
		return err
	}
	if len(v.Errors) > 0 {
		return again()
	}
	a.act = "products added to sale"
	outcome, err := s.store.AddProductsToSale(r.Context(), a.by(), v.Sale, products)
	if err != nil {
		return err
	}
	a.outcome = string(outcome)
	switch outcome {
	case store.NotAllowed:
		return refused(page.NotAllowed)
	case store.Added:
		return a.toldItems(v.Sale, outcome)
	case store.DuplicateSKU:
		v.Errors = append(v.Errors, ui.FieldError{Field: "to-sale", Code: page.ToSaleThere})
	case store.NoSuchProduct:
		v.Errors = append(v.Errors, ui.FieldError{Code: page.ToSaleGone})
	default: // the draft was published or discarded meanwhile
		v.Errors = append(v.Errors, ui.FieldError{Field: "to-sale", Code: page.ToSaleNoDraft})
	}
	return again()
}

func boxOf(id uint64) string { return "p" + strconv.FormatUint(id, 10) }

// numbersOf reads which products a form has shown, from its field "shown".
func numbersOf(body []byte) (ids []uint64, ok bool) {
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, false
	}
	for text := range strings.SplitSeq(form.Get("shown"), ",") {
		id, ok := wire.Number(text)
		if !ok {
			return nil, false
		}
		ids = append(ids, id)
	}
	return ids, true
}

// productsForSale checks what was typed and reads the products that were picked; what is wrong is noted in v.
func (s *Server) productsForSale(a *reply, r *http.Request, picked []uint64, v *page.ToSaleView) ([]store.SaleProduct, error) {
	number := func(field, text string, least, most uint64, code string) int {
		n, ok := wire.Number(strings.TrimSpace(text))
		if !ok || n < least || n > most {
			v.Errors = append(v.Errors, ui.FieldError{Field: field, Code: code})
		}
		return int(min(n, most))
	}
	if len(picked) == 0 {
		v.Errors = append(v.Errors, ui.FieldError{Code: page.ToSalePick})
	}
	if v.Sale == 0 {
		v.Errors = append(v.Errors, ui.FieldError{Field: "to-sale", Code: page.ToSaleMissing})
	}
	units := number("to-units", v.Units, 1, maxUnits, page.UnitsBad)
	var all []store.SaleProduct
	priced := true
	for _, id := range picked {
		p, err := s.store.ShowProduct(r.Context(), a.by(), id)
		if err != nil {
			return nil, notBegun(err)
		}
		one := store.SaleProduct{ProductID: id, Units: units}
		if one.PriceCents, priced = salePrice(v.Price, p); !priced {
			v.Errors = append(v.Errors, ui.FieldError{Field: "to-price", Code: page.ToSalePrice})
			break
		}
		all = append(all, one)
	}
	limit := number("to-limit", v.Limit, 1, maxLimit, page.ToSaleLimit)
	hold := number("to-hold", v.Hold, 1, maxHold, page.ToSaleHold)
	for i := range all {
		all[i].LimitPerUser, all[i].HoldMinutes = limit, hold
	}
	return all, nil
}

// salePrice reads what a product costs in a sale: an amount, a discount such as 20%, or nothing for the usual price (nil).
func salePrice(text string, p store.Product) (minor *int64, ok bool) {
	text = strings.TrimSpace(text)
	if text == "" {
		return nil, true
	}
	if percent, found := strings.CutSuffix(text, "%"); found {
		off, ok := wire.Number(strings.TrimSpace(percent))
		if !ok || off < 1 || off > 99 {
			return nil, false
		}
		price := (p.PriceCents*int64(100-off) + 50) / 100 // at most 10¹⁴: no overflow
		return &price, price > 0
	}
	price, err := catalog.ParsePrice(p.Currency, text)
	return &price, err == nil && price > 0
}
