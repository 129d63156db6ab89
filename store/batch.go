package store

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"
)

// combiner turns a crowd of PlaceOrder calls into few CALLs. There is one queue per item and home shard (the shopper's number picks
// the shard, so all attempts of one shopper meet in one queue). While a batch of a queue is in flight, its next one gathers. A shopper
// alone waits for nobody; behind a crowd, a whole batch is sent after the one that is out, so that the database reads the second while it
// commits the first. A batch takes from one queue after the other until it is full: a hot item fills batches of its own, and a thousand
// items with a few shoppers each share a commit instead of paying for a thousand.
//
// Bounds: QueueSize shoppers per queue, QueueWait in it, BatchSize per CALL, PurchaseConns CALLs at once, Patience for the answer.
type combiner struct {
	s       *Store
	ctx     context.Context // ends when the Store is closed for good
	mu      sync.Mutex
	queues  map[queueKey]*queue
	ready   []*queue // somebody waits and no batch is in flight, longest ready first
	inLine  int      // shoppers in those queues
	senders int      // goroutines that send batches, at most PurchaseConns
	quick   int      // batches in flight that have not been out for long
	closed  bool
	idle    chan struct{} // closed when closed is set and no queue is left
	wg      sync.WaitGroup
}

type queueKey struct {
	item  uint64
	shard uint64
}

// queue holds who waits for one item and shard. It exists while somebody waits or a batch is in flight.
//
// No two of its batches in flight have an attempt of the same shopper: while the answer of one is lost, the other must not say "no".
type queue struct {
	key     queueKey
	waiting []*waiter
	ready   bool     // it stands in combiner.ready
	flights []*batch // with some of it, in flight: one, or two when the second is a whole batch
	alone   bool     // its last batch was not carried out: until one is, it shares none
}

// batch is what one CALL carries.
type batch struct {
	waiters []*waiter // in the order of in_requests
	queues  []*queue  // those it was taken from, each of another item
	timer   *time.Timer
	slow    bool // it has been out for slowBatch
	landed  bool
}

// Batches of other items are sent beside each other, but few: two keep the database busy while one of them is being committed, and more
// would each carry less. There are more when a whole batch is waiting, or when one that is out is slow, perhaps because of a lock.
const (
	fewBatches = 2
	slowBatch  = 25 * time.Millisecond // several times a usual batch of 256
)

// waiter is one PlaceOrder call.
type waiter struct {
	purchase Purchase
	since    time.Time
	sent     time.Time // when the CALL that carries it was sent first; written before the answer
	taken    bool      // a batch has it; guarded by combiner.mu
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
		return w.timed(a)
	case <-timer.C:
	}
	if c.withdraw(w) {
		return Placement{Outcome: Busy, RetryAfter: retryAfter()}, nil
	}
	timer.Reset(c.s.cfg.Patience - c.s.cfg.QueueWait)
	select {
	case a := <-w.answer:
		return w.timed(a)
	case <-timer.C:
	case <-ctx.Done():
	}
	return Placement{Outcome: Unknown, OrderID: p.OrderID, RetryAfter: retryAfter()}, nil
}

// enqueue adds w to its queue and starts the queue if it is new. False: the queue is full, or the Store is closing or has no database.
func (c *combiner) enqueue(w *waiter) bool {
	if c.s.purchase.db == nil || !c.s.clock.known.Load() {
		return false
	}
	key := c.keyOf(w.purchase.ItemID, w.purchase.UserID)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return false
	}
	q := c.queues[key]
	if q == nil {
		q = &queue{key: key}
		c.queues[key] = q
	}
	if len(q.waiting) >= c.s.cfg.QueueSize {
		return false
	}
	q.waiting = append(q.waiting, w)
	if q.ready {
		c.inLine++
	}
	c.makeReady(q)
	return true
}

// keyOf is the queue of a shopper for an item.
func (c *combiner) keyOf(item, user uint64) queueKey {
	shards := uint64(max(1, c.s.Live().Items[item].Shards))
	return queueKey{item: item, shard: user % shards}
}

// full says whether enqueue would refuse a shopper because as many wait as may.
func (c *combiner) full(item, user uint64) bool {
	key := c.keyOf(item, user)
	c.mu.Lock()
	defer c.mu.Unlock()
	q := c.queues[key]
	return q != nil && len(q.waiting) >= c.s.cfg.QueueSize
}

// crowded says whether full is true for anybody who wants item.
func (c *combiner) crowded(item uint64) bool {
	shards := uint64(max(1, c.s.Live().Items[item].Shards))
	c.mu.Lock()
	defer c.mu.Unlock()
	for shard := range shards {
		if q := c.queues[queueKey{item: item, shard: shard}]; q != nil && len(q.waiting) >= c.s.cfg.QueueSize {
			return true
		}
	}
	return false
}

// makeReady puts q in line for the next batch, unless it is there or enough is in flight; mu is held.
func (c *combiner) makeReady(q *queue) {
	second := len(q.flights) == 1 && !q.alone && len(q.waiting) >= c.s.cfg.BatchSize
	if !q.ready && len(q.waiting) > 0 && (len(q.flights) == 0 || second) {
		q.ready = true
		c.ready = append(c.ready, q)
		c.inLine += len(q.waiting)
	}
	c.wake()
}

// wake starts a sender if there is work for one more; mu is held.
func (c *combiner) wake() {
	if c.senders < c.s.cfg.PurchaseConns && c.mayFly() {
		c.senders++
		c.wg.Go(c.serve)
	}
}

