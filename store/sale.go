package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"
)

// NewSale describes a sale to create. Times are UTC.
type NewSale struct {
	Title        string
	Description  string
	OpensAt      time.Time
	ClosesAt     time.Time
	TimeZone     string // IANA name, for the pages
	TakesPayment bool   // false: orders are paid at once
	Importing    bool   // true: stays hidden until FinishImport
}

// NewItem describes an item to add. Amounts are in the smallest unit of Currency.
type NewItem struct {
	SKU              string `json:"sku"`
	Title            string `json:"title"`
	Body             string `json:"body"`
	Vendor           string `json:"vendor"`
	ImageURL         string `json:"image_url"`
	PriceCents       int64  `json:"price_cents"`
	ListPriceCents   *int64 `json:"list_price_cents"` // nil: none
	Currency         string `json:"currency"`
	Units            int    `json:"units"`
	LimitPerUser     int    `json:"limit_per_user"`
	HoldMinutes      int    `json:"hold_minutes"`
	ExtensionMinutes int    `json:"extension_minutes"` // how much longer a shopper may hold, once, if he asks; 0: not at all
	Shards           int    `json:"shards"`            // 0: DefaultShards
}

// DefaultShards is the number of stock rows an item gets unless told otherwise. A batch takes the row's lock once for hundreds of
// orders; more rows make the batches smaller, and a small stock in many rows makes them walk over empty ones.
const DefaultShards = 1

// CreateSale makes a sale without items, in the shop of the member who makes it (an operator: in shop 1), and returns its number.
// Outcomes: NotAllowed, BadTimes, Created.
func (s *Store) CreateSale(ctx context.Context, by Actor, n NewSale) (Outcome, uint64, error) {
	var r struct {
		Outcome Outcome `db:"outcome"`
		SaleID  *uint64 `db:"sale_id"`
	}
	err := s.staff.get(ctx, &r, "create_sale", "CALL create_sale(?, ?, ?, ?, ?, ?, ?, ?, ?)",
		by.staffID(), n.Title, n.Description, n.OpensAt.UTC(), n.ClosesAt.UTC(), n.TimeZone, n.TakesPayment, n.Importing, by.name)
	if err != nil || r.SaleID == nil {
		return r.Outcome, 0, err
	}
	return r.Outcome, *r.SaleID, nil
}

// maxItemsPerCall is the bound of add_items.
const maxItemsPerCall = 1000

// AddItems adds up to 1000 items to a sale that is not published, all or none.
// Outcomes: NotAllowed, NoSuchSale, NotADraft, DuplicateSKU, Added.
func (s *Store) AddItems(ctx context.Context, by Actor, sale uint64, items []NewItem) (Outcome, error) {
	if len(items) > maxItemsPerCall {
		return "", fmt.Errorf("add_items: %d items in one call, at most %d", len(items), maxItemsPerCall)
	}
	rows := make([]NewItem, len(items))
	for i, item := range items {
		if item.Shards == 0 {
			item.Shards = DefaultShards
		}
		rows[i] = item
	}
	doc, err := json.Marshal(rows)
	if err != nil {
		return "", fmt.Errorf("add_items: %w", err)
	}
	var r struct {
		Outcome Outcome `db:"outcome"`
	}
	err = s.staff.get(ctx, &r, "add_items", "CALL add_items(?, ?, ?, ?, ?)", by.staffID(), sale, string(doc), newID(), by.name)
	return r.Outcome, err
}

// ImportSale makes a sale with any number of items. It is hidden until all are in; if anything fails it is discarded again, so
// nothing is ever half imported. progress (may be nil) is told how many items are in.
// Outcomes: NotAllowed, BadTimes, DuplicateSKU, NoItems, Finished (the sale is a draft).
func (s *Store) ImportSale(ctx context.Context, by Actor, n NewSale, items []NewItem, progress func(done int)) (Outcome, uint64, error) {
	n.Importing = true
	outcome, sale, err := s.CreateSale(ctx, by, n)
	if err != nil || outcome != Created {
		return outcome, 0, err
	}
	outcome, err = s.importItems(ctx, by, sale, items, progress)
	if err == nil && outcome == Finished {
		return outcome, sale, nil
	}
	clean, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	if _, discardErr := s.DiscardSale(clean, by, sale, "import failed"); discardErr != nil {
		return outcome, 0, fmt.Errorf("import: %w; and the sale %d could not be discarded: %w", err, sale, discardErr)
	}
	return outcome, 0, err
}

func (s *Store) importItems(ctx context.Context, by Actor, sale uint64, items []NewItem, progress func(int)) (Outcome, error) {
	if outcome, err := s.addInChunks(ctx, by, sale, items, progress); err != nil || outcome != Added {
		return outcome, err
	}
	return s.FinishImport(ctx, by, sale)
}

// addInChunks adds any number of items to an import, which nobody sees until all are in.
func (s *Store) addInChunks(ctx context.Context, by Actor, sale uint64, items []NewItem, progress func(int)) (Outcome, error) {
	const chunk = 500
	for from := 0; from < len(items); from += chunk {
		to := min(from+chunk, len(items))
		if outcome, err := s.AddItems(ctx, by, sale, items[from:to]); err != nil || outcome != Added {
			return outcome, err
		}
		if progress != nil {
			progress(to)
		}
	}
	return Added, nil
}

// FinishImport turns a complete import into a draft.
// Outcomes: NotAllowed, NoSuchSale, NotImporting, NoItems, Finished.
func (s *Store) FinishImport(ctx context.Context, by Actor, sale uint64) (Outcome, error) {
	return s.changeSale(ctx, "finish_import", "CALL finish_import(?, ?, ?)", by.staffID(), sale, by.name)
}

