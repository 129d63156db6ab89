package web

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
)

func TestPass(t *testing.T) {
	keys := Keys{testKey('a'), testKey('b')}
	want := pass{user: 1<<63 + 1, item: 2, order: uuid.Must(uuid.NewV7()), issued: time.UnixMilli(1_700_000_000_123).UTC()}
	both := newPasses(keys)
	for _, key := range keys {
		text := newPasses(Keys{key}).seal(want)
		for range 2 { // the second with a MAC that was used before
			if got, ok := both.open(text); !ok || got != want {
				t.Errorf("open = %+v, %t, want %+v", got, ok, want)
			}
		}
	}
	text := both.seal(want)
	if text != newPasses(keys[:1]).seal(want) {
		t.Error("not signed with the newest key")
	}
	if _, ok := newPasses(Keys{testKey('c')}).open(text); ok {
		t.Error("a foreign signature was taken")
	}
	for i := range text {
		for _, c := range "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_" {
			changed := text[:i] + string(c) + text[i+1:]
			if _, ok := both.open(changed); ok && changed != text {
				t.Fatalf("character %d may be %q", i, c)
			}
		}
	}
	for _, bad := range []string{"", text[1:], text + "A", text + "=", "\n" + text, text[:50] + "\n" + text[50:], strings.Repeat("A", 10_000)} {
		if _, ok := both.open(bad); ok {
			t.Errorf("%q was taken", bad)
		}
	}
}

func FuzzPass(f *testing.F) {
	newest, older := newPasses(Keys{testKey('a')}), newPasses(Keys{testKey('b')})
	both := newPasses(Keys{testKey('a'), testKey('b')})
	p := pass{user: 1, item: 2, order: uuid.Must(uuid.NewV7()), issued: time.UnixMilli(1_700_000_000_000).UTC()}
	f.Add(newest.seal(p))
	f.Add(older.seal(p))
	f.Add(newPasses(Keys{testKey('c')}).seal(p))
	f.Add("null")
	f.Fuzz(func(t *testing.T, text string) {
		got, ok := both.open(text)
		if ok && newest.seal(got) != text && older.seal(got) != text {
			t.Fatalf("%q was taken, but we did not write it", text)
		}
	})
}

func FuzzLink(f *testing.F) {
	secrets := Keys{testKey('l'), testKey('L')}
	now := time.Unix(1_700_000_000, 0)
	claims := LinkClaims{Purpose: LinkPurpose, Customer: "c-1", Email: "a@example.com", Name: "Ann", Issued: now.Unix(), Expires: now.Unix() + 60, ID: "1"}
	for _, key := range []byte("lLx") {
		token, err := SignLink(testKey(key), claims)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(token, false)
		f.Add(strings.Split(token, ".")[0], true)
	}
	f.Add(strict.EncodeToString([]byte(`{"p":"sign-in","sub":null,"iat":-1,"exp":9e99}`)), true)
	f.Fuzz(func(t *testing.T, token string, sign bool) {
		if sign { // past the signature, into the claims
			token += "." + linkSignature(secrets[0], token)
		}
		got, err := openLink(secrets, token, now)
		if err != nil {
			if got != (LinkClaims{}) && !errors.Is(err, errLinkExpired) {
				t.Fatalf("%q was refused, but says %+v", token, got)
			}
			return
		}
		part, _, _ := strings.Cut(token, ".")
		if !strings.HasSuffix(token, linkSignature(secrets[0], part)) && !strings.HasSuffix(token, linkSignature(secrets[1], part)) {
			t.Fatalf("%q was taken without a signature", token)
		}
		if got.check() != nil || got.Expires <= now.Unix() || got.Expires-got.Issued > 600 {
			t.Fatalf("%q was taken with %+v", token, got)
		}
	})
}

func FuzzPressJSON(f *testing.F) {
	for _, seed := range []string{
		`{"pass":"x","units":1}`, `{"units":2,"pass":""}`, `{"pass":"x","units":1}x`, `{"pass":"x","pass":"y","units":1}`, `[]`, `null`, `{}`,
		`{"pass":"\u0000","units":1e0}`, `{"pass":"` + strings.Repeat(`[`, 100), strings.Repeat(`{"pass":`, 1000), `{"units":` + strings.Repeat("9", 100) + `}`,
		"\xef\xbb\xbf{}", `{"pass":"\ud800","units":1}`, `{"pass":"x","units":01}`,
	} {
		f.Add([]byte(seed))
	}
	f.Add([]byte(`{"pass":"` + strings.Repeat("x", passLength) + `","units":1}`))
	f.Add([]byte(`{"pass":"` + strings.Repeat("x", passLength-1) + `\","units":1}`))
	f.Add([]byte(`{"pass":"` + strings.Repeat("x", passLength) + `","units":1}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		in, err := parsePress(body)
		if usual, ok := usualPress(body); ok && (err != nil || usual != in) {
			t.Fatalf("%q is %+v in short, %+v (%v) in full", body, usual, in, err)
		}
		if err != nil {
			return
		}
		var plain struct {
			Pass  string      `json:"pass"`
			Units json.Number `json:"units"`
		}
		if err := json.Unmarshal(body, &plain); err != nil {
			t.Fatalf("%q was taken, but is no JSON: %v", body, err)
		}
		if in.pass != plain.Pass || itoa(in.units) != plain.Units.String() || in.units < 1 || in.units > maxUnits {
			t.Fatalf("%q was taken as %+v", body, in)
		}
	})
}

func FuzzCardNumber(f *testing.F) {
	for _, seed := range []string{"4242424242424242", "4242 4242-4242 4242", "", " ", "４２４２４２４２４２４２", "4242424242424242x", strings.Repeat("4", 20), strings.Repeat("4-", 1000)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		card, ok := cardNumber(text)
		if ok && (len(card) < 12 || len(card) > 19 || strings.Trim(card, "0123456789") != "" || strings.NewReplacer(" ", "", "-", "").Replace(text) != card) {
			t.Fatalf("cardNumber(%q) = %q", text, card)
		}
	})
}

func FuzzPayURL(f *testing.F) {
	for _, seed := range []string{
		"/en/sandbox/1", "https://pay.example/x?y=1", "http://shop.example/en/orders/1", "http://shop.example.evil/en/", "http://shop.example@evil/en/",
		"//evil", "javascript:1", "https://", "https://u@x/", "https:evil", "http://shop.example//evil", "https://x/\r\nSet-Cookie: a=b", "http://shop.example",
	} {
		f.Add(seed)
	}
	s := &Server{cfg: Config{PublicURL: "http://shop.example/"}}
	f.Fuzz(func(t *testing.T, to string) {
		got, err := s.payURL(to)
		if err != nil {
			if got != "" {
				t.Fatalf("payURL(%q) = %q with an error", to, got)
			}
			return
		}
		own := strings.HasPrefix(got, "/en/") || strings.HasPrefix(got, "/zh/")
		if (!own && !strings.HasPrefix(strings.ToLower(got), "https://")) || strings.ContainsAny(got, "\r\n\t") || !strings.HasSuffix(to, got) {
			t.Fatalf("payURL(%q) = %q", to, got)
		}
	})
}
