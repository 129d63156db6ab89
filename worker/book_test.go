package worker

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"doorbuster/store"
)

// shown is what staff see of a job.
func shown(t testing.TB, s *store.Store, job string) store.StaffJob {
	t.Helper()
	all, err := s.ListJobs(context.Background(), store.Operator("test"))
	if err != nil {
		t.Error(err)
	}
	for _, j := range all {
		if j.Job == job {
			return j
		}
	}
	t.Fatalf("there is no job %s", job)
	panic("unreachable")
}

// renewed is what staff see of a job after some renewals of its lease, each of which may note a run that goes on.
func renewed(t testing.TB, s *store.Store, job string) store.StaffJob {
	t.Helper()
	j := shown(t, s, job)
	for range 3 {
		before := *j.ExpiresAt
		eventually(t, "the lease is renewed", func() bool { j = shown(t, s, job); return j.ExpiresAt.After(before) })
	}
	return j
}

// one is a table of one job, which does what run says.
func one(run func(ctx context.Context, fence uint64) (int, error)) func(Config) []job {
	return func(Config) []job { return []job{{"expire_orders", "did", time.Millisecond, run}} }
}

// The first run is noted at once, and whatever goes otherwise than before; what goes on as before is noted now and then, and nothing of it is lost from the sums.
func TestRunsAreNotedWhenTheyChange(t *testing.T) {
	t.Parallel()
	s := openShop(t, 1)
	var failure atomic.Pointer[error]
	var runs atomic.Int64
	cfg := settings(t, s.Database)
	cfg.NoteEvery = time.Hour
	w := start(t, cfg, one(func(context.Context, uint64) (int, error) {
		runs.Add(1)
		if err := failure.Load(); err != nil {
			return 0, *err
		}
		return 3, nil
	}))
	eventually(t, "many runs have ended", func() bool { return runs.Load() > 50 })
	j := shown(t, s.store, "expire_orders")
	if j.EndedAt == nil || j.BeganAt == nil || j.BeganAt.After(*j.EndedAt) || j.Did != 3 || j.Failure != "" || j.FailingSince != nil || j.Trouble != "" {
		t.Errorf("a job that goes well: %+v", j)
	}
	if j.Runs != 1 || j.Done != 3 || j.PauseMS != 1 || j.NextAt == nil || !j.NextAt.Equal(j.EndedAt.Add(time.Millisecond)) {
		t.Errorf("of many runs alike the first is noted, and when the next is due: %+v", j)
	}
	if j.Holder != w.holder || j.Fence != w.status().Fence {
		t.Errorf("%s does it with number %d; shown: %+v", w.holder, w.status().Fence, j)
	}
	for _, c := range []struct {
		err   error
		class string
	}{{errors.New("it does not work"), "fault"}, {&store.BusyError{RetryAfter: time.Second}, "busy"}, {store.ErrBroken, "broken"}, {&store.UnknownError{Err: errors.New("cut")}, "unknown"}} {
		failure.Store(&c.err)
		eventually(t, "the failure is shown: "+c.class, func() bool { j = shown(t, s.store, "expire_orders"); return j.Failure == c.class })
		if j.FailingSince == nil || j.FailingSince.After(*j.EndedAt) || j.Runs < 50 || j.Done < 3*49 || j.PauseMS < 1000 {
			t.Errorf("a job that fails: %+v", j)
		}
	}
	since := *j.FailingSince
	s.exec(t, "UPDATE job_runs SET failing_since = failing_since - INTERVAL 2 MINUTE")
	if a, err := s.store.Alarms(t.Context(), store.Operator("test")); err != nil || a.LateJobs != 1 {
		t.Errorf("a job that has failed since %s, and before: %+v, %v", since, a, err)
	}
	failure.Store(nil)
	eventually(t, "it goes well again", func() bool { j = shown(t, s.store, "expire_orders"); return j.Failure == "" })
	if j.FailingSince != nil || j.Trouble != "" {
		t.Errorf("a job that goes well again: %+v", j)
	}
}

// What goes on as before is noted again when the time has come.
func TestRunsAreNotedNowAndThen(t *testing.T) {
	t.Parallel()
	s := openShop(t, 1)
	cfg := settings(t, s.Database)
	cfg.NoteEvery = 10 * time.Millisecond
	start(t, cfg, one(func(context.Context, uint64) (int, error) { return 2, nil }))
	var j store.StaffJob
	eventually(t, "later runs are shown", func() bool { j = shown(t, s.store, "expire_orders"); return j.Runs > 3 })
	if j.Done != 2*j.Runs {
		t.Errorf("%d things in %d runs of two", j.Done, j.Runs)
	}
}

