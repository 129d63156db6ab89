package store_test

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"testing"

	"github.com/go-sql-driver/mysql"

	"doorbuster/store"
	"doorbuster/store/storetest"
)

// apply installs sql/ into d as root.
func apply(t testing.TB, d *storetest.Database, change ...func(*store.ApplyOptions)) (store.ApplyReport, error) {
	t.Helper()
	o := store.ApplyOptions{DSN: d.RootDSN()}
	for _, c := range change {
		c(&o)
	}
	ctx, cancel := context.WithTimeout(t.Context(), longest)
	defer cancel()
	return store.Apply(ctx, o)
}

// installed reads every definition and right of d as the server has it, but for the times.
func installed(t testing.TB, d *storetest.Database) map[string]string {
	t.Helper()
	root := d.Root(t)
	state := map[string]string{}
	for kind, query := range map[string]string{
		"checksum": "SELECT object, CONCAT(checksum, ' ', applied_at) FROM schema_state",
		"made":     "SELECT routine_name, CONCAT(created, ' ', last_altered) FROM information_schema.routines WHERE routine_schema = DATABASE()",
		"right":    "SELECT CONCAT(User, ' ', Routine_name), CAST(Proc_priv AS CHAR) FROM mysql.procs_priv WHERE Db = DATABASE()",
		"account":  "SELECT User, IF(authentication_string = '', 'locked out', 'opens') FROM mysql.user WHERE User LIKE 'doorbuster%'",
		"view":     "SELECT table_name, view_definition FROM information_schema.views WHERE table_schema = DATABASE()",
	} {
		rows, err := root.QueryContext(t.Context(), query)
		if err != nil {
			t.Fatal(kind, err)
		}
		for rows.Next() {
			var name, value string
			if err := rows.Scan(&name, &value); err != nil {
				t.Fatal(err)
			}
			state[kind+" "+name] = value
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			t.Fatal(err)
		}
	}
	return state
}

// makeOld makes d believe that object was installed from another file.
func makeOld(t testing.TB, d *storetest.Database, object string) {
	t.Helper()
	result, err := d.Root(t).ExecContext(t.Context(), "UPDATE schema_state SET checksum = REPEAT('0', 64) WHERE object = ?", object)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := result.RowsAffected(); err != nil || n != 1 {
		t.Fatalf("%s: %d rows, %v", object, n, err)
	}
}

func TestApplyTwiceChangesNothing(t *testing.T) {
	t.Parallel()
	d := storetest.New(t)
	before := installed(t, d)
	if len(before) < 80 {
		t.Fatalf("only %d facts about the database", len(before))
	}
	var last string
	steps := 0
	report, err := apply(t, d, func(o *store.ApplyOptions) {
		o.Progress = func(done, total int, object string) {
			if done != steps+1 || done > total {
				t.Errorf("progress %d of %d after %d", done, total, steps)
			}
			steps, last = done, object
		}
	})
	if err != nil || report.Changed() {
		t.Errorf("second apply: %+v, %v", report, err)
	}
	if after := installed(t, d); !maps.Equal(before, after) {
		t.Error("the database is another one after a second apply")
	}
	if steps < 50 || last == "" {
		t.Errorf("progress ended at %d, %q", steps, last)
	}
}

