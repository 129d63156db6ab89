package admin

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"doorbuster/store"
	"doorbuster/store/storetest"
)

// Duplicate, archive, discard.
func TestAfterwards(t *testing.T) {
	c := newConsole(t)
	ann := c.session(c.member("ann", store.RoleMerchant, 1), signedIn)
	now := time.Now()
	id, _ := storetest.SaleAt(t, c.store, now.Add(-2*time.Hour), now.Add(time.Hour), store.NewItem{Units: 10}, store.NewItem{Units: 5})
	path := fmt.Sprintf("/en/sales/%d", id)
	leads(t, "archive too early", ann.form(path+"/archive", ""), path+"?told=not_over")
	leads(t, "end", ann.form(path+"/end", fmt.Sprintf("reason=x&confirm=%d", id)), path+"?told=ended")
	if body := ann.get(path).body; !strings.Contains(body, path+"/archive") || !strings.Contains(body, path+"/duplicate") {
		t.Error("the page of a sale that is over offers neither archive nor duplicate")
	}
	leads(t, "archive", ann.form(path+"/archive", ""), path+"?told=archived")
	for query, want := range map[string]bool{"": false, "?tab=over": false, "?tab=archived": true, "?search=test": true} {
		if got := strings.Contains(ann.get("/en/sales"+query).body, fmt.Sprintf(`data-sale="%d"`, id)); got != want {
			t.Errorf("the list %q has it: %t", query, got)
		}
	}
	if body := ann.get(path).body; strings.Contains(body, path+"/archive\"") || !strings.Contains(body, path+"/unarchive") {
		t.Error("an archived sale offers the wrong way")
	}
	leads(t, "unarchive", ann.form(path+"/unarchive", ""), path+"?told=unarchived")

	a := ann.form(path+"/duplicate", "title=+&opens=2026-03-29T02:30") // not there in Berlin
	if a.status != 400 || !strings.Contains(a.body, `id="title-error"`) || strings.Count(a.body, `name="opens_at"`) != 2 {
		t.Errorf("a wrong duplicate: %d", a.status)
	}
	made := fmt.Sprintf("/en/sales/%d", id+1)
	leads(t, "duplicate", ann.form(path+"/duplicate", "title=Again&opens=2035-06-01T10:00"), made+"/schedule?told=duplicated")
	if n := c.count(`SELECT COUNT(*) FROM sales n JOIN sales o ON o.id = ? WHERE n.id = ? AND n.state = 'draft' AND n.opens_at = '2035-06-01 08:00:00'
		AND TIMESTAMPDIFF(MICROSECOND, n.opens_at, n.closes_at) = TIMESTAMPDIFF(MICROSECOND, o.opens_at, o.closes_at)`, id, id+1); n != 1 {
		t.Error("the duplicate is not what was said")
	}
	if n := c.count("SELECT SUM(units_allotted) FROM items WHERE sale_id = ?", id+1); n != 15 {
		t.Errorf("the duplicate has %d units", n)
	}
	if a := ann.form(made+"/discard", fmt.Sprintf("reason=x&confirm=%d", id)); a.status != 400 || !strings.Contains(a.body, `id="discard-confirm-error"`) {
		t.Errorf("discard with another's number: %d", a.status)
	}
	leads(t, "discard", ann.form(made+"/discard", fmt.Sprintf("reason=x&confirm=%d", id+1)), "/en/sales?told=discarded")
	leads(t, "discard a sale", ann.form(path+"/discard", fmt.Sprintf("reason=x&confirm=%d", id)), path+"?told=not_a_draft")
	if a := ann.get(made); a.status != 404 {
		t.Errorf("the draft is still there: %d", a.status)
	}

	// Items of the old sale for a new draft, one and then the rest.
	fresh := ann.newDraft("deal")
	if body := ann.get(fresh + "/pick").body; !strings.Contains(body, fmt.Sprintf("%s/pick?from=%d", fresh, id)) {
		t.Error("the sale cannot be picked from")
	}
	body := ann.get(fmt.Sprintf("%s/pick?from=%d", fresh, id)).body
	one := regexp.MustCompile(`name="item" value="(\d+)"`).FindStringSubmatch(body)[1]
	leads(t, "pick one", ann.form(fresh+"/pick", fmt.Sprintf("from=%d&item=%s", id, one)), fresh+"/items?told=added")
	leads(t, "pick it again", ann.form(fresh+"/pick", fmt.Sprintf("from=%d&item=%s", id, one)), fresh+"/items?told=duplicate_sku")
	leads(t, "pick the rest", ann.form(fresh+"/pick", fmt.Sprintf("from=%d&item=all", id)), fresh+"/items?told=added")
	if n := c.count("SELECT COUNT(*) FROM items WHERE sale_id = ?", strings.TrimPrefix(fresh, "/en/sales/")); n != 2 {
		t.Errorf("%d items were picked", n)
	}
	c.db.MustAudit(t)
}
