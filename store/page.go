package store

import (
	"context"
	"time"
)

// Sale is a sale as shoppers see it. Times are UTC.
type Sale struct {
	LiveSale
	Title        string    `db:"title"`
	Description  string    `db:"description"`
	TimeZone     string    `db:"time_zone"`
	TakesPayment bool      `db:"takes_payment"`
	Message      string    `db:"message"` // what staff tell shoppers on its pages; empty: nothing
	DatabaseTime time.Time `db:"database_time"`
	ItemCount    int       `db:"item_count"`
	ImageURL     *string   `db:"image_url"` // of its first item; nil: it has none
}

// Item is an item as shoppers see it. Amounts are in the smallest unit of Currency.
type Item struct {
	ID             uint64    `db:"id"`
	SaleID         uint64    `db:"sale_id"`
	Position       int       `db:"position"`
	SKU            string    `db:"sku"`
	Title          string    `db:"title"`
	Body           string    `db:"body"`
	Vendor         string    `db:"vendor"`
	ImageURL       string    `db:"image_url"`
	PriceCents     int64     `db:"price_cents"`
	ListPriceCents *int64    `db:"list_price_cents"` // nil: none
	Currency       string    `db:"currency"`
	UnitsAllotted  int       `db:"units_allotted"`
	LimitPerUser   int       `db:"limit_per_user"`
	HoldMinutes    int       `db:"hold_minutes"`
	Fairness       string    `db:"fairness"`
	Shards         int       `db:"shards"`
	ChangedAt      time.Time `db:"changed_at"` // of the sale: a page rendered before it is stale
}

const (
	saleColumns = "id, state, opens_at, members_open_at, closes_at, changed_at, title, description, time_zone, takes_payment, message, database_time, item_count, image_url"
	itemColumns = "id, sale_id, position, sku, title, body, vendor, image_url, price_cents, list_price_cents, currency, units_allotted, limit_per_user, " +
		"hold_minutes, fairness, shards, changed_at"
)

// Sales returns the published sales, at most limit, those that close last first.
func (s *Store) Sales(ctx context.Context, limit int) ([]Sale, error) {
	var sales []Sale
	err := s.pages.list(ctx, &sales, "public_sales", "SELECT "+saleColumns+" FROM public_sales ORDER BY closes_at DESC, id DESC LIMIT ?", limit)
	return sales, err
}

// Sale returns a published sale, ErrNotFound if there is none of this number.
func (s *Store) Sale(ctx context.Context, sale uint64) (Sale, error) {
	var row Sale
	err := s.pages.get(ctx, &row, "public_sales", "SELECT "+saleColumns+" FROM public_sales WHERE id = ?", sale)
	return row, err
}

// Items returns up to limit items of a published sale that come after position after (0: from the first), in the sale's order.
func (s *Store) Items(ctx context.Context, sale uint64, after, limit int) ([]Item, error) {
	var items []Item
	err := s.pages.list(ctx, &items, "public_items",
		"SELECT "+itemColumns+" FROM public_items WHERE sale_id = ? AND position > ? ORDER BY position LIMIT ?", sale, after, limit)
	return items, err
}

// Item returns an item of a published sale, ErrNotFound if there is none of this number.
func (s *Store) Item(ctx context.Context, item uint64) (Item, error) {
	var row Item
	err := s.pages.get(ctx, &row, "public_items", "SELECT "+itemColumns+" FROM public_items WHERE id = ?", item)
	return row, err
}
