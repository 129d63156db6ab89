package load

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// server is a real server of net/http that counts its connections.
func server(t *testing.T, network string, handler http.Handler) (address string, dialled *atomic.Int32) {
	t.Helper()
	where := "127.0.0.1:0"
	if network == "unix" {
		where = filepath.Join(t.TempDir(), "s")
	}
	listener, err := new(net.ListenConfig).Listen(t.Context(), network, where)
	if err != nil {
		t.Fatal(err)
	}
	dialled = new(atomic.Int32)
	s := httptest.NewUnstartedServer(handler)
	_ = s.Listener.Close()
	s.Listener = listener
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			dialled.Add(1)
		}
	}
	s.Start()
	t.Cleanup(s.Close)
	return listener.Addr().String(), dialled
}

func dial(t *testing.T, network, address string, n int) []*Conn {
	t.Helper()
	conns, err := DialAll(t.Context(), network, address, n)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { CloseAll(conns) })
	return conns
}

func get(path string) []byte { return []byte("GET " + path + " HTTP/1.1\r\nHost: x\r\n\r\n") }

var long = strings.Repeat("0123456789abcdef", 8<<10) // longer than any buffer here

// answers is a handler that answers in every way a server of net/http does.
func answers() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/plain", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "plain") })
	mux.HandleFunc("POST /echo", func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusCreated)
		_, _ = io.Copy(w, r.Body)
	})
	mux.HandleFunc("/long", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", fmt.Sprint(len(long)))
		_, _ = io.WriteString(w, long)
	})
	mux.HandleFunc("/chunked", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Trailer", "Sum")
		for part := range strings.SplitAfterSeq(long, "7") {
			_, _ = io.WriteString(w, part)
		}
		_ = http.NewResponseController(w).Flush()
		_, _ = io.WriteString(w, "end")
		w.Header().Set("Sum", "1")
	})
	mux.HandleFunc("/none", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	mux.HandleFunc("/same", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "12345") // of what is not sent
		w.WriteHeader(http.StatusNotModified)
	})
	mux.HandleFunc("/hints", func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusEarlyHints)
		_, _ = io.WriteString(w, "after hints")
	})
	mux.HandleFunc("/last", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Connection", "close")
		_, _ = io.WriteString(w, "last")
	})
	return mux
}

func TestAnswers(t *testing.T) {
	for _, network := range []string{"tcp", "unix"} {
		t.Run(network, func(t *testing.T) {
			address, dialled := server(t, network, answers())
			c := dial(t, network, address, 1)[0]
			for _, a := range []struct {
				request []byte
				status  int
				body    string
			}{
				{get("/plain"), 200, "plain"},
				{get("/chunked"), 200, long + "end"},
				{get("/none"), 204, ""},
				{get("/same"), 304, ""},
				{get("/long"), 200, long},
				{bytes.Replace(get("/long"), []byte("GET"), []byte("HEAD"), 1), 200, ""},
				{get("/hints"), 200, "after hints"},
				{[]byte("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nbody"), 201, "body"},
				{get("/nowhere"), 404, "404 page not found\n"},
				{get("/last"), 200, "last"},
			} {
				status, body, err := c.Do(a.request)
				if err != nil || status != a.status || string(body) != a.body {
					t.Errorf("%.20q: %d, %d bytes, %v; want %d, %d bytes", a.request, status, len(body), err, a.status, len(a.body))
				}
			}
			if _, _, err := c.Do(get("/plain")); !errors.Is(err, ErrClosed) {
				t.Errorf("after the server's last answer: %v", err)
			}
			if n := dialled.Load(); n != 1 {
				t.Errorf("%d connections for answers that all kept the first", n)
			}
		})
	}
}

// rawServer answers every request of every connection with these bytes, makes no garbage, and closes where it is told.
func rawServer(t *testing.T, answer string, closing bool) (address string) {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	text := []byte(answer)
	var all sync.WaitGroup
	serve := func(conn net.Conn) {
		defer func() { _ = conn.Close() }() // the client saw what there was
		buffer := make([]byte, 4<<10)       // each request comes in one read: the client waits for the answer
		for {
			if _, err := conn.Read(buffer); err != nil {
				return
			}
			if _, err := conn.Write(text); err != nil || closing {
				return
			}
		}
	}
	all.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			all.Go(func() { serve(conn) })
		}
	})
	t.Cleanup(func() { _ = listener.Close(); all.Wait() })
	return listener.Addr().String()
}

func TestAnswersToTheEnd(t *testing.T) {
	for _, answer := range []string{"HTTP/1.1 200 OK\r\n\r\n" + long, "HTTP/1.0 200 OK\r\nContent-Length: 131072\r\n\r\n" + long} {
		c := dial(t, "tcp", rawServer(t, answer, true), 1)[0]
		status, body, err := c.Do(get("/"))
		if err != nil || status != 200 || string(body) != long {
			t.Errorf("%.20q: %d, %d bytes, %v", answer, status, len(body), err)
		}
		if _, _, err := c.Do(get("/")); !errors.Is(err, ErrClosed) {
			t.Errorf("%.20q: then %v", answer, err)
		}
	}
}

