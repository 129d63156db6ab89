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
