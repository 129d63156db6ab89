package web

import (
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/a-h/templ"
	"github.com/go-chi/chi/v5"
	"github.com/google/uuid"

	"doorbuster/web/page"
	"doorbuster/web/ui"
	"doorbuster/web/wire"
)

// quietLines is how many log lines a second may be written that nobody is promised: under a storm of bad requests a log without a
// bound is an outage of its own. What was left out is counted in doorbuster_http_requests_total.
const quietLines = 20

// reply is a ResponseWriter that knows what its request is about. One lives as long as its request.
type reply struct {
	wire.Answer
	server  *Server
	began   time.Time
	decided time.Time // when the database had answered a purchase; zero: it was not asked

	lang ui.Lang // of the page; "" where the address has none
	json bool    // refusals are JSON

	id      uuid.UUID // of the request; made when it is first asked for
	who     session   // the shopper; zero: unknown
	act     string    // what the log calls it; "" for what is only logged when it fails
	logged  bool      // a line is promised: the reference may be shown
	item    uint64
	order   uuid.UUID
	outcome string
	fault   error // what the log says and nobody else is told
}

func newReply(s *Server, w http.ResponseWriter, lang ui.Lang, json bool) *reply {
	return &reply{Answer: wire.Answer{ResponseWriter: w}, server: s, began: time.Now(), lang: lang, json: json}
}

// requestID is the number of the request: the trusted proxy's, if it sent a UUID, else our own. It goes back in X-Request-Id.
func (a *reply) requestID(r *http.Request) uuid.UUID {
	if a.id != uuid.Nil {
		return a.id
	}
	if sent := r.Header.Get("X-Request-Id"); sent != "" && a.server.proxies.Trust(r) {
		a.id, _ = uuid.Parse(sent) // anything but a UUID is the zero id, and replaced
	}
	if a.id == uuid.Nil {
		a.id = uuid.Must(uuid.NewV7()) // fails only when the machine has no randomness, and then nothing here works
	}
	if a.Status == 0 {
		a.Header()["X-Request-Id"] = []string{a.id.String()}
	}
	return a.id
}

// reference is the request id for a page or JSON, "" when no log line will carry it.
func (a *reply) reference(r *http.Request) string {
	if !a.logged {
		_, a.logged = a.server.quiet.Take(struct{}{}, time.Now())
	}
	if !a.logged {
		return ""
	}
	return a.requestID(r).String()
}

// logs promises a line, under the name act.
func (a *reply) logs(act string) { a.act, a.logged = act, true }

// language is that of the address, else the one that the browser likes best.
func (a *reply) language(r *http.Request) ui.Lang {
	if a.lang == "" {
		a.lang = ui.Match(r.Header.Get("Accept-Language"))
	}
	return a.lang
}

// speakAs finds out, where no route says it, in which language and form to answer.
func (a *reply) speakAs(r *http.Request) {
	first, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	if lang, ok := ui.ParseLang(first); ok {
		a.lang = lang
		return
	}
	a.json = wantsJSON(r)
}

// wantsJSON says whether the caller is a program. Browsers ask for text/html.
func wantsJSON(r *http.Request) bool {
	accept := r.Header.Get("Accept")
	return strings.Contains(accept, "application/json") && !strings.Contains(accept, "text/html")
}

// chrome is the frame of a page; path is without the language.
func (a *reply) chrome(path string) ui.Chrome {
	c := a.server.chrome(path)
	c.Shopper = a.who.name
	return c
}

// chrome is the frame of a page for everybody.
func (s *Server) chrome(path string) ui.Chrome {
	return ui.Chrome{Shop: s.cfg.ShopName, Path: path, Sandbox: s.cfg.Payment.Provider().Sandbox()}
}

// page sends a page for one shopper: no cache may keep it.
func (a *reply) page(r *http.Request, status int, c templ.Component) error {
	a.Header()["Cache-Control"] = noStore
	return ui.Render(a, r.WithContext(ui.With(r.Context(), a.language(r))), status, c)
}

var noStore = []string{"no-store"}

// seeOther sends the browser on to a path of ours, without the language.
func (a *reply) seeOther(r *http.Request, path string) error {
	a.leave("/" + string(a.language(r)) + path)
	return nil
}

// leave sends the browser to a checked address.
func (a *reply) leave(to string) {
	h := a.Header()
	h["Cache-Control"] = noStore
	h["Location"] = []string{to}
	a.WriteHeader(http.StatusSeeOther)
}

// logLine writes what was promised: one line per act (purchase, payment, sign-in), one per fault, some of the other refusals, none
// for pages that were served.
func (a *reply) logLine(r *http.Request) {
	if !a.logged {
		return
	}
	level := slog.LevelInfo
	switch {
	case a.Status == http.StatusInternalServerError:
		level = slog.LevelError
	case a.outcome == page.Unknown || a.fault != nil:
		level = slog.LevelWarn
	}
	log := a.server.cfg.Log
	if !log.Enabled(r.Context(), level) {
		return
	}
	now := time.Now()
	if level == slog.LevelInfo && a.act == purchaseAct && a.item != 0 && a.order != uuid.Nil {
		line := purchaseLine{
			at: now, request: a.requestID(r), status: a.Status, outcome: a.outcome, took: now.Sub(a.began), item: a.item, order: a.order,
		}
		if logPurchase(log, &line) {
			return
		}
	}
	act := a.act
	if act == "" {
		act = "request"
	}
	attrs := make([]slog.Attr, 0, 10)
	attrs = append(attrs, slog.String("request", a.requestID(r).String()), slog.Int("status", a.Status), slog.String("outcome", a.outcome),
		slog.Duration("took", now.Sub(a.began)))
	if a.item != 0 {
		attrs = append(attrs, slog.Uint64("item", a.item))
	}
	if a.order != uuid.Nil {
		attrs = append(attrs, slog.String("order", a.order.String()))
	}
	if a.act == "" || a.fault != nil {
		attrs = append(attrs, slog.String("method", r.Method), slog.String("path", clip(r.URL.Path, 200)))
	}
	if a.fault != nil {
		attrs = append(attrs, slog.String("error", a.fault.Error()))
	}
	log.LogAttrs(r.Context(), level, act, attrs...)
}

// clip bounds what a caller can put into the log.
func clip(text string, most int) string {
	if len(text) > most {
		return text[:most] + "…"
	}
	return text
}

// speed-ups for the headers of small answers; they are shared and must never be written to.
var (
	jsonType = []string{"application/json"}
	noSniff  = []string{"nosniff"}
)

// numberIn reads a number of the path. Whatever is not a number names nothing that exists.
func numberIn(r *http.Request, name string) (uint64, error) {
	id, ok := wire.Number(chi.URLParam(r, name))
	if !ok {
		return 0, refused(page.NotFound)
	}
	return id, nil
}

// orderIn reads an order id of the path.
func orderIn(r *http.Request) (uuid.UUID, error) {
	id, ok := parseID(chi.URLParam(r, "order"))
	if !ok {
		return uuid.Nil, refused(page.NoSuchOrder)
	}
	return id, nil
}

// parseID takes an id in the usual form of 36 characters.
func parseID(text string) (uuid.UUID, bool) {
	id, err := uuid.Parse(text)
	return id, err == nil && len(text) == 36
}
