package page_test

import (
	"time"

	"doorbuster/admin/page"
	"doorbuster/catalog"
	"doorbuster/web/ui"
	"doorbuster/web/ui/uitest"
)

func draftView(step string, change func(v *page.DraftView)) page.DraftView {
	v := page.DraftView{Frame: in("/sales/12/"+step, "sales"), Sale: 12, Title: "Friday kitchen doorbuster", Step: step, Edits: 3, MayChange: true}
	if change != nil {
		change(&v)
	}
	return v
}

func typedItem() map[string]string {
	return map[string]string{
		"title": "Enamel kettle, 1.6 litres", "sku": "KTL-16", "currency": "EUR", "price": "39.90", "list": "64.90", "units": "120", "limit": "2", "hold": "10",
		"extension": "5", "vendor": "Acme", "picture": "https://pictures.example/kettle.jpg", "body": "Boils & whistles.\n<b>Bold</b>",
	}
}

// wrongForm is a form with an error of each code in codes, at the fields.
func wrongForm(typed map[string]string, errors ...ui.FieldError) func(v *page.DraftView) {
	return func(v *page.DraftView) { v.Form = page.DraftForm{Typed: typed, Errors: errors} }
}

// conflictForm is a form that somebody else was faster with.
func conflictForm(typed, saved map[string]string) func(v *page.DraftView) {
	return func(v *page.DraftView) {
		v.Form = page.DraftForm{Typed: typed, Saved: saved, Conflict: true, Errors: ui.FieldErrors{{Code: page.Meanwhile}}}
	}
}

func draftSamples() []uitest.Sample {
	text := map[string]string{"title": `"><script>`, "description": "\nAll must go.\n</textarea><b>"}
	was := map[string]string{"title": "Friday", "description": ""}
	var every ui.FieldErrors
	for _, code := range page.DraftErrorCodes {
		every = append(every, ui.FieldError{Code: code})
	}
	fresh := page.SaleNewView{Frame: in("/sales/new", "sales"), Form: page.DraftForm{Typed: map[string]string{"template": "drop"}}}
	wrong := page.SaleNewView{Frame: in("/sales/new", "sales"), Form: page.DraftForm{Typed: text, Errors: append(every,
		ui.FieldError{Field: "template", Code: page.TemplateMissing}, ui.FieldError{Field: "title", Code: page.TitleLong}, ui.FieldError{Field: "description", Code: page.TextLong})}}
	all := []uitest.Sample{
		{Name: "draft_new", Page: page.SaleNew(fresh)},
		{Name: "draft_new_wrong", Page: page.SaleNew(wrong)},
		{Name: "draft_details", Page: page.Details(page.DetailsView{DraftView: draftView(page.StepDetails, wrongForm(text))})},
		{Name: "draft_details_conflict", Page: page.Details(page.DetailsView{DraftView: draftView(page.StepDetails, conflictForm(text, was))})},
	}
	for _, told := range append([]string{"<evil>"}, page.DraftTold...) {
		v := draftView(page.StepDetails, wrongForm(was))
		v.Told = told
		all = append(all, uitest.Sample{Name: "draft_told_" + told, Page: page.Details(page.DetailsView{DraftView: v})})
	}
	all[4].Name = "draft_told_by_anybody"
	return append(append(append(all, scheduleSamples()...), draftItemSamples()...), goLiveSamples()...)
}