// mayFly says whether another batch is worth sending now; mu is held.
func (c *combiner) mayFly() bool {
	return len(c.ready) > 0 && (c.quick < fewBatches || c.inLine >= c.s.cfg.BatchSize)
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

// serve sends batch after batch until no queue is ready.
func (c *combiner) serve() {
	for {
		// The permit comes first: while all connections are in use, the batch keeps gathering.
		if !c.s.purchase.enterBatch(c.ctx) {
			c.refuseAll()
			return
		}
		b := c.take()
		if b == nil {
			c.s.purchase.leave()
			return
		}
		end := c.send(b)
		c.s.purchase.leave()
		c.release(b, end)
	}
}

// take makes the next batch out of the queues that are ready; nil ends the sender that asks.
func (c *combiner) take() *batch {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.mayFly() {
		c.senders--
		return nil
	}
	b := &batch{}
	keys := map[uuid.UUID]struct{}{}
	items := map[uint64]struct{}{}
	var later []*queue
	for len(c.ready) > 0 && len(b.waiters) < c.s.cfg.BatchSize {
		q := c.ready[0]
		_, sameItem := items[q.key.item] // another shard of it: the procedure takes one home shard per item
		if sameItem || (q.alone && len(b.queues) > 0) {
			c.ready = c.ready[1:]
			later = append(later, q)
			continue
		}
		c.ready, q.ready = c.ready[1:], false
		c.inLine -= len(q.waiting)
		if taken := c.takeFrom(q, b, keys); taken == 0 && (len(q.waiting) == 0 || len(q.flights) > 0) {
			c.removeIfIdle(q)
			continue
		}
		q.flights = append(q.flights, b)
		items[q.key.item] = struct{}{}
		b.queues = append(b.queues, q)
		if q.alone {
			break
		}
	}
	c.ready = append(later, c.ready...)
	if len(b.queues) == 0 {
		c.senders--
		return nil
	}
	c.quick++
	b.timer = time.AfterFunc(slowBatch, func() { c.tooSlow(b) })
	c.wake()
	return b
}

// tooSlow lets others fly past b if it is still out.
func (c *combiner) tooSlow(b *batch) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if b.landed {
		return
	}
	b.slow = true
	c.quick--
	c.wake()
}

// takeFrom moves who waits in q into b, oldest first, and says how many. It takes one request of a shopper, and none of one who is in
// flight; and one of a key: who uses another's key must not break the batch in which it is used rightly.
func (c *combiner) takeFrom(q *queue, b *batch, keys map[uuid.UUID]struct{}) int {
	before := len(b.waiters)
	users := make(map[uint64]struct{}, min(len(q.waiting), c.s.cfg.BatchSize))
	for _, other := range q.flights {
		for _, w := range other.waiters {
			if w.purchase.ItemID == q.key.item {
				users[w.purchase.UserID] = struct{}{}
			}
		}
	}
	rest := q.waiting[:0]
	for _, w := range q.waiting {
		_, sameUser := users[w.purchase.UserID]
		_, sameKey := keys[w.purchase.OrderID]
		switch {
		case w.taken: // gave up
		case sameUser || sameKey || len(b.waiters) == c.s.cfg.BatchSize:
			rest = append(rest, w)
		default:
			w.taken = true
			users[w.purchase.UserID] = struct{}{}
			keys[w.purchase.OrderID] = struct{}{}
			b.waiters = append(b.waiters, w)
		}
	}
	clear(q.waiting[len(rest):])
	q.waiting = rest
	return len(b.waiters) - before
}

// release gives the queues of b free for their next batch. If it was undone its shoppers go back to the head of their queues. A queue
// whose batch was not carried out is sent alone until one is, so that what stands in the way of one item stops no other.
func (c *combiner) release(b *batch, end sending) {
	c.mu.Lock()
	defer c.mu.Unlock()
	b.landed = true
	b.timer.Stop()
	if !b.slow {
		c.quick--
	}
	if end == undone {
		c.putBack(b)
	}
	for _, q := range b.queues {
		q.flights = slices.DeleteFunc(q.flights, func(other *batch) bool { return other == b })
		q.alone = end != carriedOut
		c.removeIfIdle(q)
		c.makeReady(q)
	}
}

// putBack returns the waiters of b to where they came from. Those who have waited for half of their patience are told to come back
// later: nothing of theirs is on its way, and they must not end as Unknown. mu is held.
func (c *combiner) putBack(b *batch) {
	for _, q := range b.queues {
		var back []*waiter
		for _, w := range b.waiters {
			switch {
			case w.purchase.ItemID != q.key.item:
			case time.Since(w.since) > c.s.cfg.Patience/2:
				w.send(answer{placement: Placement{Outcome: Busy, RetryAfter: retryAfter()}})
			default:
				w.taken = false
				back = append(back, w)
			}
		}
		q.waiting = append(back, q.waiting...)
		if q.ready {
			c.inLine += len(back)
		}
	}
}

// removeIfIdle forgets a queue in which nobody waits and of which nothing is in flight; mu is held.
func (c *combiner) removeIfIdle(q *queue) {
	if len(q.waiting) > 0 || len(q.flights) > 0 {
		return
	}
	delete(c.queues, q.key)
	if c.closed && len(c.queues) == 0 {
		close(c.idle)
	}
}

// refuseAll tells everybody who waits to come back later: the Store was closed before their batch was sent.
func (c *combiner) refuseAll() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.senders--
	c.ready, c.inLine = nil, 0
	for _, q := range c.queues {
		for _, w := range q.waiting {
			if !w.taken {
				w.taken = true
				w.send(answer{placement: Placement{Outcome: Busy, RetryAfter: retryAfter()}})
			}
		}
		q.waiting, q.ready = nil, false
		c.removeIfIdle(q)
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
