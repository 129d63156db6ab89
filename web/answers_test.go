package web

import (
	"fmt"
	"testing"

	"github.com/google/uuid"

	"doorbuster/store"
	"doorbuster/store/storetest"
)

func TestEveryAnswerHasAPlace(t *testing.T) {
	if have := len(answerRow{}); have != len(store.PressAnswers) || len(answerAt) != have {
		t.Errorf("%d places for %d answers, %d of them different", have, len(store.PressAnswers), len(answerAt))
	}
	for _, o := range store.PressAnswers {
		if len(o) > 20 {
			t.Errorf("%s is too long for sale_answers", o)
		}
	}
}

// told is what the database was told of a sale, all minutes together.
func (s *shop) told(sale uint64) map[store.Outcome]uint64 {
	s.t.Helper()
	counts, err := s.store.CountAnswers(s.t.Context(), store.Operator("test"), sale, s.store.Now().AddDate(0, 0, -1), s.store.Now().AddDate(0, 0, 1))
	if err != nil {
		s.t.Fatal(err)
	}
	told := map[store.Outcome]uint64{}
	for _, c := range counts {
		told[c.Outcome] = c.Answers
	}
	return told
}

// Every press for an item is counted once, under the word that the shopper got: by the database, from memory in front of the router, at the gates,
// and before it could be decided. The node says how busy it is.
func TestAnswersAreReported(t *testing.T) {
	s := newShop(t)
	sale, items := storetest.Sale(t, s.store, store.NewItem{Units: 1})
	s.settle()
	_, ann := s.shopper("ann")
	_, bob := s.shopper("bob")
	path := fmt.Sprintf("/items/%d/orders", items[0])
	pass := func(cookie string) string {
		return passText.FindString(s.json0(fmt.Sprintf("/items/%d/pass", items[0]), cookie).body)
	}
	first, second := pass(ann), pass(bob)
	press := func(cookie, pass string, status int) {
		t.Helper()
		if got := s.json(path, `{"pass":"`+pass+`","units":1}`, cookie); got.status != status {
			t.Fatalf("%d %s, not %d", got.status, got.body, status)
		}
	}
	press(ann, first, 201)
	press(ann, first, 200)
	press(bob, second, 409)
	s.eventually("memory answers", func() bool { return s.store.AnswersFromMemory(items[0]) })
	press(bob, second, 409)
	press(bob, second, 409)
	press(ann, second, 403)
	press("", first, 401)
	if got := s.form("/en"+path, "units=0", ann); got.status != 400 {
		t.Fatalf("%d", got.status)
	}
	s.eventually("it was reported", func() bool {
		told := s.told(sale)
		return told["placed"] == 1 && told["exists"] == 1 && told["sold_out"] == 3 && told["bad_pass"] == 1 && told["sign_in_needed"] == 1
	})
	room, err := s.store.ShowRoom(t.Context(), store.Operator("test"), sale)
	if err != nil || room.Nodes != 1 || room.Conns < 1 || room.UnitsAvailable != 0 {
		t.Errorf("%+v, %v", room, err)
	}
}

// What could certainly not be reported is reported later; what may have been counted is not told again. A sale that is over makes room.
func TestAnswersThatCannotBeReported(t *testing.T) {
	s := newShop(t)
	sale, items := storetest.Sale(t, s.store, store.NewItem{Units: 1})
	other, more := storetest.Sale(t, s.store, store.NewItem{Units: 1, SKU: "b"})
	s.settle()
	c := newAnswers(s.store)
	for range 3 {
		c.count(items[0], store.SoldOut)
	}
	c.count(more[0], store.Busy)
	c.count(items[0], "a word of tomorrow")
	c.count(987654, store.SoldOut)
	taken := c.take()
	if len(taken) != 2 || len(c.take()) != 0 {
		t.Fatalf("%+v", taken)
	}
	r := reporter{answers: c}
	r.failed(taken, taken[:1], &store.BusyError{})
	if again := c.take(); len(again) != 2 {
		t.Errorf("after a report that was not begun: %+v", again)
	}
	r.failed(taken, taken[:1], &store.UnknownError{})
	if again := c.take(); len(again) != 1 || again[0].Sale != taken[1].Sale {
		t.Errorf("after a report of which nothing is known: %+v", again)
	}
	s.exec("UPDATE sales SET opens_at = opens_at - INTERVAL 3 DAY, closes_at = closes_at - INTERVAL 3 DAY WHERE id = ?", other)
	s.eventually("the sale is long over", func() bool { _, on := s.store.Live().Sales[other]; return !on })
	third, last := storetest.Sale(t, s.store, store.NewItem{Units: 1, SKU: "c"})
	s.settle()
	c.count(last[0], store.Placed)
	rows := *c.sales.Load()
	if rows[other] != nil || rows[sale] == nil || rows[third] == nil {
		t.Errorf("%d rows", len(rows))
	}
	if err := s.store.ReportAnswers(t.Context(), uuid.New(), store.PurchaseLoad{}, make([]store.SaleAnswers, store.MaxAnswers+1)); err == nil {
		t.Error("a report without bound was taken")
	}
}

// BenchmarkCountAnswer is what each press pays for being counted.
func BenchmarkCountAnswer(b *testing.B) {
	server, _, item, _ := benchShop(b)
	b.ReportAllocs()
	for b.Loop() {
		server.answers.count(item, store.SoldOut)
	}
}
