package worker

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"doorbuster/mail/mailtest"
	"doorbuster/payment/sandbox"
	"doorbuster/store"
	"doorbuster/store/storetest"
)

// lostShop is a shop with work for every job.
type lostShop struct {
	*shop
	told   *receiver
	sink   *mailtest.Sink
	cfg    Config   // of a store that prepares work the way that workers would
	users  uint64   // shoppers so far
	uneven []uint64 // items of which one stock row was emptied
}

func openLostShop(t *testing.T, d *storetest.Database) *lostShop {
	t.Helper()
	s := openShopOn(t, d, 5000)
	s.addresses(t, 1000, 1)
	l := &lostShop{shop: s, told: s.listen(t, nil), sink: mailtest.Serve(t), cfg: settings(t, s.Database).withDefaults()}
	return l
}

// come lets n new shoppers hold a unit each, and returns the first of them.
func (l *lostShop) come(t testing.TB, n int) (first uint64) {
	t.Helper()
	first = l.users + 1
	l.users += uint64(n)
	l.hold(t, first, n)
	return first
}

// relay makes events of what has happened, as the job does.
func (l *lostShop) relay(t testing.TB) {
	t.Helper()
	eventually(t, "all messages are events", func() bool {
		if _, err := relayOutbox(l.cfg)(context.Background(), l.lease(t, l.cfg, "relay_outbox")); err != nil && !errors.Is(err, errOvertaken) {
			t.Error(err)
		}
		return l.count(t, "SELECT COUNT(*) FROM outbox WHERE sent_at IS NULL") == 0
	})
}

// lostJob says of one job how there comes to be work for it, how much is left, and whether a piece was done twice.
type lostJob struct {
	prepare func(t testing.TB, l *lostShop) // makes at least three pieces of work
	left    func(t testing.TB, l *lostShop) int
	twice   func(t testing.TB, l *lostShop) int // pieces that were done more than once, or wrongly
	// settles: what it has begun it ends, though it was overtaken, because the end is right whoever comes to it
	settles bool
	between int // the look at which it stands between two writes, or between reading and its only write; 0: the second
	late    int // a look, besides the second, behind which the job writes something else than before it
}

func counting(query string) func(testing.TB, *lostShop) int {
	return func(t testing.TB, l *lostShop) int {
		t.Helper()
		return l.count(t, query)
	}
}

