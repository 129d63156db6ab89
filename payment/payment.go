// Package payment takes the money of an order in two steps, as a purchase takes a unit: try, then confirm or cancel.
//
// A Provider holds the money (authorised), and takes it (capture) or lets it go (release) when it is told to; what was taken can go back
// (refund). What the shop knows of the money stands in MySQL, and the procedure settle_payment alone changes it: it hears what the provider
// says and answers what has to be done there. The money is captured only while the order has its unit.
//
// The Desk is the one piece of code that carries this out, for the web server and for the worker. It believes nobody but the provider, and
// the provider only when asked: a callback, a shopper who comes back and the worker's round are bells. Whoever rings makes the desk look the
// payment up, hand in what it hears, and do what that answers. So a callback may be lost, come twice, come late or be made up.
//
// What is done may be done again: every call to a provider carries the payment's number, and none of them takes or gives back twice. A
// process that is killed between two steps leaves a payment that the worker finds and carries on with.
//
// Amounts come from the order, never from a request, and are whole numbers of the smallest unit of their currency.
package payment

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/google/uuid"
)

// What a provider says of a payment: Standing.Says.
const (
	Pending    = "pending"    // the shopper has not paid, or the provider does not know yet
	Authorised = "authorised" // the provider holds the money for the shop
	Captured   = "captured"   // the money is the shop's
	Failed     = "failed"     // no money is held, and none will be: declined, abandoned, released
	Refunded   = "refunded"   // all of the money went back
)

// What the shop's books want done at the provider, as settle_payment answers.
const (
	Capture = "capture"
	Release = "release"
	Refund  = "refund"
)

// Abandoned is the Standing.Detail of a payment that failed because the shopper never confirmed it.
const Abandoned = "abandoned"

// ErrForged says that a callback does not come from the provider.
var ErrForged = errors.New("payment: the callback is not from the provider")

// Provider takes money in two steps. All calls may be repeated with the same payment: none may take or give back twice. An error means
// that it is not known whether anything happened. An act that does not fit how the payment stands (a capture of what was let go) is no
// error: it changes nothing and answers how the payment stands. Every call ends within a bounded time.
type Provider interface {
	// Name stands in payments.provider: lower case, at most 20 characters.
	Name() string
	// Sandbox says that no money moves, and pages say so.
	Sandbox() bool
	// Begin tells the provider of a payment and answers where the shopper pays it.
	Begin(ctx context.Context, b Bill) (Begun, error)
	// LookUp answers how a payment stands, and changes nothing.
	LookUp(ctx context.Context, r Ref) (Standing, error)
	// Capture takes the money that the provider holds.
	Capture(ctx context.Context, r Ref) (Standing, error)
	// Close sees to it that what the shopper has not confirmed cannot be confirmed any more. Money that is held stays held.
	Close(ctx context.Context, r Ref) (Standing, error)
	// Release lets the money go that the provider holds, and closes a payment that the shopper has not confirmed.
	Release(ctx context.Context, r Ref) (Standing, error)
	// Refund gives captured money back, all of it.
	Refund(ctx context.Context, r Ref) (Standing, error)
	// Callback checks that a request comes from the provider (else ErrForged) and says which payment it is about, zero if it is about none
	// of the shop's. Nothing else in it is believed.
	Callback(header http.Header, body []byte) (uuid.UUID, error)
}

// Bill is what a shopper has to pay.
type Bill struct {
	Payment     uuid.UUID // UUIDv7 made before the first attempt: the idempotency key
	Order       uuid.UUID
	Reference   string // what Begin answered before; "" until the shop's books have it
	AmountCents int64
	Currency    string    // ISO 4217
	Title       string    // what is bought
	PayBy       time.Time // end of the hold
	Language    string    // en or zh
	ReturnURL   string    // absolute: where the shopper comes back to, whatever happened
}

// Begun is where a payment that was begun goes on.
type Begun struct {
	Reference string // the provider's number of it
	URL       string // where the shopper goes to pay; may be a path of the shop
}

// Ref names a payment to its provider. The amount is what was asked for.
type Ref struct {
	Payment     uuid.UUID
	Reference   string // "" if the provider's answer to Begin was lost: then no shopper was ever sent to pay it
	AmountCents int64
	Currency    string
}

// Standing is how a payment stands at its provider.
type Standing struct {
	Says        string // Pending, Authorised, Captured, Failed or Refunded
	AmountCents int64  // of Authorised and Captured
	Currency    string // ISO 4217
	Reference   string // "" if there is nothing to add to what is known
	Detail      string // the provider's words; may be empty
}
