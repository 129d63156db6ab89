package admin

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"doorbuster/admin/page"
	"doorbuster/web/wire"
)

// preferences are how one browser shows the console. They are kept in a cookie of that browser: a wall display may be dark while the desk is light.
type preferences struct {
	theme  string // light or dark; "": as the device has it
	noKeys bool   // keys without a modifier do nothing
}

const (
	preferencesCookie = "console_preferences"
	preferencesLive   = 365 * 24 * time.Hour
)

// preferencesOf reads the cookie. What is not understood is left out: it decides nothing but looks.
func preferencesOf(r *http.Request) (p preferences) {
	cookie, err := r.Cookie(preferencesCookie)
	if err != nil {
		return p
	}
	theme, keys, _ := strings.Cut(cookie.Value, ".")
	if theme == "light" || theme == "dark" {
		p.theme = theme
	}
	p.noKeys = keys == "off"
	return p
}

// keepPreferences keeps them in the browser that asks.
func (s *Server) keepPreferences(a *reply, r *http.Request) error {
	form, err := wire.ReadForm(r, "theme", "keys")
	if err != nil {
		return err
	}
	theme, keys := form.Get("theme"), form.Get("keys")
	if !slices.Contains(page.Themes, theme) || (keys != "" && keys != "on") {
		return refused(page.BadRequest)
	}
	if keys == "" { // a box that is not ticked is not sent
		keys = "off"
	}
	http.SetCookie(a, &http.Cookie{
		Name: preferencesCookie, Value: theme + "." + keys, Path: "/", MaxAge: int(preferencesLive / time.Second), Secure: s.secure, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
	return a.seeOther("/account?told=kept")
}
