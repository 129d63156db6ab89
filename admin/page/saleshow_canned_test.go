package page_test

import (
	"strings"
	"time"

	"doorbuster/admin/page"
	"doorbuster/web/ui"
	"doorbuster/web/ui/uitest"
)

// saleShowSamples are the page of a sale in every state, with each form wrong and each outcome told.
func saleShowSamples() []uitest.Sample {
	show := func(state, tab string, change func(v *page.SaleShowView)) page.SaleShowView {
		v := page.SaleShowView{
			Frame: in("/sales/9", "sales"), Sale: sale(9, tab, 0), State: state, Sold: 405, Held: 15, Now: now, MayChange: true,
			Items: []page.ItemRow{
				{ID: 31, SKU: "MRV-HDP-INK", Title: "Over-ear Headphones", Price: ui.Money{Minor: 12_900, Currency: "EUR"}, Limit: 1, Allotted: 500, Sold: 405, Held: 15, Left: 80},
				{ID: 32, SKU: `"><b>`, Title: "Kettle & <b>lid</b>", Price: ui.Money{Minor: 3_990, Currency: "CNY"}, List: ui.Money{Minor: 6_490, Currency: "CNY"}, Limit: 4, Allotted: 12_000, Left: 12_000},
			},
			Log: []page.LogRow{
				{Action: "paused", Reason: "the pictures are wrong", Actor: "Mei Lin", At: now.Add(-time.Minute)},
				{Action: "units_added", Detail: "item 31: 25 units, from 100 to 125", Reason: "found a box", Actor: "command line", At: now.Add(-time.Hour)},
				{Action: "of_tomorrow", Detail: "<i>", Actor: "worker", At: now.Add(-2 * time.Hour)},
			},
		}
		v.Sale.Allotted, v.Sale.Left = 12_500, 12_080
		first := now.Add(9 * time.Minute)
		v.FirstHoldEnds = &first
		if change != nil {
			change(&v)
		}
		return v
	}
	wrong := func(act string, errors ...ui.FieldError) func(v *page.SaleShowView) {
		return func(v *page.SaleShowView) {
			v.Act, v.Reason, v.Confirm, v.Units, v.Errors = act, `"><script>`, "yes", "-3", errors
			if act == page.Add {
				v.Item = 31
			}
		}
	}
	all := []uitest.Sample{
		{Name: "sale_live", Page: page.SaleShow(show("published", page.TabLive, nil))},
		{Name: "sale_paused", Page: page.SaleShow(show("paused", page.TabPaused, nil))},
		{Name: "sale_members", Page: page.SaleShow(show("published", page.TabLive, func(v *page.SaleShowView) {
			early := v.Sale.Opens.Add(-time.Hour)
			v.Members, v.Access = &early, page.AccessCount{Codes: 1204, Open: 1, Members: 2013}
		}))},
		{Name: "sale_draft", Page: page.SaleShow(show("draft", page.TabDraft, func(v *page.SaleShowView) {
			v.Items, v.Log, v.FirstHoldEnds, v.Sold, v.Held, v.Sale.Allotted, v.Sale.Left = nil, nil, nil, 0, 0, 0, 0
		}))},
		{Name: "sale_over", Page: page.SaleShow(show("ended", page.TabOver, func(v *page.SaleShowView) { v.Before, v.More = "/sales/9?after=0", "/sales/9?after=200" }))},
		{Name: "sale_archived", Page: page.SaleShow(show("ended", page.TabArchived, nil))},
		{Name: "sale_importing", Page: page.SaleShow(show("importing", page.TabDraft, nil))},
		{Name: "sale_draft_looked_at", Page: page.SaleShow(show("draft", page.TabDraft, func(v *page.SaleShowView) { v.MayChange = false }))},
		{Name: "sale_discard_wrong", Page: page.SaleShow(show("draft", page.TabDraft, wrong(page.Discard,
			ui.FieldError{Field: "discard-reason", Code: page.ReasonBad}, ui.FieldError{Field: "discard-confirm", Code: page.ConfirmWrong})))},
		{Name: "sale_looked_at", Page: page.SaleShow(show("published", page.TabLive, func(v *page.SaleShowView) { v.MayChange = false }))},
		{Name: "sale_unbalanced", Page: page.SaleShow(show("paused", page.TabPaused, func(v *page.SaleShowView) { v.Sale.Left++ }))},
		{Name: "sale_pause_wrong", Page: page.SaleShow(show("published", page.TabLive, wrong(page.Pause, ui.FieldError{Field: "pause-reason", Code: page.ReasonMissing})))},
		{Name: "sale_end_wrong", Page: page.SaleShow(show("published", page.TabLive, wrong(page.End,
			ui.FieldError{Field: "end-reason", Code: page.ReasonBad}, ui.FieldError{Field: "end-confirm", Code: page.ConfirmWrong})))},
		{Name: "sale_units_wrong", Page: page.SaleShow(show("published", page.TabLive, wrong(page.Add,
			ui.FieldError{Field: "units-31", Code: page.UnitsBad}, ui.FieldError{Field: "reason-31", Code: page.ReasonMissing})))},
		{Name: "sale_told_by_anybody", Page: page.SaleShow(show("published", page.TabLive, func(v *page.SaleShowView) { v.Told = "<evil>" }))},
	}
	for _, outcome := range []string{"added", "not_enough"} {
		all = append(all, uitest.Sample{Name: "sale_told_" + outcome, Page: page.SaleShow(show("published", page.TabLive, func(v *page.SaleShowView) { v.Told, v.ToldLeft = outcome, 3 }))})
	}
	for _, came := range []string{"undone", "changed_meanwhile", "not_enough", "<evil>"} {
		all = append(all, uitest.Sample{Name: "sale_undo_" + strings.Trim(came, "<>"), Page: page.SaleShow(show("published", page.TabLive, func(v *page.SaleShowView) {
			v.Undo = page.Undo{Came: came, Since: `Mei "><b>`, Left: 2}
		}))})
	}
	return append(all, uitest.Sample{Name: "sale_undo", Page: page.SaleShow(show("paused", page.TabPaused, func(v *page.SaleShowView) {
		v.Told, v.Undo.Line, v.Log[0].Undo, v.Log[1].Undo = "paused", 77, 77, 76
	}))})
}
