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

var secretText = regexp.MustCompile(`whsec_[A-Za-z0-9+/=]+`)

// secretOf reads a secret off a page.
func secretOf(a answered) string { return secretText.FindString(html.UnescapeString(a.body)) }

// A merchant adds a webhook, whose secret is told once and stands in the database; pauses it, lets it go on, and gives it a new secret.
func TestWebhooks(t *testing.T) {
	c := newConsole(t)
	b := c.session(c.member("ann", store.RoleMerchant, 1), signedIn)
	made := b.form("/en/webhooks/add", "url=+https%3A%2F%2Ferp.example%2Fhook+")
	secret := secretOf(made)
	id := c.count("SELECT id FROM webhook_endpoints WHERE url = 'https://erp.example/hook' AND secret = ?", secret)
	path := fmt.Sprintf("/en/webhooks/%d", id)
	if made.status != 200 || made.header.Get("Cache-Control") != "no-store" || len(secret) < 40 {
		t.Fatalf("%d, a secret of %d letters", made.status, len(secret))
	}
	for _, again := range []string{"/en/webhooks", path} {
		if got := b.get(again); got.status != 200 || strings.Contains(got.body, "whsec_") || !strings.Contains(got.body, "https://erp.example/hook") {
			t.Errorf("%s: %d, or the secret is told again", again, got.status)
		}
	}
	for body, want := range map[string]int{
		"url=https%3A%2F%2Ferp.example%2Fhook": 409, "url=http%3A%2F%2Ferp.example": 400, "url=": 400, "url=https%3A%2F%2Fu%3Ap%40erp.example": 400, "": 400,
		"url=https%3A%2F%2Fx.example%2F" + strings.Repeat("x", 500): 400,
	} {
		if got := b.form("/en/webhooks/add", body); got.status != want || !strings.Contains(got.body, `id="url-error"`) || secretOf(got) != "" {
			t.Errorf("%q: %d", body, got.status)
		}
	}
	if got := b.form(path+"/pause", "reason=+"); got.status != 400 || !strings.Contains(got.body, `id="pause-reason-error"`) {
		t.Errorf("without a reason: %d", got.status)
	}
	leads(t, "pause", b.form(path+"/pause", "reason=they+move"), path+"?told=pause")
	leads(t, "pause again", b.form(path+"/pause", "reason=x"), path+"?told=repeated")
	leads(t, "resume", b.form(path+"/resume", "reason=moved"), path+"?told=resume")
	turned := b.form(path+"/rotate", "former=signs&reason=a+year+old")
	if next := secretOf(turned); c.count("SELECT COUNT(*) FROM webhook_endpoints WHERE secret = ? AND former_secret = ? AND former_until > UTC_TIMESTAMP(6)", next, secret) != 1 {
		t.Error("the new secret does not sign, or the former one does not sign too")
	}
	void := b.form(path+"/rotate", "former=void&reason=it+leaked")
	if c.count("SELECT COUNT(*) FROM webhook_endpoints WHERE secret = ? AND former_secret IS NULL", secretOf(void)) != 1 {
		t.Error("the former secret still signs")
	}
	if got := b.form(path+"/rotate", "former=perhaps&reason=x"); got.status != 400 {
		t.Errorf("%d", got.status)
	}
	if got := b.form(path+"/rotate", "former=void&reason=+"); got.status != 400 || !strings.Contains(got.body, `id="rotate-reason-error"`) || !strings.Contains(got.body, `value="void" checked`) {
		t.Errorf("without a reason: %d, or what was chosen is lost", got.status)
	}
	if n := c.count("SELECT COUNT(*) FROM sale_log WHERE action = 'webhook_changed' AND reason IN ('a year old', 'it leaked')"); n != 2 {
		t.Errorf("%d of the two new secrets have their reason in the log", n)
	}
	if n := c.count("SELECT COUNT(*) FROM sale_log WHERE action = 'webhook_changed' AND actor = 'ann' AND shop_id = 1"); n != 5 {
		t.Errorf("%d lines in the log", n)
	}
	if c.count("SELECT COUNT(*) FROM sale_log WHERE detail LIKE '%whsec%'") != 0 || strings.Contains(c.log.String(), "whsec") {
		t.Error("a secret stands in a log")
	}
	viewer := c.session(c.member("vic", store.RoleViewer, 1), signedIn)
	if got := viewer.get(path); got.status != 200 || strings.Contains(got.body, path+"/") {
		t.Errorf("a viewer: %d, or has buttons", got.status)
	}
}

