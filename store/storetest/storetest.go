// Package storetest gives tests a fresh real database each, on one private server per test binary.
//
// DOORBUSTER_TEST_DB chooses the product: mariadb (default) or mysql. There is no mock: correctness lives in the database.
package storetest

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"
	"go.uber.org/goleak"

	"doorbuster/localdb"
	"doorbuster/store"
)

// Password opens every account of the test server.
const Password = "only-for-tests"

// Accounts are the accounts that tests may sign in with.
var Accounts = []string{"doorbuster_web", "doorbuster_admin", "doorbuster_worker", "doorbuster_auditor", "doorbuster_migrator"}

var (
	mu     sync.Mutex
	shared *localdb.DB
	folder string
	number atomic.Int64
)

// Product is the server under test.
func Product() localdb.Product {
	switch p := os.Getenv("DOORBUSTER_TEST_DB"); p {
	case "", string(localdb.MariaDB):
		return localdb.MariaDB
	case string(localdb.MySQL):
		return localdb.MySQL
	default:
		panic("DOORBUSTER_TEST_DB must be mariadb or mysql, not " + p)
	}
}

// Run runs the tests of a package and stops its server afterwards. Call it from TestMain and exit with its result, or call Main.
func Run(m *testing.M) int {
	code := m.Run()
	if err := stop(); err != nil {
		fmt.Fprintln(os.Stderr, "storetest:", err)
		return 1
	}
	return code
}

// Main is TestMain: Run, and then nothing may run any more that the tests started. It does not return.
func Main(m *testing.M) {
	code := Run(m)
	http.DefaultClient.CloseIdleConnections()
	if code == 0 {
		if err := goleak.Find(); err != nil {
			fmt.Fprintln(os.Stderr, "goroutines are left:", err)
			code = 1
		}
	}
	os.Exit(code)
}

// Redis starts a Redis of its own for a test, and ends it with the test.
func Redis(t testing.TB) *localdb.Redis {
	t.Helper()
	dir, err := Folder()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	r, err := localdb.StartRedis(ctx, localdb.Options{Dir: filepath.Join(dir, "redis")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(r.Kill(), os.RemoveAll(dir)); err != nil {
			t.Error(err)
		}
	})
	return r
}

func stop() error {
	mu.Lock()
	defer mu.Unlock()
	if shared == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	err := shared.Stop(ctx)
	shared = nil
	return errors.Join(err, os.RemoveAll(folder))
}

// Folder makes a folder for a server's data: in memory where there is such a place, because a test proves nothing about the disk.
func Folder() (string, error) {
	base := os.TempDir()
	if info, err := os.Stat("/dev/shm"); err == nil && info.IsDir() {
		base = "/dev/shm"
	}
	removeLeftovers(base)
	dir, err := os.MkdirTemp(base, "doorbuster-test-")
	if err != nil {
		return "", err
	}
	return dir, os.Chmod(dir, 0o755) // the server may run under another account
}

// removeLeftovers removes the folders of test binaries that were killed: nobody holds the lock of their server.
func removeLeftovers(base string) {
	dirs, _ := filepath.Glob(filepath.Join(base, "doorbuster-test-*")) // the pattern is well formed
	for _, dir := range dirs {
		if info, err := os.Stat(dir); err == nil && time.Since(info.ModTime()) > time.Hour {
			_ = os.RemoveAll(dir) // another account's, or in use by a test of an hour: not ours to judge
		}
	}
}

// Server returns the test binary's server, started at its first use.
func Server(t testing.TB) *localdb.DB {
	t.Helper()
	mu.Lock()
	defer mu.Unlock()
	if shared != nil {
		return shared
	}
	dir, err := Folder()
	if err != nil {
		t.Fatal(err)
	}
	folder = dir
	shared = start(t, dir)
	return shared
}

// OwnServer starts a server for one test that will kill it.
func OwnServer(t testing.TB) *localdb.DB {
	t.Helper()
	dir, err := Folder()
	if err != nil {
		t.Fatal(err)
	}
	db := start(t, dir)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err := errors.Join(db.Stop(ctx), os.RemoveAll(dir)); err != nil {
			t.Error(err)
		}
	})
	return db
}

func start(t testing.TB, dir string) *localdb.DB {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	db, err := localdb.StartDB(ctx, localdb.Options{Dir: filepath.Join(dir, "db"), Product: Product()})
	if err != nil {
		t.Fatalf("storetest: %v", err)
	}
	return db
}

// Database is a fresh database with everything of sql/ installed.
type Database struct {
	Name   string
	server *localdb.DB
}

// New makes a database on the shared server. It is dropped when the test ends.
func New(t testing.TB) *Database {
	t.Helper()
	return On(t, Server(t))
}

// On makes a database on a given server.
func On(t testing.TB, server *localdb.DB) *Database {
	t.Helper()
	d := &Database{Name: fmt.Sprintf("test_%d", number.Add(1)), server: server}
	passwords := map[string]string{}
	for _, a := range Accounts {
		passwords[a] = Password
	}
	if _, err := store.Apply(t.Context(), store.ApplyOptions{DSN: d.RootDSN(), Passwords: passwords}); err != nil {
		t.Fatalf("storetest: %v", err)
	}
	t.Cleanup(func() { d.drop(t) })
	return d
}

