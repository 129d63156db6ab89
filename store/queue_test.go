package store_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"

	"doorbuster/store"
	"doorbuster/store/storetest"
)

// Promises 9 and P18: a full queue refuses at once, and those who were refused together are not told to return together.
func TestFullQueueRefuses(t *testing.T) {
	t.Parallel()
	const room, refused = 5, 200
	l := newLine(t, 100, func(c *store.Config) { c.QueueSize = room })
	l.queue(t, l.wishes(t, 1, 1, 1, 1, 1)...)
	var mu sync.Mutex
	var waits []time.Duration
	crowd(refused, func(user uint64) {
		got := buy(t, l.s, l.item, user+100, 1) // returns while the stock is still held: nobody waits in a full queue
		mu.Lock()
		defer mu.Unlock()
		waits = append(waits, got.RetryAfter)
		if got.Outcome != store.Busy {
			t.Errorf("shopper %d: %s behind a full queue", user, got.Outcome)
		}
	})
	checkSpread(t, waits)
	if !l.s.AnswersFromMemory(l.item) || l.s.AnswersFromMemory(l.item+1) {
		t.Error("memory does not know that the line of this item is full, and of no other")
	}
	if got, busy := l.s.BusyFromMemory(l.item, 999); !busy || got.Outcome != store.Busy || got.RetryAfter < time.Second {
		t.Errorf("memory says %v %v of a full queue", busy, got)
	}
	if _, busy := l.s.BusyFromMemory(l.item+1, 999); busy {
		t.Error("memory says that a queue is full in which nobody stands")
	}
	l.finish()
	if _, busy := l.s.BusyFromMemory(l.item, 999); busy || l.s.AnswersFromMemory(l.item) {
		t.Error("memory says that an empty queue is full")
	}
	for _, got := range l.answers {
		if got.Outcome != store.Placed {
			t.Errorf("who was in the queue: %s", got.Outcome)
		}
	}
	if b := readBooks(t, l.d, l.item); len(b.orders) != room+1 {
		t.Errorf("%d orders, want %d: who was refused must have none", len(b.orders), room+1)
	}
	l.d.MustAudit(t)
}

// checkSpread wants each second from 1 to 5 to get some of the many waits.
func checkSpread(t testing.TB, waits []time.Duration) {
	t.Helper()
	seconds := map[int]int{}
	for _, w := range waits {
		if w < time.Second || w > 5*time.Second {
			t.Errorf("Retry-After %s", w)
		}
		seconds[int(w/time.Second)]++
	}
	for second := 1; second < 5; second++ {
		if seconds[second] == 0 {
			t.Errorf("%d refusals, none with a Retry-After of %d s: %v", len(waits), second, seconds)
		}
	}
}

// Who has waited too long in the line is told to come back, and nothing is done for them afterwards.
func TestLongWaitEndsBusy(t *testing.T) {
	t.Parallel()
	l := newLine(t, 100, func(c *store.Config) { c.QueueWait = 200 * time.Millisecond })
	var wg sync.WaitGroup
	for user := range uint64(20) {
		wg.Go(func() {
			if got := buy(t, l.s, l.item, user+2, 1); got.Outcome != store.Busy {
				t.Errorf("shopper %d: %s", user+2, got.Outcome)
			}
		})
	}
	wg.Wait() // the stock is still held
	l.finish()
	if got := buy(t, l.s, l.item, 99, 1); got.Outcome != store.Placed {
		t.Errorf("after the wait: %s", got.Outcome)
	}
	if b := readBooks(t, l.d, l.item); len(b.orders) != 2 {
		t.Errorf("%d orders, want 2: of those who were told busy somebody has one", len(b.orders))
	}
	l.d.MustAudit(t)
}

// Promise 4: who has waited too long for an answer is told "unknown", and the same key brings the sure one.
func TestLongAnswerIsUnknown(t *testing.T) {
	t.Parallel()
	l := newLine(t, 1, func(c *store.Config) { c.QueueWait, c.Patience = 200*time.Millisecond, 300*time.Millisecond })
	l.wg.Wait() // the first shopper's patience ends while the CALL still waits for the stock
	p := l.sent[0]
	if got := l.answers[p.OrderID]; got.Outcome != store.Unknown || got.OrderID != p.OrderID {
		t.Errorf("answer while the stock is held: %+v", got)
	}
	l.release()
	if again := settle(t, l.s, p); again.Outcome != store.Exists || again.OrderID != p.OrderID {
		t.Errorf("asked again with the same key: %+v", again)
	}
	if got := settle(t, l.s, purchase(t, l.item, 2, 1)); got.Outcome != store.SoldOut {
		t.Errorf("the next shopper: %s", got.Outcome)
	}
	l.d.MustAudit(t)
}

