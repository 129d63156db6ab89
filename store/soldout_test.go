package store_test

import (
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"doorbuster/store"
	"doorbuster/store/storetest"
)

// soldOutShop has one item of one unit, which shopper 1 has, and a Store that polls so rarely that only its own memory, its own changes
// and its probes tell it anything, unless polls is set.
type soldOutShop struct {
	d     *storetest.Database
	s     *store.Store // the one under test
	other *store.Store // another node
	reg   *prometheus.Registry
	item  uint64
	owner store.Purchase
}

func newSoldOutShop(t *testing.T, polls bool) soldOutShop {
	t.Helper()
	shop := soldOutShop{d: storetest.New(t), reg: prometheus.NewRegistry()}
	shop.other = shop.d.Open(t)
	_, ids := storetest.Sale(t, shop.other, store.NewItem{Units: 1, Shards: 2})
	shop.item = ids[0]
	shop.s = shop.d.Open(t, func(c *store.Config) {
		c.Registerer = shop.reg
		if !polls {
			c.PollEvery = time.Hour
		}
	})
	shop.owner = purchase(t, shop.item, 1, 1)
	if got := attempt(t, shop.s, shop.owner); got.Outcome != store.Placed {
		t.Fatalf("the only unit: %s", got.Outcome)
	}
	return shop
}

// refuse lets shoppers from…to be told "sold out" by the database.
func (shop soldOutShop) refuse(t *testing.T, from, to uint64) {
	t.Helper()
	for user := from; user <= to; user++ {
		if got := buy(t, shop.s, shop.item, user, 1); got.Outcome != store.SoldOut {
			t.Fatalf("shopper %d: %s", user, got.Outcome)
		}
	}
}

func (shop soldOutShop) calls(t *testing.T) uint64 {
	t.Helper()
	calls, _ := sample(t, shop.reg, "doorbuster_batch_orders")
	return calls
}

// Memory repeats a no. It spares the database all but one question a second, and it counts as an answer like any other.
func TestMemoryRepeatsANo(t *testing.T) {
	t.Parallel()
	shop := newSoldOutShop(t, true)
	shop.refuse(t, 2, 21)
	before, start := shop.calls(t), time.Now()
	for range 100 {
		for user := uint64(2); user <= 21; user++ {
			if got := buy(t, shop.s, shop.item, user, 1); got.Outcome != store.SoldOut {
				t.Fatalf("shopper %d: %s", user, got.Outcome)
			}
		}
	}
	probes := shop.calls(t) - before
	if most := uint64(time.Since(start)/time.Second) + 2; probes > most {
		t.Errorf("2000 presses in %s cost %d CALLs, want at most %d", time.Since(start), probes, most)
	}
	if _, n := sample(t, shop.reg, "doorbuster_place_orders_total"); n != 1+20+2000 {
		t.Errorf("%v answers counted, want 2021", n)
	}
}

// ownersKnown waits until memory knows who has an order of the item.
func (shop soldOutShop) ownersKnown(t *testing.T) {
	t.Helper()
	eventually(t, "the owners are known", func() bool { return store.OwnersKnown(shop.s, shop.item) })
}

// A million shoppers come after the last unit, each for the first time: once it is known who owns the item, none of them costs the database
// anything. Those who own it, with the same key or another, or whose order is over, are always let through.
func TestMemoryRefusesAllButOwners(t *testing.T) {
	t.Parallel()
	shop := newSoldOutShop(t, false)
	change, err := shop.other.AddUnits(t.Context(), store.Operator("test"), shop.item, 2, "two came")
	mustBe(t, change.Outcome, err, store.Added)
	gone := purchase(t, shop.item, 2, 1)
	mustBe(t, attempt(t, shop.other, gone).Outcome, nil, store.Placed)
	cancel, err := shop.other.CancelOrder(t.Context(), gone.OrderID, 2)
	mustBe(t, cancel.Outcome, err, store.Cancelled)
	elsewhere := purchase(t, shop.item, 3, 1) // of another node, as far as this one is concerned
	mustBe(t, attempt(t, shop.other, elsewhere).Outcome, nil, store.Placed)
	mustBe(t, buy(t, shop.other, shop.item, 4, 1).Outcome, nil, store.Placed)

	shop.refuse(t, 10, 10)
	shop.ownersKnown(t)
	before, start := shop.calls(t), time.Now()
	for user := uint64(100); user < 2100; user++ {
		if got := buy(t, shop.s, shop.item, user, 1); got.Outcome != store.SoldOut || got.StockVersion == 0 {
			t.Fatalf("shopper %d, new: %+v", user, got)
		}
	}
	if asked, most := shop.calls(t)-before, uint64(time.Since(start)/time.Second)+2; asked > most {
		t.Errorf("2000 new shoppers asked the database %d times, want at most %d", asked, most)
	}
	for range 3 {
		for _, p := range []store.Purchase{shop.owner, gone, elsewhere} {
			if got := attempt(t, shop.s, p); got.Outcome != store.Exists || got.OrderID != p.OrderID {
				t.Errorf("shopper %d pressed again: %+v", p.UserID, got)
			}
		}
		if got := buy(t, shop.s, shop.item, 3, 1); got.Outcome != store.AlreadyOrdered || got.OrderID != elsewhere.OrderID {
			t.Errorf("an owner pressed with another key: %+v", got)
		}
	}
	shop.d.MustAudit(t)
}

