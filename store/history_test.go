package store_test

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"
	"github.com/google/uuid"

	"doorbuster/store"
	"doorbuster/store/storetest"
)

// maxKeys bounds the keys of one history, so that a state of the model is a small array that can be compared.
const maxKeys = 8*10*2 + 1

// The life of a key in the model.
const (
	keyUnused uint8 = iota
	keyHeld
	keyPaid
	keyCancelled
)

// saleState is a whole sale at one instant.
type saleState struct {
	left int
	keys [maxKeys]uint8
}

// saleOp is one thing that a client did: place, pay or cancel, with one of the history's keys.
type saleOp struct {
	what  string
	key   int
	user  uint64
	units int
}

// saleAnswer is what it was told. order is the key of the order that was named, -1 for none.
type saleAnswer struct {
	outcome store.Outcome
	order   int
	left    int
}

// saleModel says which answers a sale of so many units may give, one operation at a time. Concurrency is porcupine's part: it looks for
// an order of the operations, true to their times, in which every answer is right.
func saleModel(units int, history []porcupine.Operation) porcupine.Model {
	owner := [maxKeys]saleOp{}
	for _, record := range history {
		if op := record.Input.(saleOp); op.what == "place" || op.what == fromMemory {
			owner[op.key] = op
		}
	}
	return porcupine.Model{
		Init: func() any { return saleState{left: units} },
		Step: func(state, input, output any) (bool, any) {
			s, op, got := state.(saleState), input.(saleOp), output.(saleAnswer)
			if op.what == "place" || op.what == fromMemory {
				want := s.place(op, &owner)
				if op.what == fromMemory { // it may be old, but it is never the answer to one who has an order
					return got.outcome == store.SoldOut && want.outcome != store.Exists && want.outcome != store.AlreadyOrdered, s
				}
				if want.outcome != store.NotEnough {
					got.left = 0
				}
				return got == want, s.after(op, want, &owner)
			}
			want := s.change(op)
			return got.outcome == want, s.after(op, saleAnswer{outcome: want}, &owner)
		},
		DescribeOperation: func(input, output any) string { return fmt.Sprintf("%+v -> %+v", input, output) },
		DescribeState:     func(state any) string { return fmt.Sprintf("%d left", state.(saleState).left) },
	}
}

func (s saleState) place(op saleOp, owner *[maxKeys]saleOp) saleAnswer {
	if s.keys[op.key] != keyUnused {
		return saleAnswer{outcome: store.Exists, order: op.key}
	}
	for k, life := range s.keys {
		if (life == keyHeld || life == keyPaid) && owner[k].user == op.user {
			return saleAnswer{outcome: store.AlreadyOrdered, order: k}
		}
	}
	switch {
	case s.left == 0:
		return saleAnswer{outcome: store.SoldOut, order: -1}
	case s.left < op.units:
		return saleAnswer{outcome: store.NotEnough, order: -1, left: s.left}
	}
	return saleAnswer{outcome: store.Placed, order: op.key}
}

func (s saleState) change(op saleOp) store.Outcome {
	answers := map[string][4]store.Outcome{
		"pay":    {store.NoSuchOrder, store.Paid, store.AlreadyPaid, store.NotPayable},
		"cancel": {store.NoSuchOrder, store.Cancelled, store.NotCancellable, store.AlreadyCancelled},
	}
	return answers[op.what][s.keys[op.key]]
}

func (s saleState) after(op saleOp, done saleAnswer, owner *[maxKeys]saleOp) saleState {
	switch done.outcome {
	case store.Placed:
		s.keys[op.key], s.left = keyHeld, s.left-op.units
	case store.Paid:
		s.keys[op.key] = keyPaid
	case store.Cancelled:
		s.keys[op.key], s.left = keyCancelled, s.left+owner[op.key].units
	}
	return s
}

// fromMemory is a press that a Store answered without asking the database. It may say "sold out" for a moment longer: until the answer to the
// cancellation that gave the unit back has arrived here, or for a second if another Store gave it. TestOwnRestockReopensAtOnce has the rest.
const fromMemory = "place, from memory"

// recorder writes down who asked what when, and what they were told, on one clock.
type recorder struct {
	item  uint64
	begin time.Time
	mu    sync.Mutex
	keys  []uuid.UUID
	ops   []porcupine.Operation
}

// newKey takes the next key of the history.
func (r *recorder) newKey(t testing.TB) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.keys = append(r.keys, newID(t))
	return len(r.keys) - 1
}

func (r *recorder) id(key int) uuid.UUID {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.keys[key]
}

func (r *recorder) add(op porcupine.Operation, answer saleAnswer, order uuid.UUID) saleAnswer {
	r.mu.Lock()
	defer r.mu.Unlock()
	answer.order = slices.Index(r.keys, order) // none: -1
	op.Output = answer
	r.ops = append(r.ops, op)
	return answer
}

