package stripe_test

import (
	"net/http"
	"net/url"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"doorbuster/payment"
	"doorbuster/payment/stripe"
)

const secret = "whsec_only_for_tests"

var _ payment.Provider = (*stripe.Provider)(nil)

func newBill() payment.Bill {
	return payment.Bill{
		Payment: uuid.Must(uuid.NewV7()), Order: uuid.Must(uuid.NewV7()), AmountCents: 1999, Currency: "EUR", Title: "Thing",
		PayBy: time.Now().Add(10 * time.Minute), Language: "zh", ReturnURL: "https://shop.example/zh/orders/1",
	}
}

// begin begins a payment of 19.99 EUR.
func begin(t *testing.T, p *stripe.Provider) payment.Ref {
	t.Helper()
	bill := newBill()
	begun, err := p.Begin(t.Context(), bill)
	if err != nil {
		t.Fatal(err)
	}
	return payment.Ref{Payment: bill.Payment, Reference: begun.Reference, AmountCents: bill.AmountCents, Currency: bill.Currency}
}

// A session asks for the bill's amount, is captured by hand, names the payment wherever an event may look for it, and carries the payment's
// number as idempotency key.
func TestBegin(t *testing.T) {
	t.Parallel()
	s, p := newServer(t)
	bill := newBill()
	begun, err := p.Begin(t.Context(), bill)
	if err != nil || begun != (payment.Begun{Reference: "cs_test_1", URL: "https://checkout.example/pay"}) {
		t.Fatalf("begun: %+v, %v", begun, err)
	}
	id := bill.Payment.String()
	want := []request{{Call: "POST /v1/checkout/sessions", Key: id + "-begin", Form: url.Values{
		"mode":                                {"payment"},
		"client_reference_id":                 {id},
		"metadata[doorbuster_payment]":        {id},
		"payment_intent_data[capture_method]": {"manual"},
		"payment_intent_data[metadata][doorbuster_payment]": {id},
		"line_items[0][quantity]":                           {"1"},
		"line_items[0][price_data][currency]":               {"eur"},
		"line_items[0][price_data][unit_amount]":            {"1999"},
		"line_items[0][price_data][product_data][name]":     {"Thing"},
		"adaptive_pricing[enabled]":                         {"false"},
		"expires_at":                                        {strconv.FormatInt(bill.PayBy.Add(35*time.Minute).Unix(), 10)},
		"locale":                                            {"zh"},
		"success_url":                                       {bill.ReturnURL},
		"cancel_url":                                        {bill.ReturnURL},
	}}}
	if diff := cmp.Diff(want, s.requests); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// A payment is begun once, however often it is tried: again before the shop has the reference, after an answer that was lost, and when the
// shopper comes back to it.
func TestBeginAgain(t *testing.T) {
	t.Parallel()
	s, p := newServer(t)
	s.lose = "POST /v1/checkout/sessions"
	bill := newBill()
	for range 2 {
		if begun, err := p.Begin(t.Context(), bill); err != nil || begun.Reference != "cs_test_1" {
			t.Errorf("begun: %+v, %v", begun, err)
		}
	}
	bill.Reference, bill.Language = "cs_test_1", "en"
	if begun, err := p.Begin(t.Context(), bill); err != nil || begun != (payment.Begun{Reference: "cs_test_1", URL: "https://checkout.example/pay"}) {
		t.Errorf("gone on with: %+v, %v", begun, err)
	}
	if diff := cmp.Diff([]string{"create"}, s.done); diff != "" {
		t.Errorf("done (-want +got):\n%s", diff)
	}
	s.pay("requires_capture")
	if begun, err := p.Begin(t.Context(), bill); err != nil || begun.URL != bill.ReturnURL {
		t.Errorf("when it was paid: %+v, %v", begun, err)
	}
}

// A session of a long hold is given up within the 24 hours that Stripe allows, counted from when the payment was numbered.
func TestExpiryOfLongHolds(t *testing.T) {
	t.Parallel()
	s, p := newServer(t)
	bill := newBill()
	bill.PayBy = time.Now().Add(7 * 24 * time.Hour)
	if _, err := p.Begin(t.Context(), bill); err != nil {
		t.Fatal(err)
	}
	seconds, _ := bill.Payment.Time().UnixTime()
	if got, want := s.requests[0].Form.Get("expires_at"), strconv.FormatInt(seconds+23*60*60, 10); got != want {
		t.Errorf("expires_at %s, want %s", got, want)
	}
}

// A currency without decimals is asked for as it is.
func TestZeroDecimalCurrency(t *testing.T) {
	t.Parallel()
	s, p := newServer(t)
	bill := newBill()
	bill.AmountCents, bill.Currency = 500, "JPY"
	if _, err := p.Begin(t.Context(), bill); err != nil {
		t.Fatal(err)
	}
	form := s.requests[0].Form
	if got := form.Get("line_items[0][price_data][unit_amount]") + form.Get("line_items[0][price_data][currency]"); got != "500jpy" {
		t.Errorf("asked for %s", got)
	}
}

// Without a secret anybody could sign callbacks.
func TestNew(t *testing.T) {
	t.Parallel()
	for _, c := range []stripe.Config{{}, {Key: "sk_test_123"}, {EndpointSecret: secret}} {
		if _, err := stripe.New(c); err == nil {
			t.Errorf("%+v is accepted", c)
		}
	}
	for key, test := range map[string]bool{"sk_test_1": true, "rk_test_1": true, "sk_live_1": false, "rk_live_1": false} {
		p, err := stripe.New(stripe.Config{Key: key, EndpointSecret: secret})
		if err != nil || p.Sandbox() != test || p.Name() != "stripe" {
			t.Errorf("%s: a sandbox: %t, %v", key, p.Sandbox(), err)
		}
	}
}

// A server that does not answer is asked three times and then given up.
func TestBounded(t *testing.T) {
	t.Parallel()
	s, _ := newServer(t)
	client := &http.Client{Transport: &http.Transport{}, Timeout: time.Nanosecond}
	defer client.CloseIdleConnections()
	tries := &counting{next: client.Transport}
	client.Transport = tries
	p, err := stripe.New(stripe.Config{Key: "sk_test_123", EndpointSecret: secret, URL: s.URL, Client: client})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := p.LookUp(t.Context(), payment.Ref{Payment: uuid.New(), Reference: "cs_test_1"}); err == nil {
		t.Errorf("no error: %+v", got)
	}
	if tries.number != 3 {
		t.Errorf("tried %d times", tries.number)
	}
}

// counting counts the requests that are sent.
type counting struct {
	next   http.RoundTripper
	number int
}

func (c *counting) RoundTrip(r *http.Request) (*http.Response, error) {
	c.number++
	return c.next.RoundTrip(r)
}
