package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/netip"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"doorbuster/mail"
	"doorbuster/payment"
	"doorbuster/store"
	catalogdata "doorbuster/testdata/catalog"
	"doorbuster/web"
	"doorbuster/webhook"
	"doorbuster/worker"
)

// closeTime bounds how long a process waits for its last shoppers' answers when it stops.
const closeTime = 15 * time.Second

// shopperSettings are what every process with pages needs.
type shopperSettings struct {
	listenSettings
	nameSettings
	shopSettings
	paymentSettings
	webDatabase
	AllowLossyDatabase bool `help:"Serve on a database that may lose acknowledged orders when the power fails." env:"ALLOW_LOSSY_DATABASE"`
}

type webCmd struct{ shopperSettings }

// Run serves shoppers until ctx ends.
func (c *webCmd) Run(ctx context.Context, log *slog.Logger) error {
	return runProcess(ctx, processConfig{
		listen: c.listenSettings, name: c.nameSettings, shop: &c.shopSettings, payment: c.paymentSettings, webURL: c.WebDatabaseURL, lossy: c.AllowLossyDatabase,
		log: log,
	})
}

// workerSettings say who elects the worker, and where it writes what must not stand in the database alone.
type workerSettings struct {
	RedisURL     []string `help:"Redis nodes that elect the worker: one, or three or five independent ones. None: the database elects." env:"REDIS_URL"`
	SealFile     string   `help:"File to which the head of the sealed ledger is added, best on a disk that only takes additions. None: it is only logged." env:"SEAL_FILE"`
	KeepDays     int      `help:"Days for which sent messages, ended mails and taken deliveries of webhooks are kept." default:"30" env:"KEEP_DAYS"`
	WebhookAllow []string `help:"Networks (CIDR) that webhooks may lead to though they are not public; there http will do." env:"WEBHOOK_ALLOW"`
}

type workerCmd struct {
	OpsAddress string `help:"Where operators connect to: /livez, /readyz, /metrics. Keep it private." default:"127.0.0.1:8081" env:"OPS_ADDRESS"`
	nameSettings
	workerDatabase
	workerSettings
	mailSettings
	paymentSettings
}

// Run does the jobs until ctx ends.
func (c *workerCmd) Run(ctx context.Context, log *slog.Logger) error {
	return runProcess(ctx, processConfig{
		listen: listenSettings{OpsAddress: c.OpsAddress}, name: c.nameSettings, payment: c.paymentSettings, workerURL: c.WorkerDatabaseURL, redis: c.RedisURL,
		sealFile: c.SealFile, keepDays: c.KeepDays, allow: c.WebhookAllow, mail: c.mailSettings, works: true, log: log,
	})
}

type serveCmd struct {
	shopperSettings
	workerDatabase
	workerSettings
	mailSettings
}

// Run serves shoppers and does the jobs until ctx ends.
func (c *serveCmd) Run(ctx context.Context, log *slog.Logger) error {
	return runProcess(ctx, processConfig{
		listen: c.listenSettings, name: c.nameSettings, shop: &c.shopSettings, payment: c.paymentSettings, webURL: c.WebDatabaseURL,
		workerURL: c.WorkerDatabaseURL, redis: c.RedisURL, sealFile: c.SealFile, keepDays: c.KeepDays, allow: c.WebhookAllow, mail: c.mailSettings, works: true,
		lossy: c.AllowLossyDatabase, log: log,
	})
}

// processConfig is what a serving process is made of.
type processConfig struct {
	listen    listenSettings
	name      nameSettings
	shop      *shopSettings // nil: no pages
	payment   paymentSettings
	webURL    string
	workerURL string
	redis     []string
	sealFile  string
	keepDays  int      // how long what is over is kept
	allow     []string // networks of WEBHOOK_ALLOW
	mail      mailSettings
	box       *mail.Box // keeps the mails of the demo; nil: they go where mail says
	works     bool      // does the jobs
	lossy     bool      // serves on a database that may lose what it acknowledged
	local     bool      // the demo: loopback is not limited, and stopping need not wait for balancers
	log       *slog.Logger
	ready     func(shop, ops net.Addr) error // told where it listens; may be nil
	door      net.Listener                   // shoppers come in here instead of at listen.Address; nil: there
}

// process is a running one.
type process struct {
	processConfig
	keys     shopKeys
	proxies  []netip.Prefix
	hooks    []netip.Prefix // networks that webhooks may lead to
	postman  worker.Postman // nil: there is neither a mail server nor a mailbox
	registry *prometheus.Registry
	store    *store.Store
	desk     *payment.Desk
	worker   *worker.Worker
}

// runProcess serves until ctx ends, then stops in order: listeners, jobs, store.
func runProcess(ctx context.Context, cfg processConfig) (err error) {
	p := &process{processConfig: cfg, registry: prometheus.NewRegistry()}
	p.registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	if err := p.readSettings(); err != nil {
		return err
	}
	checked, err := p.openStore(ctx)
	if err != nil {
		return err
	}
	defer func() {
		closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeTime)
		defer cancel()
		err = errors.Join(err, p.store.Close(closing))
	}()
	if err := p.makeDesk(); err != nil {
		return err
	}
	if err := p.makeWorker(); err != nil {
		return err
	}
	run := p.serve
	if p.shop == nil {
		run = p.work
	} else {
		web.RelaxCollector()
	}
	if checked {
		return run(ctx)
	}
	return runUnchecked(ctx, p.log, p.checkDatabase, run)
}

