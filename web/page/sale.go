// Package page holds the shoppers' pages. Each takes one view struct with values ready
// to be shown; pages know no store and decide nothing but words and layout.
package page

import (
	"context"
	"fmt"
	"time"

	"doorbuster/web/ui"
)

// SaleListView is the front page: GET /{lang}/.
type SaleListView struct {
	ui.Chrome
	Live []SaleCard // soonest end first
	Soon []SaleCard // soonest opening first
	Over []SaleCard // latest end first; the handler keeps it short
}

// SaleCard is one sale in the list.
type SaleCard struct {
	ID    uint64
	Title string
	// State is Soon, Early, Live, Paused or Over; a paused sale stands among the live ones.
	State   ui.State
	Opens   time.Time
	Closes  time.Time
	Members time.Time // when members may buy before everybody; zero: nobody may
	Zone    string    // IANA, the zone in which the merchant speaks: "Asia/Shanghai"
	Items   int       // how many items it has
	SoldOut int       // how many of them have no unit left
	Picture ui.Picture
}

// SaleView is one sale with a page of its items: GET /{lang}/sales/{sale}?page=2.
type SaleView struct {
	ui.Chrome
	ID     uint64
	Page   int // from 1
	Pages  int // how many there are, at least 1
	Title  string
	Body   []string // paragraphs, on the first page only
	State  ui.State // Soon, Early, Live, Paused or Over
	Opens  time.Time
	Closes time.Time
	Zone   string // IANA
	// Members is when members may buy before everybody; zero: nobody may.
	Members time.Time
	// Fairness is FirstCome, Shuffle or Draw; empty leaves the sentence out.
	Fairness string
	Items    []ItemCard
	// Message is what staff tell shoppers; empty: nothing.
	Message string
}

// ItemCard is one item of a sale.
type ItemCard struct {
	ID      uint64
	Title   string
	State   ui.State // as on the item page
	Picture ui.Picture
	Price   ui.Money
	List    ui.Money // Minor 0 or not above Price: no struck price
	Left    int64    // units that can be had now
	Units   int64    // units allotted in all
}

// SalePath is the address of a page of a sale's items, without the language. The first needs no number.
func SalePath(sale uint64, number int) string {
	path := fmt.Sprintf("/sales/%d", sale)
	if number > 1 {
		path += fmt.Sprintf("?page=%d", number)
	}
	return path
}

// title tells the pages of a sale apart in a browser's tabs and history.
func (v SaleView) title(ctx context.Context) string {
	if v.Page <= 1 {
		return v.Title
	}
	return v.Title + " · " + ui.T(ctx, "page_of", "Page", v.Page, "Pages", v.Pages)
}
