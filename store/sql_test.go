package store_test

import (
	"context"
	"database/sql"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"

	"doorbuster/store/storetest"
)

// TestSQL runs the files of testdata/sql, each on a database of its own, on the same server and side by side. One file per procedure,
// and one per promise that takes several of them. `go test ./store -run TestSQL -rewrite` writes down what the server answers:
// read every changed line before believing it.
//
// The same text must come from MariaDB and from MySQL, so nothing that belongs to one run or to one product is printed:
//
//	$o1, $m7     ids of 16 bytes by label: a letter and a number; answers print o1, m7. hex:o1 is the same as hexadecimal text
//	$T, $T+10m   instants. The clock of every session stands still at T until `clock` sets it, so the edge of a window can be met
//	             to the microsecond. Instants that are not near T are printed as "real"
//	error …      by our own name or by number, where the two products' numbers differ by what they mean
//
// Directives; as= is root, web, admin, worker, auditor or migrator; sessions are named by session=, else by the account:
//
//	exec  as= session=         statements that end with ; at the end of a line; answers ok or the error
//	query as= session=         a SELECT; answers a table
//	call  as= session=         one procedure (web unless told); answers its rows, then everything it changed in any table
//	place item= shard= …       CALL place_orders, one line per request: order, shopper, units. not_after=+5s, move=m1, session=
//	sale  opens= closes= …     a sale with items by the merchant's procedures, one line per item. payment=0, state=draft
//	start                      on exec, query, call and place: the statement must wait for a lock; answers for whom, and on what
//	wait session=              the answer of a statement that was started
//	await as=                  asks again until the answer is 1
//	changes                    what was committed since this was last told
//	clock +10m | real          sets the clock of all sessions
//	audit sale= item=          the broken invariants, as the auditor finds them; those that endanger the promise with a "!"
//	break sale= item=          statements of root, then the audit; then every table is put back and must be clean again
//	sign-in as=                whether the account may sign in
//	matrix procedures|views|tables, schema tables|…, objects   who may do what; what is there (sqltest_schema_test.go)
//
// quiet leaves out what changed; while a statement waits it is told later. Every file ends with a clean audit, and no call may leave
// a transaction open.
func TestSQL(t *testing.T) {
	files, err := filepath.Glob("../testdata/sql/*.test")
	if err != nil || len(files) == 0 {
		t.Fatalf("no files in testdata/sql: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".test"), func(t *testing.T) {
			t.Parallel()
			r := newRunner(t)
			datadriven.RunTest(t, file, r.directive)
			r.finish(t)
		})
	}
}

// runner carries out the directives of one file.
type runner struct {
	db       *storetest.Database
	root     *sql.DB
	ctx      context.Context
	sessions map[string]*session
	clock    time.Time // where the clocks of the sessions stand; zero: they run
	known    snapshot  // what was in the tables when it was last looked
	tables   []table

	allotments int // items made by `sale` so far
}

func newRunner(t *testing.T) *runner {
	t.Helper()
	r := &runner{db: storetest.New(t), ctx: t.Context(), sessions: map[string]*session{}, clock: epoch}
	r.root = r.db.Root(t)
	r.tables = r.listTables(t)
	r.known = r.look(t)
	return r
}

// finish ends the sessions and runs the audit.
func (r *runner) finish(t *testing.T) {
	t.Helper()
	for _, s := range r.sessions {
		if s.running != nil {
			t.Errorf("session %s: nobody waited for %s", s.name, s.statement)
			<-s.running
		}
	}
	r.db.MustAudit(t)
}

// directive carries out one directive and returns what stands below its line.
func (r *runner) directive(t *testing.T, td *datadriven.TestData) string {
	t.Helper()
	switch td.Cmd {
	case "exec":
		return r.exec(t, td)
	case "query":
		return r.statement(t, td, argument(t, td, "as", "root"), td.Input, tableText)
	case "call":
		return r.statement(t, td, argument(t, td, "as", "web"), "CALL "+td.Input, r.andChanges(t, td, rowsText))
	case "place":
		return r.place(t, td)
	case "sale":
		return r.sale(t, td)
	case "wait":
		return r.wait(t, td)
	case "await":
		return r.await(t, td)
	case "changes":
		return r.changes(t)
	case "clock":
		return r.setClock(t, td)
	case "audit":
		return r.audit(t, scopeOf(t, td))
	case "break":
		return r.breakByHand(t, td)
	case "sign-in":
		return r.signIn(t, td)
	case "matrix":
		return r.matrix(t, td)
	case "schema":
		return r.schema(t, td)
	default:
		td.Fatalf(t, "unknown directive")
		return ""
	}
}

