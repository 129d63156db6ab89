package admin

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"doorbuster/admin/page"
	"doorbuster/store"
	"doorbuster/web/ui"
	"doorbuster/web/wire"
)

// untilTime is how the moment of a preview goes to the form and back, to the microsecond.
const untilTime = "2006-01-02T15:04:05.000000Z"

// bulkState is the state of the orders that an act is for; a resend has the one that was chosen.
func bulkState(kind, state string) string {
	switch kind {
	case page.TaskCancel:
		return "held"
	case page.TaskRefund:
		return "paid"
	default:
		return state
	}
}

// bulkOf reads what to do to which orders.
func bulkOf(values url.Values) (page.BulkView, error) {
	v := page.BulkView{Kind: values.Get("kind"), State: values.Get("state"), Restock: values.Get("restock") == "1"}
	if v.Kind != "" && !slices.Contains(page.BulkKinds, v.Kind) || !orderStates[v.State] {
		return v, refused(page.BadRequest)
	}
	if text := values.Get("sale"); text != "" {
		var ok bool
		if v.Sale, ok = wire.Number(text); !ok {
			return v, refused(page.BadRequest)
		}
	}
	return v, nil
}

// showBulk asks what to do, and says to how many orders once that is known.
func (s *Server) showBulk(a *reply, r *http.Request) error {
	query, err := wire.ReadQuery(r, "kind", "sale", "state", "restock", "told")
	if err != nil {
		return err
	}
	v, err := bulkOf(query)
	if err != nil {
		return err
	}
	v.Told = query.Get("told")
	v.Frame = a.frame(withQuery("/exports/bulk", only(query, "kind", "sale", "state", "restock")), "exports")
	return s.sendBulk(a, r, http.StatusOK, v)
}

// sendBulk sends the form with what v has already, and counts the orders if it is known which.
func (s *Server) sendBulk(a *reply, r *http.Request, status int, v page.BulkView) (err error) {
	if v.Sales, err = s.saleChoices(a, r, v.Sale); err != nil {
		return err
	}
	if v.Kind == "" || v.Sale == 0 {
		return a.page(r, status, page.Bulk(v))
	}
	for _, sale := range v.Sales {
		if sale.ID == v.Sale {
			v.Title = sale.Title
		}
	}
	counts, err := s.store.CountOrders(r.Context(), a.by(), v.Sale, bulkState(v.Kind, v.State))
	if err != nil {
		return err
	}
	for _, c := range counts {
		v.Counts = append(v.Counts, page.CountRow{Orders: c.Orders, Units: c.Units, Total: ui.Money{Minor: c.TotalCents, Currency: c.Currency}})
		v.Until = c.DatabaseTime.Format(untilTime)
	}
	return a.page(r, status, page.Bulk(v))
}

// beginBulk begins to do the same to many orders, when the member has typed how many.
func (s *Server) beginBulk(a *reply, r *http.Request) error {
	form, err := wire.ReadForm(r, "kind", "sale", "state", "restock", "until", "most", "reason", "confirm")
	if err != nil {
		return err
	}
	v, err := bulkOf(form)
	if err != nil {
		return err
	}
	until, err := time.Parse(untilTime, form.Get("until"))
	most, ok := wire.Number(form.Get("most"))
	if err != nil || !ok || most < 1 || most > 1<<31 || v.Kind == "" || v.Sale == 0 {
		return refused(page.BadRequest)
	}
	v.Frame = a.frame(withQuery("/exports/bulk", only(form, "kind", "sale", "state", "restock")), "exports")
	v.Reason, v.Confirm = form.Get("reason"), form.Get("confirm")
	reason, code := reasonOf(v.Reason)
	if code != "" {
		v.Errors = append(v.Errors, ui.FieldError{Field: "reason", Code: code})
	}
	if plainCount(v.Confirm) != strconv.FormatUint(most, 10) {
		v.Errors = append(v.Errors, ui.FieldError{Field: "confirm", Code: page.CountWrong})
	}
	if len(v.Errors) > 0 {
		return s.sendBulk(a, r, http.StatusBadRequest, v)
	}
	a.act = "bulk " + v.Kind
	begun, err := s.store.BeginBulk(r.Context(), a.by(), store.Bulk{
		Kind: v.Kind, Sale: v.Sale, State: v.State, Restock: v.Restock, Reason: reason, Until: until, Most: int64(most),
	})
	if err != nil {
		return err
	}
	a.outcome = string(begun.Outcome)
	switch begun.Outcome {
	case store.NotAllowed:
		return refused(page.NotAllowed)
	case store.NoSuchSale:
		return refused(page.NotFound)
	case store.Begun:
		s.runner.look()
		return a.seeOther(taskPath(*begun.TaskID))
	case store.Changed:
		v.Errors, v.Confirm = ui.FieldErrors{{Field: "confirm", Code: page.CountChanged}}, ""
		return s.sendBulk(a, r, http.StatusConflict, v)
	default:
		query := only(form, "kind", "sale", "state", "restock")
		query.Set("told", string(begun.Outcome))
		return a.seeOther(withQuery("/exports/bulk", query))
	}
}

// plainCount is a number as people type it, without the marks between its groups.
func plainCount(text string) string {
	return strings.NewReplacer(",", "", ".", "", " ", "", "\u00a0", "", "\u202f", "", "'", "").Replace(strings.TrimSpace(text))
}
