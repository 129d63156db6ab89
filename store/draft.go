package store

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// SaleEdit is what UpdateSale makes of a draft: all of it, also what stays. Times are UTC.
type SaleEdit struct {
	Edits            uint // ShownSale.Edits as the editor saw it
	Title            string
	Description      string
	OpensAt          time.Time
	ClosesAt         time.Time
	MembersOpenAt    *time.Time // from when members may buy before everybody; nil: open to all from OpensAt
	TimeZone         string     // IANA name
	TakesPayment     bool
	LimitPerUser     int // this and the next two: of items that are added from now on
	HoldMinutes      int
	ExtensionMinutes int
	EveryItem        bool // and of those that are there
}

// UpdateSale changes a draft.
// Outcomes: NotAllowed, NoSuchSale, NotADraft, ChangedMeanwhile, BadTimes, Updated.
func (s *Store) UpdateSale(ctx context.Context, by Actor, sale uint64, e SaleEdit) (Outcome, error) {
	return s.changeSale(ctx, "update_sale", "CALL update_sale(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", by.staffID(), sale, e.Edits, e.Title, e.Description,
		e.OpensAt.UTC(), e.ClosesAt.UTC(), e.MembersOpenAt, e.TimeZone, e.TakesPayment, e.LimitPerUser, e.HoldMinutes, e.ExtensionMinutes, e.EveryItem, by.name)
}

// EditedItem is an item of a sale as staff edit it. Amounts are in the smallest unit of Currency.
type EditedItem struct {
	ID               uint64 `db:"id"`
	SaleID           uint64 `db:"sale_id"`
	Position         int    `db:"position"`
	SKU              string `db:"sku"`
	Title            string `db:"title"`
	Body             string `db:"body"`
	Vendor           string `db:"vendor"`
	ImageURL         string `db:"image_url"`
	PriceCents       int64  `db:"price_cents"`
	ListPriceCents   *int64 `db:"list_price_cents"` // nil: none
	Currency         string `db:"currency"`
	Units            int    `db:"units_allotted"`
	LimitPerUser     int    `db:"limit_per_user"`
	HoldMinutes      int    `db:"hold_minutes"`
	ExtensionMinutes int    `db:"extension_minutes"`
	Edits            uint   `db:"edits"` // how often it was changed
	State            string `db:"state"` // of its sale
	TakesPayment     bool   `db:"takes_payment"`
}

// ShowDraftItem returns an item of a sale of by's shop, or ErrNotFound. Item 0 is the first of the sale.
func (s *Store) ShowDraftItem(ctx context.Context, by Actor, sale, item uint64) (EditedItem, error) {
	var one EditedItem
	err := s.staff.get(ctx, &one, "show_draft_item", "CALL show_draft_item(?, ?, ?)", by.staffID(), sale, orNull(item))
	return one, err
}

// UpdateItem makes an item of a draft what e says. e.Edits is as the editor saw it; numbers of sale and place are not read.
// Outcomes: NotAllowed, NoSuchItem, NotADraft, ChangedMeanwhile, DuplicateSKU, Updated.
func (s *Store) UpdateItem(ctx context.Context, by Actor, e EditedItem) (Outcome, error) {
	return s.changeSale(ctx, "update_item", "CALL update_item(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", by.staffID(), e.ID, e.Edits, e.SKU, e.Title, e.Body,
		e.Vendor, e.ImageURL, e.PriceCents, e.ListPriceCents, e.Currency, e.Units, e.LimitPerUser, e.HoldMinutes, e.ExtensionMinutes, newID(), by.name)
}

// RemoveItem takes an item out of a draft; edits is as the member saw it.
// Outcomes: NotAllowed, NoSuchItem, NotADraft, ChangedMeanwhile, Removed.
func (s *Store) RemoveItem(ctx context.Context, by Actor, item uint64, edits uint) (Outcome, error) {
	return s.changeSale(ctx, "remove_item", "CALL remove_item(?, ?, ?, ?, ?)", by.staffID(), item, edits, newID(), by.name)
}

// CopyItems copies an item of another sale into a draft, or with item 0 all whose SKUs it does not have yet, at most 1000.
// Outcomes: NotAllowed, NoSuchSale, NotADraft, NoSuchItem, DuplicateSKU, Added.
func (s *Store) CopyItems(ctx context.Context, by Actor, sale, from, item uint64) (Outcome, error) {
	return s.changeSale(ctx, "copy_items", "CALL copy_items(?, ?, ?, ?, ?, ?)", by.staffID(), sale, from, orNull(item), newID(), by.name)
}

