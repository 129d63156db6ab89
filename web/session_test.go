package web

import (
	"strings"
	"testing"
	"time"
)

func mustSealer(t *testing.T, keys ...byte) sealer {
	t.Helper()
	var all Keys
	for _, k := range keys {
		all = append(all, testKey(k))
	}
	s, err := newSealer(all)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSessionSeal(t *testing.T) {
	now := time.Date(2026, 11, 27, 9, 0, 0, 123_000, time.UTC)
	s := mustSealer(t, 'a')
	want := session{user: 1<<63 + 7, issued: now, name: "Ann 王"}
	text := s.seal(want)
	if got, ok := s.open(text, now); !ok || got != want {
		t.Fatalf("open(seal) = %+v, %t, want %+v", got, ok, want)
	}
	if s.seal(want) == text {
		t.Error("two seals of one session are the same: no nonce")
	}

	rotated := mustSealer(t, 'b', 'a')
	if _, ok := rotated.open(text, now); !ok {
		t.Error("the key before this one is not taken: rotation would sign everybody out")
	}
	if _, ok := s.open(rotated.seal(want), now); ok {
		t.Error("sealed with the old key after rotation")
	}
	for name, c := range map[string]struct {
		text string
		at   time.Time
	}{
		"foreign key":    {mustSealer(t, 'x').seal(want), now},
		"expired":        {text, now.Add(sessionLife)},
		"no shopper":     {s.seal(session{issued: now}), now},
		"empty":          {"", now},
		"cut":            {text[:len(text)-1], now},
		"longer":         {text + "A", now},
		"only a nonce":   {strings.Repeat("A", 32), now},
		"very long":      {strings.Repeat("A", 100_000), now},
		"other alphabet": {strings.Map(func(r rune) rune { return r ^ 0x80 }, text), now},
	} {
		if got, ok := s.open(c.text, c.at); ok {
			t.Errorf("%s: taken as %+v", name, got)
		}
	}
	if _, ok := s.open(text, now.Add(sessionLife-time.Second)); !ok {
		t.Error("refused before it expired")
	}
}

// Every single bit of a session counts, and every character has one meaning.
func TestSessionBitFlips(t *testing.T) {
	now := time.Now()
	s := mustSealer(t, 'a')
	text := s.seal(session{user: 1, issued: now, name: "n"})
	for i := range text {
		for _, c := range "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_" {
			changed := text[:i] + string(c) + text[i+1:]
			if _, ok := s.open(changed, now); ok && changed != text {
				t.Fatalf("character %d may be %q", i, c)
			}
		}
	}
}

// A seal made for another purpose with the same key, or of another version, is no session.
func TestSessionPurpose(t *testing.T) {
	seals, err := Keys{testKey('a')}.Seals()
	if err != nil {
		t.Fatal(err)
	}
	aead := seals[0]
	s := mustSealer(t, 'a')
	plain := append([]byte{sealVersion, 0, 0, 0, 0, 0, 0, 0, 1}, 0, 6, 0, 0, 0, 0, 0, 0)
	seal := func(plain, purpose []byte) string { return strict.EncodeToString(aead.Seal(nil, nil, plain, purpose)) }
	at := time.UnixMicro(6 << 48)
	if _, ok := s.open(seal(plain, sealPurpose), at); !ok {
		t.Fatal("the test does not make a session")
	}
	if _, ok := s.open(seal(plain, []byte("other")), at); ok {
		t.Error("another purpose was taken")
	}
	plain[0]++
	if _, ok := s.open(seal(plain, sealPurpose), at); ok {
		t.Error("another version was taken")
	}
	if _, ok := s.open(seal(plain[:10], sealPurpose), at); ok {
		t.Error("a short one was taken")
	}
}

func TestClipName(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"Ann", "Ann"},
		{strings.Repeat("a", 61), strings.Repeat("a", 60)},
		{strings.Repeat("王", 21), strings.Repeat("王", 20)},
		{strings.Repeat("a", 59) + "王", strings.Repeat("a", 59)},
	} {
		if got := clipName(c.in); got != c.want {
			t.Errorf("clipName(%q) = %q, want %q", c.in, got, c.want)
		}
	}
}

// Over https the cookie can neither be read by scripts, nor sent over http, nor set by a neighbour of the domain.
func TestSessionCookie(t *testing.T) {
	plain := newShop(t)
	_, cookie := plain.shopper("ann")
	if got := plain.get("/en/orders", "Cookie", cookie); got.status != 200 {
		t.Fatalf("status %d", got.status)
	}
	if got := plain.get("/en/orders"); got.header.Get("Strict-Transport-Security") != "" {
		t.Error("HSTS over http")
	}
	plain.serve(func(c *Config) { c.PublicURL = "https://shop.example" })
	token, err := SignLink(testKey('l'), LinkClaims{
		Purpose: LinkPurpose, Customer: "c", Name: "Cem", Issued: time.Now().Unix(), Expires: time.Now().Add(time.Minute).Unix(),
	})
	if err != nil {
		t.Fatal(err)
	}
	got := plain.get("/sign-in/link?token=" + token)
	set := got.header.Get("Set-Cookie")
	for _, want := range []string{"__Host-db_session=", "; Path=/", "; HttpOnly", "; Secure", "; SameSite=Lax", "; Max-Age=2592000"} {
		if !strings.Contains(set, want) {
			t.Errorf("cookie %q has no %q", set, want)
		}
	}
	if strings.Contains(set, "Domain") {
		t.Errorf("cookie %q names a domain", set)
	}
	if got.header.Get("Strict-Transport-Security") == "" {
		t.Error("no HSTS over https")
	}
	if got := plain.get("/en/orders", "Cookie", cookie); got.status != 303 {
		t.Errorf("the cookie of http is taken over https: %d", got.status)
	}
}

// A session that was signed out everywhere is void, one that was made after it is good.
func TestSessionRevoked(t *testing.T) {
	s := newShop(t)
	user, before := s.shopper("ann")
	_, other := s.shopper("bob")
	if _, err := s.store.SignOutEverywhere(t.Context(), user); err != nil {
		t.Fatal(err)
	}
	s.settle()
	_, after := s.shopper("ann")
	for _, c := range []struct {
		name, cookie string
		status       int
	}{{"before", before, 303}, {"after", after, 200}, {"another shopper", other, 200}, {"expired", s.session(session{user: user, issued: time.Now().Add(-sessionLife)}), 303}} {
		if got := s.get("/en/orders", "Cookie", c.cookie); got.status != c.status {
			t.Errorf("%s: status %d, want %d", c.name, got.status, c.status)
		}
	}
}
