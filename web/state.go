package web

import (
	"errors"
	"io"
	"io/fs"
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"

	"doorbuster/store"
	"doorbuster/web/page"
	"doorbuster/web/ui"
)

// publicSecond lets caches keep an answer for one second.
var publicSecond = []string{"public, max-age=1"}

// showState says what changes of an item, in less than 200 bytes, from memory. It is written anew for each request, because the
// clock in it feeds countdowns and must not be old.
func (s *Server) showState(a *reply, r *http.Request) error {
	item, err := numberIn(r, "item")
	if err != nil {
		return refused(page.NoSuchItem)
	}
	live, now := s.store.Live(), s.store.Now()
	stock, known := live.Items[item]
	sale := live.Sales[stock.SaleID]
	if !known { // over, or so new that only the database knows it
		facts, err := s.items.facts(r.Context(), item)
		if errors.Is(err, store.ErrNotFound) {
			return refused(page.NoSuchItem)
		}
		if err != nil {
			return err
		}
		sale = facts.liveSale(live)
		if sale.Phase(now) != "over" {
			stock.UnitsLeft = facts.item.UnitsAllotted
		}
	}
	h := a.Header()
	h["Content-Type"] = jsonType
	h["Cache-Control"] = publicSecond
	h["X-Content-Type-Options"] = noSniff
	_, _ = a.Write(stateJSON(stateIn(live, sale.Phase(now), item, stock), sale, stock, now)) // who went away cannot be told
	return nil
}

func stateJSON(state ui.State, sale store.LiveSale, stock store.LiveItem, now time.Time) []byte {
	b := make([]byte, 0, 192)
	b = append(append(b, `{"s":"`...), state...)
	b = strconv.AppendInt(append(b, `","left":`...), int64(max(stock.UnitsLeft, 0)), 10)
	b = strconv.AppendUint(append(b, `,"v":`...), stock.StockVersion, 10)
	b = strconv.AppendInt(append(b, `,"now":`...), now.UnixMilli(), 10)
	b = strconv.AppendInt(append(b, `,"opens":`...), sale.StartsAt().UnixMilli(), 10)
	b = strconv.AppendInt(append(b, `,"closes":`...), sale.ClosesAt.UnixMilli(), 10)
	return append(b, '}', '\n')
}

// imageTypes are the pictures that are served; anything else in the folder is not.
var imageTypes = map[string]string{
	".svg": "image/svg+xml", ".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".webp": "image/webp", ".avif": "image/avif",
	".gif": "image/gif",
}

// picture shows what a catalogue names: an https address, or a file of its own folder ("images/kettle.svg"), which showImage serves.
func picture(name string) ui.Picture {
	if strings.HasPrefix(name, "images/") {
		name = "/" + name
	}
	return ui.Picture{URL: name}
}

// showImage serves a picture: an uploaded one, or one of the catalogue that came with the shop. A drawing may hold a script: it is shown in a sandbox, where nothing runs and nothing
// is loaded.
func (s *Server) showImage(a *reply, r *http.Request) error {
	name := chi.URLParam(r, "*")
	if id, ok := store.ParseImageName(name); ok {
		return s.showUploaded(a, r, name, id)
	}
	kind, known := imageTypes[strings.ToLower(path.Ext(name))]
	if s.cfg.Images == nil || !known || !fs.ValidPath(name) {
		return refused(page.NotFound)
	}
	f, err := s.cfg.Images.Open(name)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrInvalid) {
		return refused(page.NotFound)
	}
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }() // it was only read
	info, err := f.Stat()
	if err != nil {
		return err
	}
	content, seekable := f.(io.ReadSeeker)
	if !info.Mode().IsRegular() || !seekable {
		return refused(page.NotFound)
	}
	h := a.Header()
	h.Set("Content-Type", kind)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; sandbox")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cache-Control", "public, max-age=3600")
	http.ServeContent(a, r, "", info.ModTime(), content)
	return nil
}

// showEvents passes on to who knows what happened to orders. Without one there is no such page.
func (s *Server) showEvents(a *reply, r *http.Request) error {
	if s.cfg.Events == nil {
		return refused(page.NotFound)
	}
	s.cfg.Events.ServeHTTP(a, r)
	return nil
}
