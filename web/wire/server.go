package wire

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// WriteTime is how long an answer may take. That of a purchase takes at most store.Config.Patience, well below it.
const WriteTime = 15 * time.Second

// The other times and bounds of a connection.
const (
	headerTime   = 5 * time.Second
	readTime     = 10 * time.Second
	idleTime     = time.Minute
	maxHeader    = 16 << 10
	shutdownTime = 10 * time.Second
)

// HTTPServer makes a server with the times and bounds of a connection that shoppers get. log hears of broken clients at level debug:
// they are no news.
func HTTPServer(h http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler: h, ReadHeaderTimeout: headerTime, ReadTimeout: readTime, WriteTimeout: WriteTime, IdleTimeout: idleTime, MaxHeaderBytes: maxHeader,
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
}

// Serve serves until the server is stopped; only another end is an error.
func Serve(server *http.Server, l net.Listener) error {
	if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serving: %w", err)
	}
	return nil
}

// Stop lets requests under way finish, within bounds, and then cuts the rest.
func Stop(server *http.Server) error {
	ctx, cancel := context.WithTimeout(context.Background(), shutdownTime)
	defer cancel()
	err := server.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		return errors.Join(fmt.Errorf("some requests were cut off after %s", shutdownTime), server.Close())
	}
	return err
}
