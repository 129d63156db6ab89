package stripe_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"doorbuster/payment/stripe"
)

// object is one of Stripe's objects as it stands in an answer.
type object map[string]any

// request is what came to the server.
type request struct {
	Call string // method and path
	Key  string // idempotency key
	Form url.Values
}

// server stands in for Stripe where stripe-mock cannot: it keeps sessions and intents, moves them as Stripe does, and repeats its first
// answer to a key that it knows. Every request is shown to stripe-mock before, which must find nothing wrong with its shape.
type server struct {
	*httptest.Server
	t *testing.T

	mu       sync.Mutex
	session  object // the one session; nil until it is made
	intent   object // its intent; nil until the shopper has paid
	requests []request
	done     []string // what changed something, in order
	answers  map[string]answer

	lose     string // the answer to this call is lost once, after it was carried out
	complete bool   // the shopper pays in the moment in which the session is made to expire
	refund   string // status of a refund
	fail     map[string]int
}

type answer struct {
	status int
	form   string
	body   []byte
}

func newServer(t *testing.T) (*server, *stripe.Provider) {
	t.Helper()
	s := &server{t: t, answers: map[string]answer{}, refund: "succeeded", fail: map[string]int{}}
	s.Server = httptest.NewServer(s)
	client := &http.Client{Transport: &http.Transport{}}
	t.Cleanup(func() {
		client.CloseIdleConnections()
		s.Close()
	})
	p, err := stripe.New(stripe.Config{Key: "sk_test_123", EndpointSecret: secret, URL: s.URL, Client: client})
	if err != nil {
		t.Fatal(err)
	}
	return s, p
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		s.t.Error(err)
	}
	s.checkShape(r, body)
	form, err := url.ParseQuery(string(body))
	if err != nil {
		s.t.Error(err)
	}
	if r.Method == http.MethodGet {
		form = r.URL.Query()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	call := r.Method + " " + r.URL.Path
	key := r.Header.Get("Idempotency-Key")
	s.requests = append(s.requests, request{call, key, form})
	a := s.answer(call, key, form)
	if s.lose == call {
		s.lose = ""
		panic(http.ErrAbortHandler)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body) // who does not wait for it is the test's affair
}

// checkShape asks stripe-mock whether the request is one of the API's.
func (s *server) checkShape(r *http.Request, body []byte) {
	req, err := http.NewRequestWithContext(r.Context(), r.Method, mockURL+r.URL.RequestURI(), bytes.NewReader(body))
	if err != nil {
		s.t.Error(err)
		return
	}
	req.Header = r.Header.Clone()
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		s.t.Errorf("stripe-mock: %v", err)
		return
	}
	defer resp.Body.Close()
	if text, _ := io.ReadAll(resp.Body); resp.StatusCode != http.StatusOK {
		s.t.Errorf("stripe-mock refuses %s %s %s: %s", r.Method, r.URL, body, text)
	}
}

// answer carries a request out, or repeats what it answered to the same key.
func (s *server) answer(call, key string, form url.Values) answer {
	if status := s.fail[call]; status != 0 {
		return refusal(status, "scripted")
	}
	if known, ok := s.answers[key]; ok && key != "" {
		if known.form != form.Encode() {
			return refusal(http.StatusBadRequest, "idempotency_key_reused")
		}
		return known
	}
	a := s.carryOut(call, form)
	a.form = form.Encode()
	if key != "" {
		s.answers[key] = a
	}
	return a
}

func (s *server) carryOut(call string, form url.Values) answer {
	switch {
	case call == "POST /v1/checkout/sessions":
		s.session = object{
			"id": fmt.Sprintf("cs_test_%d", len(s.done)+1), "object": "checkout.session", "status": "open", "url": "https://checkout.example/pay",
			"amount_total": 1999, "currency": form.Get("line_items[0][price_data][currency]"),
		}
		return s.changed("create", s.session)
	case s.session != nil && call == "GET /v1/checkout/sessions/"+s.session["id"].(string):
		shown := object{}
		for k, v := range s.session {
			shown[k] = v
		}
		if s.intent != nil {
			shown["payment_intent"] = s.intent
		}
		return granted(shown)
	case strings.HasSuffix(call, "/expire"):
		if s.complete {
			s.pay("requires_capture")
		}
		if s.session["status"] != "open" {
			return refusal(http.StatusBadRequest, "")
		}
		s.session["status"] = "expired"
		return s.changed("expire", s.session)
	case strings.HasSuffix(call, "/capture"):
		return s.move("capture", "requires_capture", "succeeded")
	case strings.HasSuffix(call, "/cancel"):
		return s.move("cancel", "requires_capture", "canceled")
	case call == "POST /v1/refunds":
		if s.intent["status"] != "succeeded" {
			return refusal(http.StatusBadRequest, "charge_not_captured")
		}
		if s.refund == "succeeded" {
			s.intent["latest_charge"] = object{"id": "ch_1", "object": "charge", "refunded": true}
		}
		return s.changed("refund", object{"id": "re_1", "object": "refund", "status": s.refund})
	default:
		return refusal(http.StatusNotFound, "resource_missing")
	}
}

// pay completes the session: what happens at Stripe when the shopper has paid.
func (s *server) pay(status string) {
	s.session["status"] = "complete"
	s.intent = object{"id": "pi_1", "object": "payment_intent", "status": status, "amount": 1999, "amount_capturable": 1999, "currency": "eur"}
}

func (s *server) move(what, from, to string) answer {
	if s.intent["status"] != from {
		return refusal(http.StatusBadRequest, "payment_intent_unexpected_state")
	}
	s.intent["status"], s.intent["amount_capturable"] = to, 0
	if to == "succeeded" {
		s.intent["amount_received"] = 1999
	}
	return s.changed(what, s.intent)
}

func (s *server) changed(what string, o object) answer {
	s.done = append(s.done, what)
	return granted(o)
}

func granted(o object) answer {
	body, err := json.Marshal(o)
	if err != nil {
		panic(err) // objects are made of plain values
	}
	return answer{status: http.StatusOK, body: body}
}

func refusal(status int, code string) answer {
	a := granted(object{"error": object{"type": "invalid_request_error", "code": code, "message": "refused"}})
	a.status = status
	return a
}

// calls are the requests that change something, as method and path.
func (s *server) calls() []request {
	var all []request
	for _, r := range s.requests {
		if strings.HasPrefix(r.Call, "POST ") {
			all = append(all, r)
		}
	}
	return all
}
