package worker

import (
	"context"
	"errors"
	"math"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus"

	"doorbuster/store"
	"doorbuster/store/storetest"
)

// onlyReconcile is the table of jobs with this one alone.
func onlyReconcile(cfg Config) []job {
	return []job{{"reconcile", "", cfg.ReconcileEvery, reconcile(cfg)}}
}

// reconciling starts a worker that does nothing but look, all the time.
func reconciling(t *testing.T, s *shop) (*running, *prometheus.Registry) {
	t.Helper()
	cfg := settings(t, s.Database)
	cfg.ReconcileEvery = 5 * time.Millisecond
	registry := prometheus.NewRegistry()
	cfg.Registerer = registry
	return start(t, cfg, onlyReconcile), registry
}

// runs is how many runs were written down.
func (s *shop) runs(t testing.TB) int {
	t.Helper()
	return s.count(t, "SELECT COALESCE(MAX(id), 0) FROM reconcile_runs")
}

// afterRuns waits until everything was looked at again.
func (s *shop) afterRuns(t testing.TB) {
	t.Helper()
	from := s.runs(t)
	eventually(t, "some more runs", func() bool { return s.runs(t) > from+2 })
}

// endangering is what root does by hand, and the finding that must come of it.
var endangering = map[string]struct{ does, invariant, subject string }{
	"a unit too many on the shelf": {"UPDATE stock_shards SET available = available + 1 WHERE shard = 1", "I1 ledger of a shard = available", "shard 1"},
	"a unit vanished":              {"UPDATE stock_shards SET available = available - 1 WHERE shard = 1", "I1 ledger of a shard = available", "shard 1"},
	"a shard vanished":             {"DELETE FROM stock_shards WHERE shard = 1", "I1 an item has all its shards", ""},
	"a shard of nobody":            {"INSERT INTO stock_shards VALUES (1, 7, 0, 1)", "I1 an item has all its shards", ""},
	"a ledger line vanished":       {"DELETE FROM stock_moves WHERE to_account = 'available' AND shard = 0", "I1 ledger of a shard = available", "shard 0"},
	"below zero":                   {"ALTER TABLE stock_shards DROP CONSTRAINT stock_shards_available_is_never_negative; UPDATE stock_shards SET available = -1 WHERE shard = 0", "I2 available is never negative", "shard 0"},
	"an order came back to life":   {"UPDATE orders SET state = 'held', closed_at = NULL, hold_expires_at = UTC_TIMESTAMP(6) + INTERVAL 1 HOUR WHERE user_id = 9001", "I3 allotted = available + held + sold", ""},
	"fewer were allotted":          {"UPDATE items SET units_allotted = units_allotted - 1", "I3 allotted = available + held + sold", ""},
	"two orders of one shopper":    {"ALTER TABLE orders DROP INDEX orders_one_active_per_user_and_item; UPDATE orders SET user_id = 9002 WHERE user_id = 9003", "I4 one active order per shopper and item", "shopper 9002"},
}

// Whatever endangers the promise while shoppers buy is found, confirmed and told once, and pauses the sale once: who resumes it is not fought with.
func TestReconcilePausesOnceForWhatEndangers(t *testing.T) {
	t.Parallel()
	for name, e := range endangering {
		t.Run(name, func(t *testing.T) {
			s := openShop(t, 1000)
			gone := s.buy(t, 9001)
			s.hold(t, 9002, 2)
			if c, err := s.store.CancelOrder(context.Background(), gone.OrderID, 9001); err != nil || c.Outcome != store.Cancelled {
				t.Fatal(c, err)
			}
			w, registry := reconciling(t, s)
			stop := buying(t, s)
			eventually(t, "the first run", func() bool { return s.runs(t) > 0 })
			for statement := range strings.SplitSeq(e.does, "; ") {
				s.exec(t, statement)
			}
			standing := func() int {
				return s.count(t, "SELECT COUNT(*) FROM reconcile_findings WHERE state = 'open' AND endangers AND invariant = ? AND subject = ?", e.invariant, e.subject)
			}
			eventually(t, "it is found", func() bool { return standing() == 1 })
			stop()
			pauses := func() int {
				return s.count(t, "SELECT COUNT(*) FROM sale_log WHERE action = 'paused' AND actor = 'worker' AND reason LIKE 'reconcile: I%'")
			}
			if n, state := pauses(), s.count(t, "SELECT COUNT(*) FROM sales WHERE state = 'paused'"); n != 1 || state != 1 {
				t.Errorf("%d lines in the log, %d sales are paused", n, state)
			}
			s.afterRuns(t)
			if o, err := s.store.ResumeSale(context.Background(), store.Operator("ann"), 1, "we know"); err != nil || o != store.Resumed {
				t.Errorf("resuming: %s, %v", o, err)
			}
			s.afterRuns(t)
			if n := s.count(t, "SELECT COUNT(*) FROM sales WHERE state = 'published'"); n != 1 || pauses() != 1 {
				t.Errorf("after it was resumed: %d sales are on, %d pauses", n, pauses())
			}
			if n := s.count(t, "SELECT COUNT(*) FROM reconcile_findings WHERE invariant = ? AND subject = ?", e.invariant, e.subject); n != 1 || standing() != 1 {
				t.Errorf("%d rows for one finding, %d stand", n, standing())
			}
			if n := s.count(t, "SELECT COUNT(*) FROM reconcile_findings WHERE endangers AND paused_at IS NULL"); n != 0 {
				t.Errorf("%d findings have not paused", n)
			}
			all := s.count(t, "SELECT COUNT(*) FROM reconcile_findings WHERE state = 'open'")
			if n := plainMetric(t, registry, "doorbuster_reconcile_findings"); n != float64(all) {
				t.Errorf("the metric says %v, %d stand", n, all)
			}
			w.stop(t)
			if n := w.log.count("an invariant is broken"); n != s.count(t, "SELECT COUNT(*) FROM reconcile_findings") {
				t.Errorf("%d lines in the log:\n%s", n, w.log)
			}
		})
	}
}

