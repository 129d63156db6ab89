package admin

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"doorbuster/store"
	"doorbuster/store/storetest"
)

// until asks for a page again until it says what is awaited; a page that never does is found by the time limit of the test.
func (b *browser) until(path, want string) answered {
	b.t.Helper()
	for {
		if a := b.get(path); strings.Contains(a.body, want) || b.t.Context().Err() != nil || a.status != 200 {
			return a
		}
	}
}

// readCSV takes a download apart.
func readCSV(t *testing.T, a answered, delimiter rune) [][]string {
	t.Helper()
	c := csv.NewReader(strings.NewReader(strings.TrimPrefix(a.body, "\ufeff")))
	c.Comma = delimiter
	rows, err := c.ReadAll()
	if err != nil || a.status != 200 || !strings.HasPrefix(a.header.Get("Content-Type"), "text/csv") || a.header.Get("Cache-Control") != "no-store" ||
		!regexp.MustCompile(`^attachment; filename="orders-[0-9-]+\.csv"$`).MatchString(a.header.Get("Content-Disposition")) {
		t.Fatalf("%d %v %v: %.200s", a.status, a.header, err, a.body)
	}
	return rows
}

// A few orders come at once, in the answer to the form, as it was asked for; what the form's fields choose is what comes.
func TestSmallExport(t *testing.T) {
	c := newConsole(t)
	o := c.twoShops()
	b := c.session(c.member("ann", store.RoleMerchant, 1), signedIn)
	c.exec("UPDATE users SET name = '+1 (555) 0100', email = '=x@example.com' WHERE customer_ref = 'shopper-1'")
	// The console's other tests need no numbers that say when an order was made; without a sale, an export goes by them.
	c.exec("UPDATE orders SET id = UNHEX(CONCAT(LPAD(HEX(UNIX_TIMESTAMP() * 1000), 12, '0'), '70008000', LPAD(HEX(user_id), 12, '0')))")
	page := b.get("/en/exports?sale=" + o.own["sale"] + "&state=held&from=2026-11-27&to=2026-11-28")
	for _, want := range []string{`<details class="act export" open`, `value="` + o.own["sale"] + `" selected`, `value="held" selected`, `value="2026-11-27T00:00:00"`, `value="2026-11-29T00:00:00"`} {
		if !strings.Contains(page.body, want) {
			t.Errorf("the form is without %s", want)
		}
	}
	every := readCSV(t, b.form("/en/exports", "format=csv&delimiter=semicolon&bom=1"), ';')
	if len(every) != 2 || every[1][3] != o.own["sale"] || every[1][13] != "'+1 (555) 0100" || every[1][14] != "'=x@example.com" {
		t.Errorf("every sale of the shop: %q", every)
	}
	if a := b.form("/en/exports", "format=csv&delimiter=comma&bom=1"); !strings.HasPrefix(a.body, "\ufefforder_id,") {
		t.Errorf("no byte order mark: %.20q", a.body)
	}
	for body, rows := range map[string]int{
		"sale=" + o.own["sale"]: 2, "state=held": 2, "state=paid": 1, "from=2001-01-01&to=2001-01-02": 1, "from=2001-01-01T00:00": 2, "to=2001-01-01T00:00:00Z": 1,
		"sale=" + o.own["sale"] + "&state=held&from=&to=": 2,
	} {
		a := b.form("/en/exports", body+"&format=csv&delimiter=tab")
		if got := readCSV(t, a, '\t'); len(got) != rows || !strings.HasPrefix(a.body, "order_id\t") {
			t.Errorf("%s: %q", body, got)
		}
	}
	a := b.form("/zh/exports", "format=xlsx&delimiter=comma")
	z, err := zip.NewReader(bytes.NewReader([]byte(a.body)), int64(len(a.body)))
	if err != nil || !strings.HasSuffix(a.header.Get("Content-Disposition"), `.xlsx"`) {
		t.Fatalf("%d %v, %v", a.status, a.header, err)
	}
	if _, err := z.Open("xl/worksheets/sheet1.xml"); err != nil {
		t.Error(err)
	}
	if n := c.count("SELECT COUNT(*) FROM sale_log WHERE action = 'exported' AND actor = 'ann'"); n != 10 {
		t.Errorf("%d of 10 exports stand in the log", n)
	}
	if log := c.log.String(); strings.Contains(log, "@example.com") || strings.Contains(log, "555") {
		t.Error("the log of the console names a shopper")
	}
}

