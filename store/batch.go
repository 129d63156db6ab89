package store

import (
	"context"
	"encoding/hex"
	"math"
	"strconv"
	"sync"
	"time"

	"github.com/google/uuid"
)

// combiner turns a crowd of PlaceOrder calls into few CALLs. There is one queue per item and home shard (the shopper's number picks
// the shard, so all attempts of one shopper meet in one queue). While a CALL of a queue is in flight the next batch gathers; there is
// no timer, so a shopper alone waits for nobody.
//
// Bounds: QueueSize shoppers per queue, QueueWait in it, BatchSize per CALL, PurchaseConns CALLs at once, Patience for the answer.
type combiner struct {
	s      *Store
	ctx    context.Context // ends when the Store is closed for good
	mu     sync.Mutex
	queues map[queueKey]*queue
	closed bool
	idle   chan struct{} // closed when closed is set and no queue is left
	wg     sync.WaitGroup
}

type queueKey struct {
	item  uint64
	shard uint64
}

// queue holds who waits for one item and shard. It exists while somebody waits or a CALL is in flight.
type queue struct {
	key     queueKey
	waiting []*waiter
}

// waiter is one PlaceOrder call.
type waiter struct {
	purchase Purchase
	since    time.Time
	taken    bool // a batch has it; guarded by combiner.mu
	answer   chan answer
}

type answer struct {
	placement Placement
	err       error
}

func newCombiner(ctx context.Context, s *Store) *combiner {
	return &combiner{s: s, ctx: ctx, queues: map[queueKey]*queue{}, idle: make(chan struct{})}
}

// place queues p and waits for its answer.
func (c *combiner) place(ctx context.Context, p Purchase) (Placement, error) {
	w := &waiter{purchase: p, since: time.Now(), answer: make(chan answer, 1)}
	if !c.enqueue(w) {
		return Placement{Outcome: Busy, RetryAfter: retryAfter()}, nil
	}
	timer := time.NewTimer(c.s.cfg.QueueWait)
	defer timer.Stop()
	select {
	case a := <-w.answer:
		return a.placement, a.err
	case <-timer.C:
	}
	if c.withdraw(w) {
		return Placement{Outcome: Busy, RetryAfter: retryAfter()}, nil
	}
	timer.Reset(c.s.cfg.Patience - c.s.cfg.QueueWait)
	select {
	case a := <-w.answer:
		return a.placement, a.err
	case <-timer.C:
		return Placement{Outcome: Unknown, OrderID: p.OrderID, RetryAfter: retryAfter()}, nil
	case <-ctx.Done():
		return Placement{Outcome: Unknown, OrderID: p.OrderID, RetryAfter: retryAfter()}, nil
	}
}

// enqueue adds w to its queue and starts the queue if it is new. False: the queue is full, or the Store is closing or has no database.
func (c *combiner) enqueue(w *waiter) bool {
	if c.s.purchase.db == nil || !c.s.clock.known.Load() {
		return false
	}
	shards := uint64(max(1, c.s.Live().Items[w.purchase.ItemID].Shards))
	key := queueKey{item: w.purchase.ItemID, shard: w.purchase.UserID % shards}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return false
	}
	q := c.queues[key]
	if q == nil {
		q = &queue{key: key}
		c.queues[key] = q
		c.wg.Go(func() { c.serve(q) })
	}
	if len(q.waiting) >= c.s.cfg.QueueSize {
		return false
	}
	q.waiting = append(q.waiting, w)
	return true
}

// withdraw takes w out of its queue. False: a batch has it already, and only the batch knows the answer.
func (c *combiner) withdraw(w *waiter) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if w.taken {
		return false
	}
	w.taken = true // take skips it
	return true
}

// serve sends batch after batch of q until nobody waits.
func (c *combiner) serve(q *queue) {
	for {
		// The permit comes first: while all connections are in use, the batch keeps gathering.
		if !c.s.purchase.enterBatch(c.ctx) {
			c.refuseAll(q)
			return
		}
		batch := c.take(q)
		if len(batch) == 0 {
			c.s.purchase.leave()
			return
		}
		c.send(q.key, batch)
		c.s.purchase.leave()
	}
}

// take removes the next batch from q, oldest first, at most one request of a shopper and one of a key: who uses another shopper's key
// must not break the batch in which the key is used rightly. An empty batch means that q is gone.
func (c *combiner) take(q *queue) []*waiter {
	c.mu.Lock()
	defer c.mu.Unlock()
	batch := make([]*waiter, 0, min(len(q.waiting), c.s.cfg.BatchSize))
	users := make(map[uint64]struct{}, cap(batch))
	keys := make(map[uuid.UUID]struct{}, cap(batch))
	rest := q.waiting[:0]
	for _, w := range q.waiting {
		_, sameUser := users[w.purchase.UserID]
		_, sameKey := keys[w.purchase.OrderID]
		switch {
		case w.taken: // gave up
		case sameUser || sameKey || len(batch) == c.s.cfg.BatchSize:
			rest = append(rest, w)
		default:
			w.taken = true
			users[w.purchase.UserID] = struct{}{}
			keys[w.purchase.OrderID] = struct{}{}
			batch = append(batch, w)
		}
	}
	clear(q.waiting[len(rest):])
	q.waiting = rest
	if len(batch) == 0 {
		c.remove(q)
	}
	return batch
}

// remove forgets an empty queue; mu is held.
func (c *combiner) remove(q *queue) {
	delete(c.queues, q.key)
	if c.closed && len(c.queues) == 0 {
		close(c.idle)
	}
}

// refuseAll tells everybody in q to come back later: the Store was closed before their batch was sent.
func (c *combiner) refuseAll(q *queue) {
	c.mu.Lock()
	waiting := q.waiting
	q.waiting = nil
	for _, w := range waiting {
		w.taken = true
	}
	c.remove(q)
	c.mu.Unlock()
	for _, w := range waiting {
		w.answer <- answer{placement: Placement{Outcome: Busy, RetryAfter: retryAfter()}}
	}
}

// drain stops taking requests and waits until every queue is empty or ctx is done.
func (c *combiner) drain(ctx context.Context) error {
	c.mu.Lock()
	if !c.closed {
		c.closed = true
		if len(c.queues) == 0 {
			close(c.idle)
		}
	}
	c.mu.Unlock()
	select {
	case <-c.idle:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (c *combiner) wait() { c.wg.Wait() }

// requestsJSON writes the in_requests of place_orders: [["order","user",units,"request"],…]. By hand, because it is the hot path
// and the form is four fixed fields without anything to escape. Units beyond what a column holds are cut to what is refused just the
// same: the procedure refuses the whole batch when a number does not fit.
func requestsJSON(batch []*waiter) []byte {
	b := make([]byte, 0, 2+len(batch)*100)
	b = append(b, '[')
	for i, w := range batch {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, '[', '"')
		b = hex.AppendEncode(b, w.purchase.OrderID[:])
		b = append(b, '"', ',')
		b = strconv.AppendUint(b, w.purchase.UserID, 10)
		b = append(b, ',')
		b = strconv.AppendInt(b, int64(max(-1, min(w.purchase.Units, math.MaxInt32))), 10)
		b = append(b, ',', '"')
		b = hex.AppendEncode(b, w.purchase.RequestID[:])
		b = append(b, '"', ']')
	}
	return append(b, ']')
}

// placedRow is one row of the answer of place_orders.
type placedRow struct {
	Arrival       int
	Outcome       Outcome
	OrderID       uuid.UUID
	HoldExpiresAt time.Time
	UnitsLeft     int
	StockVersion  uint64
}
