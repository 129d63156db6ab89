package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"doorbuster/catalog"
	"doorbuster/localdb"
	"doorbuster/store"
	catalogdata "doorbuster/testdata/catalog"
)

// demoCmd is `make run`: a whole shop on one machine, private and durable, that a newcomer can press buttons in.
type demoCmd struct {
	listenSettings
	AdminAddress string        `help:"Where staff connect to." default:"127.0.0.1:8082" env:"ADMIN_ADDRESS"`
	Data         string        `help:"Folder for the private servers' data." default:".data" type:"path"`
	OpensIn      time.Duration `help:"How long until the sale opens." default:"30s"`
	DatabaseURL  string        `help:"Use this server (address of root, with a database) instead of a private one." env:"DATABASE_URL"`
	RedisURL     string        `help:"Use this Redis instead of a private one." env:"REDIS_URL"`
}

const (
	hotItemSKU   = "MRV-HDP-INK" // 500 units: the article that breaks the door
	hotItemImage = "images/over-ear-headphones.svg"
	demoEmail    = "shopper@example.com"
	demoOwner    = "owner@example.com"
	demoPassword = "doorbuster-demo"
)

// demoShop is a running demo and what it has to stop again.
type demoShop struct {
	cmd     *demoCmd
	log     *slog.Logger
	secrets demoSecrets
	db      *localdb.DB
	redis   *localdb.Redis
	rootDSN string
	redisAt []string
	file    demoFile
	task    string // what progress told last
	opened  func() // told when the shop listens; may be nil
	lock    *os.File
}

// Run starts the shop and serves until ctx ends.
func (c *demoCmd) Run(ctx context.Context, log *slog.Logger) (err error) {
	shop := &demoShop{cmd: c, log: log}
	defer func() { err = errors.Join(err, shop.stop()) }()
	err = shop.start(ctx)
	if err == nil {
		return shop.serve(ctx)
	}
	if ctx.Err() != nil {
		shop.step("Stopped before the shop was open.")
		return nil
	}
	return err
}

// start brings up the servers, installs the database and opens the sale.
func (d *demoShop) start(ctx context.Context) error {
	if err := os.MkdirAll(d.cmd.Data, 0o755); err != nil {
		return err
	}
	if err := d.claim(ctx); err != nil {
		return err
	}
	secrets, err := loadSecrets(d.cmd.Data)
	if err != nil {
		return fmt.Errorf("secrets of %s: %w", d.cmd.Data, err)
	}
	d.secrets = secrets
	if err := d.startServers(ctx); err != nil {
		return err
	}
	d.step("Installing the database")
	if _, err := store.Apply(ctx, store.ApplyOptions{DSN: d.rootDSN, Passwords: secrets.Passwords, DuringSale: true}); err != nil {
		if errors.Is(err, store.ErrTableChanged) {
			return fmt.Errorf("%w; or remove the folder %s", err, d.cmd.Data)
		}
		return err
	}
	return d.openSale(ctx)
}

// step tells people what is going on.
func (d *demoShop) step(format string, args ...any) { say(os.Stdout, "  "+format, args...) }

// progress tells how far something long is: in place on a terminal, elsewhere only the first line of each task.
func (d *demoShop) progress(what string) {
	task, _, percent := strings.Cut(what, ", ")
	if terminal(os.Stdout) && percent && strings.HasSuffix(what, "%") {
		_, _ = fmt.Fprintf(os.Stdout, "\r\033[K  %s\r", what)
		return
	}
	if strings.HasSuffix(what, "%") && task == d.task {
		return
	}
	d.task = task
	d.step("%s", what)
}

func (d *demoShop) startServers(ctx context.Context) error {
	if d.cmd.DatabaseURL == "" || d.cmd.RedisURL == "" {
		if err := localdb.InstallMissing(ctx, d.progress); err != nil {
			return err
		}
	}
	if err := d.startDatabase(ctx); err != nil {
		return err
	}
	if d.cmd.RedisURL != "" {
		d.redisAt = []string{d.cmd.RedisURL}
		return nil
	}
	redis, err := localdb.StartRedis(ctx, localdb.Options{Dir: filepath.Join(d.cmd.Data, "redis"), Progress: d.progress})
	if err != nil {
		// The worker elects by the database then; selling never notices.
		d.step("No Redis (%v): the worker is elected by the database.", err)
		return nil
	}
	d.redis, d.redisAt = redis, []string{redis.URL()}
	return nil
}

