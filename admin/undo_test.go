package admin

import (
	"fmt"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"

	"doorbuster/store"
	"doorbuster/store/storetest"
)

var undoForm = regexp.MustCompile(`action="(/en/log/\d+/undo)"><input type="hidden" name="back" value="(\w*)"`)

// undoOf is where the first form of a page goes to that undoes something, and what it says about the way back; empty: there is none.
func undoOf(body string) (path, back string) {
	if m := undoForm.FindStringSubmatch(body); m != nil {
		return m[1], "back=" + m[2]
	}
	return "", ""
}

// follow presses the first button of a page that undoes something, and returns the page that it leads to.
func follow(t *testing.T, b *browser, at string) answered {
	t.Helper()
	path, back := undoOf(b.get(at).body)
	if path == "" {
		t.Fatalf("%s offers no undo", at)
	}
	done := b.form(path, back)
	to := done.header.Get("Location")
	before, _, _ := strings.Cut(at, "?")
	if done.status != http.StatusSeeOther || !strings.HasPrefix(to, before+"?") {
		t.Fatalf("undo on %s: %d to %s", at, done.status, to)
	}
	return b.get(to)
}

// What was just done is undone where it was done, and the page says so. Each is a line of the log that names what it undid.
func TestUndoWhereItWasDone(t *testing.T) {
	c := newConsole(t)
	sale, items := storetest.Sale(t, c.store, store.NewItem{Units: 10, Title: "Lamp"})
	bob := c.invite("bob", store.RoleMerchant, 1)
	ann := c.member("ann", store.RoleOwner, 1)
	hook, product := c.hook(store.Member(ann.id), "https://hook.example/"), c.product(1, "A", "A")
	b := c.session(ann, signedIn)
	onSale := fmt.Sprintf("/en/sales/%d", sale)
	onItem, onBob := fmt.Sprintf("%s/items/%d", onSale, items[0]), fmt.Sprintf("/en/team/%d", bob.id)
	onHook, onProduct := fmt.Sprintf("/en/webhooks/%d", hook), fmt.Sprintf("/en/products/%d", product)
	closes := c.count("SELECT CAST(1000000 * UNIX_TIMESTAMP(closes_at) AS SIGNED) FROM sales WHERE id = ?", sale)
	was := func() string {
		return c.text(`SELECT CONCAT_WS(' ', s.state, s.closes_at, s.message, s.archived_at IS NULL, i.units_allotted, m.role, m.state, w.state, p.state,
			(SELECT COUNT(*) FROM switches WHERE is_on = 1)) FROM sales s JOIN items i ON i.sale_id = s.id, staff m, webhook_endpoints w, products p WHERE s.id = ? AND m.id = ? AND w.id = ? AND p.id = ?`, sale, bob.id, hook, product)
	}
	before := was()
	for _, act := range []struct{ form, body string }{
		{onSale + "/pause", "reason=wrong+price"},
		{onItem + "/units", "way=add&units=3&reason=a+box"},
		{onItem + "/units", "way=withdraw&units=4&reason=broken&back=item"},
		{onSale + "/live/pause", "reason=wrong+price"},
		{onSale + "/live/units", fmt.Sprintf("way=withdraw&units=2&item=%d&reason=broken", items[0])},
		{onSale + "/live/extend", fmt.Sprintf("minutes=30&closes=%d&reason=late", closes)},
		{onSale + "/live/tell", "seen=&message=Soon&reason=asked"},
		{onBob + "/role", "role=viewer&reason=x"},
		{onBob + "/disable", "reason=x"},
		{onHook + "/pause", "reason=x"},
		{onProduct + "/archive", ""},
		{"/en/switches", "name=stop_new_holds&turn=on&seen=0&reason=rush"},
		{fmt.Sprintf("/en/switches/items/%d", items[0]), "name=admission_rate&turn=on&seen=0&rate=5&reason=rush"},
	} {
		done := b.form(act.form, act.body)
		if done.status != http.StatusSeeOther || was() == before {
			t.Fatalf("%s: %d, or nothing was done", act.form, done.status)
		}
		if page := follow(t, b, done.header.Get("Location")); !strings.Contains(page.body, `data-undo="undone"`) || !strings.Contains(page.body, "It is as it was before") {
			t.Errorf("%s: the page does not say that it was undone", act.form)
		}
		if got := was(); got != before {
			t.Errorf("%s undone: %s, and it was %s", act.form, got, before)
		}
		if detail := c.text("SELECT CONCAT(action, '|', detail, '|', reason, '|', actor) FROM sale_log ORDER BY id DESC LIMIT 1"); !regexp.MustCompile(`^undone\|line \d+ \(\w+\), .+: from .* to .*\|Undo of line \d+.*\|ann$`).MatchString(detail) {
			t.Errorf("the log: %s", detail)
		}
	}
	c.exec("UPDATE sales SET state = 'ended' WHERE id = ?", sale)
	leads(t, "archive", b.form(onSale+"/archive", ""), onSale+"?told=archived")
	follow(t, b, onSale+"?told=archived")
	if c.count("SELECT COUNT(*) FROM sales WHERE archived_at IS NOT NULL") != 0 {
		t.Error("it is in the archive")
	}
	c.db.MustAudit(t)
}

