package store_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"
	"github.com/go-sql-driver/mysql"

	"doorbuster/store/storetest"
)

// patience is how long a statement may take before the test gives up.
const patience = 30 * time.Second

// session is one connection of one account.
type session struct {
	name, account string
	conn          *sql.Conn
	id            int64     // number of the connection on the server
	clock         time.Time // where its clock stands

	statement string              // what was started last
	running   chan answer         // not nil while it runs
	text      func(answer) string // how its answer is printed
}

// answer is what came of a statement: its rows as text, or an error.
type answer struct {
	columns []string
	rows    [][]string
	open    bool // a transaction was left open
	err     error
}

// session finds or opens the session that a directive names, and sets its clock.
func (r *runner) session(t *testing.T, td *datadriven.TestData, account string) *session {
	t.Helper()
	name := argument(t, td, "session", account)
	s := r.sessions[name]
	if s == nil {
		s = r.open(t, name, account)
		r.sessions[name] = s
	}
	switch {
	case s.running != nil:
		td.Fatalf(t, "session %s still runs %s", name, s.statement)
	case td.HasArg("as") && s.account != account:
		td.Fatalf(t, "session %s is signed in as %s", name, s.account)
	case !s.clock.Equal(r.clock):
		s.setClock(t, r.ctx, r.clock)
	}
	return s
}

// address is the DSN of an account by its short name.
func (r *runner) address(account string) string {
	if account == "root" {
		return r.db.RootDSN()
	}
	return r.db.DSN("doorbuster_" + account)
}

// addressOf is the DSN of an account with a chosen way and password, for trying to sign in.
func (r *runner) addressOf(t *testing.T, account string, socket bool, password string) string {
	t.Helper()
	cfg, err := mysql.ParseDSN(r.db.DSN("doorbuster_" + account))
	if err != nil {
		t.Fatal(err)
	}
	cfg.Passwd = password
	if socket {
		cfg.Net, cfg.Addr = "unix", storetest.Server(t).Socket()
	}
	return cfg.FormatDSN()
}

// open opens a connection that differs from the store's where a procedure must not depend on it: the isolation level is the server's
// stricter default, which the procedures lower for themselves, and a lock is waited for as long as the test has patience.
func (r *runner) open(t *testing.T, name, account string) *session {
	t.Helper()
	cfg, err := mysql.ParseDSN(r.address(account))
	if err != nil {
		t.Fatal(err)
	}
	cfg.ParseTime, cfg.Loc = true, time.UTC
	cfg.Params = map[string]string{
		"time_zone":                "'+00:00'",
		"sql_mode":                 "'STRICT_ALL_TABLES,ONLY_FULL_GROUP_BY,NO_ZERO_DATE,NO_ZERO_IN_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION'",
		"innodb_lock_wait_timeout": "30",
	}
	connector, err := mysql.NewConnector(cfg)
	if err != nil {
		t.Fatal(err)
	}
	db := sql.OpenDB(connector)
	s := &session{name: name, account: account}
	s.conn, err = db.Conn(r.ctx)
	if err == nil {
		_, err = s.conn.ExecContext(r.ctx, "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ")
	}
	if err == nil {
		err = s.conn.QueryRowContext(r.ctx, "SELECT CONNECTION_ID()").Scan(&s.id)
	}
	if err != nil {
		t.Fatalf("session %s as %s: %v", name, account, errors.Join(err, db.Close()))
	}
	t.Cleanup(func() {
		if err := errors.Join(s.conn.Close(), db.Close()); err != nil {
			t.Errorf("session %s: %v", name, err)
		}
	})
	return s
}

// setClock makes the session's clock stand still, or run if now is zero. UTC_TIMESTAMP(6) follows it on both products.
func (s *session) setClock(t *testing.T, ctx context.Context, now time.Time) {
	t.Helper()
	s.clock = now
	if now.IsZero() {
		if a := s.ask(ctx, "SET timestamp = DEFAULT"); a.err != nil {
			t.Fatal(a.err)
		}
		return
	}
	// A third of a microsecond more, because the server cuts off what it cannot keep and the number is a double.
	set := fmt.Sprintf("SET timestamp = %d.%06d3", now.Unix(), now.Nanosecond()/1000)
	if a := s.ask(ctx, set); a.err != nil {
		t.Fatal(a.err)
	}
	a := s.ask(ctx, "SELECT UTC_TIMESTAMP(6)")
	if a.err != nil || a.rows[0][0] != timeText(now) {
		t.Fatalf("the clock stands at %v, not at %s: %v", a.rows, timeText(now), a.err)
	}
}

// ask runs one statement to its end and reads all of its answer.
func (s *session) ask(ctx context.Context, statement string) answer {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	a := s.read(ctx, statement)
	if strings.HasPrefix(statement, "CALL") {
		// The transaction's level cannot be set inside a transaction (1568 on both products): so this asks whether one was left open.
		_, err := s.conn.ExecContext(ctx, "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
		a.open = err != nil
	}
	return a
}

func (s *session) read(ctx context.Context, statement string) (a answer) {
	rows, err := s.conn.QueryContext(ctx, statement)
	if err != nil {
		return answer{err: err}
	}
	defer func() { a.err = errors.Join(a.err, rows.Close()) }()
	for {
		columns, err := rows.ColumnTypes()
		if err != nil {
			return answer{err: err}
		}
		for _, c := range columns {
			a.columns = append(a.columns, strings.ToLower(c.Name()))
		}
		for rows.Next() {
			row, err := scanText(rows, columns)
			if err != nil {
				return answer{err: err}
			}
			a.rows = append(a.rows, row)
		}
		if !rows.NextResultSet() {
			a.err = rows.Err()
			return a
		}
	}
}

// scanText reads one row as text that is the same in every run.
func scanText(rows *sql.Rows, columns []*sql.ColumnType) ([]string, error) {
	values := make([]any, len(columns))
	targets := make([]any, len(columns))
	for i := range values {
		targets[i] = &values[i]
	}
	if err := rows.Scan(targets...); err != nil {
		return nil, err
	}
	texts := make([]string, len(columns))
	for i, v := range values {
		texts[i] = valueText(v, columns[i].DatabaseTypeName())
	}
	return texts, nil
}

// start leaves a statement running.
func (s *session) start(ctx context.Context, statement string, text func(answer) string) {
	s.statement, s.text = statement, text
	s.running = make(chan answer, 1)
	go func(to chan<- answer) { to <- s.ask(ctx, statement) }(s.running)
}

// end waits for the statement that runs and prints its answer.
func (s *session) end() string {
	a := <-s.running
	s.running = nil
	return s.text(a)
}
