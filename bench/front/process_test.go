package front

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"doorbuster/store"
)

// One shop with everything: a crowd buys what there is, everybody else is refused, and the paths to compare with work beside it.
func TestServerSellsTheProduct(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	p := startServer(t, s.options)
	ask := newAsker(t, p)
	crowd := s.crowd(0)
	press := prepared(t, crowd, Order, 3)

	body := ask.expect("the first", press.At(0), http.StatusCreated, "placed")
	order, ok := OrderOf(body)
	if !ok {
		t.Errorf("no order in %q", body)
	}
	if o, err := s.store.Order(t.Context(), order, 1); err != nil || o.ItemID != s.options.Items[0] {
		t.Errorf("the order in the database: %v, item %d", err, o.ItemID)
	}
	body = ask.expect("the same pass again", press.At(3), http.StatusOK, "exists")
	if again, _ := OrderOf(body); again != order {
		t.Errorf("the same pass names order %s, before %s", again, order)
	}
	ask.expect("another pass of the same shopper", prepared(t, crowd, Order, 1).At(0), http.StatusConflict, "already_ordered")
	ask.expect("the second", press.At(1), http.StatusCreated, "placed")
	ask.expect("the third", press.At(2), http.StatusConflict, "sold_out")

	ask.expect("the empty handler", prepared(t, crowd, EmptyOrder, 1).At(0), http.StatusNoContent, Empty)
	ask.expect("the empty page", prepared(t, crowd, EmptyPage, 1).At(0), http.StatusNoContent, Empty)
	ask.expect("the state", prepared(t, crowd, State, 1).At(0), http.StatusOK, OK)
	if text := unzip(t, ask.expect("the page", prepared(t, crowd, Page, 1).At(0), http.StatusOK, OK)); !strings.Contains(text, "Kettle") {
		t.Errorf("the page does not show the item: %.200q", text)
	}

	sameBytes(t, p, prepared(t, crowd, Order, 3).At(2), prepared(t, crowd, FixedRefusal, 3).At(2))
	sameBytes(t, p, prepared(t, crowd, Page, 1).At(0), prepared(t, crowd, FixedPage, 1).At(0))
	steps, err := ReadSteps(ask.raw(AskSteps))
	if err != nil {
		t.Error(err)
	}
	for _, name := range StepNames { // two were placed, one was there already, one had one already, and one was told by the database
		if step := steps[name]; step.Count != 5 || step.Sum <= 0 || step.Quantile(1) < step.Quantile(0.5) {
			t.Errorf("step %s: %+v", name, step)
		}
	}

	ask.expect("bare, sold out", prepared(t, crowd, Bare, 3).At(2), http.StatusConflict, "sold_out")
	bare := prepared(t, s.crowd(1), Bare, 1).At(0)
	ask.expect("bare", bare, http.StatusCreated, "placed")
	ask.expect("bare again", bare, http.StatusConflict, "already_ordered")

	stranger := crowd
	stranger.Keys = NewKeys()
	ask.expect("a stranger", prepared(t, stranger, Order, 1).At(0), http.StatusUnauthorized, "sign_in_needed")

	if cpu, err := p.CPU(); err != nil || cpu <= 0 {
		t.Errorf("CPU: %s, %v", cpu, err)
	}
	if e := stopped(t, p); e.Orders != 0 || e.Broken != nil {
		t.Errorf("the product's database is not the server's to audit: %+v", e)
	}
	if cpu, err := p.CPU(); err != nil || cpu <= 0 {
		t.Errorf("CPU after the end: %s, %v", cpu, err)
	}
	s.db.MustAudit(t)
}

// Several items, a unix socket, no limit however often one shopper asks, and one line in the log per press.
func TestServerOnASocketWithALog(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	dir := t.TempDir()
	s.options.Listen, s.options.Log = "unix:"+filepath.Join(dir, "s"), filepath.Join(dir, "log")
	p := startServer(t, s.options)
	ask := newAsker(t, p)
	crowd := s.crowd(0)
	crowd.Items, crowd.First = s.options.Items, 1000
	press := prepared(t, crowd, Order, 4)
	const presses = 500
	for n := range presses {
		want, class := http.StatusCreated, "placed"
		if n >= press.Len() {
			want, class = http.StatusOK, "exists"
		}
		ask.expect(fmt.Sprint("press ", n), press.At(n), want, class)
	}
	stopped(t, p)
	log, err := os.ReadFile(s.options.Log)
	if err != nil {
		t.Fatal(err)
	}
	if n := bytes.Count(log, []byte(`"msg":"purchase"`)); n != presses {
		t.Errorf("%d lines of purchases, want %d", n, presses)
	}
	if _, available, orders := s.audited(t, 1); available != 98 || orders != 2 {
		t.Errorf("the second item: %d left after %d orders", available, orders)
	}
	s.db.MustAudit(t)
}

