package worker

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"doorbuster/store"
)

// runner does one job whenever this worker is its leader.
type runner struct {
	w   *Worker
	job job
	log *slog.Logger

	yieldsUntil time.Time // lost the lease to another: no lease by force before this
	lookedAt    time.Time // when the lease itself was asked last

	mu     sync.Mutex
	status JobStatus
	lease  trouble
	work   trouble
	told   trouble

	book book
}

func newRunner(w *Worker, j job) *runner {
	return &runner{w: w, job: j, log: w.cfg.Log.With("job", j.name), status: JobStatus{Name: j.name}}
}

// run waits for its turn and does the job, until ctx ends.
func (r *runner) run(ctx context.Context) {
	r.lookedAt = time.Now()
	for ctx.Err() == nil {
		t, err := r.claim(ctx)
		r.showElection()
		if t == nil {
			sleep(ctx, r.waitAfter(err, spread(r.w.cfg.ClaimEvery)))
			continue
		}
		r.lead(t)
		r.resign(ctx, t)
		if !errors.Is(t.cause(), errLockLost) { // then the database may go on with this worker, without a pause
			sleep(ctx, spread(r.w.cfg.ClaimEvery))
		}
	}
}

// lead does the job until the tenure ends.
func (r *runner) lead(t *tenure) {
	r.log.Info("this worker does the job", "fence", t.fence, "elected_by", t.electedBy(), "holder", r.w.holder)
	r.update(func(s *JobStatus) { s.Leader, s.Fence, s.Election = true, t.fence, t.electedBy() })
	r.book.open()
	var keepers sync.WaitGroup
	keepers.Go(func() { r.keepLease(t) })
	keepers.Go(func() { r.keepLock(t) })
	for pause := r.runOnce(t); sleep(t.ctx, pause); {
		pause = r.runOnce(t)
	}
	keepers.Wait()
	r.update(func(s *JobStatus) {
		s.Leader, s.Fence = false, 0
		r.work = trouble{} // it is another's now
	})
}

// runOnce runs the job once and returns how long to pause.
func (r *runner) runOnce(t *tenure) time.Duration {
	r.book.begins()
	did, err := r.job.run(t.ctx, t.fence)
	switch {
	case errors.Is(err, errOvertaken):
		t.end(err)
	case t.ctx.Err() != nil && errors.Is(err, context.Canceled): // a read that was cut because this worker has to stop: no trouble
		err = nil
	}
	now := time.Now()
	name := r.job.name
	r.w.metrics.runs.WithLabelValues(name).Inc()
	r.w.metrics.did.WithLabelValues(name).Add(float64(did))
	r.w.metrics.lastRun.WithLabelValues(name).Set(float64(now.UnixMilli()) / 1000)
	r.update(func(s *JobStatus) { s.LastRun, s.LastDid = now, did })
	if did > 0 && r.job.did != "" {
		r.log.Info(r.job.did, "number", did, "fence", t.fence)
	}
	r.note(&r.work, "the job fails and is tried again", "the job goes on", err)
	pause := r.waitAfter(err, r.job.every)
	r.noteEnd(t, did, err, pause)
	return pause
}

// waitAfter returns the pause after err; usual when there was none.
func (r *runner) waitAfter(err error, usual time.Duration) time.Duration {
	if err == nil || errors.Is(err, errOvertaken) {
		return usual
	}
	var busy *store.BusyError
	if errors.As(err, &busy) {
		return max(busy.RetryAfter, usual)
	}
	return max(spread(2*time.Second), usual)
}

// note counts err (which may be nil), keeps it for Status, and logs it if the trouble has changed.
func (r *runner) note(of *trouble, fails, again string, err error) {
	kind := kindOf(err)
	if err != nil {
		r.w.metrics.errors.WithLabelValues(kind, r.job.name).Inc()
	}
	if kind == "fenced" {
		return // the log says so when the tenure ends
	}
	r.mu.Lock()
	changed := of.become(kind)
	r.mu.Unlock()
	switch {
	case !changed:
	case err == nil:
		r.log.Info(again)
	case kind == "broken":
		r.log.Error(fails, "error", err)
	default:
		r.log.Warn(fails, "error", err)
	}
}

// kindOf sorts errors for metrics and Status.
func kindOf(err error) string {
	var busy *store.BusyError
	var unknown *store.UnknownError
	switch {
	case err == nil:
		return ""
	case errors.Is(err, errOvertaken):
		return "fenced"
	case errors.As(err, &unknown):
		return "unknown"
	case errors.As(err, &busy), errors.Is(err, context.DeadlineExceeded):
		return "busy"
	case errors.Is(err, store.ErrBroken):
		return "broken"
	default:
		return "fault"
	}
}

// trouble is the kind of the last error of something, empty when all is well.
type trouble struct{ kind string }

// become keeps kind and says whether the log should have a line about it: one per change, not one per second. A database that goes
// away is unknown first and busy then, which is one trouble.
func (t *trouble) become(kind string) (changed bool) {
	away := func(kind string) bool { return kind == "busy" || kind == "unknown" }
	changed = kind != t.kind && !(away(kind) && away(t.kind))
	t.kind = kind
	return changed
}

// update changes the status and the gauges that mirror it.
func (r *runner) update(change func(*JobStatus)) {
	r.mu.Lock()
	change(&r.status)
	leader := r.status.Leader
	fence := r.status.Fence
	r.mu.Unlock()
	r.w.metrics.leader.WithLabelValues(r.job.name).Set(number(leader))
	if leader {
		r.w.metrics.fence.WithLabelValues(r.job.name).Set(float64(fence))
	}
}

func (r *runner) showElection() {
	r.w.metrics.byRedis.WithLabelValues(r.job.name).Set(number(r.w.locks.answers()))
}

func number(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

func (r *runner) read() JobStatus {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.status
	s.LastError = cmp.Or(r.work.kind, r.lease.kind)
	if !s.Leader {
		s.Election = r.w.Election()
	}
	return s
}