// text is the history by time of call, for a log.
func (r *recorder) text() string {
	slices.SortFunc(r.ops, func(a, b porcupine.Operation) int { return int(a.Call - b.Call) })
	var text strings.Builder
	for _, op := range r.ops {
		fmt.Fprintf(&text, "%8d to %8d µs, client %2d: %+v -> %+v\n", op.Call/1000, op.Return/1000, op.ClientId, op.Input, op.Output)
	}
	return text.String()
}

// buyer acts as one shopper after the other, at one Store. A shopper who was told "sold out" is not heard of again: memory repeats the no,
// and soldout_test.go tests that.
type buyer struct {
	t      testing.TB
	r      *recorder
	s      *store.Store
	number int
}

// do carries op out and records it. wait, if not nil, holds the call back after its time was taken.
func (b buyer) do(hand int, op saleOp, wait *sync.WaitGroup) saleAnswer {
	id := b.r.id(op.key)
	record := porcupine.Operation{ClientId: b.number*10 + hand, Input: op, Call: int64(time.Since(b.r.begin))}
	if wait != nil {
		wait.Done()
		wait.Wait()
	}
	var answer saleAnswer
	var order uuid.UUID
	var change store.Change
	var err error
	switch op.what {
	case "place":
		got := settle(b.t, b.s, store.Purchase{OrderID: id, ItemID: b.r.item, UserID: op.user, Units: op.units, RequestID: id})
		answer.outcome, order, answer.left = got.Outcome, got.OrderID, got.UnitsLeft
		if got.Outcome == store.SoldOut && got.InCall == 0 {
			record.Input = saleOp{what: fromMemory, key: op.key, user: op.user, units: op.units}
		}
	case "pay":
		change, err = b.s.PayOrder(b.t.Context(), store.Operator("test"), id, "cash")
		answer.outcome = change.Outcome
	case "cancel":
		change, err = b.s.CancelOrder(b.t.Context(), id, op.user)
		answer.outcome = change.Outcome
	}
	if err != nil {
		b.t.Errorf("%+v: %v", op, err)
	}
	record.Return = int64(time.Since(b.r.begin))
	return b.r.add(record, answer, order)
}

// atOnce carries ops out together: all were asked before the first was answered.
func (b buyer) atOnce(ops ...saleOp) []saleAnswer {
	answers := make([]saleAnswer, len(ops))
	var start, wg sync.WaitGroup
	start.Add(len(ops))
	for i, op := range ops {
		wg.Go(func() { answers[i] = b.do(i, op, &start) })
	}
	wg.Wait()
	return answers
}

func (b buyer) run(steps int) {
	user := uint64(b.number + 1)
	var mine []saleOp // what this shopper asked for
	for range steps {
		kind := rand.N(10)
		if kind >= 6 && len(mine) > 0 {
			b.change(kind, mine[rand.N(len(mine))])
			continue
		}
		presses := b.presses(kind, user)
		if kind == 5 && len(mine) > 0 {
			presses = []saleOp{mine[rand.N(len(mine))]} // a former one again
		}
		mine = append(mine, presses...)
		for _, answer := range b.atOnce(presses...) {
			if answer.outcome == store.SoldOut {
				user, mine = user+100, nil
			}
		}
	}
}

// presses are one press, or two with one key (a double press), or two with two keys (two tabs).
func (b buyer) presses(kind int, user uint64) []saleOp {
	press := saleOp{what: "place", key: b.r.newKey(b.t), user: user, units: 1 + rand.N(2)}
	switch kind {
	case 0:
		return []saleOp{press, press}
	case 1:
		other := press
		other.key = b.r.newKey(b.t)
		return []saleOp{press, other}
	}
	return []saleOp{press}
}

// change does something about a former press: pays, cancels, or both at once.
func (b buyer) change(kind int, op saleOp) {
	pay, cancel := op, op
	pay.what, cancel.what = "pay", "cancel"
	switch kind {
	case 6:
		b.do(0, pay, nil)
	case 7:
		b.atOnce(pay, cancel)
	default:
		b.do(0, cancel, nil)
	}
}

// recordSale lets 8 buyers act on a new sale.
func recordSale(t testing.TB, stores []*store.Store, units, shards int) *recorder {
	t.Helper()
	_, ids := storetest.Sale(t, stores[0], store.NewItem{Units: units, Shards: shards, LimitPerUser: 2})
	r := &recorder{item: ids[0], begin: time.Now()}
	var wg sync.WaitGroup
	for number := range 8 {
		b := buyer{t: t, r: r, s: stores[number%len(stores)], number: number}
		wg.Go(func() { b.run(10) })
	}
	wg.Wait()
	return r
}

