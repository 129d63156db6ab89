package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"doorbuster/bench/design"
	"doorbuster/bench/figures"
	"doorbuster/localdb"
)

// bench is one run of the benchmark.
type bench struct {
	server string // mariadb or mysql
	exe    string // this program, which is also the HTTP server
	sizes  sizes
	began  time.Time
	out    io.Writer // progress

	db      *localdb.DB
	redis   *localdb.Redis
	root    *sql.DB // counters and settings
	env     design.Env
	machine figures.Machine
	setting []figures.Setting

	best map[string]design.Settings // of each baseline, once it was searched for

	series    []figures.Series
	figures   []figures.Figure
	breakdown []figures.Step
	failures  []string
}

const (
	bufferPool = 1 << 30
	stopTime   = 2 * time.Minute
)

// openBench starts the private servers and looks at the machine.
func openBench(ctx context.Context, c cli, progress io.Writer) (b *bench, err error) {
	b = &bench{server: c.Server, sizes: sizesOf(c), began: time.Now(), out: progress, best: map[string]design.Settings{}}
	defer func() {
		if err != nil {
			err = errors.Join(err, b.close())
		}
	}()
	if b.exe, err = os.Executable(); err != nil {
		return b, err
	}
	data, err := filepath.Abs(c.Data)
	if err != nil {
		return b, err
	}
	if err = os.MkdirAll(data, 0o755); err != nil {
		return b, err
	}
	if b.machine, err = figures.Measure(ctx, data); err != nil {
		return b, err
	}
	say := func(what string) { b.say("%s", what) }
	b.db, err = localdb.StartDB(ctx, localdb.Options{
		Dir: filepath.Join(data, c.Server), Product: localdb.Product(c.Server), BufferPool: bufferPool, Progress: say,
		Args: []string{"--back-log=1024"}, // a pool of 128 that dials all at once finds a line of 90 full
	})
	if err != nil {
		return b, err
	}
	b.redis, err = localdb.StartRedis(ctx, localdb.Options{
		Dir: filepath.Join(data, "redis"), Args: []string{"--maxmemory", "4gb"}, Progress: say, // it holds every order of a run
	})
	if err != nil {
		return b, err
	}
	b.env = design.Env{RootDSN: b.db.RootDSN, Redis: b.redis.Addr()}
	if b.root, err = sql.Open("mysql", b.db.RootDSN("")); err != nil { // package design brings the driver
		return b, err
	}
	if err = b.removeLeftovers(ctx); err != nil {
		return b, err
	}
	if b.setting, err = b.readSettings(ctx); err != nil {
		return b, err
	}
	b.say("%s %s, redis %s; %d rounds of %s runs", c.Server, b.db.Version(), b.redis.Version(), b.sizes.rounds, b.sizes.run)
	return b, nil
}

// close stops the servers.
func (b *bench) close() error {
	ctx, cancel := context.WithTimeout(context.Background(), stopTime)
	defer cancel()
	var errs []error
	if b.root != nil {
		errs = append(errs, b.root.Close())
	}
	if b.redis != nil {
		errs = append(errs, b.redis.Stop(ctx))
	}
	if b.db != nil {
		errs = append(errs, b.db.Stop(ctx))
	}
	return errors.Join(errs...)
}

// removeLeftovers drops what a run that was killed left behind.
func (b *bench) removeLeftovers(ctx context.Context) error {
	names, err := b.column(ctx, `SELECT schema_name FROM information_schema.schemata WHERE schema_name LIKE 'bench\_%'`)
	if err != nil {
		return err
	}
	for _, name := range names {
		if _, err := b.root.ExecContext(ctx, "DROP DATABASE `"+name+"`"); err != nil {
			return err
		}
	}
	return b.tidy(ctx)
}

// tidy keeps the disk from filling: a full run writes gigabytes of binary log.
func (b *bench) tidy(ctx context.Context) error {
	if b.root == nil {
		return nil
	}
	_, err := b.root.ExecContext(ctx, "PURGE BINARY LOGS BEFORE UTC_TIMESTAMP()")
	return err
}

func (b *bench) column(ctx context.Context, query string) (out []string, err error) {
	rows, err := b.root.QueryContext(ctx, query)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, rows.Err()
}

// say writes one line of progress.
func (b *bench) say(format string, args ...any) {
	fmt.Fprintf(b.out, "%7.1fs  %s\n", time.Since(b.began).Seconds(), fmt.Sprintf(format, args...))
}

// fail notes what must not happen; the benchmark goes on, and its exit code is 1.
func (b *bench) fail(format string, args ...any) {
	b.failures = append(b.failures, fmt.Sprintf(format, args...))
	b.say("FAILED %s", b.failures[len(b.failures)-1])
}

// errFailed says that something happened that must not.
var errFailed = errors.New("not fit to be believed")

func (b *bench) verdict() error {
	if len(b.failures) == 0 {
		return nil
	}
	return fmt.Errorf("%w:\n  %s", errFailed, strings.Join(b.failures, "\n  "))
}

// join puts two remarks into one line.
func join(remarks ...string) string {
	var all []string
	for _, r := range remarks {
		if r = strings.Join(strings.Fields(r), " "); r != "" {
			all = append(all, r)
		}
	}
	return strings.Join(all, "; ")
}

// line is the progress of one run.
func line(stage string, s figures.Sample) string {
	parts := []string{fmt.Sprintf("%-9s round %d  %-22s", stage, s.Round, s.Design)}
	for _, m := range []struct{ measure, format string }{
		{rate, "%10.0f /s"},
		{durableRate, "durable %.0f /s"},
		{"p50_ms", "p50 %.1f ms"},
		{"p99_ms", "p99 %.1f ms"},
		{"server_cores", "server %.2f"},
		{"process_cores", "process %.2f"},
		{"database_cores", "database %.2f"},
		{"generator_cores", "generator %.2f"},
	} {
		if v, ok := s.Values[m.measure]; ok {
			parts = append(parts, fmt.Sprintf(m.format, v))
		}
	}
	if s.Settings != "" {
		parts = append(parts, "("+s.Settings+")")
	}
	if s.Audit != "" {
		parts = append(parts, "AUDIT: "+s.Audit)
	}
	return strings.Join(parts, "  ")
}
