package main

import (
	"context"
	"time"

	"doorbuster/bench/figures"
	"doorbuster/bench/front"
)

// breakdownShare is the part of the capacity at which one purchase is taken apart: in a queue that is full nothing but the queue is seen.
const breakdownShare = 0.5

// breakdownStage takes one purchase apart, in an open loop of orders over HTTP.
//
//	gates, line, CALL, COMMIT, answer: the server's own metric, read before and after the run, so that warming up is not in it
//	connection and HTTP server: an open loop against the empty handler, at the same rate
//	the whole: what the client saw
func breakdownStage() stage {
	columns := []string{"mean_ms", "p50_ms", "p99_ms", "orders_per_commit"}
	for _, name := range front.StepNames {
		columns = append(columns, name+"_mean_ms", name+"_p50_ms", name+"_p99_ms")
	}
	return stage{
		id: "breakdown", what: "one purchase taken apart, open loop at half of the capacity", mostRounds: 3, columns: columns,
		systems: []system{
			{name: "over_http", run: apart},
			{name: "empty", run: func(ctx context.Context, b *bench, s *shared, _ int) (figures.Sample, error) {
				return b.simple(ctx, siteOptions{}, press{kind: front.EmptyOrder, good: front.Empty, perSecond: s.perSecond})
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

// apart lets a crowd buy and reads what the server says of it.
func apart(ctx context.Context, b *bench, s *shared, _ int) (figures.Sample, error) {
	sample, _, err := b.visit(ctx, siteOptions{}, func(y *site) (figures.Sample, error) {
		h, err := y.measure(ctx, press{kind: front.Order, good: "placed", perSecond: s.perSecond, steps: true})
		return figures.Sample{Values: h.values}, err
	})
	return sample, err
}

// readSteps asks the first server where its purchases have spent their time so far.
func (s *site) readSteps() (front.Steps, error) {
	status, body, err := s.conns[0].Do(front.AskSteps)
	if err != nil {
		return nil, err
	}
	return front.ReadSteps(status, body)
}

// addSteps adds the times of the steps to values.
func addSteps(taken front.Steps, values map[string]float64) {
	inMS := func(d time.Duration) float64 { return ms(d.Nanoseconds()) }
	for name, step := range taken {
		values[name+"_mean_ms"] = inMS(step.Mean())
		values[name+"_p50_ms"], values[name+"_p99_ms"] = inMS(step.Quantile(0.5)), inMS(step.Quantile(0.99))
	}
}

// steps makes the breakdown of a series. The shares are those of the means, because only means add up.
func steps(series *figures.Series) []figures.Step {
	read := func(what, system, prefix string) figures.Step {
		at := func(measure string) time.Duration {
			return time.Duration(median(series, side{system, prefix + measure}) * float64(time.Millisecond))
		}
		return figures.Step{Step: what, Mean: at("mean_ms"), Median: at("p50_ms"), P99: at("p99_ms")}
	}
	out := []figures.Step{read("connection and HTTP server (the empty handler)", "empty", "")}
	what := map[string]string{
		"gates": "gates: session, limits, pass", "line": "in line for the batch", "call": "`CALL place_orders` without its `COMMIT`",
		"commit": "`COMMIT`, by the database's own account", "answer": "from the database's answer to the shopper's",
	}
	for _, name := range front.StepNames {
		out = append(out, read(what[name], "over_http", name+"_"))
	}
	sum := time.Duration(0)
	for _, step := range out {
		sum += step.Mean
	}
	whole := read("what the client saw", "over_http", "")
	if sum == 0 || whole.Mean == 0 {
		return nil
	}
	for i := range out {
		out[i].Share = float64(out[i].Mean) / float64(sum)
	}
	return append(out, whole)
}
