package admin

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"doorbuster/admin/page"
	"doorbuster/catalog"
	"doorbuster/photo"
	"doorbuster/store"
	"doorbuster/web/ui"
	"doorbuster/web/wire"
)

// productsPerPage is how many products a page has: each has a box to pick it, and a form has at most 32 fields.
const productsPerPage = 20

var (
	takesPicture = kind{paged: true, needs: signedIn, right: "sell", most: photo.MaxFile + formRoom}
	takesFile    = kind{paged: true, needs: signedIn, right: "sell", most: maxImportFile + formRoom}
	ownPicture   = kind{needs: signedIn, right: "read"}
)

// formRoom is what a form has besides its file.
const formRoom = 64 << 10

func (s *Server) productRoutes() []route {
	return []route{
		{get, "/products", read, s.listProducts},
		{get, "/products/new", sell, s.askProduct},
		{post, "/products", sell, s.saveProduct},
		{get, "/products/{product}", read, s.showProduct},
		{post, "/products/{product}", sell, s.saveProduct},
		{post, "/products/{product}/archive", sell, s.setProductState(store.ProductArchived)},
		{post, "/products/{product}/restore", sell, s.setProductState(store.ProductActive)},
		{post, "/products/{product}/picture", takesPicture, s.setProductPicture},
		{post, "/products/{product}/picture/remove", sell, s.removeProductPicture},
		{post, "/products/to-sale", sell, s.addToSale},
		{get, "/products/export", read, s.exportProducts},
		{get, "/products/import", sell, s.askImport},
		{post, "/products/import", takesFile, s.uploadImport},
		{get, "/products/imports/{import}", read, s.showProductImport},
		{post, "/products/imports/{import}/confirm", sell, s.confirmImport},

		// Without a language.
		{get, "/images/{name}", ownPicture, s.showPicture},
	}
}

func productPath(product uint64) string { return "/products/" + strconv.FormatUint(product, 10) }

// productStates are the tabs of the list.
var productStates = map[string]bool{store.ProductActive: true, store.ProductArchived: true}

// listProducts shows the products of a state, newest first.
func (s *Server) listProducts(a *reply, r *http.Request) error {
	query, err := wire.ReadQuery(r, "state", "search", "before")
	if err != nil {
		return err
	}
	f := store.ProductFilter{State: query.Get("state"), Search: query.Get("search")}
	if f.State == "" {
		f.State = store.ProductActive
	}
	if f.Before, err = keyOf(query.Get("before")); err != nil || !productStates[f.State] || len(f.Search) > maxSearch {
		return refused(page.BadRequest)
	}
	return s.sendProducts(a, r, http.StatusOK, f, page.ToSaleView{})
}

// keyOf reads a place in a list; "" is the first.
func keyOf(text string) (uint64, error) {
	if text == "" {
		return 0, nil
	}
	n, ok := wire.Number(text)
	if !ok {
		return 0, refused(page.BadRequest)
	}
	return n, nil
}

// sendProducts sends a page of the list with what the form below it has already.
func (s *Server) sendProducts(a *reply, r *http.Request, status int, f store.ProductFilter, form page.ToSaleView) error {
	products, err := s.store.ListProducts(r.Context(), a.by(), f, productsPerPage+1)
	if err != nil {
		return err
	}
	filter := url.Values{}
	if f.State != store.ProductActive {
		filter.Set("state", f.State)
	}
	if f.Search != "" {
		filter.Set("search", f.Search)
	}
	v := page.ProductListView{Frame: a.frame(withQuery("/products", filter), "products"), State: f.State, Search: f.Search, MayChange: a.may("sell"), ToSale: form}
	if len(products) > productsPerPage {
		products = products[:productsPerPage]
		filter.Set("before", strconv.FormatUint(products[productsPerPage-1].ID, 10))
		v.More = withQuery("/products", filter)
	}
	for _, p := range products {
		v.Products = append(v.Products, productRow(p))
	}
	if v.MayChange && f.State == store.ProductActive && len(products) > 0 {
		if v.ToSale.Drafts, err = s.drafts(a, r); err != nil {
			return err
		}
		v.ToSale.Search, v.ToSale.Before = f.Search, f.Before
	}
	return a.page(r, status, page.ProductList(v))
}

func productRow(p store.Product) page.ProductRow {
	row := page.ProductRow{
		ID: p.ID, SKU: p.SKU, Title: p.Title, Vendor: p.Vendor, Price: ui.Money{Minor: p.PriceCents, Currency: p.Currency}, State: p.State, Changed: p.ChangedAt,
		Picture: pictureOf(p.ImageURL),
	}
	if p.ListPriceCents != nil {
		row.List = ui.Money{Minor: *p.ListPriceCents, Currency: p.Currency}
	}
	return row
}

