package page

import (
	"context"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"doorbuster/web/ui"
)

// States of a product; the bytes are those of the database.
const (
	ProductActive   = "active"
	ProductArchived = "archived"
)

// ProductStates lists them in the order of the tabs.
var ProductStates = []string{ProductActive, ProductArchived}

// Codes of FieldError of the forms of products.
const (
	ProductSKUMissing   = "product_sku_missing"
	ProductSKUBad       = "product_sku_bad"
	ProductSKUTaken     = "product_sku_taken"
	ProductTitleMissing = "product_title_missing"
	ProductTitleBad     = "product_title_bad"
	ProductVendorBad    = "product_vendor_bad"
	ProductBodyLong     = "product_body_long"
	ProductPriceBad     = "product_price_bad"
	ProductListBad      = "product_list_bad"
	ProductListLow      = "product_list_low"
	ProductCurrencyBad  = "product_currency_bad"
	ProductChanged      = "product_changed"

	PictureMissing = "picture_missing"
	PictureKind    = "picture_kind"
	PictureBroken  = "picture_broken"
	PictureLarge   = "picture_large"

	ToSaleMissing = "to_sale_missing"
	ToSalePick    = "to_sale_pick"
	ToSalePrice   = "to_sale_price"
	ToSaleLimit   = "to_sale_limit"
	ToSaleHold    = "to_sale_hold"
	ToSaleThere   = "to_sale_there"
	ToSaleGone    = "to_sale_gone"
	ToSaleNoDraft = "to_sale_no_draft"
)

// ProductErrorCodes lists them all, but for UnitsBad, which stands in SaleErrorCodes.
var ProductErrorCodes = []string{
	ProductSKUMissing, ProductSKUBad, ProductSKUTaken, ProductTitleMissing, ProductTitleBad, ProductVendorBad, ProductBodyLong, ProductPriceBad, ProductListBad,
	ProductListLow, ProductCurrencyBad, ProductChanged, PictureMissing, PictureKind, PictureBroken, PictureLarge, ToSaleMissing, ToSalePick, ToSalePrice, ToSaleLimit,
	ToSaleHold, ToSaleThere, ToSaleGone, ToSaleNoDraft, ImportFileMissing,
}

// ProductRow is one product in a table.
type ProductRow struct {
	ID      uint64
	SKU     string
	Title   string
	Vendor  string // may be empty
	Price   ui.Money
	List    ui.Money // Minor 0: no list price
	State   string   // one of ProductStates
	Changed time.Time
	Picture ui.Picture
}

// ProductListView is GET /{lang}/products?state=&search=.
type ProductListView struct {
	Frame
	State     string       // one of ProductStates
	Search    string       // as typed; empty: none
	Products  []ProductRow // newest first
	More      string       // path of the next page without the language; empty: no more
	MayChange bool
	ToSale    ToSaleView
}

// DraftRow is a draft that products can be put into.
type DraftRow struct {
	ID    uint64
	Title string
}

// ToSaleView is the form that puts products into a draft: POST /{lang}/products/to-sale (sale, units, price, limit, hold, shown, p{number}…, search, before, from).
type ToSaleView struct {
	Drafts []DraftRow
	Typed  bool // the fields below were typed
	Sale   uint64
	Units  string
	Price  string // an amount, a discount such as 20%, or empty
	Limit  string
	Hold   string
	Picked map[uint64]bool
	Search string // of the list that it belongs to
	Before uint64
	Errors ui.FieldErrors
}

// or is what was typed, or else what stands in the field at first.
func (v ToSaleView) or(typed, first string) string {
	if v.Typed {
		return typed
	}
	return first
}

// ProductWords are the fields of a product's form, as typed.
type ProductWords struct{ SKU, Title, Body, Vendor, Price, List, Currency string }

// ProductView is GET /{lang}/products/{product} and /{lang}/products/new, and the answer to their forms: POST to the same address (sku, title, body, vendor, price, list,
// currency, version), …/archive, …/restore, …/picture (picture, a file) and …/picture/remove.
type ProductView struct {
	Frame
	Product   ProductRow // ID 0: a new one
	Body      string     // as it is kept
	Typed     ProductWords
	Version   uint64        // that the form is about
	Theirs    *ProductWords // what somebody else has saved since; nil: nobody
	MayChange bool
	Told      string // one of ProductTold; others are not told
	Errors    ui.FieldErrors
	ToSale    ToSaleView
}

// ProductTold lists what the page of a product has words for.
var ProductTold = []string{"created", "saved", "archived", "restored", "picture_set", "picture_removed"}

// toldWords is what came of a form, "" for nothing.
func (v ProductView) toldWords(ctx context.Context) string {
	if !slices.Contains(ProductTold, v.Told) {
		return ""
	}
	return ui.T(ctx, "console_product_told_"+v.Told)
}

// path is where the form of words goes, without the language.
func (v ProductView) path() string {
	if v.Product.ID == 0 {
		return "/products"
	}
	return productPath(v.Product.ID)
}

func (v ProductView) title(ctx context.Context) string {
	if v.Product.ID == 0 {
		return ui.T(ctx, "console_product_new")
	}
	return v.Product.Title
}

// theirs is what somebody else has saved in a field, "" if it is what was typed or nobody has.
func (v ProductView) theirs(of func(ProductWords) string) string {
	if v.Theirs == nil || of(*v.Theirs) == of(v.Typed) {
		return ""
	}
	return of(*v.Theirs)
}

func productPath(id uint64) string { return "/products/" + strconv.FormatUint(id, 10) }

// productsPath is the address of a list without the language.
func productsPath(state, search string) string {
	query := url.Values{}
	if state != ProductActive {
		query.Set("state", state)
	}
	if search != "" {
		query.Set("search", search)
	}
	return withQuery("/products", query)
}

// shownIDs are the products on a page, as its form names them.
func shownIDs(products []ProductRow) string {
	var ids []string
	for _, p := range products {
		ids = append(ids, strconv.FormatUint(p.ID, 10))
	}
	return strings.Join(ids, ",")
}

// stateIcon is the mark of a product's state, and its tone.
func productMark(state string) (tone, icon string) {
	if state == ProductArchived {
		return "plain", "none"
	}
	return "good", "check"
}

// entry is a field of the forms of products.
type entry struct {
	ID, Name, Label, Help, Value, Error string
	Theirs                              string // what somebody else has saved in it; empty: nothing else
	Mode                                string // inputmode; empty: text
	Optional                            bool
}

func (e entry) describedBy() string {
	var ids []string
	if e.Error != "" {
		ids = append(ids, e.ID+"-error")
	}
	if e.Theirs != "" {
		ids = append(ids, e.ID+"-theirs")
	}
	if e.Help != "" {
		ids = append(ids, e.ID+"-help")
	}
	return strings.Join(ids, " ")
}