// What is wrong stands at its field, what was typed stays, and nothing is exported.
func TestExportMistakes(t *testing.T) {
	c := newConsole(t)
	o := c.twoShops()
	b := c.session(c.member("ann", store.RoleMerchant, 1), signedIn)
	for _, w := range []struct {
		body, want string
		status     int
	}{
		{"from=tomorrow&format=csv&delimiter=comma", `id="from-error"`, 400},
		{"from=tomorrow&format=csv&delimiter=comma", `value="tomorrow"`, 400},
		{"to=2026-02-30&format=csv&delimiter=comma", `id="to-error"`, 400},
		{"to=1969-12-30&format=csv&delimiter=comma", `id="to-error"`, 400},
		{"from=2026-11-28&to=2026-11-27&format=xlsx&delimiter=tab", `id="to-error"`, 400},
		{"from=x&sale=" + o.own["sale"] + "&format=xlsx&delimiter=tab", `value="xlsx" checked`, 400},
		{"state=gone&format=csv&delimiter=comma", "bad_request", 400},
		{"sale=1e3&format=csv&delimiter=comma", "bad_request", 400},
		{"format=pdf&delimiter=comma", "bad_request", 400},
		{"format=csv&delimiter=x", "bad_request", 400},
		{"format=csv&delimiter=comma&email=1", "bad_request", 400},
		{"sale=" + o.foreign["sale"] + "&format=csv&delimiter=comma", "not_found", 404},
		{"sale=987654&format=csv&delimiter=comma", "not_found", 404},
	} {
		if a := b.form("/en/exports", w.body); a.status != w.status || !strings.Contains(a.body, w.want) {
			t.Errorf("%s: %d, without %s", w.body, a.status, w.want)
		}
	}
	if n := c.count("SELECT COUNT(*) FROM sale_log WHERE action = 'exported'"); n != 0 {
		t.Errorf("%d exports", n)
	}
	viewer := c.session(c.member("vic", store.RoleViewer, 1), signedIn)
	if a := viewer.get("/en/exports?from=tomorrow"); a.status != 200 || strings.Contains(a.body, "<form method=\"post\" action=\"/en/exports\"") || strings.Contains(a.body, "from-error") {
		t.Errorf("a viewer: %d, or with the form", a.status)
	}
}

// The file of an export can be had for a day by those who may sell, and is gone then.
func TestExportedFile(t *testing.T) {
	c := newConsole(t)
	own := c.exported(1)
	path := fmt.Sprintf("/en/exports/%d", own)
	b := c.session(c.member("ann", store.RoleMerchant, 1), signedIn)
	if a := b.get(path); !strings.Contains(a.body, path+"/file") || !strings.Contains(a.body, `data-state="done"`) {
		t.Errorf("%d, or without a link", a.status)
	}
	if a := b.get(path + "/file"); a.status != 200 || a.body != "file" || a.header.Get("Content-Type") != contentTypes[formatXLSX] {
		t.Errorf("%d %v %q", a.status, a.header, a.body)
	}
	viewer := c.session(c.member("vic", store.RoleViewer, 1), signedIn)
	if a := viewer.get(path); a.status != 200 || strings.Contains(a.body, path+"/file") {
		t.Errorf("a viewer: %d, or with a link", a.status)
	}
	c.exec("UPDATE tasks SET chunks = 2 WHERE id = ?", own)
	if a, err := b.cut(path + "/file"); err == nil {
		t.Errorf("a file without its second part came whole: %q", a)
	}
	c.exec("UPDATE tasks SET chunks = 1, expires_at = UTC_TIMESTAMP(6)")
	if a := b.get(path + "/file"); a.status != 410 || a.outcome() != "not_found" || a.header.Get("Content-Disposition") != "" {
		t.Errorf("a day later: %d %s", a.status, a.outcome())
	}
	if a := b.get(path); strings.Contains(a.body, path+"/file") || !strings.Contains(a.body, `data-hint="expired"`) {
		t.Error("the page still leads to the file")
	}
}

var untilField = regexp.MustCompile(`name="until" value="([^"]+)"`)