// lostJobs has an entry for each job of the table.
var lostJobs = map[string]lostJob{
	"expire_orders": {
		prepare: func(t testing.TB, l *lostShop) {
			t.Helper()
			l.exec(t, "UPDATE orders SET hold_expires_at = UTC_TIMESTAMP(6) WHERE user_id >= ? AND state = 'held'", l.come(t, 4))
		},
		left: counting("SELECT COUNT(*) FROM orders WHERE hold_expires_at <= UTC_TIMESTAMP(6)"),
		twice: counting(`SELECT COUNT(*) FROM (SELECT o.id FROM orders o JOIN stock_moves m ON m.order_id = o.id AND m.reason = 'expired'
			GROUP BY o.id HAVING COUNT(*) <> 1) x`),
	},
	"seal_moves": {
		prepare: func(t testing.TB, l *lostShop) { t.Helper(); l.come(t, 4) },
		left:    func(t testing.TB, l *lostShop) int { t.Helper(); return l.unsealed(t) },
		twice: func(t testing.TB, l *lostShop) int {
			t.Helper()
			if l.unsealed(t) == 0 { // else the verification finds lines without a seal
				l.mustVerify(t)
			}
			return l.count(t, "SELECT COUNT(*) - MAX(seq) FROM stock_seals")
		},
	},
	"rebalance_shards": {
		prepare: func(t testing.TB, l *lostShop) { t.Helper(); l.empty(t) },
		left: func(t testing.TB, l *lostShop) (left int) {
			t.Helper()
			for _, item := range l.uneven {
				left += l.count(t, "SELECT MIN(available) = 0 AND MAX(available) > 1 FROM stock_shards WHERE item_id = ?", item)
			}
			return left
		},
		twice: func(t testing.TB, l *lostShop) (twice int) {
			t.Helper()
			for _, item := range l.uneven {
				twice += max(0, l.count(t, "SELECT COUNT(DISTINCT move_id) FROM stock_moves WHERE item_id = ? AND reason = 'rebalanced'", item)-1)
			}
			return twice
		},
	},
	"check_payments": {
		prepare: func(t testing.TB, l *lostShop) {
			t.Helper()
			for range 3 {
				l.users++
				l.pays(t, l.users, sandbox.Name, "4242424242424242")
			}
			l.exec(t, "UPDATE payments SET ask_at = UTC_TIMESTAMP(6) WHERE ask_at IS NOT NULL")
		},
		left: counting("SELECT COUNT(*) FROM payments WHERE ask_at IS NOT NULL"),
		twice: counting(`SELECT COUNT(*) FROM payments p JOIN orders o ON o.id = p.order_id JOIN sandbox_payments s ON s.payment_id = p.id
			WHERE p.ask_at IS NULL AND NOT (p.state = 'captured' AND o.state = 'paid' AND s.state = 'captured' AND
			      (SELECT COUNT(*) FROM payment_moves m WHERE m.payment_id = p.id AND m.to_state = 'captured') = 1)`),
		settles: true,
	},
	"relay_outbox": {
		prepare: func(t testing.TB, l *lostShop) { t.Helper(); l.come(t, 4) },
		left:    counting("SELECT COUNT(*) FROM outbox WHERE sent_at IS NULL"),
		twice: counting(`SELECT (SELECT COUNT(*) - COALESCE(MAX(seq), 0) FROM events) +
			(SELECT COUNT(*) FROM (SELECT order_id, kind FROM events GROUP BY order_id, kind HAVING COUNT(*) > 1) x) +
			(SELECT COUNT(*) FROM (SELECT order_id, kind FROM mails GROUP BY order_id, kind HAVING COUNT(*) > 1) y)`),
	},
	"deliver_webhooks": {
		prepare: func(t testing.TB, l *lostShop) { t.Helper(); l.come(t, 4); l.relay(t) },
		left: func(t testing.TB, l *lostShop) int {
			t.Helper()
			l.hurry(t)
			return l.count(t, "SELECT (SELECT COALESCE(MAX(seq), 0) FROM events) - (SELECT queued_seq FROM webhook_endpoints) + (SELECT COUNT(*) FROM webhook_deliveries WHERE state <> 'done')")
		},
		// The receiver knows a repetition by its number, and has then taken each once. One answer counts.
		twice: func(t testing.TB, l *lostShop) int {
			t.Helper()
			l.told.mustBeInOrder(t)
			return l.count(t, `SELECT COUNT(*) FROM (SELECT d.seq FROM webhook_deliveries d LEFT JOIN webhook_attempts a ON a.endpoint_id = d.endpoint_id AND a.seq = d.seq AND a.status = 200
				WHERE d.state = 'done' GROUP BY d.seq HAVING COUNT(a.seq) <> 1) x`)
		},
	},
	"send_mails": {
		prepare: func(t testing.TB, l *lostShop) {
			t.Helper()
			l.exec(t, "UPDATE orders SET hold_expires_at = UTC_TIMESTAMP(6) + INTERVAL 2 MINUTE WHERE user_id >= ? AND state = 'held'", l.come(t, 3))
			l.relay(t)
		},
		left: func(t testing.TB, l *lostShop) int {
			t.Helper()
			l.hurry(t)
			return l.count(t, `SELECT (SELECT COUNT(*) FROM mails WHERE state = 'due') + (SELECT COUNT(*) FROM orders o
				WHERE o.hold_expires_at BETWEEN UTC_TIMESTAMP(6) AND UTC_TIMESTAMP(6) + INTERVAL 2 MINUTE AND NOT EXISTS (SELECT 1 FROM mails m WHERE m.order_id = o.id AND m.kind = 'expiring'))`)
		},
		// A mail may come twice, with the same number. None was written twice, and each that is sent has come.
		twice: func(t testing.TB, l *lostShop) int {
			t.Helper()
			came := map[string]bool{}
			for _, m := range l.sink.Mails() {
				came[m.ID] = true
			}
			return l.count(t, "SELECT COUNT(*) FROM (SELECT order_id, kind FROM mails GROUP BY order_id, kind HAVING COUNT(*) > 1) x") +
				max(0, l.mails(t, "sent")-len(came))
		},
		late: 6, // three warnings, none, a mail
	},
	"clean_up": {
		prepare: func(t testing.TB, l *lostShop) {
			t.Helper()
			first := l.come(t, 4)
			l.relay(t)
			l.exec(t, "UPDATE outbox SET sent_at = sent_at - INTERVAL 31 DAY WHERE move_id IN (SELECT move_id FROM orders WHERE user_id >= ?) AND sent_at IS NOT NULL", first)
		},
		left:  counting("SELECT COUNT(*) FROM outbox WHERE sent_at < UTC_TIMESTAMP(6) - INTERVAL 30 DAY"),
		twice: func(testing.TB, *lostShop) int { return 0 }, // what is gone is gone; the audit looks for what had to stay
	},
	"reconcile": { // a price that was changed by hand endangers nothing, so nothing is paused
		prepare: func(t testing.TB, l *lostShop) {
			t.Helper()
			l.exec(t, "UPDATE orders SET unit_price_cents = ? WHERE user_id >= ? AND state = 'held'", priceByHand, l.come(t, 3))
		},
		left: func(t testing.TB, l *lostShop) int {
			t.Helper()
			return l.count(t, `SELECT COUNT(*) FROM orders o WHERE o.unit_price_cents = ? AND NOT EXISTS (SELECT 1 FROM reconcile_findings f
				WHERE f.state = 'open' AND f.invariant = 'I7 orders have the price of the item' AND f.subject = CONCAT('order ', LOWER(HEX(o.id))))`, priceByHand)
		},
		twice: func(t testing.TB, l *lostShop) int {
			t.Helper()
			twice := l.count(t, "SELECT COUNT(*) FROM (SELECT 1 FROM reconcile_findings GROUP BY item_id, invariant, subject HAVING COUNT(*) > 1) x")
			l.exec(t, "UPDATE orders o JOIN items i ON i.id = o.item_id SET o.unit_price_cents = i.price_cents WHERE o.unit_price_cents = ?", priceByHand)
			return twice
		},
		between: 1,
	},
}

