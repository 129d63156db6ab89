package stripe_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stripe/stripe-go/v85/webhook"

	"doorbuster/payment"
)

// event is the body of a callback about an object, of an endpoint that was set up with an old version of the API.
func event(t *testing.T, about object) []byte {
	t.Helper()
	body, err := json.Marshal(object{
		"id": "evt_1", "object": "event", "type": "checkout.session.completed", "api_version": "2019-01-01", "data": object{"object": about},
	})
	if err != nil {
		t.Fatal(err)
	}
	return body
}

// signed is the header that Stripe sends with a body.
func signed(body []byte, secret string, at time.Time) http.Header {
	payload := webhook.GenerateTestSignedPayload(&webhook.UnsignedPayload{Payload: body, Secret: secret, Timestamp: at})
	return http.Header{"Stripe-Signature": {payload.Header}}
}

// A genuine callback names the payment in its metadata, or is about none of the shop's.
func TestCallback(t *testing.T) {
	t.Parallel()
	_, p := newServer(t)
	id := uuid.Must(uuid.NewV7())
	for name, c := range map[string]struct {
		about object
		want  uuid.UUID
	}{
		"session":        {object{"id": "cs_1", "object": "checkout.session", "metadata": object{"doorbuster_payment": id.String()}}, id},
		"intent":         {object{"id": "pi_1", "object": "payment_intent", "metadata": object{"doorbuster_payment": id.String(), "other": "x"}}, id},
		"no metadata":    {object{"id": "po_1", "object": "payout"}, uuid.Nil},
		"other program":  {object{"id": "cs_1", "object": "checkout.session", "metadata": object{"order": "7"}}, uuid.Nil},
		"not a number":   {object{"id": "cs_1", "object": "checkout.session", "metadata": object{"doorbuster_payment": "7"}}, uuid.Nil},
		"other metadata": {object{"id": "cs_1", "object": "thing", "metadata": "none"}, uuid.Nil},
	} {
		body := event(t, c.about)
		if got, err := p.Callback(signed(body, secret, time.Now()), body); err != nil || got != c.want {
			t.Errorf("%s: %s, %v", name, got, err)
		}
	}
}

// What was not signed with the endpoint's secret, was changed, or is older than five minutes is forged.
func TestForgedCallback(t *testing.T) {
	t.Parallel()
	_, p := newServer(t)
	body := event(t, object{"id": "cs_1", "object": "checkout.session", "metadata": object{"doorbuster_payment": uuid.NewString()}})
	now := time.Now()
	for name, c := range map[string]struct {
		header http.Header
		body   []byte
	}{
		"no signature":   {http.Header{}, body},
		"empty":          {http.Header{"Stripe-Signature": {""}}, body},
		"nonsense":       {http.Header{"Stripe-Signature": {"t=1,v1=zz"}}, body},
		"another secret": {signed(body, "whsec_another", now), body},
		"no secret":      {signed(body, "", now), body},
		"changed":        {signed(body, secret, now), append([]byte(" "), body...)},
		"old":            {signed(body, secret, now.Add(-6*time.Minute)), body},
	} {
		if got, err := p.Callback(c.header, c.body); !errors.Is(err, payment.ErrForged) || got != uuid.Nil {
			t.Errorf("%s: %s, %v", name, got, err)
		}
	}
}
