package web

import (
	"errors"
	"net/http"
	"time"

	"github.com/google/uuid"

	"doorbuster/store"
	"doorbuster/web/page"
)

// purchaseAct is what the log calls a press.
const purchaseAct = "purchase"

// attempt is one press of the button.
type attempt struct {
	item  uint64
	user  uint64
	units int
	order uuid.UUID // the key: from the pass, or made for this press
	pass  string    // as text, for forms that press again
	fresh bool      // the key was made for this press
	old   bool      // the pass has expired: good for asking, not for buying
}

// buyByForm answers the button of an item page. It works without JavaScript: who has an order is led to it.
func (s *Server) buyByForm(a *reply, r *http.Request) error {
	began := time.Now()
	p, err := s.readAttempt(a, r, readPressForm)
	if err != nil {
		return err
	}
	placed, err := s.place(a, r, p, began)
	if err != nil {
		return err
	}
	switch placed.Outcome {
	case store.Placed, store.Exists, store.AlreadyOrdered:
		s.tell(a, string(placed.Outcome), placed.OrderID)
		return a.seeOther(r, "/orders/"+placed.OrderID.String())
	default:
		return s.notPlaced(a, p, placed)
	}
}

// buyByJSON is buyByForm for scripts and programs. The pass is needed: it is the key that makes a repetition safe.
func (s *Server) buyByJSON(a *reply, r *http.Request) error {
	began := time.Now()
	p, err := s.readAttempt(a, r, readPressJSON)
	if err != nil {
		return err
	}
	placed, err := s.place(a, r, p, began)
	if err != nil {
		return err
	}
	switch placed.Outcome {
	case store.Placed, store.Exists:
		outcome := string(placed.Outcome)
		a.sendJSON(statusOf[outcome], jsonAnswer{outcome: outcome, order: idText(placed.OrderID)})
		return nil
	default:
		return s.notPlaced(a, p, placed)
	}
}

// readAttempt checks who presses and what they say, and counts those who are refused for it.
func (s *Server) readAttempt(a *reply, r *http.Request, read func(*http.Request) (pressInput, error)) (attempt, error) {
	p, err := s.checkAttempt(a, r, read)
	if err != nil {
		s.answers.refused(a.item, s.refusalOf(a, r, err))
	}
	return p, err
}

// checkAttempt does it, cheapest first. Nothing of it waits for anything but the client.
func (s *Server) checkAttempt(a *reply, r *http.Request, read func(*http.Request) (pressInput, error)) (attempt, error) {
	item, ok := pressedItem(r.URL.Path) // of the usual address, which needs no router
	if !ok {
		var err error
		if item, err = numberIn(r, "item"); err != nil {
			return attempt{}, refused(page.NoSuchItem)
		}
	}
	a.item = item
	who, err := s.mustSession(a, r, itemPath(item))
	if err != nil {
		return attempt{}, err
	}
	if err := s.shopperMay(who); err != nil {
		return attempt{}, s.atItem(err, item)
	}
	a.logs(purchaseAct)
	in, err := read(r)
	if err != nil {
		return attempt{}, s.atItem(err, item)
	}
	p := attempt{item: item, user: who.user, units: in.units, pass: in.pass}
	if in.pass == "" && !a.json {
		own := s.newPass(who.user, item)
		p.order, p.pass, p.fresh = own.order, s.passText(own), true
		return p, nil
	}
	sent, ok := s.passes.open(in.pass)
	if !ok || sent.user != who.user || sent.item != item {
		return attempt{}, s.atItem(refused(page.BadPass), item)
	}
	p.order = sent.order
	p.old = s.store.Now().After(sent.issued.Add(passLife))
	return p, nil
}

// place answers an attempt from memory if it may, else from the database.
func (s *Server) place(a *reply, r *http.Request, p attempt, began time.Time) (store.Placement, error) {
	a.order = p.order
	placed, err := s.decide(a, r, p)
	if err == nil {
		a.outcome = string(placed.Outcome)
		if placed.OrderID != uuid.Nil {
			a.order = placed.OrderID
		}
		s.answers.count(p.item, placed.Outcome)
	} else {
		s.answers.refused(p.item, err)
	}
	s.metrics.pressed(sortOf(placed.Outcome, err), began)
	return placed, err
}

