package admin

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"doorbuster/store"
	"doorbuster/store/storetest"
)

// inForce lists the switches that are on, as the database has them.
func (c *console) inForce() string {
	c.t.Helper()
	rows, err := c.root.QueryContext(c.t.Context(), "SELECT CONCAT(name, ' ', shop_id, ' ', item_id, ' ', value, ' ', actor) FROM switches WHERE is_on = 1 ORDER BY name, shop_id, item_id")
	if err != nil {
		c.t.Fatal(err)
	}
	var all []string
	for rows.Next() {
		var one string
		if err := rows.Scan(&one); err != nil {
			c.t.Fatal(err)
		}
		all = append(all, one)
	}
	if err := rows.Err(); err != nil {
		c.t.Fatal(err)
	}
	return strings.Join(all, ", ")
}

func (c *console) mustBeInForce(what, want string) {
	c.t.Helper()
	if got := c.inForce(); got != want {
		c.t.Errorf("%s: in force is %q, want %q", what, got, want)
	}
}

var reminded = regexp.MustCompile(`<section class="reminder"[\s\S]*?</section>`)

// A merchant turns each switch on, for the shop and for an item that he looks up, sees it on the pages that remind of it, and turns it off.
func TestSwitches(t *testing.T) {
	c := newConsole(t)
	sale, items := storetest.Sale(t, c.store, store.NewItem{Units: 10, Title: "Lamp"}, store.NewItem{Units: 10, SKU: "kettle", Title: "Kettle"})
	other, _ := storetest.Sale(t, c.store, store.NewItem{Units: 10, Title: "Chair"})
	b := c.session(c.member("mei", store.RoleMerchant, 1), signedIn)
	shop, item := "/en/switches", fmt.Sprintf("/en/switches/items/%d", items[1])
	for _, path := range []string{"/en/", fmt.Sprintf("/en/sales/%d", sale)} {
		if reminded.MatchString(b.get(path).body) {
			t.Errorf("%s reminds of a switch, and none is on", path)
		}
	}
	body := b.get(shop + "?search=KETT").body
	if !strings.Contains(body, `href="`+item+`"`) || strings.Contains(body, "Chair") || strings.Count(body, `data-on="false"`) != 4 {
		t.Error("the kettle is not found, or not by itself, or a switch is on")
	}
	leads(t, "stop the kettle", b.form(item, "name=stop_new_holds&turn=on&seen=0&reason=wrong+price"), item+"?name=stop_new_holds&told=set")
	leads(t, "slow all", b.form(shop, "name=admission_rate&turn=on&seen=0&rate=50&reason=the+database+is+slow"), shop+"?name=admission_rate&told=set")
	c.mustBeInForce("after two", fmt.Sprintf("stop_new_holds 1 %d 0 mei, admission_rate 0 0 50 mei", items[1]))
	told := b.get(item + "?name=stop_new_holds&told=set").body
	if !strings.Contains(told, `action="/en/log/`) || strings.Contains(told, `id="read_only"`) || strings.Count(told, `data-on="true"`) != 1 {
		t.Error("the page of the item offers no way back, or more than is on")
	}
	for path, want := range map[string]string{
		"/en/": "Stop new holds: Kettle", fmt.Sprintf("/en/sales/%d", sale): "Stop new holds: Kettle", fmt.Sprintf("/en/sales/%d/live", sale): "Stop new holds: Kettle", fmt.Sprintf("/en/sales/%d", other): "50 presses a second: The whole shop",
	} {
		at := reminded.FindString(b.get(path).body)
		if !strings.Contains(at, want) || !strings.Contains(at, "by mei") || !strings.Contains(at, "the database is slow") {
			t.Errorf("%s does not remind of %q: %s", path, want, at)
		}
		if path == fmt.Sprintf("/en/sales/%d", other) && strings.Contains(at, "Kettle") {
			t.Errorf("%s reminds of a switch of another sale's item", path)
		}
	}
	if !strings.Contains(b.get(fmt.Sprintf("/en/sales/%d", sale)).body, fmt.Sprintf("Stop new holds, item %d: Off → On", items[1])) {
		t.Error("the log of the sale lacks it")
	}
	leads(t, "another number", b.form(shop, "name=admission_rate&turn=on&seen=50&rate=20&reason=slower+still"), shop+"?name=admission_rate&told=set&was=50")
	if !strings.Contains(b.get(shop+"?name=admission_rate&told=set&was=50").body, "The number was 50 and is 20 presses a second now.") {
		t.Error("the page does not tell the number before and after")
	}
	leads(t, "undo", b.form(item, "name=stop_new_holds&turn=off&seen=1&reason=Turned+off+again+at+once"), item+"?name=stop_new_holds&told=set&was=1")
	leads(t, "off", b.form(shop, "name=admission_rate&turn=off&seen=20&rate=20&reason=well+again"), shop+"?name=admission_rate&told=set&was=20")
	leads(t, "close", b.form(shop, "name=sold_out_page&turn=on&seen=0&reason=all+gone"), shop+"?name=sold_out_page&told=set")
	leads(t, "read only", b.form(shop, "name=read_only&turn=on&seen=0&reason=moving"), shop+"?name=read_only&told=set")
	c.mustBeInForce("at the end", "read_only 0 0 0 mei, sold_out_page 0 0 0 mei")
	if n := c.count("SELECT COUNT(*) FROM sale_log WHERE action = 'switched' AND actor = 'mei' AND staff_id IS NOT NULL AND reason <> ''"); n != 7 {
		t.Errorf("%d lines of the log are mei's", n)
	}
}

