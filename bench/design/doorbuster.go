package design

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"

	"doorbuster/store"
)

// shopRun is the product: a full installation, and a Store as a web node has it.
type shopRun struct {
	journal
	shop  *Shop
	store *store.Store
	item  uint64
}

func doorbuster() Design {
	return Design{
		ID: "doorbuster", What: "the product: store.PlaceOrder on a full installation", Pools: []int{8, 2, 4}, Shards: []int{0, 1, 2, 4, 8, 16},
		Durable: true, Open: openDoorbuster,
	}
}

func openDoorbuster(ctx context.Context, env Env, s Settings) (Run, error) {
	shop, err := NewShop(ctx, env, ShopSettings{Items: 1, UnitsEach: s.Units, Shards: s.Shards, LimitPerUser: 1})
	if err != nil {
		return nil, err
	}
	opened, err := store.Open(ctx, store.Config{WebDSN: shop.WebDSN, PurchaseConns: s.Pool, Log: env.log(), Registerer: env.Registerer})
	if err != nil {
		return nil, errors.Join(err, shop.Close())
	}
	r := &shopRun{shop: shop, store: opened, item: shop.ItemIDs[0]}
	if err := opened.Ready(); err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return r, nil
}

// Buy is one PlaceOrder with a key of its own.
func (r *shopRun) Buy(ctx context.Context, user uint64) (string, error) {
	order := uuid.Must(uuid.NewV7())
	placement, err := r.store.PlaceOrder(ctx, store.Purchase{OrderID: order, ItemID: r.item, UserID: user, Units: 1, RequestID: order})
	if err != nil {
		return Failed, err
	}
	class := string(placement.Outcome)
	r.note(class, order, user)
	return class, nil
}

// Drain has nothing to wait for: what was answered was committed.
func (r *shopRun) Drain(context.Context) error { return nil }

// Orders counts the orders of the item.
func (r *shopRun) Orders(ctx context.Context) (n int, err error) {
	err = r.shop.root.QueryRowContext(ctx, "SELECT COUNT(*) FROM orders WHERE item_id = ?", r.item).Scan(&n)
	return n, err
}

// Audit is the product's own audit, and the orders that were answered.
func (r *shopRun) Audit(ctx context.Context) ([]string, error) {
	broken, err := r.shop.Audit(ctx)
	if err != nil {
		return nil, err
	}
	c, err := r.compare(ctx, r.shop.root, r.item, r.item)
	if err != nil {
		return nil, fmt.Errorf("audit: %w", err)
	}
	return append(broken, c.broken()...), nil
}

// Close closes the Store, then the shop.
func (r *shopRun) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), statementMax)
	defer cancel()
	return errors.Join(r.store.Close(ctx), r.shop.Close())
}