func (s *Server) decide(a *reply, r *http.Request, p attempt) (store.Placement, error) {
	if outcome := s.gate(p.item, p.fresh); outcome != "" {
		return store.Placement{Outcome: store.Outcome(outcome), UnitsLeft: -1}, nil
	}
	live := s.store.Live()
	if !s.admission.admits(live, p.item) {
		s.limited("admission")
		return store.Placement{Outcome: store.Busy, UnitsLeft: -1}, nil
	}
	if p.old || (!p.fresh && live.On(store.StopNewHolds, p.item)) {
		return s.askOnly(r, p)
	}
	gates := time.Since(a.began)
	placed, err := s.cfg.Purchaser.PlaceOrder(r.Context(), store.Purchase{
		OrderID: p.order, ItemID: p.item, UserID: p.user, Units: p.units, RequestID: a.requestID(r),
	})
	s.metrics.decided(gates, placed)
	if placed.InCall > 0 {
		a.decided = time.Now()
	}
	return placed, err
}

// askOnly answers a press that may not buy any more (the pass is old, or new holds are stopped): yes, if an earlier press with the
// same key did. An order that it does not see yet is not lost: the shopper's next press is told "already ordered".
func (s *Server) askOnly(r *http.Request, p attempt) (store.Placement, error) {
	order, err := s.store.Order(r.Context(), p.order, p.user)
	switch {
	case err == nil:
		return store.Placement{Outcome: store.Exists, OrderID: order.ID, UnitsLeft: -1}, nil
	case !errors.Is(err, store.ErrNotFound):
		return store.Placement{}, err
	case p.old:
		return store.Placement{}, s.atItem(refused(page.PassExpired), p.item)
	default:
		return store.Placement{Outcome: store.Paused, UnitsLeft: -1}, nil
	}
}

// sortOf sorts the answers for the clock of the purchase: those who are told to come back must not make the others look quick.
func sortOf(outcome store.Outcome, err error) string {
	if err != nil {
		var v *refusal
		if errors.As(err, &v) {
			return "no"
		}
		return "unknown"
	}
	switch {
	case outcome == store.Unknown:
		return "unknown"
	case outcome == store.Busy:
		return "again"
	case outcome == store.Placed || outcome == store.Exists || outcome == store.AlreadyOrdered:
		return "yes"
	default:
		return "no"
	}
}

// notPlaced makes the refusal of a press. What can be pressed again is pressed with the same key.
func (s *Server) notPlaced(a *reply, p attempt, placed store.Placement) error {
	v := refused(string(placed.Outcome))
	v.ItemID = p.item
	v.wait = placed.RetryAfter
	v.left, v.known = placed.UnitsLeft, placed.StockVersion > 0 && placed.UnitsLeft >= 0
	v.Order = idText(placed.OrderID)
	facts := s.items.peek(p.item)
	if facts != nil {
		sale := facts.liveSale(s.store.Live())
		v.ItemTitle, v.Zone = facts.item.Title, facts.sale.TimeZone
		switch placed.Outcome {
		case store.NotOpen:
			v.At = sale.StartsAt()
		case store.Over:
			v.At = sale.ClosesAt
		case store.OverLimit:
			v.N = int64(facts.item.LimitPerUser)
		}
	}
	switch placed.Outcome {
	case store.MembersOnly:
		v.code = s.codeView(p.item, facts)
	case store.NotEnough:
		v.N = int64(max(placed.UnitsLeft, 0))
	case store.Busy, store.TooLate:
		v.Retry = &page.RetryForm{
			Action: "/" + string(a.lang) + itemPath(p.item) + "/orders", Pass: p.pass, Units: p.units, Auto: placed.Outcome == store.Busy,
		}
	case store.Unknown:
		v.Order = p.order.String()
		v.pending = &page.OrderPendingView{ItemID: p.item, ItemTitle: v.ItemTitle, Order: v.Order, Pass: p.pass, Units: p.units}
	}
	return v
}

// atItem lets the page of a refusal lead back to the item.
func (s *Server) atItem(err error, item uint64) error {
	var v *refusal
	if errors.As(err, &v) {
		v.ItemID = item
		if facts := s.items.peek(item); facts != nil {
			v.ItemTitle = facts.item.Title
		}
	}
	return err
}

// told is the cookie that carries an outcome over a redirect to the order page: the address must stay that of the order.
const (
	told      = "db_told"
	toldLives = 30 // seconds
)

// tell lets the order page say what just happened.
func (s *Server) tell(a *reply, outcome string, order uuid.UUID) {
	s.setCookie(a, told, outcome+"."+order.String(), toldLives)
}
