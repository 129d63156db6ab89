package store

import (
	"testing"
	"time"
)

// The sold-out memory alone, with a clock of its own: what soldout_test.go sees from outside within a probe's second holds at once.
func TestSoldOutFlags(t *testing.T) {
	const item, user, other = 1, 10, 11
	start := time.Unix(1_800_000_000, 0)
	soon := start.Add(time.Second / 2)
	refuses := func(f *soldOutFlags, user uint64, now time.Time) bool {
		version, refused := f.refuses(item, user, now)
		if refused && version == 0 {
			t.Error("refused without a version")
		}
		return refused
	}
	for what, test := range map[string]struct {
		then func(f *soldOutFlags)
		want bool // whether user is still refused
	}{
		"nothing happened":                  {func(*soldOutFlags) {}, true},
		"the same version again":            {func(f *soldOutFlags) { f.seen(item, 5) }, true},
		"an older version":                  {func(f *soldOutFlags) { f.seen(item, 4) }, true},
		"units came back":                   {func(f *soldOutFlags) { f.seen(item, 6) }, false},
		"units of another item came back":   {func(f *soldOutFlags) { f.seen(item+1, 6) }, true},
		"the shopper has an order":          {func(f *soldOutFlags) { f.answered(item, user, 0, false) }, false},
		"another shopper has an order":      {func(f *soldOutFlags) { f.answered(item, other, 0, false) }, true},
		"another got the last of the batch": {func(f *soldOutFlags) { f.answered(item, other, 5, true) }, true},
		"another got a unit":                {func(f *soldOutFlags) { f.answered(item, other, 0, true) }, false},
		"another saw a later version":       {func(f *soldOutFlags) { f.answered(item, other, 6, false) }, false},
		"the item is on sale no more":       {func(f *soldOutFlags) { f.forget(func(uint64) bool { return false }) }, false},
		"the item is still on sale":         {func(f *soldOutFlags) { f.forget(func(uint64) bool { return true }) }, true},
		"a stale answer after a restock":    {func(f *soldOutFlags) { f.seen(item, 6); f.refuse(item, user, 5, soon) }, false},
		"sold out again after a restock":    {func(f *soldOutFlags) { f.seen(item, 6); f.refuse(item, user, 6, soon) }, true},
		"another sold out after a restock":  {func(f *soldOutFlags) { f.refuse(item, other, 6, soon) }, false},
	} {
		f := newSoldOutFlags()
		f.refuse(item, user, 5, start)
		test.then(f)
		if got := refuses(f, user, soon); got != test.want {
			t.Errorf("%s: refused from memory: %t, want %t", what, got, test.want)
		}
		if refuses(f, 99, soon) {
			t.Errorf("%s: a shopper was refused whom nobody had refused before", what)
		}
	}
}

