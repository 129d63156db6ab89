package web

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"doorbuster/store"
	"doorbuster/store/storetest"
)

// The database goes away in the middle of a sale and comes back: pages stay, nobody is told a false yes or no, and the shop sells on
// by itself.
func TestDatabaseOutage(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a database of its own")
	}
	own := storetest.OwnServer(t)
	s := newShopOn(t, storetest.On(t, own))
	sale, items := storetest.Sale(t, s.store, store.NewItem{Units: 5})
	s.settle()
	_, ann := s.shopper("ann")
	_, bob := s.shopper("bob")
	item := fmt.Sprintf("/items/%d", items[0])
	before := s.get("/en" + item)
	s.get("/en/")
	s.get(fmt.Sprintf("/en/sales/%d", sale))
	got := s.form("/en"+item+"/orders", "units=1", ann)
	order := uuidText.FindString(got.header.Get("Location"))
	if got.status != 303 || order == "" {
		t.Fatalf("status %d", got.status)
	}
	pass := passText.FindString(s.json0(item+"/pass", bob).body)

	if err := own.Kill(); err != nil {
		t.Fatal(err)
	}

	s.withoutDatabase(sale, item, order, pass, ann, bob, before)

	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	if err := own.Restart(ctx); err != nil {
		t.Fatal(err)
	}
	var last answered
	s.eventually("the shop sells again", func() bool {
		last = s.json(item+"/orders", `{"pass":"`+pass+`","units":1}`, bob)
		return last.status == 201 || last.status == 200
	})
	if a := s.get("/en/orders/"+order, "Cookie", ann); a.status != 200 {
		t.Errorf("ann's order is gone: %d", a.status)
	}
	if a := s.form("/en/orders/"+order+"/pay", "", ann); a.status != 303 {
		t.Errorf("ann cannot pay: %d", a.status)
	}
	s.db.MustAudit(t)
}

// withoutDatabase checks what shoppers are told while the database is away: everything public stays, everything else says that it
// does not know, and when to come back.
func (s *shop) withoutDatabase(sale uint64, item, order, pass, ann, bob string, before answered) {
	t := s.t
	t.Helper()
	for _, url := range []string{"/en/", fmt.Sprintf("/en/sales/%d", sale), "/en" + item, item + "/state"} {
		if a := s.get(url); a.status != 200 {
			t.Errorf("%s: %d without the database", url, a.status)
		}
	}
	if a := s.get("/en" + item); a.header.Get("Etag") == "" || len(a.body) < len(before.body)/2 {
		t.Error("another item page without the database")
	}
	for name, a := range map[string]answered{
		"a press by form": s.form("/en"+item+"/orders", "units=1&pass="+pass, bob),
		"a press by JSON": s.json(item+"/orders", `{"pass":"`+pass+`","units":1}`, bob),
		"an order page":   s.get("/en/orders/"+order, "Cookie", ann),
		"the orders":      s.get("/en/orders", "Cookie", ann),
		"a payment":       s.form("/en/orders/"+order+"/pay", "", ann),
		"a sign-up":       s.form("/en/sign-up", "email=x@example.com&name=X&password=three+small+boats", ""),
		"a sign-in":       s.form("/en/sign-in", "email=x@example.com&password=three+small+boats", ""),
		"a new page":      s.get("/en/items/4711"),
	} {
		if a.status != 503 || a.header.Get("Retry-After") == "" {
			t.Errorf("%s: %d, Retry-After %q", name, a.status, a.header.Get("Retry-After"))
		}
		for _, leak := range []string{"mysql", "dial", "127.0.0.1", "store:", "connection"} {
			if strings.Contains(strings.ToLower(a.body), leak) {
				t.Errorf("%s: the answer tells %q", name, leak)
			}
		}
		if strings.HasPrefix(name, "a press by form") && !strings.Contains(a.body, pass) {
			t.Errorf("%s: the page lost the pass", name)
		}
	}
}

// json0 gets JSON.
func (s *shop) json0(path, cookie string) answered {
	s.t.Helper()
	return s.get(path, "Accept", "application/json", "Cookie", cookie)
}

// A shop whose database was not there yet when it started says so, and opens by itself.
func TestStartWithoutDatabase(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a database of its own")
	}
	own := storetest.OwnServer(t)
	db := storetest.On(t, own)
	first := newShopOn(t, db)
	_, items := storetest.Sale(t, first.store, store.NewItem{Units: 5})
	_, ann := first.shopper("ann")
	if err := own.Kill(); err != nil {
		t.Fatal(err)
	}
	s := newShopOn(t, db)
	for _, url := range []string{"/en/", itemURL("en", items[0]), "/en/orders"} {
		if a := s.get(url, "Cookie", ann); a.status != 503 || a.header.Get("Retry-After") == "" {
			t.Errorf("%s: %d", url, a.status)
		}
	}
	if a := s.form(itemURL("en", items[0])+"/orders", "units=1", ann); a.status != 503 || !strings.Contains(a.body, `data-outcome="busy"`) {
		t.Errorf("a press: %d", a.status)
	}
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	if err := own.Restart(ctx); err != nil {
		t.Fatal(err)
	}
	s.eventually("the shop sells", func() bool { return s.form(itemURL("en", items[0])+"/orders", "units=1", ann).status == 303 })
	db.MustAudit(t)
}
