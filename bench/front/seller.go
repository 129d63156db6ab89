package front

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"doorbuster/bench/design"
	"doorbuster/bench/load"
	"doorbuster/store"
	"doorbuster/web"
)

// seller is what stands behind the button.
type seller interface {
	web.Purchaser
	// buy buys one unit without anything of the web in between.
	buy(ctx context.Context, item, user uint64) (load.Class, error)
	// end waits until every answered order is in the database, audits and closes.
	end(ctx context.Context) (Ending, error)
}

// openSeller opens what o.Design names.
func openSeller(ctx context.Context, o Options, s *store.Store) (seller, error) {
	if o.ownStore() {
		return product{s}, nil
	}
	if o.Design == Nothing {
		return &nothing{}, nil
	}
	d, known := design.ByID(o.Design)
	if !known {
		return nil, fmt.Errorf("front: there is no design %q", o.Design)
	}
	root, err := design.RootDSN(o.RootDSN)
	if err != nil {
		return nil, fmt.Errorf("front: RootDSN: %w", err)
	}
	run, err := d.Open(ctx, design.Env{RootDSN: root, Redis: o.Redis}, o.Settings)
	if err != nil {
		return nil, fmt.Errorf("front: %w", err)
	}
	return baseline{run}, nil
}

// product sells through the product's own store, which belongs to the server.
type product struct{ *store.Store }

func (p product) buy(ctx context.Context, item, user uint64) (load.Class, error) {
	id := uuid.Must(uuid.NewV7()) // fails only when the machine has no randomness, and then nothing here works
	placed, err := p.PlaceOrder(ctx, store.Purchase{OrderID: id, ItemID: item, UserID: user, Units: 1, RequestID: id})
	return load.Class(placed.Outcome), err
}

func (product) end(context.Context) (Ending, error) { return Ending{}, nil }

// nothing stands behind the gates where only they are measured. Its answer looks like one of the database, so that it is measured and logged
// like one.
type nothing struct{ placed atomic.Int64 }

func (n *nothing) PlaceOrder(_ context.Context, p store.Purchase) (store.Placement, error) {
	n.placed.Add(1)
	return store.Placement{Outcome: store.Placed, OrderID: p.OrderID, UnitsLeft: -1, InLine: time.Nanosecond, InCall: time.Nanosecond}, nil
}

func (n *nothing) buy(context.Context, uint64, uint64) (load.Class, error) {
	n.placed.Add(1)
	return load.Class(store.Placed), nil
}

func (n *nothing) end(context.Context) (Ending, error) {
	return Ending{Orders: int(n.placed.Load())}, nil
}

// baseline puts a design behind the product's pages. The design sells one item, whichever is asked for.
type baseline struct{ run design.Run }

// PlaceOrder buys one unit for the shopper of p. The design makes order numbers of its own; the answer repeats the one that was asked
// with, because a page needs some number.
func (b baseline) PlaceOrder(ctx context.Context, p store.Purchase) (store.Placement, error) {
	class, err := b.run.Buy(ctx, p.UserID)
	if err != nil {
		return store.Placement{}, err
	}
	placed := store.Placement{Outcome: store.Outcome(class), UnitsLeft: -1}
	if placed.Outcome == store.Placed {
		placed.OrderID = p.OrderID
	}
	return placed, nil
}

func (b baseline) buy(ctx context.Context, _, user uint64) (load.Class, error) {
	return b.run.Buy(ctx, user)
}

func (b baseline) end(ctx context.Context) (e Ending, err error) {
	defer func() { err = errors.Join(err, b.run.Close()) }()
	began := time.Now()
	if err := b.run.Drain(ctx); err != nil {
		return e, fmt.Errorf("front: waiting for the queue: %w", err)
	}
	e.Lag = time.Since(began)
	if e.Orders, err = b.run.Orders(ctx); err != nil {
		return e, fmt.Errorf("front: counting the orders: %w", err)
	}
	if e.Broken, err = b.run.Audit(ctx); err != nil {
		return e, fmt.Errorf("front: audit: %w", err)
	}
	e.Broken = e.Broken[:min(len(e.Broken), mostBroken)]
	return e, nil
}
