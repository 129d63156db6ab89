package admin

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"doorbuster/store"
	"doorbuster/web/wire"
)

func signInForm(email, typed string) string {
	return "email=" + escape(email) + "&password=" + escape(typed)
}

// leads checks that an answer sends the browser on.
func leads(t *testing.T, what string, a answered, want string) {
	t.Helper()
	if got := a.header.Get("Location"); a.status != http.StatusSeeOther || got != want {
		t.Errorf("%s: %d to %q, want 303 to %q\n%.300s", what, a.status, got, want, a.body)
	}
}

// Password and code lead into the console, to where the member wanted to go; either alone does not.
func TestSignIn(t *testing.T) {
	c := newConsole(t)
	ann := c.member("ann", store.RoleMerchant, 1)
	b := c.browser()
	leads(t, "a stranger", b.get("/en/mails?state=dead"), "/en/sign-in?to=%2Fen%2Fmails%3Fstate%3Ddead")
	a := b.form("/en/sign-in", signInForm(" ANN@example.com ", password)+"&to=%2Fen%2Fmails%3Fstate%3Ddead")
	leads(t, "the password", a, "/en/sign-in/code?to=%2Fen%2Fmails%3Fstate%3Ddead")
	half := b.cookie
	leads(t, "half way", b.get("/en/mails"), "/en/sign-in/code?to=%2Fen%2Fmails")
	code := ann.code(t)
	leads(t, "the code", b.form("/en/sign-in/code", "code="+code[:3]+"+"+code[3:]+"&to=%2Fen%2Fmails%3Fstate%3Ddead"), "/en/mails?state=dead")
	if b.cookie == half || b.cookie == "" {
		t.Error("the token of the session stayed the same: who planted it is signed in too")
	}
	if a := b.get("/en/mails"); a.status != 200 || !strings.Contains(a.body, "ann") {
		t.Errorf("inside: %d", a.status)
	}
	if a := (&browser{console: c, cookie: half}).get("/en/mails"); a.status != http.StatusSeeOther {
		t.Errorf("the token before: %d", a.status)
	}
	leads(t, "signing in again", b.get("/en/sign-in"), "/en/")

	// The same code again, in another browser.
	other := c.browser()
	leads(t, "the password again", other.form("/en/sign-in", signInForm(ann.email, password)), "/en/sign-in/code")
	if a := other.form("/en/sign-in/code", "code="+code); a.status != http.StatusUnauthorized || !strings.Contains(a.body, `id="code-error"`) {
		t.Errorf("a code that was used: %d", a.status)
	}
	if n := c.count("SELECT COUNT(*) FROM sale_log WHERE action = 'signed_in' AND staff_id = ? AND actor = 'ann'", ann.id); n != 1 {
		t.Errorf("%d lines in the activity log", n)
	}
	for _, secret := range []string{password, ann.secret, code, ann.email, strings.TrimPrefix(b.cookie, "db_staff=")} {
		if strings.Contains(c.log.String(), secret) {
			t.Errorf("%q stands in the log", secret)
		}
	}
}

// The answer does not tell whether an e-mail is known, and nothing is learned from an address that leads elsewhere.
func TestSignInRefused(t *testing.T) {
	c := newConsole(t)
	ann := c.member("ann", store.RoleMerchant, 1)
	gone := c.member("gone", store.RoleMerchant, 1)
	c.exec("UPDATE staff SET state = 'disabled' WHERE id = ?", gone.id)
	b := c.browser()
	bodies := map[string]string{}
	for _, email := range []string{ann.email, "nobody@example.com", gone.email} {
		typed := "not the password"
		if email == gone.email {
			typed = password
		}
		a := b.form("/en/sign-in", signInForm(email, typed))
		if a.status != http.StatusUnauthorized || b.cookie != "" {
			t.Errorf("%s: %d, cookie %q", email, a.status, b.cookie)
		}
		bodies[strings.ReplaceAll(a.body, email, "")] = email
	}
	if len(bodies) != 1 {
		t.Error("the answers differ")
	}
	for body, status := range map[string]int{
		"email=&password=": 400, "email=ann&password=x": 400, signInForm(ann.email, strings.Repeat("x", 300)): 400, "email=a@b.c": 400,
		"email=a@b.c&password=x&more=1": 400, "email=a@b.c&email=a@b.c&password=x": 400, "%zz": 400,
	} {
		if a := b.form("/en/sign-in", body); a.status != status {
			t.Errorf("%q: %d", body, a.status)
		}
	}
	for _, evil := range []string{"https://evil.example/en/", "//evil.example", "/en/../x", "/sign-out"} {
		a := b.form("/en/sign-in", signInForm(ann.email, password)+"&to="+escape(evil))
		leads(t, evil, a, "/en/sign-in/code")
		b.cookie = ""
	}
}

