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
	if n := c.count("SELECT COUNT(*) FROM sale_log WHERE action = 'webhook_changed' AND actor = 'ann' AND shop_id IS NULL"); n != 5 {
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
	hook := c.hook("https://erp.example/hook")
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
