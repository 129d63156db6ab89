package load

import (
	"math"
	"sync"
	"time"
)

const (
	// tooOld is how long a planned request waits for a free client. A shopper's second thoughts begin about here; without
	// a bound, the queue of a server that is too slow would grow for as long as the run lasts.
	tooOld = time.Second
	// lateSend is how late a free client may send before the generator is to blame.
	lateSend = 10 * time.Millisecond
)

// schedule plans one request every 1/rate seconds from the start on. Times are since the start of the run.
type schedule struct {
	rate  float64 // per second
	limit int     // requests in all

	mu   sync.Mutex
	next int
	cut  time.Duration // when the run was cut short; 0: it was not
}

// newSchedule plans nothing when perSecond is not above 0. Rates over a million a second are no rates of requests; the
// bound keeps the arithmetic exact.
func newSchedule(perSecond float64, stop Stop) *schedule {
	s := &schedule{rate: min(perSecond, 1e6), limit: math.MaxInt}
	if !(perSecond > 0) {
		s.rate, s.limit = 1, 0
	}
	if stop.Calls > 0 {
		s.limit = min(s.limit, stop.Calls)
	}
	if stop.After > 0 {
		s.limit = min(s.limit, s.firstFrom(stop.After))
	}
	return s
}

// at is the planned time of request n.
func (s *schedule) at(n int) time.Duration {
	return time.Duration(float64(n) / s.rate * float64(time.Second))
}

// firstFrom is the first request that is planned at d or later. The little less makes up for rounding.
func (s *schedule) firstFrom(d time.Duration) int {
	return max(0, int(math.Ceil(d.Seconds()*s.rate-1e-6)))
}

// take gives the next request and its planned time to a client that is free now; false: there is none any more.
// Requests that waited too long are passed over.
func (s *schedule) take(now time.Duration) (n int, planned time.Duration, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if now > tooOld {
		s.next = max(s.next, min(s.firstFrom(now-tooOld), s.limit))
	}
	if s.next >= s.limit || s.cut > 0 {
		return 0, 0, false
	}
	n = s.next
	s.next++
	return n, s.at(n), true
}

// end cuts the run short: what is planned later is not planned any more.
func (s *schedule) end(now time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cut = max(now, 1)
}

// planned is how many requests came due during the run, of which so many were sent. None is lost: what came due and was
// not sent is dropped, whether it was passed over or still waited when the run ended.
func (s *schedule) planned(sent int) (planned, dropped int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	planned = s.limit
	if s.cut > 0 {
		planned = max(sent, min(s.limit, s.firstFrom(s.cut)))
	}
	return planned, planned - sent
}
