package admin

import (
	"net/http"
	"strconv"
	"strings"

	"doorbuster/admin/page"
	"doorbuster/catalog"
	"doorbuster/store"
	"doorbuster/web/ui"
	"doorbuster/web/wire"
)

// What the columns of an item hold; characters, the address of a picture bytes.
const (
	maxSKU     = 100
	maxVendor  = 200
	maxPicture = 500
)

// itemFields are the fields of an item's form.
var itemFields = []string{"title", "sku", "currency", "price", "list", "units", "limit", "hold", "extension", "vendor", "picture", "body"}

// showItems shows what a draft sells.
func (s *Server) showItems(a *reply, r *http.Request) error {
	query, err := wire.ReadQuery(r, "told", "after")
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
	v := page.ItemsView{After: after}
	v.DraftView = a.draftView(sale, page.StepItems, page.DraftPath(sale.ID, page.StepItems))
	v.Told = query.Get("told")
	if v.Form.Typed, err = s.newItem(a, r, sale); err != nil {
		return err
	}
	return s.sendItems(a, r, http.StatusOK, sale, v)
}

// placeOf reads the place of the last item of the page before.
func placeOf(text string) (int, error) {
	if text == "" {
		return 0, nil
	}
	after, ok := wire.Number(text)
	if !ok || after > maxUnits {
		return 0, refused(page.BadRequest)
	}
	return int(after), nil
}

// newItem is what stands in the form of a new item: the rules of the sale, and the currency of its first one.
func (s *Server) newItem(a *reply, r *http.Request, sale *store.ShownSale) (map[string]string, error) {
	currency, err := s.currencyOf(a, r, sale)
	return map[string]string{
		"currency": currency, "limit": strconv.Itoa(sale.LimitPerUser), "hold": strconv.Itoa(sale.HoldMinutes), "extension": strconv.Itoa(sale.ExtensionMinutes),
	}, err
}

// currencyOf is the currency of the first item of a sale; of one without items that of the shop's newest sale.
func (s *Server) currencyOf(a *reply, r *http.Request, sale *store.ShownSale) (string, error) {
	ids := []uint64{sale.ID}
	if sale.Items == 0 {
		newest, err := s.store.ListSales(r.Context(), a.by(), store.SaleFilter{Tab: "all"}, 5)
		if err != nil {
			return "", err
		}
		ids = nil
		for _, one := range newest {
			if one.Items > 0 {
				ids = append(ids, one.ID)
			}
		}
	}
	for _, id := range ids {
		items, err := s.store.ListSaleItems(r.Context(), a.by(), id, 0, 1)
		if err != nil {
			return "", err
		}
		if len(items) > 0 {
			return items[0].Currency, nil
		}
	}
	return "EUR", nil
}

// sendItems sends the table of a draft's items, with a form that may be wrong.
func (s *Server) sendItems(a *reply, r *http.Request, status int, sale *store.ShownSale, v page.ItemsView) error {
	items, err := s.store.ListSaleItems(r.Context(), a.by(), sale.ID, v.After, itemsPerPage)
	if err != nil {
		return err
	}
	v.Count, v.TakesPayment, v.Items = sale.Items, sale.TakesPayment, draftItems(items)
	path := page.DraftPath(sale.ID, page.StepItems)
	if v.After > 0 {
		v.Before = path + "?after=" + strconv.Itoa(max(0, v.After-itemsPerPage))
	}
	if n := len(items); n == itemsPerPage && items[n-1].Position < sale.Items {
		v.More = path + "?after=" + strconv.Itoa(items[n-1].Position)
	}
	return a.page(r, status, page.Items(v))
}

func draftItems(items []store.ShownItem) []page.DraftItem {
	rows := make([]page.DraftItem, len(items))
	for n, i := range items {
		rows[n] = page.DraftItem{
			ID: i.ID, SKU: i.SKU, Title: i.Title, Price: ui.Money{Minor: i.PriceCents, Currency: i.Currency}, Units: i.UnitsAllotted, Limit: i.LimitPerUser,
			Hold: i.HoldMinutes, Extension: i.ExtensionMinutes, Edits: i.Edits,
		}
		if i.ListPriceCents != nil {
			rows[n].List = ui.Money{Minor: *i.ListPriceCents, Currency: i.Currency}
		}
	}
	return rows
}

