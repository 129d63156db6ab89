package main

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"doorbuster/bench/figures"
)

const (
	usPerSecond  = 1e6
	clients      = "clients" // the measure of how many ask in a closed loop
	leastShown   = 0.05      // µs; what is below would print as 0.0
	othersToTell = 1.05      // so many times the counted answers: from there on it is said that there are others
)

// floor names what the top of a ratio cannot save, as systems of the same series show it.
type floor struct {
	http     string // a system that does nothing but answer: its Go server and load generator
	database string // a system that does nothing but sell: its database; empty: the top needs none
	bytes    bool   // http sends the top's own bytes: what it reaches of the base is the most that the top can
	rest     string // what the others are

	// Systems that show what the others take where they do not take the cores from each other: in the Go server with nothing behind them, in the database with nothing in front.
	gates, procedure string
}

// account is the processor time of one answer of a system, in microseconds: all cores of the machine, divided by the answers a second.
// Each is the median of the rounds, divided by the median of the rates, so that the parts add up.
type account struct {
	parts   []part  // of the processes that take part, the largest first
	idle    float64 // what the kernel counts as idle
	others  float64 // the remainder: the kernel's own threads, other programs, what a hypervisor took
	batch   float64 // orders in a commit; 0: there were none
	clients int     // who waited meanwhile; 0: an open loop
	also    string  // answers that are not counted, and in the times nevertheless
}

type part struct {
	measure, who string
	us           float64
}

var partNames = map[string]string{
	"server_cores": "the Go server", "database_cores": "the database", "generator_cores": "the load generator",
	"process_cores": "the process with clients and design", "redis_cores": "Redis",
}

// accountOf is the account of a system; ok is false if none was kept.
func (b *bench) accountOf(series *figures.Series, system string) (a account, ok bool) {
	at := func(measure string) float64 { return median(series, side{system, measure}) }
	answers := at(rate)
	if answers <= 0 || b.machine.Cores == 0 {
		return a, false
	}
	a.others = float64(b.machine.Cores) / answers * usPerSecond
	for measure, who := range partNames {
		if us := at(measure) / answers * usPerSecond; us >= leastShown {
			a.parts = append(a.parts, part{measure, who, us})
			a.others -= us
		}
	}
	a.others = max(0, a.others)
	a.idle = min(a.others, at("idle_cores")/answers*usPerSecond) // a container may see the cores of a larger machine
	a.others -= a.idle
	slices.SortFunc(a.parts, func(a, b part) int { return cmp.Or(cmp.Compare(b.us, a.us), cmp.Compare(a.who, b.who)) })
	a.batch = at("orders_per_commit")
	if sent := at("sent_per_s"); sent >= answers*othersToTell {
		a.also = fmt.Sprintf("%.0f of %.0f answers a second count, and the time of the others is in this too", answers, sent)
	}
	a.clients = int(at(clients))
	return a, len(a.parts) > 0
}

// of is the time of some parts.
func (a account) of(measures ...string) (us float64) {
	for _, p := range a.parts {
		if slices.Contains(measures, p.measure) {
			us += p.us
		}
	}
	return us
}

// busy is the time in which a core worked.
func (a account) busy() (us float64) {
	for _, p := range a.parts {
		us += p.us
	}
	return us
}

// describe is the account in words.
func (a account) describe(system string) string {
	var words []string
	for i, p := range a.parts {
		unit := ""
		if i == 0 {
			unit = " µs"
		}
		words = append(words, fmt.Sprintf("%.1f%s of %s", p.us, unit, p.who))
	}
	idle := fmt.Sprintf("%.1f in which a core had nothing to do", a.idle)
	if a.clients > 0 {
		idle += " (" + plural(a.clients, "client") + " waited)"
	}
	words = append(words, idle)
	if a.others >= leastShown {
		words = append(words, fmt.Sprintf("%.1f of what else ran", a.others))
	}
	text := "in " + system + " an answer takes " + strings.Join(words, ", ")
	if a.batch > 0 {
		text += fmt.Sprintf(", with %s in a commit", plural(int(math.Round(a.batch)), "order"))
	}
	if a.also != "" {
		text += ", where " + a.also
	}
	return text
}

