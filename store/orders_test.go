package store_test

import (
	"database/sql"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"doorbuster/store"
	"doorbuster/store/storetest"
)

// listed is a database full of orders.
type listed struct {
	t    testing.TB
	db   *storetest.Database
	root *sql.DB
	s    *store.Store
}

func newListed(t testing.TB) *listed {
	d := storetest.New(t)
	return &listed{t: t, db: d, root: d.Root(t), s: d.Open(t)}
}

func (l *listed) exec(statement string, args ...any) {
	l.t.Helper()
	if _, err := l.root.ExecContext(l.t.Context(), statement, args...); err != nil {
		l.t.Fatal(err)
	}
}

func (l *listed) count(query string, args ...any) (n int) {
	l.t.Helper()
	if err := l.root.QueryRowContext(l.t.Context(), query, args...).Scan(&n); err != nil {
		l.t.Fatal(err)
	}
	return n
}

// member is an owner of a shop.
func (l *listed) member(shop uint64) store.Actor {
	l.t.Helper()
	l.exec(`INSERT INTO staff (id, shop_id, email, name, role, state, password_phc, sessions_from, created_at, changed_at)
		VALUES (?, ?, CONCAT(?, '@example.com'), 'Ann', 'owner', 'active', 'x', UTC_TIMESTAMP(6), UTC_TIMESTAMP(6), UTC_TIMESTAMP(6))`, shop, shop, shop)
	return store.Member(shop)
}

// disagree counts the orders that listed_orders has not, or not as they are, and the lines that no order has.
func (l *listed) disagree() int {
	l.t.Helper()
	return l.count(`SELECT COUNT(*) FROM orders o JOIN items i ON i.id = o.item_id JOIN sales s ON s.id = i.sale_id
		  LEFT JOIN listed_orders l ON l.placed_at = o.placed_at AND l.order_id = o.id
		 WHERE NOT (l.state <=> o.state AND l.item_id <=> o.item_id AND l.sale_id <=> i.sale_id AND l.shop_id <=> s.shop_id AND l.tail <=> RIGHT(o.id, 4))`) +
		l.count(`SELECT ABS(CAST((SELECT COUNT(*) FROM listed_orders) AS SIGNED) - CAST((SELECT COUNT(*) FROM orders) AS SIGNED))`)
}

// relayAll empties the outbox.
func (l *listed) relayAll(fence uint64) {
	l.t.Helper()
	for {
		r, err := l.s.RelayOutbox(l.t.Context(), fence, 1+rand.IntN(20))
		if err != nil {
			l.t.Fatal(err)
		}
		if r.Outcome == store.Nothing {
			return
		}
	}
}

// refill fills the list again as docs/operating.md says: a runbook that is not tried is wrong.
func (l *listed) refill() {
	l.t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "docs", "operating.md"))
	if err != nil {
		l.t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(text), "\n### The list of orders lacks some\n")
	_, section, _ = strings.Cut(section, "```sql\n")
	section, _, found := strings.Cut(section, "```")
	if !found {
		l.t.Fatal("docs/operating.md does not say how to fill the list again")
	}
	conn, err := l.root.Conn(l.t.Context())
	if err != nil {
		l.t.Fatal(err)
	}
	for statement := range strings.SplitSeq(strings.TrimSpace(section), ";\n") {
		if _, err := conn.ExecContext(l.t.Context(), strings.TrimSuffix(statement, ";")); err != nil {
			l.t.Fatalf("%s\n%v", statement, err)
		}
	}
	if err := conn.Close(); err != nil {
		l.t.Fatal(err)
	}
}

// live lets ninety orders of items be placed, paid, cancelled, refunded, end and be taken again, while the relay comes by now and then.
func (l *listed) live(items []uint64, relay, expire uint64) {
	l.t.Helper()
	ctx, staff := l.t.Context(), store.Operator("ann")
	must := func(outcome store.Outcome, err error) {
		l.t.Helper()
		if err != nil {
			l.t.Fatal(outcome, err)
		}
	}
	var all []uuid.UUID
	for n := range uint64(90) {
		got := buy(l.t, l.s, items[n%3], 100+n, 1)
		all = append(all, got.OrderID)
		one := all[rand.IntN(len(all))]
		var c store.Change
		var err error
		switch n % 6 {
		case 0:
			c, err = l.s.PayOrder(ctx, staff, one, "cash")
			must(c.Outcome, err)
		case 1:
			c, err = l.s.CancelOrderAsStaff(ctx, staff, one, "asked to")
			must(c.Outcome, err)
		case 2:
			c, err = l.s.PayOrder(ctx, staff, got.OrderID, "cash")
			must(c.Outcome, err)
			c, err = l.s.RefundOrder(ctx, staff, got.OrderID, n%4 == 0, "broken")
			must(c.Outcome, err)
		case 3: // paid too late: the units are taken again
			pay, err := l.s.StartPayment(ctx, got.OrderID, 100+n, uuid.Must(uuid.NewV7()), "sandbox")
			must(pay.Outcome, err)
			l.exec("UPDATE orders SET hold_expires_at = UTC_TIMESTAMP(6) - INTERVAL 1 SECOND WHERE id = ? AND state = 'held'", got.OrderID[:])
			e, err := l.s.ExpireOrders(ctx, expire, 100)
			must(e.Outcome, err)
			if n%4 == 3 {
				settled, err := l.s.SettlePayment(ctx, store.PaymentReport{
					PaymentID: pay.Payment.ID, Says: store.PaymentCaptured, AmountCents: pay.Payment.AmountCents, Currency: pay.Payment.Currency, Actor: "callback",
				})
				must(settled.Outcome, err)
			}
		}
		if n%4 == 0 {
			r, err := l.s.RelayOutbox(ctx, relay, 1+rand.IntN(4))
			must(r.Outcome, err)
		}
	}
}

