package admin

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"doorbuster/store"
	"doorbuster/store/storetest"
)

// reconciled lets a run of the worker's audit write down that a shard is not what its ledger says, and returns the finding.
func (c *console) reconciled(item uint64) int {
	c.t.Helper()
	lease, err := c.store.TakeLease(c.t.Context(), "reconcile", "test", 3600e9, true)
	if err != nil {
		c.t.Fatal(err)
	}
	look, err := c.store.LookAtItems(c.t.Context(), item, item, func(store.BrokenInvariant) {})
	if err != nil {
		c.t.Fatal(err)
	}
	var broken []store.BrokenInvariant
	again, err := c.store.LookAtItems(c.t.Context(), item, item, func(b store.BrokenInvariant) { broken = append(broken, b) })
	if err != nil || look.Items != again.Items {
		c.t.Fatal(look, again, err)
	}
	again.Broken = broken
	r, err := c.store.RecordReconciliation(c.t.Context(), lease.Fence, store.Reconciliation{Look: again, Looked: []store.ItemRange{{First: item, Last: item}}})
	if err != nil || (r.Outcome != store.Found && r.Outcome != store.Nothing) {
		c.t.Fatal(r, err)
	}
	return c.count("SELECT COALESCE(MIN(id), 0) FROM reconcile_findings WHERE state = 'open' AND item_id = ?", item)
}

// approval is what the form on the page of a finding would send.
func approval(t *testing.T, b *browser, path, reason string) string {
	t.Helper()
	m := regexp.MustCompile(`name="shown" value="([^"]*)"`).FindStringSubmatch(b.get(path).body)
	if m == nil {
		t.Fatal("the page of the finding has no form")
	}
	return url.Values{"shown": {m[1]}, "reason": {reason}}.Encode()
}

// From the alarm on the first page to the finding, its preview, the approval and the history; what was shown is what is written.
func TestRepairInTheConsole(t *testing.T) {
	c := newConsole(t)
	sale, items := storetest.Sale(t, c.store, store.NewItem{Units: 20, Title: "Lamp"})
	c.place(items[0], "bea", 1)
	b := c.session(c.member("ann", store.RoleMerchant, 1), signedIn)
	if body := b.get("/en/checks").body; !strings.Contains(body, "Everything adds up") || !strings.Contains(body, "Nothing is sealed yet") {
		t.Error("the checks of a clean shop")
	}
	c.exec("UPDATE stock_shards SET available = available + 2 WHERE item_id = ? AND shard = 0", items[0])
	id := c.reconciled(items[0])
	path := fmt.Sprintf("/en/checks/findings/%d", id)
	if home := b.get("/en/").body; !strings.Contains(home, `data-alarm="endangering_findings"`) || !strings.Contains(home, `href="/en/checks"`) {
		t.Error("no alarm that leads to the checks")
	}
	if checks := b.get("/en/checks").body; !strings.Contains(checks, `href="`+path+`"`) || !strings.Contains(checks, "Lamp") {
		t.Error("the checks do not lead to the finding")
	}
	if item := b.get(fmt.Sprintf("/en/sales/%d/items/%d", sale, items[0])).body; !strings.Contains(item, `data-findings="`) {
		t.Error("the item says nothing of its findings")
	}
	body := b.get(path).body
	for _, want := range []string{
		`data-line="0"`, `data-line="1"`, "Outside → Left", "Left → Outside", `data-label="Shard before">21<`, `data-label="Shard after">19<`, "<strong>19</strong>", "Sale paused for it",
	} {
		if !strings.Contains(body, want) {
			t.Errorf("the preview lacks %s", want)
		}
	}
	before := c.checksums("items, stock_shards, stock_moves, sale_log, reconcile_findings")
	wrong := b.form(path+"/approve", strings.Replace(approval(t, b, path, "x"), "reason=x", "reason=+", 1))
	if wrong.status != 400 || !strings.Contains(wrong.body, `id="reason-error"`) || !strings.Contains(wrong.body, `data-line="0"`) {
		t.Errorf("without a reason: %d", wrong.status)
	}
	for _, bad := range []string{"reason=x", "reason=x&shown=", "reason=x&shown=" + strings.Repeat("x", maxRepair+1), "shown=x&reason=x&more=1"} {
		if a := b.form(path+"/approve", bad); a.status != 400 {
			t.Errorf("%.30s: %d", bad, a.status)
		}
	}
	if after := c.checksums("items, stock_shards, stock_moves, sale_log, reconcile_findings"); after != before {
		t.Error("reading or a wrong form changed something")
	}
	leads(t, "approve", b.form(path+"/approve", approval(t, b, path, "Bob raised it by hand")), path+"?told=approved")
	c.db.MustAudit(t)
	if told := b.get(path + "?told=approved").body; !strings.Contains(told, `data-outcome="approved"`) || !strings.Contains(told, "by ann: Bob raised it by hand") || strings.Contains(told, `name="shown"`) {
		t.Error("the page of an approved finding")
	}
	checks := b.get("/en/checks").body
	if !strings.Contains(checks, fmt.Sprintf(`data-repair="%d"`, id)) || !strings.Contains(checks, "Bob raised it by hand") || !strings.Contains(checks, "Everything adds up") {
		t.Error("the history lacks the repair")
	}
	if n := c.count("SELECT COUNT(*) FROM stock_moves WHERE actor = 'ann' AND reason = 'Bob raised it by hand'"); n != 2 {
		t.Errorf("%d lines in her name", n)
	}
	if n := c.count("SELECT COUNT(*) FROM sale_log WHERE action = 'repaired' AND staff_id IS NOT NULL AND actor = 'ann'"); n != 1 {
		t.Errorf("%d lines in the log", n)
	}
}

