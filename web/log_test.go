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

	"github.com/google/uuid"
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

// The line of a purchase that is written past slog has the bytes that slog makes of it.
func TestPurchaseLine(t *testing.T) {
	l := purchaseLine{
		at: time.Now(), request: uuid.Must(uuid.NewV7()), status: 201, outcome: "placed", took: 1234567 * time.Nanosecond, item: 1<<64 - 1, order: uuid.Must(uuid.NewV7()),
	}
	for _, at := range []time.Time{l.at, l.at.UTC().Truncate(time.Second), l.at.In(time.FixedZone("", -5*3600)).Truncate(time.Millisecond)} {
		l.at = at
		var by bytes.Buffer
		record := slog.NewRecord(at, slog.LevelInfo, purchaseAct, 0)
		record.AddAttrs(slog.String("request", l.request.String()), slog.Int("status", l.status), slog.String("outcome", l.outcome), slog.Duration("took", l.took),
			slog.Uint64("item", l.item), slog.String("order", l.order.String()))
		if err := slog.NewJSONHandler(&by, nil).Handle(t.Context(), record); err != nil {
			t.Fatal(err)
		}
		if got := l.append(nil); !bytes.Equal(got, by.Bytes()) {
			t.Errorf("by hand:\n%sby slog:\n%s", got, by.Bytes())
		}
	}
	var out written
	log, flush := NewLog(&out, slog.LevelInfo)
	if !logPurchase(log, &l) {
		t.Error("a log of ours was not taken")
	}
	if err := flush(); err != nil || out.text.String() != string(l.append(nil)) {
		t.Errorf("%v, written: %s", err, out.text.String())
	}
	for name, other := range map[string]*slog.Logger{"with a field": log.With("shop", 1), "in a group": log.WithGroup("g"), "another's": slog.New(slog.DiscardHandler)} {
		if logPurchase(other, &l) {
			t.Errorf("%s: its lines have more or go elsewhere", name)
		}
	}
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
