package admin

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"doorbuster/admin/page"
	"doorbuster/store"
	"doorbuster/store/storetest"
)

// Whoever may read sees each job, how it went last, who does it, and what waits for it; the alarm of the first page leads there.
func TestWorkerPage(t *testing.T) {
	c := newConsole(t)
	_, items := storetest.Sale(t, c.store, store.NewItem{Units: 5})
	c.place(items[0], "bea", 1)
	c.exec("UPDATE orders SET hold_expires_at = UTC_TIMESTAMP(6) - INTERVAL 3 MINUTE")
	if _, err := c.store.TakeLease(t.Context(), "send_mails", "host:77", time.Hour, true); err != nil {
		t.Fatal(err)
	}
	if _, err := c.store.TakeLease(t.Context(), "expire_orders", "gone:1", time.Hour, true); err != nil {
		t.Fatal(err)
	}
	for job, run := range map[string]store.Run{
		"expire_orders": {Took: 40 * time.Millisecond, Did: 3, Pause: time.Second, Runs: 1200, Done: 77},
		"send_mails":    {UnderWay: true, Took: 7 * time.Second},
		"relay_outbox":  {Took: 5 * time.Second, Failure: "busy", Pause: 2 * time.Second, Runs: 1},
		"clean_up":      {Took: 1700 * time.Millisecond, Pause: time.Minute, Runs: 1},
	} {
		if _, err := c.store.TakeLease(t.Context(), job, "host:77", time.Hour, false); err != nil { // whoever has one keeps it
			t.Fatal(err)
		}
		if o, err := c.store.NoteRun(t.Context(), job, 1, run); err != nil || o != store.Noted {
			t.Fatal(job, o, err)
		}
	}
	c.exec("UPDATE leases SET expires_at = UTC_TIMESTAMP(6) - INTERVAL 2 MINUTE WHERE job = 'expire_orders'")
	c.exec("UPDATE job_runs SET failing_since = failing_since - INTERVAL 2 MINUTE WHERE job = 'relay_outbox'")
	c.exec("UPDATE job_runs SET began_at = began_at - INTERVAL 4 MINUTE, ended_at = ended_at - INTERVAL 4 MINUTE WHERE job = 'clean_up'")
	b := c.session(c.member("vic", store.RoleViewer, 2), signedIn)
	body := b.get("/en/worker").body
	var jobs []string
	for _, m := range regexp.MustCompile(`<tr data-job="(\w+)" data-trouble="(\w*)"`).FindAllStringSubmatch(body, -1) {
		jobs = append(jobs, m[1])
		if want := map[string]string{"expire_orders": store.JobIdle, "clean_up": store.JobOverdue, "relay_outbox": store.JobFailing}[m[1]]; m[2] != want {
			t.Errorf("the trouble of %s: %q, want %q", m[1], m[2], want)
		}
	}
	if strings.Join(jobs, " ") != strings.Join(page.Jobs, " ") {
		t.Errorf("the jobs: %v", jobs)
	}
	for _, want := range []string{
		"host:77", "gone:1", "the oldest for 3 minutes", "start a worker", "Never begun",
		"3 things done", "took 40 ms", "runs 1,200, things done 77", "one runs since", "has not run yet", "Failed: the database was away or busy", "fails since",
		"took 1,700 ms", "3 minutes ago", "Nothing to do", "no. 1", "ran out",
	} {
		if !strings.Contains(body, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if strings.Contains(body, `method="post" action="/en/worker`) {
		t.Error("the page has an act")
	}
	if !strings.Contains(b.get("/en/").body, `href="/en/worker"`) {
		t.Error("the alarm does not lead to the worker")
	}
}
