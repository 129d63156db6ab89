package admin

import (
	"fmt"
	"html"
	"regexp"
	"strings"
	"testing"

	"doorbuster/store"
	"doorbuster/store/storetest"
)

// paymentsOn reads the numbers of the payments off a list.
func paymentsOn(body string) []string {
	var all []string
	for _, m := range regexp.MustCompile(`<tr data-payment="([0-9a-f-]{36})"`).FindAllStringSubmatch(body, -1) {
		all = append(all, m[1])
	}
	return all
}

// A merchant finds the payment that has been silent for long by the alarm, reads what it means for the shopper, and has the provider asked now; a viewer may
// read and has no button.
func TestPayments(t *testing.T) {
	c := newConsole(t)
	_, items := storetest.Sale(t, c.store, store.NewItem{Units: 90, Title: "Kettle", LimitPerUser: 5})
	made := map[string]string{}
	for _, state := range []string{"started", "captured", "failed", "refunding", "refunded"} {
		c.mail(items[0], "of-"+state, "held", "sent")
		made[state] = c.payment("of-"+state, state)
	}
	b := c.session(c.member("ann", store.RoleMerchant, 1), signedIn)
	for filter, want := range map[string]string{
		"unknown": made["refunding"] + " " + made["started"], "waiting": made["started"], "failed": made["failed"], "returning": made["refunding"],
		"returned": made["refunded"], "done": made["captured"], "all": strings.Join([]string{made["refunded"], made["refunding"], made["failed"], made["captured"], made["started"]}, " "),
	} {
		if got := strings.Join(paymentsOn(b.get("/en/payments?state="+filter).body), " "); got != want {
			t.Errorf("%s: %s, want %s", filter, got, want)
		}
	}
	if home := b.get("/en/").body; !strings.Contains(home, `href="/en/payments?state=unknown"`) {
		t.Error("the alarm does not lead to the payments")
	}
	path := "/en/payments/" + made["started"]
	body := html.UnescapeString(b.get(path).body)
	for _, want := range []string{"has not said yet that it holds the money", "We ask again", "The units are kept for the shopper until", "pi_of_", path + "/ask"} {
		if !strings.Contains(body, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if got := b.form(path+"/ask", "reason=+"); got.status != 400 || !strings.Contains(got.body, `id="ask-reason-error"`) {
		t.Errorf("without a reason: %d", got.status)
	}
	leads(t, "ask", b.form(path+"/ask", "reason=the+shopper+calls"), path+"?told=due")
	if n := c.count("SELECT COUNT(*) FROM payments WHERE state = 'started' AND asked = 0 AND ask_at <= UTC_TIMESTAMP(6)"); n != 1 {
		t.Error("the payment is not due")
	}
	if n := c.count("SELECT COUNT(*) FROM sale_log WHERE action = 'payment_asked' AND shop_id = 1 AND reason = 'the shopper calls' AND actor = 'ann'"); n != 1 {
		t.Errorf("%d lines in the log", n)
	}
	leads(t, "ask one that ended", b.form("/en/payments/"+made["failed"]+"/ask", "reason=x"), "/en/payments/"+made["failed"]+"?told=final")
	if body := b.get("/en/payments/" + made["captured"]).body; strings.Contains(body, "/ask") {
		t.Error("one that has ended has a button")
	}
	viewer := c.session(c.member("vic", store.RoleViewer, 1), signedIn)
	if got := viewer.get(path); got.status != 200 || strings.Contains(got.body, "/ask") {
		t.Errorf("a viewer: %d, or a button", got.status)
	}
	for _, wrong := range []string{"/en/payments?state=lost", "/en/payments?before=x", "/en/payments?before=" + strings.ToUpper(made["started"])} {
		if got := b.get(wrong); got.status != 400 {
			t.Errorf("%s: %d", wrong, got.status)
		}
	}
	if got := b.get("/en/payments/" + strings.ToUpper(made["started"])); got.status != 404 {
		t.Errorf("a number that we do not write: %d", got.status)
	}
}

// The pages of a list are the list, whatever of another shop lies between.
func TestPaymentsPageByPage(t *testing.T) {
	c := newConsole(t)
	_, items := storetest.Sale(t, c.store, store.NewItem{Units: 900})
	foreign, others := storetest.Sale(t, c.store, store.NewItem{Units: 900})
	c.exec("UPDATE sales SET shop_id = 2 WHERE id = ?", foreign)
	var want []string
	for i := range perPage + 5 {
		shopper := fmt.Sprintf("s-%d", i)
		c.mail(items[0], shopper, "held", "sent")
		want = append([]string{c.payment(shopper, "failed")}, want...)
		c.mail(others[0], "o"+shopper, "held", "sent")
		c.payment("o"+shopper, "failed")
	}
	b := c.session(c.member("ann", store.RoleViewer, 1), signedIn)
	for _, first := range []string{"/en/payments", "/en/payments?state=failed"} {
		var got []string
		for path := first; path != ""; {
			body := b.get(path).body
			got = append(got, paymentsOn(body)...)
			path = ""
			if m := regexp.MustCompile(`class="quiet" href="(/en/payments\?[^"]*before=[^"]+)"`).FindStringSubmatch(body); m != nil {
				path = html.UnescapeString(m[1])
			}
		}
		if strings.Join(got, " ") != strings.Join(want, " ") {
			t.Errorf("%s: %d payments, want %d", first, len(got), len(want))
		}
	}
}
