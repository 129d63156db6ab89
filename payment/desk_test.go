package payment_test

import (
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"doorbuster/payment"
	"doorbuster/store"
)

var quiet = slog.New(slog.DiscardHandler)

// settled is an answer of the books.
func settled(state, todo string) store.Settlement {
	return store.Settlement{Outcome: store.Settled, State: state, Todo: todo, OrderState: "held"}
}

var errAway = errors.New("the provider is away")

// check is a check, what the provider says to each call, and what the books answer.
type check struct {
	name    string
	change  func(*store.Payment)
	says    map[string]string
	errs    map[string]error
	answers []store.Settlement
	asked   []string
	told    []string
	state   string
	err     error
}

func expired(p *store.Payment) { p.OrderState = "expired" }

var checks = []check{
	{
		name: "nothing to do", says: map[string]string{"look up": "pending"}, answers: []store.Settlement{settled("started", "")},
		asked: []string{"look up"}, told: []string{"pending"}, state: "started",
	},
	{
		name: "authorised is captured", says: map[string]string{"look up": "authorised", "capture": "captured"},
		answers: []store.Settlement{settled("authorised", "capture"), settled("captured", "")},
		asked:   []string{"look up", "capture"}, told: []string{"authorised", "captured"}, state: "captured",
	},
	{
		name: "no unit is left: let go", says: map[string]string{"look up": "authorised", "release": "failed"},
		answers: []store.Settlement{settled("authorised", "release"), settled("failed", "")},
		asked:   []string{"look up", "release"}, told: []string{"authorised", "failed"}, state: "failed",
	},
	{
		name: "captured too late: given back", says: map[string]string{"look up": "authorised", "capture": "captured", "refund": "refunded"},
		answers: []store.Settlement{settled("authorised", "capture"), settled("refunding", "refund"), settled("refunded", "")},
		asked:   []string{"look up", "capture", "refund"}, told: []string{"authorised", "captured", "refunded"}, state: "refunded",
	},
	{
		name: "the order is gone before the shopper paid", change: expired,
		says: map[string]string{"look up": "pending", "close": "failed"}, answers: []store.Settlement{settled("failed", "")},
		asked: []string{"look up", "close"}, told: []string{"failed"}, state: "failed",
	},
	{
		name: "the order is gone, and the shopper paid just then", change: expired,
		says:    map[string]string{"look up": "pending", "close": "authorised", "capture": "captured"},
		answers: []store.Settlement{settled("authorised", "capture"), settled("captured", "")},
		asked:   []string{"look up", "close", "capture"}, told: []string{"authorised", "captured"}, state: "captured",
	},
	{
		name: "the order is gone, but the money is held: the books decide", change: expired,
		says: map[string]string{"look up": "authorised"}, answers: []store.Settlement{settled("authorised", "")},
		asked: []string{"look up"}, told: []string{"authorised"}, state: "authorised",
	},
	{
		name: "the provider is away", errs: map[string]error{"look up": errAway}, asked: []string{"look up"}, err: errAway,
	},
	{
		name: "the provider is away at the end of the hold", change: expired,
		says: map[string]string{"look up": "pending"}, errs: map[string]error{"close": errAway}, asked: []string{"look up", "close"}, err: errAway,
	},
	{
		name: "the answer to the capture is lost", says: map[string]string{"look up": "authorised"}, errs: map[string]error{"capture": errAway},
		answers: []store.Settlement{settled("authorised", "capture")}, asked: []string{"look up", "capture"}, told: []string{"authorised"},
		state: "authorised", err: errAway,
	},
}

// What a check asks the provider, in order, and what it tells the books.
func TestCheck(t *testing.T) {
	t.Parallel()
	for _, tt := range checks {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := newPayment(t)
			if tt.change != nil {
				tt.change(&p)
			}
			b := &books{answers: tt.answers}
			at := &provider{says: map[string]payment.Standing{}, errs: tt.errs}
			for call, says := range tt.says {
				at.says[call] = standing(says)
			}
			got, err := payment.NewDesk(b, at, quiet).Check(t.Context(), p, "worker")
			if !errors.Is(err, tt.err) || (err == nil) != (tt.err == nil) {
				t.Errorf("error %v, want %v", err, tt.err)
			}
			if diff := cmp.Diff(tt.asked, at.asked); diff != "" {
				t.Errorf("asked (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.told, b.said()); diff != "" {
				t.Errorf("told (-want +got):\n%s", diff)
			}
			if got.State != tt.state {
				t.Errorf("state %q, want %q", got.State, tt.state)
			}
			for _, r := range at.refs {
				if r != (payment.Ref{Payment: p.ID, Reference: "ref-1", AmountCents: 1999, Currency: "EUR"}) {
					t.Errorf("asked about %+v", r)
				}
			}
		})
	}
}

