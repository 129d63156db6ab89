package web

import (
	"sync"
	"time"

	"doorbuster/store"
)

// admission lets so many presses a second through to the database as store.AdmissionRate allows: of an item, of a shop, of all. It counts for this web server
// alone. Each second of its clock has as many tokens as the number says, so that a trickle below the number is never held up.
type admission struct {
	now    func() time.Time // of this machine
	mu     sync.Mutex
	start  time.Time
	counts map[store.SwitchAt]*tokens // of the switches that are on; bounded by them
}

// tokens are those that were taken in a second.
type tokens struct{ second, taken int64 }

func newAdmission(now func() time.Time) *admission {
	return &admission{now: now, start: now(), counts: map[store.SwitchAt]*tokens{}}
}

// admits counts a press for an item. One that is refused takes no token of anything.
func (a *admission) admits(live *store.Live, item uint64) bool {
	if len(live.Switches) == 0 { // nearly always
		return true
	}
	places := live.For(store.AdmissionRate, item)
	a.mu.Lock()
	defer a.mu.Unlock()
	second := int64(a.now().Sub(a.start) / time.Second)
	var take [len(places)]*tokens
	for i, at := range places {
		most := live.Switches[at]
		if most == 0 || (i > 0 && at == places[0]) {
			continue
		}
		t := a.at(at, live)
		if t.second != second {
			t.second, t.taken = second, 0
		}
		if t.taken >= int64(most) {
			return false
		}
		take[i] = t
	}
	for _, t := range take {
		if t != nil {
			t.taken++
		}
	}
	return true
}

// at finds the tokens of a switch, or makes them and forgets those of switches that are off by now; a.mu is held.
func (a *admission) at(at store.SwitchAt, live *store.Live) *tokens {
	t := a.counts[at]
	if t == nil {
		for old := range a.counts {
			if live.Switches[old] == 0 {
				delete(a.counts, old)
			}
		}
		t = &tokens{}
		a.counts[at] = t
	}
	return t
}
