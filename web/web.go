// Package web serves shoppers: public pages from memory, the purchase, orders, and accounts. Every address stands in routes, every
// answer that is not a plain success is written in respond.go.
//
// An order comes in through order.go, which asks nothing but memory before it calls store.PlaceOrder.
package web

import (
	"net/http"
	"net/netip"
	"strings"
	"sync/atomic"
	"time"

	"doorbuster/store"
	"doorbuster/web/login"
	"doorbuster/web/static"
	"doorbuster/web/ui"
	"doorbuster/web/wire"
)

// Server answers shoppers. Make one with New; it holds no goroutine until Run.
type Server struct {
	cfg    Config
	store  *store.Store
	memory rememberer // of the Purchaser; nil: it has none
	till   till       // of the payment provider; nil: it is no sandbox
	mux    http.Handler
	secure bool // browsers come over https

	proxies wire.Proxies

	press    http.Handler // what the router has for pressRoute
	sessions sealer
	passes   passes
	hashes   *login.Hasher
	metrics  *metrics
	early    early
	answers  *answers
	sales    *shelf[struct{}, listFacts] // one page
	sale     *shelf[salePage, saleFacts]
	items    *shelf[uint64, itemFacts]
	album    *album

	addresses *wire.Buckets[netip.Addr]
	shoppers  *wire.Buckets[uint64]
	accounts  *accountLimits
	quiet     *wire.Buckets[struct{}] // log lines that may be left out
	admission *admission

	draining atomic.Bool
}

// New checks cfg and makes a Server. It fails on a setting that cannot work; the database may be away.
func New(cfg Config) (*Server, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	s := &Server{cfg: cfg, store: cfg.Store, secure: strings.HasPrefix(cfg.PublicURL, "https:"), metrics: newMetrics(cfg.Registerer)}
	s.proxies = wire.Proxies{Networks: cfg.TrustedProxies, Header: cfg.ProxyHeader}
	if s.sessions, err = newSealer(cfg.SessionKeys); err != nil {
		return nil, err
	}
	s.passes = newPasses(cfg.PassKeys)
	s.hashes = login.NewHasher()
	s.memory, _ = cfg.Purchaser.(rememberer)
	s.till, _ = cfg.Payment.Provider().(till)
	l := cfg.Limits
	s.addresses = wire.NewBuckets[netip.Addr](l.AddressPerSecond, 2*l.AddressPerSecond, time.Second)
	s.shoppers = wire.NewBuckets[uint64](l.ShopperPerSecond, l.ShopperBurst, time.Second)
	s.accounts = newAccountLimits(l)
	s.quiet = wire.NewBuckets[struct{}](quietLines, quietLines, time.Second)
	s.admission = newAdmission(time.Now)
	s.sales, s.sale, s.items = s.newSalesShelf(), s.newSaleShelf(), s.newItemShelf()
	s.album = newAlbum(albumBytes, s.store.ShowImage)
	s.early = newEarly(s.metrics)
	s.answers = newAnswers(s.store)
	s.mux = s.guardOrigin(s.mount(s.routes()))
	s.press = s.guardOrigin(s.proxies.Known(s.do(pressRoute, data, "", s.buyByJSON)))
	return s, nil
}

// routes is the whole table. Pages stand under each language: /en/…, /zh/….
func (s *Server) routes() []route {
	return []route{
		// Public pages: one copy for everybody, from memory.
		{get, "/", public, s.showSales},
		{get, "/sales/{sale}", public, s.showSale},
		{get, "/items/{item}", public, s.showItem},
		{get, "/items/{item}/state", shared, s.showState},

		// Buying.
		{get, "/items/{item}/pass", data, s.showPass},
		{post, "/items/{item}/orders", press, s.buyByForm},
		{post, "/items/{item}/orders", data, s.buyByJSON},

		// Before everybody: the code that lets in.
		{get, "/items/{item}/code", personal, s.showCode},
		{post, "/items/{item}/code", personal, s.redeemCode},

		// The shopper's own orders.
		{get, "/orders", personal, s.listOrders},
		{get, "/orders/{order}", personal, s.showOrder},
		{post, "/orders/{order}/pay", personal, s.payByForm},
		{get, "/orders/{order}/paid", back, s.comeBack},
		{post, "/orders/{order}/extend", personal, s.extendByForm},
		{post, "/orders/{order}/cancel", personal, s.cancelByForm},
		{get, "/orders/{order}", data, s.showOrderData},
		{post, "/orders/{order}/pay", data, s.payByJSON},
		{post, "/orders/{order}/extend", data, s.extendByJSON},
		{post, "/orders/{order}/cancel", data, s.cancelByJSON},

		// The payment provider, and the page of the one that takes no money.
		{post, "/payments/callback", called, s.takeCallback},
		{get, "/sandbox/{payment}", personal, s.showSandbox},
		{post, "/sandbox/{payment}", personal, s.paySandbox},

		// Accounts.
		{get, "/sign-in", personal, s.askSignIn},
		{post, "/sign-in", personal, s.signIn},
		{get, "/sign-up", personal, s.askSignUp},
		{post, "/sign-up", personal, s.signUp},
		{post, "/sign-out", personal, s.signOut},
		{get, "/sign-in/link", link, s.signInByLink},

		// Addresses without a language lead to the one that the browser prefers.
		{get, "/", bare, s.leadToLanguage},
		{get, "/sales/{sale}", bare, s.leadToLanguage},
		{get, "/items/{item}", bare, s.leadToLanguage},
		{get, "/orders", bare, s.leadToLanguage},
		{get, "/sign-in", bare, s.leadToLanguage},
		{get, "/sign-up", bare, s.leadToLanguage},

		// For other programs of the merchant.
		{get, "/api/events", data, s.showEvents},

		// Files.
		{get, "/static/*", bare, serve(static.Handler())},
		{get, "/images/*", file, s.showImage},
	}
}

// leadToLanguage sends a browser to the same page in its language.
func (s *Server) leadToLanguage(a *reply, r *http.Request) error {
	h := a.Header()
	h.Add("Vary", "Accept-Language")
	h.Set("Cache-Control", "public, max-age=60")
	to := "/" + string(ui.Match(r.Header.Get("Accept-Language"))) + r.URL.EscapedPath()
	if r.URL.RawQuery != "" {
		to += "?" + r.URL.RawQuery
	}
	h.Set("Location", to)
	a.WriteHeader(http.StatusFound)
	return nil
}
