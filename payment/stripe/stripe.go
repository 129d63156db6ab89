// Package stripe takes payments at Stripe: the shopper pays on Stripe's own page (Checkout), so no card number ever comes near the shop.
//
// A payment is a Checkout Session whose PaymentIntent is captured by hand: Stripe authorises the money when the shopper pays, and takes it
// when it is told to. The session's number is the payment's reference; everything else is reached from it.
//
// Every call that changes something carries the payment's number and a word for the act as idempotency key, so Stripe repeats its first
// answer to a repeated call, an error of its own included, for a day. A call that fits no more (the capture of what was cancelled) changes
// nothing there either way, because a session and an intent are state machines.
//
// Amounts are in the smallest unit of the currency, as in the shop: Stripe's rule for currencies without decimals is the same.
package stripe

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"
	api "github.com/stripe/stripe-go/v85"

	"doorbuster/payment"
)

// Name of the provider.
const Name = "stripe"

const (
	// attemptTime bounds one HTTP request, callTime a call with its repetitions: shopper and worker wait for it.
	attemptTime = 8 * time.Second
	callTime    = 20 * time.Second
	maxRetries  = 2

	// A session must live for 30 minutes to 24 hours from when it is made. It is made before the hold ends, and an hour at most after the
	// payment was numbered; the rest is for clocks that differ. When the hold ends, the desk lets the session expire.
	sessionAfterHold  = 35 * time.Minute
	sessionAfterStart = 23 * time.Hour

	maxTitle = 200 // letters of what is bought
)

// metadataKey names the payment in what Stripe keeps and in its events. The account may serve other programs too.
const metadataKey = "doorbuster_payment"

// Config says how to reach Stripe.
type Config struct {
	Key            string // secret or restricted key: sk_live_…, rk_live_…; with sk_test_… no money moves
	EndpointSecret string // of the webhook endpoint: whsec_…
	URL            string // default Stripe's own address; tests have another
	Client         *http.Client
}

// Provider is Stripe as a payment.Provider.
type Provider struct {
	client *api.Client
	secret string
	test   bool
}

// New makes a provider. It asks Stripe nothing, so it fails only when a key or a secret is missing: without a secret anybody could sign.
func New(c Config) (*Provider, error) {
	if c.Key == "" || c.EndpointSecret == "" {
		return nil, errors.New("stripe: the secret key and the secret of the webhook endpoint must be set")
	}
	config := &api.BackendConfig{
		HTTPClient:        &http.Client{Timeout: attemptTime},
		MaxNetworkRetries: api.Int64(maxRetries),
		LeveledLogger:     &api.LeveledLogger{Level: api.LevelNull}, // what fails is said once, by the caller
		EnableTelemetry:   api.Bool(false),
	}
	if c.Client != nil {
		config.HTTPClient = c.Client
	}
	if c.URL != "" {
		config.URL = api.String(c.URL)
	}
	client := api.NewClient(c.Key, api.WithBackends(api.NewBackendsWithConfig(config)))
	return &Provider{client: client, secret: c.EndpointSecret, test: strings.Contains(c.Key, "_test_")}, nil
}

// Name implements payment.Provider.
func (*Provider) Name() string { return Name }

// Sandbox implements payment.Provider: with a key for tests no money moves.
func (p *Provider) Sandbox() bool { return p.test }

// Begin implements payment.Provider. A payment that the shopper has nothing left to do about goes straight back.
//
// Everything that is sent depends on the bill alone, and not on the clock: a repetition must be the same to the letter, or Stripe refuses
// it. So a shopper whose first answer was lost and who comes back in another language is refused until the hold ends.
func (p *Provider) Begin(ctx context.Context, b payment.Bill) (payment.Begun, error) {
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	if b.Reference != "" {
		return p.goOn(ctx, b)
	}
	params := sessionParams(b)
	params.SetIdempotencyKey(keyOf(b.Payment, "begin"))
	session, err := p.client.V1CheckoutSessions.Create(ctx, params)
	if err != nil {
		return payment.Begun{}, err
	}
	return begunOf(session, b), nil
}

