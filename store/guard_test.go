package store_test

import (
	"database/sql"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"doorbuster/store"
	"doorbuster/store/storetest"
)

// jam is a shop whose lane for pages is full: two who want more time hold both its connections, because somebody holds the orders.
type jam struct {
	d        *storetest.Database
	s        *store.Store
	reg      *prometheus.Registry
	sale     uint64
	item     uint64
	release  func()
	extended chan store.Outcome // two, once release was called
}

func newJam(t *testing.T, change ...func(*store.Config)) *jam {
	t.Helper()
	j := &jam{d: storetest.New(t), reg: prometheus.NewRegistry(), extended: make(chan store.Outcome, 2)}
	j.s = j.d.Open(t, append(change, func(c *store.Config) { c.Registerer, c.PagesConns = j.reg, 2 })...)
	sale, ids := storetest.Sale(t, j.s, store.NewItem{Units: 50, ExtensionMinutes: 5})
	j.sale, j.item = sale, ids[0]
	var orders []store.Purchase
	for user := range uint64(2) {
		p := purchase(t, j.item, user+1, 1)
		if got := attempt(t, j.s, p); got.Outcome != store.Placed {
			t.Fatal(got.Outcome)
		}
		orders = append(orders, p)
	}
	j.release = holdOrders(t, j.d.Root(t), orders)
	var wg sync.WaitGroup
	t.Cleanup(wg.Wait)
	for _, p := range orders {
		wg.Go(func() {
			change, err := j.s.ExtendHold(t.Context(), p.OrderID, p.UserID)
			if err != nil {
				t.Errorf("extension of shopper %d: %v", p.UserID, err)
			}
			j.extended <- change.Outcome
		})
	}
	eventually(t, "both connections are busy", func() bool {
		_, busy := sample(t, j.reg, "doorbuster_lane_busy", "pages")
		return busy == 2
	})
	return j
}

func holdOrders(t *testing.T, root *sql.DB, orders []store.Purchase) (release func()) {
	t.Helper()
	tx, err := root.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range orders {
		var state string
		if err := tx.QueryRowContext(t.Context(), "SELECT state FROM orders WHERE id = ? FOR UPDATE", p.OrderID[:]).Scan(&state); err != nil {
			t.Fatal(err)
		}
	}
	free := sync.OnceFunc(func() { _ = tx.Rollback() }) // nothing was written
	t.Cleanup(free)
	return free
}

// end lets the extensions have their orders and wants both to succeed: who had a connection loses nothing by the jam.
func (j *jam) end(t *testing.T) {
	t.Helper()
	select {
	case got := <-j.extended:
		t.Errorf("the jam ended before its end: %s", got)
		j.extended <- got
	default:
	}
	j.release()
	for range 2 {
		if got := <-j.extended; got != store.Extended {
			t.Errorf("extension: %s", got)
		}
	}
	j.d.MustAudit(t)
}

// Promise 9: when a lane is full, a bounded number waits a bounded time and everybody else is refused at once, each with a time to come
// back. Other lanes feel nothing: shoppers buy and the merchant can stop the sale.
func TestFullLaneShedsAndOthersWork(t *testing.T) {
	t.Parallel()
	const callers, room = 400, 2 * 64
	j := newJam(t)
	done := make(chan struct{})
	var watch, wg sync.WaitGroup
	watch.Go(func() {
		for most := 0.0; ; {
			if _, waiting := sample(t, j.reg, "doorbuster_lane_waiting", "pages"); waiting > most {
				most = waiting
			}
			select {
			case <-done:
				if most == 0 || most > room {
					t.Errorf("up to %v callers waited, want some and at most %d", most, room)
				}
				return
			default:
			}
		}
	})
	waits := make([]time.Duration, callers)
	for i := range callers {
		wg.Go(func() {
			_, err := j.s.Sales(t.Context(), 1)
			var busy *store.BusyError
			if !errors.As(err, &busy) {
				t.Errorf("a page from a full lane: %v", err)
				return
			}
			waits[i] = busy.RetryAfter
		})
	}
	wg.Wait()
	close(done)
	watch.Wait()
	checkSpread(t, waits)
	if _, shed := sample(t, j.reg, "doorbuster_lane_shed_total", "pages"); shed < callers {
		t.Errorf("%v of %d refusals are counted", shed, callers)
	}
	if got := buy(t, j.s, j.item, 100, 1); got.Outcome != store.Placed {
		t.Errorf("a purchase: %s", got.Outcome)
	}
	outcome, err := j.s.PauseSale(t.Context(), store.Operator("merchant"), j.sale, "too much at once")
	mustBe(t, outcome, err, store.Paused)
	if got := buy(t, j.s, j.item, 101, 1); got.Outcome != store.Paused {
		t.Errorf("a purchase after the pause: %s", got.Outcome)
	}
	j.end(t)
}

// The merchant's plan B must reach every node just then: the reading of switches, sign-outs and the clock waits for no page, and a
// flood of pages must not make a node say that it has lost its database.
func TestFullLaneHidesNoSwitch(t *testing.T) {
	t.Parallel()
	j := newJam(t)
	other := j.d.Open(t)
	change, err := other.SetSwitch(t.Context(), store.Operator("merchant"), store.SwitchTurn{Name: store.StopNewHolds, On: true}, "plan B")
	mustBe(t, change.Outcome, err, store.Set)
	eventually(t, "the switch is known, or the jam is over", func() bool {
		return j.s.Live().On(store.StopNewHolds, 1) || len(j.extended) > 0
	})
	if !j.s.Live().On(store.StopNewHolds, 1) {
		t.Error("a jam of pages kept the switch from this node")
	}
	j.end(t)
}

// A Store without an account says so, instead of taking another one's lane.
func TestLaneWithoutAccount(t *testing.T) {
	t.Parallel()
	d := storetest.New(t)
	s := d.Open(t, func(c *store.Config) { c.AdminDSN, c.WorkerDSN = "", "" })
	if _, err := s.PauseSale(t.Context(), store.Operator("x"), 1, "x"); err == nil {
		t.Error("a web node paused a sale")
	}
	if _, err := s.ExpireOrders(t.Context(), 1, 1); err == nil {
		t.Error("a web node expired orders")
	}
	worker := d.Open(t, func(c *store.Config) { c.AdminDSN, c.WebDSN = "", "" })
	if got := buy(t, worker, 1, 1, 1); got.Outcome != store.Busy {
		t.Errorf("a worker bought: %s", got.Outcome)
	}
	if err := worker.CheckSchema(t.Context()); err != nil {
		t.Errorf("a worker checks the schema: %v", err)
	}
}
