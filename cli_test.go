package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"doorbuster/store/storetest"
)

// TestScripts runs testdata/script. Scripts whose name begins with cli_ need no database; each of the others has one of its own, with
// the addresses of all accounts in the environment.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script", RequireExplicitExec: true, RequireUniqueNames: true,
		Setup: func(env *testscript.Env) error {
			env.Setenv("KEY", key)
			if strings.HasPrefix(strings.TrimPrefix(filepath.Base(env.WorkDir), "script-"), "cli_") {
				return nil
			}
			tb, ok := env.T().(testing.TB)
			if !ok {
				return errors.New("the script runs under no test")
			}
			d := storetest.New(tb)
			env.Vars = append(env.Vars, accounts(d)...)
			env.Values["database"] = d
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": scriptExits, "sql": scriptSQL, "for_each_command_a_line": scriptCommands,
		},
	})
}

// scriptExits runs the program and wants an exit code: exits 2 audit --fast.
func scriptExits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: exits code [argument ...]")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec("doorbuster", args[1:]...)
	code := 0
	if exit := new(exec.ExitError); errors.As(err, &exit) {
		code = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if code != want {
		ts.Fatalf("exit %d, want %d", code, want)
	}
}

// scriptSQL runs a statement as root and prints what it answers, columns apart by spaces: sql 'SELECT …'. With the name of a variable
// in front the first value is kept in it: sql ITEM 'SELECT …'.
func scriptSQL(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 || len(args) > 2 {
		ts.Fatalf("usage: sql [VARIABLE] statement")
	}
	db, err := sql.Open("mysql", ts.Value("database").(*storetest.Database).RootDSN())
	ts.Check(err)
	defer db.Close()
	rows, err := db.QueryContext(context.Background(), args[len(args)-1])
	ts.Check(err)
	defer rows.Close()
	columns, err := rows.Columns()
	ts.Check(err)
	for rows.Next() {
		row, into := make([]string, len(columns)), make([]any, len(columns))
		for i := range row {
			into[i] = &row[i]
		}
		ts.Check(rows.Scan(into...))
		if len(args) == 2 {
			ts.Setenv(args[0], row[0])
		}
		_, err := fmt.Fprintln(ts.Stdout(), strings.Join(row, " "))
		ts.Check(err)
	}
	ts.Check(rows.Err())
}

// scriptCommands wants a line in the last output for each command of the program, with what it does.
func scriptCommands(ts *testscript.TestScript, _ bool, _ []string) {
	help := ts.ReadFile("stdout")
	for _, command := range []string{
		"demo", "serve", "web", "admin", "worker", "apply", "import", "rush", "audit", "probe", "version", "sale list", "sale publish",
		"sale pause", "sale resume", "sale end", "sale discard", "sale add", "sale withdraw", "sale refund", "sale switch", "sale switches",
		"webhook add", "webhook list", "webhook rotate", "webhook disable", "webhook enable", "webhook log", "webhook resend",
		"mail list", "mail resend", "staff invite", "staff reset", "staff code", "reconcile list", "reconcile show", "reconcile approve", "reconcile runs",
	} {
		found := false
		for line := range strings.Lines(help) {
			rest, ok := strings.CutPrefix(line, "  "+command+"  ")
			found = found || ok && strings.TrimSpace(rest) != ""
		}
		if !found {
			ts.Fatalf("the help has no line for %q", command)
		}
	}
}
