package web

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/go-chi/chi/v5"
	"github.com/google/uuid"

	"doorbuster/payment/sandbox"
	"doorbuster/store"
	"doorbuster/web/page"
	"doorbuster/web/ui"
	"doorbuster/web/wire"
)

// till is a payment provider without a page of its own: the shop shows it, and hands over what was typed. The sandbox is one.
type till interface {
	Press(ctx context.Context, payment uuid.UUID, card string) ([]sandbox.Callback, error)
}

// sandboxPayment finds a payment of the shopper who asks. Another shopper's is answered like none, and all are where money moves.
func (s *Server) sandboxPayment(a *reply, r *http.Request) (store.Payment, error) {
	id, ok := parseID(chi.URLParam(r, "payment"))
	if s.till == nil || !ok {
		return store.Payment{}, refused(page.NotFound)
	}
	who, err := s.mustSession(a, r, "/sandbox/"+id.String())
	if err != nil {
		return store.Payment{}, err
	}
	p, err := s.store.ShowPayment(r.Context(), id)
	if err == nil && (p.UserID != who.user || p.Provider != s.cfg.Payment.Provider().Name()) {
		return store.Payment{}, refused(page.NotFound)
	}
	a.order = p.OrderID
	return p, err
}

// showSandbox is the page of a provider, with test cards. What was decided before leads back to the order.
func (s *Server) showSandbox(a *reply, r *http.Request) error {
	p, err := s.sandboxPayment(a, r)
	if err != nil {
		return err
	}
	if p.State != page.PaymentStarted {
		return a.seeOther(r, "/orders/"+p.OrderID.String())
	}
	v := page.SandboxView{
		Chrome: a.chrome("/sandbox/" + p.ID.String()), ID: p.ID.String(), Order: p.OrderID.String(), ItemTitle: p.Title,
		Total: ui.Money{Minor: p.AmountCents, Currency: p.Currency},
	}
	for _, card := range sandbox.Cards {
		v.Cards = append(v.Cards, page.TestCard{Number: card.Number, Does: card.Words[string(a.lang)]})
	}
	return a.page(r, http.StatusOK, page.Sandbox(v))
}

// paySandbox presses the button of a provider: it calls back as a real one does, and leads back to the shop.
func (s *Server) paySandbox(a *reply, r *http.Request) error {
	p, err := s.sandboxPayment(a, r)
	if err != nil {
		return err
	}
	if err := errors.Join(s.shopperMay(a.who), s.writable()); err != nil {
		return err
	}
	a.logs("sandbox")
	card, err := readCard(r)
	if err != nil {
		return err
	}
	ctx, stop := context.WithTimeout(context.WithoutCancel(r.Context()), changeTime)
	defer stop()
	rings, err := s.till.Press(ctx, p.ID, card)
	if err != nil {
		return err
	}
	for _, ring := range rings {
		// One that fails is not sent again, which is the worst that a provider may do: coming back makes up for it.
		a.fault = errors.Join(a.fault, s.cfg.Payment.Callback(ctx, ring.Header, ring.Body))
	}
	a.item = p.ItemID
	return a.seeOther(r, paidPath(p.OrderID)+"?payment="+p.ID.String())
}

// readCard reads the number of a card: that of the button which was pressed, else the one that was typed.
func readCard(r *http.Request) (string, error) {
	form, err := wire.ReadForm(r, "card", "number")
	if err != nil {
		return "", err
	}
	card := form.Get("card")
	if card == "" {
		card = form.Get("number")
	}
	card, ok := cardNumber(card)
	if !ok {
		return "", refused(page.BadRequest)
	}
	return card, nil
}

// cardNumber takes the digits of a card as people type them, in groups or not.
func cardNumber(text string) (string, bool) {
	digits := strings.NewReplacer(" ", "", "-", "").Replace(text)
	strange := strings.ContainsFunc(digits, func(c rune) bool { return c < '0' || c > '9' })
	return digits, len(text) <= 40 && len(digits) >= 12 && len(digits) <= 19 && !strange
}
