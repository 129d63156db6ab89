package worker

import (
	"context"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"doorbuster/store"
	"doorbuster/webhook"
)

// hasty are settings with which webhooks are delivered at once, to loopback.
func hasty(t testing.TB, s *shop) Config {
	t.Helper()
	cfg := settings(t, s.Database)
	cfg.RelayEvery, cfg.DeliverEvery, cfg.DeliverLimit = time.Millisecond, time.Millisecond, 16
	cfg.Webhooks = toLoopback()
	return cfg
}

// hurried makes what waits for its next attempt due now, as if the time had passed; what was taken and never noted, because its worker was stopped, a
// second after it was taken.
var hurried = []string{
	`UPDATE webhook_deliveries d LEFT JOIN webhook_attempts a ON a.endpoint_id = d.endpoint_id AND a.seq = d.seq AND a.attempt = d.attempts
		SET d.next_at = UTC_TIMESTAMP(6), d.tries = LEAST(d.tries, 1) WHERE d.state = 'due'
		AND (a.attempt IS NOT NULL OR d.next_at BETWEEN UTC_TIMESTAMP(6) AND UTC_TIMESTAMP(6) + INTERVAL 119 SECOND)`,
	"UPDATE webhook_endpoints SET asked_until = NULL WHERE asked_until < UTC_TIMESTAMP(6) + INTERVAL 29 SECOND",
	`UPDATE mails SET next_at = UTC_TIMESTAMP(6), tries = LEAST(tries, 1)
	  WHERE next_at BETWEEN UTC_TIMESTAMP(6) AND UTC_TIMESTAMP(6) + INTERVAL 119 SECOND`,
}

// hurry lets the time pass for webhooks and mails.
func (s *shop) hurry(t testing.TB) {
	t.Helper()
	for _, statement := range hurried {
		_, err := s.root.ExecContext(context.Background(), statement)
		if err != nil && !strings.Contains(err.Error(), "1213") { // it locks in another order than the procedures, and is called again anyway
			t.Error(err)
		}
	}
}

// lives lets n shoppers buy, and each change the order: some pay, some cancel and buy again.
func (s *shop) lives(t testing.TB, first, n uint64) {
	t.Helper()
	var all sync.WaitGroup
	for part := range uint64(4) {
		all.Go(func() {
			for user := first + part; user < first+n; user += 4 {
				p := s.buy(t, user)
				if user%2 == 0 {
					if c, err := s.store.CancelOrder(context.Background(), p.OrderID, user); err != nil || c.Outcome != store.Cancelled {
						t.Errorf("shopper %d: %v %v", user, c, err)
					}
					continue
				}
				if c, err := s.store.PayOrder(context.Background(), store.Operator("ann"), p.OrderID, "cash"); err != nil || c.Outcome != store.Paid {
					t.Errorf("shopper %d: %v %v", user, c, err)
				}
				if c, err := s.store.RefundOrder(context.Background(), store.Operator("ann"), p.OrderID, true, "wrong size"); err != nil || c.Outcome != store.Refunded {
					t.Errorf("shopper %d: %v %v", user, c, err)
				}
			}
		})
	}
	all.Wait()
}

// Four workers take the jobs from each other, are stopped and started again, and the receiver fails in every way it can: each event arrives, and those
// of an order in their order.
func TestEveryEventArrivesInOrder(t *testing.T) {
	t.Parallel()
	const shoppers = 60
	s := openShop(t, 2*shoppers)
	r := s.listen(t, func(m webhook.Message, times int, w http.ResponseWriter, _ *http.Request) bool {
		switch kind := m.Data.Seq % 5; {
		case times > 2 || kind == 0:
			return true
		case kind == 1:
			w.WriteHeader(http.StatusInternalServerError)
			return false
		case kind == 2:
			panic(http.ErrAbortHandler) // no answer
		case kind == 3:
			w.WriteHeader(http.StatusServiceUnavailable) // took it, and says that it did not
			return true
		default:
			w.WriteHeader(http.StatusFound)
			return false
		}
	})
	workers := make([]*running, 4)
	for i := range workers {
		workers[i] = start(t, hasty(t, s), jobs)
	}
	var life sync.WaitGroup
	life.Go(func() { s.lives(t, 1, shoppers) })
	for i := range 8 {
		s.exec(t, "UPDATE leases SET expires_at = '1970-01-01' WHERE job IN ('relay_outbox', 'deliver_webhooks')") // the turn is open: another may take it
		at := r.tookSo()
		eventually(t, "something moves", func() bool { s.hurry(t); return r.tookSo() > at || r.missing(t, s) == 0 })
		workers[i%4].stop(t)
		workers[i%4] = start(t, hasty(t, s), jobs)
	}
	life.Wait()
	eventually(t, "everything was taken", func() bool { s.hurry(t); return r.missing(t, s) == 0 })
	for _, w := range workers {
		w.stop(t)
	}
	r.mustBeInOrder(t)
	s.mustBeRight(t)
	if events, want := s.count(t, "SELECT COUNT(*) FROM events"), shoppers/2*2+shoppers/2*3; events < want {
		t.Errorf("%d events, at least %d happened", events, want)
	}
	if gaps := s.count(t, "SELECT MAX(seq) - COUNT(*) FROM events"); gaps != 0 {
		t.Errorf("%d numbers are missing among the events", gaps)
	}
	if fence := s.count(t, "SELECT MIN(fence) FROM leases WHERE job IN ('relay_outbox', 'deliver_webhooks')"); fence < 3 {
		t.Errorf("the jobs changed hands %d times only", fence)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if n := slices.Max(times(r.times)); n < 2 {
		t.Error("no message came twice: the receiver did not fail")
	}
}

func times(m map[uuid.UUID]int) (all []int) {
	for _, n := range m {
		all = append(all, n)
	}
	return all
}

func (r *receiver) tookSo() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.took)
}