// goOn sends the shopper back to a session that was made before.
func (p *Provider) goOn(ctx context.Context, b payment.Bill) (payment.Begun, error) {
	session, err := p.session(ctx, b.Reference)
	if err != nil {
		return payment.Begun{}, err
	}
	return begunOf(session, b), nil
}

func begunOf(s *api.CheckoutSession, b payment.Bill) payment.Begun {
	if s.Status != api.CheckoutSessionStatusOpen || s.URL == "" {
		return payment.Begun{Reference: s.ID, URL: b.ReturnURL}
	}
	return payment.Begun{Reference: s.ID, URL: s.URL}
}

func sessionParams(b payment.Bill) *api.CheckoutSessionCreateParams {
	names := map[string]string{metadataKey: b.Payment.String()}
	letters := []rune(b.Title)
	title := string(letters[:min(len(letters), maxTitle)])
	return &api.CheckoutSessionCreateParams{
		Mode:              api.String(string(api.CheckoutSessionModePayment)),
		ClientReferenceID: api.String(b.Payment.String()),
		Metadata:          names,
		PaymentIntentData: &api.CheckoutSessionCreatePaymentIntentDataParams{
			CaptureMethod: api.String(string(api.PaymentIntentCaptureMethodManual)),
			Metadata:      names, // of the intent's own events
		},
		LineItems: []*api.CheckoutSessionCreateLineItemParams{{
			Quantity: api.Int64(1),
			PriceData: &api.CheckoutSessionCreateLineItemPriceDataParams{
				Currency:    api.String(strings.ToLower(b.Currency)),
				UnitAmount:  api.Int64(b.AmountCents),
				ProductData: &api.CheckoutSessionCreateLineItemPriceDataProductDataParams{Name: api.String(title)},
			},
		}},
		AdaptivePricing: &api.CheckoutSessionCreateAdaptivePricingParams{Enabled: api.Bool(false)}, // the price is the price, also abroad
		ExpiresAt:       api.Int64(expiry(b).Unix()),
		Locale:          api.String(b.Language),
		SuccessURL:      api.String(b.ReturnURL),
		CancelURL:       api.String(b.ReturnURL),
	}
}

// expiry is when Stripe gives the session up by itself. It follows from the bill, so that it is the same in every repetition.
func expiry(b payment.Bill) time.Time {
	seconds, nanoseconds := b.Payment.Time().UnixTime()
	latest := time.Unix(seconds, nanoseconds).Add(sessionAfterStart)
	if after := b.PayBy.Add(sessionAfterHold); after.Before(latest) {
		return after
	}
	return latest
}

func keyOf(id uuid.UUID, act string) string { return id.String() + "-" + act }

// session asks for a session with its intent and the intent's charge.
func (p *Provider) session(ctx context.Context, reference string) (*api.CheckoutSession, error) {
	params := &api.CheckoutSessionRetrieveParams{}
	params.AddExpand("payment_intent.latest_charge")
	return p.client.V1CheckoutSessions.Retrieve(ctx, reference, params)
}

// LookUp implements payment.Provider.
func (p *Provider) LookUp(ctx context.Context, r payment.Ref) (payment.Standing, error) {
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	standing, _, err := p.lookUp(ctx, r)
	return standing, err
}

// lookUp answers how a payment stands, and the session that says so: nil if the shop has no reference, and then nobody can have paid.
func (p *Provider) lookUp(ctx context.Context, r payment.Ref) (payment.Standing, *api.CheckoutSession, error) {
	if r.Reference == "" {
		return payment.Standing{Says: payment.Pending, AmountCents: r.AmountCents, Currency: r.Currency}, nil, nil
	}
	session, err := p.session(ctx, r.Reference)
	if err != nil {
		return payment.Standing{}, nil, err
	}
	standing, err := standingOf(session)
	return standing, session, err
}
