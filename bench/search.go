package main

import (
	"context"
	"time"

	"doorbuster/bench/design"
	"doorbuster/bench/figures"
)

// trial measures a design once with these settings.
type trial func(ctx context.Context, s design.Settings) (perSecond float64, err error)

// search finds the best settings of a design: first the pool, then, with that, the number of stock rows. What is there only once is
// not tried. The first settings of a design are its author's guess and win a tie.
func search(ctx context.Context, d design.Design, try trial) (best design.Settings, err error) {
	if len(d.Pools) > 0 {
		best.Pool = d.Pools[0]
	}
	if len(d.Shards) > 0 {
		best.Shards = d.Shards[0]
	}
	if len(d.Pools) < 2 && len(d.Shards) < 2 {
		return best, nil
	}
	most, err := try(ctx, best)
	if err != nil {
		return best, err
	}
	compare := func(s design.Settings) error {
		perSecond, err := try(ctx, s)
		if err == nil && perSecond > most {
			best, most = s, perSecond
		}
		return err
	}
	for _, pool := range d.Pools[min(1, len(d.Pools)):] {
		if err := compare(design.Settings{Pool: pool, Shards: best.Shards}); err != nil {
			return best, err
		}
	}
	pool := best.Pool
	for _, shards := range d.Shards[min(1, len(d.Shards)):] {
		if err := compare(design.Settings{Pool: pool, Shards: shards}); err != nil {
			return best, err
		}
	}
	return best, nil
}

// attempt is one run of a design with settings that are tried.
type attempt func(ctx context.Context, id string, s design.Settings) (figures.Sample, error)

// find searches for the best settings of baselines that have none yet, called from this process. The product is measured as it comes.
func (b *bench) find(ctx context.Context, ids ...string) error {
	return b.findBy(ctx, rate, func(ctx context.Context, id string, s design.Settings) (figures.Sample, error) {
		return b.storeRun(ctx, id, s, b.sizes.trial, b.sizes.trial/4)
	}, ids...)
}

// findOverHTTP does the same for designs that are measured behind a server: there are fewer clients there, who share the cores with more,
// so another pool may be the best. What counts is what R4 is made of. A server that has just started is slow at first, so a try is never
// as brief as in this process.
func (b *bench) findOverHTTP(ctx context.Context, ids ...string) error {
	brief := *b
	brief.sizes.run = min(b.sizes.run, time.Second)
	brief.sizes.warm = brief.sizes.run / 4
	return b.findBy(ctx, durableRate, brief.queuedRun, ids...)
}

// findBy keeps the settings with the greatest measure.
func (b *bench) findBy(ctx context.Context, measure string, run attempt, ids ...string) error {
	for _, id := range ids {
		d, known := design.ByID(id)
		if _, found := b.best[id]; found || !known {
			continue
		}
		best, err := search(ctx, d, func(ctx context.Context, s design.Settings) (float64, error) {
			sample, err := run(ctx, id, s)
			b.say("search    %-22s %-20s %10.0f /s", id, settingsText(d, s), sample.Values[measure])
			if err == nil && sample.Audit == "" {
				return sample.Values[measure], nil
			}
			b.fail("search %s %s: %s", id, settingsText(d, s), join(sample.Audit, errorText(err)))
			return 0, ctx.Err()
		})
		if err != nil {
			return err
		}
		b.best[id] = best
		b.say("search    %-22s best: %s", id, settingsText(d, best))
	}
	return nil
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
