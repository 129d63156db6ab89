package admin

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"doorbuster/admin/page"
	"doorbuster/store"
	"doorbuster/web/ui"
	"doorbuster/web/wire"
)

// clocksApart is how far the clocks of database and console may be apart without a word. The database's clock opens every sale; the console's checks codes.
const clocksApart = 2 * time.Second

// findings is everything that is looked at before a sale goes live: what the database knows of the sale, and what the console knows of the installation.
func (s *Server) findings(ctx context.Context, by store.Actor, sale *store.ShownSale) ([]page.Finding, error) {
	known, err := s.store.CheckSale(ctx, by, sale.ID)
	if err != nil {
		return nil, err
	}
	if len(known) == 0 { // it has gone meanwhile
		return nil, store.ErrNotFound
	}
	var all []page.Finding
	for _, f := range known {
		one := page.Finding{Code: f.Code, Severity: f.Severity, N: f.Found}
		if f.ItemID != nil {
			one.Item = *f.ItemID
		}
		all = append(all, one)
	}
	payment := page.Finding{Code: "payment", Severity: page.Fine}
	if sale.TakesPayment && s.cfg.Sandbox {
		payment.Severity = page.Warns
	}
	durability, err := s.lookAt(page.Finding{Code: "durability", Severity: page.Blocks}, s.store.CheckDurability(ctx))
	if err != nil {
		return nil, err
	}
	if durability.Severity == page.Blocks && s.cfg.Lossy {
		durability.Severity = page.Warns
	}
	schema, err := s.lookAt(page.Finding{Code: "schema", Severity: page.Blocks}, s.store.CheckSchema(ctx))
	if err != nil {
		return nil, err
	}
	gap, err := s.store.ClockGap(ctx)
	if err != nil {
		return nil, err
	}
	return append(all, payment, durability, clocksFinding(gap), schema), nil
}

// lookAt makes a finding of a check's answer; a check that could not ask is an error.
func (s *Server) lookAt(f page.Finding, wrong error) (page.Finding, error) {
	var busy *store.BusyError
	var unknown *store.UnknownError
	switch {
	case wrong == nil:
		f.Severity = page.Fine
	case errors.As(wrong, &busy), errors.As(wrong, &unknown), errors.Is(wrong, context.Canceled):
		return f, wrong
	default:
		f.Note = wrong.Error()
	}
	return f, nil
}

func clocksFinding(gap time.Duration) page.Finding {
	f := page.Finding{Code: "clocks", Severity: page.Fine, N: int(gap.Abs().Round(time.Second) / time.Second)}
	if gap.Abs() > clocksApart {
		f.Severity = page.Warns
	}
	return f
}

func blocks(all []page.Finding) bool {
	for _, f := range all {
		if f.Severity == page.Blocks {
			return true
		}
	}
	return false
}

// seenAt is the state of a sale that a page shows: the instant of its last change.
func seenAt(sale *store.ShownSale) string { return strconv.FormatInt(sale.ChangedAt.UnixMicro(), 10) }

// toGoLive reads the sale of the path. One that is published already is led away from: then it is nil, and the answer was sent.
func (s *Server) toGoLive(a *reply, r *http.Request) (*store.ShownSale, error) {
	id, err := numberOf(r, "sale")
	if err != nil {
		return nil, err
	}
	sale, err := s.store.ShowSale(r.Context(), a.by(), id)
	if err != nil {
		return nil, err
	}
	if sale.State != "draft" && sale.State != "importing" {
		return nil, a.seeOther(salePath(id) + "?told=not_a_draft")
	}
	return &sale, nil
}

// showCheck shows the go-live check.
func (s *Server) showCheck(a *reply, r *http.Request) error {
	query, err := wire.ReadQuery(r, "told")
	if err != nil {
		return err
	}
	sale, err := s.toGoLive(a, r)
	if sale == nil {
		return err
	}
	v := page.CheckView{DraftView: a.draftView(sale, page.StepCheck, page.DraftPath(sale.ID, page.StepCheck)), Seen: seenAt(sale)}
	v.Told = query.Get("told")
	if v.Findings, err = s.findings(r.Context(), a.by(), sale); err != nil {
		return err
	}
	return a.page(r, http.StatusOK, page.Check(v))
}

// publish publishes a draft that nothing blocks, as the member has seen it. publish_sale refuses once more what blocks in the database.
func (s *Server) publish(a *reply, r *http.Request) error {
	form, err := wire.ReadForm(r, "seen")
	if err != nil {
		return err
	}
	sale, err := s.toGoLive(a, r)
	if sale == nil {
		return err
	}
	a.act = "sale publish"
	back := func(outcome string) error {
		a.outcome = outcome
		return a.seeOther(page.DraftPath(sale.ID, page.StepCheck) + "?told=" + outcome)
	}
	if form.Get("seen") != seenAt(sale) {
		return back(string(store.ChangedMeanwhile))
	}
	all, err := s.findings(r.Context(), a.by(), sale)
	if err != nil {
		return err
	}
	if blocks(all) {
		return back("blocked")
	}
	outcome, err := s.store.PublishSale(r.Context(), a.by(), sale.ID)
	if err != nil {
		return err
	}
	switch outcome {
	case store.NoItems, store.NoUnits, store.ClosesPast, store.MembersPast, store.NoCodes:
		return back(string(outcome))
	default:
		return a.toldAt(salePath(sale.ID), outcome, nil)
	}
}

// previewItems is how many items a page of the preview has.
const previewItems = 20

// showPreview shows a draft as shoppers will see it.
func (s *Server) showPreview(a *reply, r *http.Request) error {
	query, err := wire.ReadQuery(r, "after")
	if err != nil {
		return err
	}
	after, err := placeOf(query.Get("after"))
	if err != nil {
		return err
	}
	sale, err := s.toGoLive(a, r)
	if sale == nil {
		return err
	}
	path := page.DraftPath(sale.ID, page.StepPreview)
	v := page.PreviewView{
		DraftView: a.draftView(sale, page.StepPreview, path), Description: sale.Description, Opens: sale.OpensAt, Closes: sale.ClosesAt, Members: sale.MembersOpenAt, Zone: sale.TimeZone,
		TakesPayment: sale.TakesPayment,
	}
	items, err := s.store.ListSaleItems(r.Context(), a.by(), sale.ID, after, previewItems)
	if err != nil {
		return err
	}
	for _, i := range items {
		whole, err := s.store.ShowDraftItem(r.Context(), a.by(), sale.ID, i.ID)
		if errors.Is(err, store.ErrNotFound) {
			continue // removed meanwhile
		}
		if err != nil {
			return err
		}
		row := draftItems([]store.ShownItem{i})[0]
		v.Items = append(v.Items, page.PreviewItem{
			Title: i.Title, Body: whole.Body, Vendor: whole.Vendor, Picture: ui.Picture{URL: i.ImageURL}, Price: row.Price, List: row.List, Units: i.UnitsAllotted,
			Limit: i.LimitPerUser, Hold: i.HoldMinutes,
		})
	}
	if n := len(items); n == previewItems && items[n-1].Position < sale.Items {
		v.More = path + "?after=" + strconv.Itoa(items[n-1].Position)
	}
	return a.page(r, http.StatusOK, page.Preview(v))
}
