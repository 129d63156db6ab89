package admin

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"doorbuster/store"
	"doorbuster/store/storetest"
	"doorbuster/web/login"
	"doorbuster/web/wire"
	"doorbuster/webhook"
)

func TestMain(m *testing.M) { storetest.Main(m) }

// console is a real one on a real database, for one test.
type console struct {
	t      *testing.T
	db     *storetest.Database
	root   *sql.DB
	store  *store.Store
	server *Server
	addr   string
	log    *lockedBuffer
}

// lockedBuffer is a log that can be read while it is written.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// letters writes the words of mails for the tests.
type letters struct{}

func (letters) Words(m store.DueMail) (subject, text string, err error) {
	return "About your " + m.ItemTitle, "Dear " + m.Name + ",\nthis is a letter of kind " + m.Kind, nil
}

func testKeys() wire.Keys {
	return wire.Keys{bytes.Repeat([]byte{'k'}, 32), bytes.Repeat([]byte{'K'}, 32)}
}

func newConsole(t *testing.T, change ...func(*Config)) *console {
	t.Helper()
	return newConsoleOn(t, storetest.New(t), change...)
}

func newConsoleOn(t *testing.T, db *storetest.Database, change ...func(*Config)) *console {
	t.Helper()
	c := &console{t: t, db: db, root: db.Root(t), log: &lockedBuffer{}}
	c.store = db.Open(t)
	cfg := Config{
		Store: c.store, PublicURL: "http://console.example", ShopName: "Door", Keys: testKeys(), Letters: letters{}, Webhooks: webhook.Desk{}, Tries: 1000,
		Log: slog.New(slog.NewJSONHandler(c.log, nil)),
	}
	for _, change := range change {
		change(&cfg)
	}
	var err error
	if c.server, err = New(cfg); err != nil {
		t.Fatal(err)
	}
	c.listen()
	return c
}

// listen runs the server as the program does.
func (c *console) listen() {
	l, err := (&net.ListenConfig{}).Listen(c.t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		c.t.Fatal(err)
	}
	c.addr = l.Addr().String()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- c.server.Run(ctx, l) }()
	c.t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			c.t.Errorf("the console ended with: %v", err)
		}
	})
}

// answered is what came back, read to its end.
type answered struct {
	status int
	header http.Header
	body   string
}

// outcome is the word of a notice, "" on other pages.
func (a answered) outcome() string {
	_, rest, ok := strings.Cut(a.body, `data-outcome="`)
	if !ok {
		return ""
	}
	word, _, _ := strings.Cut(rest, `"`)
	return word
}

// browser is one with a cookie of the console.
type browser struct {
	*console
	cookie string // name=value
}

func (c *console) browser() *browser { return &browser{console: c} }

