package store

import (
	"context"
	"time"
)

// ShownSale is a sale as staff see it. UnitsAllotted = UnitsAvailable + UnitsHeld + UnitsSold at every instant, or something is broken: all four were read in
// one snapshot. Times are UTC.
type ShownSale struct {
	ID               uint64     `db:"id"`
	Title            string     `db:"title"`
	Description      string     `db:"description"`
	OpensAt          time.Time  `db:"opens_at"`
	ClosesAt         time.Time  `db:"closes_at"`
	TimeZone         string     `db:"time_zone"`
	State            string     `db:"state"`
	Tab              string     `db:"tab"` // as in ListedSale
	TakesPayment     bool       `db:"takes_payment"`
	ChangedAt        time.Time  `db:"changed_at"`
	Edits            uint       `db:"edits"`          // how often UpdateSale changed it
	LimitPerUser     int        `db:"limit_per_user"` // this and the next two: of items that are added from now on
	HoldMinutes      int        `db:"hold_minutes"`
	ExtensionMinutes int        `db:"extension_minutes"`
	MembersOpenAt    *time.Time `db:"members_open_at"` // nil: open to all from OpensAt
	Items            int        `db:"item_count"`
	UnitsAllotted    int64      `db:"units_allotted"`
	UnitsAvailable   int64      `db:"units_available"`
	UnitsHeld        int64      `db:"units_held"`
	UnitsSold        int64      `db:"units_sold"`
	FirstHoldEndsAt  *time.Time `db:"first_hold_ends_at"` // nil: nothing is held
	DatabaseTime     time.Time  `db:"database_time"`
}

// ShowSale returns one sale of by's shop, or ErrNotFound.
func (s *Store) ShowSale(ctx context.Context, by Actor, sale uint64) (ShownSale, error) {
	var one ShownSale
	err := s.staff.get(ctx, &one, "show_sale", "CALL show_sale(?, ?)", by.staffID(), sale)
	return one, err
}

// ShownItem is an item of a sale as staff see it. The equation of ShownSale holds for each.
type ShownItem struct {
	ID               uint64 `db:"id"`
	Position         int    `db:"position"`
	SKU              string `db:"sku"`
	Title            string `db:"title"`
	PriceCents       int64  `db:"price_cents"`
	ListPriceCents   *int64 `db:"list_price_cents"` // nil: none
	Currency         string `db:"currency"`
	LimitPerUser     int    `db:"limit_per_user"`
	HoldMinutes      int    `db:"hold_minutes"`
	ExtensionMinutes int    `db:"extension_minutes"`
	Edits            uint   `db:"edits"` // how often it was changed
	ImageURL         string `db:"image_url"`
	Shards           int    `db:"shards"`
	UnitsAllotted    int64  `db:"units_allotted"`
	UnitsAvailable   int64  `db:"units_available"`
	UnitsHeld        int64  `db:"units_held"`
	UnitsSold        int64  `db:"units_sold"`
}

// ListSaleItems returns the items of a sale of by's shop behind a place in it (0: from the first), at most limit.
func (s *Store) ListSaleItems(ctx context.Context, by Actor, sale uint64, after, limit int) ([]ShownItem, error) {
	var items []ShownItem
	err := s.staff.list(ctx, &items, "list_sale_items", "CALL list_sale_items(?, ?, ?, ?)", by.staffID(), sale, after, limit)
	return items, err
}

// LogLine is something that was done to a sale.
type LogLine struct {
	ID      uint64    `db:"id"`
	Action  string    `db:"action"` // as in the table sale_log
	Detail  string    `db:"detail"`
	Reason  string    `db:"reason"`
	Actor   string    `db:"actor"`
	StaffID *uint64   `db:"staff_id"` // nil: an operator at the command line, or a job
	MadeAt  time.Time `db:"made_at"`
}

// SaleLogLine is a line of the log of one sale.
type SaleLogLine struct {
	LogLine
	IsOpen bool `db:"is_open"` // it can be undone
}

// ListSaleLog returns the lines of a sale of by's shop with a number below before (0: the newest), newest first, at most limit.
func (s *Store) ListSaleLog(ctx context.Context, by Actor, sale, before uint64, limit int) ([]SaleLogLine, error) {
	var lines []SaleLogLine
	err := s.staff.list(ctx, &lines, "list_sale_log", "CALL list_sale_log(?, ?, ?, ?)", by.staffID(), sale, before, limit)
	return lines, err
}
