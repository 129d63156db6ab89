package sandbox_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"doorbuster/payment"
	"doorbuster/payment/sandbox"
	"doorbuster/store"
	"doorbuster/store/storetest"
)

func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(slog.NewTextHandler(io.Discard, nil)))
	storetest.Main(m)
}

var key = []byte("a key of the tests")

var _ payment.Provider = (*sandbox.Provider)(nil)

// shop is a sandbox on a real database, and a way to look at its table.
type shop struct {
	*sandbox.Provider
	db *storetest.Database
}

func newShop(t *testing.T) *shop {
	t.Helper()
	db := storetest.New(t)
	return &shop{sandbox.New(db.Open(t), key), db}
}

// begin begins a payment of 19.99 EUR that is to be paid within ten minutes.
func (s *shop) begin(t *testing.T) payment.Ref {
	t.Helper()
	bill := newBill()
	begun, err := s.Begin(t.Context(), bill)
	if err != nil {
		t.Fatal(err)
	}
	if want := (payment.Begun{Reference: bill.Payment.String(), URL: "/zh/sandbox/" + bill.Payment.String()}); begun != want {
		t.Errorf("begun: %+v, want %+v", begun, want)
	}
	return payment.Ref{Payment: bill.Payment, Reference: begun.Reference, AmountCents: bill.AmountCents, Currency: bill.Currency}
}

func newBill() payment.Bill {
	return payment.Bill{
		Payment: uuid.Must(uuid.NewV7()), Order: uuid.Must(uuid.NewV7()), AmountCents: 1999, Currency: "EUR", Title: "Thing",
		PayBy: time.Now().Add(10 * time.Minute), Language: "zh", ReturnURL: "https://shop.example/zh/orders/1",
	}
}

// letTheCardAnswer puts the instant at which a card says yes into the past. That it comes after 8 seconds, and 2 seconds after the end of
// the hold, is proved to the microsecond in testdata/sql/sandbox_act.test.
func (s *shop) letTheCardAnswer(t *testing.T, id uuid.UUID) {
	t.Helper()
	_, err := s.db.Root(t).ExecContext(t.Context(), "UPDATE sandbox_payments SET authorised_at = UTC_TIMESTAMP(6) WHERE payment_id = ?", id[:])
	if err != nil {
		t.Fatal(err)
	}
}

// press confirms a payment and returns which payments the callbacks name.
func (s *shop) press(t *testing.T, id uuid.UUID, card string) []sandbox.Callback {
	t.Helper()
	callbacks, err := s.Press(t.Context(), id, card)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range callbacks {
		if about, err := s.Callback(c.Header, c.Body); err != nil || about != id {
			t.Errorf("callback %s: about %s, %v", c.Body, about, err)
		}
	}
	return callbacks
}

func must(t *testing.T) func(payment.Standing, error) payment.Standing {
	return func(s payment.Standing, err error) payment.Standing {
		t.Helper()
		if err != nil {
			t.Error(err)
		}
		return s
	}
}

func (s *shop) stands(t *testing.T, r payment.Ref) payment.Standing {
	t.Helper()
	return must(t)(s.LookUp(t.Context(), r))
}

// Each card does what its words say, with its callbacks, whichever way its number is typed.
func TestCards(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	type ends struct {
		Says, Later string // at once, and when the card has answered
		Amount      int64
		Detail      string
		Callbacks   int
	}
	want := map[string]ends{
		"4242424242424242":    {"authorised", "authorised", 1999, "", 1},
		"4242 4242-4242 4242": {"authorised", "authorised", 1999, "", 1},
		"4000000000000002":    {"failed", "failed", 1999, "declined", 1},
		"4000000000000101":    {"pending", "authorised", 1999, "", 1},
		"4000000000000119":    {"authorised", "authorised", 1999, "", 0},
		"4000000000000127":    {"authorised", "authorised", 1999, "", 2},
		"4000000000000135":    {"authorised", "authorised", 1999, "", 2},
		"4000000000000143":    {"authorised", "authorised", 1998, "", 1},
		"4000000000000150":    {"pending", "authorised", 1999, "", 1},
		"4111111111111111":    {"failed", "failed", 1999, "declined", 1},
		"":                    {"failed", "failed", 1999, "declined", 1},
		"success":             {"failed", "failed", 1999, "declined", 1},
	}
	for number, w := range want {
		r := s.begin(t)
		callbacks := s.press(t, r.Payment, number)
		now := s.stands(t, r)
		if w.Says != w.Later {
			s.letTheCardAnswer(t, r.Payment)
		}
		later := s.stands(t, r)
		if diff := cmp.Diff(w, ends{now.Says, later.Says, later.AmountCents, later.Detail, len(callbacks)}); diff != "" {
			t.Errorf("card %q (-want +got):\n%s", number, diff)
		}
		if later.Currency != "EUR" || later.Reference != r.Payment.String() {
			t.Errorf("card %q: %+v", number, later)
		}
	}
	for _, c := range sandbox.Cards {
		if _, known := want[c.Number]; !known || c.Words["en"] == "" || c.Words["zh"] == "" || c.Name == "" {
			t.Errorf("card %+v is not in this test, or has no words", c)
		}
	}
}

