package store

import (
	"sync"
	"time"
)

// maxRefused bounds the shoppers that one item's flag remembers (about 40 bytes each). Beyond it the database answers.
const maxRefused = 500_000

// soldOutFlags remembers, per item, whom the database told "sold out", and at which version of the stock. Memory repeats a no, it
// never makes one up: a shopper whose own answer from the database at this version was not "sold out" is always let through, so a
// repeated request of one who has the last unit is answered "it is yours" and not "sold out".
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
	refused   map[uint64]struct{}
}

func newSoldOutFlags() *soldOutFlags { return &soldOutFlags{items: map[uint64]*soldOutFlag{}} }

// refuses says whether user may be told "sold out" about item from memory, at version, without asking the database.
func (f *soldOutFlags) refuses(item, user uint64, now time.Time) (version uint64, ok bool) {
	f.mu.RLock()
	flag := f.items[item]
	f.mu.RUnlock()
	if flag == nil {
		return 0, false
	}
	flag.mu.Lock()
	defer flag.mu.Unlock()
	if _, refused := flag.refused[user]; !refused {
		return 0, false
	}
	if !now.Before(flag.nextProbe) {
		flag.nextProbe = now.Add(time.Second)
		delete(flag.refused, user) // a second press while the probe is away may already be that of an owner
		return 0, false
	}
	return flag.version, true
}

// refuse remembers that the database told user that item is sold out at version.
func (f *soldOutFlags) refuse(item, user, version uint64, now time.Time) {
	f.mu.Lock()
	flag := f.items[item]
	if flag == nil {
		flag = &soldOutFlag{version: version, nextProbe: now.Add(time.Second), refused: map[uint64]struct{}{}}
		f.items[item] = flag
	}
	f.mu.Unlock()
	flag.mu.Lock()
	defer flag.mu.Unlock()
	if version < flag.version {
		return // an answer that was overtaken by a restock
	}
	if version > flag.version {
		flag.version, flag.refused = version, map[uint64]struct{}{}
	}
	if len(flag.refused) < maxRefused {
		flag.refused[user] = struct{}{}
	}
}

// answered learns from an answer of the database to user that was not "sold out", at version (0: the answer does not tell). Whoever may
// have an order is never refused from memory, and who could place one proves that units came back.
func (f *soldOutFlags) answered(item, user, version uint64, placed bool) {
	f.mu.RLock()
	flag := f.items[item]
	f.mu.RUnlock()
	if flag == nil {
		return
	}
	flag.mu.Lock()
	defer flag.mu.Unlock()
	delete(flag.refused, user)
	if version > flag.version || (placed && version == 0) {
		flag.version, flag.refused = max(version, flag.version), map[uint64]struct{}{}
	}
}

// seen tells the version of an item's stock as read from the database. A greater one than the flag's clears the flag.
func (f *soldOutFlags) seen(item, version uint64) {
	f.mu.RLock()
	flag := f.items[item]
	f.mu.RUnlock()
	if flag == nil {
		return
	}
	flag.mu.Lock()
	defer flag.mu.Unlock()
	if version > flag.version {
		flag.version, flag.refused = version, map[uint64]struct{}{}
	}
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
