package stripe_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"doorbuster/payment"
)

// How sessions and intents of every status stand.
func TestStandings(t *testing.T) {
	t.Parallel()
	intent := func(status string, more object) object {
		o := object{"id": "pi_1", "object": "payment_intent", "status": status, "amount": 1999, "currency": "cny"}
		for k, v := range more {
			o[k] = v
		}
		return o
	}
	refunded := func(all bool) object {
		return object{"amount_received": 1999, "latest_charge": object{"id": "ch_1", "object": "charge", "refunded": all, "amount_refunded": 5}}
	}
	declined := object{"last_payment_error": object{"type": "card_error", "code": "card_declined", "decline_code": "insufficient_funds"}}
	heldNow := object{"amount_capturable": 1999, "last_payment_error": declined["last_payment_error"]}
	standing := func(says string, amount int64, detail string) payment.Standing {
		return payment.Standing{Says: says, AmountCents: amount, Currency: "CNY", Reference: "cs_test_1", Detail: detail}
	}
	tests := []struct {
		name    string
		session string
		intent  object
		want    payment.Standing // zero: an error
	}{
		{"not paid", "open", nil, standing("pending", 1999, "")},
		{"refused once, may try again", "open", intent("requires_payment_method", declined), standing("pending", 1999, "insufficient_funds")},
		{"the bank asks the shopper", "open", intent("requires_action", nil), standing("pending", 1999, "")},
		{"expired", "expired", nil, standing("failed", 1999, "abandoned")},
		{"expired after it was refused", "expired", intent("requires_payment_method", declined), standing("failed", 1999, "abandoned")},
		{"expired, intent cancelled", "expired", intent("canceled", object{"cancellation_reason": "automatic"}), standing("failed", 1999, "abandoned")},
		{"held", "complete", intent("requires_capture", object{"amount_capturable": 1999}), standing("authorised", 1999, "")},
		{"another amount is held", "complete", intent("requires_capture", object{"amount_capturable": 1998}), standing("authorised", 1998, "")},
		{
			"held after it was refused once", "complete", intent("requires_capture", heldNow),
			standing("authorised", 1999, ""),
		},
		{"taken", "complete", intent("succeeded", object{"amount_received": 1999}), standing("captured", 1999, "")},
		{
			"taken, a part went back", "complete", intent("succeeded", refunded(false)),
			standing("captured", 1999, ""),
		},
		{
			"gone back", "complete", intent("succeeded", refunded(true)),
			standing("refunded", 1999, ""),
		},
		{"let go", "complete", intent("canceled", nil), standing("failed", 1999, "released")},
		{"let go by Stripe after a week", "complete", intent("canceled", object{"cancellation_reason": "automatic"}), standing("failed", 1999, "automatic")},
		{"with the bank", "complete", intent("processing", nil), standing("pending", 1999, "")},
		{"the bank says no later", "complete", intent("requires_payment_method", declined), standing("failed", 1999, "insufficient_funds")},
		{"the bank says no without a word", "complete", intent("requires_payment_method", nil), standing("failed", 1999, "declined")},
		{"complete without a payment", "complete", nil, payment.Standing{}},
		{"a status of a later version", "folded", nil, payment.Standing{}},
	}
	s, p := newServer(t)
	r := begin(t, p)
	s.session["currency"] = "cny"
	for _, tt := range tests {
		s.mu.Lock()
		s.session["status"], s.intent = tt.session, tt.intent
		s.mu.Unlock()
		got, err := p.LookUp(t.Context(), r)
		if diff := cmp.Diff(tt.want, got); diff != "" || (err != nil) != (tt.want == payment.Standing{}) {
			t.Errorf("%s: %v (-want +got):\n%s", tt.name, err, diff)
		}
	}
	if got := s.requests[len(s.requests)-1].Form["expand[0]"]; !cmp.Equal(got, []string{"payment_intent.latest_charge"}) {
		t.Errorf("expanded %q", got)
	}
}
