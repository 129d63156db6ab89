package web

import (
	"context"
	"errors"

	"github.com/google/uuid"
)

// Provider takes money. It must be safe to call again with the same order: a lost answer is asked for again, and must not take
// twice.
type Provider interface {
	// Sandbox says that no money moves; pages then say so.
	Sandbox() bool
	// Charge takes amount (in the smallest unit of currency, ISO 4217) for order and returns the provider's reference.
	// ErrDeclined: the shopper's means of payment were refused and nothing was taken. Any other error: it is not known.
	Charge(ctx context.Context, order uuid.UUID, amount int64, currency string) (reference string, err error)
	// Refund gives back all that was taken under reference: the order could not be paid any more.
	Refund(ctx context.Context, reference string) error
}

// ErrDeclined says that a payment was refused and nothing was taken.
var ErrDeclined = errors.New("web: payment declined")

// Sandbox is a Provider for trials: it takes no money and always does the same. Amounts that end in 13 are declined.
type Sandbox struct{}

// Sandbox is true.
func (Sandbox) Sandbox() bool { return true }

// Charge takes nothing and succeeds, or declines an amount that ends in 13.
func (Sandbox) Charge(ctx context.Context, order uuid.UUID, amount int64, _ string) (string, error) {
	if err := ctx.Err(); err != nil {
		return "", err
	}
	if amount%100 == 13 {
		return "", ErrDeclined
	}
	return "sandbox-" + order.String(), nil
}

// Refund gives nothing back, as nothing was taken.
func (Sandbox) Refund(ctx context.Context, _ string) error { return ctx.Err() }
