package admin

import (
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/go-chi/chi/v5"

	"doorbuster/admin/page"
	"doorbuster/store"
	"doorbuster/web/login"
	"doorbuster/web/ui"
	"doorbuster/web/wire"
)

const (
	itemsPerPage = 100
	logLines     = 30
	maxReason    = 200 // characters, as in the tables
	maxUnits     = 100_000_000
)

func (s *Server) saleRoutes() []route {
	return []route{
		{get, "/sales", read, s.listSales},
		{get, "/sales/{sale}", read, s.showSale},
		{post, "/sales/{sale}/pause", sell, s.changeSale(pauseAct)},
		{post, "/sales/{sale}/resume", sell, s.changeSale(resumeAct)},
		{post, "/sales/{sale}/end", sell, s.changeSale(endAct)},
	}
}

// numberOf reads a number of the path. Whatever is not a number names nothing that exists.
func numberOf(r *http.Request, name string) (uint64, error) {
	id, ok := wire.Number(chi.URLParam(r, name))
	if !ok {
		return 0, refused(page.NotFound)
	}
	return id, nil
}

func salePath(sale uint64) string { return "/sales/" + strconv.FormatUint(sale, 10) }

// showSale shows a sale: its equation, its items, what was done to it, and what may be done.
func (s *Server) showSale(a *reply, r *http.Request) error {
	sale, err := numberOf(r, "sale")
	if err != nil {
		return err
	}
	query, err := wire.ReadQuery(r, "told", "left", "after")
	if err != nil {
		return err
	}
	v := page.SaleShowView{Told: query.Get("told")}
	v.ToldLeft, _ = strconv.ParseInt(query.Get("left"), 10, 64) // a number or nothing
	if text := query.Get("after"); text != "" {
		after, ok := wire.Number(text)
		if !ok || after > maxUnits {
			return refused(page.BadRequest)
		}
		v.After = int(after)
	}
	return s.sendSale(a, r, http.StatusOK, sale, v)
}

// sendSale sends the page of a sale with what v has already: a form that was wrong, something to tell.
func (s *Server) sendSale(a *reply, r *http.Request, status int, sale uint64, v page.SaleShowView) error {
	ctx := r.Context()
	one, err := s.store.ShowSale(ctx, a.by(), sale)
	if err != nil {
		return err
	}
	items, err := s.store.ListSaleItems(ctx, a.by(), sale, v.After, itemsPerPage)
	if err != nil {
		return err
	}
	lines, err := s.store.ListSaleLog(ctx, a.by(), sale, 0, logLines)
	if err != nil {
		return err
	}
	if v.Switches, err = s.reminder(r, a, store.SwitchFilter{Sale: sale}); err != nil {
		return err
	}
	v.Frame = a.frame(salePath(sale), "sales")
	if err := s.addUndo(a, r, &v.Undo, sale, saleThings(r, sale, v.Told)...); err != nil {
		return err
	}
	v.Sale = page.SaleRow{
		ID: one.ID, Title: one.Title, Tab: one.Tab, Opens: one.OpensAt, Closes: one.ClosesAt, Zone: one.TimeZone, Items: one.Items, Allotted: one.UnitsAllotted,
		Left: one.UnitsAvailable, TakesPayment: one.TakesPayment,
	}
	v.State, v.Held, v.Sold, v.Now, v.FirstHoldEnds = one.State, one.UnitsHeld, one.UnitsSold, one.DatabaseTime, one.FirstHoldEndsAt
	v.MayChange, v.Members = a.may("sell"), one.MembersOpenAt
	if v.Access, err = s.accessCount(r, a, sale); err != nil {
		return err
	}
	for _, i := range items {
		v.Items = append(v.Items, itemRow(i))
	}
	if v.After > 0 {
		v.Before = salePath(sale) + "?after=" + strconv.Itoa(max(0, v.After-itemsPerPage))
	}
	if n := len(items); n == itemsPerPage && items[n-1].Position < one.Items {
		v.More = salePath(sale) + "?after=" + strconv.Itoa(items[n-1].Position)
	}
	for _, l := range lines {
		row := page.LogRow{Action: l.Action, Detail: l.Detail, Reason: l.Reason, Actor: l.Actor, At: l.MadeAt}
		if l.IsOpen && v.MayChange {
			row.Undo = l.ID
		}
		v.Log = append(v.Log, row)
	}
	return a.page(r, status, page.SaleShow(v))
}

