package main

import (
	"context"
	"errors"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"doorbuster/bench/figures"
	"doorbuster/bench/front"
)

// breakdownShare is the part of the capacity at which one purchase is taken apart: in a queue that is full nothing but the queue is seen.
const breakdownShare = 0.5

// breakdownStage takes one purchase apart. It is coarse: quantiles of one distribution less those of another, at the same rate. What
// is seen from outside is exact, the steps between are about right.
//
//	connection and HTTP server: an open loop against the empty handler
//	waiting for the batch, CALL: an open loop in this process, where the store's own metrics and the whole PlaceOrder are known
//	gates and answer: what an open loop of orders over HTTP takes beyond all that
func breakdownStage() stage {
	quantiles := []string{"p50_ms", "p99_ms"}
	return stage{
		id: "breakdown", what: "one purchase taken apart, open loop at half of the capacity", mostRounds: 3,
		columns: append([]string{"call_p50_ms", "call_p99_ms", "wait_p50_ms", "wait_p99_ms", "orders_per_commit"}, quantiles...),
		systems: []system{
			{name: "over_http", run: func(ctx context.Context, b *bench, s *shared, _ int) (figures.Sample, error) {
				return b.simple(ctx, siteOptions{}, press{kind: front.Order, good: "placed", perSecond: s.perSecond})
			}},
			{name: "empty", run: func(ctx context.Context, b *bench, s *shared, _ int) (figures.Sample, error) {
				return b.simple(ctx, siteOptions{}, press{kind: front.EmptyOrder, good: front.Empty, perSecond: s.perSecond})
			}},
			{name: "in_process", run: func(ctx context.Context, b *bench, s *shared, _ int) (figures.Sample, error) {
				return b.apart(ctx, s.perSecond)
			}},
		},
		judge: func(b *bench, series *figures.Series) []figures.Figure {
			return []figures.Figure{b.figure(asItIs("S7", "HTTP: half of the orders at half of the capacity take at most", "ms", "over_http", "p50_ms"),
				series, rounds(series))}
		},
		judged: []string{"S7"}, // it needs all systems: they make the breakdown
		open: func(ctx context.Context, b *bench, s *shared, _ []system) error {
			capacity, err := b.httpCapacity(ctx)
			s.perSecond = capacity * breakdownShare
			return err
		},
		end: func(_ context.Context, b *bench, _ *shared, series *figures.Series) error {
			b.breakdown = steps(series)
			return nil
		},
	}
}

// apart runs the store in this process and reads its metrics.
func (b *bench) apart(ctx context.Context, perSecond float64) (sample figures.Sample, err error) {
	c, err := b.openCounter(ctx, shopSettings{Items: 1, UnitsEach: plenty})
	if err != nil {
		return sample, err
	}
	defer func() { err = errors.Join(err, c.close()) }()
	if sample, err = c.measure(ctx, b, perSecond); err != nil {
		return sample, err
	}
	for prefix, metric := range map[string]string{"call_": "doorbuster_batch_seconds", "wait_": "doorbuster_batch_wait_seconds"} {
		for name, q := range map[string]float64{"p50_ms": 0.5, "p99_ms": 0.99} {
			v, err := histogramQuantile(c.registry, metric, q)
			if err != nil {
				return sample, err
			}
			sample.Values[prefix+name] = v * msPerSecond
		}
	}
	return sample, nil
}

// histogramQuantile reads a quantile out of a Prometheus histogram, evenly spread within each bucket, as Prometheus itself does.
func histogramQuantile(from prometheus.Gatherer, name string, q float64) (float64, error) {
	families, err := from.Gather()
	if err != nil {
		return 0, err
	}
	for _, family := range families {
		if family.GetName() != name {
			continue
		}
		h := family.GetMetric()[0].GetHistogram()
		rank := q * float64(h.GetSampleCount())
		lower, before := 0.0, 0.0
		for _, bucket := range h.GetBucket() {
			upper, below := bucket.GetUpperBound(), float64(bucket.GetCumulativeCount())
			if below >= rank && below > before {
				return lower + (upper-lower)*(rank-before)/(below-before), nil
			}
			lower, before = upper, below
		}
		return lower, nil
	}
	return 0, errors.New("no metric " + name)
}

// steps makes the breakdown of a series.
func steps(series *figures.Series) []figures.Step {
	at := func(system, measure string) time.Duration {
		return time.Duration(median(series, side{system, measure}) * float64(time.Millisecond))
	}
	read := func(quantile string) [4]time.Duration {
		whole, empty, inProcess := at("over_http", quantile), at("empty", quantile), at("in_process", quantile)
		call := min(at("in_process", "call_"+quantile), inProcess)
		return [4]time.Duration{min(empty, whole), max(0, whole-empty-inProcess), inProcess - call, call}
	}
	half, most := read("p50_ms"), read("p99_ms")
	sum := half[0] + half[1] + half[2] + half[3]
	if sum == 0 {
		return nil
	}
	var out []figures.Step
	for i, name := range []string{
		"connection and HTTP server (the empty handler)", "gates (session, limits, pass) and answer", "waiting for the batch", "CALL place_orders with its COMMIT",
	} {
		out = append(out, figures.Step{Step: name, Median: half[i], P99: most[i], Share: float64(half[i]) / float64(sum)})
	}
	return out
}
