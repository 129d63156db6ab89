package rush

import (
	"fmt"

	"github.com/google/uuid"
)

// Results of a check.
const (
	CheckOK       = "ok"
	CheckFailed   = "failed"
	CheckUnproved = "not_proved"     // it could not be made: no database account, or a fact is missing
	CheckIdle     = "does_not_apply" // nothing happened that it could be about
)

// Verdicts of a report.
const (
	VerdictClean     = "clean"
	VerdictNotClean  = "not_clean"
	VerdictNotProved = "not_proved"
)

// Check is one promise, held against what happened.
type Check struct {
	Name   string   `json:"name"`
	Says   string   `json:"says"`   // the promise
	Result string   `json:"result"` // ok, failed, not_proved, does_not_apply
	Detail string   `json:"detail"` // the numbers
	Bad    []string `json:"bad,omitempty"`
	Broken int      `json:"broken"` // how many cases broke the promise; Bad shows some of them
}

// badSamples is how many broken cases a check quotes.
const badSamples = 5

// broke notes one case that breaks the promise.
func (k *Check) broke(format string, args ...any) {
	k.Broken++
	k.Result = CheckFailed
	if len(k.Bad) < badSamples {
		k.Bad = append(k.Bad, fmt.Sprintf(format, args...))
	}
}

// docket is all that a check may look at.
type docket struct {
	*crowd
	report *Report
	db     *Database // nil when there is no account to read it
	byID   map[uuid.UUID]*DBOrder
	byUser map[uint64]*shopper
	byName map[string]*shopper
	byKey  map[uuid.UUID]*shopper
	// returned says that units came back during the rush: then sold out may be followed by a sale.
	returned bool
}

// judge fills in the checks and the verdict.
func (c *crowd) judge(r *Report, after *Database) {
	d := &docket{
		crowd: c, report: r, db: after, byID: map[uuid.UUID]*DBOrder{},
		byUser: map[uint64]*shopper{}, byName: map[string]*shopper{}, byKey: map[uuid.UUID]*shopper{},
	}
	for _, s := range c.shoppers {
		d.byName[s.customer] = s
		if s.userID != 0 {
			d.byUser[s.userID] = s
		}
		for _, id := range append([]uuid.UUID{s.key, s.order}, s.otherOrders...) {
			if id != uuid.Nil {
				d.byKey[id] = s
			}
		}
		d.returned = d.returned || s.cancelled
	}
	if after != nil {
		for i := range after.Orders {
			d.byID[after.Orders[i].ID] = &after.Orders[i]
		}
		d.returned = d.returned || d.gaveBack()
	}
	for _, check := range checks {
		r.Checks = append(r.Checks, d.run(check))
	}
	r.Verdict = verdict(r.Checks)
}

// gaveBack says whether an order ended during the rush, so that its units went back.
func (d *docket) gaveBack() bool {
	if d.before == nil {
		return false
	}
	was := make(map[uuid.UUID]bool, len(d.before.Orders))
	for i := range d.before.Orders {
		was[d.before.Orders[i].ID] = d.before.Orders[i].Active()
	}
	for id, o := range d.byID {
		if active, known := was[id]; !o.Active() && (active || !known) {
			return true
		}
	}
	return false
}

func (d *docket) run(c check) Check {
	k := Check{Name: c.name, Says: c.says, Result: CheckOK}
	if c.needsDB && d.db == nil {
		k.Result, k.Detail = CheckUnproved, "no account to read the database with"
		return k
	}
	c.make(d, &k)
	if k.Broken > 0 {
		k.Result = CheckFailed // whatever else was said about it
	}
	return k
}

// verdict is clean only when nothing failed and nothing was left unproved.
func verdict(all []Check) string {
	v := VerdictClean
	for i := range all {
		switch all[i].Result {
		case CheckFailed:
			return VerdictNotClean
		case CheckUnproved:
			v = VerdictNotProved
		}
	}
	return v
}

// check is a promise and how it is tried.
type check struct {
	name, says string
	needsDB    bool
	make       func(*docket, *Check)
}

var checks = []check{
	{"acknowledged_stored", "Every yes is an order in the database, of the right shopper", true, (*docket).acknowledgedStored},
	{"none_from_nowhere", "Every order was asked for by one of our shoppers, or was there before", true, (*docket).noneFromNowhere},
	{"not_oversold", "No more units are held and sold than were put on sale", true, (*docket).notOversold},
	{"books_balance", "Units put on sale = left + held + sold", true, (*docket).booksBalance},
	{"nobody_has_two", "Nobody has two active orders", true, (*docket).nobodyHasTwo},
	{"audit_empty", "The audit finds nothing", true, (*docket).auditEmpty},
	{"no_stayed_no", "Who was told no, or gave up, has no order", true, (*docket).noStayedNo},
	{"payments_kept", "Every payment and cancel that was confirmed is in the database", true, (*docket).paymentsKept},
	{"all_units_went", "No unit was left while shoppers were turned away", true, (*docket).allUnitsWent},
	{"same_answer", "The same pass always led to the same order", false, (*docket).sameAnswer},
	{"yes_stayed_yes", "A yes never became a no", false, (*docket).yesStayedYes},
	{"yes_was_shown", "Every winner can see the order", false, (*docket).yesWasShown},
	{"unknowns_resolved", "Every unknown was resolved", false, (*docket).unknownsResolved},
	{"retry_after", "Every \"try again\" says when", false, (*docket).retryAfterGiven},
	{"answers_in_time", "Every answer came in time", false, (*docket).answersInTime},
	{"answers_known", "Every answer is one of the contract", false, (*docket).answersKnown},
	{"everybody_came", "Every shopper signed in and was sent", false, (*docket).everybodyCame},
}
