package store_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus"

	"doorbuster/store"
	"doorbuster/store/storetest"
)

// longest bounds every wait of these tests. It says "does it end", not "is it fast".
const longest = time.Minute

func newID(t testing.TB) uuid.UUID {
	t.Helper()
	id, err := uuid.NewV7()
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// purchase is an attempt with a new key.
func purchase(t testing.TB, item, user uint64, units int) store.Purchase {
	t.Helper()
	return store.Purchase{OrderID: newID(t), ItemID: item, UserID: user, Units: units, RequestID: newID(t)}
}

// attempt asks once. It may run in any goroutine. Every "come back later" must say when, within the promised bounds.
func attempt(t testing.TB, s *store.Store, p store.Purchase) store.Placement {
	t.Helper()
	got, err := s.PlaceOrder(t.Context(), p)
	if err != nil {
		t.Errorf("shopper %d: %v", p.UserID, err)
		return store.Placement{Outcome: "fault"}
	}
	later := got.Outcome == store.Busy || got.Outcome == store.Unknown
	if later && (got.RetryAfter < time.Second || got.RetryAfter > 5*time.Second) {
		t.Errorf("shopper %d: %s with Retry-After %s", p.UserID, got.Outcome, got.RetryAfter)
	}
	return got
}

// buy places one order with a new key.
func buy(t testing.TB, s *store.Store, item, user uint64, units int) store.Placement {
	t.Helper()
	return attempt(t, s, purchase(t, item, user, units))
}

// sure asks with the same key, as a page that says "we are checking" does, until the answer is a sure one.
func sure(t testing.TB, s *store.Store, p store.Purchase) store.Placement {
	t.Helper()
	for deadline := time.Now().Add(longest); ; {
		got := attempt(t, s, p)
		if got.Outcome != store.Busy && got.Outcome != store.Unknown {
			return got
		}
		if time.Now().After(deadline) {
			t.Errorf("shopper %d: still %s after %s", p.UserID, got.Outcome, longest)
			return got
		}
		rest(t.Context(), 20*time.Millisecond)
	}
}

// settle is sure for shoppers who press again, with the same key, when they are told that the attempt came too late. Without faults that
// happens only when this machine stands still for seconds.
func settle(t testing.TB, s *store.Store, p store.Purchase) store.Placement {
	t.Helper()
	return again(func() store.Placement { return sure(t, s, p) })
}

func again(ask func() store.Placement) store.Placement {
	for deadline := time.Now().Add(longest); ; {
		if got := ask(); got.Outcome != store.TooLate || time.Now().After(deadline) {
			return got
		}
	}
}

// rest is the pause of a client that was told to come back.
func rest(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

var eventually = storetest.Eventually

// isYes says that the shopper has the order that the answer names.
func isYes(o store.Outcome) bool {
	return o == store.Placed || o == store.Exists || o == store.AlreadyOrdered
}

// journal is what shoppers asked and what they were told, to be compared with the database.
type journal struct {
	mu    sync.Mutex
	asked map[uuid.UUID]store.Purchase
	told  map[uuid.UUID][]store.Placement
	count map[store.Outcome]int
}

func newJournal() *journal {
	return &journal{asked: map[uuid.UUID]store.Purchase{}, told: map[uuid.UUID][]store.Placement{}, count: map[store.Outcome]int{}}
}

// sure writes the purchase down before the first attempt and the sure answer after the last.
func (j *journal) sure(t testing.TB, s *store.Store, p store.Purchase) store.Placement {
	t.Helper()
	j.ask(p)
	got := sure(t, s, p)
	j.hear(p, got)
	return got
}

// settle is sure for shoppers who press again when they came too late.
func (j *journal) settle(t testing.TB, s *store.Store, p store.Purchase) store.Placement {
	t.Helper()
	return again(func() store.Placement { return j.sure(t, s, p) })
}

func (j *journal) ask(p store.Purchase) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.asked[p.OrderID] = p
}

func (j *journal) hear(p store.Purchase, got store.Placement) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.told[p.OrderID] = append(j.told[p.OrderID], got)
	j.count[got.Outcome]++
}

// counts returns how often each outcome was told.
func (j *journal) counts() map[store.Outcome]int {
	j.mu.Lock()
	defer j.mu.Unlock()
	counts := map[store.Outcome]int{}
	for o, n := range j.count {
		counts[o] = n
	}
	return counts
}

// books is what the auditor finds of one item.
type books struct {
	allotted, available, active int // units
	orders                      map[uuid.UUID]store.AuditedOrder
}