// plainMetric is the value of a metric without labels.
func plainMetric(t testing.TB, registry *prometheus.Registry, name string) float64 {
	t.Helper()
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() == name {
			return f.GetMetric()[0].GetGauge().GetValue()
		}
	}
	return math.NaN()
}

// buying lets shoppers buy until the function is called, whatever they are told: the books are broken meanwhile.
func buying(t *testing.T, s *shop) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	var shoppers sync.WaitGroup
	shoppers.Go(func() {
		for user := uint64(1); ctx.Err() == nil; user++ {
			id := uuid.Must(uuid.NewV7())
			_, _ = s.store.PlaceOrder(ctx, store.Purchase{OrderID: id, ItemID: s.item, UserID: user, Units: 1, RequestID: id})
		}
	})
	stop = func() { cancel(); shoppers.Wait() }
	t.Cleanup(stop)
	return stop
}

// What endangers nothing is shown and stops nobody; what is put right is gone, not deleted.
func TestReconcileShowsTheRest(t *testing.T) {
	t.Parallel()
	s := openShop(t, 100)
	s.hold(t, 1, 3)
	w, _ := reconciling(t, s)
	s.exec(t, "UPDATE orders SET unit_price_cents = 1 WHERE user_id = 2")
	open := func() int {
		return s.count(t, "SELECT COUNT(*) FROM reconcile_findings WHERE state = 'open' AND invariant LIKE 'I7%' AND NOT endangers")
	}
	eventually(t, "it is found", func() bool { return open() == 1 })
	s.afterRuns(t)
	if n := s.count(t, "SELECT COUNT(*) FROM sales WHERE state = 'published'"); n != 1 {
		t.Error("the sale was paused for a price")
	}
	s.exec(t, "UPDATE orders SET unit_price_cents = 1999 WHERE user_id = 2")
	eventually(t, "it is gone", func() bool {
		return s.count(t, "SELECT COUNT(*) FROM reconcile_findings WHERE state = 'gone' AND ended_at IS NOT NULL") == 1
	})
	eventually(t, "the log says so", func() bool { return w.log.count("is so no more") == 1 })
	w.stop(t)
	s.mustBeRight(t)
}

// A clean sale gives no finding, however often it is looked at while a crowd buys, pays and cancels and holds end.
func TestReconcileRaisesNoFalseAlarm(t *testing.T) {
	t.Parallel()
	s := openShop(t, 150)
	cfg := settings(t, s.Database)
	cfg.ReconcileEvery, cfg.ExpireEvery, cfg.ExpireLimit, cfg.RebalanceEvery = time.Millisecond, 2*time.Millisecond, 5, 2*time.Millisecond
	w := start(t, cfg, jobs)
	eventually(t, "the first run", func() bool { return s.runs(t) > 0 })
	from := s.runs(t)
	for round := 0; round < 3 || s.runs(t) < from+20; round++ {
		var all sync.WaitGroup
		for part := range uint64(6) {
			all.Go(func() {
				for i := range uint64(10) {
					user := uint64(round)*1000 + part*10 + i + 1
					if p := s.buy(t, user); p.Outcome == store.Placed && user%2 == 0 {
						change(t, s, p.OrderID, user)
					}
				}
			})
		}
		all.Wait()
		s.endHolds(t)
		if round > 200 {
			t.Fatal("it does not come to twenty runs")
		}
	}
	w.stop(t)
	if n := s.count(t, "SELECT COUNT(*) FROM reconcile_findings"); n != 0 {
		t.Errorf("%d findings in a clean sale:\n%s", n, w.log)
	}
	if n := s.count(t, "SELECT COUNT(*) FROM sale_log WHERE actor = 'worker'"); n != 0 {
		t.Errorf("the worker paused a clean sale %d times", n)
	}
	if w.log.count("job=reconcile") != w.log.count("job=reconcile fence=") {
		t.Errorf("it talks though it found nothing:\n%s", w.log)
	}
	s.mustBeRight(t)
}

