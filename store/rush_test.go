package store_test

import (
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"doorbuster/store"
	"doorbuster/store/storetest"
)

// kinds are the shapes of items that every crowd meets: few and many stock rows, one and several units per shopper.
var kinds = []struct{ shards, limit int }{{1, 1}, {1, 3}, {3, 1}, {3, 3}, {8, 1}, {8, 3}}

// Promises 2 and 3: more wishes than units, all at once. Exactly the units go, and nobody is refused what is still there.
func TestCrowd(t *testing.T) {
	t.Parallel()
	const units, shoppers = 50, 150
	d := storetest.New(t)
	s := d.Open(t)
	var items []store.NewItem
	for _, k := range kinds {
		items = append(items, store.NewItem{Units: units, Shards: k.shards, LimitPerUser: k.limit})
	}
	_, ids := storetest.Sale(t, s, items...)

	j := newJournal()
	var wg sync.WaitGroup
	for i, k := range kinds {
		for user := range uint64(shoppers) {
			p := purchase(t, ids[i], user+1, 1+rand.N(k.limit))
			wg.Go(func() { refusedRightly(t, p, j.settle(t, s, p)) })
		}
	}
	wg.Wait()
	for i, k := range kinds {
		b := j.compare(t, d, ids[i])
		if b.available != 0 || b.active != units {
			t.Errorf("%s: %d of %d units sold, %d left", shardsName(k.shards, k.limit), b.active, units, b.available)
		}
	}
	d.MustAudit(t)
}

// refusedRightly checks that an answer does not contradict itself.
func refusedRightly(t testing.TB, p store.Purchase, got store.Placement) {
	t.Helper()
	switch got.Outcome {
	case store.Placed:
		if got.OrderID != p.OrderID || got.HoldExpiresAt.IsZero() {
			t.Errorf("shopper %d placed %s and was told %+v", p.UserID, p.OrderID, got)
		}
	case store.SoldOut:
		if got.UnitsLeft != 0 || got.OrderID != uuid.Nil {
			t.Errorf("shopper %d: sold out and %+v", p.UserID, got)
		}
	case store.NotEnough:
		if got.UnitsLeft < 1 || got.UnitsLeft >= p.Units {
			t.Errorf("shopper %d asked for %d units and was refused with %d left", p.UserID, p.Units, got.UnitsLeft)
		}
	default:
		t.Errorf("shopper %d: %s", p.UserID, got.Outcome)
	}
}

// Promise 2 with impatient shoppers: each purchase comes one to five times at once with the same key, and with other keys as well.
// All presses of a shopper are told the same: one order, or that it is sold out.
func TestDoublePresses(t *testing.T) {
	t.Parallel()
	const units, shoppers = 30, 70
	d := storetest.New(t)
	s := d.Open(t)
	_, ids := storetest.Sale(t, s, store.NewItem{Units: units, Shards: 1}, store.NewItem{Units: units, Shards: 3})
	j := newJournal()
	var wg sync.WaitGroup
	for _, item := range ids {
		for user := range uint64(shoppers) {
			wg.Go(func() { pressOften(t, s, j, item, user+1) })
		}
	}
	wg.Wait()
	for _, item := range ids {
		if b := j.compare(t, d, item); b.active != units || len(b.orders) != units {
			t.Errorf("item %d: %d units sold in %d orders, want %d in as many", item, b.active, len(b.orders), units)
		}
	}
	counts := j.counts()
	if counts[store.Placed] != units*len(ids) || counts[store.Exists] == 0 || counts[store.AlreadyOrdered] == 0 {
		t.Errorf("answers: %v", counts)
	}
	d.MustAudit(t)
}

func pressOften(t testing.TB, s *store.Store, j *journal, item, user uint64) {
	keys := []store.Purchase{purchase(t, item, user, 1), purchase(t, item, user, 1)}
	var mu sync.Mutex
	var answers []store.Placement
	var wg sync.WaitGroup
	for _, p := range keys {
		for range 1 + rand.N(5) {
			wg.Go(func() {
				got := j.settle(t, s, p)
				mu.Lock()
				defer mu.Unlock()
				answers = append(answers, got)
			})
		}
	}
	wg.Wait()
	has := oneStory(t, user, answers)
	for _, p := range keys { // later, when it is sold out: the first answer is repeated, never "sold out" to one who has it
		again := j.settle(t, s, p)
		switch {
		case has == uuid.Nil && again.Outcome != store.SoldOut:
			t.Errorf("shopper %d was refused and then told %s", user, again.Outcome)
		case has == p.OrderID && (again.Outcome != store.Exists || again.OrderID != has):
			t.Errorf("shopper %d has order %s and was told %s of %s", user, has, again.Outcome, again.OrderID)
		case has != uuid.Nil && has != p.OrderID && (again.Outcome != store.AlreadyOrdered || again.OrderID != has):
			t.Errorf("shopper %d has order %s and was told %s of %s with another key", user, has, again.Outcome, again.OrderID)
		}
	}
}

// oneStory checks that all answers to one shopper name one order, placed once, or none, and returns the order.
func oneStory(t testing.TB, user uint64, answers []store.Placement) uuid.UUID {
	t.Helper()
	has, placed, refused := uuid.Nil, 0, 0
	for _, a := range answers {
		if a.Outcome == store.Placed {
			placed++
		}
		switch {
		case !isYes(a.Outcome):
			refused++
		case has == uuid.Nil:
			has = a.OrderID
		case has != a.OrderID:
			t.Errorf("shopper %d was told of orders %s and %s", user, has, a.OrderID)
		}
	}
	if placed > 1 || (has != uuid.Nil && refused > 0) {
		t.Errorf("shopper %d was told %v", user, outcomes(answers))
	}
	return has
}

// Several web nodes sell one item. Shoppers press on all of them with one key and with others. One node has not heard of the item yet
// and takes its first stock row for everybody: where there is plenty, the presses of one shopper meet only at the unique keys.
func TestSeveralStores(t *testing.T) {
	t.Parallel()
	const units, shoppers, plenty = 40, 80, 9000
	d := storetest.New(t)
	ignorant := d.Open(t, func(c *store.Config) { c.PollEvery = time.Hour })
	first := d.Open(t)
	_, ids := storetest.Sale(t, first,
		store.NewItem{Units: units, Shards: 3}, store.NewItem{Units: units, Shards: 1}, store.NewItem{Units: plenty, Shards: 3})
	stores := []*store.Store{ignorant, first, d.Open(t)}
	j := newJournal()
	var wg sync.WaitGroup
	for _, item := range ids {
		for user := range uint64(shoppers) {
			same := purchase(t, item, user+1, 1)
			for _, s := range stores {
				own := purchase(t, item, user+1, 1)
				wg.Go(func() { j.settle(t, s, same) })
				wg.Go(func() { j.settle(t, s, own) })
			}
		}
	}
	wg.Wait()
	for i, want := range []int{units, units, shoppers} {
		if b := j.compare(t, d, ids[i]); b.active != want {
			t.Errorf("item %d: %d units sold, want %d", ids[i], b.active, want)
		}
	}
	if counts := j.counts(); counts[store.Placed] != units+units+shoppers {
		t.Errorf("answers: %v", counts)
	}
	d.MustAudit(t)
}
