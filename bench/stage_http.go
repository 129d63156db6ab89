package main

import (
	"context"
	"strings"

	"doorbuster/bench/design"
	"doorbuster/bench/figures"
	"doorbuster/bench/front"
)

// httpColumns are those of most tables over HTTP.
var httpColumns = append([]string{
	rate, "p50_ms", "p99_ms", "p999_ms", "server_cores", "database_cores", "generator_cores", "server_ms_per_1000", "server_mb",
}, costs...)

// over makes a system of one press at a site of its own.
func over(name string, o siteOptions, p press) system {
	return system{name: name, run: func(ctx context.Context, b *bench, _ *shared, _ int) (figures.Sample, error) {
		return b.simple(ctx, o, p)
	}}
}

// orders is the product with every feature on: what all figures over HTTP are about.
func orders(name string, o siteOptions) system {
	return over(name, o, press{kind: front.Order, good: "placed"})
}

// barely is a bare design with as many stock rows behind the server, without anything of the web in between.
func barely(name, id string, rows int) system {
	o := siteOptions{design: id}
	if rows > 1 {
		o.settings.Shards = rows
	}
	return over(name, o, press{kind: front.Bare, good: "placed"})
}

// httpStage is R3, R4, R5, R6 and R12: the same server in front of everything.
func httpStage() stage {
	return stage{
		id: "http", what: "one hot item over HTTP, 256 connections", columns: append([]string{durableRate, "page_bytes", "state_bytes"}, httpColumns...),
		systems: []system{
			orders("orders", siteOptions{}),
			over("empty", siteOptions{}, press{kind: front.EmptyOrder, good: front.Empty}),
			queued("redis_plain_off"), queued("redis_off"), inFullRun(queued("redis_everysec")), inFullRun(queued("redis_always")),
			refusals("refusals", front.Order), refusals("fixed_refusal", front.FixedRefusal),
			over("empty_page", siteOptions{}, press{kind: front.EmptyPage, good: front.Empty, count: 10_000}),
			{name: "page", run: pages},
			over("fixed_page", siteOptions{}, press{kind: front.FixedPage, good: front.OK, count: 10_000}),
			barely("bare", "bare", 1), inFullRun(over("gates", siteOptions{design: "bare"}, press{kind: front.Order, good: "placed"})),
			inFullRun(over("gates_alone", siteOptions{design: front.Nothing}, press{kind: front.Order, good: "placed"})),
			inFullRun(over("procedure", siteOptions{}, press{kind: front.Bare, good: "placed"})),
		},
		ratios: []ratio{
			ofRates("R3", "HTTP: durable orders, every feature on / the same server's empty handler", 0.45, "orders", "empty").above(floorOfOrders).bounded("R3f"),
			ofRates("R3f", "HTTP: a bare procedure behind the same server / the empty handler", 0, "bare", "empty"),
			againstDurable("R4", "HTTP: durable orders / Redis script + stream + consumer, a call per press, AOF off, once they are in the database", 1.3,
				"redis_plain_off").bounded("R4f"),
			{
				id: "R4f", what: "HTTP: a bare procedure behind the same server / Redis as in R4",
				top: side{"bare", rate}, base: side{"redis_plain_off", durableRate},
			},
			ofRates("R4b", "HTTP: durable orders / Redis as in R4, as it answers", 0, "orders", "redis_plain_off"),
			againstDurable("R4c", "HTTP: durable orders / Redis as in R4p, AOF every second, once in the database", 0, "redis_everysec"),
			againstDurable("R4d", "HTTP: durable orders / Redis as in R4p, AOF always, once in the database", 0, "redis_always"),
			againstDurable("R4p", "HTTP: durable orders / Redis with presses pipelined through our combiner, AOF off, once in the database", 0, "redis_off"),
			ofRates("R5", "HTTP: refusals of new shoppers after sold out / empty handler", 0.85, "refusals", "empty").above(floorOfRefusals).bounded("R5f"),
			ofRates("R5f", "HTTP: the bytes of a refusal from a handler that knows nothing / empty handler", 0, "fixed_refusal", "empty"),
			ofRates("R6", "HTTP: compressed item page / empty handler", 0.80, "page", "empty_page").above(floorOfPages).bounded("R6f"),
			ofRates("R6f", "HTTP: the bytes of that page from a handler that knows nothing / empty handler", 0, "fixed_page", "empty_page"),
			ofRates("R12", "HTTP: durable orders, every feature on / a bare procedure behind the same server", 0.80, "orders", "bare").above(floorOfOrders),
			ofRates("R3g", "HTTP: every gate of the web server, with nothing behind them / the empty handler", 0, "gates_alone", "empty"),
			ofRates("R12g", "HTTP: every gate of the web server (session, pass, limits, log, metrics) in front of a bare procedure / none", 0, "gates", "bare"),
			ofRates("R12p", "HTTP: the product's procedure (keys, window, limit, ledger, outbox) without gates / a bare one", 0, "procedure", "bare"),
			asItIs("S2", "bytes of an item page as it is sent", "B", "page", "page_bytes"),
			asItIs("S2b", "bytes of the state that a page asks for each second", "B", "page", "state_bytes"),
		},
		open: func(ctx context.Context, b *bench, _ *shared, left []system) error {
			var ids []string
			for _, y := range left {
				if strings.HasPrefix(y.name, "redis_") {
					ids = append(ids, y.name)
				}
			}
			return b.findOverHTTP(ctx, ids...)
		},
	}
}

