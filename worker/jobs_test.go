package worker

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus"

	"doorbuster/payment"
	"doorbuster/store"
	"doorbuster/store/storetest"
)

func TestEndedHoldsGiveTheirUnitsBack(t *testing.T) {
	t.Parallel()
	s := openShop(t, 5)
	s.hold(t, 1, 5)
	if p := s.buy(t, 6); p.Outcome != store.SoldOut {
		t.Fatalf("the sixth of five units: %s", p.Outcome)
	}
	cfg := settings(t, s.Database)
	registry := prometheus.NewRegistry()
	cfg.Registerer = registry
	w := start(t, cfg, expiry)
	eventually(t, "the job has run", func() bool { return !w.status().LastRun.IsZero() })
	if n := s.inState(t, "held"); n != 5 {
		t.Errorf("%d orders are held before their hold ends, want 5", n)
	}

	s.endHolds(t)
	eventually(t, "all holds have ended", func() bool { return s.inState(t, "expired") == 5 })
	eventually(t, "the sold-out item sells again", func() bool { return s.buy(t, 6).Outcome == store.Placed })
	if p := s.buy(t, 1); p.Outcome != store.Placed {
		t.Errorf("a shopper whose hold has ended tries again: %s", p.Outcome)
	}
	before := w.status().LastRun
	eventually(t, "the job has run again", func() bool { return w.status().LastRun.After(before) })
	w.stop(t)
	s.mustBeRight(t)

	if lines, did := w.log.count("holds have ended"), metric(t, registry, "doorbuster_job_done_total"); lines < 1 || lines > 5 || did != 5 {
		t.Errorf("%d log lines, metric %v, for 5 orders and many idle runs", lines, did)
	}
	if runs := metric(t, registry, "doorbuster_job_runs_total"); runs < 3 {
		t.Errorf("%v runs", runs)
	}
	if w.log.count("redis") != 0 || w.Election() != ByDatabase {
		t.Errorf("without Redis in the settings: election by %s, log:\n%s", w.Election(), w.log)
	}
	if leader, fence := metric(t, registry, "doorbuster_job_leader"), metric(t, registry, "doorbuster_job_fence"); leader != 0 || fence != 1 {
		t.Errorf("metrics after the end: leader %v, fence %v", leader, fence)
	}
	if st := w.status(); st.Leader || st.Fence != 0 || st.LastError != "" || st.Name != "expire_orders" {
		t.Errorf("after the end: %+v", st)
	}
}

// metric is the sum of a metric of expire_orders over its other labels; with a reason, of those that have it.
func metric(t testing.TB, registry *prometheus.Registry, name string, reason ...string) (sum float64) {
	t.Helper()
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			has, mine := len(reason) == 0, false
			for _, l := range m.GetLabel() {
				has = has || l.GetName() == "reason" && l.GetValue() == reason[0]
				mine = mine || l.GetName() == "job" && l.GetValue() == "expire_orders"
			}
			if f.GetName() == name && has && mine {
				sum += m.GetCounter().GetValue() + m.GetGauge().GetValue()
			}
		}
	}
	return sum
}

func TestExpiryComesInBoundedBatches(t *testing.T) {
	t.Parallel()
	s := openShop(t, 20)
	s.hold(t, 1, 10)
	s.endHolds(t)
	cfg := settings(t, s.Database).withDefaults()
	cfg.ExpireLimit, cfg.ExpireBatches = 3, 2
	lease, err := cfg.Store.TakeLease(t.Context(), "expire_orders", "test", time.Minute, false)
	if err != nil {
		t.Fatal(err)
	}
	run := expireOrders(cfg)
	for i, want := range []int{6, 4, 0} {
		if did, err := run(t.Context(), lease.Fence); did != want || err != nil {
			t.Errorf("look %d ended %d holds, error %v; want %d", i+1, did, err, want)
		}
	}
	if n := s.count(t, `SELECT MAX(n) FROM (SELECT COUNT(*) AS n FROM stock_moves WHERE reason = 'expired' GROUP BY move_id) x`); n != 3 {
		t.Errorf("the largest batch had %d orders, want 3", n)
	}
	s.mustBeRight(t)
}

func TestExpiryStopsBetweenBatches(t *testing.T) {
	t.Parallel()
	s := openShop(t, 20)
	s.hold(t, 1, 2)
	s.endHolds(t)
	cfg := settings(t, s.Database).withDefaults()
	lease, err := cfg.Store.TakeLease(t.Context(), "expire_orders", "test", time.Minute, false)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if did, err := expireOrders(cfg)(ctx, lease.Fence); did != 0 || err != nil {
		t.Errorf("with an ended context: %d, %v", did, err)
	}
	if did, err := expireOrders(cfg)(t.Context(), lease.Fence+1); did != 0 || err == nil || kindOf(err) != "fenced" {
		t.Errorf("with a wrong number: %d, %v", did, err)
	}
	if n := s.inState(t, "held"); n != 2 {
		t.Errorf("%d orders are held, want 2", n)
	}
}

