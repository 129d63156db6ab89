package worker

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/redis/go-redis/v9"

	"doorbuster/localdb"
	"doorbuster/payment"
	"doorbuster/payment/sandbox"
	"doorbuster/store"
	"doorbuster/store/storetest"
)

func TestMain(m *testing.M) {
	if os.Getenv(childDSN) != "" {
		os.Exit(child())
	}
	storetest.Main(m)
}

// patience is how long a test waits for something that must come. It is long because the machine may be busy; a bound on how quick
// something has to be is stated where it is tested.
const patience = 30 * time.Second

var eventually = storetest.Eventually

// untilNone waits until nothing is left of many. As long as they become fewer it goes on waiting: how long many things take says more of the
// machine than of the product.
func untilNone(t testing.TB, what string, left func() int) {
	t.Helper()
	for fewest := left(); fewest > 0; {
		n := 0
		eventually(t, fmt.Sprintf("%s; %d are left", what, fewest), func() bool { n = left(); return n < fewest })
		fewest = n
	}
}

// logbook keeps what a worker logs.
type logbook struct {
	mu    sync.Mutex
	lines bytes.Buffer
}

func (l *logbook) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.lines.Write(p)
}

func (l *logbook) count(part string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Count(l.lines.String(), part)
}

// ofExpiry counts the lines about the job expire_orders that have part.
func (l *logbook) ofExpiry(part string) (n int) {
	for line := range strings.Lines(l.String()) {
		if strings.Contains(line, part) && strings.Contains(line, "job=expire_orders") {
			n++
		}
	}
	return n
}

func (l *logbook) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.lines.String()
}

// running is a worker at work.
type running struct {
	*Worker
	log    *logbook
	cancel context.CancelFunc
	done   chan struct{}
	err    error
}

// stop stops the worker cleanly and waits until it has.
func (r *running) stop(t testing.TB) {
	t.Helper()
	r.cancel()
	select {
	case <-r.done:
	case <-time.After(patience):
		t.Fatal("the worker does not stop")
	}
	if r.err != nil {
		t.Errorf("Run: %v", r.err)
	}
}

// status is how the job expire_orders stands; of says it of another.
func (r *running) status() JobStatus { return r.of("expire_orders") }
func (r *running) leads() bool       { return r.status().Leader }

func (r *running) of(job string) JobStatus {
	for _, s := range r.Status() {
		if s.Name == job {
			return s
		}
	}
	return JobStatus{}
}

// settings are a Config with a store of its own on d, quick enough for tests.
func settings(t testing.TB, d *storetest.Database, redisURLs ...string) Config {
	t.Helper()
	s := d.Open(t, workerOnly)
	return Config{
		Store: s, Desk: testDesk(s), Redis: redisURLs, Database: d.Name, TTL: time.Second,
		ClaimEvery: 20 * time.Millisecond, RedisRetry: 100 * time.Millisecond, ExpireEvery: 10 * time.Millisecond,
	}
}

// testDesk is a desk of the sandbox.
func testDesk(s *store.Store) *payment.Desk {
	return payment.NewDesk(s, sandbox.New(s, []byte(sandboxKey)), slog.New(slog.DiscardHandler))
}

// sandboxKey signs the sandbox's callbacks.
const sandboxKey = "a key of tests for the sandbox"

// expiry is the one job that most tests look at: others have counters and log lines of their own.
func expiry(cfg Config) []job { return jobs(cfg)[:1] }

func workerOnly(c *store.Config) { c.WebDSN, c.AdminDSN, c.WorkerConns = "", "", Conns() }

// start runs a worker with the jobs of table until stop or the end of the test.
func start(t testing.TB, cfg Config, table func(Config) []job) *running {
	t.Helper()
	log := &logbook{}
	cfg.Log = slog.New(slog.NewTextHandler(log, nil))
	w, err := newWorker(cfg, table)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	r := &running{Worker: w, log: log, cancel: cancel, done: make(chan struct{})}
	go func() {
		defer close(r.done)
		r.err = w.Run(ctx)
	}()
	t.Cleanup(func() {
		r.stop(t)
		if t.Failed() {
			t.Logf("troubles of %s:\n%s", w.holder, log.troubles())
		}
	})
	return r
}