func itemRow(i store.ShownItem) page.ItemRow {
	row := page.ItemRow{
		ID: i.ID, SKU: i.SKU, Title: i.Title, Price: ui.Money{Minor: i.PriceCents, Currency: i.Currency}, Limit: i.LimitPerUser,
		Allotted: i.UnitsAllotted, Left: i.UnitsAvailable, Held: i.UnitsHeld, Sold: i.UnitsSold,
	}
	if i.ListPriceCents != nil {
		row.List = ui.Money{Minor: *i.ListPriceCents, Currency: i.Currency}
	}
	return row
}

// saleAct changes the state of a sale; reason is in the member's words.
type saleAct struct {
	name    string
	reasons bool // a reason is asked for
	confirm bool // the number of the sale must be typed
	do      func(s *store.Store, r *http.Request, by store.Actor, sale uint64, reason string) (store.Outcome, error)
}

var (
	pauseAct = saleAct{name: page.Pause, reasons: true, do: func(s *store.Store, r *http.Request, by store.Actor, sale uint64, reason string) (store.Outcome, error) {
		return s.PauseSale(r.Context(), by, sale, reason)
	}}
	resumeAct = saleAct{name: page.Resume, reasons: true, do: func(s *store.Store, r *http.Request, by store.Actor, sale uint64, reason string) (store.Outcome, error) {
		return s.ResumeSale(r.Context(), by, sale, reason)
	}}
	discardAct = saleAct{name: page.Discard, reasons: true, confirm: true, do: func(s *store.Store, r *http.Request, by store.Actor, sale uint64, reason string) (store.Outcome, error) {
		return s.DiscardSale(r.Context(), by, sale, reason)
	}}
	endAct = saleAct{name: page.End, reasons: true, confirm: true, do: func(s *store.Store, r *http.Request, by store.Actor, sale uint64, reason string) (store.Outcome, error) {
		return s.EndSale(r.Context(), by, sale, reason)
	}}
)

// changeSale makes the handler of an act. What went wrong stands at its field, and what was typed stays.
func (s *Server) changeSale(act saleAct) handler {
	return func(a *reply, r *http.Request) error {
		sale, err := numberOf(r, "sale")
		if err != nil {
			return err
		}
		var fields []string
		if act.reasons {
			fields = append(fields, "reason")
		}
		if act.confirm {
			fields = append(fields, "confirm")
		}
		form, err := wire.ReadForm(r, fields...)
		if err != nil {
			return err
		}
		v := page.SaleShowView{Act: act.name, Reason: form.Get("reason"), Confirm: form.Get("confirm")}
		reason, code := reasonOf(v.Reason)
		if act.reasons && code != "" {
			v.Errors = append(v.Errors, ui.FieldError{Field: act.name + "-reason", Code: code})
		}
		if act.confirm && strings.TrimSpace(v.Confirm) != strconv.FormatUint(sale, 10) {
			v.Errors = append(v.Errors, ui.FieldError{Field: act.name + "-confirm", Code: page.ConfirmWrong})
		}
		if len(v.Errors) > 0 {
			return s.sendSale(a, r, http.StatusBadRequest, sale, v)
		}
		a.act = "sale " + act.name
		outcome, err := act.do(s.store, r, a.by(), sale, reason)
		if err != nil {
			return err
		}
		return a.toldAt(salePath(sale), outcome, nil)
	}
}

// toldAt leads back to the page of a sale or of an item, which tells what came of it.
func (a *reply) toldAt(path string, outcome store.Outcome, more url.Values) error {
	a.outcome = string(outcome)
	switch outcome {
	case store.NotAllowed:
		return refused(page.NotAllowed)
	case store.NoSuchSale, store.NoSuchItem:
		return refused(page.NotFound)
	case store.Discarded:
		return a.seeOther("/sales?told=" + string(outcome))
	}
	query := url.Values{"told": {string(outcome)}}
	maps.Copy(query, more)
	return a.seeOther(withQuery(path, query))
}

// toldUnits is what toldAt tells of units besides: of which item, and how many there are if they were not enough.
func toldUnits(item uint64, outcome store.Outcome, left *int) url.Values {
	more := url.Values{"item": {strconv.FormatUint(item, 10)}}
	if left != nil && outcome == store.NotEnough {
		more.Set("left", strconv.Itoa(*left))
	}
	return more
}

// reasonOf is a reason as it is kept, and the code of what is wrong with it.
func reasonOf(text string) (reason, code string) {
	reason = strings.TrimSpace(text)
	switch {
	case reason == "":
		return "", page.ReasonMissing
	case utf8.RuneCountInString(reason) > maxReason || !login.Plain(reason):
		return "", page.ReasonBad
	default:
		return reason, ""
	}
}
