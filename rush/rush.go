// Package rush sends a crowd of simulated shoppers to a running shop over HTTP and judges what came out.
//
// A rush has four parts. Each shopper is signed in by a signed link. Then everybody waits for the opening. Then each
// shopper comes at a planned moment, whether or not the shop keeps up (open loop), and presses the button until there
// is a yes or a no. At the end the database is read and compared with every answer that was given.
//
// All choices come from one seed, so a seed plays the same plan again. The moments at which answers come are the
// shop's, so two runs of one seed are alike but not equal.
package rush

import (
	"cmp"
	"context"
	crand "crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
)

// Curves of arrival.
const (
	CurveRush = "rush" // most come at the opening, then fewer and fewer
	CurveEven = "even" // the same number in every second
)

// Config says whom to send where. Start from Defaults; ShopURL, LinkSecret and Item must be set.
type Config struct {
	ShopURL    string // where shoppers go, such as http://127.0.0.1:8080
	OpsURL     string // the shop's operations listener, for orders per commit; empty leaves that out
	LinkSecret []byte // key that signs the sign-in links
	Item       uint64 // the item they all want

	Shoppers int // how many come
	Units    int // how many units are said to be on sale; 0 asks the database, then the shop

	Duration   time.Duration // the time over which they arrive
	Curve      string        // CurveRush or CurveEven
	ClosedLoop bool          // ignore the plan: as many at a time as there are connections, the next when one is done

	Connections  int           // connections open at once
	Retries      int           // how often a shopper who is told "try again" does so
	Patience     time.Duration // how long such a shopper stays, from the arrival on
	Resolve      time.Duration // how long an unknown may stay unknown before it counts as never resolved
	AnswerWithin time.Duration // an answer that takes longer is late, and the verdict says so
	OpenWait     time.Duration // how long to wait for the opening of the sale
	Think        time.Duration // how long people take at most before they pay, reload, or come back after hanging up

	// Shares of the shoppers, from 0 to 1.
	DoublePress float64 // press twice in the same instant
	CloseEarly  float64 // cut the connection as soon as the press is written, and ask again later
	NeverPay    float64 // of the winners: let the hold run
	Cancel      float64 // of the winners: give the order back
	PlainForm   float64 // buy by the plain form, as without JavaScript
	Reload      float64 // of the winners: press again with the same pass after the yes

	Seed uint64 // 0 draws one; the report names it

	Journal string // file of every attempt (synced before it is sent) and every answer; empty keeps them in memory only

	// Audit reads the item's orders and the audit's rows. It is called before the first arrival and after the last
	// answer. Without it nothing can be proved and the verdict is not clean.
	Audit func(ctx context.Context) (*Database, error)

	Progress io.Writer // a terminal gets a bar, anything else gets lines, nil gets nothing

	// Told hears now and then which phase it is and how far: done of total, of which 0 means that nobody knows. It must not wait. May be nil.
	Told func(phase string, done, total int)
}

// Defaults returns the rush of the demo: 10,000 shoppers in ten seconds.
func Defaults() Config {
	return Config{
		Shoppers: 10_000, Duration: 10 * time.Second, Curve: CurveRush,
		Connections: 256, Retries: 30, Patience: 30 * time.Second, Resolve: time.Minute,
		AnswerWithin: 5 * time.Second, OpenWait: 15 * time.Minute, Think: 1500 * time.Millisecond,
		DoublePress: 0.1, CloseEarly: 0.05, NeverPay: 0.1, PlainForm: 0.05, Reload: 0.2,
	}
}

// fill puts the defaults where a number is missing. Shares stay as they are: zero is a choice.
func (c *Config) fill() {
	d := Defaults()
	fillIn(&c.Shoppers, d.Shoppers)
	fillIn(&c.Connections, d.Connections)
	fillIn(&c.Retries, d.Retries)
	fillIn(&c.Duration, d.Duration)
	fillIn(&c.Patience, d.Patience)
	fillIn(&c.Resolve, d.Resolve)
	fillIn(&c.AnswerWithin, d.AnswerWithin)
	fillIn(&c.OpenWait, d.OpenWait)
	fillIn(&c.Think, d.Think)
	fillIn(&c.Curve, d.Curve)
	if c.Seed == 0 {
		c.Seed = drawSeed()
	}
	if c.Progress == nil {
		c.Progress = io.Discard
	}
	c.ShopURL = strings.TrimRight(c.ShopURL, "/")
	c.OpsURL = strings.TrimRight(c.OpsURL, "/")
}

func fillIn[T comparable](v *T, d T) {
	var zero T
	if *v == zero {
		*v = d
	}
}

// drawSeed gives a short seed: people copy it by hand.
func drawSeed() uint64 {
	var b [8]byte
	_, _ = crand.Read(b[:]) // never fails
	return binary.BigEndian.Uint64(b[:])>>32 | 1
}

// check names the first setting that cannot work.
func (c *Config) check() error {
	u, err := url.Parse(c.ShopURL)
	switch {
	case err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https"):
		return fmt.Errorf("rush: shop address %q is not an http address", c.ShopURL)
	case len(c.LinkSecret) == 0:
		return errors.New("rush: the key for sign-in links is missing")
	case c.Item == 0:
		return errors.New("rush: no item was named")
	case c.Shoppers < 1 || c.Shoppers > 1_000_000:
		return fmt.Errorf("rush: %d shoppers: give 1 to 1,000,000", c.Shoppers)
	case c.Connections < 1 || c.Retries < 0 || c.Units < 0:
		return errors.New("rush: connections, retries and units cannot be negative, and one connection is needed")
	case c.Duration < 0 || c.Patience < 0 || c.Resolve < 0 || c.AnswerWithin < 0 || c.OpenWait < 0 || c.Think < 0:
		return errors.New("rush: a length of time cannot be negative")
	case c.Curve != CurveRush && c.Curve != CurveEven:
		return fmt.Errorf("rush: curve %q: give %q or %q", c.Curve, CurveRush, CurveEven)
	}
	for _, s := range []float64{c.DoublePress, c.CloseEarly, c.NeverPay, c.Cancel, c.PlainForm, c.Reload} {
		if s < 0 || s > 1 || math.IsNaN(s) {
			return fmt.Errorf("rush: share %v: give 0 to 1", s)
		}
	}
	return nil
}

