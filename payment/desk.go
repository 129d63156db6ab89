package payment

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"

	"github.com/google/uuid"

	"doorbuster/store"
)

// maxRounds bounds how often a Check does what the books want done. Two are the most that any payment needs (capture, then refund).
const maxRounds = 4

// maxDetail is how many characters of a provider's words the books take.
const maxDetail = 200

// held is the state of an order that waits to be paid, started and authorised are those of a payment that goes on.
const (
	held       = "held"
	started    = "started"
	authorised = "authorised"
)

// Actors of a settlement.
const (
	shopper  = "shopper"
	callback = "callback"
)

// Books are what the desk needs of the store: what the shop knows of its payments.
type Books interface {
	StartPayment(ctx context.Context, order uuid.UUID, user uint64, payment uuid.UUID, provider string) (store.PaymentStart, error)
	ShowPayment(ctx context.Context, payment uuid.UUID) (store.Payment, error)
	SettlePayment(ctx context.Context, r store.PaymentReport) (store.Settlement, error)
}

// Desk is where payments are begun and settled: the one piece of code that both the web server and the worker use. Its methods may be
// called from any goroutine, also for one payment at once: the books let one of them win.
type Desk struct {
	books    Books
	provider Provider
	log      *slog.Logger
}

// NewDesk makes a desk that keeps books and sends shoppers to provider. log may be nil for slog.Default().
func NewDesk(books Books, provider Provider, log *slog.Logger) *Desk {
	if log == nil {
		log = slog.Default()
	}
	return &Desk{books: books, provider: provider, log: log}
}

// Provider is whom shoppers pay.
func (d *Desk) Provider() Provider { return d.provider }

// Beginning is the answer to Begin.
type Beginning struct {
	Outcome store.Outcome // of StartPayment
	Payment store.Payment // zero unless Exists or Started
	URL     string        // where the shopper goes now; "" unless Exists or Started
}

// Begin starts (or goes on with) the payment of an order of user and says where the shopper has to go. language is en or zh, returnURL the
// absolute address where the shopper comes back to; the payment is added to it: ?payment=.
//
// Nobody is sent to the provider before the books have its number of the payment: money that is held for a payment can always be found.
// A payment that ended in between sends the shopper to returnURL.
func (d *Desk) Begin(ctx context.Context, order uuid.UUID, user uint64, language, returnURL string) (Beginning, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return Beginning{}, err
	}
	start, err := d.books.StartPayment(ctx, order, user, id, d.provider.Name())
	if err != nil || (start.Outcome != store.Started && start.Outcome != store.Exists) {
		return Beginning{Outcome: start.Outcome}, err
	}
	p := start.Payment
	if err := d.mine(p); err != nil {
		return Beginning{}, err
	}
	returnURL += "?payment=" + p.ID.String() // only now it is known which payment the way back is about
	begun, err := d.provider.Begin(ctx, billOf(p, language, returnURL))
	if err != nil {
		return Beginning{}, fmt.Errorf("payment %s: begin at %s: %w", p.ID, p.Provider, err)
	}
	url := begun.URL
	if begun.Reference != p.Reference {
		kept, err := d.books.SettlePayment(ctx, store.PaymentReport{
			PaymentID: p.ID, Says: Pending, Currency: p.Currency, Reference: begun.Reference, Actor: shopper,
		})
		if err != nil {
			return Beginning{}, err
		}
		if kept.State != started && kept.State != authorised {
			url = returnURL
		}
	}
	p.Reference = begun.Reference
	return Beginning{Outcome: start.Outcome, Payment: p, URL: url}, nil
}

func billOf(p store.Payment, language, returnURL string) Bill {
	b := Bill{
		Payment: p.ID, Order: p.OrderID, Reference: p.Reference, AmountCents: p.AmountCents, Currency: p.Currency, Title: p.Title,
		PayBy: p.DatabaseTime, Language: language, ReturnURL: returnURL,
	}
	if p.HoldExpiresAt != nil {
		b.PayBy = *p.HoldExpiresAt
	}
	return b
}

// mine says whether a payment is this desk's provider's. Another one's cannot be asked here.
func (d *Desk) mine(p store.Payment) error {
	if p.Provider == d.provider.Name() {
		return nil
	}
	return fmt.Errorf("payment %s is at %q, but the provider is now %q: set it back until no payment is in progress",
		p.ID, p.Provider, d.provider.Name())
}

