package store_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus"

	"doorbuster/store"
	"doorbuster/store/storetest"
)

// line is a queue of shoppers that stands still: the first one's CALL waits for the stock, the others gather behind it in a known order.
type line struct {
	d       *storetest.Database
	s       *store.Store
	item    uint64
	reg     *prometheus.Registry
	release func()
	wg      sync.WaitGroup
	sent    []store.Purchase
	mu      sync.Mutex
	answers map[uuid.UUID]store.Placement
}

// newLine makes an item of units with a limit of 10, holds its stock and sends a first shopper (number 1, one unit) into it. Unless
// change says so, nobody loses patience.
func newLine(t *testing.T, units int, change ...func(*store.Config)) *line {
	t.Helper()
	l := &line{d: storetest.New(t), reg: prometheus.NewRegistry(), answers: map[uuid.UUID]store.Placement{}}
	patient := func(c *store.Config) { c.Registerer, c.QueueWait, c.Patience = l.reg, longest, 2*longest }
	l.s = l.d.Open(t, append([]func(*store.Config){patient}, change...)...)
	_, ids := storetest.Sale(t, l.s, store.NewItem{Units: units, Shards: 1, LimitPerUser: 10})
	l.item = ids[0]
	l.release = holdStock(t, l.d.Root(t), l.item)
	l.send(t, purchase(t, l.item, 1, 1))
	l.await(t, 0)
	l.awaitCalls(t, 1)
	return l
}

// send puts p behind the others without waiting for its answer.
func (l *line) send(t *testing.T, p store.Purchase) {
	l.sent = append(l.sent, p)
	l.wg.Go(func() {
		got := attempt(t, l.s, p)
		l.mu.Lock()
		defer l.mu.Unlock()
		l.answers[p.OrderID] = got
	})
}

// queue puts shoppers with these wishes behind the others, one after the other.
func (l *line) queue(t *testing.T, wishes ...store.Purchase) {
	t.Helper()
	for _, p := range wishes {
		before, _ := store.InLine(l.s, l.item)
		l.send(t, p)
		l.await(t, before+1)
	}
}

// await waits until n shoppers stand behind the CALL that is in flight.
func (l *line) await(t *testing.T, n int) {
	t.Helper()
	eventually(t, fmt.Sprintf("%d shoppers in line", n), func() bool {
		shoppers, queues := store.InLine(l.s, l.item)
		return shoppers == n && queues == 1
	})
}

