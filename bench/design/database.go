package design

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"doorbuster/store"

	"github.com/go-sql-driver/mysql"
)

//go:embed sql/*.sql
var files embed.FS

// statement returns a file of sql/. Its name is always a constant of this package.
func statement(name string) string {
	text, err := files.ReadFile("sql/" + name + ".sql")
	if err != nil {
		panic(err)
	}
	return string(text)
}

const (
	itemID     = 1    // the one item of a baseline
	priceCents = 1999 // of one unit
)

const (
	setupTime    = 10 * time.Minute // longest that making or dropping a database may take
	statementMax = 30 * time.Second // longest that a serving connection waits for an answer
)

var databases atomic.Int64

// makeDatabase makes a database bench_<id>_<n> that is not there yet, whoever else makes some on the same server.
func makeDatabase(ctx context.Context, env Env, id string) (name string, err error) {
	db, err := openPool(env.RootDSN(""), 1, setupTime)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	const most = 10_000 // numbers tried, each left over by a run that was killed
	for range most {
		name = fmt.Sprintf("bench_%s_%d", id, databases.Add(1))
		_, err = db.ExecContext(ctx, "CREATE DATABASE "+name)
		if errorNumber(err) == 1007 { // it exists
			continue
		}
		return name, err
	}
	return "", err
}

// dropDatabase drops what makeDatabase made.
func dropDatabase(env Env, name string) (err error) {
	ctx, cancel := context.WithTimeout(context.Background(), setupTime)
	defer cancel()
	db, err := openPool(env.RootDSN(""), 1, setupTime)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	_, err = db.ExecContext(ctx, "DROP DATABASE IF EXISTS "+name)
	return err
}

// openPool makes a pool of conns connections that are kept open, each with READ COMMITTED. No answer may take longer than longest.
func openPool(dsn string, conns int, longest time.Duration) (*sql.DB, error) {
	cfg, err := mysql.ParseDSN(dsn)
	if err != nil {
		return nil, err
	}
	cfg.ParseTime = true
	cfg.Loc = time.UTC
	cfg.InterpolateParams = true // one round trip per statement instead of prepare, execute, close
	cfg.Logger = &mysql.NopLogger{}
	cfg.ReadTimeout = longest
	if cfg.Params == nil {
		cfg.Params = map[string]string{}
	}
	cfg.Params["time_zone"] = "'+00:00'"
	connector, err := mysql.NewConnector(cfg)
	if err != nil {
		return nil, err
	}
	db := sql.OpenDB(store.ReadCommitted(connector))
	db.SetMaxOpenConns(conns)
	db.SetMaxIdleConns(conns)
	return db, nil
}

// errorNumber returns the server's error number, 0 if err did not come from the server.
func errorNumber(err error) uint16 {
	var e *mysql.MySQLError
	if errors.As(err, &e) {
		return e.Number
	}
	return 0
}

// base is what every design on a small database of its own shares.
type base struct {
	journal
	env   Env
	name  string
	db    *sql.DB // the pool under test
	units int     // on sale; below zero: there is no stock
	items int     // numbered from itemID
	// left reads the units left, and the least that any row has.
	left func(ctx context.Context) (sum, least int, err error)
}

// openBase makes a database with the given files of sql/, and a pool on it.
func openBase(ctx context.Context, env Env, id string, s Settings, objects ...string) (*base, error) {
	name, err := makeDatabase(ctx, env, id)
	if err != nil {
		return nil, err
	}
	b := &base{env: env, name: name, units: s.Units, items: 1}
	b.left = b.stockLeft
	if b.db, err = openPool(env.RootDSN(name), s.Pool, statementMax); err != nil {
		return nil, errors.Join(err, dropDatabase(env, name))
	}
	for _, object := range objects {
		if _, err := b.db.ExecContext(ctx, statement(object)); err != nil {
			return nil, errors.Join(fmt.Errorf("%s: %w", object, err), b.Close())
		}
	}
	return b, nil
}

// fillStock deals the units out to shards rows of the one item; the first rows take what is left over.
func (b *base) fillStock(ctx context.Context, shards int) error {
	return b.fill(ctx, shards, func(row int) (item, shard int) { return itemID, row })
}

// fillItems deals the units out to the items, which have one row each.
func (b *base) fillItems(ctx context.Context) error {
	return b.fill(ctx, b.items, func(row int) (item, shard int) { return itemID + row, 0 })
}

func (b *base) fill(ctx context.Context, rows int, place func(row int) (item, shard int)) error {
	tx, err := b.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	for row := range rows {
		units := b.units / rows
		if row < b.units%rows {
			units++
		}
		item, shard := place(row)
		if _, err := tx.ExecContext(ctx, "INSERT INTO stock (item_id, shard, available) VALUES (?, ?, ?)", item, shard, units); err != nil {
			return errors.Join(err, tx.Rollback())
		}
	}
	return tx.Commit()
}

// last is the number of the last item.
func (b *base) last() int { return itemID + b.items - 1 }

func (b *base) stockLeft(ctx context.Context) (sum, least int, err error) {
	const query = "SELECT COALESCE(SUM(available), 0), COALESCE(MIN(available), 0) FROM stock WHERE item_id BETWEEN ? AND ?"
	err = b.db.QueryRowContext(ctx, query, itemID, b.last()).Scan(&sum, &least)
	return sum, least, err
}

// Drain has nothing to wait for: what was answered was committed.
func (b *base) Drain(context.Context) error { return nil }

// Orders counts the orders.
func (b *base) Orders(ctx context.Context) (n int, err error) {
	err = b.db.QueryRowContext(ctx, "SELECT COUNT(*) FROM orders WHERE item_id BETWEEN ? AND ?", itemID, b.last()).Scan(&n)
	return n, err
}

// Close closes the pool and drops the database.
func (b *base) Close() error { return errors.Join(b.db.Close(), dropDatabase(b.env, b.name)) }
