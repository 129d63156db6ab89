package admin

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"time"

	"doorbuster/store"
)

const (
	holdTime  = 60               // seconds for which a console keeps a task with each note: a killed one is replaced after so long
	lookEvery = 5 * time.Second  // how often it asks for tasks that another console was told of, or has let go
	tries     = 20               // of one call while the database is away; then the task is left to whoever comes
	actTime   = 20 * time.Second // for one order, and for the note about it: not cut off when the console stops
)

// runner does exports and bulk work, one at a time. Where it has come to stands in the database, so that another console goes on when this one is gone.
type runner struct {
	store  *store.Store
	log    *slog.Logger
	holder string
	wake   chan struct{}

	// acted is told of each order that was done, before it is noted; nil but in tests, which kill the runner here.
	acted func(order []byte)
}

func newRunner(s *store.Store, log *slog.Logger) *runner {
	host, err := os.Hostname()
	if err != nil {
		host = "console"
	}
	return &runner{store: s, log: log, holder: fmt.Sprintf("%.60s %d %.8s", host, os.Getpid(), rand.Text()), wake: make(chan struct{}, 1)}
}

// look makes the runner look for work now.
func (r *runner) look() {
	select {
	case r.wake <- struct{}{}:
	default: // it is going to look anyhow
	}
}

// run works until ctx is done.
func (r *runner) run(ctx context.Context) {
	away := false
	for ctx.Err() == nil {
		worked, err := r.step(ctx)
		if err != nil && !away && ctx.Err() == nil {
			r.log.Warn("exports and bulk work wait", "error", err)
		}
		away = err != nil
		if worked && err == nil {
			continue
		}
		t := time.NewTimer(lookEvery)
		select {
		case <-ctx.Done():
		case <-r.wake:
		case <-t.C:
		}
		t.Stop()
	}
}

// errLost says that the task is not ours any more: somebody cancelled it, or another console has it.
var errLost = errors.New("admin: the task was taken or cancelled")

// stopped says why a task cannot be done, in the word that is kept.
type stopped string

// Error makes it travel as an error.
func (s stopped) Error() string { return "admin: the task fails: " + string(s) }

// step takes one task and does it. An error says that the database is away: the task is left to whoever comes, here or elsewhere.
func (r *runner) step(ctx context.Context) (worked bool, err error) {
	t, err := r.store.TakeTask(ctx, r.holder, holdTime)
	if err != nil || t.Outcome != store.Taken {
		return false, err
	}
	log := r.log.With("task", t.ID, "kind", t.Kind, "take", t.Fence)
	log.Info("task taken")
	err = r.work(ctx, t)
	var why stopped
	switch {
	case err == nil:
	case ctx.Err() != nil: // this console stops; the work has let the task go
		return true, err
	case errors.Is(err, errLost):
		log.Info("task lost")
		return true, nil
	case passing(err):
		return true, err
	case errors.Is(err, store.ErrNotFound): // of a walk: the member may not any more
		why = stopped(store.NotAllowed)
	case !errors.As(err, &why):
		log.Error("task failed", "error", err)
		why = "fault"
	}
	err = r.try(ctx, func() error {
		one, cancel := lasting(ctx)
		defer cancel()
		_, err := r.store.EndTask(one, t, string(why))
		return err
	})
	log.Info("task ended", "why", string(why))
	return true, err
}

func (r *runner) work(ctx context.Context, t store.TakenTask) error {
	switch {
	case t.Kind != store.TaskExport:
		return r.bulk(ctx, t)
	case t.Format.Format == formatXLSX:
		return r.exportXLSX(ctx, t)
	default:
		return r.exportCSV(ctx, t)
	}
}

// passing says whether an error passes by itself.
func passing(err error) bool {
	var busy *store.BusyError
	var unknown *store.UnknownError
	return errors.As(err, &busy) || errors.As(err, &unknown)
}

// try does something until the database has answered. Whatever is done here may be done twice.
func (r *runner) try(ctx context.Context, do func() error) error {
	for n := 1; ; n++ {
		err := do()
		if !passing(err) || n == tries || ctx.Err() != nil {
			return err
		}
		wait := time.Second
		var busy *store.BusyError
		if errors.As(err, &busy) {
			wait = busy.RetryAfter
		}
		t := time.NewTimer(wait)
		select {
		case <-ctx.Done():
		case <-t.C:
		}
		t.Stop()
	}
}

// walk is the next step of a task's walk.
func (r *runner) walk(ctx context.Context, t store.TakenTask, after []byte, limit int) (walked store.Walked, err error) {
	err = r.try(ctx, func() error {
		walked, err = r.store.WalkOrders(ctx, t.By, t.Range, after, limit)
		return err
	})
	return walked, err
}

// note keeps a note about an export.
func (r *runner) note(ctx context.Context, t store.TakenTask, n store.ExportNote) error {
	var outcome store.Outcome
	err := r.try(ctx, func() (err error) {
		outcome, err = r.store.NoteExport(ctx, t, n)
		return err
	})
	switch {
	case err != nil:
		return err
	case outcome == store.Kept:
		return nil
	case outcome == store.Fenced:
		return errLost
	default:
		return stopped(outcome)
	}
}

// letGo gives an export to another console at once, because this one stops.
func (r *runner) letGo(ctx context.Context, t store.TakenTask, n store.ExportNote) {
	one, cancel := lasting(ctx)
	defer cancel()
	n.Seconds, n.Body = 0, nil
	if _, err := r.store.NoteExport(one, t, n); err != nil {
		r.log.Info("a task is not let go: it is taken when its time is over", "task", t.ID, "error", err)
	}
}

// exportCSV writes a CSV file part by part, each noted together with the order behind which to go on.
func (r *runner) exportCSV(ctx context.Context, t store.TakenTask) error {
	n := store.ExportNote{Seconds: holdTime, Number: t.Chunks, After: t.After, Orders: t.Done}
	for {
		walked, err := r.walk(ctx, t, n.After, walkStep)
		if ctx.Err() != nil {
			r.letGo(ctx, t, n)
			return ctx.Err()
		}
		if err != nil {
			return err
		}
		n.Body = nil
		if len(walked.Orders) > 0 || n.Number == 0 {
			if n.Body, err = csvPart(t.Format, n.Number == 0, walked.Orders); err != nil {
				return err
			}
			n.Number++
		}
		if walked.Last != nil {
			n.After = walked.Last
		}
		n.Orders += int64(len(walked.Orders))
		n.Progress = share(n.Orders, t.Total, t.Range, n.After)
		if err := r.note(ctx, t, n); err != nil || !walked.More {
			return err
		}
	}
}

// maxXLSX is how many orders a workbook takes: two sheets full.
const maxXLSX = 2_000_000

// joinClose closes c after err.
func joinClose(err error, c io.Closer) error { return errors.Join(err, c.Close()) }
