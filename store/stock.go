package store

import (
	"context"
	"time"

	"github.com/google/uuid"
)

// ItemPage is one item of a sale as staff see it. Times are UTC; UnitsAllotted = UnitsAvailable + UnitsHeld + UnitsSold, read in one snapshot.
type ItemPage struct {
	ShownItem
	Vendor           string     `db:"vendor"`
	ExtensionMinutes int        `db:"extension_minutes"` // how much longer a shopper may hold, once; 0: not at all
	SaleID           uint64     `db:"sale_id"`
	SaleTitle        string     `db:"sale_title"`
	OpensAt          time.Time  `db:"opens_at"`
	StartsAt         time.Time  `db:"starts_at"` // of the sale, to anybody
	ClosesAt         time.Time  `db:"closes_at"`
	TimeZone         string     `db:"time_zone"`
	State            string     `db:"state"`              // of the sale, as it stands in the database
	Tab              string     `db:"tab"`                // of the sale: draft, soon, live, paused or over
	FirstHoldEndsAt  *time.Time `db:"first_hold_ends_at"` // nil: nothing is held
	OpenFindings     int        `db:"open_findings"`      // of reconcile, about the item
	DatabaseTime     time.Time  `db:"database_time"`
}

// ShowItem returns one item of a sale of by's shop, or ErrNotFound.
func (s *Store) ShowItem(ctx context.Context, by Actor, sale, item uint64) (ItemPage, error) {
	var one ItemPage
	err := s.staff.get(ctx, &one, "show_item", "CALL show_item(?, ?, ?)", by.staffID(), sale, item)
	return one, err
}

// Shard is a row that units of an item lie in.
type Shard struct {
	Number    int    `db:"shard"`
	Available int64  `db:"available"`
	Version   uint64 `db:"version"` // raised whenever Available rises
}

// ListItemShards returns the shards of an item of a sale of by's shop, in the order of their numbers.
func (s *Store) ListItemShards(ctx context.Context, by Actor, sale, item uint64) ([]Shard, error) {
	var shards []Shard
	err := s.staff.list(ctx, &shards, "list_item_shards", "CALL list_item_shards(?, ?, ?)", by.staffID(), sale, item)
	return shards, err
}

// MoveFilter says which lines of an item's ledger are meant, and behind which the page begins.
type MoveFilter struct {
	Account    string    // outside, available, held or sold: lines from it or to it; "": all
	ByStaff    bool      // only what neither a shopper nor the worker nor a payment's callback did
	Order      uuid.UUID // lines about this order, and the batch that placed it; zero: all
	BeforeMove uuid.UUID // of the last line of the page before; zero: the first page
	BeforeLine uint32    // its line
}

// Move is a line of the ledger of an item, with how the item's units were spread after it.
type Move struct {
	ID             uuid.UUID  `db:"move_id"`
	Line           uint32     `db:"line"`
	Shard          int        `db:"shard"`
	OrderID        *uuid.UUID `db:"order_id"` // nil: a batch of orders, or units that came or went
	Units          int64      `db:"units"`
	From           string     `db:"from_account"`
	To             string     `db:"to_account"`
	Reason         string     `db:"reason"`
	Actor          string     `db:"actor"`
	MovedAt        time.Time  `db:"moved_at"`
	UnitsAvailable int64      `db:"units_available"`
	UnitsHeld      int64      `db:"units_held"`
	UnitsSold      int64      `db:"units_sold"`
}

// ListItemMoves returns the lines of an item's ledger, newest first, at most limit. The sums after the newest line are those of ShowItem at that
// instant; before the first line ever they are 0, or the books do not agree.
func (s *Store) ListItemMoves(ctx context.Context, by Actor, sale, item uint64, f MoveFilter, limit int) ([]Move, error) {
	staff := ""
	if f.ByStaff {
		staff = "staff"
	}
	var before, line any
	if f.BeforeMove != uuid.Nil {
		before, line = f.BeforeMove[:], f.BeforeLine
	}
	var order any
	if f.Order != uuid.Nil {
		order = f.Order[:]
	}
	var moves []Move
	err := s.staff.list(ctx, &moves, "list_item_moves", "CALL list_item_moves(?, ?, ?, ?, ?, ?, ?, ?, ?)", by.staffID(), sale, item, f.Account, staff, order, before, line, limit)
	return moves, err
}

// Flow is how an item's units were spread at the end of a step of time.
type Flow struct {
	EndedAt        time.Time `db:"ended_at"`
	UnitsAvailable int64     `db:"units_available"`
	UnitsHeld      int64     `db:"units_held"`
	UnitsSold      int64     `db:"units_sold"`
}

// ListItemFlows returns the steps from a time on in which something moved, at most limit. What moved before counts from the beginning. It knows what
// the worker has sealed: it is a second or so late.
func (s *Store) ListItemFlows(ctx context.Context, by Actor, sale, item uint64, from time.Time, step time.Duration, limit int) ([]Flow, error) {
	var flows []Flow
	err := s.staff.list(ctx, &flows, "list_item_flows", "CALL list_item_flows(?, ?, ?, ?, ?, ?)", by.staffID(), sale, item, from.UTC(), int(step/time.Second), limit)
	return flows, err
}
