// Package load generates load and counts what comes back: closed loops (so many clients, each asks again when it has its
// answer) for capacity, open loops (so many per second, whatever the answers do) for latency. In process or over HTTP/1.1.
//
// Latencies of an open loop count from the planned time of sending, so that a server that stalls cannot hide it by keeping
// the generator waiting. The runtime's timers wake up to 1 ms late on Linux; that counts as latency, for every design alike.
package load

import (
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// Class is what an answer was: "placed", "sold_out", "exists", "already_ordered", "busy", "unknown", … A run should
// know a few dozen at most: each costs a histogram of about 140 KB per shard.
type Class = string

// Error is the class of a request over HTTP that has no answer: the connection broke, could not be dialled, or 30 s went by.
const Error Class = "error"

// Stop ends a run: after a time, after a number of calls, whichever comes first. 0 is no such bound; a run without any
// ends with its context. Calls that are under way are waited for, and counted.
type Stop struct {
	After time.Duration
	Calls int
}

// Result is what a run saw. In open loops Planned = Total() + Dropped, always.
type Result struct {
	Wall    time.Duration                     // from the start to the last answer
	Counts  map[Class]int                     // answers
	Latency map[Class]*hdrhistogram.Histogram // microseconds, 1 µs to 60 s (longer counts as 60 s), 3 digits
	Planned int                               // open loops only: requests whose time came during the run
	Dropped int                               // open loops only: planned and never sent, because nobody was free within 1 s
	Late    int                               // open loops only: sent more than 10 ms late though a client was free: the generator was the bottleneck
	OwnCPU  time.Duration                     // user and system time of this whole process during the run
}

// Total is the number of answers.
func (r Result) Total() int {
	total := 0
	for _, n := range r.Counts {
		total += n
	}
	return total
}

// Rate is the number of answers of these classes per second; of all answers when no class is named.
func (r Result) Rate(classes ...Class) float64 {
	if r.Wall <= 0 {
		return 0
	}
	n := 0
	for _, class := range classes {
		n += r.Counts[class]
	}
	if len(classes) == 0 {
		n = r.Total()
	}
	return float64(n) / r.Wall.Seconds()
}

// Quantile is the latency that the share q (0 to 1) of the answers of these classes did not exceed; of all answers when
// no class is named. It is 0 when there was no such answer.
func (r Result) Quantile(q float64, classes ...Class) time.Duration {
	all := r.merged(classes)
	if all.TotalCount() == 0 {
		return 0
	}
	return time.Duration(all.ValueAtQuantile(100*q)) * time.Microsecond
}

// Mean is the mean latency of the answers of these classes; of all answers when no class is named. It is 0 when there was no such answer.
func (r Result) Mean(classes ...Class) time.Duration {
	all := r.merged(classes)
	if all.TotalCount() == 0 {
		return 0
	}
	return time.Duration(all.Mean() * float64(time.Microsecond))
}

func (r Result) merged(classes []Class) *hdrhistogram.Histogram {
	all := newHistogram()
	if len(classes) == 0 {
		for _, h := range r.Latency {
			all.Merge(h)
		}
	}
	for _, class := range classes {
		if h := r.Latency[class]; h != nil {
			all.Merge(h)
		}
	}
	return all
}