// Whatever happens to orders, in whatever order the relay comes by: once the outbox is empty, the list agrees with them. Filled again, it does too.
func TestListedOrdersAgree(t *testing.T) {
	t.Parallel()
	l := newListed(t)
	ctx := t.Context()
	_, items := storetest.Sale(t, l.s, store.NewItem{Units: 500}, store.NewItem{SKU: "b", Units: 500})
	_, free := storetest.Sale(t, l.s, store.NewItem{Units: 500})
	relay, err := l.s.TakeLease(ctx, "relay_outbox", "test", time.Hour, true)
	if err != nil {
		t.Fatal(err)
	}
	expire, err := l.s.TakeLease(ctx, "expire_orders", "test", time.Hour, true)
	if err != nil {
		t.Fatal(err)
	}
	l.exec("UPDATE sales SET shop_id = 2 WHERE id = (SELECT sale_id FROM items WHERE id = ?)", free[0])
	everything := append(slices.Clone(items), free...)
	l.live(everything, relay.Fence, expire.Fence)
	// One that the relay cannot have come by: the comparison is able to see what is late.
	late, err := l.s.PlaceOrder(ctx, store.Purchase{OrderID: uuid.Must(uuid.NewV7()), ItemID: items[0], UserID: 9999, Units: 1, RequestID: uuid.New()})
	if err != nil || late.Outcome != store.Placed {
		t.Fatal(late.Outcome, err)
	}
	if l.disagree() == 0 {
		t.Error("the list is late, and nothing is said of it")
	}
	l.relayAll(relay.Fence)
	if n := l.disagree(); n != 0 {
		t.Errorf("%d orders are not listed as they are", n)
	}
	for _, state := range []string{"held", "paid", "cancelled", "expired", "refunded"} {
		if l.count("SELECT COUNT(*) FROM listed_orders WHERE state = ?", state) == 0 {
			t.Errorf("no order is %s, so nothing is proved of that state", state)
		}
	}
	if l.count("SELECT COUNT(*) FROM events WHERE kind = 'order_paid' AND order_id IN (SELECT order_id FROM events WHERE kind = 'order_expired')") == 0 {
		t.Error("no units were taken again")
	}
	l.refill() // over what is there
	l.exec("UPDATE listed_orders SET state = 'held'")
	l.exec("DELETE FROM listed_orders WHERE item_id = ?", items[0])
	l.refill()
	if n := l.disagree(); n != 0 {
		t.Errorf("filled again: %d orders are not listed as they are", n)
	}
	l.db.MustAudit(t)
}

const digitsOf = "(SELECT 0 AS d UNION SELECT 1 UNION SELECT 2 UNION SELECT 3 UNION SELECT 4 UNION SELECT 5 UNION SELECT 6 UNION SELECT 7 UNION SELECT 8 UNION SELECT 9)"