// sameBytes asks the shop and the handler that repeats it, often enough for that to have learned, and compares all that they send.
func sameBytes(t *testing.T, p *Process, shop, repeated []byte) {
	t.Helper()
	want := wireOf(t, p, shop)
	for range 2 {
		if got := wireOf(t, p, repeated); got != want {
			t.Errorf("the shop sends\n%s\nand is repeated as\n%s", want, got)
		}
	}
	if got := wireOf(t, p, repeated); got != want {
		t.Errorf("the shop sends\n%s\nand is repeated from memory as\n%s", want, got)
	}
}

// wireOf is an answer as it is sent, without its date.
func wireOf(t *testing.T, p *Process, request []byte) string {
	t.Helper()
	c, err := (&net.Dialer{}).DialContext(t.Context(), p.Network(), p.Address())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := c.Write(request); err != nil {
		t.Fatal(err)
	}
	r, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	r.Header.Del("Date")
	text, err := httputil.DumpResponse(r, true)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestStopIsRepeatable(t *testing.T) {
	t.Parallel()
	p := startServer(t, newShop(t).options)
	stopped(t, p)
	stopped(t, p)
}

// Whoever cannot start says why.
func TestServerThatCannotStart(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	taken, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = taken.Close() }) // after the subtests, which run when this function has returned
	for name, c := range map[string]struct {
		change func(*Options)
		want   string
	}{
		"no database":        {func(o *Options) { o.WebDSN = "" }, "no address of the product's database"},
		"garbled address":    {func(o *Options) { o.WebDSN = "nonsense" }, "invalid DSN"},
		"wrong password":     {func(o *Options) { o.WebDSN = strings.Replace(o.WebDSN, ":only", ":not", 1) }, "Access denied"},
		"no items":           {func(o *Options) { o.Items = nil }, "no items"},
		"unknown design":     {func(o *Options) { o.Design, o.RootDSN = "magic", s.db.RootDSN() }, `no design "magic"`},
		"design, no server":  {func(o *Options) { o.Design = "call" }, "RootDSN"},
		"no keys":            {func(o *Options) { o.Keys = Keys{} }, "session keys"},
		"address in use":     {func(o *Options) { o.Listen = taken.Addr().String() }, "address already in use"},
		"log in no folder":   {func(o *Options) { o.Log = "/no/such/folder/log" }, "no such file"},
		"item not on sale":   {func(o *Options) { o.Items = []uint64{1 << 40} }, "item 1099511627776 is not on sale"},
		"design, bad server": {func(o *Options) { o.Design, o.RootDSN = "call", "nonsense" }, "RootDSN: design: invalid DSN"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := s.options
			c.change(&o)
			p, err := Start(t.Context(), program(t), o)
			if err == nil {
				stopped(t, p)
				t.Fatal("it started")
			}
			if !strings.Contains(err.Error(), c.want) {
				t.Errorf("the error does not say %q: %v", c.want, err)
			}
			if strings.Contains(err.Error(), "only-for-tests") {
				t.Errorf("the error shows a password: %v", err)
			}
		})
	}
	if _, err := Start(t.Context(), filepath.Join(t.TempDir(), "nothing"), s.options); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no program: %v", err)
	}
	if _, err := Start(t.Context(), "/bin/echo", s.options); err == nil || !strings.Contains(err.Error(), "what the server printed") {
		t.Errorf("another program: %v", err)
	}
}

// The server ends when the context does, while it starts as well as later.
func TestServerEndsWithItsContext(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	ctx, cancel := context.WithCancel(t.Context())
	p, err := Start(ctx, program(t), s.options)
	if err != nil {
		cancel()
		t.Fatal(err)
	}
	cancel()
	<-p.Done()
	nobodyListens(t, p)
	if _, err := p.Stop(t.Context()); err == nil || !strings.Contains(err.Error(), "killed") {
		t.Errorf("stopping one that was killed: %v", err)
	}
	if _, err := Start(ctx, program(t), s.options); !errors.Is(err, context.Canceled) {
		t.Errorf("starting after the end: %v", err)
	}
}

