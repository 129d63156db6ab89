package web

import (
	"hash/maphash"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"github.com/go-chi/chi/v5/middleware"
)

// buckets is a token bucket per key, kept as one instant per key: when the bucket will be full again (GCRA). Keys whose bucket is
// full are as good as unknown ones and are dropped, so the memory follows the keys active in the last moments.
type buckets[K comparable] struct {
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

// maxKeys bounds the keys of one shard, 32 of them to a buckets: about a million callers active at once. Callers beyond it pass;
// there are other bounds behind.
const maxKeys = 32 << 10

// newBuckets allows rate requests per unit of time and key, and burst at once.
func newBuckets[K comparable](rate, burst int, per time.Duration) *buckets[K] {
	each := per / time.Duration(rate)
	b := &buckets[K]{each: each, slack: each * time.Duration(max(burst, 1)-1), seed: maphash.MakeSeed(), start: time.Now()}
	for i := range b.shards {
		b.shards[i].full = map[K]time.Duration{}
	}
	return b
}

// take takes a token of key. Without one it says after which time there will be one.
func (b *buckets[K]) take(key K, now time.Time) (wait time.Duration, ok bool) {
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

// addressMay counts a request against the address it came from. Callers whose address cannot be told share one bucket.
func (s *Server) addressMay(r *http.Request) bool {
	key, exempt := s.addressKey(r)
	if exempt {
		return true
	}
	_, ok := s.addresses.take(key, time.Now())
	return ok
}

// addressKey is what requests are counted by: the IPv4 address or the IPv6 network of 64 bits, which is what one household has.
func (s *Server) addressKey(r *http.Request) (key netip.Addr, exempt bool) {
	addr := s.clientAddress(r)
	if addr.IsLoopback() && s.cfg.Limits.ExemptLoopback {
		return addr, true
	}
	if addr.Is6() {
		if network, err := addr.WithZone("").Prefix(64); err == nil {
			return network.Addr(), false
		}
	}
	return addr, false
}

// clientAddress is the address a request comes from: of the connection, unless trusted proxies tell another. The zero address: none that
// can be told. (chi has a middleware for the first case too; it copies the request, which costs more than a refusal.)
func (s *Server) clientAddress(r *http.Request) netip.Addr {
	if len(s.cfg.TrustedProxies) > 0 {
		return middleware.GetClientIPAddr(r.Context())
	}
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	return peer.Addr().Unmap()
}

// accountLimits slow down guessing of passwords and mass sign-ups. They delay, they never lock: who owns the account gets in later.
type accountLimits struct {
	byAddress *buckets[netip.Addr]
	byAccount *buckets[string]
	signUps   *buckets[netip.Addr]
}

func newAccountLimits(l Limits) *accountLimits {
	return &accountLimits{
		byAddress: newBuckets[netip.Addr](l.SignInsPerMinute, l.SignInsPerMinute, time.Minute),
		byAccount: newBuckets[string](l.TriesPerAccount, l.TriesPerAccount, 10*time.Minute),
		signUps:   newBuckets[netip.Addr](l.SignUpsPerHour, l.SignUpsPerHour, time.Hour),
	}
}

// maySignIn counts a try with a password. The account counts also when it does not exist: the answer must not tell.
func (s *Server) maySignIn(r *http.Request, email string) bool {
	if key, exempt := s.addressKey(r); !exempt {
		if _, ok := s.accounts.byAddress.take(key, time.Now()); !ok {
			return s.limited("sign_in")
		}
	}
	if _, ok := s.accounts.byAccount.take(email, time.Now()); !ok {
		return s.limited("account")
	}
	return true
}

// maySignUp counts a new account.
func (s *Server) maySignUp(r *http.Request) bool {
	if key, exempt := s.addressKey(r); !exempt {
		if _, ok := s.accounts.signUps.take(key, time.Now()); !ok {
			return s.limited("sign_up")
		}
	}
	return true
}

// limited counts a refusal.
func (s *Server) limited(limit string) bool {
	s.metrics.limited.WithLabelValues(limit).Inc()
	return false
}
