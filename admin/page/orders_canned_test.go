package page_test

import (
	"time"

	"doorbuster/admin/page"
	"doorbuster/web/ui"
	"doorbuster/web/ui/uitest"
)

func orderRow(id, state string) page.OrderRow {
	o := page.OrderRow{
		ID: id, Item: "Enamel kettle, 1.6 litres", Sale: "Friday kitchen doorbuster", Units: 2, Total: ui.Money{Minor: 7_980, Currency: "EUR"}, State: state,
		Placed: opens.Add(2 * time.Second), Name: "Lena Okafor", Email: "lena@example.com", Zone: shanghai,
	}
	if state == "held" {
		until := opens.Add(10 * time.Minute)
		o.HeldUntil = &until
	}
	return o
}

// orderSamples are the list of orders with and without a filter, late, wrong and empty, and the page of an order in every state, with each outcome told.
func orderSamples() []uitest.Sample {
	var rows []page.OrderRow
	for i, state := range page.OrderStates[1:] {
		rows = append(rows, orderRow("019aa3f0-5b1c-7d42-9c1e-4f0d9f3a21c"+string(rune('1'+i)), state))
	}
	rows[4].Name, rows[4].Email, rows[4].Units, rows[4].Item, rows[4].Sale = "</td><b>", long, 1, "Kettle & <b>lid</b>", "Unterwassertaschenlampenbatteriefachdeckel & <b>other</b> things"
	list := page.OrderListView{
		Frame: in("/orders", "orders"), Sales: []page.SaleChoice{{ID: 9, Title: "Friday kitchen doorbuster"}, {ID: 8, Title: `"><b>`}}, Zone: shanghai, Now: now, Orders: rows,
		More: "/orders?before=" + order + "&before_at=1763690402000000",
	}
	searched, narrowed, none, late, wrong := list, list, list, list, list
	searched.OrderFilter = page.OrderFilter{Search: `"><script>@example.com`}
	narrowed.OrderFilter = page.OrderFilter{Sale: 7, State: "paid", From: "2025-11-21", To: "2025-11-22"}
	narrowed.Sales, narrowed.More = append([]page.SaleChoice{{ID: 7}}, list.Sales...), ""
	none.OrderFilter, none.Orders, none.More = page.OrderFilter{Item: 31, State: "held"}, nil, ""
	late.ListedUntil = &opens
	wrong.OrderFilter = page.OrderFilter{From: "yesterday", To: "2025-11-22"}
	wrong.Errors = ui.FieldErrors{{Field: "from", Code: page.DateBad}, {Field: "to", Code: page.DatesReversed}}
	empty := page.OrderListView{Frame: in("/orders", "orders"), Zone: "UTC", Now: now}
	all := []uitest.Sample{
		{Name: "order_list", Page: page.OrderList(list)},
		{Name: "order_list_search", Page: page.OrderList(searched)},
		{Name: "order_list_narrowed", Page: page.OrderList(narrowed)},
		{Name: "order_list_none_found", Page: page.OrderList(none)},
		{Name: "order_list_late", Page: page.OrderList(late)},
		{Name: "order_list_wrong", Page: page.OrderList(wrong)},
		{Name: "order_list_empty", Page: page.OrderList(empty)},
	}
	return append(all, orderShowSamples()...)
}