// A server whose starter is gone ends by itself: the pipe to it has closed.
func TestServerEndsWithItsStarter(t *testing.T) {
	t.Parallel()
	p := startServer(t, newShop(t).options)
	if err := p.stdin.Close(); err != nil {
		t.Fatal(err)
	}
	select {
	case <-p.Done():
	case <-time.After(testTime):
		t.Fatal("it still runs")
	}
	stopped(t, p)
}

// A server that does not react is killed when the caller's patience ends.
func TestStopKills(t *testing.T) {
	t.Parallel()
	p := startServer(t, newShop(t).options)
	if err := syscall.Kill(p.Pid(), syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := p.Stop(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("stopping one that does not react: %v", err)
	}
	nobodyListens(t, p)
}

// A design sells behind the same pages and gates; its orders are not the product's.
func TestServerSellsADesign(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.options.Design, s.options.RootDSN = "call", s.db.RootDSN()
	s.options.Settings.Units, s.options.Settings.Pool = 3, 4
	p := startServer(t, s.options)
	ask := newAsker(t, p)
	crowd := s.crowd(0)
	press := prepared(t, crowd, Order, 3)
	ask.expect("the first", press.At(0), http.StatusCreated, "placed")
	ask.expect("the first again", press.At(0), http.StatusConflict, "already_ordered")
	ask.expect("bare, the same shopper", prepared(t, crowd, Bare, 1).At(0), http.StatusConflict, "already_ordered")
	ask.expect("bare", prepared(t, crowd, Bare, 2).At(1), http.StatusCreated, "placed")
	ask.expect("the third", press.At(2), http.StatusCreated, "placed")
	crowd.First = 10
	ask.expect("too late", prepared(t, crowd, Order, 1).At(0), http.StatusConflict, "sold_out")
	if text := unzip(t, ask.expect("the page", prepared(t, crowd, Page, 1).At(0), http.StatusOK, OK)); !strings.Contains(text, "Kettle") {
		t.Errorf("the page does not show the item: %.200q", text)
	}
	if e := stopped(t, p); e.Orders != 3 || len(e.Broken) != 0 {
		t.Errorf("the design's end: %+v", e)
	}
	if _, available, orders := s.audited(t, 0); available != 2 || orders != 0 {
		t.Errorf("the product sold too: %d left after %d orders", available, orders)
	}
}

// With nothing behind the gates everybody who passes them is told "placed", no unit is sold, and the answers are counted.
func TestServerThatSellsNothing(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.options.Design = Nothing
	p := startServer(t, s.options)
	ask := newAsker(t, p)
	crowd := s.crowd(0)
	ask.expect("with a pass", prepared(t, crowd, Order, 1).At(0), http.StatusCreated, "placed")
	ask.expect("without gates", prepared(t, crowd, Bare, 1).At(0), http.StatusCreated, "placed")
	crowd.Keys = NewKeys()
	ask.expect("with a forged session", prepared(t, crowd, Order, 1).At(0), http.StatusUnauthorized, "sign_in_needed")
	if e := stopped(t, p); e.Orders != 2 || len(e.Broken) != 0 {
		t.Errorf("the end: %+v", e)
	}
	before, available, orders := s.audited(t, 0)
	if available != before || orders != 0 {
		t.Errorf("the product sold: %d left of %d after %d orders", available, before, orders)
	}
}

// audited reads the stock of an item and the number of its orders.
func (s *shop) audited(t *testing.T, item int) (allotted, available, orders int) {
	t.Helper()
	a, err := store.OpenAuditor(s.db.DSN("doorbuster_auditor"))
	if err != nil {
		t.Fatal(err)
	}
	allotted, available, list, err := a.ItemOrders(t.Context(), s.options.Items[item])
	if err := errors.Join(err, a.Close()); err != nil {
		t.Fatal(err)
	}
	return allotted, available, len(list)
}

func unzip(t *testing.T, body []byte) string {
	t.Helper()
	r, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		t.Errorf("the page is not compressed: %v", err)
		return ""
	}
	text, err := io.ReadAll(r)
	if err != nil {
		t.Error(err)
	}
	return string(text)
}
