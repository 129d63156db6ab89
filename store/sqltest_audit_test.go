package store_test

import (
	"context"
	"database/sql"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"

	"doorbuster/store"
)

// audit prints what the auditor finds.
func (r *runner) audit(t *testing.T, scope store.AuditScope) string {
	t.Helper()
	broken, err := r.db.AuditOf(t, scope)
	if err != nil {
		return err.Error()
	}
	if len(broken) == 0 {
		return "clean"
	}
	lines := make([]string, 0, len(broken))
	for _, f := range broken {
		item := "-"
		if f.ItemID != nil {
			item = valueText(*f.ItemID, "")
		}
		endangers := ""
		if f.Endangers {
			endangers = "! "
		}
		lines = append(lines, labelled(strings.Join([]string{endangers + f.Invariant, "item " + item, "expected " + f.Expected, "found " + f.Found, f.WhatToDo}, " | ")))
	}
	slices.Sort(lines) // the audit promises no order
	return strings.Join(lines, "\n")
}

// scopeOf reads sale= and item= of a directive.
func scopeOf(t *testing.T, td *datadriven.TestData) store.AuditScope {
	t.Helper()
	number := func(key string) uint64 {
		n, err := strconv.ParseUint(argument(t, td, key, "0"), 10, 64)
		if err != nil {
			td.Fatalf(t, "%s: %v", key, err)
		}
		return n
	}
	scope := store.AuditItem(number("item"))
	scope.Sale = number("sale")
	return scope
}

// breakByHand does what nobody may: it changes tables past the procedures. It prints what the audit finds, puts the tables back and
// insists that the audit is clean again, so each damage is seen alone.
func (r *runner) breakByHand(t *testing.T, td *datadriven.TestData) string {
	t.Helper()
	conn, err := r.root.Conn(r.ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	for _, tb := range r.tables {
		mustExec(t, r.ctx, conn, "CREATE TABLE kept_"+tb.name+" AS SELECT * FROM "+tb.name)
	}
	for text := range strings.SplitSeq(td.Input+"\n", ";\n") {
		if text = strings.TrimSpace(text); text != "" {
			mustExec(t, r.ctx, conn, expand(text))
		}
	}
	found := r.audit(t, scopeOf(t, td))
	for _, tb := range r.tables {
		columns := strings.Join(tb.written, ", ")
		mustExec(t, r.ctx, conn, "DELETE FROM "+tb.name)
		mustExec(t, r.ctx, conn, "INSERT INTO "+tb.name+" ("+columns+") SELECT "+columns+" FROM kept_"+tb.name)
		mustExec(t, r.ctx, conn, "DROP TABLE kept_"+tb.name)
	}
	if again := r.audit(t, store.AuditScope{}); again != "clean" {
		td.Fatalf(t, "not clean after it was put back: %s", again)
	}
	return found
}

func mustExec(t *testing.T, ctx context.Context, conn *sql.Conn, statement string) {
	t.Helper()
	if _, err := conn.ExecContext(ctx, statement); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}
