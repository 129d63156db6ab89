package store

import (
	"context"
	"time"

	"github.com/google/uuid"
)

// OrderRange says which orders an export or a task means. Times are UTC.
type OrderRange struct {
	Sale  uint64     // 0: of every sale of the shop
	State string     // held, paid, cancelled, expired or refunded; "": any
	From  *time.Time // placed at or after it; nil: ever
	To    *time.Time // placed before it; nil: until now
	First []byte     // no smaller order number is meant; nil: none
	Last  []byte     // no greater one
}

// ExportedOrder is an order with all that an export tells of it. Amounts are in the smallest unit of Currency, times are UTC.
type ExportedOrder struct {
	ID             uuid.UUID
	ItemID         uint64
	SaleID         uint64
	UserID         uint64
	Units          int
	UnitPriceCents int64
	State          string
	PlacedAt       time.Time
	HoldExpiresAt  *time.Time // nil unless held
	PaidAt         *time.Time
	ClosedAt       *time.Time
	RequestID      uuid.UUID
	SKU            string
	Title          string
	Currency       string
	SaleTitle      string
	Name           string // of the shopper, as they or the merchant wrote it: anything may stand in it
	Email          string // so may in this
}

// Walked is one step of a walk over orders.
type Walked struct {
	Orders []ExportedOrder
	Last   []byte // the last order that was looked at; nil: none was
	More   bool   // there may be more behind Last
}

// walkedRow is a row of walk_orders: the first one says how far it looked, and has no order.
type walkedRow struct {
	LastID         []byte     `db:"last_id"`
	More           *bool      `db:"more"`
	ID             *uuid.UUID `db:"id"`
	ItemID         *uint64    `db:"item_id"`
	SaleID         *uint64    `db:"sale_id"`
	UserID         *uint64    `db:"user_id"`
	Units          *int       `db:"units"`
	UnitPriceCents *int64     `db:"unit_price_cents"`
	State          *string    `db:"state"`
	PlacedAt       *time.Time `db:"placed_at"`
	HoldExpiresAt  *time.Time `db:"hold_expires_at"`
	PaidAt         *time.Time `db:"paid_at"`
	ClosedAt       *time.Time `db:"closed_at"`
	RequestID      *uuid.UUID `db:"request_id"`
	SKU            *string    `db:"sku"`
	Title          *string    `db:"title"`
	Currency       *string    `db:"currency"`
	SaleTitle      *string    `db:"sale_title"`
	Name           *string    `db:"name"`
	Email          *string    `db:"email"`
}

func (r walkedRow) order() ExportedOrder {
	return ExportedOrder{
		ID: *r.ID, ItemID: *r.ItemID, SaleID: *r.SaleID, UserID: *r.UserID, Units: *r.Units, UnitPriceCents: *r.UnitPriceCents, State: *r.State,
		PlacedAt: *r.PlacedAt, HoldExpiresAt: r.HoldExpiresAt, PaidAt: r.PaidAt, ClosedAt: r.ClosedAt, RequestID: *r.RequestID,
		SKU: *r.SKU, Title: *r.Title, Currency: *r.Currency, SaleTitle: *r.SaleTitle, Name: *r.Name, Email: *r.Email,
	}
}

// WalkOrders looks at the next limit orders of a range behind after (nil: its first), and returns those that are meant and are of by's shop. ErrNotFound: by may not have
// them. Walk on with Walked.Last until there is no More.
func (s *Store) WalkOrders(ctx context.Context, by Actor, f OrderRange, after []byte, limit int) (Walked, error) {
	if f.First == nil || f.Last == nil { // NULL means the whole table to the procedure, and here that there is none
		return Walked{}, nil
	}
	var rows []walkedRow
	err := s.staff.list(ctx, &rows, "walk_orders", "CALL walk_orders(?, ?, ?, ?, ?, ?, ?, ?, ?)",
		by.staffID(), orNull(f.Sale), f.State, f.From, f.To, f.First, f.Last, bytesOrNull(after), limit)
	if err != nil {
		return Walked{}, err
	}
	if len(rows) == 0 {
		return Walked{}, ErrNotFound
	}
	w := Walked{Last: rows[0].LastID, More: rows[0].More != nil && *rows[0].More, Orders: make([]ExportedOrder, 0, len(rows)-1)}
	for _, r := range rows[1:] {
		w.Orders = append(w.Orders, r.order())
	}
	return w, nil
}

// orNull is the number of something, NULL for none.
func orNull(id uint64) any {
	if id == 0 {
		return nil
	}
	return id
}

// bytesOrNull is an id of 16 bytes, NULL for none.
func bytesOrNull(id []byte) any {
	if len(id) == 0 {
		return nil
	}
	return id
}

// OrderCount is how many orders there are in one currency.
type OrderCount struct {
	Currency     string    `db:"currency"`
	Orders       int64     `db:"order_count"`
	Units        int64     `db:"units"`
	TotalCents   int64     `db:"total_cents"`
	DatabaseTime time.Time `db:"database_time"` // when they were counted
}

// CountOrders counts the orders of a sale of by's shop in a state ("": any), one OrderCount per currency.
func (s *Store) CountOrders(ctx context.Context, by Actor, sale uint64, state string) ([]OrderCount, error) {
	var counts []OrderCount
	err := s.staff.list(ctx, &counts, "count_orders", "CALL count_orders(?, ?, ?)", by.staffID(), sale, state)
	return counts, err
}

// LastMail is the last mail about an order.
type LastMail struct {
	ID      uint64     `db:"id"`
	Kind    string     `db:"kind"`
	State   string     `db:"state"`
	EndedAt *time.Time `db:"ended_at"` // nil: it is on its way
}

// FindLastMail returns the last mail about an order of by's shop, or ErrNotFound.
func (s *Store) FindLastMail(ctx context.Context, by Actor, order uuid.UUID) (LastMail, error) {
	var m LastMail
	err := s.staff.get(ctx, &m, "find_last_mail", "CALL find_last_mail(?, ?)", by.staffID(), order[:])
	return m, err
}