func (d *demoShop) startDatabase(ctx context.Context) (err error) {
	if d.cmd.DatabaseURL != "" {
		d.rootDSN, err = need(d.cmd.DatabaseURL, "DATABASE_URL")
		return err
	}
	d.db, err = localdb.StartDB(ctx, localdb.Options{Dir: filepath.Join(d.cmd.Data, "db"), Progress: d.progress})
	if err != nil {
		return err
	}
	d.rootDSN = d.db.RootDSN("doorbuster")
	d.step("%s %s is running with full durability", d.db.Product(), d.db.Version())
	return nil
}

// sealFile is where the worker writes the heads of the sealed ledger. They belong to the private database of the folder; another database has
// other seals.
func (d *demoShop) sealFile() string {
	if d.cmd.DatabaseURL != "" {
		return ""
	}
	return filepath.Join(d.cmd.Data, "seal-heads.txt")
}

// dsn is the address of the database for an account.
func (d *demoShop) dsn(account string) (string, error) {
	return store.AccountDSN(d.rootDSN, account, d.secrets.Passwords[account])
}

// openSale imports the catalogue as a sale that opens soon, and makes the demo account.
func (d *demoShop) openSale(ctx context.Context) (err error) {
	items, err := demoItems()
	if err != nil {
		return err
	}
	admin, err := d.dsn("doorbuster_admin")
	if err != nil {
		return err
	}
	webDSN, err := d.dsn("doorbuster_web")
	if err != nil {
		return err
	}
	s, err := store.Open(ctx, store.Config{AdminDSN: admin, WebDSN: webDSN})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close(ctx)) }()
	opens := s.Now().Add(d.cmd.OpensIn).Truncate(time.Second)
	sale, err := importSale(ctx, s, store.NewSale{
		Title: "Doors open at " + opens.Format("15:04:05 MST"), Description: "Good things in small numbers. First come, first served, one of each for everyone.",
		OpensAt: opens, ClosesAt: opens.Add(2 * time.Hour), TimeZone: "UTC", TakesPayment: true,
	}, items, "demo", true)
	if err != nil {
		return err
	}
	if _, err := importSale(ctx, s, store.NewSale{
		Title: "Tomorrow's table", Description: "A second sale, to see what is to come.",
		OpensAt: opens.Add(24 * time.Hour), ClosesAt: opens.Add(26 * time.Hour), TimeZone: "UTC", TakesPayment: true,
	}, items[len(items)-8:], "demo", true); err != nil {
		return err
	}
	if err := errors.Join(d.makeAccounts(ctx, s), d.makeProducts(ctx, s, items)); err != nil {
		return err
	}
	return d.remember(ctx, s, sale, admin)
}

// demoItems is the catalogue with the hot item first.
func demoItems() ([]store.NewItem, error) {
	f, err := catalogdata.Files.Open("products.csv")
	if err != nil {
		return nil, err
	}
	rows, err := catalog.Read(f, catalog.Options{Currency: catalogdata.Currency})
	if err := errors.Join(err, f.Close()); err != nil {
		return nil, fmt.Errorf("the demo catalogue: %w", err)
	}
	items := newItems(rows, store.NewItem{Currency: catalogdata.Currency, LimitPerUser: 1, HoldMinutes: 10, ExtensionMinutes: 5})
	slices.SortStableFunc(items, func(a, b store.NewItem) int {
		return cmp.Compare(boolRank(a.SKU == hotItemSKU), boolRank(b.SKU == hotItemSKU))
	})
	return items, nil
}

func boolRank(first bool) int {
	if first {
		return 0
	}
	return 1
}

// remember collects what the second terminal needs.
func (d *demoShop) remember(ctx context.Context, s *store.Store, sale uint64, adminDSN string) error {
	auditor, err := d.dsn("doorbuster_auditor")
	if err != nil {
		return err
	}
	items, err := s.Items(ctx, sale, 0, 1000)
	if err != nil {
		return err
	}
	d.file = demoFile{LinkSecret: d.secrets.LinkSecret, AdminDSN: adminDSN, AuditorDSN: auditor, SealFile: d.sealFile(), Sale: sale, PID: os.Getpid()}
	for _, item := range items {
		d.file.Items = append(d.file.Items, item.ID)
		if item.SKU == hotItemSKU {
			d.file.HotItem = item.ID
		}
	}
	return nil
}
