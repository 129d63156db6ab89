package load

import (
	"context"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestScheduleLimit(t *testing.T) {
	for _, c := range []struct {
		rate  float64
		stop  Stop
		limit int
	}{
		{1000, Stop{After: time.Second}, 1000},
		{100, Stop{After: 70 * time.Millisecond}, 7}, // 0.07 * 100 is a little more than 7
		{100, Stop{After: 71 * time.Millisecond}, 8}, // the eighth is planned at 70 ms
		{1000, Stop{After: time.Second, Calls: 5}, 5},
		{10, Stop{After: time.Second, Calls: 500}, 10},
		{0, Stop{Calls: 10}, 0},
		{-1, Stop{Calls: 10}, 0},
	} {
		if got := newSchedule(c.rate, c.stop).limit; got != c.limit {
			t.Errorf("%v/s, %+v: %d planned, want %d", c.rate, c.stop, got, c.limit)
		}
	}
}

// TestScheduleLosesNothing takes requests at random times: each number comes once, in order, none before or long after its
// time, and what was passed over is exactly what became too old.
func TestScheduleLosesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		stop := Stop{Calls: rapid.IntRange(1, 5000).Draw(t, "calls")}
		s := newSchedule(rapid.Float64Range(1, 5000).Draw(t, "rate"), stop)
		var now time.Duration
		sent, last := 0, -1
		for range rapid.IntRange(0, 200).Draw(t, "takes") {
			now += time.Duration(rapid.IntRange(0, 400_000).Draw(t, "µs")) * time.Microsecond
			n, planned, ok := s.take(now)
			if !ok {
				break
			}
			for missed := last + 1; missed < n; missed++ {
				if now-s.at(missed) < tooOld-time.Microsecond {
					t.Fatalf("%d was passed over at %v, planned at %v", missed, now, s.at(missed))
				}
			}
			if n <= last || now-planned > tooOld+time.Microsecond {
				t.Fatalf("took %d (planned at %v) after %d at %v", n, planned, last, now)
			}
			last = n
			sent++
		}
		s.end(now)
		planned, dropped := s.planned(sent)
		if planned != sent+dropped || dropped < 0 || planned > stop.Calls {
			t.Fatalf("%d planned, %d sent, %d dropped of %d", planned, sent, dropped, stop.Calls)
		}
	})
}

func TestOpenPlansNothing(t *testing.T) {
	r := Open(t.Context(), 0, Stop{}, 3, func(context.Context, int) Class { return "ok" })
	if r.Planned != 0 || r.Total() != 0 {
		t.Errorf("without a rate: %+v", r)
	}
	r = OpenHTTP(t.Context(), nil, 1000, Stop{Calls: 10}, nil, nil)
	if r.Planned != 0 || r.Total() != 0 {
		t.Errorf("without connections: %+v", r)
	}
}
