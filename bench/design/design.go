// Package design holds one item sold in different ways: the product, and the designs it is compared with. Each is called from Go by the
// same interface, keeps its orders in a table of the same columns on the same server, and is audited the same way.
//
// Every baseline is meant to be good of its kind: READ COMMITTED, no round trip for placeholders, kept connections over the unix socket,
// ids made by the caller, no index that it does not need, a retry where the server asks for one.
package design

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/go-sql-driver/mysql"
	"github.com/prometheus/client_golang/prometheus"
)

// What an answer was. These and the product's other outcomes are the classes that Buy returns.
const (
	Placed         = "placed"
	SoldOut        = "sold_out"
	AlreadyOrdered = "already_ordered"
	Busy           = "busy"    // nothing was done
	Unknown        = "unknown" // the answer was lost: it may have been done
	Failed         = "error"   // a fault; Buy returns the error beside it
)

// Env says on which private servers the designs run.
type Env struct {
	// RootDSN is the driver's address of the database server as root, over its unix socket, for a database of that name: localdb's
	// DB.RootDSN, or what RootDSN of this package makes of a single address.
	RootDSN func(database string) string
	// Redis is the address (host:port) of a private Redis; only the designs redis_… need it. One run at a time: they set its
	// append-only file for themselves.
	Redis string
	// Log and Registerer go to the product's Store; nil: no log, no metrics.
	Log        *slog.Logger
	Registerer prometheus.Registerer
}

func (e Env) log() *slog.Logger {
	if e.Log == nil {
		return slog.New(slog.DiscardHandler)
	}
	return e.Log
}

// RootDSN makes Env.RootDSN of one address as root, for a process that was handed only text.
func RootDSN(dsn string) (func(database string) string, error) {
	cfg, err := mysql.ParseDSN(dsn)
	if err != nil {
		return nil, fmt.Errorf("design: %w", err)
	}
	return func(database string) string {
		c := cfg.Clone()
		c.DBName = database
		return c.FormatDSN()
	}, nil
}

// Settings say how one run is made.
type Settings struct {
	Units       int  // on sale; ignored by `insert`, which has no stock
	Pool        int  // connections (of the bare… and the redis_… that pipeline: batches in flight); 0: the first of Design.Pools
	Shards      int  // stock rows (of bare_items: items); 0: the first of Design.Shards, or the product's default. Only where Design.Shards is not empty
	SoldOutFlag bool // once "sold_out" was answered, memory answers it: see Flag
}

// Run is one item on sale. Buy may be called from any number of goroutines; the others when no Buy is running.
type Run interface {
	// Buy tries to get one unit for a shopper. The class is one of the constants above or another outcome of the product. The purchase
	// goes on when ctx ends while it is under way. An error is a fault; its class is Failed.
	Buy(ctx context.Context, user uint64) (class string, err error)
	// Drain waits until every order that was answered is in the database. Only designs with a queue behind the answer have to wait.
	Drain(ctx context.Context) error
	// Orders counts the orders that are in the database.
	Orders(ctx context.Context) (int, error)
	// Audit says what is broken, one line each; none: nothing is. It counts an order that was answered and is not in the database as
	// lost, so Drain comes first.
	Audit(ctx context.Context) ([]string, error)
	// Close ends the run and drops what it made.
	Close() error
}

// Design is one way of selling.
type Design struct {
	ID      string
	What    string // one line for the report
	Pools   []int  // worth trying, the best guess first
	Shards  []int  // worth trying; empty: the design has no shards
	Durable bool   // "placed" survives a crash of every process and a loss of power: it is on disk before it is said
	Open    func(ctx context.Context, env Env, s Settings) (Run, error)
}

// All returns every design, in the order in which the report shows them.
func All() []Design {
	designs := append(baselines(), redisDesigns()...)
	designs = append(append(designs, bares()...), doorbuster())
	for i := range designs {
		designs[i].Open = complete(designs[i])
	}
	return designs
}

// ByID returns the design of that id.
func ByID(id string) (Design, bool) {
	for _, d := range All() {
		if d.ID == id {
			return d, true
		}
	}
	return Design{}, false
}

// complete wraps d.Open: it fills in settings left out, refuses those that make no sense, and puts the flag in front.
func complete(d Design) func(context.Context, Env, Settings) (Run, error) {
	return func(ctx context.Context, env Env, s Settings) (Run, error) {
		if env.RootDSN == nil || s.Units < 0 || s.Pool < 0 || s.Shards < 0 {
			return nil, fmt.Errorf("design %s: no address of the database, or a setting below zero: %+v", d.ID, s)
		}
		if s.Shards > 0 && len(d.Shards) == 0 {
			return nil, fmt.Errorf("design %s: has no shards", d.ID)
		}
		if s.Pool == 0 {
			s.Pool = d.Pools[0]
		}
		if s.Shards == 0 && len(d.Shards) > 0 {
			s.Shards = d.Shards[0]
		}
		run, err := d.Open(ctx, env, s)
		if err != nil {
			return nil, fmt.Errorf("design %s: %w", d.ID, err)
		}
		if s.SoldOutFlag {
			return NewFlag(run), nil
		}
		return run, nil
	}
}
