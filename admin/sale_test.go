package admin

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"doorbuster/store"
	"doorbuster/store/storetest"
)

// place lets a shopper hold some units.
func (c *console) place(item uint64, shopper string, units int) uuid.UUID {
	c.t.Helper()
	u, err := c.store.SignInByLink(c.t.Context(), shopper, shopper+"@example.com", shopper, "en")
	if err != nil {
		c.t.Fatal(err)
	}
	id := uuid.Must(uuid.NewV7())
	p, err := c.store.PlaceOrder(c.t.Context(), store.Purchase{OrderID: id, ItemID: item, UserID: *u.UserID, Units: units, RequestID: id})
	if err != nil || p.Outcome != store.Placed {
		c.t.Fatalf("%s: %s, %v", shopper, p.Outcome, err)
	}
	return id
}

var termText = regexp.MustCompile(`<strong>([\d,]+)</strong> <span>([^<]+)</span>`)

// terms reads the equation off a page.
func terms(body string) string {
	var all []string
	for _, m := range termText.FindAllStringSubmatch(body, -1) {
		all = append(all, m[1]+" "+m[2])
	}
	return strings.Join(all, ", ")
}

// A merchant watches a sale, pauses and resumes it, changes its units and ends it. Each has its reason in the log, under the member's name.
func TestSalePage(t *testing.T) {
	c := newConsole(t)
	sale, items := storetest.Sale(t, c.store, store.NewItem{Units: 1200, LimitPerUser: 5, Title: "Lamp"}, store.NewItem{Units: 50, SKU: "kettle", Title: "Kettle"})
	paid := c.place(items[0], "bea", 3)
	c.place(items[0], "dee", 2)
	if p, err := c.store.PayOrder(t.Context(), store.Operator("test"), paid, "cash"); err != nil || p.Outcome != store.Paid {
		t.Fatal(p, err)
	}
	b := c.session(c.member("ann", store.RoleMerchant, 1), signedIn)
	path := fmt.Sprintf("/en/sales/%d", sale)
	body := b.get(path).body
	if got := terms(body); got != "1,250 Allotted, 3 Sold, 2 Held, 1,245 Left" || !strings.Contains(body, `data-balanced="true"`) {
		t.Errorf("the equation: %s", got)
	}
	acts := func() string {
		var all []string
		for _, m := range regexp.MustCompile(`action="/en/sales/\d+/(\w+)"`).FindAllStringSubmatch(b.get(path).body, -1) {
			all = append(all, m[1])
		}
		return strings.Join(all, " ")
	}
	if got := acts(); got != "pause end" {
		t.Errorf("a live sale may: %s", got)
	}
	leads(t, "pause", b.form(path+"/pause", "reason=the+pictures+are+wrong"), path+"?told=paused")
	leads(t, "pause again", b.form(path+"/pause", "reason=x"), path+"?told=already_paused")
	if got := acts(); got != "resume end" {
		t.Errorf("a paused sale may: %s", got)
	}
	leads(t, "resume", b.form(path+"/resume", "reason=mended"), path+"?told=resumed")
	units := fmt.Sprintf("%s/items/%d/units", path, items[1])
	told := func(outcome string) string {
		return fmt.Sprintf("%s?item=%d&told=%s", path, items[1], outcome)
	}
	leads(t, "add", b.form(units, "way=add&units=25&reason=found+a+box"), told("added"))
	leads(t, "withdraw", b.form(units, "way=withdraw&units=5&reason=broken"), told("withdrawn"))
	leads(t, "withdraw too many", b.form(units, "way=withdraw&units=71&reason=broken"), strings.Replace(told("not_enough"), "&", "&left=70&", 1))
	if told := b.get(path + "?told=not_enough&left=70").body; !strings.Contains(told, "Only 70 units are left") {
		t.Error("the page does not tell how many are left")
	}
	if got := terms(b.get(path).body); got != "1,270 Allotted, 3 Sold, 2 Held, 1,265 Left" {
		t.Errorf("the equation afterwards: %s", got)
	}
	leads(t, "end", b.form(path+"/end", fmt.Sprintf("reason=enough&confirm=%d", sale)), path+"?told=ended")
	if got := acts(); got != "archive" {
		t.Errorf("an ended sale may: %s", got)
	}
	if n := c.count("SELECT COUNT(*) FROM sale_log WHERE sale_id = ? AND actor = 'ann' AND staff_id IS NOT NULL AND reason <> ''", sale); n != 5 {
		t.Errorf("%d lines of the log are ann's", n)
	}
	for _, want := range []string{"the pictures are wrong", "found a box", "broken", "enough"} {
		if !strings.Contains(b.get(path).body, want) {
			t.Errorf("the log on the page lacks %q", want)
		}
	}
	c.db.MustAudit(t)
}

