package store_test

import (
	"io/fs"
	"regexp"
	"strings"
	"testing"

	schema "doorbuster/sql"
)

// Some rules cannot be seen from outside as long as the others hold: a lock that is held makes a guard idle. These tests read the
// statements instead, so a guard cannot quietly disappear.

var (
	lineComment  = regexp.MustCompile(`(?m)--.*$`)
	takes        = regexp.MustCompile(`\bavailable\s*=\s*(?:\w+\.)?available\s*-\s*(\w+)`)
	setAvailable = regexp.MustCompile(`(?s)\bUPDATE\s+stock_shards\b.*\bSET\b.*\bavailable\s*=`)
	space        = regexp.MustCompile(`\s+`)
)

// statements returns the statements of a procedure without comments, spaces evened out.
func statements(t *testing.T, file string) []string {
	t.Helper()
	text, err := fs.ReadFile(schema.FS, file)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for s := range strings.SplitSeq(lineComment.ReplaceAllString(string(text), ""), ";") {
		all = append(all, strings.TrimSpace(space.ReplaceAllString(s, " ")))
	}
	return all
}

func procedures(t *testing.T) []string {
	t.Helper()
	files, err := fs.Glob(schema.FS, "procedures/*.sql")
	if err != nil || len(files) == 0 {
		t.Fatalf("no procedures: %v", err)
	}
	return files
}

// TestTakingUnitsIsGuarded: whatever lowers available says in the same statement that so much is there. Behind the lock of the shard it
// is always true; without the lock it is what stands between a crowd and an oversold item.
func TestTakingUnitsIsGuarded(t *testing.T) {
	found := 0
	for _, file := range procedures(t) {
		for _, s := range statements(t, file) {
			for _, m := range takes.FindAllStringSubmatch(s, -1) {
				found++
				if !strings.Contains(s, "available >= "+m[1]) {
					t.Errorf("%s takes units without asking whether they are there: %s", file, s)
				}
			}
		}
	}
	if found < 2 {
		t.Errorf("only %d statements take units: place_orders and withdraw_units must be among them", found)
	}
}

// TestEveryMoveHasItsLine: a procedure that changes available also writes the ledger.
func TestEveryMoveHasItsLine(t *testing.T) {
	for _, file := range procedures(t) {
		text := strings.Join(statements(t, file), ";\n")
		if setAvailable.MatchString(text) && !strings.Contains(text, "INSERT INTO stock_moves") {
			t.Errorf("%s changes available and writes no ledger line", file)
		}
	}
}

// TestSealingIsFenced: the same of seal_moves, and nothing in it locks a ledger line.
func TestSealingIsFenced(t *testing.T) {
	var locks, first bool
	var writes, checked int
	for _, s := range statements(t, "procedures/seal_moves.sql") {
		locks = locks || strings.Contains(s, "FROM leases WHERE job = 'seal_moves' FOR UPDATE")
		first = first || strings.Contains(s, "IF v_fence = in_fence THEN")
		if strings.HasPrefix(s, "INSERT INTO stock_seals") || strings.Contains(s, "INSERT INTO seal_cursors") {
			writes++
			if strings.Contains(s, "fence = in_fence") {
				checked++
			}
		}
		if strings.Contains(s, "stock_moves") && (strings.Contains(s, "FOR UPDATE") || strings.Contains(s, "SHARE") || strings.Contains(s, "UPDATE unsealed")) {
			t.Errorf("seal_moves locks ledger lines: %s", s)
		}
	}
	if !locks || !first || writes != 3 || checked != writes {
		t.Errorf("seal_moves: locks the lease: %t, checks the number first: %t, and with %d of %d writes", locks, first, checked, writes)
	}
}

// TestExpiringIsFenced: the number of the lease is asked for under the lease's lock, and again in the statement that ends the orders.
// Each of the two makes the other idle; a worker that was stopped between them is why there are two.
func TestExpiringIsFenced(t *testing.T) {
	var locks, first, second bool
	for _, s := range statements(t, "procedures/expire_orders.sql") {
		locks = locks || strings.Contains(s, "FROM leases WHERE job = 'expire_orders' FOR UPDATE")
		first = first || strings.Contains(s, "IF v_fence = in_fence AND")
		second = second || strings.Contains(s, "UPDATE orders") && strings.Contains(s, "l.fence = in_fence")
	}
	if !locks || !first || !second {
		t.Errorf("expire_orders: locks the lease: %t, checks the number first: %t, and with the write: %t", locks, first, second)
	}
}
