package store_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"

	"doorbuster/store"
	"doorbuster/store/storetest"
)

// While an item is sold, given back and changed, every page of its ledger is of one instant: its newest line is followed by what shelf and orders were, and before the
// first line there was nothing.
func TestLedgerWhileItIsWritten(t *testing.T) {
	t.Parallel()
	d := storetest.New(t)
	s := d.Open(t)
	sale, items := storetest.Sale(t, s, store.NewItem{Units: 500, LimitPerUser: 3, Shards: 4}, store.NewItem{Units: 500})
	operator := store.Operator("ann")
	const writers, rounds = 4, 25
	ended := make(chan error, writers)
	for w := range writers {
		go func() {
			for i := range rounds {
				user := uint64(1000*w + i + 1)
				p, err := s.PlaceOrder(t.Context(), store.Purchase{OrderID: uuid.Must(uuid.NewV7()), ItemID: items[0], UserID: user, Units: 1 + i%3, RequestID: uuid.Must(uuid.NewV7())})
				if err == nil && i%2 == 0 {
					_, err = s.CancelOrder(t.Context(), p.OrderID, user)
				}
				if err == nil && i%5 == 0 {
					_, err = s.AddUnits(t.Context(), operator, items[0], 3, "more")
				}
				if err != nil {
					ended <- err
					return
				}
			}
			ended <- nil
		}()
	}
	looks := 0
	for left := writers; left > 0; {
		select {
		case err := <-ended:
			if err != nil {
				t.Fatal(err)
			}
			left--
		default:
		}
		moves, err := s.ListItemMoves(t.Context(), operator, sale, items[0], store.MoveFilter{}, 10_000)
		if err != nil || len(moves) == 0 {
			t.Fatal(len(moves), err)
		}
		mustBeginWithNothing(t, moves)
		looks++
	}
	if looks < writers {
		t.Errorf("looked %d times only", looks)
	}
	one, err := s.ShowItem(t.Context(), operator, sale, items[0])
	if err != nil {
		t.Fatal(err)
	}
	moves, err := s.ListItemMoves(t.Context(), operator, sale, items[0], store.MoveFilter{}, 1)
	if err != nil || len(moves) != 1 || moves[0].UnitsAvailable != one.UnitsAvailable || moves[0].UnitsHeld != one.UnitsHeld || moves[0].UnitsSold != one.UnitsSold {
		t.Errorf("%+v after %+v, %v", one, moves, err)
	}
	d.MustAudit(t)
}

// mustBeginWithNothing wants that the sums before the oldest line are nothing.
func mustBeginWithNothing(t *testing.T, moves []store.Move) {
	t.Helper()
	first := moves[len(moves)-1]
	sums := map[string]int64{"available": first.UnitsAvailable, "held": first.UnitsHeld, "sold": first.UnitsSold}
	sums[first.To] -= first.Units
	sums[first.From] += first.Units
	if sums["available"] != 0 || sums["held"] != 0 || sums["sold"] != 0 {
		t.Fatalf("%d lines, and before the first there was %v", len(moves), sums)
	}
}

// Nobody who forgot to say who he is sees anything of it.
func TestStockIsForStaff(t *testing.T) {
	t.Parallel()
	s := storetest.New(t).Open(t)
	sale, items := storetest.Sale(t, s, store.NewItem{Units: 5})
	ctx := t.Context()
	for _, nobody := range []store.Actor{{}, store.Operator(""), store.Member(7)} {
		_, err1 := s.ShowItem(ctx, nobody, sale, items[0])
		_, err2 := s.ShowFinding(ctx, nobody, 1)
		_, err3 := s.PreviewRepair(ctx, nobody, 1)
		_, err4 := s.ShowSeals(ctx, nobody)
		for i, err := range []error{err1, err2, err3, err4} {
			if !errors.Is(err, store.ErrNotFound) {
				t.Errorf("%+v, reading %d: %v", nobody, i, err)
			}
		}
		shards, err1 := s.ListItemShards(ctx, nobody, sale, items[0])
		moves, err2 := s.ListItemMoves(ctx, nobody, sale, items[0], store.MoveFilter{}, 10)
		flows, err3 := s.ListItemFlows(ctx, nobody, sale, items[0], time.Now(), time.Minute, 10)
		runs, err4 := s.ListRuns(ctx, nobody, 0, 10)
		findings, err5 := s.ListFindings(ctx, nobody, "", 0, 10)
		if err := errors.Join(err1, err2, err3, err4, err5); err != nil || len(shards)+len(moves)+len(flows)+len(runs)+len(findings) != 0 {
			t.Errorf("%+v sees something, or %v", nobody, err)
		}
	}
}

// BenchmarkLedger reads pages of an item with b.N lines: run it with -benchtime 1000000x.
func BenchmarkLedger(b *testing.B) {
	d := storetest.New(b)
	s := d.Open(b)
	sale, items := storetest.Sale(b, s, store.NewItem{Units: 5})
	fillLedger(b, d, s, b.N)
	root := d.Root(b)
	for _, statement := range []string{"UPDATE stock_moves SET order_id = NULL ORDER BY move_id LIMIT 1", "ANALYZE TABLE stock_moves"} { // an item's first line is about no order
		if _, err := root.ExecContext(b.Context(), statement); err != nil {
			b.Fatal(err)
		}
	}
	b.ResetTimer()
	read := func(name string, f store.MoveFilter) {
		began := time.Now()
		moves, err := s.ListItemMoves(b.Context(), store.Operator("ann"), sale, items[0], f, 51)
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(time.Since(began).Milliseconds()), name+"-ms")
		if len(moves) == 0 && !f.ByStaff && b.N > 100 { // Go begins with one line
			b.Errorf("%s: nothing", name)
		}
	}
	deep := func(n int) store.MoveFilter {
		var id []byte
		if err := root.QueryRowContext(b.Context(), fmt.Sprintf("SELECT move_id FROM stock_moves ORDER BY move_id LIMIT %d, 1", n)).Scan(&id); err != nil {
			b.Fatal(err)
		}
		return store.MoveFilter{BeforeMove: uuid.UUID(id)}
	}
	read("first", store.MoveFilter{})
	read("middle", deep(b.N/2))
	read("last", deep(min(b.N-1, 60)))
	read("rare", store.MoveFilter{ByStaff: true})
}
