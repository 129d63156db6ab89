package web

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"testing"

	"doorbuster/store"
	"doorbuster/store/storetest"
	"doorbuster/web/wire"
)

// A press of our script goes past the router. What the router would have found for it stands in front of it all the same: the address that the
// proxy saw is the one that counts, and an address that is spelled in another way leads nowhere.
func TestPressPastTheRouter(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	_, items := storetest.Sale(t, s.store, store.NewItem{Units: 5})
	s.settle()
	_, ann := s.shopper("ann")
	s.serve(func(cfg *Config) {
		cfg.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
		cfg.Limits.AddressPerSecond, cfg.Limits.ExemptLoopback = 1, false // bursts of two
	})
	press := func(path, from string) int {
		t.Helper()
		return s.do(post, path, `{"pass":"x","units":1}`, "Content-Type", wire.JSON, "Accept", wire.JSON, "Cookie", ann, "X-Forwarded-For", from).status
	}
	usual := fmt.Sprintf("/items/%d/orders", items[0])
	for i, want := range []int{http.StatusForbidden, http.StatusForbidden, http.StatusTooManyRequests} { // the pass is none
		if got := press(usual, "192.0.2.1"); got != want {
			t.Errorf("press %d of one address: %d, want %d", i+1, got, want)
		}
	}
	if got := press(usual, "192.0.2.2"); got != http.StatusForbidden {
		t.Errorf("another address: %d", got)
	}
	if got := press(fmt.Sprintf("/items/%d%%2Forders", items[0]), "192.0.2.3"); got != http.StatusMethodNotAllowed { // it is read as the name of an item, which is only shown
		t.Errorf("another spelling: %d", got)
	}
}

// The line of a purchase that is put together by hand says what happened, as that of slog does (TestLog).
func TestLogOfAPurchase(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	_, items := storetest.Sale(t, s.store, store.NewItem{Units: 5})
	s.settle()
	user, ann := s.shopper("ann")
	var out written
	log, flush := NewLog(&out, slog.LevelInfo)
	s.serve(func(cfg *Config) { cfg.Log = log })
	pass := s.server.newPass(user, items[0])
	for _, status := range []int{http.StatusCreated, http.StatusOK} {
		a := s.json(fmt.Sprintf("/items/%d/orders", items[0]), fmt.Sprintf(`{"pass":%q,"units":1}`, s.server.passText(pass)), ann)
		if a.status != status {
			t.Fatalf("%d %s", a.status, a.body)
		}
		if err := flush(); err != nil {
			t.Fatal(err)
		}
		var line struct {
			Msg, Level, Request, Outcome, Order string
			Status                              int
			Item                                uint64
			Took                                int64
		}
		if err := json.Unmarshal(out.text.Bytes(), &line); err != nil {
			t.Fatalf("%v: %s", err, out.text.String())
		}
		out.text.Reset()
		want := map[int]string{http.StatusCreated: "placed", http.StatusOK: "exists"}[status]
		if line.Msg != purchaseAct || line.Level != "INFO" || line.Request != a.header.Get("X-Request-Id") || line.Outcome != want || line.Status != status ||
			line.Item != items[0] || line.Order != pass.order.String() || line.Took <= 0 {
			t.Errorf("%+v of %d", line, status)
		}
	}
}
