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
	"doorbuster/web/wire"
)

// changeTime bounds an act on an order or a payment. It goes on when the shopper closes the tab.
const changeTime = 8 * time.Second

// ordersPerPage is how many orders "my orders" shows at a time.
const ordersPerPage = 20

// listOrders shows the shopper's orders, newest first.
func (s *Server) listOrders(a *reply, r *http.Request) error {
	query, err := wire.ReadQuery(r, "before")
	if err != nil {
		return err
	}
	var before uuid.UUID
	if text := query.Get("before"); text != "" {
		var ok bool
		if before, ok = parseID(text); !ok {
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
	if !v.Sandbox {
		a.Header().Set("Content-Security-Policy", ui.PayPolicy) // the form leads to the provider
	}
	return a.page(r, http.StatusOK, page.OrderShow(v))
}

// tellable are the outcomes that an order page has a word for.
var tellable = []store.Outcome{
	store.Placed, store.Exists, store.AlreadyOrdered, store.Paid, store.AlreadyPaid, store.Extended, store.AlreadyExtended,
	store.Cancelled, store.AlreadyCancelled,
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
		PlacedAt: o.PlacedAt, HeldUntil: timeOf(o.HoldExpiresAt), Now: o.DatabaseTime, Zone: o.TimeZone, Extension: o.ExtensionMinutes,
		PaymentState: textOf(o.PaymentState), PaymentReason: textOf(o.PaymentReason),
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
	phase := live.Sales[o.SaleID].Phase(o.DatabaseTime)
	v.Again = stock.UnitsLeft > 0 && (phase == "live" || phase == "early") // who has an order before everybody is a member
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

func textOf(t *string) string {
	if t == nil {
		return ""
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
	a.sendJSON(http.StatusOK, jsonAnswer{
		order: o.ID.String(), state: o.State, paymentState: textOf(o.PaymentState), item: o.ItemID, units: o.Units,
	})
	return nil
}

// change is what the acts on an order have in common: one act on one order of the shopper.
type change func(ctx context.Context, a *reply, o store.Order) (store.Outcome, error)

func (s *Server) cancelByForm(a *reply, r *http.Request) error {
	return s.changeByForm(a, r, "cancellation", s.cancel)
}

func (s *Server) cancelByJSON(a *reply, r *http.Request) error {
	outcome, o, err := s.change(a, r, "cancellation", s.cancel, func() error { return emptyJSON(r) })
	if err != nil {
		return err
	}
	a.sendJSON(statusOf[string(outcome)], jsonAnswer{outcome: string(outcome), order: o.ID.String()})
	return nil
}

// cancel gives a held order back.
func (s *Server) cancel(ctx context.Context, a *reply, o store.Order) (store.Outcome, error) {
	c, err := s.store.CancelOrder(ctx, o.ID, a.who.user)
	return c.Outcome, err
}

func (s *Server) extendByForm(a *reply, r *http.Request) error {
	var e store.Extension
	return s.changeByForm(a, r, "extension", s.extend(&e))
}

func (s *Server) extendByJSON(a *reply, r *http.Request) error {
	var e store.Extension
	outcome, o, err := s.change(a, r, "extension", s.extend(&e), func() error { return emptyJSON(r) })
	if err != nil {
		return err
	}
	j := jsonAnswer{outcome: string(outcome), order: o.ID.String(), state: textOf(e.State)}
	if e.HoldExpiresAt != nil {
		j.heldUntil = uint64(max(e.HoldExpiresAt.UnixMilli(), 0))
	}
	a.sendJSON(statusOf[j.outcome], j)
	return nil
}

// extend is the change that lets a hold end later, once.
func (s *Server) extend(e *store.Extension) change {
	return func(ctx context.Context, a *reply, o store.Order) (store.Outcome, error) {
		var err error
		*e, err = s.store.ExtendHold(ctx, o.ID, a.who.user)
		return e.Outcome, err
	}
}

func (s *Server) changeByForm(a *reply, r *http.Request, act string, do change) error {
	outcome, o, err := s.change(a, r, act, do, func() error { return emptyForm(r) })
	if err != nil {
		return err
	}
	return s.changed(a, r, outcome, o)
}

// changed leads to the order after an act on it, or says why it was refused.
func (s *Server) changed(a *reply, r *http.Request, outcome store.Outcome, o store.Order) error {
	if statusOf[string(outcome)] == http.StatusOK {
		s.tell(a, string(outcome), o.ID)
		return a.seeOther(r, "/orders/"+o.ID.String())
	}
	v := refused(string(outcome))
	v.Order, v.ItemID, v.ItemTitle, v.At, v.Zone = o.ID.String(), o.ItemID, o.Title, timeOf(o.HoldExpiresAt), o.TimeZone
	return v
}

// emptyForm takes a form without fields: there is nothing to say.
func emptyForm(r *http.Request) error {
	_, err := wire.ReadForm(r)
	return err
}

// emptyJSON takes no body or {}: there is nothing to say.
func emptyJSON(r *http.Request) error {
	if r.ContentLength == 0 {
		return nil
	}
	body, err := wire.ReadBody(r, wire.JSON)
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