// A run that takes long is shown while it goes on, and is not late meanwhile.
func TestLongRunsAreShown(t *testing.T) {
	t.Parallel()
	s := openShop(t, 1)
	goOn := make(chan struct{})
	cfg := settings(t, s.Database)
	cfg.NoteEvery = time.Hour
	var runs atomic.Int64
	w := start(t, cfg, one(func(ctx context.Context, _ uint64) (int, error) {
		if runs.Add(1) == 2 {
			select {
			case <-goOn:
			case <-ctx.Done():
			}
		}
		return 1, nil
	}))
	eventually(t, "the second run has begun", func() bool { return runs.Load() == 2 })
	if j := renewed(t, s.store, "expire_orders"); j.RunningSince != nil {
		t.Errorf("it is noted before it is long: %+v", j)
	}
	w.runners[0].book.mu.Lock() // as if it had begun long ago
	w.runners[0].book.began = time.Now().Add(-2 * time.Hour)
	w.runners[0].book.mu.Unlock()
	var j store.StaffJob
	eventually(t, "it is shown", func() bool { j = shown(t, s.store, "expire_orders"); return j.RunningSince != nil })
	if j.EndedAt == nil || j.Runs != 1 || j.Trouble != store.JobStuck {
		t.Errorf("under way for two hours: %+v", j)
	}
	s.exec(t, "UPDATE job_runs SET running_since = running_since + INTERVAL 90 MINUTE, ended_at = ended_at - INTERVAL 1 HOUR, began_at = began_at - INTERVAL 1 HOUR")
	if j = shown(t, s.store, "expire_orders"); j.Trouble != "" {
		t.Errorf("under way for half an hour: %+v", j)
	}
	since := *j.RunningSince
	if j = renewed(t, s.store, "expire_orders"); j.RunningSince == nil || !j.RunningSince.Equal(since) {
		t.Errorf("it was noted once, since %s: %+v", since, j)
	}
	close(goOn)
	eventually(t, "it has ended", func() bool { j = shown(t, s.store, "expire_orders"); return j.RunningSince == nil && j.Runs == 2 })
}

// Who was overtaken in the middle of a run writes nothing over what the next has noted, and stops.
func TestOvertakenRunIsNotNoted(t *testing.T) {
	t.Parallel()
	s := openShop(t, 1)
	cfg := settings(t, s.Database)
	cfg.TTL = time.Hour // so that the frozen one is not told by its own keepers
	frozen, thaw := make(chan struct{}, 1), make(chan struct{})
	a := start(t, cfg, one(func(context.Context, uint64) (int, error) {
		frozen <- struct{}{}
		<-thaw
		return 99, nil
	}))
	await(t, frozen)
	if _, err := cfg.Store.TakeLease(t.Context(), "expire_orders", "next", time.Hour, true); err != nil {
		t.Fatal(err)
	}
	if o, err := cfg.Store.NoteRun(t.Context(), "expire_orders", 2, store.Run{Did: 5, Runs: 1, Done: 5}); err != nil || o != store.Noted {
		t.Fatal(o, err)
	}
	before := shown(t, s.store, "expire_orders")
	close(thaw)
	eventually(t, "the frozen one knows", func() bool { return a.log.ofExpiry("this worker no longer does the job") > 0 })
	after := shown(t, s.store, "expire_orders")
	if after.Did != 5 || after.Holder != "next" || !after.EndedAt.Equal(*before.EndedAt) {
		t.Errorf("after the frozen one: %+v", after)
	}
}

// Every job of the table is noted, also where nothing waits for it, and a worker that is gone leaves jobs that are late.
func TestEveryJobIsNoted(t *testing.T) {
	t.Parallel()
	s := openShop(t, 1)
	w := start(t, hasty(t, s), jobs)
	all := jobs(Config{})
	eventually(t, "each has run", func() bool {
		return s.count(t, "SELECT COUNT(*) FROM job_runs WHERE ended_at IS NOT NULL AND failure = ''") == len(all)
	})
	w.stop(t)
	s.exec(t, "UPDATE job_runs SET began_at = began_at - INTERVAL 1 DAY, ended_at = ended_at - INTERVAL 1 DAY")
	s.exec(t, "UPDATE leases SET expires_at = UTC_TIMESTAMP(6) - INTERVAL 2 MINUTE WHERE job = 'reconcile'")
	a, err := s.store.Alarms(t.Context(), store.Operator("test"))
	if err != nil || a.LateJobs != len(all) {
		t.Errorf("%d jobs are late, %v; want %d", a.LateJobs, err, len(all))
	}
	if j := shown(t, s.store, "reconcile"); j.Trouble != store.JobIdle {
		t.Errorf("nobody keeps its lease: %+v", j)
	}
	if j := shown(t, s.store, "clean_up"); j.Trouble != store.JobOverdue {
		t.Errorf("somebody keeps its lease, but it does not run: %+v", j)
	}
}
