package store_test

import (
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"doorbuster/store"
	"doorbuster/store/storetest"
)

// While a sale is on, or opens within minutes, procedures are replaced only when that is wanted. What is not replaced may always run.
func TestApplyDuringASale(t *testing.T) {
	t.Parallel()
	d := storetest.New(t)
	s := d.Open(t)
	now := s.Now()
	storetest.SaleAt(t, s, now.Add(-2*time.Hour), now.Add(48*time.Hour), store.NewItem{Units: 1})
	if report, err := apply(t, d); err != nil || report.Changed() {
		t.Errorf("nothing to do during a sale: %+v, %v", report, err)
	}
	for what, change := range map[string]func(){
		"a changed procedure": func() { makeOld(t, d, "procedures/place_orders.sql") },
		"a procedure that is gone": func() {
			if _, err := apply(t, d, func(o *store.ApplyOptions) { o.DuringSale = true }); err != nil {
				t.Error(err)
			}
			if _, err := d.Root(t).ExecContext(t.Context(), "INSERT INTO schema_state VALUES ('procedures/old.sql', '', NOW())"); err != nil {
				t.Error(err)
			}
		},
	} {
		change()
		if report, err := apply(t, d); !errors.Is(err, store.ErrSaleOpen) || report.Changed() {
			t.Errorf("%s during a sale: %+v, %v", what, report, err)
		}
		if _, err := apply(t, d, func(o *store.ApplyOptions) { o.DuringSale = true }); err != nil {
			t.Errorf("%s, when it is wanted: %v", what, err)
		}
	}
}

func TestApplyBetweenSales(t *testing.T) {
	t.Parallel()
	d := storetest.New(t)
	s := d.Open(t)
	now := s.Now()
	storetest.SaleAt(t, s, now.Add(time.Hour), now.Add(2*time.Hour), store.NewItem{Units: 1})
	makeOld(t, d, "procedures/place_orders.sql")
	if report, err := apply(t, d); err != nil || len(report.Replaced) != 1 {
		t.Errorf("an hour before a sale: %+v, %v", report, err)
	}
	sale, _ := storetest.SaleAt(t, s, now.Add(time.Minute), now.Add(2*time.Hour), store.NewItem{Units: 1})
	makeOld(t, d, "procedures/place_orders.sql")
	if _, err := apply(t, d); !errors.Is(err, store.ErrSaleOpen) {
		t.Errorf("a minute before a sale: %v", err)
	}
	outcome, err := s.EndSale(t.Context(), store.Operator("test"), sale, "test")
	mustBe(t, outcome, err, store.Ended)
	if report, err := apply(t, d); err != nil || len(report.Replaced) != 1 {
		t.Errorf("after its end: %+v, %v", report, err)
	}
}

// Replacing the procedures under a rush costs a moment, not an order: no purchase is sent away, no payment sees a fault.
func TestApplyUnderARush(t *testing.T) {
	t.Parallel()
	d := storetest.New(t)
	s := d.Open(t, func(c *store.Config) { c.QueueWait, c.Patience = longest, 2*longest })
	_, items := storetest.Sale(t, s, store.NewItem{Units: 90000, Shards: 1}, store.NewItem{Units: 90000, Shards: 3})
	replaced := make(chan struct{})
	j := newJournal()
	var wg sync.WaitGroup
	for worker := range uint64(30) {
		wg.Go(func() {
			for n := uint64(0); ; n++ {
				user := 1 + worker + 30*n
				p := purchase(t, items[user%2], user, 1)
				j.ask(p)
				got := attempt(t, s, p)
				j.hear(p, got)
				if got.Outcome != store.Placed && got.Outcome != store.Exists {
					t.Errorf("shopper %d: %s", user, got.Outcome)
				}
				payUntilSure(t, s, p)
				select {
				case <-replaced:
					return
				default:
				}
			}
		})
	}
	for range 8 {
		for _, object := range []string{"procedures/place_orders.sql", "procedures/pay_order.sql", "views/public_stock.sql"} {
			makeOld(t, d, object)
		}
		report, err := apply(t, d, func(o *store.ApplyOptions) { o.DuringSale = true })
		if err != nil || len(report.Replaced) != 3 {
			t.Errorf("apply under a rush: %+v, %v", report, err)
		}
	}
	close(replaced)
	wg.Wait()
	for _, item := range items {
		j.compare(t, d, item)
	}
	d.MustAudit(t)
}

