package web

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"doorbuster/store"
	"doorbuster/web/page"
	"doorbuster/web/ui"
	"doorbuster/web/wire"
)

// What a crowd asks for is nearly all of a few kinds: the page of an item, its state, a press after the last unit, and a press while more
// are in line than the database can take. Memory has the answers, so they are given in front of the router: finding the route would cost
// more than the answer. A press that has to be decided by the database goes past the router too, to the handler that it would find there.
// Whatever is not quite as usual goes on to the router, where the same routes stand, and is answered there in full.

// early are the counters of the answers that are given in front of the router, under the names of their routes.
type early struct{ page, press *routeCounts }

// pressRoute is the name of the route that a press of our script takes.
const pressRoute = post + " /items/{item}/orders"

func newEarly(m *metrics) early {
	return early{page: m.route(get + " /items/{item}"), press: m.route(pressRoute)}
}

// ServeHTTP answers one request of a shopper.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.Method == get && s.pageFromMemory(w, r):
	case r.Method == post && s.pressed(w, r):
	default:
		s.mux.ServeHTTP(w, r)
	}
}

// pressed answers a press at the usual address.
func (s *Server) pressed(w http.ResponseWriter, r *http.Request) bool {
	item, ok := pressedItem(r.URL.Path)
	if !ok || r.URL.RawPath != "" { // the router goes by the raw path where there is one
		return false
	}
	if !s.noFromMemory(w, r, item) {
		s.press.ServeHTTP(w, r)
	}
	return true
}

// pageFromMemory serves the page of an item if the kept copy is right.
func (s *Server) pageFromMemory(w http.ResponseWriter, r *http.Request) bool {
	lang, item, ok := itemPage(r.URL.Path)
	if !ok || r.ContentLength != 0 {
		return false
	}
	p := s.items.kept(item, lang)
	if p == nil {
		return false
	}
	s.sendPublic(w, r, p)
	s.early.page.add(http.StatusOK)
	return true
}

// itemPage reads /en/items/12.
func itemPage(path string) (ui.Lang, uint64, bool) {
	for _, lang := range ui.Langs {
		if rest, ok := strings.CutPrefix(path, "/"); ok {
			if rest, ok = strings.CutPrefix(rest, string(lang)); ok {
				if rest, ok = strings.CutPrefix(rest, "/items/"); ok {
					item, ok := plainNumber(rest)
					return lang, item, ok
				}
			}
		}
	}
	return "", 0, false
}

// plainNumber reads a number that is surely one of ours; parseNumber judges the others.
func plainNumber(text string) (n uint64, ok bool) {
	if len(text) == 0 || len(text) > 18 || text[0] == '0' {
		return 0, false
	}
	for _, c := range []byte(text) {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + uint64(c-'0')
	}
	return n, true
}

// noFromMemory tells who presses that the shop has closed the item, that it is sold out, or that the line is full, whatever else is in the request: that is the answer to
// nearly everybody then, and nothing of it is worth reading. It changes nothing, so it asks neither for the origin nor for the limits. It
// is counted, but neither logged nor timed.
func (s *Server) noFromMemory(w http.ResponseWriter, r *http.Request, item uint64) bool {
	if wire.CheckBody(r, maxBody) != nil {
		return false
	}
	if s.store.Live().On(store.SoldOutPage, item) && s.gate(item, true) == page.Closed {
		s.sendShort(w, &closed)
		s.early.press.add(closed.status)
		return true
	}
	if s.memory == nil || !s.memory.AnswersFromMemory(item) {
		return false // while an item sells, its presses are read once, by their route
	}
	if s.gate(item, true) != "" {
		return false // there may be a better reason
	}
	who := s.sessionOf(r)
	if who.user == 0 {
		return false
	}
	answer := &soldOut
	placed, no := s.memory.RefusedFromMemory(item, who.user)
	if !no {
		if placed, no = s.memory.BusyFromMemory(item, who.user); !no {
			return false
		}
		answer = &busyFor[min(seconds(placed.RetryAfter), len(busyFor)-1)]
	}
	s.sendShort(w, answer)
	s.early.press.add(answer.status)
	s.answers.count(item, placed.Outcome)
	return true
}

// pressedItem reads /items/12/orders.
func pressedItem(path string) (uint64, bool) {
	rest, ok := strings.CutPrefix(path, "/items/")
	if !ok {
		return 0, false
	}
	if rest, ok = strings.CutSuffix(rest, "/orders"); !ok {
		return 0, false
	}
	return plainNumber(rest)
}

// kept is the page of a number in a language, nil if it has to be made or looked at first.
func (h *shelf[K, F]) kept(id K, lang ui.Lang) *packed {
	s, ok := h.slots.GetIfPresent(id)
	if !ok {
		return nil
	}
	k := s.pages[slices.Index(ui.Langs, lang)].Load()
	if k == nil || !h.right(s, k, h.server.store.Live(), time.Now()) {
		return nil
	}
	return k.packed
}
