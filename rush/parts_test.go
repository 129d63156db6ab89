package rush

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
)

func TestPlanComesFromTheSeed(t *testing.T) {
	t.Parallel()
	c := Defaults()
	c.Seed = 9
	a, b := plan(&c), plan(&c)
	c.Seed = 10
	other := plan(&c)
	same := true
	for i := range a {
		if a[i].due != b[i].due || a[i].traits != b[i].traits || a[i].customer != b[i].customer {
			t.Fatalf("shopper %d differs under one seed", i)
		}
		same = same && a[i].due == other[i].due
		if a[i].customer == other[i].customer {
			t.Fatal("two seeds share customers")
		}
	}
	if same {
		t.Error("two seeds have one plan")
	}
	twice := 0
	for _, s := range a {
		add(&twice, s.double)
	}
	if twice < 850 || twice > 1150 { // a tenth of 10,000
		t.Errorf("%d of 10,000 press twice, want about 1,000", twice)
	}
}

func TestArrivals(t *testing.T) {
	t.Parallel()
	for curve, want := range map[string]int{CurveRush: 6300, CurveEven: 2000} { // within the first fifth of the time
		c := Defaults()
		c.Seed, c.Curve = 3, curve
		early := 0
		for _, s := range plan(&c) {
			if s.due < 0 || s.due > c.Duration {
				t.Fatalf("%s: arrival at %s", curve, s.due)
			}
			add(&early, s.due < c.Duration/5)
		}
		if early < want-150 || early > want+150 {
			t.Errorf("%s: %d of 10,000 come in the first fifth, want about %d", curve, early, want)
		}
	}
}

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for h, want := range map[string]time.Duration{
		"0": 0, "3": 3 * time.Second, " 2 ": 2 * time.Second, "": -1, "soon": -1, "-1": -1, "1.5": -1,
		now.Add(4 * time.Second).Format(http.TimeFormat): 4 * time.Second,
		now.Add(-time.Hour).Format(http.TimeFormat):      0,
	} {
		got, missing := retryAfter(h, now)
		if missing != (want < 0) || !missing && got != want {
			t.Errorf("Retry-After %q: %s, missing %v", h, got, missing)
		}
	}
}

func TestReadAnswers(t *testing.T) {
	t.Parallel()
	id := uuid.MustParse("0198c0de-0000-7000-8000-000000000001")
	again1 := http.Header{"Retry-After": {"1"}}
	for _, c := range []struct {
		name   string
		read   func(*answer, *reply)
		rep    reply
		class  class
		word   string
		odd    bool
		noWait bool
	}{
		{"placed", readPress, reply{status: 201, body: []byte(`{"outcome":"placed","order":"` + id.String() + `"}`)}, yes, "placed", false, false},
		{"yes without order", readPress, reply{status: 201, body: []byte(`{"outcome":"placed"}`)}, unknown, "unknown", true, false},
		{"yes that is no JSON", readPress, reply{status: 200, body: []byte(`<html>`)}, unknown, "", true, false},
		{"sold out", readPress, reply{status: 409, body: []byte(`{"outcome":"sold_out","left":0}`)}, no, "sold_out", false, false},
		{"not open", readPress, reply{status: 409, body: []byte(`{"outcome":"not_open"}`)}, again, "not_open", false, false},
		{"too late", readPress, reply{status: 409, body: []byte(`{"outcome":"too_late"}`)}, again, "too_late", false, false},
		{"no outcome", readPress, reply{status: 409, body: []byte(`{}`)}, no, "", true, false},
		{"busy", readPress, reply{status: 503, header: again1, body: []byte(`{"outcome":"busy"}`)}, again, "busy", false, false},
		{"limited", readPress, reply{status: 429, header: again1, body: []byte(`slow down`)}, again, "busy", false, false},
		{"unknown", readPress, reply{status: 503, header: again1, body: []byte(`{"outcome":"unknown"}`)}, unknown, "unknown", false, false},
		{"no word", readPress, reply{status: 503, header: http.Header{}, body: nil}, unknown, "unknown", false, true},
		{"gone", readPress, reply{status: 410, body: []byte(`{}`)}, gone, "", false, false},
		{"forbidden", readPress, reply{status: 403, body: []byte(`{"outcome":"bad_pass"}`)}, no, "bad_pass", true, false},
		{"broken server", readPress, reply{status: 500}, unknown, "http_500", true, false},
		{"never connected", readPress, reply{err: http.ErrServerClosed, unsent: true}, again, causeRefused, false, false},
		{"lost", readPress, reply{err: http.ErrServerClosed}, unknown, causeLost, false, false},
		{"form placed", readPage, reply{status: 303, header: http.Header{"Location": {"/en/orders/" + id.String()}}}, yes, "", false, false},
		{"form to sign-in", readPage, reply{status: 303, header: http.Header{"Location": {"/en/sign-in"}}}, no, "", true, false},
		{"form sold out", readPage, reply{status: 409, body: []byte(`<main data-outcome="sold_out">`)}, no, "sold_out", false, false},
		{"form not open", readPage, reply{status: 409, body: []byte(`<main data-outcome="not_open">`)}, again, "not_open", false, false},
		{"form without mark", readPage, reply{status: 409, body: []byte(`<main>`)}, no, "", true, false},
		{"form busy", readPage, reply{status: 503, header: again1, body: []byte(`<main data-outcome="busy">`)}, again, "busy", false, false},
	} {
		var a answer
		c.read(&a, &c.rep)
		if a.class != c.class || a.outcome != c.word || a.odd != c.odd || a.noWait != c.noWait {
			t.Errorf("%s: class %s, outcome %q, odd %v, no wait %v", c.name, a.class, a.outcome, a.odd, a.noWait)
		}
		if c.class == yes && a.order != id {
			t.Errorf("%s: order %s", c.name, a.order)
		}
	}
}

