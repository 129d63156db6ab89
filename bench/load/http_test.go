package load

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// numbered makes requests for /0, /1, … beforehand.
func numbered(n int) func(int) []byte {
	all := make([][]byte, n)
	for i := range all {
		all[i] = get(fmt.Sprintf("/%d", i))
	}
	return func(i int) []byte { return all[i] }
}

func numberOf(r *http.Request) int {
	n, err := strconv.Atoi(strings.TrimPrefix(r.URL.Path, "/"))
	if err != nil {
		return -1
	}
	return n
}

func byStatus(status int, _ []byte) Class { return strconv.Itoa(status) }

func TestClosedHTTP(t *testing.T) {
	const calls, clients = 3000, 8
	once := newOnceEach(calls)
	address, dialled := server(t, "tcp", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		once.add(numberOf(r))
		if numberOf(r)%3 == 0 {
			w.WriteHeader(http.StatusConflict)
			return
		}
		_, _ = fmt.Fprintf(w, "bought%s", r.URL.Path)
	}))
	bodies := newOnceEach(calls)
	conns := dial(t, "tcp", address, clients)
	r := ClosedHTTP(t.Context(), conns, Stop{Calls: calls}, numbered(calls), func(status int, body []byte) Class {
		if number, ok := strings.CutPrefix(string(body), "bought/"); ok {
			n, _ := strconv.Atoi(number)
			bodies.add(n)
		}
		return byStatus(status, body)
	})
	if came := once.check(t); came != calls {
		t.Errorf("%d requests arrived, want %d", came, calls)
	}
	if got := bodies.check(t); got != calls*2/3 {
		t.Errorf("%d bodies came back, want %d", got, calls*2/3)
	}
	if r.Counts["200"] != calls*2/3 || r.Counts["409"] != calls/3 || r.Total() != calls {
		t.Errorf("counts %v", r.Counts)
	}
	if r.OwnCPU <= 0 || r.Wall <= 0 || r.Quantile(0.5, "200") <= 0 || r.Rate("200") <= 0 {
		t.Errorf("own CPU %v, wall %v", r.OwnCPU, r.Wall)
	}
	accepted(t, conns)
	if n := dialled.Load(); n != clients {
		t.Errorf("%d connections, want %d", n, clients)
	}
}

func TestOpenHTTP(t *testing.T) {
	const calls = 2000
	once := newOnceEach(calls)
	address, _ := server(t, "unix", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		once.add(numberOf(r))
		w.WriteHeader(http.StatusNoContent)
	}))
	r := OpenHTTP(t.Context(), dial(t, "unix", address, 16), 5000, Stop{After: time.Minute, Calls: calls}, numbered(calls), byStatus)
	if came := once.check(t); r.Counts["204"] != came || r.Total() != came || came == 0 {
		t.Errorf("%d requests arrived, counts %v", came, r.Counts)
	}
	if r.Planned != calls || r.Total()+r.Dropped != calls {
		t.Errorf("planned %d, dropped %d, answered %d", r.Planned, r.Dropped, r.Total())
	}
}

// TestOpenHTTPStall blocks the server while all requests come due. None is lost, and each that was answered afterwards
// has waited for at least as long as the server was seen to be blocked, though its own answer took no time.
func TestOpenHTTPStall(t *testing.T) {
	const calls, clients = 200, 2
	once := newOnceEach(calls)
	arrived, release := make(chan struct{}, calls), make(chan struct{})
	address, _ := server(t, "tcp", http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		once.add(numberOf(r))
		arrived <- struct{}{}
		<-release
	}))
	conns := dial(t, "tcp", address, clients)
	held := make(chan time.Duration)
	go func() {
		for range clients {
			<-arrived
		}
		blocked := time.Now()
		time.Sleep(50 * time.Millisecond) // the stall itself, not a wait for something
		held <- time.Since(blocked)
	}()
	go func() { h := <-held; close(release); held <- h }()
	r := OpenHTTP(t.Context(), conns, 1e6, Stop{Calls: calls}, numbered(calls), byStatus)
	atLeast := <-held - time.Millisecond // the last was planned 0.2 ms after the first
	came := once.check(t)
	if r.Planned != calls || r.Total()+r.Dropped != calls || r.Total() != came || r.Counts["200"] != came {
		t.Errorf("%d arrived; planned %d, dropped %d, counts %v", came, r.Planned, r.Dropped, r.Counts)
	}
	waited := 0
	for _, bar := range r.Latency["200"].Distribution() {
		if time.Duration(bar.To)*time.Microsecond >= atLeast {
			waited += int(bar.Count)
		}
	}
	if waited != came {
		t.Errorf("%d of %d answers show the stall", waited, came)
	}
}

