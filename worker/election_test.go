package worker

import (
	"context"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"doorbuster/localdb"
	"doorbuster/store"
	"doorbuster/store/storetest"
)

// However the workers are elected: one works, the other waits, and goes on at once when the first is stopped.
func TestOneWorksAndTheOtherTakesOver(t *testing.T) {
	t.Parallel()
	for name, nodes := range map[string]int{"database": 0, "redis": 1, "redlock": 3} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := openShop(t, 10)
			var urls []string
			for range nodes {
				urls = append(urls, storetest.Redis(t).URL())
			}
			election := ByDatabase
			if nodes > 0 {
				election = ByRedis
			}
			cfg := func() Config {
				cfg := settings(t, s.Database, urls...)
				cfg.TTL, cfg.ClaimEvery = 30*time.Second, 0 // it is not the time-out that hands over; the usual interval does
				return cfg
			}
			a := start(t, cfg(), expiry)
			eventually(t, "the first leads", a.leads)
			b := start(t, cfg(), expiry)
			s.hold(t, 1, 3)
			s.endHolds(t)
			eventually(t, "the holds have ended", func() bool { return s.inState(t, "expired") == 3 })
			if st := a.status(); st.Fence != 1 || st.Election != election || a.Election() != election {
				t.Errorf("the first: %+v", st)
			}
			if st := b.status(); st.Leader || st.Fence != 0 || !st.LastRun.IsZero() || st.Election != election || st.LastError != "" {
				t.Errorf("the second: %+v", st)
			}

			a.stop(t)
			stopped := time.Now()
			eventually(t, "the second leads", b.leads)
			if d := time.Since(stopped); d > time.Second {
				t.Errorf("the second took over after %s", d)
			}
			if fence := b.status().Fence; fence != 2 {
				t.Errorf("number of the second: %d, want 2", fence)
			}
			s.hold(t, 1, 3)
			s.endHolds(t)
			eventually(t, "the holds have ended", func() bool { return s.inState(t, "expired") == 6 })
			b.stop(t)
			s.mustBeRight(t)
		})
	}
}

// One worker sees Redis and the other does not: the lease changes hands once, and neither steals it afterwards.
func TestOneSeesRedisAndTheOtherDoesNot(t *testing.T) {
	t.Parallel()
	s := openShop(t, 10)
	blind := start(t, settings(t, s.Database), expiry)
	eventually(t, "the blind one leads", blind.leads)

	cfg := settings(t, s.Database, storetest.Redis(t).URL())
	cfg.TTL = 30 * time.Second
	seeing := start(t, cfg, expiry)
	eventually(t, "the seeing one leads", seeing.leads)
	eventually(t, "the blind one knows", func() bool { return !blind.leads() })
	if fence := s.fence(t); fence != 2 {
		t.Errorf("number %d, want 2", fence)
	}
	mustStay(t, s, seeing, blind)

	seeing.stop(t)
	eventually(t, "the blind one leads again", blind.leads)
	mustStay(t, s, blind)
}

// Two workers were told different Redises, so each has a lock. The later one takes the lease by force, and they do not quarrel: neither
// when the loser learns it from a refused write, nor when it learns it from its lease because it has nothing to write.
func TestTwoRedises(t *testing.T) {
	t.Parallel()
	for name, every := range map[string]time.Duration{"refused write": 10 * time.Millisecond, "lost lease": time.Hour} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := openShop(t, 10)
			with := func(r *localdb.Redis) Config {
				cfg := settings(t, s.Database, r.URL())
				cfg.ExpireEvery = every
				return cfg
			}
			a := start(t, with(storetest.Redis(t)), expiry)
			eventually(t, "the first leads", a.leads)
			b := start(t, with(storetest.Redis(t)), expiry)
			eventually(t, "the second leads", b.leads)
			eventually(t, "the first knows", func() bool { return !a.leads() })
			mustStay(t, s, b, a)

			b.stop(t)
			eventually(t, "the first leads again", a.leads)
			mustStay(t, s, a)
		})
	}
}

// mustStay checks that the lease stays where it is while the leader renews it and the others ask for it several times.
func mustStay(t *testing.T, s *shop, leader *running, waiting ...*running) {
	t.Helper()
	fence := leader.status().Fence
	for range 3 {
		// A lease of 30 s is renewed each 10 s: there the runs of the job must do as a clock.
		renewed, run := s.expiry(t), leader.status().LastRun.Add(300*time.Millisecond)
		eventually(t, "the lease is renewed", func() bool { return s.expiry(t) != renewed || leader.status().LastRun.After(run) })
		if now := s.fence(t); now != fence || !leader.leads() {
			t.Fatalf("the lease has changed hands: number %d, was %d", now, fence)
		}
		for _, w := range waiting {
			if w.leads() {
				t.Fatal("two workers lead")
			}
		}
	}
}