// explain looks for an order of the operations that explains every answer. No result in time is a failure too.
func explain(units int, history []porcupine.Operation) (porcupine.CheckResult, porcupine.LinearizationInfo) {
	return porcupine.CheckOperationsVerbose(saleModel(units, history), history, longest)
}

// Promise P8: many small sales on one node and on two. Each must be explicable as if the shoppers had come one after the other.
func TestHistories(t *testing.T) {
	t.Parallel()
	for nodes := 1; nodes <= 2; nodes++ {
		t.Run(fmt.Sprintf("%d nodes", nodes), func(t *testing.T) { t.Parallel(); histories(t, nodes) })
	}
}

func histories(t *testing.T, nodes int) {
	sales := 50
	if testing.Short() {
		sales = 15
	}
	d := storetest.New(t)
	stores := []*store.Store{d.Open(t), d.Open(t)}[:nodes]
	count := map[store.Outcome]int{}
	for n := range sales {
		units, shards := 2+n%9, 1+n%3
		r := recordSale(t, stores, units, shards)
		result, info := explain(units, r.ops)
		if result != porcupine.Ok {
			file := filepath.Join(t.ArtifactDir(), fmt.Sprintf("history-%d.html", n)) // kept with go test -artifacts
			t.Errorf("%d units in %d shards: %s; %s %v\n%s",
				units, shards, result, file, porcupine.VisualizePath(saleModel(units, r.ops), info, file), r.text())
		}
		for _, op := range r.ops {
			count[op.Output.(saleAnswer).outcome]++
		}
		if n < 10 {
			brokenHistoriesAreSeen(t, d, units, r)
		}
	}
	t.Logf("answers: %v", count)
	for _, o := range []store.Outcome{store.Placed, store.Exists, store.AlreadyOrdered, store.SoldOut, store.NotEnough, store.Cancelled, store.Paid} {
		if count[o] == 0 {
			t.Errorf("nobody was told %s: the test proved too little", o)
		}
	}
	d.MustAudit(t)
}

// brokenHistoriesAreSeen adds a lie to the end of a true history, and wants it to be found.
func brokenHistoriesAreSeen(t testing.TB, d *storetest.Database, units int, r *recorder) {
	t.Helper()
	left := readBooks(t, d, r.item).available
	end := int64(time.Since(r.begin))
	stranger := saleOp{what: "place", key: r.newKey(t), user: 9999, units: 1}
	greedy := stranger
	greedy.units = left + 1
	lies := map[string]porcupine.Operation{
		"one unit too many":    {Input: greedy, Output: saleAnswer{outcome: store.Placed, order: greedy.key}},
		"a payment of nothing": {Input: saleOp{what: "pay", key: stranger.key, user: 9999}, Output: saleAnswer{outcome: store.Paid, order: -1}},
	}
	if left > 0 {
		lies["sold out with units left"] = porcupine.Operation{Input: stranger, Output: saleAnswer{outcome: store.SoldOut, order: -1}}
	}
	for what, lie := range lies {
		lie.ClientId, lie.Call, lie.Return = 99, end, end+1
		if result, _ := explain(units, append(slices.Clone(r.ops), lie)); result != porcupine.Illegal {
			t.Errorf("%s: %s, want Illegal", what, result)
		}
	}
}

// The checker itself: small histories whose answer is known.
func TestHistoryModel(t *testing.T) {
	t.Parallel()
	place := func(key int, user uint64, from, to int64, outcome store.Outcome) porcupine.Operation {
		order := -1
		if isYes(outcome) {
			order = key
		}
		return porcupine.Operation{
			ClientId: key, Input: saleOp{what: "place", key: key, user: user, units: 1}, Call: from, Return: to,
			Output: saleAnswer{outcome: outcome, order: order},
		}
	}
	for what, test := range map[string]struct {
		history []porcupine.Operation
		want    porcupine.CheckResult
	}{
		"one unit, two at once, one gets it":  {[]porcupine.Operation{place(0, 1, 0, 10, store.SoldOut), place(1, 2, 0, 10, store.Placed)}, porcupine.Ok},
		"one unit, both get it":               {[]porcupine.Operation{place(0, 1, 0, 10, store.Placed), place(1, 2, 0, 10, store.Placed)}, porcupine.Illegal},
		"sold out before it was":              {[]porcupine.Operation{place(0, 1, 0, 10, store.SoldOut), place(1, 2, 20, 30, store.Placed)}, porcupine.Illegal},
		"a shopper has two":                   {[]porcupine.Operation{place(0, 1, 0, 10, store.Placed), place(1, 1, 20, 30, store.Placed)}, porcupine.Illegal},
		"a repetition of what was not placed": {[]porcupine.Operation{place(0, 1, 0, 10, store.Exists)}, porcupine.Illegal},
	} {
		if got, _ := explain(1, test.history); got != test.want {
			t.Errorf("%s: %s, want %s", what, got, test.want)
		}
	}
}
