package worker

import (
	"context"
	"database/sql"
	"fmt"
	"math"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/redis/go-redis/v9"

	"doorbuster/localdb"
	"doorbuster/mail/mailtest"
	"doorbuster/payment"
	"doorbuster/payment/sandbox"
	"doorbuster/store"
	"doorbuster/store/storetest"
)

// Shoppers who do something else than pay with a card of the sandbox.
const (
	neverPays = "never pays"
	cancels   = "cancels"
)

// life is a shop with thousands of orders, each of which meets another end, while everything that can die does.
type life struct {
	t      testing.TB
	server *localdb.DB
	d      *storetest.Database
	root   *sql.DB
	s      *store.Store
	desk   *payment.Desk
	cards  *sandbox.Provider
	items  []uint64
	redis  *redis.Client
	url    string
	told   *receiver // of every event
	mails  *mailtest.Sink
	heads  string // file of the seals' heads

	next   atomic.Uint64 // the shopper who comes next
	orders atomic.Int64
	mu     sync.Mutex
	by     map[uuid.UUID]string // what was done about each order
}

// ways are what shoppers do, in turn.
func ways() []string {
	var all []string
	for _, c := range sandbox.Cards {
		all = append(all, c.Number)
	}
	return append(all, neverPays, cancels)
}

// Each order comes to an end that everyone can trust: paid, cancelled, expired or refunded, with the units and the money where they belong to
// the last of each, whatever card was used, whoever was killed in the middle, and whatever Redis forgot. Everyone is told of everything, in
// order per order, and every line of the ledger is sealed.
func TestEveryOrderComesToAnEnd(tt *testing.T) {
	tt.Parallel()
	t := withReasons(tt)
	orders := int64(2000)
	if testing.Short() {
		orders = 200
	}
	l := newLife(t)
	ctx, stop := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	workers := []*childWorker{startWorker(t, l), startWorker(t, l)}
	for range 12 {
		wg.Go(func() { l.shop(ctx, orders) })
	}
	timePasses, stopTime := context.WithCancel(t.Context())
	var clock sync.WaitGroup
	clock.Go(func() { l.passTime(timePasses) })
	t.Cleanup(func() { // also when it ends in the middle: nobody meets a store that was closed, and calls that a reason
		stop()
		stopTime()
		wg.Wait()
		clock.Wait()
	})
	kills := 0
	for l.orders.Load() < orders {
		l.breakSomething(workers, kills)
		kills++
		goal := min(orders, l.orders.Load()+orders/12)
		untilNone(t, "the shop goes on selling", func() int { return int(goal - l.orders.Load()) })
	}
	wg.Wait()
	stop()
	untilNone(t, "every order and every payment has come to its end", l.open)
	untilNone(t, "every event has arrived", func() int { return l.told.missing(t, l.shopOf()) })
	untilNone(t, "every mail was sent or dropped", func() int { return l.shopOf().mails(t, "due") })
	stopTime()
	clock.Wait()
	l.compare()
	l.compareMails()
	l.told.mustBeInOrder(t)
	untilNone(t, "every line of the ledger is sealed", func() int { return l.shopOf().unsealed(t) })
	l.shopOf().mustVerify(t, l.heads)
	t.Logf("%d orders, %d times something was broken", l.orders.Load(), kills)
}

func newLife(t testing.TB) *life {
	t.Helper()
	server := storetest.OwnServer(t)
	d := storetest.On(t, server)
	r := storetest.Redis(t)
	l := &life{
		t: t, server: server, d: d, root: d.Root(t), redis: redisClient(t, r), url: r.URL(), by: map[uuid.UUID]string{},
		heads: filepath.Join(t.TempDir(), "heads.txt"),
	}
	l.s = d.Open(t)
	l.cards = sandbox.New(l.s, []byte(sandboxKey))
	l.desk = testDesk(l.s)
	_, l.items = storetest.Sale(t, l.s,
		store.NewItem{Units: 5000, LimitPerUser: 2, PriceCents: 1999}, store.NewItem{Units: 40, Shards: 2, LimitPerUser: 2, PriceCents: 500})
	l.told = l.shopOf().listen(t, nil)
	l.mails = mailtest.Serve(t)
	l.shopOf().addresses(t, 10_000, 4)
	return l
}

// shopOf lets the helpers of other tests work on this one's database.
func (l *life) shopOf() *shop {
	return &shop{Database: l.d, store: l.s, root: l.root, item: l.items[0]}
}

