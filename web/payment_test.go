package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"doorbuster/payment"
	"doorbuster/payment/sandbox"
	"doorbuster/store"
	"doorbuster/store/storetest"
)

// testDesk is a desk with the sandbox, as every shop under test has it.
func testDesk(s *store.Store) *payment.Desk {
	return payment.NewDesk(s, sandbox.New(s, testKey('c')), nil)
}

// cardNamed is the number of a test card.
func cardNamed(t *testing.T, name string) string {
	t.Helper()
	for _, c := range sandbox.Cards {
		if c.Name == name {
			return c.Number
		}
	}
	t.Fatalf("there is no card %q", name)
	return ""
}

// buy orders one unit and returns the order's number.
func (s *shop) buy(item uint64, cookie string) string {
	s.t.Helper()
	a := s.form(itemURL("en", item)+"/orders", "units=1", cookie)
	order := uuidText.FindString(a.header.Get("Location"))
	if a.status != http.StatusSeeOther || order == "" {
		s.t.Fatalf("not placed: %d", a.status)
	}
	return order
}

// pay presses the button of an order page and returns where that leads.
func (s *shop) pay(order, cookie string) string {
	s.t.Helper()
	a := s.form("/en/orders/"+order+"/pay", "", cookie)
	if a.status != http.StatusSeeOther {
		s.t.Fatalf("pay: %d %.300s", a.status, a.body)
	}
	return a.header.Get("Location")
}

// press presses a card's button on the sandbox's page and returns where the shopper comes back to.
func (s *shop) press(page, card, cookie string) string {
	s.t.Helper()
	a := s.form(page, "number=&card="+card, cookie)
	if a.status != http.StatusSeeOther {
		s.t.Fatalf("press: %d %.300s", a.status, a.body)
	}
	return a.header.Get("Location")
}

// comeBack follows the way back and returns the order page that stands at its end.
func (s *shop) comeBack(way, cookie string) string {
	s.t.Helper()
	a := s.get(way, "Cookie", cookie)
	to := a.header.Get("Location")
	if a.status != http.StatusSeeOther || !strings.HasPrefix(to, "/en/orders/") || strings.Contains(to, "?") {
		s.t.Fatalf("back: %d to %q", a.status, to)
	}
	return s.get(to, "Cookie", cookie).body
}

var standsAs = regexp.MustCompile(`data-state="(\w+)"(?s:.*?)data-payment="(\w+)"`)

// stands is what an order page says: "paid captured", "held" without a payment.
func stands(body string) string {
	main, _, _ := strings.Cut(body[max(strings.Index(body, "<main"), 0):], ">")
	if m := standsAs.FindStringSubmatch(main); m != nil {
		return m[1] + " " + m[2]
	}
	return regexp.MustCompile(`data-state="(\w+)"`).FindStringSubmatch(main + ` data-state="none"`)[1]
}

// Each card of the sandbox from the button to the last word on the order page, over HTTP alone.
func TestEveryCard(t *testing.T) {
	s := newShop(t)
	_, items := storetest.Sale(t, s.store, store.NewItem{Units: 50, PriceCents: 1250, Currency: "EUR"})
	s.settle()
	for name, c := range map[string]struct {
		pressed string // how the order stands before the shopper is back
		end     string
		says    string
	}{
		"success":                {"paid captured", "paid captured", "It is yours"},
		"declined":               {"held failed", "held failed", "The payment was refused."},
		"slow":                   {"held started", "paid captured", "It is yours"},
		"lost_callback":          {"held started", "paid captured", "It is yours"},
		"callback_twice":         {"paid captured", "paid captured", "It is yours"},
		"callbacks_out_of_order": {"paid captured", "paid captured", "It is yours"},
		"wrong_amount":           {"held refunded", "held refunded", "Another amount was paid"},
		"after_hold":             {"held started", "paid captured", "It is yours"},
	} {
		t.Run(name, func(t *testing.T) {
			_, ann := s.shopper(name)
			order := s.buy(items[0], ann)
			if name == "after_hold" { // no worker runs here, so the unit is still the shopper's when the money comes
				s.exec("UPDATE orders SET hold_expires_at = UTC_TIMESTAMP(6) + INTERVAL 2 SECOND WHERE id = UNHEX(REPLACE(?, '-', ''))", order)
			}
			way := s.press(s.pay(order, ann), cardNamed(t, name), ann)
			if got := strings.Replace(stands(s.get("/en/orders/"+order, "Cookie", ann).body), "ended", "held", 1); got != c.pressed {
				t.Errorf("after the press: %s, want %s", got, c.pressed)
			}
			body := ""
			s.eventually(c.end, func() bool {
				body = s.comeBack(way, ann)
				return stands(body) == c.end
			})
			if !strings.Contains(body, c.says) {
				t.Errorf("the page does not say %q", c.says)
			}
			if again := s.comeBack(way, ann); stands(again) != c.end {
				t.Errorf("coming back again: %s", stands(again))
			}
		})
	}
	if len(sandbox.Cards) != 8 {
		t.Errorf("%d cards, of which 8 are played", len(sandbox.Cards))
	}
	s.db.MustAudit(t)
}