// An approved repair sets the audit clean, is found so, and the sale goes on.
func TestReconcileRepair(t *testing.T) {
	t.Parallel()
	s := openShop(t, 100)
	s.hold(t, 1, 3)
	w, _ := reconciling(t, s)
	s.exec(t, "UPDATE stock_shards SET available = available + 2 WHERE shard = 0")
	eventually(t, "it is found", func() bool { return s.count(t, "SELECT COUNT(*) FROM reconcile_findings WHERE repair <> ''") == 2 })
	ctx := context.Background()
	findings, err := s.store.Findings(ctx, false, 10)
	if err != nil || len(findings) != 2 || findings[0].PausedAt == nil || findings[0].Repair != findings[1].Repair {
		t.Fatalf("%+v, %v", findings, err)
	}
	if one, err := s.store.Finding(ctx, findings[0].ID); err != nil || one.ID != findings[0].ID {
		t.Errorf("%+v, %v", one, err)
	}
	if _, err := s.store.Finding(ctx, 77); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a finding that is not there: %v", err)
	}
	for i, want := range []store.Outcome{store.Approved, store.AlreadyApproved} {
		r, err := s.store.ApproveRepair(ctx, store.Operator("ann"), findings[i].ID, "", "Bob raised it by hand")
		if err != nil || r.Outcome != want || *r.UnitsAllotted != 100 || *r.UnitsLeft != 97 {
			t.Errorf("%+v, %v", r, err)
		}
	}
	s.mustBeRight(t)
	s.afterRuns(t)
	if o, err := s.store.ResumeSale(ctx, store.Operator("ann"), 1, "mended"); err != nil || o != store.Resumed {
		t.Errorf("resuming: %s, %v", o, err)
	}
	s.hold(t, 10, 1)
	s.afterRuns(t)
	w.stop(t)
	all, err := s.store.Findings(ctx, true, 10)
	if err != nil || len(all) != 2 || all[0].State != "approved" || *all[1].ApprovedBy != "ann" || all[0].MoveID == nil {
		t.Errorf("%+v, %v", all, err)
	}
	if runs, err := s.store.ReconcileRuns(ctx, 1); err != nil || len(runs) != 1 || runs[0].Allotted != 100 || runs[0].Available != 96 || runs[0].Held != 4 ||
		runs[0].Orders != 4 || runs[0].Items != 1 || runs[0].Findings != 0 || runs[0].LedgerLines < 6 {
		t.Errorf("%+v, %v", runs, err)
	}
	s.mustBeRight(t)
}

