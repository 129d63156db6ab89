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
	name  string        // the name of its procedure, of its lease, and of its lock
	did   string        // what the log says when a run did something
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
	}
}

// callTimeout bounds one write. Its outcome is unknown afterwards, which the next run settles.
const callTimeout = 8 * time.Second

// errOvertaken says that another worker has the lease: by now it may have done what this one was about to do.
var errOvertaken = errors.New("another worker took over")

// expireOrders ends overdue holds, batch after batch until none is left or the look has taken its share. An answer that was lost needs
// no care: orders that were ended are no longer overdue, and the next run finds the others.
func expireOrders(cfg Config) func(context.Context, uint64) (int, error) {
	return func(ctx context.Context, fence uint64) (did int, err error) {
		for range cfg.ExpireBatches {
			if ctx.Err() != nil {
				return did, nil
			}
			e, err := expireBatch(ctx, cfg, fence)
			switch {
			case err != nil:
				return did, err
			case e.Outcome == store.Fenced:
				return did, errOvertaken
			case e.Outcome == store.Nothing:
				return did, nil
			case e.Outcome != store.Expired:
				return did, fmt.Errorf("worker: expire_orders answered %q", e.Outcome)
			}
			did += e.Expired
		}
		return did, nil
	}
}

func expireBatch(ctx context.Context, cfg Config, fence uint64) (store.Expiry, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), callTimeout)
	defer cancel()
	return cfg.Store.ExpireOrders(ctx, fence, cfg.ExpireLimit)
}
