package load

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// onceEach checks that do was called once for each of the first n numbers and no other.
type onceEach struct {
	seen  []atomic.Int32
	other atomic.Int32
}

func newOnceEach(n int) *onceEach { return &onceEach{seen: make([]atomic.Int32, n)} }

func (o *onceEach) add(n int) {
	if n < 0 || n >= len(o.seen) {
		o.other.Add(1)
		return
	}
	o.seen[n].Add(1)
}

// check returns how many came, and complains about those that came twice.
func (o *onceEach) check(t *testing.T) (came int) {
	t.Helper()
	for n := range o.seen {
		if k := o.seen[n].Load(); k > 1 {
			t.Errorf("%d came %d times", n, k)
		} else if k == 1 {
			came++
		}
	}
	if k := o.other.Load(); k > 0 {
		t.Errorf("%d calls have a number out of range", k)
	}
	return came
}

func TestClosedCalls(t *testing.T) {
	const calls = 10_000
	once := newOnceEach(calls)
	r := Closed(t.Context(), 50, Stop{Calls: calls}, func(_ context.Context, n int) Class {
		once.add(n)
		if n%4 == 0 {
			return "placed"
		}
		return "sold_out"
	})
	if came := once.check(t); came != calls {
		t.Errorf("%d calls came, want %d", came, calls)
	}
	if r.Counts["placed"] != calls/4 || r.Counts["sold_out"] != calls*3/4 || r.Total() != calls {
		t.Errorf("counts %v", r.Counts)
	}
	for class, n := range r.Counts {
		if got := r.Latency[class].TotalCount(); got != int64(n) {
			t.Errorf("%s: %d latencies of %d answers", class, got, n)
		}
	}
	if r.Planned != 0 || r.Dropped != 0 || r.Late != 0 {
		t.Errorf("a closed loop plans nothing: %+v", r)
	}
}

// TestClosedAfter runs on a clock of its own: 4 clients, 10 ms a call, no new call after 95 ms.
func TestClosedAfter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := Closed(t.Context(), 4, Stop{After: 95 * time.Millisecond}, func(context.Context, int) Class {
			time.Sleep(10 * time.Millisecond)
			return "ok"
		})
		if r.Total() != 40 || r.Wall != 100*time.Millisecond || r.Rate() != 400 || r.Rate("ok", "none") != 400 || r.Rate("none") != 0 {
			t.Errorf("%d answers in %v, %v/s", r.Total(), r.Wall, r.Rate())
		}
		if q := r.Quantile(0.5, "ok"); q.Round(100*time.Microsecond) != 10*time.Millisecond {
			t.Errorf("p50 %v", q)
		}
		if q := r.Quantile(0.5, "none"); q != 0 {
			t.Errorf("p50 of nothing is %v", q)
		}
	})
}

func TestClosedEndsWithContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	r := Closed(ctx, 3, Stop{}, func(_ context.Context, n int) Class {
		if n == 100 {
			cancel()
		}
		return "ok"
	})
	if n := r.Counts["ok"]; n < 101 {
		t.Errorf("%d answers, the context ended at the 101st", n)
	}
}

// TestOpenSteady: who answers at once gets every request at its time, from two clients: one calls, one watches the plan.
func TestOpenSteady(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const calls = 1000
		once := newOnceEach(calls)
		start := time.Now()
		workers := 0
		plan := newSchedule(1000, Stop{Calls: calls})
		r := open(t.Context(), plan, 1, 50, func(int) client {
			workers++
			return inProcess(func(_ context.Context, n int) Class {
				once.add(n)
				if at := time.Since(start); at != time.Duration(n)*time.Millisecond {
					t.Errorf("call %d came at %v", n, at)
				}
				return "ok"
			})
		})
		if came := once.check(t); came != calls || r.Total() != calls || r.Planned != calls || r.Dropped != 0 || r.Late != 0 {
			t.Errorf("%d came; total %d, planned %d, dropped %d, late %d", came, r.Total(), r.Planned, r.Dropped, r.Late)
		}
		if workers > 2 {
			t.Errorf("%d workers for calls that take no time", workers)
		}
	})
}

