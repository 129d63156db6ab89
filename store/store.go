// Package store is the only door to MySQL. Each method mirrors one procedure of sql/procedures and has its name; what the method
// promises is what the procedure's header says. Refusals are Outcomes, unexpected answers are errors (fault.go).
//
// A Store owns one small pool per lane, so that no kind of work can take the connections of another: purchase (place_orders only),
// pages (everything else of the shoppers), live (one connection that reads what Live shows, so that a flood of pages hides no switch),
// reports (one, for the figures of ReportAnswers, opened with the first of them), staff (the console) and worker (the jobs). Each lane
// signs in with its own account.
package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/jmoiron/sqlx"
	"github.com/prometheus/client_golang/prometheus"
)

// Config says which lanes a Store has and how large they are. A lane without an address is absent; its methods return an error.
type Config struct {
	WebDSN    string // account doorbuster_web: the lanes purchase, pages, live and reports
	AdminDSN  string // account doorbuster_admin: the lane staff
	WorkerDSN string // account doorbuster_worker: the lane worker

	PurchaseConns int // connections for place_orders = batches in flight; default 8
	PagesConns    int // connections for everything else of the shoppers; default 8
	StaffConns    int // default 4
	WorkerConns   int // default 2: enough for one job; worker.Conns says how many all of them need

	BatchSize int           // most orders in one CALL; default 256, at most 1000
	QueueSize int           // most shoppers waiting for one item; default 8192
	QueueWait time.Duration // longest wait before a batch takes a shopper; then Busy; default 1 s
	Patience  time.Duration // longest wait for an answer; then Unknown; default 5 s

	PollEvery  time.Duration         // how often prices, stock, switches and the clock are read; default 1 s
	Log        *slog.Logger          // default slog.Default()
	Registerer prometheus.Registerer // where metrics go; nil: nowhere
}

