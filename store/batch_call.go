package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
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

// sending is how the sending of a batch ended.
type sending int

const (
	carriedOut sending = iota // the database answered everybody
	failed                    // everybody was told that it did not, or that it is not known
	undone                    // it had no effect and nobody was answered: each item of it has to be tried alone
)

// send carries one batch to a certain end: every waiter is answered (unless it is undone), with Unknown only if the database stays away
// too long.
//
// A lost answer is asked for again with the same keys. "exists" is then a sure yes. A refusal is a sure no only when the lost attempt
// can no longer run, that is after its in_not_after: until then the refusal is held back and the question put again.
func (c *combiner) send(b *batch) sending {
	m := c.s.metrics
	m.batchOrders.Observe(float64(len(b.waiters)))
	m.sent.add(len(b.waiters))
	m.queueSeconds.Observe(time.Since(b.waiters[0].since).Seconds())
	requests := requestsOf(b.waiters)
	now := time.Now()
	for _, w := range b.waiters {
		w.sent = now
	}
	notAfter := c.s.Now().Add(attemptLife)
	lost := false // an earlier attempt of this batch may still be running
	giveUp := time.Now().Add(resolveFor)
	for attempt := 1; ; attempt++ {
		start := time.Now()
		rows, sent, err := c.call(b, notAfter, requests)
		m.batchSeconds.Observe(time.Since(start).Seconds())
		if err == nil {
			if !lost || !hasRefusal(rows) || c.s.Now().After(notAfter.Add(clockMargin)) {
				deliver(b.waiters, rows)
				return carriedOut
			}
			deliverYes(b.waiters, rows)
		}
		if err != nil {
			switch c.afterFailure(b, err, sent, lost, attempt) {
			case askAgain:
				lost = true
			case tryAgain:
				lost = false
			case split:
				return undone
			case answered:
				return failed
			}
		}
		if time.Now().After(giveUp) || c.rest(attempt, lost) != nil {
			deliverAll(b.waiters, Placement{Outcome: Unknown, RetryAfter: retryAfter()}, nil)
			return failed
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

// afterwards is what follows a failed attempt.
type afterwards int

const (
	tryAgain afterwards = iota // it had no effect
	askAgain                   // it may have had one
	split                      // it had no effect, and what is wrong may be one item's: try each alone, when its turn comes
	answered                   // everybody has been answered
)

// afterFailure says what follows a failed attempt, and answers those who get no further one.
func (c *combiner) afterFailure(b *batch, err error, sent, lostBefore bool, attempt int) afterwards {
	effect := effectOf(err, sent)
	if errorNumber(err) == 1062 {
		effect = noEffectRetry // another order of one of the shoppers was committed through another shard at the same time
	}
	m, log := c.s.metrics, c.s.cfg.Log
	switch {
	case effect == effectUnknown:
		m.unknownCalls.Inc()
		m.retries.WithLabelValues("unknown").Inc()
		log.Warn("answer of a batch lost, asking again", "items", len(b.queues), "orders", len(b.waiters), "error", err)
		return askAgain
	case lostBefore: // whatever this attempt met, the lost one decides: go on asking
		m.retries.WithLabelValues("unknown").Inc()
		return askAgain
	case errorNumber(err) == lockWaitTimeout || len(b.queues) > 1 && (effect == noEffectFault || attempt >= refusedTries):
		m.retries.WithLabelValues("split").Inc()
		return split
	case effect == noEffectFault:
		deliverAll(b.waiters, Placement{}, faultOf("place_orders", err, sent))
		return answered
	case attempt >= refusedTries || (effect == noEffectBusy && time.Since(b.waiters[0].since) > c.s.cfg.QueueWait):
		log.Warn("batch not taken by the database", "item", b.waiters[0].purchase.ItemID, "items", len(b.queues), "orders", len(b.waiters), "error", err)
		for _, w := range b.waiters {
			w.send(answer{placement: Placement{Outcome: Busy, RetryAfter: retryAfter()}}) // spread: they must not return together
		}
		return answered
	case effect == noEffectBusy:
		m.retries.WithLabelValues("busy").Inc()
	default:
		m.retries.WithLabelValues("retry").Inc()
	}
	return tryAgain
}

// call makes one attempt. sent says whether a connection was had.
func (c *combiner) call(b *batch, notAfter time.Time, requests []byte) (rows []placedRow, sent bool, err error) {
	ctx, cancel := context.WithTimeout(c.ctx, 10*time.Second)
	defer cancel()
	conn, err := c.s.purchase.db.Connx(ctx)
	if err != nil {
		return nil, false, err
	}
	defer func() { _ = conn.Close() }() // a broken connection is dropped by the pool itself
	rows, err = readPlaced(ctx, conn, notAfter, itemsOf(b.queues), requests, len(b.waiters))
	return rows, true, err
}

func readPlaced(ctx context.Context, conn *sqlx.Conn, notAfter time.Time, items, requests []byte, n int) (placed []placedRow, err error) {
	rows, err := conn.QueryContext(ctx, "CALL place_orders(?, ?, ?)", notAfter, items, requests)
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
		var commit int64
		if err := rows.Scan(&r.Arrival, &r.Outcome, &orderID, &hold, &left, &version, &commit); err != nil {
			return nil, err
		}
		r.InCommit = time.Duration(commit) * time.Microsecond
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
func deliver(waiters []*waiter, rows []placedRow) {
	for _, r := range rows {
		waiters[r.Arrival-1].tell(r)
	}
}

// deliverYes answers those who have an order; the others go on waiting.
func deliverYes(waiters []*waiter, rows []placedRow) {
	for _, r := range rows {
		if r.Outcome == Exists || r.Outcome == Placed {
			waiters[r.Arrival-1].tell(r)
		}
	}
}

func deliverAll(waiters []*waiter, p Placement, err error) {
	for _, w := range waiters {
		own := p
		own.OrderID = w.purchase.OrderID
		w.send(answer{placement: own, err: err})
	}
}

func (w *waiter) tell(r placedRow) {
	w.send(answer{placement: Placement{
		Outcome: r.Outcome, OrderID: r.OrderID, HoldExpiresAt: r.HoldExpiresAt, UnitsLeft: r.UnitsLeft, StockVersion: r.StockVersion,
		InCommit: r.InCommit,
	}})
}

// timed adds to an answer of the database how long it took.
func (w *waiter) timed(a answer) (Placement, error) {
	if !w.sent.IsZero() && a.err == nil {
		a.placement.InLine, a.placement.InCall = w.sent.Sub(w.since), time.Since(w.sent)
	}
	return a.placement, a.err
}

// send answers w once; later answers of the same batch are dropped.
func (w *waiter) send(a answer) {
	select {
	case w.answer <- a:
	default:
	}
}

// requestsOf writes the in_requests of place_orders. Units beyond what a column holds are cut to what is refused just the same: the
// procedure refuses the whole batch when a number does not fit.
func requestsOf(waiters []*waiter) []byte {
	b := make([]byte, 0, len(waiters)*52)
	for _, w := range waiters {
		p := &w.purchase
		b = append(b, p.OrderID[:]...)
		b = binary.BigEndian.AppendUint64(b, p.UserID)
		b = binary.BigEndian.AppendUint64(b, p.ItemID)
		b = binary.BigEndian.AppendUint32(b, uint32(max(0, min(p.Units, math.MaxInt32))))
		b = append(b, p.RequestID[:]...)
	}
	return b
}

// itemsOf writes the in_items of place_orders, with a new move for each item.
func itemsOf(queues []*queue) []byte {
	b := make([]byte, 0, len(queues)*26)
	for _, q := range queues {
		b = binary.BigEndian.AppendUint64(b, q.key.item)
		b = binary.BigEndian.AppendUint16(b, uint16(q.key.shard)) // below items.shards
		b = append(b, newID()...)
	}
	return b
}

// placedRow is one row of the answer of place_orders.
type placedRow struct {
	Arrival       int
	Outcome       Outcome
	OrderID       uuid.UUID
	HoldExpiresAt time.Time
	UnitsLeft     int
	StockVersion  uint64
	InCommit      time.Duration
}
