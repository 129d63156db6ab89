package page_test

import (
	"time"

	"doorbuster/web/page"
	"doorbuster/web/ui"
	"doorbuster/web/ui/uitest"
)

const (
	shanghai = "Asia/Shanghai"
	order    = "019aa3f0-5b1c-7d42-9c1e-4f0d9f3a21c8"
	other    = "019aa3f0-77aa-7c01-8f3d-1b22c0de7e55"
	request  = "019aa3f0-9d10-7b6e-a4c1-7f60d1f2a9b3"
)

var (
	opens  = time.Date(2025, 11, 21, 2, 0, 0, 0, time.UTC)
	closes = opens.Add(2 * time.Hour)
	empty  = opens.Add(7*time.Second + 400*time.Millisecond)
	kettle = ui.Picture{URL: "/pictures/kettle.svg", Alt: "A white enamel kettle with a wooden handle"}
	lamp   = ui.Picture{URL: "/pictures/lamp.svg"}
)

func chrome(path string) ui.Chrome {
	return ui.Chrome{Shop: "Harbour & Hill", Path: path}
}

func personal(path string) ui.Chrome {
	return ui.Chrome{Shop: "Harbour & Hill", Path: path, Shopper: "Lena Okafor"}
}

func eur(minor int64) ui.Money { return ui.Money{Minor: minor, Currency: "EUR"} }
func cny(minor int64) ui.Money { return ui.Money{Minor: minor, Currency: "CNY"} }

func samples() []uitest.Sample {
	var out []uitest.Sample
	for _, some := range [][]uitest.Sample{saleSamples(), itemSamples(), codeSamples(), orderSamples(), paymentSamples(), noticeSamples(), signSamples()} {
		out = append(out, some...)
	}
	return out
}

func saleSamples() []uitest.Sample {
	card := func(id uint64, title string, state ui.State, hours int) page.SaleCard {
		at := opens.Add(time.Duration(hours) * time.Hour)
		return page.SaleCard{
			ID: id, Title: title, State: state, Opens: at, Closes: at.Add(2 * time.Hour),
			Zone: shanghai, Items: 12, Picture: kettle,
		}
	}
	live := card(3, "Friday kitchen doorbuster", ui.Live, 0)
	live.SoldOut = 3
	one := card(9, "One lamp, forty of it", ui.Over, -72)
	one.Items, one.SoldOut, one.Picture = 1, 1, ui.Picture{}
	sale := page.SaleView{
		Chrome: chrome("/sales/3"), ID: 3, Page: 1, Pages: 1, Title: "Friday kitchen doorbuster", State: ui.Live,
		Body:  []string{"Everything for a kitchen, once a year.", "Doors open at ten."},
		Opens: opens, Closes: closes, Zone: shanghai, Fairness: page.FirstCome,
		Items: []page.ItemCard{
			{ID: 12, Title: "Enamel kettle, 1.6 litres", State: ui.Live, Picture: kettle, Price: eur(1900), List: eur(4900), Left: 12, Units: 40},
			{ID: 13, Title: "Desk lamp with a very long name that wraps over three lines on a phone", State: ui.SoldOut, Picture: lamp, Price: eur(123450), List: eur(249900), Left: 0, Units: 1},
			{ID: 14, Title: "Linen tea towels", State: ui.Live, Price: ui.Money{Minor: 1280, Currency: "JPY"}, Left: 437, Units: 2000},
			{ID: 15, Title: "Steel pan <28 cm> & lid", State: ui.Live, Picture: ui.Picture{URL: "javascript:alert(1)"}, Price: cny(9900), List: cny(19900), Left: 1, Units: 40},
		},
	}
	soon := sale
	soon.State, soon.Items = ui.Soon, nil
	early := sale
	early.State, early.Members, early.Opens = ui.Early, opens.Add(-time.Hour), opens.Add(time.Hour)
	first := card(6, "Members' Sunday", ui.Soon, 48)
	first.Members = first.Opens.Add(-time.Hour)
	said := sale
	said.Message = "Kettles <b>ship</b> on Monday & not before."
	paged := func(number int) page.SaleView {
		long := sale
		long.Chrome, long.Page, long.Pages = chrome(page.SalePath(3, number)), number, 1024
		return long
	}
	return []uitest.Sample{
		{Name: "sale_list", Page: page.SaleList(page.SaleListView{
			Chrome: chrome("/"), Live: []page.SaleCard{live, card(4, "Quiet corner", ui.Paused, -1)},
			Soon: []page.SaleCard{card(5, "Saturday morning", ui.Soon, 24), first}, Over: []page.SaleCard{one},
		})},
		{Name: "sale_list_empty", Page: page.SaleList(page.SaleListView{Chrome: chrome("/")})},
		{Name: "sale_show", Page: page.SaleShow(sale)},
		{Name: "sale_show_empty", Page: page.SaleShow(soon)},
		{Name: "sale_show_early", Page: page.SaleShow(early)},
		{Name: "sale_show_said", Page: page.SaleShow(said)},
		{Name: "sale_show_first", Page: page.SaleShow(paged(1))},
		{Name: "sale_show_middle", Page: page.SaleShow(paged(2))},
		{Name: "sale_show_last", Page: page.SaleShow(paged(1024))},
	}
}