// Books that never have enough end after four rounds, with an error.
func TestCheckIsBounded(t *testing.T) {
	t.Parallel()
	b := &books{answers: []store.Settlement{settled("authorised", "capture")}}
	at := &provider{says: map[string]payment.Standing{"look up": standing("authorised"), "capture": standing("authorised")}}
	if _, err := payment.NewDesk(b, at, quiet).Check(t.Context(), newPayment(t), "worker"); err == nil {
		t.Error("no error")
	}
	if want := []string{"look up", "capture", "capture", "capture", "capture"}; !slices.Equal(at.asked, want) {
		t.Errorf("asked %q", at.asked)
	}
}

// The books hear who rang, what the provider said, its amount, its currency and its number, and 200 characters of its words.
func TestCheckReports(t *testing.T) {
	t.Parallel()
	p := newPayment(t)
	says := payment.Standing{Says: "authorised", AmountCents: 1998, Currency: "CNY", Reference: "ref-2", Detail: strings.Repeat("é", 300)}
	b := &books{answers: []store.Settlement{settled("authorised", "capture"), settled("captured", "")}}
	at := &provider{says: map[string]payment.Standing{"look up": says, "capture": standing("captured")}}
	if _, err := payment.NewDesk(b, at, quiet).Check(t.Context(), p, "ann"); err != nil {
		t.Fatal(err)
	}
	want := store.PaymentReport{
		PaymentID: p.ID, Says: "authorised", AmountCents: 1998, Currency: "CNY", Reference: "ref-2", Detail: strings.Repeat("é", 200), Actor: "ann",
	}
	if diff := cmp.Diff(want, b.reports[0]); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := at.refs[1].Reference; got != "ref-2" {
		t.Errorf("captured %q, not the number that the provider told", got)
	}
}

// A payment that the shopper left is abandoned, unless the provider knows better.
func TestAbandoned(t *testing.T) {
	t.Parallel()
	for detail, want := range map[string]string{"": "abandoned", "declined": "declined"} {
		p := newPayment(t)
		p.OrderState = "cancelled"
		b := &books{answers: []store.Settlement{settled("failed", "")}}
		at := &provider{says: map[string]payment.Standing{"look up": standing("pending"), "close": {Says: "failed", Detail: detail}}}
		if _, err := payment.NewDesk(b, at, quiet).Check(t.Context(), p, "worker"); err != nil {
			t.Fatal(err)
		}
		if got := b.reports[0].Detail; got != want {
			t.Errorf("%q becomes %q, want %q", detail, got, want)
		}
	}
}

// A payment of another provider is not asked about at this one.
func TestOtherProvider(t *testing.T) {
	t.Parallel()
	p := newPayment(t)
	p.Provider = "stripe"
	b := &books{start: store.PaymentStart{Outcome: store.Exists, Payment: p}, payments: map[uuid.UUID]store.Payment{p.ID: p}}
	at := &provider{about: p.ID}
	d := payment.NewDesk(b, at, quiet)
	if _, err := d.Check(t.Context(), p, "worker"); err == nil || !strings.Contains(err.Error(), `"stripe"`) {
		t.Errorf("check: %v", err)
	}
	_, err := d.Begin(t.Context(), p.OrderID, p.UserID, "en", "https://shop.example/en/orders/1")
	if err == nil || !strings.Contains(err.Error(), `"stripe"`) {
		t.Errorf("begin: %v", err)
	}
	if len(at.asked) > 0 || len(b.reports) > 0 {
		t.Errorf("asked %q, told %q", at.asked, b.said())
	}
}

