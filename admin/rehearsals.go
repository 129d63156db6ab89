package admin

import (
	"context"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"doorbuster/admin/page"
	"doorbuster/store"
	"doorbuster/web/ui"
	"doorbuster/web/wire"
)

func (s *Server) rehearsalRoutes() []route {
	return []route{
		{get, "/sales/{sale}/rehearsals", read, s.listRehearsals},
		{post, "/sales/{sale}/rehearsals", sell, s.beginRehearsal},
		{get, "/rehearsals/{rehearsal}", read, s.showRehearsal},
		{post, "/rehearsals/{rehearsal}/stop", sell, s.stopRehearsal},
		{post, "/rehearsals/{rehearsal}/delete", sell, s.deleteRehearsal},
		{get, "/rehearsals/{rehearsal}/picture", drawing, s.showRehearsalPicture},
	}
}

// The crowd that the form offers at first.
const (
	usualShoppers = 2000
	usualSeconds  = 10
)

func rehearsalsPath(sale uint64) string { return salePath(sale) + "/rehearsals" }

func rehearsalPath(rehearsal uint64) string {
	return "/rehearsals/" + strconv.FormatUint(rehearsal, 10)
}

// rehearsalTold are the outcomes that the page of a sale's rehearsals has words for.
var rehearsalTold = map[string]bool{string(store.Rehearsing): true, string(store.Deleted): true, string(store.NoSuchItem): true, page.NoRehearser: true}

// listRehearsals shows the rehearsals of a sale, and the form for another one.
func (s *Server) listRehearsals(a *reply, r *http.Request) error {
	sale, err := numberOf(r, "sale")
	if err != nil {
		return err
	}
	query, err := wire.ReadQuery(r, "told", "before")
	if err != nil {
		return err
	}
	v := page.RehearsalsView{Shoppers: strconv.Itoa(usualShoppers), Seconds: strconv.Itoa(usualSeconds)}
	if told := query.Get("told"); rehearsalTold[told] {
		v.Told = told
	}
	if text := query.Get("before"); text != "" {
		var ok bool
		if v.Before, ok = wire.Number(text); !ok {
			return refused(page.BadRequest)
		}
	}
	return s.sendRehearsals(a, r, http.StatusOK, sale, v)
}

// sendRehearsals sends the page of a sale's rehearsals with what v has already.
func (s *Server) sendRehearsals(a *reply, r *http.Request, status int, sale uint64, v page.RehearsalsView) error {
	one, err := s.store.ShowSale(r.Context(), a.by(), sale)
	if err != nil {
		return err
	}
	items, err := s.store.ListSaleItems(r.Context(), a.by(), sale, 0, itemsPerPage)
	if err != nil {
		return err
	}
	all, err := s.store.ListRehearsals(r.Context(), a.by(), sale, v.Before, perPage+1)
	if err != nil {
		return err
	}
	v.Frame, v.Sale, v.Title = a.frame(rehearsalsPath(sale), "sales"), sale, one.Title
	v.MayBegin, v.Ready = a.may("sell"), s.cfg.Rehearser != nil
	for _, i := range items {
		if i.UnitsAllotted > 0 {
			v.Items = append(v.Items, page.RehearsalItem{ID: i.ID, Title: i.Title, Units: i.UnitsAllotted})
		}
	}
	if len(all) > perPage {
		all = all[:perPage]
		v.More = rehearsalsPath(sale) + "?before=" + strconv.FormatUint(all[perPage-1].ID, 10)
	}
	for _, one := range all {
		v.Rehearsals = append(v.Rehearsals, rehearsalRow(one))
	}
	return a.page(r, status, page.Rehearsals(v))
}