// Shoppers pay and cancel in the very moment in which their holds end.
func TestPayAndCancelAgainstExpiry(t *testing.T) {
	t.Parallel()
	const shoppers = 120
	s := openShop(t, shoppers)
	cfg := settings(t, s.Database)
	cfg.ExpireEvery, cfg.ExpireLimit = time.Millisecond, 7
	w := start(t, cfg, expiry)
	eventually(t, "the worker leads", w.leads)

	var orders sync.Map
	var all sync.WaitGroup
	for user := uint64(1); user <= shoppers; user++ {
		all.Go(func() { orders.Store(user, s.buy(t, user).OrderID) })
	}
	all.Wait()
	// A third of the holds ends now, a third within the time that paying and cancelling takes, a third long afterwards.
	s.exec(t, "UPDATE orders SET hold_expires_at = UTC_TIMESTAMP(6) WHERE user_id <= 40")
	s.exec(t, "UPDATE orders SET hold_expires_at = UTC_TIMESTAMP(6) + INTERVAL user_id * 1000 MICROSECOND WHERE user_id BETWEEN 41 AND 80")
	answers := make(chan store.Outcome, shoppers)
	for part := range uint64(4) {
		all.Go(func() {
			for user := 1 + part; user <= shoppers; user += 4 {
				id, _ := orders.Load(user)
				answers <- change(t, s, id.(uuid.UUID), user)
			}
		})
	}
	all.Wait()
	close(answers)
	eventually(t, "no hold is left", func() bool { return s.inState(t, "held") == 0 })
	w.stop(t)
	s.mustBeRight(t)

	said := map[store.Outcome]int{}
	for a := range answers {
		said[a]++
	}
	if said[store.Paid] != s.inState(t, "paid") || said[store.Cancelled] != s.inState(t, "cancelled") {
		t.Errorf("answers %v; in the database %d paid, %d cancelled", said, s.inState(t, "paid"), s.inState(t, "cancelled"))
	}
	if said[store.Paid] == 0 || said[store.Cancelled] == 0 || s.inState(t, "expired") == 0 {
		t.Errorf("no race took place: answers %v, %d expired", said, s.inState(t, "expired"))
	}
}

// change pays every order but each third, which it cancels.
func change(t testing.TB, s *shop, order uuid.UUID, user uint64) store.Outcome {
	act := func() (store.Change, error) {
		return s.store.PayOrder(context.Background(), store.Operator("ann"), order, "cash")
	}
	if user%3 == 0 {
		act = func() (store.Change, error) { return s.store.CancelOrder(context.Background(), order, user) }
	}
	c, err := act()
	if err != nil {
		t.Errorf("shopper %d: %v", user, err)
	}
	return c.Outcome
}

func TestConfigIsChecked(t *testing.T) {
	t.Parallel()
	open := func(conns int) *store.Store {
		s, err := store.Open(t.Context(), store.Config{WorkerConns: conns}) // without an address it connects to nothing
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := s.Close(context.Background()); err != nil {
				t.Error(err)
			}
		})
		return s
	}
	good := Config{Store: open(Conns()), Desk: &payment.Desk{}, Redis: []string{"redis://localhost:6379/0"}, Database: "shop"}
	for name, c := range map[string]struct {
		change func(*Config)
		want   string
	}{
		"good":                  {func(*Config) {}, ""},
		"no store":              {func(c *Config) { c.Store = nil }, "no store"},
		"too few connections":   {func(c *Config) { c.Store = open(Conns() - 1) }, "9 jobs need 21 connections"},
		"redis without a name":  {func(c *Config) { c.Database = "" }, "name of the database"},
		"short time to live":    {func(c *Config) { c.TTL = 10 * time.Millisecond }, "too short"},
		"no redis address":      {func(c *Config) { c.Redis = []string{"redis://ok:1", "http://:geheim@x"} }, "address 2 of Redis"},
		"password with a slash": {func(c *Config) { c.Redis = []string{"redis://:geheim/x@localhost"} }, "address 1 of Redis"},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := good
			c.change(&cfg)
			w, err := New(cfg)
			switch {
			case c.want == "" && err != nil:
				t.Error(err)
			case c.want == "":
				if err := w.locks.close(); err != nil {
					t.Error(err)
				}
			case err == nil || !strings.Contains(err.Error(), c.want):
				t.Errorf("error %v, want %q", err, c.want)
			case strings.Contains(err.Error(), "geheim"):
				t.Errorf("the error tells the password: %v", err)
			}
		})
	}
}

func TestHolderFitsTheColumn(t *testing.T) {
	t.Parallel()
	a, b := newHolder(), newHolder()
	if a == b || len(a) > 100 {
		t.Errorf("holders %q and %q", a, b)
	}
}

func TestDatabaseAwayAndBack(t *testing.T) {
	t.Parallel()
	server := storetest.OwnServer(t)
	s := openShopOn(t, storetest.On(t, server), 10)
	r := storetest.Redis(t)
	w := start(t, settings(t, s.Database, r.URL()), expiry)
	s.hold(t, 1, 4)
	eventually(t, "the worker leads", w.leads)

	if err := server.Kill(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the worker has lost its lease", func() bool { return !w.leads() && w.status().LastError != "" })
	if kind := w.status().LastError; kind != "busy" && kind != "unknown" {
		t.Errorf("the database is away and the worker says %q", kind)
	}
	if err := server.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.endHolds(t)
	eventually(t, "all holds have ended", func() bool { return s.inState(t, "expired") == 4 })
	eventually(t, "all is well", func() bool { return w.status().LastError == "" })
	w.stop(t)
	s.mustBeRight(t)
	for line, most := range map[string]int{"the job fails": 1, "cannot be asked for": 1, "can be asked for again": 1} {
		if n := w.log.ofExpiry(line); n > most {
			t.Errorf("the log says %d times %q", n, line)
		}
	}
	if w.log.ofExpiry("can be asked for again") != 1 {
		t.Error("the log does not say that the database is back")
	}
}
