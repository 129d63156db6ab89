package web

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"doorbuster/store"
	"doorbuster/store/storetest"
)

// twoNodes are two web servers on one database.
func twoNodes(t *testing.T) (*storetest.Database, []*shop) {
	t.Helper()
	db := storetest.New(t)
	return db, []*shop{newShopOn(t, db), newShopOn(t, db)}
}

// Read-only, whoever turns it, stops every change by shoppers on every node: no order, no payment, no cancel. Pages are still read, and afterwards all of it
// works again.
func TestReadOnlyOnEveryNode(t *testing.T) {
	t.Parallel()
	db, nodes := twoNodes(t)
	_, items := storetest.Sale(t, nodes[0].store, store.NewItem{Units: 50, PriceCents: 100, Currency: "EUR"})
	var orders, cookies []string
	for n, node := range nodes {
		node.settle()
		_, cookie := node.shopper(fmt.Sprintf("ann%d", n))
		a := node.form(itemURL("en", items[0])+"/orders", "units=1", cookie)
		if a.status != http.StatusSeeOther {
			t.Fatal(a.status, a.body)
		}
		orders, cookies = append(orders, uuidText.FindString(a.header.Get("Location"))), append(cookies, cookie)
	}
	if outcome, err := nodes[0].turn(store.SwitchTurn{Name: store.ReadOnly, On: true}); err != nil || outcome != store.Set {
		t.Fatal(outcome, err)
	}
	_, newcomer := nodes[0].shopper("bob")
	before := nodes[0].checksums()
	for n, node := range nodes {
		node.settle()
		for what, a := range map[string]answered{
			"an order":         node.form(itemURL("en", items[0])+"/orders", "units=1", newcomer),
			"a wish to order":  node.json0(fmt.Sprintf("/items/%d/pass", items[0]), newcomer),
			"a payment":        node.form("/en/orders/"+orders[n]+"/pay", "", cookies[n]),
			"a cancel":         node.form("/en/orders/"+orders[n]+"/cancel", "", cookies[n]),
			"another's change": node.form("/zh/orders/"+orders[1-n]+"/cancel", "", cookies[1-n]),
		} {
			if a.status != http.StatusServiceUnavailable || outcomeOf(a) != "busy" {
				t.Errorf("node %d: %s while the shop is read-only: %d %s", n+1, what, a.status, outcomeOf(a))
			}
		}
		if a := node.get("/en/orders/"+orders[n], "Cookie", cookies[n]); a.status != http.StatusOK {
			t.Errorf("node %d: an order cannot be read: %d", n+1, a.status)
		}
	}
	if after := nodes[0].checksums(); after != before {
		t.Errorf("something was changed while the shop was read-only:\n%s\n%s", before, after)
	}
	if outcome, err := nodes[1].turn(store.SwitchTurn{Name: store.ReadOnly}); err != nil || outcome != store.Set {
		t.Fatal(outcome, err)
	}
	for n, node := range nodes {
		node.settle()
		if a := node.form("/en/orders/"+orders[n]+"/cancel", "", cookies[n]); a.status != http.StatusSeeOther {
			t.Errorf("node %d: a cancel afterwards: %d %s", n+1, a.status, outcomeOf(a))
		}
	}
	db.MustAudit(t)
}

// The admission rate is of each node: each lets so many through in a second, whichever of them it was set by, and a new number counts on both.
func TestAdmissionRateOnEveryNode(t *testing.T) {
	t.Parallel()
	db, nodes := twoNodes(t)
	_, items := storetest.Sale(t, nodes[0].store, store.NewItem{Units: 50})
	now := time.Now()
	for _, node := range nodes {
		node.server.admission = newAdmission(func() time.Time { return now })
	}
	shoppers := 0
	for _, rate := range []int{1, 3} {
		if outcome, err := nodes[1].turn(store.SwitchTurn{Name: store.AdmissionRate, On: true, Rate: rate}); err != nil || outcome != store.Set {
			t.Fatal(outcome, err)
		}
		now = now.Add(time.Second)
		for n, node := range nodes {
			node.settle()
			through := 0
			for range 5 {
				shoppers++
				_, cookie := node.shopper(fmt.Sprintf("s%d", shoppers))
				switch a := node.form(itemURL("en", items[0])+"/orders", "units=1", cookie); {
				case a.status == http.StatusSeeOther:
					through++
				case a.status != http.StatusServiceUnavailable || outcomeOf(a) != "busy":
					t.Errorf("node %d: %d %s", n+1, a.status, outcomeOf(a))
				}
			}
			if through != rate {
				t.Errorf("node %d lets %d through, want %d", n+1, through, rate)
			}
		}
	}
	db.MustAudit(t)
}
