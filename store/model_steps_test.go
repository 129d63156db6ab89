package store_test

import (
	"pgregory.net/rapid"

	"doorbuster/store"
)

// The steps of TestModel: each does one thing to the database and to the model, and compares the answers.

func (m *model) placeNew(t *rapid.T) {
	for range rapid.IntRange(1, 6).Draw(t, "crowd") { // else hardly any sale would sell out
		p := purchase(m.t, m.item, rapid.Uint64Range(1, 7).Draw(t, "shopper"), rapid.IntRange(0, 4).Draw(t, "units"))
		m.keys = append(m.keys, p)
		m.place(t, p)
	}
}

func (m *model) placeAgain(t *rapid.T) {
	if len(m.keys) == 0 {
		t.Skip("nobody has asked yet")
	}
	m.place(t, rapid.SampledFrom(m.keys).Draw(t, "again"))
}

func (m *model) placeForeign(t *rapid.T) {
	if len(m.keys) == 0 {
		t.Skip("nobody has asked yet")
	}
	p := rapid.SampledFrom(m.keys).Draw(t, "key")
	p.UserID = p.UserID%5 + 1 // another shopper with the same key
	if _, used := m.orders[p.OrderID]; !used {
		t.Skip("the key is nobody's yet: that is placeNew")
	}
	m.place(t, p)
}

func (m *model) payOrder(t *rapid.T) {
	id, o := m.someOrder(t)
	want := store.NoSuchOrder
	if o != nil {
		switch {
		case o.state == "paid":
			want = store.AlreadyPaid
		case o.state != "held":
			want = store.NotPayable
		case o.overdue:
			want = store.HoldEnded
		default:
			want = store.Paid
		}
	}
	change, err := m.s.PayOrder(m.ctx, store.Operator("test"), id, "cash")
	m.want(t, "pay", change.Outcome, err, want)
	if want == store.Paid {
		o.state = "paid"
	}
}

func (m *model) cancelOrder(t *rapid.T) {
	id, o := m.someOrder(t)
	user := uint64(1)
	want := store.NoSuchOrder
	if o != nil {
		user = o.user
		switch o.state {
		case "cancelled":
			want = store.AlreadyCancelled
		case "held":
			want = store.Cancelled
		default:
			want = store.NotCancellable
		}
	}
	change, err := m.s.CancelOrder(m.ctx, id, user)
	m.want(t, "cancel", change.Outcome, err, want)
	if want == store.Cancelled {
		o.state, o.overdue = "cancelled", false
		m.left += o.units
		m.unitsCameBack(t)
	}
}

func (m *model) refundOrder(t *rapid.T) {
	id, o := m.someOrder(t)
	restock := rapid.Bool().Draw(t, "restock")
	want := store.NoSuchOrder
	if o != nil {
		switch o.state {
		case "refunded":
			want = store.AlreadyRefunded
		case "paid":
			want = store.Refunded
		default:
			want = store.NotRefundable
		}
	}
	change, err := m.s.RefundOrder(m.ctx, store.Operator("merchant"), id, restock, "sent back")
	m.want(t, "refund", change.Outcome, err, want)
	if want != store.Refunded {
		return
	}
	o.state = "refunded"
	if !restock {
		m.allotted -= o.units
		return
	}
	m.left += o.units
	m.unitsCameBack(t)
}

// endHold turns the clock of one hold by hand: nobody waits ten minutes here.
func (m *model) endHold(t *rapid.T) {
	id, o := m.someOrder(t)
	if o == nil || o.state != "held" {
		t.Skip("no hold")
	}
	_, err := m.root.ExecContext(m.ctx, "UPDATE orders SET hold_expires_at = UTC_TIMESTAMP(6) - INTERVAL 1 SECOND WHERE id = ?", id[:])
	if err != nil {
		t.Fatal(err)
	}
	o.overdue = true
}

