package web

import (
	"fmt"
	"net/http"
	"testing"

	"doorbuster/store"
	"doorbuster/store/storetest"
)

// Each purchase that the database answers is taken apart, by form and by JSON; what a gate refuses is not.
func TestPurchaseSteps(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	_, items := storetest.Sale(t, s.store, store.NewItem{Units: 5})
	s.settle()
	_, ann := s.shopper("ann")
	if a := s.form(itemURL("en", items[0])+"/orders", "units=1", ann); a.status != http.StatusSeeOther {
		t.Fatalf("ann: %d", a.status)
	}
	if a := s.form(itemURL("en", items[0])+"/orders", "units=9", ann); a.status != http.StatusConflict {
		t.Errorf("ann again: %d", a.status) // over the limit: the database's answer
	}
	if a := s.json(fmt.Sprintf("/items/%d/orders", items[0]), `{"pass":"x","units":1}`, ann); a.status != http.StatusForbidden {
		t.Errorf("no pass: %d", a.status) // a gate's
	}
	for _, step := range []string{"gates", "line", "call", "commit", "answer"} {
		h := s.metric("doorbuster_purchase_step_seconds", step).GetHistogram()
		if h.GetSampleCount() != 2 || h.GetSampleSum() <= 0 {
			t.Errorf("step %s: %d purchases in %v s, want 2 and some time", step, h.GetSampleCount(), h.GetSampleSum())
		}
	}
}
