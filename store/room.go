package store

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
)

// PurchaseLoad is how busy the purchase is in this process.
type PurchaseLoad struct {
	Conns   int // connections for place_orders
	Busy    int // those of them in use
	Waiting int // shoppers who wait for their batch

	Batches     uint64 // calls of place_orders since the start
	BatchOrders uint64 // requests in them
}

// sentBatches counts what was sent, for PurchaseLoad.
type sentBatches struct{ batches, orders atomic.Uint64 }

func (b *sentBatches) add(orders int) {
	b.batches.Add(1)
	b.orders.Add(uint64(orders))
}

// PurchaseLoad tells how busy the purchase is. It asks nobody, and is meant for once a second.
func (s *Store) PurchaseLoad() PurchaseLoad {
	return PurchaseLoad{
		Conns: s.cfg.PurchaseConns, Busy: len(s.purchase.permits), Waiting: s.combiner.waiting(),
		Batches: s.metrics.sent.batches.Load(), BatchOrders: s.metrics.sent.orders.Load(),
	}
}

// waiting counts who waits in a queue and has not given up.
func (c *combiner) waiting() (n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, q := range c.queues {
		for _, w := range q.waiting {
			if !w.taken {
				n++
			}
		}
	}
	return n
}

// SaleAnswers is how often presses of a sale got an answer.
type SaleAnswers struct {
	Sale    uint64  `json:"sale"`
	Outcome Outcome `json:"outcome"`
	N       uint64  `json:"n"`
}

// MaxAnswers is the bound of one ReportAnswers.
const MaxAnswers = 1000

// ReportAnswers notes how busy this process is, and adds up to MaxAnswers counts to those of the database. load.Batches and load.BatchOrders are those since
// the report before. It has a connection of its own, so that neither shoppers nor what Live reads ever wait for it. After a *BusyError nothing was counted;
// after any other error nobody knows.
// Outcome: Set.
func (s *Store) ReportAnswers(ctx context.Context, node uuid.UUID, load PurchaseLoad, answers []SaleAnswers) error {
	if len(answers) > MaxAnswers {
		return fmt.Errorf("report_answers: %d counts in one call, at most %d", len(answers), MaxAnswers)
	}
	if answers == nil {
		answers = []SaleAnswers{}
	}
	doc, err := json.Marshal(answers)
	if err != nil {
		return fmt.Errorf("report_answers: %w", err)
	}
	var r struct {
		Outcome Outcome `db:"outcome"`
	}
	return s.reports.get(ctx, &r, "report_answers", "CALL report_answers(?, ?, ?, ?, ?, ?, ?)",
		node[:], load.Conns, load.Busy, load.Waiting, load.Batches, load.BatchOrders, string(doc))
}

// Room is what changes of a sale from second to second, and how busy the nodes are that have reported within 15 seconds. Times are UTC.
type Room struct {
	ID             uint64     `db:"id"`
	Title          string     `db:"title"`
	State          string     `db:"state"`
	Tab            string     `db:"tab"` // as in ListedSale
	OpensAt        time.Time  `db:"opens_at"`
	MembersOpenAt  *time.Time `db:"members_open_at"` // nil: open to all from OpensAt
	ClosesAt       time.Time  `db:"closes_at"`
	TimeZone       string     `db:"time_zone"`
	TakesPayment   bool       `db:"takes_payment"`
	Message        string     `db:"message"` // what shoppers are told; empty: nothing
	Items          int        `db:"item_count"`
	UnitsAllotted  int64      `db:"units_allotted"`
	UnitsAvailable int64      `db:"units_available"`
	Shards         int        `db:"shard_count"`
	EmptyShards    int        `db:"empty_shards"`
	EmptiestShard  *int64     `db:"emptiest_shard"` // units in it; nil: there are none
	Nodes          int        `db:"node_count"`
	Conns          int        `db:"conns"`
	Busy           int        `db:"busy"`
	Waiting        int        `db:"waiting"`
	Batches        int64      `db:"batches"` // of the nodes' last reports, with the orders in them
	BatchOrders    int64      `db:"batch_orders"`
	ReportedAt     *time.Time `db:"reported_at"` // when a node was heard last; nil: none
	DatabaseTime   time.Time  `db:"database_time"`
}

