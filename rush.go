package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"doorbuster/rush"
	"doorbuster/store"
)

type rushCmd struct {
	Shoppers int           `help:"How many shoppers come." default:"10000"`
	Units    int           `help:"Units of the sale that is made for the rush." default:"500"`
	Item     uint64        `help:"Rush at this item instead of making a sale for it."`
	Duration time.Duration `help:"Time over which they arrive." default:"10s"`
	Curve    string        `help:"rush: most come at the opening; even: the same number each second." enum:"rush,even" default:"rush"`

	DoublePress float64 `help:"Share that presses twice in the same instant." default:"0.1"`
	CloseEarly  float64 `help:"Share that cuts the connection as soon as the press is sent." default:"0.05"`
	NeverPay    float64 `help:"Share of the winners that never pays." default:"0.2"`
	Cancel      float64 `help:"Share of the winners that cancels." default:"0"`
	PlainForm   float64 `help:"Share that buys without JavaScript." default:"0.1"`
	ClosedLoop  bool    `help:"Ignore the plan of arrivals: the next comes when one is done."`
	Connections int     `help:"Connections open at once." default:"256"`
	Seed        uint64  `help:"Plays the plan of an earlier rush again; 0 draws one."`

	Shop               string `help:"Address of the shop; default: the demo that runs from this folder." env:"PUBLIC_URL"`
	Ops                string `help:"Address of its operators' listener." env:"OPS_URL"`
	LinkSecret         string `help:"Key (base64) that signs sign-in links." env:"LINK_SECRET"`
	AuditorDatabaseURL string `help:"Address for the account doorbuster_auditor: without it nothing is proved." env:"AUDITOR_DATABASE_URL"`
	Data               string `help:"Folder of the demo." default:".data" type:"path"`

	JSON    bool   `help:"Print the report as JSON."`
	SVG     string `help:"Write a picture of the rush to this file." type:"path"`
	Journal string `help:"Keep every attempt and answer in this new file, synced before it is sent." type:"path"`
}

// Run plays a rush and prints its report. The exit code is 1 if the verdict is not clean.
func (c *rushCmd) Run(ctx context.Context) (err error) {
	cfg, auditor, err := c.config(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, auditor.Close()) }()
	report, err := rush.Run(ctx, cfg)
	if err != nil {
		return err
	}
	if err := c.print(report); err != nil {
		return err
	}
	if !report.Clean() {
		return errNotClean
	}
	return nil
}

func (c *rushCmd) config(ctx context.Context) (rush.Config, *store.Auditor, error) {
	cfg := rush.Defaults()
	var demo demoFile // stays empty for a shop that was named: the demo of this folder is another one
	if c.Shop == "" {
		var err error
		if demo, err = readDemoFile(c.Data); err != nil {
			return cfg, nil, usageError{err}
		}
		c.Shop, c.Ops, c.LinkSecret, c.AuditorDatabaseURL = demo.ShopURL, demo.OpsURL, demo.LinkSecret, demo.AuditorDSN
	}
	secret, err := base64.StdEncoding.DecodeString(c.LinkSecret)
	if err != nil || len(secret) == 0 {
		return cfg, nil, usageError{errors.New("LINK_SECRET is not set or not base64: the simulated shoppers sign in by signed links")}
	}
	dsn, err := need(c.AuditorDatabaseURL, "AUDITOR_DATABASE_URL")
	if err != nil {
		return cfg, nil, err
	}
	auditor, err := store.OpenAuditor(dsn)
	if err != nil {
		return cfg, nil, err
	}
	if err := c.chooseItem(ctx, demo, auditor); err != nil {
		return cfg, nil, errors.Join(err, auditor.Close())
	}
	cfg.ShopURL, cfg.OpsURL, cfg.LinkSecret, cfg.Item = c.Shop, c.Ops, secret, c.Item
	cfg.Shoppers, cfg.Duration, cfg.Curve, cfg.ClosedLoop = c.Shoppers, c.Duration, c.Curve, c.ClosedLoop
	cfg.DoublePress, cfg.CloseEarly, cfg.NeverPay, cfg.Cancel, cfg.PlainForm = c.DoublePress, c.CloseEarly, c.NeverPay, c.Cancel, c.PlainForm
	cfg.Connections, cfg.Seed, cfg.Journal, cfg.Progress = c.Connections, c.Seed, c.Journal, os.Stderr
	cfg.Audit = func(ctx context.Context) (*rush.Database, error) { return readDatabase(ctx, auditor, c.Item) }
	return cfg, auditor, nil
}

