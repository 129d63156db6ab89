package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"sort"
	"time"

	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus"

	"doorbuster/bench/design"
	"doorbuster/bench/figures"
	"doorbuster/bench/front"
	"doorbuster/bench/load"
	"doorbuster/store"
)

type shopSettings = design.ShopSettings

func settingsOf(id string, s design.Settings) string {
	d, _ := design.ByID(id)
	return settingsText(d, s)
}

// zipf draws n of the items by Zipf's law with exponent 1: the k-th is wanted 1/k as often as the first. The draw is the same each
// time.
func zipf(items []uint64, n int) []uint64 {
	below := make([]float64, len(items)) // below[k]: share of the items up to k, times the whole
	sum := 0.0
	for k := range items {
		sum += 1 / float64(k+1)
		below[k] = sum
	}
	r := rand.New(rand.NewPCG(1, 2))
	out := make([]uint64, n)
	for i := range out {
		out[i] = items[min(sort.SearchFloat64s(below, r.Float64()*sum), len(items)-1)]
	}
	return out
}

// one sends a single request.
func (s *site) one(kind front.Kind, user uint64) (status int, body []byte, err error) {
	requests, err := front.Crowd{Keys: s.keys, Items: s.items, First: user}.Prepare(kind, 1)
	if err != nil {
		return 0, nil, err
	}
	return s.conns[0].Do(requests.At(0))
}

// sellOut lets a crowd buy all of fewUnits.
func (s *site) sellOut(ctx context.Context) error {
	const shoppers = 10 * fewUnits
	requests, err := front.Crowd{Keys: s.keys, Items: s.items}.Prepare(front.Order, shoppers)
	if err != nil {
		return err
	}
	r := load.ClosedHTTP(ctx, s.conns, load.Stop{Calls: shoppers}, requests.At, front.Class)
	s.note(press{good: "placed", may: []load.Class{"sold_out"}}, r)
	if r.Counts["sold_out"] == 0 {
		return fmt.Errorf("%d shoppers did not sell out %d units: %v", shoppers, fewUnits, r.Counts)
	}
	return nil
}

// counter is the product's store in this process, on a shop of its own.
type counter struct {
	shop   *design.Shop
	store  *store.Store
	wanted []uint64 // shopper n wants the item of number n modulo their number

	first           uint64
	placed, unknown int
	buyer           *buyer
}

// openCounter makes a shop and a store on it.
func (b *bench) openCounter(ctx context.Context, settings shopSettings) (c *counter, err error) {
	c = &counter{first: 1}
	if c.shop, err = design.NewShop(ctx, b.env, settings); err != nil {
		return nil, err
	}
	c.wanted = c.shop.ItemIDs
	c.store, err = store.Open(ctx, store.Config{
		WebDSN: c.shop.WebDSN, AdminDSN: c.shop.AdminDSN, Log: discard, Registerer: prometheus.NewRegistry(), // it counts, as a shop does
	})
	if err != nil {
		return nil, errors.Join(err, c.shop.Close())
	}
	c.buyer = &buyer{buy: c.buy}
	if err := c.store.Ready(); err != nil {
		return nil, errors.Join(err, c.close())
	}
	return c, nil
}

func (c *counter) buy(ctx context.Context, user uint64) (load.Class, error) {
	order := uuid.Must(uuid.NewV7())
	placed, err := c.store.PlaceOrder(ctx, store.Purchase{
		OrderID: order, ItemID: c.wanted[user%uint64(len(c.wanted))], UserID: user, Units: 1, RequestID: order,
	})
	return load.Class(placed.Outcome), err
}

// load runs a loop of new shoppers: closed with storeClients where perSecond is 0, else open.
func (c *counter) load(ctx context.Context, perSecond float64, run time.Duration) load.Result {
	c.buyer.first = c.first
	var r load.Result
	if perSecond > 0 {
		r = load.Open(ctx, perSecond, load.Stop{After: run}, mostInFlight, c.buyer.call)
	} else {
		r = load.Closed(ctx, storeClients, load.Stop{After: run}, c.buyer.call)
	}
	c.first += uint64(max(r.Total(), r.Planned)) // numbers of requests that were dropped are gone too
	c.placed += r.Counts["placed"]
	c.unknown += r.Counts["unknown"]
	return r
}

// audit is the product's audit, and the number of orders.
func (c *counter) audit(ctx context.Context) (string, error) {
	broken, err := c.shop.Audit(ctx)
	if err != nil {
		return "", err
	}
	n, err := c.shop.Orders(ctx)
	if n < c.placed || n > c.placed+c.unknown {
		broken = append(broken, fmt.Sprintf("%d orders are stored, %d were answered \"placed\" and %d answers were lost", n, c.placed, c.unknown))
	}
	return join(append(broken, c.buyer.said())...), err
}

func (c *counter) close() error {
	ctx, cancel := context.WithTimeout(context.Background(), stopTime)
	defer cancel()
	return errors.Join(c.store.Close(ctx), c.shop.Close())
}

// shopRun measures the store in this process with several items.
func (b *bench) shopRun(ctx context.Context, settings shopSettings, byZipf bool) (sample figures.Sample, err error) {
	c, err := b.openCounter(ctx, settings)
	if err != nil {
		return sample, err
	}
	defer func() { err = errors.Join(err, c.close()) }()
	if byZipf {
		c.wanted = zipf(c.shop.ItemIDs, 100_003)
	}
	c.load(ctx, 0, b.sizes.warm)
	runtime.GC()
	return c.measure(ctx, b, 0)
}

// measure is one counted loop and its audit.
func (c *counter) measure(ctx context.Context, b *bench, perSecond float64) (sample figures.Sample, err error) {
	m, err := b.meter(ctx, nil)
	if err != nil {
		return sample, err
	}
	r := c.load(ctx, perSecond, b.sizes.run)
	sample.Values = map[string]float64{rate: r.Rate("placed"), "busy": float64(r.Counts["busy"]), "unknown": float64(r.Counts["unknown"])}
	if perSecond > 0 {
		sample.Values["offered_per_s"], sample.Values["sent_per_s"] = perSecond, r.Rate()
		sample.Values["dropped"], sample.Values["late"] = float64(r.Dropped), float64(r.Late)
	} else {
		sample.Values[clients] = storeClients
	}
	latencies(r, "", sample.Values, "placed")
	if err := m.read(ctx, r, r.Counts["placed"], sample.Values); err != nil {
		return sample, err
	}
	audit, err := c.audit(ctx)
	sample.Audit = join(surprises(r.Counts, "placed", "busy", "unknown"), audit)
	return sample, err
}