// The callbacks that come twice are the same; those out of order speak of the end before the beginning.
func TestCallbacksOfCards(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	twice := s.press(t, s.begin(t).Payment, "4000000000000127")
	if diff := cmp.Diff(twice[0], twice[1]); diff != "" {
		t.Errorf("twice: %s", diff)
	}
	r := s.begin(t)
	mixed := s.press(t, r.Payment, "4000000000000135")
	got := []string{string(mixed[0].Body), string(mixed[1].Body)}
	want := []string{`{"payment":"` + r.Reference + `","event":"authorised"}`, `{"payment":"` + r.Reference + `","event":"pending"}`}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("out of order (-want +got):\n%s", diff)
	}
}

// Nothing is done twice, and what does not fit changes nothing: it answers how the payment stands.
func TestRepeatedCalls(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	ctx := t.Context()
	r := s.begin(t)
	steps := []struct {
		what string
		do   func() (payment.Standing, error)
		says string
	}{
		{"capture before", func() (payment.Standing, error) { return s.Capture(ctx, r) }, "pending"},
		{"refund before", func() (payment.Standing, error) { return s.Refund(ctx, r) }, "pending"},
		{"press", func() (payment.Standing, error) { s.press(t, r.Payment, "4242424242424242"); return s.LookUp(ctx, r) }, "authorised"},
		{"refund of what is held", func() (payment.Standing, error) { return s.Refund(ctx, r) }, "authorised"},
		{"capture", func() (payment.Standing, error) { return s.Capture(ctx, r) }, "captured"},
		{"capture again", func() (payment.Standing, error) { return s.Capture(ctx, r) }, "captured"},
		{"release after capture", func() (payment.Standing, error) { return s.Release(ctx, r) }, "captured"},
		{"refund", func() (payment.Standing, error) { return s.Refund(ctx, r) }, "refunded"},
		{"refund again", func() (payment.Standing, error) { return s.Refund(ctx, r) }, "refunded"},
		{"capture after refund", func() (payment.Standing, error) { return s.Capture(ctx, r) }, "refunded"},
	}
	for _, step := range steps {
		if got, err := step.do(); err != nil || got.Says != step.says || got.AmountCents != 1999 {
			t.Errorf("%s: %+v, %v, want %s", step.what, got, err, step.says)
		}
	}
	if again := s.press(t, r.Payment, "4000000000000002"); len(again) > 0 {
		t.Errorf("pressing again rings %d bells", len(again))
	}
	if got := s.stands(t, r); got.Says != "refunded" {
		t.Errorf("after pressing again: %+v", got)
	}
}

// Ten who capture and ten who release at once: one of the two is what happened, and all are told the same.
func TestCaptureOrRelease(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	r := s.begin(t)
	s.press(t, r.Payment, "4242424242424242")
	said := make([]string, 20)
	var wg sync.WaitGroup
	for i := range said {
		wg.Go(func() {
			act := s.Capture
			if i%2 == 0 {
				act = s.Release
			}
			said[i] = must(t)(act(t.Context(), r)).Says
		})
	}
	wg.Wait()
	if end := s.stands(t, r).Says; len(slices.Compact(said)) != 1 || said[0] != end || (end != "captured" && end != "failed") {
		t.Errorf("said %q, stands %q", said, end)
	}
}

// What is closed or released cannot be confirmed any more.
func TestNeverConfirmed(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	for _, end := range []func(context.Context, payment.Ref) (payment.Standing, error){s.Close, s.Release} {
		r := s.begin(t)
		for range 2 {
			if got := must(t)(end(t.Context(), r)); got.Says != "failed" || got.Detail != "abandoned" {
				t.Errorf("never confirmed: %+v", got)
			}
		}
		if rings := s.press(t, r.Payment, "4242424242424242"); len(rings) > 0 || s.stands(t, r).Says != "failed" {
			t.Errorf("paid all the same: %+v", s.stands(t, r))
		}
	}
}

// What was confirmed in time stays as it is when it is closed; released, the money is let go, once the card has answered.
func TestCloseAndRelease(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	for card, says := range map[string]string{"4242424242424242": "authorised", "4000000000000101": "pending"} {
		r := s.begin(t)
		s.press(t, r.Payment, card)
		if got := must(t)(s.Close(t.Context(), r)); got.Says != says {
			t.Errorf("closed after %s: %+v", card, got)
		}
		got := must(t)(s.Release(t.Context(), r))
		if says == "pending" && got.Says != "pending" {
			t.Errorf("the card has not answered: %+v", got)
		}
		if says == "authorised" && (got.Says != "failed" || got.Detail != "released" || must(t)(s.Capture(t.Context(), r)).Says != "failed") {
			t.Errorf("released: %+v", got)
		}
	}
}

