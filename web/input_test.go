package web

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"doorbuster/store"
	"doorbuster/web/page"
)

func TestParseUnits(t *testing.T) {
	for text, want := range map[string]int{
		"1": 1, "10": 10, "1000000": maxUnits, "": 0, "0": 0, "-1": 0, "+1": 0, "01": 0, "1.0": 0, "1e3": 0, " 1": 0, "1 ": 0, "１": 0, "١": 0, "0x1": 0,
		"1_000": 0, "1,000": 0, "1000001": 0, "2147483648": 0, "9223372036854775808": 0, "18446744073709551617": 0, "null": 0, "NaN": 0,
	} {
		if got, ok := parseUnits(text); got != want || ok != (want != 0) {
			t.Errorf("parseUnits(%q) = %d, %t", text, got, ok)
		}
	}
}

func TestOwnPath(t *testing.T) {
	for to, own := range map[string]bool{
		"/en/": true, "/zh/items/1": true, "/en/items/1?utm_source=a%20b": true, "": false, "/": false, "/en": false, "/fr/": false, "en/": false,
		"//evil.example": false, "//evil.example/en/": false, "/en//evil.example": false, "https://evil.example/en/": false, "/\\evil.example": false,
		"/en/\\evil": false, "/en/../admin": false, "/en/%2e%2e/admin": false, "javascript:alert(1)": false, "/en/\r\nX: y": false, "/en/\x00": false,
		"/en/#x": false, "/%65n/": false, "/en/" + strings.Repeat("a", 500): false, "/sign-in/link?token=x": false,
	} {
		if got := ownPath(to); (got == to && to != "") != own || (!own && got != "") {
			t.Errorf("ownPath(%q) = %q", to, got)
		}
	}
}

func TestFields(t *testing.T) {
	for text, want := range map[string]string{
		"ann@example.com": "", "a+b@xn--bcher-kva.example": "", "王@example.com": "", "": page.EmailMissing, "ann": page.EmailBad, "@example.com": page.EmailBad,
		"ann@": page.EmailBad, "a@b@c": page.EmailBad, "a b@example.com": page.EmailBad, "a@exam ple.com": page.EmailBad, "a@.example.com": page.EmailBad,
		"a@example..com": page.EmailBad, "a@example.com.": page.EmailBad, "a\n@example.com": page.EmailBad, strings.Repeat("a", 65) + "@example.com": page.EmailBad,
		"a@" + strings.Repeat("b", 254): page.EmailBad, "a\u202e@example.com": page.EmailBad,
	} {
		if got := emailError(text); got != want {
			t.Errorf("emailError(%q) = %q, want %q", text, got, want)
		}
	}
	for text, want := range map[string]string{
		"Ann": "", "王小明": "", "<script>alert(1)</script>": "", "José": "", "जोशी": "", "👩‍👩‍👧": "", strings.Repeat("王", 200): "", "": page.NameMissing,
		strings.Repeat("a", 201): page.NameLong, "a\u202eb": page.NameBad, "a\u200bb": page.NameBad, "a\nb": page.NameBad, "a\x00": page.NameBad, "a\xff": page.NameBad,
		"a" + strings.Repeat("\u0301", 5): page.NameBad, "a\u2028b": page.NameBad,
	} {
		if got := nameError(text); got != want {
			t.Errorf("nameError(%q) = %q, want %q", text, got, want)
		}
	}
	for text, want := range map[string]string{
		"three small boats": "", "  spaces  ": "", "王小明的密码很长": "", strings.Repeat("ab", 128): "", "": page.PasswordMissing, "1234567": page.PasswordShort,
		"王小明": page.PasswordShort, strings.Repeat("ab", 129): page.PasswordLong, "12345678": page.PasswordCommon, "Password1!": page.PasswordCommon,
		"aaaaaaaa": page.PasswordCommon, "qwertyuiop": page.PasswordCommon, "annabelle": page.PasswordCommon, "annabelle@example.com": page.PasswordCommon,
		"987654321": page.PasswordCommon, "secretsecret": page.PasswordCommon, "password with a story": "",
	} {
		if got := passwordError(text, "annabelle@example.com"); got != want {
			t.Errorf("passwordError(%q) = %q, want %q", text, got, want)
		}
	}
}