// fill puts n orders of n/4 shoppers into two sales with four items, as place_orders and the relay leave them: a hundred at each instant, two of five paid.
func (l *listed) fill(n int, items []uint64, from time.Time) {
	l.t.Helper()
	shoppers := 2 * (n/8 + 1) // even, so that a shopper's four orders are of four items
	l.exec(`INSERT INTO users (id, customer_ref, email, name, language, sessions_from, created_at)
		SELECT 1000000 + n, CONCAT('c', n), CONCAT('shopper', n, '@example.com'), CONCAT(ELT(1 + n MOD 4, 'Lena ', 'Mei ', 'Omar ', 'Uma '), n), 'en', UTC_TIMESTAMP(6), UTC_TIMESTAMP(6)
		  FROM (SELECT a.d + 10 * b.d + 100 * c.d + 1000 * d.d + 10000 * e.d + 100000 * f.d AS n
		          FROM `+digitsOf+` a, `+digitsOf+` b, `+digitsOf+` c, `+digitsOf+` d, `+digitsOf+` e, `+digitsOf+` f) x WHERE n < ?`, shoppers)
	const part = 1_000_000
	for begin := 0; begin < n; begin += part {
		l.exec(`INSERT INTO orders (id, item_id, user_id, units, unit_price_cents, state, placed_at, hold_expires_at, paid_at, closed_at, move_id, request_id)
			SELECT UNHEX(CONCAT('0199', LPAD(HEX(n), 8, '0'), '7000', LEFT(SHA2(n, 256), 16))), ELT(1 + (n + n DIV ?) MOD 4, ?, ?, ?, ?), 1000000 + n MOD ?, 1, 1999, state,
			       ? + INTERVAL n DIV 100 SECOND, IF(state = 'held', ? + INTERVAL 30 DAY, NULL), IF(state = 'paid', ?, NULL), IF(state IN ('cancelled', 'expired', 'refunded'), ?, NULL),
			       UNHEX(LEFT(SHA2(n, 256), 32)), UNHEX(LEFT(SHA2(n, 256), 32))
			  FROM (SELECT n, CASE WHEN n MOD 10 > 3 THEN 'expired' WHEN n MOD 100 = 2 THEN 'refunded' WHEN n MOD 100 = 3 THEN 'cancelled' WHEN n MOD 100 = 13 THEN 'held' ELSE 'paid' END AS state
			          FROM (SELECT ? + a.d + 10 * b.d + 100 * c.d + 1000 * d.d + 10000 * e.d + 100000 * f.d AS n
			                  FROM `+digitsOf+` a, `+digitsOf+` b, `+digitsOf+` c, `+digitsOf+` d, `+digitsOf+` e, `+digitsOf+` f) x WHERE n < ?) y ORDER BY n`,
			shoppers, items[0], items[1], items[2], items[3], shoppers, from, from, from, from, begin, min(n, begin+part))
	}
	l.exec(`INSERT INTO listed_orders (placed_at, order_id, shop_id, sale_id, item_id, state)
		SELECT o.placed_at, o.id, s.shop_id, i.sale_id, o.item_id, o.state FROM orders o JOIN items i ON i.id = o.item_id JOIN sales s ON s.id = i.sale_id ORDER BY o.placed_at, o.id`)
	l.exec("ANALYZE TABLE orders, listed_orders, users")
}

// shelves makes four items in two sales of shop 1, and an order in shop 2.
func (l *listed) shelves() (sale uint64, items []uint64) {
	l.t.Helper()
	first, a := storetest.Sale(l.t, l.s, store.NewItem{Units: 9}, store.NewItem{SKU: "b", Units: 9})
	_, b := storetest.Sale(l.t, l.s, store.NewItem{Units: 9}, store.NewItem{SKU: "b", Units: 9})
	return first, append(a, b...)
}

// Pages of orders that were placed at the same instant leave none out and tell none twice, whichever index they are read from.
func TestPagesOfOneInstant(t *testing.T) {
	t.Parallel()
	l := newListed(t)
	sale, items := l.shelves()
	ann := l.member(1)
	from := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	l.fill(600, items, from)
	l.exec("UPDATE orders SET placed_at = ? WHERE placed_at > ?", from.Add(time.Second), from)
	l.exec("UPDATE users SET email = 'shopper7@example.com' WHERE id < 1000050") // an address with many orders
	l.exec("DELETE FROM listed_orders")
	l.refill()
	everything := searches(sale, items[0], from)
	everything["by time"] = store.OrderFilter{From: from.Add(time.Second), Until: from.Add(2 * time.Second)}
	for name, f := range everything {
		if strings.Contains(name, "later page") {
			continue
		}
		whole, err := l.s.SearchOrders(t.Context(), ann, f, 1000)
		if err != nil {
			t.Fatal(err)
		}
		for _, limit := range []int{7, 100} {
			var paged []uuid.UUID
			for f := f; ; {
				page, err := l.s.SearchOrders(t.Context(), ann, f, limit)
				if err != nil {
					t.Fatal(err)
				}
				if len(page) == 0 {
					break
				}
				for _, o := range page {
					paged = append(paged, o.ID)
				}
				f.BeforeAt, f.BeforeID = page[len(page)-1].PlacedAt, page[len(page)-1].ID
			}
			if !slices.EqualFunc(paged, whole, func(id uuid.UUID, o store.FoundOrder) bool { return id == o.ID }) {
				t.Errorf("%s, %d a page: %d orders, in one page they are %d", name, limit, len(paged), len(whole))
			}
		}
		t.Logf("%s: %d", name, len(whole))
	}
}
