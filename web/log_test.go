package web

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// written counts the writes that reach it.
type written struct {
	mu     sync.Mutex
	text   bytes.Buffer
	writes int
	err    error
}

func (w *written) Write(b []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.writes++
	w.text.Write(b)
	return len(b), w.err
}

func (w *written) lines() (lines, writes int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return strings.Count(w.text.String(), "\n"), w.writes
}

// Lines of purchases wait a moment and are written together; a warning does not wait, and takes those before it along.
func TestGatheredLog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out written
		log, flush := NewLog(&out, slog.LevelInfo)
		log = log.With("shop", "x").WithGroup("g")
		for range 50 {
			log.Info("purchase", "order", 1)
		}
		if n, writes := out.lines(); writes != 0 {
			t.Errorf("%d lines written at once in %d writes", n, writes)
		}
		log.Warn("the database does not answer")
		if n, writes := out.lines(); n != 51 || writes != 1 {
			t.Errorf("with the warning: %d lines in %d writes, want 51 in one", n, writes)
		}
		log.Info("purchase")
		time.Sleep(logDelay) // the bubble's clock, not ours
		synctest.Wait()
		if n, writes := out.lines(); n != 52 || writes != 2 {
			t.Errorf("after the delay: %d lines in %d writes, want 52 in two", n, writes)
		}
		time.Sleep(10 * logDelay)
		synctest.Wait()
		if _, writes := out.lines(); writes != 2 {
			t.Errorf("%d writes without a line", writes)
		}
		big := strings.Repeat("x", logRoom)
		log.Info(big)
		if n, writes := out.lines(); n != 53 || writes != 3 {
			t.Errorf("a full buffer: %d lines in %d writes, want 53 in three", n, writes)
		}
		log.Info("last")
		if err := flush(); err != nil {
			t.Error(err)
		}
		if n, _ := out.lines(); n != 54 || !strings.HasSuffix(out.text.String(), "}\n") {
			t.Errorf("%d lines at the end, want 54 whole ones", n)
		}
		out.err = errors.New("disk full")
		log.Info("lost")
		if err := flush(); !errors.Is(err, out.err) {
			t.Errorf("a log that cannot be written: %v", err)
		}
	})
}
