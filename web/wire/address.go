package wire

import (
	"net/http"
	"net/netip"

	"github.com/go-chi/chi/v5/middleware"
)

// Proxies are the peers whose word about the client's address is taken. The zero value: nobody's.
type Proxies struct {
	Networks []netip.Prefix
	Header   string // a header with one address that they always overwrite ("X-Real-IP"); empty: X-Forwarded-For
}

// Known finds, for what stands behind it, the client's address in the headers of trusted proxies. Without such proxies it adds nothing: the address
// is that of the connection (see Address).
func (p Proxies) Known(next http.Handler) http.Handler {
	if len(p.Networks) == 0 {
		return next
	}
	var networks []string
	for _, n := range p.Networks {
		networks = append(networks, n.Masked().String())
	}
	if p.Header != "" {
		return middleware.ClientIPFromHeader(p.Header, networks...)(next)
	}
	return middleware.ClientIPFromXFF(networks...)(next)
}

// Address is the address a request comes from: of the connection, unless trusted proxies tell another. The zero address: none that
// can be told. (chi has a middleware for the first case too; it copies the request, which costs more than a refusal.)
func (p Proxies) Address(r *http.Request) netip.Addr {
	if len(p.Networks) > 0 {
		return middleware.GetClientIPAddr(r.Context())
	}
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	return peer.Addr().Unmap()
}

// Trust says whether the peer of the connection is one of them.
func (p Proxies) Trust(r *http.Request) bool {
	if len(p.Networks) == 0 {
		return false
	}
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return false
	}
	addr := peer.Addr().Unmap().WithZone("")
	for _, network := range p.Networks {
		if network.Contains(addr) {
			return true
		}
	}
	return false
}

// LimitKey is what requests of an address are counted by: the IPv4 address or the IPv6 network of 64 bits, which is what one household has.
func LimitKey(addr netip.Addr) netip.Addr {
	if addr.Is6() {
		if network, err := addr.WithZone("").Prefix(64); err == nil {
			return network.Addr()
		}
	}
	return addr
}