// Pressing again and asking by JSON go on with the same payment; what was typed counts as what was pressed; a card that is refused is followed
// by another payment, and who has paid is led back to the order.
func TestPayAgain(t *testing.T) {
	s := newShop(t)
	_, items := storetest.Sale(t, s.store, store.NewItem{Units: 5, PriceCents: 1250, Currency: "EUR"})
	s.settle()
	_, ann := s.shopper("ann")
	order := s.buy(items[0], ann)
	first := s.pay(order, ann)
	id := uuidText.FindString(first)
	if again := s.pay(order, ann); again != first || id == "" {
		t.Errorf("first %q, again %q", first, again)
	}
	want := fmt.Sprintf(`{"outcome":"exists","order":"%s","payment":"%s","url":"/en/sandbox/%s"}`+"\n", order, id, id)
	if a := s.json("/orders/"+order+"/pay", "", ann); a.status != http.StatusOK || a.body != want {
		t.Errorf("by JSON: %d %s", a.status, a.body)
	}
	page := s.get(first, "Cookie", ann)
	for _, says := range []string{"No money moves here", "€12.50", "4242 4242 4242 4242", `name="number"`} {
		if page.status != http.StatusOK || !strings.Contains(page.body, says) {
			t.Errorf("the sandbox: %d, %q is missing", page.status, says)
		}
	}
	for _, bad := range []string{"", "card=", "number=4242", "card=x", "number=4242424242424242&card=4242&extra=1", "number=" + strings.Repeat("4", 20)} {
		if a := s.form(first, bad, ann); a.status != http.StatusBadRequest {
			t.Errorf("the form %q: %d", bad, a.status)
		}
	}
	if a := s.form(first, "number=4000+0000-0000+0002", ann); a.status != http.StatusSeeOther {
		t.Fatalf("typed: %d", a.status)
	}
	second := s.pay(order, ann)
	if second == first {
		t.Error("the refused payment goes on")
	}
	way := s.press(second, cardNamed(t, "success"), ann)
	if again := s.press(second, cardNamed(t, "declined"), ann); again != way {
		t.Errorf("pressed again: %q, want %q", again, way)
	}
	if got := stands(s.comeBack(way, ann)); got != "paid captured" {
		t.Errorf("the order: %s", got)
	}
	if a := s.get(second, "Cookie", ann); a.status != http.StatusSeeOther || a.header.Get("Location") != "/en/orders/"+order {
		t.Errorf("the sandbox after the payment: %d to %q", a.status, a.header.Get("Location"))
	}
	if a := s.json("/orders/"+order+"/pay", "", ann); a.status != http.StatusOK || !strings.Contains(a.body, `"already_paid"`) {
		t.Errorf("paid twice: %d %s", a.status, a.body)
	}
	s.db.MustAudit(t)
}

