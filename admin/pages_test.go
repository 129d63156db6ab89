package admin

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"doorbuster/mail"
	"doorbuster/store"
	"doorbuster/store/storetest"
	"doorbuster/web/ui"
)

// The outbox shows mails with what came of them, one mail with its words, and sends it again for who may.
func TestMails(t *testing.T) {
	c := newConsole(t)
	c.twoShops()
	_, items := storetest.Sale(t, c.store, store.NewItem{Units: 5, Title: "<b>Lamp</b>"})
	due := c.mail(items[0], "dee", "expiring", "due")
	dead := c.mail(items[0], "bea", "held", "dead")
	ann, vic := c.session(c.member("ann", store.RoleMerchant, 1), signedIn), c.session(c.member("vic", store.RoleViewer, 1), signedIn)

	all := ann.get("/en/mails").body
	for _, want := range []string{"dee@example.com", "bea@example.com", "shopper-1@example.com", "&lt;b&gt;Lamp&lt;/b&gt;", "451 not now"} {
		if !strings.Contains(all, want) {
			t.Errorf("the outbox does not show %q", want)
		}
	}
	if strings.Contains(all, "shopper-2@example.com") || strings.Contains(all, "<b>Lamp") {
		t.Error("the outbox shows another shop's mail, or a title as HTML")
	}
	if got := ann.get("/en/mails?state=due").body; !strings.Contains(got, "dee@example.com") || strings.Contains(got, "bea@example.com") {
		t.Error("the filter by state shows others, or not its own")
	}
	page := ann.get(fmt.Sprintf("/zh/mails/%d", dead))
	if page.status != 200 || !strings.Contains(page.body, "About your &lt;b&gt;Lamp") || !strings.Contains(page.body, "a letter of kind held") {
		t.Errorf("one mail: %d\n%.2000s", page.status, page.body)
	}
	resend := regexp.MustCompile(`action="/en/mails/\d+/resend"`)
	for who, b := range map[string]*browser{"ann": ann, "vic": vic} {
		if got := resend.MatchString(b.get(fmt.Sprintf("/en/mails/%d", dead)).body); got != (who == "ann") {
			t.Errorf("%s is offered to send it again: %t", who, got)
		}
	}
	if a := ann.form(fmt.Sprintf("/en/mails/%d/resend", dead), "reason=+"); a.status != 400 || !strings.Contains(a.body, `id="resend-reason-error"`) {
		t.Errorf("without a reason: %d", a.status)
	}
	leads(t, "send again", ann.form(fmt.Sprintf("/en/mails/%d/resend", dead), "reason=never+came"), fmt.Sprintf("/en/mails/%d?told=due", dead))
	if n := c.count("SELECT COUNT(*) FROM mails WHERE id = ? AND state = 'due'", dead); n != 1 {
		t.Error("it is not due")
	}
	if n := c.count("SELECT COUNT(*) FROM sale_log WHERE action = 'mail_resent' AND actor = 'ann' AND staff_id IS NOT NULL AND reason = 'never came'"); n != 1 {
		t.Errorf("%d lines in the log", n)
	}
	c.exec("UPDATE mails SET made_at = UTC_TIMESTAMP(6) - INTERVAL 3 DAY WHERE id = ?", due)
	leads(t, "too old", ann.form(fmt.Sprintf("/en/mails/%d/resend", due), "reason=never+came"), fmt.Sprintf("/en/mails/%d?told=too_old", due))
	plain := ann.get(fmt.Sprintf("/en/mails/%d", due)).body
	if told := ann.get(fmt.Sprintf("/en/mails/%d?told=too_old", due)).body; len(told) <= len(plain) || strings.Contains(ann.get(fmt.Sprintf("/en/mails/%d?told=evil", due)).body, "evil") {
		t.Error("the page does not tell what came of it, or tells what anybody writes")
	}
}

