package load

import (
	"context"
	"time"
)

// redialPause keeps a server that is gone from being dialled in a tight loop.
const redialPause = 10 * time.Millisecond

// ClosedHTTP is Closed over HTTP: each connection sends its next request as soon as it has its answer. request gives the
// bytes of request n, which stay the caller's and should be made beforehand; class judges the answer, whose body is good
// until it returns. Both are called by many goroutines at once. A connection that breaks is counted as Error and dialled
// again. Where ctx ends, requests under way are cut off and counted as Error.
func ClosedHTTP(ctx context.Context, conns []*Conn, stop Stop, request func(n int) []byte, class func(status int, body []byte) Class) Result {
	clients := httpClients(conns, request, class)
	defer cutWith(ctx, conns)()
	return closed(ctx, clients, stop)
}

// OpenHTTP is Open over HTTP, with at most one request outstanding per connection: a connection that is free takes the
// next planned request. The rest is as with ClosedHTTP.
func OpenHTTP(ctx context.Context, conns []*Conn, perSecond float64, stop Stop, request func(n int) []byte, class func(status int, body []byte) Class) Result {
	clients := httpClients(conns, request, class)
	if len(clients) == 0 {
		return newTally(0).result() // nobody to follow the plan
	}
	defer cutWith(ctx, conns)()
	return open(ctx, newSchedule(perSecond, stop), len(clients), len(clients), func(i int) client { return clients[i] })
}

// cutWith cuts off what is under way when ctx ends. The returned function ends the watch and makes the connections that
// were idle good for use again.
func cutWith(ctx context.Context, conns []*Conn) (done func()) {
	end := stopWatch(ctx, func() {
		for _, c := range conns {
			c.abort()
		}
	})
	return func() {
		end()
		for _, c := range conns {
			c.reset()
		}
	}
}

// httpClient is a client of a loop on one connection.
type httpClient struct {
	conn    *Conn
	request func(n int) []byte
	class   func(status int, body []byte) Class
}

func httpClients(conns []*Conn, request func(n int) []byte, class func(status int, body []byte) Class) []client {
	clients := make([]client, len(conns))
	for i, c := range conns {
		clients[i] = &httpClient{conn: c, request: request, class: class}
	}
	return clients
}

func (h *httpClient) call(ctx context.Context, n int) (time.Time, Class) {
	request := h.request(n)
	sent := time.Now()
	if h.conn.conn == nil && h.conn.dial(ctx) != nil {
		pause(ctx, redialPause)
		return sent, Error
	}
	status, body, err := h.conn.Do(request)
	if err != nil {
		return sent, Error
	}
	return sent, h.class(status, body)
}

// restore dials again between two requests, so that the next one does not pay for it. Where that fails, the next call
// tries once more and counts it.
func (h *httpClient) restore(ctx context.Context) {
	if h.conn.conn == nil && ctx.Err() == nil {
		_ = h.conn.dial(ctx)
	}
}

func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}
