package store_test

import (
	"context"
	"database/sql"
	"errors"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/google/uuid"

	"doorbuster/store"
	"doorbuster/store/storetest"
)

// till is a provider of payments that forgets nothing and makes no mistakes: the truth about the money, which the database has to meet. It
// stands in the test's memory because it is the neighbour of what is tested.
type till struct {
	mu    sync.Mutex
	money map[uuid.UUID]*drawer
}

// drawer is what the till knows of one payment.
type drawer struct {
	says  string
	cents int64
}

// do carries out what a shopper or the shop asks for and answers how the payment stands afterwards. What cannot be done changes nothing.
func (k *till) do(id uuid.UUID, act string, cents int64) drawer {
	k.mu.Lock()
	defer k.mu.Unlock()
	d := k.money[id]
	if d == nil {
		d = &drawer{says: store.SaysPending}
		k.money[id] = d
	}
	switch {
	case act == "pay" && d.says == store.SaysPending:
		d.says, d.cents = store.PaymentAuthorised, cents
	case act == "pay at once" && d.says == store.SaysPending:
		d.says, d.cents = store.PaymentCaptured, cents
	case act == "decline" && d.says == store.SaysPending:
		d.says = store.PaymentFailed
	case act == store.TodoCapture && d.says == store.PaymentAuthorised:
		d.says = store.PaymentCaptured
	case act == store.TodoRelease && (d.says == store.PaymentAuthorised || d.says == store.SaysPending):
		d.says = store.PaymentFailed
	case act == store.TodoRefund && d.says == store.PaymentCaptured:
		d.says = store.PaymentRefunded
	}
	return *d
}

// kept is the money that the till took and did not give back.
func (k *till) kept() (cents int64, open int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, d := range k.money {
		switch d.says {
		case store.PaymentCaptured:
			cents += d.cents
		case store.PaymentAuthorised:
			open++
		}
	}
	return cents, open
}

// purse is a shop whose orders are paid at a till.
type purse struct {
	d    *storetest.Database
	s    *store.Store
	root *sql.DB
	item uint64
	till till

	mu   sync.Mutex
	seen map[string]int // outcomes and reasons
}

func (p *purse) saw(what string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.seen[what]++
}

// settle reports how a payment stands and does what is answered. Whoever it is may vanish in between: vanish says at which step.
func (p *purse) settle(t testing.TB, id uuid.UUID, vanish int) {
	d := p.till.do(id, "look", 0)
	for step := range 4 {
		if step == vanish {
			return
		}
		got, err := p.s.SettlePayment(context.Background(), store.PaymentReport{
			PaymentID: id, Says: d.says, AmountCents: d.cents, Currency: "EUR", Actor: "callback",
		})
		if !noFault(t, "settle", err) {
			return
		}
		p.saw(string(got.Outcome))
		if got.Todo == "" {
			return
		}
		p.saw(got.Todo)
		d = p.till.do(id, got.Todo, 0)
	}
}

// shop lets shoppers buy, begin to pay, and do whatever shoppers do.
func (p *purse) shop(ctx context.Context, t *testing.T, users int) {
	for ctx.Err() == nil {
		user := rand.Uint64N(uint64(users)) + 1
		order := purchase(t, p.item, user, 1+rand.IntN(2))
		got := attempt(t, p.s, order)
		if got.Outcome != store.Placed && got.Outcome != store.AlreadyOrdered {
			continue
		}
		if rand.IntN(6) == 0 {
			change, err := p.s.CancelOrder(context.Background(), got.OrderID, user)
			if noFault(t, "cancel", err) {
				p.saw(string(change.Outcome))
			}
			continue
		}
		started, err := p.s.StartPayment(context.Background(), got.OrderID, user, uuid.Must(uuid.NewV7()), "till")
		if noFault(t, "start", err) && started.Payment.ID != uuid.Nil {
			p.pay(t, started.Payment)
		}
	}
}

func (p *purse) pay(t *testing.T, payment store.Payment) {
	cents := payment.AmountCents
	switch rand.IntN(10) {
	case 0:
		p.till.do(payment.ID, "decline", 0)
	case 1:
		p.till.do(payment.ID, "pay", cents-1)
	case 2:
		return // leaves: nothing was paid
	case 3, 4:
		p.till.do(payment.ID, "pay at once", cents)
	default:
		p.till.do(payment.ID, "pay", cents)
	}
	switch rand.IntN(4) {
	case 0: // nobody rings
	case 1:
		p.settle(t, payment.ID, 1) // dies before he did what he was told
	default:
		p.settle(t, payment.ID, -1)
	}
}

