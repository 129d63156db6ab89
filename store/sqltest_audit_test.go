package store_test

import (
	"context"
	"database/sql"
	"slices"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"
)

// audit prints what the auditor finds.
func (r *runner) audit(t *testing.T) string {
	t.Helper()
	broken := r.db.Audit(t)
	if len(broken) == 0 {
		return "clean"
	}
	lines := make([]string, 0, len(broken))
	for _, f := range broken {
		item := "-"
		if f.ItemID != nil {
			item = valueText(*f.ItemID, "")
		}
		lines = append(lines, labelled(strings.Join([]string{f.Invariant, "item " + item, "expected " + f.Expected, "found " + f.Found, f.WhatToDo}, " | ")))
	}
	slices.Sort(lines) // the audit promises no order
	return strings.Join(lines, "\n")
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
	found := r.audit(t)
	for _, tb := range r.tables {
		columns := strings.Join(tb.written, ", ")
		mustExec(t, r.ctx, conn, "DELETE FROM "+tb.name)
		mustExec(t, r.ctx, conn, "INSERT INTO "+tb.name+" ("+columns+") SELECT "+columns+" FROM kept_"+tb.name)
		mustExec(t, r.ctx, conn, "DROP TABLE kept_"+tb.name)
	}
	if again := r.audit(t); again != "clean" {
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