func TestPasswordHash(t *testing.T) {
	h := newHasher()
	ctx := t.Context()
	phc, err := h.hash(ctx, " three small boats\x00")
	if err != nil || !strings.HasPrefix(phc, "$argon2id$v=19$m=19456,t=2,p=1$") || len(phc) > 255 {
		t.Fatal(phc, err)
	}
	if again, err := h.hash(ctx, " three small boats\x00"); err != nil || again == phc {
		t.Error("two hashes of one password are the same: no salt")
	}
	for password, want := range map[string]bool{" three small boats\x00": true, "three small boats\x00": false, " three small boats": false, "": false} {
		if got, err := h.check(ctx, password, phc); err != nil || got != want {
			t.Errorf("check(%q) = %t, %v", password, got, err)
		}
	}
	// No account: the same work, and the answer no.
	began := time.Now()
	if got, err := h.check(ctx, "x", ""); err != nil || got {
		t.Errorf("check without an account = %t, %v", got, err)
	}
	if took := time.Since(began); took < time.Millisecond {
		t.Errorf("without an account the answer took %s: the time tells", took)
	}
	// Made elsewhere with other parameters: argon2id, m=256, t=1.
	for _, bad := range []string{
		"x", "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ", "$argon2i$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$" + strings.Repeat("A", 43),
		"$argon2id$v=16$m=19456,t=2,p=1$c2FsdHNhbHQ$" + strings.Repeat("A", 43), "$argon2id$v=19$m=4294967295,t=2,p=1$c2FsdHNhbHQ$" + strings.Repeat("A", 43),
		"$argon2id$v=19$m=19456,t=0,p=1$c2FsdHNhbHQ$" + strings.Repeat("A", 43), "$argon2id$v=19$m=19456,t=99,p=1$c2FsdHNhbHQ$" + strings.Repeat("A", 43),
		"$argon2id$v=19$m=19456,t=2,p=0$c2FsdHNhbHQ$" + strings.Repeat("A", 43), "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$AAAA",
		"$argon2id$v=19$m=19456,t=2,p=1,x$c2FsdHNhbHQ$" + strings.Repeat("A", 43), "$argon2id$v=19$m=19456,t=2,p=1$!$" + strings.Repeat("A", 43),
	} {
		if _, err := h.check(ctx, "x", bad); err == nil {
			t.Errorf("%s was read", bad)
		}
	}
}