// A mail whose story is over cannot be written any more; it is shown all the same.
func TestMailWithoutWords(t *testing.T) {
	c := newConsole(t, func(cfg *Config) {
		cfg.Letters = mail.NewWriter(mail.Options{ShopName: "Door", PublicURL: "http://shop.example"})
	})
	_, items := storetest.Sale(t, c.store, store.NewItem{Units: 5, Title: "Lamp"})
	id := c.mail(items[0], "dee", "held", "sent")
	ann := c.session(c.member("ann", store.RoleMerchant, 1), signedIn)
	path := fmt.Sprintf("/en/mails/%d", id)
	if a := ann.get(path); a.status != 200 || !strings.Contains(a.body, "<pre>") || !strings.Contains(a.body, "Lamp") {
		t.Errorf("while it is held: %d", a.status)
	}
	c.exec("UPDATE orders SET state = 'expired', hold_expires_at = NULL, closed_at = UTC_TIMESTAMP(6)")
	if a := ann.get(path); a.status != 200 || strings.Contains(a.body, "<pre>") || !strings.Contains(a.body, "Lamp") {
		t.Errorf("afterwards: %d", a.status)
	}
}

// Mails that wait for a server that nobody has set up are explained.
func TestMailsWithoutServer(t *testing.T) {
	c := newConsole(t)
	_, items := storetest.Sale(t, c.store, store.NewItem{Units: 5})
	id := c.mail(items[0], "dee", "held", "due")
	ann := c.session(c.member("ann", store.RoleMerchant, 1), signedIn)
	before := ann.get("/en/mails").body
	c.exec("UPDATE mails SET attempts = 0, next_at = UTC_TIMESTAMP(6) - INTERVAL 10 MINUTE WHERE id = ?", id)
	if after := ann.get("/en/mails").body; strings.Contains(before, "SMTP_URL") || !strings.Contains(after, "SMTP_URL") {
		t.Error("the hint stands there without need, or not when it is needed")
	}
}

// Lists go on page by page, and nothing is left out or shown twice, also where sales open at the same instant.
func TestPaging(t *testing.T) {
	c := newConsole(t)
	now := time.Now().UTC().Truncate(time.Second)
	const all = 2*perPage + 7
	for i := range all {
		opens := now.Add(time.Duration(i/40) * time.Hour) // forty at a time
		c.exec(`INSERT INTO sales (title, description, opens_at, closes_at, time_zone, state, takes_payment, changed_at, created_at)
			VALUES (?, '', ?, ?, 'UTC', 'draft', 1, ?, ?)`, fmt.Sprintf("Sale number %d.", i), opens, opens.Add(time.Hour), now, now)
	}
	_, items := storetest.Sale(t, c.store, store.NewItem{Units: 500})
	for i := range all {
		c.mail(items[0], fmt.Sprintf("shopper-%d", i), "held", "dead")
	}
	b := c.session(c.member("ann", store.RoleViewer, 1), signedIn)
	for path, row := range map[string]*regexp.Regexp{
		"/sales?tab=draft&search=number": regexp.MustCompile(`Sale number (\d+)\.`),
		"/mails?state=dead":              regexp.MustCompile(`shopper-(\d+)@`),
	} {
		seen, pages := map[string]int{}, 0
		for next := "/en" + path; next != "" && pages < 9; pages++ {
			body := b.get(next).body
			on := map[string]bool{}
			for _, m := range row.FindAllStringSubmatch(body, -1) {
				on[m[1]] = true
			}
			for id := range on {
				seen[id]++
			}
			next = ""
			if m := regexp.MustCompile(`href="(/en/(?:sales|mails)\?[^"]*before=[^"]*)"`).FindStringSubmatch(body); m != nil {
				next = strings.ReplaceAll(m[1], "&amp;", "&")
			}
		}
		for id, n := range seen {
			if n != 1 {
				t.Errorf("%s: %s stands %d times", path, id, n)
			}
		}
		if len(seen) != all || pages != 3 {
			t.Errorf("%s: %d rows on %d pages, want %d on 3", path, len(seen), pages, all)
		}
	}
}

