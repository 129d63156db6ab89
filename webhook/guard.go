package webhook

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"syscall"
)

// ErrRefused says that nothing was sent because the address may not be asked.
var ErrRefused = errors.New("address refused")

// special are the networks within the public space that lead elsewhere than to a host of the Internet: this network, shared by providers (where some
// clouds keep their metadata), protocol assignments, documentation, measurement, 6to4 and Teredo (which carry an IPv4 address), reserved, and the
// address at which a cloud answers its own machines.
var special = prefixes("0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15", "198.51.100.0/24",
	"203.0.113.0/24", "240.0.0.0/4", "168.63.129.16/32", "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")

// globalUnicast is all of IPv6 that is given to hosts of the Internet. The rest (local, unique local, multicast, IPv4 in IPv6, NAT64) is refused whole.
var globalUnicast = netip.MustParsePrefix("2000::/3")

func prefixes(texts ...string) []netip.Prefix {
	var all []netip.Prefix
	for _, text := range texts {
		all = append(all, netip.MustParsePrefix(text))
	}
	return all
}

// guard says which addresses may be asked.
type guard struct {
	allowed []netip.Prefix // though they are not public
	only    bool           // nothing else: for plain HTTP
}

// permits says whether an address may be asked. It is the address of the connection, so a name that resolves differently a moment later, or
// a number written in another way, changes nothing.
func (g guard) permits(a netip.Addr) bool {
	a = a.Unmap().WithZone("")
	if slices.ContainsFunc(g.allowed, func(p netip.Prefix) bool { return p.Contains(a) }) {
		return true
	}
	if g.only || !a.IsGlobalUnicast() || a.IsPrivate() || a.Is6() && !globalUnicast.Contains(a) {
		return false
	}
	return !slices.ContainsFunc(special, func(p netip.Prefix) bool { return p.Contains(a) })
}

// control is net.Dialer.ControlContext: it is called with each address after names were resolved, before anything is sent to it.
func (g guard) control(_ context.Context, _, address string, _ syscall.RawConn) error {
	a, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("%w: %s", ErrRefused, address)
	}
	if !g.permits(a.Addr()) {
		return fmt.Errorf("%w: %s is not a public address", ErrRefused, a.Addr())
	}
	return nil
}

// CheckURL says whether a webhook may have this URL: https, or http where plain says so; a host; no user and no fragment.
func CheckURL(text string, plain bool) error {
	u, err := url.Parse(text)
	switch {
	case err != nil:
		return errors.New("webhook: this is no URL")
	case u.Scheme != "https" && !(plain && u.Scheme == "http"):
		return errors.New("webhook: the URL must begin with https://")
	case u.Hostname() == "":
		return errors.New("webhook: the URL names no host")
	case u.User != nil:
		return errors.New("webhook: the URL holds a user or a password, which would stand in logs")
	case u.Fragment != "":
		return errors.New("webhook: the URL has a fragment, which is never sent")
	case len(text) > 500:
		return errors.New("webhook: the URL is longer than 500 characters")
	}
	for _, c := range text {
		if c <= ' ' || c > '~' {
			return errors.New("webhook: the URL holds a character that is not ASCII: write the host in punycode, the rest with %")
		}
	}
	return nil
}
