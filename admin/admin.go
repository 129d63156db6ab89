// Package admin serves staff: the console, on a listener of its own, with an account of its own in the database (doorbuster_admin). Every address
// stands in routes with the right it needs; every answer that is not a plain success is written in respond.go.
//
// Who asks is found out anew for each request: the session in the database says who signed in, the member's row says with which rights now. So a role
// that changes, or a member who is disabled, needs no new sign-in. The procedures check the rights once more (sql/procedures/check_staff.sql).
package admin

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"sync"
	"time"

	"github.com/alexedwards/scs/v2"

	"doorbuster/admin/room"
	"doorbuster/store"
	"doorbuster/web/login"
	"doorbuster/web/static"
	"doorbuster/web/wire"
)

// Config says what a Server needs. Store, PublicURL, ShopName and Keys are required.
type Config struct {
	Store     *store.Store // opened with the admin account, with a pool of its own: the console works while shoppers press
	PublicURL string       // scheme and host that browsers use; https makes cookies Secure and sends HSTS
	ShopName  string       // on every page, and in members' authenticator apps
	Keys      wire.Keys    // seal the secrets of second factors; 32 bytes each

	// Letters writes mails as they would be sent, to show them; nil: they are shown without their words.
	Letters Letters
	Sandbox bool // payments move no money
	Lossy   bool // the shop may serve on a database that may lose acknowledged orders: the go-live check only warns of it

	// Rehearser plays rehearsals; nil: nobody does, and the pages say how to set it up.
	Rehearser Rehearser
	// Webhooks makes what webhooks need; nil: none can be added, and deliveries are shown without their bodies.
	Webhooks Webhooks

	Proxies wire.Proxies // whose word about the client's address is taken; the zero value: nobody's
	Log     *slog.Logger // default slog.Default()

	// Tries bounds guessing: passwords and codes from one address in a minute, default 20, and for one member in ten minutes, default 20.
	Tries int

	// WatchFor is how long one connection of a live room lasts before the browser comes again; default 15 minutes.
	WatchFor time.Duration
}

// Letters writes the words of a mail: its subject and its text.
type Letters interface {
	Words(m store.DueMail) (subject, text string, err error)
}

// Webhooks says which addresses may be told of events, makes the secrets that sign what they are told, and writes the bodies that they get.
type Webhooks interface {
	CheckURL(text string) error
	NewSecret() string
	Body(e store.Event) ([]byte, error)
}

// Server answers staff. Make one with New; it holds no goroutine until Run, which also does exports and bulk work.
type Server struct {
	cfg      Config
	store    *store.Store
	mux      http.Handler
	secure   bool // browsers come over https
	sessions *scs.SessionManager
	secrets  sealer
	hashes   *login.Hasher
	runner   *runner
	rooms    *room.Rooms

	crew crew // what goes on beside requests

	uploads   turns // files in memory
	encodings turns // pictures being made
	shown     turns // pictures being read
	imports   importRunner

	byAddress *wire.Buckets[netip.Addr]
	byMember  *wire.Buckets[string]
}

// New checks cfg and makes a Server. It fails on a setting that cannot work; the database may be away.
func New(cfg Config) (*Server, error) {
	if cfg.Store == nil {
		return nil, errors.New("admin: no store")
	}
	if cfg.ShopName == "" {
		return nil, errors.New("admin: the shop has no name")
	}
	u, err := url.Parse(cfg.PublicURL)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || (u.Path != "" && u.Path != "/") {
		return nil, fmt.Errorf("admin: public address %q: must be http(s)://host without a path", cfg.PublicURL)
	}
	if err := cfg.Keys.Check("staff keys"); err != nil {
		return nil, fmt.Errorf("admin: %w", err)
	}
	if cfg.Log == nil {
		cfg.Log = slog.Default()
	}
	if cfg.Tries <= 0 {
		cfg.Tries = 20
	}
	if cfg.WatchFor <= 0 {
		cfg.WatchFor = 15 * time.Minute
	}
	s := &Server{cfg: cfg, store: cfg.Store, secure: u.Scheme == "https", hashes: login.NewHasher(), rooms: newRooms(cfg)}
	s.uploads, s.encodings, s.shown = make(turns, mostUploads), make(turns, 1), make(turns, mostShown)
	if s.secrets, err = newSealer(cfg.Keys); err != nil {
		return nil, err
	}
	s.sessions = newSessions(cfg.Store, s.secure)
	s.runner = newRunner(cfg.Store, cfg.Log)
	s.imports = newImportRunner(cfg.Store, cfg.Log)
	s.byAddress = wire.NewBuckets[netip.Addr](cfg.Tries, cfg.Tries, time.Minute)
	s.byMember = wire.NewBuckets[string](cfg.Tries, cfg.Tries, 10*time.Minute)
	s.mux = s.guardOrigin(s.mount(s.routes()))
	return s, nil
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.mux.ServeHTTP(w, r) }

// Run serves on l, and does exports, bulk work and imports of products, until ctx is done; live rooms are closed then, other requests under way get at most ten
// seconds, an order that is being done twenty, and what goes on beside them is stopped and waited for. It closes l. Afterwards the caller closes the Store.
func (s *Server) Run(ctx context.Context, l net.Listener) error {
	ctx, stop := context.WithCancel(ctx)
	s.crew.begin(ctx)
	defer s.crew.end()
	defer stop() // before the crew is waited for
	server := wire.HTTPServer(s, s.cfg.Log)
	working, rest := context.WithCancel(ctx)
	var tasks sync.WaitGroup
	tasks.Go(func() { s.runner.run(working) })
	tasks.Go(func() { s.imports.run(working) })
	defer tasks.Wait()
	defer rest()
	failed := make(chan error, 1)
	go func() { failed <- wire.Serve(server, l) }()
	select {
	case <-ctx.Done():
		s.rooms.Stop() // first: who watches is a request that does not end by itself
		return errors.Join(wire.Stop(server), <-failed)
	case err := <-failed: // the listener broke
		s.rooms.Stop()
		return errors.Join(err, wire.Stop(server))
	}
}

// routes is the whole table. Pages stand under each language: /en/…, /zh/….
func (s *Server) routes() []route {
	return slices.Concat(s.signRoutes(), s.saleRoutes(), s.rehearsalRoutes(), s.reportRoutes(), s.mailRoutes(), s.itemRoutes(), s.checkRoutes(), s.switchRoutes(), s.orderRoutes(), s.exportRoutes(), s.teamRoutes(), s.logRoutes(), s.undoRoutes(), s.paymentRoutes(), s.webhookRoutes(), s.workerRoutes(), s.roomRoutes(), s.draftRoutes(), s.codeRoutes(), s.productRoutes(), []route{
		{get, "/", read, s.showHome},
		{get, "/more", read, s.showPlaces},
		{get, "/account", read, s.showAccount},
		{post, "/account/preferences", read, s.keepPreferences},
		{post, "/sign-out/everywhere", read, s.signOutEverywhere},

		// Without a language.
		{get, "/", plain, s.leadToLanguage},
		{get, "/enrol/qr.png", picture, s.showQR},
		{get, "/static/*", plain, files(static.Handler())},
	})
}
