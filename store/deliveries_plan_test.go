package store_test

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"doorbuster/store"
)

// Every filter of the deliveries reads the index that was made for it, backwards, and stops when the page is full: by the plan of the very statement, and by what the
// server counts while the procedure runs. What is looked for is rare, and lies at the far end.
func TestDeliveriesReadTheirIndex(t *testing.T) {
	t.Parallel()
	l := newListed(t)
	_, items := l.shelves()
	const events, limit = 20_000, 50
	exec := func(statement string, args ...any) {
		if _, err := l.root.ExecContext(t.Context(), statement, args...); err != nil {
			t.Fatal(err)
		}
	}
	exec(`INSERT INTO webhook_endpoints (id, shop_id, url, state, reason, secret, queued_seq, failures, created_at, changed_at)
		SELECT n, 0, CONCAT('https://example.com/', n), 'active', '', 'whsec_a', 0, 0, NOW(6), NOW(6) FROM (SELECT 1 AS n UNION SELECT 2) x`)
	exec(`INSERT INTO events (seq, event_id, kind, order_id, item_id, made_at)
		WITH digits AS (SELECT 0 AS d UNION SELECT 1 UNION SELECT 2 UNION SELECT 3 UNION SELECT 4 UNION SELECT 5 UNION SELECT 6 UNION SELECT 7 UNION SELECT 8 UNION SELECT 9),
		numbers AS (SELECT 1 + a.d + 10 * b.d + 100 * c.d + 1000 * e.d + 10000 * f.d AS n FROM digits a, digits b, digits c, digits e, digits f)
		SELECT n, UNHEX(LPAD(HEX(n), 32, '0')), IF(n <= 200, 'payment_returned', 'order_placed'), UNHEX(LPAD(HEX(n), 32, 'A')), ?, NOW(6) FROM numbers WHERE n <= ?`, items[0], events)
	exec(`INSERT INTO webhook_deliveries (endpoint_id, seq, order_id, kind, state, attempts, tries, next_at, ended_at)
		SELECT p.id, v.seq, v.order_id, v.kind, IF(v.seq <= 400 AND v.seq > 100, 'dead', 'done'), 1, 1, NULL, NOW(6) FROM events v, webhook_endpoints p`)
	exec("ANALYZE TABLE events, webhook_deliveries")
	for index, f := range map[string]store.DeliveryFilter{
		"event": {}, "state": {State: "dead"}, "kind": {Kind: "payment_returned"}, "kind_and_state": {Kind: "payment_returned", State: "dead"},
	} {
		for name, f := range map[string]store.DeliveryFilter{"first page": f, "later page": {State: f.State, Kind: f.Kind, BeforeSeq: 190, BeforeWebhook: 2}} {
			what := index + ", " + name
			plan := strings.Join(planOf(t, l.root, explainedDeliveries(t, index, f)), "\n")
			if key := regexp.MustCompile(`d +(\w+) +webhook_deliveries_by_` + index + ` `).FindStringSubmatch(plan); key == nil || key[1] == "ALL" || strings.Contains(plan, "ALL     webhook") {
				t.Errorf("%s: does not read its index:\n%s", what, plan)
			}
			reads, found := readsOf(t, l.root, "CALL search_deliveries(NULL, ?, ?, ?, ?, ?)", f.State, f.Kind, f.BeforeSeq, f.BeforeWebhook, limit)
			if found != limit || reads > 12*limit {
				t.Errorf("%s: %d rows were read for %d found, at most %d should", what, reads, found, 12*limit)
			}
			t.Logf("%s: %d rows read for %d\n%s", what, reads, found, plan)
		}
	}
	all := map[string]int{}
	for f := (store.DeliveryFilter{Kind: "payment_returned"}); ; {
		page, err := l.s.SearchDeliveries(t.Context(), store.Operator("test"), f, 33)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range page {
			all[fmt.Sprint(d.EndpointID, "/", d.Seq)]++
		}
		if len(page) == 0 {
			break
		}
		last := page[len(page)-1]
		f.BeforeSeq, f.BeforeWebhook = last.Seq, last.EndpointID
	}
	for key, n := range all {
		if n != 1 {
			t.Errorf("%s came %d times", key, n)
		}
	}
	if len(all) != 400 {
		t.Errorf("%d deliveries in pages of an odd size, of 400", len(all))
	}
}

// explainedDeliveries is the very statement of search_deliveries with what a search puts in place of its variables.
func explainedDeliveries(t *testing.T, way string, f store.DeliveryFilter) string {
	t.Helper()
	text, err := os.ReadFile("../sql/procedures/search_deliveries.sql")
	if err != nil {
		t.Fatal(err)
	}
	statement := regexp.MustCompile(`(?s)\n  SELECT d\.endpoint_id, d\.seq, d\.kind.*?;\n`).FindString(string(text))
	seq := f.BeforeSeq
	if seq == 0 {
		seq = 1 << 62
	}
	return strings.NewReplacer("v_way", "'"+way+"'", "v_shop_id", "NULL", "v_seq", fmt.Sprint(seq), "v_endpoint_id", fmt.Sprint(f.BeforeWebhook), "in_limit", "50",
		"in_state", "_ascii'"+f.State+"' COLLATE ascii_bin", "in_kind", "_ascii'"+f.Kind+"' COLLATE ascii_bin").Replace(strings.TrimSuffix(strings.TrimSpace(statement), ";"))
}
