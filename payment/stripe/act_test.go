package stripe_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"doorbuster/payment"
)

type act func(context.Context, payment.Ref) (payment.Standing, error)

// Each act is done once, however often it is called, with the payment's number and the act as key. What does not fit is not even asked for.
func TestActs(t *testing.T) {
	t.Parallel()
	s, p := newServer(t)
	r := begin(t, p)
	steps := []struct {
		what string
		act  act
		says string
		done string // nothing: ""
	}{
		{"capture of what is not paid", p.Capture, "pending", ""},
		{"refund of what is not paid", p.Refund, "pending", ""},
		{"the shopper pays", func(ctx context.Context, r payment.Ref) (payment.Standing, error) {
			s.pay("requires_capture")
			return p.LookUp(ctx, r)
		}, "authorised", ""},
		{"refund of what is held", p.Refund, "authorised", ""},
		{"capture", p.Capture, "captured", "capture"},
		{"capture again", p.Capture, "captured", ""},
		{"release of what was taken", p.Release, "captured", ""},
		{"refund", p.Refund, "refunded", "refund"},
		{"refund again", p.Refund, "refunded", ""},
		{"capture of what went back", p.Capture, "refunded", ""},
	}
	for _, step := range steps {
		before := len(s.done)
		got, err := step.act(t.Context(), r)
		want := payment.Standing{Says: step.says, AmountCents: 1999, Currency: "EUR", Reference: r.Reference}
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%s: %v (-want +got):\n%s", step.what, err, diff)
		}
		if did := s.done[before:]; (step.done == "") != (len(did) == 0) || (len(did) > 0 && did[0] != step.done) {
			t.Errorf("%s did %q", step.what, did)
		}
	}
	var keys []string
	for _, r := range s.calls() {
		keys = append(keys, r.Call+" "+r.Key)
	}
	id := r.Payment.String()
	want := []string{
		"POST /v1/checkout/sessions " + id + "-begin", "POST /v1/payment_intents/pi_1/capture " + id + "-capture", "POST /v1/refunds " + id + "-refund",
	}
	if diff := cmp.Diff(want, keys); diff != "" {
		t.Errorf("keys (-want +got):\n%s", diff)
	}
}

// An answer that is lost is asked for again with the same key, and nothing is done twice.
func TestLostAnswers(t *testing.T) {
	t.Parallel()
	for call, act := range map[string]func(*server, act, act) (act, string){
		"POST /v1/payment_intents/pi_1/capture": func(s *server, capture, _ act) (act, string) {
			s.pay("requires_capture")
			return capture, "captured"
		},
		"POST /v1/refunds": func(s *server, _, refund act) (act, string) {
			s.pay("succeeded")
			return refund, "refunded"
		},
	} {
		s, p := newServer(t)
		r := begin(t, p)
		do, says := act(s, p.Capture, p.Refund)
		s.lose = call
		if got, err := do(t.Context(), r); err != nil || got.Says != says {
			t.Errorf("%s: %+v, %v", call, got, err)
		}
		if len(s.done) != 2 || len(s.calls()) != 3 || s.calls()[1].Key != s.calls()[2].Key {
			t.Errorf("%s: did %q by %+v", call, s.done, s.calls())
		}
	}
}

// A capture that was carried out when the shop was told of nothing is refused, and found when it is asked how the payment stands.
func TestRefusedBecauseDone(t *testing.T) {
	t.Parallel()
	s, p := newServer(t)
	r := begin(t, p)
	s.pay("requires_capture")
	s.fail["POST /v1/payment_intents/pi_1/capture"] = 400
	if got, err := p.Capture(t.Context(), r); err == nil {
		t.Errorf("refused, and it stands as before: %+v", got)
	}
	s.mu.Lock()
	s.move("capture", "requires_capture", "succeeded")
	s.mu.Unlock()
	if got, err := p.Capture(t.Context(), r); err != nil || got.Says != "captured" {
		t.Errorf("it was captured meanwhile: %+v, %v", got, err)
	}
}

