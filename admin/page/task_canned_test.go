package page_test

import (
	"time"

	"doorbuster/admin/page"
	"doorbuster/web/ui"
	"doorbuster/web/ui/uitest"
)

// task is one of a kind in a state; total 0 stands for one that nobody counted.
func task(id uint64, kind, state string, done, refused, total int64) page.TaskRow {
	t := page.TaskRow{
		ID: id, Kind: kind, State: state, Sale: 9, SaleTitle: "Friday kitchen doorbuster", To: now, Done: done, Refused: refused, Made: now, Actor: "Mei Lin", OrderState: "paid",
	}
	if total > 0 {
		t.Total, t.Progress = &total, int((done+refused)*1000/total)
	}
	if kind == page.TaskExport {
		t.Format, t.Delimiter, t.BOM = "csv", "semicolon", true
	} else {
		t.Reason = "The sale was called off"
	}
	if state != "waiting" && state != "running" {
		ended := now.Add(3 * time.Minute)
		t.Ended = &ended
		if state == "done" && kind == page.TaskExport {
			expires := ended.Add(24 * time.Hour)
			t.Expires, t.Bytes, t.Progress = &expires, 14_220_031, 1000
		}
	}
	return t
}

// taskSamples are exports and bulk work in every state, and their forms.
func taskSamples() []uitest.Sample {
	sales := []page.SaleChoice{{ID: 9, Title: "Friday kitchen doorbuster"}, {ID: 7, Title: `"><b>other</b> things with a name that is long enough to be cut off somewhere`}}
	all := page.TaskListView{Frame: in("/exports", "exports"), MayBegin: true, Sales: sales, Chosen: page.ExportChoice{Format: "csv", Delimiter: "comma", BOM: true}, More: "/exports?before=3"}
	gone := task(4, page.TaskExport, "done", 1, 0, 1)
	gone.Expired = true
	every := task(8, page.TaskExport, "running", 120_000, 0, 0)
	every.Sale, every.SaleTitle, every.Progress, every.Format, every.Delimiter, every.OrderState = 0, "", 437, "xlsx", "", ""
	all.Tasks = []page.TaskRow{
		task(9, page.TaskRefund, "running", 1_180, 3, 2_400), every, task(7, page.TaskResend, "waiting", 0, 0, 12), task(6, page.TaskCancel, "cancelled", 31, 1, 80),
		task(5, page.TaskExport, "done", 200_000, 0, 200_000), gone, task(3, page.TaskExport, "failed", 0, 0, 1),
	}
	none, looked, wrong, full := all, all, all, all
	none.Tasks, none.More = nil, ""
	looked.MayBegin, looked.Tasks, looked.More = false, nil, ""
	wrong.Open, wrong.Chosen = true, page.ExportChoice{Sale: 7, State: "held", From: "tomorrow", To: `"><script>`, Format: "xlsx", Delimiter: "tab"}
	wrong.Errors = ui.FieldErrors{{Field: "from", Code: page.MomentBad}, {Field: "to", Code: page.PeriodBad}}
	full.Told = "too_many"
	samples := []uitest.Sample{
		{Name: "tasks", Page: page.TaskList(all)},
		{Name: "tasks_none", Page: page.TaskList(none)},
		{Name: "tasks_looked_at", Page: page.TaskList(looked)},
		{Name: "tasks_wrong", Page: page.TaskList(wrong)},
		{Name: "tasks_too_many", Page: page.TaskList(full)},
	}
	show := func(name string, t page.TaskRow, change func(v *page.TaskView)) {
		v := page.TaskView{Frame: in("/exports/9", "exports"), Task: t, Now: now.Add(time.Minute), MayCancel: true, MayFetch: true}
		if change != nil {
			change(&v)
		}
		samples = append(samples, uitest.Sample{Name: name, Page: page.TaskShow(v)})
	}
	from := opens
	every.From = &from
	show("task_running", task(9, page.TaskRefund, "running", 1_180, 3, 2_400), func(v *page.TaskView) {
		v.Refusals = []page.RefusalRow{{Outcome: "not_refundable", Alike: 2, Order: order}, {Outcome: "not_refundable", Alike: 2, Order: request}, {Outcome: "of_tomorrow", Alike: 61, Order: order}}
	})
	show("task_uncounted", every, nil)
	show("task_done", task(5, page.TaskExport, "done", 200_000, 0, 200_000), nil)
	show("task_looked_at", task(5, page.TaskExport, "done", 1, 0, 1), func(v *page.TaskView) { v.MayCancel, v.MayFetch, v.Task.Bytes = false, false, 310 })
	show("task_expired", gone, nil)
	for _, why := range page.TaskWhys {
		show("task_failed_"+why, task(3, page.TaskCancel, "failed", 2, 0, 5), func(v *page.TaskView) { v.Task.Why = why })
	}
	show("task_told_cancelled", task(6, page.TaskCancel, "cancelled", 31, 1, 80), func(v *page.TaskView) { v.Told = "cancelled" })
	show("task_told_ended", task(6, page.TaskResend, "done", 80, 0, 80), func(v *page.TaskView) { v.Told, v.Task.OrderState = "already_ended", "of_tomorrow" })
	bulk := page.BulkView{Frame: in("/exports/bulk", "exports"), Sales: sales}
	preview := bulk
	preview.Kind, preview.Sale, preview.Restock, preview.Title, preview.Until = page.TaskRefund, 9, true, sales[0].Title, "2025-11-21T03:01:07.000000Z"
	preview.Counts = []page.CountRow{{Orders: 2_399, Units: 2_500, Total: ui.Money{Minor: 32_250_000, Currency: "EUR"}}, {Orders: 1, Units: 1, Total: ui.Money{Minor: 980, Currency: "JPY"}}}
	typed, nobody, changed, noSale := preview, preview, preview, bulk
	typed.Kind, typed.Restock, typed.Reason, typed.Confirm = page.TaskCancel, false, `"><script>`, "2"
	typed.Errors = ui.FieldErrors{{Field: "reason", Code: page.ReasonBad}, {Field: "confirm", Code: page.CountWrong}}
	nobody.Kind, nobody.Counts, nobody.Told = page.TaskResend, nil, "nothing"
	changed.Kind, changed.State, changed.Errors, changed.Told = page.TaskResend, "held", ui.FieldErrors{{Field: "confirm", Code: page.CountChanged}}, "too_many"
	noSale.Sales = nil
	return append(samples, uitest.Sample{Name: "bulk", Page: page.Bulk(bulk)}, uitest.Sample{Name: "bulk_preview", Page: page.Bulk(preview)}, uitest.Sample{Name: "bulk_wrong", Page: page.Bulk(typed)},
		uitest.Sample{Name: "bulk_none", Page: page.Bulk(nobody)}, uitest.Sample{Name: "bulk_changed", Page: page.Bulk(changed)}, uitest.Sample{Name: "bulk_no_sale", Page: page.Bulk(noSale)})
}