// The log offers to undo the last act of its kind, to who may; who is late is told who was faster, and nothing happens.
func TestUndoInTheLog(t *testing.T) {
	c := newConsole(t)
	sale, items := storetest.Sale(t, c.store, store.NewItem{Units: 5, LimitPerUser: 5, Title: "Lamp"})
	bob := c.invite("bob", store.RoleViewer, 1)
	ann, mia := c.session(c.member("ann", store.RoleOwner, 1), signedIn), c.session(c.member("mia", store.RoleMerchant, 1), signedIn)
	vic, aud := c.session(c.member("vic", store.RoleViewer, 1), signedIn), c.session(c.member("aud", store.RoleAuditor, 1), signedIn)
	olga := c.session(c.member("olga", store.RoleOwner, 2), signedIn)
	onSale := fmt.Sprintf("/en/sales/%d", sale)
	mia.form(onSale+"/pause", "reason=wrong+price")
	pause, back := undoOf(mia.get(onSale).body)
	for who, body := range map[string]string{"vic on the sale": vic.get(onSale + "?told=paused").body, "aud on the sale": aud.get(onSale + "?told=paused").body, "aud in the log": aud.get("/en/log").body} {
		if path, _ := undoOf(body); path != "" {
			t.Errorf("%s is offered %s", who, path)
		}
	}
	if path, _ := undoOf(ann.get("/en/log").body); path != pause {
		t.Errorf("the log offers ann %q, and the sale %q", path, pause)
	}
	if n := strings.Count(ann.get(onSale+"?told=paused").body, "/undo\""); n != 1 {
		t.Errorf("%d buttons: the notice is about what ann did, and it was mia", n)
	}
	for who, b := range map[string]*browser{"vic": vic, "aud": aud} {
		if a := b.form(pause, back); a.status != http.StatusForbidden {
			t.Errorf("%s: %d", who, a.status)
		}
	}
	if a := olga.form(pause, back); a.status != http.StatusNotFound {
		t.Errorf("another shop's: %d", a.status)
	}
	if a := mia.form(pause, "back=https://evil.example/"); a.status != http.StatusBadRequest {
		t.Errorf("a way back that is none: %d", a.status)
	}
	ann.form(onSale+"/resume", "reason=mended")
	late := mia.form(pause, back)
	if body := mia.get(late.header.Get("Location")).body; !strings.Contains(body, `data-undo="changed_meanwhile"`) || !strings.Contains(body, "ann has changed it since") {
		t.Error("who was late is not told who was faster")
	}
	resumed, back := undoOf(ann.get("/en/log").body)
	if a := ann.form(resumed, back); !strings.HasPrefix(a.header.Get("Location"), "/en/log?") || c.text("SELECT state FROM sales WHERE id = ?", sale) != "paused" {
		t.Errorf("from the log: to %s", a.header.Get("Location"))
	}
	if body := ann.get(ann.form(resumed, back).header.Get("Location")).body; !strings.Contains(body, `data-undo="already_undone"`) {
		t.Error("twice is not told")
	}
	ann.form(onSale+"/resume", "reason=on")

	mia.form(fmt.Sprintf("%s/items/%d/units", onSale, items[0]), "way=add&units=3&reason=a+box")
	for i := range 6 {
		c.place(items[0], fmt.Sprintf("shopper-%d", i), 1)
	}
	units := mia.get(onSale)
	path, back := undoOf(units.body)
	if body := mia.get(mia.form(path, back).header.Get("Location")).body; !strings.Contains(body, `data-undo="not_enough"`) || !strings.Contains(body, "Only 2 units are left") {
		t.Error("it is not told how many are left")
	}

	ann.form(fmt.Sprintf("/en/team/%d/role", bob.id), "role=merchant&reason=helps")
	line := c.count("SELECT MAX(id) FROM sale_log WHERE action = 'staff_role_changed'")
	role := fmt.Sprintf("/en/log/%d/undo", line)
	if a := mia.form(role, "back="); a.status != http.StatusForbidden || c.text("SELECT role FROM staff WHERE id = ?", bob.id) != "merchant" {
		t.Errorf("a merchant undoes what an owner did to the team: %d", a.status)
	}
	if strings.Contains(c.log.String(), "undo staff_role_changed") {
		t.Error("the console left it to the database to refuse a merchant")
	}
	if path, _ := undoOf(ann.get("/en/log").body); path != role {
		t.Errorf("the log offers the owner %q, want %q", path, role)
	}
	c.db.MustAudit(t)
}

