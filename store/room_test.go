package store_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"doorbuster/store"
	"doorbuster/store/storetest"
)

// While more shoppers press than the purchase lane takes, staff still end the sale; and once that is answered, nothing is placed any more.
func TestEndUnderOverload(t *testing.T) {
	t.Parallel()
	d := storetest.New(t)
	s := d.Open(t, func(c *store.Config) { c.PurchaseConns, c.BatchSize, c.QueueSize = 2, 4, 64 })
	sale, ids := storetest.Sale(t, s, store.NewItem{Units: 1_000_000})
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var wg sync.WaitGroup
	var placed, refused, next atomic.Uint64
	for range 200 {
		wg.Go(func() {
			for ctx.Err() == nil {
				id := uuid.Must(uuid.NewV7())
				p, err := s.PlaceOrder(ctx, store.Purchase{OrderID: id, ItemID: ids[0], UserID: next.Add(1), Units: 1, RequestID: id})
				switch {
				case err != nil && ctx.Err() == nil:
					t.Error(err)
					return
				case p.Outcome == store.Placed:
					placed.Add(1)
				case p.Outcome == store.Busy:
					refused.Add(1)
					rest(ctx, time.Millisecond) // as a shopper would, only shorter
				case p.Outcome == store.Over:
					return
				}
			}
		})
	}
	root := d.Root(t)
	orders := func() (n uint64) {
		t.Helper()
		if err := root.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM orders").Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	storetest.Eventually(t, "the lane of the purchase is full, and shoppers are turned away", func() bool {
		load := s.PurchaseLoad()
		return placed.Load() >= 50 && refused.Load() >= 50 && load.Busy == load.Conns && load.Waiting > 0
	})
	room, err := s.ShowRoom(t.Context(), store.Operator("test"), sale)
	if err != nil || room.Tab != "live" {
		t.Errorf("the room under overload: %s, %v", room.Tab, err)
	}
	outcome, err := s.EndSale(t.Context(), store.Operator("test"), sale, "enough")
	if err != nil || outcome != store.Ended {
		t.Fatalf("%s, %v", outcome, err)
	}
	atEnd := orders()
	wg.Wait() // everybody has been told that it is over
	if after := orders(); after != atEnd || after != placed.Load() {
		t.Errorf("%d orders when the end was answered, %d afterwards, %d shoppers have one", atEnd, after, placed.Load())
	}
	d.MustAudit(t)
}

// The load of the purchase is told as it is.
func TestPurchaseLoad(t *testing.T) {
	t.Parallel()
	l := newLine(t, 100, func(c *store.Config) { c.PurchaseConns = 3 })
	before := l.s.PurchaseLoad()
	l.queue(t, l.wishes(t, 1, 1, 1)...)
	during := l.s.PurchaseLoad()
	l.finish()
	after := l.s.PurchaseLoad()
	if during.Conns != 3 || during.Busy < 1 || during.Waiting != 3 || after.Waiting != 0 || after.Busy > 3 {
		t.Errorf("before %+v, during %+v, after %+v", before, during, after)
	}
	if orders := after.BatchOrders - before.BatchOrders; orders != 3 || after.Batches <= before.Batches {
		t.Errorf("before %+v, after %+v", before, after)
	}
}
