package web

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"

	"doorbuster/store"
	"doorbuster/store/storetest"
)

// Another shopper's order and one that does not exist are the same answer to the byte.
func TestForeignOrderIsMissing(t *testing.T) {
	s := newShop(t)
	_, items := storetest.Sale(t, s.store, store.NewItem{Units: 5})
	s.settle()
	_, ann := s.shopper("ann")
	_, bob := s.shopper("bob")
	order := uuidText.FindString(s.form(itemURL("en", items[0])+"/orders", "units=1", ann).header.Get("Location"))
	none := uuid.Must(uuid.NewV7()).String()
	for _, path := range []string{"/en/orders/%s", "/zh/orders/%s", "/orders/%s"} {
		foreign, missing := s.json0(fmt.Sprintf(path, order), bob), s.json0(fmt.Sprintf(path, none), bob)
		alike(t, path, foreign, missing)
	}
	for _, act := range []string{"pay", "cancel"} {
		alike(t, act, s.form("/en/orders/"+order+"/"+act, "", bob), s.form("/en/orders/"+none+"/"+act, "", bob))
		alike(t, act, s.json("/orders/"+order+"/"+act, "", bob), s.json("/orders/"+none+"/"+act, "", bob))
	}
	if got := s.json0("/orders/"+order, ann).body; !strings.Contains(got, `"held"`) {
		t.Errorf("ann's order: %s", got)
	}
}

func alike(t *testing.T, what string, foreign, missing answered) {
	t.Helper()
	blank := func(a answered) string { return uuidText.ReplaceAllString(a.body, "") }
	if foreign.status != 404 || missing.status != 404 || blank(foreign) != blank(missing) {
		t.Errorf("%s: another's %d, none %d\n%s\n%s", what, foreign.status, missing.status, foreign.body, missing.body)
	}
	for _, name := range []string{"Content-Length", "Content-Type", "Cache-Control", "Set-Cookie"} {
		if foreign.header.Get(name) != missing.header.Get(name) {
			t.Errorf("%s: %s tells them apart", what, name)
		}
	}
}

// No GET changes anything in the database, whoever asks. The sign-in link is the one exception, by its nature.
func TestReadingChangesNothing(t *testing.T) {
	s := newShop(t)
	sale, items := storetest.Sale(t, s.store, store.NewItem{Units: 5})
	s.settle()
	_, ann := s.shopper("ann")
	order := uuidText.FindString(s.form(itemURL("en", items[0])+"/orders", "units=1", ann).header.Get("Location"))
	s.form("/en/sign-up", "email=e@example.com&name=Eve&password=three+small+boats", "")
	before := s.checksums()
	fill := strings.NewReplacer("{sale}", fmt.Sprint(sale), "{item}", fmt.Sprint(items[0]), "{order}", order, "*", "boots.svg")
	asked := 0
	for _, e := range s.server.routes() {
		if e.method != get || e.kind.once {
			continue
		}
		path := fill.Replace(e.pattern)
		for _, prefix := range []string{"", "/en", "/zh"} {
			if e.kind.paged != (prefix != "") {
				continue
			}
			for _, method := range []string{"GET", "HEAD"} {
				for _, cookie := range []string{ann, ""} {
					a := s.do(method, prefix+path+"?pay=1&cancel=1&units=1&before="+order, "", "Cookie", cookie, "Accept", "application/json", "X-HTTP-Method-Override", "POST")
					if a.status >= 500 || a.status == 405 {
						t.Errorf("%s %s: %d", method, prefix+path, a.status)
					}
					asked++
				}
			}
		}
	}
	if asked < 60 {
		t.Errorf("only %d requests: the table is not walked", asked)
	}
	if after := s.checksums(); after != before {
		t.Errorf("something was changed:\n%s\n%s", before, after)
	}
}

// checksums sums up every table that holds something.
func (s *shop) checksums() string {
	s.t.Helper()
	rows, err := s.db.Root(s.t).QueryContext(s.t.Context(), "CHECKSUM TABLE users, sales, items, stock_shards, orders, stock_moves, outbox, switches, leases, sale_log")
	if err != nil {
		s.t.Fatal(err)
	}
	var out strings.Builder
	for rows.Next() {
		var name, sum string
		if err := rows.Scan(&name, &sum); err != nil {
			s.t.Fatal(err)
		}
		fmt.Fprintln(&out, name, sum)
	}
	if err := rows.Err(); err != nil {
		s.t.Fatal(err)
	}
	return out.String()
}

