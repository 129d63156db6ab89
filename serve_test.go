package main

import (
	"database/sql"
	"encoding/json"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"doorbuster/localdb"
	"doorbuster/store"
	"doorbuster/store/storetest"
)

// free are the addresses of a process that chooses its own ports.
var free = []string{"--address", "127.0.0.1:0", "--ops-address", "127.0.0.1:0"}

// listens waits until the process listens and returns its two addresses; shop is empty for one without pages.
func (r *running) listens(t testing.TB) (shop, ops string) {
	t.Helper()
	eventually(t, "the process listens", func() bool {
		for line := range strings.Lines(r.stderr.String()) {
			var entry struct{ Msg, Shop, Ops string }
			if json.Unmarshal([]byte(line), &entry) == nil && entry.Msg == "listening" {
				shop, ops = "http://"+entry.Shop, "http://"+entry.Ops
			}
		}
		if ops == "" && r.over() {
			t.Fatalf("exit %d before it listened: %s", r.code, r.stderr.String())
		}
		return ops != ""
	})
	return shop, ops
}

// startShop starts a process with pages and waits until it is ready.
func startShop(t testing.TB, d *storetest.Database, settings []string, args ...string) (r *running, shop, ops string) {
	t.Helper()
	r = start(t, environment(append(accounts(d), settings...)...), append(args, free...)...)
	shop, ops = r.listens(t)
	eventually(t, "/readyz is green", func() bool { return ready(t, ops) })
	return r, shop, ops
}

// One process that serves and works, without Redis: it sells, merchants act on it from the terminal, and it ends cleanly.
func TestServe(t *testing.T) {
	d := storetest.New(t)
	s := d.Open(t)
	_, items := storetest.Sale(t, s, store.NewItem{Units: 3}, store.NewItem{Units: 1})
	env := environment(accounts(d)...)
	r, shop, ops := startShop(t, d, nil, "serve")

	runProgram(t, env, "probe", "--ops-address", strings.TrimPrefix(ops, "http://")).exits(t, 0, "ready", "worker: elected by database", "job expire_orders: leader", "job seal_moves: leader")
	if a := fetch(t, shop+"/en/"); a.status != http.StatusOK || !strings.Contains(a.body, "Test sale") {
		t.Errorf("the sale list: %d", a.status)
	}
	ann := signedIn(t, shop, "ann")
	order := ann.buys(t, items[0])
	ann.pays(t, order)
	runProgram(t, env, "sale", "refund", order, "--restock", "--reason", "returned").exits(t, 0, "refunded")
	runProgram(t, env, "sale", "refund", order, "--reason", "again").exits(t, 1, "already_refunded: nothing was changed")
	if n := count(t, d, "SELECT available FROM stock_shards WHERE item_id = ?", items[0]); n != 3 {
		t.Errorf("%d units left after the refund, want 3", n)
	}
	signedIn(t, shop, "bob").buys(t, items[1])
	if a := signedIn(t, shop, "cid").press(t, items[1]); a.status != http.StatusConflict || a.json["outcome"] != "sold_out" {
		t.Errorf("the last unit is gone: %d %s", a.status, a.body)
	}
	if metrics := fetch(t, ops+"/metrics"); !strings.Contains(metrics.body, "doorbuster_lane_busy") {
		t.Errorf("the metrics say nothing about the store: %d", metrics.status)
	}
	if code := r.terminate(t); code != 0 {
		t.Errorf("exit %d after SIGTERM", code)
	}
	d.MustAudit(t)
}

// lockWaits is how many statements of the server wait for a row.
func lockWaits(t testing.TB, d *storetest.Database) (n int) {
	t.Helper()
	asRoot(t, d, func(db *sql.DB) error {
		var name string
		return db.QueryRowContext(t.Context(), "SHOW GLOBAL STATUS LIKE 'Innodb_row_lock_current_waits'").Scan(&name, &n)
	})
	return n
}