func TestPassInForm(t *testing.T) {
	t.Parallel()
	for page, want := range map[string]string{
		`<form><input type="hidden" name="pass" value="a.b"></form>`:        "a.b",
		`<input name="units" value="1"><input value="x&amp;y" name="pass">`: "x&y",
		`<input name="q" value="pass"><input name="units" value="1">`:       "",
		`<input name="pass">`:         "",
		`<input name="pass" value="a`: "",
		``:                            "",
	} {
		if got := passInForm([]byte(page)); got != want {
			t.Errorf("%s: %q, want %q", page, got, want)
		}
	}
}

// TestWeigh fixes which of two answers to a double press counts.
func TestWeigh(t *testing.T) {
	t.Parallel()
	old, fresh := uuid.New(), uuid.New()
	c := &crowd{hadBefore: map[uuid.UUID]bool{old: true}}
	for _, w := range []struct {
		name string
		set  []answer
		want class
	}{
		{"yes beats no", []answer{{class: no}, {class: yes, order: fresh}}, yes},
		{"yes beats unknown", []answer{{class: yes, order: fresh}, {class: unknown}}, yes},
		{"doubt beats no", []answer{{class: no}, {class: unknown}}, unknown},
		{"no beats busy", []answer{{class: again}, {class: no}}, no},
		{"an old order is no purchase", []answer{{class: yes, order: old}}, no},
	} {
		s := &shopper{}
		if a := s.weigh(c, w.set); a.class != w.want {
			t.Errorf("%s: %s, want %s", w.name, a.class, w.want)
		}
	}
}

func TestNumbersForReaders(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567", -1000: "-1,000", -100: "-100"} {
		if got := thousands(n); got != want {
			t.Errorf("%d: %s", n, got)
		}
	}
	for ms, want := range map[float64]string{0.44: "0.4 ms", 12.3: "12 ms", 999: "999 ms", 1500: "1.50 s", 150_000: "2m30s"} {
		if got := span(ms); got != want {
			t.Errorf("%v: %s, want %s", ms, got, want)
		}
	}
	for v, want := range map[float64]float64{0: 1, 0.3: 0.4, 1: 1, 1.5: 2, 3: 4, 4.5: 5, 7: 10, 4321: 5000} {
		if got := nice(v); got < want*0.999 || got > want*1.001 {
			t.Errorf("nice(%v) = %v, want %v", v, got, want)
		}
	}
	if got := counts(map[string]int{"b": 2, "a": 2, "c": 1000}); got != "c 1,000 · a 2 · b 2" {
		t.Error(got)
	}
}

func TestMetricsGrow(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		before, after readings
		want          float64
		ok            bool
	}{
		{readings{"x": 2}, readings{"x": 7}, 5, true},
		{readings{}, readings{"x": 7}, 7, true},
		{nil, readings{"x": 7}, 0, false},
		{readings{"x": 9}, readings{"x": 7}, 0, false}, // the shop was started anew
		{readings{"x": 9}, nil, 0, false},
	} {
		if got, ok := grown(c.before, c.after, "x"); ok != c.ok || ok && got != c.want {
			t.Errorf("%v to %v: %v, %v", c.before, c.after, got, ok)
		}
	}
}

func TestProgressInALog(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	var told []string
	p := newProgress(&b, func(phase string, done, total int) { told = append(told, fmt.Sprint(phase, " ", done, " of ", total)) })
	end := p.phase(PhaseSignIn, 2000, func() int { return 5000 })
	end()
	end()
	if b.String() != "shoppers signed in: 2,000 of 2,000\n" {
		t.Errorf("%q", b.String())
	}
	if want := []string{"sign_in 0 of 2000", "sign_in 2000 of 2000"}; !slices.Equal(told, want) {
		t.Errorf("told %q, want %q", told, want)
	}
}
