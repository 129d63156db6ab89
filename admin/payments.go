package admin

import (
	"net/http"
	"net/url"
	"slices"

	"github.com/go-chi/chi/v5"
	"github.com/google/uuid"

	"doorbuster/admin/page"
	"doorbuster/store"
	"doorbuster/web/ui"
	"doorbuster/web/wire"
)

// paymentMoves is how many lines of a payment's ledger its page shows; it has a handful.
const paymentMoves = 200

func (s *Server) paymentRoutes() []route {
	return []route{
		{get, "/payments", read, s.listPayments},
		{get, "/payments/{payment}", read, s.showPayment},
		{post, "/payments/{payment}/ask", sell, s.askPayment},
	}
}

// uuidOf reads a number of 16 bytes as we write it ourselves.
func uuidOf(text string) (uuid.UUID, bool) {
	id, err := uuid.Parse(text)
	return id, err == nil && id.String() == text
}

// listPayments shows the payments of a filter, newest first.
func (s *Server) listPayments(a *reply, r *http.Request) error {
	query, err := wire.ReadQuery(r, "state", "before")
	if err != nil {
		return err
	}
	v := page.PaymentListView{Filter: query.Get("state")}
	if v.Filter == "" {
		v.Filter = page.PaymentsAll
	}
	before, ok := uuid.Nil, true
	if text := query.Get("before"); text != "" {
		before, ok = uuidOf(text)
	}
	if !ok || !slices.Contains(page.PaymentFilters, v.Filter) {
		return refused(page.BadRequest)
	}
	payments, err := s.store.ListPayments(r.Context(), a.by(), v.Filter, before, perPage+1)
	if err != nil {
		return err
	}
	filter := url.Values{}
	if v.Filter != page.PaymentsAll {
		filter.Set("state", v.Filter)
	}
	v.Frame = a.frame(withQuery("/payments", filter), "payments")
	if len(payments) > perPage {
		payments = payments[:perPage]
		filter.Set("before", payments[perPage-1].ID.String())
		v.More = withQuery("/payments", filter)
	}
	for _, p := range payments {
		v.Payments = append(v.Payments, paymentRow(p))
	}
	return a.page(r, http.StatusOK, page.PaymentList(v))
}

func paymentRow(p store.StaffPayment) page.PaymentRow {
	return page.PaymentRow{
		ID: p.ID.String(), Order: p.OrderID.String(), Provider: p.Provider, Reference: p.Reference, Amount: ui.Money{Minor: p.AmountCents, Currency: p.Currency},
		State: p.State, Reason: p.Reason, Started: p.StartedAt, Changed: p.ChangedAt, Captured: p.CapturedAt, Ask: p.AskAt, Asked: p.Asked,
		OrderState: p.OrderState, HoldEnds: p.HoldExpiresAt, Item: p.ItemTitle, Sale: p.SaleID, SaleTitle: p.SaleTitle, Zone: p.TimeZone, Now: p.DatabaseTime,
	}
}

func paymentPath(payment uuid.UUID) string { return "/payments/" + payment.String() }

// showPayment shows one payment: what its state means, and how it came to it.
func (s *Server) showPayment(a *reply, r *http.Request) error {
	query, err := wire.ReadQuery(r, "told")
	if err != nil {
		return err
	}
	payment, ok := uuidOf(chi.URLParam(r, "payment"))
	if !ok {
		return refused(page.NotFound)
	}
	return s.sendPayment(a, r, http.StatusOK, payment, page.PaymentView{Told: query.Get("told")})
}

// sendPayment sends the page of a payment with what v has already: a form that was wrong, something to tell.
func (s *Server) sendPayment(a *reply, r *http.Request, status int, payment uuid.UUID, v page.PaymentView) error {
	p, err := s.store.PaymentAsStaff(r.Context(), a.by(), payment)
	if err != nil {
		return err
	}
	moves, err := s.store.ListPaymentMoves(r.Context(), a.by(), payment, paymentMoves)
	if err != nil {
		return err
	}
	v.Frame, v.Payment, v.MayAsk = a.frame(paymentPath(payment), "payments"), paymentRow(p), a.may("sell") && p.AskAt != nil
	for _, m := range moves {
		v.Moves = append(v.Moves, page.PaymentMoveRow{From: m.From, To: m.To, Detail: m.Detail, Actor: m.Actor, At: m.MovedAt})
	}
	return a.page(r, status, page.PaymentShow(v))
}

// askPayment has the provider asked now.
func (s *Server) askPayment(a *reply, r *http.Request) error {
	payment, ok := uuidOf(chi.URLParam(r, "payment"))
	if !ok {
		return refused(page.NotFound)
	}
	form, err := wire.ReadForm(r, "reason")
	if err != nil {
		return err
	}
	v := page.PaymentView{Reason: form.Get("reason")}
	reason, code := reasonOf(v.Reason)
	if code != "" {
		v.Errors = ui.FieldErrors{{Field: page.Ask + "-reason", Code: code}}
		return s.sendPayment(a, r, http.StatusBadRequest, payment, v)
	}
	a.act = "payment asked"
	outcome, err := s.store.AskPayment(r.Context(), a.by(), payment, reason)
	if err != nil {
		return err
	}
	a.outcome = string(outcome)
	switch outcome {
	case store.NotAllowed:
		return refused(page.NotAllowed)
	case store.NoSuchPayment:
		return refused(page.NotFound)
	default:
		return a.seeOther(paymentPath(payment) + "?told=" + string(outcome))
	}
}