// Close takes no new shoppers, answers everybody who waits, and only then gives the connections back.
func TestCloseAnswersEverybody(t *testing.T) {
	t.Parallel()
	l := newLine(t, 20)
	l.queue(t, l.wishes(t, 1, 1, 1, 1, 1)...)
	for user := range uint64(30) {
		l.send(t, purchase(t, l.item, user+50, 1))
	}
	l.await(t, 35)
	closed := make(chan error, 1)
	go func() { closed <- l.s.Close(t.Context()) }()
	eventually(t, "the store closes", func() bool { return store.Closing(l.s) })
	if got := buy(t, l.s, l.item, 1000, 1); got.Outcome != store.Busy {
		t.Errorf("a shopper who comes too late: %s", got.Outcome)
	}
	select {
	case err := <-closed:
		t.Fatalf("closed while shoppers wait: %v", err)
	default:
	}
	l.finish()
	if err := <-closed; err != nil {
		t.Errorf("close: %v", err)
	}
	count := map[store.Outcome]int{}
	for _, got := range l.answers {
		count[got.Outcome]++
	}
	if count[store.Placed] != 20 || count[store.SoldOut] != 16 {
		t.Errorf("answers: %v", count)
	}
	l.d.MustAudit(t)
}

// A store whose database died has nothing left to give back: Close says so, whatever its idle connections say. Over the socket a
// broken connection is seen at the first byte, over TCP only at the second.
func TestCloseAfterTheDatabaseDied(t *testing.T) {
	t.Parallel()
	server := storetest.OwnServer(t)
	d := storetest.On(t, server)
	cfg, err := mysql.ParseDSN(d.DSN("doorbuster_admin"))
	if err != nil {
		t.Fatal(err)
	}
	cfg.Net, cfg.Addr = "unix", server.Socket()
	s, err := store.Open(t.Context(), store.Config{AdminDSN: cfg.FormatDSN()})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.MerchantSales(t.Context(), 1); err != nil {
		t.Fatal(err) // else no connection is idle
	}
	if err := server.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(t.Context()); err != nil {
		t.Errorf("close: %v", err)
	}
	if err := server.Restart(t.Context()); err != nil {
		t.Error(err) // the test's database is dropped with the others
	}
}

// A Close that may not wait still answers everybody: with "unknown" or "busy", never with silence, and never with a wrong no.
func TestHurriedCloseAnswersEverybody(t *testing.T) {
	t.Parallel()
	l := newLine(t, 20)
	l.queue(t, l.wishes(t, 1, 1, 1)...)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := l.s.Close(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("a hurried close: %v", err)
	}
	l.finish()
	for i, p := range l.sent { // the first one's CALL was on its way, the others' were not
		want := store.Busy
		if i == 0 {
			want = store.Unknown
		}
		if got := l.answers[p.OrderID]; got.Outcome != want {
			t.Errorf("shopper %d: %s, want %s", p.UserID, got.Outcome, want)
		}
	}
	other := l.d.Open(t)
	for _, p := range l.sent { // the same keys work on another node, whether the first shopper's CALL was carried out or not
		if got := settle(t, other, p); got.Outcome != store.Placed && got.Outcome != store.Exists {
			t.Errorf("shopper %d after the restart: %s", p.UserID, got.Outcome)
		}
	}
	if b := readBooks(t, l.d, l.item); len(b.orders) != 4 {
		t.Errorf("%d orders of 4 shoppers", len(b.orders))
	}
	l.d.MustAudit(t)
}

// A Store may be opened before its database: it says busy, is not ready, and recovers by itself (crash_test.go).
func TestNoDatabaseIsBusy(t *testing.T) {
	t.Parallel()
	d := storetest.New(t)
	s := d.Open(t, func(c *store.Config) { c.WebDSN = "doorbuster_web:x@tcp(127.0.0.1:1)/nowhere" })
	if got := buy(t, s, 1, 1, 1); got.Outcome != store.Busy {
		t.Errorf("without a database: %s", got.Outcome)
	}
	if s.Ready() == nil {
		t.Error("ready without a database")
	}
	var busy *store.BusyError
	if _, err := s.Sales(t.Context(), 1); !errors.As(err, &busy) || busy.RetryAfter < time.Second {
		t.Errorf("a page without a database: %v", err)
	}
}
