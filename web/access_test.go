package web

import (
	"errors"
	"fmt"
	"io"
	"net"
	"regexp"
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
	for _, act := range []string{"pay", "extend", "cancel"} {
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

// No GET changes anything in the database, whoever asks. The sign-in link and the way back from the payment provider are the exceptions, by
// their nature; going either way again changes nothing more.
func TestReadingChangesNothing(t *testing.T) {
	s := newShop(t)
	sale, items := storetest.Sale(t, s.store, store.NewItem{Units: 5})
	s.settle()
	_, ann := s.shopper("ann")
	order := uuidText.FindString(s.form(itemURL("en", items[0])+"/orders", "units=1", ann).header.Get("Location"))
	s.form("/en/sign-up", "email=e@example.com&name=Eve&password=three+small+boats", "")
	fill := strings.NewReplacer("{sale}", fmt.Sprint(sale), "{item}", fmt.Sprint(items[0]), "{order}", order,
		"{payment}", uuidText.FindString(s.pay(order, ann)), "*", "boots.svg")
	before := s.checksums()
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
	rows, err := s.db.Root(s.t).QueryContext(s.t.Context(), "CHECKSUM TABLE users, sales, items, stock_shards, orders, stock_moves, outbox, switches, leases, sale_log, payments, payment_moves, sandbox_payments, mails, products, images")
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

// More time is given once, by form and by JSON, where the item allows it and as long as there is a hold.
func TestExtend(t *testing.T) {
	s := newShop(t)
	_, items := storetest.Sale(t, s.store, store.NewItem{Units: 9}, store.NewItem{Units: 9})
	s.exec("UPDATE items SET extension_minutes = 5 WHERE id = ?", items[0])
	s.settle()
	_, ann := s.shopper("ann")
	_, bob := s.shopper("bob")
	order, fixed, other := s.buy(items[0], ann), s.buy(items[1], ann), s.buy(items[0], bob)
	offers := func(order string) bool {
		return strings.Contains(s.get("/en/orders/"+order, "Cookie", ann).body, "5 more minutes")
	}
	if !offers(order) || offers(fixed) {
		t.Error("the button stands where it should not, or not where it should")
	}
	a := s.form("/en/orders/"+order+"/extend", "", ann)
	if a.status != 303 || a.header.Get("Location") != "/en/orders/"+order || !strings.Contains(a.header.Get("Set-Cookie"), told+"=extended.") {
		t.Errorf("extended: %d to %q", a.status, a.header.Get("Location"))
	}
	if offers(order) {
		t.Error("more time is offered twice")
	}
	until := regexp.MustCompile(`^\{"outcome":"already_extended","order":"[0-9a-f-]{36}","state":"held","held_until":\d{13}\}\n$`)
	if a := s.json("/orders/"+order+"/extend", "{}", ann); a.status != 200 || !until.MatchString(a.body) {
		t.Errorf("again: %d %s", a.status, a.body)
	}
	for _, c := range []struct{ order, outcome, before string }{
		{fixed, "not_extendable", ""},
		{fixed, "not_held", "/orders/" + fixed + "/cancel"},
	} {
		if c.before != "" && s.json(c.before, "", ann).status != 200 {
			t.Fatal(c.before)
		}
		byForm, byJSON := s.form("/en/orders/"+c.order+"/extend", "", ann), s.json("/orders/"+c.order+"/extend", "", ann)
		if byForm.status != 409 || !strings.Contains(byForm.body, `data-outcome="`+c.outcome+`"`) || byJSON.status != 409 || !strings.Contains(byJSON.body, c.outcome) {
			t.Errorf("%s: %d, %d %s", c.outcome, byForm.status, byJSON.status, byJSON.body)
		}
	}
	s.exec("UPDATE orders SET hold_expires_at = UTC_TIMESTAMP(6) - INTERVAL 1 SECOND WHERE state = 'held'")
	if a := s.form("/en/orders/"+other+"/extend", "", bob); a.status != 409 || !strings.Contains(a.body, `data-outcome="hold_ended"`) {
		t.Errorf("after the hold: %d", a.status)
	}
	s.db.MustAudit(t)
}

// Every page says that no money moves, those for everybody too.
func TestSandboxBanner(t *testing.T) {
	s := newShop(t)
	sale, items := storetest.Sale(t, s.store, store.NewItem{Units: 9})
	s.settle()
	_, ann := s.shopper("ann")
	order := s.buy(items[0], ann)
	for _, path := range []string{
		"/en/", fmt.Sprint("/en/sales/", sale), itemURL("en", items[0]), "/en/orders", "/en/orders/" + order, s.pay(order, ann), "/en/sign-in", "/en/sign-up",
		"/en/nowhere", "/en/items/4711",
	} {
		if a := s.get(path, "Cookie", ann); !strings.Contains(a.body, "Sandbox: no money moves here") {
			t.Errorf("%s: %d, and it does not say so", path, a.status)
		}
	}
	if a := s.get(itemURL("zh", items[0])); !strings.Contains(a.body, "沙盒商店") {
		t.Error("the Chinese page does not say so")
	}
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
