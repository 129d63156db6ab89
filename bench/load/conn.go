package load

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

const (
	dialTimeout = 5 * time.Second
	deadline    = 30 * time.Second // for one request and its answer
	// deadlineSlack is how much longer the deadline is set at first, so that it need not be moved with every request.
	deadlineSlack = time.Second
)

// ErrClosed is the error of Do on a connection that broke or that the server closed after its last answer.
var ErrClosed = errors.New("connection is closed")

var (
	errCut        = errors.New("the run was cut short")
	errUnexpected = errors.New("the server sent something without being asked")
)

// Conn is a kept HTTP/1.1 connection that makes no garbage per request: net/http's client costs more than the server under
// test. One goroutine at a time may use it.
type Conn struct {
	network, address string
	in               *bufio.Reader
	body             []byte
	until            time.Time // the deadline that conn has now

	mu   sync.Mutex // abort comes from another goroutine
	conn net.Conn   // nil: broken or closed. Only the user of the Conn changes it

	aborted atomic.Bool
}

// Dial connects to a server: network "tcp" or "unix". It gives up after 5 s.
func Dial(ctx context.Context, network, address string) (*Conn, error) {
	c := &Conn{network: network, address: address, in: bufio.NewReaderSize(nil, 16<<10), body: make([]byte, 0, 4<<10)}
	if err := c.dial(ctx); err != nil {
		return nil, err
	}
	return c, nil
}

// DialAll dials n connections, one after the other: all at once would overflow the server's queue of new connections.
// Either all succeed or none is left open.
func DialAll(ctx context.Context, network, address string, n int) ([]*Conn, error) {
	conns := make([]*Conn, 0, n)
	for range n {
		c, err := Dial(ctx, network, address)
		if err != nil {
			CloseAll(conns)
			return nil, err
		}
		conns = append(conns, c)
	}
	return conns, nil
}

// CloseAll closes them.
func CloseAll(conns []*Conn) {
	for _, c := range conns {
		c.Close()
	}
}

// Close closes the connection. It may be called twice.
func (c *Conn) Close() {
	if old := c.swap(nil); old != nil {
		_ = old.Close() // every answer was read or is lost; closing changes neither
	}
}

// dial connects again after Close.
func (c *Conn) dial(ctx context.Context) error {
	d := net.Dialer{Timeout: dialTimeout, KeepAlive: -1}
	conn, err := d.DialContext(ctx, c.network, c.address)
	if err != nil {
		return fmt.Errorf("load: %w", err)
	}
	c.in.Reset(conn)
	c.until = time.Time{}
	c.swap(conn)
	return nil
}

func (c *Conn) swap(conn net.Conn) (old net.Conn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	old, c.conn = c.conn, conn
	return old
}

// Do sends a request as it stands and reads the answer. body is good until the next Do. It understands answers with
// Content-Length, chunked, without a body (204, 304, to HEAD), and such that end with the connection; it skips 1xx.
// After an error the connection is closed, also where the server announced to close it; the next Do then says ErrClosed.
func (c *Conn) Do(request []byte) (status int, body []byte, err error) {
	if c.conn == nil {
		return 0, nil, ErrClosed
	}
	h, err := c.exchange(request)
	if err != nil {
		c.Close()
		return 0, nil, fmt.Errorf("load: %w", err)
	}
	if h.closing {
		c.Close()
	}
	return h.status, c.body, nil
}

func (c *Conn) exchange(request []byte) (head, error) {
	if c.in.Buffered() > 0 {
		return head{}, errUnexpected
	}
	if err := c.moveDeadline(); err != nil {
		return head{}, err
	}
	if _, err := c.conn.Write(request); err != nil {
		return head{}, err
	}
	h, err := readHead(c.in)
	if err != nil {
		return head{}, err
	}
	if bytes.HasPrefix(request, headMethod) {
		h.chunked, h.length = false, 0
	}
	c.body, err = readBody(c.in, h, c.body[:0])
	return h, err
}

var headMethod = []byte("HEAD ")

// moveDeadline gives the request its time. abort may come at any moment: either it finds the deadline moved and ends it,
// or the flag is found here.
func (c *Conn) moveDeadline() error {
	if now := time.Now(); c.until.Sub(now) < deadline {
		c.until = now.Add(deadline + deadlineSlack)
		if err := c.conn.SetDeadline(c.until); err != nil {
			return err
		}
	}
	if c.aborted.Load() {
		return errCut
	}
	return nil
}

// abort makes the request under way fail, and all that follow until reset.
func (c *Conn) abort() {
	c.aborted.Store(true)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.conn != nil {
		_ = c.conn.SetDeadline(time.Unix(1, 0)) // fails only on a closed connection, which is as good
	}
}

// reset takes abort back: the next request sets the deadline anew.
func (c *Conn) reset() {
	c.aborted.Store(false)
	c.until = time.Time{}
}