func scheduleSamples() []uitest.Sample {
	const berlin = "Europe/Berlin"
	turn := time.Date(2026, 10, 25, 1, 0, 0, 0, time.UTC)
	typed := map[string]string{"zone": berlin, "opens": "2026-10-24T10:00", "closes": "2026-10-25T02:30", "opens_at": "", "closes_at": "1792891800"}
	view := func(change func(v *page.DraftView)) page.ScheduleView {
		return page.ScheduleView{
			DraftView: draftView(page.StepSchedule, change), Opens: turn.Add(-17 * time.Hour), Closes: turn.Add(30 * time.Minute), Zone: berlin,
			Zones: []string{"UTC", "Asia/Shanghai", berlin}, Others: []string{berlin, "UTC", "Asia/Shanghai", "America/New_York"},
			Changes: []page.ClockChange{{At: turn, Forward: -time.Hour}, {At: turn, Forward: 30 * time.Minute}},
		}
	}
	twice := view(wrongForm(typed, ui.FieldError{Field: "closes", Code: page.TimeTwice}))
	twice.Choices = map[string][]page.Choice{"closes": {{Value: "1792888200", At: turn.Add(-30 * time.Minute)}, {Value: "1792891800", At: turn.Add(30 * time.Minute)}}}
	short := view(wrongForm(typed))
	short.Closes, short.Changes = short.Opens, nil
	long := view(conflictForm(typed, map[string]string{"zone": berlin, "opens": "2026-10-24T11:00", "closes": "2026-10-25T02:30"}))
	long.Closes = long.Opens.Add(49*time.Hour + time.Minute)
	early := short.Opens.Add(-time.Hour)
	first := view(wrongForm(map[string]string{"zone": berlin, "opens": "2026-10-24T10:00", "members": "2026-10-24T09:00", "members_at": "", "closes": "2026-10-24T18:00"}))
	first.Members = &early
	after := view(wrongForm(map[string]string{"zone": berlin, "opens": "2026-10-24T10:00", "members": "2026-10-24T10:00", "closes": "2026-10-24T18:00"}, ui.FieldError{Field: "members", Code: page.MembersAfter}))
	pays := map[string]string{"payment": "yes", "limit": "2", "hold": "10", "extension": "0"}
	free := map[string]string{"payment": "no", "limit": "0", "hold": "x", "extension": "-1", "every": "yes"}
	again := page.DuplicateView{Frame: in("/sales/9/duplicate", "sales"), Sale: 9, Title: "Friday kitchen <b>doorbuster</b>", Zone: berlin, Lasts: 26 * time.Hour, Items: 1}
	again.Form.Typed = map[string]string{"title": "Friday kitchen", "opens": "2026-10-25T02:30"}
	doubt := again
	doubt.Choices, doubt.Form.Errors = twice.Choices["closes"], ui.FieldErrors{{Field: "title", Code: page.TitleMissing}, {Field: "opens", Code: page.TimeTwice}}
	return []uitest.Sample{
		{Name: "draft_schedule", Page: page.Schedule(short)},
		{Name: "draft_schedule_twice", Page: page.Schedule(twice)},
		{Name: "draft_schedule_conflict", Page: page.Schedule(long)},
		{Name: "draft_schedule_members", Page: page.Schedule(first)},
		{Name: "draft_schedule_members_after", Page: page.Schedule(after)},
		{Name: "draft_rules", Page: page.Rules(page.RulesView{DraftView: draftView(page.StepRules, wrongForm(pays)), Items: 1})},
		{Name: "draft_rules_wrong", Page: page.Rules(page.RulesView{DraftView: draftView(page.StepRules, wrongForm(free, ui.FieldError{Field: "limit", Code: page.LimitBad},
			ui.FieldError{Field: "hold", Code: page.HoldBad}, ui.FieldError{Field: "extension", Code: page.ExtensionBad})), Items: 12})},
		{Name: "draft_rules_conflict", Page: page.Rules(page.RulesView{DraftView: draftView(page.StepRules, conflictForm(free, pays))})},
		{Name: "draft_duplicate", Page: page.Duplicate(again)},
		{Name: "draft_duplicate_wrong", Page: page.Duplicate(doubt)},
	}
}

func draftItemSamples() []uitest.Sample {
	rows := []page.DraftItem{
		{ID: 31, SKU: "KTL-16", Title: "Enamel kettle, 1.6 litres", Price: ui.Money{Minor: 3_990, Currency: "EUR"}, List: ui.Money{Minor: 6_490, Currency: "EUR"}, Units: 12_000, Limit: 2, Hold: 10, Extension: 5, Edits: 2},
		{ID: 32, SKU: `"><b>`, Title: "Kettle & <b>lid</b>", Price: ui.Money{Minor: 100, Currency: "JPY"}, Limit: 1, Hold: 1},
	}
	items := func(change func(v *page.DraftView), some []page.DraftItem) page.ItemsView {
		return page.ItemsView{DraftView: draftView(page.StepItems, change), Items: some, Count: len(some), TakesPayment: true}
	}
	full, empty := items(wrongForm(map[string]string{"currency": "EUR", "limit": "1", "hold": "10", "extension": "0"}), rows), items(wrongForm(map[string]string{"currency": "CNY"}), nil)
	full.Before, full.More = "/sales/12/items?after=0", "/sales/12/items?after=200"
	empty.TakesPayment = false
	item := page.ItemView{DraftView: draftView(page.StepItems, wrongForm(typedItem())), Item: 31, SKU: "KTL-16", TakesPayment: true}
	clash := item
	changed := typedItem()
	changed["price"], changed["list"] = "29.90", ""
	clash.DraftView = draftView(page.StepItems, conflictForm(typedItem(), changed))
	pick := page.PickView{DraftView: draftView(page.StepItems, nil), Sales: []page.SaleRow{sale(9, page.TabOver, 0), sale(7, page.TabLive, 0)}}
	none := page.PickView{DraftView: draftView(page.StepItems, nil)}
	from := page.PickView{DraftView: draftView(page.StepItems, nil), From: sale(9, page.TabOver, 0), Items: rows, More: "/sales/12/pick?from=9&after=100"}
	file := page.ImportView{DraftView: draftView(page.StepItems, wrongForm(map[string]string{"currency": "EUR"})), MaxRows: 5000}
	bad := file
	bad.DraftView = draftView(page.StepItems, wrongForm(map[string]string{"currency": "EUR", "good": "yes"}, ui.FieldError{Field: "file", Code: page.RowsBad}, ui.FieldError{Field: "currency", Code: page.CurrencyBad}))
	bad.Good, bad.Bad = 1, badRows()
	every := file
	for n, code := range catalog.Codes() {
		every.Bad = append(every.Bad, page.BadRow{Line: n + 2, Code: code, Args: reasonArgs})
	}
	return []uitest.Sample{
		{Name: "draft_items", Page: page.Items(full)},
		{Name: "draft_items_empty", Page: page.Items(empty)},
		{Name: "draft_items_wrong", Page: page.Items(items(wrongForm(typedItem(), ui.FieldError{Field: "sku", Code: page.SKUTaken}), rows))},
		{Name: "draft_item", Page: page.Item(item)},
		{Name: "draft_item_conflict", Page: page.Item(clash)},
		{Name: "draft_pick", Page: page.Pick(pick)},
		{Name: "draft_pick_none", Page: page.Pick(none)},
		{Name: "draft_pick_from", Page: page.Pick(from)},
		{Name: "draft_import", Page: page.Import(file)},
		{Name: "draft_import_wrong", Page: page.Import(bad)},
		{Name: "draft_import_reasons", Page: page.Import(every)},
	}
}

