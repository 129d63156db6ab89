package web

import (
	"crypto/cipher"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"doorbuster/web/page"
)

// session says who is signed in. It travels in a sealed cookie and is checked without asking anybody: the seal, the age, and the
// list of sign-outs that is read once a second.
type session struct {
	user   uint64    // 0: nobody
	issued time.Time // on the database's clock
	name   string    // for the frame of pages, clipped
}

const (
	sessionLife = 30 * 24 * time.Hour
	nameBytes   = 60 // of the name that are kept
	sealVersion = 1
)

// sealPurpose keeps a sealed session from being taken for anything else that is ever sealed with the same key.
var sealPurpose = []byte("doorbuster session")

// strict refuses the spare bits at the end of base64: one token, one spelling.
var strict = base64.RawURLEncoding.Strict()

// sealer makes and opens session cookies: AES-256-GCM with random nonces, because nearly every answer begins with opening one and processors do
// AES. Rotate the key long before four billion sign-ins (wire.Keys.Seals says why).
type sealer struct{ keys []cipher.AEAD }

func newSealer(keys Keys) (sealer, error) {
	seals, err := keys.Seals()
	if err != nil {
		return sealer{}, fmt.Errorf("web: session key: %w", err)
	}
	return sealer{seals}, nil
}

// seal writes a session with the newest key.
func (s sealer) seal(v session) string {
	plain := make([]byte, 0, 17+nameBytes)
	plain = append(plain, sealVersion)
	plain = binary.BigEndian.AppendUint64(plain, v.user)
	plain = binary.BigEndian.AppendUint64(plain, uint64(v.issued.UnixMicro()))
	plain = append(plain, clipName(v.name)...)
	return strict.EncodeToString(s.keys[0].Seal(nil, nil, plain, sealPurpose))
}

// maxSeal is more than a sealed session takes as text.
const maxSeal = 512

// sealSpace is room to open a session in: its text, the decoded box, the plain bytes.
var sealSpace = sync.Pool{New: func() any { return new([3 * maxSeal]byte) }}

// open reads a session. False: not ours, changed, or too old at now.
func (s sealer) open(text string, now time.Time) (session, bool) {
	if len(text) > maxSeal {
		return session{}, false
	}
	space := sealSpace.Get().(*[3 * maxSeal]byte)
	defer sealSpace.Put(space)
	box, err := strict.AppendDecode(space[maxSeal:maxSeal], append(space[:0], text...))
	if err != nil {
		return session{}, false
	}
	for _, aead := range s.keys {
		plain, err := aead.Open(space[2*maxSeal:2*maxSeal], nil, box, sealPurpose)
		if err != nil {
			continue
		}
		if len(plain) < 17 || plain[0] != sealVersion {
			return session{}, false
		}
		v := session{
			user:   binary.BigEndian.Uint64(plain[1:]),
			issued: time.UnixMicro(int64(binary.BigEndian.Uint64(plain[9:]))).UTC(),
			name:   string(plain[17:]),
		}
		return v, v.user != 0 && now.Before(v.issued.Add(sessionLife))
	}
	return session{}, false
}

// clipName cuts a name at the end of a character.
func clipName(name string) string {
	if len(name) <= nameBytes {
		return name
	}
	end := nameBytes
	for end > 0 && !utf8.RuneStart(name[end]) {
		end--
	}
	return name[:end]
}

func (s *Server) sessionCookie() string {
	if s.secure {
		return "__Host-db_session"
	}
	return "db_session"
}

// setCookie sets a cookie of ours; maxAge is in seconds, negative deletes it.
func (s *Server) setCookie(a *reply, name, value string, maxAge int) {
	http.SetCookie(a, &http.Cookie{
		Name: name, Value: value, Path: "/", MaxAge: maxAge, HttpOnly: true, Secure: s.secure, SameSite: http.SameSiteLaxMode,
	})
}

// startSession signs a shopper in. Each sign-in gets a new cookie, so nobody can plant one beforehand.
func (s *Server) startSession(a *reply, user uint64, name string) {
	a.who = session{user: user, issued: s.store.Now(), name: name}
	s.setCookie(a, s.sessionCookie(), s.sessions.seal(a.who), int(sessionLife/time.Second))
}

// readSession finds out who asks. The zero session: nobody that we know.
func (s *Server) readSession(a *reply, r *http.Request) session {
	a.who = s.sessionOf(r)
	return a.who
}

// sessionOf is readSession for what has no reply of its own.
func (s *Server) sessionOf(r *http.Request) session {
	v, ok := s.sessions.open(cookieOf(r, s.sessionCookie()), s.store.Now())
	if !ok {
		return session{}
	}
	if from, out := s.store.Live().SignedOut[v.user]; out && v.issued.Before(from) {
		return session{}
	}
	return v
}

// cookieOf is the value of a cookie of ours, "" if there is none. Ours need no quotes; net/http, which takes them too, makes a copy of each
// cookie that is sent.
func cookieOf(r *http.Request, name string) string {
	for _, line := range r.Header["Cookie"] {
		for pair := range strings.SplitSeq(line, ";") {
			if key, value, ok := strings.Cut(strings.TrimLeft(pair, " "), "="); ok && key == name {
				return value
			}
		}
	}
	return ""
}

// mustSession is readSession for what needs a shopper: without one they are sent to sign in and come back to path (without the
// language).
func (s *Server) mustSession(a *reply, r *http.Request, path string) (session, error) {
	v := s.readSession(a, r)
	if v.user == 0 {
		refusal := refused(page.SignInNeeded)
		if !a.json {
			refusal.SignIn = "/" + string(a.language(r)) + path
		}
		return v, refusal
	}
	return v, nil
}