// pictureOf is a product's picture as the console can show it: an uploaded one or one elsewhere. Those that came with the shop's pages are there only.
func pictureOf(address string) ui.Picture {
	if name, ok := strings.CutPrefix(address, "images/"); ok {
		if _, uploaded := store.ParseImageName(name); !uploaded {
			return ui.Picture{}
		}
		return ui.Picture{URL: "/" + address}
	}
	return ui.Picture{URL: address}
}

// askProduct shows the empty form.
func (s *Server) askProduct(a *reply, r *http.Request) error {
	v := page.ProductView{Frame: a.frame("/products/new", "products"), MayChange: true, Typed: page.ProductWords{Currency: s.usualCurrency(a, r)}}
	return a.page(r, http.StatusOK, page.ProductShow(v))
}

// usualCurrency is that of the product made last: a shop mostly has one.
func (s *Server) usualCurrency(a *reply, r *http.Request) string {
	last, err := s.store.ListProducts(r.Context(), a.by(), store.ProductFilter{}, 1)
	if err != nil || len(last) == 0 {
		return "EUR" // only what stands in the field at first
	}
	return last[0].Currency
}

// productTold are the outcomes that the page of a product has words for.
var productTold = map[string]bool{"created": true, "saved": true, "archived": true, "restored": true, "picture_set": true, "picture_removed": true}

// showProduct shows one product with its form.
func (s *Server) showProduct(a *reply, r *http.Request) error {
	p, err := s.productIn(a, r)
	if err != nil {
		return err
	}
	query, err := wire.ReadQuery(r, "told")
	if err != nil {
		return err
	}
	v := page.ProductView{Typed: wordsOf(p), Version: p.Version}
	if told := query.Get("told"); productTold[told] {
		v.Told = told
	}
	return s.sendProduct(a, r, http.StatusOK, p, v)
}

// productIn is the product that the path names.
func (s *Server) productIn(a *reply, r *http.Request) (store.Product, error) {
	id, err := numberOf(r, "product")
	if err != nil {
		return store.Product{}, err
	}
	p, err := s.store.ShowProduct(r.Context(), a.by(), id)
	return p, notBegun(err)
}

// wordsOf are the fields of a product as its form shows them.
func wordsOf(p store.Product) page.ProductWords {
	w := page.ProductWords{
		SKU: p.SKU, Title: p.Title, Body: p.Body, Vendor: p.Vendor, Price: catalog.WritePrice(p.Currency, p.PriceCents), Currency: p.Currency,
	}
	if p.ListPriceCents != nil {
		w.List = catalog.WritePrice(p.Currency, *p.ListPriceCents)
	}
	return w
}

// sendProduct sends the page of a product with what v has already.
func (s *Server) sendProduct(a *reply, r *http.Request, status int, p store.Product, v page.ProductView) error {
	v.Frame, v.Product, v.MayChange, v.Body = a.frame(productPath(p.ID), "products"), productRow(p), a.may("sell"), p.Body
	var things []string
	if v.Told == "archived" || v.Told == "restored" {
		things = []string{"product " + strconv.FormatUint(p.ID, 10) + " state"}
	}
	if err := s.addUndo(a, r, &v.Undo, 0, things...); err != nil {
		return err
	}
	if v.Typed == (page.ProductWords{}) {
		v.Typed, v.Version = wordsOf(p), p.Version
	}
	if v.MayChange && p.State == store.ProductActive {
		var err error
		if v.ToSale.Drafts, err = s.drafts(a, r); err != nil {
			return err
		}
	}
	return a.page(r, status, page.ProductShow(v))
}

// drafts are the drafts that products can be put into, newest first.
func (s *Server) drafts(a *reply, r *http.Request) ([]page.DraftRow, error) {
	sales, err := s.store.ListSales(r.Context(), a.by(), store.SaleFilter{Tab: "draft"}, perPage)
	if err != nil {
		return nil, err
	}
	var rows []page.DraftRow
	for _, sale := range sales {
		if sale.State == "draft" { // not one whose import runs
			rows = append(rows, page.DraftRow{ID: sale.ID, Title: sale.Title})
		}
	}
	return rows, nil
}

// setProductState makes the handler that archives a product or takes it back.
func (s *Server) setProductState(state string) handler {
	told := map[string]string{store.ProductArchived: "archived", store.ProductActive: "restored"}[state]
	return func(a *reply, r *http.Request) error {
		id, err := numberOf(r, "product")
		if err != nil {
			return err
		}
		if _, err := wire.ReadForm(r); err != nil {
			return err
		}
		a.act = "product " + told
		outcome, err := s.store.SetProductState(r.Context(), a.by(), id, state)
		if err != nil {
			return err
		}
		return a.toldProduct(id, outcome, told)
	}
}

// toldProduct leads back to the page of a product, which tells what came of it.
func (a *reply) toldProduct(product uint64, outcome store.Outcome, told string) error {
	a.outcome = string(outcome)
	switch outcome {
	case store.NotAllowed:
		return refused(page.NotAllowed)
	case store.NoSuchProduct:
		return refused(page.NotFound)
	default:
		return a.seeOther(productPath(product) + "?told=" + told)
	}
}
