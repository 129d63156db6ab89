package store_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"doorbuster/store"
	"doorbuster/store/storetest"
)

// fair is everything at once on a few items: shoppers who buy, pay, cancel and leave, a worker, a merchant who cannot make up their mind,
// and an auditor who looks every tenth of a second.
type fair struct {
	d     *storetest.Database
	s     *store.Store
	sale  uint64
	items []uint64
	j     *journal

	mu   sync.Mutex
	paid []uuid.UUID
	done map[string]int // what was done how often
}

func (f *fair) did(what store.Outcome) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.done[string(what)]++
}

// noFault wants no error but a polite refusal: no deadlock, no time-out and no fault may reach a caller.
func noFault(t testing.TB, what string, err error) bool {
	t.Helper()
	var busy *store.BusyError
	if errors.As(err, &busy) && busy.Err == nil {
		return false
	}
	if err != nil {
		t.Errorf("%s: %v", what, err)
	}
	return err == nil
}

// Promises 2, 3 and P7: the audit is empty at any instant, not only when everything has come to rest.
func TestEverythingAtOnce(t *testing.T) {
	t.Parallel()
	length := 5 * time.Second
	if testing.Short() {
		length = time.Second
	}
	d := storetest.New(t)
	f := &fair{d: d, s: d.Open(t), j: newJournal(), done: map[string]int{}}
	f.sale, f.items = storetest.Sale(t, f.s, store.NewItem{Units: 30, Shards: 1, LimitPerUser: 3}, store.NewItem{Units: 30, Shards: 3, LimitPerUser: 2})
	ctx, cancel := context.WithTimeout(t.Context(), length)
	defer cancel()
	var wg sync.WaitGroup
	for range 24 {
		wg.Go(func() { f.shop(ctx, t) })
	}
	wg.Go(func() { f.work(ctx, t) })
	wg.Go(func() { f.manage(ctx, t) })
	wg.Go(func() { f.refund(ctx, t) })
	wg.Go(func() { f.audit(ctx, t) })
	wg.Wait()
	for _, item := range f.items {
		f.j.compare(t, d, item)
	}
	d.MustAudit(t)
	t.Logf("done: %v; answers: %v", f.done, f.j.counts())
	for _, what := range []store.Outcome{store.Paid, store.Cancelled, store.Expired, store.Refunded, store.Added, store.Withdrawn, store.Resumed} {
		if f.done[string(what)] == 0 && !testing.Short() {
			t.Errorf("nothing was %s: the test proved too little", what)
		}
	}
}

// shop buys as one shopper after the other. Few numbers, so that shoppers meet their former orders.
func (f *fair) shop(ctx context.Context, t *testing.T) {
	for ctx.Err() == nil {
		p := purchase(t, f.items[rand.N(len(f.items))], 1+rand.N[uint64](60), 1+rand.N(3))
		got := f.j.settle(t, f.s, p)
		if got.Outcome != store.Placed {
			continue
		}
		switch rand.N(4) {
		case 0: // leaves; the worker will come
		case 1:
			change, err := f.s.CancelOrder(t.Context(), p.OrderID, p.UserID)
			if noFault(t, "cancel", err) {
				f.did(change.Outcome)
			}
		default:
			f.pay(t, p)
		}
	}
}

func (f *fair) pay(t *testing.T, p store.Purchase) {
	change, err := f.s.PayOrder(t.Context(), store.Operator("test"), p.OrderID, "cash")
	if !noFault(t, "pay", err) {
		return
	}
	f.did(change.Outcome)
	if change.Outcome == store.Paid {
		f.mu.Lock()
		f.paid = append(f.paid, p.OrderID)
		f.mu.Unlock()
	}
}

// work ends holds, some of them long before their time: the clock of the holds is turned by hand.
func (f *fair) work(ctx context.Context, t *testing.T) {
	root := f.d.Root(t)
	lease, err := f.s.TakeLease(ctx, "expire_orders", "test", time.Hour, true)
	if err != nil {
		t.Error(err)
		return
	}
	for ctx.Err() == nil {
		_, err := root.ExecContext(t.Context(), `UPDATE orders SET hold_expires_at = UTC_TIMESTAMP(6) - INTERVAL 1 SECOND
			WHERE state = 'held' AND placed_at < UTC_TIMESTAMP(6) - INTERVAL 200000 MICROSECOND LIMIT 5`)
		if err != nil {
			t.Errorf("turning the clock: %v", err)
		}
		expiry, err := f.s.ExpireOrders(t.Context(), lease.Fence, 3)
		if noFault(t, "expire", err) {
			f.did(expiry.Outcome)
		}
		rest(ctx, 20*time.Millisecond)
	}
}

func (f *fair) manage(ctx context.Context, t *testing.T) {
	for n := 0; ctx.Err() == nil; n++ {
		item := f.items[n%len(f.items)]
		change, err := f.s.AddUnits(t.Context(), store.Operator("merchant"), item, 1+rand.N(5), "more came")
		if noFault(t, "add", err) {
			f.did(change.Outcome)
		}
		change, err = f.s.WithdrawUnits(t.Context(), store.Operator("merchant"), item, 1+rand.N(3), "some broke")
		if noFault(t, "withdraw", err) {
			f.did(change.Outcome)
		}
		if n%10 == 0 {
			outcome, err := f.s.PauseSale(t.Context(), store.Operator("merchant"), f.sale, "wait")
			if noFault(t, "pause", err) {
				f.did(outcome)
			}
			outcome, err = f.s.ResumeSale(t.Context(), store.Operator("merchant"), f.sale, "go on")
			if noFault(t, "resume", err) {
				f.did(outcome)
			}
		}
		rest(ctx, 10*time.Millisecond)
	}
}

func (f *fair) refund(ctx context.Context, t *testing.T) {
	for n := 0; ctx.Err() == nil; n++ {
		f.mu.Lock()
		paid := slices.Clone(f.paid)
		f.mu.Unlock()
		if len(paid) > 0 {
			change, err := f.s.RefundOrder(t.Context(), store.Operator("merchant"), paid[rand.N(len(paid))], n%2 == 0, "sent back")
			if noFault(t, "refund", err) {
				f.did(change.Outcome)
			}
		}
		rest(ctx, 10*time.Millisecond)
	}
}

func (f *fair) audit(ctx context.Context, t *testing.T) {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			f.d.MustAudit(t)
			f.did("audited")
		}
	}
}
