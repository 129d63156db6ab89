package page

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"time"

	"doorbuster/web/ui"
)

// ShardRow is a row that units of an item lie in.
type ShardRow struct {
	Number    int
	Available int64
	Version   uint64
}

// What the ledger of an item can be narrowed to; the bytes of the accounts are those of the database.
const (
	MovesAll     = ""
	MovesLeft    = "available"
	MovesHeld    = "held"
	MovesSold    = "sold"
	MovesOutside = "outside"
	MovesByStaff = "staff"
)

// MovesShown lists them in the order of their tabs.
var MovesShown = []string{MovesAll, MovesLeft, MovesHeld, MovesSold, MovesOutside, MovesByStaff}

// MoveRow is a line of an item's ledger. Left, Held and Sold are what was true after it.
type MoveRow struct {
	ID               string // number of the move and of the line, as the address of the next page has it
	At               time.Time
	Units            int64
	From, To         string // accounts
	Reason, Actor    string
	Shard            int
	Order            string // canonical UUID; empty: a batch of orders, or units that came or went
	Left, Held, Sold int64
}

// before gives what was true before the line.
func (m MoveRow) before() (left, held, sold int64) {
	left, held, sold = m.Left, m.Held, m.Sold
	for account, n := range map[string]*int64{MovesLeft: &left, MovesHeld: &held, MovesSold: &sold} {
		switch account {
		case m.From:
			*n += m.Units
		case m.To:
			*n -= m.Units
		}
	}
	return left, held, sold
}

// ItemShowView is GET /{lang}/sales/{sale}/items/{item}?show=&order=&before= and the answer to its form (UnitsForm).
type ItemShowView struct {
	Frame
	Item            ItemRow
	Vendor          string
	Hold, Extension int // minutes
	Sale            SaleRow
	FirstHoldEnds   *time.Time
	Now             time.Time // of the database, when the equation was read
	Findings        int       // open ones of the audit, about this item
	Shards          []ShardRow
	Chart           Chart
	MayChange       bool

	Moves []MoveRow // newest first
	Show  string    // one of MovesShown
	Order string    // as it was typed; empty: all
	// More is the path of the older lines; empty: these go back to the first.
	More string

	Told     string // as in SaleShowView
	ToldLeft int64
	Form     UnitsForm
}

func itemPath(sale, item uint64) string { return fmt.Sprintf("/sales/%d/items/%d", sale, item) }

// sale is the item as a sale of its own: its equation and what came of a form are shown by the same parts.
func (v ItemShowView) sale() SaleShowView {
	one := SaleShowView{Sale: v.Sale, Held: v.Item.Held, Sold: v.Item.Sold, Now: v.Now, FirstHoldEnds: v.FirstHoldEnds, Told: v.Told, ToldLeft: v.ToldLeft}
	one.Sale.Allotted, one.Sale.Left = v.Item.Allotted, v.Item.Left
	return one
}

// shown is the tab, one of MovesShown.
func (v ItemShowView) shown() string {
	if slices.Contains(MovesShown, v.Show) {
		return v.Show
	}
	return MovesAll
}

// showWord is the end of the id of a tab's words.
func showWord(show string) string {
	if show == MovesAll {
		return "all"
	}
	return show
}

// movesPath is the address of a tab of the ledger; it keeps the order.
func (v ItemShowView) movesPath(show string) string {
	query := url.Values{}
	if show != MovesAll {
		query.Set("show", show)
	}
	if v.Order != "" {
		query.Set("order", v.Order)
	}
	path := itemPath(v.Sale.ID, v.Item.ID)
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	return path + "#moves"
}

// whole says whether these are all lines of the item from the first one on, with nothing left out.
func (v ItemShowView) whole() bool {
	return v.shown() == MovesAll && v.Order == "" && v.More == "" && len(v.Moves) > 0
}

// proved says whether the ledger begins with nothing, so that it adds up to what is there.
func (v ItemShowView) proved() bool {
	left, held, sold := v.Moves[len(v.Moves)-1].before()
	return left == 0 && held == 0 && sold == 0
}

// MoveReasons and MoveActors are what procedures write into the ledger themselves. All else are somebody's own words and name.
var (
	MoveReasons = []string{"allotted", "placed", "paid", "cancelled", "expired", "retaken", "refunded", "rebalanced"}
	MoveActors  = []string{"shopper", "worker", "callback"}
)

func moveReason(ctx context.Context, reason string) string {
	if !slices.Contains(MoveReasons, reason) {
		return reason
	}
	return ui.T(ctx, "console_moved_"+reason)
}

func moveActor(ctx context.Context, actor string) string {
	if !slices.Contains(MoveActors, actor) {
		return actor
	}
	return ui.T(ctx, "console_move_by_"+actor)
}

// accountWords is the name of an account; one without words stands as it is.
func accountWords(ctx context.Context, account string) string {
	switch account {
	case MovesLeft:
		return ui.T(ctx, "console_left")
	case MovesHeld:
		return ui.T(ctx, "console_held")
	case MovesSold:
		return ui.T(ctx, "console_sold")
	case MovesOutside:
		return ui.T(ctx, "console_move_outside")
	default:
		return account
	}
}