// shop lets shoppers come until there are so many orders.
func (l *life) shop(ctx context.Context, orders int64) {
	all := ways()
	for ctx.Err() == nil && l.orders.Load() < orders {
		user := l.next.Add(1)
		item := l.items[0]
		if user%8 == 0 {
			item = l.items[1] // where units are rare
		}
		p := store.Purchase{OrderID: uuid.Must(uuid.NewV7()), ItemID: item, UserID: user, Units: 1 + rand.IntN(2), RequestID: uuid.Must(uuid.NewV7())}
		if !l.place(ctx, p) {
			continue
		}
		l.orders.Add(1)
		way := all[rand.IntN(len(all))]
		l.mu.Lock()
		l.by[p.OrderID] = way
		l.mu.Unlock()
		switch way {
		case neverPays:
		case cancels:
			l.insist(ctx, func() error {
				_, err := l.s.CancelOrder(context.WithoutCancel(ctx), p.OrderID, user)
				return err
			})
		default:
			l.pay(ctx, p, way)
		}
	}
}

// place presses with the same key until the answer is sure.
func (l *life) place(ctx context.Context, p store.Purchase) bool {
	for ctx.Err() == nil {
		got, err := l.s.PlaceOrder(ctx, p)
		switch {
		case err != nil:
			l.t.Errorf("shopper %d: %v", p.UserID, err)
			return false
		case got.Outcome == store.Placed || got.Outcome == store.Exists:
			return true
		case got.Outcome != store.Busy && got.Outcome != store.Unknown && got.Outcome != store.TooLate:
			return false
		}
		sleep(ctx, 5*time.Millisecond)
	}
	return false
}

// pay begins a payment, goes to the sandbox, presses, and lets its callbacks come in. A callback that meets a dead database is lost.
func (l *life) pay(ctx context.Context, p store.Purchase, card string) {
	var begun payment.Beginning
	l.insist(ctx, func() (err error) {
		begun, err = l.desk.Begin(context.WithoutCancel(ctx), p.OrderID, p.UserID, "en", "https://shop.example/")
		return err
	})
	if begun.Payment.ID == uuid.Nil {
		return // it expired meanwhile
	}
	var rings []sandbox.Callback
	l.insist(ctx, func() (err error) {
		rings, err = l.cards.Press(context.WithoutCancel(ctx), begun.Payment.ID, card)
		return err
	})
	for _, ring := range rings {
		if err := l.desk.Callback(context.WithoutCancel(ctx), ring.Header, ring.Body); err != nil && !away(err) {
			l.t.Errorf("callback: %v", err)
		}
	}
}

// insist does something until the database has answered.
func (l *life) insist(ctx context.Context, do func() error) {
	for ctx.Err() == nil {
		err := do()
		if err == nil {
			return
		}
		if !away(err) {
			l.t.Error(err)
			return
		}
		sleep(ctx, 20*time.Millisecond)
	}
}

// breakSomething kills the database, kills a worker, or makes Redis forget everything.
func (l *life) breakSomething(workers []*childWorker, n int) {
	switch n % 4 {
	case 0, 2:
		if err := l.redis.FlushAll(l.t.Context()).Err(); err != nil {
			l.t.Error(err)
		}
	case 1:
		w := n / 4 % len(workers)
		workers[w].kill(l.t)
		workers[w] = startWorker(l.t, l)
	case 3:
		if err := l.server.Kill(); err != nil {
			l.t.Error(err)
		}
		ctx, cancel := context.WithTimeout(l.t.Context(), patience)
		defer cancel()
		if err := l.server.Restart(ctx); err != nil {
			l.t.Fatal(err)
		}
	}
}

// passTime lets minutes pass for one row after the other: holds end, cards answer, payments are due. Rows are found without a lock and
// changed by their number, so nobody is in anybody's way for long.
func (l *life) passTime(ctx context.Context) {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		l.touch(ctx, "SELECT id FROM payments WHERE ask_at > UTC_TIMESTAMP(6) LIMIT 20", "UPDATE payments SET ask_at = UTC_TIMESTAMP(6) WHERE id = ? AND ask_at IS NOT NULL")
		l.touch(ctx, `SELECT p.payment_id FROM sandbox_payments p JOIN payments q ON q.id = p.payment_id JOIN orders o ON o.id = q.order_id
			WHERE p.state = 'confirmed' AND p.authorised_at > UTC_TIMESTAMP(6) AND (o.state <> 'held' OR p.authorised_at < o.hold_expires_at) LIMIT 20`,
			"UPDATE sandbox_payments SET authorised_at = UTC_TIMESTAMP(6) WHERE payment_id = ? AND state = 'confirmed'")
		for _, statement := range hurried {
			_, _ = l.root.ExecContext(ctx, statement) // while the database is away, time stands still
		}
		l.endHolds(ctx)
	}
}

