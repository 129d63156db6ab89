package admin

import (
	"context"
	"encoding/json"
	"errors"
	"sync"
	"time"

	"doorbuster/store"
)

// Rehearser plays rehearsals: a copy of a sale, in a shop and a database of its own, that a crowd of simulated shoppers rushes at.
type Rehearser interface {
	// Rehearse plays one and returns what came of it. tell hears which phase it is and how far: done of total, of which 0 means that nobody knows. It ends soon
	// after ctx does. Nothing that belongs to the real shop is touched, and nothing is left behind.
	Rehearse(ctx context.Context, play Play, tell func(phase string, done, total int)) (RehearsalReport, error)
}

// Play is what a Rehearser plays.
type Play struct {
	Sale     store.NewSale // opens when the Rehearser is ready; its times are not read
	Items    []store.NewItem
	Wanted   int // index in Items of the item that everybody wants
	Shoppers int
	Arrive   time.Duration // the time over which they come
}

// Troubles of a rehearsal that has failed, as they stand in the database and on the page.
var (
	ErrSameServer    = errors.New("same_server")    // the rehearsal's database is on the server of the real one
	ErrRehearsalAway = errors.New("rehearsal_away") // the rehearsal's server cannot be reached, or does not let us in
)

// troubleOf is the one word for why a rehearsal has failed; the log has the whole story.
func troubleOf(err error) string {
	for _, known := range []error{ErrSameServer, ErrRehearsalAway} {
		if errors.Is(err, known) {
			return known.Error()
		}
	}
	return "failed"
}

// RehearsalReport is what came of a rehearsal. Its JSON form is kept. Times are milliseconds.
type RehearsalReport struct {
	Verdict   string             `json:"verdict"` // clean, not_clean or not_proved
	Shoppers  int                `json:"shoppers"`
	Units     int                `json:"units"`
	Took      float64            `json:"took_ms"`
	Accepted  int                `json:"accepted"`
	Paid      int                `json:"paid"`
	Refused   map[string]int     `json:"refused"` // by outcome
	GaveUp    int                `json:"gave_up"`
	InDoubt   int                `json:"in_doubt"`
	NotSent   int                `json:"not_sent"`
	SoldOut   *float64           `json:"sold_out_ms,omitempty"`
	PerCommit float64            `json:"orders_per_commit,omitempty"`
	Busy      bool               `json:"generator_was_the_bottleneck"`
	Latency   []RehearsalLatency `json:"latency"`
	Checks    []RehearsalCheck   `json:"checks"`
	Picture   string             `json:"-"` // SVG
}

// RehearsalLatency is how long a sort of answer took, from the arrival.
type RehearsalLatency struct {
	Name  string  `json:"name"`
	Count int64   `json:"count"`
	P50   float64 `json:"p50_ms"`
	P99   float64 `json:"p99_ms"`
	Max   float64 `json:"max_ms"`
}

// RehearsalCheck is a promise, held against what happened.
type RehearsalCheck struct {
	Name   string `json:"name"`
	Result string `json:"result"` // ok, failed, not_proved, does_not_apply
	Detail string `json:"detail"`
}

// noteEvery is how often the database hears of a rehearsal that runs, and says whether it is still wanted. After 30 seconds of silence it is given up.
const noteEvery = time.Second

// endTime bounds the writing down of what came of a rehearsal, also while the console stops.
const endTime = 5 * time.Second

// rehearsal is one that this process plays.
type rehearsal struct {
	server *Server
	id     uint64
	plan   store.RehearsalPlan
	by     store.Actor

	mu          sync.Mutex
	phase       string
	done, total int
}

// tell remembers how far it is; the next note tells the database.
func (p *rehearsal) tell(phase string, done, total int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.phase, p.done, p.total = phase, done, total
}

func (p *rehearsal) told() (phase string, done, total int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.phase, p.done, p.total
}

// errUnwanted ends a rehearsal that staff have stopped, or that was given up or deleted meanwhile.
var errUnwanted = errors.New("the rehearsal is not wanted any more")

