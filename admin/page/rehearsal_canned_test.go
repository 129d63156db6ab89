package page_test

import (
	"time"

	"doorbuster/admin/page"
	"doorbuster/web/ui"
	"doorbuster/web/ui/uitest"
)

func rehearsalRow(id uint64, state string) page.RehearsalRow {
	row := page.RehearsalRow{
		ID: id, Sale: 7, Item: "Copper kettle", Zone: shanghai, Shoppers: 2000, Seconds: 10, State: state, Phase: "rush", Done: 1250, Total: 2000, Actor: "Mei Lin", Began: opens,
	}
	if state != page.RehearsalRunning {
		ended := opens.Add(time.Minute)
		row.Ended = &ended
	}
	return row
}

func rehearsalSamples() []uitest.Sample {
	list := in("/sales/7/rehearsals", "sales")
	done, failed, unclear := rehearsalRow(3, page.RehearsalDone), rehearsalRow(2, page.RehearsalFailed), rehearsalRow(5, page.RehearsalDone)
	done.Verdict, failed.Trouble, failed.Item, unclear.Verdict = "clean", page.Interrupted, "", "not_clean"
	items := []page.RehearsalItem{{ID: 71, Title: "Copper kettle", Units: 500}, {ID: 72, Title: `<b>"Lamp"</b>`, Units: 1}}
	of := func(v page.RehearsalsView) uitest.Sample {
		v.Frame, v.Sale, v.Title = list, 7, "Winter drop"
		return uitest.Sample{Name: "rehearsals", Page: page.Rehearsals(v)}
	}
	named := func(name string, s uitest.Sample) uitest.Sample { s.Name = name; return s }
	one := in("/rehearsals/3", "sales")
	stopping, preparing := rehearsalRow(4, page.RehearsalRunning), rehearsalRow(4, page.RehearsalRunning)
	stopping.StopAsked = true
	preparing.Phase, preparing.Done, preparing.Total = "prepare", 0, 0
	soldOut := 842.0
	report := &page.RehearsalReport{
		Units: 500, Accepted: 500, Paid: 451, Refused: []page.RehearsalCount{{Outcome: "already_ordered", N: 41}, {Outcome: "odd_one", N: 1}, {Outcome: "sold_out", N: 1430}},
		GaveUp: 26, InDoubt: 0, NotSent: 2, SoldOut: &soldOut, PerCommit: 31.04, Took: 12_345, Busy: true,
		Latency: []page.RehearsalLatency{{Name: "accepted", Count: 500, P50: 41, P99: 513, Max: 1300}, {Name: "pass", Count: 2000, P50: 0.42, P99: 3.4, Max: 88}},
		Checks: []page.RehearsalCheck{
			{Name: "acknowledged_stored", Result: "ok", Detail: "500 of 500"},
			{Name: "retry_after", Result: "does_not_apply", Detail: "nobody was told to try again"},
			{Name: "everybody_came", Result: "failed", Detail: "9,997 of 10,000"},
			{Name: "audit_empty", Result: "not_proved", Detail: "no account"},
			{Name: "a_new_one", Result: "odd", Detail: ""},
		},
	}
	return []uitest.Sample{
		of(page.RehearsalsView{MayBegin: true, Ready: true, Items: items, Shoppers: "2000", Seconds: "10", Rehearsals: []page.RehearsalRow{rehearsalRow(4, page.RehearsalRunning), done, failed, rehearsalRow(1, page.RehearsalStopped)}, More: "/sales/7/rehearsals?before=1"}),
		named("rehearsals_none", of(page.RehearsalsView{MayBegin: true, Ready: true, Items: items, Shoppers: "2000", Seconds: "10", Told: "deleted"})),
		named("rehearsals_wrong", of(page.RehearsalsView{MayBegin: true, Ready: true, Items: items, Item: "72", Shoppers: "many", Seconds: "0", Errors: ui.FieldErrors{
			{Field: "item", Code: page.ItemMissing}, {Field: "shoppers", Code: page.ShoppersBad}, {Field: "seconds", Code: page.SecondsBad},
		}})),
		named("rehearsals_not_ready", of(page.RehearsalsView{MayBegin: true, Told: page.NoRehearser})),
		named("rehearsals_no_items", of(page.RehearsalsView{MayBegin: true, Ready: true, Told: "no_such_item"})),
		named("rehearsals_viewer", of(page.RehearsalsView{Ready: true, Items: items, Rehearsals: []page.RehearsalRow{unclear}, Told: "rehearsing"})),
		{Name: "rehearsal_running", Page: page.Rehearsal(page.RehearsalView{Frame: one, Rehearsal: rehearsalRow(4, page.RehearsalRunning), MayChange: true})},
		{Name: "rehearsal_preparing", Page: page.Rehearsal(page.RehearsalView{Frame: one, Rehearsal: preparing})},
		{Name: "rehearsal_stopping", Page: page.Rehearsal(page.RehearsalView{Frame: one, Rehearsal: stopping, MayChange: true, Told: "stop"})},
		{Name: "rehearsal_done", Page: page.Rehearsal(page.RehearsalView{Frame: one, Rehearsal: unclear, MayChange: true, Report: report, Picture: true, Told: "over"})},
		{Name: "rehearsal_clean", Page: page.Rehearsal(page.RehearsalView{Frame: one, Rehearsal: done, Report: &page.RehearsalReport{Units: 5, Accepted: 5}})},
		{Name: "rehearsal_failed", Page: page.Rehearsal(page.RehearsalView{Frame: one, Rehearsal: failed, MayChange: true})},
		{Name: "rehearsal_stopped", Page: page.Rehearsal(page.RehearsalView{Frame: one, Rehearsal: rehearsalRow(1, page.RehearsalStopped)})},
	}
}
