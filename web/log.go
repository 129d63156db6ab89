package web

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"sync"
	"time"
)

const (
	logRoom  = 64 << 10               // lines are written together when so many bytes have gathered,
	logDelay = 100 * time.Millisecond // or after this time
)

// gatheredLog writes the lines of a log together: a line per order, each with a call into the kernel of its own, costs as much as a twentieth
// of the order. Warnings and errors are written at once, with everything before them. What a process that is killed had not written yet
// is lost; the order carries the request's number all the same.
type gatheredLog struct {
	mu    sync.Mutex
	out   io.Writer
	lines bytes.Buffer
	timer *time.Timer // runs while lines wait
}

// NewLog makes the log of a program that writes JSON lines to out, gathered as gatheredLog says. Call flush before the program ends.
func NewLog(out io.Writer, level slog.Leveler) (log *slog.Logger, flush func() error) {
	lines := &gatheredLog{out: out}
	return slog.New(urgentLog{slog.NewJSONHandler(lines, &slog.HandlerOptions{Level: level}), lines}), lines.Flush
}

// Write takes one line.
func (g *gatheredLog) Write(line []byte) (int, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.lines.Write(line)
	if g.lines.Len() >= logRoom {
		return len(line), g.flush()
	}
	if g.timer == nil {
		g.timer = time.AfterFunc(logDelay, func() { _ = g.Flush() }) // where a log cannot be written there is nobody to tell
	}
	return len(line), nil
}

// Flush writes what has gathered.
func (g *gatheredLog) Flush() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.flush()
}

func (g *gatheredLog) flush() error {
	if g.timer != nil {
		g.timer.Stop()
		g.timer = nil
	}
	if g.lines.Len() == 0 {
		return nil
	}
	_, err := g.out.Write(g.lines.Bytes())
	g.lines.Reset()
	return err
}

// urgentLog is a slog handler on a gatheredLog that does not let warnings wait.
type urgentLog struct {
	slog.Handler
	gathered *gatheredLog
}

// Handle writes a record.
func (u urgentLog) Handle(ctx context.Context, r slog.Record) error {
	err := u.Handler.Handle(ctx, r)
	if r.Level >= slog.LevelWarn {
		return u.gathered.Flush()
	}
	return err
}

// WithAttrs is slog's.
func (u urgentLog) WithAttrs(attrs []slog.Attr) slog.Handler {
	return urgentLog{u.Handler.WithAttrs(attrs), u.gathered}
}

// WithGroup is slog's.
func (u urgentLog) WithGroup(name string) slog.Handler {
	return urgentLog{u.Handler.WithGroup(name), u.gathered}
}
