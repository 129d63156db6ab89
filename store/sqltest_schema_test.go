package store_test

import (
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"

	schema "doorbuster/sql"
)

// schema prints what the server says is there, in words that are the same on both products.
func (r *runner) schema(t *testing.T, td *datadriven.TestData) string {
	t.Helper()
	var b strings.Builder
	switch td.CmdArgs[0].Key {
	case "objects":
		r.printObjects(t, &b)
	case "tables":
		for _, tb := range append(r.listTables(t), table{name: "schema_state"}) {
			r.printTable(t, &b, tb.name)
		}
	case "views":
		r.printViews(t, &b)
	case "procedures":
		r.printProcedures(t, &b)
	default:
		td.Fatalf(t, "schema objects, tables, views or procedures")
	}
	return b.String()
}

// rowsOf reads rows as root. A NULL is printed as NULL.
func (r *runner) rowsOf(t *testing.T, query string) [][]string {
	t.Helper()
	rows, err := r.root.QueryContext(r.ctx, query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	types, err := rows.ColumnTypes()
	if err != nil {
		t.Fatal(err)
	}
	var all [][]string
	for rows.Next() {
		row, err := scanText(rows, types)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, row)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

var listings = map[string]string{
	"tables":       "SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE() AND table_type = 'BASE TABLE'",
	"views":        "SELECT table_name FROM information_schema.views WHERE table_schema = DATABASE()",
	"procedures":   "SELECT routine_name FROM information_schema.routines WHERE routine_schema = DATABASE() AND routine_type = 'PROCEDURE'",
	"functions":    "SELECT routine_name FROM information_schema.routines WHERE routine_schema = DATABASE() AND routine_type = 'FUNCTION'",
	"triggers":     "SELECT trigger_name FROM information_schema.triggers WHERE trigger_schema = DATABASE()",
	"events":       "SELECT event_name FROM information_schema.events WHERE event_schema = DATABASE()",
	"foreign keys": "SELECT constraint_name FROM information_schema.referential_constraints WHERE constraint_schema = DATABASE()",
}

// names lists the objects of one kind.
func (r *runner) names(t *testing.T, kind string) []string {
	t.Helper()
	var names []string
	for _, row := range r.rowsOf(t, listings[kind]) {
		names = append(names, row[0])
	}
	slices.Sort(names) // the products' collations disagree on "_"
	return names
}

// printObjects compares what is installed with the files of sql/, one object per file.
func (r *runner) printObjects(t *testing.T, b *strings.Builder) {
	t.Helper()
	for _, kind := range []string{"tables", "views", "procedures"} {
		files, err := fs.Glob(schema.FS, kind+"/*.sql")
		if err != nil {
			t.Fatal(err)
		}
		for i := range files {
			files[i] = strings.TrimSuffix(path.Base(files[i]), ".sql")
		}
		there := r.names(t, kind)
		fmt.Fprintf(b, "%s: %s\n", kind, strings.Join(there, " "))
		for _, name := range there {
			if !slices.Contains(files, name) {
				fmt.Fprintf(b, "  %s has no file\n", name)
			}
		}
		for _, name := range files {
			if !slices.Contains(there, name) {
				fmt.Fprintf(b, "  %s is not installed\n", name)
			}
		}
	}
	for _, kind := range []string{"functions", "triggers", "events", "foreign keys"} {
		fmt.Fprintf(b, "%s: %s\n", kind, orNone(strings.Join(r.names(t, kind), " ")))
	}
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}

var (
	intWidth   = regexp.MustCompile(`\b((?:tiny|small|medium|big)?int)\(\d+\)`)
	introducer = regexp.MustCompile(`\b_(?:utf8mb4|ascii|latin1)\b`)
	noise      = strings.NewReplacer("`", "", "(", " ", ")", " ", `\`, "", ",", ", ")
)

// typeText drops the display widths that MariaDB still shows.
func typeText(s string) string { return intWidth.ReplaceAllString(s, "$1") }

// matches is how MySQL writes REGEXP down.
var matches = regexp.MustCompile(`regexp_like\(([^,]+),`)

// expressionText evens out how the products write an expression down: parentheses, quotes, names of character sets and REGEXP.
func expressionText(s string) string {
	s = matches.ReplaceAllString(s, "$1 regexp ")
	return strings.Join(strings.Fields(noise.Replace(introducer.ReplaceAllString(s, ""))), " ")
}

func (r *runner) printTable(t *testing.T, b *strings.Builder, name string) {
	t.Helper()
	for _, row := range r.rowsOf(t, `SELECT engine, table_collation, IF(table_comment = '', ', NO COMMENT', '')
		FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = '`+name+"'") {
		fmt.Fprintf(b, "%s: %s, %s%s\n", name, row[0], row[1], row[2])
	}
	for _, row := range r.rowsOf(t, `SELECT column_name, column_type, COALESCE(CONCAT(' ', collation_name), ''), IF(is_nullable = 'YES', ' null', ''),
		CASE WHEN column_default IS NULL OR column_default = 'NULL' THEN '' ELSE CONCAT(' default ', QUOTE(TRIM(BOTH '''' FROM column_default))) END,
		IF(extra LIKE '%auto_increment%', ' auto_increment', ''), COALESCE(generation_expression, ''), IF(column_comment = '', ' NO COMMENT', '')
		FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = '`+name+"' ORDER BY ordinal_position") {
		if row[6] = expressionText(row[6]); row[6] != "" && row[6] != "NULL" {
			row[6] = " stored as " + row[6]
		} else {
			row[6] = ""
		}
		fmt.Fprintf(b, "  %s %s\n", row[0], typeText(strings.Join(row[1:], "")))
	}
	for _, row := range r.rowsOf(t, `SELECT index_name, IF(non_unique = 0, 'unique', 'key'), GROUP_CONCAT(column_name ORDER BY seq_in_index SEPARATOR ', ')
		FROM information_schema.statistics WHERE table_schema = DATABASE() AND table_name = '`+name+`' GROUP BY index_name, non_unique
		ORDER BY index_name = 'PRIMARY' DESC, BINARY index_name`) {
		fmt.Fprintf(b, "  %s %s (%s)\n", row[1], row[0], row[2])
	}
	for _, row := range r.rowsOf(t, `SELECT c.constraint_name, c.check_clause FROM information_schema.check_constraints c
		JOIN information_schema.table_constraints t ON t.constraint_schema = c.constraint_schema AND t.constraint_name = c.constraint_name
		WHERE c.constraint_schema = DATABASE() AND t.constraint_type = 'CHECK' AND t.table_name = '`+name+"' ORDER BY BINARY c.constraint_name") {
		fmt.Fprintf(b, "  check %s: %s\n", row[0], expressionText(row[1]))
	}
	b.WriteString("\n")
}

func (r *runner) printViews(t *testing.T, b *strings.Builder) {
	t.Helper()
	for _, row := range r.rowsOf(t, `SELECT v.table_name, v.definer, v.security_type, GROUP_CONCAT(c.column_name ORDER BY c.ordinal_position SEPARATOR ' ')
		FROM information_schema.views v JOIN information_schema.columns c ON c.table_schema = v.table_schema AND c.table_name = v.table_name
		WHERE v.table_schema = DATABASE() GROUP BY v.table_name, v.definer, v.security_type ORDER BY BINARY v.table_name`) {
		fmt.Fprintf(b, "%s (%s, %s): %s\n", row[0], row[1], strings.ToLower(row[2]), row[3])
	}
}

func (r *runner) printProcedures(t *testing.T, b *strings.Builder) {
	t.Helper()
	for _, row := range r.rowsOf(t, `SELECT routine_name, definer, security_type, sql_data_access, IF(routine_comment = '', ', NO COMMENT', ''),
		IF(sql_mode LIKE '%STRICT_ALL_TABLES%' AND sql_mode LIKE '%ONLY_FULL_GROUP_BY%', '', ', NOT STRICT'), database_collation
		FROM information_schema.routines WHERE routine_schema = DATABASE() ORDER BY BINARY routine_name`) {
		fmt.Fprintf(b, "%s (%s, %s, %s, %s%s%s)\n", row[0], row[1], strings.ToLower(row[2]), strings.ToLower(row[3]), row[6], row[4], row[5])
		for _, p := range r.rowsOf(t, `SELECT parameter_mode, parameter_name, dtd_identifier, COALESCE(CONCAT(' ', collation_name), '')
			FROM information_schema.parameters WHERE specific_schema = DATABASE() AND specific_name = '`+row[0]+"' ORDER BY ordinal_position") {
			fmt.Fprintf(b, "  %s %s %s%s\n", strings.ToLower(p[0]), p[1], typeText(p[2]), p[3])
		}
	}
}

// matrix lets every account try every object, and prints who may do what. It believes the server's refusal, not a list of rights.
func (r *runner) matrix(t *testing.T, td *datadriven.TestData) string {
	t.Helper()
	kind := td.CmdArgs[0].Key
	accounts := []string{"web", "admin", "worker", "auditor", "migrator"}
	rows := [][]string{}
	for _, object := range r.names(t, kind) {
		row := []string{object}
		for _, account := range accounts {
			if kind == "procedures" {
				row = append(row, r.mayCall(t, td, account, object))
			} else {
				row = append(row, r.mayTouch(t, td, account, object))
			}
		}
		rows = append(rows, row)
	}
	return columnsText(append([]string{""}, accounts...), rows)
}

// mayCall calls a procedure with nothing but NULL: every procedure refuses that, but only one that may be called gets that far.
func (r *runner) mayCall(t *testing.T, td *datadriven.TestData, account, procedure string) string {
	t.Helper()
	n := len(r.rowsOf(t, `SELECT 1 FROM information_schema.parameters WHERE specific_schema = DATABASE() AND specific_name = '`+procedure+"'"))
	a := r.session(t, td, account).ask(r.ctx, "CALL "+procedure+"("+strings.TrimSuffix(strings.Repeat("NULL, ", n), ", ")+")")
	switch {
	case a.err != nil && errorText(a.err) == "error denied":
		return "-"
	case a.open:
		return "open transaction"
	default:
		return "call"
	}
}

// mayTouch tries to select, insert, update and delete, in ways that touch no row.
func (r *runner) mayTouch(t *testing.T, td *datadriven.TestData, account, object string) string {
	t.Helper()
	column := r.rowsOf(t, `SELECT column_name FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = '`+object+"' AND ordinal_position = 1")[0][0]
	tries := []struct{ letter, statement string }{
		{"s", "SELECT " + column + " FROM " + object + " LIMIT 0"},
		{"i", "INSERT INTO " + object + " (" + column + ") SELECT 1 FROM (SELECT 1) one WHERE 1 = 0"},
		{"u", "UPDATE " + object + " SET " + column + " = NULL WHERE 1 = 0"},
		{"d", "DELETE FROM " + object + " WHERE 1 = 0"},
	}
	may := ""
	for _, try := range tries {
		a := r.session(t, td, account).ask(r.ctx, try.statement)
		if a.err == nil || errorText(a.err) != "error denied" {
			may += try.letter
		}
	}
	if may == "" {
		return "-"
	}
	return may
}