// TestOpenHTTPLate: a generator that is slow to send while connections are free is told apart from a slow server.
func TestOpenHTTPLate(t *testing.T) {
	const calls, every = 40, 10
	address, _ := server(t, "tcp", http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	prebuilt := numbered(calls)
	r := OpenHTTP(t.Context(), dial(t, "tcp", address, 4), 500, Stop{Calls: calls}, func(n int) []byte {
		if n%every == 0 {
			time.Sleep(lateSend + time.Millisecond)
		}
		return prebuilt(n)
	}, byStatus)
	if r.Late < calls/every {
		t.Errorf("%d late, at least %d were", r.Late, calls/every)
	}
}

// accepted makes sure that the server has seen every connection: it accepts them on its own time. Every one must be good,
// also those that the run had to dial again.
func accepted(t *testing.T, conns []*Conn) {
	t.Helper()
	for _, c := range conns {
		if _, _, err := c.Do(get("/none")); err != nil {
			t.Error(err)
		}
	}
}

// TestBrokenConnection: each broken connection is one error and one new connection, and the run goes on.
func TestBrokenConnection(t *testing.T) {
	const calls, clients, every = 301, 4, 30 // the last one breaks
	once := newOnceEach(calls)
	address, dialled := server(t, "tcp", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n := numberOf(r)
		if n < 0 {
			return // from accepted
		}
		once.add(n)
		if n%every == 0 {
			conn, _, err := http.NewResponseController(w).Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			_ = conn.Close()
		} else if n%every == 1 {
			w.Header().Set("Connection", "close") // a good answer, and a new connection after it
		}
	}))
	run := map[string]func(conns []*Conn) Result{
		"closed": func(conns []*Conn) Result {
			return ClosedHTTP(t.Context(), conns, Stop{Calls: calls}, numbered(calls), byStatus)
		},
		"open": func(conns []*Conn) Result {
			return OpenHTTP(t.Context(), conns, 2000, Stop{Calls: calls}, numbered(calls), byStatus)
		},
	}
	for name, loop := range run {
		t.Run(name, func(t *testing.T) {
			var conns []*Conn
			var r Result
			for try := 0; try == 0 || r.Dropped > 0; try++ { // an open loop drops what a machine that is held up cannot send in a second
				if try == 5 {
					t.Fatalf("%d of %d dropped, for the fifth time", r.Dropped, calls)
				}
				once = newOnceEach(calls)
				dialled.Store(0)
				conns = dial(t, "tcp", address, clients)
				accepted(t, conns)
				r = loop(conns)
				if came := once.check(t); came+r.Dropped != calls || r.Total() != came {
					t.Errorf("%d arrived, %d dropped, %d counted", came, r.Dropped, r.Total())
				}
			}
			accepted(t, conns)
			const broken, closed = calls/every + 1, calls / every
			if r.Counts[Error] != broken || r.Counts["200"] != calls-broken {
				t.Errorf("counts %v, want %d errors", r.Counts, broken)
			}
			if n := dialled.Load(); n != clients+broken+closed {
				t.Errorf("%d connections, want %d", n, clients+broken+closed)
			}
		})
	}
}

// TestServerGone: a run against nothing ends, and each call is an error.
func TestServerGone(t *testing.T) {
	address := rawServer(t, "", true) // closes after the first request
	conns := dial(t, "tcp", address, 2)
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = listener.Close() // now nobody listens there
	for _, c := range conns {
		c.address = listener.Addr().String()
	}
	r := ClosedHTTP(t.Context(), conns, Stop{Calls: 10}, numbered(10), byStatus)
	if r.Counts[Error] != 10 || r.Total() != 10 {
		t.Errorf("counts %v", r.Counts)
	}
}

// TestCutShort: when the context ends, the request under way is cut off; the idle connection stays good.
func TestCutShort(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	var stuck atomic.Bool
	address, _ := server(t, "tcp", http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if stuck.Load() {
			cancel()
			<-r.Context().Done() // the connection is given up
		}
	}))
	conns := dial(t, "tcp", address, 2)
	accepted(t, conns)
	stuck.Store(true)
	// The second request is planned for 1,000 s later: one connection is in use, the other waits.
	r := OpenHTTP(ctx, conns, 0.001, Stop{}, numbered(10), byStatus)
	if r.Counts[Error] != 1 || r.Planned != 1 || r.Dropped != 0 {
		t.Errorf("counts %v, planned %d, dropped %d", r.Counts, r.Planned, r.Dropped)
	}
	stuck.Store(false)
	good, closed := 0, 0
	for _, c := range conns {
		switch _, _, err := c.Do(get("/0")); {
		case err == nil:
			good++
		case errors.Is(err, ErrClosed):
			closed++
		default:
			t.Error(err)
		}
	}
	if good != 1 || closed != 1 {
		t.Errorf("%d connections good, %d closed, want one each", good, closed)
	}
	r = ClosedHTTP(t.Context(), conns, Stop{Calls: 10}, numbered(10), byStatus)
	if r.Counts["200"] != 10 {
		t.Errorf("the next run: %v", r.Counts)
	}
}
