package page_test

import (
	"time"

	"doorbuster/admin/page"
	"doorbuster/web/ui/uitest"
)

// workerSamples are the jobs when all is well, when nobody does them, and before anybody began.
func workerSamples() []uitest.Sample {
	soon, last := now.Add(8*time.Second), now.Add(-30*time.Second)
	sample := func(name string, change func(i int, j *page.JobRow)) uitest.Sample {
		v := page.WorkerView{Frame: in("/worker", "worker"), Now: now}
		for i, job := range append([]string{"of_tomorrow"}, page.Jobs...) {
			j := page.JobRow{Job: job, Holder: "shop-worker-1:4711", Fence: 1200, Until: &soon, Counted: i < 6}
			if job == "reconcile" {
				j.LastRun = &last
			}
			change(i, &j)
			v.Jobs = append(v.Jobs, j)
		}
		return uitest.Sample{Name: name, Page: page.Worker(v)}
	}
	return []uitest.Sample{
		sample("worker", func(int, *page.JobRow) {}),
		sample("worker_late", func(i int, j *page.JobRow) {
			since := now.Add(-time.Duration(i*i*i) * time.Minute)
			j.Until, j.Late, j.Waiting, j.Oldest = &since, i > 1, i*200, &since
			if i == 1 {
				since = now.Add(-time.Second)
			}
		}),
		sample("worker_never", func(_ int, j *page.JobRow) { j.Holder, j.Fence, j.Until, j.LastRun = "", 0, nil, nil }),
	}
}
