package main

import (
	"context"

	"doorbuster/bench/design"
	"doorbuster/bench/figures"
)

// columns that most tables have.
var (
	costs        = []string{"orders_per_commit", "binlog_syncs_per_order", "redo_syncs_per_order", "redo_bytes_per_order", "database_ms_per_1000"}
	storeColumns = append([]string{rate, "p50_ms", "p99_ms", "p999_ms", "process_cores", "database_cores"}, costs...)
)

// inProcess is a design called from this process, with its best settings.
func inProcess(id string) system {
	return system{name: id, run: func(ctx context.Context, b *bench, _ *shared, _ int) (figures.Sample, error) {
		return b.storeRun(ctx, id, b.best[id], b.sizes.run, b.sizes.warm)
	}}
}

func inFullRun(y system) system {
	y.full = true
	return y
}

// control sells without a lock; a run that cannot show that is no proof of the others.
func control() system {
	return system{name: "oversells", control: true, run: func(ctx context.Context, b *bench, _ *shared, _ int) (figures.Sample, error) {
		return b.storeRun(ctx, "oversells", design.Settings{Units: plenty}, b.sizes.trial, 0)
	}}
}

// storeStage is R1 and R2: one hot item, called from Go, without anything of the web.
func storeStage() stage {
	systems := []system{
		inProcess(product), inProcess("call"), inProcess("call_shards"), inProcess("tutorial"), inProcess("insert"),
		inFullRun(inProcess("conditional")), inFullRun(inProcess("unit_rows")), inFullRun(inProcess("bare")), control(),
	}
	return stage{
		id: "store", what: "one hot item, 512 clients in one Go process, called from Go", columns: storeColumns, systems: systems,
		ratios: []ratio{
			ofRates("R1a", "store: `PlaceOrder` / one `CALL` per order, one stock row, its best pool", 20, product, "call").bounded("R1af"),
			ofRates("R1b", "store: `PlaceOrder` / one `CALL` per order, its best number of stock rows and pool", 12, product, "call_shards").bounded("R1bf"),
			ofRates("R1c", "store: `PlaceOrder` / the tutorial's transaction, its best pool", 40, product, "tutorial").bounded("R1cf"),
			ofRates("R1af", "store: the same idea without the product's features / one `CALL` per order, one stock row, its best pool", 0, "bare", "call"),
			ofRates("R1bf", "store: the same idea without the product's features / one `CALL` per order, its best number of stock rows and pool", 0, "bare", "call_shards"),
			ofRates("R1cf", "store: the same idea without the product's features / the tutorial's transaction, its best pool", 0, "bare", "tutorial"),
			ofRates("R1d", "store: `PlaceOrder` / conditional `UPDATE` from Go, its best pool", 0, product, "conditional"),
			ofRates("R1e", "store: `PlaceOrder` / a row per unit with `SKIP LOCKED`, its best pool", 0, product, "unit_rows"),
			ofRates("R2", "store: `PlaceOrder` / one plain `INSERT` per commit", 5, product, "insert").bounded("R2f"),
			ofRates("R2f", "store: the same idea without the product's features / one plain `INSERT` per commit", 0, "bare", "insert"),
			ofRates("R2b", "store: `PlaceOrder` / the same idea without the product's features", 0, product, "bare"),
		},
		open: func(ctx context.Context, b *bench, _ *shared, left []system) error { return b.findFor(ctx, left) },
	}
}

// flagStage shows what the memory of "sold out" is worth, for every design alike.
func flagStage() stage {
	s := stage{
		id: "refusals", what: "sold out beforehand, 512 new clients at a time in one Go process: answers with and without a flag in memory", full: true,
		mostRounds: 3, columns: []string{rate, "p50_ms", "p99_ms", "process_cores", "database_cores"},
	}
	ids := []string{product, "call", "call_shards", "tutorial", "conditional", "unit_rows", "redis_off"}
	for _, id := range ids {
		for _, flag := range []bool{false, true} {
			name, state := id, "off"
			if flag {
				name, state = id+"_flag", "on"
			}
			s.systems = append(s.systems, system{name: name, run: func(ctx context.Context, b *bench, _ *shared, _ int) (figures.Sample, error) {
				return b.refusalRun(ctx, id, flag)
			}})
			s.ratios = append(s.ratios, asItIs("S1-"+name, "store: refusals after sold out, flag "+state+": "+id, "/s", name, rate))
		}
	}
	s.open = func(ctx context.Context, b *bench, _ *shared, _ []system) error { return b.find(ctx, ids[1:]...) }
	return s
}

// findFor searches for the best settings of the designs among systems that have some to choose.
func (b *bench) findFor(ctx context.Context, systems []system) error {
	var ids []string
	for _, y := range systems {
		if y.name != product && !y.control {
			ids = append(ids, y.name)
		}
	}
	return b.find(ctx, ids...)
}
