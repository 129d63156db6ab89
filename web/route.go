package web

import (
	"fmt"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/klauspost/compress/gzhttp"

	"doorbuster/web/page"
	"doorbuster/web/ui"
	"doorbuster/web/wire"
)

const (
	get  = http.MethodGet
	post = http.MethodPost
)

// maxBody bounds the body of a request: our forms and JSON need a few hundred bytes.
const maxBody = 64 << 10

// handler answers one request. What it returns as an error is answered in respond.go, and only there.
type handler func(a *reply, r *http.Request) error

// route is one line of the table.
type route struct {
	method  string
	pattern string // without the language
	kind    kind
	handler handler
}

// kind is what the routes of one sort share.
type kind struct {
	paged   bool // stands under each language; refusals are pages
	json    bool // refusals are JSON
	limited bool // counts against the bucket of the client's address
	packed  bool // answers are compressed on the fly
	once    bool // a GET that changes something: no HEAD
}

var (
	public   = kind{paged: true}                              // the same for everybody
	personal = kind{paged: true, limited: true, packed: true} // for one shopper
	press    = kind{paged: true, limited: true}               // the purchase: nothing that it does not need
	data     = kind{json: true, limited: true}
	shared   = kind{json: true} // the same for everybody
	bare     = kind{}
	file     = kind{packed: true}
	link     = kind{limited: true, once: true}
	back     = kind{paged: true, limited: true, once: true} // from the payment provider: what it says there is written down
	called   = kind{json: true}                             // by the payment provider, whose many payments come from one address
)

// mount registers the table in a router.
func (s *Server) mount(table []route) http.Handler {
	mux := chi.NewRouter()
	packed, err := gzhttp.NewWrapper(gzhttp.MinSize(1024), gzhttp.ContentTypes([]string{"text/html", "image/svg+xml"}), gzhttp.RandomJitter(32, 0, false))
	if err != nil {
		panic(err) // fixed options: a mistake here is found at the first start
	}
	for _, e := range table {
		r := chi.Router(mux)
		if e.kind.limited {
			r = r.With(s.proxies.Known)
		}
		if e.kind.packed {
			r = r.With(func(h http.Handler) http.Handler { return packed(h) })
		}
		name := e.method + " " + e.pattern
		if !e.kind.paged {
			register(r, e, e.pattern, s.do(name, e.kind, "", e.handler))
			continue
		}
		for _, lang := range ui.Langs {
			register(r, e, "/"+string(lang)+e.pattern, s.do(name, e.kind, lang, e.handler))
		}
	}
	mux.NotFound(s.do("unmatched", bare, "", s.unmatched))
	mux.MethodNotAllowed(s.do("unmatched", bare, "", func(a *reply, r *http.Request) error {
		a.speakAs(r)
		return wrongMethod(mux, r)
	}))
	return mux
}

func register(r chi.Router, e route, pattern string, h http.HandlerFunc) {
	r.Method(e.method, pattern, h)
	if e.method == get && !e.kind.once {
		r.Method(http.MethodHead, pattern, h)
	}
}

// guardOrigin refuses what another site's page makes a browser send. There are no exceptions, and there must not be any: a server that
// calls back says nothing of an origin, and so it passes.
func (s *Server) guardOrigin(next http.Handler) http.Handler {
	guard := http.NewCrossOriginProtection()
	guard.SetDenyHandler(s.do("cross-site", bare, "", func(a *reply, r *http.Request) error {
		a.speakAs(r)
		return refused(page.NotAllowed)
	}))
	return guard.Handler(next)
}

// do wraps a handler, once: everything that must be so for each request is here.
func (s *Server) do(name string, k kind, lang ui.Lang, h handler) http.HandlerFunc {
	counts := s.metrics.route(name)
	return func(w http.ResponseWriter, r *http.Request) {
		a := newReply(s, w, lang, k.json)
		if err := s.answer(k, h, a, r); err != nil {
			s.refuse(a, r, err)
		}
		if !a.decided.IsZero() {
			s.metrics.steps.answer.Observe(time.Since(a.decided).Seconds())
		}
		counts.add(a.Status)
		a.logLine(r)
	}
}

// answer runs a handler and turns a panic into a fault.
func (s *Server) answer(k kind, h handler, a *reply, r *http.Request) (err error) {
	defer func() {
		switch p := recover(); p {
		case nil:
		case http.ErrAbortHandler:
			panic(p)
		default:
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	if s.secure {
		a.Header()["Strict-Transport-Security"] = hsts
	}
	if err := wire.CheckBody(r, maxBody); err != nil {
		return err
	}
	if k.limited && !s.addressMay(r) {
		s.metrics.limited.WithLabelValues("address").Inc()
		return refused(page.TooMany)
	}
	return h(a, r)
}

var hsts = []string{"max-age=31536000; includeSubDomains"}

// unmatched answers an address that nothing stands at.
func (s *Server) unmatched(a *reply, r *http.Request) error {
	a.speakAs(r)
	if r.URL.Path == "/"+string(a.lang) {
		return a.seeOther(r, "/")
	}
	return refused(page.NotFound)
}

// wrongMethod says what an address does take.
func wrongMethod(mux chi.Router, r *http.Request) error {
	allow := wire.Allow(mux, r.URL.Path)
	if allow == "" {
		return refused(page.NotFound)
	}
	v := refused(page.WrongMethod)
	v.allow = allow
	return v
}

// serve lets a plain handler stand in the table.
func serve(h http.Handler) handler {
	return func(a *reply, r *http.Request) error {
		h.ServeHTTP(a, r)
		return nil
	}
}