// expire ends holds and lets the worker give their units back.
func (p *purse) expire(ctx context.Context, t *testing.T) {
	lease, err := p.s.TakeLease(context.Background(), "expire_orders", "w1", time.Hour, true)
	if err != nil {
		t.Error(err)
		return
	}
	for ctx.Err() == nil {
		rest(ctx, 20*time.Millisecond)
		p.touch(t, "SELECT id FROM orders WHERE state = 'held' AND MOD(user_id, 3) = 0 LIMIT 1",
			"UPDATE orders SET hold_expires_at = UTC_TIMESTAMP(6) WHERE id = ? AND state = 'held'")
		e, err := p.s.ExpireOrders(context.Background(), lease.Fence, 100)
		if noFault(t, "expire", err) {
			p.saw(string(e.Outcome))
		}
	}
}

// check is the worker that asks for those nobody has heard of. It waits for nothing: every payment is due.
func (p *purse) check(ctx context.Context, t *testing.T) {
	lease, err := p.s.TakeLease(context.Background(), "check_payments", "w1", time.Hour, true)
	if err != nil {
		t.Error(err)
		return
	}
	for ctx.Err() == nil {
		p.touch(t, "SELECT id FROM payments WHERE ask_at > UTC_TIMESTAMP(6) LIMIT 1",
			"UPDATE payments SET ask_at = UTC_TIMESTAMP(6) WHERE id = ? AND ask_at IS NOT NULL")
		due, err := p.s.TakeDuePayments(context.Background(), lease.Fence, 10)
		if !noFault(t, "due", err) {
			continue
		}
		for _, id := range due.Payments {
			p.settle(t, id, -1)
		}
	}
}

// touch lets time pass for one row. It is found without a lock and changed by its number: a scan would lock rows in an order that is nobody's.
func (p *purse) touch(t testing.TB, find, change string) {
	var id uuid.UUID
	err := p.root.QueryRowContext(context.Background(), find).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return
	}
	if err == nil {
		_, err = p.root.ExecContext(context.Background(), change, id[:])
	}
	var deadlock *mysql.MySQLError
	if errors.As(err, &deadlock) && deadlock.Number == 1213 {
		return // no caller of ours changes a row without its order's lock, and time passes the next time
	}
	if err != nil {
		t.Error(err)
	}
}

// finish ends what is open, as the worker would in time: it asks until no payment has to be asked for.
func (p *purse) finish(t *testing.T) {
	for range 20 {
		var ids []uuid.UUID
		rows, err := p.root.QueryContext(t.Context(), "SELECT id FROM payments WHERE ask_at IS NOT NULL")
		if err != nil {
			t.Fatal(err)
		}
		for rows.Next() {
			var id uuid.UUID
			if err := rows.Scan(&id); err != nil {
				t.Fatal(err)
			}
			ids = append(ids, id)
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			t.Fatal(err)
		}
		if len(ids) == 0 {
			return
		}
		for _, id := range ids {
			if p.till.do(id, "look", 0).says == store.SaysPending {
				p.till.do(id, store.TodoRelease, 0) // who never paid cannot pay any more
			}
			p.settle(t, id, -1)
		}
	}
	t.Error("some payments come to no end")
}

// The money and the units agree to the last cent and unit, whatever comes in which order, however many act at once, and whoever vanishes
// in the middle.
func TestMoneyAndUnitsAgree(t *testing.T) {
	t.Parallel()
	length := 5 * time.Second
	if testing.Short() {
		length = time.Second
	}
	seen := map[string]int{} // of both: a busy machine may not meet everything in each
	for _, shards := range []int{1, 3} {
		d := storetest.New(t)
		s := d.Open(t)
		_, ids := storetest.Sale(t, s, store.NewItem{Units: 60, Shards: shards, LimitPerUser: 2, PriceCents: 700, Currency: "EUR"})
		p := &purse{d: d, s: s, root: d.Root(t), item: ids[0], till: till{money: map[uuid.UUID]*drawer{}}, seen: seen}
		ctx, cancel := context.WithTimeout(t.Context(), length)
		var wg sync.WaitGroup
		for range 6 {
			wg.Go(func() { p.shop(ctx, t, 60) })
		}
		wg.Go(func() { p.expire(ctx, t) })
		wg.Go(func() { p.check(ctx, t) })
		wg.Go(func() { p.refund(ctx, t) })
		wg.Wait()
		cancel()
		p.comeLate(t)
		p.finish(t)
		p.compare(t)
	}
	t.Logf("seen: %v", seen)
	for _, what := range []string{
		"settled", "repeated", "capture", "release", "refund", "refunded wrong_amount", "refunded order_refunded", "order refunded", "expired",
		"cancelled", "refunded too_late", "units taken again",
	} {
		if seen[what] == 0 && !testing.Short() {
			t.Errorf("nothing was %q: the test proved too little", what)
		}
	}
}

