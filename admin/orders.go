package admin

import (
	"encoding/hex"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/google/uuid"

	"doorbuster/admin/page"
	"doorbuster/store"
	"doorbuster/web/ui"
	"doorbuster/web/wire"
)

// lateList is how long the relay may leave orders out of the lists before the page says so: it comes by each second.
const lateList = 5 * time.Second

const dayLayout = "2006-01-02"

func (s *Server) orderRoutes() []route {
	return []route{
		{get, "/orders", read, s.listOrders},
		{get, "/orders/{order}", read, s.showOrder},
		{post, "/orders/{order}/cancel", sell, s.cancelOrder},
		{post, "/orders/{order}/refund", sell, s.refundOrder},
		{post, "/orders/{order}/resend", sell, s.resendOfOrder},
	}
}

// listOrders finds orders. The address holds the whole filter, so it can be kept and shared. A whole number leads to its order.
func (s *Server) listOrders(a *reply, r *http.Request) error {
	query, err := wire.ReadQuery(r, "search", "sale", "item", "state", "from", "to", "before_at", "before")
	if err != nil {
		return err
	}
	v := page.OrderListView{OrderFilter: page.OrderFilter{
		Search: strings.TrimSpace(query.Get("search")), State: query.Get("state"), From: query.Get("from"), To: query.Get("to"),
	}}
	var ok1, ok2 bool
	v.Sale, ok1 = numberOrNone(query.Get("sale"))
	v.Item, ok2 = numberOrNone(query.Get("item"))
	if !ok1 || !ok2 || !slices.Contains(page.OrderStates, v.State) || len(v.Search) > maxSearch {
		return refused(page.BadRequest)
	}
	f := store.OrderFilter{State: v.State, Sale: v.Sale, Item: v.Item}
	if readSearch(v.Search, &f); f.Number != nil { // it names the order: nothing else is asked
		v.OrderFilter = page.OrderFilter{Search: v.Search}
	}
	if at := query.Get("before_at"); at != "" {
		micros, err := strconv.ParseInt(at, 10, 64)
		if f.BeforeID, ok1 = orderID(query.Get("before")); err != nil || !ok1 {
			return refused(page.BadRequest)
		}
		f.BeforeAt = time.UnixMicro(micros).UTC()
	}
	if err := s.fillSales(a, r, &v); err != nil {
		return err
	}
	lag, err := s.store.ShowListLag(r.Context(), a.by())
	if err != nil {
		return err
	}
	v.Now = lag.DatabaseTime
	if v.From != "" || v.To != "" {
		f.From, f.Until, v.Errors = readDays(v.From, v.To, v.Zone)
	}
	if len(v.Errors) > 0 {
		v.Frame = a.frame(withQuery("/orders", v.Query()), "orders")
		return a.page(r, http.StatusBadRequest, page.OrderList(v))
	}
	found, err := s.store.SearchOrders(r.Context(), a.by(), f, perPage+1)
	if err != nil {
		return err
	}
	if len(f.Number) == len(uuid.UUID{}) && len(found) == 1 {
		return a.seeOther(orderPath(found[0].ID))
	}
	if late := lag.ListedUntil; late != nil && lag.DatabaseTime.Sub(*late) > lateList && f.Email == "" && f.Name == "" {
		v.ListedUntil = late
	}
	s.fillOrders(a, &v, found)
	return a.page(r, http.StatusOK, page.OrderList(v))
}

// fillOrders puts a page of orders into a list, and the way to the next one.
func (s *Server) fillOrders(a *reply, v *page.OrderListView, found []store.FoundOrder) {
	filter := v.Query()
	v.Frame = a.frame(withQuery("/orders", filter), "orders")
	if len(found) > perPage {
		found = found[:perPage]
		last := found[perPage-1]
		filter.Set("before_at", strconv.FormatInt(last.PlacedAt.UnixMicro(), 10))
		filter.Set("before", last.ID.String())
		v.More = withQuery("/orders", filter)
	}
	for _, o := range found {
		v.Orders = append(v.Orders, orderRow(o))
	}
}

func orderRow(o store.FoundOrder) page.OrderRow {
	return page.OrderRow{
		ID: o.ID.String(), Item: o.Title, Sale: o.SaleTitle, Units: o.Units, Total: ui.Money{Minor: o.UnitPriceCents * int64(o.Units), Currency: o.Currency},
		State: o.State, Placed: o.PlacedAt, HeldUntil: o.HoldExpiresAt, Name: o.Name, Email: o.Email, Zone: o.TimeZone,
	}
}

// numberOrNone reads a number that may be left out: 0.
func numberOrNone(text string) (uint64, bool) {
	if text == "" {
		return 0, true
	}
	return wire.Number(text)
}

// orderID reads an order's number as it stands in addresses; in no other way of writing it.
func orderID(text string) (uuid.UUID, bool) {
	id, err := uuid.Parse(text)
	return id, err == nil && id.String() == text
}

