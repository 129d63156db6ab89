package rush

import (
	"fmt"

	"github.com/google/uuid"
)

// acknowledgedStored: the left side of "acknowledged is within stored is within requested".
func (d *docket) acknowledgedStored(k *Check) {
	n, unproved := 0, 0
	for _, s := range d.shoppers {
		if s.end != accepted {
			continue
		}
		n++
		o := d.byID[s.order]
		switch {
		case o == nil:
			k.broke("order %s of %s is not in the database", s.order, s)
		case o.Units != 1:
			k.broke("order %s of %s has %d units instead of 1", s.order, s, o.Units)
		case o.User != "" && o.User != s.customer:
			k.broke("order %s of %s belongs to customer %s", s.order, s, o.User)
		case o.User == "" && s.userID == 0:
			unproved++
		case s.userID != 0 && o.UserID != s.userID:
			k.broke("order %s of %s belongs to shopper %d", s.order, s, o.UserID)
		}
	}
	k.Detail = fmt.Sprintf("%s of %s", thousands(n-k.Broken), thousands(n))
	if unproved > 0 {
		k.Result = CheckUnproved
		k.Detail += fmt.Sprintf("; for %s the shop never said who the shopper is", thousands(unproved))
	}
}

// owner finds the shopper of ours that an order belongs to.
func (d *docket) owner(o *DBOrder) *shopper {
	if s := d.byName[o.User]; s != nil {
		return s
	}
	if s := d.byUser[o.UserID]; s != nil {
		return s
	}
	return d.byKey[o.ID]
}

func (d *docket) noneFromNowhere(k *Check) {
	n := 0
	for i := range d.db.Orders {
		o := &d.db.Orders[i]
		if d.hadBefore[o.ID] {
			continue
		}
		n++
		if d.owner(o) == nil {
			k.broke("order %s of shopper %d", o.ID, o.UserID)
		}
	}
	k.Detail = fmt.Sprintf("%s new orders", thousands(n))
}

// active counts the units that somebody holds or has paid.
func (d *docket) active() int {
	n := 0
	for i := range d.db.Orders {
		if d.db.Orders[i].Active() {
			n += d.db.Orders[i].Units
		}
	}
	return n
}

func (d *docket) notOversold(k *Check) {
	active := d.active()
	k.Detail = fmt.Sprintf("%s of %s held or sold", thousands(active), thousands(d.db.Allotted))
	if active > d.db.Allotted {
		k.broke("%d units too many", active-d.db.Allotted)
	}
	if d.db.Available < 0 {
		k.broke("the stock shows %d", d.db.Available)
	}
}

// booksBalance catches the unit that left the stock and came to nobody, which no shopper can see.
func (d *docket) booksBalance(k *Check) {
	active := d.active()
	k.Detail = fmt.Sprintf("%s = %s + %s", thousands(d.db.Allotted), thousands(d.db.Available), thousands(active))
	switch off := d.db.Allotted - d.db.Available - active; {
	case off > 0:
		k.broke("%d units left the stock and belong to nobody", off)
	case off < 0:
		k.broke("%d units are on sale or sold twice", -off)
	}
}

func (d *docket) nobodyHasTwo(k *Check) {
	has := map[uint64]uuid.UUID{}
	for i := range d.db.Orders {
		o := &d.db.Orders[i]
		if !o.Active() {
			continue
		}
		if first, twice := has[o.UserID]; twice {
			k.broke("shopper %d has %s and %s", o.UserID, first, o.ID)
		}
		has[o.UserID] = o.ID
	}
	k.Detail = fmt.Sprintf("%s shoppers have one", thousands(len(has)))
}

func (d *docket) auditEmpty(k *Check) {
	k.Detail = "no rows"
	if n := len(d.db.Broken); n > 0 {
		k.Detail = fmt.Sprintf("%d rows", n)
	}
	for _, row := range d.db.Broken {
		k.broke("%s", row)
	}
}

// noStayedNo: a refusal, or a "try again" that says that nothing was done, must not have bought anything. Shoppers in
// doubt are left to unknownsResolved.
func (d *docket) noStayedNo(k *Check) {
	for i := range d.db.Orders {
		o := &d.db.Orders[i]
		s := d.owner(o)
		if s == nil || d.hadBefore[o.ID] || (s.end != refused && s.end != gaveUp) {
			continue
		}
		k.broke("%s was told %q and has order %s (%s)", s, s.reason, o.ID, o.State)
	}
	n := d.report.GaveUp
	for _, m := range d.report.Refused {
		n += m
	}
	k.Detail = fmt.Sprintf("%s shoppers without an order", thousands(n-k.Broken))
}

func (d *docket) paymentsKept(k *Check) {
	n := 0
	for _, s := range d.shoppers {
		if !s.paid && !s.cancelled {
			continue
		}
		n++
		o := d.byID[s.order]
		switch {
		case o == nil:
			k.broke("order %s of %s is not in the database", s.order, s)
		case s.paid && o.State != "paid" && o.State != "refunded":
			k.broke("order %s of %s was paid and is %s", s.order, s, o.State)
		case s.cancelled && o.State != "cancelled":
			k.broke("order %s of %s was cancelled and is %s", s.order, s, o.State)
		}
	}
	k.Detail = fmt.Sprintf("%s of %s", thousands(n-k.Broken), thousands(n))
	if n == 0 {
		k.Result = CheckIdle
	}
}