func anItem(state ui.State, left int64) page.ItemView {
	return page.ItemView{
		Chrome: chrome("/items/12"), ID: 12, SaleID: 3, SalePage: 2, SaleTitle: "Friday kitchen doorbuster",
		Title: "Enamel kettle, 1.6 litres", Vendor: "Harbour & Hill",
		Body: []string{
			"Two coats of enamel on steel, a handle of oiled beech. Fits every stove, induction too.",
			"Comes with a spare lid knob. Two years of warranty.",
		},
		Picture: kettle, State: state, Opens: opens, Closes: closes, Zone: shanghai,
		Price: eur(1900), List: eur(4900), Left: left, Units: 40, Version: 34,
		Limit: 1, HoldMinutes: 10, Fairness: page.FirstCome,
	}
}

// membersFirst is an item whose members come an hour before everybody.
func membersFirst(state ui.State) page.ItemView {
	v := anItem(state, 12)
	v.Members, v.First, v.Early = opens.Add(-time.Hour), true, state != ui.Soon
	return v
}

// codeSamples are the page of the code, as a shopper sees it before and after.
func codeSamples() []uitest.Sample {
	view := func(state ui.State, member bool, typed string, code string) page.CodeView {
		v := page.CodeView{Item: membersFirst(state), Member: member, Typed: typed}
		v.Item.Chrome = personal("/items/12/code")
		if code != "" {
			v.Errors = ui.FieldErrors{{Field: "code", Code: code}}
		}
		return v
	}
	late := func(seconds int) page.CodeView {
		v := view(ui.Early, false, "SUMMER", page.CodeTooMany)
		v.RetryAfter = seconds
		return v
	}
	return []uitest.Sample{
		{Name: "item_soon_members", Page: page.ItemShow(membersFirst(ui.Soon))},
		{Name: "item_early", Page: page.ItemShow(membersFirst(ui.Early))},
		{Name: "code", Page: page.Code(view(ui.Early, false, "", ""))},
		{Name: "code_soon", Page: page.Code(view(ui.Soon, false, "", ""))},
		{Name: "code_unknown", Page: page.Code(view(ui.Early, false, "sum-mer <1>", page.CodeUnknown))},
		{Name: "code_too_many", Page: page.Code(late(90))},
		{Name: "code_too_many_minutes", Page: page.Code(late(91))},
		{Name: "code_too_many_longer", Page: page.Code(late(541))},
		{Name: "code_member", Page: page.Code(view(ui.Early, true, "", ""))},
		{Name: "code_member_soon", Page: page.Code(view(ui.Soon, true, "", ""))},
	}
}

func itemSamples() []uitest.Sample {
	soldOut := anItem(ui.SoldOut, 0)
	soldOut.EmptyAt = empty
	mine := anItem(ui.Live, 12)
	mine.Chrome, mine.Order = personal("/items/12"), order
	several := anItem(ui.Live, 437)
	several.Units, several.Limit, several.Fairness = 2000, 4, page.Shuffle
	several.Price, several.List = cny(123450), cny(249900)
	several.ListSource = "lowest price of the last 30 days"
	bare := anItem(ui.Live, 1)
	bare.Picture, bare.List, bare.Body, bare.Fairness = ui.Picture{}, ui.Money{}, nil, ""
	bare.HoldMinutes, bare.Units = 0, 1
	trial := anItem(ui.Live, 12)
	trial.Sandbox = true
	said := anItem(ui.Live, 12)
	said.Message = "Kettles ship on Monday."
	return []uitest.Sample{
		{Name: "item_soon", Page: page.ItemShow(anItem(ui.Soon, 40))},
		{Name: "item_live", Page: page.ItemShow(anItem(ui.Live, 12))},
		{Name: "item_live_several", Page: page.ItemShow(several)},
		{Name: "item_live_bare", Page: page.ItemShow(bare)},
		{Name: "item_yours", Page: page.ItemShow(mine)},
		{Name: "item_sold_out", Page: page.ItemShow(soldOut)},
		{Name: "item_paused", Page: page.ItemShow(anItem(ui.Paused, 12))},
		{Name: "item_closed", Page: page.ItemShow(anItem(ui.Closed, 12))},
		{Name: "item_over", Page: page.ItemShow(anItem(ui.Over, 3))},
		{Name: "item_said", Page: page.ItemShow(said)},
		{Name: "item_sandbox", Page: page.ItemShow(trial)},
	}
}

