package admin

import (
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/a-h/templ"
	"github.com/google/uuid"

	"doorbuster/admin/page"
	"doorbuster/store"
	"doorbuster/web/ui"
	"doorbuster/web/wire"
)

// reply is a ResponseWriter that knows what its request is about. One lives as long as its request.
type reply struct {
	wire.Answer
	server *Server
	began  time.Time
	lang   ui.Lang // of the page

	prefer preferences

	id     uuid.UUID // of the request
	stage  stage     // how far who asks has signed in
	member store.StaffMember

	act     string // what the log calls it; "" for what is only logged when it fails
	outcome string
	fault   error // what the log says and nobody else is told
}

func newReply(s *Server, w http.ResponseWriter, lang ui.Lang) *reply {
	return &reply{Answer: wire.Answer{ResponseWriter: w}, server: s, began: time.Now(), lang: lang, id: uuid.Must(uuid.NewV7())}
}

// speakAs finds out, where no route says it, in which language to answer.
func (a *reply) speakAs(r *http.Request) {
	first, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	lang, ok := ui.ParseLang(first)
	if !ok {
		lang = ui.Match(r.Header.Get("Accept-Language"))
	}
	a.lang = lang
}

// by is who does what this request asks for.
func (a *reply) by() store.Actor { return store.Member(a.member.ID) }

// may says whether who asks has a right.
func (a *reply) may(right string) bool { return a.stage == signedIn && may(a.member.Role, right) }

// frame is the frame of a page; path is without the language, here the entry of the rail.
func (a *reply) frame(path, here string) page.Frame {
	f := page.Frame{Shop: a.server.cfg.ShopName, Path: path, Here: here, Sandbox: a.server.cfg.Sandbox, Theme: a.prefer.theme, NoKeys: a.prefer.noKeys}
	if a.stage == signedIn {
		f.Member, f.Role, f.Rights = a.member.Name, string(a.member.Role), rights[a.member.Role]
	}
	return f
}

// page sends a page. No cache may keep it: all of it is for one member.
func (a *reply) page(r *http.Request, status int, c templ.Component) error {
	h := a.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("X-Request-Id", a.id.String())
	return ui.Render(a, r.WithContext(ui.With(r.Context(), a.lang)), status, c)
}

// seeOther sends the browser on to a path of ours, without the language.
func (a *reply) seeOther(path string) error {
	a.leave("/" + string(a.lang) + path)
	return nil
}

// leave sends the browser to a checked address.
func (a *reply) leave(to string) {
	h := a.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("Location", to)
	a.WriteHeader(http.StatusSeeOther)
}

// logLine writes one line per act and per fault; none for pages that were served. No e-mail, password, code or token is in it.
func (a *reply) logLine(r *http.Request) {
	level := slog.LevelInfo
	switch {
	case a.Status >= http.StatusInternalServerError && a.fault != nil:
		level = slog.LevelError
	case a.fault != nil:
		level = slog.LevelWarn
	case a.act == "":
		return
	}
	act := a.act
	if act == "" {
		act = "console request"
	}
	attrs := []slog.Attr{
		slog.String("request", a.id.String()), slog.Int("status", a.Status), slog.String("outcome", a.outcome), slog.Duration("took", time.Since(a.began)),
		slog.Uint64("staff", a.member.ID),
	}
	if a.fault != nil {
		attrs = append(attrs, slog.String("method", r.Method), slog.String("path", r.URL.Path[:min(len(r.URL.Path), 200)]), slog.String("error", a.fault.Error()))
	}
	a.server.cfg.Log.LogAttrs(r.Context(), level, act, attrs...)
}

// to puts where somebody wanted to go behind a path.
func to(path, where string) string {
	if where == "" {
		return path
	}
	return path + "?to=" + url.QueryEscape(where)
}