// Of two members who approve the same finding at once, one does it and the other is told so.
func TestTwoApprove(t *testing.T) {
	c := newConsole(t)
	_, items := storetest.Sale(t, c.store, store.NewItem{Units: 20})
	c.exec("UPDATE stock_shards SET available = available + 2 WHERE item_id = ? AND shard = 0", items[0])
	path := fmt.Sprintf("/en/checks/findings/%d", c.reconciled(items[0]))
	ann, bob := c.session(c.member("ann", store.RoleMerchant, 1), signedIn), c.session(c.member("bob", store.RoleOwner, 1), signedIn)
	form := approval(t, ann, path, "a slip")
	answers := make(chan answered, 2)
	for _, b := range []*browser{ann, bob} {
		go func() { answers <- (&browser{console: c, cookie: b.cookie}).form(path+"/approve", form) }()
	}
	told := (<-answers).header.Get("Location") + " " + (<-answers).header.Get("Location")
	if strings.Count(told, "told=approved") != 1 || strings.Count(told, "told=already_approved") != 1 {
		t.Errorf("two who approve: %s", told)
	}
	if n := c.count("SELECT COUNT(*) FROM stock_moves WHERE reason = 'a slip'"); n != 2 {
		t.Errorf("%d lines, want 2", n)
	}
	c.db.MustAudit(t)
}

// A finding whose ground has changed since it was read is refused, whether the next run has seen it already or not, and the page shows what is right now.
func TestApproveWhatHasChanged(t *testing.T) {
	c := newConsole(t)
	_, items := storetest.Sale(t, c.store, store.NewItem{Units: 20})
	shelf := func(by int) {
		c.exec("UPDATE stock_shards SET available = available + ? WHERE item_id = ? AND shard = 0", by, items[0])
	}
	shelf(2)
	path := fmt.Sprintf("/en/checks/findings/%d", c.reconciled(items[0]))
	b := c.session(c.member("ann", store.RoleMerchant, 1), signedIn)
	read := approval(t, b, path, "a slip")
	shelf(1)
	leads(t, "before the next run", b.form(path+"/approve", read), path+"?told=changed")
	if body := b.get(path + "?told=changed").body; !strings.Contains(body, "The numbers have changed since you read them") || strings.Contains(body, `name="shown"`) {
		t.Error("the page does not say it, or offers what cannot be approved")
	}
	c.reconciled(items[0])
	leads(t, "after the next run", b.form(path+"/approve", read), path+"?told=changed")
	if n := c.count("SELECT COUNT(*) FROM stock_moves WHERE reason = 'a slip'"); n != 0 {
		t.Errorf("%d lines were written", n)
	}
	now := approval(t, b, path, "a slip")
	shelf(-3)
	if body := b.get(path).body; !strings.Contains(body, "It does not stand any more") {
		t.Error("the page of a finding that is gone")
	}
	leads(t, "gone", b.form(path+"/approve", now), path+"?told=gone")
	shelf(3)
	leads(t, "as it is now", b.form(path+"/approve", now), path+"?told=approved")
	c.db.MustAudit(t)
}

