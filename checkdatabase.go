package main

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"doorbuster/store"
	"doorbuster/worker"
)

// checkEvery is how often a database that was away at the start is looked for.
const checkEvery = 500 * time.Millisecond

// openStore opens the store and says whether the database could be checked. One that is away is no reason not to start: it may come.
func (p *process) openStore(ctx context.Context) (checked bool, err error) {
	cfg := store.Config{WorkerDSN: p.workerURL, WorkerConns: worker.Conns(), Log: p.log, Registerer: p.registry}
	if p.shop != nil {
		cfg.WebDSN = p.webURL
	}
	if p.store, err = store.Open(ctx, cfg); err != nil {
		return false, usageError{err}
	}
	err = p.checkDatabase(ctx)
	if isAway(err) && ctx.Err() == nil {
		p.log.Warn("the database cannot be reached; starting without it", "error", err)
		return false, nil
	}
	if err != nil {
		closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeTime)
		defer cancel()
		return false, errors.Join(err, p.store.Close(closing))
	}
	return true, nil
}

// isAway says whether err means that the database gave no answer.
func isAway(err error) bool {
	var busy *store.BusyError
	var unknown *store.UnknownError
	return errors.As(err, &busy) || errors.As(err, &unknown)
}

// checkDatabase refuses a database that this program must not serve on.
func (p *process) checkDatabase(ctx context.Context) error {
	err := p.store.CheckSchema(ctx)
	if err != nil || p.shop == nil {
		return err
	}
	err = p.store.CheckDurability(ctx)
	if errors.Is(err, store.ErrNotDurable) && p.lossy {
		p.log.Warn("serving on a database that may lose acknowledged orders", "error", err)
		return nil
	}
	return err
}

// runUnchecked runs a process on a database that was away at the start, and ends it when the one that comes does not pass check.
func runUnchecked(ctx context.Context, log *slog.Logger, check, run func(context.Context) error) error {
	running, stop := context.WithCancel(ctx)
	defer stop()
	refused := make(chan error, 1)
	go func() {
		err := awaitDatabase(running, log, check)
		if err != nil {
			log.Error("the database came, and must not be served on", "error", err)
			stop()
		}
		refused <- err
	}()
	err := run(running)
	stop()
	return errors.Join(<-refused, err)
}

// awaitDatabase checks the database as soon as it answers. It returns nil when ctx ends first.
func awaitDatabase(ctx context.Context, log *slog.Logger, check func(context.Context) error) error {
	tick := time.NewTicker(checkEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		err := check(ctx)
		switch {
		case ctx.Err() != nil:
			return nil
		case err == nil:
			log.Info("the database has come")
			return nil
		case !isAway(err):
			return err
		}
	}
}
