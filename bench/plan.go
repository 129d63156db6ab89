package main

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"doorbuster/bench/figures"
	"doorbuster/bench/front"
)

// stage is a set of systems that run in turn, round by round, and the figures that come of them.
type stage struct {
	id, what   string // of the series
	columns    []string
	full       bool // left out of a short run
	mostRounds int  // 0: as many as everything has
	systems    []system
	ratios     []ratio
	// open makes what the rounds share; the systems that are left of the stage find it in s. Nil: nothing.
	open func(ctx context.Context, b *bench, s *shared, left []system) error
	// end looks at the whole series when all rounds are done, and closes what open made. It may mark samples as broken. Nil: nothing.
	end func(ctx context.Context, b *bench, s *shared, series *figures.Series) error
	// judge makes figures that are no ratio of two systems. Nil: none.
	judge func(b *bench, series *figures.Series) []figures.Figure
	// judged are the IDs of those.
	judged []string
}

// shared is what the runs of a stage have in common.
type shared struct {
	perSecond float64 // capacity, found before the rounds, or in the round that is
	round     int     // the one in which it was found
	batch     int     // requests per CALL at which it was found
	filled    *filledShop
}

// system is one thing that is measured once per round.
type system struct {
	name    string
	full    bool // left out of a short run
	control bool // oversells on purpose: its audit must find something, whatever is selected
	run     func(ctx context.Context, b *bench, s *shared, round int) (figures.Sample, error)
}

// ratio is one figure: what top measured, divided by what base measured in the same round; or, without a base, top as it is.
type ratio struct {
	id, what  string
	threshold float64
	unit      string // of a figure without a base
	top, base side
	floor     floor  // for the reason of a miss
	sameCall  bool   // both sides make the same CALL, of one item
	bound     string // the figure of what has none of the product's features: what it does not reach, they are not to blame for
}

// side names a measure of a system.
type side struct{ system, measure string }

const (
	rate        = "per_s"         // the measure that most figures are made of
	durableRate = "durable_per_s" // of a design that answers before the order is in the database
	product     = front.Product   // the system that all others are compared with
)

// ofRates is a ratio of the two systems' rates.
func ofRates(id, what string, threshold float64, top, base string) ratio {
	return ratio{id: id, what: what, threshold: threshold, top: side{top, rate}, base: side{base, rate}}
}

// above names the floor of a ratio.
func (r ratio) above(f floor) ratio {
	r.floor = f
	return r
}

// alike says that both sides make the same CALL, of one item.
func (r ratio) alike() ratio {
	r.sameCall = true
	return r
}

// bounded names the figure that shows how far the same gets without the product's features.
func (r ratio) bounded(by string) ratio {
	r.bound = by
	return r
}

// asItIs is a figure that is one measure.
func asItIs(id, what, unit, system, measure string) ratio {
	return ratio{id: id, what: what, unit: unit, top: side{system, measure}}
}

// rotated is the order of the n systems in a round: each round begins with the next system, so that none always runs first, or
// always after the same long one's start.
func rotated(n, round int) []int {
	order := make([]int, n)
	for i := range order {
		order[i] = (i + round) % n
	}
	return order
}

// selects says whether an ID is meant by a beginning of one: R1 means R1a and R1, and not R10.
func selects(beginning, id string) bool {
	rest, ok := strings.CutPrefix(id, beginning)
	return ok && (rest == "" || rest[0] < '0' || rest[0] > '9')
}

func selected(only []string, id string) bool {
	for _, beginning := range only {
		if selects(beginning, id) {
			return true
		}
	}
	return len(only) == 0
}

func anyStageHas(all []stage, beginning string) bool {
	for _, s := range all {
		if len(only(s, []string{beginning}).ids()) > 0 {
			return true
		}
	}
	return false
}

// ids are those of the stage's figures.
func (s stage) ids() []string {
	ids := append([]string(nil), s.judged...)
	for _, r := range s.ratios {
		ids = append(ids, r.id)
	}
	return ids
}

// only leaves the figures of s that are meant, and the systems that they need.
func only(s stage, beginnings []string) stage {
	if len(beginnings) == 0 {
		return s
	}
	needed := map[string]bool{}
	var ratios []ratio
	for _, r := range s.ratios {
		if selected(beginnings, r.id) {
			ratios = append(ratios, r)
			needed[r.top.system], needed[r.base.system] = true, true
		}
	}
	s.ratios = ratios
	var judged []string
	for _, id := range s.judged {
		if selected(beginnings, id) {
			judged = append(judged, id)
		}
	}
	if s.judged = judged; len(judged) > 0 {
		return s // what it judges is made of all systems
	}
	s.judge = nil
	return s.keep(func(y system) bool { return needed[y.name] || y.control })
}

// keep leaves the systems that are wanted, and of the ratios those whose systems are left.
func (s stage) keep(want func(system) bool) stage {
	left := map[string]bool{"": true}
	var systems []system
	for _, y := range s.systems {
		if want(y) {
			systems = append(systems, y)
			left[y.name] = true
		}
	}
	var ratios []ratio
	for _, r := range s.ratios {
		if left[r.top.system] && left[r.base.system] {
			ratios = append(ratios, r)
		}
	}
	s.systems, s.ratios = systems, ratios
	return s
}

