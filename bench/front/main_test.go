package front

import (
	"context"
	"net"
	"os"
	"testing"
	"time"

	"doorbuster/bench/load"
	"doorbuster/store"
	"doorbuster/store/storetest"
)

// TestMain runs the tests, or one of the servers that they start. Afterwards nothing may run that the tests started.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == Command {
		os.Exit(Child())
	}
	storetest.Main(m)
}

// testTime bounds what must not hang.
const testTime = time.Minute

// shop is an installation of the product with items of 2 and 100 units on sale, and what a server of it needs.
type shop struct {
	db      *storetest.Database
	store   *store.Store
	options Options
}

func newShop(t *testing.T) *shop {
	t.Helper()
	s := &shop{db: storetest.New(t)}
	s.store = s.db.Open(t)
	_, items := storetest.Sale(t, s.store, store.NewItem{Units: 2, Title: "Kettle"}, store.NewItem{Units: 100})
	s.options = Options{WebDSN: s.db.DSN("doorbuster_web"), Items: items, Keys: NewKeys()}
	return s
}

// crowd are shoppers who all want the same item.
func (s *shop) crowd(item int) Crowd {
	return Crowd{Keys: s.options.Keys, Items: s.options.Items[item : item+1], Issued: s.store.Now().Add(-time.Second)}
}

// program is the test binary, which TestMain turns into a server.
func program(t *testing.T) string {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return exe
}

// startServer starts a server; when the test ends it is gone, however it ended.
func startServer(t *testing.T, o Options) *Process {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	p, err := Start(ctx, program(t), o)
	if err != nil {
		cancel()
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		<-p.Done()
	})
	return p
}

// stopped ends a server and checks that nobody listens any more.
func stopped(t *testing.T, p *Process) Ending {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), testTime)
	defer cancel()
	ending, err := p.Stop(ctx)
	if err != nil {
		t.Errorf("stopping: %v", err)
	}
	nobodyListens(t, p)
	return ending
}

func nobodyListens(t *testing.T, p *Process) {
	t.Helper()
	if c, err := (&net.Dialer{}).DialContext(t.Context(), p.Network(), p.Address()); err == nil {
		_ = c.Close()
		t.Errorf("somebody still listens on %s", p.Address())
	}
}

// prepared makes the requests of n shoppers.
func prepared(t *testing.T, c Crowd, kind Kind, n int) *Requests {
	t.Helper()
	r, err := c.Prepare(kind, n)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// asker sends requests over one connection.
type asker struct {
	t    *testing.T
	conn *load.Conn
}

func newAsker(t *testing.T, p *Process) asker {
	t.Helper()
	c, err := load.Dial(t.Context(), p.Network(), p.Address())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return asker{t, c}
}

// expect sends a request and checks status and class. It returns the body, until the next request.
func (a asker) expect(what string, request []byte, status int, class load.Class) []byte {
	a.t.Helper()
	got, body, err := a.conn.Do(request)
	if err != nil {
		a.t.Fatalf("%s: %v", what, err)
	}
	if c := Class(got, body); got != status || c != class {
		a.t.Errorf("%s: %d %s, want %d %s: %.200q", what, got, c, status, class, body)
	}
	return body
}

// raw sends a request and returns what came back, until the next request.
func (a asker) raw(request []byte) (status int, body []byte) {
	a.t.Helper()
	status, body, err := a.conn.Do(request)
	if err != nil {
		a.t.Fatal(err)
	}
	return status, body
}
