package web

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"doorbuster/store"
	"doorbuster/web/page"
	"doorbuster/web/ui"
)

// changeTime bounds a payment or cancellation. It goes on when the shopper closes the tab.
const changeTime = 8 * time.Second

// ordersPerPage is how many orders "my orders" shows at a time.
const ordersPerPage = 20

// listOrders shows the shopper's orders, newest first.
func (s *Server) listOrders(a *reply, r *http.Request) error {
	query, err := readQuery(r, "before")
	if err != nil {
		return err
	}
	var before uuid.UUID
	if text := query.Get("before"); text != "" {
		if before, err = uuid.Parse(text); err != nil || len(text) != 36 {
			return refused(page.BadRequest)
		}
	}
	who, err := s.mustSession(a, r, "/orders")
	if err != nil {
		return err
	}
	orders, err := s.store.Orders(r.Context(), who.user, before, ordersPerPage+1)
	if err != nil {
		return err
	}
	path := "/orders"
	if before != uuid.Nil {
		path += "?before=" + before.String()
	}
	return a.page(r, http.StatusOK, page.OrderList(s.orderList(a.chrome(path), orders)))
}

func (s *Server) orderList(chrome ui.Chrome, orders []store.Order) page.OrderListView {
	v := page.OrderListView{Chrome: chrome, Now: s.store.Now()}
	if len(orders) > ordersPerPage {
		orders = orders[:ordersPerPage]
		v.Older = "?before=" + orders[ordersPerPage-1].ID.String()
	}
	for _, o := range orders {
		v.Now = o.DatabaseTime
		v.Orders = append(v.Orders, page.OrderCard{
			ID: o.ID.String(), ItemTitle: o.Title, Picture: picture(o.ImageURL), Units: o.Units, Total: totalOf(o), State: o.State,
			PlacedAt: o.PlacedAt, HeldUntil: timeOf(o.HoldExpiresAt), Zone: o.TimeZone,
		})
	}
	return v
}

// ownOrder finds an order of the shopper who asks. Another shopper's order is answered like none.
func (s *Server) ownOrder(a *reply, r *http.Request) (store.Order, error) {
	id, err := orderIn(r)
	if err != nil {
		return store.Order{}, err
	}
	who, err := s.mustSession(a, r, "/orders/"+id.String())
	if err != nil {
		return store.Order{}, err
	}
	a.order = id
	o, err := s.store.Order(r.Context(), id, who.user)
	if errors.Is(err, store.ErrNotFound) {
		return o, refused(page.NoSuchOrder)
	}
	return o, err
}

// showOrder shows the stub.
func (s *Server) showOrder(a *reply, r *http.Request) error {
	o, err := s.ownOrder(a, r)
	if err != nil {
		return err
	}
	v := s.orderView(a.chrome("/orders/"+o.ID.String()), o)
	v.Outcome = s.hear(a, r, o.ID)
	return a.page(r, http.StatusOK, page.OrderShow(v))
}

// tellable are the outcomes that an order page has a word for.
var tellable = []store.Outcome{
	store.Placed, store.Exists, store.AlreadyOrdered, store.Paid, store.AlreadyPaid, store.Cancelled, store.AlreadyCancelled,
}

// hear reads what tell left for this order, once.
func (s *Server) hear(a *reply, r *http.Request, order uuid.UUID) string {
	cookie, err := r.Cookie(told)
	if err != nil {
		return ""
	}
	s.setCookie(a, told, "", -1)
	outcome, id, _ := strings.Cut(cookie.Value, ".")
	if id != order.String() || !slices.Contains(tellable, store.Outcome(outcome)) {
		return ""
	}
	return outcome
}

func (s *Server) orderView(chrome ui.Chrome, o store.Order) page.OrderView {
	v := page.OrderView{
		Chrome: chrome, ID: o.ID.String(), ItemID: o.ItemID, ItemTitle: o.Title, SaleTitle: o.SaleTitle, Picture: picture(o.ImageURL),
		Units: o.Units, Price: ui.Money{Minor: o.UnitPriceCents, Currency: o.Currency}, Total: totalOf(o), State: o.State,
		PlacedAt: o.PlacedAt, HeldUntil: timeOf(o.HoldExpiresAt), Now: o.DatabaseTime, Zone: o.TimeZone, Sandbox: s.cfg.Payment.Sandbox(),
		Events: []page.OrderEvent{{What: "placed", At: o.PlacedAt}},
	}
	if o.PaidAt != nil {
		v.Events = append(v.Events, page.OrderEvent{What: page.Paid, At: *o.PaidAt})
	}
	if o.ClosedAt != nil {
		v.Events = append(v.Events, page.OrderEvent{What: o.State, At: *o.ClosedAt})
	}
	live := s.store.Live()
	stock := live.Items[o.ItemID]
	v.Again = stock.UnitsLeft > 0 && live.Sales[o.SaleID].Phase(o.DatabaseTime) == "live"
	return v
}

func totalOf(o store.Order) ui.Money {
	return ui.Money{Minor: o.UnitPriceCents * int64(o.Units), Currency: o.Currency}
}

func timeOf(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return *t
}

