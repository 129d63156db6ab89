package login

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

	"golang.org/x/crypto/argon2"

	"doorbuster/store"
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
	maxHashPower = 256 * 1024
)

// Hasher is the door to the hash function. Make one per process with NewHasher.
type Hasher struct {
	running chan struct{}
	waiting atomic.Int64
}

// NewHasher makes a Hasher that uses every core, and no more.
func NewHasher() *Hasher { return &Hasher{running: make(chan struct{}, runtime.GOMAXPROCS(0))} }

// enter takes a core. It fails with store.BusyError when too many wait.
func (h *Hasher) enter(ctx context.Context) error {
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

func (h *Hasher) leave() { <-h.running }

// Hash makes the PHC string of a password. It fails with store.BusyError when too many wait.
func (h *Hasher) Hash(ctx context.Context, password string) (string, error) {
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

// Hash is Hasher.Hash for accounts that are made without a form.
func Hash(ctx context.Context, password string) (string, error) {
	return NewHasher().Hash(ctx, password)
}

// Check says whether password belongs to a PHC string. An empty one stands for an account that does not exist: the work is the same,
// so that the time tells nothing, and the answer is no.
func (h *Hasher) Check(ctx context.Context, password, phc string) (bool, error) {
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

// parsePHC reads the form that Hash writes, with bounds: a row in the database must not make us allocate gigabytes.
func parsePHC(phc string) (phcParts, error) {
	p := phcParts{memory: hashMemory, time: hashTime, threads: hashThreads, salt: make([]byte, saltBytes), sum: make([]byte, hashBytes)}
	if phc == "" {
		return p, nil
	}
	fields := strings.Split(phc, "$")
	bad := errors.New("login: a stored password hash cannot be read")
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