// addItem adds one item by hand.
func (s *Server) addItem(a *reply, r *http.Request) error {
	form, err := wire.ReadForm(r, itemFields...)
	if err != nil {
		return err
	}
	sale, err := s.draft(a, r)
	if sale == nil {
		return err
	}
	v := page.ItemsView{DraftView: a.draftView(sale, page.StepItems, page.DraftPath(sale.ID, page.StepItems))}
	v.Form.Typed = typed(form, itemFields...)
	e, errs := readItem(v.Form.Typed)
	if v.Form.Errors = errs; len(errs) > 0 {
		return s.sendItems(a, r, http.StatusBadRequest, sale, v)
	}
	a.act = "item add"
	outcome, err := s.store.AddItems(r.Context(), a.by(), sale.ID, []store.NewItem{{
		SKU: e.SKU, Title: e.Title, Body: e.Body, Vendor: e.Vendor, ImageURL: e.ImageURL, PriceCents: e.PriceCents, ListPriceCents: e.ListPriceCents,
		Currency: e.Currency, Units: e.Units, LimitPerUser: e.LimitPerUser, HoldMinutes: e.HoldMinutes, ExtensionMinutes: e.ExtensionMinutes,
	}})
	if err != nil {
		return err
	}
	if a.outcome = string(outcome); outcome == store.DuplicateSKU {
		v.Form.Errors = ui.FieldErrors{{Field: "sku", Code: page.SKUTaken}}
		return s.sendItems(a, r, http.StatusConflict, sale, v)
	}
	return a.toldItems(sale.ID, outcome)
}

// toldItems leads back to the items of a draft, which tell what came of it.
func (a *reply) toldItems(sale uint64, outcome store.Outcome) error {
	a.outcome = string(outcome)
	switch outcome {
	case store.NotAllowed, store.NoSuchSale, store.NotADraft:
		return a.toldAt(salePath(sale), outcome, nil)
	}
	return a.seeOther(page.DraftPath(sale, page.StepItems) + "?told=" + string(outcome))
}

// readItem reads the form of an item, as the tables allow it.
func readItem(typed map[string]string) (e store.EditedItem, errs ui.FieldErrors) {
	wrong := func(field, code string) {
		if code != "" {
			errs = append(errs, ui.FieldError{Field: field, Code: code})
		}
	}
	line := func(name string) string { return strings.TrimSpace(typed[name]) }
	e.Title, e.SKU, e.Vendor, e.ImageURL, e.Body = line("title"), line("sku"), line("vendor"), line("picture"), textOf(typed["body"])
	wrong("title", lineError(e.Title, 1, maxTitle, page.TitleMissing, page.TitleLong))
	wrong("sku", lineError(e.SKU, 1, maxSKU, page.SKUBad, page.SKUBad))
	e.Currency = strings.ToUpper(line("currency"))
	if !catalog.Currency(e.Currency) {
		wrong("currency", page.CurrencyBad)
	} else {
		var err error
		if e.PriceCents, err = catalog.ParsePrice(e.Currency, line("price")); err != nil {
			wrong("price", page.PriceBad)
		}
		if text := line("list"); text != "" {
			list, err := catalog.ParsePrice(e.Currency, text)
			if err != nil || list < e.PriceCents {
				wrong("list", page.ListBad)
			}
			e.ListPriceCents = &list
		}
	}
	units, ok := whole(typed["units"], 0, maxUnits)
	if !ok {
		wrong("units", page.ItemUnitsBad)
	}
	e.Units = units
	errs = append(errs, readRules(typed, &e.LimitPerUser, &e.HoldMinutes, &e.ExtensionMinutes)...)
	wrong("vendor", lineError(e.Vendor, 0, maxVendor, "", page.VendorLong))
	if !pictureOK(e.ImageURL) {
		wrong("picture", page.PictureBad)
	}
	if !plainText(e.Body, maxText) {
		wrong("body", page.TextLong)
	}
	return e, errs
}

// pictureOK takes what the shop's pages show: an https address or a path of the shop.
func pictureOK(address string) bool {
	if address == "" {
		return true
	}
	if len(address) > maxPicture || strings.ContainsFunc(address, func(c rune) bool { return c <= ' ' || c > '~' }) {
		return false
	}
	return strings.HasPrefix(address, "images/") || ui.Picture{URL: address}.Shown()
}

