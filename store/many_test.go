package store_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"doorbuster/store"
	"doorbuster/store/storetest"
)

// stall is a shop of many items whose connections all stand still, one held item for each, so that it is known which batch comes next.
type stall struct {
	d       *storetest.Database
	s       *store.Store
	reg     *prometheus.Registry
	items   []uint64 // those that nobody holds
	release []func() // of the held ones
	wg      sync.WaitGroup
}

// newStall makes a shop with conns connections and free items of units each.
func newStall(t *testing.T, conns, free, units int) *stall {
	t.Helper()
	l := &stall{d: storetest.New(t), reg: prometheus.NewRegistry()}
	l.s = l.d.Open(t, func(c *store.Config) {
		c.Registerer, c.PurchaseConns, c.QueueWait, c.Patience = l.reg, conns, longest, 2*longest
	})
	wanted := make([]store.NewItem, conns+free)
	for i := range wanted {
		wanted[i] = store.NewItem{SKU: fmt.Sprint(i), Units: units, Shards: 1, LimitPerUser: 10}
	}
	_, ids := storetest.Sale(t, l.s, wanted...)
	root := l.d.Root(t)
	for i, held := range ids[:conns] {
		l.release = append(l.release, holdStock(t, root, held))
		l.send(t, purchase(t, held, uint64(900+i), 1))
		eventually(t, "the CALL is out", func() bool {
			shoppers, queues := store.InLine(l.s, held)
			return shoppers == 0 && queues == 1
		})
	}
	l.items = ids[conns:]
	return l
}

// send puts p into its line and expects "placed"; the channel is closed with the answer.
func (l *stall) send(t *testing.T, p store.Purchase) <-chan struct{} {
	t.Helper()
	before, _ := store.InLine(l.s, p.ItemID)
	done := make(chan struct{})
	l.wg.Go(func() {
		defer close(done)
		got := attempt(t, l.s, p)
		for deadline := time.Now().Add(longest); got.Outcome == store.TooLate && time.Now().Before(deadline); {
			got = attempt(t, l.s, p) // the lock came free when the CALL's time was over: nothing was done, and the shopper presses again
		}
		if got.Outcome != store.Placed {
			t.Errorf("shopper %d: %s", p.UserID, got.Outcome)
		}
	})
	if len(l.items) > 0 { // all connections stand still: the line grows
		eventually(t, "one more stands in line", func() bool {
			shoppers, _ := store.InLine(l.s, p.ItemID)
			return shoppers == before+1
		})
	}
	return done
}

// A thousand items with few shoppers each must not need a thousand commits: whoever waits when a connection comes free shares one CALL,
// whatever they buy.
func TestManyItemsShareACall(t *testing.T) {
	t.Parallel()
	l := newStall(t, 1, 30, 3)
	for user := range 90 {
		l.send(t, purchase(t, l.items[user%30], uint64(user+1), 1))
	}
	l.release[0]()
	l.wg.Wait()
	if calls, orders := sample(t, l.reg, "doorbuster_batch_orders"); calls != 2 || orders != 91 {
		t.Errorf("%d CALLs for %v orders, want 2 for 91", calls, orders)
	}
	if got := buy(t, l.s, l.items[29], 500, 1); got.Outcome != store.SoldOut {
		t.Errorf("a fourth shopper for three units: %s", got.Outcome)
	}
	l.d.MustAudit(t)
}

// An item whose stock somebody holds (a merchant's open transaction, say) stops no other item, though they were in one batch.
func TestStuckItemStopsNoOther(t *testing.T) {
	t.Parallel()
	l := newStall(t, 2, 3, 5)
	stuck := l.items[1]
	letGo := holdStock(t, l.d.Root(t), stuck)
	answers := map[uint64]<-chan struct{}{}
	for i, item := range l.items {
		answers[item] = l.send(t, purchase(t, item, uint64(i+1), 1))
	}
	items := l.items
	l.items = nil // from here on the lines move
	l.release[0]()
	for _, item := range items {
		if item != stuck {
			<-answers[item]
		}
	}
	select {
	case <-answers[stuck]:
		t.Error("the held item was sold: the test proved nothing")
	default:
	}
	if _, retries := sample(t, l.reg, "doorbuster_batch_retries_total"); retries == 0 {
		t.Error("no batch was split: the test proved nothing")
	}
	letGo()
	l.release[1]()
	l.wg.Wait()
	l.d.MustAudit(t)
}

// Many shoppers at many items through few connections: every unit goes, none twice.
func TestManyItemsCrowd(t *testing.T) {
	t.Parallel()
	const items, units, shoppers = 25, 4, 12
	d := storetest.New(t)
	s := d.Open(t, func(c *store.Config) { c.PurchaseConns = 3 })
	other := d.Open(t, func(c *store.Config) { c.PurchaseConns = 2 }) // another node at the same items
	wanted := make([]store.NewItem, items)
	for i := range wanted {
		wanted[i] = store.NewItem{SKU: fmt.Sprint(i), Units: units, Shards: 1 + i%3}
	}
	_, ids := storetest.Sale(t, s, wanted...)
	var mu sync.Mutex
	placed := map[uint64]int{}
	var wg sync.WaitGroup
	for user := range shoppers {
		for i := range ids {
			item, node := ids[(i+user)%items], s
			if user%2 == 1 {
				node = other
			}
			wg.Go(func() {
				if settle(t, node, purchase(t, item, uint64(user+1), 1)).Outcome == store.Placed {
					mu.Lock()
					defer mu.Unlock()
					placed[item]++
				}
			})
		}
	}
	wg.Wait()
	for _, item := range ids {
		if placed[item] != units {
			t.Errorf("item %d: %d of %d units went", item, placed[item], units)
		}
	}
	d.MustAudit(t)
}