// ShowRoom returns what changes from second to second of a sale of by's shop, or ErrNotFound. It reads no order: it costs the same however many there are.
func (s *Store) ShowRoom(ctx context.Context, by Actor, sale uint64) (Room, error) {
	var room Room
	err := s.staff.get(ctx, &room, "show_room", "CALL show_room(?, ?)", by.staffID(), sale)
	return room, err
}

// AnswerCount is how often an answer was given.
type AnswerCount struct {
	Outcome Outcome `db:"outcome"`
	Answers uint64  `db:"answers"`
}

// CountAnswers returns how presses of a sale of by's shop were answered, the most frequent first, from the minute of from (zero: the first) up to that of
// until, which is not included (zero: now). Figures, not truth: a report that was lost is missing.
func (s *Store) CountAnswers(ctx context.Context, by Actor, sale uint64, from, until time.Time) ([]AnswerCount, error) {
	minute := func(at time.Time) any {
		if at.IsZero() {
			return nil
		}
		return at.UTC().Truncate(time.Minute)
	}
	var counts []AnswerCount
	err := s.staff.list(ctx, &counts, "count_answers", "CALL count_answers(?, ?, ?, ?)", by.staffID(), sale, minute(from), minute(until))
	return counts, err
}

// Watcher is somebody who watches a sale for longer than one request.
type Watcher struct {
	N     uint64    // number of the caller's
	Token [32]byte  // hash of the session's token
	Staff uint64    // the member
	Since time.Time // when the session was signed in
	Sale  uint64
}

// MaxWatchers is the bound of one CheckWatchers.
const MaxWatchers = 1000

// CheckWatchers returns the numbers of those of up to MaxWatchers who may go on: whose session has not ended, who are active and whose shop's sale it is.
func (s *Store) CheckWatchers(ctx context.Context, watchers []Watcher) ([]uint64, error) {
	if len(watchers) > MaxWatchers {
		return nil, fmt.Errorf("check_watchers: %d in one call, at most %d", len(watchers), MaxWatchers)
	}
	type row struct {
		N     uint64 `json:"n"`
		Token string `json:"token"`
		Staff uint64 `json:"staff"`
		Since int64  `json:"since"`
		Sale  uint64 `json:"sale"`
	}
	rows := make([]row, 0, len(watchers))
	for _, w := range watchers {
		rows = append(rows, row{N: w.N, Token: hex.EncodeToString(w.Token[:]), Staff: w.Staff, Since: w.Since.UnixMicro(), Sale: w.Sale})
	}
	doc, err := json.Marshal(rows)
	if err != nil {
		return nil, fmt.Errorf("check_watchers: %w", err)
	}
	var may []uint64
	err = s.staff.list(ctx, &may, "check_watchers", "CALL check_watchers(?)", string(doc))
	return may, err
}

// ExtendSale lets a sale end some minutes later than the end that by saw. When it returns, every node sells until then.
// Outcomes: NotAllowed, NoSuchSale, NotPublished, Over, ChangedMeanwhile, BadMinutes, Extended.
func (s *Store) ExtendSale(ctx context.Context, by Actor, sale uint64, seen time.Time, minutes int, reason string) (Outcome, error) {
	return s.changeSale(ctx, "extend_sale", "CALL extend_sale(?, ?, ?, ?, ?, ?)", by.staffID(), sale, seen.UTC(), minutes, by.name, reason)
}

// TellShoppers puts a message in place of the one that by saw on the shoppers' pages of a sale; an empty one takes it down.
// Outcomes: NotAllowed, NoSuchSale, NotPublished, ChangedMeanwhile, Repeated, Told.
func (s *Store) TellShoppers(ctx context.Context, by Actor, sale uint64, seen, message, reason string) (Outcome, error) {
	return s.changeSale(ctx, "tell_shoppers", "CALL tell_shoppers(?, ?, ?, ?, ?, ?)", by.staffID(), sale, seen, message, by.name, reason)
}
