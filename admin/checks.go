package admin

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"doorbuster/admin/page"
	"doorbuster/store"
	"doorbuster/web/ui"
	"doorbuster/web/wire"
)

const (
	checkRuns    = 5
	checkRepairs = 10
	lateSeal     = time.Minute // how long a line may wait for its seal before it is said to be late
	maxRepair    = 1000        // characters of a repair, as in the table
)

func (s *Server) checkRoutes() []route {
	return []route{
		{get, "/checks", read, s.showChecks},
		{get, "/checks/runs", read, s.listRuns},
		{get, "/checks/findings", read, s.listFindings},
		{get, "/checks/findings/{finding}", read, s.showFinding},
		{post, "/checks/findings/{finding}/approve", sell, s.approveRepair},
	}
}

// showChecks shows what does not add up, how far the ledger is sealed, the last runs of the audit and the last repairs.
func (s *Server) showChecks(a *reply, r *http.Request) error {
	if _, err := wire.ReadQuery(r); err != nil {
		return err
	}
	ctx := r.Context()
	open, err := s.store.ListFindings(ctx, a.by(), page.FindingOpen, 0, perPage+1)
	if err != nil {
		return err
	}
	seals, err := s.store.ShowSeals(ctx, a.by())
	if err != nil {
		return err
	}
	runs, err := s.store.ListRuns(ctx, a.by(), 0, checkRuns)
	if err != nil {
		return err
	}
	repairs, err := s.store.ListFindings(ctx, a.by(), page.FindingApproved, 0, checkRepairs)
	if err != nil {
		return err
	}
	v := page.ChecksView{Frame: a.frame("/checks", "checks"), Seals: sealView(seals), Runs: runRows(runs), Repairs: findingRows(repairs)}
	if len(open) > perPage {
		open, v.MoreOpen = open[:perPage], "/checks/findings?state=open"
	}
	v.Open = findingRows(open)
	return a.page(r, http.StatusOK, page.Checks(v))
}

func sealView(h store.SealHead) page.SealView {
	v := page.SealView{Seq: h.Seq, Hash: h.Hash, At: h.At, Waiting: h.Waiting, Since: h.WaitingSince}
	v.Late = h.WaitingSince != nil && h.DatabaseTime.Sub(*h.WaitingSince) > lateSeal
	return v
}

func runRows(runs []store.ShownRun) []page.RunRow {
	rows := make([]page.RunRow, len(runs))
	for i, r := range runs {
		rows[i] = page.RunRow{ID: r.ID, Began: r.BeganAt, Ended: r.EndedAt, Items: r.Items, Orders: r.Orders, Lines: r.LedgerLines, Findings: r.Findings, Fresh: r.Fresh}
	}
	return rows
}

func findingRows(findings []store.ShownFinding) []page.FindingRow {
	rows := make([]page.FindingRow, len(findings))
	for i, f := range findings {
		rows[i] = findingRow(f)
	}
	return rows
}

func findingRow(f store.ShownFinding) page.FindingRow {
	row := page.FindingRow{
		ID: f.ID, Invariant: f.Invariant, Subject: f.Subject, Endangers: f.Endangers, Expected: f.Expected, Found: f.Found, WhatToDo: f.WhatToDo, Repair: f.Repair,
		State: f.State, First: f.FirstSeen, Last: f.LastSeen, Paused: f.PausedAt, Ended: f.EndedAt, Item: f.ItemID, Zone: "UTC",
	}
	for to, from := range map[*string]*string{&row.By: f.ApprovedBy, &row.Reason: f.Reason, &row.ItemTitle: f.ItemTitle, &row.SaleTitle: f.SaleTitle, &row.Zone: f.TimeZone} {
		if from != nil {
			*to = *from
		}
	}
	if f.SaleID != nil {
		row.Sale = *f.SaleID
	}
	return row
}

// beforeOf reads the number that the page before ended with; 0 for the first page.
func beforeOf(query url.Values) (uint64, error) {
	text := query.Get("before")
	if text == "" {
		return 0, nil
	}
	before, ok := wire.Number(text)
	if !ok {
		return 0, refused(page.BadRequest)
	}
	return before, nil
}

// listRuns shows the runs of the audit, newest first.
func (s *Server) listRuns(a *reply, r *http.Request) error {
	query, err := wire.ReadQuery(r, "before")
	if err != nil {
		return err
	}
	before, err := beforeOf(query)
	if err != nil {
		return err
	}
	runs, err := s.store.ListRuns(r.Context(), a.by(), before, perPage+1)
	if err != nil {
		return err
	}
	v := page.RunListView{Frame: a.frame("/checks/runs", "checks")}
	if len(runs) > perPage {
		runs = runs[:perPage]
		v.More = "/checks/runs?before=" + strconv.FormatUint(runs[perPage-1].ID, 10)
	}
	v.Runs = runRows(runs)
	return a.page(r, http.StatusOK, page.RunList(v))
}

