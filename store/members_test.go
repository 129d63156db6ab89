package store_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"doorbuster/store"
	"doorbuster/store/storetest"
)

// membersSale makes a sale that has been open to its members for an hour and opens to all in half an hour.
func membersSale(t *testing.T, db *storetest.Database, s *store.Store, units int) (sale, item uint64) {
	t.Helper()
	sale, items := storetest.Sale(t, s, store.NewItem{Units: units})
	if _, err := db.Root(t).ExecContext(t.Context(), "UPDATE sales SET opens_at = UTC_TIMESTAMP(6) + INTERVAL 30 MINUTE, members_open_at = UTC_TIMESTAMP(6) - INTERVAL 1 HOUR WHERE id = ?", sale); err != nil {
		t.Fatal(err)
	}
	return sale, items[0]
}

// Many more shoppers than a code has uses show it at once, each of them twice, by two codes: as many come in as there are uses, each takes one, and
// only those may buy.
func TestACodeLetsInAsManyAsItMay(t *testing.T) {
	const shoppers, uses = 60, 20
	db := storetest.New(t)
	s := db.Open(t)
	sale, item := membersSale(t, db, s, shoppers)
	by := store.Operator("test")
	if outcome, err := s.MakeAccessCodes(t.Context(), by, sale, []string{"FIRST", "SECOND"}, uses); err != nil || outcome != store.Made {
		t.Fatal(outcome, err)
	}
	var (
		wait  sync.WaitGroup
		mu    sync.Mutex
		took  = map[uint64]int{}
		other = map[store.Outcome]int{}
	)
	start := make(chan struct{})
	for user := uint64(1); user <= shoppers; user++ {
		for _, code := range []string{"FIRST", "SECOND"} {
			wait.Go(func() {
				<-start
				outcome, err := s.RedeemAccessCode(t.Context(), user, sale, code)
				if err != nil {
					t.Error(err)
				}
				mu.Lock()
				defer mu.Unlock()
				if outcome == store.Admitted {
					took[user]++
				} else {
					other[outcome]++
				}
			})
		}
	}
	close(start)
	wait.Wait()
	for user, n := range took {
		if n != 1 {
			t.Errorf("shopper %d took %d uses", user, n)
		}
	}
	if len(took) != 2*uses || other[store.AlreadyAdmitted]+other[store.UsedUp] != 2*shoppers-2*uses {
		t.Errorf("%d shoppers came in with %d uses; the others: %v", len(took), 2*uses, other)
	}
	for user := uint64(1); user <= shoppers; user++ {
		wait.Go(func() {
			placed, err := s.PlaceOrder(t.Context(), store.Purchase{OrderID: uuid.Must(uuid.NewV7()), ItemID: item, UserID: user, Units: 1, RequestID: uuid.Must(uuid.NewV7())})
			want := store.MembersOnly
			if took[user] > 0 {
				want = store.Placed
			}
			if err != nil || placed.Outcome != want {
				t.Errorf("shopper %d: %s %v, want %s", user, placed.Outcome, err, want)
			}
		})
	}
	wait.Wait()
	count, err := s.CountAccessCodes(t.Context(), by, sale)
	if err != nil || count != (store.AccessCount{Codes: 2, UsesAllowed: 2 * uses, Uses: 2 * uses}) {
		t.Errorf("%+v %v", count, err)
	}
	db.MustAudit(t)
}

// A sale takes a hundred thousand codes and no more.
func TestASaleHasSoManyCodes(t *testing.T) {
	db := storetest.New(t)
	s := db.Open(t)
	sale, _ := membersSale(t, db, s, 1)
	by := store.Operator("test")
	for part := range 10 {
		codes := make([]string, 10_000)
		for i := range codes {
			codes[i] = fmt.Sprintf("C%dX%04d", part, i)
		}
		if outcome, err := s.MakeAccessCodes(t.Context(), by, sale, codes, 1); err != nil || outcome != store.Made {
			t.Fatal(part, outcome, err)
		}
	}
	if outcome, err := s.MakeAccessCodes(t.Context(), by, sale, []string{"MORE"}, 1); err != nil || outcome != store.TooMany {
		t.Fatal(outcome, err)
	}
}

// To shoppers a sale is soon, then its members', then everybody's.
func TestPhasesOfMembersFirst(t *testing.T) {
	opens := time.Date(2035, 6, 1, 11, 0, 0, 0, time.UTC)
	early := opens.Add(-time.Hour)
	sale := store.LiveSale{State: "published", OpensAt: opens, MembersOpenAt: &early, ClosesAt: opens.Add(time.Hour)}
	for _, step := range []struct {
		at           time.Duration
		phase, whole string
	}{{-time.Hour - 1, "soon", "soon"}, {-time.Hour, "early", "soon"}, {-1, "early", "soon"}, {0, "live", "live"}, {time.Hour, "over", "over"}} {
		if got := sale.Phase(opens.Add(step.at)); got != step.phase {
			t.Errorf("%s after the opening: %s, want %s", step.at, got, step.phase)
		}
		ordinary := sale
		ordinary.MembersOpenAt = nil
		if got := ordinary.Phase(opens.Add(step.at)); got != step.whole {
			t.Errorf("%s after the opening to all: %s, want %s", step.at, got, step.whole)
		}
	}
	sale.State = "paused"
	if got := sale.Phase(early); got != "paused" {
		t.Errorf("paused while open to members: %s", got)
	}
}
