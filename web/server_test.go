package web

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"doorbuster/store"
	"doorbuster/store/storetest"
	"doorbuster/web/wire"
)

// fetch asks a handler.
func fetch(h http.Handler, path string) (int, string) {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
	return w.Code, w.Body.String()
}

func TestOps(t *testing.T) {
	s := newShop(t, func(c *Config) { c.Details = func() []string { return []string{"worker: elected by the database"} } })
	s.settle()
	ops := s.server.Ops()
	if code, body := fetch(ops, "/livez"); code != 200 || body != "ok\n" {
		t.Errorf("/livez: %d %q", code, body)
	}
	if code, body := fetch(ops, "/readyz"); code != 200 || body != "ready\nworker: elected by the database\n" {
		t.Errorf("/readyz: %d %q", code, body)
	}
	s.get("/en/")
	if code, body := fetch(ops, "/metrics"); code != 200 || !strings.Contains(body, `doorbuster_http_requests_total{class="2xx",route="GET /"} 1`) {
		t.Errorf("/metrics: %d\n%s", code, body)
	}
	if code, body := fetch(ops, "/debug/pprof/"); code != 200 || !strings.Contains(body, "goroutine") {
		t.Errorf("/debug/pprof/: %d", code)
	}
	s.server.draining.Store(true)
	if code, body := fetch(ops, "/readyz"); code != 503 || !strings.HasPrefix(body, "not ready: stopping\n") {
		t.Errorf("/readyz while stopping: %d %q", code, body)
	}
	if code, _ := fetch(ops, "/livez"); code != 200 {
		t.Errorf("/livez while stopping: %d", code)
	}
}

func TestReadyWithoutDatabase(t *testing.T) {
	st, err := store.Open(t.Context(), store.Config{WebDSN: "doorbuster_web:x@tcp(127.0.0.1:1)/none"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := st.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	server, err := New(testConfig(st))
	if err != nil {
		t.Fatal(err)
	}
	if code, body := fetch(server.Ops(), "/readyz"); code != 503 || !strings.HasPrefix(body, "not ready: the database") {
		t.Errorf("/readyz: %d %q", code, body)
	}
	if code, _ := fetch(server.Ops(), "/livez"); code != 200 {
		t.Errorf("/livez: %d", code)
	}
}

// Stopping: readiness turns red first and passes are no longer given, but the listener still takes what balancers send; a request
// under way gets its answer; then nothing listens any more.
func TestGracefulStop(t *testing.T) {
	s := newShop(t)
	_, items := storetest.Sale(t, s.store, store.NewItem{Units: 5})
	s.settle()
	_, ann := s.shopper("ann")
	s.stop()
	s.server.draining.Store(false)
	s.server.cfg.DrainDelay = 300 * time.Millisecond

	var config net.ListenConfig
	shop, err := config.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ops, err := config.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.addr = shop.Addr().String()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.server.Run(ctx, shop, ops) }()
	ready := func() int { return s.ready(ops.Addr().String()) }
	if ready() != 200 {
		t.Fatal("not ready")
	}
	slow, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", s.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = slow.Close() }()
	head := fmt.Sprintf("POST %s/orders HTTP/1.1\r\nHost: x\r\nCookie: %s\r\nContent-Type: %s\r\nContent-Length: 7\r\n\r\n", itemURL("en", items[0]), ann, wire.Form)
	if _, err := io.WriteString(slow, head+"uni"); err != nil {
		t.Fatal(err)
	}

	cancel()
	s.eventually("readiness turns red", func() bool { return ready() == 503 })
	if a := s.get("/en/"); a.status != 200 {
		t.Errorf("a page while draining: %d", a.status)
	}
	if a := s.json0(fmt.Sprintf("/items/%d/pass", items[0]), ann); a.status != 503 {
		t.Errorf("a pass while draining: %d", a.status)
	}
	s.client.CloseIdleConnections()
	if _, err := io.WriteString(slow, "ts=1"); err != nil {
		t.Fatal(err)
	}
	answer, err := io.ReadAll(slow)
	if err != nil || !strings.HasPrefix(string(answer), "HTTP/1.1 303 ") {
		t.Errorf("the request under way: %v, %.100q", err, answer)
	}
	if err := <-ended; err != nil {
		t.Errorf("Run: %v", err)
	}
	if conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", s.addr); err == nil {
		_ = conn.Close()
		t.Error("somebody still listens")
	}
}

// ready asks a listener of operators for its readiness; 0: no answer.
func (s *shop) ready(addr string) int {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), get, "http://"+addr+"/readyz", nil)
	if err != nil {
		s.t.Fatal(err)
	}
	res, err := s.client.Do(r)
	if err != nil {
		return 0
	}
	_, _ = io.Copy(io.Discard, res.Body)
	_ = res.Body.Close()
	return res.StatusCode
}

