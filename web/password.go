package web

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync/atomic"
	"unicode"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"

	"doorbuster/store"
	"doorbuster/web/page"
)

// Passwords are hashed with argon2id at the least that OWASP recommends. A hash takes 19 MiB and tens of milliseconds of a core, so
// only as many run as there are cores, and few may wait: a flood of sign-ins must not take the machine from those who buy.
const (
	hashMemory   = 19 * 1024 // KiB
	hashTime     = 2
	hashThreads  = 1
	hashBytes    = 32
	saltBytes    = 16
	hashWaiters  = 50
	minPassword  = 8   // characters
	maxPassword  = 256 // bytes
	maxHashPower = 256 * 1024
)

// hasher is the door to the hash function.
type hasher struct {
	running chan struct{}
	waiting atomic.Int64
}

func newHasher() *hasher { return &hasher{running: make(chan struct{}, runtime.GOMAXPROCS(0))} }

// enter takes a core. It fails with store.BusyError when too many wait.
func (h *hasher) enter(ctx context.Context) error {
	select {
	case h.running <- struct{}{}:
		return nil
	default:
	}
	if h.waiting.Add(1) > hashWaiters {
		h.waiting.Add(-1)
		return &store.BusyError{}
	}
	defer h.waiting.Add(-1)
	select {
	case h.running <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (h *hasher) leave() { <-h.running }

// hash makes the PHC string of a password.
func (h *hasher) hash(ctx context.Context, password string) (string, error) {
	if err := h.enter(ctx); err != nil {
		return "", err
	}
	defer h.leave()
	salt := make([]byte, saltBytes)
	_, _ = rand.Read(salt) // never fails: crypto/rand ends the program instead
	sum := argon2.IDKey([]byte(password), salt, hashTime, hashMemory, hashThreads, hashBytes)
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, hashMemory, hashTime, hashThreads,
		b64.EncodeToString(salt), b64.EncodeToString(sum)), nil
}

// HashPassword makes the PHC string that store.SignUp takes, for accounts that are made without a form.
func HashPassword(ctx context.Context, password string) (string, error) {
	return newHasher().hash(ctx, password)
}

// check says whether password belongs to a PHC string. An empty one stands for an account that does not exist: the work is the same,
// so that the time tells nothing, and the answer is no.
func (h *hasher) check(ctx context.Context, password, phc string) (bool, error) {
	p, err := parsePHC(phc)
	if err != nil {
		return false, err
	}
	if err := h.enter(ctx); err != nil {
		return false, err
	}
	defer h.leave()
	sum := argon2.IDKey([]byte(password), p.salt, p.time, p.memory, p.threads, uint32(len(p.sum)))
	return subtle.ConstantTimeCompare(sum, p.sum) == 1 && phc != "", nil
}

type phcParts struct {
	memory, time uint32
	threads      uint8
	salt, sum    []byte
}

// parsePHC reads the form that hash writes, with bounds: a row in the database must not make us allocate gigabytes.
func parsePHC(phc string) (phcParts, error) {
	p := phcParts{memory: hashMemory, time: hashTime, threads: hashThreads, salt: make([]byte, saltBytes), sum: make([]byte, hashBytes)}
	if phc == "" {
		return p, nil
	}
	fields := strings.Split(phc, "$")
	bad := errors.New("web: a stored password hash cannot be read")
	if len(fields) != 6 || fields[0] != "" || fields[1] != "argon2id" || fields[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return p, bad
	}
	if n, err := fmt.Sscanf(fields[3], "m=%d,t=%d,p=%d", &p.memory, &p.time, &p.threads); err != nil || n != 3 {
		return p, bad
	}
	if fmt.Sprintf("m=%d,t=%d,p=%d", p.memory, p.time, p.threads) != fields[3] || p.memory > maxHashPower || p.time < 1 || p.time > 16 || p.threads < 1 {
		return p, bad
	}
	var errSalt, errSum error
	p.salt, errSalt = base64.RawStdEncoding.DecodeString(fields[4])
	p.sum, errSum = base64.RawStdEncoding.DecodeString(fields[5])
	if errSalt != nil || errSum != nil || len(p.salt) < 8 || len(p.sum) < 16 || len(p.sum) > 64 {
		return p, bad
	}
	return p, nil
}

// passwordError says why a new password is not taken, "" if it is. It is used exactly as typed: never cut, never trimmed.
func passwordError(password, email string) string {
	switch {
	case password == "":
		return page.PasswordMissing
	case len(password) > maxPassword:
		return page.PasswordLong
	case utf8.RuneCountInString(password) < minPassword:
		return page.PasswordShort
	case common(password, email):
		return page.PasswordCommon
	default:
		return ""
	}
}

// guessedFirst are what everybody tries first; digits and signs at the end of them help little.
var guessedFirst = []string{
	"password", "passwort", "qwerty", "qwertyui", "qwertyuiop", "qwertz", "qwertzui", "azertyui", "asdfghjk", "zxcvbnm", "letmein", "welcome",
	"iloveyou", "sunshine", "princess", "football", "baseball", "superman", "starwars", "trustno", "whatever", "dragon", "monkey", "master",
	"shadow", "michael", "jennifer", "charlie", "computer", "internet", "samsung", "changeme", "default", "administrator", "admin", "secret",
	"woaini", "aini", "mima", "doorbuster", "abcdefgh", "abcd", "abc", "test", "pass", "hello", "login", "guest",
}

// common says whether a password is among the first that anybody would guess.
func common(password, email string) bool {
	lower := strings.ToLower(password)
	local, _, _ := strings.Cut(email, "@")
	if lower == email || (len(local) >= 4 && lower == local) {
		return true
	}
	if strings.Trim(lower, lower[:1]) == "" || strings.Contains("01234567890123456789", lower) || strings.Contains("98765432109876543210", lower) {
		return true
	}
	stem := strings.TrimRightFunc(lower, func(c rune) bool { return !unicode.IsLetter(c) })
	for _, word := range guessedFirst {
		if stem == word || lower == word+word {
			return true
		}
	}
	return false
}