// The shopper is sent to the provider once the books have its number, and not if the payment ended in between.
func TestBegin(t *testing.T) {
	t.Parallel()
	const back = "https://shop.example/en/orders/1"
	lost := errors.New("the answer was lost")
	tests := []struct {
		name      string
		outcome   store.Outcome
		reference string // in the books
		kept      store.Settlement
		begin     error
		settle    error
		url       string
		toBack    bool // url is where the shopper came from, with the payment
		told      int
		err       error
	}{
		{name: "started", outcome: store.Started, kept: settled("started", ""), url: "https://pay.example/1", told: 1},
		{name: "gone on with", outcome: store.Exists, reference: "ref-1", url: "https://pay.example/1"},
		{name: "begun, but the number was lost", outcome: store.Exists, kept: settled("started", ""), url: "https://pay.example/1", told: 1},
		{name: "failed in between", outcome: store.Started, kept: settled("failed", ""), toBack: true, told: 1},
		{name: "the provider is away", outcome: store.Started, begin: lost, err: lost},
		{name: "the books are away", outcome: store.Started, settle: lost, told: 1, err: lost},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := newPayment(t)
			p.Reference = tt.reference
			b := &books{start: store.PaymentStart{Outcome: tt.outcome, Payment: p}, answers: []store.Settlement{tt.kept}, err: tt.settle}
			at := &provider{begun: payment.Begun{Reference: "ref-1", URL: "https://pay.example/1"}, errs: map[string]error{"begin": tt.begin}}
			got, err := payment.NewDesk(b, at, quiet).Begin(t.Context(), p.OrderID, p.UserID, "en", back)
			if !errors.Is(err, tt.err) || (err == nil) != (tt.err == nil) {
				t.Fatalf("error %v, want %v", err, tt.err)
			}
			way := back + "?payment=" + p.ID.String()
			if tt.toBack {
				tt.url = way
			}
			if got.URL != tt.url || len(b.reports) != tt.told {
				t.Errorf("sent to %q after telling %q", got.URL, b.said())
			}
			if err == nil && (got.Outcome != tt.outcome || got.Payment.ID != p.ID || got.Payment.Reference != "ref-1") {
				t.Errorf("answer %+v", got)
			}
			want := payment.Bill{
				Payment: p.ID, Order: p.OrderID, Reference: tt.reference, AmountCents: 1999, Currency: "EUR", Title: "Thing", PayBy: *p.HoldExpiresAt,
				Language: "en", ReturnURL: way,
			}
			if diff := cmp.Diff([]payment.Bill{want}, at.bills); diff != "" {
				t.Errorf("bill (-want +got):\n%s", diff)
			}
			if tt.told > 0 {
				want := store.PaymentReport{PaymentID: p.ID, Says: "pending", Currency: "EUR", Reference: "ref-1", Actor: "shopper"}
				if diff := cmp.Diff(want, b.reports[0]); diff != "" {
					t.Errorf("told (-want +got):\n%s", diff)
				}
			}
			if diff := cmp.Diff([]string{"scripted v7"}, b.started); diff != "" {
				t.Errorf("started (-want +got):\n%s", diff)
			}
		})
	}
}

// Orders that cannot or need not be paid go nowhere.
func TestBeginRefused(t *testing.T) {
	t.Parallel()
	for _, outcome := range []store.Outcome{store.NoSuchOrder, store.AlreadyPaid, store.NotPayable, store.HoldEnded, store.Paid} {
		b := &books{start: store.PaymentStart{Outcome: outcome}}
		at := &provider{}
		got, err := payment.NewDesk(b, at, quiet).Begin(t.Context(), uuid.Must(uuid.NewV7()), 7, "en", "https://shop.example/")
		if err != nil || got != (payment.Beginning{Outcome: outcome}) || len(at.asked) > 0 {
			t.Errorf("%s: %+v, %v, asked %q", outcome, got, err, at.asked)
		}
	}
}

// A callback is a bell: only the provider's rings it, and what rings makes the desk ask.
func TestDeskCallback(t *testing.T) {
	t.Parallel()
	p := newPayment(t)
	newDesk := func(about uuid.UUID, err error) (*payment.Desk, *provider, *books) {
		b := &books{payments: map[uuid.UUID]store.Payment{p.ID: p}, answers: []store.Settlement{settled("authorised", "")}}
		at := &provider{about: about, errs: map[string]error{"callback": err}, says: map[string]payment.Standing{"look up": standing("authorised")}}
		return payment.NewDesk(b, at, quiet), at, b
	}

	d, at, b := newDesk(p.ID, nil)
	if err := d.Callback(t.Context(), nil, nil); err != nil || !slices.Equal(at.asked, []string{"look up"}) || b.reports[0].Actor != "callback" {
		t.Errorf("genuine: %v, asked %q", err, at.asked)
	}
	d, at, _ = newDesk(p.ID, payment.ErrForged)
	if err := d.Callback(t.Context(), nil, nil); !errors.Is(err, payment.ErrForged) || len(at.asked) > 0 {
		t.Errorf("forged: %v, asked %q", err, at.asked)
	}
	d, at, _ = newDesk(uuid.Must(uuid.NewV7()), nil)
	if err := d.Callback(t.Context(), nil, nil); !errors.Is(err, store.ErrNotFound) || len(at.asked) > 0 {
		t.Errorf("unknown payment: %v, asked %q", err, at.asked)
	}
	d, at, _ = newDesk(uuid.Nil, nil)
	if err := d.Callback(t.Context(), nil, nil); err != nil || len(at.asked) > 0 {
		t.Errorf("somebody else's: %v, asked %q", err, at.asked)
	}
}
