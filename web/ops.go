package web

import (
	"fmt"
	"net/http"
	"net/http/pprof"
	"strings"

	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Ops is the handler for the operators' own listener, which must not be reachable from outside:
//
//	/livez         the process answers; asks nothing else
//	/readyz        200 when shoppers can be served, else 503 with the reason; then one line per detail
//	/metrics       for Prometheus
//	/debug/pprof/  profiles
//	/mails         the mailbox of a demo, if it has one
func (s *Server) Ops() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /livez", func(w http.ResponseWriter, _ *http.Request) { writeLines(w, http.StatusOK, "ok") })
	mux.HandleFunc("GET /readyz", s.showReady)
	if s.cfg.Gatherer != nil {
		mux.Handle("GET /metrics", promhttp.HandlerFor(s.cfg.Gatherer, promhttp.HandlerOpts{MaxRequestsInFlight: 4}))
	}
	if s.cfg.Mails != nil {
		mux.Handle("GET /mails", s.cfg.Mails)
		mux.Handle("GET /mails/", s.cfg.Mails)
	}
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/cmdline", pprof.Cmdline)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	return mux
}

// showReady asks nobody: a probe must not become load on a database that has enough already.
func (s *Server) showReady(w http.ResponseWriter, _ *http.Request) {
	status, first := http.StatusOK, "ready"
	if err := s.store.Ready(); err != nil {
		status, first = http.StatusServiceUnavailable, "not ready: "+err.Error()
	}
	if s.draining.Load() {
		status, first = http.StatusServiceUnavailable, "not ready: stopping"
	}
	lines := []string{first}
	if s.cfg.Details != nil {
		lines = append(lines, s.cfg.Details()...)
	}
	writeLines(w, status, lines...)
}

func writeLines(w http.ResponseWriter, status int, lines ...string) {
	h := w.Header()
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = fmt.Fprintln(w, strings.Join(lines, "\n")) // who went away cannot be told
}
