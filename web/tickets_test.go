package web

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/google/uuid"

	"doorbuster/store"
	"doorbuster/store/storetest"
)

// What is made from the shop's keys alone is as good as what the shop gave out, and of no use with other keys.
func TestTickets(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	_, items := storetest.Sale(t, s.store, store.NewItem{Units: 5})
	s.settle()
	user, _ := s.shopper("ann")
	now := s.store.Now().Add(-time.Second)
	buy := func(keys Keys, order uuid.UUID) answered {
		cookie, err := SessionCookie(Keys{testKey('s')}, user, "Ann", now)
		if err != nil {
			t.Fatal(err)
		}
		return s.json(fmt.Sprintf("/items/%d/orders", items[0]), fmt.Sprintf(`{"pass":%q,"units":1}`, PassText(keys, user, items[0], order, now)), cookie)
	}
	order := uuid.Must(uuid.NewV7())
	if a := buy(Keys{testKey('x')}, order); a.status != http.StatusForbidden {
		t.Errorf("a pass of a stranger: %d %s", a.status, a.body)
	}
	if a := buy(Keys{testKey('p')}, order); a.status != http.StatusCreated {
		t.Errorf("a purchase: %d %s", a.status, a.body)
	}
	if o, err := s.store.Order(t.Context(), order, user); err != nil || o.ItemID != items[0] {
		t.Errorf("the order has the number of the pass: %v, %v", o.ItemID, err)
	}
	if _, err := SessionCookie(Keys{[]byte("short")}, 1, "", now); err == nil {
		t.Error("a key of five bytes seals sessions")
	}
}
