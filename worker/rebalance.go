package worker

import (
	"context"
	"fmt"

	"doorbuster/store"
)

// rebalanceShards deals out what items have left, item after item, until all were looked at or the look has taken its share. The next look
// goes on where this one stopped. An answer that was lost needs no care: what was dealt out is even, and found so.
func rebalanceShards(cfg Config) func(context.Context, uint64) (int, error) {
	after := uint64(0) // only its runner uses it
	return func(ctx context.Context, fence uint64) (did int, err error) {
		for range cfg.RebalanceItems {
			if ctx.Err() != nil {
				return did, nil
			}
			r, err := rebalanceOne(ctx, cfg, fence, after)
			switch {
			case err != nil:
				return did, err
			case r.Outcome == store.Fenced:
				return did, errOvertaken
			case r.Outcome != store.Nothing && r.Outcome != store.Rebalanced:
				return did, fmt.Errorf("worker: rebalance_shards answered %q", r.Outcome)
			case r.ItemID == nil: // the end: the next look begins anew
				after = 0
				return did, nil
			}
			after = *r.ItemID
			did += r.Units
		}
		return did, nil
	}
}

func rebalanceOne(ctx context.Context, cfg Config, fence, after uint64) (store.Rebalance, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), callTimeout)
	defer cancel()
	return cfg.Store.RebalanceShards(ctx, fence, after)
}