// allUnitsWent also catches the rush in which everybody was told to come again and nothing was sold: that is quick,
// polite, and no sale.
func (d *docket) allUnitsWent(k *Check) {
	asked := 0
	for _, s := range d.shoppers {
		if s.end == accepted || s.end == refused || s.end == gaveUp || s.end == inDoubt {
			asked++
		}
	}
	k.Detail = fmt.Sprintf("%s of %s units went, %s shoppers asked", thousands(d.units-d.db.Available), thousands(d.units), thousands(asked))
	ended := d.report.Refused["paused"] + d.report.Refused["over"]
	switch {
	case d.returned:
		k.Result, k.Detail = CheckIdle, k.Detail+"; units came back meanwhile"
	case ended > 0:
		k.Result, k.Detail = CheckIdle, k.Detail+"; the sale was paused or ended meanwhile"
	case asked < d.units:
		k.Result = CheckIdle
		if n := d.report.Refused["sold_out"]; n > 0 && d.db.Available > 0 {
			k.broke("%d shoppers were told \"sold out\" while %d units are left", n, d.db.Available)
		}
	case d.db.Available > 0:
		k.broke("%d units are left", d.db.Available)
	}
}

func (d *docket) sameAnswer(k *Check) {
	n := 0
	for _, s := range d.shoppers {
		if s.end != accepted {
			continue
		}
		add(&n, s.reloaded || s.double || s.cuts || s.doubt != "")
		for _, id := range s.otherOrders {
			k.broke("%s has %s and was also told %s", s, s.order, id)
		}
	}
	k.Detail = fmt.Sprintf("%s winners pressed more than once", thousands(n))
}

func (d *docket) yesStayedYes(k *Check) {
	n := 0
	for _, s := range d.shoppers {
		add(&n, s.reloaded)
		if s.turned != "" {
			k.broke("%s had order %s and was then told %q", s, s.order, s.turned)
		}
		if s.crossed && !d.returned {
			k.broke("%s pressed twice at once and got order %s and a no", s, s.order)
		}
	}
	k.Detail = fmt.Sprintf("%s winners asked again", thousands(n))
}

func (d *docket) yesWasShown(k *Check) {
	for _, s := range d.shoppers {
		if s.stub != "" {
			k.broke("%s: %s", s, s.stub)
		}
	}
	k.Detail = fmt.Sprintf("%s of %s", thousands(d.report.Accepted-k.Broken), thousands(d.report.Accepted))
}

func (d *docket) unknownsResolved(k *Check) {
	for _, s := range d.shoppers {
		if s.end == inDoubt {
			k.broke("%s, order %s: last told %q", s, s.key, s.reason)
		}
	}
	u := &d.report.Unknown
	k.Detail = fmt.Sprintf("%s shoppers: %s yes, %s no, %s open",
		thousands(u.Shoppers), thousands(u.EndedYes), thousands(u.EndedNo), thousands(u.Open))
}

func (d *docket) retryAfterGiven(k *Check) {
	a := &d.report.Answers
	k.Detail = fmt.Sprintf("%s of %s", thousands(a.TryAgain-a.WithoutRetryAfter), thousands(a.TryAgain))
	if a.TryAgain == 0 {
		k.Result = CheckIdle
		k.Detail = "nobody was told to try again"
	}
	if a.WithoutRetryAfter > 0 {
		k.broke("%d answers without Retry-After", a.WithoutRetryAfter)
	}
}

func (d *docket) answersInTime(k *Check) {
	a := &d.report.Answers
	k.Detail = fmt.Sprintf("%s of %s within %s", thousands(a.Requests-a.Late), thousands(a.Requests), d.cfg.AnswerWithin)
	if a.Late > 0 {
		k.broke("%d answers took longer or never came", a.Late)
	}
}

func (d *docket) answersKnown(k *Check) {
	a := &d.report.Answers
	k.Detail = fmt.Sprintf("%s of %s", thousands(a.Requests-a.Odd), thousands(a.Requests))
	for _, text := range d.report.Odd {
		k.broke("%s", text)
	}
	if a.Odd > 0 {
		k.Broken = a.Odd
	}
}

// everybodyCame guards against a rush that proves nothing because hardly anybody took part.
func (d *docket) everybodyCame(k *Check) {
	r := d.report
	k.Detail = fmt.Sprintf("%s of %s", thousands(r.SignedIn-r.NotSent), thousands(r.Shoppers))
	if n := r.Shoppers - r.SignedIn; n > 0 {
		k.broke("%d could not sign in: %s", n, counts(r.SignInFailed))
	}
	if r.NotSent > 0 {
		k.broke("%d were never sent", r.NotSent)
	}
}
