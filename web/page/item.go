package page

import (
	"fmt"
	"time"

	"doorbuster/web/ui"
)

// The rules by which units go to shoppers; the bytes are those of the database.
const (
	FirstCome = "first_come"
	Shuffle   = "shuffle"
	Draw      = "draw"
)

// ItemView is the item page: GET /{lang}/items/{item}. It is rendered once for
// everybody, so nothing in it may belong to one shopper: Chrome.Shopper and Order
// stay empty in the cached copy.
type ItemView struct {
	ui.Chrome
	ID        uint64
	SaleID    uint64
	SalePage  int // of the sale's items, on which this one stands
	SaleTitle string
	Title     string
	Vendor    string   // empty: not shown
	Body      []string // paragraphs of plain text
	Picture   ui.Picture

	// Message is what staff tell shoppers of its sale; empty: nothing.
	Message string

	State  ui.State
	Opens  time.Time // to all
	Closes time.Time
	Zone   string // IANA
	// Members is when members may buy before everybody; zero: nobody may. First says that it is not open to all yet, Early that members may buy by now.
	Members      time.Time
	First, Early bool
	// EmptyAt is when the last unit went; zero when unknown. Only read when SoldOut.
	EmptyAt time.Time

	Price ui.Money
	List  ui.Money // Minor 0 or not above Price: no struck price
	// ListSource says where the list price comes from, in the merchant's words;
	// empty says that it is the shop's own figure.
	ListSource string

	Left    int64 // units that can be had now
	Units   int64 // units allotted in all
	Version int64 // stock version, the v of the state end point

	Limit       int    // units per shopper, at least 1
	HoldMinutes int    // 0: paid at once, no hold
	Fairness    string // FirstCome, Shuffle, Draw; empty leaves it out

	// Order is the shopper's active order of this item. Only for pages rendered
	// for one shopper; the cached page learns it in the browser.
	Order string
}

// maxChoices bounds the list of units to choose from: a longer one is no choice, and
// the page has a budget in bytes.
const maxChoices = 50

// itemPath is the address of an item without the language.
func itemPath(id uint64) string { return fmt.Sprintf("/items/%d", id) }