// With all cores at work few may wait; the rest is told to come back, at once.
func TestHashFlood(t *testing.T) {
	h := newHasher()
	for range cap(h.running) {
		if err := h.enter(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	results := make(chan error, hashWaiters)
	for range hashWaiters {
		wg.Go(func() { results <- h.enter(ctx) })
	}
	tick := time.NewTicker(time.Millisecond) // the goroutines have no other sign of life
	defer tick.Stop()
	for h.waiting.Load() < hashWaiters {
		<-tick.C
	}
	var busy *store.BusyError
	if err := h.enter(t.Context()); !errors.As(err, &busy) {
		t.Errorf("one more may wait: %v", err)
	}
	cancel()
	wg.Wait()
	for range hashWaiters {
		if err := <-results; !errors.Is(err, context.Canceled) {
			t.Errorf("who gave up got %v", err)
		}
	}
	if h.waiting.Load() != 0 {
		t.Errorf("%d still wait", h.waiting.Load())
	}
}

func TestBuckets(t *testing.T) {
	b := newBuckets[string](5, 10, time.Second)
	now := b.start
	for i := range 10 {
		if _, ok := b.take("ann", now); !ok {
			t.Fatalf("request %d of the burst refused", i+1)
		}
	}
	wait, ok := b.take("ann", now)
	if ok || wait <= 0 || wait > 200*time.Millisecond {
		t.Errorf("after the burst: %t, wait %s", ok, wait)
	}
	if _, ok := b.take("bob", now); !ok {
		t.Error("bob pays for ann")
	}
	if _, ok := b.take("ann", now.Add(wait)); !ok {
		t.Error("refused after the wait that was told")
	}
	if _, ok := b.take("ann", now.Add(wait)); ok {
		t.Error("two tokens came back in the time of one")
	}
	allowed := 0
	for ms := range 10_000 {
		if _, ok := b.take("cem", now.Add(time.Duration(ms)*time.Millisecond)); ok {
			allowed++
		}
	}
	if allowed < 58 || allowed > 60 {
		t.Errorf("%d requests in ten seconds, want a burst of 10 and 5 a second", allowed)
	}
}

// The memory is bounded: callers of long ago are forgotten, and with no room left callers pass.
func TestBucketsAreBounded(t *testing.T) {
	b := newBuckets[uint64](1, 1, time.Second)
	size := func() (n int) {
		for i := range b.shards {
			n += len(b.shards[i].full)
		}
		return n
	}
	const limit = 32 * maxKeys
	for key := range uint64(limit + limit/4) {
		if _, ok := b.take(key, b.start); !ok {
			t.Fatalf("%d refused at its first request", key)
		}
	}
	if n := size(); n > limit {
		t.Errorf("%d keys are kept, at most %d should be", n, limit)
	}
	later := b.start.Add(time.Minute)
	for key := range uint64(1000) {
		b.take(limit*2+key, later)
	}
	if n := size(); n > limit/2 {
		t.Errorf("%d keys are kept a minute later", n)
	}
}

func TestSignLink(t *testing.T) {
	secret := testKey('l')
	token, err := SignLink(secret, LinkClaims{Purpose: LinkPurpose, Customer: "c-1", Email: "a@b.example", Name: "Ann", Issued: 1, Expires: 2, ID: "x"})
	if err != nil {
		t.Fatal(err)
	}
	part, signed, _ := strings.Cut(token, ".")
	body, err := strict.DecodeString(part)
	if want := `{"p":"sign-in","sub":"c-1","email":"a@b.example","name":"Ann","iat":1,"exp":2,"jti":"x"}`; err != nil || string(body) != want {
		t.Errorf("payload %s, want %s", body, want)
	}
	if signed != linkSignature(secret, part) || len(signed) != 43 {
		t.Errorf("signature %s", signed)
	}
	now := time.Unix(1_700_000_000, 0)
	good := LinkClaims{Purpose: LinkPurpose, Customer: "c-1", Email: "a@b.example", Name: "Ann", Issued: now.Unix() - 1, Expires: now.Unix() + 1}
	for name, change := range map[string]func(*LinkClaims){
		"no customer":            func(c *LinkClaims) { c.Customer = "" },
		"a long customer":        func(c *LinkClaims) { c.Customer = strings.Repeat("x", 191) },
		"a customer of controls": func(c *LinkClaims) { c.Customer = "a\x00" },
		"a long e-mail":          func(c *LinkClaims) { c.Email = strings.Repeat("x", 255) },
		"no name":                func(c *LinkClaims) { c.Name = " " },
		"a long name":            func(c *LinkClaims) { c.Name = strings.Repeat("x", 201) },
		"a turned name":          func(c *LinkClaims) { c.Name = "a\u202e" },
		"no purpose":             func(c *LinkClaims) { c.Purpose = "" },
		"an hour":                func(c *LinkClaims) { c.Expires = c.Issued + 3600 },
		"an overflow":            func(c *LinkClaims) { c.Issued, c.Expires = -1<<62, 1<<62 },
		"good":                   func(*LinkClaims) {},
	} {
		c := good
		change(&c)
		token, err := SignLink(secret, c)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := openLink(Keys{secret}, token, now); (err == nil) != (name == "good") {
			t.Errorf("%s: %v", name, err)
		}
	}
	long, err := SignLink(secret, LinkClaims{ID: strings.Repeat("x", 5000)})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := openLink(Keys{secret}, long, now); !errors.Is(err, errLinkForged) {
		t.Errorf("a long token: %v", err)
	}
}

func BenchmarkPass(b *testing.B) {
	keys := newPasses(Keys{testKey('a'), testKey('b')})
	text := keys.seal(pass{user: 1, item: 2, issued: time.Now()})
	b.ReportAllocs()
	for b.Loop() {
		if _, ok := keys.open(text); !ok {
			b.Fatal("not taken")
		}
	}
}

func BenchmarkSession(b *testing.B) {
	s, err := newSealer(Keys{testKey('a')})
	if err != nil {
		b.Fatal(err)
	}
	now := time.Now()
	text := s.seal(session{user: 1, issued: now, name: "Ann"})
	b.ReportAllocs()
	for b.Loop() {
		if _, ok := s.open(text, now); !ok {
			b.Fatal("not taken")
		}
	}
}

func BenchmarkUsualPress(b *testing.B) {
	body := fmt.Appendf(nil, `{"pass":"%s","units":1}`, strings.Repeat("x", passLength))
	b.ReportAllocs()
	for b.Loop() {
		if _, ok := usualPress(body); !ok {
			b.Fatal("not taken")
		}
	}
}
