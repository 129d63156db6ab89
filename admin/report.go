package admin

import (
	"errors"
	"net/http"
	"strconv"
	"time"

	"doorbuster/admin/page"
	"doorbuster/store"
	"doorbuster/web/ui"
	"doorbuster/web/wire"
)

func (s *Server) reportRoutes() []route {
	return []route{{get, "/sales/{sale}/report", read, s.showReport}}
}

const (
	// reportItems is how many items stand on one page of a report.
	reportItems = 200
	// fairSlack is by how much somebody may come later and still be served before: what a press needs on its way.
	fairSlack = time.Second
	// mostBars is how many steps of time a report draws at most.
	mostBars = 60
)

// barSteps are the steps in which a report shows time, so that people can count in them.
var barSteps = []time.Duration{
	time.Second, 2 * time.Second, 5 * time.Second, 10 * time.Second, 30 * time.Second, time.Minute, 5 * time.Minute, 10 * time.Minute, 30 * time.Minute,
	time.Hour, 6 * time.Hour, 24 * time.Hour,
}

// stepFor is the shortest step that shows a span of time in at most mostBars bars; for what is longer, bars get longer by whole days.
func stepFor(span time.Duration) time.Duration {
	for _, step := range barSteps {
		if span <= mostBars*step {
			return step
		}
	}
	day := 24 * time.Hour
	return (span/mostBars + day - 1).Truncate(day)
}

// showReport shows what a sale came to, on a page that can be printed.
func (s *Server) showReport(a *reply, r *http.Request) error {
	sale, err := numberOf(r, "sale")
	if err != nil {
		return err
	}
	query, err := wire.ReadQuery(r, "after")
	if err != nil {
		return err
	}
	after := uint64(0)
	if text := query.Get("after"); text != "" {
		var ok bool
		if after, ok = wire.Number(text); !ok || after > maxUnits {
			return refused(page.BadRequest)
		}
	}
	path := salePath(sale) + "/report"
	v := page.ReportView{Frame: a.frame(path, "sales")}
	one, err := s.store.ShowReport(r.Context(), a.by(), sale)
	if err != nil {
		return err
	}
	reportFacts(&v, one)
	if err := s.reportTime(a, r, &v, one); err != nil {
		return err
	}
	return s.sendReport(a, r, path, v, int(after))
}

func reportFacts(v *page.ReportView, one store.SaleReport) {
	v.Sale = page.SaleRow{
		ID: one.ID, Title: one.Title, Tab: one.Tab, Opens: one.OpensAt, Closes: one.ClosesAt, Zone: one.TimeZone, Items: one.Items, Allotted: one.UnitsAllotted,
		Left: one.UnitsAvailable, TakesPayment: one.TakesPayment,
	}
	v.Starts = one.StartsAt
	v.Held, v.Sold, v.Ended, v.Now = one.UnitsHeld, one.UnitsSold, one.EndedAt, one.DatabaseTime
	v.Orders, v.Paid, v.Unpaid, v.Cancelled = one.Orders, one.OrdersPaid, one.OrdersHeld, one.OrdersCancelled
	v.Expired, v.Refunded, v.Buyers = one.OrdersExpired, one.OrdersRefunded, one.Buyers
	v.First, v.Last = one.FirstPlacedAt, one.LastPlacedAt
	v.Findings, v.LookedAt = one.OpenFindings, one.LookedAt
}

// reportTime reads how the sale went over time.
func (s *Server) reportTime(a *reply, r *http.Request, v *page.ReportView, one store.SaleReport) error {
	if one.LastPlacedAt == nil {
		return nil
	}
	step := stepFor(one.LastPlacedAt.Sub(one.StartsAt))
	steps, err := s.store.ListReportSteps(r.Context(), a.by(), one.ID, step)
	if err != nil {
		return err
	}
	v.Step = step
	last := int(one.LastPlacedAt.Sub(one.StartsAt) / step)
	for _, at := range steps {
		if at.Step > last { // what came back after the last order has no bar: it stands in the sums
			continue
		}
		v.Bars = append(v.Bars, page.ReportBar{Step: at.Step, Starts: at.StartsAt, Placed: at.UnitsPlaced, Paid: at.UnitsPaid, Back: at.UnitsBack})
	}
	return nil
}

// sendReport reads the rest and sends the page.
func (s *Server) sendReport(a *reply, r *http.Request, path string, v page.ReportView, after int) error {
	ctx, sale := r.Context(), v.Sale.ID
	money, err := s.store.ListReportMoney(ctx, a.by(), sale)
	if err != nil {
		return err
	}
	for _, m := range money {
		v.Money = append(v.Money, page.ReportMoney{
			Paid: ui.Money{Minor: m.PaidCents, Currency: m.Currency}, Refunded: ui.Money{Minor: m.RefundedCents, Currency: m.Currency},
			Held: ui.Money{Minor: m.HeldCents, Currency: m.Currency},
		})
	}
	answers, err := s.store.ListReportAnswers(ctx, a.by(), sale)
	if err != nil {
		return err
	}
	for _, one := range answers {
		v.Answers = append(v.Answers, page.ReportAnswer{Outcome: one.Outcome, N: one.Answers})
	}
	fair, err := s.store.ShowReportFairness(ctx, a.by(), sale, fairSlack)
	switch {
	case errors.Is(err, store.ErrNotFound): // nothing was ordered
	case err != nil:
		return err
	default:
		v.Fair = &page.ReportFairness{
			Winners: fair.Winners, First: fair.FirstMS, Half: fair.HalfMS, Ninety: fair.NinetyMS, Last: fair.LastMS, Overtaken: fair.Overtaken, Worst: fair.WorstMS,
		}
	}
	items, err := s.store.ListReportItems(ctx, a.by(), sale, after, reportItems+1)
	if err != nil {
		return err
	}
	if len(items) > reportItems {
		items = items[:reportItems]
		v.More = path + "?after=" + strconv.Itoa(items[reportItems-1].Position)
	}
	for _, i := range items {
		v.Items = append(v.Items, page.ReportItem{
			ID: i.ID, SKU: i.SKU, Title: i.Title, Allotted: i.UnitsAllotted, Sold: i.UnitsSold, Held: i.UnitsHeld, Left: i.UnitsLeft, Orders: i.Orders,
			Revenue: ui.Money{Minor: i.RevenueCents, Currency: i.Currency},
		})
	}
	return a.page(r, http.StatusOK, page.Report(v))
}
