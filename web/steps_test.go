package web

import (
	"fmt"
	"net/http"
	"testing"

	"doorbuster/store"
	"doorbuster/store/storetest"
)

// steps reads how many purchases have been timed at each step, and how long they took there in all.
func (s *shop) steps() (counts map[string]uint64, seconds map[string]float64) {
	s.t.Helper()
	families, err := s.reg.Gather()
	if err != nil {
		s.t.Fatal(err)
	}
	counts, seconds = map[string]uint64{}, map[string]float64{}
	for _, family := range families {
		if family.GetName() != "doorbuster_purchase_step_seconds" {
			continue
		}
		for _, m := range family.GetMetric() {
			step := m.GetLabel()[0].GetValue()
			counts[step], seconds[step] = m.GetHistogram().GetSampleCount(), m.GetHistogram().GetSampleSum()
		}
	}
	return counts, seconds
}

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
	counts, seconds := s.steps()
	for _, step := range []string{"gates", "line", "call", "commit", "answer"} {
		if counts[step] != 2 || seconds[step] <= 0 {
			t.Errorf("step %s: %d purchases in %v s, want 2 and some time", step, counts[step], seconds[step])
		}
	}
}
