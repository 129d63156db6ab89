package rush

import (
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"
)

// pressedAnswer is the fake's answer to a press.
type pressedAnswer struct {
	status  int
	outcome string
	order   uuid.UUID
	pass    string
	retry   bool
}

// press decides one press, in the order of the real procedure, and then spoils it as the defect says. It says false when
// the answer is lost or was given.
func (f *fakeShop) press(w http.ResponseWriter, r *http.Request, pass string) (pressedAnswer, bool) {
	f.mu.Lock()
	sub, id := f.who(w, r)
	if id == 0 {
		f.mu.Unlock()
		return pressedAnswer{}, false
	}
	if pass == "" {
		pass = sub + "~" + uuid.NewString()
	}
	owner, text, _ := strings.Cut(pass, "~")
	key, err := uuid.Parse(text)
	if owner != sub || err != nil {
		f.mu.Unlock()
		reply409(w, http.StatusForbidden, "bad_pass")
		return pressedAnswer{}, false
	}
	f.presses++
	n := f.presses
	a := f.decide(sub, id, key)
	a.pass = pass
	f.mu.Unlock()
	if f.seen != nil {
		f.seen(sub)
	}
	return f.spoil(w, r, a, n, sub)
}

// decide needs f.mu.
func (f *fakeShop) decide(sub string, id uint64, key uuid.UUID) pressedAnswer {
	if f.chaos && f.presses%5 == 0 {
		return pressedAnswer{status: http.StatusServiceUnavailable, outcome: "busy", retry: true}
	}
	if f.defect == "busy" {
		return pressedAnswer{status: http.StatusServiceUnavailable, outcome: "busy", retry: true}
	}
	limit := 0
	if f.defect == "oversold" {
		limit = -3
	}
	if f.defect == "leftover" {
		limit = 2
	}
	if key == f.lostKey && f.defect == "lost" { // it was answered from memory and never written
		return pressedAnswer{status: http.StatusOK, outcome: "exists", order: key}
	}
	if o := f.orders[key]; o != nil {
		return f.repeat(sub, id, o)
	}
	if other, has := f.byUser[id]; has {
		return pressedAnswer{status: http.StatusConflict, outcome: "already_ordered", order: other}
	}
	if f.left <= limit {
		return f.soldOut(id)
	}
	return f.place(sub, id, key)
}

// repeat answers a key that was placed before.
func (f *fakeShop) repeat(sub string, id uint64, o *DBOrder) pressedAnswer {
	a := pressedAnswer{status: http.StatusOK, outcome: "exists", order: o.ID}
	switch f.defect {
	case "two":
		f.store(&DBOrder{ID: uuid.New(), UserID: id, User: o.User, State: "held", Units: 1})
	case "other_id":
		a.order = uuid.New()
	case "turned":
		a = pressedAnswer{status: http.StatusConflict, outcome: "sold_out"}
	}
	return a
}

func (f *fakeShop) soldOut(id uint64) pressedAnswer {
	a := pressedAnswer{status: http.StatusConflict, outcome: "sold_out"}
	if f.defect == "no_and_yet" && f.doomed != "done" {
		// One refusal is followed by the order, as when a late attempt is let through.
		f.doomed = "done"
		f.store(&DBOrder{ID: uuid.New(), UserID: id, State: "cancelled", Units: 1}) // not his key: a second press with it stays a no
	}
	return a
}

func (f *fakeShop) place(sub string, id uint64, key uuid.UUID) pressedAnswer {
	a := pressedAnswer{status: http.StatusCreated, outcome: "placed", order: key}
	o := &DBOrder{ID: key, UserID: id, State: "held", Units: 1}
	one := f.doomed == ""
	if one {
		f.doomed = sub
	}
	switch {
	case f.defect == "lost" && one:
		f.left--
		f.lostKey = key
		return a
	case f.defect == "wrong_owner" && one:
		o.UserID = 1_000_000
	case f.defect == "wrong_customer" && one:
		o.User = "somebody-else"
	}
	f.left--
	f.byUser[id] = key
	f.store(o)
	return a
}

func (f *fakeShop) store(o *DBOrder) {
	f.orders[o.ID] = o
	f.list = append(f.list, o)
}

// spoil is what happens between the decision and the shopper.
func (f *fakeShop) spoil(w http.ResponseWriter, r *http.Request, a pressedAnswer, n int, sub string) (pressedAnswer, bool) {
	switch {
	case f.defect == "late" && n == 3:
		t := time.NewTimer(400 * time.Millisecond)
		defer t.Stop()
		select {
		case <-t.C:
		case <-r.Context().Done():
		}
	case f.defect == "unknown" && f.doomedIs(sub):
		return pressedAnswer{status: http.StatusServiceUnavailable, outcome: "unknown", order: a.order, pass: a.pass, retry: true}, true
	case f.defect == "retry_after" && n == 3:
		return pressedAnswer{status: http.StatusServiceUnavailable, outcome: "unknown", order: a.order, pass: a.pass, retry: true}, true
	case f.defect == "odd" && n == 3:
		http.Error(w, "boom", http.StatusInternalServerError)
		return a, false
	case f.chaos && n%7 == 0: // decided, and perhaps placed, but the answer says that nobody knows
		return pressedAnswer{status: http.StatusServiceUnavailable, outcome: "unknown", order: a.order, pass: a.pass, retry: true}, true
	case f.chaos && n%11 == 0: // the same, and nothing is said at all
		panic(http.ErrAbortHandler)
	}
	if r.Context().Err() != nil {
		f.snapshot(func() { f.hangups++ })
	}
	return a, true
}

func (f *fakeShop) doomedIs(sub string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.doomed == sub
}
