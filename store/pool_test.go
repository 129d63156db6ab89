package store_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/jmoiron/sqlx"

	"doorbuster/store"
	"doorbuster/store/storetest"
)

// A server with the worst defaults: the rules must come from the connections, not from a well-kept server.
var badDefaults = []string{
	"SET GLOBAL TRANSACTION ISOLATION LEVEL SERIALIZABLE",
	"SET GLOBAL sql_mode = ''",
	"SET GLOBAL time_zone = '+05:00'",
	"SET GLOBAL innodb_lock_wait_timeout = 50",
}

// TestConnectionRules checks what every serving connection is set to, on a server whose defaults are all wrong, and sells on it.
func TestConnectionRules(t *testing.T) {
	t.Parallel()
	server := storetest.OwnServer(t)
	root, err := sql.Open("mysql", server.RootDSN(""))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = root.Close() }()
	for _, statement := range badDefaults {
		if _, err := root.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	d := storetest.On(t, server)
	s := d.Open(t, func(c *store.Config) {
		for _, dsn := range []*string{&c.WebDSN, &c.AdminDSN, &c.WorkerDSN} {
			*dsn += "?multiStatements=true&clientFoundRows=true&parseTime=false&loc=Asia%2FTokyo&interpolateParams=false&sql_mode=%27%27"
		}
	})
	for lane, pool := range store.Pools(s) {
		t.Run(lane, func(t *testing.T) { checkSession(t, pool) })
	}
	t.Run("procedures are strict by themselves", func(t *testing.T) { checkProcedureModes(t, d) })
	t.Run("sells", func(t *testing.T) { sellOnBadServer(t, d, s) })
	t.Run("read-only", func(t *testing.T) { sellOnReplica(t, d, s) })
}

func checkSession(t *testing.T, pool *sqlx.DB) {
	t.Helper()
	var v struct {
		Zone string    `db:"zone"`
		Mode string    `db:"mode"`
		Wait int       `db:"wait"`
		Now  time.Time `db:"now"`
	}
	err := pool.GetContext(t.Context(), &v,
		"SELECT @@session.time_zone AS zone, @@session.sql_mode AS mode, @@session.innodb_lock_wait_timeout AS wait, NOW(6) AS now")
	if err != nil {
		t.Fatal(err)
	}
	if v.Zone != "+00:00" || v.Wait != 2 || !strings.Contains(v.Mode, "STRICT_ALL_TABLES") || !strings.Contains(v.Mode, "NO_ZERO_DATE") {
		t.Errorf("session: %+v", v)
	}
	if off := time.Since(v.Now); v.Now.Location() != time.UTC || off < -time.Minute || off > time.Minute {
		t.Errorf("the server's time arrives as %s", v.Now)
	}
	var isolation string
	err = pool.QueryRowContext(t.Context(),
		"SHOW SESSION VARIABLES WHERE Variable_name IN ('transaction_isolation', 'tx_isolation')").Scan(new(string), &isolation)
	if err != nil || isolation != "READ-COMMITTED" {
		t.Errorf("isolation: %q, %v", isolation, err)
	}
	if _, err := pool.ExecContext(t.Context(), "DO 1; DO 2"); err == nil {
		t.Error("two statements went through at once")
	}
	if most := pool.Stats().MaxOpenConnections; most < 1 || most > 8 {
		t.Errorf("%d connections at most", most)
	}
}

func checkProcedureModes(t *testing.T, d *storetest.Database) {
	t.Helper()
	var n, lax int
	err := d.Root(t).QueryRowContext(t.Context(),
		"SELECT COUNT(*), SUM(sql_mode NOT LIKE '%STRICT_ALL_TABLES%') FROM information_schema.routines WHERE routine_schema = ?", d.Name).Scan(&n, &lax)
	if err != nil || n < 20 || lax != 0 {
		t.Errorf("%d of %d procedures were made without strict mode; %v", lax, n, err)
	}
}

func sellOnBadServer(t *testing.T, d *storetest.Database, s *store.Store) {
	t.Helper()
	_, ids := storetest.Sale(t, s, store.NewItem{Units: 20, Shards: 2})
	j := newJournal()
	crowd(60, func(user uint64) {
		p := purchase(t, ids[0], user, 1)
		if got := j.settle(t, s, p); got.Outcome == store.Placed && user%2 == 0 {
			change, err := s.PayOrder(t.Context(), store.Operator("test"), p.OrderID, "cash")
			if err != nil || change.Outcome != store.Paid {
				t.Errorf("payment: %s, %v", change.Outcome, err)
			}
		}
	})
	if b := j.compare(t, d, ids[0]); b.active != 20 {
		t.Errorf("%d units sold", b.active)
	}
	if off := time.Since(s.Now()); off < -time.Minute || off > time.Minute {
		t.Errorf("the database's clock is believed to be %s off", off)
	}
	d.MustAudit(t)
}