// chooseItem takes the demo's hot item while it has the units that are asked for and nobody has had of it, so that a rush started after
// `make run` is seen on the page that is open; other rushes get a sale of their own.
func (c *rushCmd) chooseItem(ctx context.Context, demo demoFile, auditor *store.Auditor) error {
	if c.Item != 0 {
		// Asked before anybody is sent: a rush that cannot be judged is for nothing.
		_, _, _, err := auditor.ItemOrders(ctx, c.Item)
		if errors.Is(err, store.ErrNotFound) {
			return fmt.Errorf("there is no item %d in the auditor's database", c.Item)
		}
		if err != nil {
			return fmt.Errorf("the auditor cannot read: %w", err)
		}
		return nil
	}
	if demo.AdminDSN == "" {
		return usageError{errors.New("--item is not set: at which item shall they rush?")}
	}
	allotted, _, orders, err := auditor.ItemOrders(ctx, demo.HotItem)
	if err == nil && allotted == c.Units && len(orders) == 0 {
		c.Item = demo.HotItem
		return nil
	}
	item, err := newRushSale(ctx, demo.AdminDSN, c.Units, time.Now().Add(timeToSignIn(c.Shoppers)))
	c.Item = item
	return err
}

// timeToSignIn is about how long simulated shoppers need until they wait for the opening. Who needs longer comes late, no more.
func timeToSignIn(shoppers int) time.Duration {
	return 5*time.Second + time.Duration(shoppers)*time.Millisecond
}

// newRushSale makes a sale of one item.
func newRushSale(ctx context.Context, dsn string, units int, opens time.Time) (item uint64, err error) {
	s, err := store.Open(ctx, store.Config{AdminDSN: dsn})
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, s.Close(ctx)) }()
	sale, err := importSale(ctx, s, store.NewSale{
		Title: "Rush at " + opens.Format(time.TimeOnly), Description: "A sale for simulated shoppers.",
		OpensAt: opens, ClosesAt: opens.Add(time.Hour), TimeZone: "UTC", TakesPayment: true,
	}, []store.NewItem{{
		SKU: "RUSH-1", Title: "One thing everybody wants", Vendor: "Doorbuster", ImageURL: hotItemImage, PriceCents: 1900,
		Currency: "EUR", Units: units, LimitPerUser: 1, HoldMinutes: 10,
	}}, "rush", true)
	if err != nil {
		return 0, err
	}
	return s.FirstItem(ctx, sale)
}

// readDatabase reads what the verdict compares with the answers.
func readDatabase(ctx context.Context, auditor *store.Auditor, item uint64) (*rush.Database, error) {
	allotted, available, orders, err := auditor.ItemOrders(ctx, item)
	if err != nil {
		return nil, err
	}
	broken, err := auditor.Audit(ctx, store.AuditScope{})
	if err != nil {
		return nil, err
	}
	db := &rush.Database{Allotted: allotted, Available: available}
	for _, o := range orders {
		db.Orders = append(db.Orders, rush.DBOrder{ID: o.ID, UserID: o.UserID, State: o.State, Units: o.Units})
	}
	for _, b := range broken {
		db.Broken = append(db.Broken, b.String())
	}
	return db, nil
}

func (c *rushCmd) print(report *rush.Report) error {
	if c.SVG != "" {
		if err := writeFile(c.SVG, report.WriteSVG); err != nil {
			return err
		}
	}
	if c.JSON {
		return json.NewEncoder(os.Stdout).Encode(report)
	}
	return report.WriteText(os.Stdout)
}

func writeFile(path string, write func(io.Writer) error) (err error) {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if err := write(f); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}
