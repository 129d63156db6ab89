package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"
)

// States of a product.
const (
	ProductActive   = "active"
	ProductArchived = "archived" // kept, and put into no new sale
)

// Product is what a shop sells at all. Items of sales are copies of products, which a later change does not reach. Amounts are in the smallest unit of
// Currency, times are UTC.
type Product struct {
	ID             uint64    `db:"id"`
	SKU            string    `db:"sku"`
	Title          string    `db:"title"`
	Body           string    `db:"body"` // plain text
	Vendor         string    `db:"vendor"`
	ImageURL       string    `db:"image_url"` // images/{number}.jpg or .png, an https address, or a path of the shop; "": none
	PriceCents     int64     `db:"price_cents"`
	ListPriceCents *int64    `db:"list_price_cents"` // nil: none
	Currency       string    `db:"currency"`
	State          string    `db:"state"`   // ProductActive or ProductArchived
	Version        uint64    `db:"version"` // raised by each change of words or price
	ChangedAt      time.Time `db:"changed_at"`
	CreatedAt      time.Time `db:"created_at"`
}

// ProductFilter says which products of a list are meant.
type ProductFilter struct {
	State  string // ProductActive or ProductArchived; "": both
	Search string // part of the title or beginning of the SKU, in any case; "": all
	Before uint64 // number of the last product of the page before; 0: the first page
}

// ListProducts returns the newest products, at most limit. A member sees those of the own shop; who may not read sees none.
func (s *Store) ListProducts(ctx context.Context, by Actor, f ProductFilter, limit int) ([]Product, error) {
	var products []Product
	err := s.staff.list(ctx, &products, "list_products", "CALL list_products(?, ?, ?, ?, ?)", by.staffID(), f.State, f.Search, f.Before, limit)
	return products, err
}

// ShowProduct returns one product of by's shop, or ErrNotFound.
func (s *Store) ShowProduct(ctx context.Context, by Actor, product uint64) (Product, error) {
	var p Product
	err := s.staff.get(ctx, &p, "show_product", "CALL show_product(?, ?)", by.staffID(), product)
	return p, err
}

// SaveProduct changes the words and the price of a product; ID 0 makes one. Version is the one that was edited. Picture and state are not saved here.
// Outcomes: NotAllowed, NoSuchProduct, ChangedMeanwhile, DuplicateSKU, Created, Saved.
func (s *Store) SaveProduct(ctx context.Context, by Actor, p Product) (Outcome, uint64, error) {
	var r struct {
		Outcome   Outcome `db:"outcome"`
		ProductID *uint64 `db:"product_id"`
	}
	err := s.staff.get(ctx, &r, "save_product", "CALL save_product(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
		by.staffID(), p.ID, p.Version, p.SKU, p.Title, p.Body, p.Vendor, p.PriceCents, p.ListPriceCents, p.Currency, by.name)
	if err != nil || r.ProductID == nil {
		return r.Outcome, 0, err
	}
	return r.Outcome, *r.ProductID, nil
}

// SetProductState archives a product or takes it back.
// Outcomes: NotAllowed, NoSuchProduct, Repeated, Set.
func (s *Store) SetProductState(ctx context.Context, by Actor, product uint64, state string) (Outcome, error) {
	return s.changeProduct(ctx, "set_product_state", "CALL set_product_state(?, ?, ?, ?)", by.staffID(), product, state, by.name)
}

func (s *Store) changeProduct(ctx context.Context, procedure, call string, args ...any) (Outcome, error) {
	var r struct {
		Outcome Outcome `db:"outcome"`
	}
	err := s.staff.get(ctx, &r, procedure, call, args...)
	return r.Outcome, err
}

// SaleProduct is a product on its way into a sale.
type SaleProduct struct {
	ProductID    uint64 `json:"product_id"`
	Units        int    `json:"units"`
	PriceCents   *int64 `json:"price_cents"` // in the sale; nil: the product's
	LimitPerUser int    `json:"limit_per_user"`
	HoldMinutes  int    `json:"hold_minutes"`
}

// AddProductsToSale adds copies of up to 1000 products to a draft, all or none.
// Outcomes: NotAllowed, NoSuchSale, NotADraft, NoSuchProduct, DuplicateSKU, Added.
func (s *Store) AddProductsToSale(ctx context.Context, by Actor, sale uint64, products []SaleProduct) (Outcome, error) {
	if len(products) > maxItemsPerCall {
		return "", fmt.Errorf("add_products_to_sale: %d products in one call, at most %d", len(products), maxItemsPerCall)
	}
	doc, err := json.Marshal(append([]SaleProduct{}, products...)) // a list, even if it is empty
	if err != nil {
		return "", fmt.Errorf("add_products_to_sale: %w", err)
	}
	return s.changeProduct(ctx, "add_products_to_sale", "CALL add_products_to_sale(?, ?, ?, ?, ?)", by.staffID(), sale, string(doc), newID(), by.name)
}
