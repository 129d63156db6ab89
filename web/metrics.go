package web

import (
	"errors"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"doorbuster/store"
)

// metrics counts what shoppers get. The purchase itself is counted by outcome in store; here is how long shoppers waited for it.
type metrics struct {
	requests *prometheus.CounterVec
	purchase map[string]prometheus.Observer // by the sort of the answer
	steps    steps
	limited  *prometheus.CounterVec
	renders  *prometheus.CounterVec
	hashes   *prometheus.CounterVec
}

func newMetrics(reg prometheus.Registerer) *metrics {
	return &metrics{
		requests: registered(reg, prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "doorbuster_http_requests_total", Help: "Requests of shoppers by route and class of status.",
		}, []string{"route", "class"})),
		purchase: observersOf(registered(reg, prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "doorbuster_purchase_seconds", Help: "Time from a press to its answer: yes, no, again (busy) or unknown. What memory answers in front of the router is not in it.",
			Buckets: []float64{.001, .002, .004, .008, .016, .032, .064, .125, .25, .5, 1, 2, 4, 8},
		}, []string{"answer"})), "yes", "no", "again", "unknown"),
		steps: newSteps(registered(reg, prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "doorbuster_purchase_step_seconds",
			Help:    "Where a purchase that the database answered spent its time: gates, line (waiting for its batch), call, commit, answer.",
			Buckets: []float64{.00001, .00003, .0001, .0003, .001, .003, .01, .03, .1, .3, 1, 3},
		}, []string{"step"}))),
		limited: registered(reg, prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "doorbuster_limited_total", Help: "Requests refused because their caller asked too often, by limit.",
		}, []string{"limit"})),
		renders: registered(reg, prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "doorbuster_page_renders_total", Help: "Renderings of pages that are kept in memory.",
		}, []string{"page"})),
		hashes: registered(reg, prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "doorbuster_password_checks_total", Help: "Passwords hashed or refused because too many were waiting.",
		}, []string{"result"})),
	}
}

// registered adds c to reg. An equal one that is there already (a second Server in one process) is used instead.
func registered[C prometheus.Collector](reg prometheus.Registerer, c C) C {
	if reg == nil {
		return c
	}
	if err := reg.Register(c); err != nil {
		var already prometheus.AlreadyRegisteredError
		if errors.As(err, &already) {
			if old, ok := already.ExistingCollector.(C); ok {
				return old
			}
		}
		panic(err) // two different metrics of one name: a mistake in this program, found at its first start
	}
	return c
}

// routeCounts are the counters of one route, looked up once: 0 for what was never sent, then 1xx to 5xx.
type routeCounts [6]prometheus.Counter

func (m *metrics) route(name string) *routeCounts {
	var c routeCounts
	for i, class := range []string{"none", "1xx", "2xx", "3xx", "4xx", "5xx"} {
		c[i] = m.requests.WithLabelValues(name, class)
	}
	return &c
}

func (c *routeCounts) add(status int) { c[min(max(status/100, 0), 5)].Inc() }

// observersOf looks up the histograms of some labels once: a lookup costs more than a refusal from memory.
func observersOf(vec *prometheus.HistogramVec, labels ...string) map[string]prometheus.Observer {
	observers := map[string]prometheus.Observer{}
	for _, label := range labels {
		observers[label] = vec.WithLabelValues(label)
	}
	return observers
}

// steps are those of a purchase that the database answered, looked up once.
type steps struct{ gates, line, call, commit, answer prometheus.Observer }

func newSteps(vec *prometheus.HistogramVec) steps {
	of := vec.WithLabelValues
	return steps{of("gates"), of("line"), of("call"), of("commit"), of("answer")}
}

// decided records where a purchase spent its time up to the database's answer, if it got that far.
func (m *metrics) decided(gates time.Duration, placed store.Placement) {
	if placed.InCall > 0 {
		m.steps.gates.Observe(gates.Seconds())
		m.steps.line.Observe(placed.InLine.Seconds())
		m.steps.call.Observe(max(0, placed.InCall-placed.InCommit).Seconds())
		m.steps.commit.Observe(placed.InCommit.Seconds())
	}
}

// pressed records how long a shopper waited for an answer; answer is one that sortOf gives.
func (m *metrics) pressed(answer string, began time.Time) {
	m.purchase[answer].Observe(time.Since(began).Seconds())
}