// do sends a request and keeps the cookie that comes back. header are pairs of name and value.
func (b *browser) do(method, path, body string, header ...string) answered {
	b.t.Helper()
	ctx, stop := context.WithTimeout(b.t.Context(), 20*time.Second)
	defer stop()
	r, err := http.NewRequestWithContext(ctx, method, "http://"+b.addr+path, strings.NewReader(body))
	if err != nil {
		b.t.Fatal(err)
	}
	if b.cookie != "" {
		r.Header.Set("Cookie", b.cookie)
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	client := &http.Client{
		Transport:     &http.Transport{DisableCompression: true, DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	res, err := client.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	text, err := io.ReadAll(res.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	if err := res.Body.Close(); err != nil {
		b.t.Fatal(err)
	}
	for _, set := range res.Cookies() {
		b.cookie = set.Name + "=" + set.Value
		if set.MaxAge < 0 {
			b.cookie = ""
		}
	}
	return answered{status: res.StatusCode, header: res.Header, body: string(text)}
}

func (b *browser) get(path string) answered {
	b.t.Helper()
	return b.do(get, path, "")
}

// form posts a form as a browser would.
func (b *browser) form(path, body string) answered {
	b.t.Helper()
	return b.do(post, path, body, "Content-Type", wire.Form)
}

// member is somebody of staff, with what opens the console.
type member struct {
	id     uint64
	email  string
	secret string // of the second factor
	steps  int    // codes used so far
}

const password = "three small boats"

// phc is the hash of password, made once: it takes a while.
var phc = sync.OnceValue(func() string {
	text, err := login.Hash(context.Background(), password)
	if err != nil {
		panic(err)
	}
	return text
})

// invite makes a member who has a password and no second factor yet.
func (c *console) invite(name string, role store.Role, shop uint64) *member {
	c.t.Helper()
	ctx := c.t.Context()
	m := &member{email: name + "@example.com"}
	_, hash := NewInvitation()
	if i, err := c.store.InviteStaff(ctx, store.Operator("test"), store.Invitation{ShopID: shop, Email: m.email, Name: name, Role: role}, hash, time.Hour); err != nil || i.Outcome != store.Invited {
		c.t.Fatalf("invite %s: %+v, %v", name, i, err)
	}
	joined, err := c.store.AcceptInvitation(ctx, hash, phc())
	if err != nil || joined.StaffID == nil {
		c.t.Fatalf("join %s: %+v, %v", name, joined, err)
	}
	m.id = *joined.StaffID
	return m
}

// member makes a member with a second factor.
func (c *console) member(name string, role store.Role, shop uint64) *member {
	c.t.Helper()
	m := c.invite(name, role, shop)
	m.secret = NewSecret()
	if e, err := c.server.cfg.Enrol(c.t.Context(), m.id, m.secret); err != nil || e.Outcome != store.Enrolled {
		c.t.Fatalf("enrol %s: %+v, %v", name, e, err)
	}
	return m
}

// code is a code of the member's app that was not used yet. There are two: of this half minute and of the next. That of the half minute before counts
// too, but not any more when the half minute ends on the way to the server.
func (m *member) code(t *testing.T) string {
	t.Helper()
	m.steps++
	if m.steps > 2 {
		t.Fatal("the test needs more codes than count at one time")
	}
	text, err := Code(m.secret, time.Now().Add(time.Duration(m.steps-1)*totpPeriod*time.Second))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// session puts a member's session into the database, as signing in does, without its two steps.
func (c *console) session(m *member, st stage) *browser {
	c.t.Helper()
	token := fmt.Sprintf("token-of-%s-%d-%d", m.email, st, time.Now().UnixNano())
	now, err := c.store.StaffMember(c.t.Context(), m.id)
	if err != nil && !errors.Is(err, store.ErrNotFound) { // who is disabled may have kept a session
		c.t.Fatal(err)
	}
	data, err := c.server.sessions.Codec.Encode(time.Now().Add(time.Hour), map[string]any{
		keyStaff: int64(m.id), keyStage: int(st), keySince: time.Now().Add(time.Second).UnixMicro(), keyFrom: now.SessionsFrom.UnixMicro(),
	})
	if err != nil {
		c.t.Fatal(err)
	}
	if err := c.store.KeepStaffSession(c.t.Context(), sha256.Sum256([]byte(token)), data, time.Hour); err != nil {
		c.t.Fatal(err)
	}
	return &browser{console: c, cookie: c.server.sessions.Cookie.Name + "=" + token}
}

// exec changes the database by hand.
func (c *console) exec(statement string, args ...any) {
	c.t.Helper()
	if _, err := c.root.ExecContext(c.t.Context(), statement, args...); err != nil {
		c.t.Fatal(err)
	}
}

// count asks the database by hand.
func (c *console) count(query string, args ...any) (n int) {
	c.t.Helper()
	if err := c.root.QueryRowContext(c.t.Context(), query, args...).Scan(&n); err != nil {
		c.t.Fatal(err)
	}
	return n
}

// text reads one text.
func (c *console) text(query string, args ...any) (text string) {
	c.t.Helper()
	if err := c.root.QueryRowContext(c.t.Context(), query, args...).Scan(&text); err != nil {
		c.t.Fatal(err)
	}
	return text
}

// eventually waits for something that has no event of its own.
func (c *console) eventually(what string, is func() bool) {
	c.t.Helper()
	storetest.Eventually(c.t, what, is)
}