// priceByHand is a price that no item has.
const priceByHand = 77

// empty makes three items of which one stock row is empty and the other is not.
func (l *lostShop) empty(t testing.TB) {
	t.Helper()
	units := store.NewItem{Units: 8, Shards: 2}
	_, items := storetest.Sale(t, l.store, units, units, units)
	l.uneven = append(l.uneven, items...)
	for _, item := range items {
		buyer := *l.shop
		buyer.item = item
		for user := uint64(2); user <= 8; user += 2 {
			if p := buyer.buy(t, user); p.Outcome != store.Placed {
				t.Fatalf("shopper %d: %s", user, p.Outcome)
			}
		}
	}
}

// picture is what stands in all tables but the leases.
func (l *lostShop) picture(t testing.TB) string {
	t.Helper()
	var tables []string
	rows, err := l.root.QueryContext(context.Background(), "SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE() AND table_type = 'BASE TABLE' AND table_name <> 'leases' ORDER BY 1")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var table string
		if err := rows.Scan(&table); err != nil {
			t.Fatal(err)
		}
		tables = append(tables, table)
	}
	if err := rows.Err(); err != nil || len(tables) < 20 {
		t.Fatalf("%d tables: %v", len(tables), err)
	}
	all := ""
	for _, table := range tables {
		var name string
		var sum uint64
		if err := l.root.QueryRowContext(context.Background(), "CHECKSUM TABLE "+table).Scan(&name, &sum); err != nil {
			t.Fatal(err)
		}
		all += fmt.Sprintf("%s %d\n", table, sum)
	}
	return all
}