// TestOpenStall is the test of coordinated omission. 1,000 a second for 5 s, one at a time, and the first takes 3 s: what
// was planned in its first 2 s is too old then (1,999 requests), what was planned in its last second is sent late, and the
// wait counts as latency: 501 of those sent waited for half a second or more, beside the stalled one.
func TestOpenStall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		once := newOnceEach(5000)
		r := Open(t.Context(), 1000, Stop{After: 5 * time.Second}, 1, func(_ context.Context, n int) Class {
			once.add(n)
			if n == 0 {
				time.Sleep(3 * time.Second)
			}
			return "ok"
		})
		if came := once.check(t); came != 3001 || r.Total() != 3001 || r.Planned != 5000 || r.Dropped != 1999 {
			t.Errorf("%d came; total %d, planned %d, dropped %d", came, r.Total(), r.Planned, r.Dropped)
		}
		if r.Late != 0 {
			t.Errorf("%d late: nobody was free", r.Late)
		}
		slow := int64(0)
		for _, bar := range r.Latency["ok"].Distribution() {
			if bar.To >= (500 * time.Millisecond).Microseconds() {
				slow += bar.Count
			}
		}
		if slow != 502 {
			t.Errorf("%d answers took half a second from their planned time, want 502", slow)
		}
	})
}

// TestOpenBound: no more than mostOutstanding at once; who waits is neither lost nor sent twice.
func TestOpenBound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const calls, most = 20, 3
		var running, highest atomic.Int32
		once := newOnceEach(calls)
		release := make(chan struct{})
		results := make(chan Result)
		go func() {
			results <- Open(t.Context(), 1000, Stop{Calls: calls}, most, func(_ context.Context, n int) Class {
				once.add(n)
				highest.Store(max(highest.Load(), running.Add(1)))
				<-release
				running.Add(-1)
				return "ok"
			})
		}()
		time.Sleep(100 * time.Millisecond) // of the test's own clock: every call is due
		synctest.Wait()
		if n := running.Load(); n != most {
			t.Errorf("%d run at once, want %d", n, most)
		}
		close(release)
		r := <-results
		if came := once.check(t); came != calls || r.Total() != calls || r.Planned != calls || r.Dropped != 0 {
			t.Errorf("%d came; total %d, planned %d, dropped %d", came, r.Total(), r.Planned, r.Dropped)
		}
		if n := highest.Load(); n != most {
			t.Errorf("%d ran at once, want %d", n, most)
		}
	})
}

// TestOpenEndsWithContext: what came due before the end counts as planned, what was to come later does not.
func TestOpenEndsWithContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond+500*time.Microsecond)
		defer cancel()
		r := Open(ctx, 1000, Stop{}, 2, func(ctx context.Context, _ int) Class {
			<-ctx.Done()
			time.Sleep(time.Second) // who is slow to end changes nothing
			return "cut"
		})
		if r.Counts["cut"] != 2 || r.Planned != 101 || r.Dropped != 99 {
			t.Errorf("counts %v, planned %d, dropped %d", r.Counts, r.Planned, r.Dropped)
		}
	})
}

func TestQuantileOverClasses(t *testing.T) {
	tally := newTally(3)
	for i := range 100 {
		tally.shard(i).record("fast", time.Millisecond, false)
		tally.shard(i).record("slow", time.Second, true)
	}
	tally.shard(0).record("endless", time.Hour, false)
	r := tally.result()
	if r.Late != 100 || r.Counts["fast"] != 100 || r.Counts["slow"] != 100 || r.Total() != 201 {
		t.Errorf("late %d, counts %v", r.Late, r.Counts)
	}
	for _, c := range []struct {
		q       float64
		classes []Class
		want    time.Duration
	}{
		{0.99, []Class{"fast"}, time.Millisecond},
		{0.4, []Class{"fast", "slow"}, time.Millisecond},
		{0.6, []Class{"fast", "slow"}, time.Second},
		{0.9, nil, time.Second},
		{1, nil, time.Minute}, // longer counts as this, and is not lost
	} {
		got := r.Quantile(c.q, c.classes...)
		if off := got - c.want; off.Abs() > c.want/500 {
			t.Errorf("quantile %v of %v is %v, want %v", c.q, c.classes, got, c.want)
		}
	}
	all := (100*time.Millisecond + 100*time.Second + time.Minute) / 201
	for _, c := range []struct {
		classes []Class
		want    time.Duration
	}{{[]Class{"fast"}, time.Millisecond}, {[]Class{"fast", "slow"}, 500_500 * time.Microsecond}, {nil, all}, {[]Class{"none"}, 0}} {
		if got := r.Mean(c.classes...); (got - c.want).Abs() > c.want/500 {
			t.Errorf("the mean of %v is %v, want %v", c.classes, got, c.want)
		}
	}
}
