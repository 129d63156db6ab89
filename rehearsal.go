package main

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"time"

	"doorbuster/admin"
	"doorbuster/mail"
	"doorbuster/rush"
	"doorbuster/store"
)

// rehearser plays rehearsals in this process: a shop of their own on loopback, with a database of its own that is dropped at the end, the sandbox for payments
// and a mailbox that sends nothing. So no order, mail or money of the real shop can be touched: the rehearsal does not know where they are.
type rehearser struct {
	dsn     string            // of an account that may do everything with the database in which sales are rehearsed; its name ends with _rehearsal
	realDSN string            // of the real shop: the rehearsal's server must be another one
	shared  map[string]string // passwords of the accounts, when both lie on one server by intent (the demo); nil: a server of its own, whose accounts get new ones
	log     *slog.Logger
}

// rehearsalAccounts are the accounts that a rehearsal signs in with.
var rehearsalAccounts = []string{"doorbuster_web", "doorbuster_admin", "doorbuster_worker", "doorbuster_auditor"}

// rehearsalLasts is how long a rehearsed sale stays open. The rush is over before.
const rehearsalLasts = time.Hour

// dropTime bounds the dropping of a rehearsal's database, also while the process stops.
const dropTime = 30 * time.Second

// Rehearse plays one rehearsal.
func (h *rehearser) Rehearse(ctx context.Context, play admin.Play, tell func(phase string, done, total int)) (report admin.RehearsalReport, err error) {
	passwords, err := h.install(ctx)
	if err != nil {
		return report, err
	}
	defer func() {
		dropping, cancel := context.WithTimeout(context.WithoutCancel(ctx), dropTime)
		defer cancel()
		err = errors.Join(err, store.DropRehearsal(dropping, h.dsn))
	}()
	dsn := map[string]string{}
	for _, account := range rehearsalAccounts {
		if dsn[account], err = store.AccountDSN(h.dsn, account, passwords[account]); err != nil {
			return report, err
		}
	}
	item, err := openRehearsal(ctx, store.Config{AdminDSN: dsn["doorbuster_admin"], WebDSN: dsn["doorbuster_web"]}, play)
	if err != nil {
		return report, err
	}
	shop := &rehearsalShop{dsn: dsn, link: newKey(), log: h.log}
	if err := shop.open(ctx); err != nil {
		return report, err
	}
	defer func() { err = errors.Join(err, shop.close()) }()
	return shop.rush(ctx, item, play, tell)
}

// install makes the database anew and returns the passwords of its accounts.
func (h *rehearser) install(ctx context.Context) (passwords map[string]string, err error) {
	passwords = h.shared
	if passwords == nil {
		if err := h.checkServer(ctx); err != nil {
			return nil, err
		}
		passwords = map[string]string{}
		for _, account := range rehearsalAccounts {
			passwords[account] = rand.Text()
		}
	}
	// What a rehearsal left whose process was killed goes first.
	if err := store.DropRehearsal(ctx, h.dsn); err != nil {
		return nil, fmt.Errorf("%w: %w", admin.ErrRehearsalAway, err)
	}
	if _, err := store.Apply(ctx, store.ApplyOptions{DSN: h.dsn, Passwords: passwords}); err != nil {
		return nil, fmt.Errorf("%w: %w", admin.ErrRehearsalAway, err)
	}
	return passwords, nil
}

// checkServer refuses the server of the real shop: a rehearsal sets the passwords of the accounts anew, and its rush would take the real one's power.
func (h *rehearser) checkServer(ctx context.Context) error {
	own, err := store.ServerOf(ctx, h.dsn)
	if err != nil {
		return fmt.Errorf("%w: %w", admin.ErrRehearsalAway, err)
	}
	real, err := store.ServerOf(ctx, h.realDSN)
	if err != nil {
		return err
	}
	if own == real {
		return admin.ErrSameServer
	}
	return nil
}

// openRehearsal makes the copy of the sale and returns the number of the item that everybody wants. It opens when the crowd has had time to sign in.
func openRehearsal(ctx context.Context, cfg store.Config, play admin.Play) (item uint64, err error) {
	s, err := store.Open(ctx, cfg)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, s.Close(context.WithoutCancel(ctx))) }()
	play.Sale.OpensAt = s.Now().Add(timeToSignIn(play.Shoppers))
	play.Sale.ClosesAt = play.Sale.OpensAt.Add(rehearsalLasts)
	outcome, sale, err := s.ImportSale(ctx, store.Operator("rehearsal"), play.Sale, play.Items, func(int) {})
	if err != nil || outcome != store.Finished {
		return 0, errors.Join(err, notWanted(outcome, store.Finished))
	}
	if outcome, err = s.PublishSale(ctx, store.Operator("rehearsal"), sale); err != nil || outcome != store.Published {
		return 0, errors.Join(err, notWanted(outcome, store.Published))
	}
	wanted, err := s.Items(ctx, sale, play.Wanted, 1)
	if err != nil {
		return 0, err
	}
	if len(wanted) != 1 {
		return 0, fmt.Errorf("the copy has no item at place %d", play.Wanted+1)
	}
	return wanted[0].ID, nil
}