// story has a line of each kind, and each account, state and actor that has words.
func story() []page.StoryRow {
	at := opens.Add(2 * time.Second)
	euros := ui.Money{Minor: 7_980, Currency: "EUR"}
	lines := []page.StoryRow{
		{At: at, Kind: "placed", Units: 2, ID: request, Actor: "shopper"},
		{At: at, Kind: "batch", Was: "available", Became: "held", Units: 412, ID: order, Actor: "shopper", Words: "placed"},
		{At: at, Kind: "ledger", Was: "held", Became: "sold", Units: 2, ID: order, Line: 1, Actor: "callback", Words: "paid"},
		{At: at, Kind: "ledger", Was: "sold", Became: "outside", Units: 1, ID: order, Actor: "Mei Lin", Words: "arrived <b>broken</b>"},
		{At: at, Kind: "of_tomorrow", Words: "<i>", Actor: "worker"},
	}
	for i, state := range append([]string{"of_tomorrow"}, page.PaymentStates...) {
		lines = append(lines, page.StoryRow{At: at, Kind: "payment", Became: state, ID: order, Line: uint64(i), Number: 7_980, Money: euros, Target: "stripe", Words: "card_declined", Actor: "worker"})
	}
	for i, kind := range append([]string{"of_tomorrow"}, page.EventKinds...) {
		lines = append(lines, page.StoryRow{At: at, Kind: "event", Was: kind, ID: order, Number: uint64(1_000 + i)})
	}
	for i, state := range page.MailStates[1:] {
		lines = append(lines, page.StoryRow{At: at, Kind: "mail", Was: page.MailKinds[i], Became: state, Number: uint64(7 + i), Words: "550 5.1.1 <" + long + ">: Recipient address rejected", EndedAt: &at})
	}
	for i, state := range page.DeliveryStates {
		lines = append(lines, page.StoryRow{
			At: at, Kind: "webhook", Was: "order_paid", Became: state, Number: uint64(1_000 + i), Line: 3, Target: "https://receiver.example.com/hook?secret=of-the-receiver", Words: "500 not now",
		})
	}
	return lines
}

func orderShowSamples() []uitest.Sample {
	show := func(state string, change func(v *page.OrderShowView)) page.OrderShowView {
		v := page.OrderShowView{
			Frame: in("/orders/"+order, "orders"), Order: orderRow(order, state), SaleID: 9, ItemID: 31, SKU: "KTL-16", Price: ui.Money{Minor: 3_990, Currency: "EUR"},
			Language: "zh", Request: request, Now: now, Story: story(), MayChange: true,
			Payment: order, Provider: "stripe", Reference: "pi_3P", PaymentState: "captured", Paid: ui.Money{Minor: 7_980, Currency: "EUR"},
		}
		if change != nil {
			change(&v)
		}
		return v
	}
	reason := func(act string) func(v *page.OrderShowView) {
		return func(v *page.OrderShowView) {
			v.Act, v.Reason, v.Units = act, `"><script>`, page.UnitsGone
			v.Errors = ui.FieldErrors{{Field: act + "-reason", Code: page.ReasonMissing}}
		}
	}
	closed := now.Add(-time.Minute)
	all := []uitest.Sample{
		{Name: "order_show_held", Page: page.OrderShow(show("held", func(v *page.OrderShowView) {
			v.Provider, v.Payment, v.Reference, v.PaymentState, v.Extended, v.Story = "", "", "", "", true, v.Story[:2]
		}))},
		{Name: "order_show_held_wrong", Page: page.OrderShow(show("held", reason(page.Cancel)))},
		{Name: "order_show_paid", Page: page.OrderShow(show("paid", func(v *page.OrderShowView) { v.PaidAt, v.CustomerRef = &closed, `c-17<b>` }))},
		{Name: "order_show_paid_by_hand", Page: page.OrderShow(show("paid", func(v *page.OrderShowView) { v.Provider, v.Reference = "hand", "" }))},
		{Name: "order_show_paid_for_nothing", Page: page.OrderShow(show("paid", func(v *page.OrderShowView) { v.Provider, v.PaymentState = "", "" }))},
		{Name: "order_show_paid_wrong", Page: page.OrderShow(show("paid", reason(page.Refund)))},
		{Name: "order_show_refunded", Page: page.OrderShow(show("refunded", func(v *page.OrderShowView) {
			v.PaidAt, v.ClosedAt, v.PaymentState, v.PaymentReason, v.Order.Email = &closed, &closed, "refunding", "order_refunded", ""
		}))},
		{Name: "order_show_viewer", Page: page.OrderShow(show("paid", func(v *page.OrderShowView) { v.MayChange = false }))},
	}
	for _, outcome := range append([]string{"of_tomorrow"}, page.OrderTold...) {
		told := show("cancelled", func(v *page.OrderShowView) { v.Told, v.ClosedAt, v.Story = outcome, &closed, v.Story[:1] })
		all = append(all, uitest.Sample{Name: "order_show_told_" + outcome, Page: page.OrderShow(told)})
	}
	return all
}