// A Store forgets "sold out" at once when it changed the stock itself, and within about a second when another node did. One probe a second
// alone would need a minute for these shoppers.
func TestRestockReopens(t *testing.T) {
	t.Parallel()
	const shoppers = 60
	for name, restock := range map[string]func(t *testing.T, shop soldOutShop) (units int){
		"own AddUnits": func(t *testing.T, shop soldOutShop) int {
			change, err := shop.s.AddUnits(t.Context(), store.Operator("test"), shop.item, shoppers, "more came")
			mustBe(t, change.Outcome, err, store.Added)
			return shoppers
		},
		"own CancelOrder": func(t *testing.T, shop soldOutShop) int {
			change, err := shop.s.CancelOrder(t.Context(), shop.owner.OrderID, 1)
			mustBe(t, change.Outcome, err, store.Cancelled)
			return 1
		},
		"AddUnits of another node": func(t *testing.T, shop soldOutShop) int {
			change, err := shop.other.AddUnits(t.Context(), store.Operator("test"), shop.item, shoppers, "more came")
			mustBe(t, change.Outcome, err, store.Added)
			return shoppers
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			shop := newSoldOutShop(t, true)
			shop.refuse(t, 2, shoppers+1)
			units, start := restock(t, shop), time.Now()
			placed := map[uint64]bool{}
			eventually(t, "the units that came back are sold", func() bool {
				for user := uint64(2); user <= shoppers+1; user++ {
					if !placed[user] && len(placed) < units {
						placed[user] = buy(t, shop.s, shop.item, user, 1).Outcome == store.Placed
						if !placed[user] {
							delete(placed, user)
						}
					}
				}
				return len(placed) == units
			})
			if took := time.Since(start); took > 20*time.Second {
				t.Errorf("%d units took %s: only the probes sell them", units, took)
			}
			shop.d.MustAudit(t)
		})
	}
}

func mustBe(t testing.TB, got store.Outcome, err error, want store.Outcome) {
	t.Helper()
	if err != nil || got != want {
		t.Fatalf("got %q, %v, want %q", got, err, want)
	}
}

// The moment after this Store gave a unit back, whoever comes gets it: no poll and no probe has to bring the news.
func TestOwnRestockReopensAtOnce(t *testing.T) {
	t.Parallel()
	shop := newSoldOutShop(t, false)
	shop.refuse(t, 2, 2)
	shop.ownersKnown(t)
	next := uint64(100)
	newcomer := func(t *testing.T) store.Purchase {
		t.Helper()
		next++
		mustBe(t, buy(t, shop.s, shop.item, 99, 1).Outcome, nil, store.SoldOut) // after a probe, if one is due
		return purchase(t, shop.item, next, 1)
	}
	for what, giveBack := range map[string]func(t *testing.T, owner store.Purchase){
		"cancel": func(t *testing.T, owner store.Purchase) {
			change, err := shop.s.CancelOrder(t.Context(), owner.OrderID, owner.UserID)
			mustBe(t, change.Outcome, err, store.Cancelled)
		},
		"add": func(t *testing.T, _ store.Purchase) {
			change, err := shop.s.AddUnits(t.Context(), store.Operator("test"), shop.item, 1, "one came")
			mustBe(t, change.Outcome, err, store.Added)
		},
		"refund": func(t *testing.T, owner store.Purchase) {
			change, err := shop.s.PayOrder(t.Context(), store.Operator("test"), owner.OrderID, "cash")
			mustBe(t, change.Outcome, err, store.Paid)
			change, err = shop.s.RefundOrder(t.Context(), store.Operator("test"), owner.OrderID, true, "broken")
			mustBe(t, change.Outcome, err, store.Refunded)
		},
	} {
		p := newcomer(t)
		giveBack(t, shop.owner)
		if got := attempt(t, shop.s, p); got.Outcome != store.Placed {
			t.Fatalf("after %s: %s", what, got.Outcome)
		}
		shop.owner = p
		shop.refuse(t, next+1000, next+1000)
		shop.ownersKnown(t)
	}
	// What gives nothing back changes nothing: memory goes on.
	change, err := shop.s.CancelOrder(t.Context(), shop.owner.OrderID, 7777)
	mustBe(t, change.Outcome, err, store.NoSuchOrder)
	if !store.OwnersKnown(shop.s, shop.item) {
		t.Error("a cancellation that did nothing made memory forget")
	}
	shop.d.MustAudit(t)
}

