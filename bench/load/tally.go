package load

import (
	"sync"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

const (
	shortest = time.Microsecond
	longest  = time.Minute // longer counts as this: a histogram must not lose the worst answers

	// mostShards bounds the memory of the histograms, not the clients: thousands of clients share so many shards, and two
	// of them seldom want the same one in the same instant.
	mostShards = 32
)

func newHistogram() *hdrhistogram.Histogram {
	return hdrhistogram.New(shortest.Microseconds(), longest.Microseconds(), 3)
}

// tally collects the answers of a run in shards that are merged at its end.
type tally struct {
	shards  []shard
	started time.Time
	cpu     time.Duration
}

// shard is one part of the tally. With up to mostShards clients each has its own and the lock is never waited for.
type shard struct {
	mu    sync.Mutex
	cells map[Class]*hdrhistogram.Histogram
	late  int
	_     [64]byte // keeps neighbours out of one cache line
}

func newTally(clients int) *tally {
	t := &tally{shards: make([]shard, min(max(clients, 1), mostShards))}
	for i := range t.shards {
		t.shards[i].cells = map[Class]*hdrhistogram.Histogram{}
	}
	t.cpu, t.started = ownCPU(), time.Now()
	return t
}

// shard is where the client with this number records.
func (t *tally) shard(client int) *shard { return &t.shards[client%len(t.shards)] }

func (s *shard) record(class Class, latency time.Duration, late bool) {
	us := min(max(latency, shortest), longest).Microseconds()
	s.mu.Lock()
	defer s.mu.Unlock()
	h := s.cells[class]
	if h == nil {
		h = newHistogram()
		s.cells[class] = h
	}
	_ = h.RecordValue(us) // cannot fail: the value was put in range
	if late {
		s.late++
	}
}

// result ends the run. Nobody may record any more.
func (t *tally) result() Result {
	r := Result{
		Wall:    time.Since(t.started),
		Counts:  map[Class]int{},
		Latency: map[Class]*hdrhistogram.Histogram{},
		OwnCPU:  ownCPU() - t.cpu,
	}
	for i := range t.shards {
		s := &t.shards[i]
		r.Late += s.late
		for class, h := range s.cells {
			r.Counts[class] += int(h.TotalCount())
			if all := r.Latency[class]; all != nil {
				all.Merge(h)
			} else {
				r.Latency[class] = h
			}
		}
	}
	return r
}
