package store_test

import (
	"encoding/binary"
	"errors"
	"testing"
	"time"

	"github.com/google/uuid"

	"doorbuster/store"
	"doorbuster/store/storetest"
)

// cameAt is an order's number made at an instant, as the shop makes it with the pass.
func cameAt(at time.Time, n byte) uuid.UUID {
	var id uuid.UUID
	binary.BigEndian.PutUint64(id[:8], uint64(at.UnixMilli())<<16)
	id[6], id[8], id[15] = 0x70, 0x80, n
	return id
}

// Who came when is read out of the orders' numbers; who had the units before somebody who came earlier overtook him, within one item only.
func TestReportFairness(t *testing.T) {
	d := storetest.New(t)
	s := d.Open(t)
	opens := s.Now().Add(-time.Minute).Truncate(time.Second)
	sale, items := storetest.SaleAt(t, s, opens, opens.Add(time.Hour), store.NewItem{Units: 50}, store.NewItem{Units: 50})
	by := store.Operator("test")
	if _, err := s.ShowReportFairness(t.Context(), by, sale, time.Second); !errors.Is(err, store.ErrNotFound) {
		t.Fatalf("nothing was ordered: %v", err)
	}
	place := func(item uint64, shopper uint64, came time.Duration) {
		t.Helper()
		p, err := s.PlaceOrder(t.Context(), store.Purchase{OrderID: cameAt(opens.Add(came), byte(shopper)), ItemID: item, UserID: shopper, Units: 1, RequestID: uuid.New()})
		if err != nil || p.Outcome != store.Placed {
			t.Fatalf("shopper %d: %s, %v", shopper, p.Outcome, err)
		}
	}
	check := func(want store.ReportFairness, worst int64) {
		t.Helper()
		got, err := s.ShowReportFairness(t.Context(), by, sale, time.Second)
		if err != nil {
			t.Fatal(err)
		}
		if w := got.WorstMS; (w == nil) != (worst == 0) || (w != nil && *w != worst) {
			t.Errorf("the worst is %v, not %d", w, worst)
		}
		if got.WorstMS = nil; got != want {
			t.Errorf("got %+v, want %+v", got, want)
		}
	}
	// One after the other: each call is answered before the next, so they are placed in this order. What another sale had stays there.
	_, others := storetest.SaleAt(t, s, opens, opens.Add(time.Hour), store.NewItem{Units: 50})
	place(others[0], 21, 20*time.Second)
	place(others[0], 22, 10*time.Millisecond)
	place(items[0], 1, 100*time.Millisecond)
	place(items[0], 2, 200*time.Millisecond)
	place(items[0], 3, 200*time.Millisecond)
	place(items[1], 4, 9*time.Second) // another item: overtakes nobody of the first
	check(store.ReportFairness{Winners: 4, FirstMS: 100, HalfMS: 200, NinetyMS: 9000, LastMS: 9000}, 0)
	place(items[0], 5, 1200*time.Millisecond)
	place(items[0], 6, 200*time.Millisecond) // came a second before shopper 5: within the slack
	check(store.ReportFairness{Winners: 6, FirstMS: 100, HalfMS: 200, NinetyMS: 9000, LastMS: 9000}, 1000)
	place(items[0], 7, 3*time.Second)
	place(items[0], 8, 1500*time.Millisecond)
	place(items[0], 9, 4*time.Second)
	place(items[0], 10, -50*time.Millisecond) // by a clock that is behind
	check(store.ReportFairness{Winners: 10, FirstMS: -50, HalfMS: 200, NinetyMS: 4000, LastMS: 9000, Overtaken: 2}, 4050)
}