// Nobody sees, pays or asks about another shopper's payment, and a payment answers for its own order only.
func TestForeignPayment(t *testing.T) {
	s := newShop(t)
	_, items := storetest.Sale(t, s.store, store.NewItem{Units: 5})
	s.settle()
	_, ann := s.shopper("ann")
	_, bob := s.shopper("bob")
	order, other := s.buy(items[0], ann), s.buy(items[0], bob)
	page, none := s.pay(order, ann), uuid.Must(uuid.NewV7()).String()
	id := uuidText.FindString(page)
	alike(t, "the sandbox", s.get(page, "Cookie", bob), s.get("/en/sandbox/"+none, "Cookie", bob))
	alike(t, "a press", s.form(page, "card=4242424242424242", bob), s.form("/en/sandbox/"+none, "card=4242424242424242", bob))
	alike(t, "the way back", s.get("/en/orders/"+order+"/paid?payment="+id, "Cookie", bob), s.get("/en/orders/"+none+"/paid?payment="+id, "Cookie", bob))
	alike(t, "another order", s.get("/en/orders/"+other+"/paid?payment="+id, "Cookie", bob), s.get("/en/orders/"+other+"/paid?payment="+none, "Cookie", bob))
	for _, path := range []string{"/en/sandbox/1", "/zh/sandbox/" + strings.ToUpper(id) + "x", "/en/orders/" + order + "/paid?payment=1"} {
		if a := s.get(path, "Cookie", ann); a.status != http.StatusNotFound {
			t.Errorf("%s: %d", path, a.status)
		}
	}
	if a := s.get("/en/orders/"+order+"/paid", "Cookie", ann); a.status != http.StatusSeeOther {
		t.Errorf("back without a payment: %d", a.status)
	}
	if a := s.get(page); a.status != http.StatusSeeOther || !strings.HasPrefix(a.header.Get("Location"), "/en/sign-in?to=") {
		t.Errorf("nobody's sandbox: %d", a.status)
	}
	if got := stands(s.get("/en/orders/"+order, "Cookie", ann).body); got != "held started" {
		t.Errorf("ann's order: %s", got)
	}
}

// The provider's bell: believed only when signed, as often as it rings, with no cookie and no origin; what cannot be settled is rung again.
func TestCallback(t *testing.T) {
	s := newShop(t)
	_, items := storetest.Sale(t, s.store, store.NewItem{Units: 5})
	s.settle()
	_, ann := s.shopper("ann")
	order := s.buy(items[0], ann)
	id := uuid.MustParse(uuidText.FindString(s.pay(order, ann)))
	rings, err := sandbox.New(s.store, testKey('c')).Press(t.Context(), id, cardNamed(t, "success"))
	if err != nil || len(rings) != 1 {
		t.Fatalf("%d callbacks, %v", len(rings), err)
	}
	ring := func(body string, header ...string) answered {
		t.Helper()
		for name := range rings[0].Header {
			header = append(header, name, rings[0].Header.Get(name))
		}
		return s.do(post, "/payments/callback", body, header...)
	}
	body := string(rings[0].Body)
	if a := ring(body + " "); a.status != http.StatusBadRequest {
		t.Errorf("changed: %d", a.status)
	}
	if a := s.do(post, "/payments/callback", body, "Content-Type", "application/json"); a.status != http.StatusBadRequest {
		t.Errorf("unsigned: %d", a.status)
	}
	if a := s.do(post, "/payments/callback", strings.Repeat("x", maxBody+1)); a.status != http.StatusRequestEntityTooLarge {
		t.Errorf("too large: %d", a.status)
	}
	for _, header := range [][]string{{"Sec-Fetch-Site", "cross-site"}, {"Origin", "https://evil.example"}} {
		if a := ring(body, header...); a.status != http.StatusForbidden {
			t.Errorf("from a page of another site: %d", a.status)
		}
	}
	s.exec("REVOKE EXECUTE ON PROCEDURE settle_payment FROM doorbuster_web@'%'")
	if a := ring(body); a.status != http.StatusServiceUnavailable || a.header.Get("Retry-After") == "" {
		t.Errorf("not settled: %d", a.status)
	}
	if got := stands(s.get("/en/orders/"+order, "Cookie", ann).body); got != "held started" {
		t.Errorf("before the bell: %s", got)
	}
	s.exec("GRANT EXECUTE ON PROCEDURE settle_payment TO doorbuster_web@'%'")
	for range 2 {
		if a := ring(body); a.status != http.StatusNoContent || a.body != "" {
			t.Errorf("the bell: %d %s", a.status, a.body)
		}
	}
	if got := stands(s.get("/en/orders/"+order, "Cookie", ann).body); got != "paid captured" {
		t.Errorf("after the bell: %s", got)
	}
	s.db.MustAudit(t)
}

// elsewhere is a provider with pages of its own, where money moves; it can break.
type elsewhere struct {
	payment.Provider
	broken atomic.Bool
	url    string
}

func (*elsewhere) Name() string  { return "elsewhere" }
func (*elsewhere) Sandbox() bool { return false }

func (e *elsewhere) Begin(ctx context.Context, b payment.Bill) (payment.Begun, error) {
	if e.broken.Load() {
		return payment.Begun{}, errors.New("no answer")
	}
	begun, err := e.Provider.Begin(ctx, b)
	begun.URL = e.url
	return begun, err
}

