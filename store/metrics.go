package store

import (
	"errors"

	"github.com/prometheus/client_golang/prometheus"
)

// metrics counts what operators ask first: how large the batches are, where their time goes, how often an answer was lost.
type metrics struct {
	batchOrders  prometheus.Histogram
	batchSeconds prometheus.Histogram
	queueSeconds prometheus.Histogram
	outcomes     map[Outcome]prometheus.Counter
	retries      *prometheus.CounterVec
	unknownCalls prometheus.Counter
	sent         sentBatches
}

func newMetrics(reg prometheus.Registerer) *metrics {
	return &metrics{
		batchOrders: register(reg, prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "doorbuster_batch_orders", Help: "Requests in one CALL of place_orders = orders per commit.",
			Buckets: []float64{1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1000},
		})),
		batchSeconds: register(reg, prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "doorbuster_batch_seconds", Help: "Time of one CALL of place_orders, commit included.",
			Buckets: []float64{.0005, .001, .002, .004, .008, .016, .032, .064, .125, .25, .5, 1, 2, 4, 8},
		})),
		queueSeconds: register(reg, prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "doorbuster_batch_wait_seconds", Help: "Time the oldest request of a batch waited before the CALL was sent.",
			Buckets: []float64{.0001, .001, .002, .004, .008, .016, .032, .064, .125, .25, .5, 1, 2},
		})),
		outcomes: countersOf(register(reg, prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "doorbuster_place_orders_total", Help: "Answers to purchase attempts by outcome.",
		}, []string{"outcome"}))),
		retries: register(reg, prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "doorbuster_batch_retries_total", Help: "Batches sent again, by the reason: retry (no effect), split (no effect, each item alone), busy (not reachable), unknown (answer lost).",
		}, []string{"reason"})),
		unknownCalls: register(reg, prometheus.NewCounter(prometheus.CounterOpts{
			Name: "doorbuster_batch_unknown_total", Help: "Calls whose answer was lost; each is asked again with the same keys.",
		})),
	}
}

// countersOf looks up the counters of all outcomes of a purchase once: a lookup by name costs more than a refusal from memory.
func countersOf(vec *prometheus.CounterVec) map[Outcome]prometheus.Counter {
	counters := map[Outcome]prometheus.Counter{}
	for _, o := range purchaseOutcomes {
		counters[o] = vec.WithLabelValues(string(o))
	}
	return counters
}

// count counts an answer to a purchase.
func (m *metrics) count(o Outcome) {
	if c, ok := m.outcomes[o]; ok {
		c.Inc()
	}
}

// register adds c to reg and returns it. Without a registerer the collector just counts. If an equal one is there already (two
// Stores in one process), that one is used.
func register[C prometheus.Collector](reg prometheus.Registerer, c C) C {
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
