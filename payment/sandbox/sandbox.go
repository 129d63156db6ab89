// Package sandbox is a payment provider for trying things out: no money moves, and no card is asked.
//
// How a payment ends is chosen by the number of the card that is typed in, from a short list (Cards): declined, answered late, another
// amount, with callbacks that are lost, come twice or out of order. Nothing is left to chance, so a demonstration and a test can meet every
// end on purpose. What it knows stands in MySQL (table sandbox_payments), as a real provider's books outlive the shop's processes: a kill
// must not lose it. No card number is kept: somebody may type a real one.
package sandbox

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"doorbuster/payment"
	"doorbuster/store"
)

// Name of the provider.
const Name = "sandbox"

// Acts of store.SandboxAct beside those that the shop's books ask for.
const (
	show    = "show"
	pay     = "pay"
	closing = "close"
)

// Books are what the sandbox needs of the store: its own table there.
type Books interface {
	SandboxBegin(ctx context.Context, payment uuid.UUID, amountCents int64, currency string, payBy time.Time) (store.SandboxStart, error)
	SandboxAct(ctx context.Context, payment uuid.UUID, act, card string) (store.SandboxStanding, error)
}

// Provider is the sandbox as a payment.Provider. It keeps nothing in memory, so any number of them may serve the same payments.
type Provider struct {
	books Books
	key   []byte
}

// New makes a sandbox that signs its callbacks with key, which every process that serves the shop must share. Without a key no callback
// is believed.
func New(books Books, key []byte) *Provider { return &Provider{books: books, key: key} }

// Name implements payment.Provider.
func (*Provider) Name() string { return Name }

// Sandbox implements payment.Provider: no money moves.
func (*Provider) Sandbox() bool { return true }

// Begin implements payment.Provider. The page where the shopper pays is the shop's own: /{language}/sandbox/{payment}. A payment that the
// shopper has nothing left to do about goes straight back.
func (p *Provider) Begin(ctx context.Context, b payment.Bill) (payment.Begun, error) {
	begun := payment.Begun{Reference: b.Payment.String(), URL: "/" + b.Language + "/sandbox/" + b.Payment.String()}
	start, err := p.books.SandboxBegin(ctx, b.Payment, b.AmountCents, b.Currency, b.PayBy)
	if err != nil || start.Outcome != store.Exists {
		return begun, err
	}
	standing, err := p.books.SandboxAct(ctx, b.Payment, show, "")
	if standing.Says != payment.Pending {
		begun.URL = b.ReturnURL
	}
	return begun, err
}

// LookUp implements payment.Provider.
func (p *Provider) LookUp(ctx context.Context, r payment.Ref) (payment.Standing, error) {
	return p.act(ctx, r, show, payment.Standing{Says: payment.Pending})
}

// Capture implements payment.Provider.
func (p *Provider) Capture(ctx context.Context, r payment.Ref) (payment.Standing, error) {
	return p.act(ctx, r, payment.Capture, payment.Standing{Says: payment.Pending})
}

// Close implements payment.Provider. One whose card has not answered yet stays pending.
func (p *Provider) Close(ctx context.Context, r payment.Ref) (payment.Standing, error) {
	return p.act(ctx, r, closing, payment.Standing{Says: payment.Failed, Detail: payment.Abandoned})
}

// Release implements payment.Provider. One whose card has not answered yet stays pending: only an answer can be let go.
func (p *Provider) Release(ctx context.Context, r payment.Ref) (payment.Standing, error) {
	return p.act(ctx, r, payment.Release, payment.Standing{Says: payment.Failed, Detail: payment.Abandoned})
}

// Refund implements payment.Provider.
func (p *Provider) Refund(ctx context.Context, r payment.Ref) (payment.Standing, error) {
	return p.act(ctx, r, payment.Refund, payment.Standing{Says: payment.Pending})
}

// act does something to a payment, and answers how it stands afterwards. never is the answer for a payment that the sandbox has not heard
// of because the shop was killed before it was told; if the shop has a reference, the sandbox did know it, and its table was lost.
func (p *Provider) act(ctx context.Context, r payment.Ref, act string, never payment.Standing) (payment.Standing, error) {
	s, err := p.books.SandboxAct(ctx, r.Payment, act, "")
	switch {
	case err != nil:
		return payment.Standing{}, err
	case s.Outcome == store.NoSuchPayment && r.Reference == "":
		never.AmountCents, never.Currency = r.AmountCents, r.Currency
		return never, nil
	case s.Outcome == store.NoSuchPayment:
		return payment.Standing{}, fmt.Errorf("sandbox: payment %s is lost: %w", r.Payment, store.ErrNotFound)
	}
	return payment.Standing{Says: s.Says, AmountCents: s.AmountCents, Currency: s.Currency, Reference: r.Payment.String(), Detail: s.Detail}, nil
}
