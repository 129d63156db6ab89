package worker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"doorbuster/store"
)

// age makes everything that has come to an end so many days older.
func (s *shop) age(t testing.TB, days int) {
	t.Helper()
	s.exec(t, "UPDATE outbox SET sent_at = sent_at - INTERVAL ? DAY WHERE sent_at IS NOT NULL", days)
	s.exec(t, "UPDATE mails SET ended_at = ended_at - INTERVAL ? DAY WHERE ended_at IS NOT NULL", days)
	s.exec(t, "UPDATE webhook_deliveries SET ended_at = ended_at - INTERVAL ? DAY WHERE ended_at IS NOT NULL", days)
	s.exec(t, "UPDATE sandbox_payments SET changed_at = changed_at - INTERVAL ? DAY", days)
}

// rows counts the rows of what is cleaned up.
func (s *shop) rows(t testing.TB) string {
	t.Helper()
	all := ""
	for _, table := range []string{"outbox", "mails", "webhook_deliveries", "webhook_attempts", "events"} {
		all += fmt.Sprintf("%s %d, ", table, s.count(t, "SELECT COUNT(*) FROM "+table))
	}
	return all
}

// What is old enough goes, in bounded batches; what is young or unsent stays, and the books are right afterwards.
func TestOldRowsAreCleanedUp(t *testing.T) {
	t.Parallel()
	s := openShop(t, 20)
	s.addresses(t, 8, 1)
	s.listen(t, nil)
	s.lives(t, 1, 8)
	cfg := hasty(t, s)
	cfg.KeepDays, cfg.CleanEvery, cfg.CleanLimit = 7, time.Millisecond, 3
	w := start(t, cfg, jobs)
	const events = 4*2 + 4*3 // each even shopper cancels, each odd one pays and is refunded
	eventually(t, "all was told", func() bool {
		return s.count(t, "SELECT COUNT(*) FROM webhook_deliveries WHERE state = 'done'") == events && s.count(t, "SELECT COUNT(*) FROM outbox WHERE sent_at IS NULL") == 0
	})
	s.exec(t, "UPDATE mails SET state = 'sent', next_at = NULL, ended_at = UTC_TIMESTAMP(6)")
	run := func() {
		t.Helper()
		before := w.of("clean_up").LastRun
		eventually(t, "a look has begun and ended since", func() bool { return w.of("clean_up").LastRun.After(before) })
		before = w.of("clean_up").LastRun
		eventually(t, "another too", func() bool { return w.of("clean_up").LastRun.After(before) })
	}
	want := s.rows(t)
	s.age(t, 6)
	if run(); s.rows(t) != want {
		t.Errorf("six days old: %s of %s", s.rows(t), want)
	}
	s.hold(t, 11, 1)
	s.age(t, 1)
	gone := func() bool {
		return s.count(t, "SELECT COUNT(*) FROM mails")+s.count(t, "SELECT COUNT(*) FROM webhook_attempts WHERE seq <= ?", events)+
			s.count(t, "SELECT COUNT(*) FROM webhook_deliveries WHERE seq <= ?", events) == 0 && s.count(t, "SELECT COUNT(*) FROM outbox") == 1
	}
	eventually(t, "what is seven days old is gone", gone)
	w.stop(t)
	if n := s.count(t, "SELECT COUNT(*) FROM events"); n < events {
		t.Errorf("%d events of %d are left", n, events)
	}
	if w.log.count("what nobody needs any more was deleted") == 0 {
		t.Error("the log does not say that something was deleted")
	}
	s.mustBeRight(t)
}

// A look takes its share and no more, stops when it has to, and an overtaken worker deletes nothing. What is kept though it is old is told once.
func TestCleanUpIsBoundedAndFenced(t *testing.T) {
	t.Parallel()
	s := openShop(t, 20)
	s.hold(t, 1, 6)
	s.exec(t, "UPDATE outbox SET sent_at = UTC_TIMESTAMP(6) - INTERVAL 31 DAY") // six messages, by hand: no event stands for them
	cfg := settings(t, s.Database).withDefaults()
	log := &logbook{}
	cfg.Log = slog.New(slog.NewTextHandler(log, nil))
	cfg.CleanLimit, cfg.CleanBatches = 2, 2
	lease := s.lease(t, cfg, "clean_up")
	run := cleanUp(cfg)
	for range 2 {
		if did, err := run(t.Context(), lease); did != 0 || err != nil {
			t.Errorf("messages without events: %d, %v", did, err)
		}
	}
	if n := log.count("have no events"); n != 1 {
		t.Errorf("it is told %d times", n)
	}
	s.exec(t, "UPDATE outbox SET sent_at = NULL")
	if r, err := cfg.Store.RelayOutbox(t.Context(), s.lease(t, cfg, "relay_outbox"), 100); err != nil || r.Outcome != store.Relayed {
		t.Fatal(r, err)
	}
	s.age(t, 31)
	if did, err := run(t.Context(), lease-1); did != 0 || !errors.Is(err, errOvertaken) {
		t.Errorf("with an old number: %d, %v", did, err)
	}
	ended, end := context.WithCancel(t.Context())
	end()
	if did, err := run(ended, lease); did != 0 || err != nil {
		t.Errorf("after its end: %d, %v", did, err)
	}
	for i, want := range []int{4, 2, 0} {
		if did, err := run(t.Context(), lease); did != want || err != nil {
			t.Errorf("look %d deleted %d, %v; want %d", i+1, did, err, want)
		}
	}
	s.mustBeRight(t)
}
