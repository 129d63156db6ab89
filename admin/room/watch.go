package room

import (
	"context"
	"errors"
	"time"

	"doorbuster/store"
	"doorbuster/web/ui"
)

// readTime bounds one look at the database: then the viewers are told that it does not answer.
const readTime = 3 * time.Second

// watch reads one sale for all who watch it. All but rooms, sale and reader is guarded by rooms.mu.
type watch struct {
	rooms  *Rooms
	sale   uint64
	reader *Reader         // of run alone
	ctx    context.Context // until no viewer is left
	cancel context.CancelFunc

	viewers map[*Viewer]struct{}
	frames  map[ui.Lang][]byte // the newest
	latest  *Reading
	sum     store.ShownSale // the equation as it was read last
}

// reader is who reads for all. Whether each of them may see it is checked for each of them.
var reader = store.Operator("live room")

func newWatch(r *Rooms, sale uint64) *watch {
	ctx, cancel := context.WithCancel(r.ctx)
	return &watch{
		rooms: r, sale: sale, reader: NewReader(r.cfg.Source, reader, sale), ctx: ctx, cancel: cancel,
		viewers: map[*Viewer]struct{}{}, frames: map[ui.Lang][]byte{},
	}
}

// run reads until no viewer is left: the last one has gone, or the rooms were stopped.
func (w *watch) run() {
	cfg, ctx := w.rooms.cfg, w.ctx
	tick, check := time.NewTicker(cfg.Every), time.NewTicker(cfg.CheckEvery)
	defer tick.Stop()
	defer check.Stop()
	w.look(ctx)
	for {
		select {
		case <-ctx.Done():
			return
		case <-check.C:
			w.check(ctx)
		case <-tick.C:
			w.look(ctx)
		}
	}
}

// addUp reads the equation, beside run: a sale with very many orders takes seconds to add up, and the quick figures must not wait for that.
func (w *watch) addUp() {
	pause := time.NewTimer(0)
	defer pause.Stop()
	for {
		select {
		case <-w.ctx.Done():
			return
		case <-pause.C:
		}
		began := time.Now()
		sum, err := w.rooms.cfg.Source.ShowSale(w.ctx, reader, w.sale)
		if err == nil {
			w.rooms.mu.Lock()
			w.sum = sum
			w.rooms.mu.Unlock()
		}
		pause.Reset(max(w.rooms.cfg.Every, pace(time.Since(began))))
	}
}

// remove takes a viewer out; rooms.mu is held.
func (w *watch) remove(v *Viewer) {
	if _, in := w.viewers[v]; !in {
		return
	}
	delete(w.viewers, v)
	close(v.frames)
	w.rooms.viewers--
	if len(w.viewers) == 0 {
		delete(w.rooms.watches, w.sale)
		w.cancel()
	}
}

// look reads the sale, renders it for each language that somebody watches it in, and hands it out. Without an answer what was read last is shown
// again, as what it is: old.
func (w *watch) look(ctx context.Context) {
	reading, err := w.read(ctx)
	switch {
	case errors.Is(err, store.ErrNotFound): // a draft that was discarded
		w.cutOff(func(*Viewer) bool { return true })
		return
	case err != nil: // nothing was ever read, or the console is stopping
		return
	}
	w.rooms.mu.Lock()
	reading.Sale = w.sum
	w.rooms.mu.Unlock()
	frames := map[ui.Lang][]byte{}
	for _, lang := range w.languages() {
		if frames[lang], err = w.rooms.cfg.Render(lang, reading); err != nil {
			w.rooms.cfg.Log.Error("the live room cannot be rendered", "sale", w.sale, "error", err)
			return
		}
	}
	w.rooms.mu.Lock()
	defer w.rooms.mu.Unlock()
	w.latest, w.frames = reading, frames
	for v := range w.viewers {
		frame := frames[v.lang]
		if frame == nil {
			continue // joined meanwhile, in a language of their own: the next frame is theirs too
		}
		select {
		case <-v.frames: // not taken in time
		default:
		}
		v.frames <- frame // there is room: only who holds rooms.mu puts something in
	}
}

func (w *watch) read(ctx context.Context) (*Reading, error) {
	ctx, cancel := context.WithTimeout(ctx, readTime)
	defer cancel()
	return w.reader.Read(ctx)
}

func (w *watch) languages() []ui.Lang {
	w.rooms.mu.Lock()
	defer w.rooms.mu.Unlock()
	seen := map[ui.Lang]bool{}
	var langs []ui.Lang
	for v := range w.viewers {
		if !seen[v.lang] {
			seen[v.lang] = true
			langs = append(langs, v.lang)
		}
	}
	return langs
}

// check cuts off who may not watch any more: one question for all of them. While the database is away nothing new is shown to anybody, so they may stay.
func (w *watch) check(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, readTime)
	defer cancel()
	var watchers []store.Watcher
	w.rooms.mu.Lock()
	for v := range w.viewers {
		watchers = append(watchers, v.who)
	}
	w.rooms.mu.Unlock()
	numbers, err := w.rooms.cfg.Source.CheckWatchers(ctx, watchers)
	if err != nil {
		return
	}
	asked, may := map[uint64]bool{}, map[uint64]bool{}
	for _, one := range watchers {
		asked[one.N] = true
	}
	for _, n := range numbers {
		may[n] = true
	}
	w.cutOff(func(v *Viewer) bool { return asked[v.who.N] && !may[v.who.N] })
}

// cutOff sends those viewers away who may not watch any more.
func (w *watch) cutOff(which func(*Viewer) bool) {
	w.rooms.mu.Lock()
	defer w.rooms.mu.Unlock()
	for v := range w.viewers {
		if which(v) {
			v.cut = true
			w.remove(v)
		}
	}
}