// listFindings shows the findings of a state, newest first.
func (s *Server) listFindings(a *reply, r *http.Request) error {
	query, err := wire.ReadQuery(r, "state", "before")
	if err != nil {
		return err
	}
	before, err := beforeOf(query)
	if err != nil {
		return err
	}
	state := query.Get("state")
	if !slices.Contains(page.FindingStates, state) {
		return refused(page.BadRequest)
	}
	findings, err := s.store.ListFindings(r.Context(), a.by(), state, before, perPage+1)
	if err != nil {
		return err
	}
	filter := url.Values{}
	if state != "" {
		filter.Set("state", state)
	}
	v := page.FindingListView{Frame: a.frame(withQuery("/checks/findings", filter), "checks"), State: state}
	if len(findings) > perPage {
		findings = findings[:perPage]
		filter.Set("before", strconv.FormatUint(findings[perPage-1].ID, 10))
		v.More = withQuery("/checks/findings", filter)
	}
	v.Findings = findingRows(findings)
	return a.page(r, http.StatusOK, page.FindingList(v))
}

func findingPath(finding uint64) string {
	return "/checks/findings/" + strconv.FormatUint(finding, 10)
}

// showFinding shows one finding, and what its repair would write now.
func (s *Server) showFinding(a *reply, r *http.Request) error {
	finding, err := numberOf(r, "finding")
	if err != nil {
		return err
	}
	query, err := wire.ReadQuery(r, "told")
	if err != nil {
		return err
	}
	return s.sendFinding(a, r, http.StatusOK, finding, page.FindingView{Told: query.Get("told")})
}

// sendFinding sends the page of a finding with what v has already: a form that was wrong, something to tell.
func (s *Server) sendFinding(a *reply, r *http.Request, status int, finding uint64, v page.FindingView) error {
	f, err := s.store.ShowFinding(r.Context(), a.by(), finding)
	if err != nil {
		return err
	}
	v.Frame, v.Finding, v.MayApprove = a.frame(findingPath(finding), "checks"), findingRow(f), a.may("sell")
	if f.State == page.FindingOpen && f.Repair != "" {
		p, err := s.store.PreviewRepair(r.Context(), a.by(), finding)
		if err != nil && !errors.Is(err, store.ErrNotFound) { // the item has just gone: there is no repair
			return err
		}
		v.Outcome = string(p.Outcome)
		v.Lines, v.Books = repairRows(p.Lines), bookRows(p.Before, p.After)
	}
	return a.page(r, status, page.FindingShow(v))
}

func repairRows(lines []store.RepairLine) []page.RepairRow {
	rows := make([]page.RepairRow, len(lines))
	for i, l := range lines {
		rows[i] = page.RepairRow{Line: l.Line, Shard: l.Shard, Units: l.Units, From: l.From, To: l.To, Before: l.ShelfBefore, After: l.ShelfAfter}
	}
	return rows
}

func bookRows(before, after store.Books) []page.BookRow {
	return []page.BookRow{
		{Name: "allotted", Before: before.Allotted, After: after.Allotted},
		{Name: "sold", Before: before.Sold, After: after.Sold},
		{Name: "held", Before: before.Held, After: after.Held},
		{Name: "shelf", Before: before.Available, After: after.Available},
		{Name: "ledger", Before: before.Ledger, After: after.Ledger},
	}
}

// approveRepair lets the repair be made that the member has read. The page sends along what it showed: a repair that was offered meanwhile is another one.
func (s *Server) approveRepair(a *reply, r *http.Request) error {
	finding, err := numberOf(r, "finding")
	if err != nil {
		return err
	}
	form, err := wire.ReadForm(r, "shown", "reason")
	if err != nil {
		return err
	}
	shown := form.Get("shown")
	if shown == "" || len(shown) > maxRepair {
		return refused(page.BadRequest)
	}
	v := page.FindingView{Reason: form.Get("reason")}
	reason, code := reasonOf(v.Reason)
	if code != "" {
		v.Errors = ui.FieldErrors{{Field: "reason", Code: code}}
		return s.sendFinding(a, r, http.StatusBadRequest, finding, v)
	}
	a.act = "repair approved"
	done, err := s.store.ApproveRepair(r.Context(), a.by(), finding, shown, reason)
	if err != nil {
		return err
	}
	a.outcome = string(done.Outcome)
	switch done.Outcome {
	case store.NotAllowed:
		return refused(page.NotAllowed)
	case store.NoSuchFinding:
		return refused(page.NotFound)
	default:
		return a.seeOther(findingPath(finding) + "?told=" + string(done.Outcome))
	}
}
