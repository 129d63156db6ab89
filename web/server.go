package web

import (
	"context"
	"errors"
	"net"
	"net/http"
	"os"
	"runtime/debug"
	"time"

	"doorbuster/web/wire"

	"golang.org/x/net/netutil"
)

// profileTime is how long an answer to operators may take: a profile runs for a while.
const profileTime = 2 * time.Minute

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
	shopServer := s.server(s, wire.WriteTime)
	failed := make(chan error, 2)
	serving := 1
	go func() { failed <- wire.Serve(shopServer, netutil.LimitListener(shop, s.cfg.MaxConnections)) }()
	var opsServer *http.Server
	if ops != nil {
		opsServer = s.server(s.Ops(), profileTime)
		serving++
		go func() { failed <- wire.Serve(opsServer, ops) }()
	}
	counting, stop := context.WithCancel(context.WithoutCancel(ctx)) // until the last answer was given
	counted := make(chan struct{})
	go func() {
		defer close(counted)
		s.answers.run(counting)
	}()
	defer func() {
		stop()
		<-counted
	}()
	var err error
	select {
	case <-ctx.Done():
		s.draining.Store(true)
		pauseFor(s.cfg.DrainDelay)
	case err = <-failed: // a listener broke: stop at once
		serving--
		s.draining.Store(true)
	}
	err = errors.Join(err, wire.Stop(shopServer))
	if opsServer != nil {
		err = errors.Join(err, wire.Stop(opsServer)) // last: readiness can be seen until the end
	}
	for range serving {
		err = errors.Join(err, <-failed)
	}
	return err
}

func (s *Server) server(h http.Handler, write time.Duration) *http.Server {
	server := wire.HTTPServer(h, s.cfg.Log)
	server.WriteTimeout = write
	return server
}

// pauseFor waits out the drain delay. It is not cut short: the balancers need the time.
func pauseFor(d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	<-t.C
}
