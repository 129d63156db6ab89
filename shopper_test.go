package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"doorbuster/web"
)

// shopper is a browser of a signed-in customer.
type shopper struct {
	client *http.Client
	shop   string
}

// answer is what a request got; status 0: no answer.
type answerSeen struct {
	status int
	body   string
	json   map[string]any // nil when the body is none
}

// signedIn signs a customer in by the merchant's link.
func signedIn(t testing.TB, shop, customer string) *shopper {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := base64.StdEncoding.DecodeString(key)
	if err != nil {
		t.Fatal(err)
	}
	token, err := web.SignLink(secret, web.LinkClaims{
		Purpose: web.LinkPurpose, Customer: customer, Name: customer, Issued: time.Now().Unix(), Expires: time.Now().Add(time.Minute).Unix(), ID: customer,
	})
	if err != nil {
		t.Fatal(err)
	}
	s := &shopper{shop: shop, client: &http.Client{Jar: jar, Timeout: patience, Transport: &http.Transport{DisableKeepAlives: true}}}
	if a := s.ask(t, http.MethodGet, "/sign-in/link?token="+url.QueryEscape(token)+"&to=/en/orders", nil); a.status != http.StatusOK {
		t.Fatalf("sign-in: %d %s", a.status, last(a.body, 500))
	}
	return s
}

// ask sends a request; with a body it is JSON.
func (s *shopper) ask(t testing.TB, method, path string, body any) answerSeen {
	t.Helper()
	var reader io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		reader = bytes.NewReader(text)
	}
	request, err := http.NewRequestWithContext(t.Context(), method, s.shop+path, reader)
	if err != nil {
		t.Fatal(err)
	}
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
		request.Header.Set("Accept", "application/json")
	}
	return see(s.client.Do(request))
}

func see(response *http.Response, err error) answerSeen {
	if err != nil {
		return answerSeen{body: err.Error()}
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return answerSeen{body: err.Error()}
	}
	a := answerSeen{status: response.StatusCode, body: string(text)}
	_ = json.Unmarshal(text, &a.json) // a page is none
	return a
}

// press gets a pass for an item and presses the button.
func (s *shopper) press(t testing.TB, item uint64) answerSeen {
	t.Helper()
	number := strconv.FormatUint(item, 10)
	pass := s.ask(t, http.MethodGet, "/items/"+number+"/pass", nil)
	if pass.status != http.StatusOK {
		return pass
	}
	return s.ask(t, http.MethodPost, "/items/"+number+"/orders", map[string]any{"pass": pass.json["pass"], "units": 1})
}

// pays begins to pay an order and presses the card at the sandbox that always pays.
func (s *shopper) pays(t testing.TB, order string) {
	t.Helper()
	a := s.ask(t, http.MethodPost, "/orders/"+order+"/pay", map[string]any{})
	to, ok := a.json["url"].(string)
	if a.status != http.StatusOK || a.json["outcome"] != "started" || !ok {
		t.Fatalf("paying: %d %s", a.status, last(a.body, 500))
	}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.shop+to, strings.NewReader("card=4242424242424242"))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if a := see(s.client.Do(request)); a.status != http.StatusOK || !strings.Contains(a.body, `data-state="paid"`) {
		t.Fatalf("the sandbox led to: %d %s", a.status, last(a.body, 500))
	}
}

// buys presses the button and wants a yes; it returns the order's number.
func (s *shopper) buys(t testing.TB, item uint64) string {
	t.Helper()
	a := s.press(t, item)
	order, ok := a.json["order"].(string)
	if a.status != http.StatusCreated || !ok {
		t.Fatalf("the press got %d %s", a.status, last(a.body, 500))
	}
	return order
}

// fetch gets an address without a session.
func fetch(t testing.TB, address string) answerSeen {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	return see(client.Do(request))
}

// ready says whether a process is ready to serve.
func ready(t testing.TB, ops string) bool {
	t.Helper()
	a := fetch(t, ops+"/readyz")
	return a.status == http.StatusOK && strings.HasPrefix(a.body, "ready")
}