// A crowd presses at once, twice each and half of them by form: every unit goes, nobody has two, and every yes is an order.
func TestCrowd(t *testing.T) {
	s := newShop(t)
	_, items := storetest.Sale(t, s.store, store.NewItem{Units: 7})
	s.settle()
	const crowd = 40
	var yes sync.Map
	var wg sync.WaitGroup
	for i := range crowd {
		_, cookie := s.shopper(fmt.Sprintf("shopper-%d", i))
		pass := passText.FindString(s.json0(fmt.Sprintf("/items/%d/pass", items[0]), cookie).body)
		for range 2 {
			wg.Go(func() {
				var a answered
				if i%2 == 0 {
					a = s.json(fmt.Sprintf("/items/%d/orders", items[0]), `{"pass":"`+pass+`","units":1}`, cookie)
				} else {
					a = s.form(itemURL("zh", items[0])+"/orders", "units=1&pass="+pass, cookie)
				}
				switch a.status {
				case 200, 201, 303:
					yes.Store(i, uuidText.FindString(a.header.Get("Location")+a.body))
				case 409:
				default:
					t.Errorf("status %d: %.200s", a.status, a.body)
				}
			})
		}
	}
	wg.Wait()
	orders := map[string]bool{}
	yes.Range(func(_, order any) bool {
		orders[order.(string)] = true
		return true
	})
	var held, shoppers int
	row := s.db.Root(t).QueryRowContext(t.Context(), "SELECT COUNT(*), COUNT(DISTINCT user_id) FROM orders WHERE active = 1")
	if err := row.Scan(&held, &shoppers); err != nil {
		t.Fatal(err)
	}
	if held != 7 || shoppers != 7 || len(orders) != 7 {
		t.Errorf("%d orders of %d shoppers, %d were told yes", held, shoppers, len(orders))
	}
	s.db.MustAudit(t)
}

// wallet is a payment provider that can be late, broken, or overtaken by the merchant.
type wallet struct {
	mu       sync.Mutex
	charge   error
	during   func()
	charged  []string
	refunded []string
}

func (*wallet) Sandbox() bool { return false }

func (w *wallet) Charge(_ context.Context, order uuid.UUID, amount int64, currency string) (string, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.charge != nil {
		return "", w.charge
	}
	w.charged = append(w.charged, fmt.Sprint(order, " ", amount, " ", currency))
	if w.during != nil {
		w.during()
	}
	return "ref-" + order.String(), nil
}

func (w *wallet) Refund(_ context.Context, reference string) error {
	w.refunded = append(w.refunded, reference)
	return nil
}

// Money is taken once for what can be paid, never for what cannot, and given back when the order was gone by then.
func TestPayment(t *testing.T) {
	w := &wallet{}
	s := newShop(t, func(c *Config) { c.Payment = w })
	_, items := storetest.Sale(t, s.store, store.NewItem{Units: 5, LimitPerUser: 2, PriceCents: 1250, Currency: "EUR"})
	s.settle()
	_, ann := s.shopper("ann")
	buy := func() string {
		t.Helper()
		order := uuidText.FindString(s.form(itemURL("en", items[0])+"/orders", "units=2", ann).header.Get("Location"))
		if order == "" {
			t.Fatal("not placed")
		}
		return order
	}
	first := buy()
	w.charge = errors.New("no answer")
	if a := s.json("/orders/"+first+"/pay", "", ann); a.status != 503 || !strings.Contains(a.body, `"unknown"`) || a.header.Get("Retry-After") == "" {
		t.Errorf("the provider does not answer: %d %s", a.status, a.body)
	}
	w.charge = nil
	w.during = func() { // the hold ends while the provider is at it
		s.exec("UPDATE orders SET hold_expires_at = UTC_TIMESTAMP(6) - INTERVAL 1 SECOND")
	}
	if a := s.json("/orders/"+first+"/pay", "", ann); a.status != 409 || !strings.Contains(a.body, `"hold_ended"`) {
		t.Errorf("the hold ended meanwhile: %d %s", a.status, a.body)
	}
	if len(w.charged) != 1 || w.charged[0] != first+" 2500 EUR" || len(w.refunded) != 1 || w.refunded[0] != "ref-"+first {
		t.Errorf("charged %v, refunded %v", w.charged, w.refunded)
	}
	w.during = nil
	if a := s.json("/orders/"+first+"/pay", "", ann); a.status != 409 || len(w.charged) != 1 {
		t.Errorf("after the hold: %d, charged %v", a.status, w.charged)
	}
	if a := s.json("/orders/"+first+"/cancel", "", ann); a.status != 200 {
		t.Fatalf("cancel: %d %s", a.status, a.body)
	}
	second := buy()
	for range 2 {
		if a := s.form("/en/orders/"+second+"/pay", "", ann); a.status != 303 {
			t.Errorf("pay: %d", a.status)
		}
	}
	if len(w.charged) != 2 || len(w.refunded) != 1 {
		t.Errorf("charged %v, refunded %v", w.charged, w.refunded)
	}
	s.db.MustAudit(t)
}