func (d *Database) drop(t testing.TB) {
	select {
	case <-d.server.Done():
		return // the test left its server dead
	default:
	}
	db, err := sql.Open("mysql", d.RootDSN())
	if err != nil {
		t.Error(err)
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	_, err = db.ExecContext(ctx, "DROP DATABASE "+d.Name)
	if err := errors.Join(err, db.Close()); err != nil {
		t.Errorf("storetest: dropping %s: %v", d.Name, err)
	}
}

// RootDSN is the address of the database as root.
func (d *Database) RootDSN() string { return d.server.RootDSN(d.Name) }

// DSN is the address of the database for an account, over TCP on loopback, as a web node far away would use it.
func (d *Database) DSN(account string) string {
	cfg := mysql.NewConfig()
	cfg.User, cfg.Passwd = account, Password
	cfg.Net, cfg.Addr, cfg.DBName = "tcp", d.server.Addr(), d.Name
	return cfg.FormatDSN()
}

// Config is a store.Config with all accounts.
func (d *Database) Config() store.Config {
	return store.Config{WebDSN: d.DSN("doorbuster_web"), AdminDSN: d.DSN("doorbuster_admin"), WorkerDSN: d.DSN("doorbuster_worker")}
}

// Open opens a Store on the database; change may adjust the settings. It is closed when the test ends.
func (d *Database) Open(t testing.TB, change ...func(*store.Config)) *store.Store {
	t.Helper()
	cfg := d.Config()
	for _, c := range change {
		c(&cfg)
	}
	s, err := store.Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
		defer cancel()
		if err := s.Close(ctx); err != nil {
			t.Errorf("closing the store: %v", err)
		}
	})
	return s
}

// Root opens a plain pool as root: for set-up that no account may do, and for looking at tables.
func (d *Database) Root(t testing.TB) *sql.DB {
	t.Helper()
	return d.pool(t, d.RootDSN())
}

// As opens a plain pool as one of the accounts.
func (d *Database) As(t testing.TB, account string) *sql.DB {
	t.Helper()
	return d.pool(t, d.DSN(account))
}

func (d *Database) pool(t testing.TB, dsn string) *sql.DB {
	t.Helper()
	db, err := sql.Open("mysql", dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

// MustAudit runs the audit as the auditor and fails the test with every broken invariant.
func (d *Database) MustAudit(t testing.TB) {
	t.Helper()
	for _, b := range d.Audit(t) {
		t.Errorf("audit: %s", b)
	}
}

// Audit runs the audit of the whole shop as the auditor.
func (d *Database) Audit(t testing.TB) []store.BrokenInvariant {
	t.Helper()
	broken, err := d.AuditOf(t, store.AuditScope{})
	if err != nil {
		t.Fatalf("audit: %v", err)
	}
	return broken
}

// AuditOf runs the audit of a part of the shop as the auditor.
func (d *Database) AuditOf(t testing.TB, scope store.AuditScope) ([]store.BrokenInvariant, error) {
	t.Helper()
	a, err := store.OpenAuditor(d.DSN("doorbuster_auditor"))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	broken, err := a.Audit(ctx, scope)
	return broken, errors.Join(err, a.Close())
}

// Sale makes a published sale that opened a minute ago and closes in an hour, with one item per entry of items, and returns the
// items' numbers. Empty fields get a title, an SKU, a price of 1999 EUR cents, a limit of 1 and a hold of 10 minutes.
func Sale(t testing.TB, s *store.Store, items ...store.NewItem) (sale uint64, ids []uint64) {
	t.Helper()
	now := s.Now()
	return SaleAt(t, s, now.Add(-time.Minute), now.Add(time.Hour), items...)
}

// SaleAt is Sale with its times.
func SaleAt(t testing.TB, s *store.Store, opens, closes time.Time, items ...store.NewItem) (sale uint64, ids []uint64) {
	t.Helper()
	for i := range items {
		fill(&items[i], i)
	}
	outcome, sale, err := s.ImportSale(t.Context(), store.Operator("test"), store.NewSale{
		Title: "Test sale", Description: "A sale of a test.", OpensAt: opens, ClosesAt: closes, TimeZone: "Europe/Berlin", TakesPayment: true,
	}, items, nil)
	if err != nil || outcome != store.Finished {
		t.Fatalf("import: %s, %v", outcome, err)
	}
	if outcome, err := s.PublishSale(t.Context(), store.Operator("test"), sale); err != nil || outcome != store.Published {
		t.Fatalf("publish: %s, %v", outcome, err)
	}
	all, err := s.Items(t.Context(), sale, 0, len(items))
	if err != nil {
		t.Fatal(err)
	}
	for _, item := range all {
		ids = append(ids, item.ID)
	}
	return sale, ids
}

func fill(item *store.NewItem, i int) {
	if item.SKU == "" {
		item.SKU = fmt.Sprintf("SKU-%d", i+1)
	}
	if item.Title == "" {
		item.Title = fmt.Sprintf("Thing %d", i+1)
	}
	if item.Currency == "" {
		item.Currency, item.PriceCents = "EUR", 1999
	}
	if item.LimitPerUser == 0 {
		item.LimitPerUser = 1
	}
	if item.HoldMinutes == 0 {
		item.HoldMinutes = 10
	}
}
