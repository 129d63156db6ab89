package admin

import (
	"encoding/csv"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"doorbuster/store"
	"doorbuster/store/storetest"
)

// linesOf reads the numbers of the lines off a page of the log.
func linesOf(body string) string {
	var all []string
	for _, m := range regexp.MustCompile(`data-line="(\d+)"`).FindAllStringSubmatch(body, -1) {
		all = append(all, m[1])
	}
	return strings.Join(all, " ")
}

// The log shows what was done with before and after, page by page and filtered; another shop's lines are in none of it, those of the whole installation are.
func TestActivityLog(t *testing.T) {
	c := newConsole(t)
	sale, items := storetest.Sale(t, c.store, store.NewItem{Units: 10, Title: "Kettle"})
	foreign, _ := storetest.Sale(t, c.store, store.NewItem{Units: 10})
	c.exec("UPDATE sales SET shop_id = 2, title = 'Foreign sale' WHERE id = ?", foreign)
	c.exec("UPDATE sale_log SET shop_id = 2 WHERE sale_id = ?", foreign)
	ann, gus := c.member("ann", store.RoleOwner, 1), c.member("gus", store.RoleOwner, 2)
	if o, err := c.store.PauseSale(t.Context(), store.Member(gus.id), foreign, "theirs"); err != nil || o != store.Paused {
		t.Fatal(o, err)
	}
	b := c.session(ann, signedIn)
	path := fmt.Sprintf("/en/sales/%d", sale)
	leads(t, "pause", b.form(path+"/pause", "reason=%3D1%2B1"), path+"?told=paused")
	leads(t, "units", b.form(fmt.Sprintf("%s/items/%d/units", path, items[0]), "way=add&units=5&reason=found"), fmt.Sprintf("%s?item=%d&told=added", path, items[0]))
	if o, err := c.store.SetSwitch(t.Context(), store.Operator("root"), store.SwitchTurn{Name: store.ReadOnly, On: true}, "storm"); err != nil || o.Outcome != store.Set {
		t.Fatal(o, err)
	}
	body := b.get("/en/log").body
	for _, want := range []string{
		"Published → Paused", "5 units more, 10 → 15", "Read only: Off → On", "the whole installation", "operator at the command line", "=1+1",
		"ann@example.com as Owner", "(Owner): Invited → Active",
	} {
		if !strings.Contains(body, want) {
			t.Errorf("the log lacks %q", want)
		}
	}
	for _, never := range []string{"theirs", "Foreign sale", "gus"} {
		if strings.Contains(body, never) {
			t.Errorf("the log of shop 1 has %q of shop 2", never)
		}
	}
	if other := c.session(gus, signedIn).get("/en/log").body; !strings.Contains(other, "theirs") || !strings.Contains(other, "Read only: Off → On") || strings.Contains(other, "found") {
		t.Error("the log of shop 2 is not that of shop 2")
	}
	paused := c.count("SELECT id FROM sale_log WHERE action = 'paused' AND shop_id = 1")
	for query, want := range map[string]string{
		"action=paused": fmt.Sprint(paused), "action=paused&who=ANN": fmt.Sprint(paused), fmt.Sprintf("sale=%d&action=paused", sale): fmt.Sprint(paused),
		fmt.Sprintf("sale=%d", foreign): "", "who=gus": "", "action=paused&to=2020-01-01": "", "action=paused&from=2020-01-01&who=&sale=": fmt.Sprint(paused),
	} {
		if got := linesOf(b.get("/en/log?" + query).body); got != want {
			t.Errorf("%s: lines %q, want %q", query, got, want)
		}
	}
	for _, wrong := range []string{"sale=x", "sale=0", "from=yesterday", "to=2026-13-01", "action=nothing", "before=x", "who=" + strings.Repeat("x", maxWho+1)} {
		if got := b.get("/en/log?" + wrong); got.status != 400 {
			t.Errorf("%s: %d", wrong, got.status)
		}
		if got := b.get("/en/log/export.csv?" + wrong); got.status != 400 {
			t.Errorf("export of %s: %d", wrong, got.status)
		}
	}
}

// The whole log is the pages of it one behind the other, and the file has each line once, with nothing that a spreadsheet would calculate.
func TestLogPagesAndExport(t *testing.T) {
	c := newConsole(t)
	b := c.session(c.member("ann", store.RoleAuditor, 1), signedIn)
	c.exec("DELETE FROM sale_log")
	c.exec(`INSERT INTO sale_log (shop_id, action, detail, reason, actor, made_at)
		WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 900)
		SELECT IF(i MOD 3 = 0, 2, 1), 'signed_in', CONCAT('line ', i), IF(i MOD 7 = 0, '=HYPERLINK("x")', 'a, "b"'), '@ann', UTC_TIMESTAMP(6) FROM n`)
	c.exec("UPDATE sale_log SET shop_id = NULL, action = 'switched' WHERE id MOD 30 = 0")
	var want []string
	rows, err := c.root.QueryContext(t.Context(), "SELECT id FROM sale_log WHERE shop_id = 1 OR shop_id IS NULL ORDER BY id DESC")
	if err != nil {
		t.Fatal(err)
	}
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			t.Fatal(err)
		}
		want = append(want, id)
	}
	if err := rows.Close(); err != nil || rows.Err() != nil || len(want) <= exportLines {
		t.Fatal(err, rows.Err(), len(want))
	}
	var got []string
	for path := "/en/log"; path != ""; {
		body := b.get(path).body
		got = append(got, strings.Fields(linesOf(body))...)
		path = ""
		if m := regexp.MustCompile(`href="(/en/log\?before=\d+)"`).FindStringSubmatch(body); m != nil {
			path = m[1]
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("the pages have %d lines, the log has %d", len(got), len(want))
	}
	file := b.get("/en/log/export.csv")
	if file.header.Get("Content-Type") != "text/csv; charset=utf-8" || !strings.Contains(file.header.Get("Content-Disposition"), "attachment") || file.header.Get("Cache-Control") != "no-store" {
		t.Error(file.header)
	}
	all, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(file.body, "\ufeff"))).ReadAll()
	if err != nil || len(all) != len(want)+1 {
		t.Fatalf("the file has %d rows: %v", len(all), err)
	}
	for i, row := range all[1:] {
		if row[0] != want[i] {
			t.Fatalf("row %d is line %s, want %s", i, row[0], want[i])
		}
		for _, cell := range row {
			if cell != "" && strings.ContainsAny(cell[:1], "=+-@\t\r") {
				t.Fatalf("a spreadsheet would calculate %q", cell)
			}
		}
	}
	if part := b.get("/en/log/export.csv?action=switched").body; strings.Count(part, "\n") != c.count("SELECT COUNT(*) + 1 FROM sale_log WHERE shop_id IS NULL") {
		t.Error("the export does not keep to the filter")
	}
	if head := b.do("HEAD", "/en/log/export.csv", ""); head.status != 200 || head.body != "" {
		t.Errorf("HEAD: %d", head.status)
	}
	if !strings.Contains(c.log.String(), "activity log exported") {
		t.Error("the export is not in the program's log")
	}
}
