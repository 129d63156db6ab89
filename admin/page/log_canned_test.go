package page_test

import (
	"time"

	"doorbuster/admin/page"
	"doorbuster/web/ui"
	"doorbuster/web/ui/uitest"
)

// logged are details as the database has them, one of each sort of value.
var logged = map[string]string{
	"published":       "from draft to published, 1 items",
	"edited":          "title: A -> B; closes: 2035-06-01 13:00:00 -> 2035-06-01 14:00:00 UTC; payment: no -> yes; hold: 10 -> 20 min; limit 1, hold 20 min, extension 0 min for 2 items",
	"item_edited":     "item 31: price: 1999 EUR -> 999 CNY; list price: none -> 1999; vendor:  -> Acme",
	"product_changed": "product 11: 2499 EUR | list 2999 | text of 6 -> 2499 CNY | list none | text of 11",
	"repaired":        "finding 1, item 31: shard 1: 2 from outside to available, shard 1: 2 from available to outside; 2 fewer on the shelf",
	"bulk_begun":      "resend 1 orders, task 1",
	"switched":        "admission_rate of item 31: from 5 a second to off",
	"webhook_changed": "webhook 1: from active to disabled",
	"undone":          "line 20 (extended), sale 1 end: from 2035-06-01 13:30:00.000000 to 2035-06-01 13:00:00.000000",
}

// logSamples are the activity log with every sort of line, filtered, wrong and empty.
func logSamples() []uitest.Sample {
	line := func(id uint64, action, detail, by string) page.ActivityRow {
		return page.ActivityRow{ID: id, By: by, LogRow: page.LogRow{Action: action, Detail: detail, Actor: "Mei Lin", At: now.Add(-time.Duration(id) * time.Minute)}}
	}
	sold, gone, all, job, odd := line(9, "paused", "from published to paused", page.ByMember), line(8, "discarded", "it was draft", page.ByMember),
		line(7, "switched", "read_only: from off to on", page.ByOperator), line(6, "paused", "from published to paused: item 3, finding 1", page.ByJob),
		line(5, "of_tomorrow", long, "of_tomorrow")
	sold.Sale, sold.SaleTitle, sold.Reason = 3, `Kettles "><b>`, "the pictures are wrong"
	gone.Sale, all.Everybody, all.Actor, job.Actor, job.Sale, job.SaleTitle = 77, true, "command line", "worker", 3, "Kettles"
	rows := []page.ActivityRow{sold, gone, all, job, odd}
	for i, action := range page.LogActions {
		rows = append(rows, line(uint64(10+i), action, logged[action], page.ByMember))
	}
	log := page.LogView{Frame: owner("/log", "log"), Lines: rows, More: "/log?before=5", Export: "/log/export.csv"}
	part := page.LogView{Frame: owner("/log?action=paused&who=mei", "log"), Who: `mei "><script>`, Action: "paused", Sale: "3", From: "2025-11-01", To: "2025-11-21", Lines: rows[:1], Export: "/log/export.csv?action=paused"}
	none, wrong, undo := part, part, part
	rows[0].Undo = 9
	undo.Shown = `action=paused&who=%3Cb%3E`
	undo.Undo = page.Undo{Came: "changed_meanwhile"}
	none.Lines = nil
	wrong.Lines, wrong.Export, wrong.Sale, wrong.From = nil, "", "three", "yesterday"
	wrong.Errors = ui.FieldErrors{{Field: "sale", Code: page.SaleNumberBad}, {Field: "from", Code: page.DayBad}}
	return []uitest.Sample{
		{Name: "log", Page: page.Log(log)},
		{Name: "log_part", Page: page.Log(part)},
		{Name: "log_none_here", Page: page.Log(none)},
		{Name: "log_undo", Page: page.Log(undo)},
		{Name: "log_wrong", Page: page.Log(wrong)},
		{Name: "log_empty", Page: page.Log(page.LogView{Frame: owner("/log", "log")})},
	}
}
