package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"time"

	"doorbuster/bench/design"
	"doorbuster/bench/figures"
	"doorbuster/bench/front"
	"doorbuster/bench/load"
)

// siteOptions say what is sold over HTTP, and by what.
type siteOptions struct {
	shop     design.ShopSettings // Items 0: one item of plenty
	on       *design.Shop        // a shop that is there already; then shop does not count
	items    []uint64            // of on: those that are sold; nil: all
	design   string              // "" or product: the product
	settings design.Settings     // of the design
	fronts   int                 // processes; 0: 1
	conns    int                 // of the generator; 0: httpConns
	batch    int                 // most orders in one CALL of the product; 0: its default
	queue    int                 // most shoppers in line; 0: its default
}

// site is a shop, the processes that serve it, and the generator's connections to them.
type site struct {
	b      *bench
	o      siteOptions
	shop   *design.Shop
	items  []uint64
	fronts []*front.Process
	conns  []*load.Conn
	keys   front.Keys
	before int // orders in the shop when the site was opened

	placed, unknown int // answered since
	said            []string
}

// openSite makes the shop and starts the processes.
func (b *bench) openSite(ctx context.Context, o siteOptions) (s *site, err error) {
	s = &site{b: b, o: o, keys: front.NewKeys()}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.close())
		}
	}()
	if s.shop = o.on; s.shop == nil {
		if o.shop.Items == 0 {
			o.shop.Items = 1
		}
		if o.shop.UnitsEach == 0 {
			o.shop.UnitsEach = plenty
		}
		if s.shop, err = design.NewShop(ctx, b.env, o.shop); err != nil {
			return s, err
		}
	}
	if s.items = o.items; s.items == nil {
		s.items = s.shop.ItemIDs
	}
	if s.before, err = s.shop.Orders(ctx); err != nil {
		return s, err
	}
	fronts := max(1, o.fronts)
	for range fronts {
		if err = s.start(ctx); err != nil {
			return s, err
		}
	}
	conns := o.conns
	if conns == 0 {
		conns = httpConns
	}
	for i, p := range s.fronts {
		share := conns / fronts
		if i < conns%fronts {
			share++
		}
		dialled, err := load.DialAll(ctx, p.Network(), p.Address(), share)
		if err != nil {
			return s, err
		}
		s.conns = append(s.conns, dialled...)
	}
	return s, nil
}

func (s *site) start(ctx context.Context) error {
	options := front.Options{
		WebDSN: s.shop.WebDSN, Items: s.items, Design: s.o.design, Settings: s.o.settings, Keys: s.keys,
		BatchSize: s.o.batch, QueueSize: s.o.queue,
	}
	if !s.ours() {
		options.RootDSN, options.Redis = s.b.db.RootDSN(""), s.b.redis.Addr()
		if options.Settings.Units == 0 {
			options.Settings.Units = unitsFor(s.o.design, s.b.sizes.run+s.b.sizes.warm)
		}
	}
	p, err := front.Start(ctx, s.b.exe, options)
	if err == nil {
		s.fronts = append(s.fronts, p)
	}
	return err
}

// ours says whether the product sells.
func (s *site) ours() bool { return s.o.design == "" || s.o.design == product }

// press is what the crowd does in one run.
type press struct {
	kind      front.Kind
	items     []uint64 // shopper n wants item n modulo their number; nil: the site's
	first     uint64   // number of the first shopper; 0: 1
	count     int      // requests that are prepared; 0: enough for everybody to be new
	good      load.Class
	may       []load.Class    // other answers that are no surprise
	perSecond float64         // 0: a closed loop; otherwise an open one
	at        func(n int) int // which request is the n-th; nil: the n-th
	steps     bool            // the server is asked what its own steps took
}

// hit is what came back.
type hit struct {
	run    load.Result
	warm   load.Result
	values map[string]float64
}