// A delivery's page has the body byte for byte, every attempt, and sends the event again. What concerns another shop is not there, whatever is asked for.
func TestDeliveriesOfAnotherShop(t *testing.T) {
	c := newConsole(t)
	_, items := storetest.Sale(t, c.store, store.NewItem{Units: 5, Title: "Kettle", SKU: "KTL-1"})
	foreign, others := storetest.Sale(t, c.store, store.NewItem{Units: 5, Title: "Foreign lamp"})
	c.exec("UPDATE sales SET shop_id = 2 WHERE id = ?", foreign)
	c.mail(items[0], "bea", "held", "sent")
	c.mail(others[0], "olga", "held", "sent")
	hook := c.hook(store.Operator("test"), "https://erp.example/hook")
	own, theirs := c.delivery(hook, "bea", "dead"), c.delivery(hook, "olga", "dead")
	b := c.session(c.member("ann", store.RoleMerchant, 1), signedIn)
	base := fmt.Sprintf("/en/webhooks/%d", hook)
	at := func(seq int) string { return fmt.Sprintf("%s/events/%d", base, seq) }
	body := html.UnescapeString(b.get(at(own)).body)
	for _, want := range []string{`"type": "order.placed"`, `"sku": "KTL-1"`, `"units": 1`, fmt.Sprintf(`"seq": %d`, own), "oops from bea", "12 ms", "500"} {
		if !strings.Contains(body, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	for _, state := range []string{"", "?state=dead", "?state=dead&before=999"} {
		if list := b.get(base + state).body; !strings.Contains(list, at(own)) || strings.Contains(list, at(theirs)) || strings.Contains(list, "olga") || strings.Contains(list, "Foreign") {
			t.Errorf("%s: the list has not what is ours, or has what is theirs", state)
		}
	}
	if b.get(at(theirs)).status != 404 || b.form(at(theirs)+"/resend", "").status != 404 {
		t.Error("another shop's event is there")
	}
	for _, wrong := range []string{"?state=lost", "?before=x"} {
		if got := b.get(base + wrong); got.status != 400 {
			t.Errorf("%s: %d", wrong, got.status)
		}
	}
	if got := b.form(at(own)+"/resend", "reason="); got.status != 400 || !strings.Contains(got.body, `id="resend-reason-error"`) {
		t.Errorf("resend without a reason: %d", got.status)
	}
	leads(t, "resend", b.form(at(own)+"/resend", "reason=they+lost+it"), at(own)+"?told=due")
	if c.count("SELECT COUNT(*) FROM webhook_deliveries WHERE state = 'due' AND seq = ?", own) != 1 || c.count("SELECT COUNT(*) FROM webhook_deliveries WHERE state = 'dead'") != 1 {
		t.Error("it is not sent again, or theirs is")
	}
	c.exec("UPDATE webhook_endpoints SET state = 'disabled'")
	leads(t, "resend while paused", b.form(at(own)+"/resend", "reason=they+lost+it"), at(own)+"?told=disabled")
	if got := b.form(at(theirs)+"/resend", ""); got.status != 404 {
		t.Errorf("another shop's event of a paused webhook: %d", got.status)
	}
	if gus := c.session(c.member("gus", store.RoleViewer, 2), signedIn).get(at(theirs)); gus.status != 200 || strings.Contains(gus.body, "/resend") {
		t.Errorf("a viewer of the other shop: %d", gus.status)
	}
}

// A webhook is told of one shop: members of another neither see it nor may touch it, and may have the same address told of theirs. One that an operator
// has told of every shop is seen by all, and changed by no member.
func TestWebhooksOfAShop(t *testing.T) {
	c := newConsole(t)
	ann, gus := c.session(c.member("ann", store.RoleOwner, 1), signedIn), c.session(c.member("gus", store.RoleOwner, 2), signedIn)
	const address = "url=https%3A%2F%2Ferp.example%2Fhook"
	if got := ann.form("/en/webhooks/add", address); got.status != 200 {
		t.Fatal(got.status)
	}
	own := fmt.Sprintf("/en/webhooks/%d", c.count("SELECT id FROM webhook_endpoints WHERE shop_id = 1"))
	if got := gus.get("/en/webhooks"); got.status != 200 || strings.Contains(got.body, "erp.example") || gus.get(own).status != 404 {
		t.Error("another shop's webhook is seen")
	}
	for act, body := range map[string]string{"/pause": "reason=x", "/resume": "reason=x", "/rotate": "former=void&reason=x"} {
		if got := gus.form(own+act, body); got.status != 404 || secretOf(got) != "" {
			t.Errorf("%s of another shop's: %d", act, got.status)
		}
	}
	if got := gus.form("/en/webhooks/add", address); got.status != 200 {
		t.Errorf("the same address, told of another shop: %d", got.status)
	}
	shared := fmt.Sprintf("/en/webhooks/%d", c.hook(store.Operator("test"), "https://ops.example/hook"))
	for _, b := range []*browser{ann, gus} {
		if got := b.get(shared); got.status != 200 || strings.Contains(got.body, shared+"/") || !strings.Contains(b.get("/en/webhooks").body, "ops.example") {
			t.Errorf("what an operator set up: %d, or has buttons, or is not on the list", got.status)
		}
		for act, body := range map[string]string{"/pause": "reason=x", "/resume": "reason=x", "/rotate": "former=void&reason=x"} {
			if got := b.form(shared+act, body); got.status != 403 || secretOf(got) != "" {
				t.Errorf("%s of what an operator set up: %d", act, got.status)
			}
		}
	}
	if n := c.count("SELECT COUNT(*) FROM webhook_endpoints WHERE state = 'active' AND former_secret IS NULL"); n != 3 {
		t.Errorf("%d of 3 are as they were added", n)
	}
}

// One list over all webhooks: what concerns the own shop, by state and event, page after page with several webhooks of one event, each with a way to its body.
func TestDeliveriesOfEveryWebhook(t *testing.T) {
	c := newConsole(t)
	_, items := storetest.Sale(t, c.store, store.NewItem{Units: 200, Title: "Kettle"})
	foreign, others := storetest.Sale(t, c.store, store.NewItem{Units: 5, Title: "Foreign lamp"})
	c.exec("UPDATE sales SET shop_id = 2 WHERE id = ?", foreign)
	hooks := []uint64{c.hook(store.Operator("test"), "https://erp.example/hook"), c.hook(store.Operator("test"), "https://crm.example/hook")}
	c.mail(others[0], "olga", "held", "sent")
	theirs := c.delivery(hooks[0], "olga", "dead")
	for i := range perPage {
		shopper := fmt.Sprint("shopper", i)
		c.mail(items[0], shopper, "held", "sent")
		seq := c.delivery(hooks[0], shopper, "done")
		c.exec(`INSERT INTO webhook_deliveries (endpoint_id, seq, order_id, kind, state, attempts, tries, next_at, ended_at)
			SELECT ?, seq, order_id, kind, 'dead', 1, 1, NULL, ended_at FROM webhook_deliveries WHERE seq = ?`, hooks[1], seq)
	}
	b := c.session(c.member("vic", store.RoleViewer, 1), signedIn)
	const list = "/en/webhooks/deliveries"
	link, next := regexp.MustCompile(`<a href="(/en/webhooks/\d+/events/\d+)"`), regexp.MustCompile(`href="(/en/webhooks/deliveries\?[^"]*before=[^"]+)"`)
	for query, want := range map[string]int{"": 2 * perPage, "?state=dead": perPage, "?state=done": perPage, "?kind=order_placed": 2 * perPage, "?kind=order_placed&state=dead": perPage, "?state=due": 0, "?kind=order_paid": 0} {
		seen, at := map[string]int{}, list+query
		for range 5 {
			got := b.get(at)
			if got.status != 200 || strings.Contains(got.body, fmt.Sprintf("/events/%d\"", theirs)) || strings.Contains(got.body, "Foreign") {
				t.Fatalf("%s: %d, or has what is theirs", at, got.status)
			}
			for _, m := range link.FindAllStringSubmatch(got.body, -1) {
				seen[m[1]]++
			}
			m := next.FindStringSubmatch(got.body)
			if m == nil {
				break
			}
			at = html.UnescapeString(m[1])
		}
		for path, n := range seen {
			if n != 1 {
				t.Errorf("%q: %s came %d times", query, path, n)
			}
		}
		if len(seen) != want {
			t.Errorf("%q: %d deliveries in all pages, want %d", query, len(seen), want)
		}
	}
	body := b.get(list + "?state=dead&kind=order_placed").body
	for _, want := range []string{"https://crm.example/hook", `name="state" value="dead"`, `<option value="order_placed" selected>`, `href="/en/webhooks/deliveries?kind=order_placed&amp;state=done"`} {
		if !strings.Contains(body, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	for _, wrong := range []string{"?state=lost", "?kind=lost", "?before=x", "?before=5", "?before=5-x", "?before=0-1", "?before=-1"} {
		if got := b.get(list + wrong); got.status != 400 {
			t.Errorf("%s: %d", wrong, got.status)
		}
	}
	if !strings.Contains(b.get("/en/webhooks").body, `href="/en/webhooks/deliveries"`) {
		t.Error("the webhooks do not lead there")
	}
}