// Bulk work, as a member does it: what and how many, the count typed, progress, the report.
func TestBulkForm(t *testing.T) {
	c := newConsole(t)
	sale, items := storetest.Sale(t, c.store, store.NewItem{Units: 50})
	for i := range 3 {
		c.mail(items[0], fmt.Sprint("shopper-", i), "held", "dead")
	}
	b := c.session(c.member("ann", store.RoleMerchant, 1), signedIn)
	leads := fmt.Sprintf("kind=resend&sale=%d&state=held", sale)
	preview := b.get("/en/exports/bulk?" + leads)
	m := untilField.FindStringSubmatch(preview.body)
	if preview.status != 200 || m == nil || !strings.Contains(preview.body, `data-orders="3"`) || !strings.Contains(preview.body, "€59.97") {
		t.Fatalf("%d %v", preview.status, m)
	}
	body := leads + "&most=3&until=" + url.QueryEscape(m[1])
	for _, w := range []struct {
		body, want string
		status     int
	}{
		{body + "&reason=+&confirm=3", `id="reason-error"`, 400},
		{body + "&reason=x&confirm=4", `id="confirm-error"`, 400},
		{body + "&reason=x&confirm=", `value="x"`, 400},
		{strings.Replace(body, "most=3", "most=2", 1) + "&reason=x&confirm=2", `id="confirm-error"`, 409},
		{strings.Replace(body, "resend", "destroy", 1) + "&reason=x&confirm=3", "bad_request", 400},
		{leads + "&most=3&until=now&reason=x&confirm=3", "bad_request", 400},
		{strings.Replace(body, fmt.Sprint("sale=", sale), "sale=987654", 1) + "&reason=x&confirm=3", "not_found", 404},
	} {
		if a := b.form("/en/exports/bulk", w.body); a.status != w.status || !strings.Contains(a.body, w.want) {
			t.Errorf("%s: %d, without %s", w.body, a.status, w.want)
		}
	}
	if n := c.count("SELECT COUNT(*) FROM tasks"); n != 0 {
		t.Fatalf("%d tasks were begun", n)
	}
	a := b.form("/en/exports/bulk", body+"&reason=the+server+was+away&confirm=+3+")
	to := a.header.Get("Location")
	if a.status != 303 || !strings.HasPrefix(to, "/en/exports/") {
		t.Fatalf("%d %s", a.status, a.outcome())
	}
	if done := b.until(to, `data-state="done"`); !strings.Contains(done.body, "3 orders") || !strings.Contains(done.body, "the server was away") {
		t.Errorf("%d: without the report", done.status)
	}
	if n := c.count("SELECT COUNT(*) FROM mails WHERE state = 'due'"); n != 3 {
		t.Errorf("%d of 3 mails are sent again", n)
	}
	if a := b.form("/en/exports/bulk", strings.Replace(body, "resend", "refund", 1)+"&reason=x&confirm=3"); a.status != 303 || !strings.Contains(a.header.Get("Location"), "told=nothing") {
		t.Errorf("no such order: %d %s", a.status, a.header.Get("Location"))
	}
	if a := b.form(to+"/cancel", ""); a.status != 303 || !strings.HasSuffix(a.header.Get("Location"), "told=already_ended") {
		t.Errorf("cancelled after its end: %d %s", a.status, a.header.Get("Location"))
	}
}

// cut reads an answer whose connection may be cut off, which is its error.
func (b *browser) cut(path string) (body string, err error) {
	b.t.Helper()
	r, err := http.NewRequestWithContext(b.t.Context(), get, "http://"+b.addr+path, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	r.Header.Set("Cookie", b.cookie)
	res, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(r)
	if err != nil {
		return "", err
	}
	text, err := io.ReadAll(res.Body)
	return string(text), errors.Join(err, res.Body.Close())
}

// plainCount takes what people type; only that is confirmed.
func TestPlainCount(t *testing.T) {
	for text, want := range map[string]string{" 1,234 ": "1234", "1.234": "1234", "1\u202f234": "1234", "12x": "12x", "": "", "-3": "-3"} {
		if got := plainCount(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

// More than a few orders become a task: the form leads to its page, which leads to the file.
func TestLargeExportIsATask(t *testing.T) {
	c := newConsole(t)
	sale, items := storetest.Sale(t, c.store, store.NewItem{Units: 10})
	d := &desk{t: t, db: c.db, store: c.store, sale: sale, item: items[0]}
	d.fill(smallExport + 1)
	b := c.session(c.member("ann", store.RoleMerchant, 1), signedIn)
	a := b.form("/en/exports", fmt.Sprintf("sale=%d&format=csv&delimiter=comma", sale))
	to := a.header.Get("Location")
	if a.status != 303 || !regexp.MustCompile(`^/en/exports/\d+$`).MatchString(to) {
		t.Fatalf("%d %s", a.status, to)
	}
	if page := b.until(to, `data-state="done"`); !strings.Contains(page.body, to+"/file") {
		t.Errorf("%d, without a link", page.status)
	}
	if a := b.do("HEAD", to+"/file", ""); a.status != 200 || a.header.Get("Content-Disposition") == "" {
		t.Errorf("HEAD: %d %v", a.status, a.header)
	}
	if rows := readCSV(t, b.get(to+"/file"), ','); len(rows) != smallExport+2 {
		t.Errorf("%d rows of %d orders", len(rows), smallExport+1)
	}
	if a := b.get("/en/exports"); !strings.Contains(a.body, fmt.Sprintf(`href="%s"`, to)) {
		t.Error("the list does not lead to it")
	}
}