// A session that was not completed expires; money that is held stays held, also when the shopper pays in that moment.
func TestClose(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		prepare func(*server)
		says    string
		done    []string
	}{
		"not paid":       {func(*server) {}, "failed", []string{"create", "expire"}},
		"paid":           {func(s *server) { s.pay("requires_capture") }, "authorised", []string{"create"}},
		"paid just then": {func(s *server) { s.complete = true }, "authorised", []string{"create"}},
		"with the bank":  {func(s *server) { s.pay("processing") }, "pending", []string{"create"}},
	} {
		s, p := newServer(t)
		r := begin(t, p)
		c.prepare(s)
		if got, err := p.Close(t.Context(), r); err != nil || got.Says != c.says {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
		if diff := cmp.Diff(c.done, s.done); diff != "" {
			t.Errorf("%s: done (-want +got):\n%s", name, diff)
		}
	}
}

// A session that was not completed expires; money that is held is let go, also when the shopper pays in that moment.
func TestRelease(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		prepare func(*server)
		says    payment.Standing
		done    []string
	}{
		{"not paid", func(*server) {}, payment.Standing{Says: "failed", Detail: "abandoned"}, []string{"create", "expire"}},
		{"paid", func(s *server) { s.pay("requires_capture") }, payment.Standing{Says: "failed", Detail: "released"}, []string{"create", "cancel"}},
		{"paid just then", func(s *server) { s.complete = true }, payment.Standing{Says: "failed", Detail: "released"}, []string{"create", "cancel"}},
		{"with the bank", func(s *server) { s.pay("processing") }, payment.Standing{Says: "pending"}, []string{"create"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s, p := newServer(t)
			r := begin(t, p)
			tt.prepare(s)
			tt.says.AmountCents, tt.says.Currency, tt.says.Reference = 1999, "EUR", r.Reference
			for range 2 {
				got, err := p.Release(t.Context(), r)
				if diff := cmp.Diff(tt.says, got); diff != "" || err != nil {
					t.Errorf("%v (-want +got):\n%s", err, diff)
				}
			}
			if diff := cmp.Diff(tt.done, s.done); diff != "" {
				t.Errorf("done (-want +got):\n%s", diff)
			}
		})
	}
}

// Money that is on its way back is refunded; a refund that failed is not.
func TestRefundOnItsWay(t *testing.T) {
	t.Parallel()
	for status, says := range map[string]string{"pending": "refunded", "failed": "", "requires_action": ""} {
		s, p := newServer(t)
		r := begin(t, p)
		s.pay("succeeded")
		s.refund = status
		if got, err := p.Refund(t.Context(), r); got.Says != says || (err == nil) != (says != "") {
			t.Errorf("%s: %+v, %v", status, got, err)
		}
	}
}

// What Stripe does not answer, or refuses for another reason than how the payment stands, is not known.
func TestErrors(t *testing.T) {
	t.Parallel()
	for _, status := range []int{400, 401, 403, 404, 429} {
		s, p := newServer(t)
		r := begin(t, p)
		s.fail["GET /v1/checkout/sessions/cs_test_1"] = status
		if got, err := p.LookUp(t.Context(), r); err == nil {
			t.Errorf("%d: %+v", status, got)
		}
		if got, err := p.Release(t.Context(), r); err == nil {
			t.Errorf("%d: %+v", status, got)
		}
		s.fail["POST /v1/checkout/sessions"] = status
		if got, err := p.Begin(t.Context(), newBill()); err == nil {
			t.Errorf("%d: %+v", status, got)
		}
	}
}

// A payment without a reference was never shown to a shopper: it is pending, can be abandoned, and there is nothing to take.
func TestNoReference(t *testing.T) {
	t.Parallel()
	s, p := newServer(t)
	r := payment.Ref{Payment: uuid.Must(uuid.NewV7()), AmountCents: 1999, Currency: "EUR"}
	for name, c := range map[string]struct {
		act  act
		says payment.Standing
	}{
		"look up": {p.LookUp, payment.Standing{Says: "pending", AmountCents: 1999, Currency: "EUR"}},
		"capture": {p.Capture, payment.Standing{Says: "pending", AmountCents: 1999, Currency: "EUR"}},
		"refund":  {p.Refund, payment.Standing{Says: "pending", AmountCents: 1999, Currency: "EUR"}},
		"release": {p.Release, payment.Standing{Says: "failed", AmountCents: 1999, Currency: "EUR", Detail: "abandoned"}},
	} {
		if got, err := c.act(t.Context(), r); err != nil || got != c.says {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	if len(s.requests) > 0 {
		t.Errorf("asked %+v", s.requests)
	}
}