// A listener that breaks ends the server with its error.
func TestBrokenListener(t *testing.T) {
	s := newShop(t)
	broken := errors.New("no more connections")
	if err := s.server.Run(t.Context(), failing{err: broken}, nil); !errors.Is(err, broken) {
		t.Errorf("Run: %v", err)
	}
}

type failing struct{ err error }

func (f failing) Accept() (net.Conn, error) { return nil, f.err }
func (failing) Close() error                { return nil }
func (failing) Addr() net.Addr              { return &net.TCPAddr{} }

func TestConfig(t *testing.T) {
	s := newShop(t)
	good := testConfig(s.store)
	if _, err := New(good); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*Config){
		"no store":            func(c *Config) { c.Store = nil },
		"no payment desk":     func(c *Config) { c.Payment = nil },
		"no name":             func(c *Config) { c.ShopName = "" },
		"no address":          func(c *Config) { c.PublicURL = "" },
		"address with a path": func(c *Config) { c.PublicURL = "https://shop.example/shop" },
		"address of a file":   func(c *Config) { c.PublicURL = "file://shop" },
		"no session key":      func(c *Config) { c.SessionKeys = nil },
		"a short session key": func(c *Config) { c.SessionKeys = Keys{[]byte("short")} },
		"a long session key":  func(c *Config) { c.SessionKeys = Keys{make([]byte, 33)} },
		"no pass key":         func(c *Config) { c.PassKeys = nil },
		"a short old key":     func(c *Config) { c.PassKeys = Keys{testKey('a'), {1}} },
		"three link secrets":  func(c *Config) { c.LinkSecrets = Keys{testKey('a'), testKey('b'), testKey('c')} },
		"header from nobody":  func(c *Config) { c.ProxyHeader = "X-Real-IP" },
	} {
		c := good
		change(&c)
		if _, err := New(c); err == nil {
			t.Errorf("%s: taken", name)
		} else if !strings.HasPrefix(err.Error(), "web: ") {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, text := range []string{fmt.Sprint(good), fmt.Sprintf("%+v", good), fmt.Sprintf("%#v", good.PassKeys), fmt.Sprint(good.LinkSecrets)} {
		if strings.Contains(text, "115 115") || strings.Contains(text, "ssss") || strings.Contains(text, "0x70") {
			t.Errorf("a key is printed: %s", text)
		}
	}
}

// The address that limits count by: a proxy's word counts only if the proxy is ours; an IPv6 household is one caller.
func TestAddressKey(t *testing.T) {
	s := newShop(t)
	proxies := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")}
	for _, c := range []struct {
		name, peer, header, value string
		proxies                   []netip.Prefix
		proxyHeader               string
		want                      string
	}{
		{name: "direct", peer: "198.51.100.1:4", want: "198.51.100.1"},
		{name: "direct with a lie", peer: "198.51.100.1:4", header: "X-Forwarded-For", value: "203.0.113.9", want: "198.51.100.1"},
		{name: "an IPv6 household", peer: "[2001:db8:1:2:3:4:5:6]:4", want: "2001:db8:1:2::"},
		{name: "IPv4 in IPv6", peer: "[::ffff:198.51.100.1]:4", want: "198.51.100.1"},
		{name: "by proxy", peer: "10.0.0.1:4", header: "X-Forwarded-For", value: "203.0.113.9", proxies: proxies, want: "203.0.113.9"},
		{name: "by proxy, with a lie before", peer: "10.0.0.1:4", header: "X-Forwarded-For", value: "192.0.2.1, 203.0.113.9, 10.0.0.2", proxies: proxies, want: "203.0.113.9"},
		{name: "past the proxy", peer: "198.51.100.1:4", header: "X-Forwarded-For", value: "203.0.113.9", proxies: proxies, want: "198.51.100.1"},
		{name: "garbage by proxy", peer: "10.0.0.1:4", header: "X-Forwarded-For", value: "203.0.113.9, nonsense", proxies: proxies, want: "invalid IP"},
		{name: "own header", peer: "10.0.0.1:4", header: "X-Real-Ip", value: "203.0.113.9", proxies: proxies, proxyHeader: "X-Real-IP", want: "203.0.113.9"},
		{name: "own header past the proxy", peer: "198.51.100.1:4", header: "X-Real-Ip", value: "203.0.113.9", proxies: proxies, proxyHeader: "X-Real-IP", want: "198.51.100.1"},
	} {
		cfg := testConfig(s.store)
		cfg.TrustedProxies, cfg.ProxyHeader = c.proxies, c.proxyHeader
		server, err := New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		r := httptest.NewRequest(get, "/", nil)
		r.RemoteAddr = c.peer
		if c.header != "" {
			r.Header.Set(c.header, c.value)
		}
		var got netip.Addr
		handler := server.proxies.Known(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got, _ = server.addressKey(r) }))
		handler.ServeHTTP(httptest.NewRecorder(), r)
		if got.String() != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}