func TestBadAnswers(t *testing.T) {
	const ok, chunks = "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
	for answer, want := range map[string]error{
		"":                                                    io.ErrUnexpectedEOF,
		"HTTP/1.1 200 OK\r\nContent-":                         io.ErrUnexpectedEOF,
		ok + "Content-Length: 5\r\n\r\nhalf":                  io.ErrUnexpectedEOF,
		ok + "Content-Length: 5\r\n\r\n":                      io.ErrUnexpectedEOF,
		chunks + "5\r\nhello\r\n":                             io.ErrUnexpectedEOF,
		chunks + "5\r\nhel":                                   io.ErrUnexpectedEOF,
		"SSH-2.0-OpenSSH\r\n\r\n":                             errBadAnswer,
		"HTTP/1.1 2x0 OK\r\n\r\n":                             errBadAnswer,
		"HTTP/1.1 099 OK\r\n\r\n":                             errBadAnswer,
		"HTTP/1.1 101 Other\r\n\r\n":                          errBadAnswer,
		ok + "no colon\r\n\r\n":                               errBadAnswer,
		ok + "Content-Length: -5\r\n\r\n":                     errBadAnswer,
		ok + "Content-Length:\r\n\r\n":                        errBadAnswer,
		ok + "Transfer-Encoding: br\r\n\r\n":                  errBadAnswer,
		chunks + "xyz\r\n":                                    errBadAnswer,
		chunks + "5\r\nhello!\r\n":                            errBadAnswer,
		ok + "Content-Length: 20000000\r\n\r":                 io.ErrUnexpectedEOF,
		ok + "Content-Length: 20000000\r\n\r\n":               errLongAnswer,
		ok + strings.Repeat("A: b\r\n", mostHeaders) + "\r\n": errManyHeaders,
	} {
		c := dial(t, "tcp", rawServer(t, answer, true), 1)[0]
		if _, body, err := c.Do(get("/")); !errors.Is(err, want) || body != nil {
			t.Errorf("%q: %v, want %v", answer, err, want)
		}
		if _, _, err := c.Do(get("/")); !errors.Is(err, ErrClosed) {
			t.Errorf("%q: then %v", answer, err)
		}
	}
}

// TestSurplusAnswer: an answer to nothing would be taken for the answer to the next request.
func TestSurplusAnswer(t *testing.T) {
	const answer = "HTTP/1.1 204 No Content\r\n\r\n"
	c := dial(t, "tcp", rawServer(t, answer+answer, false), 1)[0]
	if status, _, err := c.Do(get("/")); err != nil || status != 204 {
		t.Fatalf("%d, %v", status, err)
	}
	if _, _, err := c.Do(get("/")); !errors.Is(err, errUnexpected) {
		t.Errorf("%v", err)
	}
}

// TestNoGarbage asks a server that makes no garbage itself, for the counter counts the whole process.
func TestNoGarbage(t *testing.T) {
	const head = "HTTP/1.1 200 OK\r\nDate: Thu, 01 Jan 2026 00:00:00 GMT\r\nContent-Type: text/plain\r\n"
	for name, answer := range map[string]string{
		"length":  head + "Content-Length: 5\r\n\r\nhello",
		"chunked": head + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n",
		"none":    "HTTP/1.1 204 No Content\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			c := dial(t, "tcp", rawServer(t, answer, false), 1)[0]
			request := get("/")
			var failed error
			if n := testing.AllocsPerRun(500, func() {
				if _, _, err := c.Do(request); err != nil {
					failed = err
				}
			}); n != 0 || failed != nil {
				t.Errorf("Do: %v allocations per request, %v", n, failed)
			}
			cl := httpClients([]*Conn{c}, func(int) []byte { return request }, func(int, []byte) Class { return "ok" })[0]
			s, ctx := newTally(1).shard(0), context.Background()
			if n := testing.AllocsPerRun(500, func() {
				sent, class := cl.call(ctx, 1)
				s.record(class, sent.Sub(sent), false)
				cl.restore(ctx)
			}); n != 0 || s.cells["ok"].TotalCount() != 501 {
				t.Errorf("a whole turn of the loop: %v allocations", n)
			}
		})
	}
}

func TestDialFails(t *testing.T) {
	if _, err := DialAll(t.Context(), "unix", filepath.Join(t.TempDir(), "none"), 3); err == nil {
		t.Error("dialled what is not there")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Dial(ctx, "tcp", rawServer(t, "", true)); !errors.Is(err, context.Canceled) {
		t.Errorf("with a context that ended: %v", err)
	}
}
