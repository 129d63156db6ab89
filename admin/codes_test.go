package admin

import (
	"encoding/csv"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"doorbuster/store"
)

// A draft of the third template lets members in an hour before everybody, and is not published before a code could let one in.
func TestMembersFirst(t *testing.T) {
	c := newConsole(t)
	ann := c.session(c.member("ann", store.RoleMerchant, 1), signedIn)
	draft := ann.newDraft("members")
	sale := strings.TrimPrefix(draft, "/en/sales/")
	if n := c.count("SELECT TIMESTAMPDIFF(MINUTE, members_open_at, opens_at) FROM sales WHERE id = ?", sale); n != 60 {
		t.Errorf("members come %d minutes before everybody", n)
	}
	leads(t, "item", ann.form(draft+"/items", item()), draft+"/items?told=added")
	finding := func(code string) string {
		m := regexp.MustCompile(`data-finding="` + code + `" data-severity="(\w+)"`).FindStringSubmatch(ann.get(draft + "/check").body)
		return append(m, "missing", "missing")[1]
	}
	if got := finding("no_codes") + " " + finding("members_past") + " " + finding("members_after"); got != "block fine fine" {
		t.Errorf("without a code: %s", got)
	}

	schedule := func(members, at string) answered {
		edits := c.count("SELECT edits FROM sales WHERE id = ?", sale)
		return ann.form(draft+"/schedule", fmt.Sprintf("edits=%d&way=save&zone=Europe/Berlin&opens=2035-03-25T10:00&closes=2035-03-25T18:00&members=%s&members_at=%s", edits, members, at))
	}
	for members, code := range map[string]string{
		"2035-03-25T10:00": "members before everybody", "2035-03-25T02:30": "a time that the clocks leave out", "yesterday": "no time",
	} {
		if a := schedule(members, ""); a.status != 400 || !strings.Contains(a.body, `id="members-error"`) || !strings.Contains(a.body, `value="`+members+`"`) {
			t.Errorf("%s: %d", code, a.status)
		}
	}
	if a := schedule("2035-03-25T02:30", ""); !strings.Contains(a.body, `name="members_at"`) {
		t.Error("of a time that the clocks leave out no meaning is offered")
	}
	leads(t, "open to all", schedule("", ""), draft+"/schedule?told=updated")
	if n := c.count("SELECT members_open_at IS NULL FROM sales WHERE id = ?", sale); n != 1 {
		t.Error("members come first still")
	}
	if got := finding("no_codes"); got != "fine" {
		t.Errorf("open to all, and a code is missing: %s", got)
	}
	link := `href="` + draft + `/codes"`
	if a := ann.get(draft + "/codes"); strings.Contains(ann.get(draft).body, link) || a.status != 200 {
		t.Errorf("open to all, and led to codes that let nobody in; their page: %d", a.status)
	}
	leads(t, "members again", schedule("2035-03-25T02:30", fmt.Sprint(time.Date(2035, 3, 25, 0, 30, 0, 0, time.UTC).Unix())), draft+"/schedule?told=updated")
	if !strings.Contains(ann.get(draft).body, link) {
		t.Error("members first, and nothing leads to their codes")
	}
	if n := c.count("SELECT HOUR(members_open_at) FROM sales WHERE id = ?", sale); n > 1 {
		t.Errorf("members come in at %d UTC", n)
	}

	leads(t, "a code", ann.form(draft+"/codes", "way=one&code=Spring+26&uses=5"), draft+"/codes?told=made")
	if got := finding("no_codes"); got != "fine" {
		t.Errorf("with a code: %s", got)
	}
	seen := regexp.MustCompile(`name="seen" value="(\d+)"`).FindStringSubmatch(ann.get(draft + "/check").body)[1]
	leads(t, "publish", ann.form(draft+"/publish", "seen="+seen), draft+"?told=published")
	if body := ann.get(draft).body; !strings.Contains(body, "data-members") {
		t.Error("the page of the sale does not say that members come first")
	}
}

