package web

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"

	"doorbuster/store"
	"doorbuster/store/storetest"
	"doorbuster/web/wire"
)

func TestMain(m *testing.M) {
	storetest.Main(m)
}

// shop is a real shop on a real database, for one test.
type shop struct {
	t      *testing.T
	db     *storetest.Database
	store  *store.Store
	server *Server
	addr   string // of the listener
	stop   func() // ends the server and waits for it
	client *http.Client
	log    *lockedBuffer
	reg    *prometheus.Registry
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

func testKey(b byte) []byte { return bytes.Repeat([]byte{b}, 32) }

// testConfig is a shop without limits that would disturb a test.
func testConfig(s *store.Store) Config {
	return Config{
		Store: s, PublicURL: "http://shop.example", ShopName: "Door", Payment: testDesk(s),
		SessionKeys: Keys{testKey('s'), testKey('S')}, PassKeys: Keys{testKey('p'), testKey('P')}, LinkSecrets: Keys{testKey('l'), testKey('L')},
		Images: fstest.MapFS{
			"boots.svg":     {Data: []byte(`<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`)},
			"notes.txt":     {Data: []byte("not a picture")},
			"sub/shoes.png": {Data: []byte("\x89PNG")},
		},
		Limits:     Limits{ExemptLoopback: true, ShopperPerSecond: 1000, ShopperBurst: 1000},
		DrainDelay: -1,
	}
}

func newShop(t *testing.T, change ...func(*Config)) *shop {
	t.Helper()
	return newShopOn(t, storetest.New(t), change...)
}

func newShopOn(t *testing.T, db *storetest.Database, change ...func(*Config)) *shop {
	t.Helper()
	s := &shop{t: t, db: db, log: &lockedBuffer{}, reg: prometheus.NewRegistry()}
	s.store = db.Open(t, func(c *store.Config) { c.PollEvery = 20 * time.Millisecond })
	s.serve(change...)
	return s
}

// serve starts a server on the shop's store, in the place of the one before.
func (s *shop) serve(change ...func(*Config)) {
	s.t.Helper()
	cfg := testConfig(s.store)
	cfg.Log = slog.New(slog.NewJSONHandler(s.log, nil))
	cfg.Registerer, cfg.Gatherer = s.reg, s.reg
	for _, c := range change {
		c(&cfg)
	}
	server, err := New(cfg)
	if err != nil {
		s.t.Fatal(err)
	}
	if s.stop != nil {
		s.stop()
	}
	s.server = server
	s.listen()
}

// listen runs the server as the program does.
func (s *shop) listen() {
	s.t.Helper()
	l, err := (&net.ListenConfig{}).Listen(s.t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		s.t.Fatal(err)
	}
	s.addr = l.Addr().String()
	transport := &http.Transport{DisableCompression: true}
	s.client = &http.Client{
		Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.server.Run(ctx, l, nil) }()
	s.stop = sync.OnceFunc(func() {
		cancel()
		transport.CloseIdleConnections()
		if err := <-ended; err != nil {
			s.t.Errorf("the server ended with: %v", err)
		}
	})
	s.t.Cleanup(s.stop)
}

// turn turns a switch as an operator does.
func (s *shop) turn(to store.SwitchTurn) (store.Outcome, error) {
	change, err := s.store.SetSwitch(s.t.Context(), store.Operator("test"), to, "test")
	return change.Outcome, err
}

// shopper makes a shopper and returns the cookie of a session.
func (s *shop) shopper(name string) (user uint64, cookie string) {
	s.t.Helper()
	u, err := s.store.SignInByLink(s.t.Context(), name, name+"@example.com", name, "en")
	if err != nil {
		s.t.Fatal(err)
	}
	return *u.UserID, s.session(session{user: *u.UserID, issued: s.store.Now(), name: name})
}

func (s *shop) session(v session) string {
	return s.server.sessionCookie() + "=" + s.server.sessions.seal(v)
}

// answered is what came back, read to its end.
type answered struct {
	status int
	header http.Header
	body   string
}

// do sends a request. header are pairs of name and value.
func (s *shop) do(method, path, body string, header ...string) answered {
	s.t.Helper()
	ctx, stop := context.WithTimeout(s.t.Context(), 20*time.Second)
	defer stop()
	r, err := http.NewRequestWithContext(ctx, method, "http://"+s.addr+path, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Add(header[i], header[i+1])
	}
	res, err := s.client.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	text, err := io.ReadAll(res.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	if err := res.Body.Close(); err != nil {
		s.t.Fatal(err)
	}
	return answered{status: res.StatusCode, header: res.Header, body: string(text)}
}

func (s *shop) get(path string, header ...string) answered {
	s.t.Helper()
	return s.do(get, path, "", header...)
}

// json posts JSON as a program would.
func (s *shop) json(path, body, cookie string) answered {
	s.t.Helper()
	return s.do(post, path, body, "Content-Type", "application/json", "Accept", "application/json", "Cookie", cookie)
}

// form posts a form as a browser would.
func (s *shop) form(path, body, cookie string, header ...string) answered {
	s.t.Helper()
	return s.do(post, path, body, append([]string{"Content-Type", wire.Form, "Accept", "text/html", "Cookie", cookie}, header...)...)
}

// settle waits until store.Live was read after now: what was changed is known.
func (s *shop) settle() {
	s.t.Helper()
	began := time.Now()
	s.eventually("store.Live is read", func() bool { return s.store.Live().ReadAt.After(began) })
}

// eventually waits for something that has no event of its own.
func (s *shop) eventually(what string, done func() bool) {
	s.t.Helper()
	storetest.Eventually(s.t, what, done)
}

// exec runs a statement as root: for what no account may do, such as turning back clocks.
func (s *shop) exec(query string, args ...any) {
	s.t.Helper()
	if _, err := s.db.Root(s.t).ExecContext(s.t.Context(), query, args...); err != nil {
		s.t.Fatal(err)
	}
}

// counted reads a counter by the values of its labels.
func (s *shop) counted(name string, labels ...string) float64 {
	s.t.Helper()
	return s.metric(name, labels...).GetCounter().GetValue()
}

// metric is one metric by its name and the values of its labels, in the order of their names.
func (s *shop) metric(name string, labels ...string) *dto.Metric {
	s.t.Helper()
	families, err := s.reg.Gather()
	if err != nil {
		s.t.Fatal(err)
	}
	for _, family := range families {
		for _, m := range family.GetMetric() {
			same := slices.EqualFunc(m.GetLabel(), labels, func(l *dto.LabelPair, value string) bool { return l.GetValue() == value })
			if family.GetName() == name && same {
				return m
			}
		}
	}
	return nil
}
