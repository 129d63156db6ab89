package rush

import (
	"runtime"
	"time"
)

// Report is the outcome of one rush. Its JSON form is what `--json` prints; times ending in _ms are milliseconds.
type Report struct {
	Shop     string  `json:"shop"`
	Item     uint64  `json:"item"`
	Seed     uint64  `json:"seed"`
	Loop     string  `json:"loop"` // open or closed
	Curve    string  `json:"curve"`
	Shoppers int     `json:"shoppers"`
	Units    int     `json:"units"`      // on sale at the beginning
	Arrive   float64 `json:"arrival_ms"` // the time over which arrivals were planned
	Took     float64 `json:"took_ms"`    // until the last shopper was done, payments included

	SignedIn     int            `json:"signed_in"`
	SignInFailed map[string]int `json:"sign_in_failed,omitempty"` // by reason

	// How it ended for each shopper; these add up to Shoppers.
	Accepted int            `json:"accepted"`
	Refused  map[string]int `json:"refused"` // by outcome
	GaveUp   int            `json:"gave_up"`
	InDoubt  int            `json:"in_doubt"` // unknown and never resolved
	NotSent  int            `json:"not_sent"` // dropped: never sent by the generator

	Unknown Unknown `json:"unknown"`
	Answers Answers `json:"answers"`
	Acts    Acts    `json:"acts"`

	Latency   []Latency `json:"latency"`
	SoldOutMS *float64  `json:"sold_out_ms,omitempty"` // from the opening until the last unit went
	Batches   *Batches  `json:"batches,omitempty"`
	Generator Generator `json:"generator"`
	Timeline  Timeline  `json:"timeline"`

	Checks  []Check  `json:"checks"`
	Verdict string   `json:"verdict"`       // clean, not_clean or not_proved
	Odd     []string `json:"odd,omitempty"` // some answers that are not in the contract
}

// Unknown counts shoppers who did not know, at some time, whether they had bought.
type Unknown struct {
	Shoppers int `json:"shoppers"`
	Cut      int `json:"cut"`  // they closed the connection themselves
	Said     int `json:"said"` // the shop said unknown
	Lost     int `json:"lost"` // the connection broke, or no answer came
	EndedYes int `json:"ended_yes"`
	EndedNo  int `json:"ended_no"`
	Open     int `json:"open"` // never resolved
}

// Answers counts single answers, not shoppers.
type Answers struct {
	Requests          int     `json:"requests"`
	Busy              int     `json:"busy"`
	Unknown           int     `json:"unknown"`
	NotOpen           int     `json:"not_open"`
	TooLate           int     `json:"too_late"`
	Lost              int     `json:"connections_lost"`
	NotConnected      int     `json:"not_connected"`
	TryAgain          int     `json:"try_again"` // 429 and 503
	WithoutRetryAfter int     `json:"without_retry_after"`
	RetryAfterMinMS   float64 `json:"retry_after_min_ms"`
	RetryAfterMaxMS   float64 `json:"retry_after_max_ms"`
	Late              int     `json:"late"` // slower than allowed
	Odd               int     `json:"odd"`  // not in the contract
}

// Acts counts what shoppers did besides pressing once.
type Acts struct {
	DoublePressed int `json:"double_pressed"`
	ClosedEarly   int `json:"closed_early"`
	PlainForm     int `json:"plain_form"`
	Reloaded      int `json:"reloaded"`
	Paid          int `json:"paid"`
	Cancelled     int `json:"cancelled"`
	PayRefused    int `json:"pay_refused"` // payments and cancels that were refused
}

// Latency is one row of the table, in milliseconds from the planned moment.
type Latency struct {
	Name  string  `json:"name"`
	Count int64   `json:"count"`
	P50   float64 `json:"p50_ms"`
	P99   float64 `json:"p99_ms"`
	P999  float64 `json:"p999_ms"`
	Max   float64 `json:"max_ms"`
}

// Batches says how many presses the shop put into one CALL. Refused ones count too: they went to the database.
type Batches struct {
	Orders    float64 `json:"orders"`
	Commits   float64 `json:"commits"`
	PerCommit float64 `json:"per_commit"`
}

// Generator says how honest the load was.
type Generator struct {
	Cores         int     `json:"cores"`
	CPUSeconds    float64 `json:"cpu_seconds"`
	CPUShare      float64 `json:"cpu_share"` // of all cores, while the rush went on
	ShopCPU       float64 `json:"shop_cpu_seconds,omitempty"`
	LateSends     int     `json:"late_sends"` // sent more than 100 ms after they were due
	DispatchP99MS float64 `json:"dispatch_p99_ms"`
	SendP99MS     float64 `json:"send_p99_ms"`
	JournalP99MS  float64 `json:"journal_p99_ms"`
	Bottleneck    bool    `json:"bottleneck"`
	Says          string  `json:"says,omitempty"`
}