// redisClient is a client beside the workers, for breaking their locks.
func redisClient(t testing.TB, r *localdb.Redis) *redis.Client {
	t.Helper()
	quiet()
	o, err := redis.ParseURL(r.URL())
	if err != nil {
		t.Fatal(err)
	}
	c := redis.NewClient(o)
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

// shop is a database with one item on sale.
type shop struct {
	*storetest.Database
	store *store.Store
	root  *sql.DB
	item  uint64
}

func openShop(t testing.TB, units int) *shop {
	t.Helper()
	return openShopOn(t, storetest.New(t), units)
}

func openShopOn(t testing.TB, d *storetest.Database, units int) *shop {
	t.Helper()
	s := d.Open(t, func(c *store.Config) {
		c.PollEvery = 20 * time.Millisecond
		c.Log = slog.New(slog.NewTextHandler(io.Discard, nil))
	})
	_, items := storetest.Sale(t, s, store.NewItem{Units: units, Shards: 2})
	return &shop{Database: d, store: s, root: d.Root(t), item: items[0]}
}

// buy tries to buy one unit for user.
func (s *shop) buy(t testing.TB, user uint64) store.Placement {
	t.Helper()
	p, err := s.store.PlaceOrder(context.Background(), store.Purchase{
		OrderID: uuid.Must(uuid.NewV7()), ItemID: s.item, UserID: user, Units: 1, RequestID: uuid.Must(uuid.NewV7()),
	})
	if err != nil {
		t.Errorf("shopper %d: %v", user, err)
	}
	return p
}

// hold lets n shoppers from first on hold one unit each.
func (s *shop) hold(t testing.TB, first uint64, n int) {
	t.Helper()
	for user := first; user < first+uint64(n); user++ {
		if p := s.buy(t, user); p.Outcome != store.Placed {
			t.Fatalf("shopper %d: %s", user, p.Outcome)
		}
	}
}

// exec changes tables past the procedures, also while workers are at work: it locks in another order than they do, and is repeated when it loses.
func (s *shop) exec(t testing.TB, query string, args ...any) {
	t.Helper()
	eventually(t, "the change is made", func() bool {
		_, err := s.root.ExecContext(context.Background(), query, args...)
		if err != nil && (strings.Contains(err.Error(), "1213") || strings.Contains(err.Error(), "1205")) {
			return false
		}
		if err != nil {
			t.Error(err)
		}
		return true
	})
}

// endHolds makes all holds end now, as if their minutes had passed.
func (s *shop) endHolds(t testing.TB) {
	t.Helper()
	if err := s.tryEndHolds(); err != nil {
		t.Errorf("ending the holds: %v", err)
	}
}

// tryEndHolds takes the lease's lock first, as the procedure does: it locks the orders in another order, and must not meet the
// procedure in the middle.
func (s *shop) tryEndHolds() error {
	ctx := context.Background()
	tx, err := s.root.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // does nothing after the commit
	if _, err := tx.ExecContext(ctx, "SELECT 1 FROM leases WHERE job = 'expire_orders' FOR UPDATE"); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, "UPDATE orders SET hold_expires_at = UTC_TIMESTAMP(6) WHERE state = 'held'"); err != nil {
		return err
	}
	return tx.Commit()
}

func (s *shop) count(t testing.TB, query string, args ...any) (n int) {
	t.Helper()
	if err := s.root.QueryRowContext(context.Background(), query, args...).Scan(&n); err != nil {
		t.Error(err)
	}
	return n
}

func (s *shop) inState(t testing.TB, state string) int {
	t.Helper()
	return s.count(t, "SELECT COUNT(*) FROM orders WHERE state = ?", state)
}

// fence is the number of the lease in the database.
func (s *shop) fence(t testing.TB) uint64 {
	t.Helper()
	return uint64(s.count(t, "SELECT COALESCE(MAX(fence), 0) FROM leases WHERE job = 'expire_orders'"))
}

// mustBeRight runs the audit, and looks for orders that gave their units back twice.
func (s *shop) mustBeRight(t testing.TB) {
	t.Helper()
	s.MustAudit(t)
	twice := s.count(t, `SELECT COUNT(*) FROM (SELECT order_id FROM stock_moves WHERE reason = 'expired' GROUP BY order_id HAVING COUNT(*) > 1) x`)
	if twice != 0 {
		t.Errorf("%d orders gave their units back twice", twice)
	}
}
