package login

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"doorbuster/store"
	"doorbuster/web/ui"
)

func TestFields(t *testing.T) {
	for text, want := range map[string]string{
		"ann@example.com": "", "a+b@xn--bcher-kva.example": "", "王@example.com": "", "": ui.EmailMissing, "ann": ui.EmailBad, "@example.com": ui.EmailBad,
		"ann@": ui.EmailBad, "a@b@c": ui.EmailBad, "a b@example.com": ui.EmailBad, "a@exam ple.com": ui.EmailBad, "a@.example.com": ui.EmailBad,
		"a@example..com": ui.EmailBad, "a@example.com.": ui.EmailBad, "a\n@example.com": ui.EmailBad, strings.Repeat("a", 65) + "@example.com": ui.EmailBad,
		"a@" + strings.Repeat("b", 254): ui.EmailBad, "a\u202e@example.com": ui.EmailBad,
	} {
		if got := EmailError(text); got != want {
			t.Errorf("EmailError(%q) = %q, want %q", text, got, want)
		}
	}
	for text, want := range map[string]string{
		"Ann": "", "王小明": "", "<script>alert(1)</script>": "", "José": "", "जोशी": "", "👩‍👩‍👧": "", strings.Repeat("王", 200): "", "": ui.NameMissing,
		strings.Repeat("a", 201): ui.NameLong, "a\u202eb": ui.NameBad, "a\u200bb": ui.NameBad, "a\nb": ui.NameBad, "a\x00": ui.NameBad, "a\xff": ui.NameBad,
		"a" + strings.Repeat("\u0301", 5): ui.NameBad, "a\u2028b": ui.NameBad,
	} {
		if got := NameError(text); got != want {
			t.Errorf("NameError(%q) = %q, want %q", text, got, want)
		}
	}
	for text, want := range map[string]string{
		"three small boats": "", "  spaces  ": "", "王小明的密码很长": "", strings.Repeat("ab", 128): "", "": ui.PasswordMissing, "1234567": ui.PasswordShort,
		"王小明": ui.PasswordShort, strings.Repeat("ab", 129): ui.PasswordLong, "12345678": ui.PasswordCommon, "Password1!": ui.PasswordCommon,
		"aaaaaaaa": ui.PasswordCommon, "qwertyuiop": ui.PasswordCommon, "annabelle": ui.PasswordCommon, "annabelle@example.com": ui.PasswordCommon,
		"987654321": ui.PasswordCommon, "secretsecret": ui.PasswordCommon, "password with a story": "",
	} {
		if got := PasswordError(text, "annabelle@example.com"); got != want {
			t.Errorf("PasswordError(%q) = %q, want %q", text, got, want)
		}
	}
}

func TestPasswordHash(t *testing.T) {
	h := NewHasher()
	ctx := t.Context()
	phc, err := h.Hash(ctx, " three small boats\x00")
	if err != nil || !strings.HasPrefix(phc, "$argon2id$v=19$m=19456,t=2,p=1$") || len(phc) > 255 {
		t.Fatal(phc, err)
	}
	if again, err := h.Hash(ctx, " three small boats\x00"); err != nil || again == phc {
		t.Error("two hashes of one password are the same: no salt")
	}
	for password, want := range map[string]bool{" three small boats\x00": true, "three small boats\x00": false, " three small boats": false, "": false} {
		if got, err := h.Check(ctx, password, phc); err != nil || got != want {
			t.Errorf("Check(%q) = %t, %v", password, got, err)
		}
	}
	// No account: the same work, and the answer no.
	began := time.Now()
	if got, err := h.Check(ctx, "x", ""); err != nil || got {
		t.Errorf("Check without an account = %t, %v", got, err)
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
		if _, err := h.Check(ctx, "x", bad); err == nil {
			t.Errorf("%s was read", bad)
		}
	}
}

// With all cores at work few may wait; the rest is told to come back, at once.
func TestHashFlood(t *testing.T) {
	h := NewHasher()
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