// Two editors: what is on stays with its first reason, and a number that somebody else changed meanwhile is not written over.
func TestSwitchesOfTwoEditors(t *testing.T) {
	c := newConsole(t)
	mei, bea := c.session(c.member("mei", store.RoleMerchant, 1), signedIn), c.session(c.member("bea", store.RoleOwner, 1), signedIn)
	const shop = "/en/switches"
	leads(t, "mei", mei.form(shop, "name=stop_new_holds&turn=on&seen=0&reason=first"), shop+"?name=stop_new_holds&told=set")
	leads(t, "bea", bea.form(shop, "name=stop_new_holds&turn=on&seen=0&reason=second"), shop+"?name=stop_new_holds&told=already_set&was=1")
	leads(t, "mei's rate", mei.form(shop, "name=admission_rate&turn=on&seen=0&rate=50&reason=first"), shop+"?name=admission_rate&told=set")
	leads(t, "bea's rate", bea.form(shop, "name=admission_rate&turn=on&seen=0&rate=70&reason=second"), shop+"?name=admission_rate&told=changed&was=50")
	leads(t, "bea's off", bea.form(shop, "name=admission_rate&turn=off&seen=70&reason=second"), shop+"?name=admission_rate&told=changed&was=50")
	c.mustBeInForce("afterwards", "stop_new_holds 0 0 0 mei, admission_rate 0 0 50 mei")
	if body := bea.get(shop + "?name=admission_rate&told=changed&was=50").body; !strings.Contains(body, "somebody else has changed it") || !strings.Contains(body, "first") || strings.Contains(body, `action="/en/log/`) {
		t.Error("bea is not told, or told that she did it")
	}
	if n := c.count("SELECT COUNT(*) FROM sale_log WHERE action = 'switched' AND reason = 'second'"); n != 0 {
		t.Errorf("%d lines of what was not done", n)
	}
}

// Of several shops each turns its own; what an operator turned for all is shown to all, and no shop is offered to turn it.
func TestSwitchesOfTwoShops(t *testing.T) {
	c := newConsole(t)
	_, items := storetest.Sale(t, c.store, store.NewItem{Units: 10, Title: "Lamp"})
	mei, gus := c.session(c.member("mei", store.RoleMerchant, 1), signedIn), c.session(c.member("gus", store.RoleMerchant, 2), signedIn)
	if _, err := c.store.SetSwitch(t.Context(), store.Operator("ann"), store.SwitchTurn{Name: store.StopNewHolds, On: true}, "for all"); err != nil {
		t.Fatal(err)
	}
	const shop = "/en/switches"
	leads(t, "mei", mei.form(shop, "name=sold_out_page&turn=on&seen=0&reason=mine"), shop+"?name=sold_out_page&told=set")
	leads(t, "mei's lamp", mei.form(fmt.Sprintf("%s/items/%d", shop, items[0]), "name=stop_new_holds&turn=on&seen=0&reason=mine"), fmt.Sprintf("%s/items/%d?name=stop_new_holds&told=set", shop, items[0]))
	c.mustBeInForce("of both", fmt.Sprintf("stop_new_holds 0 0 0 ann, stop_new_holds 1 %d 0 mei, sold_out_page 1 0 0 mei", items[0]))
	for who, b := range map[string]*browser{"mei": mei, "gus": gus} {
		body := b.get(shop).body
		if !strings.Contains(body, "Every shop here") || strings.Contains(body, `href="/en/switches#stop_new_holds"`) {
			t.Errorf("%s is not told of the operator's switch, or offered to turn it", who)
		}
		if !regexp.MustCompile(`id="stop_new_holds"[^>]*data-on="false"`).MatchString(body) {
			t.Errorf("%s is shown the operator's switch as that of the shop", who)
		}
		if a := b.form(shop, "name=read_only&turn=on&seen=0&reason=all"); a.status != 403 || a.outcome() != "not_allowed" {
			t.Errorf("%s makes every shop read-only: %d", who, a.status)
		}
	}
	for _, path := range []string{shop, "/en/", shop + "?search=Lamp"} {
		if body := gus.get(path).body; strings.Contains(body, "Lamp<") || strings.Contains(body, "mine") {
			t.Errorf("%s shows gus what is mei's", path)
		}
	}
}