// After some wrong codes the password is asked for again.
func TestWrongCodes(t *testing.T) {
	c := newConsole(t)
	ann := c.member("ann", store.RoleMerchant, 1)
	b := c.browser()
	leads(t, "the password", b.form("/en/sign-in", signInForm(ann.email, password)), "/en/sign-in/code")
	if a := b.form("/en/sign-in/code", "code="); a.status != 400 {
		t.Errorf("no code: %d", a.status)
	}
	for i := range maxTries {
		a := b.form("/en/sign-in/code", "code=000000x")
		if a.status != http.StatusUnauthorized || (i < maxTries-1) != (b.cookie != "") {
			t.Errorf("wrong code %d: %d, cookie %q", i+1, a.status, b.cookie)
		}
	}
	for round := range 2 { // each password begins anew
		leads(t, "the password again", b.form("/en/sign-in", signInForm(ann.email, password)), "/en/sign-in/code")
		for range maxTries - 1 {
			if a := b.form("/en/sign-in/code", "code=000000x"); a.status != http.StatusUnauthorized || b.cookie == "" {
				t.Errorf("round %d: %d, cookie %q", round, a.status, b.cookie)
			}
		}
	}
	b.form("/en/sign-in/code", "code=000000x")
	leads(t, "the right code afterwards", b.form("/en/sign-in/code", "code="+ann.code(t)), "/en/sign-in")
}

// Guessing is slowed down, by member and by address.
func TestTriesAreBounded(t *testing.T) {
	c := newConsole(t, func(cfg *Config) { cfg.Tries = 3 })
	ann := c.member("ann", store.RoleMerchant, 1)
	b := c.browser()
	var statuses []int
	for range 5 {
		statuses = append(statuses, b.form("/en/sign-in", signInForm(ann.email, "wrong password")).status)
	}
	if statuses[0] != 401 || statuses[4] != 429 {
		t.Errorf("%v", statuses)
	}
	a := b.form("/en/sign-in", signInForm(ann.email, password))
	if a.status != 429 || a.header.Get("Retry-After") == "" || !strings.Contains(a.body, ann.email) {
		t.Errorf("the right password meanwhile: %d", a.status)
	}
}

// A member is guarded against guessing from everywhere, and everybody against guessing from one place.
func TestTriesAreCountedTwice(t *testing.T) {
	c := newConsole(t, func(cfg *Config) {
		cfg.Tries = 3
		cfg.Proxies = wire.Proxies{Networks: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}
	})
	try := func(email, from string) int {
		return c.browser().do(post, "/en/sign-in", signInForm(email, "wrong password"), "Content-Type", wire.Form, "X-Forwarded-For", from).status
	}
	var everywhere, onePlace []int
	for i := range 5 {
		everywhere = append(everywhere, try("ann@example.com", fmt.Sprintf("192.0.2.%d", i+1)))
		onePlace = append(onePlace, try(fmt.Sprintf("bob%d@example.com", i), "198.51.100.7"))
	}
	if everywhere[0] != 401 || everywhere[4] != 429 || onePlace[0] != 401 || onePlace[4] != 429 {
		t.Errorf("one member from everywhere %v, everybody from one place %v", everywhere, onePlace)
	}
	if got := try("eve@example.com", "203.0.113.9"); got != 401 {
		t.Errorf("another member from elsewhere: %d", got)
	}
}