// A worker that loses its turn while a message is on its way notes nothing, and the other sends it again: the receiver sees it twice, by one number.
func TestLeaseLostInTheMiddle(t *testing.T) {
	t.Parallel()
	s := openShop(t, 5)
	arrived, answerNow := make(chan struct{}, 1), make(chan struct{})
	r := s.listen(t, func(_ webhook.Message, times int, _ http.ResponseWriter, _ *http.Request) bool {
		if times == 1 {
			arrived <- struct{}{}
			<-answerNow
		}
		return true
	})
	s.hold(t, 1, 1)
	cfg := hasty(t, s).withDefaults()
	first := s.lease(t, cfg, "deliver_webhooks")
	if did, err := relayOutbox(cfg)(t.Context(), s.lease(t, cfg, "relay_outbox")); did != 1 || err != nil {
		t.Fatalf("relayed %d, %v", did, err)
	}
	ended := make(chan error, 1)
	go func() {
		did, err := deliverWebhooks(cfg)(context.Background(), first)
		if did != 0 {
			t.Errorf("the overtaken worker delivered %d", did)
		}
		ended <- err
	}()
	<-arrived
	second := s.lease(t, cfg, "deliver_webhooks")
	close(answerNow)
	if err := <-ended; kindOf(err) != "fenced" {
		t.Errorf("the overtaken worker: %v", err)
	}
	if n := s.count(t, "SELECT COUNT(*) FROM webhook_attempts"); n != 0 {
		t.Errorf("%d attempts were noted with an old number", n)
	}
	s.exec(t, "UPDATE webhook_deliveries SET next_at = UTC_TIMESTAMP(6)") // its two minutes are over
	if did, err := deliverWebhooks(cfg)(t.Context(), second); did != 1 || err != nil {
		t.Errorf("the other worker delivered %d, %v", did, err)
	}
	if did, err := relayOutbox(cfg)(t.Context(), 99); did != 0 || kindOf(err) != "fenced" {
		t.Errorf("a relay with a wrong number: %d, %v", did, err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if n := times(r.times); len(n) != 1 || n[0] != 2 || len(r.took) != 1 {
		t.Errorf("came %v times, taken %d times", n, len(r.took))
	}
	cfg.Webhooks.Close()
}

// A worker that has to stop does not wait for a receiver, and does not count it as the receiver's failure.
func TestStopInTheMiddle(t *testing.T) {
	t.Parallel()
	s := openShop(t, 5)
	arrived := make(chan struct{}, 1)
	s.listen(t, func(_ webhook.Message, _ int, _ http.ResponseWriter, r *http.Request) bool {
		arrived <- struct{}{}
		<-r.Context().Done()
		return false
	})
	s.hold(t, 1, 1)
	cfg := hasty(t, s).withDefaults()
	defer cfg.Webhooks.Close()
	if did, err := relayOutbox(cfg)(t.Context(), s.lease(t, cfg, "relay_outbox")); did != 1 || err != nil {
		t.Fatalf("relayed %d, %v", did, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	fence, ended := s.lease(t, cfg, "deliver_webhooks"), make(chan error, 1)
	go func() {
		_, err := deliverWebhooks(cfg)(ctx, fence)
		ended <- err
	}()
	<-arrived
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if n := s.count(t, "SELECT (SELECT COUNT(*) FROM webhook_attempts) + SUM(failures) FROM webhook_endpoints"); n != 0 {
		t.Errorf("%d failures were noted", n)
	}
}

// lease takes a lease from whoever has it.
func (s *shop) lease(t testing.TB, cfg Config, job string) uint64 {
	t.Helper()
	l, err := cfg.Store.TakeLease(context.Background(), job, anyName(t), time.Minute, true)
	if err != nil || l.Outcome != store.Taken {
		t.Fatalf("%v %v", l, err)
	}
	return l.Fence
}

// 410 switches a webhook off; the others go on, and what was missed is in the feed, and comes when it is switched on again.
func TestReceiverThatWantsNoMore(t *testing.T) {
	t.Parallel()
	s := openShop(t, 20)
	wants := make(chan struct{})
	tired := s.listen(t, func(_ webhook.Message, _ int, w http.ResponseWriter, _ *http.Request) bool {
		select {
		case <-wants:
			return true
		default:
			w.WriteHeader(http.StatusGone)
			return false
		}
	})
	eager := s.listen(t, nil)
	w := start(t, hasty(t, s), jobs)
	s.hold(t, 1, 5)
	eventually(t, "the webhook is off", func() bool { return s.count(t, "SELECT COUNT(*) FROM webhook_endpoints WHERE state = 'disabled'") == 1 })
	s.hold(t, 6, 5)
	eventually(t, "the other has everything", func() bool { return eager.missing(t, s) == 0 && eager.tookSo() == 10 })
	if n := tired.tookSo(); n != 0 {
		t.Errorf("%d events were taken", n)
	}
	if events, err := s.store.Events(t.Context(), 0, 100); err != nil || len(events) != 10 {
		t.Errorf("the feed has %d events, %v", len(events), err)
	}
	if w.log.count("its webhook is switched off") == 0 {
		t.Error("nobody was told")
	}
	close(wants)
	if outcome, err := s.store.SetWebhookState(t.Context(), store.Operator("ann"), 1, true, "they are back"); err != nil || outcome != store.Set {
		t.Errorf("%s %v", outcome, err)
	}
	eventually(t, "it has everything too", func() bool { s.hurry(t); return tired.missing(t, s) == 0 })
}

// A receiver that answers nothing holds nobody up: after three failures it has one message on its way at a time.
func TestSilentReceiverHoldsNobodyUp(t *testing.T) {
	t.Parallel()
	s := openShop(t, 300)
	s.listen(t, func(_ webhook.Message, _ int, _ http.ResponseWriter, r *http.Request) bool {
		<-r.Context().Done()
		return false
	})
	eager := s.listen(t, nil)
	cfg := hasty(t, s)
	cfg.Webhooks = webhook.NewSender(webhook.Options{Allowed: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, Timeout: 3 * time.Second})
	start(t, cfg, jobs)
	s.hold(t, 1, 200)
	eventually(t, "the other has everything", func() bool { return eager.missing(t, s) == 0 && eager.tookSo() == 200 })
	if tried := s.count(t, "SELECT SUM(attempts) FROM webhook_deliveries WHERE endpoint_id = 1"); tried == 0 || tried > 100 {
		t.Errorf("the silent receiver was asked %d times while the other took 200 messages", tried)
	}
}

// A dead letter is kept, lets the later events of its order go on, and is sent again by hand.
func TestDeadLetter(t *testing.T) {
	t.Parallel()
	s := openShop(t, 5)
	mended := make(chan struct{})
	r := s.listen(t, func(m webhook.Message, _ int, w http.ResponseWriter, _ *http.Request) bool {
		select {
		case <-mended:
			return true
		default:
			if m.Type == "order.placed" {
				w.WriteHeader(http.StatusTeapot)
				return false
			}
			return true
		}
	})
	p := s.buy(t, 1)
	if c, err := s.store.CancelOrder(t.Context(), p.OrderID, 1); err != nil || c.Outcome != store.Cancelled {
		t.Fatal(c, err)
	}
	w := start(t, hasty(t, s), jobs)
	eventually(t, "the placing is dead and the cancelling taken", func() bool {
		s.exec(t, `UPDATE webhook_deliveries d JOIN webhook_attempts a ON a.endpoint_id = d.endpoint_id AND a.seq = d.seq AND a.attempt = d.attempts
			SET d.next_at = UTC_TIMESTAMP(6) WHERE d.state = 'due'`)
		return r.tookSo() == 1
	})
	if n := s.count(t, "SELECT COUNT(*) FROM webhook_attempts WHERE seq = 1"); n != 18 {
		t.Errorf("%d attempts before it was dead, want 18", n)
	}
	log, err := s.store.WebhookLog(t.Context(), 1, true, 100)
	if err != nil || len(log) != 18 || *log[0].Status != http.StatusTeapot || log[0].State != "dead" {
		t.Errorf("%v, %d lines: %+v", err, len(log), log)
	}
	if w.log.count("an event is given up") != 1 {
		t.Error("nobody was told")
	}
	close(mended)
	if outcome, err := s.store.ResendEvent(t.Context(), store.Operator("ann"), 1, 1, "asked for"); err != nil || outcome != store.Due {
		t.Errorf("%s %v", outcome, err)
	}
	eventually(t, "it was taken", func() bool { return r.tookSo() == 2 })
	eventually(t, "it is done", func() bool { return s.count(t, "SELECT COUNT(*) FROM webhook_deliveries WHERE state = 'done'") == 2 })
}
