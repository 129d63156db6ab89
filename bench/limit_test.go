package main

import (
	"math"
	"strings"
	"testing"

	"doorbuster/bench/figures"
)

// measured is a series of one sample for each round and system.
func measured(rounds ...map[string]map[string]float64) *figures.Series {
	var s figures.Series
	for i, systems := range rounds {
		for name, values := range systems {
			s.Rounds = append(s.Rounds, figures.Sample{Round: i + 1, Design: name, Values: values})
		}
	}
	return &s
}

// overHTTP is a machine of two cores on which everything is easy to divide.
func overHTTP() map[string]map[string]float64 {
	return map[string]map[string]float64{
		"orders": {
			rate: 20_000, clients: 256, "server_cores": 0.8, "database_cores": 0.6, "generator_cores": 0.2, "orders_per_commit": 75.4,
			"idle_cores": 0.3,
		},
		"empty":         {rate: 100_000, clients: 256, "idle_cores": 0.2, "server_cores": 1.2, "generator_cores": 0.6, "database_cores": 0.001},
		"bare":          {rate: 40_000, clients: 256, "server_cores": 1, "database_cores": 0.4, "generator_cores": 0.3, "orders_per_commit": 1},
		"gates":         {rate: 60_000, "server_cores": 1.2, "idle_cores": 0.8},
		"procedure":     {rate: 30_000, "server_cores": 1, "database_cores": 0.51, "idle_cores": 0.49},
		"refusals":      {rate: 80_000, clients: 256, "server_cores": 1.4, "generator_cores": 0.6},
		"fixed_refusal": {rate: 88_000, clients: 256, "server_cores": 1.32, "generator_cores": 0.616},
		"halves":        {rate: 20_000, "database_cores": 1.2, "orders_per_commit": 50, "idle_cores": 0.8},
		"wholes":        {rate: 40_000, "database_cores": 1.6, "orders_per_commit": 100, "idle_cores": 0.4},
		"queued":        {rate: 16_000, "idle_cores": 7, durableRate: 10_000, clients: 256, "server_cores": 1, "redis_cores": 0.4},
	}
}

func missed(threshold float64, top, base string, f floor) ratio {
	return ratio{id: "R", threshold: threshold, top: side{top, rate}, base: side{base, rate}, floor: f}
}