// endHolds ends the holds of those who never pay, or whose card answers only afterwards.
func (l *life) endHolds(ctx context.Context) {
	const end = "UPDATE orders SET hold_expires_at = UTC_TIMESTAMP(6) WHERE id = ? AND state = 'held'"
	for _, id := range l.find(ctx, "SELECT id FROM orders WHERE hold_expires_at > UTC_TIMESTAMP(6) LIMIT 200") {
		l.mu.Lock()
		way := l.by[id]
		l.mu.Unlock()
		started := l.find(ctx, "SELECT id FROM payments WHERE order_id = ? AND state = 'authorised'", id[:])
		unpaid := []string{neverPays, "4000000000000002", "4000000000000150", "4000000000000143"}
		if slices.Contains(unpaid, way) && len(started) == 0 {
			_, _ = l.root.ExecContext(ctx, end, id[:]) // while the database is away, time stands still
		}
	}
}

func (l *life) find(ctx context.Context, query string, args ...any) (ids []uuid.UUID) {
	rows, err := l.root.QueryContext(ctx, query, args...)
	if err != nil {
		return nil
	}
	defer func() { _ = rows.Close() }() // an end of the connection ends the looking too
	for rows.Next() {
		var id uuid.UUID
		if rows.Scan(&id) == nil {
			ids = append(ids, id)
		}
	}
	if rows.Err() != nil {
		return nil
	}
	return ids
}

func (l *life) touch(ctx context.Context, find, change string) {
	for _, id := range l.find(ctx, find) {
		_, _ = l.root.ExecContext(ctx, change, id[:]) // while the database is away, time stands still
	}
}

// open is how many orders and payments are not at their end; very many while the database does not say.
func (l *life) open() int {
	n := math.MaxInt
	_ = l.root.QueryRowContext(l.t.Context(), `SELECT (SELECT COUNT(*) FROM orders WHERE state = 'held')
		+ (SELECT COUNT(*) FROM payments WHERE state NOT IN ('captured', 'failed', 'refunded'))`).Scan(&n)
	return n
}

// compare wants the sandbox's money to be that of the paid orders, and each way to have met the ends that it can.
func (l *life) compare() {
	l.d.MustAudit(l.t)
	type sum struct{ n, cents int64 }
	sums := func(query string) (s sum) {
		if err := l.root.QueryRowContext(l.t.Context(), query).Scan(&s.n, &s.cents); err != nil {
			l.t.Error(err)
		}
		return s
	}
	kept := sums("SELECT COUNT(*), COALESCE(SUM(authorised_cents), 0) FROM sandbox_payments WHERE state = 'captured'")
	paid := sums("SELECT COUNT(*), COALESCE(SUM(units * unit_price_cents), 0) FROM orders WHERE state = 'paid'")
	held := sums("SELECT COUNT(*), 0 FROM sandbox_payments WHERE state = 'confirmed'")
	if kept != paid || held.n != 0 {
		l.t.Errorf("the sandbox kept %+v, the paid orders are %+v, and %d payments are still held", kept, paid, held.n)
	}
	ends := map[string]int{}
	for id, way := range l.by {
		var state, money string
		err := l.root.QueryRowContext(l.t.Context(), `SELECT state, COALESCE((SELECT GROUP_CONCAT(CONCAT(state, ' ', reason) ORDER BY started_at) FROM payments
			WHERE order_id = o.id), '') FROM orders o WHERE id = ?`, id[:]).Scan(&state, &money)
		if err != nil {
			l.t.Error(err)
		}
		ends[fmt.Sprintf("%s: %s, %s", way, state, money)]++
	}
	for end, n := range ends {
		l.t.Logf("%5d  %s", n, end)
	}
	if testing.Short() {
		return
	}
	for _, end := range []string{
		"4242424242424242: paid, captured ", "4000000000000002: expired, failed declined", "4000000000000101: paid, captured ",
		"4000000000000119: paid, captured ", "4000000000000127: paid, captured ", "4000000000000135: paid, captured ",
		"4000000000000143: expired, refunded wrong_amount", "4000000000000150: paid, captured ", neverPays + ": expired, ", cancels + ": cancelled, ",
	} {
		if ends[end] == 0 {
			l.t.Errorf("no order ended so: %s", end)
		}
	}
}
