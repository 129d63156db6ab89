package rush

import (
	"fmt"
	"sync"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// row is a line of the latency table.
type row int

const (
	rowAccepted     row = iota // from the planned arrival to the yes, pass and waiting included
	rowRefused                 // from the planned arrival to the final no
	rowReturned                // the same for those who hung up first and came back
	rowPass                    // one request for a pass
	rowPressYes                // one press that was answered yes, from the moment it was due
	rowPressNo                 // the same for no
	rowPressAgain              // the same for "try again"
	rowPressUnknown            // the same for "unknown", and for connections that broke
	rowPay                     // one payment or cancel
	rowSend                    // generator: from due to sent
	rowDispatch                // generator: from the planned arrival to the shopper's first instruction
	rowJournal                 // generator: wait for the journal's sync
	rows
)

// measured is true for the rows that the shop answers for.
func (r row) measured() bool { return r < rowSend }

var rowNames = [rows]string{
	"accepted", "refused", "returned", "pass", "press_yes", "press_no", "press_again", "press_unknown", "pay", "send", "dispatch", "journal",
}

const (
	longest    = 10 * time.Minute // the highest value a histogram can hold
	oddSamples = 5                // how many strange answers are quoted
	lateSend   = 100 * time.Millisecond
)

// tally counts what shoppers see. Every method may be called at once by many.
type tally struct {
	mu    sync.Mutex
	hists [rows]*hdrhistogram.Histogram

	answers      Answers
	retryAfter   spread
	late         int // requests sent more than lateSend after they were due
	sent         int
	slow         int // answers later than allowed
	odd          []string
	signInFailed map[string]int
}

// spread keeps the range of a number.
type spread struct {
	low, high time.Duration
	any       bool
}

func (s *spread) add(d time.Duration) {
	if !s.any || d < s.low {
		s.low = d
	}
	if !s.any || d > s.high {
		s.high = d
	}
	s.any = true
}

func newTally() *tally {
	t := &tally{signInFailed: map[string]int{}}
	for i := range t.hists {
		t.hists[i] = hdrhistogram.New(1, longest.Microseconds(), 3)
	}
	return t
}

// record adds one length of time to a row.
func (t *tally) record(r row, d time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.put(r, d)
}

// put needs the lock. Values out of range are put at the edge: a row must never lose the worst ones.
func (t *tally) put(r row, d time.Duration) {
	us := min(max(d.Microseconds(), 1), longest.Microseconds())
	_ = t.hists[r].RecordValue(us) // cannot fail within the range
}

// request counts one request and its answer.
func (t *tally) request(r row, a *answer, within time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if a.outcome != causeCut { // nobody waited for that answer
		t.put(r, a.got-a.due)
	}
	t.put(rowSend, a.sent-a.due)
	t.sent++
	if a.sent-a.due > lateSend {
		t.late++
	}
	if a.outcome != causeCut && a.outcome != causeRefused && a.got-a.sent > within {
		t.slow++
	}
	t.word(a)
}

// word counts what the answer said. It needs the lock.
func (t *tally) word(a *answer) {
	switch {
	case a.outcome == causeCut: // our own doing
	case a.outcome == causeLost:
		t.answers.Lost++
	case a.outcome == causeRefused:
		t.answers.NotConnected++
	case a.outcome == "busy":
		t.answers.Busy++
	case a.class == unknown:
		t.answers.Unknown++
	case a.outcome == "not_open":
		t.answers.NotOpen++
	case a.outcome == "too_late":
		t.answers.TooLate++
	}
	if a.tryAgain() {
		t.answers.TryAgain++
		if a.noWait {
			t.answers.WithoutRetryAfter++
		} else {
			t.retryAfter.add(a.wait)
		}
	}
	if a.odd {
		t.answers.Odd++
		if len(t.odd) < oddSamples {
			t.odd = append(t.odd, a.oddText)
		}
	}
}

// strange marks an answer that the contract does not know.
func (a *answer) strange(format string, args ...any) {
	a.odd = true
	a.oddText = fmt.Sprintf(format, args...)
}

func (t *tally) signInFail(why string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.signInFailed[why]++
}

// latencies gives the rows of the table that have anything in them.
func (t *tally) latencies() []Latency {
	t.mu.Lock()
	defer t.mu.Unlock()
	var all []Latency
	for r := range rows {
		if h := t.hists[r]; r.measured() && h.TotalCount() > 0 {
			all = append(all, latency(rowNames[r], h))
		}
	}
	return all
}

func latency(name string, h *hdrhistogram.Histogram) Latency {
	ms := func(us int64) float64 { return float64(us) / 1000 }
	return Latency{
		Name: name, Count: h.TotalCount(),
		P50: ms(h.ValueAtQuantile(50)), P99: ms(h.ValueAtQuantile(99)), P999: ms(h.ValueAtQuantile(99.9)), Max: ms(h.Max()),
	}
}

// p99 of a row in milliseconds.
func (t *tally) p99(r row) float64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	return float64(t.hists[r].ValueAtQuantile(99)) / 1000
}
