package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/google/uuid"

	"doorbuster/payment"
	"doorbuster/store"
	"doorbuster/web/page"
	"doorbuster/web/wire"
)

// A shopper who pays is sent to the provider and comes back by comeBack, or not at all; the provider calls takeCallback, or not at all; and the
// worker asks by itself. All three do the same at the desk, so none of them is needed.

// payByForm sends the shopper to where the order is paid. Pressing again goes on with the same payment.
func (s *Server) payByForm(a *reply, r *http.Request) error {
	var b payment.Beginning
	outcome, o, err := s.change(a, r, "payment", s.begin(r, &b), func() error { return emptyForm(r) })
	if err != nil {
		return err
	}
	if b.URL == "" {
		return s.changed(a, r, outcome, o)
	}
	a.leave(b.URL)
	return nil
}

// payByJSON tells a program where the order is paid.
func (s *Server) payByJSON(a *reply, r *http.Request) error {
	var b payment.Beginning
	outcome, o, err := s.change(a, r, "payment", s.begin(r, &b), func() error { return emptyJSON(r) })
	if err != nil {
		return err
	}
	j := jsonAnswer{outcome: string(outcome), order: o.ID.String(), url: b.URL}
	if b.URL != "" {
		j.payment = idText(b.Payment.ID)
	}
	a.sendJSON(statusOf[j.outcome], j)
	return nil
}

// begin is the change that starts a payment at the desk, or goes on with the one in progress.
func (s *Server) begin(r *http.Request, b *payment.Beginning) change {
	return func(ctx context.Context, a *reply, o store.Order) (store.Outcome, error) {
		lang := string(a.language(r))
		began, err := s.cfg.Payment.Begin(ctx, o.ID, a.who.user, lang, s.home()+"/"+lang+paidPath(o.ID))
		if err != nil {
			return "", notKnown(err)
		}
		if began.Outcome == store.Started || began.Outcome == store.Exists {
			if began.URL, err = s.payURL(began.URL); err != nil {
				return "", err
			}
			*b = began
		}
		return began.Outcome, nil
	}
}

// notKnown makes an error of the provider an answer that got lost: it may have begun, and pressing again goes on with it. What the store
// says of itself stays.
func notKnown(err error) error {
	var busy *store.BusyError
	if errors.As(err, &busy) || errors.Is(err, store.ErrBroken) {
		return err
	}
	return &store.UnknownError{Err: err}
}

// home is the shop's own address, without a slash at the end.
func (s *Server) home() string { return strings.TrimSuffix(s.cfg.PublicURL, "/") }

// payURL takes a page of ours, as a path or in full, or one over https.
func (s *Server) payURL(to string) (string, error) {
	if own := wire.OwnPath(strings.TrimPrefix(to, s.home())); own != "" {
		return own, nil
	}
	if u, err := url.Parse(to); err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil {
		return "", fmt.Errorf("web: the payment provider leads to %q: must be a page of the shop, or one over https", to)
	}
	return to, nil
}

// paidPath is where shoppers come back to from the provider, without the language. The desk adds the payment: ?payment=.
func paidPath(order uuid.UUID) string { return "/orders/" + order.String() + "/paid" }

// comeBack asks the provider how the payment stands from which a shopper comes back, and shows the order. What cannot be asked now is no
// error to the shopper: the order page says that it is being checked, and the worker asks again.
func (s *Server) comeBack(a *reply, r *http.Request) error {
	o, err := s.ownOrder(a, r)
	if err != nil {
		return err
	}
	query, err := wire.ReadQuery(r, "payment")
	if err != nil {
		return err
	}
	if query.Get("payment") == "" {
		return a.seeOther(r, "/orders/"+o.ID.String())
	}
	id, ok := parseID(query.Get("payment"))
	if !ok {
		return refused(page.NoSuchOrder)
	}
	p, err := s.store.ShowPayment(r.Context(), id)
	if errors.Is(err, store.ErrNotFound) || (err == nil && p.OrderID != o.ID) {
		return refused(page.NoSuchOrder)
	}
	if err != nil {
		return err
	}
	if s.shopperMay(a.who) == nil && s.writable() == nil {
		a.logs("return")
		s.checkPayment(a, r, p)
	}
	return a.seeOther(r, "/orders/"+o.ID.String())
}

// checkPayment settles what the provider says, and lets the order page tell a success.
func (s *Server) checkPayment(a *reply, r *http.Request, p store.Payment) {
	ctx, stop := context.WithTimeout(context.WithoutCancel(r.Context()), changeTime)
	defer stop()
	settled, err := s.cfg.Payment.Check(ctx, p, "shopper")
	if err != nil {
		a.fault = err
		return
	}
	a.outcome, a.item = string(settled.Outcome), p.ItemID
	if settled.OrderState == page.Paid {
		s.tell(a, page.Paid, p.OrderID)
	}
}

// takeCallback is the provider's bell. An answer that is no success makes the provider ring again.
func (s *Server) takeCallback(a *reply, r *http.Request) error {
	body, err := wire.ReadBytes(r)
	if err != nil {
		return err
	}
	if err := s.writable(); err != nil {
		return err
	}
	ctx, stop := context.WithTimeout(context.WithoutCancel(r.Context()), changeTime)
	defer stop()
	switch err := s.cfg.Payment.Callback(ctx, r.Header, body); {
	case errors.Is(err, payment.ErrForged):
		return refused(page.BadRequest)
	case err != nil:
		a.logs("callback")
		a.fault = err
		return s.busy(0)
	}
	a.logs("callback")
	a.Header()["Cache-Control"] = noStore
	a.WriteHeader(http.StatusNoContent)
	return nil
}
