package webhook

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"doorbuster/store"
)

const (
	secretNow    = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
	secretFormer = "whsec_YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXphYmNkZWY="
	secretOther  = "whsec_QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVpBQkNERUY="
)

var loopback = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}

func event() store.Event {
	return store.Event{
		Seq: 42, ID: uuid.MustParse("8a019680-7623-83a4-8d1d-7d065196223e"), Kind: "order_placed",
		MadeAt: time.Date(2026, 11, 27, 10, 0, 0, 123456000, time.UTC), OrderID: uuid.MustParse("01900000-0000-7000-8000-6f0000000001"),
		ItemID: 7, SKU: "LAMP", UserID: 101, Units: 2, UnitPriceCents: 3990, Currency: "EUR",
	}
}

func delivery(url string) store.Delivery {
	return store.Delivery{Event: event(), EndpointID: 3, URL: url, Secret: secretNow, Attempt: 5}
}

// The message is a promise to receivers: it may grow at its end, nothing else.
func TestMessageIsStable(t *testing.T) {
	t.Parallel()
	body, err := bodyOf(event())
	want := `{"type":"order.placed","timestamp":"2026-11-27T10:00:00.123456Z","data":{"event":"8a019680-7623-83a4-8d1d-7d065196223e","seq":42,` +
		`"order":"01900000-0000-7000-8000-6f0000000001","item":7,"sku":"LAMP","shopper":101,"units":2,"unit_price_cents":3990,"currency":"EUR"}}`
	if err != nil || string(body) != want {
		t.Errorf("%v\n got %s\nwant %s", err, body, want)
	}
	for kind, want := range map[string]string{"order_paid": "order.paid", "payment_returning": "payment.returning"} {
		if got := MessageOf(store.Event{Kind: kind}).Type; got != want {
			t.Errorf("%s is called %s", kind, got)
		}
	}
}

// caught is a request as a receiver saw it.
type caught struct {
	header http.Header
	body   []byte
}

// receiver answers as handle does and hands over what it got.
func receiver(t *testing.T, handle http.HandlerFunc) (*httptest.Server, chan caught) {
	t.Helper()
	got := make(chan caught, 10)
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		got <- caught{r.Header, body}
		handle(w, r)
	}))
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.Start()
	t.Cleanup(s.Close)
	return s, got
}

func status(code int, text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(code)
		_, _ = io.WriteString(w, text)
	}
}

func verify(t *testing.T, secret string, c caught) error {
	t.Helper()
	w, err := standardwebhooks.NewWebhook(secret)
	if err != nil {
		t.Fatal(err)
	}
	return w.Verify(c.body, c.header)
}

func TestSignatureIsThatOfTheStandard(t *testing.T) {
	t.Parallel()
	r, got := receiver(t, status(204, ""))
	s := NewSender(Options{Allowed: loopback})
	defer s.Close()
	d := delivery(r.URL)
	if a := s.Send(t.Context(), d); a.Status != 204 || a.EndpointID != 3 || a.Seq != 42 || a.Number != 5 || a.Answer != "" || a.Duration <= 0 {
		t.Errorf("%+v", a)
	}
	c := <-got
	if err := verify(t, secretNow, c); err != nil {
		t.Error(err)
	}
	for name, broken := range map[string]caught{
		"another secret": c, "another body": {c.header, append(c.body[:len(c.body):len(c.body)], ' ')}, "another number": {with(c.header, "webhook-id", "x"), c.body},
		"an old message": {with(c.header, "webhook-timestamp", strconv.FormatInt(time.Now().Add(-time.Hour).Unix(), 10)), c.body},
	} {
		secret := secretNow
		if name == "another secret" {
			secret = secretOther
		}
		if verify(t, secret, broken) == nil {
			t.Errorf("%s is accepted", name)
		}
	}
	if id, kind := c.header.Get("webhook-id"), c.header.Get("Content-Type"); id != d.ID.String() || kind != "application/json" || strings.Contains(c.header.Get("webhook-signature"), " ") {
		t.Errorf("id %q, type %q, signature %q", id, kind, c.header.Get("webhook-signature"))
	}

	// While a secret is rotated, receivers with the former one and with the new one are both content, and nobody else.
	former := secretFormer
	d.FormerSecret = &former
	s.Send(t.Context(), d)
	c = <-got
	if a, b, other := verify(t, secretNow, c), verify(t, secretFormer, c), verify(t, secretOther, c); a != nil || b != nil || other == nil {
		t.Errorf("now %v, former %v, other %v", a, b, other)
	}

	// What cannot sign is not sent unsigned, and does not stand in the log.
	d.Secret = "whsec_geheim!"
	if a := s.Send(t.Context(), d); a.Status != 0 || strings.Contains(a.Answer, "geheim") || len(got) != 0 {
		t.Errorf("%+v", a)
	}
}

func with(h http.Header, key, value string) http.Header {
	h = h.Clone()
	h.Set(key, value)
	return h
}

