package front

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
)

// The shop is asked until it has given the wanted answer twice, with its own path; from then on it is left alone.
func TestFixedLearns(t *testing.T) {
	t.Parallel()
	refused := `{"outcome":"sold_out","left":0}`
	type says struct {
		status int
		header string
		body   string
	}
	script := []says{
		{http.StatusCreated, "a", `{"outcome":"placed"}`},
		{http.StatusCreated, "a", `{"outcome":"placed"}`}, // twice, and yet not what is wanted
		{http.StatusConflict, "slow", refused},
		{http.StatusConflict, "quick", refused},
		{http.StatusConflict, "quick", refused},
		{http.StatusConflict, "never asked", refused},
	}
	var asked []string
	shop := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s := script[min(len(asked), len(script)-1)]
		asked = append(asked, r.Method+" "+r.URL.Path)
		w.Header().Set("Made", s.header)
		w.Header()["Several"] = []string{"1", "2"}
		w.WriteHeader(s.status)
		_, _ = w.Write([]byte(s.body[:5]))
		_, _ = w.Write([]byte(s.body[5:]))
	})
	g := newGatehouse(shop, nil, nil, nil)
	for n := range 10 {
		want := script[min(n, 4)]
		w := ask(g, http.MethodPost, "/fixed/items/7/orders", "")
		header := http.Header{"Made": {want.header}, "Several": {"1", "2"}}
		if diff := cmp.Diff(header, w.Header()); w.Code != want.status || w.Body.String() != want.body || diff != "" {
			t.Errorf("answer %d: %d %s %s", n, w.Code, w.Body, diff)
		}
	}
	if want := slices.Repeat([]string{"POST /items/7/orders"}, 5); !slices.Equal(asked, want) {
		t.Errorf("the shop was asked %q", asked)
	}
}

// A page and a refusal are two answers; a handler that writes no status has written 200.
func TestFixedKeepsPageAndRefusalApart(t *testing.T) {
	t.Parallel()
	asked := map[string]int{}
	shop := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked[r.Method]++
		if r.Method == http.MethodPost {
			w.WriteHeader(http.StatusConflict)
			_, _ = w.Write([]byte(`{"outcome":"sold_out"}`))
			return
		}
		_, _ = w.Write([]byte("page of " + r.URL.Path))
	})
	g := newGatehouse(shop, nil, nil, nil)
	for range 5 {
		if w := ask(g, http.MethodGet, "/fixed/en/items/7", ""); w.Code != http.StatusOK || w.Body.String() != "page of /en/items/7" {
			t.Errorf("page: %d %s", w.Code, w.Body)
		}
		if w := ask(g, http.MethodPost, "/fixed/items/7/orders", ""); w.Code != http.StatusConflict {
			t.Errorf("refusal: %d %s", w.Code, w.Body)
		}
	}
	if diff := cmp.Diff(map[string]int{http.MethodGet: 2, http.MethodPost: 2}, asked); diff != "" {
		t.Errorf("asked: %s", diff)
	}
}

// The steps travel as the metric has them; what happened between two readings is their difference.
func TestSteps(t *testing.T) {
	t.Parallel()
	registry := prometheus.NewRegistry()
	vec := prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: stepsMetric, Buckets: []float64{0.001, 0.003, 0.01}}, []string{"step"})
	other := prometheus.NewHistogram(prometheus.HistogramOpts{Name: "other"})
	registry.MustRegister(vec, other)
	read := func() (Steps, error) {
		w := httptest.NewRecorder()
		newGatehouse(nil, nil, nil, registry).ServeHTTP(w, httptest.NewRequest(http.MethodGet, stepsPath, nil))
		return ReadSteps(w.Code, w.Body.Bytes())
	}
	if _, err := read(); err == nil {
		t.Error("a server that counts no steps")
	}
	for i, name := range StepNames {
		vec.WithLabelValues(name).Observe(float64(i))
	}
	vec.WithLabelValues("line").Observe(0.0005)
	before, err := read()
	if err != nil {
		t.Fatal(err)
	}
	for _, seconds := range []float64{0.002, 0.002, 0.002, 0.006} {
		vec.WithLabelValues("line").Observe(seconds)
	}
	after, err := read()
	if err != nil {
		t.Fatal(err)
	}
	since := after.Since(before)
	line := since["line"]
	for what, c := range map[string]struct{ got, want float64 }{
		"mean":           {line.Mean().Seconds(), 0.003},
		"median":         {line.Quantile(0.5).Seconds(), 0.001 + 0.002*2/3},
		"p75":            {line.Quantile(0.75).Seconds(), 0.003},
		"greatest":       {line.Quantile(1).Seconds(), 0.01},
		"mean of none":   {since["call"].Mean().Seconds(), 0},
		"median of none": {since["call"].Quantile(0.5).Seconds(), 0},
		"beyond all":     {before["call"].Quantile(0.5).Seconds(), 0.01},
	} {
		if off := c.got - c.want; off > 1e-6 || off < -1e-6 {
			t.Errorf("%s: %g, want %g", what, c.got, c.want)
		}
	}
	if len(since) != len(StepNames) || line.Count != 4 || since["call"].Count != 0 {
		t.Errorf("since: %+v", since)
	}
	for status, body := range map[int]string{200: "no JSON", 500: "{}"} {
		if _, err := ReadSteps(status, []byte(body)); err == nil {
			t.Error("read from " + strconv.Itoa(status) + " " + body)
		}
	}
}