// Once the owners are known everybody else is refused, as long as the version stands.
func TestSoldOutOwners(t *testing.T) {
	const item, owner, user = 1, 10, 11
	start := time.Unix(1_800_000_000, 0)
	soon, late := start.Add(time.Second/2), start.Add(time.Second)
	for what, test := range map[string]struct {
		then func(f *soldOutFlags)
		want bool // whether user is refused soon
	}{
		"nothing happened":                  {func(*soldOutFlags) {}, true},
		"units came back":                   {func(f *soldOutFlags) { f.seen(item, 6) }, false},
		"units came back and went":          {func(f *soldOutFlags) { f.refuse(item, 99, 6, soon) }, false},
		"and the owners are known again":    {func(f *soldOutFlags) { f.refuse(item, 99, 6, soon); f.own(item, 6, []uint64{owner}, true) }, true},
		"and the answer is an old one":      {func(f *soldOutFlags) { f.refuse(item, 99, 6, soon); f.own(item, 5, []uint64{owner}, true) }, false},
		"the shopper was let through":       {func(f *soldOutFlags) { f.refuses(item, user, late) }, false},
		"and refused anew":                  {func(f *soldOutFlags) { f.refuses(item, user, late); f.refuse(item, user, 5, late) }, true},
		"the database said something else":  {func(f *soldOutFlags) { f.answered(item, user, 5, false) }, false},
		"another got a unit":                {func(f *soldOutFlags) { f.answered(item, 99, 0, true) }, false},
		"another pressed, who owns it":      {func(f *soldOutFlags) { f.answered(item, owner, 5, false) }, true},
		"the owners are told once more":     {func(f *soldOutFlags) { f.own(item, 5, nil, true) }, true},
		"the owners are told, but not sure": {func(f *soldOutFlags) { f.own(item, 5, nil, false) }, true},
	} {
		f := newSoldOutFlags()
		if !f.refuse(item, 50, 5, start) || f.refuse(item, 51, 5, start) {
			t.Error("the owners are asked for at the first refusal, and only then")
		}
		if _, refused := f.refuses(item, user, soon); refused {
			t.Error("refused before the owners were known")
		}
		f.own(item, 5, []uint64{3, owner, 20}, true)
		test.then(f)
		if _, got := f.refuses(item, user, soon); got != test.want {
			t.Errorf("%s: refused from memory: %t, want %t", what, got, test.want)
		}
		for _, owner := range []uint64{owner, 20} {
			if _, refused := f.refuses(item, owner, soon); refused && what != "and the owners are known again" {
				t.Errorf("%s: owner %d was refused", what, owner)
			}
		}
	}
}

// Who was let through while the owners were being asked for may have an order by the time they are known.
func TestSoldOutPassedBeforeOwners(t *testing.T) {
	start := time.Unix(1_800_000_000, 0)
	f := newSoldOutFlags()
	f.refuse(1, 7, 5, start)
	if _, refused := f.refuses(1, 7, start.Add(time.Second)); refused {
		t.Fatal("no probe")
	}
	f.own(1, 5, nil, true)
	if _, refused := f.refuses(1, 7, start.Add(time.Second)); refused {
		t.Error("refused while the probe is away")
	}
}

// When there is no room to ask for the owners, the next refusal asks.
func TestSoldOutAsksAgain(t *testing.T) {
	f := newSoldOutFlags()
	now := time.Unix(1_800_000_000, 0)
	f.refuse(1, 7, 5, now)
	f.askAgain(soldOutAt{1, 4})
	if f.refuse(1, 8, 5, now) {
		t.Error("asked again, though another version's question found no room")
	}
	f.askAgain(soldOutAt{1, 5})
	if !f.refuse(1, 9, 5, now) {
		t.Error("not asked again")
	}
}

// One shopper a second is let through, and asks anew until the database has refused them anew.
func TestSoldOutProbes(t *testing.T) {
	const item, shoppers = 1, 100
	f := newSoldOutFlags()
	now := time.Unix(1_800_000_000, 0)
	for user := range uint64(shoppers) {
		f.refuse(item, user, 5, now)
	}
	probes := 0
	for range 30 * 10 { // thirty seconds, everybody presses ten times a second
		now = now.Add(time.Second / 10)
		for user := range uint64(shoppers) {
			if _, refused := f.refuses(item, user, now); !refused {
				probes++
				f.refuse(item, user, 5, now)
			}
		}
	}
	if probes < 29 || probes > 31 {
		t.Errorf("%d probes in 30 s", probes)
	}
}

// The memory of one item is bounded: beyond it the database answers.
func TestSoldOutMemoryIsBounded(t *testing.T) {
	f := newSoldOutFlags()
	now := time.Unix(1_800_000_000, 0)
	for user := range uint64(maxRefused + 10) {
		f.refuse(1, user, 5, now)
	}
	if n := len(f.items[1].refused); n != maxRefused {
		t.Errorf("%d shoppers are remembered, at most %d may be", n, maxRefused)
	}
	if _, refused := f.refuses(1, maxRefused+5, now); refused {
		t.Error("somebody was refused who is not remembered")
	}
}
