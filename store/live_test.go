package store_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"doorbuster/store"
	"doorbuster/store/storetest"
)

// Whoever sees an item sees its sale, however sales are published meanwhile: an item without one would be refused as over.
func TestLiveKnowsTheSaleOfEachItem(t *testing.T) {
	t.Parallel()
	sales := 150
	if testing.Short() {
		sales = 60
	}
	d := storetest.New(t)
	s := d.Open(t, func(c *store.Config) { c.PollEvery = time.Microsecond })
	ctx, stop := context.WithCancel(t.Context())
	var watching sync.WaitGroup
	seen := map[uint64]bool{}
	watching.Go(func() {
		var last *store.Live
		for ctx.Err() == nil {
			live := s.Live()
			if live == last {
				rest(ctx, 20*time.Microsecond)
				continue
			}
			last = live
			for id, item := range live.Items {
				seen[id] = true
				if phase := live.Sales[item.SaleID].Phase(s.Now()); phase != "live" {
					t.Errorf("item %d of sale %d is %s", id, item.SaleID, phase)
				}
			}
		}
	})
	var items []uint64
	for range sales {
		_, ids := storetest.Sale(t, s, store.NewItem{Units: 1})
		items = append(items, ids...)
	}
	eventually(t, "the last item is known", func() bool { return s.Live().Items[items[len(items)-1]].UnitsLeft == 1 })
	stop()
	watching.Wait()
	if len(seen) < sales/2 {
		t.Errorf("only %d of %d items were ever seen", len(seen), sales)
	}
}