// Codes are made, found wrong, downloaded and revoked; a viewer sees figures and no code.
func TestAccessCodes(t *testing.T) {
	c := newConsole(t)
	ann, vic := c.session(c.member("ann", store.RoleMerchant, 1), signedIn), c.session(c.member("vic", store.RoleViewer, 1), signedIn)
	draft := ann.newDraft("members")
	codes := draft + "/codes"
	for body, field := range map[string]string{
		"way=one&code=a-b&uses=5": "code", "way=one&code=%3C%3E%3C%3E&uses=5": "code", "way=one&code=GOOD&uses=0": "uses", "way=one&code=GOOD&uses=1000001": "uses",
		"way=many&count=0": "count", "way=many&count=10001": "count", "way=many&count=x": "count",
	} {
		if a := ann.form(codes, body); a.status != 400 || !strings.Contains(a.body, `id="`+field+`-error"`) {
			t.Errorf("%s: %d", body, a.status)
		}
	}
	if a := ann.form(codes, "way=none"); a.status != 400 {
		t.Errorf("no way: %d", a.status)
	}
	leads(t, "one of our own", ann.form(codes, "way=one&code=Spring-26&uses=5"), codes+"?told=made")
	if a := ann.form(codes, "way=one&code=SPRING26&uses=5"); a.status != 409 || !strings.Contains(a.body, `id="code-error"`) || !strings.Contains(a.body, `value="SPRING26"`) {
		t.Errorf("the same again: %d", a.status)
	}
	leads(t, "one by chance", ann.form(codes, "way=one&code=&uses=5"), codes+"?told=made")
	leads(t, "many", ann.form(codes, "way=many&count=2500"), codes+"?told=made")
	sheet := ann.get(codes + "/export.csv")
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(sheet.body, "\ufeff"))).ReadAll()
	if err != nil || len(rows) != 2503 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	known := map[string]bool{}
	for _, row := range rows[1:] {
		known[row[1]] = true
		if row[1] != "SPRING26" && !regexp.MustCompile(`^[ACDEFGHJKMNPQRTUVWXY3479]{12}$`).MatchString(row[1]) {
			t.Fatalf("code %q", row[1])
		}
	}
	if len(known) != 2502 || !known["SPRING26"] {
		t.Errorf("%d different codes", len(known))
	}
	body, pages := ann.get(codes).body, 1
	for more := regexp.MustCompile(`href="([^"]*before=\d+)"`); more.MatchString(body); pages++ {
		body = ann.get(more.FindStringSubmatch(body)[1]).body
	}
	if want := (2502 + perPage - 1) / perPage; pages != want || !strings.Contains(body, "SPRING26") {
		t.Errorf("%d pages, want %d; the last one ends with the first code: %t", pages, want, strings.Contains(body, "SPRING26"))
	}

	first := c.count("SELECT MIN(id) FROM access_codes")
	for body, field := range map[string]string{"number=x&reason=x": "number", "number=987654&reason=x": "number", fmt.Sprintf("number=%d&reason=", first): "reason"} {
		if a := ann.form(codes+"/revoke", body); a.status != 400 || !strings.Contains(a.body, `id="`+field+`-error"`) {
			t.Errorf("revoke %s: %d", body, a.status)
		}
	}
	if body := ann.get(fmt.Sprintf("%s?revoke=%d", codes, first)).body; !strings.Contains(body, fmt.Sprintf(`name="number" type="text" value="%d"`, first)) {
		t.Error("the form does not know which code is meant")
	}
	leads(t, "revoke", ann.form(codes+"/revoke", fmt.Sprintf("number=%d&reason=leaked", first)), codes+"?told=revoked")
	leads(t, "revoke again", ann.form(codes+"/revoke", fmt.Sprintf("number=%d&reason=leaked", first)), codes+"?told=already_revoked")
	if body := ann.get(draft).body; !strings.Contains(body, "leaked") || strings.Contains(body, "SPRING26") {
		t.Error("the log does not say why, or names the code")
	}
	if a := vic.get(codes); a.status != 403 {
		t.Errorf("a viewer reads codes: %d", a.status)
	}
	if body := vic.get(draft).body; !strings.Contains(body, "2,501 codes") {
		t.Error("a viewer does not see how many codes there are")
	}
}

// As many codes at once as may be, and as long a code as may be.
func TestMostAccessCodes(t *testing.T) {
	c := newConsole(t)
	ann := c.session(c.member("ann", store.RoleMerchant, 1), signedIn)
	draft := ann.newDraft("members")
	codes := draft + "/codes"
	leads(t, "many", ann.form(codes, "way=many&count=10000"), codes+"?told=made")
	leads(t, "one", ann.form(codes, "way=one&uses=1000000&code="+strings.Repeat("A", 32)), codes+"?told=made")
	for query, want := range map[string]int{"uses_allowed = 1": 10_000, "uses_allowed = 1000000": 1} {
		if n := c.count("SELECT COUNT(*) FROM access_codes WHERE " + query); n != want {
			t.Errorf("%s: %d, want %d", query, n, want)
		}
	}
	c.exec(fmt.Sprintf(`INSERT INTO access_codes (sale_id, code, uses_allowed, made_at, made_by)
		SELECT sale_id, CONCAT('Z', a.n, b.n, d.n, e.n, f.n), 1, made_at, made_by FROM access_codes, %[1]s a, %[1]s b, %[1]s d, %[1]s e, %[1]s f
		 WHERE uses_allowed = 1000000 AND a.n < 9 AND a.n + b.n + d.n + e.n + f.n > 0`, digits)) // 89,999 more: 100,000
	a := ann.form(codes, "way=one&code=OVER&uses=5")
	if a.status != 409 || !strings.Contains(a.body, `id="code-error"`) || !strings.Contains(a.body, "A sale has at most 100,000 codes.") || !strings.Contains(a.body, `value="OVER"`) {
		t.Errorf("one more than a sale can have: %d", a.status)
	}
}

// When a sale has ended its codes can be read, and there is nothing more to do with them.
func TestAccessCodesOfAnEndedSale(t *testing.T) {
	c := newConsole(t)
	ann := c.session(c.member("ann", store.RoleMerchant, 1), signedIn)
	codes := ann.newDraft("members") + "/codes"
	leads(t, "one", ann.form(codes, "way=one&uses=5&code=LATE"), codes+"?told=made")
	c.exec("UPDATE sales SET state = 'ended', opens_at = UTC_TIMESTAMP(6) - INTERVAL 2 HOUR, members_open_at = NULL, closes_at = UTC_TIMESTAMP(6) - INTERVAL 1 HOUR")
	if body := ann.get(codes).body; !strings.Contains(body, "LATE") || strings.Contains(body, "<form method=\"post\" action=\""+codes) || strings.Contains(body, "?revoke=") {
		t.Error("an ended sale offers to make or revoke codes, or does not show them")
	}
}