// A changed procedure is replaced, with its rights, and nothing else is touched.
func TestApplyReplacesWhatChanged(t *testing.T) {
	t.Parallel()
	d := storetest.New(t)
	s := d.Open(t)
	before := installed(t, d)
	for _, object := range []string{"procedures/pay_order.sql", "views/public_stock.sql"} {
		makeOld(t, d, object)
		if err := s.CheckSchema(t.Context()); err == nil {
			t.Errorf("%s is of another version and the check says nothing", object)
		}
		report, err := apply(t, d)
		if err != nil || !slices.Equal(report.Replaced, []string{object}) || len(report.Created)+len(report.Dropped) != 0 {
			t.Errorf("%s: %+v, %v", object, report, err)
		}
		if err := s.CheckSchema(t.Context()); err != nil {
			t.Error(err)
		}
	}
	after := installed(t, d)
	for fact, value := range before {
		changed := fact == "checksum procedures/pay_order.sql" || fact == "checksum views/public_stock.sql" || fact == "made pay_order"
		if !changed && after[fact] != value {
			t.Errorf("%s: was %q, is %q", fact, value, after[fact])
		}
	}
	for _, account := range storetest.Accounts { // with the same passwords; MySQL salts what it keeps of them, and other tests set them too
		if err := d.As(t, account).PingContext(t.Context()); err != nil {
			t.Errorf("%s cannot sign in any more: %v", account, err)
		}
	}
	_, items := storetest.Sale(t, s, store.NewItem{Units: 1})
	p := purchase(t, items[0], 1, 1)
	mustBe(t, attempt(t, s, p).Outcome, nil, store.Placed)
	change, err := s.PayOrder(t.Context(), store.Operator("test"), p.OrderID, "cash")
	mustBe(t, change.Outcome, err, store.Paid)
}

func TestApplyDropsWhatIsGone(t *testing.T) {
	t.Parallel()
	d := storetest.New(t)
	root := d.Root(t)
	for _, statement := range []string{
		"CREATE PROCEDURE old_procedure() SELECT 1",
		"CREATE VIEW old_view AS SELECT 1",
		"CREATE TABLE old_table (id INT)",
		"INSERT INTO schema_state VALUES ('procedures/old_procedure.sql', '', NOW()), ('views/old_view.sql', '', NOW()), ('tables/old_table.sql', '', NOW())",
	} {
		if _, err := root.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	report, err := apply(t, d)
	slices.Sort(report.Dropped)
	if want := []string{"procedures/old_procedure.sql", "views/old_view.sql"}; err != nil || !slices.Equal(report.Dropped, want) {
		t.Errorf("dropped %v, %v", report.Dropped, err)
	}
	var procedures, views, tables int
	err = root.QueryRowContext(t.Context(), `SELECT
		(SELECT COUNT(*) FROM information_schema.routines WHERE routine_schema = DATABASE() AND routine_name = 'old_procedure'),
		(SELECT COUNT(*) FROM information_schema.views WHERE table_schema = DATABASE() AND table_name = 'old_view'),
		(SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = 'old_table')`).Scan(&procedures, &views, &tables)
	if err != nil || procedures != 0 || views != 0 || tables != 1 {
		t.Errorf("left: %d procedures, %d views, %d tables (data is never dropped); %v", procedures, views, tables, err)
	}
	if report, err := apply(t, d); err != nil || report.Changed() {
		t.Errorf("once more: %+v, %v", report, err)
	}
}

// A table of another version is an error, before anything was changed.
func TestApplyRefusesAChangedTable(t *testing.T) {
	t.Parallel()
	d := storetest.New(t)
	makeOld(t, d, "tables/orders.sql")
	makeOld(t, d, "procedures/pay_order.sql")
	before := installed(t, d)
	if _, err := apply(t, d); !errors.Is(err, store.ErrTableChanged) {
		t.Errorf("a changed table: %v", err)
	}
	if !maps.Equal(before, installed(t, d)) {
		t.Error("something was changed all the same")
	}
}

// Several may start it at once: one works, the others find nothing to do.
func TestApplyAtOnce(t *testing.T) {
	t.Parallel()
	d := storetest.New(t)
	cfg, err := mysql.ParseDSN(d.RootDSN())
	if err != nil {
		t.Fatal(err)
	}
	cfg.DBName = d.Name + "_apply"
	t.Cleanup(func() {
		if _, err := d.Root(t).ExecContext(context.WithoutCancel(t.Context()), "DROP DATABASE IF EXISTS "+cfg.DBName); err != nil {
			t.Error(err)
		}
	})
	var mu sync.Mutex
	var wg sync.WaitGroup
	changed := 0
	for range 4 {
		wg.Go(func() {
			report, err := apply(t, d, func(o *store.ApplyOptions) { o.DSN = cfg.FormatDSN() })
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				t.Error(err)
			}
			if report.Changed() {
				changed++
			}
		})
	}
	wg.Wait()
	if changed != 1 {
		t.Errorf("%d of 4 changed something, want 1", changed)
	}
}
