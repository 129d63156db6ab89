package worker

import (
	"context"

	"doorbuster/store"
)

// cleanUp deletes what nobody needs any more, batch after batch until nothing is left or the look has taken its share. An answer that was lost needs no care:
// what was deleted is not found again.
func cleanUp(cfg Config) func(context.Context, uint64) (int, error) {
	told := 0 // messages that stay, as the log has it; only its runner uses it
	return func(ctx context.Context, fence uint64) (int, error) {
		kept := told
		did, err := batches(ctx, cfg.CleanBatches, store.Cleaned, func(ctx context.Context) (int, store.Outcome, error) {
			c, err := cfg.Store.CleanUp(ctx, fence, cfg.KeepDays, cfg.CleanLimit)
			if err == nil && c.Outcome != store.Fenced {
				kept = c.Kept
			}
			return c.Deleted, c.Outcome, err
		})
		if kept != told && kept > 0 {
			cfg.Log.Warn("messages that are marked as sent have no events, so they are not deleted", "job", "clean_up", "number", kept)
		}
		told = kept
		return did, err
	}
}
