package stripe

import (
	"cmp"
	"fmt"
	"strings"

	api "github.com/stripe/stripe-go/v85"

	"doorbuster/payment"
)

// standingOf says in the shop's words how a session stands. The money is the intent's affair, so the intent decides where there is one
// that has got anywhere; the session says whether the shopper may still go on.
func standingOf(s *api.CheckoutSession) (payment.Standing, error) {
	standing := payment.Standing{Says: payment.Pending, AmountCents: s.AmountTotal, Currency: strings.ToUpper(string(s.Currency)), Reference: s.ID}
	if s.PaymentIntent != nil {
		ofIntent(&standing, s.PaymentIntent)
	}
	switch {
	case s.Status == api.CheckoutSessionStatusExpired && (standing.Says == payment.Pending || standing.Says == payment.Failed):
		standing.Says, standing.Detail = payment.Failed, payment.Abandoned
	case standing.Says != payment.Pending || s.Status == api.CheckoutSessionStatusOpen:
	case s.Status != api.CheckoutSessionStatusComplete:
		return payment.Standing{}, fmt.Errorf("stripe: session %s has the unknown status %q", s.ID, s.Status)
	case s.PaymentIntent == nil:
		return payment.Standing{}, fmt.Errorf("stripe: session %s is complete without a payment", s.ID)
	case s.PaymentIntent.Status == api.PaymentIntentStatusRequiresPaymentMethod:
		standing.Says = payment.Failed // the bank said no after the shopper had left, and nobody can try again in a complete session
		if standing.Detail == "" {
			standing.Detail = "declined"
		}
	}
	return standing, nil
}

// ofIntent takes over what an intent says. One that waits for the shopper or for the bank is pending.
func ofIntent(standing *payment.Standing, intent *api.PaymentIntent) {
	standing.AmountCents, standing.Currency = intent.Amount, strings.ToUpper(string(intent.Currency))
	standing.Detail = words(intent.LastPaymentError)
	switch intent.Status {
	case api.PaymentIntentStatusRequiresCapture:
		standing.Says, standing.AmountCents, standing.Detail = payment.Authorised, intent.AmountCapturable, ""
	case api.PaymentIntentStatusSucceeded:
		standing.Says, standing.AmountCents, standing.Detail = payment.Captured, intent.AmountReceived, ""
		if intent.LatestCharge != nil && intent.LatestCharge.Refunded {
			standing.Says = payment.Refunded
		}
	case api.PaymentIntentStatusCanceled:
		standing.Says, standing.Detail = payment.Failed, cmp.Or(string(intent.CancellationReason), "released")
	default:
	}
}

// words are the reason why a card was refused, as Stripe names it.
func words(e *api.Error) string {
	switch {
	case e == nil:
		return ""
	case e.DeclineCode != "":
		return string(e.DeclineCode)
	default:
		return string(e.Code)
	}
}
