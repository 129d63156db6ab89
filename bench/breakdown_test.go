package main

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"doorbuster/bench/figures"
	"doorbuster/bench/front"
)

// The steps of the server stand between what HTTP takes and what the client saw; the shares are those of the means.
func TestSteps(t *testing.T) {
	t.Parallel()
	times := func(prefix string, mean float64) map[string]float64 {
		return map[string]float64{prefix + "mean_ms": mean, prefix + "p50_ms": mean / 2, prefix + "p99_ms": mean * 3}
	}
	shop := times("", 10)
	for name, mean := range map[string]float64{"gates": 0.2, "line": 3, "call": 3, "commit": 1, "answer": 0.4} {
		for measure, v := range times(name+"_", mean) {
			shop[measure] = v
		}
	}
	got := steps(measured(map[string]map[string]float64{"over_http": shop, "empty": times("", 0.4)}))
	step := func(what string, mean time.Duration, share float64) figures.Step {
		return figures.Step{Step: what, Mean: mean, Median: mean / 2, P99: mean * 3, Share: share}
	}
	want := []figures.Step{
		step("connection and HTTP server (the empty handler)", 400*time.Microsecond, 0.05),
		step("gates: session, limits, pass", 200*time.Microsecond, 0.025),
		step("in line for the batch", 3*time.Millisecond, 0.375),
		step("`CALL place_orders` without its `COMMIT`", 3*time.Millisecond, 0.375),
		step("`COMMIT`, by the database's own account", time.Millisecond, 0.125),
		step("from the database's answer to the shopper's", 400*time.Microsecond, 0.05),
		step("what the client saw", 10*time.Millisecond, 0),
	}
	near := cmp.Comparer(func(a, b time.Duration) bool { return (a - b).Abs() < time.Microsecond })
	if diff := cmp.Diff(want, got, near); diff != "" {
		t.Error(diff)
	}
	if got := steps(measured(map[string]map[string]float64{"empty": times("", 0.4)})); got != nil {
		t.Errorf("without a purchase: %+v", got)
	}
}

func TestAddSteps(t *testing.T) {
	t.Parallel()
	values := map[string]float64{}
	addSteps(front.Steps{"call": {Count: 4, Sum: 0.008, Buckets: []front.Bucket{{UpTo: 0.001, Count: 0}, {UpTo: 0.003, Count: 4}}}}, values)
	want := map[string]float64{"call_mean_ms": 2, "call_p50_ms": 2, "call_p99_ms": 2.98}
	if diff := cmp.Diff(want, values); diff != "" {
		t.Error(diff)
	}
}
