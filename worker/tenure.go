package worker

import (
	"context"
	"errors"
	"fmt"
	"time"

	"doorbuster/store"
)

// Why a tenure ends, besides errOvertaken and the end of the program.
var (
	errLockLost = errors.New("the lock could not be kept")
	errLapsed   = errors.New("the lease could not be kept")
)

// resignTimeout bounds how long a stopping worker tries to hand its lease over. If it fails, the lease lapses by itself.
const resignTimeout = 2 * time.Second

// yieldTTLs is for how many TTLs a worker that was overtaken takes no lease by force. Not for ever: the lease that it respects may be
// one that never lapses, because the database's clock was set back after its holder was gone.
const yieldTTLs = 10

// tenure is the time during which this worker does a job. It ends when lock or lease is lost, or the program ends.
type tenure struct {
	fence uint64
	until time.Time // the lease lapses not before this, on this machine's clock; of keepLease
	lock  *lock     // nil while the database elected; of keepLock
	ctx   context.Context
	end   context.CancelCauseFunc
}

func (t *tenure) cause() error { return context.Cause(t.ctx) }

func (t *tenure) electedBy() string {
	if t.lock != nil {
		return ByRedis
	}
	return ByDatabase
}

// claim asks once for the job. It returns nil if another worker has it, and an error if the database could not be asked.
func (r *runner) claim(ctx context.Context) (*tenure, error) {
	var k *lock
	if r.w.locks.due() {
		var err error
		k, err = r.w.locks.take(ctx, r.job.name)
		if errors.Is(err, errTaken) && time.Since(r.lookedAt) < r.w.cfg.TTL {
			return nil, nil
		}
		// Redis is away, or has said for a TTL that another works: then the lease itself is asked.
	}
	t, err := r.takeLease(ctx, k)
	if t == nil && k != nil {
		k.release(ctx) // who cannot work must not keep others from it
	}
	return t, err
}

// takeLease asks the database for the lease, by force if k is a lock that counts. It returns nil if another worker keeps it.
func (r *runner) takeLease(ctx context.Context, k *lock) (*tenure, error) {
	asked := time.Now()
	r.lookedAt = asked
	// Not cut when the program ends: a lease taken by a call that was cut would lie idle until it lapses.
	callCtx, cancel := context.WithTimeout(context.WithoutCancel(ctx), r.w.cfg.TTL)
	defer cancel()
	l, err := r.ask(callCtx, r.w.cfg.TTL, k != nil && asked.After(r.yieldsUntil))
	if err != nil || l.Outcome == store.Waiting {
		return nil, err
	}
	t := &tenure{fence: l.Fence, until: asked.Add(r.w.cfg.TTL), lock: k}
	t.ctx, t.end = context.WithCancelCause(ctx)
	return t, nil
}

// ask is TakeLease with its troubles noted. d is how long the lease lives; 0 gives it up.
func (r *runner) ask(ctx context.Context, d time.Duration, elected bool) (store.Lease, error) {
	d = (d + time.Second - 1).Truncate(time.Second) // up: the lease must not lapse before its holder thinks so
	l, err := r.w.cfg.Store.TakeLease(ctx, r.job.name, r.w.holder, d, elected)
	if err == nil && l.Outcome != store.Kept && l.Outcome != store.Taken && l.Outcome != store.Waiting {
		err = fmt.Errorf("worker: take_lease answered %q", l.Outcome)
	}
	r.note(&r.lease, "the lease of the job cannot be asked for", "the lease of the job can be asked for again", err)
	return l, err
}

// keepLease renews the lease at a third of its time. It never takes it by force: if another worker has it by now, that one is right.
func (r *runner) keepLease(t *tenure) {
	third := r.w.cfg.TTL / 3
	for pause := third; sleep(t.ctx, pause); {
		asked := time.Now()
		callCtx, cancel := context.WithDeadline(context.WithoutCancel(t.ctx), t.until)
		l, err := r.ask(callCtx, r.w.cfg.TTL, false)
		cancel()
		switch {
		case err != nil && time.Now().Before(t.until):
			pause = third / 3
		case err != nil:
			t.end(fmt.Errorf("%w: %w", errLapsed, err))
		case l.Outcome == store.Waiting:
			t.end(errOvertaken)
		case l.Outcome == store.Taken: // it had lapsed, and what this worker writes with its old number is refused
			t.end(errLapsed)
		default:
			t.until, pause = asked.Add(r.w.cfg.TTL), third
			r.noteUnderWay(t, third)
		}
	}
}

// keepLock extends the lock at a third of its time; the job is cancelled at once when that fails. A leader elected by the database
// tries now and then to get the lock too, so that Redis elects again once it answers.
func (r *runner) keepLock(t *tenure) {
	for r.w.locks != nil {
		pause := r.w.cfg.RedisRetry
		if t.lock != nil {
			pause = r.w.cfg.TTL / 3
		}
		if !sleep(t.ctx, pause) {
			return
		}
		if t.lock != nil {
			if err := t.lock.extend(t.ctx); err != nil {
				t.end(fmt.Errorf("%w: %w", errLockLost, err))
			}
		} else if r.w.locks.due() {
			// If another has it, that one takes the lease by force, or looks at it and lets it be.
			if k, err := r.w.locks.take(t.ctx, r.job.name); err == nil {
				t.lock = k
				r.update(func(s *JobStatus) { s.Election = ByRedis })
			}
		}
		r.showElection()
	}
}

// resign ends a tenure. ctx is the program's.
func (r *runner) resign(ctx context.Context, t *tenure) {
	cause := t.cause()
	stopping := ctx.Err() != nil
	r.lookedAt = time.Now()
	r.yieldsUntil = time.Time{}
	if errors.Is(cause, errOvertaken) {
		r.yieldsUntil = r.lookedAt.Add(yieldTTLs * r.w.cfg.TTL)
	}
	if stopping {
		// A lease of no seconds lapses at once. If another worker has it, it keeps it.
		callCtx, cancel := context.WithTimeout(context.WithoutCancel(ctx), resignTimeout)
		_, _ = r.ask(callCtx, 0, false) // it has logged its error
		cancel()
		r.log.Info("this worker stops", "fence", t.fence)
	} else {
		r.log.Warn("this worker no longer does the job", "fence", t.fence, "reason", cause)
	}
	if t.lock != nil {
		t.lock.release(ctx)
	}
	t.end(nil)
}
