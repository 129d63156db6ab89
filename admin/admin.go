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
	"time"

	"github.com/alexedwards/scs/v2"

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

	Proxies wire.Proxies // whose word about the client's address is taken; the zero value: nobody's
	Log     *slog.Logger // default slog.Default()

	// Tries bounds guessing: passwords and codes from one address in a minute, default 20, and for one member in ten minutes, default 20.
	Tries int
}

// Letters writes the words of a mail: its subject and its text.
type Letters interface {
	Words(m store.DueMail) (subject, text string, err error)
}

// Server answers staff. Make one with New; it holds no goroutine until Run.
type Server struct {
	cfg      Config
	store    *store.Store
	mux      http.Handler
	secure   bool // browsers come over https
	sessions *scs.SessionManager
	secrets  sealer
	hashes   *login.Hasher

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
	s := &Server{cfg: cfg, store: cfg.Store, secure: u.Scheme == "https", hashes: login.NewHasher()}
	s.uploads, s.encodings, s.shown = make(turns, mostUploads), make(turns, 1), make(turns, mostShown)
	s.imports = newImportRunner(cfg.Store, cfg.Log)
	if s.secrets, err = newSealer(cfg.Keys); err != nil {
		return nil, err
	}
	s.sessions = newSessions(cfg.Store, s.secure)
	s.byAddress = wire.NewBuckets[netip.Addr](cfg.Tries, cfg.Tries, time.Minute)
	s.byMember = wire.NewBuckets[string](cfg.Tries, cfg.Tries, 10*time.Minute)
	s.mux = s.guardOrigin(s.mount(s.routes()))
	return s, nil
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.mux.ServeHTTP(w, r) }

// Run serves on l, and carries out imports of products, until ctx is done; requests under way get at most ten seconds. It closes l. Afterwards the caller closes the Store.
func (s *Server) Run(ctx context.Context, l net.Listener) error {
	server := wire.HTTPServer(s, s.cfg.Log)
	failed := make(chan error, 1)
	go func() { failed <- wire.Serve(server, l) }()
	jobs, stopJobs := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		s.imports.run(jobs)
	}()
	defer func() {
		stopJobs()
		<-ended
	}()
	select {
	case <-ctx.Done():
		return errors.Join(wire.Stop(server), <-failed)
	case err := <-failed: // the listener broke
		return errors.Join(err, wire.Stop(server))
	}
}

// routes is the whole table. Pages stand under each language: /en/…, /zh/….
func (s *Server) routes() []route {
	return slices.Concat(s.signRoutes(), s.saleRoutes(), s.mailRoutes(), s.productRoutes(), []route{
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
