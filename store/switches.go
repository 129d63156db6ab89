package store

import (
	"context"
	"time"
)

// Switch is the name of a plan B setting.
type Switch string

// The switches. All but ReadOnly may be for one item, too.
const (
	StopNewHolds  Switch = "stop_new_holds" // no new orders; payments and cancellations go on
	ReadOnly      Switch = "read_only"      // no change of any kind by shoppers; always of everything
	SoldOutPage   Switch = "sold_out_page"  // closed for now: shoppers are told so from memory, and no press reaches the database
	AdmissionRate Switch = "admission_rate" // so many presses a second are let through by each web server
)

// SwitchAt says what a switch is for: an item (then Shop is 0: the item decides), all items of a shop, or everything.
type SwitchAt struct {
	Name Switch
	Shop uint64
	Item uint64
}

// Switches are those that are on, with their numbers: 1, or of AdmissionRate the presses a second.
type Switches map[SwitchAt]int

// ReadOnly says whether shoppers may change nothing now.
func (l *Live) ReadOnly() bool { return l.Switches[SwitchAt{Name: ReadOnly}] > 0 }

// On says whether a switch is on for an item: for itself, for its shop, or for everything.
func (l *Live) On(name Switch, item uint64) bool {
	if len(l.Switches) == 0 { // nearly always
		return false
	}
	for _, at := range l.For(name, item) {
		if l.Switches[at] > 0 {
			return true
		}
	}
	return false
}

// For lists where a switch may be on so that it holds for an item. The shop of an item that this reading does not know is not known: then its place is taken
// by that of everything.
func (l *Live) For(name Switch, item uint64) [3]SwitchAt {
	shop := l.Sales[l.Items[item].SaleID].ShopID
	return [3]SwitchAt{{Name: name}, {Name: name, Shop: shop}, {Name: name, Item: item}}
}

// SwitchTurn is how a switch is to be.
type SwitchTurn struct {
	Name Switch
	Shop uint64 // of an operator: of all items of this shop; 0: of every shop. A member turns those of his own
	Item uint64 // 0: all items
	On   bool
	Rate int // of AdmissionRate that is turned on: presses a second
	// Seen is what the caller saw: 0 off, 1 on, of AdmissionRate its number. nil: it does not matter.
	Seen *int
}

// SwitchChange is the answer to SetSwitch. Now and Before are as SwitchTurn.Seen; nil when nothing was found or allowed.
type SwitchChange struct {
	Outcome Outcome `db:"outcome"`
	Now     *int    `db:"seen"`
	Before  *int    `db:"before"`
	IsOn    *bool   `db:"is_on"`
	Value   *int    `db:"value"`
}

// SetSwitch turns a plan B switch, in force on every node within a second.
// Outcomes: NotAllowed, NoSuchItem, BadRate, AlreadySet, Changed, Set.
func (s *Store) SetSwitch(ctx context.Context, by Actor, to SwitchTurn, reason string) (SwitchChange, error) {
	defer s.live.wake()
	var c SwitchChange
	err := s.staff.get(ctx, &c, "set_switch", "CALL set_switch(?, ?, ?, ?, ?, ?, ?, ?, ?)",
		by.staffID(), string(to.Name), to.Shop, to.Item, to.On, to.Rate, to.Seen, by.name, reason)
	return c, err
}

// ListedSwitch is a switch in force as staff see it.
type ListedSwitch struct {
	Name      Switch    `db:"name"`
	ShopID    uint64    `db:"shop_id"` // 0: every shop
	ItemID    uint64    `db:"item_id"` // 0: all items; then the next three are nil
	ItemTitle *string   `db:"item_title"`
	SaleID    *uint64   `db:"sale_id"`
	TimeZone  *string   `db:"time_zone"`
	Value     int       `db:"value"` // of AdmissionRate: presses a second
	Reason    string    `db:"reason"`
	Actor     string    `db:"actor"`
	ChangedAt time.Time `db:"changed_at"`
	Own       bool      `db:"own"` // whoever asked can turn it, if he may turn any; false: it is for every shop, and his is one of several
}

// SwitchFilter chooses switches: those that hold for a sale or one of its items, or for an item. Empty: all of by's shop.
type SwitchFilter struct{ Sale, Item uint64 }

// ListSwitches returns the switches in force that by may see, those turned last first, at most limit.
func (s *Store) ListSwitches(ctx context.Context, by Actor, f SwitchFilter, limit int) ([]ListedSwitch, error) {
	var rows []ListedSwitch
	err := s.staff.list(ctx, &rows, "list_switches", "CALL list_switches(?, ?, ?, ?)", by.staffID(), f.Sale, f.Item, limit)
	return rows, err
}

// FoundItem is an item with the sale that it is in.
type FoundItem struct {
	ID        uint64 `db:"id"`
	SKU       string `db:"sku"`
	Title     string `db:"title"`
	SaleID    uint64 `db:"sale_id"`
	SaleTitle string `db:"sale_title"`
}

// FindItems returns items of open and coming sales of by's shop by a part of their title or sku, or by their number, at most limit. With item it returns this
// one, whatever its sale is.
func (s *Store) FindItems(ctx context.Context, by Actor, item uint64, search string, limit int) ([]FoundItem, error) {
	var items []FoundItem
	err := s.staff.list(ctx, &items, "find_items", "CALL find_items(?, ?, ?, ?)", by.staffID(), item, search, limit)
	return items, err
}