func notWanted(got, want store.Outcome) error {
	if got == want {
		return nil
	}
	return fmt.Errorf("the copy of the sale: %s instead of %s", got, want)
}

// rehearsalShop is the running shop of one rehearsal.
type rehearsalShop struct {
	dsn   map[string]string // by account
	link  string            // key (base64) of the sign-in links
	log   *slog.Logger
	url   string
	ops   string
	stop  context.CancelFunc
	ended chan error
}

// open starts the shop and waits until it listens.
func (s *rehearsalShop) open(ctx context.Context) error {
	var listen net.ListenConfig
	door, err := listen.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	name := nameSettings{PublicURL: "http://" + door.Addr().String(), ShopName: "Rehearsal"}
	ctx, s.stop = context.WithCancel(ctx)
	ready := make(chan net.Addr, 1)
	s.ended = make(chan error, 1)
	go func() {
		s.ended <- runProcess(ctx, processConfig{
			listen: listenSettings{OpsAddress: "127.0.0.1:0"}, door: door, name: name,
			shop:   &shopSettings{SessionKeys: newKey(), PassKeys: newKey(), LinkSecrets: s.link, AddressLimit: 200},
			webURL: s.dsn["doorbuster_web"], workerURL: s.dsn["doorbuster_worker"], keepDays: 30, works: true, local: true, lossy: true,
			box: mail.NewBox(mail.Options{ShopName: name.ShopName, PublicURL: name.PublicURL, Sandbox: true}), log: s.log.With("rehearsal", true),
			ready: func(_, ops net.Addr) error { ready <- ops; return nil },
		})
	}()
	select {
	case ops := <-ready:
		s.url, s.ops = name.PublicURL, "http://"+ops.String()
		return nil
	case err := <-s.ended:
		s.stop()
		return errors.Join(err, closed(door), errors.New("the shop of the rehearsal did not open"))
	}
}

// closed closes a listener that may be closed already.
func closed(l net.Listener) error {
	if err := l.Close(); !errors.Is(err, net.ErrClosed) {
		return err
	}
	return nil
}

// close stops the shop and waits for it.
func (s *rehearsalShop) close() error {
	s.stop()
	return <-s.ended
}

// rush sends the crowd in.
func (s *rehearsalShop) rush(ctx context.Context, item uint64, play admin.Play, tell func(string, int, int)) (admin.RehearsalReport, error) {
	auditor, err := store.OpenAuditor(s.dsn["doorbuster_auditor"])
	if err != nil {
		return admin.RehearsalReport{}, err
	}
	secret, err := base64.StdEncoding.DecodeString(s.link)
	if err != nil {
		return admin.RehearsalReport{}, errors.Join(err, auditor.Close())
	}
	cfg := rush.Defaults()
	cfg.ShopURL, cfg.OpsURL, cfg.LinkSecret, cfg.Item = s.url, s.ops, secret, item
	cfg.Shoppers, cfg.Duration, cfg.Told = play.Shoppers, play.Arrive, tell
	cfg.Audit = func(ctx context.Context) (*rush.Database, error) { return readDatabase(ctx, auditor, item) }
	report, err := rush.Run(ctx, cfg)
	if err := errors.Join(err, auditor.Close()); err != nil {
		return admin.RehearsalReport{}, err
	}
	return rehearsalReport(report)
}

// rehearsalReport is a report in the words of the console.
func rehearsalReport(r *rush.Report) (admin.RehearsalReport, error) {
	out := admin.RehearsalReport{
		Verdict: r.Verdict, Shoppers: r.Shoppers, Units: r.Units, Took: r.Took, Accepted: r.Accepted, Paid: r.Acts.Paid, Refused: r.Refused, GaveUp: r.GaveUp,
		InDoubt: r.InDoubt, NotSent: r.NotSent, SoldOut: r.SoldOutMS, Busy: r.Generator.Bottleneck,
	}
	if r.Batches != nil {
		out.PerCommit = r.Batches.PerCommit
	}
	for _, l := range r.Latency {
		out.Latency = append(out.Latency, admin.RehearsalLatency{Name: l.Name, Count: l.Count, P50: l.P50, P99: l.P99, Max: l.Max})
	}
	for _, c := range r.Checks {
		out.Checks = append(out.Checks, admin.RehearsalCheck{Name: c.Name, Result: c.Result, Detail: c.Detail})
	}
	var picture strings.Builder
	err := r.WriteSVG(&picture)
	out.Picture = picture.String()
	return out, err
}