// Signing out ends one session, signing out everywhere all of them, and both are void afterwards.
func TestSignOut(t *testing.T) {
	c := newConsole(t)
	ann := c.member("ann", store.RoleMerchant, 1)
	phone, desk, third := c.signedIn(ann), c.signedIn(ann), c.session(ann, signedIn)
	old := third.cookie
	leads(t, "sign out", third.form("/en/sign-out", ""), "/en/sign-in")
	if third.cookie != "" {
		t.Error("the cookie stays")
	}
	if a := (&browser{console: c, cookie: old}).get("/en/"); a.status != http.StatusSeeOther {
		t.Errorf("the session that was signed out: %d", a.status)
	}
	if a := desk.get("/en/"); a.status != 200 {
		t.Errorf("another session: %d", a.status)
	}
	leads(t, "sign out everywhere", phone.form("/en/sign-out/everywhere", ""), "/en/sign-in")
	leads(t, "another session", desk.get("/en/"), "/en/sign-in?to=%2Fen%2F")
}

// signedIn goes the whole way in.
func (c *console) signedIn(m *member) *browser {
	c.t.Helper()
	b := c.browser()
	leads(c.t, "the password", b.form("/en/sign-in", signInForm(m.email, password)), "/en/sign-in/code")
	leads(c.t, "the code", b.form("/en/sign-in/code", "code="+m.code(c.t)), "/en/")
	return b
}

// A role that changes and a member who is disabled: at the next request, not at the next sign-in.
func TestRightsChangeAtOnce(t *testing.T) {
	c := newConsole(t)
	ann := c.member("ann", store.RoleMerchant, 1)
	b := c.session(ann, signedIn)
	if a := b.form("/en/mails/1/resend", ""); a.status != 404 {
		t.Errorf("a merchant: %d", a.status)
	}
	c.exec("UPDATE staff SET role = 'viewer' WHERE id = ?", ann.id)
	if a := b.form("/en/mails/1/resend", ""); a.status != 403 {
		t.Errorf("a viewer: %d", a.status)
	}
	c.exec("UPDATE staff SET state = 'disabled' WHERE id = ?", ann.id)
	leads(t, "disabled", b.get("/en/mails"), "/en/sign-in?to=%2Fen%2Fmails")
}

// Who knows only a password that a reset has replaced does not enrol a second factor in the place of the member.
func TestResetEndsWhatIsHalfway(t *testing.T) {
	c := newConsole(t)
	ann := c.member("ann", store.RoleMerchant, 1)
	thief := c.session(ann, halfway)
	c.exec("UPDATE staff SET totp_secret = NULL WHERE id = ?", ann.id)
	if a := thief.get("/en/enrol"); a.status != 200 {
		t.Fatalf("before the reset: %d", a.status)
	}
	token, hash := NewInvitation()
	if reset, err := c.store.ResetStaff(t.Context(), store.Operator("test"), ann.email, hash, time.Hour, "lost the phone"); err != nil || reset.Outcome != store.Invited {
		t.Fatal(reset.Outcome, err)
	}
	own := c.browser()
	leads(t, "the member begins anew", own.form("/en/invitation", "token="+token+"&password="+escape(password)), "/en/enrol")
	leads(t, "the thief", thief.get("/en/enrol"), "/en/sign-in?to=%2Fen%2Fenrol")
	leads(t, "the thief's code", thief.form("/en/enrol", "code=123456"), "/en/sign-in")
	if a := own.get("/en/enrol"); a.status != 200 {
		t.Errorf("the member cannot go on: %d", a.status)
	}
}

