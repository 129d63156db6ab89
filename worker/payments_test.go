package worker

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/uuid"

	"doorbuster/payment/sandbox"
	"doorbuster/store"
)

// pays lets a shopper hold a unit and begin to pay at a provider; with a card he presses it at the sandbox, and no callback comes.
func (s *shop) pays(t testing.TB, user uint64, provider, card string) uuid.UUID {
	t.Helper()
	p := s.buy(t, user)
	started, err := s.store.StartPayment(t.Context(), p.OrderID, user, uuid.Must(uuid.NewV7()), provider)
	if err != nil || started.Outcome != store.Started {
		t.Fatalf("shopper %d: %s, %v", user, started.Outcome, err)
	}
	if card != "" {
		if _, err := s.store.SandboxBegin(t.Context(), started.Payment.ID, started.Payment.AmountCents, started.Payment.Currency, *started.Payment.HoldExpiresAt); err != nil {
			t.Fatal(err)
		}
		if _, err := sandbox.New(s.store, nil).Press(t.Context(), started.Payment.ID, card); err != nil {
			t.Fatal(err)
		}
	}
	return started.Payment.ID
}

// Nobody calls back. The worker asks, and a payment that cannot be asked about stops no other: it is told, and asked for again.
func TestPaymentsAreAskedAfter(t *testing.T) {
	t.Parallel()
	s := openShop(t, 20)
	lost := s.pays(t, 1, "elsewhere", "")
	paid, declined := s.pays(t, 2, sandbox.Name, "4242424242424242"), s.pays(t, 3, sandbox.Name, "4000000000000002")
	s.exec(t, "UPDATE payments SET ask_at = UTC_TIMESTAMP(6)")
	cfg := settings(t, s.Database)
	cfg.CheckEvery, cfg.CheckLimit = 10*time.Millisecond, 2
	w := start(t, cfg, jobs)
	is := func(id uuid.UUID, state string) bool {
		return s.count(t, "SELECT COUNT(*) FROM payments WHERE id = ? AND state = ?", id[:], state) == 1
	}
	eventually(t, "the paid one is captured", func() bool { return is(paid, store.PaymentCaptured) })
	eventually(t, "the declined one has failed", func() bool { return is(declined, store.PaymentFailed) })
	eventually(t, "the trouble is told", func() bool {
		return w.of("check_payments").LastError == "fault" || w.log.count("set it back until") > 0
	})
	if !is(lost, store.PaymentStarted) || s.count(t, "SELECT asked FROM payments WHERE id = ?", lost[:]) == 0 {
		t.Error("the one that cannot be asked about is not asked for again")
	}
	if n := s.inState(t, "paid"); n != 1 {
		t.Errorf("%d orders are paid", n)
	}
	w.stop(t)
	s.mustBeRight(t)
}

// A worker with an old number takes no payment, and one that has to stop begins none.
func TestAskingIsFenced(t *testing.T) {
	t.Parallel()
	s := openShop(t, 20)
	s.pays(t, 1, sandbox.Name, "4242424242424242")
	s.exec(t, "UPDATE payments SET ask_at = UTC_TIMESTAMP(6)")
	cfg := settings(t, s.Database).withDefaults()
	lease, err := cfg.Store.TakeLease(t.Context(), "check_payments", "test", time.Minute, true)
	if err != nil {
		t.Fatal(err)
	}
	run := checkPayments(cfg)
	if did, err := run(t.Context(), lease.Fence-1); did != 0 || !errors.Is(err, errOvertaken) {
		t.Errorf("with an old number: %d, %v", did, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if did, err := run(ctx, lease.Fence); did != 0 || err != nil {
		t.Errorf("after its end: %d, %v", did, err)
	}
	if did, err := run(t.Context(), lease.Fence); did != 1 || err != nil || s.inState(t, "paid") != 1 {
		t.Errorf("in its turn: %d, %v, %d paid", did, err, s.inState(t, "paid"))
	}
	s.mustBeRight(t)
}
