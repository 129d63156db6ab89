package web

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"time"

	"github.com/a-h/templ"
	"github.com/maypok86/otter/v2"

	"doorbuster/store"
	"doorbuster/web/ui"
)

// shelf keeps the public pages of one sort (items, sales, the list), rendered and packed, by number K and language. A page is rendered
// when what it shows has changed in store.Live, by the first request that notices; all others are served from memory, the old copy
// while the new one is made. With the database away the pages stay.
//
// F is what is read from the database for a page, apart from what store.Live knows. It is read again only when the sale was changed.
type shelf[K comparable, F any] struct {
	server *Server
	name   string
	load   func(ctx context.Context, id K) (*F, error)
	stale  func(f *F, live *store.Live) bool
	mark   func(f *F, live *store.Live, now time.Time) mark
	page   func(f *F, live *store.Live, now time.Time, lang ui.Lang) templ.Component
	least  time.Duration // no page is made again sooner after it was made, whatever changed
	slots  *otter.Cache[K, *slot[F]]
}

// mark sums up what a page shows. A change of main is worth a rendering at once, a change of numbers only after calm.
type mark struct{ main, numbers uint64 }

// calm is how old the numbers on a page may get while nothing else changes. The script of the page shows younger ones.
const calm = 5 * time.Second

// glance is how often at most a page is compared with store.Live.
const glance = 50 * time.Millisecond

// believeMissing is how long a number that does not exist is not asked for again.
const believeMissing = time.Second

// slot is the place of one page.
type slot[F any] struct {
	turn    chan struct{} // who holds it may load and render
	facts   atomic.Pointer[F]
	missing atomic.Pointer[time.Time] // until then the number is known not to exist
	pages   []atomic.Pointer[kept]    // by language
}

// kept is one rendered page. checked moves on as long as the page stays right.
type kept struct {
	packed  *packed
	mark    mark
	made    time.Time
	checked atomic.Pointer[glanced]
}

type glanced struct {
	live *store.Live
	at   time.Time
}

func newShelf[K comparable, F any](s *Server, name string, most int, least time.Duration) *shelf[K, F] {
	return &shelf[K, F]{server: s, name: name, least: least, slots: otter.Must(&otter.Options[K, *slot[F]]{MaximumSize: most})}
}

func (h *shelf[K, F]) slot(id K) *slot[F] {
	if s, ok := h.slots.GetIfPresent(id); ok {
		return s
	}
	s, _ := h.slots.ComputeIfAbsent(id, func() (*slot[F], bool) {
		return &slot[F]{turn: make(chan struct{}, 1), pages: make([]atomic.Pointer[kept], len(ui.Langs))}, false
	})
	return s
}

// get returns the page of a number in a language; store.ErrNotFound if there is none.
func (h *shelf[K, F]) get(ctx context.Context, id K, lang ui.Lang) (*packed, error) {
	s := h.slot(id)
	at := &s.pages[slices.Index(ui.Langs, lang)]
	now, live := time.Now(), h.server.store.Live()
	k := at.Load()
	if k != nil && h.right(s, k, live, now) {
		return k.packed, nil
	}
	if k != nil {
		select {
		case s.turn <- struct{}{}:
		default:
			return k.packed, nil // somebody is at it
		}
	} else if err := s.wait(ctx); err != nil {
		return nil, err
	}
	defer func() { <-s.turn }()
	if again := at.Load(); again != nil && again != k {
		return again.packed, nil // made while this request waited
	}
	fresh, err := h.make(ctx, s, id, lang)
	switch {
	case err == nil:
		at.Store(fresh)
		return fresh.packed, nil
	case k != nil && !errors.Is(err, store.ErrNotFound):
		return k.packed, nil // better an old page than none
	default:
		return nil, err
	}
}

// wait waits for the turn to make a page that nobody has yet.
func (s *slot[F]) wait(ctx context.Context) error {
	t := time.NewTimer(2 * time.Second)
	defer t.Stop()
	select {
	case s.turn <- struct{}{}:
		return nil
	case <-t.C:
		return &store.BusyError{Err: errors.New("the page is being made")}
	case <-ctx.Done():
		return ctx.Err()
	}
}

// right says whether a kept page may be served without a look at what it shows, or after one.
func (h *shelf[K, F]) right(s *slot[F], k *kept, live *store.Live, now time.Time) bool {
	if c := k.checked.Load(); c.live == live && now.Sub(c.at) < glance {
		return true
	}
	if now.Sub(k.made) < h.least {
		return true
	}
	f := s.facts.Load()
	if f == nil || h.stale(f, live) {
		return false
	}
	m := h.mark(f, live, h.server.store.Now())
	if m.main != k.mark.main || (m.numbers != k.mark.numbers && now.Sub(k.made) >= calm) {
		return false
	}
	k.checked.Store(&glanced{live: live, at: now})
	return true
}

// make renders a page; the caller has the turn.
func (h *shelf[K, F]) make(ctx context.Context, s *slot[F], id K, lang ui.Lang) (*kept, error) {
	f, err := h.factsOf(ctx, s, id)
	if err != nil {
		return nil, err
	}
	live, now := h.server.store.Live(), h.server.store.Now()
	body, err := ui.RenderBytes(ui.With(context.WithoutCancel(ctx), lang), h.page(f, live, now, lang))
	if err != nil {
		return nil, err
	}
	p, err := pack(body)
	if err != nil {
		return nil, err
	}
	h.server.metrics.renders.WithLabelValues(h.name).Inc()
	k := &kept{packed: p, mark: h.mark(f, live, now), made: time.Now()}
	k.checked.Store(&glanced{live: live, at: k.made})
	return k, nil
}

// loadTime bounds the reading for a page.
const loadTime = 3 * time.Second

// factsOf returns what the database says, read again if it was changed; the caller has the turn.
func (h *shelf[K, F]) factsOf(ctx context.Context, s *slot[F], id K) (*F, error) {
	if f := s.facts.Load(); f != nil && !h.stale(f, h.server.store.Live()) {
		return f, nil
	}
	if until := s.missing.Load(); until != nil && time.Now().Before(*until) {
		return nil, store.ErrNotFound
	}
	ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), loadTime) // others wait for this reading too
	defer stop()
	f, err := h.load(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		until := time.Now().Add(believeMissing)
		s.missing.Store(&until)
	}
	if err != nil {
		return nil, err
	}
	s.facts.Store(f)
	return f, nil
}

// facts returns what the database says of a number, store.ErrNotFound if there is none. It asks the database only for what is not
// on the shelf.
func (h *shelf[K, F]) facts(ctx context.Context, id K) (*F, error) {
	s := h.slot(id)
	if f := s.facts.Load(); f != nil {
		return f, nil
	}
	if err := s.wait(ctx); err != nil {
		return nil, err
	}
	defer func() { <-s.turn }()
	return h.factsOf(ctx, s, id)
}

// peek returns what is on the shelf, nil for nothing.
func (h *shelf[K, F]) peek(id K) *F {
	if s, ok := h.slots.GetIfPresent(id); ok {
		return s.facts.Load()
	}
	return nil
}
