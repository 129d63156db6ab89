package web

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
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

// The memory is bounded: callers of long ago are forgotten, and with no room left callers pass.

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
