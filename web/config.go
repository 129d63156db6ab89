package web

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"doorbuster/payment"
	"doorbuster/store"
	"doorbuster/web/wire"
)

// Config says what a Server needs. Store, PublicURL, ShopName, Payment and the three Keys are required.
type Config struct {
	Store     *store.Store // opened with the web account
	PublicURL string       // scheme and host that browsers use: "https://shop.example.com". https makes cookies Secure and sends HSTS
	ShopName  string       // in the header of every page

	Payment *payment.Desk // where orders are paid

	SessionKeys Keys // seal session cookies; 32 bytes each
	PassKeys    Keys // sign purchase passes
	LinkSecrets Keys // shared with the merchant's own shop, which signs sign-in links with them

	// TrustedProxies are the peers whose word about the client's address and the request id is taken. Empty: nobody's.
	TrustedProxies []netip.Prefix
	// ProxyHeader is a header with one address that the proxies always overwrite ("X-Real-IP"); empty: X-Forwarded-For.
	ProxyHeader string

	// Purchaser places the orders; default Store. The benchmark puts other designs behind the same pages and gates.
	Purchaser Purchaser

	Images     fs.FS                 // what /images/ serves; nil: nothing
	Log        *slog.Logger          // default slog.Default()
	Registerer prometheus.Registerer // where metrics go; nil: nowhere
	Gatherer   prometheus.Gatherer   // what /metrics of Ops shows; nil: no metrics
	Limits     Limits

	MaxConnections int             // most open connections of shoppers; default 10,000
	DrainDelay     time.Duration   // between the red readiness and the closing of the listener; default 2 s, negative: none
	Events         http.Handler    // answers GET /api/events; nil: nobody is told
	Mails          http.Handler    // for operators, at /mails: the mailbox of a demo; nil: there is none
	Details        func() []string // more lines for /readyz, such as who elects the worker; nil: none
}

// Purchaser tries to place one order, as store.Store.PlaceOrder does: it answers when the order is committed or refused.
type Purchaser interface {
	PlaceOrder(ctx context.Context, p store.Purchase) (store.Placement, error)
}

// rememberer is a Purchaser that can say from memory that an item is sold out to a shopper, or that too many are in line for it.
type rememberer interface {
	AnswersFromMemory(item uint64) bool // worth asking the two below at all
	RefusedFromMemory(item, user uint64) (store.Placement, bool)
	BusyFromMemory(item, user uint64) (store.Placement, bool)
}

// Limits bound how often one caller may ask. They protect against scripts; the database's rules hold without them.
type Limits struct {
	AddressPerSecond int // requests of one address (IPv6: one /64) that are not answered from memory; default 200, bursts twice that
	ShopperPerSecond int // passes, presses, payments and cancellations of one shopper; default 5
	ShopperBurst     int // of them at once; default 10

	SignInsPerMinute int // tries with a password from one address; default 60
	TriesPerAccount  int // tries with a password for one e-mail in ten minutes; default 20
	SignUpsPerHour   int // new accounts from one address; default 60
	CodesPerMinute   int // access codes that are shown from one address; default 60
	CodesPerShopper  int // access codes that one shopper shows in ten minutes; default 10

	ExemptLoopback bool // callers on this machine are not limited by address: for rehearsals
}

// Keys are secrets for rotation.
type Keys = wire.Keys

// withDefaults fills in what may be left out and refuses what cannot work.
func (c Config) withDefaults() (Config, error) {
	if c.Store == nil {
		return c, errors.New("web: no store")
	}
	if c.ShopName == "" {
		return c, errors.New("web: the shop has no name")
	}
	if c.Payment == nil {
		return c, errors.New("web: no payment desk")
	}
	u, err := url.Parse(c.PublicURL)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || (u.Path != "" && u.Path != "/") {
		return c, fmt.Errorf("web: public address %q: must be http(s)://host without a path", c.PublicURL)
	}
	if c.ProxyHeader != "" && len(c.TrustedProxies) == 0 {
		return c, fmt.Errorf("web: header %s is to be trusted, but no proxy: name the proxies' networks", c.ProxyHeader)
	}
	if err := errors.Join(c.SessionKeys.Check("session keys"), c.PassKeys.Check("pass keys"), c.LinkSecrets.Check("link secrets")); err != nil {
		return c, fmt.Errorf("web: %w", err)
	}
	if c.Purchaser == nil {
		c.Purchaser = c.Store
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	switch {
	case c.DrainDelay < 0:
		c.DrainDelay = 0
	case c.DrainDelay == 0:
		c.DrainDelay = 2 * time.Second
	}
	l := &c.Limits
	for p, v := range map[*int]int{
		&c.MaxConnections: 10_000, &l.AddressPerSecond: 200, &l.ShopperPerSecond: 5, &l.ShopperBurst: 10,
		&l.SignInsPerMinute: 60, &l.TriesPerAccount: 20, &l.SignUpsPerHour: 60, &l.CodesPerMinute: 60, &l.CodesPerShopper: 10,
	} {
		if *p <= 0 {
			*p = v
		}
	}
	return c, nil
}
