package webhook

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"

	"go.uber.org/goleak"
	"golang.org/x/net/dns/dnsmessage"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestWhichAddressesAreRefused(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"127.0.0.1", "127.255.255.254", "::1", "0.0.0.0", "0.1.2.3", "::", // this machine
		"10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "fd00::1", "fc00::1", "fec0::1", // inside
		"169.254.0.1", "fe80::1", "fe80::1%eth0", "224.0.0.1", "239.1.2.3", "ff02::1", "ff0e::1", // link, many
		"100.64.0.1", "100.127.255.255", // behind a provider's NAT
		"169.254.169.254", "fd00:ec2::254", "100.100.100.200", "192.0.0.192", "168.63.129.16", // metadata of clouds
		"::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b:1::1", "2002:7f00:1::1", "2001::1", // IPv4 within IPv6
		"255.255.255.255", "240.0.0.1", "192.0.2.1", "198.51.100.1", "203.0.113.1", "198.18.0.1", "198.19.255.255", "2001:db8::1", "3fff::1", "100::1", // nobody
	} {
		if (guard{}).permits(netip.MustParseAddr(text)) {
			t.Errorf("%s is permitted", text)
		}
	}
	for _, text := range []string{"1.1.1.1", "8.8.8.8", "100.63.255.255", "100.128.0.1", "172.15.0.1", "172.32.0.1", "192.169.0.1", "2606:4700::1111", "::ffff:8.8.8.8"} {
		if !(guard{}).permits(netip.MustParseAddr(text)) {
			t.Errorf("%s is refused", text)
		}
	}
	some := guard{allowed: prefixes("10.1.0.0/16", "fd12::/16"), only: true}
	for text, want := range map[string]bool{"10.1.2.3": true, "::ffff:10.1.2.3": true, "fd12::1": true, "10.2.0.1": false, "127.0.0.1": false, "8.8.8.8": false} {
		if some.permits(netip.MustParseAddr(text)) != want {
			t.Errorf("plain http to %s: %t", text, !want)
		}
	}
	if err := (guard{}).control(t.Context(), "tcp", "no address", nil); !errors.Is(err, ErrRefused) {
		t.Errorf("what is no address: %v", err)
	}
}

// trap listens where nobody may connect to and counts who does.
func trap(t *testing.T) (port string, connections *atomic.Int64) {
	t.Helper()
	connections = &atomic.Int64{}
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			connections.Add(1)
			_ = c.Close()
		}
	}()
	t.Cleanup(func() {
		_ = l.Close()
		<-done
	})
	_, port, _ = net.SplitHostPort(l.Addr().String())
	return port, connections
}

// However loopback is written, nothing is sent there. What the machine's resolver makes of odd numbers is its own affair: it may not know them.
func TestNothingConnectsInside(t *testing.T) {
	t.Parallel()
	port, connections := trap(t)
	s := NewSender(Options{})
	defer s.Close()
	for _, host := range []string{
		"127.0.0.1", "127.1", "127.0.1", "2130706433", "0177.0.0.1", "017700000001", "0x7f.0.0.1", "0x7f000001", "0", "0.0.0.0",
		"[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[0:0:0:0:0:ffff:127.0.0.1]", "[64:ff9b::127.0.0.1]", "localhost", "LOCALHOST", "localhost.",
	} {
		d := delivery("https://" + host + ":" + port + "/")
		a := s.Send(t.Context(), d)
		refused := strings.Contains(a.Answer, "address refused") || strings.Contains(a.Answer, "does not resolve") || strings.Contains(a.Answer, "no such host")
		if a.Status != 0 || !refused {
			t.Errorf("%s: status %d, %q", host, a.Status, a.Answer)
		}
	}
	if n := connections.Load(); n != 0 {
		t.Errorf("%d connections were made inside", n)
	}
	// The trap works: with the network allowed there is a connection.
	open := NewSender(Options{Allowed: prefixes("127.0.0.0/8")})
	defer open.Close()
	if a := open.Send(t.Context(), delivery("http://127.0.0.1:"+port+"/")); connections.Load() == 0 || !strings.Contains(a.Answer, "closed without an answer") {
		t.Errorf("the trap caught nobody: %q", a.Answer)
	}
}

// A name that resolves to an address inside is refused when it is connected to, by the address that would be used, which is asked for once: there
// is no moment between looking and connecting in which the name could change.
func TestNameThatLeadsInside(t *testing.T) {
	t.Parallel()
	port, connections := trap(t)
	for _, answers := range [][]string{{"127.0.0.1"}, {"10.0.0.1", "127.0.0.1"}, {"169.254.169.254"}} {
		resolver, asked := nameServer(t, answers...)
		s := NewSender(Options{resolver: resolver})
		a := s.Send(t.Context(), delivery("https://inside.example:"+port+"/"))
		s.Close()
		if a.Status != 0 || !strings.Contains(a.Answer, "address refused: ") {
			t.Errorf("%v: status %d, %q", answers, a.Status, a.Answer)
		}
		if n := asked.Load(); n != 1 {
			t.Errorf("%v: the name was asked for %d times", answers, n)
		}
	}
	if n := connections.Load(); n != 0 {
		t.Errorf("%d connections were made inside", n)
	}
}

// nameServer is a resolver that knows one answer for every name, and counts how often it is asked for IPv4.
func nameServer(t *testing.T, answers ...string) (*net.Resolver, *atomic.Int64) {
	t.Helper()
	asked := &atomic.Int64{}
	conn, err := (&net.ListenConfig{}).ListenPacket(t.Context(), "udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		buffer := make([]byte, 4096)
		for {
			n, from, err := conn.ReadFrom(buffer)
			if err != nil {
				return
			}
			if reply := resolve(buffer[:n], asked, answers); reply != nil {
				_, _ = conn.WriteTo(reply, from)
			}
		}
	}()
	t.Cleanup(func() {
		_ = conn.Close()
		<-done
	})
	address := conn.LocalAddr().String()
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "udp", address)
	}}, asked
}

func resolve(query []byte, asked *atomic.Int64, answers []string) []byte {
	var m dnsmessage.Message
	if m.Unpack(query) != nil || len(m.Questions) != 1 {
		return nil
	}
	m.Response, m.Additionals = true, nil
	if m.Questions[0].Type == dnsmessage.TypeA {
		asked.Add(1)
		for _, text := range answers {
			m.Answers = append(m.Answers, dnsmessage.Resource{
				Header: dnsmessage.ResourceHeader{Name: m.Questions[0].Name, Type: dnsmessage.TypeA, Class: dnsmessage.ClassINET, TTL: 0},
				Body:   &dnsmessage.AResource{A: netip.MustParseAddr(text).As4()},
			})
		}
	}
	reply, err := m.Pack()
	if err != nil {
		return nil
	}
	return reply
}

func TestCheckURL(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"https://shop.example/hook?x=1": "", "https://shop.example:8443": "", "http://10.0.0.1/": "must begin with https", "shop.example": "must begin with https",
		"ftp://shop.example": "must begin with https", "https://": "names no host", "https://:443/": "names no host", "https://a:b@shop.example/": "user or a password",
		"https://shop.example/#x": "fragment", "https://shop.example/ü": "not ASCII", "https://bücher.example/": "not ASCII", "https://shop.example/a b": "not ASCII",
		"https://shop.example/" + strings.Repeat("x", 500): "longer", "https://shop.example/%zz": "no URL",
	} {
		if err := CheckURL(text, false); want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
	if err := CheckURL("http://10.0.0.1/", true); err != nil {
		t.Error(err)
	}
}
