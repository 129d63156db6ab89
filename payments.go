package main

import (
	"fmt"

	"doorbuster/payment"
	"doorbuster/payment/sandbox"
	"doorbuster/payment/stripe"
)

// paymentSettings say whom shoppers pay. Web servers and workers of one shop must have the same.
type paymentSettings struct {
	PaymentProvider      string `help:"Whom shoppers pay: ${enum}. In the sandbox no money moves." enum:"sandbox,stripe" default:"sandbox" env:"PAYMENT_PROVIDER"`
	StripeKey            string `help:"Secret or restricted key of Stripe." env:"STRIPE_KEY"`
	StripeEndpointSecret string `help:"Secret of the endpoint at Stripe that calls /payments/callback." env:"STRIPE_ENDPOINT_SECRET"`
}

// provider makes the provider that the settings name.
func (p *process) provider() (payment.Provider, error) {
	s := p.payment
	if s.PaymentProvider == stripe.Name {
		provider, err := stripe.New(stripe.Config{Key: s.StripeKey, EndpointSecret: s.StripeEndpointSecret})
		if err != nil {
			return nil, usageError{fmt.Errorf("STRIPE_KEY and STRIPE_ENDPOINT_SECRET: %w", err)}
		}
		return provider, nil
	}
	var key []byte // a worker believes no callback, because none comes to it
	if len(p.keys.link) > 0 {
		key = p.keys.link[0]
	}
	return sandbox.New(p.store, key), nil
}

// makeDesk opens the desk where payments are begun and settled.
func (p *process) makeDesk() error {
	provider, err := p.provider()
	if err != nil {
		return err
	}
	p.desk = payment.NewDesk(p.store, provider, p.log)
	if provider.Sandbox() && !p.local {
		p.log.Warn("payments are for trial: no money moves", "provider", provider.Name())
	}
	return nil
}