// readSearch finds out what was typed: a number, whole or its end, an address, or how a name begins.
func readSearch(text string, f *store.OrderFilter) {
	digits := strings.NewReplacer("-", "", " ", "").Replace(text)
	number, err := hex.DecodeString(digits)
	switch {
	case text == "":
	case err == nil && (len(number) == 16 || len(number) == 4):
		*f = store.OrderFilter{Number: number}
	case strings.Contains(text, "@"):
		f.Email = text
	default:
		f.Name = text
	}
}

// fillSales gives the list the sales to choose from, and the zone of its days: that of the chosen sale, else of the latest.
func (s *Server) fillSales(a *reply, r *http.Request, v *page.OrderListView) error {
	v.Zone = "UTC"
	sales, err := s.store.ListSales(r.Context(), a.by(), store.SaleFilter{Tab: "all"}, perPage)
	if err != nil {
		return err
	}
	chosen := v.Sale == 0
	for i, l := range sales {
		if i == 0 || l.ID == v.Sale {
			v.Zone = l.TimeZone
		}
		chosen = chosen || l.ID == v.Sale
		v.Sales = append(v.Sales, page.SaleChoice{ID: l.ID, Title: l.Title})
	}
	if chosen {
		return nil
	}
	one, err := s.store.ShowSale(r.Context(), a.by(), v.Sale)
	switch {
	case errors.Is(err, store.ErrNotFound): // it has no orders either
		v.Sales = append(v.Sales, page.SaleChoice{ID: v.Sale})
	case err != nil:
		return err
	default:
		v.Sales, v.Zone = append(v.Sales, page.SaleChoice{ID: one.ID, Title: one.Title}), one.TimeZone
	}
	return nil
}

// readDays reads two days, both in, as instants: from the beginning of the first to the end of the last, where the clocks of zone say so.
func readDays(from, to, zone string) (first, until time.Time, wrong ui.FieldErrors) {
	place, err := time.LoadLocation(zone)
	if err != nil {
		place = time.UTC
	}
	day := func(field, text string, later int) (at time.Time) {
		if text == "" {
			return at
		}
		d, err := time.Parse(dayLayout, text)
		if err != nil || d.Year() < 1970 || d.Year() > 9998 {
			wrong = append(wrong, ui.FieldError{Field: field, Code: page.DateBad})
			return at
		}
		return time.Date(d.Year(), d.Month(), d.Day()+later, 0, 0, 0, 0, place).UTC()
	}
	first, until = day("from", from, 0), day("to", to, 1)
	if len(wrong) == 0 && !first.IsZero() && !until.IsZero() && !first.Before(until) {
		wrong = append(wrong, ui.FieldError{Field: "to", Code: page.DatesReversed})
	}
	return first, until, wrong
}

func orderPath(order uuid.UUID) string { return "/orders/" + order.String() }

// orderOf reads the order of the path. Whatever is not the number of one names nothing that exists.
func orderOf(r *http.Request) (uuid.UUID, error) {
	id, ok := orderID(chi.URLParam(r, "order"))
	if !ok {
		return uuid.Nil, refused(page.NotFound)
	}
	return id, nil
}

// showOrder shows an order with everything that happened to it.
func (s *Server) showOrder(a *reply, r *http.Request) error {
	order, err := orderOf(r)
	if err != nil {
		return err
	}
	query, err := wire.ReadQuery(r, "told")
	if err != nil {
		return err
	}
	return s.sendOrder(a, r, http.StatusOK, order, page.OrderShowView{Told: query.Get("told")})
}

// sendOrder sends the page of an order with what v has already: a form that was wrong, something to tell.
func (s *Server) sendOrder(a *reply, r *http.Request, status int, order uuid.UUID, v page.OrderShowView) error {
	o, err := s.store.ShowOrderAsStaff(r.Context(), a.by(), order)
	if err != nil {
		return err
	}
	lines, err := s.store.ListOrderStory(r.Context(), a.by(), order)
	if err != nil {
		return err
	}
	v.Frame = a.frame(orderPath(order), "orders")
	v.Order, v.SaleID, v.ItemID, v.SKU = orderRow(o.FoundOrder), o.SaleID, o.ItemID, o.SKU
	v.Price = ui.Money{Minor: o.UnitPriceCents, Currency: o.Currency}
	v.PaidAt, v.ClosedAt, v.Extended, v.Language, v.Request, v.Now = o.PaidAt, o.ClosedAt, o.Extended, o.Language, o.RequestID.String(), o.DatabaseTime
	v.CustomerRef = told(o.CustomerRef)
	v.Provider, v.Reference, v.PaymentState, v.PaymentReason = told(o.Provider), told(o.Reference), told(o.PaymentState), told(o.PaymentReason)
	if o.PaymentID != nil && o.AmountCents != nil {
		v.Payment, v.Paid = o.PaymentID.String(), ui.Money{Minor: *o.AmountCents, Currency: o.Currency}
	}
	v.MayChange = a.may("sell")
	for _, l := range lines {
		v.Story = append(v.Story, storyRow(l, o.Currency))
	}
	return a.page(r, status, page.OrderShow(v))
}

// told is a text that may not be there.
func told(text *string) string {
	if text == nil {
		return ""
	}
	return *text
}