// overtaking is a context that is told when its job looks whether it may go on: between its writes. At the look number at, another worker takes the lease.
type overtaking struct {
	context.Context
	mu        sync.Mutex
	looks, at int
	overtake  func()
}

// Err is the look.
func (o *overtaking) Err() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.looks++; o.looks == o.at {
		o.overtake()
	}
	return o.Context.Err()
}

// A worker was overtaken while it did not look, before its first write or between two: it writes nothing more and knows why, and the other does each piece once.
func TestOvertakenWritesNothing(t *testing.T) {
	t.Parallel()
	for i, j := range jobs(settings(t, storetest.New(t)).withDefaults()) {
		of, ok := lostJobs[j.name]
		if !ok {
			t.Errorf("%s has no entry in lostJobs: what happens to it when the lock lies?", j.name)
			continue
		}
		looks := map[string]int{"before the first write": 0, "between two": cmp.Or(of.between, 2)}
		if of.late > 0 {
			looks["later"] = of.late
		}
		for when, at := range looks {
			t.Run(j.name+" "+when, func(t *testing.T) {
				t.Parallel()
				l := openLostShop(t, storetest.New(t))
				of.prepare(t, l)
				l.overtaken(t, i, of, at)
			})
		}
	}
}

// overtaken lets a worker be overtaken at its look number at (0: before it begins), and another do the rest.
func (l *lostShop) overtaken(t *testing.T, i int, of lostJob, at int) {
	t.Helper()
	cfg := l.small(t)
	a, b := jobs(cfg)[i], jobs(l.small(t))[i]
	lease := func() uint64 { return l.lease(t, cfg, a.name) }
	old, before := lease(), ""
	ctx := &overtaking{Context: t.Context(), at: at}
	var number uint64
	ctx.overtake = func() { number, before = lease(), l.picture(t) }
	if at == 0 {
		ctx.overtake()
	}
	work := of.left(t, l)
	if work < 3 {
		t.Fatalf("%d pieces of work: too few to prove anything", work)
	}
	did, err := a.run(ctx, old)
	if !errors.Is(err, errOvertaken) || (at == 0 && did != 0) {
		t.Errorf("the overtaken one did %d and says %v", did, err)
	}
	if after := l.picture(t); number == 0 || (after != before && !(of.settles && at > 0)) {
		t.Errorf("number %d; the overtaken one wrote:\n%s\n%s", number, before, after)
	}
	if left := of.left(t, l); at == 0 && left != work {
		t.Errorf("%d of %d pieces are left", left, work)
	}
	eventually(t, "the other has done the rest", func() bool {
		if _, err := b.run(t.Context(), number); err != nil {
			t.Error(err)
			return true
		}
		return of.left(t, l) == 0
	})
	if n := of.twice(t, l); n != 0 {
		t.Errorf("%d pieces were done twice", n)
	}
	l.mustBeRight(t)
}

// small are settings with which each transaction of a job does one piece of work, or two.
func (l *lostShop) small(t testing.TB) Config {
	t.Helper()
	cfg := l.all(t)
	cfg.ExpireLimit, cfg.SealLimit, cfg.CheckLimit, cfg.RelayLimit, cfg.DeliverLimit, cfg.MailLimit, cfg.CleanLimit = 1, 1, 1, 1, 1, 1, 1
	return cfg.withDefaults()
}

// all are settings with which all jobs work, often.
func (l *lostShop) all(t testing.TB) Config {
	t.Helper()
	cfg := settings(t, l.Database)
	cfg.Log = slog.New(slog.DiscardHandler)
	for _, every := range []*time.Duration{&cfg.SealEvery, &cfg.RebalanceEvery, &cfg.CheckEvery, &cfg.RelayEvery, &cfg.DeliverEvery, &cfg.MailEvery, &cfg.CleanEvery, &cfg.ReconcileEvery} {
		*every = 50 * time.Millisecond
	}
	cfg.Webhooks, cfg.Mail = toLoopback(), toSink(t, l.sink)
	t.Cleanup(cfg.Webhooks.Close)
	return cfg
}
