package worker

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"doorbuster/store"
)

// sendsAtOnce is how many messages a run has on their way at a time. A batch of DeliverLimit is through before its first message would be taken again
// (two minutes), even if no receiver answers.
const sendsAtOnce = 32

// relayOutbox turns what was written beside the orders into events, until nothing is left or the look has taken its share. An answer that was
// lost needs no care: what was relayed is marked in the same transaction.
func relayOutbox(cfg Config) func(context.Context, uint64) (int, error) {
	return func(ctx context.Context, fence uint64) (int, error) {
		return batches(ctx, cfg.RelayBatches, store.Relayed, func(ctx context.Context) (int, store.Outcome, error) {
			r, err := cfg.Store.RelayOutbox(ctx, fence, cfg.RelayLimit)
			return r.Relayed, r.Outcome, err
		})
	}
}

// deliverWebhooks sends events to those who want to be told. While messages are on their way it takes the next, so a receiver that is slow holds nobody
// up. What it cannot note (the database is away, another worker took over) is sent again: receivers know a message by its number.
func deliverWebhooks(cfg Config) func(context.Context, uint64) (int, error) {
	return func(ctx context.Context, fence uint64) (int, error) {
		r := &round{cfg: cfg, fence: fence, back: make(chan struct{}, 1)}
		r.group.SetLimit(sendsAtOnce)
		err := r.send(ctx)
		_ = r.group.Wait() // each has its own error
		return r.result(err)
	}
}

// round is one run of deliverWebhooks.
type round struct {
	cfg   Config
	fence uint64
	group errgroup.Group
	back  chan struct{} // told when a message has come back

	mu      sync.Mutex
	onWay   int
	took    int // messages that were taken by their receivers
	failure error
}

// send takes batch after batch, until nothing is due and nothing on its way.
func (r *round) send(ctx context.Context) error {
	for batches := 0; batches < r.cfg.DeliverBatches && ctx.Err() == nil && !r.broken(); {
		due, err := takeDeliveries(ctx, r.cfg, r.fence)
		switch {
		case err != nil:
			return err
		case due.Outcome == store.Fenced:
			return errOvertaken
		case due.Outcome == store.Nothing:
			if !r.await(ctx) {
				return nil
			}
			continue
		case due.Outcome != store.Due:
			return fmt.Errorf("worker: take_due_deliveries answered %q", due.Outcome)
		}
		batches++
		r.mu.Lock()
		r.onWay += len(due.Deliveries)
		r.mu.Unlock()
		for _, d := range due.Deliveries {
			r.group.Go(func() error {
				r.note(deliverOne(ctx, r.cfg, r.fence, d))
				return nil
			})
		}
	}
	return nil
}

// await waits until a message has come back, or for the usual pause. It says whether any is still on its way, or has just come back: then more may be due.
func (r *round) await(ctx context.Context) bool {
	r.mu.Lock()
	idle := r.onWay == 0
	r.mu.Unlock()
	pause := time.NewTimer(r.cfg.DeliverEvery)
	defer pause.Stop()
	select {
	case <-r.back:
		return true
	default:
	}
	if idle {
		return false
	}
	select {
	case <-r.back:
	case <-pause.C:
	case <-ctx.Done():
	}
	return true
}

// note keeps what came of one message.
func (r *round) note(took bool, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.onWay--
	if took {
		r.took++
	}
	if err != nil && !errors.Is(r.failure, errOvertaken) {
		r.failure = err
	}
	select {
	case r.back <- struct{}{}:
	default:
	}
}

func (r *round) broken() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.failure != nil
}

// result is what the run answers once nothing is on its way.
func (r *round) result(err error) (int, error) {
	if errors.Is(r.failure, errOvertaken) {
		return r.took, errOvertaken
	}
	return r.took, cmp.Or(err, r.failure)
}

func takeDeliveries(ctx context.Context, cfg Config, fence uint64) (store.DueDeliveries, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), callTimeout)
	defer cancel()
	return cfg.Store.TakeDueDeliveries(ctx, fence, cfg.DeliverLimit)
}

// deliverOne sends one message and notes what came of it, unless this worker has to stop before. A message on its way is cut when it has to: nobody can
// tell then whether it arrived, so nothing is noted, and it is sent again.
func deliverOne(ctx context.Context, cfg Config, fence uint64, d store.Delivery) (took bool, err error) {
	if ctx.Err() != nil {
		return false, nil
	}
	attempt := cfg.Webhooks.Send(ctx, d)
	if ctx.Err() != nil && attempt.Status == 0 {
		return false, nil
	}
	noting, cancel := context.WithTimeout(context.WithoutCancel(ctx), callTimeout)
	defer cancel()
	note, err := cfg.Store.NoteAttempt(noting, fence, attempt)
	switch {
	case err != nil:
		return false, fmt.Errorf("webhook %d, event %d: %w", d.EndpointID, d.Seq, err)
	case note.Outcome == store.Fenced:
		return false, errOvertaken
	case note.Outcome == store.Gone:
		cfg.Log.Warn("a receiver wants no more events, its webhook is switched off", "webhook", d.EndpointID, "event", d.Seq)
	case note.Outcome == store.Dead:
		cfg.Log.Warn("an event is given up, it can be sent again by hand", "webhook", d.EndpointID, "event", d.Seq, "status", attempt.Status, "answer", attempt.Answer)
	}
	return note.Outcome == store.Done, nil
}
