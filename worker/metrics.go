package worker

import "github.com/prometheus/client_golang/prometheus"

// metrics are per job, so that an alarm can say which one stands still.
type metrics struct {
	runs    *prometheus.CounterVec
	did     *prometheus.CounterVec
	errors  *prometheus.CounterVec
	lastRun *prometheus.GaugeVec
	leader  *prometheus.GaugeVec
	fence   *prometheus.GaugeVec
	byRedis *prometheus.GaugeVec

	standing prometheus.Gauge
}

func newMetrics(reg prometheus.Registerer) (*metrics, error) {
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: "doorbuster_job_" + name, Help: help}, append(labels, "job"))
	}
	gauge := func(name, help string) *prometheus.GaugeVec {
		return prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "doorbuster_job_" + name, Help: help}, []string{"job"})
	}
	m := &metrics{
		runs:    counter("runs_total", "Runs of a job by this worker."),
		did:     counter("done_total", "Things a job did; for expire_orders, orders whose hold was ended; for seal_moves, ledger lines that were sealed."),
		errors:  counter("errors_total", "Runs and leases that failed: busy, unknown, broken, fault, or fenced (another worker took over).", "reason"),
		lastRun: gauge("last_run_timestamp_seconds", "When this worker ended a run last."),
		leader:  gauge("leader", "1 while this worker does the job."),
		fence:   gauge("fence", "Fencing number this worker had last."),
		byRedis: gauge("elected_by_redis", "1 while Redis elects the workers, 0 while the database does."),
	}
	m.standing = prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "doorbuster_reconcile_findings", Help: "Broken invariants that reconcile has found and that still stand; told by the worker that does the job.",
	})
	if reg == nil {
		return m, nil
	}
	for _, c := range []prometheus.Collector{m.runs, m.did, m.errors, m.lastRun, m.leader, m.fence, m.byRedis, m.standing} {
		if err := reg.Register(c); err != nil {
			return nil, err
		}
	}
	return m, nil
}
