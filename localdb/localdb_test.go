package localdb_test

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"
	"go.uber.org/goleak"

	"doorbuster/localdb"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv("LOCALDB_TEST_PARENT"); dir != "" {
		runAsParent(dir)
		return
	}
	// Tests kill servers under open connections; the driver's word on it is no news.
	if err := mysql.SetLogger(&mysql.NopLogger{}); err != nil {
		panic(err)
	}
	goleak.VerifyTestMain(m)
}

// product is what the tests of this run start.
func product() localdb.Product {
	return localdb.Product(os.Getenv("DOORBUSTER_TEST_DB"))
}

// newDir returns an empty folder with a short path, in memory where that is possible.
func newDir(t *testing.T) string {
	t.Helper()
	parent := os.TempDir()
	if info, err := os.Stat("/dev/shm"); err == nil && info.IsDir() {
		parent = "/dev/shm"
	}
	dir, err := os.MkdirTemp(parent, "localdb-")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// startDB starts a server that the test's end stops.
func startDB(t *testing.T, o localdb.Options) *localdb.DB {
	t.Helper()
	if o.Dir == "" {
		o.Dir = newDir(t)
	}
	o.Product = product()
	d, err := localdb.StartDB(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Stop(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	})
	return d
}

// connect opens a pool of root's connections that the test's end closes.
func connect(t *testing.T, d *localdb.DB) *sql.DB {
	t.Helper()
	db, err := sql.Open("mysql", d.RootDSN(""))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func execute(t *testing.T, db *sql.DB, statements ...string) {
	t.Helper()
	for _, s := range statements {
		if _, err := db.ExecContext(t.Context(), s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
}

func queryString(t *testing.T, db *sql.DB, query string) string {
	t.Helper()
	var s string
	if err := db.QueryRowContext(t.Context(), query).Scan(&s); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return s
}

func TestCommittedRowSurvives(t *testing.T) {
	tests := []struct {
		name string
		end  func(*testing.T, *localdb.DB)
	}{
		{"a clean stop", func(t *testing.T, d *localdb.DB) {
			if err := d.Stop(t.Context()); err != nil {
				t.Fatal(err)
			}
		}},
		{"kill -9", func(t *testing.T, d *localdb.DB) {
			if err := d.Kill(); err != nil {
				t.Fatal(err)
			}
		}},
		{"a restart while it runs", func(*testing.T, *localdb.DB) {}},
	}
	d := startDB(t, localdb.Options{})
	db := connect(t, d)
	execute(t, db, "CREATE DATABASE shop", "CREATE TABLE shop.rows_kept (name VARCHAR(50) PRIMARY KEY)")
	addr, socket := d.Addr(), d.Socket()
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := db.ExecContext(t.Context(), "INSERT INTO shop.rows_kept VALUES (?)", tt.name); err != nil {
				t.Fatal(err)
			}
			done := d.Done()
			tt.end(t, d)
			if err := d.Restart(t.Context()); err != nil {
				t.Fatal(err)
			}
			if d.Addr() != addr || d.Socket() != socket {
				t.Errorf("after the restart at %s %s, before at %s %s", d.Addr(), d.Socket(), addr, socket)
			}
			again := connect(t, d)
			var n int
			err := again.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM shop.rows_kept WHERE name = ?", tt.name).Scan(&n)
			if err != nil || n != 1 {
				t.Errorf("rows = %d, error %v; want 1 row", n, err)
			}
			select {
			case <-done:
				t.Error("Done is closed although the end was asked for")
			default:
			}
		})
	}
}

func TestFolderOfAnEarlierRunIsTakenUp(t *testing.T) {
	dir := newDir(t)
	first := startDB(t, localdb.Options{Dir: dir})
	execute(t, connect(t, first), "CREATE DATABASE kept")
	addr := first.Addr()
	if err := first.Kill(); err != nil {
		t.Fatal(err)
	}
	second := startDB(t, localdb.Options{Dir: dir})
	if second.Addr() != addr {
		t.Errorf("address %s, want the one of the first run, %s", second.Addr(), addr)
	}
	if got := queryString(t, connect(t, second), "SELECT schema_name FROM information_schema.schemata WHERE schema_name = 'kept'"); got != "kept" {
		t.Errorf("got %q", got)
	}
}

func TestDoneTellsOfACrash(t *testing.T) {
	d := startDB(t, localdb.Options{})
	p, err := os.FindProcess(d.Pid())
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Kill(); err != nil {
		t.Fatal(err)
	}
	select {
	case <-d.Done():
	case <-time.After(20 * time.Second):
		t.Fatal("Done is not closed after the process was killed from outside")
	}
	if err := d.Stop(t.Context()); err != nil {
		t.Errorf("Stop after a crash: %v", err)
	}
	if err := d.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	execute(t, connect(t, d), "DO 1")
}

func TestTwoSideBySide(t *testing.T) {
	a, b := startDB(t, localdb.Options{}), startDB(t, localdb.Options{})
	if a.Addr() == b.Addr() || a.Socket() == b.Socket() {
		t.Fatalf("both at %s %s", a.Addr(), a.Socket())
	}
	dbA, dbB := connect(t, a), connect(t, b)
	execute(t, dbA, "CREATE DATABASE only_a")
	var n int
	err := dbB.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM information_schema.schemata WHERE schema_name = 'only_a'").Scan(&n)
	if err != nil || n != 0 {
		t.Errorf("the second server has %d of the first's databases, error %v", n, err)
	}
	if a.Product() == localdb.MySQL {
		if x, y := queryString(t, dbA, "SELECT @@server_uuid"), queryString(t, dbB, "SELECT @@server_uuid"); x == y {
			t.Errorf("both have the identity %s", x)
		}
	}
}

func TestCtrlCReachesOnlyTheProgram(t *testing.T) {
	// A terminal signals the whole process group of the program on it.
	d := startDB(t, localdb.Options{})
	group, err := syscall.Getpgid(d.Pid())
	if err != nil || group == syscall.Getpgrp() {
		t.Errorf("the server is in group %d, we are in %d, error %v", group, syscall.Getpgrp(), err)
	}
}

func TestSecondStartIsRefused(t *testing.T) {
	d := startDB(t, localdb.Options{})
	dir := filepath.Dir(d.LogFile())
	_, err := localdb.StartDB(t.Context(), localdb.Options{Dir: dir, Product: product()})
	if !errors.Is(err, localdb.ErrInUse) {
		t.Errorf("got %v, want ErrInUse", err)
	}
	execute(t, connect(t, d), "DO 1")
}

func TestSettingsArePromised(t *testing.T) {
	d := startDB(t, localdb.Options{})
	db := connect(t, d)
	for variable, want := range map[string]string{
		"log_bin":                        "1",
		"sync_binlog":                    "1",
		"innodb_flush_log_at_trx_commit": "1",
		"server_id":                      "1",
		"binlog_format":                  "ROW",
		"innodb_doublewrite":             "ON",
		"character_set_server":           "utf8mb4",
		"time_zone":                      "+00:00",
		"innodb_lock_wait_timeout":       "2",
		"max_connections":                "200",
		"skip_name_resolve":              "1",
		"innodb_buffer_pool_size":        "268435456",
		"bind_address":                   "127.0.0.1",
	} {
		got := queryString(t, db, "SELECT @@global."+variable)
		if got != want && !(want == "ON" && got == "1") {
			t.Errorf("%s = %s, want %s", variable, got, want)
		}
	}
	isolation := "transaction_isolation"
	if d.Product() == localdb.MariaDB {
		isolation = "tx_isolation"
		if got := queryString(t, db, "SELECT @@performance_schema"); got != "0" {
			t.Errorf("performance_schema = %s, want it off", got)
		}
	}
	if got := queryString(t, db, "SELECT @@global."+isolation); got != "READ-COMMITTED" {
		t.Errorf("isolation = %s", got)
	}
	for _, mode := range []string{
		"ONLY_FULL_GROUP_BY", "STRICT_ALL_TABLES", "NO_ENGINE_SUBSTITUTION", "ERROR_FOR_DIVISION_BY_ZERO",
	} {
		if queryString(t, db, "SELECT FIND_IN_SET('"+mode+"', @@global.sql_mode) > 0") != "1" {
			t.Errorf("sql_mode lacks %s", mode)
		}
	}
}

func TestOnlyRootWithItsPassword(t *testing.T) {
	d := startDB(t, localdb.Options{})
	db := connect(t, d)
	for what, query := range map[string]string{
		"anonymous accounts":  "SELECT COUNT(*) FROM mysql.user WHERE user = ''",
		"roots of other host": "SELECT COUNT(*) FROM mysql.user WHERE user = 'root' AND host <> 'localhost'",
		"test databases":      "SELECT COUNT(*) FROM information_schema.schemata WHERE schema_name LIKE 'test%'",
	} {
		if got := queryString(t, db, query); got != "0" {
			t.Errorf("%s: %s, want none", what, got)
		}
	}
	for _, dsn := range []string{
		"root@unix(" + d.Socket() + ")/", "unix(" + d.Socket() + ")/", "root@tcp(" + d.Addr() + ")/", "nobody@tcp(" + d.Addr() + ")/",
	} {
		stranger, err := sql.Open("mysql", dsn)
		if err != nil {
			t.Fatal(err)
		}
		if err := stranger.PingContext(t.Context()); err == nil {
			t.Errorf("%s may sign in without a password", dsn)
		}
		stranger.Close()
	}
	info, err := os.Stat(filepath.Join(filepath.Dir(d.LogFile()), "root.password"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("root.password: mode %v, error %v; want 0600", info.Mode(), err)
	}
}