// What an act gave is told once, on the page of that order only.
func TestTold(t *testing.T) {
	s := newShop(t)
	_, items := storetest.Sale(t, s.store, store.NewItem{Units: 5})
	s.settle()
	_, ann := s.shopper("ann")
	a := s.form(itemURL("en", items[0])+"/orders", "units=1", ann)
	url := a.header.Get("Location")
	flash, _, _ := strings.Cut(a.header.Get("Set-Cookie"), ";")
	order := uuidText.FindString(url)
	for _, c := range []struct {
		cookie, outcome string
	}{
		{flash, "placed"},
		{"", ""},
		{told + "=placed." + uuid.NewString(), ""},
		{told + "=refunded." + order, ""},
		{told + `=<script>.` + order, ""},
		{told + "=cancelled." + order, "cancelled"}, // nobody but the shopper can set it
	} {
		got := s.get(url, "Cookie", ann+"; "+c.cookie)
		if strings.Contains(got.body, `data-outcome="`) != (c.outcome != "") || !strings.Contains(got.body, `data-outcome="`+c.outcome) && c.outcome != "" {
			t.Errorf("cookie %q: not %q", c.cookie, c.outcome)
		}
		if forgets := strings.Contains(got.header.Get("Set-Cookie"), told+"=; "); forgets != (c.cookie != "") {
			t.Errorf("cookie %q: Set-Cookie %q", c.cookie, got.header.Get("Set-Cookie"))
		}
	}
}

// My orders go page by page, and nothing is left out or shown twice.
func TestOrdersPaging(t *testing.T) {
	s := newShop(t)
	var wanted []store.NewItem
	for range ordersPerPage + 5 {
		wanted = append(wanted, store.NewItem{Units: 1})
	}
	for i := range wanted {
		wanted[i].SKU = fmt.Sprint("sku-", i)
	}
	_, items := storetest.Sale(t, s.store, wanted...)
	s.settle()
	_, ann := s.shopper("ann")
	for _, item := range items {
		if a := s.form(itemURL("en", item)+"/orders", "units=1", ann); a.status != 303 {
			t.Fatal(a.status)
		}
	}
	seen := map[string]bool{}
	path, pages := "/en/orders", 0
	for path != "" && pages < 5 {
		body := s.get(path, "Cookie", ann).body
		pages++
		path = ""
		for part := range strings.SplitSeq(body, `data-order="`) {
			if id := uuidText.FindString(part[:min(36, len(part))]); id != "" {
				if seen[id] {
					t.Errorf("%s stands twice", id)
				}
				seen[id] = true
			}
		}
		if _, rest, ok := strings.Cut(body, "/en/orders?before="); ok {
			path = "/en/orders?before=" + rest[:36]
		}
	}
	if len(seen) != len(items) || pages != 2 {
		t.Errorf("%d orders on %d pages, want %d on 2", len(seen), pages, len(items))
	}
}

// A closed tab does not cut a purchase in two: the order is there when the shopper comes back.
func TestClosedTab(t *testing.T) {
	s := newShop(t)
	_, items := storetest.Sale(t, s.store, store.NewItem{Units: 5})
	s.settle()
	_, ann := s.shopper("ann")
	order := s.json0(fmt.Sprintf("/items/%d/pass", items[0]), ann).body
	pass, id := passText.FindString(order), uuidText.FindString(order)
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", s.addr)
	if err != nil {
		t.Fatal(err)
	}
	body := `{"pass":"` + pass + `","units":1}`
	request := fmt.Sprintf("POST /items/%d/orders HTTP/1.1\r\nHost: x\r\nCookie: %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
		items[0], ann, len(body), body)
	_, err = io.WriteString(conn, request)
	if err := errors.Join(err, conn.Close()); err != nil {
		t.Fatal(err)
	}
	s.eventually("the order is there", func() bool { return s.json0("/orders/"+id, ann).status == 200 })
	if a := s.json(fmt.Sprintf("/items/%d/orders", items[0]), body, ann); a.status != 200 || !strings.Contains(a.body, id) {
		t.Errorf("the press again: %d %s", a.status, a.body)
	}
	s.db.MustAudit(t)
}
