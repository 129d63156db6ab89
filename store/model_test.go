package store_test

import (
	"context"
	"database/sql"
	"testing"
	"time"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"doorbuster/store"
	"doorbuster/store/storetest"
)

// modelOrder is an order as the model knows it.
type modelOrder struct {
	user    uint64
	units   int
	state   string
	overdue bool // its hold has ended, and no worker has come
}

// model is a small sale in plain Go: what the database must do, without any of its difficulties. Each step of a property asks both.
type model struct {
	t    *testing.T
	d    *storetest.Database
	s    *store.Store
	root *sql.DB
	ctx  context.Context

	sale, item uint64
	fence      uint64
	state      string // of the sale: published, paused, ended
	limit      int
	allotted   int
	left       int
	orders     map[uuid.UUID]*modelOrder
	keys       []store.Purchase // every key that was used, for repetitions
	rememberNo map[uint64]bool  // shoppers whom the store's memory may tell "sold out" once more
	version    uint64           // of the stock after units came back last
}

// start makes a sale of the same shape in the database and in the model.
func (m *model) start(t *rapid.T) {
	m.limit, m.allotted = rapid.IntRange(1, 3).Draw(t, "limit"), rapid.IntRange(1, 5).Draw(t, "units")
	shards := rapid.IntRange(1, 3).Draw(t, "shards")
	var ids []uint64
	m.sale, ids = storetest.Sale(m.t, m.s, store.NewItem{Units: m.allotted, LimitPerUser: m.limit, Shards: shards})
	m.item, m.left, m.state = ids[0], m.allotted, "published"
	m.orders, m.keys, m.rememberNo, m.version = map[uuid.UUID]*modelOrder{}, nil, map[uint64]bool{}, uint64(shards)
}

func (m *model) active(user uint64) (uuid.UUID, bool) {
	for id, o := range m.orders {
		if o.user == user && (o.state == "held" || o.state == "paid") {
			return id, true
		}
	}
	return uuid.Nil, false
}

// expect is the model's answer to p, by the precedence of place_orders.
func (m *model) expect(p store.Purchase) (store.Outcome, uuid.UUID) {
	if o, ok := m.orders[p.OrderID]; ok {
		if o.user == p.UserID {
			return store.Exists, p.OrderID
		}
		return store.KeyReused, uuid.Nil
	}
	switch active, has := m.active(p.UserID); {
	case m.state == "ended":
		return store.Over, uuid.Nil
	case m.state == "paused":
		return store.Paused, uuid.Nil
	case p.Units < 1:
		return store.BadUnits, uuid.Nil
	case p.Units > m.limit:
		return store.OverLimit, uuid.Nil
	case has:
		return store.AlreadyOrdered, active
	case m.left == 0:
		return store.SoldOut, uuid.Nil
	case m.left < p.Units:
		return store.NotEnough, uuid.Nil
	}
	return store.Placed, p.OrderID
}

func (m *model) place(t *rapid.T, p store.Purchase) {
	want, order := m.expect(p)
	got, err := m.s.PlaceOrder(m.ctx, p)
	if err != nil {
		t.Fatal(err)
	}
	if got.Outcome == store.SoldOut && got.InCall == 0 {
		m.fromMemory(t, p.UserID)
		return
	}
	if got.Outcome != want || got.OrderID != order {
		t.Fatalf("shopper %d, %d units, key %s: %s of %s, want %s of %s", p.UserID, p.Units, p.OrderID, got.Outcome, got.OrderID, want, order)
	}
	delete(m.rememberNo, p.UserID)
	switch got.Outcome {
	case store.SoldOut:
		m.rememberNo[p.UserID] = true
		if rapid.Bool().Draw(t, "memory learns who owns") {
			m.learnOwners()
		}
	case store.NotEnough:
		if got.UnitsLeft != m.left {
			t.Fatalf("told %d units left of %d", got.UnitsLeft, m.left)
		}
	case store.Placed:
		m.left -= p.Units
		m.orders[p.OrderID] = &modelOrder{user: p.UserID, units: p.Units, state: "held"}
	}
}

// learnOwners gives memory time to learn who owns a sold-out item. It need not: on a machine without a core to spare its question may have run into its
// time, and then it is right to know nothing.
func (m *model) learnOwners() {
	for deadline := time.Now().Add(4 * time.Second); !store.OwnersKnown(m.s, m.item) && time.Now().Before(deadline); {
		rest(m.ctx, time.Millisecond)
	}
}

