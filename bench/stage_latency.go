package main

import (
	"context"
	"errors"
	"fmt"

	"doorbuster/bench/figures"
	"doorbuster/bench/front"
	"doorbuster/bench/load"
	"doorbuster/store"
)

// shares of the capacity, in percent, at which latency is measured.
var shares = []int{50, 80, 95}

// latencyStage shows how long answers take when so much is asked for as the shop can do, and less. One of ten wants an item that is sold
// out, so that refusals are seen beside sales.
func latencyStage() stage {
	s := stage{
		id: "latency", what: "open loop over HTTP at 50, 80 and 95 % of the capacity in the same round, from the planned time of sending; one of ten is refused",
		mostRounds: 3,
		columns: append([]string{"offered_per_s", "sent_per_s", "dropped", "late", "refused_p50_ms", "refused_p99_ms", "refused_p999_ms"},
			httpColumns...),
	}
	for _, share := range shares {
		name := fmt.Sprintf("at_%d", share)
		s.systems = append(s.systems, system{name: name, run: func(ctx context.Context, b *bench, s *shared, round int) (figures.Sample, error) {
			if s.perSecond == 0 || s.round != round { // a machine does not stay as fast as it was
				var err error
				if s.perSecond, err = b.httpCapacity(ctx); err != nil {
					return figures.Sample{}, err
				}
				s.round = round
			}
			return atShare(ctx, b, s.perSecond*float64(share)/100)
		}})
		s.ratios = append(s.ratios,
			asItIs(fmt.Sprintf("S6-%d", share), fmt.Sprintf("HTTP: p99 of placed orders at %d %% of the capacity, open loop", share), "ms", name, "p99_ms"))
	}
	return s
}

// httpCapacity is the rate of orders in a closed loop, now.
func (b *bench) httpCapacity(ctx context.Context) (float64, error) {
	sample, err := b.simple(ctx, siteOptions{}, press{kind: front.Order, good: "placed"})
	if err == nil && sample.Audit != "" {
		err = errors.New(sample.Audit)
	}
	perSecond := sample.Values[rate]
	b.say("capacity  %.0f orders/s over HTTP", perSecond)
	return perSecond, err
}

// atShare runs an open loop at perSecond, with a second item of which nothing is left.
func atShare(ctx context.Context, b *bench, perSecond float64) (figures.Sample, error) {
	o := siteOptions{}
	o.shop.Items = 2
	sample, _, err := b.visit(ctx, o, func(s *site) (figures.Sample, error) {
		if err := s.withdraw(ctx, s.items[1]); err != nil {
			return figures.Sample{}, err
		}
		h, err := s.measure(ctx, press{
			kind: front.Order, good: "placed", may: []load.Class{"sold_out"}, items: mixed(s.items[0], s.items[1]), perSecond: perSecond,
		})
		if err == nil {
			latencies(h.run, "refused_", h.values, "sold_out")
		}
		return figures.Sample{Values: h.values}, err
	})
	return sample, err
}

// withdraw takes all units of an item out of the sale.
func (s *site) withdraw(ctx context.Context, item uint64) (err error) {
	staff, err := store.Open(ctx, store.Config{AdminDSN: s.shop.AdminDSN, Log: discard})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, staff.Close(context.WithoutCancel(ctx))) }()
	change, err := staff.WithdrawUnits(ctx, store.Operator("benchmark"), item, plenty, "nothing shall be left")
	if err == nil && change.Outcome != store.Withdrawn {
		err = fmt.Errorf("withdrawing units: %s", change.Outcome)
	}
	return err
}

// mixed is what ten shoppers want: nine what is there, one what is not.
func mixed(there, soldOut uint64) []uint64 {
	return []uint64{there, there, there, there, soldOut, there, there, there, there, there}
}