func anOrder(state string, minutes int, events ...page.OrderEvent) page.OrderView {
	frame := personal("/orders/" + order)
	frame.Sandbox = true
	return page.OrderView{
		Chrome: frame, ID: order, ItemID: 12, ItemTitle: "Enamel kettle, 1.6 litres",
		SaleTitle: "Friday kitchen doorbuster", Picture: kettle, Units: 2, Price: eur(1900), Total: eur(3800),
		State: state, PlacedAt: opens.Add(2 * time.Second), HeldUntil: opens.Add(12 * time.Minute),
		Now: opens.Add(time.Duration(minutes) * time.Minute), Zone: shanghai,
		Events: append([]page.OrderEvent{{What: "placed", At: opens.Add(2 * time.Second)}}, events...),
	}
}

func orderSamples() []uitest.Sample {
	then := func(what string, minutes int) page.OrderEvent {
		return page.OrderEvent{What: what, At: opens.Add(time.Duration(minutes) * time.Minute)}
	}
	placed := anOrder(page.Held, 1)
	placed.Outcome = "placed"
	paid := anOrder(page.Paid, 5, then("paid", 4))
	paid.Outcome = "paid"
	twice := anOrder(page.Paid, 5, then("paid", 4))
	twice.Outcome, twice.Sandbox = page.AlreadyOrdered, false
	gone := anOrder(page.Expired, 30, then("expired", 13))
	gone.Again = true
	row := func(id, state string) page.OrderCard {
		return page.OrderCard{
			ID: id, ItemTitle: "Enamel kettle, 1.6 litres", Picture: kettle, Units: 2, Total: eur(3800),
			State: state, PlacedAt: opens, HeldUntil: opens.Add(12 * time.Minute), Zone: shanghai,
		}
	}
	late := row(other, page.Held)
	late.HeldUntil = opens
	return []uitest.Sample{
		{Name: "order_held", Page: page.OrderShow(placed)},
		{Name: "order_held_late", Page: page.OrderShow(anOrder(page.Held, 12))},
		{Name: "order_paid", Page: page.OrderShow(paid)},
		{Name: "order_paid_again", Page: page.OrderShow(twice)},
		{Name: "order_cancelled", Page: page.OrderShow(anOrder(page.Cancelled, 5, then("cancelled", 4)))},
		{Name: "order_expired", Page: page.OrderShow(gone)},
		{Name: "order_refunded", Page: page.OrderShow(anOrder(page.Refunded, 90, then("paid", 4), then("refunded", 80)))},
		{Name: "order_list", Page: page.OrderList(page.OrderListView{
			Chrome: personal("/orders"), Now: opens.Add(time.Minute), Older: "?before=" + other,
			Orders: []page.OrderCard{row(order, page.Held), late, row(other, page.Paid), row(other, page.Cancelled)},
		})},
		{Name: "order_list_empty", Page: page.OrderList(page.OrderListView{Chrome: personal("/orders"), Now: opens})},
		{Name: "order_pending", Page: page.OrderPending(page.OrderPendingView{
			Chrome: personal("/items/12"), ItemID: 12, ItemTitle: "Enamel kettle, 1.6 litres", Order: order,
			Pass: "cGFzcw.c2ln", Units: 2, RetryAfter: 3, Reference: request,
		})},
	}
}