// run plays the rehearsal and writes down what came of it.
func (p *rehearsal) run(ctx context.Context) {
	log := p.server.cfg.Log.With("rehearsal", p.id)
	playing, stop := context.WithCancelCause(ctx)
	var noting sync.WaitGroup
	noting.Go(func() { p.note(playing, stop) })
	report, err := p.play(playing)
	stop(nil)
	noting.Wait()

	end := store.RehearsalEnd{State: "done", Verdict: report.Verdict, Picture: report.Picture}
	switch unwanted := errors.Is(context.Cause(playing), errUnwanted); {
	case err != nil && (unwanted || ctx.Err() != nil): // staff stopped it, or the console stops
		end = store.RehearsalEnd{State: "stopped"}
	case err != nil:
		log.Error("a rehearsal has failed", "error", err)
		end = store.RehearsalEnd{State: "failed", Trouble: troubleOf(err)}
	default:
		text, err := json.Marshal(report)
		if err != nil { // a number that JSON has no word for
			log.Error("a report cannot be written", "error", err)
			end = store.RehearsalEnd{State: "failed", Trouble: troubleOf(err)}
		}
		end.Report = string(text)
	}
	ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), endTime)
	defer cancel()
	if _, err := p.server.store.EndRehearsal(ending, p.id, end); err != nil {
		log.Error("what came of a rehearsal could not be written down", "state", end.State, "verdict", end.Verdict, "error", err)
	}
}

// note tells the database every second how far it is, until ctx ends, and stops the rehearsal when it is not wanted any more. A database that is away is
// asked again: the rehearsal goes on without it.
func (p *rehearsal) note(ctx context.Context, stop context.CancelCauseFunc) {
	tick := time.NewTicker(noteEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		phase, done, total := p.told()
		if outcome, err := p.server.store.NoteRehearsal(ctx, p.id, phase, done, total); err == nil && outcome != store.Noted {
			stop(errUnwanted)
			return
		}
	}
}

// play copies the sale and has it played.
func (p *rehearsal) play(ctx context.Context) (RehearsalReport, error) {
	play, err := p.copySale(ctx)
	if err != nil {
		return RehearsalReport{}, err
	}
	return p.server.cfg.Rehearser.Rehearse(ctx, play, p.tell)
}

// copySale reads the sale as it stands now, with the units that its items were allotted.
func (p *rehearsal) copySale(ctx context.Context) (play Play, err error) {
	s := p.server.store
	sale, err := s.ShowSale(ctx, p.by, p.plan.Sale)
	if err != nil {
		return play, err
	}
	play = Play{
		Sale:   store.NewSale{Title: sale.Title, Description: sale.Description, TimeZone: sale.TimeZone, TakesPayment: sale.TakesPayment},
		Wanted: -1, Shoppers: p.plan.Shoppers, Arrive: time.Duration(p.plan.Seconds) * time.Second,
	}
	for after := 0; ; {
		items, err := s.ListSaleItems(ctx, p.by, p.plan.Sale, after, itemsPerPage)
		if err != nil {
			return play, err
		}
		for _, i := range items {
			if i.ID == p.plan.Item && i.UnitsAllotted > 0 {
				play.Wanted = len(play.Items)
			}
			if i.UnitsAllotted > 0 { // one without units is on nobody's way
				play.Items = append(play.Items, copyItem(i))
			}
		}
		if len(items) < itemsPerPage {
			break
		}
		after = items[len(items)-1].Position
	}
	if play.Wanted < 0 {
		return play, errors.New("the item was removed meanwhile, or has no units any more")
	}
	return play, nil
}

func copyItem(i store.ShownItem) store.NewItem {
	return store.NewItem{
		SKU: i.SKU, Title: i.Title, PriceCents: i.PriceCents, ListPriceCents: i.ListPriceCents, Currency: i.Currency,
		Units: int(i.UnitsAllotted), LimitPerUser: i.LimitPerUser, HoldMinutes: i.HoldMinutes, Shards: i.Shards,
	}
}
