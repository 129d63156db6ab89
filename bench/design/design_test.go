package design_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"doorbuster/bench/design"
	"doorbuster/store/storetest"
)

// env has the shared database server, and for designs that need one a Redis of the test's own.
func env(t *testing.T, id string) design.Env {
	t.Helper()
	e := design.Env{RootDSN: storetest.Server(t).RootDSN}
	if len(id) < 6 || id[:6] != "redis_" {
		return e
	}
	e.Redis = storetest.Redis(t).Addr()
	return e
}

// open opens a design; it is closed when the test ends.
func open(t *testing.T, id string, s design.Settings) design.Run {
	t.Helper()
	d, ok := design.ByID(id)
	if !ok {
		t.Fatalf("no design %s", id)
	}
	r, err := d.Open(t.Context(), env(t, id), s)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Errorf("closing %s: %v", id, err)
		}
	})
	return r
}

// presses is what a crowd of 300 shoppers does, every third of whom presses twice.
func presses() (users []uint64) {
	for user := uint64(1); user <= 300; user++ {
		users = append(users, user)
		if user%3 == 0 {
			users = append(users, user)
		}
	}
	return users
}

// crowd lets 200 goroutines press and counts the answers.
func crowd(t *testing.T, r design.Run, users []uint64) map[string]int {
	t.Helper()
	queue := make(chan uint64, len(users))
	for _, user := range users {
		queue <- user
	}
	close(queue)
	var mu sync.Mutex
	counts := map[string]int{}
	var wg sync.WaitGroup
	for range 200 {
		wg.Go(func() {
			for user := range queue {
				class, err := r.Buy(t.Context(), user)
				if err != nil {
					t.Errorf("shopper %d: %v", user, err)
				}
				mu.Lock()
				counts[class]++
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	return counts
}

// settled drains r and checks its orders and its audit.
func settled(t *testing.T, r design.Run, want int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	if err := r.Drain(ctx); err != nil {
		t.Fatal(err)
	}
	n, err := r.Orders(ctx)
	if err != nil || n != want {
		t.Errorf("%d orders, %v; want %d", n, err, want)
	}
	broken, err := r.Audit(ctx)
	if err != nil || len(broken) != 0 {
		t.Errorf("audit: %q, %v", broken, err)
	}
}

// Every design but the control sells exactly what there is, to a shopper once, and says so.
func TestCrowd(t *testing.T) {
	const units = 50
	for _, d := range design.All() {
		if d.ID == "oversells" {
			continue
		}
		t.Run(d.ID, func(t *testing.T) {
			shards := d.Shards
			if len(shards) == 0 {
				shards = []int{0}
			}
			if d.ID == "doorbuster" {
				shards = []int{0, 4} // its default, and more than one row
			}
			for _, n := range shards {
				want := units
				if d.ID == "insert" {
					want = 300 // it has no stock
				}
				if d.ID == "bare_items" && n > 1 {
					want = units - 1 // items 1 to 50 have one each, and nobody of the 300 wants item 1
				}
				r := open(t, d.ID, design.Settings{Units: units, Shards: n})
				counts := crowd(t, r, presses())
				if counts[design.Placed] != want || counts[design.SoldOut]+counts[design.AlreadyOrdered] != len(presses())-want {
					t.Errorf("%d shards: answers: %v", n, counts)
				}
				settled(t, r, want)
			}
		})
	}
}

// Shoppers who all begin at the same stock row get the units of the others too.
func TestShardsFallThrough(t *testing.T) {
	for _, id := range []string{"call_shards", "doorbuster"} {
		r := open(t, id, design.Settings{Units: 8, Shards: 4})
		if counts := crowd(t, r, []uint64{4, 8, 12, 16, 20, 24, 28, 32, 36}); counts[design.Placed] != 8 || counts[design.SoldOut] != 1 {
			t.Errorf("%s: answers: %v", id, counts)
		}
		settled(t, r, 8)
	}
}

// Each item of many sells what it has, whatever the others have left.
func TestItemsSellForThemselves(t *testing.T) {
	r := open(t, "bare_items", design.Settings{Units: 10, Shards: 4}) // 3, 3, 2, 2
	counts := crowd(t, r, []uint64{4, 8, 12, 16, 20, 5, 9, 13, 17, 2})
	if counts[design.Placed] != 3+3+1 || counts[design.SoldOut] != 3 {
		t.Errorf("answers: %v", counts)
	}
	settled(t, r, 7)
	var left string
	const query = "SELECT GROUP_CONCAT(CONCAT(item_id, ':', available) ORDER BY item_id) FROM stock"
	if err := design.DB(r).QueryRowContext(t.Context(), query).Scan(&left); err != nil || left != "1:0,2:0,3:1,4:2" {
		t.Errorf("left: %s, %v", left, err)
	}
}

// Plenty for everybody: a second press is told that there is an order.
func TestSecondPress(t *testing.T) {
	for _, d := range design.All() {
		if d.ID == "oversells" {
			continue
		}
		t.Run(d.ID, func(t *testing.T) {
			r := open(t, d.ID, design.Settings{Units: 1000})
			counts := crowd(t, r, presses())
			if counts[design.Placed] != 300 || counts[design.AlreadyOrdered] != 100 || len(counts) != 2 {
				t.Errorf("answers: %v", counts)
			}
			settled(t, r, 300)
		})
	}
}

// The control: two shoppers read the same number and both write it less one. The audit says that a unit was sold twice.
func TestOversellIsCaught(t *testing.T) {
	r := open(t, "oversells", design.Settings{Units: 2})
	var both sync.WaitGroup
	both.Add(2)
	design.AfterRead(r, func() {
		both.Done()
		both.Wait()
	})
	if counts := crowd(t, r, []uint64{1, 2}); counts[design.Placed] != 2 {
		t.Fatalf("answers: %v", counts)
	}
	broken, err := r.Audit(t.Context())
	if want := []string{"1 left and 2 orders are 3, on sale were 2"}; err != nil || !slices.Equal(broken, want) {
		t.Errorf("audit after two of two: %q, %v", broken, err)
	}
	design.AfterRead(r, nil)
	if counts := crowd(t, r, []uint64{3}); counts[design.Placed] != 1 {
		t.Fatalf("answers: %v", counts)
	}
	broken, err = r.Audit(t.Context())
	if want := []string{"oversold: 3 orders of 2 units", "0 left and 3 orders are 3, on sale were 2"}; err != nil || !slices.Equal(broken, want) {
		t.Errorf("audit after three of two: %q, %v", broken, err)
	}
}

func TestSettings(t *testing.T) {
	e := env(t, "call")
	for _, c := range []struct {
		id  string
		env design.Env
		s   design.Settings
	}{
		{"call", design.Env{}, design.Settings{Units: 1}},
		{"call", e, design.Settings{Units: -1}},
		{"call", e, design.Settings{Units: 1, Shards: 2}}, // it has none: a report would show a figure of something else
		{"redis_off", e, design.Settings{Units: 1}},
	} {
		d, _ := design.ByID(c.id)
		if r, err := d.Open(t.Context(), c.env, c.s); err == nil {
			t.Errorf("%s with %+v was opened", c.id, c.s)
			_ = r.Close()
		}
	}
	if _, ok := design.ByID("none"); ok {
		t.Error("there is a design none")
	}
	dsn, err := design.RootDSN(e.RootDSN(""))
	if err != nil || dsn("x") != e.RootDSN("x") {
		t.Errorf("RootDSN does not make the addresses of the server: %v", err)
	}
}