// What is wrong stands at its field, what was typed stays, and nothing changes.
func TestSwitchFormsThatAreWrong(t *testing.T) {
	c := newConsole(t)
	_, items := storetest.Sale(t, c.store, store.NewItem{Units: 10})
	b := c.session(c.member("mei", store.RoleMerchant, 1), signedIn)
	const shop = "/en/switches"
	item := fmt.Sprintf("%s/items/%d", shop, items[0])
	for _, w := range []struct {
		path, body string
		status     int
		want       string
	}{
		{shop, "name=stop_new_holds&turn=on&seen=0&reason=+", 400, `id="stop_new_holds-reason-error"`},
		{item, "name=sold_out_page&turn=on&seen=0&reason=" + strings.Repeat("x", maxReason+1), 400, `value="xxxx`},
		{shop, "name=admission_rate&turn=on&seen=0&rate=&reason=x", 400, `id="admission_rate-rate-error"`},
		{shop, "name=admission_rate&turn=on&seen=0&rate=0&reason=x", 400, `id="admission_rate-rate-error"`},
		{shop, "name=admission_rate&turn=on&seen=0&rate=1000001&reason=x", 400, `value="1000001"`},
		{shop, "name=admission_rate&turn=on&seen=0&rate=ten&reason=typed", 400, `value="typed"`},
		{shop, "name=admission_rate&turn=on&seen=50&reason=x", 400, `id="admission_rate-rate-error"`},
		{item, "name=read_only&turn=on&seen=0&reason=x", 400, "bad_request"},
		{shop, "name=lights&turn=on&seen=0&reason=x", 400, "bad_request"},
		{shop, "name=stop_new_holds&turn=over&seen=0&reason=x", 400, "bad_request"},
		{shop, "name=stop_new_holds&turn=on&reason=x", 400, "bad_request"},
		{shop, "name=stop_new_holds&turn=on&seen=-1&reason=x", 400, "bad_request"},
		{shop, "name=stop_new_holds&turn=on&seen=0&reason=x&more=1", 400, "bad_request"},
		{shop + "/items/0", "name=stop_new_holds&turn=on&seen=0&reason=x", 404, "not_found"},
		{shop + "/items/x", "name=stop_new_holds&turn=on&seen=0&reason=x", 404, "not_found"},
		{shop + "/items/987654", "name=stop_new_holds&turn=on&seen=0&reason=x", 404, "not_found"},
		{shop + "/items/987654", "name=stop_new_holds&turn=on&seen=0&reason=", 404, "not_found"},
	} {
		a := b.form(w.path, w.body)
		if a.status != w.status || !strings.Contains(a.body, w.want) {
			t.Errorf("%s %.60s: %d, want %d with %s", w.path, w.body, a.status, w.status, w.want)
		}
	}
	c.mustBeInForce("after all that", "")
	for path, status := range map[string]int{
		shop + "?search=" + strings.Repeat("x", maxSearch+1): 400, item + "?search=x": 400, shop + "?search=" + url.QueryEscape(`%_|"><script>`): 200,
		shop + "?told=set&name=%3Cevil%3E&was=x": 200, shop + "/items/987654": 404,
	} {
		if a := b.get(path); a.status != status || strings.Contains(a.body, "<script>") || strings.Contains(a.body, "<evil") {
			t.Errorf("%.80s: %d, want %d", path, a.status, status)
		}
	}
}