// chosen is what the command line selects.
func chosen(all []stage, c cli) []stage {
	var out []stage
	for _, s := range all {
		s = only(s, c.Only)
		if c.Short {
			if s.full {
				continue
			}
			s = s.keep(func(y system) bool { return !y.full })
		}
		if len(s.ids()) > 0 && len(s.systems) > 0 {
			out = append(out, s)
		}
	}
	return out
}

// stage runs one stage. It returns an error only when the whole benchmark has to end.
func (b *bench) stage(ctx context.Context, s stage) error {
	rounds := b.sizes.rounds
	if s.mostRounds > 0 {
		rounds = min(rounds, s.mostRounds)
	}
	series := figures.Series{ID: s.id, What: s.what, Server: b.server, Columns: s.columns}
	if err := b.rounds(ctx, s, &series, rounds); err != nil {
		return err
	}
	b.series = append(b.series, series)
	own := make([]figures.Figure, 0, len(s.ratios))
	for _, r := range s.ratios {
		own = append(own, b.figure(r, &series, rounds))
	}
	addBounds(own, s.ratios)
	b.figures = append(b.figures, own...)
	if s.judge != nil {
		b.figures = append(b.figures, s.judge(b, &series)...)
	}
	return nil
}

// rounds fills a series. What fails is noted; the error is that of a context that has ended.
func (b *bench) rounds(ctx context.Context, s stage, series *figures.Series, rounds int) error {
	common := &shared{}
	if s.open != nil {
		if err := s.open(ctx, b, common, s.systems); err != nil {
			b.fail("%s did not start: %v", s.id, err)
			return ctx.Err()
		}
	}
	for round := range rounds {
		for _, i := range rotated(len(s.systems), round) {
			if ctx.Err() == nil {
				series.Rounds = append(series.Rounds, b.once(ctx, s, s.systems[i], common, round))
			}
		}
		if err := b.tidy(ctx); err != nil && ctx.Err() == nil {
			b.fail("%s: binary logs: %v", s.id, err)
		}
	}
	if s.end != nil { // also after the end of the context: it closes what was opened
		if err := s.end(ctx, b, common, series); err != nil {
			b.fail("%s: %v", s.id, err)
		}
	}
	return ctx.Err()
}

// once runs one system and judges its audit.
func (b *bench) once(ctx context.Context, s stage, y system, common *shared, round int) figures.Sample {
	sample, err := y.run(ctx, b, common, round)
	sample.Round, sample.Design = round+1, y.name
	if err != nil {
		sample.Audit = join(sample.Audit, "the run failed: "+err.Error())
	}
	where := fmt.Sprintf("%s %s, round %d", s.id, y.name, round+1)
	switch {
	case err != nil:
		b.fail("%s: %v", where, err)
	case y.control && sample.Audit == "":
		b.fail("%s: the control sold without a lock and the audit found nothing: the audit is worth nothing", where)
	case !y.control && sample.Audit != "":
		b.fail("%s: %s", where, sample.Audit)
	}
	b.say("%s", line(s.id, sample))
	return sample
}

// figure makes the figure of r from a series.
func (b *bench) figure(r ratio, series *figures.Series, rounds int) figures.Figure {
	f := figures.Figure{ID: r.id, What: r.what, Server: b.server, Threshold: r.threshold, Unit: r.unit}
	top := values(series, r.top, rounds)
	if r.base.system == "" {
		f.Median, f.Min, f.Max = figures.Summary(top)
		f.Rounds = valid(top)
		f.OK = f.Rounds > 0
		if !f.OK {
			f.Note = "no round has a valid run"
		}
		return f
	}
	base := values(series, r.base, rounds)
	f = figures.Ratio(f,
		figures.Rounds{What: r.top.system, Unit: unitOf(r.top.measure), Values: top},
		figures.Rounds{What: r.base.system, Unit: unitOf(r.base.measure), Values: base})
	if !f.OK && f.Rounds > 0 {
		f.Note = b.limit(series, r)
	}
	return f
}

// addBounds says at each miss how far the same gets without the product's features. all are the figures of ratios, in their order.
func addBounds(all []figures.Figure, ratios []ratio) {
	for i, r := range ratios {
		at := slices.IndexFunc(ratios, func(other ratio) bool { return other.id == r.bound })
		if all[i].Note == "" || at < 0 || all[at].Rounds == 0 {
			continue
		}
		bound, verdict := all[at], "so the features are what it takes to miss it"
		if bound.Median < r.threshold {
			verdict = "so it would be missed without them too"
		}
		all[i].Note += fmt.Sprintf("; %s, which has no feature of the product, reaches %.3g: %s", bound.ID, bound.Median, verdict)
	}
}

// values are what a system measured, one per round; NaN where a run has no figure.
func values(series *figures.Series, s side, rounds int) []float64 {
	out := make([]float64, rounds)
	for i := range out {
		out[i] = math.NaN()
	}
	for _, sample := range series.Rounds {
		if v, ok := sample.Values[s.measure]; ok && sample.Design == s.system && sample.Audit == "" {
			out[sample.Round-1] = v
		}
	}
	return out
}

func valid(values []float64) (n int) {
	for _, v := range values {
		if !math.IsNaN(v) {
			n++
		}
	}
	return n
}

func unitOf(measure string) string {
	if strings.HasSuffix(measure, rate) {
		return "/s"
	}
	return ""
}