func (s *shop) expiry(t testing.TB) (at string) {
	t.Helper()
	if err := s.root.QueryRowContext(context.Background(), "SELECT expires_at FROM leases WHERE job = 'expire_orders'").Scan(&at); err != nil {
		t.Error(err)
	}
	return at
}

func TestFlushAllWhileHeld(t *testing.T) {
	t.Parallel()
	s := openShop(t, 10)
	r := storetest.Redis(t)
	client := redisClient(t, r)
	a := start(t, settings(t, s.Database, r.URL()), expiry)
	eventually(t, "the first leads", a.leads)
	b := start(t, settings(t, s.Database, r.URL()), expiry)
	if err := client.FlushAll(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the second leads", b.leads)
	eventually(t, "the first knows", func() bool { return !a.leads() })
	s.hold(t, 1, 3)
	s.endHolds(t)
	eventually(t, "the holds have ended", func() bool { return s.inState(t, "expired") == 3 })
	mustStay(t, s, b, a)
	if fence := s.fence(t); fence != 2 {
		t.Errorf("number %d, want 2", fence)
	}
	s.mustBeRight(t)
}

// The leader goes on without Redis, with the same lease, and Redis elects again when it is back. Shoppers notice nothing.
func TestRedisKilledAndRestarted(t *testing.T) {
	t.Parallel()
	s := openShop(t, 10)
	r := storetest.Redis(t)
	a := start(t, settings(t, s.Database, r.URL()), expiry)
	eventually(t, "the first leads", a.leads)
	b := start(t, settings(t, s.Database, r.URL()), expiry)
	if err := r.Kill(); err != nil {
		t.Fatal(err)
	}
	for _, w := range []*running{a, b} {
		eventually(t, "the database elects", func() bool { return w.Election() == ByDatabase && w.status().Election == ByDatabase })
	}
	s.hold(t, 1, 3)
	s.endHolds(t)
	eventually(t, "the holds have ended", func() bool { return s.inState(t, "expired") == 3 })
	eventually(t, "there is one leader", func() bool { return a.leads() != b.leads() })
	if fence := s.fence(t); fence != 1 {
		t.Errorf("number %d: the lease changed hands because Redis went", fence)
	}

	if err := r.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, w := range []*running{a, b} {
		eventually(t, "redis elects", func() bool { return w.Election() == ByRedis && w.status().Election == ByRedis })
		if gone, back := w.log.count("redis does not answer"), w.log.count("redis answers again"); gone != 1 || back != 1 {
			t.Errorf("the log says %d times that redis is gone and %d times that it is back", gone, back)
		}
	}
	a.stop(t)
	eventually(t, "the second leads by redis", func() bool { return b.leads() && b.status().Election == ByRedis })
	s.mustBeRight(t)
}

// Redis is away from the beginning.
func TestNoRedisThere(t *testing.T) {
	t.Parallel()
	s := openShop(t, 10)
	r := storetest.Redis(t)
	if err := r.Kill(); err != nil {
		t.Fatal(err)
	}
	w := start(t, settings(t, s.Database, r.URL()), expiry)
	s.hold(t, 1, 3)
	s.endHolds(t)
	eventually(t, "the holds have ended", func() bool { return s.inState(t, "expired") == 3 })
	if w.Election() != ByDatabase || w.log.count("redis does not answer") != 1 {
		t.Errorf("election by %s, log:\n%s", w.Election(), w.log)
	}
}

// Two of three nodes are enough; one is not, and then the database elects.
func TestRedlockNeedsMostNodes(t *testing.T) {
	t.Parallel()
	s := openShop(t, 10)
	one, two, three := storetest.Redis(t), storetest.Redis(t), storetest.Redis(t)
	w := start(t, settings(t, s.Database, one.URL(), two.URL(), three.URL()), expiry)
	eventually(t, "the worker leads by redis", func() bool { return w.leads() && w.status().Election == ByRedis })
	if err := one.Kill(); err != nil {
		t.Fatal(err)
	}
	mustStay(t, s, w)
	if w.log.count("redis does not answer") != 0 || w.status().Election != ByRedis {
		t.Error("one node of three made a difference")
	}
	if err := two.Kill(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the database elects", func() bool { return w.leads() && w.status().Election == ByDatabase })
	if err := one.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	eventually(t, "redis elects", func() bool { return w.leads() && w.status().Election == ByRedis })
	if fence := s.fence(t); fence != 1 {
		t.Errorf("number %d: the lease changed hands", fence)
	}
}

// The lock was stolen: the job is cancelled as soon as the lock cannot be extended.
func TestExtendFails(t *testing.T) {
	t.Parallel()
	d := storetest.New(t)
	r := storetest.Redis(t)
	client := redisClient(t, r)
	cancelled := make(chan time.Time, 1)
	running := make(chan struct{}, 1)
	table := func(Config) []job {
		return []job{{"expire_orders", "did", time.Hour, func(ctx context.Context, _ uint64) (int, error) {
			running <- struct{}{}
			<-ctx.Done()
			cancelled <- time.Now()
			return 0, nil
		}}}
	}
	cfg := settings(t, d, r.URL())
	cfg.TTL = 3 * time.Second
	w := start(t, cfg, table)
	await(t, running)
	stolen := time.Now()
	if err := client.Set(t.Context(), "doorbuster/"+d.Name+"/expire_orders", "stranger", 0).Err(); err != nil {
		t.Fatal(err)
	}
	// Within a third of the TTL; the lease itself would have lasted.
	if d := await(t, cancelled).Sub(stolen); d > cfg.TTL/2 {
		t.Errorf("cancelled after %s", d)
	}
	eventually(t, "the log says why", func() bool { return w.log.count("the lock could not be kept") == 1 && !w.leads() })
	// The stranger never works and its lock never ends. Nobody keeps the lease, so the worker takes it.
	await(t, running)
	if st := w.status(); !st.Leader || st.Election != ByDatabase || w.Election() != ByRedis {
		t.Errorf("under a lock that nobody keeps: %+v", st)
	}
}

// A read that is cut because its worker has to stop is no trouble, neither in the log nor in the metrics.
func TestStopCutsARead(t *testing.T) {
	t.Parallel()
	reading := make(chan struct{}, 1)
	table := func(Config) []job {
		return []job{{"expire_orders", "did", time.Hour, func(ctx context.Context, _ uint64) (int, error) {
			reading <- struct{}{}
			<-ctx.Done()
			return 0, &store.UnknownError{Err: ctx.Err()}
		}}}
	}
	cfg := settings(t, storetest.New(t))
	registry := prometheus.NewRegistry()
	cfg.Registerer = registry
	w := start(t, cfg, table)
	await(t, reading)
	w.stop(t)
	if w.log.count("this worker stops") != 1 || w.log.count("level=WARN") != 0 {
		t.Errorf("the log:\n%s", w.log)
	}
	if n := metric(t, registry, "doorbuster_job_errors_total"); n != 0 {
		t.Errorf("%v errors were counted", n)
	}
}

// The lease belongs to a worker that is gone, and does not lapse because the database's clock was set back. Who was overtaken waits for
// some TTLs; then the lock in Redis is worth more than the lease.
func TestLeaseThatNeverLapses(t *testing.T) {
	t.Parallel()
	s := openShop(t, 10)
	cfg := settings(t, s.Database, storetest.Redis(t).URL())
	w := start(t, cfg, expiry)
	eventually(t, "the worker leads", w.leads)
	if _, err := cfg.Store.TakeLease(t.Context(), "expire_orders", "gone", time.Hour, true); err != nil {
		t.Fatal(err)
	}
	taken := time.Now()
	eventually(t, "the worker knows", func() bool { return !w.leads() })
	eventually(t, "the worker leads again", w.leads)
	if d := time.Since(taken); d < yieldTTLs*cfg.TTL {
		t.Errorf("the worker took the lease back by force after %s", d)
	}
	mustStay(t, s, w, start(t, cfg, expiry))
}

func await[T any](t testing.TB, ch <-chan T) T {
	t.Helper()
	select {
	case v := <-ch:
		return v
	case <-time.After(patience):
		t.Fatal("waited in vain")
		panic("unreachable")
	}
}

// A worker that stops leaves no lease behind, not even one that it was just about to get.
func TestStopLeavesNoLease(t *testing.T) {
	t.Parallel()
	s := openShop(t, 1)
	cfg := settings(t, s.Database)
	cfg.TTL = time.Hour
	for i := range 40 {
		w := start(t, cfg, expiry)
		if i%2 == 0 { // else it is stopped in the middle of its first question
			eventually(t, "the worker has the lease", func() bool { return s.fence(t) > 0 })
		}
		w.stop(t)
		lease, err := cfg.Store.TakeLease(t.Context(), "expire_orders", "next", 0, false)
		if err != nil || lease.Outcome != store.Taken {
			t.Fatalf("the next one gets %+v, %v", lease, err)
		}
		s.exec(t, "DELETE FROM leases")
	}
}