func rehearsalRow(one store.Rehearsal) page.RehearsalRow {
	row := page.RehearsalRow{
		ID: one.ID, Sale: one.SaleID, Item: one.ItemTitle, Zone: one.TimeZone, Shoppers: one.Shoppers, Seconds: one.Seconds, State: one.State, Phase: one.Phase,
		Done: one.PhaseDone, Total: one.PhaseTotal, StopAsked: one.StopAsked, Trouble: one.Trouble, Actor: one.Actor, Began: one.BeganAt, Ended: one.EndedAt,
	}
	if one.Verdict != nil {
		row.Verdict = *one.Verdict
	}
	if one.Silent { // nobody plays it any more; the next that begins will say so in the database
		row.State, row.Trouble = page.RehearsalFailed, page.Interrupted
	}
	return row
}

// beginRehearsal begins one, which this process plays while the answer leads to its page.
func (s *Server) beginRehearsal(a *reply, r *http.Request) error {
	sale, err := numberOf(r, "sale")
	if err != nil {
		return err
	}
	form, err := wire.ReadForm(r, "item", "shoppers", "seconds")
	if err != nil {
		return err
	}
	v := page.RehearsalsView{Item: form.Get("item"), Shoppers: form.Get("shoppers"), Seconds: form.Get("seconds")}
	number := func(field, text, code string, most uint64) int {
		n, ok := wire.Number(strings.TrimSpace(text))
		if !ok || n < 1 || n > most {
			v.Errors = append(v.Errors, ui.FieldError{Field: field, Code: code})
			return 0
		}
		return int(n)
	}
	plan := store.RehearsalPlan{Sale: sale}
	var ok bool
	if plan.Item, ok = wire.Number(v.Item); !ok {
		v.Errors = append(v.Errors, ui.FieldError{Field: "item", Code: page.ItemMissing})
	}
	plan.Shoppers = number("shoppers", v.Shoppers, page.ShoppersBad, store.MaxRehearsalShoppers)
	plan.Seconds = number("seconds", v.Seconds, page.SecondsBad, store.MaxRehearsalSeconds)
	if len(v.Errors) > 0 {
		return s.sendRehearsals(a, r, http.StatusBadRequest, sale, v)
	}
	if s.cfg.Rehearser == nil {
		if _, err := s.store.ShowSale(r.Context(), a.by(), sale); err != nil { // another shop's sale is no sale
			return err
		}
		return a.seeOther(rehearsalsPath(sale) + "?told=" + page.NoRehearser)
	}
	a.act = "rehearsal begun"
	begun, err := s.store.BeginRehearsal(r.Context(), a.by(), plan)
	if err != nil {
		return err
	}
	a.outcome = string(begun.Outcome)
	switch begun.Outcome {
	case store.NotAllowed:
		return refused(page.NotAllowed)
	case store.NoSuchSale:
		return refused(page.NotFound)
	case store.BadCrowd:
		return refused(page.BadRequest)
	case store.Begun:
		return s.playRehearsal(a, *begun.RehearsalID, plan)
	default:
		return a.seeOther(rehearsalsPath(sale) + "?told=" + string(begun.Outcome))
	}
}

// playRehearsal has a rehearsal played that has begun, and leads to its page.
func (s *Server) playRehearsal(a *reply, id uint64, plan store.RehearsalPlan) error {
	p := &rehearsal{server: s, id: id, plan: plan, by: a.by(), phase: "prepare"}
	if !s.crew.take(p.run) {
		// The console stops: what was begun ends here, so that nobody waits for it.
		ctx, cancel := context.WithTimeout(context.Background(), endTime)
		defer cancel()
		if _, err := s.store.EndRehearsal(ctx, id, store.RehearsalEnd{State: "stopped"}); err != nil {
			return err
		}
	}
	return a.seeOther(rehearsalPath(id))
}