// fromMemory wants that memory told "sold out" only to whom it may: to shoppers who heard it of the database before, and once memory knows
// who has or had an order, to all others. No unit may have come back since, so there is none.
func (m *model) fromMemory(t *rapid.T, user uint64) {
	if m.left > 0 {
		t.Fatalf("memory says sold out, and %d units are left", m.left)
	}
	if m.rememberNo[user] {
		return
	}
	if !store.OwnersKnown(m.s, m.item) {
		t.Fatalf("memory made up a no for shopper %d", user)
	}
	for id, o := range m.orders {
		if o.user == user {
			t.Fatalf("memory says sold out to shopper %d, who has or had order %s", user, id)
		}
	}
}

// unitsCameBack wants a greater version of the stock, by which every node learns of it, and waits until this node has learned. What
// happens before that is soldout_test.go's.
func (m *model) unitsCameBack(t *rapid.T) {
	var version uint64
	if err := m.root.QueryRowContext(m.ctx, "SELECT SUM(version) FROM stock_shards WHERE item_id = ?", m.item).Scan(&version); err != nil {
		t.Fatal(err)
	}
	if version <= m.version {
		t.Fatalf("units came back, and the version is %d as before", version)
	}
	m.version = version
	if m.state == "ended" {
		return // nobody can be refused wrongly any more
	}
	for deadline := time.Now().Add(longest); m.s.Live().Items[m.item].StockVersion < version; {
		if time.Now().After(deadline) {
			t.Fatal("the news of a restock does not arrive")
		}
		rest(m.ctx, time.Millisecond)
	}
	clear(m.rememberNo)
}

// want compares an answer with the model's.
func (m *model) want(t *rapid.T, what string, got store.Outcome, err error, want store.Outcome) {
	if err != nil || got != want {
		t.Fatalf("%s: %q, %v, want %q", what, got, err, want)
	}
}

// someOrder draws an order, or none.
func (m *model) someOrder(t *rapid.T) (uuid.UUID, *modelOrder) {
	if len(m.keys) == 0 {
		t.Skip("nobody has asked yet")
	}
	p := rapid.SampledFrom(m.keys).Draw(t, "order")
	return p.OrderID, m.orders[p.OrderID]
}

// TestModel lets a few shoppers, a worker and a merchant do anything in any order, and compares each answer, and in the end the books.
func TestModel(t *testing.T) {
	t.Parallel()
	d := storetest.New(t)
	m := &model{t: t, d: d, s: d.Open(t), root: d.Root(t), ctx: t.Context()}
	lease, err := m.s.TakeLease(t.Context(), "expire_orders", "test", time.Hour, true)
	if err != nil {
		t.Fatal(err)
	}
	m.fence = lease.Fence
	rapid.Check(t, func(t *rapid.T) {
		m.start(t)
		t.Repeat(map[string]func(*rapid.T){
			"place": m.placeNew, "repeat": m.placeAgain, "foreign key": m.placeForeign,
			"pay": m.payOrder, "cancel": m.cancelOrder, "refund": m.refundOrder,
			"let a hold end": m.endHold, "expire": m.expireAll,
			"add": m.addUnits, "withdraw": m.withdrawUnits, "pause or resume": m.pauseOrResume, "end": m.endSale,
		})
		m.finish(t)
	})
	d.MustAudit(t)
}

// finish holds the model against the books.
func (m *model) finish(t *rapid.T) {
	b := readBooks(m.t, m.d, m.item)
	if b.allotted != m.allotted || b.available != m.left || len(b.orders) != len(m.orders) {
		t.Fatalf("%d allotted, %d left, %d orders; want %d, %d, %d", b.allotted, b.available, len(b.orders), m.allotted, m.left, len(m.orders))
	}
	for id, o := range m.orders {
		if got := b.orders[id]; got.State != o.state || got.UserID != o.user || got.Units != o.units {
			t.Fatalf("order %s is %+v, want %+v", id, got, *o)
		}
	}
	if broken := m.d.Audit(m.t); len(broken) > 0 {
		t.Fatalf("audit: %v", broken)
	}
	m.expireAll(t) // nothing overdue may stay for the next sale's worker
}
