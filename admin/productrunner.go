package admin

import (
	"context"
	"log/slog"
	"time"

	"doorbuster/store"
)

const (
	importBatch = 200              // rows that are carried out in one transaction
	importLook  = 15 * time.Second // how often a console looks whether another one has left an import behind
	importPause = 2 * time.Second  // after a failure
)

// importRunner carries out the imports of products that somebody has said yes to, one batch at a time. Which rows are next is in the database, and a batch
// holds the lock of its import: so there may be many runners, and an import goes on whichever of them dies.
type importRunner struct {
	store *store.Store
	log   *slog.Logger
	due   chan struct{}
}

func newImportRunner(s *store.Store, log *slog.Logger) importRunner {
	return importRunner{store: s, log: log, due: make(chan struct{}, 1)}
}

// wake has it look at once.
func (i importRunner) wake() {
	select {
	case i.due <- struct{}{}:
	default: // it will look anyhow
	}
}

// run works until ctx is done: first on what a stopped console has left behind.
func (i importRunner) run(ctx context.Context) {
	for {
		pause := importLook
		if err := i.drain(ctx); err != nil && ctx.Err() == nil {
			i.log.Warn("an import of products is delayed", "error", err)
			pause = importPause
		}
		timer := time.NewTimer(pause)
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-i.due:
		case <-timer.C:
		}
		timer.Stop()
	}
}

// drain carries out batches until none is left.
func (i importRunner) drain(ctx context.Context) error {
	for ctx.Err() == nil {
		outcome, err := i.store.ApplyProductImport(ctx, importBatch)
		if err != nil {
			return err
		}
		if outcome == store.Nothing {
			return nil
		}
		if outcome == store.Finished {
			i.log.Info("an import of products is done")
		}
	}
	return nil
}
