package rush

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"time"

	"github.com/google/uuid"
)

// ending is how a shopper's story ended.
type ending int

const (
	open     ending = iota // not ended yet
	accepted               // a yes
	refused                // a final no
	gaveUp                 // told "try again" until patience or retries ran out; nothing was ever unknown
	inDoubt                // an unknown that was never resolved
	notSent                // the rush was over before the shopper could come
	notIn                  // could not sign in
)

// shopper is one simulated person. It is used by one goroutine at a time, and read by the judge at the end.
type shopper struct {
	n        int
	customer string // the merchant's name for this shopper
	due      time.Duration
	traits
	rng    rand.PCG
	cookie []string // the session, as the one value of a Cookie header

	userID uint64
	pass   string
	key    uuid.UUID // the order id that belongs to the pass; nil while no pass is known

	end     ending
	reason  string // of a refusal
	order   uuid.UUID
	ended   time.Duration
	wonAt   time.Duration // when the yes was read
	soldAt  time.Duration // when the unit went, as far as can be told: the yes may be read later
	lost    time.Duration // since when something is unknown
	doubt   string        // what made it unknown first: cut, lost, or said by the shop
	crossed bool          // a yes and a no were given to two presses under way at the same time

	// What the judge holds against the shop.
	otherOrders []uuid.UUID // other ids than the first that a yes named
	turned      string      // the no that came after a yes
	stub        string      // what was wrong with the order page

	reloaded   bool
	paid       bool
	cancelled  bool
	payRefused string
}

// shop is the shopper's whole story. It ends with an ending, whatever happens.
func (s *shopper) shop(ctx context.Context, c *crowd) {
	c.tally.record(rowDispatch, time.Since(c.start)-s.due)
	switch {
	case s.cookie == nil:
		s.end = notIn
	case ctx.Err() != nil:
		s.end = notSent
	default:
		if s.plain || s.fetchPass(ctx, c) {
			s.buy(ctx, c)
		}
	}
	c.done.Add(1)
	if s.end == accepted {
		s.afterwards(ctx, c)
	}
}

// finish sets the ending, once.
func (s *shopper) finish(c *crowd, e ending, reason string, at time.Duration) {
	s.end, s.reason, s.ended = e, reason, at
	switch {
	case e != accepted && e != refused:
	case s.doubt == causeCut: // their own absence is most of this time
		c.tally.record(rowReturned, at-s.due)
	case e == accepted:
		c.tally.record(rowAccepted, at-s.due)
	default:
		c.tally.record(rowRefused, at-s.due)
	}
}

// fetchPass asks for the signed permission to try. It says false when the story has ended here.
func (s *shopper) fetchPass(ctx context.Context, c *crowd) bool {
	due := s.due
	for try := 0; ; try++ {
		a := s.askPass(ctx, c, due)
		switch {
		case a.class == yes && a.order != uuid.Nil && a.pass != "":
			s.pass, s.key, s.userID = a.pass, a.order, a.shopper
			return true
		case a.class == yes || a.class == gone:
			s.finish(c, refused, "no_pass", a.got)
			return false
		case a.class == no:
			s.finish(c, refused, a.outcome, a.got)
			return false
		}
		wait, ok := s.patience(c, &a, try)
		if !ok || !pause(ctx, wait) {
			if try == 0 && a.outcome == causeStopped {
				s.finish(c, notSent, "", a.got)
			} else {
				s.finish(c, gaveUp, a.outcome, a.got)
			}
			return false
		}
		due = time.Since(c.start)
	}
}

func (s *shopper) askPass(ctx context.Context, c *crowd, due time.Duration) answer {
	r := request{method: "GET", path: c.itemPath("/pass"), accept: wantJSON, cookie: s.cookie}
	return c.ask(ctx, &r, rowPass, due, func(a *answer, rep *reply) {
		readJSON(a, rep)
		if a.class == yes && (a.pass == "" || a.order == uuid.Nil) {
			a.strange("pass without pass or order")
		}
	})
}

// itemPath is the path of a JSON end point of the item.
func (c *crowd) itemPath(rest string) string {
	return "/items/" + strconv.FormatUint(c.cfg.Item, 10) + rest
}

// ask sends one request in its turn, reads the answer, and counts both.
func (c *crowd) ask(ctx context.Context, r *request, to row, due time.Duration, read func(*answer, *reply)) answer {
	a := answer{timing: timing{due: due}}
	if !c.client.acquire(ctx) {
		a.class, a.outcome, a.sent = again, causeStopped, time.Since(c.start)
		a.got = a.sent
		return a
	}
	a.sent = time.Since(c.start)
	c.client.do(ctx, r, func(rep *reply) {
		a.got = time.Since(c.start)
		read(&a, rep)
	})
	c.client.release()
	if to == pressed {
		to = pressRow(&a)
	}
	c.tally.request(to, &a, c.cfg.AnswerWithin)
	return a
}

// pressed asks for the row that fits the answer.
const pressed row = -1

func pressRow(a *answer) row {
	switch a.class {
	case yes:
		return rowPressYes
	case again:
		return rowPressAgain
	case unknown:
		return rowPressUnknown
	}
	return rowPressNo
}

const (
	longestWait = 10 * time.Second // a Retry-After above this is cut: nobody waits longer for a door to open
	firstWait   = 100 * time.Millisecond
	lastWait    = 2 * time.Second
)

// patience gives the time until the next try, or says that there is none.
func (s *shopper) patience(c *crowd, a *answer, try int) (time.Duration, bool) {
	now := time.Since(c.start)
	if a.outcome == causeStopped {
		return 0, false
	}
	wait := s.backoff(a, try)
	if a.outcome == causeCut {
		wait = s.between(c.cfg.Think/8, c.cfg.Think) // until the page was found and opened again
	}
	if s.doubt != "" {
		// Something may have been bought: who does not know that does not walk away.
		return wait, now+wait < s.lost+c.cfg.Resolve
	}
	return wait, try < c.cfg.Retries && now+wait < s.due+c.cfg.Patience
}

// backoff is the shop's Retry-After. Where the shop names no time, it is a wait that doubles unless the shop said "at
// once", spread so that the crowd does not come back as one.
func (s *shopper) backoff(a *answer, try int) time.Duration {
	if a.wait > 0 {
		return min(a.wait, longestWait)
	}
	wait := firstWait
	if !a.tryAgain() || a.noWait {
		wait = min(firstWait<<min(try, 10), lastWait)
	}
	return s.between(wait/2, wait*3/2)
}

func (s *shopper) String() string { return fmt.Sprintf("%s (shopper %d)", s.customer, s.userID) }
