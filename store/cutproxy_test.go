package store_test

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"

	"doorbuster/store"
)

// cut is what happens to one CALL on its way.
type cut int

// The moments at which a purchase can be cut.
const (
	uncut       cut = iota
	cutBefore       // the connection breaks before the CALL goes on: the server never hears of it
	cutAfter        // the CALL goes on, then both sides break
	cutAway         // the CALL goes on, then the shop's side breaks; the server finishes in peace
	cutAnswered     // the server has answered, and not a byte of it arrives
	cutMiddle       // the answer breaks off in the middle of a packet
	cutLate         // the shop's side breaks; the CALL goes on only when the test says so
)

func (c cut) String() string {
	return [...]string{"uncut", "before", "after", "away", "answered", "middle", "late"}[c]
}

// cutProxy stands between a Store and its database. It understands just enough of the protocol to find a CALL and its answer,
// and breaks the connection where plan says. A cable between is not enough: only the packet tells the moment.
type cutProxy struct {
	t        testing.TB
	upstream string
	listener net.Listener
	cuts     string             // the procedure whose CALLs are cut: place_orders unless changed before the first
	plan     func(call int) cut // asked once per CALL, in order of arrival
	whole    func(call int) int // of an answer cut in the middle: packets that pass whole before the one that does not

	stop context.Context
	mu   sync.Mutex
	made map[cut]int
	late chan struct{} // closed by letLateGo
	came int           // late CALLs that the server has answered
	once sync.Once
	wg   sync.WaitGroup
}

// newCutProxy listens until the test ends.
func newCutProxy(t testing.TB, dsn string, plan func(call int) cut) *cutProxy {
	t.Helper()
	cfg, err := mysql.ParseDSN(dsn)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	p := &cutProxy{
		t: t, upstream: cfg.Addr, listener: listener, cuts: "place_orders", plan: plan, stop: ctx, made: map[cut]int{}, late: make(chan struct{}),
	}
	p.whole = func(call int) int { return call % 16 } // eight before the first row, then the rows
	p.wg.Go(p.accept)
	t.Cleanup(func() {
		stop()
		_ = listener.Close()
		p.wg.Wait()
	})
	return p
}

// use makes a Store speak to its database through p.
func (p *cutProxy) use(c *store.Config) {
	cfg, err := mysql.ParseDSN(c.WebDSN)
	if err != nil {
		p.t.Fatal(err)
	}
	cfg.Addr = p.listener.Addr().String()
	c.WebDSN = cfg.FormatDSN()
}

// letLateGo sends every CALL on that was kept back, and every later one at once.
func (p *cutProxy) letLateGo() { p.once.Do(func() { close(p.late) }) }

// lateCame says how many late CALLs have arrived after all and were answered by the server.
func (p *cutProxy) lateCame() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.came
}

// count returns how many CALLs met each cut.
func (p *cutProxy) count() map[cut]int {
	p.mu.Lock()
	defer p.mu.Unlock()
	made := map[cut]int{}
	for c, n := range p.made {
		made[c] = n
	}
	return made
}

// calls returns how many CALLs came, cut or not.
func (p *cutProxy) calls() int {
	n := 0
	for _, made := range p.count() {
		n += made
	}
	return n
}

func (p *cutProxy) accept() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return // closed
		}
		p.wg.Go(func() { p.serve(client) })
	}
}

// link is one connection of the shop and the one to the server that belongs to it.
type link struct {
	client, server net.Conn
	mu             sync.Mutex
	now            cut // what will happen to the answer that comes next
	packets        int // of an answer cut in the middle: whole ones that pass first
}

func (p *cutProxy) serve(client net.Conn) {
	server, err := (&net.Dialer{Timeout: 5 * time.Second}).DialContext(p.stop, "tcp", p.upstream)
	if err != nil {
		_ = client.Close() // the server is away: so are we
		return
	}
	l := &link{client: client, server: server}
	release := context.AfterFunc(p.stop, l.breakBoth)
	defer release()
	p.wg.Go(func() { p.answers(l) })
	p.requests(l)
}

// breakBoth ends both sides at once, with a reset rather than a farewell.
func (l *link) breakBoth() {
	for _, c := range []net.Conn{l.client, l.server} {
		if tcp, ok := c.(*net.TCPConn); ok {
			_ = tcp.SetLinger(0)
		}
		_ = c.Close()
	}
}

// requests passes on what the shop says.
func (p *cutProxy) requests(l *link) {
	from := bufio.NewReader(l.client)
	for {
		packet, err := readPacket(from)
		if err != nil {
			l.mu.Lock()
			away := l.now == cutAway || l.now == cutLate
			l.mu.Unlock()
			if !away {
				l.breakBoth()
			}
			return
		}
		if bytes.HasPrefix(packet[4:], []byte("\x03CALL "+p.cuts+"(")) {
			if !p.call(l) {
				return
			}
		}
		if _, err := l.server.Write(packet); err != nil {
			l.breakBoth()
			return
		}
		if !l.afterSend() {
			return
		}
	}
}

// call asks the plan about a CALL that has come. It returns false when the CALL goes no further.
func (p *cutProxy) call(l *link) bool {
	p.mu.Lock()
	n := 0
	for _, made := range p.made {
		n += made
	}
	c := p.plan(n)
	p.made[c]++
	p.mu.Unlock()
	l.mu.Lock()
	l.now, l.packets = c, p.whole(n)
	l.mu.Unlock()
	switch c {
	case cutBefore:
		l.breakBoth()
		return false
	case cutLate:
		_ = l.client.Close()
		select {
		case <-p.late:
		case <-p.stop.Done():
			return false
		}
	}
	return true
}

// afterSend does what the cut wants once the CALL is with the server. It returns false when the shop's side is gone.
func (l *link) afterSend() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch l.now {
	case cutAfter:
		l.breakBoth()
		return false
	case cutAway:
		_ = l.client.Close()
		return false
	case cutLate:
		return false
	default:
		return true
	}
}

// answers passes on what the server says.
func (p *cutProxy) answers(l *link) {
	defer l.breakBoth()
	from := bufio.NewReader(l.server)
	for {
		packet, err := readPacket(from)
		if err != nil {
			return
		}
		l.mu.Lock()
		now, left := l.now, l.packets
		l.packets--
		l.mu.Unlock()
		if now == cutLate {
			p.mu.Lock()
			p.came++
			p.mu.Unlock()
		}
		switch {
		case now == cutAfter || now == cutAway || now == cutAnswered || now == cutLate:
			return // the server has done its work, whatever it says
		case now == cutMiddle && left <= 0:
			_, _ = l.client.Write(packet[:len(packet)/2])
			return
		}
		if _, err := l.client.Write(packet); err != nil {
			return
		}
	}
}

// readPacket reads one packet of the protocol with its header: three bytes of length, one of sequence.
func readPacket(from *bufio.Reader) ([]byte, error) {
	header, err := from.Peek(4)
	if err != nil {
		return nil, err
	}
	packet := make([]byte, 4+(int(header[0])|int(header[1])<<8|int(header[2])<<16))
	_, err = io.ReadFull(from, packet)
	return packet, err
}
