package admin

import (
	"context"
	"sync"
)

// crew owns the goroutines that a running Server has beside its requests: what goes on after an answer was given. They run until they are done, or until the
// Server stops, which waits for them.
type crew struct {
	mu      sync.Mutex
	ctx     context.Context // of Run; nil before it and after it
	working sync.WaitGroup
}

// begin lets work be taken on until ctx ends.
func (c *crew) begin(ctx context.Context) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ctx = ctx
}

// take does work in a goroutine with the context of Run. It says false, and does nothing, when the Server does not run or is stopping.
func (c *crew) take(work func(ctx context.Context)) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ctx == nil || c.ctx.Err() != nil {
		return false
	}
	ctx := c.ctx
	c.working.Go(func() { work(ctx) })
	return true
}

// end takes on no more and waits for what goes on. The context given to begin must have ended.
func (c *crew) end() {
	c.mu.Lock()
	c.ctx = nil
	c.mu.Unlock()
	c.working.Wait()
}