// expireAll is a worker who goes on until nothing is left to do.
func (m *model) expireAll(t *rapid.T) {
	due, got := 0, 0
	for _, o := range m.orders {
		if o.overdue && o.state == "held" {
			due++
			o.state, o.overdue = "expired", false
			m.left += o.units
		}
	}
	stale, err := m.s.ExpireOrders(m.ctx, m.fence-1, 2)
	m.want(t, "expire with a stale number", stale.Outcome, err, store.Fenced)
	for {
		expiry, err := m.s.ExpireOrders(m.ctx, m.fence, 2)
		if err != nil {
			t.Fatal(err)
		}
		if expiry.Outcome == store.Nothing {
			break
		}
		if expiry.Outcome != store.Expired || expiry.ItemID == nil || *expiry.ItemID != m.item || expiry.Expired < 1 || expiry.Expired > 2 {
			t.Fatalf("expire: %+v", expiry)
		}
		got += expiry.Expired
	}
	if got != due {
		t.Fatalf("%d orders expired, want %d", got, due)
	}
	if due > 0 {
		m.unitsCameBack(t)
	}
}

func (m *model) addUnits(t *rapid.T) {
	n := rapid.IntRange(0, 4).Draw(t, "units")
	want := store.Added
	switch {
	case n == 0:
		want = store.BadUnits
	case m.state == "ended":
		want = store.Over
	}
	change, err := m.s.AddUnits(m.ctx, store.Operator("merchant"), m.item, n, "more came")
	m.want(t, "add", change.Outcome, err, want)
	if want == store.Added {
		m.left, m.allotted = m.left+n, m.allotted+n
		m.unitsCameBack(t)
	}
	m.checkUnits(t, change)
}

func (m *model) withdrawUnits(t *rapid.T) {
	n := rapid.IntRange(0, 4).Draw(t, "units")
	want := store.Withdrawn
	switch {
	case n == 0:
		want = store.BadUnits
	case n > m.left:
		want = store.NotEnough
	}
	change, err := m.s.WithdrawUnits(m.ctx, store.Operator("merchant"), m.item, n, "some broke")
	m.want(t, "withdraw", change.Outcome, err, want)
	if want == store.Withdrawn {
		m.left, m.allotted = m.left-n, m.allotted-n
	}
	m.checkUnits(t, change)
}

func (m *model) checkUnits(t *rapid.T, change store.UnitsChange) {
	if change.UnitsAllotted == nil || change.UnitsLeft == nil || *change.UnitsAllotted != m.allotted || *change.UnitsLeft != m.left {
		t.Fatalf("told %v allotted and %v left, want %d and %d", change.UnitsAllotted, change.UnitsLeft, m.allotted, m.left)
	}
}

func (m *model) pauseOrResume(t *rapid.T) {
	pause, resume := store.NotPublished, store.NotPaused
	switch m.state {
	case "published":
		pause, resume = store.Paused, store.AlreadyOpen
	case "paused":
		pause, resume = store.AlreadyPaused, store.Resumed
	}
	if rapid.Bool().Draw(t, "pause") {
		outcome, err := m.s.PauseSale(m.ctx, store.Operator("merchant"), m.sale, "wait")
		m.want(t, "pause", outcome, err, pause)
		if pause == store.Paused {
			m.state = "paused"
		}
		return
	}
	outcome, err := m.s.ResumeSale(m.ctx, store.Operator("merchant"), m.sale, "go on")
	m.want(t, "resume", outcome, err, resume)
	if resume == store.Resumed {
		m.state = "published"
	}
}

func (m *model) endSale(t *rapid.T) {
	if m.state != "ended" && rapid.IntRange(0, 3).Draw(t, "end for good") != 0 {
		t.Skip("not yet")
	}
	want := store.Ended
	if m.state == "ended" {
		want = store.AlreadyEnded
	}
	outcome, err := m.s.EndSale(m.ctx, store.Operator("merchant"), m.sale, "that is all")
	m.want(t, "end", outcome, err, want)
	m.state = "ended"
}
