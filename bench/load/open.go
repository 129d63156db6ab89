package load

import (
	"context"
	"sync"
	"time"
)

// Open calls do perSecond times a second, evenly, however long the answers take, with at most mostOutstanding calls under
// way. A call for which nobody is free within 1 s of its planned time is dropped. The calls are made by a pool that grows
// when nobody in it is free. Where ctx ends, do must end too: it is waited for.
func Open(ctx context.Context, perSecond float64, stop Stop, mostOutstanding int, do func(ctx context.Context, n int) Class) Result {
	most := max(mostOutstanding, 1)
	return open(ctx, newSchedule(perSecond, stop), 1, most, func(int) client { return inProcess(do) })
}

// crew is the clients of an open loop. They all follow one schedule.
type crew struct {
	plan      *schedule
	tally     *tally
	most      int
	newClient func(i int) client
	all       sync.WaitGroup

	mu   sync.Mutex
	size int
	free int // clients that are not in a call
}

// open runs the schedule with first clients at once and up to most when they are needed.
func open(ctx context.Context, plan *schedule, first, most int, newClient func(i int) client) Result {
	c := &crew{plan: plan, tally: newTally(most), most: most, newClient: newClient}
	for range first {
		c.hire(ctx)
	}
	// The plan is cut at the moment when the context ends, not when a client that waits for an answer comes to see it.
	done := stopWatch(ctx, func() { plan.end(c.now()) })
	c.all.Wait()
	done()
	r := c.tally.result()
	r.Planned, r.Dropped = plan.planned(r.Total())
	return r
}

// stopWatch runs cut if ctx ends before the returned function is called, which waits for it.
func stopWatch(ctx context.Context, cut func()) (done func()) {
	finished := make(chan struct{})
	var watch sync.WaitGroup
	watch.Go(func() {
		select {
		case <-ctx.Done():
		case <-finished:
		}
		if ctx.Err() != nil { // also where both came at once: the clients may have left because of it
			cut()
		}
	})
	return func() {
		close(finished)
		watch.Wait()
	}
}

func (c *crew) now() time.Duration { return time.Since(c.tally.started) }

// hire adds a client. Only open and clients of the crew call it, so that the group never waits at zero meanwhile.
func (c *crew) hire(ctx context.Context) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.size == c.most {
		return
	}
	i := c.size
	c.size++
	c.free++
	c.all.Go(func() { c.work(ctx, c.newClient(i), c.tally.shard(i)) })
}

// busy is called when a client goes into a call: if it was the last free one, somebody else must watch the plan.
func (c *crew) busy(ctx context.Context) {
	c.mu.Lock()
	c.free--
	alone := c.free == 0
	c.mu.Unlock()
	if alone {
		c.hire(ctx)
	}
}

func (c *crew) back() {
	c.mu.Lock()
	c.free++
	c.mu.Unlock()
}

// work is the life of one client: take the next request, wait for its time, send it, count the answer.
func (c *crew) work(ctx context.Context, cl client, s *shard) {
	alarm := time.NewTimer(0)
	defer alarm.Stop()
	for {
		free := c.now() // from here on a late request is the generator's fault
		n, planned, ok := c.plan.take(free)
		if !ok || !c.wait(ctx, alarm, planned) {
			return
		}
		if c.now()-planned > tooOld {
			continue // the generator itself was not running for so long
		}
		c.busy(ctx)
		at, class := cl.call(ctx, n)
		answered, sent := c.now(), at.Sub(c.tally.started)
		s.record(class, answered-planned, sent-max(planned, free) > lateSend)
		cl.restore(ctx)
		c.back()
	}
}

// wait waits for the planned time. It says false when ctx ended first.
func (c *crew) wait(ctx context.Context, alarm *time.Timer, planned time.Duration) bool {
	if d := planned - c.now(); d > 0 {
		alarm.Reset(d)
		select {
		case <-alarm.C:
		case <-ctx.Done():
		}
	}
	return ctx.Err() == nil
}