func TestLimit(t *testing.T) {
	t.Parallel()
	const (
		order = "in orders an answer takes 40.0 µs of the Go server, 30.0 of the database, 10.0 of the load generator, 15.0 in which a core had " +
			"nothing to do (256 clients waited), 5.0 of what else ran, with 75 orders in a commit; "
		empty = "in empty an answer takes 12.0 µs of the Go server, 6.0 of the load generator, 2.0 in which a core had nothing to do (256 clients waited); "
	)
	slow := missed(0.9, "orders", "queued", floor{})
	slow.base.measure = durableRate
	for name, c := range map[string]struct {
		r    ratio
		want string
	}{
		"a floor of two systems": {
			missed(0.4, "orders", "empty", floor{http: "empty", database: "bare", rest: "this and that"}),
			order + empty + "0.4 allows 50.0 µs in all; HTTP itself takes 18.0 (the Go server and the load generator of empty) and the bare procedure 10.0 of " +
				"the database; so 22.0 µs are left for this and that, which take 52.0, and for idle cores and what else ran, which take 20.0",
		},
		"what the features take measured apart": {
			missed(0.4, "orders", "empty", floor{http: "empty", database: "bare", rest: "this and that", gates: "gates", procedure: "procedure"}),
			order + empty + "0.4 allows 50.0 µs in all; HTTP itself takes 18.0 (the Go server and the load generator of empty) and the bare procedure 10.0 of " +
				"the database; so 22.0 µs are left for this and that, which take 52.0, and for idle cores and what else ran, which take 20.0; bare takes " +
				"50.0 in all, so 0.0 are left for them beyond it, and measured apart they take 15.0: 8.0 of the Go server with nothing behind it (gates less " +
				"empty) and 7.0 of the database without gates (procedure less bare)",
		},
		"more than is allowed": {
			missed(0.8, "orders", "empty", floor{http: "empty", database: "bare", rest: "this and that"}),
			order + empty + "0.8 allows 25.0 µs in all; HTTP itself takes 18.0 (the Go server and the load generator of empty) and the bare procedure 10.0 of " +
				"the database; that alone is more than is allowed, and this and that take 52.0",
		},
		"the same bytes": {
			missed(0.85, "refusals", "empty", floor{http: "fixed_refusal", bytes: true, rest: "memory"}),
			"in refusals an answer takes 17.5 µs of the Go server, 7.5 of the load generator, 0.0 in which a core had nothing to do (256 clients waited); " +
				empty + "0.85 allows 23.5 µs in all; a handler that knows nothing and sends the same bytes reaches 0.88 of the empty one and takes 22.0 of the " +
				"Go server and the load generator; so 1.5 µs are left for memory, which take 3.0, and for idle cores and what else ran, which take 0.0",
		},
		"a floor that was not measured": {
			missed(0.4, "orders", "empty", floor{http: "missing", database: "bare"}), order + empty + "0.4 allows 50.0 µs in all",
		},
		"half a floor": {
			missed(0.4, "orders", "empty", floor{http: "empty", database: "missing"}),
			order + empty + "0.4 allows 50.0 µs in all; HTTP itself takes 18.0 (the Go server and the load generator of empty)",
		},
		"what came to be in the database": {
			slow, order + "in queued an answer takes 62.5 µs of the Go server, 25.0 of Redis, 37.5 in which a core had nothing to do (256 clients waited); " +
				"0.9 allows 222.2 µs in all (by the rate at which its orders came to be in the database)",
		},
		"the same CALL with fewer orders in it": {
			missed(0.9, "halves", "wholes", floor{}).alike(),
			"in halves an answer takes 60.0 µs of the database, 40.0 in which a core had nothing to do, with 50 orders in a commit; in wholes an answer takes " +
				"40.0 µs of the database, 10.0 in which a core had nothing to do, with 100 orders in a commit; 0.9 allows 55.6 µs in all; by these two a CALL " +
				"takes 2000 µs of the database before its first order and 20.0 for each, so 40.0 µs of an answer are the CALL's own in halves and 20.0 in wholes",
		},
		"two that are too alike": {
			missed(0.9, "halves", "halves", floor{}).alike(),
			"in halves an answer takes 60.0 µs of the database, 40.0 in which a core had nothing to do, with 50 orders in a commit; in halves an answer takes " +
				"60.0 µs of the database, 40.0 in which a core had nothing to do, with 50 orders in a commit; 0.9 allows 111.1 µs in all",
		},
		"no base": {missed(0, "orders", "", floor{}), strings.TrimSuffix(order, "; ")},
		"no top":  {missed(0.4, "missing", "empty", floor{}), "no account of the processor was kept"},
	} {
		if got := quiet(1).limit(measured(overHTTP()), c.r); got != c.want {
			t.Errorf("%s:\ngot  %s\nwant %s", name, got, c.want)
		}
	}
}

// One order in a commit, one client, and an open loop, in which the answers that do not count cost as well.
func TestLimitSaysWhatItCounts(t *testing.T) {
	t.Parallel()
	series := measured(map[string]map[string]float64{
		"one":   {rate: 1000, clients: 1, "process_cores": 0.5, "database_cores": 1, "orders_per_commit": 1, "idle_cores": 0.5},
		"storm": {rate: 1000, "sent_per_s": 10_000, "server_cores": 1, "idle_cores": 1},
		"calm":  {rate: 1000, "sent_per_s": 1001, "server_cores": 1, "idle_cores": 1},
	})
	for system, want := range map[string]string{
		"one": "in one an answer takes 1000.0 µs of the database, 500.0 of the process with clients and design, 500.0 in which a core had nothing to do " +
			"(1 client waited), with 1 order in a commit",
		"storm": "in storm an answer takes 1000.0 µs of the Go server, 1000.0 in which a core had nothing to do, where 1000 of 10000 answers a second count, " +
			"and the time of the others is in this too",
		"calm": "in calm an answer takes 1000.0 µs of the Go server, 1000.0 in which a core had nothing to do",
	} {
		if got := quiet(1).limit(series, missed(0, system, "", floor{})); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}

// The medians of the rounds count, and a run whose audit failed does not.
func TestAccountIsOfMedians(t *testing.T) {
	t.Parallel()
	of := func(perSecond, cores float64) map[string]map[string]float64 {
		return map[string]map[string]float64{"orders": {rate: perSecond, "server_cores": cores, "idle_cores": 2 - cores}}
	}
	series := measured(of(10_000, 1), of(20_000, 1.2), of(90_000, 2), of(1, 2))
	series.Rounds[3].Audit = "oversold"
	a, ok := quiet(4).accountOf(series, "orders")
	if !ok || math.Abs(a.of("server_cores")-60) > 1e-9 || math.Abs(a.idle-40) > 1e-9 {
		t.Errorf("%t, %+v", ok, a)
	}
	b := quiet(4)
	b.machine.Cores = 1 // more than there is: no time below zero
	if a, _ := b.accountOf(series, "orders"); a.idle != 0 || a.others != 0 {
		t.Errorf("idle for %g, others for %g", a.idle, a.others)
	}
}
