package store

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/jmoiron/sqlx"
)

// maxRefused bounds the shoppers that one item's flag remembers, of each sort (8 to 40 bytes each). Beyond it the database answers.
const maxRefused = 500_000

// soldOutFlags remembers, per item, that the database said "sold out" at a version of the stock, and to whom it may be repeated. Memory
// repeats a no, it never makes one up: whoever may have an order is let through, because only the database knows his answer. Who
// that is, the database is asked once: as long as the version stands nobody can have joined them. Until it has told, only those are
// refused whom it has refused itself.
//
// A flag falls when a greater version is seen (units came back), and once a second one request passes in spite of it, in case the
// news of the version does not arrive.
type soldOutFlags struct {
	mu    sync.RWMutex
	items map[uint64]*soldOutFlag
}

type soldOutFlag struct {
	mu        sync.Mutex
	version   uint64
	nextProbe time.Time
	asked     bool                // the database has been asked for the owners, or is too full of them
	owners    []uint64            // in rising order: who has or had an order, once known is true
	known     bool                // owners are those of this version
	refused   map[uint64]struct{} // by the database itself at this version; not kept once owners are known
	passed    map[uint64]struct{} // let through since then: until the database has refused them anew they may have an order
}

func newSoldOutFlags() *soldOutFlags { return &soldOutFlags{items: map[uint64]*soldOutFlag{}} }

func newSoldOutFlag(version uint64, now time.Time) *soldOutFlag {
	flag := &soldOutFlag{nextProbe: now.Add(time.Second)}
	flag.begin(version)
	return flag
}

// begin forgets everything but the version; flag.mu is held.
func (flag *soldOutFlag) begin(version uint64) {
	flag.version, flag.asked, flag.known, flag.owners = version, false, false, nil
	flag.refused, flag.passed = map[uint64]struct{}{}, map[uint64]struct{}{}
}

func (f *soldOutFlags) of(item uint64) *soldOutFlag {
	f.mu.RLock()
	defer f.mu.RUnlock()
	return f.items[item]
}

// refuses says whether user may be told "sold out" about item from memory, at version, without asking the database.
func (f *soldOutFlags) refuses(item, user uint64, now time.Time) (version uint64, ok bool) {
	flag := f.of(item)
	if flag == nil {
		return 0, false
	}
	flag.mu.Lock()
	defer flag.mu.Unlock()
	if !flag.mayRefuse(user) {
		return 0, false
	}
	if !now.Before(flag.nextProbe) {
		flag.nextProbe = now.Add(time.Second)
		flag.pass(user) // a second press while the probe is away may already be that of an owner
		return 0, false
	}
	return flag.version, true
}

func (flag *soldOutFlag) mayRefuse(user uint64) bool {
	if !flag.known {
		_, refused := flag.refused[user]
		return refused
	}
	if _, passed := flag.passed[user]; passed {
		return false
	}
	_, owns := slices.BinarySearch(flag.owners, user)
	return !owns
}

// pass lets the presses of user through from now on; flag.mu is held.
func (flag *soldOutFlag) pass(user uint64) {
	delete(flag.refused, user)
	if len(flag.passed) >= maxRefused {
		flag.begin(flag.version)
		return
	}
	flag.passed[user] = struct{}{}
}

// refuse remembers that the database told user that item is sold out at version. ask: the caller should find out who its owners are.
func (f *soldOutFlags) refuse(item, user, version uint64, now time.Time) (ask bool) {
	f.mu.Lock()
	flag := f.items[item]
	if flag == nil {
		flag = newSoldOutFlag(version, now)
		f.items[item] = flag
	}
	f.mu.Unlock()
	flag.mu.Lock()
	defer flag.mu.Unlock()
	if version < flag.version {
		return false // an answer that was overtaken by a restock
	}
	if version > flag.version {
		flag.begin(version)
	}
	delete(flag.passed, user)
	if !flag.known && len(flag.refused) < maxRefused {
		flag.refused[user] = struct{}{}
	}
	ask = !flag.asked
	flag.asked = true
	return ask
}

// own tells who had an order of item at version, in rising order. ok false: they are too many, or could not be had.
func (f *soldOutFlags) own(item, version uint64, owners []uint64, ok bool) {
	flag := f.of(item)
	if flag == nil {
		return
	}
	flag.mu.Lock()
	defer flag.mu.Unlock()
	if !ok || flag.version != version || flag.known {
		return
	}
	flag.owners, flag.known, flag.refused = owners, true, map[uint64]struct{}{}
}

// askAgain lets the next refusal ask for the owners: this time there was no room.
func (f *soldOutFlags) askAgain(at soldOutAt) {
	if flag := f.of(at.item); flag != nil {
		flag.mu.Lock()
		defer flag.mu.Unlock()
		flag.asked = flag.asked && flag.version != at.version
	}
}

// answered learns from an answer of the database to user that was not "sold out", at version (0: the answer does not tell). Whoever may
// have an order is never refused from memory, and who could place one proves that units came back.
func (f *soldOutFlags) answered(item, user, version uint64, placed bool) {
	flag := f.of(item)
	if flag == nil {
		return
	}
	flag.mu.Lock()
	defer flag.mu.Unlock()
	if version > flag.version || (placed && version == 0) {
		flag.begin(max(version, flag.version))
		return
	}
	if flag.known && !flag.mayRefuse(user) {
		return
	}
	flag.pass(user)
}

// seen tells the version of an item's stock as read from the database. A greater one than the flag's clears the flag.
func (f *soldOutFlags) seen(item, version uint64) {
	flag := f.of(item)
	if flag == nil {
		return
	}
	flag.mu.Lock()
	defer flag.mu.Unlock()
	if version > flag.version {
		flag.begin(version)
	}
}

// gaveBack tells that units of item have come back through this Store: the version has risen, by one at least.
func (f *soldOutFlags) gaveBack(item uint64) {
	flag := f.of(item)
	if flag == nil {
		return
	}
	flag.mu.Lock()
	defer flag.mu.Unlock()
	flag.begin(flag.version + 1)
}

// forget drops the flags of items that are no longer on sale.
func (f *soldOutFlags) forget(onSale func(item uint64) bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for item := range f.items {
		if !onSale(item) {
			delete(f.items, item)
		}
	}
}

// soldOutAt is an item whose owners are wanted.
type soldOutAt struct{ item, version uint64 }

// learnOwners asks the database who has or had an order of an item that was sold out at a version. Every order that took a unit was
// committed before that was said, so all of them are seen. Without an answer the flag does with what it remembers.
func (p *livePoller) learnOwners(ctx context.Context, at soldOutAt) {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	var owners []uint64
	err := p.s.watch.with(ctx, "list_item_shoppers", func(conn *sqlx.Conn) error {
		return conn.SelectContext(ctx, &owners, "CALL list_item_shoppers(?, ?)", at.item, maxRefused)
	})
	if err != nil && ctx.Err() == nil {
		p.s.cfg.Log.Warn("who owns a sold-out item is not known", "item", at.item, "error", err)
	}
	p.s.soldOut.own(at.item, at.version, owners, err == nil && len(owners) < maxRefused)
}
