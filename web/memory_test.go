package web

import (
	"database/sql"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"doorbuster/store"
	"doorbuster/store/storetest"
)

// hold keeps every CALL for an item waiting until release is called.
func (s *shop) hold(item uint64) (release func()) {
	s.t.Helper()
	tx, err := s.db.Root(s.t).BeginTx(s.t.Context(), nil)
	if err != nil {
		s.t.Fatal(err)
	}
	var locked sql.NullInt64
	err = tx.QueryRowContext(s.t.Context(), "SELECT SUM(available) FROM stock_shards WHERE item_id = ? FOR UPDATE", item).Scan(&locked)
	if err != nil || !locked.Valid {
		s.t.Fatal(errors.Join(err, tx.Rollback()))
	}
	return sync.OnceFunc(func() { _ = tx.Rollback() }) // nothing was written
}

// While the line is full a press by JSON is told so without being read, as "busy" always is: come back, nothing was done. Who is not
// signed in is asked to sign in, and those in line get what they came for.
func TestFullLine(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.store = s.db.Open(t, func(c *store.Config) { c.QueueSize, c.Registerer = 1, s.reg })
	s.serve()
	_, items := storetest.Sale(t, s.store, store.NewItem{Units: 5})
	s.settle()
	release := s.hold(items[0])
	defer release()
	path := itemURL("en", items[0]) + "/orders"
	var waiting sync.WaitGroup
	for _, name := range []string{"ann", "bob"} { // one in the CALL, then one in line
		_, cookie := s.shopper(name)
		waiting.Go(func() {
			if a := s.form(path, "units=1", cookie); a.status != http.StatusSeeOther {
				t.Errorf("%s, who was in line: %d", name, a.status)
			}
		})
		s.eventually("ann's CALL is sent", func() bool { return s.metric("doorbuster_batch_orders").GetHistogram().GetSampleCount() == 1 })
	}
	_, carol := s.shopper("carol")
	data := fmt.Sprintf("/items/%d/orders", items[0])
	s.eventually("the line is full", func() bool {
		_, busy := s.store.BusyFromMemory(items[0], 999)
		return busy
	})
	a := s.json(data, `{"pass":"not even read","units":1}`, carol)
	wait := a.header.Get("Retry-After")
	if want := `{"outcome":"busy","retry_after":` + wait + "}\n"; a.status != http.StatusServiceUnavailable || a.body != want || len(wait) != 1 || wait < "1" || wait > "5" {
		t.Errorf("behind a full line: %d, Retry-After %q, %s", a.status, wait, a.body)
	}
	if a := s.json(data, `{"pass":"not even read","units":1}`, ""); a.status != http.StatusUnauthorized {
		t.Errorf("nobody behind a full line: %d %s", a.status, a.body)
	}
	if n := s.counted("doorbuster_http_requests_total", "5xx", "POST /items/{item}/orders"); n != 1 {
		t.Errorf("%v answers of 5xx are counted, want 1", n)
	}
	if log := s.log.String(); strings.Contains(log, "busy") {
		t.Errorf("a log line for the crowd: %s", log)
	}
	release()
	waiting.Wait()
	if a := s.json(data, `{"pass":"read","units":1}`, carol); a.status != http.StatusForbidden {
		t.Errorf("after the crowd: %d %s", a.status, a.body)
	}
}

// After the last unit a press by JSON is told so without being read. While units are left it is read.
func TestSoldOutIsToldUnread(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	_, items := storetest.Sale(t, s.store, store.NewItem{Units: 1})
	s.settle()
	form, data := itemURL("en", items[0])+"/orders", fmt.Sprintf("/items/%d/orders", items[0])
	_, ann := s.shopper("ann")
	_, bob := s.shopper("bob")
	_, carol := s.shopper("carol")
	if a := s.json(data, `{"pass":"read","units":1}`, carol); a.status != http.StatusForbidden {
		t.Errorf("while a unit is left: %d %s", a.status, a.body)
	}
	if a := s.form(form, "units=1", ann); a.status != http.StatusSeeOther {
		t.Fatalf("the last unit: %d", a.status)
	}
	if a := s.form(form, "units=1", bob); a.status != http.StatusConflict {
		t.Fatalf("after the last unit: %d", a.status)
	}
	s.eventually("memory answers everybody who has none", func() bool {
		a := s.json(data, `{"pass":"not even read","units":1}`, carol)
		return a.status == http.StatusConflict && a.body == "{\"outcome\":\"sold_out\",\"left\":0}\n"
	})
	if a := s.json(data, `{"pass":"read","units":1}`, ann); a.status != http.StatusForbidden {
		t.Errorf("who has an order: %d %s", a.status, a.body)
	}
}
