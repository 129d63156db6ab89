package page_test

import (
	"time"

	"doorbuster/admin/page"
	"doorbuster/web/ui"
	"doorbuster/web/ui/uitest"
)

func switchRow(name string, item uint64) page.SwitchRow {
	row := page.SwitchRow{Name: name, Item: item, Reason: "the database is slow", Actor: "Mei Lin", Since: now.Add(-3 * time.Minute), Own: true}
	if item > 0 {
		row.ItemTitle, row.Zone = "Enamel kettle, 1.6 litres", shanghai
	}
	if name == page.AdmissionRate {
		row.Rate = 50
	}
	return row
}

// switchSamples are the page of the shop and of an item, with each form wrong, each outcome told, and the reminders.
func switchSamples() []uitest.Sample {
	every := switchRow(page.ReadOnly, 0)
	every.Own, every.Actor, every.Reason = false, "command line", "moving the database"
	odd := switchRow("of_tomorrow", 31)
	odd.ItemTitle, odd.Reason, odd.Actor = "Kettle & <b>lid</b>", `"><script>`, "Wolfeschlegelsteinhausenbergerdorff-von-und-zu-Hohenstein"
	item := page.SwitchItem{ID: 31, SKU: "KTL-16", Title: "Enamel kettle, 1.6 litres", SaleID: 9, SaleTitle: "Friday kitchen doorbuster"}
	of := func(id uint64, change func(v *page.SwitchesView), rows ...page.SwitchRow) page.SwitchesView {
		v := page.SwitchesView{Frame: in(page.SwitchesPath(id), "switches"), MayChange: true, Rows: rows}
		if id > 0 {
			v.Item = item
		}
		if change != nil {
			change(&v)
		}
		return v
	}
	told := func(outcome, name string, was int) func(v *page.SwitchesView) {
		return func(v *page.SwitchesView) { v.Told, v.Act, v.Was = outcome, name, was }
	}
	wrong := func(name, rate string, errors ...ui.FieldError) func(v *page.SwitchesView) {
		return func(v *page.SwitchesView) { v.Act, v.Rate, v.Reason, v.Errors = name, rate, `"><script>`, errors }
	}
	rate, stop := switchRow(page.AdmissionRate, 0), switchRow(page.StopNewHolds, 31)
	show := func(name string, v page.SwitchesView) uitest.Sample {
		return uitest.Sample{Name: "switches_" + name, Page: page.Switches(v)}
	}
	return []uitest.Sample{
		show("none", of(0, nil)),
		show("some", of(0, func(v *page.SwitchesView) { v.Cut = true }, rate, stop, every, odd)),
		show("looked_at", of(0, func(v *page.SwitchesView) { v.MayChange = false }, rate)),
		show("found", of(0, func(v *page.SwitchesView) {
			v.Search, v.Found, v.FoundMore = "ket", []page.SwitchItem{item, {ID: 32, SKU: `"><b>`, Title: "Kettle & <b>lid</b>", SaleTitle: "Friday"}}, true
		})),
		show("nothing_found", of(0, func(v *page.SwitchesView) { v.Search = `"><script>` })),
		show("item", of(31, nil, stop, rate, every)),
		show("told_on", of(31, told("set", page.StopNewHolds, 0), stop)),
		show("told_off", of(31, told("set", page.StopNewHolds, 1))),
		show("told_rate", of(0, told("set", page.AdmissionRate, 1200), rate)),
		show("told_already_set", of(0, told("already_set", page.SoldOutPage, 0))),
		show("told_changed", of(0, told("changed", page.AdmissionRate, 0), rate)),
		show("told_by_anybody", of(31, told("set", page.ReadOnly, 0))),
		show("rate_wrong", of(0, wrong(page.AdmissionRate, "-3", ui.FieldError{Field: "admission_rate-rate", Code: page.RateBad},
			ui.FieldError{Field: "admission_rate-reason", Code: page.ReasonMissing}), rate)),
		show("reason_wrong", of(31, wrong(page.SoldOutPage, "", ui.FieldError{Field: "sold_out_page-reason", Code: page.ReasonBad}))),
		{Name: "home_switches", Page: page.Home(page.HomeView{
			Frame: in("/", "home"), Live: []page.SaleRow{sale(3, page.TabLive, 0)}, Now: now, Switches: page.SwitchReminder{Rows: []page.SwitchRow{rate, stop, odd}, More: true},
		})},
		{Name: "sale_switches", Page: page.SaleShow(page.SaleShowView{
			Frame: in("/sales/9", "sales"), Sale: sale(9, page.TabLive, 0), State: "published", Now: now,
			Log:      []page.LogRow{{Action: "switched", Detail: "stop_new_holds of item 31: from off to on", Reason: "wrong price", Actor: "Mei Lin", At: now}},
			Switches: page.SwitchReminder{Rows: []page.SwitchRow{every}},
		})},
	}
}
