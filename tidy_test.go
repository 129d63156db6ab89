package main

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// Budgets: what one can read in one sitting. A file that needs more wants to be two.
const (
	maxGoFile  = 400
	maxSQLFile = 200
	maxFunc    = 70
)

// tracked returns the files that git tracks or would track, by suffix.
func tracked(t *testing.T, suffix string) []string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "git", "ls-files", "--cached", "--others", "--exclude-standard").Output()
	if err != nil {
		t.Fatalf("git ls-files: %v", err)
	}
	var files []string
	for line := range strings.Lines(string(out)) {
		file := strings.TrimSpace(line)
		if _, err := os.Stat(file); err == nil && strings.HasSuffix(file, suffix) {
			files = append(files, file)
		}
	}
	if len(files) == 0 {
		t.Fatalf("no %s files found", suffix)
	}
	return files
}

func read(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestTidyGo(t *testing.T) {
	for _, file := range tracked(t, ".go") {
		if strings.HasSuffix(file, "_templ.go") {
			continue
		}
		text := read(t, file)
		if n := strings.Count(text, "\n"); n > maxGoFile {
			t.Errorf("%s has %d lines, at most %d", file, n, maxGoFile)
		}
		if regexp.MustCompile(`(?i)//.*\bTODO\b`).MatchString(text) {
			t.Errorf("%s has a TODO: do it, or open an issue", file)
		}
		set := token.NewFileSet()
		parsed, err := parser.ParseFile(set, file, text, parser.ParseComments)
		if err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		for _, decl := range parsed.Decls {
			f, ok := decl.(*ast.FuncDecl)
			if !ok {
				continue
			}
			if n := set.Position(f.End()).Line - set.Position(f.Pos()).Line; n > maxFunc {
				t.Errorf("%s: %s has %d lines, at most %d", file, f.Name.Name, n, maxFunc)
			}
			if f.Name.IsExported() && f.Doc == nil && !strings.HasSuffix(file, "_test.go") && exportedReceiver(f) {
				t.Errorf("%s: %s is exported and not documented", file, f.Name.Name)
			}
		}
	}
}

func exportedReceiver(f *ast.FuncDecl) bool {
	if f.Recv == nil {
		return true
	}
	receiver := f.Recv.List[0].Type
	if star, ok := receiver.(*ast.StarExpr); ok {
		receiver = star.X
	}
	name, ok := receiver.(*ast.Ident)
	return ok && name.IsExported() && f.Name.Name != "Error" && f.Name.Name != "Unwrap"
}

var (
	outcomeLine  = regexp.MustCompile(`(?m)^--   ([a-z_]+)  +\S`)
	subtraction  = regexp.MustCompile(`(?s)UPDATE stock_shards SET available = available - .*?;`)
	parameter    = regexp.MustCompile(`(?m)^\s+IN (\w+)`)
	declaration  = regexp.MustCompile(`(?m)^\s+DECLARE ((?:\w+(?:, )?)+) [A-Z]`)
	createObject = regexp.MustCompile(`(?m)^CREATE .*(?:TABLE IF NOT EXISTS|PROCEDURE|VIEW) (\w+)`)
)

// internalSteps are procedures that only other procedures call; the store has no method for them.
var internalSteps = []string{"allot_items", "cancel_held_order", "check_staff", "check_undo", "give_back_units", "lock_team", "make_batch", "move_payment", "plan_repair", "put_units", "retake_units", "sell_held_units", "share_last_units", "take_units", "undo_in_sale", "undo_in_team", "undo_setting", "undo_units", "write_list", "write_mails"}

func TestTidySQL(t *testing.T) {
	install := read(t, "sql/install.sql")
	for _, file := range tracked(t, ".sql") {
		if !strings.HasPrefix(file, "sql/") || filepath.Dir(file) == "sql/migrations" {
			continue
		}
		text := read(t, file)
		if n := strings.Count(text, "\n"); n > maxSQLFile && file != "sql/install.sql" { // the table of contents has a line for each
			t.Errorf("%s has %d lines, at most %d", file, n, maxSQLFile)
		}
		name := strings.TrimPrefix(file, "sql/")
		if !strings.Contains(name, "/") {
			continue
		}
		if !strings.Contains(install, "SOURCE "+name+"\n") {
			t.Errorf("%s is not in install.sql", file)
		}
		object := strings.TrimSuffix(filepath.Base(file), ".sql")
		if m := createObject.FindStringSubmatch(text); m == nil || m[1] != object {
			t.Errorf("%s does not create %s", file, object)
		}
		lines := strings.Split(strings.TrimSpace(text), "\n")
		if !strings.HasPrefix(lines[len(lines)-1], "GRANT ") {
			t.Errorf("%s: the last line must be its GRANT, because DROP removes grants", file)
		}
		for _, update := range subtraction.FindAllString(text, -1) {
			if !regexp.MustCompile(`available >= v_take`).MatchString(update) {
				t.Errorf("%s lowers available without the guard: %s", file, update)
			}
		}
	}
}

func TestTidyProcedures(t *testing.T) {
	methods := storeMethods(t)
	outcomes := read(t, "store/outcome.go")
	documented := read(t, "docs/outcomes.md")
	for _, file := range tracked(t, ".sql") {
		if filepath.Dir(file) != "sql/procedures" {
			continue
		}
		name := strings.TrimSuffix(filepath.Base(file), ".sql")
		text := read(t, file)
		if strings.Contains(text, "START TRANSACTION") && !strings.Contains(text, "DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;") {
			t.Errorf("%s opens a transaction without a handler that rolls back and resignals", file)
		}
		if strings.Count(text, "COMMIT;") > 1 {
			t.Errorf("%s commits more than once", file)
		}
		if !strings.Contains(text, "  COMMENT '") || !strings.Contains(text, "-- Locks: ") {
			t.Errorf("%s needs a COMMENT and a line that names its locks", file)
		}
		for _, m := range parameter.FindAllStringSubmatch(text, -1) {
			if !strings.HasPrefix(m[1], "in_") {
				t.Errorf("%s: parameter %s must begin with in_: a parameter named like a column wins over it", file, m[1])
			}
		}
		for _, m := range declaration.FindAllStringSubmatch(text, -1) {
			for v := range strings.SplitSeq(m[1], ", ") {
				if !strings.HasPrefix(v, "v_") && v != "EXIT" && v != "CONTINUE" {
					t.Errorf("%s: local %s must begin with v_", file, v)
				}
			}
		}
		if _, err := fs.Stat(os.DirFS("."), "testdata/sql/"+name+".test"); err != nil {
			t.Errorf("%s has no testdata/sql/%s.test", file, name)
		}
		if !slices.Contains(internalSteps, name) && !bytes.Contains(methods, []byte(`"CALL `+name+`(`)) {
			t.Errorf("no method of store calls %s", name)
		}
		if strings.Contains(text, "INSERT INTO sale_log (") && !strings.Contains(text, "INSERT INTO sale_log (sale_id, shop_id, ") {
			t.Errorf("%s writes to the log without saying of which shop: its owners would not see the line", file)
		}
		for _, m := range outcomeLine.FindAllStringSubmatch(text, -1) {
			if !strings.Contains(outcomes, `"`+m[1]+`"`) {
				t.Errorf("%s: outcome %s is not in store/outcome.go", file, m[1])
			}
			if !strings.Contains(documented, "`"+m[1]+"`") {
				t.Errorf("%s: outcome %s is not in docs/outcomes.md", file, m[1])
			}
		}
	}
}

// storeMethods is the source of package store without its tests.
func storeMethods(t *testing.T) []byte {
	t.Helper()
	var all []byte
	for _, file := range tracked(t, ".go") {
		if filepath.Dir(file) == "store" && !strings.HasSuffix(file, "_test.go") {
			all = append(all, read(t, file)...)
		}
	}
	return all
}

// TestTidyLinks checks that every relative link in the documents leads somewhere.
func TestTidyLinks(t *testing.T) {
	link := regexp.MustCompile(`\]\(([^)#:]+)(?:#[^)]*)?\)`)
	for _, file := range tracked(t, ".md") {
		for _, m := range link.FindAllStringSubmatch(read(t, file), -1) {
			if _, err := os.Stat(filepath.Join(filepath.Dir(file), m[1])); err != nil {
				t.Errorf("%s links to %s, which is not there", file, m[1])
			}
		}
	}
}
