package web

import (
	"net/http"
	"strings"
	"testing"

	"doorbuster/webhook"
)

// What happened to orders is told to who knows the token, and to nobody where none is set.
func TestEvents(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	if a := s.do(get, "/api/events?after=0", "", "Authorization", "Bearer ", "Accept", "application/json"); a.status != http.StatusNotFound {
		t.Errorf("without a token in the settings: %d %s", a.status, a.body)
	}
	s.serve(func(c *Config) { c.Events = webhook.NewFeed(s.store, "a token") })
	for header, want := range map[string]int{"Bearer a token": http.StatusOK, "Bearer another": http.StatusUnauthorized, "": http.StatusUnauthorized} {
		a := s.do(get, "/api/events?after=0", "", "Authorization", header)
		if a.status != want || a.header.Get("Cache-Control") != "no-store" {
			t.Errorf("%q: %d, %s, %s", header, a.status, a.header.Get("Cache-Control"), a.body)
		}
		if want == http.StatusOK && strings.TrimSpace(a.body) != `{"events":[],"next":0,"more":false}` {
			t.Errorf("nothing has happened: %s", a.body)
		}
	}
	if a := s.do(post, "/api/events", "{}", "Authorization", "Bearer a token", "Content-Type", "application/json"); a.status != http.StatusMethodNotAllowed {
		t.Errorf("POST: %d", a.status)
	}
}