// Check asks the provider how a payment stands, settles it, and does what has to be done, until nothing is left to do or it is not known.
// actor is shopper, callback, worker, or a person's name. After an error the worker comes back to the payment.
//
// What the shopper has not confirmed when the order is no longer held is closed first: nobody may pay for a unit that is on sale again. It
// is not released: who confirmed in that moment is late, and the books decide whether he gets his unit or is told that he came too late.
func (d *Desk) Check(ctx context.Context, p store.Payment, actor string) (store.Settlement, error) {
	if err := d.mine(p); err != nil {
		return store.Settlement{}, err
	}
	ref := Ref{Payment: p.ID, Reference: p.Reference, AmountCents: p.AmountCents, Currency: p.Currency}
	standing, err := d.ask(ctx, "look up", d.provider.LookUp, ref)
	if err == nil && standing.Says == Pending && p.OrderState != held {
		standing, err = d.ask(ctx, "close", d.provider.Close, ref)
		if standing.Says == Failed && standing.Detail == "" {
			standing.Detail = Abandoned
		}
	}
	if err != nil {
		return store.Settlement{}, err
	}
	return d.settle(ctx, ref, standing, actor)
}

// settle hands in how a payment stands and does what that answers.
func (d *Desk) settle(ctx context.Context, ref Ref, standing Standing, actor string) (store.Settlement, error) {
	for round := 0; ; round++ {
		settlement, err := d.books.SettlePayment(ctx, reportOf(ref, standing, actor))
		if err != nil {
			return store.Settlement{}, err
		}
		d.tell(ref, standing, settlement, actor)
		if settlement.Todo == "" {
			return settlement, nil
		}
		if round == maxRounds {
			return settlement, fmt.Errorf("payment %s: still to do after %d rounds: %s", ref.Payment, maxRounds, settlement.Todo)
		}
		if standing.Reference != "" {
			ref.Reference = standing.Reference
		}
		if standing, err = d.do(ctx, settlement.Todo, ref); err != nil {
			return settlement, err
		}
	}
}

// do does at the provider what the books want done.
func (d *Desk) do(ctx context.Context, todo string, ref Ref) (Standing, error) {
	switch todo {
	case Capture:
		return d.ask(ctx, todo, d.provider.Capture, ref)
	case Release:
		return d.ask(ctx, todo, d.provider.Release, ref)
	case Refund:
		return d.ask(ctx, todo, d.provider.Refund, ref)
	default:
		return Standing{}, fmt.Errorf("payment %s: nobody knows how to %q", ref.Payment, todo)
	}
}

// ask calls the provider, and says in its error what it was asked.
func (d *Desk) ask(ctx context.Context, what string, call func(context.Context, Ref) (Standing, error), ref Ref) (Standing, error) {
	standing, err := call(ctx, ref)
	if err != nil {
		return Standing{}, fmt.Errorf("payment %s: %s at %s: %w", ref.Payment, what, d.provider.Name(), err)
	}
	return standing, nil
}

func reportOf(ref Ref, s Standing, actor string) store.PaymentReport {
	return store.PaymentReport{
		PaymentID: ref.Payment, Says: s.Says, AmountCents: s.AmountCents, Currency: s.Currency, Reference: s.Reference,
		Detail: shortened(s.Detail), Actor: actor,
	}
}

// shortened keeps the beginning of a provider's words.
func shortened(detail string) string {
	letters := []rune(detail)
	return string(letters[:min(len(letters), maxDetail)])
}

// tell logs what changed. Repetitions are the rule here (every bell asks), so they are not worth a line.
func (d *Desk) tell(ref Ref, s Standing, t store.Settlement, actor string) {
	if t.Outcome == store.Repeated && t.Todo == "" {
		return
	}
	d.log.Info("payment", "payment", ref.Payment, "outcome", t.Outcome, "provider_says", s.Says, "detail", shortened(s.Detail), "state", t.State,
		"order", t.OrderID, "order_state", t.OrderState, "to_do", t.Todo, "actor", actor)
}

// Callback verifies a callback and checks the payment it names. ErrForged: it is not from the provider. store.ErrNotFound: the provider
// speaks of a payment that is not in the books. One that is about no payment of the shop's is none of its business and no error.
func (d *Desk) Callback(ctx context.Context, header http.Header, body []byte) error {
	id, err := d.provider.Callback(header, body)
	if err != nil || id == uuid.Nil {
		return err
	}
	p, err := d.books.ShowPayment(ctx, id)
	if err != nil {
		return fmt.Errorf("payment %s: %w", id, err)
	}
	_, err = d.Check(ctx, p, callback)
	return err
}
