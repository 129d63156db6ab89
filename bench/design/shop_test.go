package design_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/google/uuid"

	"doorbuster/bench/design"
	"doorbuster/store"
)

func shop(t *testing.T, s design.ShopSettings) *design.Shop {
	t.Helper()
	made, err := design.NewShop(t.Context(), env(t, ""), s)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := made.Close(); err != nil {
			t.Error(err)
		}
	})
	return made
}

// buyOne lets a shopper buy the first item through a Store of their own.
func buyOne(t *testing.T, s *design.Shop, user uint64, units int) store.Outcome {
	t.Helper()
	opened, err := store.Open(t.Context(), store.Config{WebDSN: s.WebDSN})
	if err != nil {
		t.Fatal(err)
	}
	p, err := opened.PlaceOrder(t.Context(), store.Purchase{OrderID: uuid.Must(uuid.NewV7()), ItemID: s.ItemIDs[0], UserID: user, Units: units})
	if err != nil {
		t.Error(err)
	}
	if err := opened.Close(context.WithoutCancel(t.Context())); err != nil {
		t.Error(err)
	}
	return p.Outcome
}

func audit(t *testing.T, s *design.Shop) []string {
	t.Helper()
	lines, err := s.Audit(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return lines
}

func count(t *testing.T, s *design.Shop, query string, want int) {
	t.Helper()
	var n int
	if err := s.Root().QueryRowContext(t.Context(), query).Scan(&n); err != nil || n != want {
		t.Errorf("%s: %d, %v; want %d", query, n, err, want)
	}
}

func TestShop(t *testing.T) {
	s := shop(t, design.ShopSettings{Items: 7, UnitsEach: 40, Shards: 3, LimitPerUser: 2})
	if len(s.ItemIDs) != 7 || s.SaleID == 0 {
		t.Fatalf("sale %d, items %v", s.SaleID, s.ItemIDs)
	}
	count(t, s, "SELECT COUNT(*) FROM stock_shards", 21)
	count(t, s, "SELECT SUM(available) FROM stock_shards", 280)
	if got := buyOne(t, s, 1, 2); got != store.Placed {
		t.Errorf("two units with a limit of two: %s", got)
	}
	if got := buyOne(t, s, 2, 3); got != store.OverLimit {
		t.Errorf("three units with a limit of two: %s", got)
	}
	if n, err := s.Orders(t.Context()); err != nil || n != 1 {
		t.Errorf("%d orders, %v", n, err)
	}
	for _, c := range []store.Config{{AdminDSN: s.AdminDSN}, {WorkerDSN: s.WorkerDSN}, {WebDSN: s.WebDSN}} {
		opened, err := store.Open(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		if err := opened.CheckSchema(t.Context()); err != nil {
			t.Error(err)
		}
		if err := opened.Close(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	}
	if lines := audit(t, s); len(lines) != 0 {
		t.Errorf("audit: %q", lines)
	}
}

func TestSeedShoppers(t *testing.T) {
	s := shop(t, design.ShopSettings{Items: 1, UnitsEach: 1})
	for _, n := range []int{3, 63_200, 5} { // more than one statement makes, then none
		if err := s.SeedShoppers(t.Context(), n); err != nil {
			t.Fatal(err)
		}
	}
	count(t, s, "SELECT COUNT(*) FROM users", 63_200)
	count(t, s, "SELECT MAX(id) FROM users", 63_200)
	count(t, s, "SELECT COUNT(*) FROM recent_sign_outs", 0) // the Store reads these every second
}

// The old orders are ones that the product could have written: its audit finds nothing, and a shopper of them buys as any other.
func TestFillOrders(t *testing.T) {
	s := shop(t, design.ShopSettings{Items: 2, UnitsEach: 5})
	total := 0
	for _, n := range []int{0, 1, 2499, 7503, 63_503} {
		if err := s.FillOrders(t.Context(), n); err != nil {
			t.Fatal(err)
		}
		total += n
	}
	count(t, s, "SELECT COUNT(*) FROM orders", total)
	count(t, s, "SELECT COUNT(DISTINCT move_id) FROM orders", 1+10+33+260)
	count(t, s, "SELECT COUNT(*) FROM outbox WHERE order_ids LIKE '[\"%\"]' AND JSON_VALID(order_ids)", 1+10+33+260)
	count(t, s, "SELECT SUM(JSON_LENGTH(order_ids)) FROM outbox", total)
	if n, err := s.Orders(t.Context()); err != nil || n != 0 {
		t.Errorf("%d orders of the sale, %v", n, err)
	}
	if lines := audit(t, s); len(lines) != 0 {
		t.Fatalf("audit after the fill: %q", lines[:min(3, len(lines))])
	}
	if got := buyOne(t, s, 1, 1); got != store.Placed {
		t.Errorf("a shopper with old orders: %s", got)
	}
	if lines := audit(t, s); len(lines) != 0 {
		t.Errorf("audit after a purchase: %q", lines[:min(3, len(lines))])
	}
	if _, err := s.Root().ExecContext(t.Context(), fmt.Sprintf("DELETE FROM orders WHERE user_id = 1 AND item_id = %d", s.ItemIDs[0])); err != nil {
		t.Fatal(err)
	}
	if lines := audit(t, s); len(lines) == 0 {
		t.Error("the audit does not see that an order is gone")
	}
}