// When the news of a restock does not arrive, one shopper a second is let through all the same, and what the database tells that one is
// news as well: the others need not wait for a probe each.
func TestProbeFindsTheRestock(t *testing.T) {
	t.Parallel()
	shop := newSoldOutShop(t, false)
	const shoppers = 30
	shop.refuse(t, 2, shoppers+1)
	change, err := shop.other.AddUnits(t.Context(), store.Operator("test"), shop.item, 2*shoppers, "more came")
	mustBe(t, change.Outcome, err, store.Added)
	var first uint64
	eventually(t, "a probe", func() bool {
		for user := uint64(2); user <= shoppers+1 && first == 0; user++ {
			if buy(t, shop.s, shop.item, user, 1).Outcome == store.Placed {
				first = user
			}
		}
		return first != 0
	})
	for user := uint64(2); user <= shoppers+1; user++ {
		if got := buy(t, shop.s, shop.item, user, 1); user != first && got.Outcome != store.Placed {
			t.Errorf("shopper %d, after shopper %d got a unit: %s", user, first, got.Outcome)
		}
	}
	shop.d.MustAudit(t)
}

// Who was refused, was let through by a probe and has the order now must never hear "sold out" again, even if nothing else is known.
func TestRefusedOnceThenPlaced(t *testing.T) {
	t.Parallel()
	shop := newSoldOutShop(t, false)
	p := purchase(t, shop.item, 2, 1)
	if got := attempt(t, shop.s, p); got.Outcome != store.SoldOut {
		t.Fatalf("first: %s", got.Outcome)
	}
	change, err := shop.other.AddUnits(t.Context(), store.Operator("test"), shop.item, 1, "one came")
	mustBe(t, change.Outcome, err, store.Added)
	eventually(t, "the probe", func() bool { return attempt(t, shop.s, p).Outcome == store.Placed })
	for range 5 {
		if got := attempt(t, shop.s, p); got.Outcome != store.Exists {
			t.Errorf("the same key again: %s", got.Outcome)
		}
		if got := buy(t, shop.s, shop.item, 2, 1); got.Outcome != store.AlreadyOrdered || got.OrderID != p.OrderID {
			t.Errorf("another key: %+v", got)
		}
	}
}

// While a probe is away its shopper may already have the order: a second press must wait for the database too.
func TestSecondPressDuringAProbe(t *testing.T) {
	t.Parallel()
	shop := newSoldOutShop(t, false)
	shop.refuse(t, 2, 2)
	change, err := shop.other.AddUnits(t.Context(), store.Operator("test"), shop.item, 1, "one came")
	mustBe(t, change.Outcome, err, store.Added)
	release := holdStock(t, shop.d.Root(t), shop.item)
	p := purchase(t, shop.item, 2, 1)
	answers := make(chan store.Placement, 1000)
	var wg sync.WaitGroup
	eventually(t, "a probe", func() bool { // each press of memory is answered at once, the probe's waits for the stock
		wg.Go(func() { answers <- attempt(t, shop.s, p) })
		_, queues := store.InLine(shop.s, shop.item)
		return queues == 1
	})
	for len(answers) > 0 {
		<-answers // those before the probe
	}
	second := make(chan store.Placement, 1)
	wg.Go(func() { second <- attempt(t, shop.s, p) })
	release()
	wg.Wait()
	if got := <-second; got.Outcome != store.Placed && got.Outcome != store.Exists {
		t.Errorf("second press: %s", got.Outcome)
	}
}