// The first page says what is on and what needs somebody, each with its number; nothing when all is well.
func TestHome(t *testing.T) {
	c := newConsole(t)
	ann := c.session(c.member("ann", store.RoleMerchant, 1), signedIn)
	empty := ann.get("/en/")
	if empty.status != 200 || strings.Contains(empty.body, "data-alarm") {
		t.Errorf("an empty shop: %d", empty.status)
	}
	c.twoShops()
	c.exec("INSERT INTO leases (job, holder, fence, expires_at) VALUES ('expire_orders', 'w', 1, UTC_TIMESTAMP(6) - INTERVAL 1 HOUR)")
	body := ann.get("/en/").body
	for _, want := range []string{`data-alarm="dead_mails"`, `data-alarm="late_jobs"`, "/en/mails?state=dead", "Sale of shop 1"} {
		if !strings.Contains(body, want) {
			t.Errorf("the first page has no %s", want)
		}
	}
	if strings.Contains(body, "Sale of shop 2") {
		t.Error("the first page shows another shop's sale")
	}
	for i := range 9 {
		opens := time.Now().UTC().Add(time.Duration(i+1) * time.Hour)
		c.exec(`INSERT INTO sales (title, description, opens_at, closes_at, time_zone, state, takes_payment, changed_at, created_at)
			VALUES (?, '', ?, ?, 'UTC', 'published', 1, ?, ?)`, fmt.Sprintf("Coming %d.", i), opens, opens.Add(time.Hour), opens, opens)
	}
	body = ann.get("/en/").body
	if first, last := strings.Index(body, "Coming 0."), strings.Index(body, "Coming 5."); first < 0 || last < first || strings.Contains(body, "Coming 6.") {
		t.Error("the first page does not show what opens next")
	}
}

// Bad input gets a 4xx that says what to do, and changes nothing.
func TestBadInput(t *testing.T) {
	c := newConsole(t)
	o := c.twoShops()
	b := c.session(c.member("ann", store.RoleOwner, 1), signedIn)
	resend := "/en/mails/" + o.own["mail"] + "/resend"
	for what, a := range map[string]answered{
		"400 a tab that is none":     b.get("/en/sales?tab=lost"),
		"400 a state that is none":   b.get("/en/mails?state=lost"),
		"400 a cursor of letters":    b.get("/en/mails?before=x"),
		"400 half a cursor":          b.get("/en/sales?before_at=5"),
		"400 a long search":          b.get("/en/sales?search=" + strings.Repeat("a", maxSearch+1)),
		"400 a doubled parameter":    b.get("/en/sales?tab=all&tab=soon"),
		"400 a garbled parameter":    b.get("/en/sales?search=%zz"),
		"400 a field too many":       b.form(resend, "x=1"),
		"404 a number with a zero":   b.get("/en/mails/01"),
		"404 a word for a number":    b.get("/en/mails/one"),
		"404 a page that is none":    b.get("/en/nowhere"),
		"404 a language that is not": b.get("/fr/sales"),
		"405 a form that is read":    b.get(resend),
		"405 a page that is posted":  b.form("/en/sales", ""),
		"413 a long body":            b.form(resend, strings.Repeat("a", maxBody+1)),
		"415 JSON":                   b.do(post, resend, "{}", "Content-Type", "application/json"),
		"403 another site's page":    b.do(post, resend, "", "Content-Type", "application/x-www-form-urlencoded", "Sec-Fetch-Site", "cross-site"),
	} {
		status, _, _ := strings.Cut(what, " ")
		if fmt.Sprint(a.status) != status || a.outcome() == "" || strings.Contains(a.body, "SELECT") || strings.Contains(a.body, "goroutine") {
			t.Errorf("%s: %d %q", what, a.status, a.outcome())
		}
		if a.status == http.StatusMethodNotAllowed && a.header.Get("Allow") == "" {
			t.Errorf("%s: no Allow", what)
		}
	}
	if n := c.count("SELECT COUNT(*) FROM sale_log WHERE action = 'mail_resent'"); n != 0 {
		t.Errorf("%d mails were sent again", n)
	}
	for _, path := range []string{"/en/nowhere", resend} {
		if !strings.Contains(b.get(path).body, `class="rail"`) {
			t.Errorf("a refusal at %s puts a member out of the console", path)
		}
		if strings.Contains(c.browser().get(path).body, `class="rail"`) {
			t.Errorf("a refusal at %s lets a stranger in", path)
		}
	}
}

