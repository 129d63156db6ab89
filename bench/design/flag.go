package design

import (
	"context"
	"sync/atomic"
)

// Flag is a memory flag in front of a Run: after the first "sold_out" everybody is told so without asking further. It is coarser than
// the product's own, which remembers each shopper, is cleared by a restock and never says "sold out" to one who has an order. It can
// only be in a baseline's favour.
type Flag struct {
	Run
	soldOut    atomic.Bool
	fromMemory atomic.Int64
}

// NewFlag puts a flag in front of run.
func NewFlag(run Run) *Flag { return &Flag{Run: run} }

// Buy answers from memory once it is sold out.
func (f *Flag) Buy(ctx context.Context, user uint64) (string, error) {
	if f.soldOut.Load() {
		f.fromMemory.Add(1)
		return SoldOut, nil
	}
	class, err := f.Run.Buy(ctx, user)
	if class == SoldOut && !f.soldOut.Load() { // a plain Store by each of a crowd would pass the cache line round
		f.soldOut.Store(true)
	}
	return class, err
}

// FromMemory counts the answers that reached no database.
func (f *Flag) FromMemory() int64 { return f.fromMemory.Load() }
