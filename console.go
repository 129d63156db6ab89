package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"doorbuster/admin"
	"doorbuster/mail"
	"doorbuster/payment/stripe"
	"doorbuster/store"
	"doorbuster/web/login"
	"doorbuster/web/wire"
	"doorbuster/webhook"
)

// consoleSettings say where staff connect to, and what keeps their second factors.
type consoleSettings struct {
	AdminAddress string `help:"Where staff connect to." default:"127.0.0.1:8082" env:"ADMIN_ADDRESS"`
	AdminURL     string `help:"Address of the console as staff type it: links in invitations begin with it." default:"http://127.0.0.1:8082" env:"ADMIN_URL"`
}

type adminCmd struct {
	consoleSettings
	OpsAddress         string   `help:"Where operators connect to: /livez, /readyz, /metrics. Keep it private." default:"127.0.0.1:8083" env:"OPS_ADDRESS"`
	StaffKeys          string   `help:"One or two keys (base64, 32 bytes) that seal the second factors of staff." env:"STAFF_KEYS"`
	TrustedProxies     []string `help:"Networks (CIDR) whose X-Forwarded-For is believed." env:"TRUSTED_PROXIES"`
	AdminDatabaseURL   string   `help:"Address for the account doorbuster_admin: mysql://user:password@host:3306/database." env:"ADMIN_DATABASE_URL"`
	RehearsalURL       string   `help:"Address for an account that may do everything on a database server of its own: sales are rehearsed there. Its database must be called …_rehearsal." env:"REHEARSAL_DATABASE_URL"`
	AllowLossyDatabase bool     `help:"As the shop has it: a database that may lose acknowledged orders is only warned of before a sale goes live." env:"ALLOW_LOSSY_DATABASE"`
	PaymentProvider    string   `help:"Whom shoppers pay, as the shop has it: ${enum}. In the sandbox every page says so." enum:"sandbox,stripe" default:"sandbox" env:"PAYMENT_PROVIDER"`
	nameSettings
}

// Run serves staff until ctx ends.
func (c *adminCmd) Run(ctx context.Context, log *slog.Logger) (err error) {
	dsn, err := need(c.AdminDatabaseURL, "ADMIN_DATABASE_URL")
	if err != nil {
		return err
	}
	if c.StaffKeys == "" {
		return usageError{errors.New("STAFF_KEYS is not set; make a key with: openssl rand -base64 32")}
	}
	keys, err := parseKeys(c.StaffKeys)
	if err != nil {
		return usageError{fmt.Errorf("STAFF_KEYS: %w", err)}
	}
	proxies, err := parseNetworks("TRUSTED_PROXIES", c.TrustedProxies)
	if err != nil {
		return err
	}
	rehearser, err := c.rehearser(dsn, log)
	if err != nil {
		return err
	}
	console := &console{
		rehearser: rehearser,
		dsn:       dsn, url: c.AdminURL, name: c.nameSettings, keys: keys, proxies: wire.Proxies{Networks: proxies}, sandbox: c.PaymentProvider != stripe.Name, lossy: c.AllowLossyDatabase, log: log,
	}
	var listen net.ListenConfig
	l, err := listen.Listen(ctx, "tcp", c.AdminAddress)
	if err != nil {
		return usageError{err}
	}
	if console.ops, err = listen.Listen(ctx, "tcp", c.OpsAddress); err != nil {
		return errors.Join(usageError{err}, l.Close())
	}
	log.Info("listening", "console", l.Addr().String(), "ops", console.ops.Addr().String())
	return console.run(ctx, l)
}

// rehearser plays the rehearsals; nil without an address for them.
func (c *adminCmd) rehearser(realDSN string, log *slog.Logger) (admin.Rehearser, error) {
	if c.RehearsalURL == "" {
		return nil, nil
	}
	dsn, err := need(c.RehearsalURL, "REHEARSAL_DATABASE_URL")
	if err != nil {
		return nil, err
	}
	if err := store.CheckRehearsalDSN(dsn); err != nil {
		return nil, usageError{fmt.Errorf("REHEARSAL_DATABASE_URL: %w", err)}
	}
	return &rehearser{dsn: dsn, realDSN: realDSN, log: log}, nil
}

// console is a running one, with a pool of its own.
type console struct {
	dsn     string
	url     string // as staff type it
	name    nameSettings
	keys    wire.Keys
	proxies wire.Proxies
	sandbox bool
	lossy   bool
	ops     net.Listener // nil: none

	rehearser admin.Rehearser // nil: none
	log       *slog.Logger
}

// run serves staff on l until ctx ends. A database that is away is no reason not to start: it may come. It closes both listeners.
func (c *console) run(ctx context.Context, l net.Listener) (err error) {
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	s, err := store.Open(ctx, store.Config{AdminDSN: c.dsn, Log: c.log, Registerer: registry})
	if err != nil {
		return errors.Join(usageError{err}, c.close(l))
	}
	defer func() {
		closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeTime)
		defer cancel()
		err = errors.Join(err, s.Close(closing))
	}()
	serve := func(ctx context.Context) error { return c.serve(ctx, l, s, registry) }
	if err := s.CheckSchema(ctx); isAway(err) && ctx.Err() == nil {
		c.log.Warn("the database cannot be reached; starting without it", "error", err)
		return runUnchecked(ctx, c.log, s.CheckSchema, serve)
	} else if err != nil {
		return errors.Join(err, c.close(l))
	}
	return serve(ctx)
}

