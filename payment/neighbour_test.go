package payment_test

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"doorbuster/payment"
	"doorbuster/store"
)

// The desk's two neighbours, scripted: books that answer what a test tells them to and a provider that says what it is told. They prove
// what the desk decides and in which order it asks, not what is in the database: that is proved with real servers, where the books are.

// books answers each settlement with the next one of a list, and writes down what it was told.
type books struct {
	mu       sync.Mutex
	start    store.PaymentStart
	payments map[uuid.UUID]store.Payment
	answers  []store.Settlement // the last one is repeated
	err      error              // of SettlePayment

	started []string // provider and whether the number was a UUIDv7
	reports []store.PaymentReport
}

func (b *books) StartPayment(_ context.Context, _ uuid.UUID, _ uint64, id uuid.UUID, provider string) (store.PaymentStart, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.started = append(b.started, fmt.Sprintf("%s v%d", provider, id.Version()))
	return b.start, nil
}

func (b *books) ShowPayment(_ context.Context, id uuid.UUID) (store.Payment, error) {
	p, ok := b.payments[id]
	if !ok {
		return store.Payment{}, store.ErrNotFound
	}
	return p, nil
}

func (b *books) SettlePayment(_ context.Context, r store.PaymentReport) (store.Settlement, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.reports = append(b.reports, r)
	if b.err != nil {
		return store.Settlement{}, b.err
	}
	answer := b.answers[min(len(b.reports), len(b.answers))-1]
	return answer, nil
}

// said is what the books were told, in order.
func (b *books) said() []string {
	var all []string
	for _, r := range b.reports {
		all = append(all, r.Says)
	}
	return all
}

// provider answers each call by its name, and writes down what it was asked.
type provider struct {
	says  map[string]payment.Standing
	errs  map[string]error
	begun payment.Begun
	about uuid.UUID // of a callback

	asked []string
	refs  []payment.Ref
	bills []payment.Bill
}

func (*provider) Name() string  { return "scripted" }
func (*provider) Sandbox() bool { return true }

func (p *provider) Begin(_ context.Context, b payment.Bill) (payment.Begun, error) {
	p.asked = append(p.asked, "begin")
	p.bills = append(p.bills, b)
	return p.begun, p.errs["begin"]
}

func (p *provider) answer(call string, r payment.Ref) (payment.Standing, error) {
	p.asked = append(p.asked, call)
	p.refs = append(p.refs, r)
	return p.says[call], p.errs[call]
}

func (p *provider) LookUp(_ context.Context, r payment.Ref) (payment.Standing, error) {
	return p.answer("look up", r)
}

func (p *provider) Capture(_ context.Context, r payment.Ref) (payment.Standing, error) {
	return p.answer("capture", r)
}

func (p *provider) Close(_ context.Context, r payment.Ref) (payment.Standing, error) {
	return p.answer("close", r)
}

func (p *provider) Release(_ context.Context, r payment.Ref) (payment.Standing, error) {
	return p.answer("release", r)
}

func (p *provider) Refund(_ context.Context, r payment.Ref) (payment.Standing, error) {
	return p.answer("refund", r)
}

func (p *provider) Callback(http.Header, []byte) (uuid.UUID, error) {
	return p.about, p.errs["callback"]
}

// newPayment is a payment in progress of a held order.
func newPayment(t *testing.T) store.Payment {
	t.Helper()
	now := time.Date(2035, time.June, 1, 12, 0, 0, 0, time.UTC)
	end := now.Add(10 * time.Minute)
	return store.Payment{
		ID: uuid.Must(uuid.NewV7()), OrderID: uuid.Must(uuid.NewV7()), UserID: 7, ItemID: 1, Title: "Thing", Provider: "scripted", Reference: "ref-1",
		State: "started", AmountCents: 1999, Currency: "EUR", OrderState: "held", HoldExpiresAt: &end, DatabaseTime: now,
	}
}

func standing(says string) payment.Standing {
	return payment.Standing{Says: says, AmountCents: 1999, Currency: "EUR"}
}