// A sign-in that stopped half way is worth nothing after ten minutes, and a whole one ends after twelve hours, whatever happens meanwhile.
func TestSessionsEnd(t *testing.T) {
	c := newConsole(t)
	ann := c.member("ann", store.RoleMerchant, 1)
	now, err := c.store.StaffMember(t.Context(), ann.id)
	if err != nil {
		t.Fatal(err)
	}
	since := func(b *browser, st stage, ago time.Duration) *browser {
		token := strings.TrimPrefix(b.cookie, "db_staff=")
		data, err := c.server.sessions.Codec.Encode(time.Now().Add(time.Hour), map[string]any{
			keyStaff: int64(ann.id), keyStage: int(st), keySince: time.Now().Add(-ago).UnixMicro(), keyFrom: now.SessionsFrom.UnixMicro(),
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := c.store.KeepStaffSession(t.Context(), sha256.Sum256([]byte(token)), data, time.Hour); err != nil {
			t.Fatal(err)
		}
		return b
	}
	if a := since(c.session(ann, halfway), halfway, halfLife-time.Minute).get("/en/sign-in/code"); a.status != 200 {
		t.Errorf("after nine minutes: %d", a.status)
	}
	leads(t, "after eleven minutes", since(c.session(ann, halfway), halfway, halfLife+time.Minute).get("/en/sign-in/code"), "/en/sign-in?to=%2Fen%2Fsign-in%2Fcode")

	c.exec("DELETE FROM staff_sessions")
	b := c.signedIn(ann)
	if n := c.count("SELECT COUNT(*) FROM staff_sessions WHERE expires_at BETWEEN UTC_TIMESTAMP(6) + INTERVAL 719 MINUTE AND UTC_TIMESTAMP(6) + INTERVAL 720 MINUTE"); n != 1 {
		t.Errorf("%d sessions end in twelve hours", n)
	}
	before := c.checksums("staff_sessions")
	b.get("/en/")
	if after := c.checksums("staff_sessions"); after != before {
		t.Error("looking at a page makes a session longer")
	}
	c.exec("UPDATE staff_sessions SET expires_at = UTC_TIMESTAMP(6)")
	leads(t, "at its end", b.get("/en/"), "/en/sign-in?to=%2Fen%2F")
}

// Cookies are for the server alone; over https they are bound to the host.
func TestCookie(t *testing.T) {
	for _, public := range []string{"http://console.example", "https://console.example"} {
		c := newConsole(t, func(cfg *Config) { cfg.PublicURL = public })
		ann := c.member("ann", store.RoleMerchant, 1)
		b := c.browser()
		a := b.form("/en/sign-in", signInForm(ann.email, password))
		cookie := a.header.Get("Set-Cookie")
		secure := strings.HasPrefix(public, "https")
		if !strings.Contains(cookie, "HttpOnly") || !strings.Contains(cookie, "SameSite=Lax") || strings.Contains(cookie, "Secure") != secure ||
			strings.HasPrefix(cookie, "__Host-db_staff=") != secure || strings.Contains(cookie, "Max-Age") {
			t.Errorf("%s: %s", public, cookie)
		}
		if (a.header.Get("Strict-Transport-Security") != "") != secure {
			t.Errorf("%s: HSTS %q", public, a.header.Get("Strict-Transport-Security"))
		}
	}
}

// A session that was made with a key that is gone asks for help in plain words, and tells nobody why.
func TestKeysThatAreGone(t *testing.T) {
	db := newConsole(t)
	ann := db.member("ann", store.RoleMerchant, 1)
	c := newConsoleOn(t, db.db, func(cfg *Config) { cfg.Keys = wire.Keys{bytes.Repeat([]byte{'x'}, 32)} })
	b := c.browser()
	leads(t, "the password", b.form("/en/sign-in", signInForm(ann.email, password)), "/en/sign-in/code")
	a := b.form("/en/sign-in/code", "code="+ann.code(t))
	if a.status != 500 || a.outcome() != "fault" || strings.Contains(a.body, "STAFF_KEYS") || !strings.Contains(c.log.String(), "STAFF_KEYS") {
		t.Errorf("%d %s", a.status, a.outcome())
	}
	rotated := newConsoleOn(t, db.db, func(cfg *Config) {
		cfg.Keys = wire.Keys{bytes.Repeat([]byte{'x'}, 32), testKeys()[0]}
	})
	rotated.signedIn(ann)
}

// A page that looks again by itself cannot show the form in a part of it: it is told to load anew, and learns nothing else.
func TestSignInOfAPageThatLooksAgain(t *testing.T) {
	c := newConsole(t)
	for _, path := range []string{"/en/exports/1", "/en/sales/1/live/events"} {
		a := c.browser().do(get, path, "", "HX-Request", "true")
		if a.status != http.StatusForbidden || a.header.Get("HX-Refresh") != "true" || a.header.Get("Location") != "" {
			t.Errorf("%s: %d %v", path, a.status, a.header)
		}
		if a = c.browser().get(path); a.status != http.StatusSeeOther || a.header.Get("HX-Refresh") != "" {
			t.Errorf("%s without htmx: %d %v", path, a.status, a.header)
		}
	}
}