// limit says why a ratio did not get further: what an answer of either side costs, what the threshold allows, and what of that the top
// cannot save. It is arithmetic with what was measured.
func (b *bench) limit(series *figures.Series, r ratio) string {
	top, ok := b.accountOf(series, r.top.system)
	if !ok {
		return "no account of the processor was kept"
	}
	text := top.describe(r.top.system)
	if base, ok := b.accountOf(series, r.base.system); ok {
		text += "; " + base.describe(r.base.system)
	}
	allowed := 0.0
	if answers := median(series, r.base); r.threshold > 0 && answers > 0 {
		allowed = float64(b.machine.Cores) / (r.threshold * answers) * usPerSecond
		text += fmt.Sprintf("; %g allows %.1f µs in all", r.threshold, allowed)
		if r.base.measure != rate {
			text += " (by the rate at which its orders came to be in the database)"
		}
	}
	return text + b.perCall(series, r, top) + b.rest(series, r, top, allowed)
}

// perCall parts the database's time of an order into that of the CALL and that of the order itself, where both sides make the same CALL
// with another number of orders in it: time = perOrder + perCall / orders, two equations. It is empty for other ratios, and where the
// sides are too alike to be told apart.
func (b *bench) perCall(series *figures.Series, r ratio, top account) string {
	base, ok := b.accountOf(series, r.base.system)
	if !r.sameCall || !ok || top.batch <= 0 || base.batch <= top.batch*othersToTell {
		return ""
	}
	topTime, baseTime := top.of("database_cores"), base.of("database_cores")
	perCall := (topTime - baseTime) / (1/top.batch - 1/base.batch)
	perOrder := topTime - perCall/top.batch
	if perCall <= 0 || perOrder <= 0 {
		return ""
	}
	return fmt.Sprintf("; by these two a CALL takes %.0f µs of the database before its first order and %.1f for each, so %.1f µs of an answer are the"+
		" CALL's own in %s and %.1f in %s", perCall, perOrder, perCall/top.batch, r.top.system, perCall/base.batch, r.base.system)
}

// rest is what the floor leaves to the rest of the top, and what that takes. It is empty where the floor was not measured.
func (b *bench) rest(series *figures.Series, r ratio, top account, allowed float64) string {
	bottom, ok := b.accountOf(series, r.floor.http)
	if !ok || allowed == 0 {
		return ""
	}
	least := bottom.of("server_cores", "generator_cores")
	text := fmt.Sprintf("; HTTP itself takes %.1f (the Go server and the load generator of %s)", least, r.floor.http)
	if r.floor.bytes {
		reaches, _, _ := figures.Summary(quotients(series, side{r.floor.http, rate}, r.base))
		text = fmt.Sprintf("; a handler that knows nothing and sends the same bytes reaches %.2f of the empty one and takes %.1f of the Go server"+
			" and the load generator", reaches, least)
	}
	if r.floor.database != "" {
		bare, ok := b.accountOf(series, r.floor.database)
		if !ok {
			return text
		}
		sells := bare.of("database_cores")
		text += fmt.Sprintf(" and the bare procedure %.1f of the database", sells)
		least += sells
	}
	takes := max(0, top.busy()-least)
	apart := b.apart(series, r.floor, bottom, allowed)
	if left := allowed - least; left > 0 {
		return text + fmt.Sprintf("; so %.1f µs are left for %s, which take %.1f, and for idle cores and what else ran, which take %.1f",
			left, r.floor.rest, takes, top.idle+top.others) + apart
	}
	return text + fmt.Sprintf("; that alone is more than is allowed, and %s take %.1f", r.floor.rest, takes) + apart
}

// apart is what the features take where nobody else needs the cores and their caches: the Go server of the gates alone beyond that of http,
// and the database of the procedure alone beyond that of a bare one. It is empty where these were not measured.
func (b *bench) apart(series *figures.Series, f floor, http account, allowed float64) string {
	gates, ok := b.accountOf(series, f.gates)
	procedure, measured := b.accountOf(series, f.procedure)
	bare, known := b.accountOf(series, f.database)
	if !ok || !measured || !known {
		return ""
	}
	web := max(0, gates.of("server_cores")-http.of("server_cores"))
	sql := max(0, procedure.of("database_cores")-bare.of("database_cores"))
	whole := bare.busy() + bare.idle + bare.others
	return fmt.Sprintf("; %s takes %.1f in all, so %.1f are left for them beyond it, and measured apart they take %.1f: %.1f of the Go server with nothing behind it"+
		" (%s less %s) and %.1f of the database without gates (%s less %s)",
		f.database, whole, max(0, allowed-whole), web+sql, web, f.gates, f.http, sql, f.procedure, f.database)
}

// quotients are those of two sides, round by round.
func quotients(series *figures.Series, top, base side) []float64 {
	n := rounds(series)
	out := values(series, top, n)
	for i, v := range values(series, base, n) {
		out[i] /= v
	}
	return out
}

// plural is a number of things.
func plural(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

func median(series *figures.Series, s side) float64 {
	m, _, _ := figures.Summary(values(series, s, rounds(series)))
	return m
}
