package worker

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/redis/go-redis/v9"

	"doorbuster/store"
	"doorbuster/store/storetest"
)

const lockBreaks = 1000

// Five workers, a shop that sells and whose holds end all the time, and a lock that is broken a thousand times in every way.
func TestThousandLockBreaks(t *testing.T) {
	s := openShop(t, 100)
	r := storetest.Redis(t)
	client := redisClient(t, r)
	var runs atomic.Int64
	registry := prometheus.NewRegistry()
	table := func(cfg Config) []job {
		all := expiry(cfg)
		run := all[0].run
		all[0].run = func(ctx context.Context, fence uint64) (int, error) {
			did, err := run(ctx, fence)
			runs.Add(1)
			return did, err
		}
		return all
	}
	for i := range 5 {
		cfg := settings(t, s.Database, r.URL())
		cfg.ClaimEvery, cfg.ExpireEvery, cfg.ExpireLimit = 4*time.Millisecond, time.Millisecond, 5
		cfg.Registerer = prometheus.WrapRegistererWith(prometheus.Labels{"worker": string(rune('a' + i))}, registry)
		start(t, cfg, table)
	}
	sold, stopSelling := sell(t, s)

	stranger := s.Open(t, workerOnly)
	for i := range lockBreaks {
		before := runs.Load()
		breakLock(t, s, client, stranger, i)
		eventually(t, "somebody works", func() bool { return runs.Load() > before })
	}
	stopSelling()
	s.endHolds(t)
	eventually(t, "no hold is left", func() bool { return s.inState(t, "held") == 0 })
	s.mustBeRight(t)

	expired := s.inState(t, "expired")
	if done := metric(t, registry, "doorbuster_job_done_total"); int(done) != expired || int64(expired) != sold.Load() {
		t.Errorf("%d orders placed, %d expired, the workers say %v", sold.Load(), expired, done)
	}
	changes, refusals := s.fence(t), metric(t, registry, "doorbuster_job_errors_total", "fenced")
	t.Logf("%d breaks, %d changes of hands, %v refused writes, %d runs, %d orders expired", lockBreaks, changes, refusals, runs.Load(), expired)
	if all := metric(t, registry, "doorbuster_job_errors_total"); all != refusals {
		t.Errorf("%v errors besides the refused writes", all-refusals)
	}
	if changes < lockBreaks/4 || refusals < lockBreaks/10 || expired < 100 {
		t.Error("that broke too little to prove anything")
	}
}

// breakLock breaks the lock in the i-th way.
func breakLock(t *testing.T, s *shop, client *redis.Client, stranger *store.Store, i int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	var err error
	switch i % 5 {
	case 0: // a restart without its data, or a failover
		err = client.FlushAll(ctx).Err()
	case 1: // another worker was elected, took the lease, and is gone
		_, err = stranger.TakeLease(ctx, "expire_orders", "stranger", 0, true)
	case 2: // the same, and the lock is now another's
		if err = client.Set(ctx, "doorbuster/"+s.Name+"/expire_orders", "stranger", 3*time.Millisecond).Err(); err == nil {
			_, err = stranger.TakeLease(ctx, "expire_orders", "stranger", 0, true)
		}
	case 3: // connections are cut
		err = client.ClientKillByFilter(ctx, "TYPE", "normal").Err()
	case 4: // the clock of the database jumps, back only while the holder lives: TestLeaseThatNeverLapses shows what happens else
		s.exec(t, "UPDATE leases SET expires_at = expires_at + INTERVAL ? MINUTE WHERE holder <> 'stranger'", 10*(i%2*2-1))
	}
	if err != nil {
		t.Error(err)
	}
}

// sell lets shoppers buy and their holds end until the function is called. sold counts the orders placed.
func sell(t *testing.T, s *shop) (sold *atomic.Int64, stop func()) {
	t.Helper()
	sold = &atomic.Int64{}
	ctx, cancel := context.WithCancel(context.Background())
	var shoppers sync.WaitGroup
	shoppers.Go(func() {
		for user := uint64(0); ctx.Err() == nil; user++ {
			if s.buy(t, user%100+1).Outcome == store.Placed {
				sold.Add(1)
			}
			if user%10 == 9 {
				s.endHolds(t)
			}
		}
	})
	stop = func() { cancel(); shoppers.Wait() }
	t.Cleanup(stop)
	return sold, stop
}