// crowd is one run.
type crowd struct {
	cfg      Config
	client   *client
	journal  *journal
	tally    *tally
	progress *progress
	shoppers []*shopper

	before    *Database // as it stood before the first arrival; nil without Audit
	hadBefore map[uuid.UUID]bool
	units     int // on sale at the beginning

	start time.Time // the zero of all planned times
	fail  context.CancelCauseFunc
	done  atomic.Int64 // shoppers that have their answer
}

// Run plays one rush and returns its report. An error means that the rush could not be played or was stopped through
// ctx; a shop that does wrong is no error but a report that is not clean. Run ends by itself: after the opening at the
// latest Duration + Patience + Resolve + half a minute, and the reading of the database.
func Run(ctx context.Context, cfg Config) (*Report, error) {
	cfg.fill()
	if err := cfg.check(); err != nil {
		return nil, err
	}
	ctx, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	jr, err := openJournal(cfg.Journal, cfg.Seed, cfg.Item, cfg.ShopURL)
	if err != nil {
		return nil, err
	}
	c := &crowd{
		cfg: cfg, journal: jr, tally: newTally(), fail: fail, progress: newProgress(cfg.Progress, cfg.Told),
		client: newClient(cfg.ShopURL, cfg.Connections, cfg.AnswerWithin),
	}
	defer c.client.close()
	c.shoppers = plan(&cfg)
	rep, err := c.play(ctx)
	if cerr := jr.close(); err == nil && cerr != nil {
		return nil, cerr
	}
	if err != nil && ctx.Err() != nil && !errors.Is(err, context.Cause(ctx)) {
		err = fmt.Errorf("%w: %w", context.Cause(ctx), err)
	}
	return rep, err
}

// play goes through the parts in order.
func (c *crowd) play(ctx context.Context) (*Report, error) {
	c.progress.say("seed %d: %s shoppers for item %d", c.cfg.Seed, thousands(c.cfg.Shoppers), c.cfg.Item)
	if err := c.signIn(ctx); err != nil {
		return nil, err
	}
	if err := c.readBefore(ctx); err != nil {
		return nil, err
	}
	c.progress.enter(PhaseWait, 0, 0)
	left, err := c.awaitOpening(ctx)
	if err != nil {
		return nil, err
	}
	c.units = c.unitsOnSale(left)
	metrics := scrape(ctx, c.client, c.cfg.OpsURL)
	cpu := cpuTime()
	c.start = time.Now()
	c.arrive(ctx)
	took := time.Since(c.start)
	if err := context.Cause(ctx); err != nil {
		return nil, fmt.Errorf("rush: stopped: %w", err)
	}
	use := usage{cpu: cpuTime() - cpu, took: took, before: metrics, after: scrape(ctx, c.client, c.cfg.OpsURL)}
	c.progress.enter(PhaseJudge, 0, 0)
	after, err := c.readAfter(ctx)
	if err != nil {
		return nil, err
	}
	return c.report(use, after), nil
}

// arrive sends everybody in and waits until the last one is done. Owner of all shopper goroutines.
func (c *crowd) arrive(ctx context.Context) {
	ctx, stop := context.WithTimeout(ctx, c.cfg.Duration+c.cfg.Patience+c.cfg.Resolve+30*time.Second)
	defer stop()
	end := c.progress.phase(PhaseRush, len(c.shoppers), func() int { return int(c.done.Load()) })
	defer end()
	var wg sync.WaitGroup
	defer wg.Wait()
	in := c.inOrder()
	if c.cfg.ClosedLoop {
		var next atomic.Int64
		for range min(c.cfg.Connections, len(in)) {
			wg.Go(func() {
				for i := next.Add(1) - 1; i < int64(len(in)); i = next.Add(1) - 1 {
					in[i].due = time.Since(c.start)
					in[i].shop(ctx, c)
				}
			})
		}
		return
	}
	for _, s := range in {
		// When the limit is reached the rest is started too: each of them says for itself that it never came.
		c.until(ctx, s.due)
		wg.Go(func() { s.shop(ctx, c) })
	}
}

// inOrder lists the shoppers by their arrival.
func (c *crowd) inOrder() []*shopper {
	in := slices.Clone(c.shoppers)
	slices.SortStableFunc(in, func(a, b *shopper) int { return cmp.Compare(a.due, b.due) })
	return in
}

// until waits for a moment of the run. It says false when ctx ended first.
func (c *crowd) until(ctx context.Context, due time.Duration) bool {
	return pause(ctx, due-time.Since(c.start))
}

// pause waits for a length of time. It says false when ctx ended first.
func pause(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// unitsOnSale takes the best number there is: the database's, then the caller's, then the shop's own.
func (c *crowd) unitsOnSale(left int) int {
	switch {
	case c.before != nil:
		return c.before.Available
	case c.cfg.Units > 0:
		return c.cfg.Units
	}
	return left
}
