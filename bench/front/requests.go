package front

import (
	"fmt"
	"strconv"
	"time"

	"github.com/google/uuid"

	"doorbuster/web"
)

// Host is the name under which browsers know the shop.
const Host = "shop.example"

// Crowd is who asks: shoppers who have signed in and hold their passes before the clock starts.
type Crowd struct {
	Keys   Keys
	Items  []uint64  // shopper n wants item n modulo their number
	First  uint64    // number of the first shopper, the others follow; 0: 1
	Issued time.Time // of sessions and passes, on the database's clock and not in its future; zero: a second ago on this machine's. A pass is good for ten minutes
}

// Kind is what a crowd asks for.
type Kind int

// The kinds of requests. Those to /empty and /fixed are the same bytes as the kind before them, but for the path.
const (
	Order        Kind = iota // a press: POST /items/{item}/orders as the shop's script sends it
	EmptyOrder               // the same to /empty
	FixedRefusal             // the same to /fixed/items/{item}/orders: the answer to a press that is sold out, and nothing behind it
	Bare                     // POST /bare/{item}, with the shopper's number in a header
	Page                     // GET /en/items/{item}, compressed
	EmptyPage                // the same to /empty
	FixedPage                // the same to /fixed/en/items/{item}: the page's bytes, and nothing behind them
	State                    // GET /items/{item}/state, as the page's script asks each second
)

// Requests are the bytes of HTTP/1.1 requests, one per shopper, for connections that are kept.
type Requests struct {
	bytes []byte
	ends  []int // of each request in bytes
}

// Len is the number of requests.
func (r *Requests) Len() int { return len(r.ends) }

// At is the request of shopper n modulo Len. It is shared: only read it.
func (r *Requests) At(n int) []byte {
	n %= len(r.ends)
	start := 0
	if n > 0 {
		start = r.ends[n-1]
	}
	return r.bytes[start:r.ends[n]:r.ends[n]]
}

// Prepare makes the requests of n shoppers, about half a kilobyte each. Passes, and with them order numbers, are new at each call.
func (c Crowd) Prepare(kind Kind, n int) (*Requests, error) {
	if n < 1 || len(c.Items) == 0 {
		return nil, fmt.Errorf("front: requests of %d shoppers for %d items", n, len(c.Items))
	}
	if kind < Order || kind > State {
		return nil, fmt.Errorf("front: there are no requests of kind %d", kind)
	}
	if c.First == 0 {
		c.First = 1
	}
	if c.Issued.IsZero() {
		c.Issued = time.Now().Add(-time.Second)
	}
	r := &Requests{ends: make([]int, 0, n)}
	for i := range n {
		var err error
		if r.bytes, err = c.appendRequest(r.bytes, kind, c.First+uint64(i), c.Items[i%len(c.Items)]); err != nil {
			return nil, err
		}
		if i == 0 {
			r.bytes = append(make([]byte, 0, (len(r.bytes)+32)*n), r.bytes...) // the numbers in the others may be longer
		}
		r.ends = append(r.ends, len(r.bytes))
	}
	return r, nil
}

// appendRequest writes one request. Of the headers that a browser sends only those are there that the shop reads: more would make the
// empty handler dearer and our share of the work look smaller.
func (c Crowd) appendRequest(b []byte, kind Kind, user, item uint64) ([]byte, error) {
	if kind == Bare {
		b = fmt.Appendf(b, "POST %s%d HTTP/1.1\r\nHost: %s\r\n%s: %d\r\nContent-Length: 0\r\n\r\n", barePath, item, Host, userHeader, user)
		return b, nil
	}
	cookie, err := web.SessionCookie(c.Keys.session(), user, "Shopper "+strconv.FormatUint(user, 10), c.Issued)
	if err != nil {
		return nil, err
	}
	switch kind {
	case Order, EmptyOrder, FixedRefusal:
		path := pathOf(kind, fmt.Sprintf("/items/%d/orders", item))
		id, err := uuid.NewV7()
		if err != nil {
			return nil, err
		}
		body := `{"pass":"` + web.PassText(c.Keys.pass(), user, item, id, c.Issued) + `","units":1}`
		return fmt.Appendf(b, "POST %s HTTP/1.1\r\nHost: %s\r\nContent-Length: %d\r\nAccept: application/json\r\nContent-Type: application/json\r\n"+
			"Sec-Fetch-Site: same-origin\r\nCookie: %s\r\n\r\n%s", path, Host, len(body), cookie, body), nil
	case State:
		return fmt.Appendf(b, "GET /items/%d/state HTTP/1.1\r\nHost: %s\r\nAccept: application/json\r\nContent-Type: application/json\r\n"+
			"Accept-Encoding: gzip\r\nSec-Fetch-Site: same-origin\r\nCookie: %s\r\n\r\n", item, Host, cookie), nil
	default:
		path := pathOf(kind, fmt.Sprintf("/en/items/%d", item))
		return fmt.Appendf(b, "GET %s HTTP/1.1\r\nHost: %s\r\nAccept: text/html\r\nAccept-Encoding: gzip\r\nSec-Fetch-Site: none\r\n"+
			"Cookie: %s\r\n\r\n", path, Host, cookie), nil
	}
}

// pathOf is where a kind goes, of which the shop has the path.
func pathOf(kind Kind, path string) string {
	switch kind {
	case EmptyOrder, EmptyPage:
		return emptyPath
	case FixedRefusal, FixedPage:
		return fixedPath + path
	default:
		return path
	}
}
