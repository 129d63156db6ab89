package rush

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"time"

	"github.com/google/uuid"
)

// buy presses the button until there is a yes, a no, or no patience left. All tries carry the same pass.
func (s *shopper) buy(ctx context.Context, c *crowd) {
	due := s.due
	if !s.plain {
		due = time.Since(c.start) // the pass is here
	}
	for try := 0; ; try++ {
		set := s.press(ctx, c, due, try == 0)
		a := s.weigh(c, set)
		if a.class == gone {
			a = s.lookUp(ctx, c, a)
		}
		switch a.class {
		case yes:
			s.order, s.wonAt, s.soldAt = a.order, a.got, a.got
			if s.doubt != "" && a.outcome == "exists" {
				s.soldAt = s.lost // an earlier press took it, and the answer was lost
			}
			s.compare(set)
			s.finish(c, accepted, "", a.got)
			return
		case no:
			s.finish(c, refused, a.outcome, a.got)
			return
		}
		wait, ok := s.patience(c, &a, try)
		if !ok || !pause(ctx, wait) {
			s.leave(c, &a, try)
			return
		}
		due = time.Since(c.start)
	}
}

// leave ends the story without an answer.
func (s *shopper) leave(c *crowd, a *answer, try int) {
	switch {
	case s.doubt != "":
		s.finish(c, inDoubt, a.outcome, a.got)
	case try == 0 && a.outcome == causeStopped:
		s.finish(c, notSent, "", a.got)
	default:
		s.finish(c, gaveUp, a.outcome, a.got)
	}
}

// press sends one press, or two at the same time, and waits for every answer.
func (s *shopper) press(ctx context.Context, c *crowd, due time.Duration, first bool) []answer {
	switch {
	case first && s.cuts:
		return []answer{s.pressAndCut(ctx, c, due)}
	case first && s.double:
		two := make([]answer, 2)
		var wg sync.WaitGroup
		wg.Go(func() { two[1] = s.pressOnce(ctx, c, due) })
		two[0] = s.pressOnce(ctx, c, due)
		wg.Wait()
		if two[1].got < two[0].got { // the first answer is the one the shopper reads
			two[0], two[1] = two[1], two[0]
		}
		return two
	}
	return []answer{s.pressOnce(ctx, c, due)}
}

func (s *shopper) pressOnce(ctx context.Context, c *crowd, due time.Duration) answer {
	r, read := s.pressRequest(c)
	if !s.note(c, "press") {
		return answer{class: again, outcome: causeStopped, timing: timing{due: due, sent: due, got: time.Since(c.start)}}
	}
	a := c.ask(ctx, &r, pressed, due, read)
	c.journal.answer(s, "press", &a)
	return a
}

// pressAndCut sends a press and hangs up. What the shop did is then unknown, by our own doing.
func (s *shopper) pressAndCut(ctx context.Context, c *crowd, due time.Duration) answer {
	r, _ := s.pressRequest(c)
	a := answer{timing: timing{due: due}, class: again, outcome: causeStopped}
	if !s.note(c, "cut") || !c.client.acquire(ctx) {
		a.sent = time.Since(c.start)
		a.got = a.sent
		return a
	}
	defer c.client.release()
	a.sent = time.Since(c.start)
	err := c.client.sendAndCut(ctx, &r)
	a.got = time.Since(c.start)
	switch {
	case err == nil:
		a.class, a.outcome = unknown, causeCut
	case neverSent(err):
		a.outcome = causeRefused
	default:
		a.class, a.outcome = unknown, causeLost
	}
	c.tally.request(pressRow(&a), &a, c.cfg.AnswerWithin)
	c.journal.answer(s, "cut", &a)
	return a
}

// note writes the attempt into the journal before it is sent. Without a journal line nothing is sent, and the rush ends.
func (s *shopper) note(c *crowd, kind string) bool {
	if c.journal == nil {
		return true
	}
	before := time.Since(c.start)
	if err := c.journal.attempt(before, s, kind, s.key); err != nil {
		c.fail(err)
		return false
	}
	c.tally.record(rowJournal, time.Since(c.start)-before)
	return true
}

// pressRequest makes the press: JSON with the pass, or the form, which has a pass only after a "try again" page gave one.
func (s *shopper) pressRequest(c *crowd) (request, func(*answer, *reply)) {
	if !s.plain {
		return request{
			method: "POST", path: c.itemPath("/orders"), accept: wantJSON, ctype: wantJSON, cookie: s.cookie,
			body: `{"pass":` + strconv.Quote(s.pass) + `,"units":1}`,
		}, readPress
	}
	body := "units=1"
	if s.pass != "" {
		body += "&pass=" + url.QueryEscape(s.pass)
	}
	return request{
		method: "POST", path: "/en" + c.itemPath("/orders"), accept: wantPage, cookie: s.cookie,
		ctype: "application/x-www-form-urlencoded", body: body,
	}, readPage
}

// weigh makes one answer of a set of presses that went out together. A yes beats all. A no counts only when no other
// press of the set is in doubt, because that one may still turn out to be a yes.
func (s *shopper) weigh(c *crowd, set []answer) answer {
	best := set[0]
	for i := range set {
		a := &set[i]
		if a.class == yes && c.hadBefore[a.order] {
			// An order of an earlier rush or another day is no purchase of this one.
			a.class, a.outcome = no, "already_ordered"
		}
		if s.plain && s.pass == "" {
			s.pass = a.pass
		}
		if a.class == unknown && s.doubt == "" {
			s.lost, s.doubt = a.got, a.outcome
		}
		if i == 0 || weight[a.class] > weight[best.class] {
			wait := max(best.wait, a.wait)
			best = *a
			best.wait = wait
		}
	}
	return best
}

// weight orders the classes for weigh.
var weight = [...]int{yes: 5, unknown: 4, gone: 3, no: 2, again: 1}

// compare holds the answers of the winning set against each other.
func (s *shopper) compare(set []answer) {
	if s.key != uuid.Nil && s.order != s.key {
		s.otherOrders = append(s.otherOrders, s.key)
	}
	for i := range set {
		switch {
		case set[i].class == no:
			s.crossed = true
		case set[i].class == yes && set[i].order != s.order:
			s.otherOrders = append(s.otherOrders, set[i].order)
		}
	}
}

// lookUp deals with a pass that is too old. It matters only when an earlier press with it is in doubt: then the order
// page knows, because by now no press of that age can still be on its way.
func (s *shopper) lookUp(ctx context.Context, c *crowd, a answer) answer {
	switch {
	case s.plain:
		s.pass = "" // the form works without; an order there may be is found by shopper and item
		a.class = again
		return a
	case s.doubt == "":
		a.class, a.outcome = no, "pass_expired"
		return a
	}
	b := s.look(ctx, c, s.key)
	switch {
	case b.class == yes:
		b.order = s.key
	case b.status == http.StatusNotFound:
		b.class, b.outcome = no, "pass_expired"
	default:
		b.class = again
	}
	return b
}
