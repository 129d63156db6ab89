package store_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// table is a table of the schema under test with its columns.
type table struct {
	name    string
	columns []string
	key     []string // columns of the primary key
	written []string // columns that are not generated
}

// snapshot is what is committed in the tables: table, key of the row, values of the row in the order of the columns.
type snapshot map[string]map[string][]string

// listTables reads which tables there are. schema_state is the program's own note of what it installed.
func (r *runner) listTables(t *testing.T) []table {
	t.Helper()
	var tables []table
	for _, row := range r.rowsOf(t, `SELECT c.table_name, c.column_name, c.column_key = 'PRI', c.extra LIKE '%GENERATED%'
		FROM information_schema.columns c JOIN information_schema.tables t ON t.table_schema = c.table_schema AND t.table_name = c.table_name
		WHERE c.table_schema = DATABASE() AND t.table_type = 'BASE TABLE' AND c.table_name <> 'schema_state'
		ORDER BY BINARY c.table_name, c.ordinal_position`) {
		if len(tables) == 0 || tables[len(tables)-1].name != row[0] {
			tables = append(tables, table{name: row[0]})
		}
		last := &tables[len(tables)-1]
		last.columns = append(last.columns, row[1])
		if row[2] == "1" {
			last.key = append(last.key, row[1])
		}
		if row[3] == "0" {
			last.written = append(last.written, row[1])
		}
	}
	return tables
}

// look reads everything that is committed.
func (r *runner) look(t *testing.T) snapshot {
	t.Helper()
	s := snapshot{}
	for _, tb := range r.tables {
		s[tb.name] = map[string][]string{}
		for _, row := range r.rowsOf(t, "SELECT "+strings.Join(tb.columns, ", ")+" FROM "+tb.name) {
			s[tb.name][tb.keyText(row)] = row
		}
	}
	return s
}

// keyText names a row by its primary key.
func (tb table) keyText(row []string) string {
	var parts []string
	for i, c := range tb.columns {
		if slices.Contains(tb.key, c) {
			parts = append(parts, c+"="+row[i])
		}
	}
	return strings.Join(parts, " ")
}

// addedText prints a new row without the columns that are NULL.
func (tb table) addedText(row []string) string {
	var b strings.Builder
	for i, c := range tb.columns {
		if !slices.Contains(tb.key, c) && row[i] != "NULL" {
			fmt.Fprintf(&b, " %s=%s", c, row[i])
		}
	}
	return b.String()
}

// changedText prints what differs between two states of a row.
func (tb table) changedText(before, after []string) string {
	var parts []string
	for i, c := range tb.columns {
		if before[i] != after[i] {
			parts = append(parts, fmt.Sprintf("%s %s -> %s", c, before[i], after[i]))
		}
	}
	return strings.Join(parts, ", ")
}

// changes prints every row that was added (+), changed (~) or deleted (-) since it was last looked.
func (r *runner) changes(t *testing.T) string {
	t.Helper()
	before, after := r.known, r.look(t)
	r.known = after
	var b strings.Builder
	for _, tb := range r.tables {
		old, now := before[tb.name], after[tb.name]
		for _, key := range sortedKeys(old, now) {
			was, existed := old[key]
			is, exists := now[key]
			switch {
			case !existed:
				fmt.Fprintf(&b, "+ %s %s%s\n", tb.name, key, tb.addedText(is))
			case !exists:
				fmt.Fprintf(&b, "- %s %s\n", tb.name, key)
			case !slices.Equal(was, is):
				fmt.Fprintf(&b, "~ %s %s: %s\n", tb.name, key, tb.changedText(was, is))
			}
		}
	}
	return b.String()
}

// sortedKeys returns the keys of both, numbers within them by size.
func sortedKeys(a, b map[string][]string) []string {
	var keys []string
	for _, m := range []map[string][]string{a, b} {
		for k := range m {
			if !slices.Contains(keys, k) {
				keys = append(keys, k)
			}
		}
	}
	slices.SortFunc(keys, func(x, y string) int {
		if len(x) != len(y) {
			return len(x) - len(y)
		}
		return strings.Compare(x, y)
	})
	return keys
}