// awaitCalls waits until n CALLs stand before the stock. Until then one of them may still be on its way, and a later one overtake it.
func (l *line) awaitCalls(t *testing.T, n int) {
	t.Helper()
	root := l.d.Root(t)
	eventually(t, fmt.Sprintf("%d CALLs wait for the stock", n), func() bool {
		waits, _, err := locks.since(t.Context(), root, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		waiting := slices.DeleteFunc(working(t, l.d, root), func(connection int64) bool { return waits[connection].table != "stock_shards" })
		return len(waiting) == n
	})
}

// finish lets the CALL have the stock and returns the answer to each of wishes.
func (l *line) finish(wishes ...store.Purchase) []store.Outcome {
	l.release()
	l.wg.Wait()
	var list []store.Outcome
	for _, p := range wishes {
		list = append(list, l.answers[p.OrderID].Outcome)
	}
	return list
}

// wishes are purchases of shoppers 2, 3, … of so many units each.
func (l *line) wishes(t *testing.T, units ...int) []store.Purchase {
	t.Helper()
	var list []store.Purchase
	for i, n := range units {
		list = append(list, purchase(t, l.item, uint64(i+2), n))
	}
	return list
}

func (l *line) batches(t *testing.T) (calls uint64, orders float64) {
	t.Helper()
	return sample(t, l.reg, "doorbuster_batch_orders")
}

// While one CALL is in flight the next batch gathers: a hundred shoppers behind one are one CALL.
func TestCrowdBecomesOneCall(t *testing.T) {
	t.Parallel()
	l := newLine(t, 200)
	for user := range uint64(100) {
		l.send(t, purchase(t, l.item, user+2, 1))
	}
	l.await(t, 100)
	l.finish()
	for key, got := range l.answers {
		if got.Outcome != store.Placed {
			t.Errorf("%s: %s", key, got.Outcome)
		}
	}
	if calls, orders := l.batches(t); calls != 2 || orders != 101 {
		t.Errorf("%d CALLs for %v orders, want 2 for 101", calls, orders)
	}
	l.d.MustAudit(t)
}

func TestBatchesAreBounded(t *testing.T) {
	t.Parallel()
	l := newLine(t, 200, func(c *store.Config) { c.BatchSize = 10 })
	for user := range uint64(95) {
		l.send(t, purchase(t, l.item, user+2, 1))
	}
	l.await(t, 85) // a whole batch went after the first one
	l.finish()
	if calls, orders := l.batches(t); calls != 11 || orders != 96 {
		t.Errorf("%d CALLs for %v orders, want 11 for 96", calls, orders)
	}
}

// A whole batch is sent after the one in flight, and never a third; but nobody who is in flight is in it. His second attempt waits until
// the first is decided, because as long as that may be lost the second must not hear "no".
func TestWholeBatchFollows(t *testing.T) {
	t.Parallel()
	l := newLine(t, 6, func(c *store.Config) { c.BatchSize = 4 })
	again := l.sent[0]
	wishes := l.wishes(t, 1, 1, 1, 1, 1, 1, 1)
	l.queue(t, append([]store.Purchase{again}, wishes[:2]...)...)
	l.send(t, wishes[2]) // the fourth in line: a whole batch, with three to take
	l.await(t, 1)
	l.awaitCalls(t, 2)
	l.queue(t, wishes[3:]...)
	want := []store.Outcome{store.Placed, store.Placed, store.Placed, store.Placed, store.Placed, store.SoldOut, store.SoldOut}
	if got := l.finish(wishes...); !slices.Equal(got, want) {
		t.Errorf("in order of arrival: %v, want %v", got, want)
	}
	if calls, orders := l.batches(t); calls != 4 || orders != 9 {
		t.Errorf("%d CALLs for %v attempts, want 1, 3, 4 and 1", calls, orders)
	}
	l.d.MustAudit(t)
}

// There is no timer in the combiner: with patience for hours, a shopper alone is still answered.
func TestShopperAloneWaitsForNobody(t *testing.T) {
	t.Parallel()
	reg := prometheus.NewRegistry()
	d := storetest.New(t)
	s := d.Open(t, func(c *store.Config) { c.Registerer, c.QueueWait, c.Patience = reg, time.Hour, 2*time.Hour })
	_, ids := storetest.Sale(t, s, store.NewItem{Units: 5})
	for user := range uint64(5) {
		if got := buy(t, s, ids[0], user+1, 1); got.Outcome != store.Placed {
			t.Errorf("shopper %d: %s", user+1, got.Outcome)
		}
	}
	if calls, orders := sample(t, reg, "doorbuster_batch_orders"); calls != 5 || orders != 5 {
		t.Errorf("%d CALLs for %v orders, want 5 for 5", calls, orders)
	}
}

func TestArrivalDecides(t *testing.T) {
	t.Parallel()
	l := newLine(t, 10)
	wishes := l.wishes(t, slices.Repeat([]int{1}, 30)...)
	for i, j := 0, len(wishes)-1; i < j; i, j = i+1, j-1 {
		wishes[i].UserID, wishes[j].UserID = wishes[j].UserID, wishes[i].UserID // the order of arrival is not the order of numbers
	}
	l.queue(t, wishes...)
	want := append(slices.Repeat([]store.Outcome{store.Placed}, 9), slices.Repeat([]store.Outcome{store.SoldOut}, 21)...)
	if got := l.finish(wishes...); !slices.Equal(got, want) {
		t.Errorf("in order of arrival: %v", got)
	}
	l.d.MustAudit(t)
}

// Who asks for more than is left must not strand what is left.
func TestTooLargeWishesStrandNothing(t *testing.T) {
	t.Parallel()
	t.Run("later smaller wishes are served", func(t *testing.T) {
		t.Parallel()
		l := newLine(t, 10)
		wishes := l.wishes(t, 4, 4, 4, 1, 1, 4)
		l.queue(t, wishes...)
		want := []store.Outcome{store.Placed, store.Placed, store.SoldOut, store.Placed, store.SoldOut, store.SoldOut}
		if got := l.finish(wishes...); !slices.Equal(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
		l.d.MustAudit(t)
	})
	t.Run("what nobody can use is told", func(t *testing.T) {
		t.Parallel()
		l := newLine(t, 10)
		wishes := l.wishes(t, 4, 4, 4, 3)
		l.queue(t, wishes...)
		want := []store.Outcome{store.Placed, store.Placed, store.NotEnough, store.NotEnough}
		if got := l.finish(wishes...); !slices.Equal(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
		if left := l.answers[wishes[2].OrderID].UnitsLeft; left != 1 {
			t.Errorf("told %d units left, want 1", left)
		}
		if got := buy(t, l.s, l.item, wishes[2].UserID, 1); got.Outcome != store.Placed {
			t.Errorf("one of those takes what is left: %s", got.Outcome)
		}
		l.d.MustAudit(t)
	})
}

// A batch never holds two requests of one shopper: the second would meet the first one's order only at the unique key, and everybody
// in the batch would have to wait for another round.
func TestBatchHoldsAShopperOnce(t *testing.T) {
	t.Parallel()
	l := newLine(t, 200)
	same := purchase(t, l.item, 7, 1)
	others := l.wishes(t, 1, 1, 1)
	wishes := slices.Concat([]store.Purchase{same, same, purchase(t, l.item, 7, 1), purchase(t, l.item, 7, 2)}, others)
	for _, p := range wishes {
		before, _ := store.InLine(l.s, l.item)
		l.wg.Go(func() {
			got := attempt(t, l.s, p)
			l.mu.Lock()
			defer l.mu.Unlock()
			l.answers[p.OrderID] = worse(l.answers[p.OrderID], got)
		})
		l.await(t, before+1)
	}
	want := []store.Outcome{store.Exists, store.Exists, store.AlreadyOrdered, store.AlreadyOrdered, store.Placed, store.Placed, store.Placed}
	if got := l.finish(wishes...); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if calls, orders := l.batches(t); calls != 5 || orders != 8 {
		t.Errorf("%d CALLs for %v requests, want 5 for 8", calls, orders)
	}
	if _, retries := sample(t, l.reg, "doorbuster_batch_retries_total"); retries != 0 {
		t.Errorf("%v retries", retries)
	}
	l.d.MustAudit(t)
}

// worse keeps Exists over Placed when one key was answered twice.
func worse(a, b store.Placement) store.Placement {
	if a.Outcome == store.Exists {
		return a
	}
	return b
}

// One shopper's key used by another is that other's mistake. It must not cost the rest of the batch their order.
func TestForeignKeySpoilsNobodysBatch(t *testing.T) {
	t.Parallel()
	l := newLine(t, 200)
	wishes := l.wishes(t, 1, 1, 1, 1)
	wishes[2].OrderID = wishes[1].OrderID
	got := map[uint64]store.Outcome{}
	for _, p := range wishes {
		before, _ := store.InLine(l.s, l.item)
		l.wg.Go(func() {
			answer := attempt(t, l.s, p)
			l.mu.Lock()
			defer l.mu.Unlock()
			got[p.UserID] = answer.Outcome
		})
		l.await(t, before+1)
	}
	l.finish()
	for user, want := range map[uint64]store.Outcome{2: store.Placed, 3: store.Placed, 4: store.KeyReused, 5: store.Placed} {
		if got[user] != want {
			t.Errorf("shopper %d: %s, want %s", user, got[user], want)
		}
	}
	l.d.MustAudit(t)
}

// Numbers that no column holds are one shopper's mistake too.
func TestAbsurdUnitsSpoilNobodysBatch(t *testing.T) {
	t.Parallel()
	l := newLine(t, 200)
	wishes := l.wishes(t, 1, 1<<40, -1<<40, 1<<31, 0, -1, 11, 1)
	l.queue(t, wishes...)
	want := []store.Outcome{
		store.Placed, store.OverLimit, store.BadUnits, store.OverLimit, store.BadUnits, store.BadUnits, store.OverLimit, store.Placed,
	}
	if got := l.finish(wishes...); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	l.d.MustAudit(t)
}

// Promise: a closed tab does not cut a purchase in two, whether it closes before the database is asked or while it works.
func TestClosedTab(t *testing.T) {
	t.Parallel()
	l := newLine(t, 10)
	ctx, closeTab := context.WithCancel(t.Context())
	p := purchase(t, l.item, 2, 1)
	l.wg.Go(func() {
		if got, err := l.s.PlaceOrder(ctx, p); err != nil || got.Outcome != store.Placed {
			t.Errorf("the tab was closed while the shopper stood in line: %s, %v", got.Outcome, err)
		}
	})
	l.await(t, 1)
	closeTab()
	l.finish()
	late := purchase(t, l.item, 3, 1)
	if got, err := l.s.PlaceOrder(ctx, late); err != nil || got.Outcome != store.Placed {
		t.Errorf("the tab was closed before: %s, %v", got.Outcome, err)
	}
	for _, p := range []store.Purchase{p, late} {
		if o, err := l.s.Order(t.Context(), p.OrderID, p.UserID); err != nil || o.State != "held" {
			t.Errorf("order of shopper %d: %q, %v", p.UserID, o.State, err)
		}
	}
	l.d.MustAudit(t)
}

// Nor does a tab that closes while the database takes its time: the handler still gets the answer, for its log and for the next request.
func TestClosedTabWhileTheCallIsOut(t *testing.T) {
	t.Parallel()
	d := storetest.New(t)
	s := d.Open(t, func(c *store.Config) { c.QueueWait, c.Patience = 200*time.Millisecond, longest })
	_, ids := storetest.Sale(t, s, store.NewItem{Units: 1})
	release := holdStock(t, d.Root(t), ids[0])
	ctx, closeTab := context.WithCancel(t.Context())
	closeTab()
	answer := make(chan store.Placement, 1)
	go func() {
		got, err := s.PlaceOrder(ctx, purchase(t, ids[0], 1, 1))
		if err != nil {
			t.Error(err)
		}
		answer <- got
	}()
	select {
	case got := <-answer:
		t.Fatalf("answered while the stock was held: %s", got.Outcome)
	case <-time.After(500 * time.Millisecond): // beyond QueueWait, where only the answer and Patience may end the wait
	}
	release()
	if got := <-answer; got.Outcome != store.Placed {
		t.Errorf("the tab was closed: %s", got.Outcome)
	}
}
