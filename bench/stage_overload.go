package main

import (
	"context"
	"errors"
	"fmt"

	"doorbuster/bench/design"
	"doorbuster/bench/figures"
	"doorbuster/bench/front"
)

// limitedSite is a shop that can do little, so that two cores can offer ten times as much: one stock row, one CALL in flight, few
// requests in each, a short line. What is shown is how it behaves beyond what it can do, not how much that is.
func limitedSite(batch, conns int) siteOptions {
	o := siteOptions{batch: batch, queue: limitedQueue, conns: conns, settings: design.Settings{Pool: 1}}
	o.shop.Shards = 1
	return o
}

// findLimit finds the greatest size of batches with which the limited shop stays below limitedRate, and its capacity: as many shoppers as
// its line takes, each of whom asks again when answered.
func findLimit(ctx context.Context, b *bench, s *shared, _ []system) error {
	for _, batch := range []int{8, 4, 2, 1} {
		sample, err := b.simple(ctx, limitedSite(batch, limitedQueue), press{kind: front.Order, good: "placed"})
		if err != nil || sample.Audit != "" {
			return errors.Join(err, errors.New("the limited shop: "+sample.Audit))
		}
		s.batch, s.perSecond = batch, sample.Values[rate]
		b.say("overload  %d requests in a CALL: %.0f orders/s", batch, s.perSecond)
		if s.perSecond <= limitedRate {
			break
		}
	}
	if s.perSecond <= 0 {
		return errors.New("the limited shop sells nothing")
	}
	return nil
}

// overloadStage is R7: what is still sold when far more is asked for than can be done.
func overloadStage() stage {
	peak := system{name: "peak", run: func(ctx context.Context, b *bench, s *shared, _ int) (figures.Sample, error) {
		sample, err := b.simple(ctx, limitedSite(s.batch, limitedQueue), press{kind: front.Order, good: "placed"})
		sample.Settings = limitText(s)
		return sample, err
	}}
	times := func(factor int) system {
		return system{name: timesName(factor), run: func(ctx context.Context, b *bench, s *shared, _ int) (figures.Sample, error) {
			offered := s.perSecond * float64(factor)
			sample, _, err := b.visit(ctx, limitedSite(s.batch, httpConns), func(y *site) (figures.Sample, error) {
				count := int(mostPerSecond*b.sizes.warm.Seconds()+offered*b.sizes.run.Seconds()) + 10
				h, err := y.measure(ctx, press{kind: front.Order, good: "placed", perSecond: offered, count: count})
				if err == nil {
					latencies(h.run, "refused_", h.values, "busy")
				}
				return figures.Sample{Values: h.values, Settings: limitText(s)}, err
			})
			return sample, err
		}}
	}
	return stage{
		id: "overload", what: "2, 5 and 10 times what the shop can do, over HTTP, open loop; its capacity is limited to what the generator can exceed",
		columns: append([]string{"offered_per_s", "sent_per_s", "dropped", "late", "refused_p50_ms", "refused_p99_ms"}, httpColumns...),
		systems: []system{peak, inFullRun(times(2)), inFullRun(times(5)), times(10)},
		ratios: []ratio{
			ofRates("R7", "HTTP: goodput at 10 times the capacity / peak", 0.90, timesName(10), "peak"),
			ofRates("R7b", "HTTP: goodput at 2 times the capacity / peak", 0, timesName(2), "peak"),
			ofRates("R7c", "HTTP: goodput at 5 times the capacity / peak", 0, timesName(5), "peak"),
		},
		open: findLimit,
	}
}

func timesName(factor int) string { return fmt.Sprintf("times_%d", factor) }

func limitText(s *shared) string { return fmt.Sprintf("%d requests in a CALL, one in flight", s.batch) }

// storeOverloadStage shows the same for the store at full capacity, as far as a generator in the same process reaches.
func storeOverloadStage() stage {
	closed := func(ctx context.Context, b *bench, s *shared, _ int) (figures.Sample, error) {
		return b.counted1(ctx, 0)
	}
	s := stage{
		id: "overload_store", full: true, mostRounds: 3,
		what:    "2, 5 and 10 times what the store can do, open loop in its own process: what was sent shows how far the generator came",
		columns: append([]string{"offered_per_s", "sent_per_s", "dropped", "late"}, storeColumns...),
		systems: []system{{name: "peak", run: closed}},
		open: func(ctx context.Context, b *bench, s *shared, _ []system) error {
			sample, err := b.counted1(ctx, 0)
			s.perSecond = sample.Values[rate]
			return err
		},
	}
	for i, factor := range []int{2, 5, 10} {
		name := timesName(factor)
		s.systems = append(s.systems, system{name: name, run: func(ctx context.Context, b *bench, s *shared, _ int) (figures.Sample, error) {
			return b.counted1(ctx, s.perSecond*float64(factor))
		}})
		s.ratios = append(s.ratios, ofRates("R7"+string(rune('d'+i)), fmt.Sprintf("store: goodput at %d times the capacity / peak", factor), 0, name, "peak"))
	}
	return s
}

// counted1 measures the store in this process with one item, open or closed.
func (b *bench) counted1(ctx context.Context, perSecond float64) (sample figures.Sample, err error) {
	c, err := b.openCounter(ctx, shopSettings{Items: 1, UnitsEach: plenty})
	if err != nil {
		return sample, err
	}
	defer func() { err = errors.Join(err, c.close()) }()
	c.load(ctx, 0, b.sizes.warm)
	return c.measure(ctx, b, perSecond)
}
