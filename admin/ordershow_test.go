package admin

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"doorbuster/store"
	"doorbuster/store/storetest"
)

var actionText = regexp.MustCompile(`action="/en/orders/[0-9a-f-]{36}/(\w+)"`)

// acts are the forms of a page of an order, each once.
func orderActs(body string) string {
	var all []string
	for _, m := range actionText.FindAllStringSubmatch(body, -1) {
		if len(all) == 0 || all[len(all)-1] != m[1] {
			all = append(all, m[1])
		}
	}
	return strings.Join(all, " ")
}

// kinds are the kinds of lines in a story.
func kinds(body string) string {
	var all []string
	for _, m := range regexp.MustCompile(`data-story="(\w+)"`).FindAllStringSubmatch(body, -1) {
		all = append(all, m[1])
	}
	return strings.Join(all, " ")
}

// A merchant refunds a paid order and cancels a held one. Reason and name stand in the story and in the log, the money is on its way back, the units are where
// they were told to go, and what cannot be done is told.
func TestOrderActs(t *testing.T) {
	c := newConsole(t)
	sale, items := storetest.Sale(t, c.store, store.NewItem{Units: 9, LimitPerUser: 5, Title: "Lamp"})
	staff := store.Operator("test")
	paid, hand, held := c.place(items[0], "bea", 2), c.place(items[0], "cem", 1), c.place(items[0], "dee", 3)
	pay, err := c.store.StartPayment(t.Context(), paid, c.shopper("bea"), uuid.Must(uuid.NewV7()), "sandbox")
	if err != nil || pay.Outcome != store.Started {
		t.Fatal(pay, err)
	}
	if s, err := c.store.SettlePayment(t.Context(), store.PaymentReport{
		PaymentID: pay.Payment.ID, Says: store.PaymentCaptured, AmountCents: pay.Payment.AmountCents, Currency: "EUR", Reference: "ref-9", Actor: "callback",
	}); err != nil || s.OrderState != "paid" {
		t.Fatal(s, err)
	}
	if p, err := c.store.PayOrder(t.Context(), staff, hand, "cash"); err != nil || p.Outcome != store.Paid {
		t.Fatal(p, err)
	}
	c.relay()
	b := c.session(c.member("ann", store.RoleMerchant, 1), signedIn)
	at := func(order uuid.UUID) string { return "/en/orders/" + order.String() }

	body := b.get(at(paid)).body
	if got := kinds(body); got != "placed batch event mail payment payment ledger event mail" {
		t.Errorf("the story of a paid order: %s", got)
	}
	if orderActs(body) != "refund resend" || !strings.Contains(body, "Refund €39.98") || !strings.Contains(body, "through sandbox") || !strings.Contains(body, "ref-9") {
		t.Errorf("a paid order may %s, or the page does not say how much goes back through whom", orderActs(body))
	}
	a := b.form(at(paid)+"/refund", "reason=+&units=gone")
	if a.status != 400 || !strings.Contains(a.body, `id="units-gone" name="units" value="gone" checked`) || !strings.Contains(a.body, "open") {
		t.Errorf("without a reason: %d", a.status)
	}
	leads(t, "refund", b.form(at(paid)+"/refund", "reason=arrived+broken&units=gone"), at(paid)+"?told=refunded")
	leads(t, "refund again", b.form(at(paid)+"/refund", "reason=x&units=back"), at(paid)+"?told=already_refunded")
	c.relay()
	body = b.get(at(paid) + "?told=refunded").body
	for _, want := range []string{`data-outcome="refunded"`, `data-state="refunded"`, "arrived broken", "sold → outside", "Payment: going back", "Event: Order refunded", "Mail: Order refunded"} {
		if !strings.Contains(body, want) {
			t.Errorf("a refunded order does not say %q", want)
		}
	}
	if orderActs(body) != "resend" {
		t.Errorf("a refunded order may %s", orderActs(body))
	}

	if body := b.get(at(hand)).body; !strings.Contains(body, "€19.99 was taken by hand") {
		t.Error("who took money by hand is not told to give it back")
	}
	leads(t, "refund by hand", b.form(at(hand)+"/refund", "reason=changed+his+mind&units=back"), at(hand)+"?told=refunded")

	leads(t, "refund what is held", b.form(at(held)+"/refund", "reason=x&units=back"), at(held)+"?told=not_refundable")
	if a := b.form(at(held)+"/cancel", "reason="+strings.Repeat("x", 201)); a.status != 400 || orderActs(a.body) != "cancel resend" {
		t.Errorf("a reason that is too long: %d, may %s", a.status, orderActs(a.body))
	}
	leads(t, "cancel", b.form(at(held)+"/cancel", "reason=asked+to"), at(held)+"?told=cancelled")
	leads(t, "cancel again", b.form(at(held)+"/cancel", "reason=asked+to"), at(held)+"?told=already_cancelled")
	leads(t, "cancel what was refunded", b.form(at(paid)+"/cancel", "reason=x"), at(paid)+"?told=not_cancellable")

	if n := c.count("SELECT COUNT(*) FROM sale_log WHERE sale_id = ? AND actor = 'ann' AND staff_id IS NOT NULL AND reason IN ('arrived broken', 'changed his mind', 'asked to')", sale); n != 3 {
		t.Errorf("%d lines of the log are ann's", n)
	}
	if n := c.count("SELECT SUM(available) * 100 + (SELECT units_allotted FROM items WHERE id = ?) FROM stock_shards WHERE item_id = ?", items[0], items[0]); n != 707 {
		t.Errorf("units left and allotted: %d", n)
	}
	b.oddOrders(paid, hand)
	viewer := c.session(c.member("vic", store.RoleViewer, 1), signedIn)
	if got := orderActs(viewer.get(at(hand)).body); got != "" {
		t.Errorf("a viewer is offered %s", got)
	}
	c.db.MustAudit(t)
}

