package admin

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"doorbuster/admin/page"
	"doorbuster/store"
)

// Whatever blocks keeps the button shut, and the server says no to who presses it all the same.
func TestWhatBlocksKeepsPublishShut(t *testing.T) {
	c := newConsole(t)
	ann := c.session(c.member("ann", store.RoleMerchant, 1), signedIn)
	path := ann.newDraft("drop")
	sale := strings.TrimPrefix(path, "/en/sales/")
	shut := func(code string) {
		t.Helper()
		body := ann.get(path + "/check").body
		if !strings.Contains(body, `data-finding="`+code+`" data-severity="block"`) || !regexp.MustCompile(`<button[^>]* disabled`).MatchString(body) {
			t.Errorf("%s does not shut the button", code)
		}
		leads(t, code, ann.form(path+"/publish", "seen="+hidden(body, "seen")), path+"/check?told=blocked")
		if c.count("SELECT COUNT(*) FROM sales WHERE state = 'published'") != 0 {
			t.Fatalf("%s: it was published", code)
		}
	}
	shut("no_items")
	leads(t, "an item", ann.form(path+"/items", item("units", "0")), path+"/items?told=added")
	shut("no_units")
	c.exec("UPDATE items SET units_allotted = 12")
	c.exec("UPDATE stock_shards SET available = 12")
	c.exec("UPDATE sales SET opens_at = UTC_TIMESTAMP(6) - INTERVAL 2 HOUR, closes_at = UTC_TIMESTAMP(6) - INTERVAL 1 HOUR")
	shut("closes_past")
	c.exec("UPDATE sales SET state = 'importing', closes_at = UTC_TIMESTAMP(6) + INTERVAL 1 HOUR")
	shut("still_importing")
	c.exec("UPDATE sales SET state = 'draft'")
	c.exec("UPDATE schema_state SET checksum = REPEAT('0', 64) WHERE object = 'procedures/place_orders.sql'")
	shut("schema")
	if body := ann.get(path + "/check").body; !strings.Contains(body, "procedures/place_orders.sql") {
		t.Error("the check does not say which procedure is out of date")
	}
	// A viewer reads all of it and gets no button.
	cem := c.session(c.member("cem", store.RoleViewer, 1), signedIn)
	if a := cem.get(path + "/check"); a.status != 200 || !strings.Contains(a.body, `data-finding="schema"`) || strings.Contains(a.body, "/publish") || strings.Contains(a.body, sale+"/rules") {
		t.Errorf("a viewer's check: %d", a.status)
	}
}

// What the console knows besides the database: payments, durability, clocks.
func TestFindingsOfTheConsole(t *testing.T) {
	c := newConsole(t, func(cfg *Config) { cfg.Sandbox = true })
	ann := c.session(c.member("ann", store.RoleMerchant, 1), signedIn)
	severity := func(path, code string) string {
		m := regexp.MustCompile(`data-finding="` + code + `" data-severity="(\w+)"`).FindStringSubmatch(ann.get(path + "/check").body)
		if m == nil {
			return "missing"
		}
		return m[1]
	}
	pays, free := ann.newDraft("drop"), ann.newDraft("drop")
	leads(t, "no payment", ann.form(free+"/rules", "edits=0&payment=no&limit=1&hold=10&extension=0&way=save"), free+"/rules?told=updated")
	if got := severity(pays, "payment") + " " + severity(free, "payment"); got != "warn fine" {
		t.Errorf("payments in a sandbox: %s", got)
	}
	for _, code := range []string{"durability", "clocks", "schema", "end_before_start", "price_above_list"} {
		if got := severity(pays, code); got != page.Fine {
			t.Errorf("%s: %s", code, got)
		}
	}
	f, err := c.server.lookAt(page.Finding{Code: "durability", Severity: page.Blocks}, fmt.Errorf("%w: sync_binlog is 0 and must be 1", store.ErrNotDurable))
	if err != nil || f.Severity != page.Blocks || !strings.Contains(f.Note, "sync_binlog") {
		t.Errorf("a database that is not durable: %+v, %v", f, err)
	}
	if _, err := c.server.lookAt(page.Finding{}, &store.BusyError{}); err == nil {
		t.Error("a check that could not ask is taken for a finding")
	}
	for gap, want := range map[time.Duration]string{0: page.Fine, 2 * time.Second: page.Fine, -2 * time.Second: page.Fine, 2*time.Second + 1: page.Warns, -time.Minute: page.Warns} {
		if got := clocksFinding(gap); got.Severity != want {
			t.Errorf("clocks %s apart: %s", gap, got.Severity)
		}
	}
}
