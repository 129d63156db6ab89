package page_test

import (
	"time"

	"doorbuster/admin/page"
	"doorbuster/web/ui"
	"doorbuster/web/ui/uitest"
)

func moveRows() []page.MoveRow {
	move := func(id string, minutes int, units int64, from, to, reason, actor string, left, held, sold int64) page.MoveRow {
		return page.MoveRow{ID: id, At: opens.Add(time.Duration(minutes) * time.Minute), Units: units, From: from, To: to, Reason: reason, Actor: actor, Left: left, Held: held, Sold: sold}
	}
	paid := move("m5.0", 9, 405, "held", "sold", "paid", "callback", 80, 15, 405)
	paid.Order = order
	ended := move("m4.0", 8, 5, "held", "available", "expired", "worker", 80, 420, 0)
	ended.Order, ended.Shard = order, 3
	return []page.MoveRow{
		paid, ended,
		move("m3.1", 7, 425, "available", "held", "placed", "shopper", 75, 425, 0),
		move("m2.0", 1, 25, "outside", "available", `found <b>a box</b>, in a cellar whose name is longer than the column that it has to stand in`, "Mei Lin", 500, 0, 0),
		move("m1.0", -60, 475, "outside", "available", "allotted", "command line", 475, 0, 0),
	}
}

// itemSamples are the page of an item in every state.
func itemSamples() []uitest.Sample {
	show := func(change func(v *page.ItemShowView)) page.ItemShowView {
		first := now.Add(9 * time.Minute)
		v := page.ItemShowView{
			Frame: in("/sales/9/items/31", "sales"), Sale: sale(9, page.TabLive, 0), Vendor: "Marvell & Sons", Hold: 10, Extension: 5, Now: now, FirstHoldEnds: &first, MayChange: true,
			Item: page.ItemRow{
				ID: 31, SKU: "MRV-HDP-INK", Title: "Over-ear Headphones", Price: ui.Money{Minor: 12_900, Currency: "EUR"}, List: ui.Money{Minor: 19_900, Currency: "EUR"},
				Limit: 1, Allotted: 500, Sold: 405, Held: 15, Left: 80,
			},
			Shards: []page.ShardRow{{Number: 0, Available: 41, Version: 1_204}, {Number: 1, Available: 39}},
			Chart: page.Chart{From: opens, To: now, Points: []page.ChartPoint{
				{At: opens, Left: 500}, {At: opens.Add(time.Minute), Left: 200, Held: 300}, {At: opens.Add(9 * time.Minute), Left: 90, Held: 200, Sold: 210}, {At: now, Left: 80, Held: 15, Sold: 405},
			}},
			Moves: moveRows(), Form: page.UnitsForm{Sale: 9, Item: 31, OnItem: true},
		}
		if change != nil {
			change(&v)
		}
		return v
	}
	return []uitest.Sample{
		{Name: "item", Page: page.ItemShow(show(nil))},
		{Name: "item_draft", Page: page.ItemShow(show(func(v *page.ItemShowView) {
			v.Chart, v.Moves, v.Vendor, v.Extension, v.Item.List = page.Chart{}, nil, "", 0, ui.Money{}
		}))},
		{Name: "item_looked_at", Page: page.ItemShow(show(func(v *page.ItemShowView) { v.MayChange, v.More = false, "/sales/9/items/31?before=m1.0" }))},
		{Name: "item_filtered", Page: page.ItemShow(show(func(v *page.ItemShowView) { v.Show, v.Order, v.Moves = page.MovesHeld, `"><script>`, v.Moves[:2] }))},
		{Name: "item_filtered_none", Page: page.ItemShow(show(func(v *page.ItemShowView) { v.Show, v.Moves = page.MovesByStaff, nil }))},
		{Name: "item_odd", Page: page.ItemShow(show(func(v *page.ItemShowView) {
			v.Show, v.Told, v.Moves[0].From, v.Chart.To = "of_tomorrow", "<evil>", "of_tomorrow", v.Chart.From
		}))},
		{Name: "item_unproved", Page: page.ItemShow(show(func(v *page.ItemShowView) {
			v.Findings, v.Item.Left = 2, 83
			v.Moves[4].Left += 3
		}))},
		{Name: "item_told", Page: page.ItemShow(show(func(v *page.ItemShowView) { v.Told, v.ToldLeft = "not_enough", 3 }))},
		{Name: "item_units_wrong", Page: page.ItemShow(show(func(v *page.ItemShowView) {
			v.Form.Open, v.Form.Units, v.Form.Reason = true, "-3", `"><script>`
			v.Form.Errors = ui.FieldErrors{{Field: "units-31", Code: page.UnitsBad}, {Field: "reason-31", Code: page.ReasonMissing}}
		}))},
	}
}
