package load

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// client makes the calls of one loop, one at a time.
type client interface {
	// call makes call n and says when it was sent and what the answer was.
	call(ctx context.Context, n int) (sent time.Time, class Class)
	// restore makes the client ready for its next call where the last one broke something.
	restore(ctx context.Context)
}

// inProcess is a client that calls a function.
type inProcess func(ctx context.Context, n int) Class

func (do inProcess) call(ctx context.Context, n int) (time.Time, Class) {
	sent := time.Now()
	return sent, do(ctx, n)
}

func (inProcess) restore(context.Context) {}

// Closed runs so many clients, each of which calls do again as soon as it has its answer. n is 0, 1, 2, …, each given
// once over all clients. Where ctx ends, do must end too: it is waited for.
func Closed(ctx context.Context, clients int, stop Stop, do func(ctx context.Context, n int) Class) Result {
	all := make([]client, max(clients, 1))
	for i := range all {
		all[i] = inProcess(do)
	}
	return closed(ctx, all, stop)
}

func closed(ctx context.Context, clients []client, stop Stop) Result {
	t := newTally(len(clients))
	var next atomic.Int64
	more := func() bool {
		return ctx.Err() == nil && (stop.After <= 0 || time.Since(t.started) < stop.After)
	}
	var all sync.WaitGroup
	for i, c := range clients {
		all.Go(func() {
			s := t.shard(i)
			for more() {
				n := int(next.Add(1) - 1)
				if stop.Calls > 0 && n >= stop.Calls {
					return
				}
				sent, class := c.call(ctx, n)
				s.record(class, time.Since(sent), false)
				c.restore(ctx)
			}
		})
	}
	all.Wait()
	return t.result()
}
