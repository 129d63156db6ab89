package design

import (
	"context"
	"errors"
	"sync"

	"github.com/google/uuid"
)

// combiner turns a crowd of calls into few batches. Each of its senders has one batch in flight; what arrives meanwhile is the next one.
// There is no timer: a shopper alone waits for nobody.
//
// Bounds: queueSize asks waiting in all, batchSize per batch.
type combiner struct {
	waiting chan *ask
	send    func(ctx context.Context, batch []*ask) error
	single  bool // at most one ask of a shopper per batch; a second one waits for the next
	quit    chan struct{}
	done    chan struct{} // closed when no sender is left
	wg      sync.WaitGroup
}

// ask is one shopper's wish for one unit.
type ask struct {
	order  uuid.UUID
	user   uint64
	class  string // written by send
	answer chan error
}

const (
	queueSize = 8192
	batchSize = 256
)

// newCombiner starts senders goroutines that call send. send writes the class of each ask; its error is told to the whole batch.
func newCombiner(senders int, single bool, send func(ctx context.Context, batch []*ask) error) *combiner {
	c := &combiner{waiting: make(chan *ask, queueSize), send: send, single: single, quit: make(chan struct{}), done: make(chan struct{})}
	for range senders {
		c.wg.Go(c.serve)
	}
	return c
}

// buy queues an ask and waits for its class. A wait that ctx ends is Unknown: the ask may be on its way.
func (c *combiner) buy(ctx context.Context, order uuid.UUID, user uint64) (string, error) {
	a := &ask{order: order, user: user, answer: make(chan error, 1)}
	select {
	case c.waiting <- a:
	default:
		return Busy, nil
	}
	select {
	case err := <-a.answer:
		return a.class, err
	case <-ctx.Done():
		return Unknown, nil
	case <-c.done:
	}
	select {
	case err := <-a.answer:
		return a.class, err
	default:
		return Busy, nil // no sender is left that could have taken it
	}
}

func (c *combiner) serve() {
	var held []*ask // second asks of a shopper
	users := make(map[uint64]struct{}, batchSize)
	for {
		batch := make([]*ask, 0, batchSize)
		clear(users)
		batch, held = c.pick(batch, nil, users, held)
		if len(batch) == 0 {
			select {
			case a := <-c.waiting:
				batch, held = c.pick(batch, held, users, []*ask{a})
			case <-c.quit:
				return
			}
		}
		for more := true; more && len(batch)+len(held) < batchSize; {
			select {
			case a := <-c.waiting:
				batch, held = c.pick(batch, held, users, []*ask{a})
			default:
				more = false
			}
		}
		err := c.send(context.Background(), batch)
		for _, a := range batch {
			a.answer <- err
		}
	}
}

// pick adds asks to batch, or to held if the batch has one of the same shopper.
func (c *combiner) pick(batch, held []*ask, users map[uint64]struct{}, asks []*ask) (newBatch, newHeld []*ask) {
	for _, a := range asks {
		if c.single {
			if _, twice := users[a.user]; twice {
				held = append(held, a)
				continue
			}
			users[a.user] = struct{}{}
		}
		batch = append(batch, a)
	}
	return batch, held
}

// close ends the senders after their batch. Who is still waiting is told Busy.
func (c *combiner) close() {
	close(c.quit)
	c.wg.Wait()
	close(c.done)
}

// errAnswers says that a batch got fewer answers than it asked.
var errAnswers = errors.New("design: answers are missing")
