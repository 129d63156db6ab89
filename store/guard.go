package store

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/prometheus/client_golang/prometheus"
)

const (
	laneWait    = 150 * time.Millisecond // longest wait for a connection; longer queues only make everyone late
	laneQueue   = 64                     // most callers that may wait per connection of the lane
	maxAttempts = 4                      // of a call that had no effect
)

// lane is a pool with a guard in front: database/sql's own queue is unbounded and knows no deadline, so it must never form.
type lane struct {
	name    string
	db      *sqlx.DB
	permits chan struct{}
	waiting atomic.Int64
	shed    prometheus.Counter
}

func newLane(name string, db *sqlx.DB, conns int, reg prometheus.Registerer) *lane {
	l := &lane{name: name, db: db, permits: make(chan struct{}, conns)}
	labels := prometheus.Labels{"lane": name}
	l.shed = register(reg, prometheus.NewCounter(prometheus.CounterOpts{
		Name: "doorbuster_lane_shed_total", Help: "Calls refused because no connection of the lane came free in time.", ConstLabels: labels,
	}))
	register(reg, prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "doorbuster_lane_busy", Help: "Connections of the lane in use.", ConstLabels: labels,
	}, func() float64 { return float64(len(l.permits)) }))
	register(reg, prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "doorbuster_lane_waiting", Help: "Callers waiting for a connection of the lane.", ConstLabels: labels,
	}, func() float64 { return float64(l.waiting.Load()) }))
	return l
}

// errNoLane says that the Store was opened without the account that a method needs.
var errNoLane = errors.New("store: opened without this account")

// enter takes a permit, waiting a bounded time in a bounded queue. The caller must call leave when err is nil.
func (l *lane) enter(ctx context.Context) error {
	if l.db == nil {
		return fmt.Errorf("%w: %s", errNoLane, l.name)
	}
	select {
	case l.permits <- struct{}{}:
		return nil
	default:
	}
	if !l.queue() {
		l.shed.Inc()
		return busy(nil)
	}
	defer l.waiting.Add(-1)
	t := time.NewTimer(laneWait)
	defer t.Stop()
	select {
	case l.permits <- struct{}{}:
		return nil
	case <-t.C:
		l.shed.Inc()
		return busy(nil)
	case <-ctx.Done():
		return ctx.Err()
	}
}

// queue counts one more who waits, unless there are as many as may. The count is never greater, not even for a moment.
func (l *lane) queue() bool {
	for {
		n := l.waiting.Load()
		if n >= int64(laneQueue*cap(l.permits)) {
			return false
		}
		if l.waiting.CompareAndSwap(n, n+1) {
			return true
		}
	}
}

func (l *lane) leave() { <-l.permits }

// get calls a procedure that answers one row and scans it into dst. Calls that had no effect are repeated within bounds.
func (l *lane) get(ctx context.Context, dst any, procedure, call string, args ...any) error {
	return l.with(ctx, procedure, func(conn *sqlx.Conn) error { return conn.GetContext(ctx, dst, call, args...) })
}

// list calls a procedure or view that answers many rows and scans them into dst, a pointer to a slice.
func (l *lane) list(ctx context.Context, dst any, what, query string, args ...any) error {
	return l.with(ctx, what, func(conn *sqlx.Conn) error { return conn.SelectContext(ctx, dst, query, args...) })
}

func (l *lane) with(ctx context.Context, what string, do func(*sqlx.Conn) error) error {
	if err := l.enter(ctx); err != nil {
		return err
	}
	defer l.leave()
	for attempt := 1; ; attempt++ {
		sent, err := l.once(ctx, do)
		if err == nil {
			return nil
		}
		if attempt < maxAttempts && effectOf(err, sent) == noEffectRetry && pause(ctx, attempt) == nil {
			continue
		}
		return faultOf(what, err, sent)
	}
}

// once runs do on one connection and says whether a connection was had.
func (l *lane) once(ctx context.Context, do func(*sqlx.Conn) error) (sent bool, err error) {
	conn, err := l.db.Connx(ctx)
	if err != nil {
		return false, err
	}
	// A connection that broke is dropped by the pool itself, so an error here says nothing about the call.
	defer func() { _ = conn.Close() }()
	return true, do(conn)
}