// showOrderData is the order for programs. A browser that came to the address without a language is led to the page.
func (s *Server) showOrderData(a *reply, r *http.Request) error {
	a.Header().Add("Vary", "Accept")
	if !wantsJSON(r) {
		return s.leadToLanguage(a, r)
	}
	o, err := s.ownOrder(a, r)
	if err != nil {
		return err
	}
	a.sendJSON(http.StatusOK, jsonAnswer{order: o.ID.String(), state: o.State, item: o.ItemID, units: o.Units})
	return nil
}

// change is what payByForm, payByJSON and the two for cancelling have in common: one act on one order of the shopper.
type change func(ctx context.Context, a *reply, o store.Order) (store.Outcome, error)

func (s *Server) payByForm(a *reply, r *http.Request) error {
	return s.changeByForm(a, r, "payment", s.pay)
}

func (s *Server) cancelByForm(a *reply, r *http.Request) error {
	return s.changeByForm(a, r, "cancellation", s.cancel)
}

func (s *Server) payByJSON(a *reply, r *http.Request) error {
	return s.changeByJSON(a, r, "payment", s.pay)
}

func (s *Server) cancelByJSON(a *reply, r *http.Request) error {
	return s.changeByJSON(a, r, "cancellation", s.cancel)
}

func (s *Server) changeByForm(a *reply, r *http.Request, act string, do change) error {
	outcome, o, err := s.change(a, r, act, do, func() error { _, err := readForm(r); return err })
	if err != nil {
		return err
	}
	if statusOf[string(outcome)] == http.StatusOK {
		s.tell(a, string(outcome), o.ID)
		return a.seeOther(r, "/orders/"+o.ID.String())
	}
	v := refused(string(outcome))
	v.Order, v.ItemID, v.ItemTitle, v.At, v.Zone = o.ID.String(), o.ItemID, o.Title, timeOf(o.HoldExpiresAt), o.TimeZone
	return v
}

func (s *Server) changeByJSON(a *reply, r *http.Request, act string, do change) error {
	outcome, o, err := s.change(a, r, act, do, func() error { return emptyJSON(r) })
	if err != nil {
		return err
	}
	a.sendJSON(statusOf[string(outcome)], jsonAnswer{outcome: string(outcome), order: o.ID.String()})
	return nil
}

// emptyJSON takes no body or {}: there is nothing to say.
func emptyJSON(r *http.Request) error {
	if r.ContentLength == 0 {
		return nil
	}
	body, err := readBody(r, jsonBody)
	if err == nil && strings.TrimSpace(string(body)) != "{}" {
		err = refused(page.BadRequest)
	}
	return err
}

// change finds the order and acts on it.
func (s *Server) change(a *reply, r *http.Request, act string, do change, check func() error) (store.Outcome, store.Order, error) {
	id, err := orderIn(r)
	if err != nil {
		return "", store.Order{}, err
	}
	who, err := s.mustSession(a, r, "/orders/"+id.String())
	if err != nil {
		return "", store.Order{}, err
	}
	if err := s.shopperMay(who); err != nil {
		return "", store.Order{}, err
	}
	if err := s.writable(); err != nil {
		return "", store.Order{}, err
	}
	a.logs(act)
	if err := check(); err != nil {
		return "", store.Order{}, err
	}
	o, err := s.ownOrder(a, r)
	if err != nil {
		return "", o, err
	}
	ctx, stop := context.WithTimeout(context.WithoutCancel(r.Context()), changeTime)
	defer stop()
	outcome, err := do(ctx, a, o)
	if err == nil && outcome == store.NoSuchOrder {
		err = refused(page.NoSuchOrder)
	}
	a.outcome, a.item = string(outcome), o.ItemID
	return outcome, o, err
}

// cancel gives a held order back.
func (s *Server) cancel(ctx context.Context, a *reply, o store.Order) (store.Outcome, error) {
	c, err := s.store.CancelOrder(ctx, o.ID, a.who.user)
	return c.Outcome, err
}

// pay takes the money and then marks the order as paid. If the order cannot be paid any more by then, the money goes back.
func (s *Server) pay(ctx context.Context, a *reply, o store.Order) (store.Outcome, error) {
	if o.State != page.Held || !o.DatabaseTime.Before(timeOf(o.HoldExpiresAt)) {
		c, err := s.store.PayOrder(ctx, o.ID, a.who.user) // takes nothing: it only says why not
		return c.Outcome, err
	}
	total := totalOf(o)
	reference, err := s.cfg.Payment.Charge(ctx, o.ID, total.Minor, total.Currency)
	switch {
	case errors.Is(err, ErrDeclined):
		return page.Declined, nil
	case err != nil:
		return "", &store.UnknownError{Err: err}
	}
	c, err := s.store.PayOrder(ctx, o.ID, a.who.user)
	if err != nil {
		return "", err // busy or unknown: the shopper presses again, and neither Charge nor PayOrder does it twice
	}
	if c.Outcome != store.Paid && c.Outcome != store.AlreadyPaid {
		if err := s.cfg.Payment.Refund(ctx, reference); err != nil {
			// Somebody must look at this one: the reference is in the log, the order in the database.
			return "", errors.Join(errors.New("charged but not paid, and the refund failed: "+reference), err)
		}
	}
	return c.Outcome, nil
}