// A worker that was overtaken writes nothing, nor does one that has to stop.
func TestReconcileFenced(t *testing.T) {
	t.Parallel()
	s := openShop(t, 10)
	s.exec(t, "UPDATE stock_shards SET available = available + 1 WHERE shard = 0")
	cfg := settings(t, s.Database).withDefaults()
	lease, err := cfg.Store.TakeLease(t.Context(), "reconcile", "test", time.Minute, true)
	if err != nil {
		t.Fatal(err)
	}
	for _, wrong := range []uint64{lease.Fence - 1, lease.Fence + 1} {
		if did, err := reconcile(cfg)(t.Context(), wrong); did != 0 || !errors.Is(err, errOvertaken) {
			t.Errorf("with number %d: %d, %v", wrong, did, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if did, _ := reconcile(cfg)(ctx, lease.Fence); did != 0 {
		t.Errorf("after its end it did %d", did)
	}
	written := func() int {
		return s.count(t, "SELECT (SELECT COUNT(*) FROM reconcile_runs) + (SELECT COUNT(*) FROM reconcile_findings) + (SELECT COUNT(*) FROM sales WHERE state = 'paused')")
	}
	if n := written(); n != 0 {
		t.Errorf("%d rows were written", n)
	}
	if did, err := reconcile(cfg)(t.Context(), lease.Fence); did != 2 || err != nil || written() != 4 {
		t.Errorf("with its number: %d, %v, %d rows", did, err, written())
	}
}

// Runs go round: what is on sale in each of them, everything else in turn, and what is beyond the last item too.
func TestReconcileGoesRound(t *testing.T) {
	t.Parallel()
	s := openShop(t, 10)
	var more []store.NewItem
	for range 3 {
		more = append(more, store.NewItem{Units: 10})
	}
	now := s.store.Now()
	storetest.SaleAt(t, s.store, now.Add(time.Hour), now.Add(2*time.Hour), more...) // items 2 to 4, not on sale
	cfg := settings(t, s.Database).withDefaults()
	cfg.ReconcileItems = 2
	lease, err := cfg.Store.TakeLease(t.Context(), "reconcile", "test", time.Minute, true)
	if err != nil {
		t.Fatal(err)
	}
	r := &reconciler{cfg: cfg}
	one := store.ItemRange{First: 1, Last: 1}
	for i, want := range [][]store.ItemRange{{{First: 1, Last: 2}}, {one, {First: 3, Last: 4}}, {one, {First: 5, Last: math.MaxInt64}}, {{First: 1, Last: 2}}} {
		got, _, err := r.choose(t.Context())
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("run %d: %s, %v", i, diff, err)
		}
		if _, err := r.run(t.Context(), lease.Fence); err != nil {
			t.Errorf("run %d: %v", i, err)
		}
	}
	if n := s.count(t, "SELECT SUM(items) FROM reconcile_runs"); n != 2+3+1+2 {
		t.Errorf("%d items were looked at", n)
	}
	r.cfg.ReconcileUnits = 15
	if kept, cut := r.within([]store.ItemToLookAt{{ID: 1, Units: 99}, {ID: 2, Units: 1}}); len(kept) != 1 || !cut {
		t.Errorf("one large item: %v, %v", kept, cut)
	}
}

// What cannot be looked at is said, keeps nobody from the rest, and what was looked at before it is written down.
func TestReconcileGoesOnAfterAFailure(t *testing.T) {
	t.Parallel()
	s := openShop(t, 10)
	now := s.store.Now()
	storetest.SaleAt(t, s.store, now.Add(time.Hour), now.Add(2*time.Hour), store.NewItem{Units: 10}, store.NewItem{Units: 10})
	cfg := settings(t, s.Database).withDefaults()
	cfg.ReconcileItems = 1
	lease, err := cfg.Store.TakeLease(t.Context(), "reconcile", "test", time.Minute, true)
	if err != nil {
		t.Fatal(err)
	}
	r := &reconciler{cfg: cfg}
	s.exec(t, "REVOKE SELECT ON audit_outbox FROM doorbuster_worker@'%'")
	if did, err := r.run(t.Context(), lease.Fence); did != 0 || err == nil || r.behind != 1 || s.runs(t) != 0 {
		t.Errorf("%d, %v, goes on behind %d after %d runs", did, err, r.behind, s.runs(t))
	}
	s.exec(t, "GRANT SELECT ON audit_outbox TO doorbuster_worker@'%'")
	if did, err := r.run(t.Context(), lease.Fence); did != 0 || err != nil || r.behind != 2 || s.runs(t) != 1 {
		t.Errorf("%d, %v, goes on behind %d after %d runs", did, err, r.behind, s.runs(t))
	}
}

// What is seen once is no finding, and many alike are one.
func TestReconcileConfirms(t *testing.T) {
	t.Parallel()
	item := uint64(1)
	see := func(subjects ...string) *groups {
		g := &groups{}
		for _, s := range subjects {
			g.add(store.BrokenInvariant{Invariant: "I7", ItemID: &item, Subject: s, Found: s})
		}
		g.add(store.BrokenInvariant{Invariant: "I9", Subject: "of no item"})
		return g
	}
	var many []string
	for n := range mostAlike + 5 {
		many = append(many, string(rune('a'+n)))
	}
	for name, c := range map[string]struct {
		first, again []string
		want         []string
	}{
		"twice":           {[]string{"a", "b"}, []string{"b", "a"}, []string{"a", "b"}},
		"once":            {[]string{"a"}, nil, nil},
		"only later":      {nil, []string{"a"}, nil},
		"another":         {[]string{"a", "b"}, []string{"b", "c"}, []string{"b"}},
		"two rows of one": {[]string{"a", "a"}, []string{"a", "a"}, []string{"a"}},
		"many":            {many, many, []string{"many"}},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, b := range see(c.again...).confirmed(see(c.first...)) {
				got = append(got, b.Subject)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}
