package admin

import (
	"bytes"
	"image/png"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"doorbuster/store"
)

var recoveryCode = regexp.MustCompile(`\b[a-z2-7]{4}-[a-z2-7]{4}-[a-z2-7]{4}-[a-z2-7]{4}\b`)

// The first sign-in sets up the second factor: an own secret, sealed in the database, and recovery codes that are shown once and work once.
func TestEnrol(t *testing.T) {
	c := newConsole(t)
	eve := c.invite("eve", store.RoleViewer, 1)
	b := c.browser()
	leads(t, "the password", b.form("/en/sign-in", signInForm(eve.email, password)), "/en/enrol")
	leads(t, "the console before", b.get("/en/"), "/en/enrol?to=%2Fen%2F")
	a := b.get("/en/enrol")
	eve.secret = strings.ReplaceAll(regexp.MustCompile(`[A-Z2-7]{4}( [A-Z2-7]{4}){7}`).FindString(a.body), " ", "")
	if a.status != 200 || len(eve.secret) != 32 || !strings.Contains(b.get("/zh/enrol").body, eve.secret[:4]) {
		t.Fatalf("the page of the secret: %d, %q", a.status, eve.secret)
	}
	if picture := b.get("/enrol/qr.png"); picture.status != 200 || picture.header.Get("Cache-Control") != "no-store" {
		t.Errorf("the picture: %d", picture.status)
	} else if _, err := png.Decode(strings.NewReader(picture.body)); err != nil {
		t.Error(err)
	}
	if a := b.form("/en/enrol", "code=123"); a.status != http.StatusUnauthorized {
		t.Errorf("a wrong code: %d", a.status)
	}
	a = b.form("/en/enrol", "code="+eve.code(t))
	codes := recoveryCode.FindAllString(a.body, -1)
	if a.status != 200 || len(codes) != recoveryCodes {
		t.Fatalf("enrolled: %d, %d codes", a.status, len(codes))
	}
	if a := b.get("/en/account"); a.status != 200 || recoveryCode.MatchString(a.body) {
		t.Errorf("the account: %d", a.status)
	}
	if a := b.get("/enrol/qr.png"); a.status != 404 {
		t.Errorf("the picture afterwards: %d", a.status)
	}
	for _, again := range []*browser{b, c.session(eve, halfway)} {
		if a := again.form("/en/enrol", "code=123456"); a.status != http.StatusSeeOther {
			t.Errorf("a second enrolment: %d", a.status)
		}
	}
	c.sealed(eve, codes, b)

	other := c.browser()
	leads(t, "the password", other.form("/en/sign-in", signInForm(eve.email, password)), "/en/sign-in/code")
	leads(t, "a recovery code", other.form("/en/sign-in/code", "code="+escape(strings.ToUpper(codes[3]))), "/en/")
	third := c.browser()
	leads(t, "the password", third.form("/en/sign-in", signInForm(eve.email, password)), "/en/sign-in/code")
	if a := third.form("/en/sign-in/code", "code="+codes[3]); a.status != http.StatusUnauthorized {
		t.Errorf("a recovery code again: %d", a.status)
	}
	if a := other.get("/en/account"); !strings.Contains(a.body, "9") {
		t.Error("the account does not say that nine codes are left")
	}
}

// Two who enrol one after the other in one browser get a secret each.
func TestEnrolInOneBrowser(t *testing.T) {
	c := newConsole(t)
	b := c.browser()
	var pages []string
	for _, name := range []string{"ann", "bob"} {
		m := c.invite(name, store.RoleViewer, 1)
		leads(t, name, b.form("/en/sign-in", signInForm(m.email, password)), "/en/enrol")
		a := b.get("/en/enrol")
		if a.status != 200 {
			t.Errorf("%s: %d", name, a.status)
		}
		pages = append(pages, regexp.MustCompile(`[A-Z2-7]{4}( [A-Z2-7]{4}){7}`).FindString(a.body))
	}
	if pages[0] == pages[1] || pages[0] == "" {
		t.Error("both have the same secret")
	}
}

// sealed checks that a copy of the database opens nothing.
func (c *console) sealed(m *member, codes []string, b *browser) {
	c.t.Helper()
	var secret []byte
	if err := c.root.QueryRowContext(c.t.Context(), "SELECT totp_secret FROM staff WHERE id = ?", m.id).Scan(&secret); err != nil {
		c.t.Fatal(err)
	}
	if len(secret) < 32 || bytes.Contains(secret, []byte(m.secret)) {
		c.t.Error("the secret stands open in the database")
	}
	if _, err := c.server.secrets.open(m.id+1, secret); err == nil {
		c.t.Error("a sealed secret opens in another's row")
	}
	_, token, _ := strings.Cut(b.cookie, "=")
	for _, q := range []string{
		"SELECT COUNT(*) FROM staff_sessions WHERE data LIKE CONCAT('%', ?, '%') OR HEX(token_hash) LIKE CONCAT('%', HEX(?), '%')",
		"SELECT COUNT(*) FROM staff_recovery_codes WHERE HEX(code_hash) LIKE CONCAT('%', HEX(?), '%') OR HEX(code_hash) = ?",
	} {
		for _, text := range []string{token, m.secret, strings.ReplaceAll(codes[0], "-", "")} {
			if n := c.count(q, text, text); n != 0 {
				c.t.Errorf("%q stands in the database", text)
			}
		}
	}
}

// An invitation sets a password once, and leads to the second factor.
func TestInvitation(t *testing.T) {
	c := newConsole(t)
	token, hash := NewInvitation()
	if _, err := c.store.InviteStaff(t.Context(), store.Operator("test"), store.Invitation{ShopID: 1, Email: "ida@example.com", Name: "Ida", Role: store.RoleOwner}, hash, time.Hour); err != nil {
		t.Fatal(err)
	}
	b := c.browser()
	path := strings.TrimPrefix(InvitationURL("http://console.example/", token), "http://console.example")
	if a := b.get(path); a.status != 200 || !strings.Contains(a.body, "Ida") || a.header.Get("Cache-Control") != "no-store" {
		t.Errorf("the page: %d", a.status)
	}
	for typed, status := range map[string]int{"": 400, "short": 400, "ida@example.com": 400, "12345678": 400} {
		if a := b.form("/en/invitation", "token="+token+"&password="+escape(typed)); a.status != status || !strings.Contains(a.body, `id="password-error"`) {
			t.Errorf("password %q: %d", typed, a.status)
		}
	}
	leads(t, "accepted", b.form("/en/invitation", "token="+token+"&password="+escape(password)), "/en/enrol")
	for _, a := range []answered{b.get(path), b.form("/en/invitation", "token="+token+"&password="+escape(password)), b.get("/en/invitation"), b.get("/en/invitation?token=x")} {
		if a.status != 404 || a.outcome() != "no_such_invitation" {
			t.Errorf("an invitation that is used, or none: %d %s", a.status, a.outcome())
		}
	}
}
