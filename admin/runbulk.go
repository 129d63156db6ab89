package admin

import (
	"context"
	"errors"

	"github.com/google/uuid"

	"doorbuster/store"
)

// bulkStep is how many orders are found by one call; they are done one by one.
const bulkStep = 200

// bulk does the same to many orders, one by one, as the member who began it.
//
// Each order is written down before it is done, and what came of it together with the next one. So a console that takes over asks for the one that was being done once more, which the
// procedures answer by its state: it is done once, and counted once.
func (r *runner) bulk(ctx context.Context, t store.TakenTask) error {
	n := store.BulkNote{Seconds: holdTime, Done: t.Done, Refused: t.Refused}
	after := t.After
	if t.Doing != nil {
		if err := r.act(ctx, t, t.Doing, &n); err != nil {
			return err
		}
		after = t.Doing
	}
	for {
		walked, err := r.walk(ctx, t, after, bulkStep)
		if ctx.Err() != nil {
			return r.stop(ctx, t, n)
		}
		if err != nil {
			return err
		}
		for _, o := range walked.Orders {
			if ctx.Err() != nil {
				return r.stop(ctx, t, n)
			}
			n.Next = o.ID[:]
			if err := r.noteBulk(ctx, t, n); err != nil {
				return err
			}
			if err := r.act(ctx, t, o.ID[:], &n); err != nil {
				return err
			}
		}
		if walked.Last != nil {
			after = walked.Last
		}
		n.Next = nil
		if err := r.noteBulk(ctx, t, n); err != nil || !walked.More {
			return err
		}
		n.Order, n.Refusal = nil, ""
	}
}

// stop notes what was done and gives the task to another console at once, because this one stops.
func (r *runner) stop(ctx context.Context, t store.TakenTask, n store.BulkNote) error {
	n.Seconds, n.Next = 0, nil
	if err := r.noteBulk(ctx, t, n); err != nil {
		return err
	}
	return ctx.Err()
}

// noteBulk keeps a note. It is not cut off when the console stops.
func (r *runner) noteBulk(ctx context.Context, t store.TakenTask, n store.BulkNote) error {
	var outcome store.Outcome
	err := r.try(ctx, func() (err error) {
		one, cancel := lasting(ctx)
		defer cancel()
		outcome, err = r.store.NoteBulk(one, t, n)
		return err
	})
	switch {
	case err != nil:
		return err
	case outcome == store.Kept:
		return nil
	case outcome == store.Fenced, outcome == store.Cancelled:
		return errLost
	default:
		return stopped(outcome)
	}
}

// lasting is a context for one call that must not be cut off when the console stops.
func lasting(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), actTime)
}

// act does one order and puts into n what came of it.
func (r *runner) act(ctx context.Context, t store.TakenTask, order []byte, n *store.BulkNote) error {
	var outcome store.Outcome
	err := r.try(ctx, func() (err error) {
		one, cancel := lasting(ctx)
		defer cancel()
		outcome, err = r.do(one, t, uuid.UUID(order))
		return err
	})
	if err != nil {
		return err
	}
	n.Order, n.Refusal = order, ""
	switch outcome {
	case store.Cancelled, store.AlreadyCancelled, store.Refunded, store.AlreadyRefunded, store.Due:
		n.Done++
	case store.NotAllowed: // by the next note at the latest it is known; the order is not counted
		return stopped(store.NotAllowed)
	default:
		n.Refused++
		n.Refusal = outcome
	}
	n.Progress = share(n.Done+n.Refused, t.Total, t.Range, order)
	if r.acted != nil {
		r.acted(order)
	}
	return nil
}

// do asks the procedure of the act for one order.
func (r *runner) do(ctx context.Context, t store.TakenTask, order uuid.UUID) (store.Outcome, error) {
	switch t.Kind {
	case store.TaskCancel:
		change, err := r.store.CancelOrderAsStaff(ctx, t.By, order, t.Reason)
		return change.Outcome, err
	case store.TaskRefund:
		change, err := r.store.RefundOrder(ctx, t.By, order, t.Restock, t.Reason)
		return change.Outcome, err
	}
	mail, err := r.store.FindLastMail(ctx, t.By, order)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return store.NoSuchMail, nil
	case err != nil:
		return "", err
	case mail.EndedAt == nil || mail.EndedAt.After(t.MadeAt): // on its way, or sent since: twice would be once too often
		return store.Due, nil
	}
	return r.store.ResendMail(ctx, t.By, mail.ID, t.Reason)
}
