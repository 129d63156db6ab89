package admin

import (
	"fmt"
	"net/http"
	"runtime/debug"
	"slices"

	"github.com/go-chi/chi/v5"

	"doorbuster/admin/page"
	"doorbuster/store"
	"doorbuster/web/ui"
	"doorbuster/web/wire"
)

const (
	get  = http.MethodGet
	post = http.MethodPost
)

// maxBody bounds the body of a request; routes that take a file have a bound of their own.
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

// stage is how far somebody has come with signing in.
type stage int

const (
	stranger  stage = iota
	halfway         // the password was right; the second factor is missing
	signedIn        // both were right
	anybody         // for routes: whoever asks
	notStrict       // for routes: halfway or further
)

// kind is what the routes of one sort share: who may ask.
type kind struct {
	paged bool   // stands under each language; refusals are pages
	needs stage  // signedIn or notStrict; anybody: everybody may ask
	right string // what the member's role must allow, as in check_staff; "" with needs below signedIn
	most  int64  // bytes of a body; 0: maxBody
}

var (
	open    = kind{paged: true, needs: anybody}
	half    = kind{paged: true, needs: notStrict}
	read    = kind{paged: true, needs: signedIn, right: "read"}
	sell    = kind{paged: true, needs: signedIn, right: "sell"}
	plain   = kind{needs: anybody}
	picture = kind{needs: notStrict}
	drawing = kind{needs: signedIn, right: "read"}
)

// rights is what each role may do. The procedures hold the same table (check_staff.sql); a test compares them.
var rights = map[store.Role][]string{
	store.RoleOwner:    {"read", "sell", "team", "log"},
	store.RoleMerchant: {"read", "sell"},
	store.RoleViewer:   {"read"},
	store.RoleAuditor:  {"read", "log"},
}

func may(role store.Role, right string) bool { return slices.Contains(rights[role], right) }

// mount registers the table in a router.
func (s *Server) mount(table []route) http.Handler {
	mux := chi.NewRouter()
	mux.Use(s.cfg.Proxies.Known)
	for _, e := range table {
		if !e.kind.paged {
			register(mux, e, e.pattern, s.do(e.kind, "", e.handler))
			continue
		}
		for _, lang := range ui.Langs {
			register(mux, e, "/"+string(lang)+e.pattern, s.do(e.kind, lang, e.handler))
		}
	}
	mux.NotFound(s.do(plain, "", s.unmatched))
	mux.MethodNotAllowed(s.do(plain, "", func(a *reply, r *http.Request) error {
		s.greet(a, r)
		return wrongMethod(mux, r)
	}))
	return mux
}

func register(mux chi.Router, e route, pattern string, h http.HandlerFunc) {
	mux.Method(e.method, pattern, h)
	if e.method == get {
		mux.Method(http.MethodHead, pattern, h)
	}
}

// guardOrigin refuses what another site's page makes a browser send. There are no exceptions, and there must not be any.
func (s *Server) guardOrigin(next http.Handler) http.Handler {
	guard := http.NewCrossOriginProtection()
	guard.SetDenyHandler(s.do(plain, "", func(a *reply, r *http.Request) error {
		a.speakAs(r)
		return refused(page.NotAllowed)
	}))
	return guard.Handler(next)
}

// do wraps a handler, once: everything that must be so for each request is here.
func (s *Server) do(k kind, lang ui.Lang, h handler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		a := newReply(s, w, lang)
		a.prefer = preferencesOf(r)
		if s.secure {
			a.Header().Set("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
		}
		if err := s.answer(k, h, a, r); err != nil {
			s.refuse(a, r, err)
		}
		a.logLine(r)
	}
}

// answer finds out who asks, and lets the handler answer if they may. A panic becomes a fault.
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
	if err := wire.CheckBody(r, max(k.most, maxBody)); err != nil {
		return err
	}
	if !k.paged && k.needs == anybody { // files, and what nothing stands at
		return h(a, r)
	}
	if r, err = s.recognise(a, r); err != nil {
		return notBegun(err)
	}
	switch {
	case k.needs == anybody:
	case a.stage == stranger, k.needs == signedIn && a.stage != signedIn:
		return s.mustSignIn(a, r)
	case k.needs == signedIn && !may(a.member.Role, k.right):
		return refused(page.NotAllowed)
	}
	return h(a, r)
}

// unmatched answers an address that nothing stands at.
func (s *Server) unmatched(a *reply, r *http.Request) error {
	s.greet(a, r)
	if r.URL.Path == "/"+string(a.lang) {
		return a.seeOther("/")
	}
	return refused(page.NotFound)
}

// greet finds out, where no route does it, how to speak to who asks. A member who cannot be recognised now is spoken to as a stranger: it is only the
// frame of a refusal.
func (s *Server) greet(a *reply, r *http.Request) {
	a.speakAs(r)
	_, _ = s.recognise(a, r)
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

// files lets a plain handler stand in the table.
func files(h http.Handler) handler {
	return func(a *reply, r *http.Request) error {
		h.ServeHTTP(a, r)
		return nil
	}
}

// leadToLanguage sends a browser to the console in its language.
func (s *Server) leadToLanguage(a *reply, r *http.Request) error {
	a.lang = ui.Match(r.Header.Get("Accept-Language"))
	a.Header().Add("Vary", "Accept-Language")
	return a.seeOther("/")
}
