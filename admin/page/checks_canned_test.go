package page_test

import (
	"strings"
	"time"

	"doorbuster/admin/page"
	"doorbuster/web/ui"
	"doorbuster/web/ui/uitest"
)

const plan = "shard 1: 2 from outside to available, shard 1: 2 from available to outside; 2 fewer on the shelf"

func finding(id uint64, invariant, state string) page.FindingRow {
	f := page.FindingRow{
		ID: id, Invariant: invariant, Subject: "shard 1", Endangers: true, Expected: "shard 1: 40", Found: "42", Repair: plan, State: state, First: now.Add(-time.Hour), Last: now,
		WhatToDo: "pause the item; compare the last ledger lines of the shard with the binary log", Item: 31, Sale: 9, ItemTitle: "Over-ear <b>Headphones</b>",
		SaleTitle: "Friday kitchen doorbuster", Zone: shanghai,
	}
	at := now.Add(-time.Minute)
	switch state {
	case page.FindingOpen:
		f.Paused = &at
	case page.FindingApproved:
		f.Ended, f.By, f.Reason = &at, "Mei Lin", `Bob raised it "by hand" <script>`
	default:
		f.Ended = &at
	}
	return f
}

// checkSamples are the pages of the checks.
func checkSamples() []uitest.Sample {
	gone := finding(6, "I5 lines", page.FindingOpen)
	gone.Endangers, gone.Sale, gone.ItemTitle, gone.SaleTitle, gone.Zone, gone.Repair, gone.Paused = false, 0, "", "", "UTC", "", nil
	var every []page.FindingRow
	for i, code := range page.Invariants {
		every = append(every, finding(uint64(20-i), strings.ToUpper(code)+" as the audit names it", page.FindingOpen))
	}
	every = append(every, gone, finding(5, "X9 of tomorrow", page.FindingGone), finding(4, "I1 shelf", page.FindingApproved))
	items, orders, lines := int64(1_000), int64(48_201), int64(96_912)
	run := page.RunRow{ID: 12, Began: now.Add(-1400 * time.Millisecond), Ended: now, Items: &items, Orders: &orders, Lines: &lines, Findings: 2, Fresh: 1}
	covered := page.RunRow{ID: 11, Began: now.Add(-time.Minute), Ended: now.Add(-time.Minute)}
	sealed, since := now.Add(-2*time.Second), now.Add(-5*time.Minute)
	seals := page.SealView{Seq: 96_912, Hash: strings.Repeat("0610f696defe1960", 4), At: &sealed, Waiting: 3, Since: &sealed}
	late := seals
	late.Waiting, late.Since, late.Late = 1000, &since, true
	return append([]uitest.Sample{
		{Name: "checks", Page: page.Checks(page.ChecksView{Frame: in("/checks", "checks"), Seals: seals, Runs: []page.RunRow{run, covered}})},
		{Name: "checks_new", Page: page.Checks(page.ChecksView{Frame: in("/checks", "checks")})},
		{Name: "checks_broken", Page: page.Checks(page.ChecksView{
			Frame: in("/checks", "checks"), Open: every[:9], MoreOpen: "/checks/findings?state=open", Seals: late, Runs: []page.RunRow{run}, Repairs: []page.FindingRow{finding(4, "I1 shelf", page.FindingApproved)},
		})},
		{Name: "findings", Page: page.FindingList(page.FindingListView{Frame: in("/checks/findings", "checks"), Findings: every, More: "/checks/findings?before=4"})},
		{Name: "findings_none", Page: page.FindingList(page.FindingListView{Frame: in("/checks/findings?state=gone", "checks"), State: page.FindingGone})},
		{Name: "findings_never", Page: page.FindingList(page.FindingListView{Frame: in("/checks/findings", "checks"), State: "of_tomorrow"})},
		{Name: "runs", Page: page.RunList(page.RunListView{Frame: in("/checks/runs", "checks"), Runs: []page.RunRow{run, covered}, More: "/checks/runs?before=11"})},
		{Name: "runs_none", Page: page.RunList(page.RunListView{Frame: in("/checks/runs", "checks")})},
	}, findingSamples(gone)...)
}

func findingSamples(gone page.FindingRow) []uitest.Sample {
	show := func(f page.FindingRow, outcome string, change func(v *page.FindingView)) page.FindingView {
		v := page.FindingView{Frame: in("/checks/findings/7", "checks"), Finding: f, Outcome: outcome, MayApprove: true}
		if outcome == page.RepairOffered {
			v.Lines = []page.RepairRow{
				{Line: 0, Shard: 1, Units: 2, From: "outside", To: "available", Before: 42, After: 40}, {Line: 1, Shard: 1, Units: 2, From: "available", To: "outside", Before: 42, After: 40},
			}
			for i, name := range page.BookNames {
				v.Books = append(v.Books, page.BookRow{Name: name, Before: 1_000, After: 1_000 - 2*int64(i%2)})
			}
		}
		if change != nil {
			change(&v)
		}
		return v
	}
	open := finding(7, "I1 ledger of a shard = available", page.FindingOpen)
	all := []uitest.Sample{
		{Name: "finding", Page: page.FindingShow(show(open, page.RepairOffered, nil))},
		{Name: "finding_looked_at", Page: page.FindingShow(show(open, page.RepairOffered, func(v *page.FindingView) { v.MayApprove = false }))},
		{Name: "finding_wrong", Page: page.FindingShow(show(open, page.RepairOffered, func(v *page.FindingView) {
			v.Reason, v.Errors = `"><script>`, ui.FieldErrors{{Field: "reason", Code: page.ReasonBad}}
		}))},
		{Name: "finding_changed", Page: page.FindingShow(show(open, page.RepairChanged, nil))},
		{Name: "finding_gone_now", Page: page.FindingShow(show(open, page.FindingGone, nil))},
		{Name: "finding_no_repair", Page: page.FindingShow(show(gone, "", nil))},
		{Name: "finding_gone", Page: page.FindingShow(show(finding(5, "X9 of tomorrow", page.FindingGone), "", nil))},
		{Name: "finding_approved", Page: page.FindingShow(show(finding(4, "I3 sums", page.FindingApproved), "", func(v *page.FindingView) { v.Told = "approved" }))},
		{Name: "finding_told_by_anybody", Page: page.FindingShow(show(open, page.RepairOffered, func(v *page.FindingView) { v.Told = "<evil>" }))},
	}
	for _, told := range page.FindingTold {
		all = append(all, uitest.Sample{Name: "finding_told_" + told, Page: page.FindingShow(show(open, page.RepairOffered, func(v *page.FindingView) { v.Told = told }))})
	}
	return all
}