func storyRow(l store.StoryLine, currency string) page.StoryRow {
	row := page.StoryRow{
		At: l.At, Kind: l.Kind, Was: told(l.Was), Became: told(l.Became), Target: told(l.Target), Words: told(l.Words), Actor: told(l.Actor), EndedAt: l.EndedAt,
	}
	if l.Units != nil {
		row.Units = *l.Units
	}
	if l.ID != nil {
		row.ID = l.ID.String()
	}
	if l.Line != nil {
		row.Line = *l.Line
	}
	if l.Number != nil {
		row.Number = uint64(*l.Number) // numbers of mails and events, and amounts, are above zero
		row.Money = ui.Money{Minor: *l.Number, Currency: currency}
	}
	return row
}

// cancelOrder gives a held order back for its shopper.
func (s *Server) cancelOrder(a *reply, r *http.Request) error {
	order, err := orderOf(r)
	if err != nil {
		return err
	}
	form, err := wire.ReadForm(r, "reason")
	if err != nil {
		return err
	}
	reason, wrong := orderReason(page.Cancel, form)
	if wrong != nil {
		return s.sendOrder(a, r, http.StatusBadRequest, order, page.OrderShowView{Act: page.Cancel, Reason: form.Get("reason"), Errors: wrong})
	}
	a.act = "order cancelled by staff"
	change, err := s.store.CancelOrderAsStaff(r.Context(), a.by(), order, reason)
	if err != nil {
		return err
	}
	return a.toldOrder(order, change.Outcome)
}

// refundOrder takes a paid order back; the worker has its money given back.
func (s *Server) refundOrder(a *reply, r *http.Request) error {
	order, err := orderOf(r)
	if err != nil {
		return err
	}
	form, err := wire.ReadForm(r, "reason", "units")
	if err != nil {
		return err
	}
	units := form.Get("units")
	if units != page.UnitsBack && units != page.UnitsGone {
		return refused(page.BadRequest)
	}
	reason, wrong := orderReason(page.Refund, form)
	if wrong != nil {
		return s.sendOrder(a, r, http.StatusBadRequest, order, page.OrderShowView{Act: page.Refund, Reason: form.Get("reason"), Units: units, Errors: wrong})
	}
	a.act = "order refunded"
	change, err := s.store.RefundOrder(r.Context(), a.by(), order, units == page.UnitsBack, reason)
	if err != nil {
		return err
	}
	return a.toldOrder(order, change.Outcome)
}

// orderReason is the reason of an act, or what is wrong with it.
func orderReason(act string, form url.Values) (string, ui.FieldErrors) {
	reason, code := reasonOf(form.Get("reason"))
	if code != "" {
		return "", ui.FieldErrors{{Field: act + "-reason", Code: code}}
	}
	return reason, nil
}

// resendOfOrder has a mail or an event of an order sent again: one that its page shows.
func (s *Server) resendOfOrder(a *reply, r *http.Request) error {
	order, err := orderOf(r)
	if err != nil {
		return err
	}
	form, err := wire.ReadForm(r, "mail", "webhook", "event", "reason")
	if err != nil {
		return err
	}
	mail, ok1 := numberOrNone(form.Get("mail"))
	webhook, ok2 := numberOrNone(form.Get("webhook"))
	event, ok3 := numberOrNone(form.Get("event"))
	if !ok1 || !ok2 || !ok3 || (mail == 0) == (webhook == 0) || (webhook == 0) != (event == 0) {
		return refused(page.BadRequest)
	}
	lines, err := s.store.ListOrderStory(r.Context(), a.by(), order)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(lines, func(l store.StoryLine) bool {
		row := storyRow(l, "")
		return (row.Kind == store.StoryMail && mail != 0 && row.Number == mail) || (row.Kind == store.StoryWebhook && webhook != 0 && row.Line == webhook && row.Number == event)
	}) {
		return refused(page.NotFound)
	}
	act := page.ResendOf(store.StoryWebhook, webhook, event)
	if mail != 0 {
		act = page.ResendOf(store.StoryMail, 0, mail)
	}
	reason, wrong := orderReason(act, form)
	if wrong != nil {
		return s.sendOrder(a, r, http.StatusBadRequest, order, page.OrderShowView{Act: act, Reason: form.Get("reason"), Errors: wrong})
	}
	var outcome store.Outcome
	if mail != 0 {
		a.act = "mail resent"
		outcome, err = s.store.ResendMail(r.Context(), a.by(), mail, reason)
	} else {
		a.act = "event resent"
		outcome, err = s.store.ResendEvent(r.Context(), a.by(), webhook, event, reason)
	}
	if err != nil {
		return err
	}
	return a.toldOrder(order, outcome)
}

// toldOrder leads back to the page of an order, which tells what came of it.
func (a *reply) toldOrder(order uuid.UUID, outcome store.Outcome) error {
	a.outcome = string(outcome)
	switch outcome {
	case store.NotAllowed:
		return refused(page.NotAllowed)
	case store.NoSuchOrder, store.NoSuchMail, store.NoSuchWebhook:
		return refused(page.NotFound)
	default:
		return a.seeOther(orderPath(order) + "?told=" + string(outcome))
	}
}
