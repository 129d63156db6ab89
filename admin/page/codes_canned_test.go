package page_test

import (
	"time"

	"doorbuster/admin/page"
	"doorbuster/web/ui"
	"doorbuster/web/ui/uitest"
)

// codeSamples are the page of the access codes: with codes of every state, with none, with each form wrong and each outcome told.
func codeSamples() []uitest.Sample {
	view := func(change func(v *page.CodeListView)) uitest.Sample {
		early, gone := opens.Add(-time.Hour), now.Add(-time.Minute)
		v := page.CodeListView{
			Frame: in("/sales/9/codes", "sales"), Sale: 9, Title: "Friday kitchen <b>doorbuster</b>", Zone: shanghai, Members: &early, Opens: opens,
			Count: page.AccessCount{Codes: 4, Open: 1, Members: 103}, Typed: map[string]string{"uses": "100"}, More: "/sales/9/codes?before=12",
			Codes: []page.CodeRow{
				{ID: 15, Code: "SPRING26", Uses: 1, Allowed: 100_000, MadeAt: now, MadeBy: "Mei Lin"},
				{ID: 14, Code: "ACDEFGHJKMNP", Uses: 1, Allowed: 1, MadeAt: now, MadeBy: "<b>"},
				{ID: 13, Code: "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", Uses: 2, Allowed: 5, MadeAt: now, MadeBy: "Mei Lin", RevokedAt: &gone},
			},
		}
		change(&v)
		return uitest.Sample{Page: page.CodeList(v)}
	}
	name := func(name string, s uitest.Sample) uitest.Sample {
		s.Name = name
		return s
	}
	wrong := func(act string, errors ...ui.FieldError) func(v *page.CodeListView) {
		return func(v *page.CodeListView) {
			v.Act, v.Errors = act, errors
			v.Typed = map[string]string{"code": `"><script>`, "uses": "0", "count": "10001", "number": "x", "reason": ""}
		}
	}
	all := []uitest.Sample{
		name("access_codes", view(func(*page.CodeListView) {})),
		name("access_codes_none", view(func(v *page.CodeListView) { v.Codes, v.More, v.Members, v.Count = nil, "", nil, page.AccessCount{} })),
		name("access_codes_over", view(func(v *page.CodeListView) { v.Over = true })),
		name("access_codes_one_wrong", view(wrong(page.OneCode, ui.FieldError{Field: "code", Code: page.CodeBad}, ui.FieldError{Field: "uses", Code: page.CodeUsesBad}))),
		name("access_codes_one_taken", view(wrong(page.OneCode, ui.FieldError{Field: "code", Code: page.CodeTaken}))),
		name("access_codes_many_wrong", view(wrong(page.ManyCodes, ui.FieldError{Field: "count", Code: page.CodeCountBad}))),
		name("access_codes_full", view(wrong(page.ManyCodes, ui.FieldError{Field: "count", Code: page.CodesFull}))),
		name("access_codes_revoke_wrong", view(wrong("revoke", ui.FieldError{Field: "number", Code: page.CodeNumberBad}, ui.FieldError{Field: "reason", Code: page.ReasonMissing}))),
		name("access_codes_told_by_anybody", view(func(v *page.CodeListView) { v.Told = "<evil>" })),
	}
	for _, told := range page.CodesTold {
		all = append(all, name("access_codes_told_"+told, view(func(v *page.CodeListView) { v.Told = told })))
	}
	return all
}
