package admin

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"encoding/base64"
	"image/png"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
	"github.com/pquerna/otp/totp"

	"doorbuster/store"
)

// The second factor is TOTP (RFC 6238) as every authenticator app does it: SHA-1, six digits, a new code each 30 seconds. The code before and the one
// after count too, for clocks that are a little off; each code is taken once (use_totp_step).
const (
	totpPeriod    = 30
	secretBytes   = 20 // as long as the hash, RFC 4226 R6
	recoveryCodes = 10
	codeBytes     = 10 // of a recovery code: 80 bits
	qrSize        = 200
)

var base32Text = base32.StdEncoding.WithPadding(base32.NoPadding)

// NewSecret makes the secret of a second factor, as apps take it by hand.
func NewSecret() string {
	secret := make([]byte, secretBytes)
	_, _ = rand.Read(secret) // never fails: crypto/rand ends the program instead
	return base32Text.EncodeToString(secret)
}

// stepOf returns the time step whose code this is at now.
func stepOf(code, secret string, now time.Time) (step uint64, ok bool) {
	at := uint64(now.Unix()) / totpPeriod
	for _, step := range []uint64{at, at - 1, at + 1} {
		if right, err := hotp.ValidateCustom(code, step, secret, hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1}); err == nil && right {
			return step, true
		}
	}
	return 0, false
}

// Code is the code of a secret at now, for a demo that shows it.
func Code(secret string, now time.Time) (string, error) { return totp.GenerateCode(secret, now) }

// qr is the picture that apps take a secret from.
func qr(shop, email, secret string) ([]byte, error) {
	raw, err := base32Text.DecodeString(secret)
	if err != nil {
		return nil, err
	}
	key, err := totp.Generate(totp.GenerateOpts{Issuer: shop, AccountName: email, Secret: raw, Period: totpPeriod})
	if err != nil {
		return nil, err
	}
	picture, err := key.Image(qrSize, qrSize)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err = png.Encode(&b, picture)
	return b.Bytes(), err
}

// newCodes makes recovery codes, as they are shown once, and what is kept of them.
func newCodes() (codes []string, hashes [][32]byte) {
	for range recoveryCodes {
		raw := make([]byte, codeBytes)
		_, _ = rand.Read(raw) // never fails
		code := strings.ToLower(base32Text.EncodeToString(raw))
		codes = append(codes, code[:4]+"-"+code[4:8]+"-"+code[8:12]+"-"+code[12:])
		hashes = append(hashes, sha256.Sum256([]byte(code)))
	}
	return codes, hashes
}

// typedCode reads what somebody typed as a code: digits of an app, or a recovery code and its hash.
func typedCode(text string) (digits string, recovery [32]byte, isRecovery bool) {
	text = strings.ToLower(strings.NewReplacer(" ", "", "-", "").Replace(text))
	if len(text) == base32Text.EncodedLen(codeBytes) {
		return "", sha256.Sum256([]byte(text)), true
	}
	return text, recovery, false
}

// NewInvitation makes the secret of an invitation link, and what the database keeps of it.
func NewInvitation() (token string, hash [32]byte) {
	raw := make([]byte, 32)
	_, _ = rand.Read(raw) // never fails
	token = base64.RawURLEncoding.EncodeToString(raw)
	return token, sha256.Sum256([]byte(token))
}

// Enrol gives a member a second factor without the pages, for a demo: secret is what an app would take. The recovery codes are told to nobody.
func (c Config) Enrol(ctx context.Context, staff uint64, secret string) (store.StaffSignIn, error) {
	s, err := newSealer(c.Keys)
	if err != nil {
		return store.StaffSignIn{}, err
	}
	_, hashes := newCodes()
	return c.Store.EnrolTOTP(ctx, staff, s.seal(staff, secret), 0, hashes)
}

// InvitationLife is how long an invitation holds.
const InvitationLife = 7 * 24 * time.Hour