// reasonArgs fill in whatever a reason asks for.
var reasonArgs = []any{
	"N", "3", "Cell", `"cell"`, "Character", `"character"`, "Length", "201", "Most", "200", "Line", "2", "Like", "12.99", "Least", "0.01", "Price", "12.50",
	"List", "9.99", "Currency", "EUR", "Digits", "2", "Header", "13", "Handle", `"handle"`, "Byte", "0xE9",
}

// badRows are worded by the page, but for one whose code it does not know.
func badRows() []page.BadRow {
	return []page.BadRow{
		{Line: 17, Column: "Variant Price", Code: "price_comma", Args: []any{"Cell", `"1,234.50"`, "Price", "1234.50"}},
		{Line: 1, Column: "column 2", Code: "quote_open"},
		{Line: 18, Column: "</td>", Reason: "the row has <b>3 cells</b>"},
		{Line: 19, Code: "cell_count", Args: []any{"N", "1", "Header", "13"}},
		{Line: 20, Code: "product_nothing", Args: []any{"Handle", `"<b>lid"`}},
		{Code: "more_problems", Args: []any{"N", "3"}},
	}
}

func goLiveSamples() []uitest.Sample {
	check := func(change func(v *page.CheckView), severities ...string) page.CheckView {
		v := page.CheckView{DraftView: draftView(page.StepCheck, nil), Seen: "1763690400000000"}
		for n, code := range page.FindingCodes {
			f := page.Finding{Code: code, Severity: severities[n%len(severities)], N: n + 1}
			if code == "no_units" {
				f.Item = 31
			}
			if code == "schema" {
				f.Note = "store: procedures/<x>.sql in the database is of another version: run `doorbuster apply`"
			}
			v.Findings = append(v.Findings, f)
		}
		if change != nil {
			change(&v)
		}
		return v
	}
	view := page.PreviewView{
		DraftView: draftView(page.StepPreview, nil), Description: "All must go.\n<b>All.</b>", Opens: opens, Closes: opens.Add(time.Hour), Zone: shanghai, TakesPayment: true,
		Items: []page.PreviewItem{
			{Title: "Enamel kettle", Body: "Boils.", Vendor: "Acme", Picture: ui.Picture{URL: "https://pictures.example/kettle.jpg"}, Price: ui.Money{Minor: 3_990, Currency: "EUR"}, List: ui.Money{Minor: 6_490, Currency: "EUR"}, Units: 1, Limit: 1, Hold: 1},
			{Title: "<b>Lid</b>", Price: ui.Money{Minor: 100, Currency: "JPY"}, Units: 12_000, Limit: 4, Hold: 10},
		},
		More: "/sales/12/preview?after=20",
	}
	bare := page.PreviewView{DraftView: draftView(page.StepPreview, func(v *page.DraftView) { v.MayChange = false }), Opens: opens, Closes: opens.Add(time.Hour), Zone: shanghai}
	return []uitest.Sample{
		{Name: "draft_check_blocked", Page: page.Check(check(nil, page.Blocks))},
		{Name: "draft_check_warned", Page: page.Check(check(nil, page.Warns, page.Fine))},
		{Name: "draft_check_mixed", Page: page.Check(check(nil, page.Blocks, page.Warns, page.Fine))},
		{Name: "draft_check_ready", Page: page.Check(check(nil, page.Fine))},
		{Name: "draft_check_viewer", Page: page.Check(check(func(v *page.CheckView) { v.MayChange = false }, page.Blocks, page.Fine))},
		{Name: "draft_preview", Page: page.Preview(view)},
		{Name: "draft_preview_empty", Page: page.Preview(bare)},
	}
}