// showRehearsal shows how far one is, or what came of it.
func (s *Server) showRehearsal(a *reply, r *http.Request) error {
	id, err := numberOf(r, "rehearsal")
	if err != nil {
		return err
	}
	query, err := wire.ReadQuery(r, "told")
	if err != nil {
		return err
	}
	one, err := s.store.ShowRehearsal(r.Context(), a.by(), id)
	if err != nil {
		return err
	}
	v := page.RehearsalView{Frame: a.frame(rehearsalPath(id), "sales"), Rehearsal: rehearsalRow(one), MayChange: a.may("sell"), Picture: one.Picture != nil}
	if told := query.Get("told"); told == string(store.Stop) || told == string(store.Rehearsing) || told == string(store.Over) {
		v.Told = told
	}
	if one.Report != nil {
		var report RehearsalReport
		if err := json.Unmarshal([]byte(*one.Report), &report); err != nil {
			return err
		}
		v.Report = reportView(report)
	}
	return a.page(r, http.StatusOK, page.Rehearsal(v))
}

func reportView(report RehearsalReport) *page.RehearsalReport {
	v := &page.RehearsalReport{
		Units: report.Units, Accepted: report.Accepted, Paid: report.Paid, GaveUp: report.GaveUp, InDoubt: report.InDoubt, NotSent: report.NotSent,
		SoldOut: report.SoldOut, PerCommit: report.PerCommit, Took: report.Took, Busy: report.Busy,
	}
	for _, outcome := range slices.Sorted(maps.Keys(report.Refused)) {
		v.Refused = append(v.Refused, page.RehearsalCount{Outcome: outcome, N: report.Refused[outcome]})
	}
	for _, l := range report.Latency {
		v.Latency = append(v.Latency, page.RehearsalLatency{Name: l.Name, Count: l.Count, P50: l.P50, P99: l.P99, Max: l.Max})
	}
	for _, c := range report.Checks {
		v.Checks = append(v.Checks, page.RehearsalCheck{Name: c.Name, Result: c.Result, Detail: c.Detail})
	}
	return v
}

// showRehearsalPicture sends the drawing of a rush. It has a style of its own, and may do nothing.
func (s *Server) showRehearsalPicture(a *reply, r *http.Request) error {
	id, err := numberOf(r, "rehearsal")
	if err != nil {
		return err
	}
	one, err := s.store.ShowRehearsal(r.Context(), a.by(), id)
	if err != nil {
		return err
	}
	if one.Picture == nil {
		return refused(page.NotFound)
	}
	h := a.Header()
	h.Set("Content-Type", "image/svg+xml")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; sandbox")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "private, no-store")
	_, err = io.WriteString(a, *one.Picture)
	return err
}

// stopRehearsal asks one to stop.
func (s *Server) stopRehearsal(a *reply, r *http.Request) error {
	id, err := numberOf(r, "rehearsal")
	if err != nil {
		return err
	}
	if _, err := wire.ReadForm(r); err != nil {
		return err
	}
	a.act = "rehearsal stopped"
	outcome, err := s.store.StopRehearsal(r.Context(), a.by(), id)
	if err != nil {
		return err
	}
	return a.toldRehearsal(id, outcome)
}

// deleteRehearsal deletes one that has ended.
func (s *Server) deleteRehearsal(a *reply, r *http.Request) error {
	id, err := numberOf(r, "rehearsal")
	if err != nil {
		return err
	}
	if _, err := wire.ReadForm(r); err != nil {
		return err
	}
	a.act = "rehearsal deleted"
	deleted, err := s.store.DeleteRehearsal(r.Context(), a.by(), id)
	if err != nil {
		return err
	}
	if deleted.Outcome == store.Deleted {
		a.outcome = string(deleted.Outcome)
		return a.seeOther(rehearsalsPath(*deleted.SaleID) + "?told=" + string(deleted.Outcome))
	}
	return a.toldRehearsal(id, deleted.Outcome)
}

// toldRehearsal leads back to the page of a rehearsal, which tells what came of a form.
func (a *reply) toldRehearsal(id uint64, outcome store.Outcome) error {
	a.outcome = string(outcome)
	switch outcome {
	case store.NotAllowed:
		return refused(page.NotAllowed)
	case store.NoSuchRehearsal:
		return refused(page.NotFound)
	default:
		return a.seeOther(rehearsalPath(id) + "?told=" + string(outcome))
	}
}
