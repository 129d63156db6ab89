package store_test

import (
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"testing"
)

// planOf is what EXPLAIN says: one line per table that is read, "table key rows extra".
func planOf(t testing.TB, root *sql.DB, statement string) []string {
	t.Helper()
	rows, err := root.QueryContext(t.Context(), "EXPLAIN FORMAT=TRADITIONAL "+statement)
	if err != nil {
		t.Fatal(err)
	}
	names, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	var plan []string
	for rows.Next() {
		values := make([]sql.NullString, len(names))
		into := make([]any, len(names))
		for i := range values {
			into[i] = &values[i]
		}
		if err := rows.Scan(into...); err != nil {
			t.Fatal(err)
		}
		line := map[string]string{}
		for i, name := range names {
			line[name] = values[i].String
		}
		if line["table"] != "" && !strings.HasPrefix(line["table"], "<union") {
			plan = append(plan, fmt.Sprintf("%-10s %-7s %-34s %8s  %s", line["table"], line["type"], line["key"], line["rows"], line["Extra"]))
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return plan
}

// readsOf are the rows that a call reads, by the server's own count, and those that it answers.
func readsOf(t testing.TB, root *sql.DB, call string, args ...any) (reads, found int) {
	t.Helper()
	conn, err := root.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	count := func() (n int) {
		rows, err := conn.QueryContext(t.Context(), "SHOW SESSION STATUS LIKE 'Handler_read%'")
		if err != nil {
			t.Fatal(err)
		}
		for rows.Next() {
			var name string
			var value int
			if err := rows.Scan(&name, &value); err != nil {
				t.Fatal(err)
			}
			n += value
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			t.Fatal(err)
		}
		return n
	}
	own := -count() // what counting counts
	own += count()
	before := count()
	rows, err := conn.QueryContext(t.Context(), call, args...)
	if err != nil {
		t.Fatal(err)
	}
	for rows.Next() {
		found++
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		t.Fatal(err)
	}
	reads = count() - before - own
	if err := conn.Close(); err != nil {
		t.Fatal(err)
	}
	return reads, found
}