func TestSecretsDiffer(t *testing.T) {
	t.Parallel()
	a, b := NewSecret(), NewSecret()
	if _, err := standardwebhooks.NewWebhook(a); err != nil || a == b || !strings.HasPrefix(a, "whsec_") {
		t.Errorf("%s %s %v", a, b, err)
	}
}

func TestWhatReceiversAnswer(t *testing.T) {
	t.Parallel()
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the redirect was followed") }))
	t.Cleanup(elsewhere.Close)
	endless := &atomic.Int64{}
	for name, c := range map[string]struct {
		handle http.HandlerFunc
		status int
		answer string
	}{
		"yes":    {status(200, "thanks\n"), 200, "thanks"},
		"gone":   {status(410, "no more"), 410, "no more"},
		"broken": {status(500, ""), 500, ""},
		"redirect": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, elsewhere.URL, http.StatusTemporaryRedirect)
		}, 307, ""},
		"closes": {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, 0, "the connection was closed without an answer"},
		"closes behind a yes": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			w.WriteHeader(200)
			panic(http.ErrAbortHandler)
		}, 0, "the connection was closed without an answer"},
		"escapes": {status(400, "\x1b[31mred\x00\xff ä\n你"), 400, "[31mred? ä 你"},
		"endless": {func(w http.ResponseWriter, r *http.Request) {
			for r.Context().Err() == nil {
				n, err := w.Write(make([]byte, 1024))
				if endless.Add(int64(n)); err != nil {
					return
				}
			}
		}, 200, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, got := receiver(t, c.handle)
			s := NewSender(Options{Allowed: loopback})
			defer s.Close()
			a := s.Send(t.Context(), delivery(r.URL))
			if a.Status != c.status || a.Answer != c.answer {
				t.Errorf("status %d, %q", a.Status, a.Answer)
			}
			if len(got) != 1 {
				t.Errorf("sent %d times", len(got))
			}
		})
	}
}

func TestAnswerIsBounded(t *testing.T) {
	t.Parallel()
	r, _ := receiver(t, status(500, strings.Repeat("长", 50_000)))
	s := NewSender(Options{Allowed: loopback})
	defer s.Close()
	if a := s.Send(t.Context(), delivery(r.URL)); utf8.RuneCountInString(a.Answer) != 500 || !utf8.ValidString(a.Answer) {
		t.Errorf("%d characters are kept", utf8.RuneCountInString(a.Answer))
	}
}

// A receiver that never answers is left when the time is over, and at once when the worker has to stop.
func TestSlowReceiver(t *testing.T) {
	t.Parallel()
	r, got := receiver(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	s := NewSender(Options{Allowed: loopback, Timeout: 50 * time.Millisecond})
	defer s.Close()
	if a := s.Send(t.Context(), delivery(r.URL)); a.Status != 0 || a.Answer != "no answer in time" {
		t.Errorf("%+v", a)
	}
	<-got

	patient := NewSender(Options{Allowed: loopback})
	defer patient.Close()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan store.Attempt)
	go func() { ended <- patient.Send(ctx, delivery(r.URL)) }()
	<-got
	cancel()
	if a := <-ended; a.Status != 0 {
		t.Errorf("%+v", a)
	}
}

func TestNobodyListens(t *testing.T) {
	t.Parallel()
	r, _ := receiver(t, status(200, ""))
	url := r.URL
	r.Close()
	s := NewSender(Options{Allowed: loopback})
	defer s.Close()
	if a := s.Send(t.Context(), delivery(url)); a.Status != 0 || a.Answer != "the connection was refused" {
		t.Errorf("%+v", a)
	}
}

func TestTLS(t *testing.T) {
	t.Parallel()
	r := httptest.NewUnstartedServer(status(200, "ok"))
	r.Config.ErrorLog = log.New(io.Discard, "", 0)
	r.StartTLS()
	t.Cleanup(r.Close)
	known := x509.NewCertPool()
	known.AddCert(r.Certificate())
	for name, c := range map[string]struct {
		o      Options
		status int
		answer string
	}{
		"known":           {Options{Allowed: loopback, tls: &tls.Config{RootCAs: known}}, 200, "ok"},
		"unknown":         {Options{Allowed: loopback}, 0, "the certificate is not valid"},
		"known, but here": {Options{tls: &tls.Config{RootCAs: known}}, 0, "address refused: 127.0.0.1 is not a public address"},
	} {
		s := NewSender(c.o)
		if a := s.Send(t.Context(), delivery(r.URL)); a.Status != c.status || !strings.HasPrefix(a.Answer, c.answer) {
			t.Errorf("%s: status %d, %q", name, a.Status, a.Answer)
		}
		s.Close()
	}
	// Plain http goes to allowed networks only, and nowhere if there is none.
	s := NewSender(Options{})
	defer s.Close()
	if a := s.Send(t.Context(), delivery("http://127.0.0.1/")); !strings.Contains(a.Answer, "must begin with https://") {
		t.Errorf("%+v", a)
	}
	some := NewSender(Options{Allowed: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}})
	defer some.Close()
	if a := some.Send(t.Context(), delivery("http://127.0.0.1/")); !strings.Contains(a.Answer, "address refused") {
		t.Errorf("%+v", a)
	}
}
