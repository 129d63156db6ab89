package web

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"doorbuster/store"
	"doorbuster/store/storetest"
)

// membersSale is a sale that is open to its members and not to all yet, with a code that one shopper can use.
func (s *shop) membersSale() (sale, item uint64) {
	s.t.Helper()
	sale, items := storetest.Sale(s.t, s.store, store.NewItem{Units: 5})
	s.exec("UPDATE sales SET opens_at = UTC_TIMESTAMP(6) + INTERVAL 30 MINUTE, members_open_at = UTC_TIMESTAMP(6) - INTERVAL 1 HOUR WHERE id = ?", sale)
	if outcome, err := s.store.MakeAccessCodes(s.t.Context(), store.Operator("test"), sale, []string{"FIRST"}, 1); err != nil || outcome != store.Made {
		s.t.Fatal(outcome, err)
	}
	s.settle()
	return sale, items[0]
}

// A code lets its shopper in. A wrong one stays in the form; an empty one counts as none; too many have to wait.
func TestAccessCodesOverHTTP(t *testing.T) {
	s := newShop(t, func(c *Config) { c.Limits.CodesPerShopper = 3 })
	_, item := s.membersSale()
	path := fmt.Sprintf("/en/items/%d/code", item)
	_, ann := s.shopper("ann")
	_, bob := s.shopper("bob")
	for range 5 {
		if a := s.form(path, "code=+-+", ann); a.status != http.StatusBadRequest || !strings.Contains(a.body, `id="code-error"`) {
			t.Errorf("no code: %d", a.status)
		}
	}
	if a := s.form(path, "code=sum-mer", ann); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, `value="sum-mer"`) || a.header.Get("Retry-After") != "" {
		t.Errorf("a wrong code: %d", a.status)
	}
	if a := s.form(path, "code="+strings.Repeat("A", 33), bob); a.status != http.StatusUnprocessableEntity {
		t.Errorf("a code too long to be one: %d", a.status)
	}
	if a := s.form(path, "code=fi-rst", ann); a.status != http.StatusSeeOther || a.header.Get("Location") != path {
		t.Errorf("the code: %d to %s", a.status, a.header.Get("Location"))
	}
	if a := s.get(path, "Cookie", ann); !strings.Contains(a.body, `data-outcome="member"`) {
		t.Errorf("ann is no member: %d", a.status)
	}
	if a := s.form(path, "code=first", bob); a.status != http.StatusConflict {
		t.Errorf("a code that is used up: %d", a.status)
	}
	if a := s.get(path, "Cookie", bob); !strings.Contains(a.body, `data-outcome="members_only"`) {
		t.Errorf("bob is a member: %d", a.status)
	}
	s.form(path, "code=guess", bob)
	a := s.form(path, "code=guess", bob)
	if wait, err := strconv.Atoi(a.header.Get("Retry-After")); a.status != http.StatusTooManyRequests || err != nil || wait < 1 || !strings.Contains(a.body, `value="guess"`) {
		t.Errorf("one guess too many: %d, to wait %q", a.status, a.header.Get("Retry-After"))
	}
}

// Nobody is let in while nothing may be changed, and where no code is asked for the page leads to the item.
func TestAccessCodesAreNotAskedFor(t *testing.T) {
	s := newShop(t)
	sale, item := s.membersSale()
	onItem := fmt.Sprintf("/en/items/%d", item)
	_, ann := s.shopper("ann")
	if _, err := s.turn(store.SwitchTurn{Name: store.ReadOnly, On: true}); err != nil {
		t.Fatal(err)
	}
	s.eventually("it is read only", func() bool { return s.store.Live().ReadOnly() })
	if a := s.form(onItem+"/code", "code=first", ann); a.status != http.StatusServiceUnavailable {
		t.Errorf("read only: %d", a.status)
	}
	for _, c := range []struct{ what, change string }{
		{"it is over", "UPDATE sales SET state = 'ended' WHERE id = ?"},
		{"it is open to all", "UPDATE sales SET state = 'published', opens_at = UTC_TIMESTAMP(6) - INTERVAL 1 MINUTE WHERE id = ?"},
		{"it has no members", "UPDATE sales SET members_open_at = NULL, opens_at = UTC_TIMESTAMP(6) + INTERVAL 1 MINUTE, state = 'published' WHERE id = ?"},
	} {
		s.exec(c.change, sale)
		s.settle()
		if a := s.get(onItem+"/code", "Cookie", ann); a.status != http.StatusSeeOther || a.header.Get("Location") != onItem {
			t.Errorf("%s: %d to %s", c.what, a.status, a.header.Get("Location"))
		}
	}
}

// The page of a code asks the database who is a member: no shopper asks without end.
func TestAccessCodePageIsLimited(t *testing.T) {
	s := newShop(t, func(c *Config) { c.Limits.ShopperPerSecond, c.Limits.ShopperBurst = 1, 1 })
	_, item := s.membersSale()
	_, ann := s.shopper("ann")
	path := fmt.Sprintf("/en/items/%d/code", item)
	s.eventually("it is too much", func() bool { return s.get(path, "Cookie", ann).status == http.StatusTooManyRequests })
}