// comeLate lets a payment come after the end of its hold twice: with units free, and with none.
func (p *purse) comeLate(t *testing.T) {
	t.Helper()
	if _, err := p.s.AddUnits(t.Context(), store.Operator("ann"), p.item, 10, "for the late ones"); err != nil {
		t.Fatal(err)
	}
	var late []store.Payment
	for user := uint64(9001); user <= 9002; user++ {
		placed := attempt(t, p.s, purchase(t, p.item, user, 1))
		started, err := p.s.StartPayment(t.Context(), placed.OrderID, user, uuid.Must(uuid.NewV7()), "till")
		if err != nil || started.Outcome != store.Started {
			t.Fatalf("shopper %d: %s, %s, %v", user, placed.Outcome, started.Outcome, err)
		}
		late = append(late, started.Payment)
		if _, err := p.root.ExecContext(t.Context(), "UPDATE orders SET hold_expires_at = UTC_TIMESTAMP(6) WHERE id = ?", placed.OrderID[:]); err != nil {
			t.Fatal(err)
		}
	}
	lease, err := p.s.TakeLease(t.Context(), "expire_orders", "w1", time.Hour, true)
	for err == nil {
		var e store.Expiry
		if e, err = p.s.ExpireOrders(t.Context(), lease.Fence, 100); e.Outcome == store.Nothing {
			break
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	for i, payment := range late {
		p.till.do(payment.ID, "pay", payment.AmountCents)
		if i == 1 {
			p.takeAll(t)
		}
		p.settle(t, payment.ID, -1)
	}
}

// takeAll leaves no unit for anybody.
func (p *purse) takeAll(t *testing.T) {
	t.Helper()
	var left int
	if err := p.root.QueryRowContext(t.Context(), "SELECT SUM(available) FROM stock_shards WHERE item_id = ?", p.item).Scan(&left); err != nil {
		t.Fatal(err)
	}
	if change, err := p.s.WithdrawUnits(t.Context(), store.Operator("ann"), p.item, left, "none for the second"); err != nil || change.Outcome != store.Withdrawn {
		t.Fatalf("withdrawing %d: %s, %v", left, change.Outcome, err)
	}
}

// refund lets staff take paid orders back, so that units come free and money goes back.
func (p *purse) refund(ctx context.Context, t *testing.T) {
	for ctx.Err() == nil {
		rest(ctx, 30*time.Millisecond)
		var id uuid.UUID
		err := p.root.QueryRowContext(context.Background(), "SELECT id FROM orders WHERE state = 'paid' ORDER BY RAND() LIMIT 1").Scan(&id)
		if err != nil {
			continue // none is paid at the moment
		}
		change, err := p.s.RefundOrder(context.Background(), store.Operator("ann"), id, rand.IntN(8) > 0, "test")
		if noFault(t, "refund", err) {
			p.saw("order " + string(change.Outcome))
		}
	}
}

// compare wants the till's money to be that of the paid orders, and the database to say of each payment what the till says.
func (p *purse) compare(t *testing.T) {
	t.Helper()
	p.d.MustAudit(t)
	kept, open := p.till.kept()
	var paid int64
	var retaken int
	err := p.root.QueryRowContext(t.Context(), "SELECT COALESCE(SUM(units * unit_price_cents), 0) FROM orders WHERE state = 'paid'").Scan(&paid)
	if err != nil || kept != paid || open != 0 {
		t.Errorf("the till kept %d and holds %d payments more, the paid orders are worth %d; %v", kept, open, paid, err)
	}
	rows, err := p.root.QueryContext(t.Context(), "SELECT id, state, reason FROM payments")
	if err != nil {
		t.Fatal(err)
	}
	for rows.Next() {
		var id uuid.UUID
		var state, reason string
		if err := rows.Scan(&id, &state, &reason); err != nil {
			t.Fatal(err)
		}
		p.saw(state + " " + reason)
		says := p.till.do(id, "look", 0).says
		gone := says == store.PaymentFailed || says == store.PaymentRefunded
		if (state == store.PaymentCaptured) != (says == store.PaymentCaptured) || (state == store.PaymentFailed || state == store.PaymentRefunded) != gone {
			t.Errorf("payment %s is %s %s, the till says %s", id, state, reason, says)
		}
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		t.Error(err)
	}
	err = p.root.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM stock_moves WHERE reason = 'retaken'").Scan(&retaken)
	if p.seen["units taken again"] += retaken; err != nil {
		t.Error(err)
	}
}