// measure lets a crowd press: first to warm up, then to be counted.
func (s *site) measure(ctx context.Context, p press) (h hit, err error) {
	if p.items == nil {
		p.items = s.items
	}
	if p.count == 0 {
		p.count = s.b.sizes.requests()
	}
	crowd := front.Crowd{Keys: s.keys, Items: p.items, First: p.first}
	requests, err := crowd.Prepare(p.kind, p.count)
	if err != nil {
		return h, err
	}
	calls := p.count
	if p.repeats() {
		calls = 0 // they may begin anew
	}
	if s.b.sizes.warm > 0 {
		h.warm = load.ClosedHTTP(ctx, s.conns, load.Stop{After: s.b.sizes.warm, Calls: calls}, requests.At, front.Class)
		s.note(p, h.warm)
	}
	done := h.warm.Total()
	if calls > 0 {
		calls = max(1, calls-done)
	}
	at := func(n int) []byte { return requests.At(done + n) }
	if p.at != nil {
		at = func(n int) []byte { return requests.At(done + p.at(n)) }
	}
	runtime.GC() // every run begins with the same heap
	var before front.Steps
	if p.steps {
		if before, err = s.readSteps(); err != nil {
			return h, err
		}
	}
	m, err := s.b.meter(ctx, s.fronts)
	if err != nil {
		return h, err
	}
	stop := load.Stop{After: s.b.sizes.run, Calls: calls}
	if p.perSecond > 0 {
		h.run = load.OpenHTTP(ctx, s.conns, p.perSecond, stop, at, front.Class)
	} else {
		h.run = load.ClosedHTTP(ctx, s.conns, stop, at, front.Class)
	}
	s.note(p, h.run)
	h.values = map[string]float64{rate: h.run.Rate(p.good)}
	if p.perSecond > 0 {
		h.values["offered_per_s"] = p.perSecond
		h.values["sent_per_s"] = h.run.Rate()
		h.values["dropped"], h.values["late"] = float64(h.run.Dropped), float64(h.run.Late)
	} else {
		h.values[clients] = float64(len(s.conns))
	}
	latencies(h.run, "", h.values, p.good)
	if err := m.read(ctx, h.run, h.run.Counts["placed"], h.values); err != nil || !p.steps {
		return h, err
	}
	after, err := s.readSteps()
	addSteps(after.Since(before), h.values)
	return h, err
}

// repeats says whether nobody minds who asks: nothing is bought.
func (p press) repeats() bool {
	switch p.kind {
	case front.EmptyOrder, front.FixedRefusal, front.Page, front.EmptyPage, front.FixedPage, front.State:
		return true
	default:
		return false
	}
}

// note counts what was answered, and what should not have been.
func (s *site) note(p press, r load.Result) {
	s.placed += r.Counts["placed"]
	s.unknown += r.Counts["unknown"]
	s.said = append(s.said, surprises(r.Counts, append([]load.Class{p.good, "busy", "unknown"}, p.may...)...))
}

// finish ends the processes and audits. The lag is how long the slowest queue took after the last answer.
func (s *site) finish(ctx context.Context) (audit string, lag time.Duration, err error) {
	load.CloseAll(s.conns)
	s.conns = nil
	stored, broken := 0, s.said
	for _, p := range s.fronts {
		e, err := p.Stop(ctx)
		if err != nil {
			return join(broken...), lag, err
		}
		stored += e.Orders
		lag = max(lag, e.Lag)
		broken = append(broken, e.Broken...)
	}
	s.fronts = nil
	if s.ours() {
		now, err := s.shop.Orders(ctx)
		if err != nil {
			return join(broken...), lag, err
		}
		stored = now - s.before
		if s.o.on == nil { // a shop that others use too is audited by who made it
			lines, err := s.shop.Audit(ctx)
			if err != nil {
				return join(broken...), lag, err
			}
			broken = append(broken, lines...)
		}
	}
	if stored < s.placed || stored > s.placed+s.unknown {
		broken = append(broken, fmt.Sprintf("%d orders are stored, %d were answered \"placed\" and %d answers were lost", stored, s.placed, s.unknown))
	}
	return join(broken...), lag, nil
}

// close ends what still runs and drops the shop if it was made for the site.
func (s *site) close() error {
	ctx, cancel := context.WithTimeout(context.Background(), stopTime)
	defer cancel()
	load.CloseAll(s.conns)
	var errs []error
	for _, p := range s.fronts {
		_, err := p.Stop(ctx)
		errs = append(errs, err)
	}
	if s.shop != nil && s.o.on == nil {
		errs = append(errs, s.shop.Close())
	}
	return errors.Join(errs...)
}

// visit opens a site, lets do measure something, audits, and closes. The lag is that of the site's finish.
func (b *bench) visit(ctx context.Context, o siteOptions, do func(s *site) (figures.Sample, error)) (sample figures.Sample, lag time.Duration, err error) {
	s, err := b.openSite(ctx, o)
	if err != nil {
		return sample, 0, err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	if sample, err = do(s); err != nil {
		return sample, 0, err
	}
	audit, lag, err := s.finish(ctx)
	sample.Audit = join(sample.Audit, audit)
	return sample, lag, err
}

// simple is a visit with one press and nothing else.
func (b *bench) simple(ctx context.Context, o siteOptions, p press) (figures.Sample, error) {
	sample, _, err := b.visit(ctx, o, func(s *site) (figures.Sample, error) {
		h, err := s.measure(ctx, p)
		return figures.Sample{Values: h.values}, err
	})
	return sample, err
}

// file is the path of a file in the report that belongs to this server.
func (b *bench) file(folder, name string) string { return filepath.Join(folder, b.server+"-"+name) }