// Every page carries what keeps others out of it, and no cache may keep one.
func TestHeaders(t *testing.T) {
	c := newConsole(t)
	b := c.session(c.member("ann", store.RoleOwner, 1), signedIn)
	for _, a := range []answered{b.get("/en/"), b.get("/zh/sales"), b.get("/en/nowhere"), c.browser().get("/en/sign-in")} {
		if a.header.Get("Content-Security-Policy") != ui.ContentPolicy || a.header.Get("Cache-Control") != "no-store" || a.header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%d: %v", a.status, a.header)
		}
	}
	leads(t, "the address alone", b.do(get, "/", "", "Accept-Language", "zh-CN"), "/zh/")
	leads(t, "a language alone", b.get("/en"), "/en/")
}

// Without the database the console says so at once, in plain words, and comes back by itself with the same sessions.
func TestOutage(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a database of its own")
	}
	own := storetest.OwnServer(t)
	c := newConsoleOn(t, storetest.On(t, own))
	ann := c.member("ann", store.RoleOwner, 1)
	b := c.session(ann, signedIn)
	if a := b.get("/en/"); a.status != 200 {
		t.Fatal(a.status)
	}
	if err := own.Kill(); err != nil {
		t.Fatal(err)
	}
	for what, a := range map[string]answered{
		"a page":    b.get("/en/sales"),
		"a form":    b.form("/en/mails/1/resend", ""),
		"a sign-in": c.browser().form("/en/sign-in", signInForm(ann.email, password)),
	} {
		if a.status != 503 || a.header.Get("Retry-After") == "" || a.outcome() == "" || regexp.MustCompile(`(?i)dial|refused|mysql|packets`).MatchString(a.body) {
			t.Errorf("%s: %d %q\n%.500s", what, a.status, a.outcome(), a.body)
		}
	}
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	if err := own.Restart(ctx); err != nil {
		t.Fatal(err)
	}
	end := time.Now().Add(time.Minute)
	for b.get("/en/sales").status != 200 {
		if time.Now().After(end) {
			t.Fatal("the console does not come back")
		}
	}
}

// Each fault becomes one word, and only those that are ours stand in the log.
func TestRefusals(t *testing.T) {
	lost := &store.UnknownError{Err: io.ErrUnexpectedEOF}
	for _, c := range []struct {
		method string
		err    error
		want   string
		logged bool
	}{
		{post, lost, "unknown", true},
		{get, lost, "unavailable", false},
		{post, notBegun(lost), "unavailable", false},
		{post, &store.BusyError{RetryAfter: time.Second}, "busy", false},
		{get, store.ErrNotFound, "not_found", false},
		{post, errors.New("a fault of ours"), "fault", true},
		{post, fmt.Errorf("deeper: %w", refused("not_allowed")), "not_allowed", false},
	} {
		a := &reply{}
		r := httptest.NewRequest(c.method, "/", nil)
		if v := refusalOf(a, r, c.err); v.outcome != c.want || (a.fault != nil) != c.logged {
			t.Errorf("%s %v: %s, logged %v", c.method, c.err, v.outcome, a.fault)
		}
	}
}

// Settings that cannot work are refused at the start.
func TestConfig(t *testing.T) {
	c := newConsole(t)
	good := c.server.cfg
	for what, change := range map[string]func(*Config){
		"no store": func(c *Config) { c.Store = nil }, "no name": func(c *Config) { c.ShopName = "" }, "a path": func(c *Config) { c.PublicURL = "http://x/y" },
		"no scheme": func(c *Config) { c.PublicURL = "x" }, "no key": func(c *Config) { c.Keys = nil }, "a short key": func(c *Config) { c.Keys = [][]byte{{1}} },
	} {
		cfg := good
		change(&cfg)
		if _, err := New(cfg); err == nil {
			t.Errorf("%s was taken", what)
		}
	}
	if _, err := New(good); err != nil {
		t.Error(err)
	}
}
