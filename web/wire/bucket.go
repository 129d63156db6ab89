package wire

import (
	"hash/maphash"
	"sync"
	"time"
)

// Buckets is a token bucket per key, kept as one instant per key: when the bucket will be full again (GCRA). Keys whose bucket is
// full are as good as unknown ones and are dropped, so the memory follows the keys active in the last moments.
type Buckets[K comparable] struct {
	each   time.Duration // one token comes back in this time
	slack  time.Duration // how far into the future a bucket may be drawn
	seed   maphash.Seed
	start  time.Time
	shards [32]bucketShard[K]
}

type bucketShard[K comparable] struct {
	mu    sync.Mutex
	full  map[K]time.Duration // since start
	swept time.Duration
}

// maxKeys bounds the keys of one shard, 32 of them to a Buckets: about a million callers active at once. Callers beyond it pass;
// there are other bounds behind.
const maxKeys = 32 << 10

// NewBuckets allows rate requests per unit of time and key, and burst at once.
func NewBuckets[K comparable](rate, burst int, per time.Duration) *Buckets[K] {
	each := per / time.Duration(rate)
	b := &Buckets[K]{each: each, slack: each * time.Duration(max(burst, 1)-1), seed: maphash.MakeSeed(), start: time.Now()}
	for i := range b.shards {
		b.shards[i].full = map[K]time.Duration{}
	}
	return b
}

// Take takes a token of key. Without one it says after which time there will be one.
func (b *Buckets[K]) Take(key K, now time.Time) (wait time.Duration, ok bool) {
	at := now.Sub(b.start)
	shard := &b.shards[maphash.Comparable(b.seed, key)%uint64(len(b.shards))]
	shard.mu.Lock()
	defer shard.mu.Unlock()
	full, known := shard.full[key]
	full = max(full, at)
	if early := full - at - b.slack; early > 0 {
		return early, false
	}
	if !known && len(shard.full) >= maxKeys && !shard.sweep(at, b.each+b.slack) {
		return 0, true
	}
	shard.full[key] = full + b.each
	return 0, true
}

// sweep drops the keys whose buckets are full again, at most once in the time in which that can happen to all. False: no room.
func (s *bucketShard[K]) sweep(at, pause time.Duration) bool {
	if at-s.swept < pause {
		return false
	}
	s.swept = at
	for key, full := range s.full {
		if full <= at {
			delete(s.full, key)
		}
	}
	return len(s.full) < maxKeys
}