// Undo pressed in a filtered log leads back to the same lines. What the form carries is taken as the log takes its address, and leads nowhere else.
func TestUndoInAFilteredLog(t *testing.T) {
	c := newConsole(t)
	sale, _ := storetest.Sale(t, c.store, store.NewItem{Units: 5, Title: "Lamp"})
	ann := c.session(c.member("ann", store.RoleOwner, 1), signedIn)
	onSale := fmt.Sprintf("/en/sales/%d", sale)
	for _, asked := range []string{
		fmt.Sprintf("action=paused&from=2020-01-01&sale=%d&to=2099-12-31&who=ann", sale), "action=paused&before=999999", "who=%23a%26b+%E7%8E%8B", "",
	} {
		ann.form(onSale+"/pause", "reason=wrong+price")
		page := ann.get("/en/log?" + asked)
		path, back := undoOf(page.body)
		if path == "" { // the filter of another name shows no line; the form of the whole log is pressed with it
			path, back = undoOf(ann.get("/en/log").body)
			back += "&shown=" + url.QueryEscape(asked)
		} else if m := regexp.MustCompile(`name="shown" value="([^"]*)"`).FindStringSubmatch(page.body); m != nil {
			back += "&shown=" + url.QueryEscape(html.UnescapeString(m[1]))
		}
		to, err := url.Parse(ann.form(path, back).header.Get("Location"))
		if err != nil {
			t.Fatal(err)
		}
		query := to.Query()
		if query.Get("undo") == "" || query.Get("line") == "" {
			t.Errorf("%s: what came of it is not told: %s", asked, to)
		}
		query.Del("undo")
		query.Del("line")
		if to.Host != "" || to.Path != "/en/log" || query.Encode() != asked {
			t.Errorf("undone in the log of %q, and it led to %s", asked, to)
		}
		if a := ann.get(to.String()); a.status != http.StatusOK || !strings.Contains(a.body, "data-undo=") {
			t.Errorf("%s: %d", to, a.status)
		}
	}
	ann.form(onSale+"/pause", "reason=wrong+price")
	path, _ := undoOf(ann.get("/en/log?action=paused").body)
	for _, shown := range []string{"action=none", "sale=x", "from=yesterday", "before=x", "undo=undone", "next=https://evil.example/", "who=a&who=b", "https://evil.example/"} {
		if a := ann.form(path, "back=log&shown="+url.QueryEscape(shown)); a.status != http.StatusBadRequest || c.text("SELECT state FROM sales WHERE id = ?", sale) != "paused" {
			t.Errorf("a log of %q: %d", shown, a.status)
		}
	}
	if to := ann.form(path, "back=&shown=who%3Dann").header.Get("Location"); !strings.HasPrefix(to, onSale+"?") || strings.Contains(to, "who") {
		t.Errorf("back to the sale, with a filter: %s", to)
	}
	c.db.MustAudit(t)
}

// Many press Undo at the same moment: one does, and the units move once.
func TestUndoAtTheSameMoment(t *testing.T) {
	c := newConsole(t)
	sale, items := storetest.Sale(t, c.store, store.NewItem{Units: 10, Shards: 2})
	b := c.session(c.member("ann", store.RoleOwner, 1), signedIn)
	b.form(fmt.Sprintf("/en/sales/%d/items/%d/units", sale, items[0]), "way=add&units=5&reason=a+box")
	path, back := undoOf(b.get(fmt.Sprintf("/en/sales/%d", sale)).body)
	var presses sync.WaitGroup
	came := make(chan string, 8)
	for range cap(came) {
		presses.Go(func() {
			own := &browser{console: c, cookie: b.cookie}
			came <- regexp.MustCompile(`undo=(\w+)`).FindString(own.form(path, back).header.Get("Location"))
		})
	}
	presses.Wait()
	close(came)
	all := map[string]int{}
	for one := range came {
		all[one]++
	}
	if all["undo=undone"] != 1 || all["undo=already_undone"] != cap(came)-1 {
		t.Errorf("%v", all)
	}
	if n := c.count("SELECT units_allotted FROM items WHERE id = ?", items[0]); n != 10 {
		t.Errorf("%d units", n)
	}
	c.db.MustAudit(t)
}
