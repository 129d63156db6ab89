package stripe

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"

	api "github.com/stripe/stripe-go/v85"

	"doorbuster/payment"
)

// Capture implements payment.Provider.
func (p *Provider) Capture(ctx context.Context, r payment.Ref) (payment.Standing, error) {
	return p.act(ctx, r, payment.Authorised, func(ctx context.Context, s *api.CheckoutSession) error {
		params := &api.PaymentIntentCaptureParams{}
		params.SetIdempotencyKey(keyOf(r.Payment, payment.Capture))
		_, err := p.client.V1PaymentIntents.Capture(ctx, s.PaymentIntent.ID, params)
		return err
	})
}

// Close implements payment.Provider. A session that the shopper has not completed is made to expire.
func (p *Provider) Close(ctx context.Context, r payment.Ref) (payment.Standing, error) {
	if r.Reference == "" { // no shopper was ever sent there
		return payment.Standing{Says: payment.Failed, AmountCents: r.AmountCents, Currency: r.Currency, Detail: payment.Abandoned}, nil
	}
	return p.act(ctx, r, payment.Pending, func(ctx context.Context, s *api.CheckoutSession) error {
		if s.Status != api.CheckoutSessionStatusOpen {
			return nil // it is with the shopper's bank: there is nothing to close any more, nor to let go yet
		}
		params := &api.CheckoutSessionExpireParams{}
		params.SetIdempotencyKey(keyOf(r.Payment, "expire"))
		_, err := p.client.V1CheckoutSessions.Expire(ctx, s.ID, params)
		return err
	})
}

// Release implements payment.Provider. The session is closed first; if the shopper completes it just then, the money that is held is let go.
func (p *Provider) Release(ctx context.Context, r payment.Ref) (payment.Standing, error) {
	standing, err := p.Close(ctx, r)
	if err != nil || standing.Says != payment.Authorised {
		return standing, err
	}
	return p.act(ctx, r, payment.Authorised, func(ctx context.Context, s *api.CheckoutSession) error {
		params := &api.PaymentIntentCancelParams{}
		params.SetIdempotencyKey(keyOf(r.Payment, payment.Release))
		_, err := p.client.V1PaymentIntents.Cancel(ctx, s.PaymentIntent.ID, params)
		return err
	})
}

// Refund implements payment.Provider. Money that is on its way back counts as refunded: Stripe sends it, and nobody can stop it here.
func (p *Provider) Refund(ctx context.Context, r payment.Ref) (payment.Standing, error) {
	sent := false
	standing, err := p.act(ctx, r, payment.Captured, func(ctx context.Context, s *api.CheckoutSession) error {
		params := &api.RefundCreateParams{PaymentIntent: api.String(s.PaymentIntent.ID)}
		params.SetIdempotencyKey(keyOf(r.Payment, payment.Refund))
		refund, err := p.client.V1Refunds.Create(ctx, params)
		if err != nil {
			return err
		}
		sent = refund.Status == api.RefundStatusSucceeded || refund.Status == api.RefundStatusPending
		if !sent {
			return fmt.Errorf("stripe: the refund %s is %s: %s", refund.ID, refund.Status, refund.FailureReason)
		}
		return nil
	})
	if sent && standing.Says == payment.Captured {
		standing.Says = payment.Refunded
	}
	return standing, err
}

// act does something to a payment that stands as it must for it, and answers how it stands afterwards, as Stripe tells when it is asked
// again: the answer to a repeated call is the one of the first, which may be long past.
func (p *Provider) act(ctx context.Context, r payment.Ref, must string, do func(context.Context, *api.CheckoutSession) error) (payment.Standing, error) {
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	before, session, err := p.lookUp(ctx, r)
	if err != nil || session == nil || before.Says != must {
		return before, err
	}
	failed := do(ctx, session)
	if failed != nil && !refused(failed) {
		return payment.Standing{}, failed
	}
	after, _, err := p.lookUp(ctx, r)
	if err == nil && failed != nil && after.Says == before.Says {
		return payment.Standing{}, failed // it was not for how the payment stands that Stripe refused
	}
	return after, err
}

// refused says that Stripe understood a call and did not carry it out: it may have been done before, or fit no more.
func refused(err error) bool {
	var e *api.Error
	return errors.As(err, &e) && slices.Contains([]int{http.StatusBadRequest, http.StatusPaymentRequired, http.StatusNotFound}, e.HTTPStatusCode)
}