// What the top of a ratio over HTTP cannot save.
var (
	floorOfOrders = floor{
		http: "empty", database: "bare", rest: "session, pass, limits, ledger, outbox, log and metrics", gates: "gates_alone", procedure: "procedure",
	}
	floorOfRefusals = floor{http: "fixed_refusal", bytes: true, rest: "session, memory and metrics"}
	floorOfPages    = floor{http: "fixed_page", bytes: true, rest: "finding the page and metrics"}
)

func againstDurable(id, what string, threshold float64, base string) ratio {
	r := ratio{id: id, what: what, threshold: threshold, top: side{"orders", rate}, base: side{base, durableRate}}
	return r.above(floorOfOrders)
}

func rounds(series *figures.Series) (n int) {
	for _, sample := range series.Rounds {
		n = max(n, sample.Round)
	}
	return n
}

// queued is a design that answers before the order is in the database: beside the rate of its answers stands the rate at which all of
// them, those of the warming up too, came to be there.
func queued(id string) system {
	return system{name: id, run: func(ctx context.Context, b *bench, _ *shared, _ int) (figures.Sample, error) {
		return b.queuedRun(ctx, id, b.best[id])
	}}
}

func (b *bench) queuedRun(ctx context.Context, id string, settings design.Settings) (figures.Sample, error) {
	var h hit
	sample, lag, err := b.visit(ctx, siteOptions{design: id, settings: settings}, func(s *site) (figures.Sample, error) {
		var err error
		h, err = s.measure(ctx, press{kind: front.Order, good: "placed"})
		return figures.Sample{Values: h.values, Settings: settingsOf(id, settings)}, err
	})
	if err == nil {
		all := float64(h.warm.Counts["placed"] + h.run.Counts["placed"])
		sample.Values[durableRate] = all / (h.warm.Wall + h.run.Wall + lag).Seconds()
		sample.Values["lag_ms"] = float64(lag.Milliseconds())
	}
	return sample, err
}

// refusals sells out first; then everybody who comes is new.
func refusals(name string, kind front.Kind) system {
	return system{name: name, run: func(ctx context.Context, b *bench, _ *shared, _ int) (figures.Sample, error) {
		o := siteOptions{}
		o.shop.UnitsEach = fewUnits
		sample, _, err := b.visit(ctx, o, func(s *site) (figures.Sample, error) {
			if err := s.sellOut(ctx); err != nil {
				return figures.Sample{}, err
			}
			h, err := s.measure(ctx, press{kind: kind, first: freshFrom, good: "sold_out"})
			return figures.Sample{Values: h.values}, err
		})
		return sample, err
	}}
}