// AdoptItems moves the items of an import into a draft, all or none; then the import is gone. ImportItems calls it.
// Outcomes: NotAllowed, NoSuchSale, NotADraft, NotImporting, NoItems, DuplicateSKU, Added.
func (s *Store) AdoptItems(ctx context.Context, by Actor, sale, imported uint64) (Outcome, error) {
	return s.changeSale(ctx, "adopt_items", "CALL adopt_items(?, ?, ?, ?)", by.staffID(), sale, imported, by.name)
}

// ImportItems adds any number of items to a draft, all or none: they come in as an import of their own first, which nobody sees on sale.
// Outcomes: those of CreateSale, AddItems and AdoptItems; Added is the good one.
func (s *Store) ImportItems(ctx context.Context, by Actor, sale uint64, items []NewItem) (outcome Outcome, err error) {
	to, err := s.ShowSale(ctx, by, sale)
	if errors.Is(err, ErrNotFound) {
		return NoSuchSale, nil
	}
	if err != nil {
		return "", err
	}
	outcome, imported, err := s.CreateSale(ctx, by, NewSale{
		Title: to.Title, OpensAt: to.OpensAt, ClosesAt: to.ClosesAt, TimeZone: to.TimeZone, TakesPayment: to.TakesPayment, Importing: true,
	})
	if err != nil || outcome != Created {
		return outcome, err
	}
	outcome, err = s.bringIn(ctx, by, sale, imported, items)
	if err == nil && outcome == Added {
		return outcome, nil
	}
	clean, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	if _, discardErr := s.DiscardSale(clean, by, imported, "import failed"); discardErr != nil {
		return outcome, fmt.Errorf("import: %w; and the sale %d could not be discarded: %w", err, imported, discardErr)
	}
	return outcome, err
}

func (s *Store) bringIn(ctx context.Context, by Actor, sale, imported uint64, items []NewItem) (Outcome, error) {
	if outcome, err := s.addInChunks(ctx, by, imported, items, nil); err != nil || outcome != Added {
		return outcome, err
	}
	return s.AdoptItems(ctx, by, sale, imported)
}

// DuplicateSale makes a draft with the items and rules of another sale, and returns its number.
// Outcomes: NotAllowed, NoSuchSale, NotFinished, BadTimes, Duplicated.
func (s *Store) DuplicateSale(ctx context.Context, by Actor, sale uint64, title string, opens, closes time.Time) (Outcome, uint64, error) {
	var r struct {
		Outcome Outcome `db:"outcome"`
		SaleID  *uint64 `db:"sale_id"`
	}
	err := s.staff.get(ctx, &r, "duplicate_sale", "CALL duplicate_sale(?, ?, ?, ?, ?, ?, ?)", by.staffID(), sale, title, opens.UTC(), closes.UTC(), newID(), by.name)
	if err != nil || r.SaleID == nil {
		return r.Outcome, 0, err
	}
	return r.Outcome, *r.SaleID, nil
}

// ArchiveSale puts a sale that is over away, or takes it out again.
// Outcomes: NotAllowed, NoSuchSale, AlreadyArchived, NotArchived, NotOver, Archived, Unarchived.
func (s *Store) ArchiveSale(ctx context.Context, by Actor, sale uint64, archived bool) (Outcome, error) {
	return s.changeSale(ctx, "archive_sale", "CALL archive_sale(?, ?, ?, ?)", by.staffID(), sale, archived, by.name)
}

// SaleFinding is one thing that the go-live check looked at.
type SaleFinding struct {
	Code     string  `db:"code"`
	Severity string  `db:"severity"` // block, warn or fine
	Found    int     `db:"found"`    // how many: of what, the code says
	ItemID   *uint64 `db:"item_id"`  // the first of the items meant; nil: none
}

// CheckSale returns what the database knows about a sale of by's shop that is to go live, a row for each thing that was looked at; none if there is no such sale.
func (s *Store) CheckSale(ctx context.Context, by Actor, sale uint64) ([]SaleFinding, error) {
	var all []SaleFinding
	err := s.staff.list(ctx, &all, "check_sale", "CALL check_sale(?, ?)", by.staffID(), sale)
	return all, err
}

// ClockGap returns how far the database's clock is ahead of this machine's, taking half of the round trip as the way back.
func (s *Store) ClockGap(ctx context.Context) (time.Duration, error) {
	var at time.Time
	sent := time.Now()
	if err := s.openLane().get(ctx, &at, "clock", "SELECT UTC_TIMESTAMP(6)"); err != nil {
		return 0, err
	}
	return at.Sub(sent.Add(time.Since(sent) / 2)), nil
}

// openLane is a lane that is there: of the shoppers' pages, else of staff, else of the jobs.
func (s *Store) openLane() *lane {
	l := s.pages
	for _, other := range []*lane{s.staff, s.worker} {
		if l.db == nil {
			l = other
		}
	}
	return l
}