// serve serves staff until ctx ends. It closes both listeners.
func (c *console) serve(ctx context.Context, l net.Listener, s *store.Store, registry *prometheus.Registry) error {
	server, err := admin.New(c.config(s))
	if err != nil {
		return errors.Join(usageError{err}, c.close(l))
	}
	if c.ops == nil {
		return server.Run(ctx, l)
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	serving := make(chan error, 1)
	go func() {
		defer stop() // a listener that breaks ends the process
		serving <- serveOps(ctx, c.ops, opsHandler(registry, func() []string { return nil }))
	}()
	err = server.Run(ctx, l)
	stop()
	return errors.Join(err, <-serving)
}

func (c *console) close(l net.Listener) error {
	if c.ops == nil {
		return l.Close()
	}
	return errors.Join(l.Close(), c.ops.Close())
}

func (c *console) config(s *store.Store) admin.Config {
	return admin.Config{
		Store: s, PublicURL: c.url, ShopName: c.name.ShopName, Keys: c.keys, Sandbox: c.sandbox, Lossy: c.lossy, Proxies: c.proxies, Log: c.log, Rehearser: c.rehearser,
		Webhooks: webhook.Desk{},
		Letters:  mail.NewWriter(mail.Options{ShopName: c.name.ShopName, PublicURL: c.name.PublicURL, Sandbox: c.sandbox}),
	}
}

// staffCmd is who may use the console, from a terminal.
type staffCmd struct {
	staffDatabase
	Actor string `help:"Name that stands in the log for what you do." default:"command line" env:"DOORBUSTER_ACTOR"`

	Invite staffInviteCmd `cmd:"" help:"Make the link with which a new member sets a password."`
	Reset  staffResetCmd  `cmd:"" help:"Make a link with which a member sets password and second factor anew: a phone was lost."`
	Code   staffCodeCmd   `cmd:"" help:"Print the code of the demo's owner, as an authenticator app would."`
}

// maxStaffName is the column staff.name, in characters.
const maxStaffName = 80

type staffInviteCmd struct {
	Email    string `arg:"" help:"Where the member signs in with."`
	Name     string `help:"Name that stands in the log for what the member does." required:""`
	Role     string `help:"What the member may do: ${enum}." enum:"owner,merchant,viewer,auditor" default:"merchant"`
	AdminURL string `help:"Address of the console; default: the demo's." env:"ADMIN_URL"`
}

// Run invites a member and prints the link, which is told once.
func (c *staffInviteCmd) Run(ctx context.Context, parent *staffCmd) error {
	email := login.FoldEmail(c.Email)
	if login.EmailError(email) != "" {
		return usageError{fmt.Errorf("%q is no e-mail address", c.Email)}
	}
	name := strings.TrimSpace(c.Name)
	if login.NameError(name) != "" || utf8.RuneCountInString(name) > maxStaffName {
		return usageError{fmt.Errorf("--name: a name of at most %d letters", maxStaffName)}
	}
	return parent.link(ctx, c.AdminURL, name, func(s *store.Store, hash [32]byte) (store.InvitedStaff, error) {
		return s.InviteStaff(ctx, store.Operator(parent.Actor), store.Invitation{ShopID: 1, Email: email, Name: name, Role: store.Role(c.Role)}, hash, admin.InvitationLife)
	})
}

// link makes a link to the console at url (default: the demo's), has the database told of it, and prints it.
func (c *staffCmd) link(ctx context.Context, url, whom string, tell func(s *store.Store, hash [32]byte) (store.InvitedStaff, error)) error {
	if url == "" {
		demo, err := readDemoFile(c.Data)
		if err != nil {
			return usageError{errors.New("ADMIN_URL is not set: the link begins with the address of the console")}
		}
		url = demo.ConsoleURL
	}
	token, hash := admin.NewInvitation()
	return c.with(ctx, func(s *store.Store) error {
		invited, err := tell(s, hash)
		if err != nil {
			return err
		}
		if invited.Outcome != store.Invited {
			return fmt.Errorf("%s: nothing was changed", invited.Outcome)
		}
		say(os.Stdout, "%s", admin.InvitationURL(url, token))
		say(os.Stderr, "Give this link to %s. It holds for seven days and works once.", whom)
		return nil
	})
}

type staffResetCmd struct {
	Email    string `arg:"" help:"Where the member signs in with."`
	Reason   string `help:"Why." required:""`
	AdminURL string `help:"Address of the console; default: the demo's." env:"ADMIN_URL"`
}

// Run prints the link for a member who begins anew.
func (c *staffResetCmd) Run(ctx context.Context, parent *staffCmd) error {
	email := login.FoldEmail(c.Email)
	return parent.link(ctx, c.AdminURL, email, func(s *store.Store, hash [32]byte) (store.InvitedStaff, error) {
		return s.ResetStaff(ctx, store.Operator(parent.Actor), email, hash, admin.InvitationLife, c.Reason)
	})
}

type staffCodeCmd struct{}

// Run prints the demo's code. It reads the secret of a demo's own folder; no other secret can be read.
func (*staffCodeCmd) Run(parent *staffCmd) error {
	if _, err := readDemoFile(parent.Data); err != nil {
		return err
	}
	secrets, err := loadSecrets(parent.Data)
	if err != nil {
		return err
	}
	code, err := admin.Code(secrets.StaffTOTP, time.Now())
	if err != nil {
		return err
	}
	say(os.Stdout, "%s", code)
	return nil
}
