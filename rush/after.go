package rush

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"
)

// afterwards is what a winner does: look at the order page, perhaps press again, then pay, give back, or do nothing.
func (s *shopper) afterwards(ctx context.Context, c *crowd) {
	s.checkStub(ctx, c)
	if s.reloads && s.pass != "" {
		if pause(ctx, s.between(c.cfg.Think/16, c.cfg.Think)) {
			s.reload(ctx, c)
		}
	}
	switch {
	case s.cancels:
		if s.settleOrder(ctx, c, "cancel", "cancelled", "already_cancelled") {
			s.cancelled = true
		}
	case !s.neverPay:
		if s.settleOrder(ctx, c, "pay", "paid", "already_paid") {
			s.paid = true
		}
	}
}

// look asks for an order as JSON.
func (s *shopper) look(ctx context.Context, c *crowd, order uuid.UUID) answer {
	r := request{method: "GET", path: "/orders/" + order.String(), accept: wantJSON, cookie: s.cookie}
	return c.ask(ctx, &r, rowPay, time.Since(c.start), func(a *answer, rep *reply) {
		readJSON(a, rep)
		if a.status == http.StatusNotFound {
			a.odd = false // an answer like any other here; the caller judges it
		}
	})
}

// checkStub reads the order back as its owner. A yes that the owner cannot see is no yes.
func (s *shopper) checkStub(ctx context.Context, c *crowd) {
	for try := 0; ; try++ {
		a := s.look(ctx, c, s.order)
		switch {
		case a.class == yes && (a.order != s.order || a.item != c.cfg.Item):
			s.stub = fmt.Sprintf("asked for order %s of item %d, was shown %s of item %d", s.order, c.cfg.Item, a.order, a.item)
		case a.class == yes && s.userID == 0:
			s.userID = a.shopper
		case a.class == no:
			s.stub = fmt.Sprintf("order %s: %s", s.order, a.outcome)
		case a.class == again || a.class == unknown:
			if wait, ok := s.patienceAfter(c, &a, try); ok && pause(ctx, wait) {
				continue
			}
		}
		break
	}
	if s.userID == 0 {
		// Plain forms never carry the shopper's number; the pass does.
		if a := s.askPass(ctx, c, time.Since(c.start)); a.class == yes {
			s.userID = a.shopper
		}
	}
}

// reload presses once more with the same pass, as a reloaded page does. The answer must be the same yes.
func (s *shopper) reload(ctx context.Context, c *crowd) {
	for try := 0; ; try++ {
		a := s.pressOnce(ctx, c, time.Since(c.start))
		switch a.class {
		case yes:
			s.reloaded = true
			if a.order != s.order {
				s.otherOrders = append(s.otherOrders, a.order)
			}
			return
		case no:
			s.reloaded, s.turned = true, a.outcome
			return
		case gone:
			return // too old to ask with; nothing was contradicted
		}
		wait, ok := s.patienceAfter(c, &a, try)
		if !ok || !pause(ctx, wait) {
			return
		}
	}
}

// settleOrder pays or cancels, until the shop says that it is done or cannot be done.
func (s *shopper) settleOrder(ctx context.Context, c *crowd, act, done, doneBefore string) bool {
	if !pause(ctx, s.between(c.cfg.Think/16, c.cfg.Think)) {
		return false
	}
	for try := 0; ; try++ {
		if !s.noteOrder(c, act) {
			return false
		}
		r := request{
			method: "POST", path: "/orders/" + s.order.String() + "/" + act, accept: wantJSON,
			ctype: wantJSON, body: "{}", cookie: s.cookie,
		}
		a := c.ask(ctx, &r, rowPay, time.Since(c.start), readJSON)
		c.journal.answer(s, act, &a)
		switch {
		case a.class == yes && (a.outcome == done || a.outcome == doneBefore):
			return true
		case a.class == yes && act == "pay" && strings.Contains(a.url, "/sandbox/"):
			return s.payAtSandbox(ctx, c, a.url)
		case a.class == yes || a.class == no || a.class == gone:
			s.payRefused = act + ": " + a.outcome
			return false
		}
		wait, ok := s.patienceAfter(c, &a, try)
		if !ok || !pause(ctx, wait) {
			return false
		}
	}
}

// goodCard is the number of the sandbox's card that pays at once.
const goodCard = "4242424242424242"

// payAtSandbox types in a card at the provider's page and looks at the order until it says that it is paid, or cannot be any more. Only what the order
// says counts: the provider's page says nothing of it.
func (s *shopper) payAtSandbox(ctx context.Context, c *crowd, url string) bool {
	r := request{method: "POST", path: url, accept: wantPage, ctype: "application/x-www-form-urlencoded", body: "card=" + goodCard, cookie: s.cookie}
	pressed := func(a *answer, rep *reply) {
		if !a.broken(rep) && rep.status == http.StatusSeeOther {
			a.class, a.outcome = yes, "paid"
		} else if rep.err == nil {
			a.otherStatus(rep)
		}
	}
	for try := 0; ; try++ {
		a := c.ask(ctx, &r, rowPay, time.Since(c.start), pressed)
		c.journal.answer(s, "card", &a)
		if a.class == yes || a.class == unknown { // unknown: perhaps it has paid
			if a = s.look(ctx, c, s.order); a.class == yes && a.state == "paid" {
				return true
			} else if a.class == yes && a.state != "held" {
				s.payRefused = "pay: " + a.state
				return false
			}
		}
		if a.class == no || a.class == gone {
			s.payRefused = "pay: " + a.outcome
			return false
		}
		wait, ok := s.patienceAfter(c, &a, try)
		if !ok || !pause(ctx, wait) {
			return false
		}
	}
}

// noteOrder is note for what is done with an order one has.
func (s *shopper) noteOrder(c *crowd, act string) bool {
	if err := c.journal.attempt(time.Since(c.start), s, act, s.order); err != nil {
		c.fail(err)
		return false
	}
	return true
}

// patienceAfter is patience for somebody who has the order already: as long as an unknown may take, no longer.
func (s *shopper) patienceAfter(c *crowd, a *answer, try int) (time.Duration, bool) {
	wait := s.backoff(a, try)
	return wait, a.outcome != causeStopped && try < c.cfg.Retries && time.Since(c.start)+wait < s.ended+c.cfg.Resolve
}