// savedItem is what stands in the fields of an item.
func savedItem(e store.EditedItem) map[string]string {
	list := ""
	if e.ListPriceCents != nil {
		list = catalog.WritePrice(e.Currency, *e.ListPriceCents)
	}
	return map[string]string{
		"title": e.Title, "sku": e.SKU, "currency": e.Currency, "price": catalog.WritePrice(e.Currency, e.PriceCents), "list": list, "units": strconv.Itoa(e.Units),
		"limit": strconv.Itoa(e.LimitPerUser), "hold": strconv.Itoa(e.HoldMinutes), "extension": strconv.Itoa(e.ExtensionMinutes), "vendor": e.Vendor,
		"picture": e.ImageURL, "body": e.Body,
	}
}

// itemOfDraft reads the draft and the item of the path. One that is no draft any more is led away from: then both are nil.
func (s *Server) itemOfDraft(a *reply, r *http.Request) (*store.ShownSale, *store.EditedItem, error) {
	id, err := numberOf(r, "item")
	if err != nil || id == 0 {
		return nil, nil, refused(page.NotFound)
	}
	number, err := numberOf(r, "sale")
	if err != nil {
		return nil, nil, err
	}
	item, err := s.store.ShowDraftItem(r.Context(), a.by(), number, id)
	if err != nil {
		return nil, nil, err
	}
	sale, err := s.draft(a, r)
	if sale == nil {
		return nil, nil, err
	}
	return sale, &item, nil
}

func itemView(a *reply, sale *store.ShownSale, item *store.EditedItem) page.ItemView {
	path := page.DraftPath(sale.ID, page.StepItems) + "/" + strconv.FormatUint(item.ID, 10) + "/edit"
	v := page.ItemView{DraftView: a.draftView(sale, page.StepItems, path), Item: item.ID, SKU: item.SKU, TakesPayment: item.TakesPayment}
	v.Edits, v.Form.Typed = item.Edits, savedItem(*item)
	return v
}

// editItem shows one item of a draft, to edit.
func (s *Server) editItem(a *reply, r *http.Request) error {
	sale, item, err := s.itemOfDraft(a, r)
	if item == nil {
		return err
	}
	return a.page(r, http.StatusOK, page.Item(itemView(a, sale, item)))
}

// saveItem saves one item of a draft. When somebody else has saved since the form was made, nothing is changed and the page shows both.
func (s *Server) saveItem(a *reply, r *http.Request) error {
	form, err := wire.ReadForm(r, append([]string{"edits"}, itemFields...)...)
	if err != nil {
		return err
	}
	sale, item, err := s.itemOfDraft(a, r)
	if item == nil {
		return err
	}
	edits, ok := wire.Number(form.Get("edits"))
	if !ok {
		return refused(page.BadRequest)
	}
	v := itemView(a, sale, item)
	v.Form.Typed = typed(form, itemFields...)
	e, errs := readItem(v.Form.Typed)
	if v.Form.Errors = errs; len(errs) > 0 {
		v.Edits = uint(edits)
		return a.page(r, http.StatusBadRequest, page.Item(v))
	}
	e.ID, e.Edits = item.ID, uint(edits)
	a.act = "item edit"
	outcome, err := s.store.UpdateItem(r.Context(), a.by(), e)
	if err != nil {
		return err
	}
	a.outcome = string(outcome)
	switch outcome {
	case store.DuplicateSKU:
		v.Edits, v.Form.Errors = uint(edits), ui.FieldErrors{{Field: "sku", Code: page.SKUTaken}}
	case store.ChangedMeanwhile:
		if sale, item, err = s.itemOfDraft(a, r); item == nil {
			return err
		}
		was := v.Form.Typed
		v = itemView(a, sale, item)
		v.Form.Saved, v.Form.Typed, v.Form.Conflict = v.Form.Typed, was, true
		v.Form.Errors = ui.FieldErrors{{Code: page.Meanwhile}}
	default:
		return a.toldItems(sale.ID, outcome)
	}
	return a.page(r, http.StatusConflict, page.Item(v))
}

// removeItem takes an item out of a draft.
func (s *Server) removeItem(a *reply, r *http.Request) error {
	form, err := wire.ReadForm(r, "edits")
	if err != nil {
		return err
	}
	sale, item, err := s.itemOfDraft(a, r)
	if item == nil {
		return err
	}
	edits, ok := wire.Number(form.Get("edits"))
	if !ok {
		return refused(page.BadRequest)
	}
	a.act = "item remove"
	outcome, err := s.store.RemoveItem(r.Context(), a.by(), item.ID, uint(edits))
	if err != nil {
		return err
	}
	return a.toldItems(sale.ID, outcome)
}
