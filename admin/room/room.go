// Package room keeps the live rooms of a console up to date. However many people watch a sale, it is read by one goroutine, through the staff's
// lane, and rendered once per language; every viewer gets the same bytes. Nobody who watches holds a connection to the database.
//
// Bounds: MostViewers people, MostSales sales, one frame per viewer. Each frame is the whole state, so a viewer who is slow misses some and is never
// behind; one who takes nothing at all is hung up on by who writes to them.
package room

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"doorbuster/store"
	"doorbuster/web/ui"
)

// Bounds of one process.
const (
	MostViewers = 200
	MostSales   = 50
)

// ErrFull says that as many people or sales are watched as can be, or that the console is stopping.
var ErrFull = errors.New("room: no more viewers")

// Source is the part of a store.Store that a room reads.
type Source interface {
	ShowRoom(ctx context.Context, by store.Actor, sale uint64) (store.Room, error)
	ShowSale(ctx context.Context, by store.Actor, sale uint64) (store.ShownSale, error)
	CountAnswers(ctx context.Context, by store.Actor, sale uint64, from, until time.Time) ([]store.AnswerCount, error)
	CheckWatchers(ctx context.Context, watchers []store.Watcher) ([]uint64, error)
}

// Config is what Rooms need.
type Config struct {
	Source Source
	// Render makes what is sent to viewers of a language.
	Render func(lang ui.Lang, r *Reading) ([]byte, error)
	Log    *slog.Logger

	Every       time.Duration // how often a sale is read; default 1 s
	CheckEvery  time.Duration // how often it is asked who may go on; default 5 s
	MostViewers int           // default MostViewers
}

// Rooms are all live rooms of a process. A sale is read from its first viewer on until its last one has left. Stop ends them.
type Rooms struct {
	cfg  Config
	ctx  context.Context // until Stop
	stop context.CancelFunc
	wg   sync.WaitGroup

	mu      sync.Mutex
	watches map[uint64]*watch
	viewers int
	last    uint64 // number that was given to a viewer last
}

// New makes Rooms. They hold no goroutine until somebody watches.
func New(cfg Config) *Rooms {
	for p, v := range map[*time.Duration]time.Duration{&cfg.Every: time.Second, &cfg.CheckEvery: 5 * time.Second} {
		if *p <= 0 {
			*p = v
		}
	}
	if cfg.MostViewers <= 0 {
		cfg.MostViewers = MostViewers
	}
	ctx, stop := context.WithCancel(context.Background())
	return &Rooms{cfg: cfg, ctx: ctx, stop: stop, watches: map[uint64]*watch{}}
}

// Stop sends every viewer away and waits until nothing is read any more. Nobody can join afterwards.
func (r *Rooms) Stop() {
	r.mu.Lock()
	r.stop()
	for _, w := range r.watches {
		for v := range w.viewers {
			w.remove(v)
		}
	}
	r.mu.Unlock()
	r.wg.Wait()
}

// Viewer is somebody who watches.
type Viewer struct {
	rooms *Rooms
	watch *watch
	lang  ui.Lang
	who   store.Watcher

	frames chan []byte // the newest frame; closed by the watch
	cut    bool        // closed because the viewer may not watch any more; written before frames is closed
}

// Join lets somebody watch the sale who.Sale; the caller has checked that they may, and must call Leave.
func (r *Rooms) Join(lang ui.Lang, who store.Watcher) (*Viewer, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	w := r.watches[who.Sale]
	if r.ctx.Err() != nil || r.viewers >= r.cfg.MostViewers || (w == nil && len(r.watches) >= MostSales) {
		return nil, ErrFull
	}
	if w == nil {
		w = newWatch(r, who.Sale)
		r.watches[who.Sale] = w
		r.wg.Go(w.run)
		r.wg.Go(w.addUp)
	}
	r.viewers++
	r.last++
	who.N = r.last
	v := &Viewer{rooms: r, watch: w, lang: lang, who: who, frames: make(chan []byte, 1)}
	w.viewers[v] = struct{}{}
	if frame := w.frames[lang]; frame != nil {
		v.frames <- frame
	}
	return v, nil
}

// Frames gives what is to be shown, newest only. It is closed when there is nothing more to come: see Cut.
func (v *Viewer) Frames() <-chan []byte { return v.frames }

// Cut says, once Frames is closed, whether the viewer may not watch any more; else the console is stopping.
func (v *Viewer) Cut() bool { return v.cut }

// Leave ends watching. With the last viewer of a sale its reading ends.
func (v *Viewer) Leave() {
	v.rooms.mu.Lock()
	defer v.rooms.mu.Unlock()
	v.watch.remove(v)
}

// Latest is what was read last of a sale that is being watched; nil when nobody watches, or the database did not answer.
func (r *Rooms) Latest(sale uint64) *Reading {
	r.mu.Lock()
	defer r.mu.Unlock()
	if w := r.watches[sale]; w != nil && w.latest != nil && !w.latest.Away {
		return w.latest
	}
	return nil
}

// Watched is how many sales and viewers there are.
func (r *Rooms) Watched() (sales, viewers int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.watches), r.viewers
}
