package admin

import (
	"net/http"
	"time"

	"doorbuster/admin/page"
)

func (s *Server) workerRoutes() []route {
	return []route{{get, "/worker", read, s.showWorker}}
}

// showWorker shows the jobs of the worker: who does each, how it went last, and what waits for it.
func (s *Server) showWorker(a *reply, r *http.Request) error {
	jobs, err := s.store.ListJobs(r.Context(), a.by())
	if err != nil {
		return err
	}
	v := page.WorkerView{Frame: a.frame("/worker", "worker")}
	for _, j := range jobs {
		v.Now = j.DatabaseTime
		row := page.JobRow{
			Job: j.Job, Holder: j.Holder, Fence: j.Fence, Until: j.ExpiresAt, Trouble: j.Trouble, Counted: j.Waiting != nil, Oldest: j.OldestAt,
			Began: j.BeganAt, Ended: j.EndedAt, Did: j.Did, Failure: j.Failure, Failing: j.FailingSince, Next: j.NextAt, Running: j.RunningSince,
			Pause: time.Duration(j.PauseMS) * time.Millisecond, Runs: j.Runs, Done: j.Done,
		}
		if j.Waiting != nil {
			row.Waiting = *j.Waiting
		}
		v.Jobs = append(v.Jobs, row)
	}
	return a.page(r, http.StatusOK, page.Worker(v))
}