// What is wrong stands at its field, what was typed stays, and nothing changes.
func TestSaleFormsThatAreWrong(t *testing.T) {
	c := newConsole(t)
	sale, items := storetest.Sale(t, c.store, store.NewItem{Units: 10}, store.NewItem{Units: 10, SKU: "other"})
	other, foreign := storetest.Sale(t, c.store, store.NewItem{Units: 10})
	b := c.session(c.member("ann", store.RoleMerchant, 1), signedIn)
	path := fmt.Sprintf("/en/sales/%d", sale)
	unit := func(item uint64) string { return fmt.Sprintf("%s/items/%d/units", path, item) }
	before := c.checksums("sales, items, stock_shards, stock_moves, sale_log")
	for _, w := range []struct {
		path, body string
		status     int
		want       string
	}{
		{path + "/pause", "reason=+", 400, `id="pause-reason-error"`},
		{path + "/pause", "reason=" + strings.Repeat("x", maxReason+1), 400, `value="xxxx`},
		{path + "/pause", "reason=a%00b", 400, `id="pause-reason-error"`},
		{path + "/pause", "", 400, `id="pause-reason-error"`},
		{path + "/end", "reason=enough&confirm=", 400, `value="enough"`},
		{path + "/end", "reason=enough&confirm=yes", 400, `id="end-confirm-error"`},
		{path + "/end", fmt.Sprintf("reason=enough&confirm=%d", sale+1), 400, `id="end-confirm-error"`},
		{unit(items[1]), "way=add&units=&reason=x", 400, fmt.Sprintf(`id="units-%d-error"`, items[1])},
		{unit(items[1]), "way=add&units=-3&reason=x", 400, `value="-3"`},
		{unit(items[1]), "way=add&units=1e3&reason=x", 400, `value="1e3"`},
		{unit(items[1]), "way=withdraw&units=3&reason=", 400, fmt.Sprintf(`id="reason-%d-error"`, items[1])},
		{unit(items[1]), "way=sell&units=3&reason=x", 400, "bad_request"},
		{unit(foreign[0]), "way=add&units=3&reason=x", 404, "not_found"},
		{unit(987654), "way=add&units=3&reason=x", 404, "not_found"},
		{fmt.Sprintf("/en/sales/%d/pause", other+5), "reason=x", 404, "not_found"},
		{path + "/resume", "reason=x&more=1", 400, "bad_request"},
	} {
		a := b.form(w.path, w.body)
		if a.status != w.status || !strings.Contains(a.body, w.want) {
			t.Errorf("%s %s: %d, without %s", w.path, w.body, a.status, w.want)
		}
		if w.status == 400 && w.want != "bad_request" && strings.Count(a.body, `-error"`) > 4 {
			t.Errorf("%s %s: the mistake stands at more than its own field", w.path, w.body)
		}
	}
	if after := c.checksums("sales, items, stock_shards, stock_moves, sale_log"); after != before {
		t.Errorf("something was changed:\n%s\n%s", before, after)
	}
}

// Who only looks is shown no form, and what another shop does is not shown at all.
func TestSaleForOthers(t *testing.T) {
	c := newConsole(t)
	sale, _ := storetest.Sale(t, c.store, store.NewItem{Units: 10})
	path := fmt.Sprintf("/en/sales/%d", sale)
	for _, role := range []store.Role{store.RoleViewer, store.RoleAuditor} {
		b := c.session(c.member(string(role), role, 1), signedIn)
		if a := b.get(path); a.status != 200 || strings.Contains(a.body, `action="/en/sales/`) {
			t.Errorf("%s: %d, or with forms", role, a.status)
		}
		if a := b.form(path+"/pause", "reason=x"); a.status != 403 {
			t.Errorf("%s pauses: %d", role, a.status)
		}
	}
	stranger := c.session(c.member("bob", store.RoleOwner, 2), signedIn)
	if a := stranger.get(path); a.status != 404 {
		t.Errorf("another shop: %d", a.status)
	}
	if a := stranger.form(path+"/pause", "reason=x"); a.status != 404 {
		t.Errorf("another shop pauses: %d", a.status)
	}
	if n := c.count("SELECT COUNT(*) FROM sales WHERE state = 'published'"); n != 1 {
		t.Error("the sale was paused")
	}
}

