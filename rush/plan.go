package rush

import (
	"math"
	"math/rand/v2"
	"strconv"
	"time"
)

// traits are what a shopper will do, decided before the opening.
type traits struct {
	double   bool // presses twice at once
	cuts     bool // closes the connection right after the press
	plain    bool // uses the plain form
	neverPay bool
	cancels  bool
	reloads  bool
}

// plan decides who comes when and does what. The same seed gives the same plan.
func plan(cfg *Config) []*shopper {
	rng := rand.New(rand.NewPCG(cfg.Seed, 0))
	all := make([]*shopper, cfg.Shoppers)
	prefix := "rush-" + strconv.FormatUint(cfg.Seed, 36) + "-"
	for i := range all {
		s := &shopper{n: i, customer: prefix + strconv.Itoa(i+1)}
		s.due = arrival(cfg, i, rng.Float64())
		s.double = rng.Float64() < cfg.DoublePress
		s.cuts = rng.Float64() < cfg.CloseEarly
		s.plain = rng.Float64() < cfg.PlainForm
		s.neverPay = rng.Float64() < cfg.NeverPay
		s.cancels = rng.Float64() < cfg.Cancel
		s.reloads = rng.Float64() < cfg.Reload
		s.rng = *rand.NewPCG(cfg.Seed, uint64(i)+1)
		all[i] = s
	}
	return all
}

// arrival gives the planned moment of shopper i, from a draw in [0,1). Each shopper owns an equal slice of the crowd,
// so that the curve is smooth also for a small crowd.
func arrival(cfg *Config, i int, draw float64) time.Duration {
	u := (float64(i) + draw) / float64(cfg.Shoppers)
	if cfg.Curve == CurveRush {
		// A decay cut off at the end: with this steepness two thirds come in the first fifth of the time.
		const steep = 5
		u = -math.Log(1-u*(1-math.Exp(-steep))) / steep
	}
	return time.Duration(u * float64(cfg.Duration))
}

// between draws a length of time. Only the shopper's own goroutine may call it.
func (s *shopper) between(low, high time.Duration) time.Duration {
	return low + time.Duration(s.rng.Uint64()%uint64(max(high-low, 1)))
}