// DiscardSale deletes a sale that was never published, with its items.
// Outcomes: NotAllowed, NoSuchSale, NotADraft, Discarded.
func (s *Store) DiscardSale(ctx context.Context, by Actor, sale uint64, reason string) (Outcome, error) {
	return s.changeSale(ctx, "discard_sale", "CALL discard_sale(?, ?, ?, ?, ?)", by.staffID(), sale, newID(), by.name, reason)
}

// PublishSale makes a draft visible; it sells from its opening on.
// Outcomes: NotAllowed, NoSuchSale, NotADraft, NoItems, NoUnits, ClosesPast, MembersPast, NoCodes, Published.
func (s *Store) PublishSale(ctx context.Context, by Actor, sale uint64) (Outcome, error) {
	return s.changeSale(ctx, "publish_sale", "CALL publish_sale(?, ?, ?)", by.staffID(), sale, by.name)
}

// PauseSale stops a sale until ResumeSale. When it returns, no order is placed any more.
// Outcomes: NotAllowed, NoSuchSale, AlreadyPaused, NotPublished, Paused.
func (s *Store) PauseSale(ctx context.Context, by Actor, sale uint64, reason string) (Outcome, error) {
	return s.changeSale(ctx, "pause_sale", "CALL pause_sale(?, ?, ?, ?)", by.staffID(), sale, by.name, reason)
}

// ResumeSale lets a paused sale sell again.
// Outcomes: NotAllowed, NoSuchSale, AlreadyOpen, NotPaused, Resumed.
func (s *Store) ResumeSale(ctx context.Context, by Actor, sale uint64, reason string) (Outcome, error) {
	return s.changeSale(ctx, "resume_sale", "CALL resume_sale(?, ?, ?, ?)", by.staffID(), sale, by.name, reason)
}

// EndSale ends a sale for good. When it returns, no order is placed any more; holds may still be paid.
// Outcomes: NotAllowed, NoSuchSale, AlreadyEnded, NotPublished, Ended.
func (s *Store) EndSale(ctx context.Context, by Actor, sale uint64, reason string) (Outcome, error) {
	return s.changeSale(ctx, "end_sale", "CALL end_sale(?, ?, ?, ?)", by.staffID(), sale, by.name, reason)
}

func (s *Store) changeSale(ctx context.Context, procedure, call string, args ...any) (Outcome, error) {
	defer s.live.wake()
	var r struct {
		Outcome Outcome `db:"outcome"`
	}
	err := s.staff.get(ctx, &r, procedure, call, args...)
	return r.Outcome, err
}

// UnitsChange is the answer to AddUnits and WithdrawUnits.
type UnitsChange struct {
	Outcome       Outcome `db:"outcome"`
	UnitsAllotted *int    `db:"units_allotted"` // nil: no such item, or not allowed
	UnitsLeft     *int    `db:"units_left"`
}

// AddUnits puts more units of an item on sale. A difference, never a new total.
// Outcomes: NotAllowed, NoSuchItem, BadUnits, Over, Added.
func (s *Store) AddUnits(ctx context.Context, by Actor, item uint64, units int, reason string) (UnitsChange, error) {
	u, err := s.changeUnits(ctx, "add_units", "CALL add_units(?, ?, ?, ?, ?, ?)", by.staffID(), item, units, newID(), by.name, reason)
	s.reopen(u.Outcome == Added, &item)
	return u, err
}

// WithdrawUnits takes units that nobody has out of the sale.
// Outcomes: NotAllowed, NoSuchItem, BadUnits, NotEnough, Withdrawn.
func (s *Store) WithdrawUnits(ctx context.Context, by Actor, item uint64, units int, reason string) (UnitsChange, error) {
	return s.changeUnits(ctx, "withdraw_units", "CALL withdraw_units(?, ?, ?, ?, ?, ?)", by.staffID(), item, units, newID(), by.name, reason)
}

func (s *Store) changeUnits(ctx context.Context, procedure, call string, args ...any) (UnitsChange, error) {
	defer s.live.wake()
	var u UnitsChange
	err := s.staff.get(ctx, &u, procedure, call, args...)
	return u, err
}

// MerchantSale is a sale as its merchant sees it, drafts included.
type MerchantSale struct {
	LiveSale
	Title         string `db:"title"`
	TimeZone      string `db:"time_zone"`
	TakesPayment  bool   `db:"takes_payment"`
	ItemCount     int    `db:"item_count"`
	UnitsAllotted int    `db:"units_allotted"`
	UnitsLeft     int    `db:"units_left"`
}

// MerchantSales returns the newest sales, at most limit.
func (s *Store) MerchantSales(ctx context.Context, limit int) ([]MerchantSale, error) {
	var sales []MerchantSale
	err := s.staff.list(ctx, &sales, "merchant_sales", `SELECT id, state, opens_at, closes_at, changed_at, title, time_zone, takes_payment,
		item_count, units_allotted, units_left FROM merchant_sales ORDER BY id DESC LIMIT ?`, limit)
	return sales, err
}

// FirstItem returns the number of the first item of a sale, for the merchant; ErrNotFound if it has none.
func (s *Store) FirstItem(ctx context.Context, sale uint64) (uint64, error) {
	var item uint64
	err := s.staff.get(ctx, &item, "merchant_items", "SELECT id FROM merchant_items WHERE sale_id = ? ORDER BY position LIMIT 1", sale)
	return item, err
}