// readSettings reads what can be wrong before anything is asked of the database.
func (p *process) readSettings() (err error) {
	if p.works {
		if p.workerURL, err = need(p.workerURL, "WORKER_DATABASE_URL"); err != nil {
			return err
		}
		if p.keepDays < 1 || p.keepDays > 3650 {
			return usageError{fmt.Errorf("KEEP_DAYS is %d and must be 1 to 3650", p.keepDays)}
		}
		if p.hooks, err = parseNetworks("WEBHOOK_ALLOW", p.allow); err != nil {
			return err
		}
		if p.postman, err = p.makePostman(); err != nil {
			return err
		}
	}
	if p.shop == nil {
		return nil
	}
	if p.webURL, err = need(p.webURL, "WEB_DATABASE_URL"); err != nil {
		return err
	}
	if p.keys, err = p.shop.keys(); err != nil {
		return err
	}
	p.proxies, err = parseNetworks("TRUSTED_PROXIES", p.shop.TrustedProxies)
	return err
}

func (p *process) makeWorker() (err error) {
	if !p.works {
		return nil
	}
	name, err := store.DatabaseName(p.workerURL)
	if err != nil {
		return err
	}
	p.worker, err = worker.New(worker.Config{
		Store: p.store, Desk: p.desk, Redis: p.redis, Database: name, SealFile: p.sealFile, KeepDays: p.keepDays, Log: p.log, Registerer: p.registry,
		Webhooks: webhook.NewSender(webhook.Options{Allowed: p.hooks}), Mail: p.postman,
	})
	return err
}

// details are the lines that /readyz adds about the worker.
func (p *process) details() []string {
	if p.worker == nil {
		return nil
	}
	lines := []string{"worker: elected by " + p.worker.Election()}
	for _, job := range p.worker.Status() {
		line := fmt.Sprintf("job %s: leader %t, last run %s", job.Name, job.Leader, job.LastRun.UTC().Format(time.RFC3339))
		if job.LastError != "" {
			line += ", last error " + job.LastError
		}
		lines = append(lines, line)
	}
	return lines
}

// serve runs pages and, if asked to, jobs.
func (p *process) serve(ctx context.Context) error {
	site, err := p.site()
	if err != nil {
		return err
	}
	var listen net.ListenConfig
	shop := p.door
	if shop == nil {
		if shop, err = listen.Listen(ctx, "tcp", p.listen.Address); err != nil {
			return usageError{err}
		}
	}
	ops, err := listen.Listen(ctx, "tcp", p.listen.OpsAddress)
	if err != nil {
		return errors.Join(usageError{err}, shop.Close())
	}
	p.log.Info("listening", "shop", shop.Addr().String(), "ops", ops.Addr().String())
	if p.ready != nil {
		if err := p.ready(shop.Addr(), ops.Addr()); err != nil {
			return errors.Join(err, shop.Close(), ops.Close())
		}
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	working := make(chan error, 1)
	go func() { working <- p.runWorker(ctx) }()
	err = site.Run(ctx, shop, ops)
	stop()
	return errors.Join(err, <-working)
}

func (p *process) runWorker(ctx context.Context) error {
	if p.worker == nil {
		return nil
	}
	return p.worker.Run(ctx)
}

func (p *process) site() (*web.Server, error) {
	images, err := fs.Sub(catalogdata.Files, "images")
	if err != nil {
		return nil, err
	}
	cfg := web.Config{
		Store: p.store, Payment: p.desk, PublicURL: p.name.PublicURL, ShopName: p.name.ShopName,
		SessionKeys: p.keys.session, PassKeys: p.keys.pass, LinkSecrets: p.keys.link,
		TrustedProxies: p.proxies, Images: images, Log: p.log, Registerer: p.registry, Gatherer: p.registry, Details: p.details,
		Limits: web.Limits{AddressPerSecond: p.shop.AddressLimit, ExemptLoopback: p.local},
	}
	if p.box != nil {
		cfg.Mails = p.box
	}
	if p.shop.EventsToken != "" {
		cfg.Events = webhook.NewFeed(p.store, p.shop.EventsToken)
	}
	if p.local {
		cfg.DrainDelay = -1
	}
	site, err := web.New(cfg)
	if err != nil {
		return nil, usageError{err}
	}
	return site, nil
}

func parseNetworks(setting string, texts []string) ([]netip.Prefix, error) {
	var networks []netip.Prefix
	for _, text := range texts {
		network, err := netip.ParsePrefix(text)
		if err != nil {
			return nil, usageError{fmt.Errorf("%s: %q is no network such as 10.0.0.0/8", setting, text)}
		}
		networks = append(networks, network)
	}
	return networks, nil
}

// work runs the jobs alone, with a listener for operators.
func (p *process) work(ctx context.Context) error {
	var listen net.ListenConfig
	l, err := listen.Listen(ctx, "tcp", p.listen.OpsAddress)
	if err != nil {
		return usageError{err}
	}
	p.log.Info("listening", "ops", l.Addr().String())
	serving := make(chan error, 1)
	listening, stop := context.WithCancel(context.WithoutCancel(ctx)) // until the jobs have stopped
	defer stop()
	go func() { serving <- serveOps(listening, l, opsHandler(p.registry, p.details)) }()
	err = p.runWorker(ctx)
	stop()
	return errors.Join(err, <-serving)
}