// oddOrders asks for what no form and no link of ours asks for, and reads the log.
func (b *browser) oddOrders(paid, hand uuid.UUID) {
	b.t.Helper()
	for _, form := range []string{"reason=x", "reason=x&units=both", "reason=x&units=back&amount=1"} {
		if a := b.form("/en/orders/"+hand.String()+"/refund", form); a.status != 400 {
			b.t.Errorf("%s: %d", form, a.status)
		}
	}
	for _, odd := range []string{strings.ToUpper(paid.String()), strings.ReplaceAll(paid.String(), "-", ""), "urn:uuid:" + paid.String(), "1", "%00"} {
		if a := b.get("/en/orders/" + odd); a.status != 404 {
			b.t.Errorf("%s: %d", odd, a.status)
		}
	}
	for _, want := range []string{"bea@example.com", "arrived broken"} {
		if strings.Contains(b.log.String(), want) {
			b.t.Errorf("the log of the server has %s", want)
		}
	}
}

// shopper is the number of one who has bought.
func (c *console) shopper(name string) uint64 {
	c.t.Helper()
	return uint64(c.count("SELECT id FROM users WHERE name = ?", name))
}

// The mails and webhooks of an order are sent again from its page; those of another order are not, whoever's it is.
func TestOrderResend(t *testing.T) {
	c := newConsole(t)
	_, items := storetest.Sale(t, c.store, store.NewItem{Units: 9})
	hook, err := c.store.AddWebhook(t.Context(), store.Operator("test"), "https://receiver.example/hook?secret=x", "whsec_x")
	if err != nil {
		t.Fatal(err)
	}
	order, other := c.place(items[0], "bea", 1), c.place(items[0], "dee", 1)
	c.relay()
	lease, err := c.store.TakeLease(t.Context(), "deliver_webhooks", "test", time.Hour, true)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.store.TakeDueDeliveries(t.Context(), lease.Fence, 10); err != nil {
		t.Fatal(err)
	}
	c.exec("UPDATE mails SET state = 'dead', next_at = NULL, ended_at = UTC_TIMESTAMP(6)")
	c.exec("UPDATE webhook_deliveries SET state = 'dead', next_at = NULL, ended_at = UTC_TIMESTAMP(6)")
	mail := c.count("SELECT id FROM mails WHERE order_id = ?", order[:])
	seq, foreign := c.count("SELECT seq FROM events WHERE order_id = ?", order[:]), c.count("SELECT seq FROM events WHERE order_id = ?", other[:])
	b := c.session(c.member("ann", store.RoleMerchant, 1), signedIn)
	path := "/en/orders/" + order.String()
	if body := b.get(path).body; !strings.Contains(body, "receiver.example") || strings.Contains(body, "secret=x") {
		t.Error("the page shows no webhook, or more of its address than its name")
	}
	leads(t, "a mail", b.form(path+"/resend", fmt.Sprintf("mail=%d&reason=x", mail)), path+"?told=due")
	leads(t, "an event", b.form(path+"/resend", fmt.Sprintf("webhook=%d&event=%d&reason=x", *hook.EndpointID, seq)), path+"?told=due")
	if c.count("SELECT COUNT(*) FROM mails WHERE state = 'due'") != 1 || c.count("SELECT COUNT(*) FROM webhook_deliveries WHERE state = 'due'") != 1 {
		t.Error("not exactly one mail and one event are due again")
	}
	if a := b.form(path+"/resend", fmt.Sprintf("mail=%d&reason=+", mail)); a.status != 400 || !strings.Contains(a.body, fmt.Sprintf(`id="resend-mail-0-%d-reason-error"`, mail)) {
		t.Errorf("without a reason: %d", a.status)
	}
	for form, want := range map[string]int{
		fmt.Sprintf("mail=%d", c.count("SELECT id FROM mails WHERE order_id = ?", other[:])): 404,
		fmt.Sprintf("webhook=%d&event=%d", *hook.EndpointID, foreign):                        404,
		fmt.Sprintf("webhook=%d&event=%d", *hook.EndpointID+1, seq):                          404,
		fmt.Sprintf("mail=%d&webhook=%d&event=%d", mail, *hook.EndpointID, seq):              400,
		fmt.Sprintf("webhook=%d", *hook.EndpointID):                                          400,
		fmt.Sprintf("event=%d", seq):                                                         400, "": 400, "mail=x": 400, "mail=0": 400,
	} {
		if a := b.form(path+"/resend", form); a.status != want {
			t.Errorf("%q: %d, want %d", form, a.status, want)
		}
	}
	c.exec("UPDATE webhook_endpoints SET state = 'disabled'")
	leads(t, "switched off", b.form(path+"/resend", fmt.Sprintf("webhook=%d&event=%d&reason=x", *hook.EndpointID, seq)), path+"?told=disabled")
	c.exec("UPDATE mails SET made_at = made_at - INTERVAL 2 DAY")
	leads(t, "an old story", b.form(path+"/resend", fmt.Sprintf("mail=%d&reason=x", mail)), path+"?told=too_old")
}
