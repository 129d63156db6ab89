package worker

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"doorbuster/store"
)

// book keeps what staff are told of the runs of a job. Jobs that run each second, or more often, would each commit that often only to say "as before", so a run is noted when
// it went otherwise than the one noted last, when it ends what was noted as under way, and else when Config.NoteEvery has passed; what ran in between is in the sums.
type book struct {
	mu       sync.Mutex // held while something is noted: "it goes on" must not come after "it has ended"
	began    time.Time  // of the run that goes on; zero: none does
	runs     uint64     // under this number
	done     uint64
	noted    time.Time // when something was noted last under this number; zero: never
	failure  string    // as it was noted last
	underWay bool      // the run that goes on was noted
}

// open begins with nothing under a new number.
func (b *book) open() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.runs, b.done, b.noted, b.failure, b.underWay, b.began = 0, 0, time.Time{}, "", false, time.Time{}
}

// begins says that a run does.
func (b *book) begins() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.began = time.Now()
}

// ends counts a run and says what is to be noted of it; nil: nothing now. mu is held.
func (b *book) ends(did int, failure string, pause, every time.Duration) *store.Run {
	now := time.Now()
	took := now.Sub(b.began)
	b.runs++
	b.done += uint64(did)
	b.began = time.Time{}
	if !b.noted.IsZero() && !b.underWay && failure == b.failure && now.Sub(b.noted) < every {
		return nil
	}
	return &store.Run{Took: took, Did: did, Failure: failure, Pause: pause, Runs: b.runs, Done: b.done}
}

// keep writes r, of this tenure, and remembers that it did. mu is held.
func (r *runner) keep(t *tenure, run store.Run, within time.Duration) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.ctx), within)
	defer cancel()
	outcome, err := r.w.cfg.Store.NoteRun(ctx, r.job.name, t.fence, run)
	switch {
	case err != nil:
		return err
	case outcome == store.Fenced:
		return errOvertaken
	case outcome != store.Noted:
		return fmt.Errorf("worker: note_run answered %q", outcome)
	}
	r.book.noted, r.book.failure, r.book.underWay = time.Now(), run.Failure, run.UnderWay
	return nil
}

// noteEnd notes a run that has ended, if there is something to tell. Who may no longer do the job says nothing of it.
func (r *runner) noteEnd(t *tenure, did int, failed error, pause time.Duration) {
	r.book.mu.Lock()
	defer r.book.mu.Unlock()
	run := r.book.ends(did, kindOf(failed), pause, r.w.cfg.NoteEvery)
	if run == nil || t.ctx.Err() != nil {
		return
	}
	err := r.keep(t, *run, callTimeout)
	if errors.Is(err, errOvertaken) {
		t.end(err)
	}
	if failed == nil || err == nil { // else the log has that the database is away
		r.note(&r.told, "the last run of the job cannot be noted for staff", "the last run of the job can be noted again", err)
	}
}

// noteUnderWay notes a run that takes long, once, so that it does not look as if nobody ran the job. Whoever keeps the lease calls it: within is what it may take.
func (r *runner) noteUnderWay(t *tenure, within time.Duration) {
	if !r.book.mu.TryLock() {
		return // one is just being noted as ended
	}
	defer r.book.mu.Unlock()
	b := &r.book
	if b.began.IsZero() || b.underWay || time.Since(b.began) < r.w.cfg.NoteEvery {
		return
	}
	// If it cannot be noted it is tried at the next renewal; a number that is old is found out there too.
	_ = r.keep(t, store.Run{UnderWay: true, Took: time.Since(b.began), Runs: b.runs, Done: b.done}, within)
}
