package wire

import (
	"net/http"
	"strings"

	"github.com/go-chi/chi/v5"
)

// Answer is a ResponseWriter that remembers the status it has sent. It lives as long as its request.
type Answer struct {
	http.ResponseWriter
	Status int // as sent; 0: nothing was sent yet
}

// WriteHeader remembers the status. One that only informs (1xx) is not the answer.
func (a *Answer) WriteHeader(status int) {
	if a.Status == 0 && status >= http.StatusOK {
		a.Status = status
	}
	a.ResponseWriter.WriteHeader(status)
}

// Write makes a missing status 200, as net/http does.
func (a *Answer) Write(b []byte) (int, error) {
	if a.Status == 0 {
		a.Status = http.StatusOK
	}
	return a.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the connection.
func (a *Answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }

// methods are all that a route of ours may have.
var methods = []string{http.MethodGet, http.MethodHead, http.MethodPost}

// Allow is the Allow header of a path: the methods that routes has for it, "" for a path that nothing stands at.
func Allow(routes chi.Routes, path string) string {
	var allow []string
	for _, m := range methods {
		if routes.Match(chi.NewRouteContext(), m, path) {
			allow = append(allow, m)
		}
	}
	return strings.Join(allow, ", ")
}
