package rush

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
)

// thousands writes a number with commas.
func thousands(n int) string {
	s := strconv.Itoa(n)
	from := 0
	if n < 0 {
		from = 1
	}
	for i := len(s) - 3; i > from; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// counts lists names with their numbers, the greatest first.
func counts(m map[string]int) string {
	type pair struct {
		name string
		n    int
	}
	var all []pair
	for name, n := range m {
		all = append(all, pair{name, n})
	}
	slices.SortFunc(all, func(a, b pair) int {
		return cmp.Or(cmp.Compare(b.n, a.n), cmp.Compare(a.name, b.name))
	})
	parts := make([]string, len(all))
	for i, p := range all {
		parts[i] = p.name + " " + thousands(p.n)
	}
	return strings.Join(parts, " · ")
}

// span writes a length of time for a reader.
func span(ms float64) string {
	switch {
	case ms < 10:
		return fmt.Sprintf("%.1f ms", ms)
	case ms < 1000:
		return fmt.Sprintf("%.0f ms", ms)
	case ms < 100_000:
		return fmt.Sprintf("%.2f s", ms/1000)
	}
	return time.Duration(ms * float64(time.Millisecond)).Round(time.Second).String()
}

// page collects text; the first error of the writer ends it.
type page struct {
	w   io.Writer
	err error
}

func (p *page) line(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format+"\n", args...)
	}
}

// fact is a line with a label in front.
func (p *page) fact(label, format string, args ...any) {
	p.line("  %-12s  %s", label, strings.TrimRight(fmt.Sprintf(format, args...), " "))
}

// WriteText writes the report for a terminal. It returns the first error of w.
func (r *Report) WriteText(w io.Writer) error {
	p := &page{w: w}
	p.line("Rush on item %d at %s", r.Item, r.Shop)
	p.line("%s shoppers for %s units, arriving over %s (%s), %s loop, seed %d",
		thousands(r.Shoppers), thousands(r.Units), span(r.Arrive), r.Curve, r.Loop, r.Seed)
	p.line("")
	r.writeEndings(p)
	p.line("")
	r.writeLatency(p)
	p.line("")
	r.writeSpeed(p)
	p.line("")
	r.writeVerdict(p)
	return p.err
}

func (r *Report) writeEndings(p *page) {
	refused := 0
	for _, n := range r.Refused {
		refused += n
	}
	p.fact("accepted", "%9s   paid %s · cancelled %s", thousands(r.Accepted), thousands(r.Acts.Paid), thousands(r.Acts.Cancelled))
	p.fact("refused", "%9s   %s", thousands(refused), counts(r.Refused))
	p.fact("gave up", "%9s   told to try again until their patience ended", thousands(r.GaveUp))
	u := &r.Unknown
	p.fact("unknown", "%9s   hung up %s · told so %s · connection lost %s", thousands(u.Shoppers), thousands(u.Cut), thousands(u.Said), thousands(u.Lost))
	p.fact("", "%9s   ended as yes %s · as no %s · never %s", "", thousands(u.EndedYes), thousands(u.EndedNo), thousands(u.Open))
	if n := r.Shoppers - r.SignedIn; n > 0 {
		p.fact("not in", "%9s   could not sign in: %s", thousands(n), counts(r.SignInFailed))
	}
	if r.NotSent > 0 {
		p.fact("dropped", "%9s   never sent", thousands(r.NotSent))
	}
	a := &r.Answers
	p.fact("answers", "%9s   busy %s · unknown %s · not open %s · too late %s", thousands(a.Requests),
		thousands(a.Busy), thousands(a.Unknown), thousands(a.NotOpen), thousands(a.TooLate))
	p.fact("errors", "%9s   connection lost %s · no connection %s · not in the contract %s", thousands(a.Lost+a.NotConnected+a.Odd),
		thousands(a.Lost), thousands(a.NotConnected), thousands(a.Odd))
	c := &r.Acts
	p.fact("pressed", "%9s   twice %s · and hung up %s · plain form %s · again after the yes %s", "",
		thousands(c.DoublePressed), thousands(c.ClosedEarly), thousands(c.PlainForm), thousands(c.Reloaded))
}

// rowTexts say what a row of the latency table measures.
var rowTexts = map[string]string{
	"accepted":      "accepted, from arrival",
	"refused":       "refused, from arrival",
	"returned":      "hung up, from arrival",
	"pass":          "a pass",
	"press_yes":     "one press: yes",
	"press_no":      "one press: no",
	"press_again":   "one press: try again",
	"press_unknown": "one press: unknown",
	"pay":           "order page, pay, cancel",
}

func (r *Report) writeLatency(p *page) {
	p.line("  %-24s  %9s  %9s  %9s  %9s  %9s", "time to the answer", "count", "p50", "p99", "p99.9", "max")
	for _, l := range r.Latency {
		p.line("  %-24s  %9s  %9s  %9s  %9s  %9s", rowTexts[l.Name], thousands(int(l.Count)), span(l.P50), span(l.P99), span(l.P999), span(l.Max))
	}
	if r.Loop == "closed" {
		p.line("  Closed loop: shoppers waited for each other, so waiting before the arrival is not in these times.")
	} else {
		p.line("  All times run from the moment the request was planned, not from when it could be sent.")
	}
}

func (r *Report) writeSpeed(p *page) {
	if r.SoldOutMS != nil {
		p.fact("sold out", "%s after the opening", span(*r.SoldOutMS))
	} else {
		p.fact("sold out", "no")
	}
	if b := r.Batches; b != nil {
		p.fact("batches", "%.1f orders per commit (%s orders in %s)", b.PerCommit, thousands(int(b.Orders)), thousands(int(b.Commits)))
	}
	g := &r.Generator
	p.fact("generator", "%.0f %% of %d cores · %s of %s requests sent over 100 ms late · p99 started %s, sent %s after plan",
		g.CPUShare*100, g.Cores, thousands(g.LateSends), thousands(r.Answers.Requests), span(g.DispatchP99MS), span(g.SendP99MS))
	if g.JournalP99MS > 0 {
		p.fact("", "p99 wait for the journal %s", span(g.JournalP99MS))
	}
	if g.Says != "" {
		p.fact("", "%s", g.Says)
	}
}

var marks = map[string]string{CheckOK: "ok", CheckFailed: "FAILED", CheckUnproved: "?", CheckIdle: "-"}

var verdictTexts = map[string]string{
	VerdictClean:     "CLEAN",
	VerdictNotClean:  "NOT CLEAN",
	VerdictNotProved: "NOT PROVED",
}

func (r *Report) writeVerdict(p *page) {
	p.line("VERDICT: %s", verdictTexts[r.Verdict])
	for i := range r.Checks {
		k := &r.Checks[i]
		p.line("  %-6s  %-71s  %s", marks[k.Result], k.Says, k.Detail)
		for _, bad := range k.Bad {
			p.line("          ! %s", bad)
		}
		if more := k.Broken - len(k.Bad); more > 0 && len(k.Bad) > 0 {
			p.line("          ! and %s more", thousands(more))
		}
	}
}