// Stopping, in order: the readiness turns red first, a purchase in flight still gets its answer, then the process ends with 0.
func TestStopAnswersWhoPressed(t *testing.T) {
	d := storetest.New(t)
	_, items := storetest.Sale(t, d.Open(t), store.NewItem{Units: 3})
	r, shop, ops := startShop(t, d, nil, "web")
	ann := signedIn(t, shop, "ann")

	// Somebody holds the stock row, so the purchase is in the database and not through.
	blocker, err := d.Root(t).BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := blocker.ExecContext(t.Context(), "SELECT available FROM stock_shards WHERE item_id = ? FOR UPDATE", items[0]); err != nil {
		t.Fatal(err)
	}
	pressed := make(chan answerSeen, 1)
	go func() { pressed <- ann.press(t, items[0]) }()
	eventually(t, "the purchase waits in the database", func() bool { return lockWaits(t, d) > 0 })

	began := time.Now()
	if err := r.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	eventually(t, "/readyz is red", func() bool {
		a := fetch(t, ops+"/readyz")
		return a.status == http.StatusServiceUnavailable && strings.Contains(a.body, "stopping")
	})
	if a := fetch(t, shop+"/en/"); a.status != http.StatusOK {
		t.Errorf("a balancer that has not noticed yet got %d %s", a.status, last(a.body, 200))
	}
	if err := blocker.Rollback(); err != nil {
		t.Fatal(err)
	}
	a := <-pressed
	if a.status != http.StatusCreated {
		t.Errorf("who had pressed got %d %s", a.status, a.body)
	}
	if code := r.wait(t); code != 0 {
		t.Errorf("exit %d", code)
	}
	if took := time.Since(began); took > 20*time.Second {
		t.Errorf("stopping took %s", took)
	}
	if n := count(t, d, "SELECT COUNT(*) FROM orders WHERE state = 'held'"); n != 1 {
		t.Errorf("%d orders, want 1", n)
	}
	d.MustAudit(t)
}

// A worker alone ends holds, says how it stands, and stops cleanly. A Redis that is not there changes nothing.
func TestWorkerAlone(t *testing.T) {
	d := storetest.New(t)
	s := d.Open(t)
	_, items := storetest.Sale(t, s, store.NewItem{Units: 3})
	web, shop, _ := startShop(t, d, nil, "web")
	signedIn(t, shop, "ann").buys(t, items[0])
	if code := web.terminate(t); code != 0 {
		t.Errorf("web: exit %d", code)
	}
	root(t, d, "UPDATE orders SET hold_expires_at = UTC_TIMESTAMP(6) - INTERVAL 1 SECOND")
	r := start(t, environment(append(accounts(d), "REDIS_URL=redis://127.0.0.1:1/0")...), "worker", "--ops-address", "127.0.0.1:0")
	_, ops := r.listens(t)
	eventually(t, "the hold has ended", func() bool { return count(t, d, "SELECT COUNT(*) FROM orders WHERE state = 'expired'") == 1 })
	if a := fetch(t, ops+"/readyz"); a.status != http.StatusOK || !strings.Contains(a.body, "elected by database") || !strings.Contains(a.body, "leader true") {
		t.Errorf("/readyz: %d %s", a.status, a.body)
	}
	if a := fetch(t, ops+"/livez"); a.status != http.StatusOK {
		t.Errorf("/livez: %d", a.status)
	}
	if code := r.terminate(t); code != 0 {
		t.Errorf("worker: exit %d", code)
	}
	d.MustAudit(t)
}

// An address that somebody has is told at once, with exit 2.
func TestAddressInUse(t *testing.T) {
	d := storetest.New(t)
	_, shop, _ := startShop(t, d, nil, "web")
	r := runProgram(t, environment(accounts(d)...), "web", "--address", strings.TrimPrefix(shop, "http://"), "--ops-address", "127.0.0.1:0")
	r.exits(t, 2, "address already in use")
}

