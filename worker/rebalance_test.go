package worker

import (
	"context"
	"errors"
	"testing"
	"time"

	"doorbuster/store"
)

// Shoppers of one home empty its shard; the worker deals out what is left, and the books stay right.
func TestEmptyShardsGetUnitsAgain(t *testing.T) {
	t.Parallel()
	s := openShop(t, 10) // in two shards
	cfg := settings(t, s.Database)
	cfg.RebalanceEvery = 10 * time.Millisecond
	w := start(t, cfg, jobs)
	for user := uint64(2); user <= 10; user += 2 {
		if p := s.buy(t, user); p.Outcome != store.Placed {
			t.Fatalf("shopper %d: %s", user, p.Outcome)
		}
	}
	eventually(t, "both shards have units", func() bool {
		return s.count(t, "SELECT MIN(available) FROM stock_shards WHERE item_id = ?", s.item) == 2
	})
	eventually(t, "the worker says what it did", func() bool { return w.log.count("dealt out anew") == 1 })
	w.stop(t)
	if n := s.count(t, "SELECT SUM(available) FROM stock_shards WHERE item_id = ?", s.item); n != 5 {
		t.Errorf("%d units are left of 5", n)
	}
	s.mustBeRight(t)
}

// A look goes through all items from where the last one stopped, and an overtaken worker stops.
func TestRebalanceGoesThroughAllItems(t *testing.T) {
	t.Parallel()
	s := openShop(t, 10)
	cfg := settings(t, s.Database).withDefaults()
	run := rebalanceShards(cfg)
	lease := func() uint64 {
		l, err := cfg.Store.TakeLease(t.Context(), "rebalance_shards", "test", time.Minute, true)
		if err != nil {
			t.Fatal(err)
		}
		return l.Fence
	}
	fence := lease()
	for look := range 2 {
		s.exec(t, "UPDATE stock_shards SET available = IF(shard = 0, 0, 10) WHERE item_id = ?", s.item)
		if did, err := run(t.Context(), fence); did != 5 || err != nil {
			t.Errorf("look %d moved %d units, %v", look, did, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if did, err := run(ctx, fence); did != 0 || err != nil {
		t.Errorf("after its end: %d, %v", did, err)
	}
	if _, err := run(t.Context(), fence+1); !errors.Is(err, errOvertaken) {
		t.Errorf("with another number: %v", err)
	}
}
