package store_test

import (
	"database/sql"
	"errors"
	"testing"

	"github.com/go-sql-driver/mysql"

	"doorbuster/store"
	"doorbuster/store/storetest"
)

// saleIsHeld says whether somebody holds a lock on the only sale of l's shop.
func (l *line) saleIsHeld(t *testing.T, root *sql.DB) bool {
	t.Helper()
	err := root.QueryRowContext(t.Context(), "SELECT id FROM sales FOR UPDATE NOWAIT").Scan(new(int))
	var refused *mysql.MySQLError
	if err != nil && !errors.As(err, &refused) {
		t.Fatal(err)
	}
	return err != nil
}

// Who holds the stock for longer than a CALL may wait makes the CALL fail without effect (1205). It is sent again, and nobody hears of it.
func TestLockTimeoutIsRetried(t *testing.T) {
	t.Parallel()
	l := newLine(t, 10)
	eventually(t, "a CALL was sent again", func() bool {
		_, retries := sample(t, l.reg, "doorbuster_batch_retries_total")
		return retries >= 1
	})
	l.finish()
	if got := l.answers[l.sent[0].OrderID]; got.Outcome != store.Placed {
		t.Errorf("after a lock time-out: %s", got.Outcome)
	}
	l.d.MustAudit(t)
}

// A deadlock (1213) rolls back everything of the CALL. It is sent again, and nobody hears of it.
func TestDeadlockIsRetried(t *testing.T) {
	t.Parallel()
	l := newLine(t, 10)
	l.release() // another lock is needed here, by one who has written much and is no victim therefore
	l.wg.Wait()
	root := l.d.Root(t)
	tx, err := root.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback() }() // nothing of it is to stay
	run := func(statement string) {
		if _, err := tx.ExecContext(t.Context(), statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
	run(`INSERT INTO sale_log (sale_id, action, detail, reason, actor, made_at)
		SELECT 1, 'imported', '', '', '', UTC_TIMESTAMP(6) FROM information_schema.columns LIMIT 1000`)
	// Who has written to a table that cannot be rolled back, as place_orders does with its own, is a victim only of another one such.
	run("CREATE TEMPORARY TABLE heavy (n INT) ENGINE = MEMORY")
	run("INSERT INTO heavy VALUES (1)")
	run("UPDATE stock_shards SET version = version + 1")
	second := purchase(t, l.item, 2, 1)
	l.send(t, second)
	eventually(t, "the CALL has the sale", func() bool { return l.saleIsHeld(t, root) })
	run("UPDATE sales SET title = 'Deadlock'")
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	if got := l.finish(second); got[0] != store.Placed {
		t.Errorf("after a deadlock: %s", got[0])
	}
	if _, retries := sample(t, l.reg, "doorbuster_batch_retries_total"); retries == 0 {
		t.Error("there was no deadlock: the test proved nothing")
	}
	l.d.MustAudit(t)
}

// newCancellation is a held order in a shop whose CALLs of cancel_order go through a proxy with that plan.
func newCancellation(t *testing.T, plan func(int) cut) (*storetest.Database, *store.Store, *cutProxy, store.Purchase) {
	t.Helper()
	d := storetest.New(t)
	proxy := newCutProxy(t, d.DSN("doorbuster_web"), plan)
	proxy.cuts = "cancel_order"
	s := d.Open(t, proxy.use)
	_, ids := storetest.Sale(t, s, store.NewItem{Units: 1})
	p := purchase(t, ids[0], 1, 1)
	mustBe(t, attempt(t, s, p).Outcome, nil, store.Placed)
	return d, s, proxy, p
}

// What is true of batches is true of single calls: a call without effect is made again.
func TestCancellationIsRetried(t *testing.T) {
	t.Parallel()
	d, s, proxy, p := newCancellation(t, func(int) cut { return uncut })
	release := holdOrders(t, d.Root(t), []store.Purchase{p})
	cancelled := make(chan store.Outcome, 1)
	go func() {
		change, err := s.CancelOrder(t.Context(), p.OrderID, p.UserID)
		if err != nil {
			t.Error(err)
		}
		cancelled <- change.Outcome
	}()
	eventually(t, "the cancellation was sent again, or given up", func() bool { return proxy.calls() >= 2 || len(cancelled) > 0 })
	release()
	if got := <-cancelled; got != store.Cancelled {
		t.Errorf("cancellation: %q", got)
	}
	d.MustAudit(t)
}

// A cancellation whose answer is lost is "unknown", never an error that says it failed; asked again, it is done once.
func TestLostCancellationIsUnknown(t *testing.T) {
	t.Parallel()
	for _, c := range []cut{cutBefore, cutAfter, cutAway, cutAnswered, cutMiddle} {
		t.Run(c.String(), func(t *testing.T) {
			t.Parallel()
			d, s, _, p := newCancellation(t, func(call int) cut {
				if call == 0 {
					return c
				}
				return uncut
			})
			var unknown *store.UnknownError
			if change, err := s.CancelOrder(t.Context(), p.OrderID, p.UserID); !errors.As(err, &unknown) {
				t.Errorf("a lost answer: %q, %v", change.Outcome, err)
			}
			change, err := s.CancelOrder(t.Context(), p.OrderID, p.UserID)
			if err != nil || (change.Outcome != store.Cancelled && change.Outcome != store.AlreadyCancelled) {
				t.Errorf("asked again: %q, %v", change.Outcome, err)
			}
			if carriedOut := c == cutAnswered || c == cutMiddle; carriedOut && change.Outcome != store.AlreadyCancelled {
				t.Errorf("asked again after it was carried out: %q", change.Outcome)
			}
			d.MustAudit(t)
		})
	}
}
