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

// Whoever may read sees each job, who does it, and what waits for it; the alarm of the first page leads there.
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
	c.exec("UPDATE leases SET expires_at = UTC_TIMESTAMP(6) - INTERVAL 2 MINUTE WHERE job = 'expire_orders'")
	b := c.session(c.member("vic", store.RoleViewer, 2), signedIn)
	body := b.get("/en/worker").body
	var jobs []string
	for _, m := range regexp.MustCompile(`<tr data-job="(\w+)" data-late="(\w+)"`).FindAllStringSubmatch(body, -1) {
		jobs = append(jobs, m[1])
		if want := m[1] == "expire_orders"; (m[2] == "true") != want {
			t.Errorf("%s is late: %s", m[1], m[2])
		}
	}
	if strings.Join(jobs, " ") != strings.Join(page.Jobs, " ") {
		t.Errorf("the jobs: %v", jobs)
	}
	for _, want := range []string{"host:77", "gone:1", "the oldest for 3 minutes", "Start a worker", "Never begun"} {
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
