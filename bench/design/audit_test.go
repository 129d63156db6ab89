package design_test

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"testing"

	"doorbuster/bench/design"
)

// exec changes a run's tables behind its back.
func exec(t *testing.T, db *sql.DB, query string, args ...any) {
	t.Helper()
	if _, err := db.ExecContext(t.Context(), query, args...); err != nil {
		t.Fatal(err)
	}
}

// finds checks that the audit says the wanted words, each in a line of its own, and nothing else.
func finds(t *testing.T, r design.Run, words ...string) {
	t.Helper()
	broken, err := r.Audit(t.Context())
	if err != nil || len(broken) != len(words) {
		t.Errorf("audit: %q, %v; want %q", broken, err, words)
		return
	}
	for i, line := range broken {
		if !strings.Contains(line, words[i]) {
			t.Errorf("audit: %q, want %q", line, words[i])
		}
	}
}

// Each audit looks for what was answered and for what was not, with the product as with a baseline.
func TestAuditFindsLies(t *testing.T) {
	for _, id := range []string{"call", "bare", "doorbuster"} {
		t.Run(id, func(t *testing.T) {
			r := open(t, id, design.Settings{Units: 10})
			crowd(t, r, []uint64{1, 2, 3})
			settled(t, r, 3)
			db, item := design.DB(r), design.ItemOf(r)
			exec(t, db, "UPDATE orders SET user_id = 9 WHERE user_id = 1 AND item_id = ?", item)
			finds(t, r, "1 orders belong to another shopper than was answered")
			exec(t, db, "UPDATE orders SET id = REVERSE(id) WHERE user_id = 9 AND item_id = ?", item)
			finds(t, r, `1 of 3 orders were answered "placed" and are not in the database`, "1 orders are in the database and were not answered")
		})
	}
}

func TestAuditFindsBadStock(t *testing.T) {
	r := open(t, "call_shards", design.Settings{Units: 10, Shards: 4})
	crowd(t, r, []uint64{1, 2, 3})
	settled(t, r, 3)
	db := design.DB(r)
	exec(t, db, "DELETE FROM orders WHERE user_id = 2")
	finds(t, r, "7 left and 2 orders are 9, on sale were 10", "1 of 3 orders were answered")
	exec(t, db, "UPDATE stock SET available = available + 1 WHERE shard = 0")
	finds(t, r, "1 of 3 orders were answered") // the sums agree again, the promise is still broken
	exec(t, db, "ALTER TABLE stock DROP CONSTRAINT stock_available_is_never_negative")
	exec(t, db, "UPDATE stock SET available = CASE shard WHEN 1 THEN -1 WHEN 2 THEN available + 3 ELSE available END")
	broken, err := r.Audit(t.Context())
	if err != nil || !slices.Contains(broken, "a stock row has -1 units") {
		t.Errorf("audit: %q, %v", broken, err)
	}
	exec(t, db, "ALTER TABLE orders DROP INDEX orders_one_per_user_and_item")
	exec(t, db, "UPDATE orders SET user_id = 1, units = 2")
	broken, err = r.Audit(t.Context())
	if err != nil || !slices.Contains(broken, "1 orders are a second one of their shopper") || !slices.Contains(broken, "2 orders have 4 units, one each is right") {
		t.Errorf("audit: %q, %v", broken, err)
	}
}

// The product's own audit is asked too.
func TestAuditOfTheProduct(t *testing.T) {
	r := open(t, "doorbuster", design.Settings{Units: 10})
	crowd(t, r, []uint64{1, 2, 3})
	settled(t, r, 3)
	exec(t, design.DB(r), "UPDATE stock_shards SET available = available + 1 WHERE item_id = ? AND shard = 0", design.ItemOf(r))
	finds(t, r, "I1 ledger of a shard = available", "I3 allotted = available + held + sold")
}

// counting counts what reaches it.
type counting struct {
	design.Run
	calls int
	class string
}

func (c *counting) Buy(context.Context, uint64) (string, error) {
	c.calls++
	return c.class, nil
}

func TestFlag(t *testing.T) {
	inner := &counting{class: design.Placed}
	f := design.NewFlag(inner)
	buy := func(want string) {
		t.Helper()
		if got, err := f.Buy(t.Context(), 1); got != want || err != nil {
			t.Errorf("%s, %v; want %s", got, err, want)
		}
	}
	buy(design.Placed)
	inner.class = design.AlreadyOrdered
	buy(design.AlreadyOrdered)
	inner.class = design.SoldOut
	buy(design.SoldOut)
	inner.class = design.Placed // memory does not ask, so it does not notice
	buy(design.SoldOut)
	buy(design.SoldOut)
	if inner.calls != 3 || f.FromMemory() != 2 {
		t.Errorf("%d calls and %d from memory, want 3 and 2", inner.calls, f.FromMemory())
	}
}

// With the setting, every design answers from memory once it is sold out, and nothing more reaches it.
func TestFlagOfDesigns(t *testing.T) {
	for _, d := range design.All() {
		if d.ID == "insert" || d.ID == "oversells" {
			continue // never sold out; or sold to anybody
		}
		t.Run(d.ID, func(t *testing.T) {
			r := open(t, d.ID, design.Settings{Units: 50, SoldOutFlag: true})
			counts := crowd(t, r, presses())
			if counts[design.Placed] != 50 {
				t.Errorf("answers: %v", counts)
			}
			f := r.(*design.Flag)
			before := f.FromMemory()
			if counts := crowd(t, r, presses()); counts[design.SoldOut] != 400 || f.FromMemory()-before != 400 {
				t.Errorf("answers: %v, %d from memory", counts, f.FromMemory()-before)
			}
			settled(t, r, 50)
		})
	}
}

// More units than one statement makes rows of.
func TestManyUnits(t *testing.T) {
	for _, id := range []string{"unit_rows", "call_shards"} {
		r := open(t, id, design.Settings{Units: 125_001})
		if counts := crowd(t, r, []uint64{1, 2}); counts[design.Placed] != 2 {
			t.Errorf("%s: %v", id, counts)
		}
		settled(t, r, 2)
	}
}

// Two processes may make databases on one server; a run that was killed leaves one behind.
func TestLeftoverDatabases(t *testing.T) {
	e := env(t, "call")
	d, _ := design.ByID("call")
	first := open(t, "call", design.Settings{Units: 1})
	var name string
	if err := design.DB(first).QueryRowContext(t.Context(), "SELECT DATABASE()").Scan(&name); err != nil {
		t.Fatal(err)
	}
	var n int
	if _, err := fmt.Sscanf(name, "bench_call_%d", &n); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	left := fmt.Sprintf("bench_call_%d", n+1)
	exec(t, design.DB(first), "CREATE DATABASE "+left)
	second, err := d.Open(t.Context(), e, design.Settings{Units: 1})
	if err != nil {
		t.Fatal(err)
	}
	if err := second.Close(); err != nil {
		t.Error(err)
	}
	exec(t, design.DB(first), "DROP DATABASE "+left) // still there: it was not ours
}