// argument returns the value of an argument of the directive, or what it is when it is not given.
func argument(t *testing.T, td *datadriven.TestData, key, otherwise string) string {
	t.Helper()
	if arg, ok := td.Arg(key); ok {
		return arg.SingleVal(t)
	}
	return otherwise
}

// exec runs statements one after the other and stops at the first error. What they change is taken as known.
func (r *runner) exec(t *testing.T, td *datadriven.TestData) string {
	t.Helper()
	account := argument(t, td, "as", "root")
	if td.HasArg("start") {
		return r.statement(t, td, account, td.Input, okText)
	}
	s := r.session(t, td, account)
	for text := range strings.SplitSeq(td.Input+"\n", ";\n") {
		if text = strings.TrimSpace(text); text == "" {
			continue
		}
		if a := s.ask(r.ctx, expand(text)); a.err != nil {
			return errorText(a.err)
		}
	}
	if r.idle() {
		r.known = r.look(t)
	}
	return "ok"
}

// statement runs one statement in a session and returns what text makes of its answer; with `start` it leaves it running.
func (r *runner) statement(t *testing.T, td *datadriven.TestData, account, statement string, text func(answer) string) string {
	t.Helper()
	s := r.session(t, td, account)
	statement = expand(statement)
	if td.HasArg("start") {
		s.start(r.ctx, statement, text)
		return r.untilWaiting(t, s)
	}
	return text(s.ask(r.ctx, statement))
}

// idle says that no statement runs. While one does, nobody can say whether what it changes is there already, so changes are told later.
func (r *runner) idle() bool {
	for _, s := range r.sessions {
		if s.running != nil {
			return false
		}
	}
	return true
}

// andChanges adds to an answer what changed in the tables.
func (r *runner) andChanges(t *testing.T, td *datadriven.TestData, text func(answer) string) func(answer) string {
	return func(a answer) string {
		switch {
		case !r.idle():
			return text(a)
		case td.HasArg("quiet"):
			r.known = r.look(t)
			return text(a)
		default:
			return text(a) + r.changes(t)
		}
	}
}

func (r *runner) wait(t *testing.T, td *datadriven.TestData) string {
	t.Helper()
	name := argument(t, td, "session", "")
	s := r.sessions[name]
	if s == nil || s.running == nil {
		td.Fatalf(t, "session %q runs nothing", name)
	}
	return s.end()
}

// await asks until the answer is 1: for what happens by itself, such as time that passes.
func (r *runner) await(t *testing.T, td *datadriven.TestData) string {
	t.Helper()
	s := r.session(t, td, argument(t, td, "as", "root"))
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	ctx, cancel := context.WithTimeout(r.ctx, patience)
	defer cancel()
	for {
		a := s.ask(ctx, expand(td.Input))
		if a.err != nil {
			return errorText(a.err)
		}
		if len(a.rows) == 1 && slices.Equal(a.rows[0], []string{"1"}) {
			return "1"
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return "never"
		}
	}
}

func (r *runner) setClock(t *testing.T, td *datadriven.TestData) string {
	t.Helper()
	if len(td.CmdArgs) != 1 {
		td.Fatalf(t, "clock +10m or clock real")
	}
	text := td.CmdArgs[0].Key
	if text == "real" {
		r.clock = time.Time{}
		return text
	}
	r.clock = epoch.Add(duration(t, text))
	return timeText(r.clock)
}

// signIn says whether an account may sign in, over the socket as well as over the network: the owner belongs to localhost.
func (r *runner) signIn(t *testing.T, td *datadriven.TestData) string {
	t.Helper()
	var b strings.Builder
	for _, way := range []string{"socket", "network"} {
		dsn := r.addressOf(t, argument(t, td, "as", ""), way == "socket", argument(t, td, "password", storetest.Password))
		db, err := sql.Open("mysql", dsn)
		if err != nil {
			t.Fatal(err)
		}
		text := "ok"
		if err := db.PingContext(r.ctx); err != nil {
			text = errorText(err)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		b.WriteString(way + ": " + text + "\n")
	}
	return b.String()
}