// A payment begun again is the same one; the shopper who has nothing left to do goes straight back.
func TestBeginAgain(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	bill := newBill()
	for _, amount := range []int64{1999, 5} { // the second is not heard: what was asked for first stays
		bill.AmountCents = amount
		begun, err := s.Begin(t.Context(), bill)
		if want := "/zh/sandbox/" + bill.Payment.String(); err != nil || begun.URL != want || begun.Reference != bill.Payment.String() {
			t.Errorf("begun: %+v, %v, want %s", begun, err, want)
		}
	}
	s.press(t, bill.Payment, "4242424242424242")
	if begun, err := s.Begin(t.Context(), bill); err != nil || begun.URL != bill.ReturnURL {
		t.Errorf("begun when it was confirmed: %+v, %v", begun, err)
	}
	if got := s.stands(t, payment.Ref{Payment: bill.Payment, Reference: bill.Payment.String()}); got.AmountCents != 1999 {
		t.Errorf("authorised: %+v", got)
	}
}

// A payment that the sandbox was never told of is pending, and released it is abandoned; one that it should know is an error.
func TestNeverBegun(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	r := payment.Ref{Payment: uuid.Must(uuid.NewV7()), AmountCents: 1999, Currency: "EUR"}
	if got := s.stands(t, r); got.Says != "pending" || got.Reference != "" {
		t.Errorf("looked up: %+v", got)
	}
	if got := must(t)(s.Release(t.Context(), r)); got.Says != "failed" || got.Detail != "abandoned" {
		t.Errorf("released: %+v", got)
	}
	if _, err := s.Press(t.Context(), r.Payment, "4242424242424242"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("pressed: %v", err)
	}
	r.Reference = r.Payment.String()
	for _, act := range []func() (payment.Standing, error){
		func() (payment.Standing, error) { return s.LookUp(t.Context(), r) },
		func() (payment.Standing, error) { return s.Release(t.Context(), r) },
		func() (payment.Standing, error) { return s.Capture(t.Context(), r) },
	} {
		if got, err := act(); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("lost: %+v, %v", got, err)
		}
	}
}

// What the sandbox knows outlives the process: a worker's store, which has no lane for pages, goes on with what a web node's has begun.
func TestOutlivesTheProcess(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	web, err := store.Open(t.Context(), store.Config{WebDSN: db.DSN("doorbuster_web")})
	if err != nil {
		t.Fatal(err)
	}
	first := &shop{sandbox.New(web, key), db}
	r := first.begin(t)
	first.press(t, r.Payment, "4000000000000119")
	if err := web.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	worker := db.Open(t, func(c *store.Config) { c.WebDSN, c.AdminDSN = "", "" })
	second := &shop{sandbox.New(worker, key), db}
	if got := second.stands(t, r); got.Says != "authorised" || got.AmountCents != 1999 {
		t.Errorf("in another process: %+v", got)
	}
	if got := must(t)(second.Capture(t.Context(), r)); got.Says != "captured" {
		t.Errorf("captured by another process: %+v", got)
	}
}

// No card number reaches the database: somebody may type a real one.
func TestNoCardNumberIsKept(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	r := s.begin(t)
	s.press(t, r.Payment, "5555555555554444")
	var row int
	err := s.db.Root(t).QueryRowContext(t.Context(),
		"SELECT COUNT(*) FROM sandbox_payments WHERE CONCAT_WS(' ', state, detail, amount_cents, authorised_cents) LIKE '%5555%'").Scan(&row)
	if err != nil || row != 0 {
		t.Errorf("%d rows, %v", row, err)
	}
}

// A callback that was not signed with the shop's key, was changed, or comes to a shop without a key is forged.
func TestForgedCallback(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	genuine := s.press(t, s.begin(t).Payment, "4242424242424242")[0]
	if _, err := s.Callback(genuine.Header, genuine.Body); err != nil {
		t.Fatal(err)
	}
	changed := slices.Concat(genuine.Body, []byte(" "))
	byNoKey := hmac.New(sha256.New, nil)
	byNoKey.Write(genuine.Body)
	header := func(signature string) http.Header { return http.Header{sandbox.SignatureHeader: {signature}} }
	forged := map[string]struct {
		p      *sandbox.Provider
		header http.Header
		body   []byte
	}{
		"no signature":     {s.Provider, http.Header{}, genuine.Body},
		"not hexadecimal":  {s.Provider, header("zz"), genuine.Body},
		"empty":            {s.Provider, header(""), genuine.Body},
		"cut off":          {s.Provider, header(genuine.Header.Get(sandbox.SignatureHeader)[:62]), genuine.Body},
		"another body":     {s.Provider, genuine.Header, changed},
		"another key":      {sandbox.New(nil, []byte("another key")), genuine.Header, genuine.Body},
		"a shop's no key":  {sandbox.New(nil, nil), genuine.Header, genuine.Body},
		"signed by no key": {sandbox.New(nil, nil), header(hex.EncodeToString(byNoKey.Sum(nil))), genuine.Body},
	}
	for name, f := range forged {
		if about, err := f.p.Callback(f.header, f.body); !errors.Is(err, payment.ErrForged) || about != uuid.Nil {
			t.Errorf("%s: about %s, %v", name, about, err)
		}
	}
}