// Which databases a process serves on, and which not.
func TestDatabasesAtStart(t *testing.T) {
	if testing.Short() {
		t.Skip("starts and kills a database server of its own")
	}
	server := storetest.OwnServer(t)
	d := storetest.On(t, server)
	_, items := storetest.Sale(t, d.Open(t), store.NewItem{Units: 3})
	env := environment(accounts(d)...)

	t.Run("lossy", func(t *testing.T) {
		root(t, d, "SET GLOBAL innodb_flush_log_at_trx_commit = 2")
		runProgram(t, env, append([]string{"web"}, free...)...).exits(t, 1, "innodb_flush_log_at_trx_commit is 2 and must be 1")
		r, _, _ := startShop(t, d, nil, "web", "--allow-lossy-database")
		if !strings.Contains(r.stderr.String(), "may lose acknowledged orders") {
			t.Error("it does not say that orders may be lost")
		}
		r.terminate(t)
		root(t, d, "SET GLOBAL innodb_flush_log_at_trx_commit = 1")
		root(t, d, "SET GLOBAL sync_binlog = 0")
		runProgram(t, env, append([]string{"serve"}, free...)...).exits(t, 1, "sync_binlog is 0 and must be 1")
		root(t, d, "SET GLOBAL sync_binlog = 1")
	})
	t.Run("of another version", func(t *testing.T) {
		root(t, d, "UPDATE schema_state SET checksum = REVERSE(checksum) WHERE object = 'procedures/pay_order.sql'")
		for _, command := range []string{"web", "serve"} {
			runProgram(t, env, append([]string{command}, free...)...).exits(t, 1, "procedures/pay_order.sql", "run `doorbuster apply`")
		}
		runProgram(t, env, "worker", "--ops-address", "127.0.0.1:0").exits(t, 1, "run `doorbuster apply`")
		lateAndRefused(t, server, env)
		root(t, d, "UPDATE schema_state SET checksum = REVERSE(checksum) WHERE object = 'procedures/pay_order.sql'")
	})
	t.Run("late", func(t *testing.T) { lateAndGood(t, server, d, items[0]) })
	d.MustAudit(t)
}

// lateAndRefused: a database that comes after the start is looked at as well.
func lateAndRefused(t *testing.T, server *localdb.DB, env []string) {
	t.Helper()
	if err := server.Kill(); err != nil {
		t.Fatal(err)
	}
	late := []*running{start(t, env, append([]string{"serve"}, free...)...), start(t, append(env, "STAFF_KEYS="+key), freeConsole...)}
	for _, r := range late {
		r.listens(t)
	}
	if err := server.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, r := range late {
		r.exits(t, 1, "run `doorbuster apply`")
	}
}

// lateAndGood: without a database the process starts, says so to probes and people, and sells when the database has come.
func lateAndGood(t *testing.T, server *localdb.DB, d *storetest.Database, item uint64) {
	t.Helper()
	if err := server.Kill(); err != nil {
		t.Fatal(err)
	}
	r := start(t, environment(accounts(d)...), append([]string{"serve"}, free...)...)
	shop, ops := r.listens(t)
	eventually(t, "/readyz answers", func() bool { return fetch(t, ops+"/readyz").status != 0 })
	if a := fetch(t, ops+"/readyz"); a.status != http.StatusServiceUnavailable || !strings.Contains(a.body, "not ready: the database has not been reached yet") {
		t.Errorf("/readyz: %d %s", a.status, a.body)
	}
	runProgram(t, environment(), "probe", "--ops-address", strings.TrimPrefix(ops, "http://")).exits(t, 1, "not ready")
	for _, path := range []string{"/en/", "/zh/", "/en/items/1"} {
		if a := fetch(t, shop+path); a.status != http.StatusServiceUnavailable || !strings.Contains(a.body, "<html") {
			t.Errorf("%s without a database: %d %s", path, a.status, last(a.body, 200))
		}
	}
	if err := server.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	eventually(t, "/readyz is green", func() bool { return ready(t, ops) })
	signedIn(t, shop, "late").buys(t, item)
	if code := r.terminate(t); code != 0 {
		t.Errorf("exit %d", code)
	}
}
