package admin

import (
	"encoding/base32"
	"testing"
	"time"
)

// The codes are those of RFC 6238, appendix B (SHA-1, their last six digits); the one before and the one after count too, and no others.
func TestStepOf(t *testing.T) {
	secret := base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString([]byte("12345678901234567890"))
	for at, code := range map[int64]string{59: "287082", 1111111109: "081804", 1111111111: "050471", 1234567890: "005924", 2000000000: "279037"} {
		step := uint64(at) / totpPeriod
		for ago := int64(-2); ago <= 2; ago++ {
			got, ok := stepOf(code, secret, time.Unix(at+ago*totpPeriod, 0))
			if want := ago >= -1 && ago <= 1; ok != want || (ok && got != step) {
				t.Errorf("the code of %d, %d half minutes later: step %d, %t", at, ago, got, ok)
			}
		}
		if text, err := Code(secret, time.Unix(at, 0)); err != nil || text != code {
			t.Errorf("the code at %d: %s, %v", at, text, err)
		}
	}
	for _, bad := range []string{"", "28708", "2870822", "28708a", "２８７０８２"} {
		if _, ok := stepOf(bad, secret, time.Unix(59, 0)); ok {
			t.Errorf("%q was taken", bad)
		}
	}
}

// Recovery codes are all different, and are read as people type them.
func TestRecoveryCodes(t *testing.T) {
	codes, hashes := newCodes()
	seen := map[[32]byte]bool{}
	for i, code := range codes {
		_, hash, ok := typedCode(" " + code + " ")
		if !ok || hash != hashes[i] {
			t.Errorf("%s is not read as itself", code)
		}
		seen[hash] = true
	}
	if len(seen) != recoveryCodes {
		t.Errorf("%d different codes", len(seen))
	}
	if digits, _, ok := typedCode("123 456"); ok || digits != "123456" {
		t.Errorf("digits were read as %q", digits)
	}
}
