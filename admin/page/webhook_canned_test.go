package page_test

import (
	"time"

	"doorbuster/admin/page"
	"doorbuster/web/ui"
	"doorbuster/web/ui/uitest"
)

// webhookSamples are the webhooks, a secret, a webhook in every state, and a delivery in every state.
func webhookSamples() []uitest.Sample {
	at, gone, ok, bad := now.Add(time.Hour), now.Add(-time.Hour), 204, 503
	hook := page.WebhookRow{ID: 1, URL: "https://erp.example/hooks/" + long, State: "active", Undelivered: 3, Dead: 1200, Failures: 2, Since: opens, Changed: opens}
	paused := hook
	paused.State, paused.Reason, paused.FormerUntil, paused.Everybody = "disabled", `they move "><b>`, &at, true
	row := func(event uint64, kind, state string, change func(d *page.DeliveryRow)) page.DeliveryRow {
		d := page.DeliveryRow{Webhook: 1, Event: event, Kind: kind, Order: order, Item: "Enamel kettle, 1.6 litres", At: opens, State: state, Attempts: 2, Zone: shanghai}
		if change != nil {
			change(&d)
		}
		return d
	}
	rows := []page.DeliveryRow{
		row(40, "order_paid", "waiting", func(d *page.DeliveryRow) { d.Attempts = 0 }),
		row(39, "order_placed", "due", func(d *page.DeliveryRow) { d.Next, d.Status, d.Answer = &at, &bad, "try <later>" }),
		row(38, "order_placed", "dead", func(d *page.DeliveryRow) { d.Ended, d.Answer = &gone, "dial tcp: lookup erp.example: no such host" }),
		row(37, "order_placed", "done", func(d *page.DeliveryRow) { d.Ended, d.Status = &gone, &ok }),
		row(36, "of_tomorrow", "of_tomorrow", nil),
	}
	for i, kind := range page.EventKinds {
		rows = append(rows, row(uint64(30-i), kind, "done", func(d *page.DeliveryRow) { d.Ended, d.Status = &gone, &ok }))
	}
	list := page.WebhookListView{Frame: in("/webhooks", "webhooks"), Webhooks: []page.WebhookRow{hook, paused}, MayChange: true}
	wrong, looked := list, list
	wrong.URL, wrong.Errors = `http://"><script>`, ui.FieldErrors{{Field: "url", Code: page.URLBad}}
	looked.MayChange, paused.ID = false, 2
	secret := page.WebhookSecretView{Frame: in("/webhooks/1", "webhooks"), ID: 1, URL: "https://erp.example/hooks", Secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}
	turned, void := secret, secret
	turned.Rotated, turned.FormerUntil, void.Rotated = true, &at, true
	show := func(name string, w page.WebhookRow, change func(v *page.WebhookView)) uitest.Sample {
		v := page.WebhookView{Frame: in("/webhooks/1", "webhooks"), Webhook: w, Deliveries: rows, MayChange: true, More: "/webhooks/1?before=22"}
		if change != nil {
			change(&v)
		}
		return uitest.Sample{Name: "webhook_" + name, Page: page.WebhookShow(v)}
	}
	delivery := func(name string, d page.DeliveryRow, change func(v *page.DeliveryView)) uitest.Sample {
		v := page.DeliveryView{
			Frame: in("/webhooks/1/events/39", "webhooks"), Delivery: d, URL: hook.URL, ID: request, MayResend: true, Bytes: 301,
			Body: "{\n  \"type\": \"order.placed\",\n  \"timestamp\": \"2025-11-21T02:00:00Z\"\n}",
			Attempts: []page.AttemptRow{
				{Number: 3, At: gone, Took: 10_000, Answer: "dial tcp: lookup erp.example: no such host"}, {Number: 1, At: opens, Status: &bad, Took: 1, Answer: "<html>"},
			},
		}
		if change != nil {
			change(&v)
		}
		return uitest.Sample{Name: "delivery_" + name, Page: page.DeliveryShow(v)}
	}
	all := []uitest.Sample{
		{Name: "webhooks", Page: page.WebhookList(list)},
		{Name: "webhooks_wrong", Page: page.WebhookList(wrong)},
		{Name: "webhooks_looked_at", Page: page.WebhookList(looked)},
		{Name: "webhooks_empty", Page: page.WebhookList(page.WebhookListView{Frame: in("/webhooks", "webhooks"), MayChange: true})},
		{Name: "webhook_secret", Page: page.WebhookSecret(secret)},
		{Name: "webhook_secret_turned", Page: page.WebhookSecret(turned)},
		{Name: "webhook_secret_void", Page: page.WebhookSecret(void)},
		show("active", hook, nil), show("paused", paused, nil), show("looked_at", hook, func(v *page.WebhookView) { v.MayChange = false }),
		show("empty", hook, func(v *page.WebhookView) { v.Deliveries, v.More, v.Told = nil, "", "<evil>" }),
		show("none_here", hook, func(v *page.WebhookView) { v.Deliveries, v.More, v.Filter = nil, "", "dead" }),
		show("wrong", hook, func(v *page.WebhookView) {
			v.Act, v.Reason, v.Errors = page.Pause, `"><script>`, ui.FieldErrors{{Field: "pause-reason", Code: page.ReasonBad}}
		}),
		delivery("due", rows[1], nil), delivery("dead", rows[2], nil), delivery("done", rows[3], nil), delivery("waiting", rows[0], func(v *page.DeliveryView) { v.Attempts, v.MayResend, v.Body = nil, false, "" }),
		delivery("paused", rows[1], func(v *page.DeliveryView) { v.MayResend, v.Paused = false, true }),
	}
	for _, told := range page.WebhookTold {
		all = append(all, show("told_"+told, hook, func(v *page.WebhookView) { v.Told = told }))
	}
	return append(append(all, deliverySamples(hook.URL, rows)...), delivery("told", rows[1], func(v *page.DeliveryView) { v.Told = "due" }))
}

// deliverySamples are the deliveries to all webhooks: some, none that fit, and none at all.
func deliverySamples(url string, rows []page.DeliveryRow) []uitest.Sample {
	some := page.DeliveryListView{Frame: in("/webhooks/deliveries", "webhooks"), State: "dead", Kind: "order_paid", More: "/webhooks/deliveries?before=22-1"}
	none, nobody := some, page.DeliveryListView{Frame: some.Frame}
	none.More = ""
	for _, d := range rows {
		d.URL = url
		some.Deliveries = append(some.Deliveries, d)
	}
	return []uitest.Sample{
		{Name: "webhook_deliveries", Page: page.DeliveryList(some)},
		{Name: "webhook_deliveries_none", Page: page.DeliveryList(none)},
		{Name: "webhook_deliveries_nobody", Page: page.DeliveryList(nobody)},
	}
}