// Two editors at once: differences add up, whoever comes second; of two who pause, one is told that it was done already.
func TestTwoEditors(t *testing.T) {
	c := newConsole(t)
	sale, items := storetest.Sale(t, c.store, store.NewItem{Units: 100})
	path := fmt.Sprintf("/en/sales/%d", sale)
	ann, bob := c.session(c.member("ann", store.RoleMerchant, 1), signedIn), c.session(c.member("bob", store.RoleOwner, 1), signedIn)
	answers := make(chan answered, 22)
	for i := range 10 {
		go func() {
			answers <- (&browser{console: c, cookie: ann.cookie}).form(fmt.Sprintf("%s/items/%d/units", path, items[0]), fmt.Sprintf("way=add&units=%d&reason=a", i+1))
		}()
		go func() {
			answers <- (&browser{console: c, cookie: bob.cookie}).form(fmt.Sprintf("%s/items/%d/units", path, items[0]), fmt.Sprintf("way=withdraw&units=%d&reason=b", i+1))
		}()
	}
	for range 20 {
		if a := <-answers; a.status != 303 {
			t.Errorf("%d %s", a.status, a.outcome())
		}
	}
	if got := terms(ann.get(path).body); !strings.HasPrefix(got, "100 Allotted") || !strings.HasSuffix(got, "100 Left") {
		t.Errorf("the equation: %s", got)
	}
	for _, b := range []*browser{ann, bob} {
		go func() { answers <- (&browser{console: c, cookie: b.cookie}).form(path+"/pause", "reason=x") }()
	}
	told := (<-answers).header.Get("Location") + (<-answers).header.Get("Location")
	if strings.Count(told, "told=paused") != 1 || strings.Count(told, "told=already_paused") != 1 {
		t.Errorf("two who pause: %s", told)
	}
	c.db.MustAudit(t)
}

// Sales with many items go page by page.
func TestSaleItemsPaging(t *testing.T) {
	c := newConsole(t)
	var wanted []store.NewItem
	for i := range 2*itemsPerPage + 3 {
		wanted = append(wanted, store.NewItem{Units: 1, SKU: fmt.Sprint("sku-", i)})
	}
	sale, items := storetest.Sale(t, c.store, wanted...)
	b := c.session(c.member("ann", store.RoleMerchant, 1), signedIn)
	seen, pages := map[string]int{}, 0
	for next := fmt.Sprintf("/en/sales/%d", sale); next != "" && pages < 9; pages++ {
		body := b.get(next).body
		for _, m := range regexp.MustCompile(`data-item="(\d+)"`).FindAllStringSubmatch(body, -1) {
			seen[m[1]]++
		}
		next = ""
		if m := regexp.MustCompile(`rel="next" href="([^"]+)"`).FindStringSubmatch(body); m != nil {
			next = m[1]
		}
	}
	if len(seen) != len(items) || pages != 3 {
		t.Errorf("%d of %d items on %d pages", len(seen), len(items), pages)
	}
	last := items[len(items)-1]
	leads(t, "an item of the last page", b.form(fmt.Sprintf("/en/sales/%d/items/%d/units", sale, last), fmt.Sprintf("way=add&units=1&reason=x&after=%d", 2*itemsPerPage)),
		fmt.Sprintf("/en/sales/%d?item=%d&told=added", sale, last))
	c.exec("UPDATE sales SET closes_at = ? WHERE id = ?", time.Now().UTC().Add(-time.Second), sale)
	if body := b.get(fmt.Sprintf("/en/sales/%d", sale)).body; !strings.Contains(body, `data-tab="over"`) || !strings.Contains(body, "/end\"") {
		t.Error("a sale past its end is not over, or cannot be ended")
	}
}
