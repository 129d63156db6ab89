package page_test

import (
	"time"

	"doorbuster/admin/page"
	"doorbuster/web/ui"
	"doorbuster/web/ui/uitest"
)

// paymentSamples are the payments in every state, with every reason, before and after the hold.
func paymentSamples() []uitest.Sample {
	soon, past := now.Add(5*time.Minute), now.Add(-5*time.Minute)
	row := func(state, orderState string) page.PaymentRow {
		p := page.PaymentRow{
			ID: request, Order: order, Provider: "stripe", Reference: `pi_3"><b>`, Amount: ui.Money{Minor: 129_900, Currency: "EUR"}, State: state,
			Started: opens, Changed: past, Asked: 3, OrderState: orderState, Item: "Enamel kettle, 1.6 litres", Sale: 3, SaleTitle: "Friday kitchen doorbuster", Zone: shanghai, Now: now,
		}
		switch state {
		case "started", "authorised", "refunding":
			p.Ask = &soon
		case "captured":
			p.Captured = &past
		}
		return p
	}
	var rows []page.PaymentRow
	for _, state := range append([]string{"of_tomorrow"}, page.PaymentStates...) {
		rows = append(rows, row(state, "held"))
	}
	for _, reason := range append([]string{"of_tomorrow"}, page.PaymentReasons...) {
		p := row("refunding", "expired")
		p.Reason = reason
		rows = append(rows, p)
	}
	rows[0].Provider, rows[0].Item, rows[0].Reference = "hand", long, ""
	list := func(filter string, rows ...page.PaymentRow) uitest.Sample {
		return uitest.Sample{Name: "payments_" + filter, Page: page.PaymentList(page.PaymentListView{Frame: in("/payments?state="+filter, "payments"), Filter: filter, Payments: rows})}
	}
	moves := []page.PaymentMoveRow{
		{To: "started", Actor: "shopper", At: opens},
		{From: "started", To: "authorised", Detail: "requires <capture>", Actor: "callback", At: opens.Add(time.Second)},
		{From: "authorised", To: "refunding", Detail: "too_late", Actor: "worker", At: past},
		{From: "refunding", To: "refunding", Detail: "it was taken meanwhile", Actor: "Mei Lin", At: past},
	}
	show := func(name string, p page.PaymentRow, change func(v *page.PaymentView)) uitest.Sample {
		v := page.PaymentView{Frame: in("/payments/"+request, "payments"), Payment: p, Moves: moves, MayAsk: p.Ask != nil}
		if change != nil {
			change(&v)
		}
		return uitest.Sample{Name: "payment_" + name, Page: page.PaymentShow(v)}
	}
	held, over, late, taken, back, released, bare := row("started", "held"), row("started", "held"), row("started", "expired"), row("captured", "paid"),
		row("refunding", "cancelled"), row("refunded", "expired"), row("of_tomorrow", "of_tomorrow")
	held.HoldEnds, over.HoldEnds, over.Ask, back.Captured, back.Reason, bare.Reference = &soon, &past, &past, &past, "order_cancelled", ""
	gone := row("refunded", "refunded")
	gone.Captured = &past
	all := []uitest.Sample{
		{Name: "payments", Page: page.PaymentList(page.PaymentListView{Frame: in("/payments", "payments"), Filter: page.PaymentsAll, Payments: rows, More: "/payments?before=" + request})},
		{Name: "payments_empty", Page: page.PaymentList(page.PaymentListView{Frame: in("/payments", "payments"), Filter: page.PaymentsAll})},
		list("unknown", held), list("failed"),
		show("held", held, nil), show("hold_ends", over, nil), show("late", late, nil), show("taken", taken, nil), show("back", back, nil), show("released", released, nil),
		show("gone", gone, nil), show("failed", row("failed", "expired"), nil), show("authorised", row("authorised", "held"), nil), show("releasing", row("refunding", "expired"), nil),
		show("odd", bare, func(v *page.PaymentView) { v.Told = "<evil>" }),
		show("wrong", held, func(v *page.PaymentView) {
			v.Reason, v.Errors = `"><script>`, ui.FieldErrors{{Field: "ask-reason", Code: page.ReasonMissing}}
		}),
	}
	for _, told := range page.PaymentTold {
		all = append(all, show("told_"+told, held, func(v *page.PaymentView) { v.Told = told }))
	}
	return all
}
