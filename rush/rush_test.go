package rush

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// withResult lists the names of the checks with a result.
func withResult(r *Report, result string) []string {
	var names []string
	for i := range r.Checks {
		if r.Checks[i].Result == result {
			names = append(names, r.Checks[i].Name)
		}
	}
	return names
}

// balanced fails the test when the endings do not add up to the shoppers.
func balanced(t *testing.T, r *Report) {
	t.Helper()
	n := r.Accepted + r.GaveUp + r.InDoubt + r.NotSent
	for _, m := range r.Refused {
		n += m
	}
	if n += r.Shoppers - r.SignedIn; n != r.Shoppers && r.NotSent == 0 {
		t.Errorf("the endings add up to %d of %d shoppers", n, r.Shoppers)
	}
}

func play(t *testing.T, cfg Config) *Report {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	r, err := Run(ctx, cfg)
	if err != nil {
		t.Fatalf("Run: %v", err)
	}
	balanced(t, r)
	return r
}

func text(t *testing.T, r *Report) string {
	t.Helper()
	var b strings.Builder
	if err := r.WriteText(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestRightShopIsClean(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*fakeShop, *Config){
		"calm":         func(*fakeShop, *Config) {},
		"chaos":        func(f *fakeShop, _ *Config) { f.chaos = true },
		"closed loop":  func(_ *fakeShop, c *Config) { c.ClosedLoop = true },
		"even":         func(_ *fakeShop, c *Config) { c.Curve = CurveEven },
		"all forms":    func(f *fakeShop, c *Config) { f.chaos, c.PlainForm = true, 1 },
		"all twice":    func(f *fakeShop, c *Config) { f.chaos, c.DoublePress, c.CloseEarly = true, 1, 0 },
		"all hang up":  func(f *fakeShop, c *Config) { f.chaos, c.CloseEarly = true, 1 },
		"all reload":   func(f *fakeShop, c *Config) { f.chaos, c.Reload = true, 1 },
		"some cancel":  func(_ *fakeShop, c *Config) { c.Cancel = 0.5 },
		"opens later":  func(f *fakeShop, _ *Config) { f.opens = time.Now().Add(1300 * time.Millisecond) },
		"one at once":  func(_ *fakeShop, c *Config) { c.Connections = 1 },
		"few shoppers": func(_ *fakeShop, c *Config) { c.Shoppers = 20 },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFakeShop(t, 40, "")
			cfg := f.config(300)
			change(f, &cfg)
			r := play(t, cfg)
			if !r.Clean() {
				t.Fatalf("verdict %s\n%s", r.Verdict, text(t, r))
			}
			if want := min(40, cfg.Shoppers); cfg.Cancel == 0 && r.Accepted != want {
				t.Errorf("accepted %d, want %d", r.Accepted, want)
			}
			if owners := f.owners(); cfg.Cancel == 0 && len(slices.Compact(owners)) != r.Accepted {
				t.Errorf("%d owners for %d accepted", len(slices.Compact(owners)), r.Accepted)
			}
			if cfg.CloseEarly == 1 && (r.Unknown.Cut != 300 || r.Unknown.EndedYes != 40 || r.Unknown.EndedNo != 260) {
				t.Errorf("unknown: %+v", r.Unknown)
			}
			if f.chaos && (r.Answers.Busy == 0 || r.Answers.Unknown == 0 || r.Answers.Lost == 0) {
				t.Errorf("the chaos did not reach the report: %+v", r.Answers)
			}
			if r.Batches == nil || r.Batches.PerCommit < 5 {
				t.Errorf("batches: %+v", r.Batches)
			}
			if cfg.PlainForm == 1 && (f.forms == 0 || f.withPass == 0) {
				t.Errorf("%d forms, %d with the pass of a try-again page", f.forms, f.withPass)
			}
		})
	}
}

// TestVerdictCatches is the reason for this package: each shop is wrong in one way, and the named check must say so.
func TestVerdictCatches(t *testing.T) {
	t.Parallel()
	for defect, want := range map[string]string{
		"oversold":       "not_oversold",
		"lost":           "acknowledged_stored",
		"wrong_owner":    "acknowledged_stored",
		"wrong_customer": "acknowledged_stored",
		"two":            "nobody_has_two",
		"other_id":       "same_answer",
		"turned":         "yes_stayed_yes",
		"no_and_yet":     "no_stayed_no",
		"nowhere":        "none_from_nowhere",
		"audit":          "audit_empty",
		"late":           "answers_in_time",
		"unknown":        "unknowns_resolved",
		"retry_after":    "retry_after",
		"odd":            "answers_known",
		"leftover":       "all_units_went",
		"busy":           "all_units_went",
		"unpaid":         "payments_kept",
		"hidden":         "yes_was_shown",
		"door":           "everybody_came",
	} {
		t.Run(defect, func(t *testing.T) {
			t.Parallel()
			f := newFakeShop(t, 20, defect)
			cfg := f.config(120)
			cfg.Reload, cfg.NeverPay, cfg.PlainForm = 1, 0, 0
			cfg.Resolve, cfg.Patience = time.Second, time.Second
			if defect == "late" {
				cfg.AnswerWithin = 200 * time.Millisecond
			}
			r := play(t, cfg)
			if r.Clean() || r.Verdict != VerdictNotClean {
				t.Fatalf("verdict %s\n%s", r.Verdict, text(t, r))
			}
			if failed := withResult(r, CheckFailed); !slices.Contains(failed, want) {
				t.Errorf("failed checks %v, want %s among them\n%s", failed, want, text(t, r))
			}
			if !strings.Contains(text(t, r), "NOT CLEAN") {
				t.Error("the text does not say it")
			}
		})
	}
}

