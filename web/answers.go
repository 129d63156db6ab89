package web

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"doorbuster/store"
)

// answers counts how presses were answered, by sale, until that is reported. Who presses pays two lookups and an addition for it; everything else
// is done once a second by report. Not counted: presses for items that the last reading of the store does not know (the sale is long over), and
// what is refused before it is known which item is meant (an address that asks too often).
type answers struct {
	store *store.Store
	node  uuid.UUID
	mu    sync.Mutex                            // of who replaces sales
	sales atomic.Pointer[map[uint64]*answerRow] // never changed, only replaced; no more of them than Live has
}

// answerRow counts the answers of one sale, in the order of store.PressAnswers.
type answerRow [21]atomic.Uint64

// answerAt is the place of each answer in a row.
var answerAt = func() map[store.Outcome]int {
	at := map[store.Outcome]int{}
	for i, o := range store.PressAnswers {
		at[o] = i
	}
	return at
}()

func newAnswers(st *store.Store) *answers {
	c := &answers{store: st, node: uuid.New()}
	c.sales.Store(&map[uint64]*answerRow{})
	return c
}

// count counts an answer to a press for an item. It never waits, but for the first press of a sale.
func (c *answers) count(item uint64, outcome store.Outcome) {
	stock, known := c.store.Live().Items[item]
	at, counted := answerAt[outcome]
	if !known || !counted {
		return
	}
	row := (*c.sales.Load())[stock.SaleID]
	if row == nil {
		row = c.add(stock.SaleID)
	}
	row[at].Add(1)
}

// refused counts what a press was refused with before it was decided; another error is no answer.
func (c *answers) refused(item uint64, err error) {
	var v *refusal
	if errors.As(err, &v) {
		c.count(item, store.Outcome(v.Outcome))
	}
}

// add makes the row of a sale.
func (c *answers) add(sale uint64) *answerRow {
	c.mu.Lock()
	defer c.mu.Unlock()
	old := *c.sales.Load()
	if row := old[sale]; row != nil {
		return row
	}
	row := &answerRow{}
	grown := make(map[uint64]*answerRow, len(old)+1)
	live := c.store.Live()
	for id, r := range old {
		if _, on := live.Sales[id]; on { // one that is not was reported long ago
			grown[id] = r
		}
	}
	grown[sale] = row
	c.sales.Store(&grown)
	return row
}

// take empties the rows and returns what was in them.
func (c *answers) take() []store.SaleAnswers {
	var taken []store.SaleAnswers
	for sale, row := range *c.sales.Load() {
		for i := range row {
			if n := row[i].Swap(0); n > 0 {
				taken = append(taken, store.SaleAnswers{Sale: sale, Outcome: store.PressAnswers[i], N: n})
			}
		}
	}
	return taken
}

// putBack returns what could not be reported: nothing of it was counted.
func (c *answers) putBack(taken []store.SaleAnswers) {
	rows := *c.sales.Load()
	for _, t := range taken {
		if row := rows[t.Sale]; row != nil {
			row[answerAt[t.Outcome]].Add(t.N)
		}
	}
}

// How often is reported: each second while there is something to say, and now and then that this node is there.
const (
	reportEvery = time.Second
	reportIdle  = 5 * time.Second
	reportTime  = 2 * time.Second // for one report
)

// run reports until ctx ends, and once more then.
func (c *answers) run(ctx context.Context) {
	tick := time.NewTicker(reportEvery)
	defer tick.Stop()
	r := reporter{answers: c}
	for {
		select {
		case <-tick.C:
			r.report(ctx)
		case <-ctx.Done():
			r.report(context.WithoutCancel(ctx))
			return
		}
	}
}

// reporter remembers what was reported last.
type reporter struct {
	*answers
	last store.PurchaseLoad
	at   time.Time
}

// report tells the database what has happened since the report before. What cannot be told now is told with the next one, unless nobody knows whether
// it was counted: then it is lost.
func (r *reporter) report(ctx context.Context) {
	load := r.store.PurchaseLoad()
	taken := r.take()
	if len(taken) == 0 && load == r.last && time.Since(r.at) < reportIdle {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, reportTime)
	defer cancel()
	since := load
	since.Batches, since.BatchOrders = load.Batches-r.last.Batches, load.BatchOrders-r.last.BatchOrders
	for first := true; first || len(taken) > 0; first = false {
		part := taken[:min(len(taken), store.MaxAnswers)]
		if err := r.store.ReportAnswers(ctx, r.node, since, part); err != nil {
			r.failed(taken, part, err)
			return
		}
		taken = taken[len(part):]
	}
	r.last, r.at = load, time.Now()
}

// failed keeps what was certainly not counted. An outage is not logged here: the store says it.
func (r *reporter) failed(taken, part []store.SaleAnswers, err error) {
	var busy *store.BusyError
	if errors.As(err, &busy) {
		r.putBack(taken)
		return
	}
	r.putBack(taken[len(part):])
}
