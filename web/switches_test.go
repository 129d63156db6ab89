package web

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"time"

	"doorbuster/store"
	"doorbuster/store/storetest"
)

// outcomeOf reads the outcome of an answer, JSON or page; "" for none.
func outcomeOf(a answered) string {
	if m := outcomeIn.FindStringSubmatch(a.body); m != nil {
		return m[1] + m[2]
	}
	return ""
}

// stateAt reads the state of an item as a script does, and as the page has it.
func (s *shop) stateAt(item uint64) string {
	s.t.Helper()
	var told struct{ S string }
	if err := json.Unmarshal([]byte(s.get(fmt.Sprintf("/items/%d/state", item)).body), &told); err != nil {
		s.t.Fatal(err)
	}
	if want := fmt.Sprintf(`data-state="%s"`, told.S); !strings.Contains(s.get(itemURL("zh", item)).body, want) {
		return told.S + ", but the page says otherwise"
	}
	return told.S
}

// A switch of an item, of its shop and of everything is in force on every node with its next reading, for those items and no others. Off again, they are sold
// again.
func TestSwitchesOnEveryNode(t *testing.T) {
	t.Parallel()
	db, nodes := twoNodes(t)
	one := nodes[0]
	_, items := storetest.Sale(t, one.store, store.NewItem{Units: 100}, store.NewItem{SKU: "b", Units: 100})
	foreign, others := storetest.Sale(t, one.store, store.NewItem{Units: 100})
	one.exec("UPDATE sales SET shop_id = 2 WHERE id = ?", foreign)
	places := map[string]uint64{"the item": items[0], "its neighbour": items[1], "another shop's": others[0]}
	shoppers := 0
	check := func(what, state string, hit map[string]bool) {
		t.Helper()
		for n, node := range nodes {
			node.settle()
			for place, item := range places {
				want, press := "live", http.StatusSeeOther
				if hit[place] {
					want, press = state, http.StatusConflict
				}
				if got := node.stateAt(item); got != want {
					t.Errorf("%s, node %d: %s is %s, want %s", what, n+1, place, got, want)
				}
				shoppers++
				_, cookie := node.shopper(fmt.Sprintf("s%d", shoppers))
				for _, a := range []answered{node.json0(fmt.Sprintf("/items/%d/pass", item), cookie), node.form(itemURL("en", item)+"/orders", "units=1", cookie)} {
					if a.status != press && (press != http.StatusSeeOther || a.status != http.StatusOK) || hit[place] && outcomeOf(a) != state {
						t.Errorf("%s, node %d: %s answers %d %s", what, n+1, place, a.status, outcomeOf(a))
					}
				}
			}
		}
	}
	for name, state := range map[store.Switch]string{store.StopNewHolds: "paused", store.SoldOutPage: "closed"} {
		for scope, hit := range map[string]map[string]bool{
			"of the item": {"the item": true}, "of the shop": {"the item": true, "its neighbour": true},
			"of everything": {"the item": true, "its neighbour": true, "another shop's": true},
		} {
			turn := store.SwitchTurn{Name: name, On: true}
			switch scope {
			case "of the item":
				turn.Item = items[0]
			case "of the shop":
				one.exec(`INSERT INTO switches (name, shop_id, item_id, is_on, value, reason, actor, changed_at) VALUES (?, 1, 0, 1, 0, '', '', UTC_TIMESTAMP(6))`, string(name))
			}
			if scope != "of the shop" {
				if outcome, err := one.turn(turn); err != nil || outcome != store.Set {
					t.Fatal(outcome, err)
				}
			}
			check(fmt.Sprintf("%s %s", name, scope), state, hit)
			one.exec("UPDATE switches SET is_on = 0")
		}
	}
	check("all switches off", "", nil)
	db.MustAudit(t)
}

// What an item that is closed answers comes from memory: nobody who presses reaches the tables of orders. It does not say that nothing was ordered, and its
// page leads to the orders; who has an order can pay it.
func TestClosedItemAsksNoDatabase(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	_, items := storetest.Sale(t, s.store, store.NewItem{Units: 5, PriceCents: 100, Currency: "EUR"})
	s.settle()
	user, ann := s.shopper("ann")
	_, bob := s.shopper("bob")
	pass := s.server.passText(s.server.newPass(user, items[0]))
	path := fmt.Sprintf("/items/%d/orders", items[0])
	press := fmt.Sprintf(`{"pass":%q,"units":1}`, pass)
	bought := s.json(path, press, ann)
	if bought.status != http.StatusCreated {
		t.Fatal(bought.status, bought.body)
	}
	if outcome, err := s.turn(store.SwitchTurn{Name: store.SoldOutPage, Item: items[0], On: true}); err != nil {
		t.Fatal(outcome, err)
	}
	s.settle()
	s.get(itemURL("en", items[0]))
	conn, err := s.db.Root(t).Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := conn.ExecContext(t.Context(), "LOCK TABLES orders WRITE"); err != nil {
		t.Fatal(err)
	}
	for what, a := range map[string]answered{
		"a press with a pass that bought": s.json(path, press, ann),
		"that press by form":              s.form("/en"+path, "units=1&pass="+pass, ann),
		"a press without a pass":          s.form("/zh"+path, "units=1", bob),
		"a wish for a pass":               s.json0(fmt.Sprintf("/items/%d/pass", items[0]), bob),
	} {
		if a.status != http.StatusConflict || outcomeOf(a) != "closed" {
			t.Errorf("%s: %d %s", what, a.status, outcomeOf(a))
		}
		if strings.Contains(a.body, "<html") && (!strings.Contains(a.body, `/orders"`) || strings.Contains(a.body, "Sold out")) {
			t.Errorf("%s: the page claims too much, or does not lead to the orders", what)
		}
	}
	if a := s.get(itemURL("en", items[0])); a.status != http.StatusOK || !strings.Contains(a.body, `data-state="closed"`) {
		t.Errorf("the page of the item: %d", a.status)
	}
	if _, err := conn.ExecContext(t.Context(), "UNLOCK TABLES"); err != nil {
		t.Fatal(err)
	}
	if err := conn.Close(); err != nil {
		t.Fatal(err)
	}
	order := uuidText.FindString(bought.body)
	if a := s.form("/en/orders/"+order+"/pay", "", ann); a.status != http.StatusSeeOther {
		t.Errorf("a payment while the item is closed: %d %s", a.status, outcomeOf(a))
	}
}