func TestWithoutDatabaseNothingIsProved(t *testing.T) {
	t.Parallel()
	f := newFakeShop(t, 10, "")
	cfg := f.config(50)
	cfg.Audit = nil
	r := play(t, cfg)
	if r.Clean() || r.Verdict != VerdictNotProved || len(withResult(r, CheckFailed)) != 0 {
		t.Errorf("verdict %s\n%s", r.Verdict, text(t, r))
	}
	if r.Units != 10 { // from the state end point
		t.Errorf("units %d, want 10", r.Units)
	}
}

// TestSecondRush has the same shoppers come twice: their first orders were there before and are no purchases of the second.
func TestSecondRush(t *testing.T) {
	t.Parallel()
	f := newFakeShop(t, 20, "")
	cfg := f.config(60)
	first := play(t, cfg)
	f.snapshot(func() { f.left, f.units = f.left+15, f.units+15 })
	second := play(t, cfg)
	if !first.Clean() || !second.Clean() {
		t.Fatalf("%s\n%s", text(t, first), text(t, second))
	}
	if first.Accepted != 20 || second.Accepted != 15 || second.Refused["already_ordered"] != 20 {
		t.Errorf("first %d, second %d, refused %v", first.Accepted, second.Accepted, second.Refused)
	}
}

func TestCancelStopsEverything(t *testing.T) {
	t.Parallel()
	f := newFakeShop(t, 1000, "")
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	f.seen = func(string) { stop() }
	cfg := f.config(500)
	cfg.Duration = time.Minute
	before := time.Now()
	r, err := Run(ctx, cfg)
	if r != nil || !errors.Is(err, context.Canceled) {
		t.Errorf("report %v, error %v", r, err)
	}
	if took := time.Since(before); took > 20*time.Second {
		t.Errorf("it took %s to stop", took)
	}
}

func TestJournalTellsEveryAttemptAndAnswer(t *testing.T) {
	t.Parallel()
	f := newFakeShop(t, 20, "")
	f.chaos = true
	cfg := f.config(100)
	cfg.PlainForm = 0
	cfg.Journal = filepath.Join(t.TempDir(), "journal")
	r := play(t, cfg)
	file, err := os.Open(cfg.Journal)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	sent, acked := map[string]int{}, map[string]bool{}
	lines := 0
	for sc := bufio.NewScanner(file); sc.Scan(); lines++ {
		var l struct{ E, Kind, Shopper, Order, Class string }
		if err := json.Unmarshal(sc.Bytes(), &l); err != nil {
			t.Fatalf("line %d: %v: %s", lines, err, sc.Text())
		}
		switch {
		case l.E == "send" && (l.Kind == "press" || l.Kind == "cut"):
			sent[l.Order]++
		case l.E == "answer" && l.Kind == "press" && l.Class == "yes":
			if sent[l.Order] == 0 {
				t.Errorf("order %s was answered before it was sent", l.Order)
			}
			acked[l.Order] = true
		}
	}
	if len(acked) != r.Accepted || r.Accepted != 20 {
		t.Errorf("%d acknowledged in the journal, %d in the report", len(acked), r.Accepted)
	}
	for id := range acked {
		if f.orders[uuid.MustParse(id)] == nil {
			t.Errorf("order %s is not in the shop", id)
		}
	}
	if _, err := Run(t.Context(), cfg); !errors.Is(err, os.ErrExist) {
		t.Errorf("a journal was written over: %v", err)
	}
}

func TestHangUpIsReal(t *testing.T) {
	t.Parallel()
	gone := make(chan string, 1)
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		b := new(bytes.Buffer)
		_, _ = b.ReadFrom(r.Body)
		<-r.Context().Done() // ends when the connection is seen to be closed
		gone <- b.String()
	}))
	defer s.Close()
	c := newClient(s.URL, 1, time.Second)
	defer c.close()
	r := request{method: "POST", path: "/x", ctype: wantJSON, body: `{"pass":"p","units":1}`}
	if err := c.sendAndCut(t.Context(), &r); err != nil {
		t.Fatal(err)
	}
	select {
	case got := <-gone:
		if got != r.body {
			t.Errorf("the shop read %q", got)
		}
	case <-time.After(10 * time.Second):
		t.Error("the shop never saw the end of the connection")
	}
}

func TestShopThatIsNotThere(t *testing.T) {
	t.Parallel()
	s := httptest.NewServer(http.NotFoundHandler())
	f := newFakeShop(t, 1, "")
	cfg := f.config(2)
	cfg.ShopURL = s.URL
	if _, err := Run(t.Context(), cfg); err == nil || !strings.Contains(err.Error(), "no shopper could sign in") {
		t.Errorf("a shop without sign-in: %v", err)
	}
	s.Close()
	ctx, stop := context.WithTimeout(t.Context(), time.Second)
	defer stop()
	if _, err := Run(ctx, cfg); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("no shop at all: %v", err)
	}
}

func TestBadConfig(t *testing.T) {
	t.Parallel()
	for want, change := range map[string]func(*Config){
		"shop address": func(c *Config) { c.ShopURL = "ftp://x" },
		"sign-in":      func(c *Config) { c.LinkSecret = nil },
		"no item":      func(c *Config) { c.Item = 0 },
		"shoppers":     func(c *Config) { c.Shoppers = -1 },
		"share":        func(c *Config) { c.NeverPay = 1.5 },
		"curve":        func(c *Config) { c.Curve = "flat" },
		"connections":  func(c *Config) { c.Connections = -1 },
		"negative":     func(c *Config) { c.Duration = -1 },
	} {
		c := Defaults()
		c.ShopURL, c.LinkSecret, c.Item = "http://127.0.0.1:1", []byte("k"), 1
		change(&c)
		if _, err := Run(t.Context(), c); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
}
