package page_test

import (
	"time"

	"doorbuster/admin/page"
	"doorbuster/web/ui"
	"doorbuster/web/ui/uitest"
)

func reportSamples() []uitest.Sample {
	at := func(after time.Duration) *time.Time { t := opens.Add(after); return &t }
	worst := int64(740)
	full := page.ReportView{
		Frame:  in("/sales/7/report", "sales"),
		Sale:   page.SaleRow{ID: 7, Title: `Winter drop & "friends"`, Tab: page.TabOver, Opens: opens, Closes: opens.Add(2 * time.Hour), Zone: shanghai, Items: 2, Allotted: 1500, Left: 3, TakesPayment: true},
		Starts: opens,
		Sold:   1497, Now: now, Ended: at(time.Hour), Orders: 1650, Paid: 1490, Cancelled: 12, Expired: 141, Refunded: 7, Buyers: 1482,
		First: at(42 * time.Millisecond), Last: at(95 * time.Second), LookedAt: at(61 * time.Minute), Step: 2 * time.Second,
		Bars: []page.ReportBar{{Step: 0, Starts: opens, Placed: 1400}, {Step: 1, Starts: opens.Add(2 * time.Second), Placed: 80, Paid: 600}, {Step: 47, Starts: opens.Add(94 * time.Second), Placed: 5, Paid: 2, Back: 9}},
		Money: []page.ReportMoney{
			{Paid: ui.Money{Minor: 2_849_003, Currency: "EUR"}, Refunded: ui.Money{Minor: 13_300, Currency: "EUR"}, Held: ui.Money{Currency: "EUR"}},
			{Paid: ui.Money{Minor: 45_000, Currency: "JPY"}, Refunded: ui.Money{Currency: "JPY"}, Held: ui.Money{Minor: 900, Currency: "JPY"}},
		},
		Answers: []page.ReportAnswer{{Outcome: "sold_out", N: 88_000}, {Outcome: "placed", N: 1650}, {Outcome: "a_new_one", N: 1}},
		Fair:    &page.ReportFairness{Winners: 1650, First: -12, Half: 480, Ninety: 1700, Last: 95_000, Worst: &worst},
		Items: []page.ReportItem{
			{ID: 71, SKU: "K-1", Title: "<b>Kettle</b>", Allotted: 1000, Sold: 1000, Orders: 1100, Revenue: ui.Money{Minor: 1_900_000, Currency: "EUR"}},
			{ID: 72, SKU: "L-1", Title: "Lamp", Allotted: 500, Sold: 497, Left: 3, Orders: 550, Revenue: ui.Money{Minor: 949_003, Currency: "EUR"}},
		},
		More: "/sales/7/report?after=2",
	}
	live := full
	live.Sale.Tab, live.Held, live.Sold, live.Unpaid, live.LookedAt, live.Ended = page.TabLive, 10, 1487, 10, at(time.Second), nil
	live.Fair = &page.ReportFairness{Winners: 1650, First: 3, Half: 480, Ninety: 1700, Last: 95_000, Overtaken: 2, Worst: &worst}
	broken := full
	broken.Findings, broken.Sale.Left = 1, 4
	none := page.ReportView{Frame: full.Frame, Sale: page.SaleRow{ID: 7, Title: "Nothing yet", Tab: page.TabDraft, Opens: opens, Closes: opens.Add(time.Hour), Zone: "UTC"}, Starts: opens, Now: now}
	return []uitest.Sample{
		{Name: "report", Page: page.Report(full)}, {Name: "report_live", Page: page.Report(live)}, {Name: "report_broken", Page: page.Report(broken)}, {Name: "report_none", Page: page.Report(none)},
	}
}