// After a failover the connections may lead to a former primary that has become read-only: nothing can be sold there, and nobody is told
// a fault. When it may be written again the shop goes on by itself.
func sellOnReplica(t *testing.T, d *storetest.Database, s *store.Store) {
	t.Helper()
	_, ids := storetest.Sale(t, s, store.NewItem{Units: 20, Shards: 1})
	p := purchase(t, ids[0], 1, 1)
	if got := attempt(t, s, p); got.Outcome != store.Placed {
		t.Fatal(got.Outcome)
	}
	root := d.Root(t)
	readOnly := func(on int) {
		if _, err := root.ExecContext(context.WithoutCancel(t.Context()), "SET GLOBAL read_only = ?", on); err != nil {
			t.Error(err)
		}
	}
	defer readOnly(0)
	readOnly(1)
	if got := buy(t, s, ids[0], 2, 1); got.Outcome != store.Busy {
		t.Errorf("a purchase on a replica: %s", got.Outcome)
	}
	var busy *store.BusyError
	if change, err := s.PayOrder(t.Context(), store.Operator("test"), p.OrderID, "cash"); !errors.As(err, &busy) {
		t.Errorf("a payment on a replica: %s, %v", change.Outcome, err)
	}
	readOnly(0)
	if got := settle(t, s, purchase(t, ids[0], 2, 1)); got.Outcome != store.Placed {
		t.Errorf("on the primary again: %s", got.Outcome)
	}
	if change, err := s.PayOrder(t.Context(), store.Operator("test"), p.OrderID, "cash"); err != nil || change.Outcome != store.Paid {
		t.Errorf("a payment on the primary again: %s, %v", change.Outcome, err)
	}
	d.MustAudit(t)
}

// ROW_COUNT and "affected rows" mean changed rows, whatever the address asks for.
func TestAffectedRowsAreChangedRows(t *testing.T) {
	t.Parallel()
	d := storetest.New(t)
	cfg, err := mysql.ParseDSN(d.RootDSN())
	if err != nil {
		t.Fatal(err)
	}
	cfg.ClientFoundRows = true
	s := d.Open(t, func(c *store.Config) { c.WebDSN = cfg.FormatDSN() })
	pool := store.Pools(s)["pages"]
	_, err = pool.ExecContext(t.Context(), "INSERT INTO switches (name, shop_id, item_id, is_on, value, reason, actor, changed_at) VALUES ('read_only', 0, 0, 0, 0, '', '', UTC_TIMESTAMP(6))")
	if err != nil {
		t.Fatal(err)
	}
	result, err := pool.ExecContext(t.Context(), "UPDATE switches SET is_on = 0")
	if err != nil {
		t.Fatal(err)
	}
	if n, err := result.RowsAffected(); err != nil || n != 0 {
		t.Errorf("%d rows changed by a change that changes nothing, %v", n, err)
	}
}

func TestBadAddressIsAnError(t *testing.T) {
	t.Parallel()
	for _, dsn := range []string{"not an address", "user@tcp(", "user:p@tcp(127.0.0.1:3306)/x?parseTime=perhaps"} {
		if _, err := store.Open(t.Context(), store.Config{WebDSN: dsn}); err == nil {
			t.Errorf("%q was taken", dsn)
		}
	}
}

// Promise 5: the database's clock decides, however wrong the clock of the shop's machine is. The sessions of these shops believe in another
// time (it stands still, which is no harm); the machine's clock would open and close the sale, and end every attempt, at the wrong time.
func TestClockIsTheDatabases(t *testing.T) {
	t.Parallel()
	for _, off := range []time.Duration{-24 * time.Hour, 24 * time.Hour} {
		t.Run(off.String(), func(t *testing.T) {
			t.Parallel()
			d := storetest.New(t)
			now := time.Now().Add(off).UTC().Truncate(time.Second)
			s := d.Open(t, func(c *store.Config) {
				for _, dsn := range []*string{&c.WebDSN, &c.AdminDSN, &c.WorkerDSN} {
					*dsn += fmt.Sprintf("?timestamp=%d", now.Unix())
				}
			})
			if wrong := s.Now().Sub(now); wrong < -time.Minute || wrong > time.Minute {
				t.Errorf("the clock is believed to be %s off", wrong)
			}
			for what, sale := range map[string]struct {
				opens, closes time.Duration
				want          store.Outcome
			}{
				"on":   {-time.Hour, time.Hour, store.Placed},
				"soon": {time.Hour, 2 * time.Hour, store.NotOpen},
			} {
				_, ids := storetest.SaleAt(t, s, now.Add(sale.opens), now.Add(sale.closes), store.NewItem{Units: 1})
				if got := buy(t, s, ids[0], 1, 1); got.Outcome != sale.want {
					t.Errorf("a sale that is %s: %s, want %s", what, got.Outcome, sale.want)
				}
			}
			d.MustAudit(t)
		})
	}
}