// pages shows one item's page to everybody, and weighs what is sent.
func pages(ctx context.Context, b *bench, _ *shared, _ int) (figures.Sample, error) {
	sample, _, err := b.visit(ctx, siteOptions{}, func(s *site) (figures.Sample, error) {
		h, err := s.measure(ctx, press{kind: front.Page, good: front.OK, count: 10_000})
		if err != nil {
			return figures.Sample{}, err
		}
		for measure, kind := range map[string]front.Kind{"page_bytes": front.Page, "state_bytes": front.State} {
			_, body, err := s.one(kind, 1)
			if err != nil {
				return figures.Sample{}, err
			}
			h.values[measure] = float64(len(body))
		}
		return figures.Sample{Values: h.values}, nil
	})
	return sample, err
}

// itemsStage is R8: a thousand hot items at once, evenly and by Zipf's law, against one.
func itemsStage() stage {
	many := siteOptions{}
	many.shop.Items, many.shop.UnitsEach = manyItems, plenty/manyItems*5
	store := func(name string, settings shopSettings, zipf bool) system {
		return inFullRun(system{name: name, run: func(ctx context.Context, b *bench, _ *shared, _ int) (figures.Sample, error) {
			return b.shopRun(ctx, settings, zipf)
		}})
	}
	return stage{
		id: "items", what: "a thousand hot items at once against one", columns: append(append([]string{}, httpColumns...), "process_cores"),
		systems: []system{
			orders("one", siteOptions{}),
			orders("even", many),
			{name: "zipf", run: func(ctx context.Context, b *bench, _ *shared, _ int) (figures.Sample, error) {
				sample, _, err := b.visit(ctx, many, func(s *site) (figures.Sample, error) {
					h, err := s.measure(ctx, press{kind: front.Order, good: "placed", items: zipf(s.items, b.sizes.requests())})
					return figures.Sample{Values: h.values}, err
				})
				return sample, err
			}},
			barely("bare_one", "bare", 1), barely("bare_even", "bare_items", manyItems),
			store("store_one", shopSettings{Items: 1, UnitsEach: plenty}, false),
			store("store_even", many.shop, false),
			store("store_zipf", many.shop, true),
		},
		ratios: []ratio{
			ofRates("R8", "HTTP: 1,000 hot items, evenly / one hot item", 0.80, "even", "one").bounded("R8f"),
			ofRates("R8f", "HTTP: a bare procedure with 1,000 items in a batch, evenly / a bare one with one item", 0, "bare_even", "bare_one"),
			ofRates("R8b", "HTTP: 1,000 hot items, Zipf 1.0 / one hot item", 0, "zipf", "one"),
			ofRates("R8c", "store: 1,000 hot items, evenly / one hot item", 0, "store_even", "store_one"),
			ofRates("R8d", "store: 1,000 hot items, Zipf 1.0 / one hot item", 0, "store_zipf", "store_one"),
		},
	}
}

// pairStage is R10: two web processes on one item.
func pairStage() stage {
	return stage{
		id: "pair", what: "two web processes on one item against one, 256 connections in all", columns: httpColumns,
		systems: []system{
			orders("one", siteOptions{}), orders("two", siteOptions{fronts: 2}), barely("bare_one", "bare", 1), barely("bare_pair", "bare_pair", 1),
		},
		ratios: []ratio{
			ofRates("R10", "HTTP: two web processes on one item / one process", 0.95, "two", "one").alike().bounded("R10f"),
			ofRates("R10f", "HTTP: a bare procedure called by two combiners of one process / by one", 0, "bare_pair", "bare_one").alike(),
		},
	}
}