// paymentSamples are orders by the state of their latest payment, and the page where the sandbox is paid.
func paymentSamples() []uitest.Sample {
	paying := func(state string, minutes int, payment, reason string) page.OrderView {
		v := anOrder(state, minutes)
		v.PaymentState, v.PaymentReason = payment, reason
		return v
	}
	longer := anOrder(page.Held, 10)
	longer.Extension = 5
	extended := anOrder(page.Held, 1)
	extended.Outcome = "extended"
	out := []uitest.Sample{
		{Name: "order_extension", Page: page.OrderShow(longer)}, // it ends soon, too
		{Name: "order_extended", Page: page.OrderShow(extended)},
	}
	for _, p := range []struct {
		order, payment, reason string
		minutes                int
	}{
		{page.Held, page.PaymentStarted, "", 2},
		{page.Held, page.PaymentAuthorised, "", 2},
		{page.Held, page.PaymentFailed, "declined", 2},
		{page.Held, page.PaymentFailed, "abandoned", 2},
		{page.Held, page.PaymentFailed, "released", 2},
		{page.Held, page.PaymentRefunding, "wrong_amount", 2},
		{page.Held, page.PaymentAuthorised, "late", 12}, // the hold has ended, and nobody has written so down
		{page.Paid, page.PaymentCaptured, "", 5},
		{page.Paid, page.PaymentRefunded, "second_payment", 5},
		{page.Expired, page.PaymentStarted, "", 30},
		{page.Expired, page.PaymentRefunding, "too_late", 30},
		{page.Expired, page.PaymentRefunded, "too_late", 30},
		{page.Cancelled, page.PaymentRefunding, "order_cancelled", 5},
		{page.Refunded, page.PaymentRefunded, "order_refunded", 90},
		{page.Refunded, page.PaymentRefunded, "at_provider", 90},
		{page.Held, page.PaymentRefunded, "of_tomorrow", 2},
	} {
		name := "order_" + p.order + "_" + p.payment
		if p.reason != "" {
			name += "_" + p.reason
		}
		out = append(out, uitest.Sample{Name: name, Page: page.OrderShow(paying(p.order, p.minutes, p.payment, p.reason))})
	}
	frame := personal("/sandbox/" + other)
	frame.Sandbox = true
	return append(out, uitest.Sample{Name: "sandbox", Page: page.Sandbox(page.SandboxView{
		Chrome: frame, ID: other, Order: order, ItemTitle: `A "kettle" <1.6 l>`, Total: eur(3800),
		Cards: []page.TestCard{{Number: "4242424242424242", Does: "pays"}, {Number: "400000000000", Does: "is declined"}},
	})})
}

func noticeSamples() []uitest.Sample {
	var out []uitest.Sample
	for _, outcome := range append([]string{"no_words_for_this"}, page.Outcomes...) {
		v := page.NoticeView{
			Chrome: chrome("/items/12"), Outcome: outcome, Reference: request, Zone: shanghai,
			ItemID: 12, ItemTitle: "Enamel kettle, 1.6 litres",
		}
		switch outcome {
		case page.NotOpen:
			v.At = opens
		case page.SaleOver, page.HoldEnded:
			v.At = closes
		case page.SoldOut:
			v.At = empty
		case page.NotEnough:
			v.N = 1
		case page.OverLimit:
			v.N = 4
		case page.AlreadyOrdered, page.NotHeld, page.NotExtendable, page.Paying:
			v.Order = order
		case page.SignInNeeded:
			v.SignIn = "/en/items/12"
		case page.Busy, page.TooLate:
			v.RetryAfter = 4
			v.Retry = &page.RetryForm{Action: "/en/items/12/orders", Pass: "cGFzcw.c2ln", Units: 2, Auto: outcome == page.Busy}
		case page.TooMany, page.Unavailable:
			v.RetryAfter = 1
		case page.NotFound, page.NoSuchOrder:
			v.ItemID, v.Path = 0, "/"
		}
		out = append(out, uitest.Sample{Name: "notice_" + outcome, Page: page.Notice(v)})
	}
	bare := page.NoticeView{Chrome: chrome("/"), Outcome: page.SoldOut}
	return append(out, uitest.Sample{Name: "notice_bare", Page: page.Notice(bare)})
}

func signSamples() []uitest.Sample {
	var every ui.FieldErrors
	for _, code := range page.ErrorCodes {
		every = append(every, ui.FieldError{Code: code})
	}
	return []uitest.Sample{
		{Name: "sign_in", Page: page.SignIn(page.SignInView{Chrome: chrome("/sign-in?to=%2Fen%2Fitems%2F12"), To: "/en/items/12"})},
		{Name: "sign_in_wrong", Page: page.SignIn(page.SignInView{
			Chrome: chrome("/sign-in"), Email: "lena@example.com",
			Errors: ui.FieldErrors{{Code: page.WrongCredentials}},
		})},
		{Name: "sign_up", Page: page.SignUp(page.SignUpView{Chrome: chrome("/sign-up"), MinPassword: 8})},
		{Name: "sign_up_wrong", Page: page.SignUp(page.SignUpView{
			Chrome: chrome("/sign-up"), To: "/en/items/12", Email: "lena@", Name: `"><script>`, MinPassword: 8,
			Errors: ui.FieldErrors{{Field: "email", Code: page.EmailBad}, {Field: "password", Code: page.PasswordShort}},
		})},
		{Name: "sign_up_every_error", Page: page.SignUp(page.SignUpView{Chrome: chrome("/sign-up"), Errors: every})},
	}
}