// Clean says whether every check that applies was made and held.
func (r *Report) Clean() bool { return r.Verdict == VerdictClean }

// usage is what was measured around the rush.
type usage struct {
	cpu, took     time.Duration
	before, after readings
}

// report puts everything together and judges it.
func (c *crowd) report(u usage, after *Database) *Report {
	r := &Report{
		Shop: c.cfg.ShopURL, Item: c.cfg.Item, Seed: c.cfg.Seed, Loop: "open", Curve: c.cfg.Curve,
		Shoppers: len(c.shoppers), Units: c.units, Arrive: ms(c.cfg.Duration), Took: ms(u.took),
		Refused: map[string]int{}, SignInFailed: c.tally.signInFailed,
		Latency: c.tally.latencies(), Timeline: c.timeline(), SoldOutMS: c.soldOut(),
		Answers: c.tally.answers, Odd: c.tally.odd,
	}
	if c.cfg.ClosedLoop {
		r.Loop = "closed"
	}
	for _, s := range c.shoppers {
		s.count(r)
	}
	r.Answers.Requests, r.Answers.Late = c.tally.sent, c.tally.slow
	r.Answers.RetryAfterMinMS, r.Answers.RetryAfterMaxMS = ms(c.tally.retryAfter.low), ms(c.tally.retryAfter.high)
	if n, ok := grown(u.before, u.after, metricCommits); ok && n > 0 {
		if o, ok := grown(u.before, u.after, metricOrders); ok {
			r.Batches = &Batches{Orders: o, Commits: n, PerCommit: o / n}
		}
	}
	r.Generator = c.generator(u)
	c.judge(r, after)
	return r
}

// count adds one shopper to the report.
func (s *shopper) count(r *Report) {
	if s.cookie != nil {
		r.SignedIn++
	}
	switch s.end {
	case accepted:
		r.Accepted++
	case refused:
		r.Refused[s.reason]++
	case gaveUp:
		r.GaveUp++
	case inDoubt:
		r.InDoubt++
	case open, notSent:
		r.NotSent++
	}
	s.countDoubt(&r.Unknown)
	if s.end != notIn && s.end != notSent && s.end != open {
		add(&r.Acts.DoublePressed, s.double && !s.cuts)
		add(&r.Acts.ClosedEarly, s.cuts)
		add(&r.Acts.PlainForm, s.plain)
	}
	add(&r.Acts.Reloaded, s.reloaded)
	add(&r.Acts.Paid, s.paid)
	add(&r.Acts.Cancelled, s.cancelled)
	add(&r.Acts.PayRefused, s.payRefused != "")
}

func (s *shopper) countDoubt(u *Unknown) {
	switch s.doubt {
	case "":
		return
	case causeCut:
		u.Cut++
	case causeLost:
		u.Lost++
	default:
		u.Said++
	}
	u.Shoppers++
	switch s.end {
	case accepted:
		u.EndedYes++
	case refused:
		u.EndedNo++
	default:
		u.Open++
	}
}

func add(n *int, yes bool) {
	if yes {
		*n++
	}
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

const (
	busyShare     = 0.7 // above this share of all cores the generator may be what was measured
	dispatchLimit = 50  // ms; above this the generator did not come round in time
)

// generator judges the load itself: a slow generator makes any shop look good.
func (c *crowd) generator(u usage) Generator {
	g := Generator{
		Cores: runtime.NumCPU(), CPUSeconds: u.cpu.Seconds(), LateSends: c.tally.late,
		DispatchP99MS: c.tally.p99(rowDispatch), SendP99MS: c.tally.p99(rowSend), JournalP99MS: c.tally.p99(rowJournal),
	}
	if u.took > 0 {
		g.CPUShare = u.cpu.Seconds() / u.took.Seconds() / float64(g.Cores)
	}
	if n, ok := grown(u.before, u.after, metricCPU); ok {
		g.ShopCPU = n
	}
	switch {
	case g.CPUShare >= busyShare:
		g.Bottleneck = true
		g.Says = "The generator was the bottleneck: it used most of the processor. Send fewer shoppers or use another machine."
	case g.DispatchP99MS > dispatchLimit && !c.cfg.ClosedLoop:
		g.Bottleneck = true
		g.Says = "The generator was the bottleneck: it started shoppers late. The latencies contain its own delay."
	case g.LateSends*100 > c.tally.sent && !c.cfg.ClosedLoop:
		g.Says = "Requests waited for a free connection. The latencies contain that wait; more connections may be needed."
	}
	return g
}

// soldOut is the time from the opening until the last unit went, if it did.
func (c *crowd) soldOut() *float64 {
	left := c.units
	for _, e := range c.sales() {
		if left--; left == 0 {
			t := ms(e)
			return &t
		}
	}
	return nil
}