func (c Config) withDefaults() Config {
	def := func(p *int, v int) {
		if *p <= 0 {
			*p = v
		}
	}
	def(&c.PurchaseConns, 8)
	def(&c.PagesConns, 8)
	def(&c.StaffConns, 4)
	def(&c.WorkerConns, 8)
	def(&c.BatchSize, 256)
	c.BatchSize = min(c.BatchSize, 1000)
	def(&c.QueueSize, 8192)
	for p, v := range map[*time.Duration]time.Duration{&c.QueueWait: time.Second, &c.Patience: 5 * time.Second, &c.PollEvery: time.Second} {
		if *p <= 0 {
			*p = v
		}
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	return c
}

// Store is the door. Make one with Open, end it with Close. All methods may be called from any goroutine.
type Store struct {
	cfg      Config
	purchase *lane
	pages    *lane
	watch    *lane // named "live"
	reports  *lane // for ReportAnswers alone
	staff    *lane
	worker   *lane
	auditor  *Auditor // reads the audit with the worker's account; nil without it

	clock    clock
	live     *livePoller
	combiner *combiner
	soldOut  *soldOutFlags
	metrics  *metrics

	stop context.CancelFunc
	wg   sync.WaitGroup
}

// Open makes the pools and, with a web account, starts reading what pages need once a second. It does not fail when the database is
// away: Ready says so, and the Store recovers by itself when the database comes. It fails on a bad address only.
func Open(ctx context.Context, cfg Config) (*Store, error) {
	cfg = cfg.withDefaults()
	s := &Store{cfg: cfg, metrics: newMetrics(cfg.Registerer)}
	lanes := []struct {
		lane  **lane
		name  string
		dsn   string
		conns int
	}{
		{&s.purchase, "purchase", cfg.WebDSN, cfg.PurchaseConns},
		{&s.pages, "pages", cfg.WebDSN, cfg.PagesConns},
		{&s.watch, "live", cfg.WebDSN, 1},
		{&s.reports, "reports", cfg.WebDSN, 1},
		{&s.staff, "staff", cfg.AdminDSN, cfg.StaffConns},
		{&s.worker, "worker", cfg.WorkerDSN, cfg.WorkerConns},
	}
	for _, l := range lanes {
		if l.dsn == "" {
			*l.lane = &lane{name: l.name}
			continue
		}
		db, err := openPool(l.dsn, l.conns)
		if err != nil {
			s.closePools()
			return nil, fmt.Errorf("store: %s account: %w", l.name, err)
		}
		*l.lane = newLane(l.name, db, l.conns, cfg.Registerer)
	}
	if cfg.WorkerDSN != "" {
		var err error
		if s.auditor, err = OpenAuditor(cfg.WorkerDSN); err != nil {
			s.closePools()
			return nil, err
		}
		s.auditor.lookTime = lookTime
	}
	run, stop := context.WithCancel(context.WithoutCancel(ctx))
	s.stop = stop
	s.soldOut = newSoldOutFlags()
	s.combiner = newCombiner(run, s)
	s.live = newLivePoller(s)
	if cfg.WebDSN != "" {
		s.live.pollOnce(ctx)
		s.wg.Go(func() { s.live.run(run) })
	}
	return s, nil
}

// Close waits until every shopper who waits has an answer (at most until ctx is done), then closes the pools.
// Call it after the listeners are closed.
func (s *Store) Close(ctx context.Context) error {
	err := s.combiner.drain(ctx)
	s.stop()
	s.combiner.wait()
	s.wg.Wait()
	s.closePools()
	return err
}

// WorkerConns is how many connections the lane of the workers has.
func (s *Store) WorkerConns() int { return s.cfg.WorkerConns }

// closePools closes every connection. An error of a single one says only that its server had gone away before: nothing is in flight
// any more, so nothing can be lost by it and nobody is told.
func (s *Store) closePools() {
	for _, l := range []*lane{s.purchase, s.pages, s.watch, s.reports, s.staff, s.worker} {
		if l != nil && l.db != nil {
			_ = l.db.Close()
		}
	}
	if s.auditor != nil {
		_ = s.auditor.Close()
	}
}

// sessionMode makes the server refuse what it would otherwise bend silently (truncate, round, divide by zero).
const sessionMode = "'STRICT_ALL_TABLES,ONLY_FULL_GROUP_BY,NO_ZERO_DATE,NO_ZERO_IN_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION'"

// poolConfig applies the rules that every serving connection follows to the address in dsn.
func poolConfig(dsn string) (*mysql.Config, error) {
	cfg, err := mysql.ParseDSN(dsn)
	if err != nil {
		return nil, err
	}
	cfg.ParseTime = true
	cfg.Loc = time.UTC
	cfg.InterpolateParams = true // one round trip per CALL instead of prepare, execute, close
	cfg.MultiStatements = false
	cfg.AllowAllFiles = false
	cfg.ClientFoundRows = false
	cfg.Logger = &mysql.NopLogger{} // what breaks is said once, where it is handled
	cfg.RejectReadOnly = true       // after a failover drop the connection to the former primary; safe: one commit per procedure
	if cfg.Timeout == 0 {
		cfg.Timeout = 2 * time.Second
	}
	if cfg.ReadTimeout == 0 {
		cfg.ReadTimeout = 8 * time.Second // above the sum of lock waits a procedure may go through, else it makes unknowns
	}
	if cfg.WriteTimeout == 0 {
		cfg.WriteTimeout = 5 * time.Second
	}
	if cfg.Params == nil {
		cfg.Params = map[string]string{}
	}
	cfg.Params["time_zone"] = "'+00:00'"
	cfg.Params["sql_mode"] = sessionMode
	cfg.Params["innodb_lock_wait_timeout"] = "2"
	return cfg, nil
}

// ReadCommitted makes a connector set READ COMMITTED once on each new connection: MySQL and MariaDB name the variable differently, so it
// cannot stand in the DSN, and asking for it per transaction would cost a round trip.
func ReadCommitted(c driver.Connector) driver.Connector { return isolatedConnector{c} }

type isolatedConnector struct{ driver.Connector }

func (c isolatedConnector) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	exec, ok := conn.(driver.ExecerContext)
	if !ok {
		return nil, errors.Join(errors.New("the driver cannot execute plain statements"), conn.Close())
	}
	if _, err := exec.ExecContext(ctx, "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED", nil); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return conn, nil
}

func newConnector(cfg *mysql.Config) (driver.Connector, error) {
	connector, err := mysql.NewConnector(cfg)
	return ReadCommitted(connector), err
}

// openPool makes a pool of exactly conns connections that are kept open.
func openPool(dsn string, conns int) (*sqlx.DB, error) {
	cfg, err := poolConfig(dsn)
	if err != nil {
		return nil, err
	}
	connector, err := newConnector(cfg)
	if err != nil {
		return nil, err
	}
	db := sql.OpenDB(connector)
	db.SetMaxOpenConns(conns)
	db.SetMaxIdleConns(conns)
	db.SetConnMaxLifetime(4 * time.Minute) // below the wait_timeout of servers and proxies
	// Unsafe: a column that a newer procedure adds must not break an older program during an upgrade.
	return sqlx.NewDb(db, "mysql").Unsafe(), nil
}
