package room

import (
	"context"
	"errors"
	"time"

	"doorbuster/store"
)

// Reading is a sale as it was read together. It is never changed after it was handed out.
type Reading struct {
	Room    store.Room
	Sale    store.ShownSale // the equation, in one snapshot of its own: read beside the rest, and less often where it costs more; zero: not yet
	Answers []store.AnswerCount
	Away    bool // the database did not answer: all of it is old

	// Of the last two minutes, oldest first: at most Points each.
	Orders, Refused []float64 // a second
	Left, Waiting   []float64
}

// Points is how many points a line of a Reading has at most.
const Points = 120

// How long the equation may cost before it is read less often, and how often then.
const (
	cheap     = 50 * time.Millisecond
	slowPace  = 5 * time.Second
	slowShare = 20 // of the time of one connection: what it costs, times this, is the least pause
	slowest   = 30 * time.Second
)

// window is over how long a rate is taken: nodes report once a second, each at its own instant.
const window = 5 * time.Second

// Yes says whether an answer to a press is no refusal: it was placed, or had been placed before.
func Yes(o store.Outcome) bool { return o == store.Placed || o == store.Exists }

// Reader reads one sale again and again, all but its equation. It is for one goroutine.
type Reader struct {
	source Source
	by     store.Actor
	sale   uint64

	last  Reading
	known bool

	settled      map[store.Outcome]uint64 // answers of minutes that get no more
	settledUntil time.Time                // the first minute that is not in it
	samples      []sample
}

// sample is what rates are taken of.
type sample struct {
	at             time.Time
	placed, others uint64
}

// NewReader makes a Reader that reads as by.
func NewReader(source Source, by store.Actor, sale uint64) *Reader {
	return &Reader{source: source, by: by, sale: sale, settled: map[store.Outcome]uint64{}}
}

// Read reads the sale. When the database does not answer, what was read last comes back, marked as old. An error
// comes back only when there is nothing to show: nothing was read before, or there is no such sale (any more).
func (r *Reader) Read(ctx context.Context) (*Reading, error) {
	next, err := r.read(ctx)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return nil, err
	case err != nil && (!r.known || errors.Is(err, context.Canceled)):
		return nil, err
	case err != nil:
		next = r.last
		next.Away = true
		return &next, nil
	}
	r.last, r.known = next, true
	return &next, nil
}

func (r *Reader) read(ctx context.Context) (next Reading, err error) {
	next = r.last
	next.Away = false
	if next.Room, err = r.source.ShowRoom(ctx, r.by, r.sale); err != nil {
		return next, err
	}
	if next.Answers, err = r.answers(ctx, next.Room.DatabaseTime); err != nil {
		return next, err
	}
	r.draw(&next)
	return next, nil
}

// pace is how long the equation is not read again after a reading that took so long.
func pace(cost time.Duration) time.Duration {
	if cost <= cheap {
		return 0
	}
	return min(max(slowPace, slowShare*cost), slowest)
}

// answers counts all answers of the sale. Minutes that get no more are added up once and remembered, so that a sale of a week costs no more than one
// of a minute.
func (r *Reader) answers(ctx context.Context, now time.Time) ([]store.AnswerCount, error) {
	until := now.Truncate(time.Minute).Add(-time.Minute) // a report that began in the minute before may still come in
	if until.After(r.settledUntil) {
		counts, err := r.source.CountAnswers(ctx, r.by, r.sale, r.settledUntil, until)
		if err != nil {
			return nil, err
		}
		for _, c := range counts {
			r.settled[c.Outcome] += c.Answers
		}
		r.settledUntil = until
	}
	counts, err := r.source.CountAnswers(ctx, r.by, r.sale, r.settledUntil, time.Time{})
	if err != nil {
		return nil, err
	}
	fresh := map[store.Outcome]uint64{}
	for _, c := range counts {
		fresh[c.Outcome] = c.Answers
	}
	var all []store.AnswerCount
	for _, o := range store.PressAnswers {
		if n := r.settled[o] + fresh[o]; n > 0 {
			all = append(all, store.AnswerCount{Outcome: o, Answers: n})
		}
	}
	return all, nil
}

// draw adds a point to each line.
func (r *Reader) draw(next *Reading) {
	now := sample{at: next.Room.DatabaseTime}
	for _, a := range next.Answers {
		switch {
		case a.Outcome == store.Placed:
			now.placed += a.Answers
		case !Yes(a.Outcome):
			now.others += a.Answers
		}
	}
	for len(r.samples) > 1 && now.at.Sub(r.samples[1].at) >= window {
		r.samples = r.samples[1:]
	}
	var orders, refused float64
	if len(r.samples) > 0 {
		before := r.samples[0]
		if seconds := now.at.Sub(before.at).Seconds(); seconds > 0 && now.placed >= before.placed && now.others >= before.others {
			orders, refused = float64(now.placed-before.placed)/seconds, float64(now.others-before.others)/seconds
		}
	}
	r.samples = append(r.samples, now)
	next.Orders, next.Refused = added(next.Orders, orders), added(next.Refused, refused)
	next.Left, next.Waiting = added(next.Left, float64(next.Room.UnitsAvailable)), added(next.Waiting, float64(next.Room.Waiting))
}

// added is a line with one more point. The one it is made of stays as it is: somebody may be drawing it.
func added(line []float64, point float64) []float64 {
	if len(line) >= Points {
		line = line[len(line)-Points+1:]
	}
	longer := make([]float64, 0, len(line)+1)
	return append(append(longer, line...), point)
}
