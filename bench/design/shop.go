package design

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"doorbuster/store"
)

// accountPassword opens the product's accounts on the private server.
const accountPassword = "only-for-the-benchmark"

// ShopSettings say what a Shop sells.
type ShopSettings struct {
	Items        int // at least 1
	UnitsEach    int // at least 1
	Shards       int // stock rows of each item; 0: the product's default for UnitsEach
	LimitPerUser int // most units in one order; 0: 1
}

// Shop is a full installation of the product in a database of its own, with one sale that takes payment, opened a minute ago and closes
// in a day. The addresses are the driver's, over the unix socket. The accounts belong to the whole server and are opened with a password
// of this package, so a server that has a Shop is good for nothing else.
type Shop struct {
	Database   string
	RootDSN    string
	WebDSN     string
	AdminDSN   string
	WorkerDSN  string
	AuditorDSN string
	SaleID     uint64
	ItemIDs    []uint64 // in the sale's order

	env  Env
	root *sql.DB
}

// NewShop installs the product and publishes the sale.
func NewShop(ctx context.Context, env Env, s ShopSettings) (*Shop, error) {
	name, err := makeDatabase(ctx, env, "shop")
	if err != nil {
		return nil, err
	}
	shop := &Shop{Database: name, RootDSN: env.RootDSN(name), env: env}
	if shop.root, err = openPool(shop.RootDSN, fillConns+1, setupTime); err != nil {
		return nil, errors.Join(err, dropDatabase(env, name))
	}
	if err := shop.install(ctx); err != nil {
		return nil, errors.Join(err, shop.Close())
	}
	if err := shop.publish(ctx, s); err != nil {
		return nil, errors.Join(err, shop.Close())
	}
	return shop, nil
}

func (s *Shop) install(ctx context.Context) error {
	passwords := map[string]string{}
	for account, dsn := range map[string]*string{
		"doorbuster_web": &s.WebDSN, "doorbuster_admin": &s.AdminDSN, "doorbuster_worker": &s.WorkerDSN, "doorbuster_auditor": &s.AuditorDSN,
	} {
		address, err := store.AccountDSN(s.RootDSN, account, accountPassword)
		if err != nil {
			return err
		}
		*dsn, passwords[account] = address, accountPassword
	}
	_, err := store.Apply(ctx, store.ApplyOptions{DSN: s.RootDSN, Passwords: passwords})
	return err
}

// publish makes the sale as a merchant does, with the account of the console.
func (s *Shop) publish(ctx context.Context, settings ShopSettings) (err error) {
	admin, err := store.Open(ctx, store.Config{AdminDSN: s.AdminDSN, Log: s.env.log()})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, admin.Close(context.WithoutCancel(ctx))) }()
	now := admin.Now()
	sale := store.NewSale{
		Title: "Benchmark", Description: "What is measured is sold here.", OpensAt: now.Add(-time.Minute), ClosesAt: now.Add(24 * time.Hour),
		TimeZone: "Europe/Berlin", TakesPayment: true,
	}
	outcome, id, err := admin.ImportSale(ctx, store.Operator("benchmark"), sale, newItems(settings), nil)
	if err != nil || outcome != store.Finished {
		return errors.Join(fmt.Errorf("import: %s", outcome), err)
	}
	if outcome, err = admin.PublishSale(ctx, store.Operator("benchmark"), id); err != nil || outcome != store.Published {
		return errors.Join(fmt.Errorf("publish: %s", outcome), err)
	}
	s.SaleID = id
	return s.readItems(ctx)
}

func newItems(s ShopSettings) []store.NewItem {
	items := make([]store.NewItem, s.Items)
	for i := range items {
		items[i] = store.NewItem{
			SKU: fmt.Sprintf("BENCH-%d", i+1), Title: fmt.Sprintf("Thing %d", i+1), Body: "A thing that many want at once.", Vendor: "Bench",
			PriceCents: priceCents, Currency: "EUR", Units: s.UnitsEach, LimitPerUser: max(1, s.LimitPerUser), HoldMinutes: 60, Shards: s.Shards,
		}
	}
	return items
}

func (s *Shop) readItems(ctx context.Context) (err error) {
	rows, err := s.root.QueryContext(ctx, "SELECT id FROM items WHERE sale_id = ? ORDER BY position", s.SaleID)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var id uint64
		if err := rows.Scan(&id); err != nil {
			return err
		}
		s.ItemIDs = append(s.ItemIDs, id)
	}
	return rows.Err()
}

// Orders counts the orders of the sale's items.
func (s *Shop) Orders(ctx context.Context) (n int, err error) {
	err = s.root.QueryRowContext(ctx,
		"SELECT COUNT(*) FROM orders o STRAIGHT_JOIN items i ON i.id = o.item_id WHERE i.sale_id = ?", s.SaleID).Scan(&n)
	return n, err
}

// Audit runs the product's own audit as the auditor: one line per broken invariant. It reads everything, so it takes minutes after
// FillOrders with millions.
func (s *Shop) Audit(ctx context.Context) (lines []string, err error) {
	auditor, err := store.OpenAuditor(s.AuditorDSN)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, auditor.Close()) }()
	broken, err := auditor.Audit(ctx, store.AuditScope{})
	for _, b := range broken {
		lines = append(lines, b.String())
	}
	return lines, err
}

// Close drops the database. Close every Store on it first.
func (s *Shop) Close() error { return errors.Join(s.root.Close(), dropDatabase(s.env, s.Database)) }
