package rush

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

// maxBody bounds what is read of one answer. A page is far smaller; more than this is no answer of a shop.
const maxBody = 256 << 10

// client speaks HTTP/1.1 with the shop over a bounded number of kept connections. Who finds none free waits in line
// here, where the wait can be measured, and not somewhere inside the transport.
type client struct {
	base   string // scheme, host and path prefix
	target *url.URL
	http   *http.Client
	dialer net.Dialer
	slots  chan struct{}
	limit  time.Duration // an answer that takes longer is given up
	bodies sync.Pool
}

// request is one thing to ask for.
type request struct {
	method, path string
	accept       string
	ctype, body  string
	cookie       []string
}

// timing is when a request was due, went out, and was answered, since the start of the rush.
type timing struct{ due, sent, got time.Duration }

// reply is what came back. body is only good inside the callback of do.
type reply struct {
	status int
	header http.Header
	body   []byte
	err    error
	unsent bool // nothing can have reached the shop
}

func newClient(base string, connections int, within time.Duration) *client {
	c := &client{
		base:   base,
		slots:  make(chan struct{}, connections),
		dialer: net.Dialer{Timeout: 5 * time.Second, KeepAlive: -1},
		// Past the time in which an answer is fair we still listen a while: a late answer tells more than none.
		limit: max(2*within, within+time.Second),
	}
	c.target, _ = url.Parse(base) // was checked
	c.bodies.New = func() any { return new(bytes.Buffer) }
	c.http = &http.Client{
		Transport: &http.Transport{
			DialContext:         c.dialer.DialContext,
			MaxIdleConns:        connections,
			MaxIdleConnsPerHost: connections,
			IdleConnTimeout:     time.Minute,
			DisableCompression:  true,
			TLSHandshakeTimeout: 5 * time.Second,
			TLSNextProto:        map[string]func(string, *tls.Conn) http.RoundTripper{}, // HTTP/1.1 only
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return c
}

func (c *client) close() { c.http.CloseIdleConnections() }

// acquire takes a place among the connections. It says false when ctx ended first.
func (c *client) acquire(ctx context.Context) bool {
	select {
	case c.slots <- struct{}{}:
		return true
	case <-ctx.Done():
		return false
	}
}

func (c *client) release() { <-c.slots }

// do sends one request and hands the answer to read while the body is at hand. sending is called at the moment the
// request goes out. The caller must hold a place from acquire.
func (c *client) do(ctx context.Context, r *request, read func(*reply)) {
	ctx, stop := context.WithTimeout(ctx, c.limit)
	defer stop()
	var rep reply
	req, err := c.build(ctx, r)
	if err != nil {
		rep.err, rep.unsent = err, true
		read(&rep)
		return
	}
	res, err := c.http.Do(req)
	if err != nil {
		rep.err, rep.unsent = err, neverSent(err)
		read(&rep)
		return
	}
	defer func() { _ = res.Body.Close() }() // the answer was read or is lost, closing changes neither
	buf := c.bodies.Get().(*bytes.Buffer)
	defer c.bodies.Put(buf)
	buf.Reset()
	n, err := buf.ReadFrom(io.LimitReader(res.Body, maxBody+1))
	switch {
	case err != nil:
		rep.err = fmt.Errorf("answer cut off: %w", err)
	case n > maxBody:
		rep.err = fmt.Errorf("answer is longer than %d bytes", maxBody)
	default:
		rep.status, rep.header, rep.body = res.StatusCode, res.Header, buf.Bytes()
	}
	read(&rep)
}

// build makes the request. One header value is shared by all requests of a shopper; the transport never changes it.
func (c *client) build(ctx context.Context, r *request) (*http.Request, error) {
	var body io.Reader
	if r.body != "" {
		body = strings.NewReader(r.body)
	}
	req, err := http.NewRequestWithContext(ctx, r.method, c.base+r.path, body)
	if err != nil {
		return nil, fmt.Errorf("rush: %w", err)
	}
	req.Header = http.Header{"Accept": acceptHeader(r.accept), "User-Agent": userAgent}
	if r.cookie != nil {
		req.Header["Cookie"] = r.cookie
	}
	if r.ctype != "" {
		req.Header["Content-Type"] = []string{r.ctype}
	}
	return req, nil
}

const (
	wantJSON = "application/json"
	wantPage = "text/html"
)

var (
	userAgent  = []string{"doorbuster-rush"}
	acceptJSON = []string{wantJSON}
	acceptPage = []string{wantPage}
)

func acceptHeader(a string) []string {
	if a == wantPage {
		return acceptPage
	}
	return acceptJSON
}

// neverSent says whether an error proves that the shop cannot have seen the request. Only a failed dial does: once a
// connection stood, a reset may come before or after the order was placed.
func neverSent(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "dial"
}

// sendAndCut writes a request on a connection of its own and closes that at once, as a shopper does who shuts the tab.
// It says whether the whole request went out.
func (c *client) sendAndCut(ctx context.Context, r *request) error {
	ctx, stop := context.WithTimeout(ctx, c.limit)
	defer stop()
	req, err := c.build(ctx, r)
	if err != nil {
		return err
	}
	req.Close = true
	conn, err := c.dial(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }() // cutting is the point
	if d, ok := ctx.Deadline(); ok {
		if err := conn.SetDeadline(d); err != nil {
			return fmt.Errorf("rush: %w", err)
		}
	}
	if err := req.Write(conn); err != nil {
		return fmt.Errorf("rush: %w", err)
	}
	return nil
}

func (c *client) dial(ctx context.Context) (net.Conn, error) {
	port := c.target.Port()
	if c.target.Scheme == "https" {
		if port == "" {
			port = "443"
		}
		d := tls.Dialer{NetDialer: &c.dialer}
		conn, err := d.DialContext(ctx, "tcp", net.JoinHostPort(c.target.Hostname(), port))
		if err != nil {
			return nil, fmt.Errorf("rush: %w", err)
		}
		return conn, nil
	}
	if port == "" {
		port = "80"
	}
	conn, err := c.dialer.DialContext(ctx, "tcp", net.JoinHostPort(c.target.Hostname(), port))
	if err != nil {
		return nil, fmt.Errorf("rush: %w", err)
	}
	return conn, nil
}
