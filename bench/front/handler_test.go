package front

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"doorbuster/bench/load"
	"doorbuster/store"
)

// fakeRun is a design whose answers are given; it notes in which order it was ended.
type fakeRun struct {
	class  load.Class
	fault  error // of Buy
	broken []string
	fails  string // the name of the step that fails
	user   uint64
	steps  []string
}

func (f *fakeRun) step(name string) error {
	f.steps = append(f.steps, name)
	if f.fails == name {
		return errBroken
	}
	return nil
}

func (f *fakeRun) Buy(_ context.Context, user uint64) (load.Class, error) {
	f.user = user
	return f.class, f.fault
}
func (f *fakeRun) Drain(context.Context) error             { return f.step("drain") }
func (f *fakeRun) Orders(context.Context) (int, error)     { return 5, f.step("orders") }
func (f *fakeRun) Audit(context.Context) ([]string, error) { return f.broken, f.step("audit") }
func (f *fakeRun) Close() error                            { return f.step("close") }

var errBroken = errors.New("broken on purpose")

func TestBare(t *testing.T) {
	t.Parallel()
	for class, status := range map[load.Class]int{
		"placed": 201, "exists": 200, "sold_out": 409, "already_ordered": 409, "busy": 503, "unknown": 503, "no_such_item": 404,
	} {
		run := &fakeRun{class: class}
		w := ask(&gatehouse{seller: baseline{run}}, http.MethodPost, "/bare/7", "42")
		if w.Code != status || Class(w.Code, w.Body.Bytes()) != class || run.user != 42 {
			t.Errorf("%s for shopper %d: %d %s", class, run.user, w.Code, w.Body)
		}
	}
	for _, c := range []struct{ method, path, user string }{
		{http.MethodPost, "/bare/x", "42"},
		{http.MethodPost, "/bare/", "42"},
		{http.MethodPost, "/bare/7/8", "42"},
		{http.MethodPost, "/bare/7", ""},
		{http.MethodPost, "/bare/7", "-1"},
		{http.MethodGet, "/bare/7", "42"},
	} {
		run := &fakeRun{class: "placed"}
		if w := ask(&gatehouse{seller: baseline{run}}, c.method, c.path, c.user); w.Code != 400 || run.user != 0 {
			t.Errorf("%v: %d, bought for %d", c, w.Code, run.user)
		}
	}
}

func TestBareFault(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	g := &gatehouse{seller: baseline{&fakeRun{fault: errBroken}}, log: slog.New(slog.NewTextHandler(&log, nil))}
	if w := ask(g, http.MethodPost, "/bare/7", "42"); w.Code != 500 || Class(w.Code, w.Body.Bytes()) != Failed {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if !strings.Contains(log.String(), errBroken.Error()) {
		t.Errorf("the log does not say why: %s", &log)
	}
}

// Only the paths of its own are taken from the shop, to the letter.
func TestGatehousePassesOn(t *testing.T) {
	t.Parallel()
	var passed []string
	shop := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { passed = append(passed, r.URL.Path) })
	g := &gatehouse{shop: shop, seller: baseline{&fakeRun{}}}
	paths := []string{"/", "/empty/", "/emptyx", "/en/empty", "/bare", "/fixed", "/steps/", "/items/7/orders"}
	for _, path := range append(slices.Clone(paths), "/empty") {
		ask(g, http.MethodPost, path, "")
	}
	if !slices.Equal(passed, paths) {
		t.Errorf("the shop got %q, want %q", passed, paths)
	}
}

func ask(h http.Handler, method, path, user string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, nil)
	if user != "" {
		r.Header.Set(userHeader, user)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestBaselineAnswersLikeTheStore(t *testing.T) {
	t.Parallel()
	p := store.Purchase{OrderID: uuid.Must(uuid.NewV7()), ItemID: 7, UserID: 42, Units: 1}
	got, err := baseline{&fakeRun{class: "placed"}}.PlaceOrder(t.Context(), p)
	if want := (store.Placement{Outcome: store.Placed, OrderID: p.OrderID, UnitsLeft: -1}); err != nil || got != want {
		t.Errorf("placed: %+v, %v", got, err)
	}
	got, err = baseline{&fakeRun{class: "sold_out"}}.PlaceOrder(t.Context(), p)
	if want := (store.Placement{Outcome: store.SoldOut, UnitsLeft: -1}); err != nil || got != want {
		t.Errorf("sold out: %+v, %v", got, err)
	}
	if _, err := (baseline{&fakeRun{fault: errBroken}}).PlaceOrder(t.Context(), p); !errors.Is(err, errBroken) {
		t.Errorf("a fault: %v", err)
	}
}

// The end of a design: first the queue, then the count, then the audit; closed whatever happens.
func TestBaselineEnds(t *testing.T) {
	t.Parallel()
	run := &fakeRun{broken: slices.Repeat([]string{"oversold"}, mostBroken+1)}
	e, err := baseline{run}.end(t.Context())
	if err != nil || e.Orders != 5 || len(e.Broken) != mostBroken {
		t.Errorf("%d orders, %d broken, %v", e.Orders, len(e.Broken), err)
	}
	all := []string{"drain", "orders", "audit", "close"}
	if !slices.Equal(run.steps, all) {
		t.Errorf("steps: %q", run.steps)
	}
	for i, step := range all {
		run := &fakeRun{fails: step}
		if _, err := (baseline{run}).end(t.Context()); !errors.Is(err, errBroken) {
			t.Errorf("%s fails: %v", step, err)
		}
		want := all[:i+1]
		if step != "close" {
			want = append(slices.Clone(want), "close")
		}
		if !slices.Equal(run.steps, want) {
			t.Errorf("%s fails: steps %q, want %q", step, run.steps, want)
		}
	}
}