func (e *elsewhere) LookUp(ctx context.Context, r payment.Ref) (payment.Standing, error) {
	if e.broken.Load() {
		return payment.Standing{}, errors.New("no answer")
	}
	return e.Provider.LookUp(ctx, r)
}

// A provider that does not answer is no "no": the shopper presses again, and the order page says that the payment is checked.
func TestProviderElsewhere(t *testing.T) {
	e := &elsewhere{url: `https://pay.example/x?a=1&b="2"`}
	s := newShop(t, func(c *Config) {
		e.Provider = sandbox.New(c.Store, testKey('c'))
		c.Payment = payment.NewDesk(c.Store, e, nil)
	})
	_, items := storetest.Sale(t, s.store, store.NewItem{Units: 5})
	s.settle()
	_, ann := s.shopper("ann")
	order := s.buy(items[0], ann)
	e.broken.Store(true)
	if a := s.form("/en/orders/"+order+"/pay", "", ann); a.status != http.StatusServiceUnavailable || !strings.Contains(a.body, `data-outcome="unknown"`) {
		t.Errorf("no answer: %d", a.status)
	}
	e.broken.Store(false)
	if to := s.pay(order, ann); to != e.url {
		t.Errorf("led to %q", to)
	}
	a := s.json("/orders/"+order+"/pay", "{}", ann)
	if !strings.Contains(a.body, `"url":"https://pay.example/x?a=1\u0026b=\"2\""`) {
		t.Errorf("by JSON: %d %s", a.status, a.body)
	}
	id := a.body[strings.Index(a.body, `"payment":"`)+len(`"payment":"`):][:36]
	page := s.get("/en/orders/"+order, "Cookie", ann)
	if policy := page.header.Get("Content-Security-Policy"); !strings.Contains(policy, "form-action 'self' https:;") {
		t.Errorf("the form may not lead there: %s", policy)
	}
	for _, path := range []string{"/en/", "/en/orders/" + order, itemURL("en", items[0])} {
		if strings.Contains(s.get(path, "Cookie", ann).body, "andbox") {
			t.Errorf("%s speaks of a sandbox", path)
		}
	}
	e.broken.Store(true)
	if got := s.comeBack("/en/orders/"+order+"/paid?payment="+id, ann); !strings.Contains(got, "it is being checked") || stands(got) != "held started" {
		t.Errorf("back without an answer: %s", stands(got))
	}
	if a := s.get("/en/sandbox/"+id, "Cookie", ann); a.status != http.StatusNotFound {
		t.Errorf("a sandbox where money moves: %d", a.status)
	}
	e.broken.Store(false)
	for _, bad := range []string{"http://pay.example/", "javascript:alert(1)", "//pay.example", "", "https://user@pay.example/"} {
		e.url = bad
		if a := s.form("/en/orders/"+order+"/pay", "", ann); a.status != http.StatusInternalServerError {
			t.Errorf("led to %q: %d", bad, a.status)
		}
	}
	s.db.MustAudit(t)
}

// Money that comes when the unit is somebody else's goes back, and the page says so.
func TestTooLate(t *testing.T) {
	s := newShop(t)
	_, items := storetest.Sale(t, s.store, store.NewItem{Units: 1})
	s.settle()
	_, ann := s.shopper("ann")
	_, bob := s.shopper("bob")
	order := s.buy(items[0], ann)
	s.exec("UPDATE orders SET hold_expires_at = UTC_TIMESTAMP(6) + INTERVAL 2 SECOND")
	way := s.press(s.pay(order, ann), cardNamed(t, "after_hold"), ann)
	lease, err := s.store.TakeLease(t.Context(), "expire_orders", "test", time.Minute, true)
	if err != nil {
		t.Fatal(err)
	}
	s.eventually("the hold ends", func() bool {
		e, err := s.store.ExpireOrders(t.Context(), lease.Fence, 10)
		return err == nil && e.Outcome == store.Expired
	})
	s.eventually("bob has the unit", func() bool {
		return s.form(itemURL("en", items[0])+"/orders", "units=1", bob).status == http.StatusSeeOther
	})
	body := ""
	s.eventually("the money is back", func() bool {
		body = s.comeBack(way, ann)
		return stands(body) == "expired refunded"
	})
	if !strings.Contains(body, "came too late") || strings.Contains(body, "No money moved") {
		t.Error("the page does not say why")
	}
	s.db.MustAudit(t)
}
