package store_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"

	"doorbuster/localdb"
	"doorbuster/store"
	"doorbuster/store/storetest"
)

// rush is a crowd that keeps coming while the database goes and comes.
type rush struct {
	s        *store.Store
	j        *journal
	users    atomic.Uint64
	answered atomic.Int64
	wg       sync.WaitGroup
	cancel   context.CancelFunc
}

// startRush lets so many shoppers at a time buy one unit of the items in turn, until it is stopped.
func startRush(t *testing.T, s *store.Store, shoppers int, items []uint64) *rush {
	ctx, cancel := context.WithCancel(t.Context())
	r := &rush{s: s, j: newJournal(), cancel: cancel}
	for range shoppers {
		r.wg.Go(func() {
			for ctx.Err() == nil {
				user := r.users.Add(1)
				r.j.sure(t, s, purchase(t, items[user%uint64(len(items))], user, 1))
				r.answered.Add(1)
			}
		})
	}
	return r
}

// more waits until n more shoppers have a sure answer.
func (r *rush) more(t *testing.T, n int64) {
	t.Helper()
	goal := r.answered.Load() + n
	eventually(t, "the shop goes on selling", func() bool { return r.answered.Load() >= goal })
}

func (r *rush) stop() {
	r.cancel()
	r.wg.Wait()
}

// Promises 1, 2 and 4 (P1, P2, P19): the database is killed in the middle of a rush and started again, several times. The same Store goes
// on by itself; who was told yes has the order, who was told no has none, and nobody is left without an answer.
func TestDatabaseKilledInARush(t *testing.T) {
	t.Parallel()
	kills := 4
	if testing.Short() {
		kills = 1
	}
	server := storetest.OwnServer(t)
	d := storetest.On(t, server)
	s := d.Open(t)
	_, items := storetest.Sale(t, s, store.NewItem{Units: 90000, Shards: 1}, store.NewItem{Units: 90000, Shards: 3}, store.NewItem{Units: 60, Shards: 3})
	r := startRush(t, s, 60, items)
	r.more(t, 300)
	for range kills {
		crash(t, server)
		r.more(t, 300)
	}
	r.stop()
	counts := r.j.counts()
	t.Logf("answers: %v", counts)
	if counts[store.Placed]+counts[store.Exists] < 200*kills || counts[store.SoldOut] == 0 {
		t.Errorf("answers: %v: the test proved too little", counts)
	}
	quiet(t, d, d.Root(t))
	for _, item := range items {
		r.j.compare(t, d, item)
	}
	if b := readBooks(t, d, items[2]); b.active > 60 {
		t.Errorf("%d of 60 units sold", b.active)
	}
	d.MustAudit(t)
	eventually(t, "the store is ready again", func() bool { return s.Ready() == nil })
}

func crash(t *testing.T, server *localdb.DB) {
	t.Helper()
	if err := server.Kill(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), longest)
	defer cancel()
	if err := server.Restart(ctx); err != nil {
		t.Fatal(err)
	}
}

// While the database is away, shoppers are told to come back (never no, never a fault), and what pages need is still there, but old. A node
// that starts meanwhile does the same, and both serve as soon as the database is back.
func TestDatabaseAwayIsNoRefusal(t *testing.T) {
	t.Parallel()
	server := storetest.OwnServer(t)
	d := storetest.On(t, server)
	s := d.Open(t)
	_, items := storetest.Sale(t, s, store.NewItem{Units: 100})
	eventually(t, "the item is known", func() bool { return s.Live().Items[items[0]].UnitsLeft == 100 })
	if err := server.Kill(); err != nil {
		t.Fatal(err)
	}
	started := d.Open(t)
	j := newJournal()
	var wg sync.WaitGroup
	for user := range uint64(6) {
		at := []*store.Store{s, started}[user%2]
		p := purchase(t, items[0], user+1, 1)
		if got := attempt(t, at, p); got.Outcome != store.Busy && got.Outcome != store.Unknown {
			t.Errorf("shopper %d: %s from a database that is away", p.UserID, got.Outcome)
		}
		wg.Go(func() { j.settle(t, at, p) })
	}
	if s.Live().Items[items[0]].UnitsLeft != 100 {
		t.Error("what was known of the item is gone")
	}
	if started.Ready() == nil {
		t.Error("a node that never reached its database says that it is ready")
	}
	ctx, cancel := context.WithTimeout(t.Context(), longest)
	defer cancel()
	if err := server.Restart(ctx); err != nil {
		t.Fatal(err)
	}
	wg.Wait()
	if counts := j.counts(); counts[store.Placed]+counts[store.Exists] != 6 {
		t.Errorf("when it came back: %v", counts)
	}
	j.compare(t, d, items[0])
	d.MustAudit(t)
}