// Each shop sees its own findings, and one about an item that is not there any more is nobody's own.
func TestChecksOfOthers(t *testing.T) {
	c := newConsole(t)
	o := c.twoShops()
	c.exec("UPDATE items SET title = 'Secret of shop 2' WHERE id = ?", o.foreign["item"])
	c.finding(77)
	_, items := storetest.Sale(t, c.store, store.NewItem{Units: 20})
	c.exec("UPDATE stock_shards SET available = available + 2 WHERE item_id = ? AND shard = 0", items[0])
	path := fmt.Sprintf("/en/checks/findings/%d", c.reconciled(items[0]))
	open := c.count("SELECT COUNT(*) FROM reconcile_findings f WHERE f.item_id NOT IN (SELECT i.id FROM items i JOIN sales s ON s.id = i.sale_id WHERE s.shop_id = 2)")
	for role, forms := range map[store.Role]bool{store.RoleViewer: false, store.RoleAuditor: false, store.RoleMerchant: true} {
		b := c.session(c.member(string(role), role, 1), signedIn)
		for _, path := range []string{"/en/checks", "/en/checks/findings", "/en/checks/findings?state=open", "/en/checks/runs"} {
			a := b.get(path)
			if a.status != 200 || strings.Contains(a.body, "Secret") {
				t.Errorf("%s %s: %d, or another shop's item", role, path, a.status)
			}
			if !strings.HasSuffix(path, "runs") && (strings.Count(a.body, "<tr data-finding=") != open || !strings.Contains(a.body, "Item 77, which is not there any more")) {
				t.Errorf("%s %s: not the %d findings", role, path, open)
			}
		}
		if runs := b.get("/en/checks/runs").body; !strings.Contains(runs, `data-label="Orders">–<`) {
			t.Errorf("%s is told how much another shop sells", role)
		}
		a := b.get(path)
		if got := strings.Contains(a.body, "/approve"); a.status != 200 || got != forms || !strings.Contains(a.body, `data-line="0"`) {
			t.Errorf("%s: a form: %t, status %d", role, got, a.status)
		}
	}
}

// Lists go page by page, and what is no page is refused.
func TestChecksPaging(t *testing.T) {
	c := newConsole(t)
	b := c.session(c.member("ann", store.RoleViewer, 1), signedIn)
	for i := range perPage + 3 {
		c.finding(uint64(1000 + i))
		c.exec(`INSERT INTO reconcile_runs (began_at, ended_at, items, orders, ledger_lines, units_allotted, units_available, units_held, units_sold, findings, fresh, gone, fence, holder)
			VALUES (UTC_TIMESTAMP(6), UTC_TIMESTAMP(6), 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 1, 'w')`)
	}
	for path, row := range map[string]string{"/en/checks/findings?state=open": "<tr data-finding=", "/en/checks/runs": "<tr data-run="} {
		rows, pages := 0, 0
		for at := path; at != ""; pages++ {
			body := b.get(at).body
			rows += strings.Count(body, row)
			at = next(body)
		}
		if rows != perPage+3 || pages != 2 {
			t.Errorf("%s: %d rows on %d pages", path, rows, pages)
		}
	}
	for _, path := range []string{"/en/checks/findings?state=lost", "/en/checks/findings?before=x", "/en/checks/runs?before=-1"} {
		if a := b.get(path); a.status != 400 {
			t.Errorf("%s: %d", path, a.status)
		}
	}
}