func readBooks(t testing.TB, d *storetest.Database, item uint64) books {
	t.Helper()
	a, err := store.OpenAuditor(d.DSN("doorbuster_auditor"))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), longest)
	defer cancel()
	b := books{orders: map[uuid.UUID]store.AuditedOrder{}}
	var orders []store.AuditedOrder
	b.allotted, b.available, orders, err = a.ItemOrders(ctx, item)
	if err := errors.Join(err, a.Close()); err != nil {
		t.Fatal(err)
	}
	for _, o := range orders {
		b.orders[o.ID] = o
		if o.State == "held" || o.State == "paid" {
			b.active += o.Units
		}
	}
	return b
}

// compare holds the journal against the books of item: nothing acknowledged is missing, nothing is there that nobody asked for,
// nobody who was refused has an order, nobody has two, and the units add up.
func (j *journal) compare(t testing.TB, d *storetest.Database, item uint64) books {
	t.Helper()
	b := readBooks(t, d, item)
	j.mu.Lock()
	defer j.mu.Unlock()
	holders := map[uint64]int{}
	for id, o := range b.orders {
		if p, ok := j.asked[id]; !ok || p.UserID != o.UserID || p.Units != o.Units || p.ItemID != item {
			t.Errorf("order %s of shopper %d, %d units: nobody asked for it", id, o.UserID, o.Units)
		}
		if o.State == "held" || o.State == "paid" {
			holders[o.UserID]++
		}
	}
	for user, n := range holders {
		if n > 1 {
			t.Errorf("shopper %d has %d active orders", user, n)
		}
	}
	for key, answers := range j.told {
		if j.asked[key].ItemID == item {
			compareAnswers(t, b, j.asked[key], answers)
		}
	}
	if b.allotted != b.available+b.active {
		t.Errorf("item %d: %d units allotted, %d available and %d with shoppers", item, b.allotted, b.available, b.active)
	}
	return b
}

func compareAnswers(t testing.TB, b books, p store.Purchase, answers []store.Placement) {
	t.Helper()
	said := false
	for _, a := range answers {
		if !isYes(a.Outcome) {
			continue
		}
		said = true
		if o, ok := b.orders[a.OrderID]; !ok || o.UserID != p.UserID {
			t.Errorf("shopper %d was told %s of order %s, which is not theirs: %v", p.UserID, a.Outcome, a.OrderID, o)
		}
	}
	if _, ok := b.orders[p.OrderID]; ok && !said {
		t.Errorf("shopper %d was told %v and yet has order %s", p.UserID, outcomes(answers), p.OrderID)
	}
}

func outcomes(answers []store.Placement) []store.Outcome {
	var list []store.Outcome
	for _, a := range answers {
		list = append(list, a.Outcome)
	}
	return list
}

// holdStock locks every shard of item, so that every CALL of place_orders for it waits, until release is called.
func holdStock(t testing.TB, root *sql.DB, item uint64) (release func()) {
	t.Helper()
	tx, err := root.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := tx.QueryContext(t.Context(), "SELECT shard FROM stock_shards WHERE item_id = ? FOR UPDATE", item)
	if err != nil {
		t.Fatal(err)
	}
	for rows.Next() {
		continue // reading a row locks it
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		t.Fatal(err)
	}
	free := sync.OnceFunc(func() { _ = tx.Rollback() }) // nothing was written
	t.Cleanup(free)
	return free
}

// sample reads a metric of reg, all of it or that of one lane: the sum of counters or gauges, or the number and sum of a histogram.
func sample(t testing.TB, reg *prometheus.Registry, name string, lane ...string) (count uint64, sum float64) {
	t.Helper()
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() != name {
			continue
		}
		for _, m := range f.GetMetric() {
			if len(lane) > 0 && (len(m.GetLabel()) == 0 || m.GetLabel()[0].GetValue() != lane[0]) {
				continue
			}
			count += m.GetHistogram().GetSampleCount()
			sum += m.GetHistogram().GetSampleSum() + m.GetCounter().GetValue() + m.GetGauge().GetValue()
		}
	}
	return count, sum
}

// crowd runs buy for shoppers 1…n at once and waits for all.
func crowd(n int, buy func(user uint64)) {
	var wg sync.WaitGroup
	for user := range n {
		wg.Go(func() { buy(uint64(user + 1)) })
	}
	wg.Wait()
}

func shardsName(shards, units int) string {
	return fmt.Sprintf("%d shards, up to %d units", shards, units)
}
