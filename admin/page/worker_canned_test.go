package page_test

import (
	"time"

	"doorbuster/admin/page"
	"doorbuster/web/ui/uitest"
)

// workerSamples are the jobs when all is well, when nobody does them, and before anybody began.
func workerSamples() []uitest.Sample {
	soon, began, ended, next := now.Add(8*time.Second), now.Add(-30*time.Second), now.Add(-29*time.Second), now.Add(31*time.Second)
	sample := func(name string, change func(i int, j *page.JobRow)) uitest.Sample {
		v := page.WorkerView{Frame: in("/worker", "worker"), Now: now}
		for i, job := range append([]string{"of_tomorrow"}, page.Jobs...) {
			j := page.JobRow{
				Job: job, Holder: "shop-worker-1:4711", Fence: 1200, Until: &soon, Counted: i < 6,
				Began: &began, Ended: &ended, Did: i, Next: &next, Pause: time.Minute, Runs: 1204, Done: 8,
			}
			change(i, &j)
			v.Jobs = append(v.Jobs, j)
		}
		return uitest.Sample{Name: name, Page: page.Worker(v)}
	}
	return []uitest.Sample{
		sample("worker", func(i int, j *page.JobRow) {
			switch i {
			case 1:
				j.Next, j.Pause = &ended, 500*time.Millisecond
			case 2:
				j.Running = &began
			case 3:
				j.Began, j.Ended, j.Next, j.Runs, j.Done = nil, nil, nil, 0, 0
			}
		}),
		sample("worker_late", func(i int, j *page.JobRow) {
			since := now.Add(-time.Duration(i*i*i) * time.Minute)
			j.Until, j.Trouble, j.Waiting, j.Oldest, j.Next = &since, append([]string{""}, page.JobTroubles...)[i%5], i*200, &since, &since
			if i == 1 {
				since = now.Add(-time.Second)
			}
			if i > 4 {
				j.Failure, j.Failing = page.JobFailures[i%4], &began
			}
		}),
		sample("worker_never", func(_ int, j *page.JobRow) { *j = page.JobRow{Job: j.Job, Counted: j.Counted} }),
	}
}
