package web

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"runtime/debug"
	"time"

	"golang.org/x/net/netutil"
)

// The times of a connection. The answer of a purchase takes at most store.Config.Patience, well below writeTime.
const (
	headerTime   = 5 * time.Second
	readTime     = 10 * time.Second
	writeTime    = 15 * time.Second
	idleTime     = time.Minute
	profileTime  = 2 * time.Minute // a profile of the operators runs for a while
	maxHeader    = 16 << 10
	shutdownTime = 10 * time.Second
)

// gcPercent lets the heap grow to five times of what lives before it is collected. What lives is small (the kept pages, a queue of
// shoppers: some 50 MB at most), the garbage of a rush is not, and Go's default would collect it dozens of times a second.
const gcPercent = 400

// RelaxCollector sets the garbage collector for a process that serves shoppers, unless GOGC or GOMEMLIMIT say what whoever runs it wants.
func RelaxCollector() {
	if os.Getenv("GOGC") == "" && os.Getenv("GOMEMLIMIT") == "" {
		debug.SetGCPercent(gcPercent)
	}
}

// Run serves shoppers on shop and operators on ops (nil: none) until ctx is done, then stops in this order: /readyz turns red and no
// more passes are given; after Config.DrainDelay, in which balancers look elsewhere, the listener is closed; requests under way get
// at most ten seconds. Run closes both listeners. Afterwards the caller closes the Store, which answers whoever still waits in it.
func (s *Server) Run(ctx context.Context, shop, ops net.Listener) error {
	shopServer := s.server(s, writeTime)
	failed := make(chan error, 2)
	serving := 1
	go func() { failed <- serveOn(shopServer, netutil.LimitListener(shop, s.cfg.MaxConnections)) }()
	var opsServer *http.Server
	if ops != nil {
		opsServer = s.server(s.Ops(), profileTime)
		serving++
		go func() { failed <- serveOn(opsServer, ops) }()
	}
	var err error
	select {
	case <-ctx.Done():
		s.draining.Store(true)
		pauseFor(s.cfg.DrainDelay)
	case err = <-failed: // a listener broke: stop at once
		serving--
		s.draining.Store(true)
	}
	err = errors.Join(err, stop(shopServer))
	if opsServer != nil {
		err = errors.Join(err, stop(opsServer)) // last: readiness can be seen until the end
	}
	for range serving {
		err = errors.Join(err, <-failed)
	}
	return err
}

// serveOn serves until the server is stopped; only another end is an error.
func serveOn(server *http.Server, l net.Listener) error {
	if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("web: %w", err)
	}
	return nil
}

func (s *Server) server(h http.Handler, write time.Duration) *http.Server {
	server := HTTPServer(h, s.cfg.Log)
	server.WriteTimeout = write
	return server
}

// HTTPServer makes a server with the times and bounds of a connection that shoppers get. log hears of broken clients at level debug:
// they are no news.
func HTTPServer(h http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler: h, ReadHeaderTimeout: headerTime, ReadTimeout: readTime, WriteTimeout: writeTime, IdleTimeout: idleTime, MaxHeaderBytes: maxHeader,
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
}

// pauseFor waits out the drain delay. It is not cut short: the balancers need the time.
func pauseFor(d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	<-t.C
}

// stop lets requests under way finish, within bounds, and then cuts the rest.
func stop(server *http.Server) error {
	ctx, cancel := context.WithTimeout(context.Background(), shutdownTime)
	defer cancel()
	err := server.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		return errors.Join(fmt.Errorf("web: some requests were cut off after %s", shutdownTime), server.Close())
	}
	return err
}
