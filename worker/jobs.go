package worker

import (
	"context"
	"errors"
	"fmt"
	"time"

	"doorbuster/store"
)

// job is one line of the table below.
type job struct {
	name  string        // the name of its lease and of its lock, in most cases also of its procedure
	did   string        // what the log says when a run did something; empty: the job says it itself
	every time.Duration // pause between two runs

	// run does some of the work and says how much. fence goes along with every write; a write that answers Fenced must end the run with
	// errOvertaken. ctx ends when this worker may no longer do the job: look at it between writes. A write on its way is not cut,
	// because the server would carry it out all the same.
	run func(ctx context.Context, fence uint64) (did int, err error)
}

// jobs is the table of what workers do.
func jobs(cfg Config) []job {
	return []job{
		{"expire_orders", "holds have ended and gave their units back", cfg.ExpireEvery, expireOrders(cfg)},
		{"seal_moves", "", cfg.SealEvery, sealMoves(cfg)},
		{"rebalance_shards", "units were dealt out anew over the shards of their items", cfg.RebalanceEvery, rebalanceShards(cfg)},
		{"reconcile", "", cfg.ReconcileEvery, reconcile(cfg)},
		{"check_payments", "payments were settled that nobody had heard of", cfg.CheckEvery, checkPayments(cfg)},
		{"relay_outbox", "changes of orders became events", cfg.RelayEvery, relayOutbox(cfg)},
		{"deliver_webhooks", "events were taken by their receivers", cfg.DeliverEvery, deliverWebhooks(cfg)},
		{"send_mails", "mails were written or taken by the mail server", cfg.MailEvery, sendMails(cfg)},
		{"clean_up", "what nobody needs any more was deleted", cfg.CleanEvery, cleanUp(cfg)},
	}
}

// connsPerJob are one for the work and one for the lease, which must be renewed while the work waits for a lock.
const connsPerJob = 2

// Conns is how many connections the lane of the workers must have (store.Config.WorkerConns): as many as all jobs of the table use at
// once. So no job can wait for a connection that another has, however long that one's work waits in the database.
func Conns() int { return connsOf(jobs(Config{})) }

// connsOf is the same for some jobs; checkPayments works on several payments beside each other.
func connsOf(all []job) int { return connsPerJob*len(all) + asksAtOnce - 1 }

// callTimeout bounds one write. Its outcome is unknown afterwards, which the next run settles.
const callTimeout = 8 * time.Second

// errOvertaken says that another worker has the lease: by now it may have done what this one was about to do.
var errOvertaken = errors.New("another worker took over")

// expireOrders ends overdue holds, batch after batch until none is left or the look has taken its share. An answer that was lost needs
// no care: orders that were ended are no longer overdue, and the next run finds the others.
func expireOrders(cfg Config) func(context.Context, uint64) (int, error) {
	return func(ctx context.Context, fence uint64) (int, error) {
		return batches(ctx, cfg.ExpireBatches, store.Expired, func(ctx context.Context) (int, store.Outcome, error) {
			e, err := cfg.Store.ExpireOrders(ctx, fence, cfg.ExpireLimit)
			return e.Expired, e.Outcome, err
		})
	}
}

// batches writes one batch after the other, at most so many, until the answer is Nothing; done is the answer to one that did something. A
// batch on its way is not cut when ctx ends: the server would carry it out all the same.
func batches(ctx context.Context, most int, done store.Outcome, batch func(context.Context) (int, store.Outcome, error)) (did int, err error) {
	for range most {
		if ctx.Err() != nil {
			return did, nil
		}
		n, outcome, err := bounded(ctx, batch)
		switch {
		case err != nil:
			return did, err
		case outcome == store.Fenced:
			return did, errOvertaken
		case outcome == store.Nothing:
			return did, nil
		case outcome != done:
			return did, fmt.Errorf("worker: a batch was answered %q, not %q", outcome, done)
		}
		did += n
	}
	return did, nil
}

func bounded(ctx context.Context, batch func(context.Context) (int, store.Outcome, error)) (int, store.Outcome, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), callTimeout)
	defer cancel()
	return batch(ctx)
}