// payUntilSure pays, and comes back when the shop says that it is busy.
func payUntilSure(t testing.TB, s *store.Store, p store.Purchase) {
	for deadline := time.Now().Add(longest); ; {
		change, err := s.PayOrder(t.Context(), store.Operator("test"), p.OrderID, "cash")
		var busy *store.BusyError
		if errors.As(err, &busy) && time.Now().Before(deadline) {
			continue
		}
		if err != nil || change.Outcome != store.Paid {
			t.Errorf("payment of shopper %d: %s, %v", p.UserID, change.Outcome, err)
		}
		return
	}
}

// The migrator may do all of this without being root: change, replace with rights, drop.
func TestMigratorApplies(t *testing.T) {
	t.Parallel()
	d := storetest.New(t)
	s := d.Open(t)
	migrate := func(o *store.ApplyOptions) { o.DSN = d.DSN("doorbuster_migrator") }
	if report, err := apply(t, d, migrate); err != nil || report.Changed() {
		t.Errorf("nothing to do: %+v, %v", report, err)
	}
	root := d.Root(t)
	rows, err := root.QueryContext(t.Context(), "SELECT object FROM schema_state WHERE object LIKE 'procedures/%' OR object LIKE 'views/%'")
	if err != nil {
		t.Fatal(err)
	}
	var objects []string
	for rows.Next() {
		var object string
		if err := rows.Scan(&object); err != nil {
			t.Fatal(err)
		}
		objects = append(objects, object)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		t.Fatal(err)
	}
	for _, statement := range []string{
		"UPDATE schema_state SET checksum = '' WHERE object LIKE 'procedures/%' OR object LIKE 'views/%'",
		"INSERT INTO schema_state VALUES ('procedures/old_procedure.sql', '', NOW())",
		"CREATE DEFINER = doorbuster_owner@localhost PROCEDURE old_procedure() SELECT 1",
	} {
		if _, err := root.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	report, err := apply(t, d, migrate)
	if err != nil || len(report.Replaced) != len(objects) || !slices.Equal(report.Dropped, []string{"procedures/old_procedure.sql"}) {
		t.Errorf("everything by the migrator: %d of %d replaced, %v dropped; %v", len(report.Replaced), len(objects), report.Dropped, err)
	}
	_, items := storetest.Sale(t, s, store.NewItem{Units: 1})
	mustBe(t, buy(t, s, items[0], 1, 1).Outcome, nil, store.Placed)
	d.MustAudit(t)
}

// Passwords are set as they are, whatever signs stand in them, and only accounts of ours can be opened.
func TestApplyPasswords(t *testing.T) {
	t.Parallel()
	server := storetest.OwnServer(t) // accounts are the server's, not the database's
	d := storetest.On(t, server)
	for _, password := range []string{`it's`, `back\slash`, `\'; DROP DATABASE x; -- `, `"double" ` + "`tick`", `ends with \`, `пароль 密码`, `%s?:x`} {
		_, err := apply(t, d, func(o *store.ApplyOptions) { o.Passwords = map[string]string{"doorbuster_auditor": password} })
		if err != nil {
			t.Errorf("password %q: %v", password, err)
			continue
		}
		dsn, err := store.AccountDSN(d.DSN("doorbuster_auditor"), "doorbuster_auditor", password)
		if err != nil {
			t.Fatal(err)
		}
		a, err := store.OpenAuditor(dsn)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := a.Audit(t.Context(), store.AuditScope{}); err != nil {
			t.Errorf("signing in with %q: %v", password, err)
		}
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	}
	for _, account := range []string{"root", "doorbuster_owner", "doorbuster_web@'%'; DROP USER root@localhost; -- ", ""} {
		_, err := apply(t, d, func(o *store.ApplyOptions) { o.Passwords = map[string]string{account: "secret-word"} })
		if err == nil || strings.Contains(err.Error(), "secret-word") {
			t.Errorf("account %q: %v", account, err)
		}
	}
	if _, err := apply(t, d, func(o *store.ApplyOptions) { o.Passwords = map[string]string{"doorbuster_web": ""} }); err == nil {
		t.Error("an account was opened with an empty password")
	}
}
