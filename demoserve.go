package main

import (
	"context"
	"errors"
	"net"
	"os"
	"sync"
	"time"

	"doorbuster/mail"
	"doorbuster/store"
)

// serve runs the shop on the demo's servers until ctx ends.
func (d *demoShop) serve(ctx context.Context) error {
	webURL, err := d.dsn("doorbuster_web")
	if err != nil {
		return err
	}
	workerURL, err := d.dsn("doorbuster_worker")
	if err != nil {
		return err
	}
	name := nameSettings{PublicURL: "http://" + d.cmd.Address, ShopName: "Doorbuster"}
	box := mail.NewBox(mail.Options{ShopName: name.ShopName, PublicURL: name.PublicURL, Sandbox: true})
	shop := &shopSettings{SessionKeys: d.secrets.SessionKey, PassKeys: d.secrets.PassKey, LinkSecrets: d.secrets.LinkSecret, AddressLimit: 200}
	keeping, stopKeeping := context.WithCancel(ctx)
	var keeper sync.WaitGroup
	keeper.Go(func() { d.keepDatabase(keeping) })
	defer keeper.Wait()
	defer stopKeeping()
	return d.besideConsole(ctx, name, func(ctx context.Context) error {
		return runProcess(ctx, processConfig{
			listen: d.cmd.listenSettings, name: name, shop: shop, webURL: webURL, workerURL: workerURL, redis: d.redisAt, sealFile: d.file.SealFile, keepDays: 30,
			works: true, local: true, box: box, lossy: d.cmd.DatabaseURL != "", log: d.log, ready: d.announce,
		})
	})
}

// besideConsole runs the shop with the console beside it. Whichever ends first ends the other.
func (d *demoShop) besideConsole(ctx context.Context, name nameSettings, shop func(context.Context) error) error {
	dsn, err := d.dsn("doorbuster_admin")
	if err != nil {
		return err
	}
	keys, err := parseKeys(d.secrets.StaffKey)
	if err != nil {
		return err
	}
	rehearsalDSN, err := store.RehearsalDSN(d.rootDSN)
	if err != nil {
		return err
	}
	var listen net.ListenConfig
	l, err := listen.Listen(ctx, "tcp", d.cmd.AdminAddress)
	if err != nil {
		return usageError{err}
	}
	d.file.ConsoleURL = "http://" + l.Addr().String()
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	ended := make(chan error, 1)
	go func() {
		defer stop()
		ended <- (&console{
			dsn: dsn, url: d.file.ConsoleURL, name: name, keys: keys, sandbox: true, lossy: d.cmd.DatabaseURL != "", log: d.log,
			rehearser: &rehearser{dsn: rehearsalDSN, realDSN: d.rootDSN, shared: d.secrets.Passwords, log: d.log},
		}).run(ctx, l)
	}()
	err = shop(ctx)
	stop()
	return errors.Join(err, <-ended)
}

// announce writes the file for the second terminal and tells people where to go.
func (d *demoShop) announce(shop, ops net.Addr) error {
	d.file.ShopURL, d.file.OpsURL = "http://"+shop.String(), "http://"+ops.String()
	if err := d.file.write(d.cmd.Data); err != nil {
		return err
	}
	say(os.Stdout, `
  The shop is open:  %s
  Sign in as         %s   with   %s
  The hot item       %s/en/items/%d   500 units, opens in %s
  Mails to shoppers  %s/mails

  The console        %s
  Sign in as         %s     with   %s   and the code of:  go run . staff code

  In a second terminal:   make rush             10,000 simulated shoppers, then the verdict
                          go run . audit        prove it
                          go run . sale list    what is on sale

  Operators:  %s/readyz  /metrics  /debug/pprof        Stop with Ctrl-C.
`, d.file.ShopURL, demoEmail, demoPassword, d.file.ShopURL, d.file.HotItem, d.cmd.OpensIn.Round(time.Second), d.file.OpsURL,
		d.file.ConsoleURL, demoOwner, demoPassword, d.file.OpsURL)
	if d.opened != nil {
		d.opened()
	}
	return nil
}
