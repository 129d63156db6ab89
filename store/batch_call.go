package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
)

const (
	attemptLife  = 2 * time.Second        // in_not_after: how long an attempt may sit in the database before it refuses itself
	clockMargin  = 250 * time.Millisecond // what the estimate of the database's clock may be off
	resolveFor   = 60 * time.Second       // how long a lost answer is asked for again
	refusedTries = 8                      // attempts of a batch that had no effect
)

// enterBatch waits for a connection of the purchase lane without bound but ctx: the queues behind it are bounded.
func (l *lane) enterBatch(ctx context.Context) bool {
	select {
	case l.permits <- struct{}{}:
		if ctx.Err() != nil { // both were true: a batch must not be taken that cannot be sent
			l.leave()
			return false
		}
		return true
	case <-ctx.Done():
		return false
	}
}

// send carries one batch to a certain end: every waiter is answered, with Unknown only if the database stays away too long.
//
// A lost answer is asked for again with the same keys. "exists" is then a sure yes. A refusal is a sure no only when the lost attempt
// can no longer run, that is after its in_not_after: until then the refusal is held back and the question put again.
func (c *combiner) send(key queueKey, batch []*waiter) {
	m := c.s.metrics
	m.batchOrders.Observe(float64(len(batch)))
	m.queueSeconds.Observe(time.Since(batch[0].since).Seconds())
	requests := requestsJSON(batch)
	notAfter := c.s.Now().Add(attemptLife)
	lost := false // an earlier attempt of this batch may still be running
	giveUp := time.Now().Add(resolveFor)
	for attempt := 1; ; attempt++ {
		start := time.Now()
		rows, sent, err := c.call(key, notAfter, requests, len(batch))
		m.batchSeconds.Observe(time.Since(start).Seconds())
		if err == nil {
			if !lost || !hasRefusal(rows) || c.s.Now().After(notAfter.Add(clockMargin)) {
				deliver(batch, rows)
				return
			}
			deliverYes(batch, rows)
		}
		if err != nil {
			var done bool
			if lost, done = c.failed(batch, err, sent, lost, attempt); done {
				return
			}
		}
		if time.Now().After(giveUp) || c.rest(attempt, lost) != nil {
			deliverAll(batch, Placement{Outcome: Unknown, RetryAfter: retryAfter()}, nil)
			return
		}
		if !lost {
			notAfter = c.s.Now().Add(attemptLife) // nothing of this batch is on its way: a new attempt gets new time
		}
	}
}

// rest waits before the next attempt: longer while an answer is lost, because the database is probably restarting.
func (c *combiner) rest(attempt int, lost bool) error {
	if lost {
		attempt += 3
	}
	return pause(c.ctx, attempt)
}

// failed handles a failed attempt. done says that everybody has been answered.
func (c *combiner) failed(batch []*waiter, err error, sent, lostBefore bool, attempt int) (lost, done bool) {
	effect := effectOf(err, sent)
	if errorNumber(err) == 1062 {
		effect = noEffectRetry // another order of one of the shoppers was committed through another shard at the same time
	}
	m := c.s.metrics
	switch {
	case effect == effectUnknown:
		m.unknownCalls.Inc()
		m.retries.WithLabelValues("unknown").Inc()
		c.s.cfg.Log.Warn("answer of a batch lost, asking again", "item", batch[0].purchase.ItemID, "orders", len(batch), "error", err)
		return true, false
	case lostBefore: // whatever this attempt met, the lost one decides: go on asking
		m.retries.WithLabelValues("unknown").Inc()
		return true, false
	case effect == noEffectFault:
		deliverAll(batch, Placement{}, faultOf("place_orders", err, sent))
		return false, true
	case attempt >= refusedTries || (effect == noEffectBusy && time.Since(batch[0].since) > c.s.cfg.QueueWait):
		c.s.cfg.Log.Warn("batch not taken by the database", "item", batch[0].purchase.ItemID, "orders", len(batch), "error", err)
		for _, w := range batch {
			w.answer <- answer{placement: Placement{Outcome: Busy, RetryAfter: retryAfter()}}
		}
		return false, true
	case effect == noEffectBusy:
		m.retries.WithLabelValues("busy").Inc()
	default:
		m.retries.WithLabelValues("retry").Inc()
	}
	return false, false
}

// call makes one attempt. sent says whether a connection was had.
func (c *combiner) call(key queueKey, notAfter time.Time, requests []byte, n int) (rows []placedRow, sent bool, err error) {
	ctx, cancel := context.WithTimeout(c.ctx, 10*time.Second)
	defer cancel()
	conn, err := c.s.purchase.db.Connx(ctx)
	if err != nil {
		return nil, false, err
	}
	defer func() { _ = conn.Close() }() // a broken connection is dropped by the pool itself
	rows, err = readPlaced(ctx, conn, key, notAfter, requests, n)
	return rows, true, err
}

func readPlaced(ctx context.Context, conn *sqlx.Conn, key queueKey, notAfter time.Time, requests []byte, n int) (placed []placedRow, err error) {
	rows, err := conn.QueryContext(ctx, "CALL place_orders(?, ?, ?, ?, ?)", key.item, key.shard, newID(), notAfter, string(requests))
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	placed = make([]placedRow, 0, n)
	var orderID []byte
	for rows.Next() {
		var r placedRow
		var hold sql.NullTime
		var left, version sql.NullInt64
		if err := rows.Scan(&r.Arrival, &r.Outcome, &orderID, &hold, &left, &version); err != nil {
			return nil, err
		}
		r.OrderID, _ = uuid.FromBytes(orderID) // NULL stays the zero id
		r.HoldExpiresAt, r.UnitsLeft, r.StockVersion = hold.Time, -1, uint64(max(0, version.Int64))
		if left.Valid {
			r.UnitsLeft = int(left.Int64)
		}
		placed = append(placed, r)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	if len(placed) != n {
		// Cut off between two packets; ErrBadConn would say that nothing was sent.
		return nil, fmt.Errorf("%w: %d of %d answers", driver.ErrSkip, len(placed), n)
	}
	return placed, nil
}

func hasRefusal(rows []placedRow) bool {
	for _, r := range rows {
		if r.Outcome != Exists && r.Outcome != Placed {
			return true
		}
	}
	return false
}

// deliver answers every waiter of a batch that has not been answered.
func deliver(batch []*waiter, rows []placedRow) {
	for _, r := range rows {
		batch[r.Arrival-1].tell(r)
	}
}

// deliverYes answers those who have an order; the others go on waiting.
func deliverYes(batch []*waiter, rows []placedRow) {
	for _, r := range rows {
		if r.Outcome == Exists || r.Outcome == Placed {
			batch[r.Arrival-1].tell(r)
		}
	}
}

func deliverAll(batch []*waiter, p Placement, err error) {
	for _, w := range batch {
		own := p
		own.OrderID = w.purchase.OrderID
		w.send(answer{placement: own, err: err})
	}
}

func (w *waiter) tell(r placedRow) {
	w.send(answer{placement: Placement{
		Outcome: r.Outcome, OrderID: r.OrderID, HoldExpiresAt: r.HoldExpiresAt, UnitsLeft: r.UnitsLeft, StockVersion: r.StockVersion,
	}})
}

// send answers w once; later answers of the same batch are dropped.
func (w *waiter) send(a answer) {
	select {
	case w.answer <- a:
	default:
	}
}
