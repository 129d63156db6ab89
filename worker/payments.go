package worker

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"

	"doorbuster/store"
)

// checkTime bounds what is done about one payment in one run: a few calls to a provider. The next run goes on where it broke off.
const checkTime = 30 * time.Second

// asksAtOnce is how many payments a run looks after at a time: providers answer slowly, and limit how often they are asked.
const asksAtOnce = 4

// checkPayments looks after the payments that nobody has heard of for a while, or that have to go back. What it does at the provider may be
// done twice (by a worker that was overtaken, or the web server at the same moment): every call carries the payment's number as its key.
func checkPayments(cfg Config) func(context.Context, uint64) (int, error) {
	return func(ctx context.Context, fence uint64) (int, error) {
		var failed error // of single payments; none of them ends the look
		did, err := batches(ctx, cfg.CheckBatches, store.Due, func(taking context.Context) (int, store.Outcome, error) {
			due, err := cfg.Store.TakeDuePayments(taking, fence, cfg.CheckLimit)
			settled, errs := checkAll(ctx, cfg, due.Payments)
			failed = errors.Join(failed, errs)
			return settled, due.Outcome, err
		})
		if errors.Is(err, errOvertaken) {
			return did, err
		}
		return did, errors.Join(err, failed)
	}
}

// checkAll checks payments beside each other. One that fails stops no other; each of them comes again by itself.
func checkAll(ctx context.Context, cfg Config, payments []uuid.UUID) (settled int, err error) {
	var group errgroup.Group
	group.SetLimit(asksAtOnce)
	changed := make([]bool, len(payments))
	errs := make([]error, len(payments))
	for i, id := range payments {
		group.Go(func() error {
			changed[i], errs[i] = checkOne(ctx, cfg, id)
			return nil
		})
	}
	_ = group.Wait() // each has its own error
	for i, id := range payments {
		if errs[i] != nil {
			errs[i] = fmt.Errorf("payment %s: %w", id, errs[i])
		}
		if changed[i] {
			settled++
		}
	}
	return settled, errors.Join(errs...)
}

// checkOne checks one payment, unless this worker has to stop. changed says that its state is another one now.
func checkOne(ctx context.Context, cfg Config, id uuid.UUID) (changed bool, err error) {
	if ctx.Err() != nil {
		return false, nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), checkTime)
	defer cancel()
	p, err := cfg.Store.ShowPayment(ctx, id)
	if err != nil {
		return false, err
	}
	settled, err := cfg.Desk.Check(ctx, p, "worker")
	return settled.State != "" && settled.State != p.State, err
}