// Of those who press in a second, the rate lets so many through; the others are told when to press again, with the same key, and then they are served.
func TestAdmissionRateOverHTTP(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	now := time.Now()
	s.server.admission = newAdmission(func() time.Time { return now })
	_, items := storetest.Sale(t, s.store, store.NewItem{Units: 50}, store.NewItem{SKU: "b", Units: 50})
	if outcome, err := s.turn(store.SwitchTurn{Name: store.AdmissionRate, Item: items[0], On: true, Rate: 2}); err != nil {
		t.Fatal(outcome, err)
	}
	s.settle()
	type waiting struct{ cookie, pass string }
	var line []waiting
	for n := range 7 {
		user, cookie := s.shopper(fmt.Sprintf("s%d", n))
		line = append(line, waiting{cookie, s.server.passText(s.server.newPass(user, items[0]))})
	}
	path := fmt.Sprintf("/en/items/%d/orders", items[0])
	for round, want := range []int{2, 2, 2, 1} {
		var again []waiting
		for _, w := range line {
			switch a := s.form(path, "units=1&pass="+w.pass, w.cookie); {
			case a.status == http.StatusSeeOther:
			case a.status == http.StatusServiceUnavailable && outcomeOf(a) == "busy" && a.header.Get("Retry-After") != "" && strings.Contains(a.body, w.pass):
				again = append(again, w)
			default:
				t.Fatalf("round %d: %d %s", round+1, a.status, outcomeOf(a))
			}
		}
		if got := len(line) - len(again); got != want {
			t.Errorf("round %d: %d were let through, want %d", round+1, got, want)
		}
		if a := s.form(fmt.Sprintf("/en/items/%d/orders", items[1]), "units=1", line[0].cookie); a.status != http.StatusSeeOther {
			t.Errorf("round %d: the other item: %d", round+1, a.status)
		}
		line, now = again, now.Add(time.Second)
	}
	if n := s.counted("doorbuster_limited_total", "admission"); n != 5+3+1 {
		t.Errorf("%v refusals are counted", n)
	}
	s.db.MustAudit(t)
}

// In no second more than the rate go through, of an item and of all together; a refusal takes no token; a trickle is never held up; a new number counts at
// once; and what is off is forgotten.
func TestAdmission(t *testing.T) {
	now := time.Now()
	a := newAdmission(func() time.Time { return now })
	live := &store.Live{
		Sales: map[uint64]store.LiveSale{1: {ID: 1, ShopID: 1}, 2: {ID: 2, ShopID: 2}}, Items: map[uint64]store.LiveItem{11: {SaleID: 1}, 12: {SaleID: 1}, 21: {SaleID: 2}},
		Switches: store.Switches{
			{Name: store.AdmissionRate}: 100, {Name: store.AdmissionRate, Shop: 1}: 20, {Name: store.AdmissionRate, Item: 11}: 10, {Name: store.StopNewHolds}: 1,
		},
	}
	start, dice := now, rand.New(rand.NewPCG(1, 2)) // the same presses each time
	through := map[int]map[uint64]int{}
	for range 20_000 {
		now = now.Add(time.Duration(dice.IntN(1000)) * time.Microsecond)
		item := []uint64{11, 12, 21, 99}[dice.IntN(4)]
		if a.admits(live, item) {
			second := int(now.Sub(start) / time.Second)
			if through[second] == nil {
				through[second] = map[uint64]int{}
			}
			through[second][item]++
		}
	}
	for second, n := range through {
		if second == len(through)-1 {
			continue // it was not over
		}
		if n[11] > 10 || n[11]+n[12] != 20 || n[11]+n[12]+n[21]+n[99] != 100 {
			t.Errorf("second %d: %v", second, n)
		}
	}
	if len(a.counts) != 3 {
		t.Errorf("%d are counted", len(a.counts))
	}
	now = now.Add(time.Second)
	live.Switches = store.Switches{{Name: store.AdmissionRate, Item: 12}: 4}
	for i := range 8 {
		now = now.Add(250 * time.Millisecond)
		if !a.admits(live, 12) || !a.admits(live, 11) || !a.admits(live, 99) {
			t.Errorf("press %d of a trickle was held up", i+1)
		}
	}
	live.Switches = store.Switches{{Name: store.AdmissionRate, Item: 12}: 1}
	if now = now.Add(time.Second); !a.admits(live, 12) || a.admits(live, 12) {
		t.Error("the new number does not count")
	}
	if len(a.counts) != 1 {
		t.Errorf("%d are counted, though one is on", len(a.counts))
	}
	if n := testing.AllocsPerRun(100, func() { a.admits(live, 12) }); n > 0 {
		t.Errorf("%v allocations for a press", n)
	}
}
