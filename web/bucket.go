package web

import (
	"net/http"
	"net/netip"
	"time"

	"doorbuster/web/wire"
)

// addressMay counts a request against the address it came from. Callers whose address cannot be told share one bucket.
func (s *Server) addressMay(r *http.Request) bool {
	key, exempt := s.addressKey(r)
	if exempt {
		return true
	}
	_, ok := s.addresses.Take(key, time.Now())
	return ok
}

// addressKey is what requests are counted by; exempt: they are not.
func (s *Server) addressKey(r *http.Request) (key netip.Addr, exempt bool) {
	addr := s.proxies.Address(r)
	return wire.LimitKey(addr), addr.IsLoopback() && s.cfg.Limits.ExemptLoopback
}

// accountLimits slow down guessing of passwords and access codes, and mass sign-ups. They delay, they never lock: who owns the account gets in later.
type accountLimits struct {
	byAddress *wire.Buckets[netip.Addr]
	byAccount *wire.Buckets[string]
	signUps   *wire.Buckets[netip.Addr]

	codesByAddress *wire.Buckets[netip.Addr]
	codesByShopper *wire.Buckets[uint64]
}

func newAccountLimits(l Limits) *accountLimits {
	return &accountLimits{
		byAddress: wire.NewBuckets[netip.Addr](l.SignInsPerMinute, l.SignInsPerMinute, time.Minute),
		byAccount: wire.NewBuckets[string](l.TriesPerAccount, l.TriesPerAccount, 10*time.Minute),
		signUps:   wire.NewBuckets[netip.Addr](l.SignUpsPerHour, l.SignUpsPerHour, time.Hour),

		codesByAddress: wire.NewBuckets[netip.Addr](l.CodesPerMinute, l.CodesPerMinute, time.Minute),
		codesByShopper: wire.NewBuckets[uint64](l.CodesPerShopper, l.CodesPerShopper, 10*time.Minute),
	}
}

// maySignIn counts a try with a password. The account counts also when it does not exist: the answer must not tell.
func (s *Server) maySignIn(r *http.Request, email string) bool {
	if key, exempt := s.addressKey(r); !exempt {
		if _, ok := s.accounts.byAddress.Take(key, time.Now()); !ok {
			return s.limited("sign_in")
		}
	}
	if _, ok := s.accounts.byAccount.Take(email, time.Now()); !ok {
		return s.limited("account")
	}
	return true
}

// maySignUp counts a new account.
func (s *Server) maySignUp(r *http.Request) bool {
	if key, exempt := s.addressKey(r); !exempt {
		if _, ok := s.accounts.signUps.Take(key, time.Now()); !ok {
			return s.limited("sign_up")
		}
	}
	return true
}

// mayShowCode counts an access code that a shopper shows. wait: until the next may be shown.
func (s *Server) mayShowCode(r *http.Request, user uint64) (wait time.Duration, ok bool) {
	if key, exempt := s.addressKey(r); !exempt {
		if wait, ok = s.accounts.codesByAddress.Take(key, time.Now()); !ok {
			return wait, s.limited("code_address")
		}
	}
	if wait, ok = s.accounts.codesByShopper.Take(user, time.Now()); !ok {
		return wait, s.limited("code")
	}
	return 0, true
}

// limited counts a refusal.
func (s *Server) limited(limit string) bool {
	s.metrics.limited.WithLabelValues(limit).Inc()
	return false
}
