package wire

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/go-chi/chi/v5"
)

func TestAnswerRemembersItsStatus(t *testing.T) {
	for _, c := range []struct {
		name string
		do   func(a *Answer)
		want int
	}{
		{"nothing", func(*Answer) {}, 0},
		{"a body alone", func(a *Answer) { _, _ = a.Write([]byte("x")) }, 200},
		{"a status", func(a *Answer) { a.WriteHeader(404) }, 404},
		{"the first counts", func(a *Answer) { a.WriteHeader(303); _, _ = a.Write(nil); a.WriteHeader(500) }, 303},
		{"a hint is no answer", func(a *Answer) { a.WriteHeader(103); a.WriteHeader(201) }, 201},
	} {
		a := &Answer{ResponseWriter: httptest.NewRecorder()}
		if c.do(a); a.Status != c.want {
			t.Errorf("%s: %d, want %d", c.name, a.Status, c.want)
		}
	}
	recorder := httptest.NewRecorder()
	if a := (&Answer{ResponseWriter: recorder}); a.Unwrap() != http.ResponseWriter(recorder) {
		t.Error("the connection cannot be reached")
	}
}

func TestAllow(t *testing.T) {
	mux := chi.NewRouter()
	nothing := func(http.ResponseWriter, *http.Request) {}
	mux.Get("/a/{b}", nothing)
	mux.Post("/a/{b}", nothing)
	mux.Head("/c", nothing)
	for path, want := range map[string]string{"/a/1": "GET, POST", "/c": "HEAD", "/a": "", "/none": ""} {
		if got := Allow(mux, path); got != want {
			t.Errorf("%s: %q, want %q", path, got, want)
		}
	}
}
