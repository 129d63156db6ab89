// Package figures turns what the benchmark measured into a table, files, pictures and a page.
//
// It measures nothing but the machine, imports nothing else of this repository, and judges one thing: a figure that missed
// its threshold must say why (see [Check]).
package figures

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Figure is one result that has, or could have, a threshold.
type Figure struct {
	ID        string  `json:"id"`     // R1, R1b, R12 …
	What      string  `json:"what"`   // both sides of the ratio in words
	Server    string  `json:"server"` // without its version, so that a newer one replaces the older one's figures
	Median    float64 `json:"median"`
	Min       float64 `json:"min"`
	Max       float64 `json:"max"`
	Threshold float64 `json:"threshold"` // at least this; 0: shown only
	OK        bool    `json:"ok"`        // true too for what is only shown
	Unit      string  `json:"unit,omitempty"`
	Note      string  `json:"note,omitempty"`   // needed when OK is false: names the limit that was met
	Rounds    int     `json:"rounds,omitempty"` // how many are behind the median; 0: not told
	Top       Rate    `json:"top,omitzero"`     // the two rates of a ratio: Top / Base
	Base      Rate    `json:"base,omitzero"`
}

// Rate is one side of a ratio: the median of its rounds, with the least and the greatest.
type Rate struct {
	What   string  `json:"what,omitempty"`
	Unit   string  `json:"unit,omitempty"`
	Median float64 `json:"median"`
	Min    float64 `json:"min"`
	Max    float64 `json:"max"`
}

// Series is everything that was measured for one question, round by round.
type Series struct {
	ID, What, Unit string
	Server         string
	Columns        []string // the order of Values in tables; empty: by name
	Rounds         []Sample
}

// Sample is one run of one design.
type Sample struct {
	Round    int
	Design   string
	Settings string // pool, shards and the like, as text
	Values   map[string]float64
	Audit    string // what the audit found broken; empty: nothing. A run with a text here has no figure.
}

// Setting is one setting of a database server, as the server itself states it.
type Setting struct{ Name, Value string }

// Step is a part of one purchase.
type Step struct {
	Step              string
	Mean, Median, P99 time.Duration
	Share             float64 // of the sum of all parts, 0 to 1; 0: it is no part
}

// Chart is a picture in bench/report that the page shows.
type Chart struct {
	File string // its name in that folder
	Alt  string // what one sees on it, for readers who do not
}

// Report is all that the page is made of. Settings and Breakdown are by server.
type Report struct {
	When      time.Time
	Command   string // the whole command line that makes this report again
	Machine   Machine
	Settings  map[string][]Setting
	Figures   []Figure
	Charts    []Chart
	Breakdown map[string][]Step
	Series    []Series
	Caveats   []string
}

// Rounds is what one side of a ratio measured: one value per round, both sides in the same order. NaN stands for a run that
// failed its audit.
type Rounds struct {
	What, Unit string
	Values     []float64
}

// Ratio completes a figure (ID, What, Server, Threshold, Note) with the ratio of two sides. It is taken round by round, because
// the two runs of a round met the machine in the same mood; a round that lacks a side is left out.
func Ratio(f Figure, top, base Rounds) Figure {
	var ratios, above, below []float64
	for i := range min(len(top.Values), len(base.Values)) {
		t, b := top.Values[i], base.Values[i]
		if r := t / b; finite(r) && finite(b) {
			ratios, above, below = append(ratios, r), append(above, t), append(below, b)
		}
	}
	f.Rounds = len(ratios)
	f.Median, f.Min, f.Max = Summary(ratios)
	f.Top, f.Base = top.rate(above), base.rate(below)
	f.OK = f.Rounds > 0 && f.Median >= f.Threshold
	if f.Rounds == 0 {
		f.Note = "no round has a valid run on both sides"
	}
	return f
}

func (r Rounds) rate(values []float64) Rate {
	out := Rate{What: r.What, Unit: r.Unit}
	out.Median, out.Min, out.Max = Summary(values)
	return out
}

// Summary returns the median, the least and the greatest value. NaN and infinite values are no measurements and are left out; all
// is 0 when nothing remains.
func Summary(values []float64) (median, least, greatest float64) {
	sorted := slices.DeleteFunc(slices.Clone(values), func(v float64) bool { return !finite(v) })
	if len(sorted) == 0 {
		return 0, 0, 0
	}
	slices.Sort(sorted)
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2, sorted[0], sorted[n-1]
}

// ErrDishonest is in the error of [Check].
var ErrDishonest = errors.New("a figure does not say what it should")

// Check finds figures that must not be published as they are: a miss that names no limit, a pass below its threshold, and
// values that are no numbers.
func Check(all []Figure) error {
	var errs []error
	for _, f := range all {
		bad := ""
		switch {
		case !f.finite():
			bad = "has a value that is no number"
		case !f.OK && strings.TrimSpace(f.Note) == "":
			bad = "missed and has no note that names the limit"
		case f.OK && f.Median < f.Threshold:
			bad = "counts as reached and is below its threshold"
		}
		if bad != "" {
			errs = append(errs, fmt.Errorf("%w: %s on %s %s", ErrDishonest, f.ID, f.Server, bad))
		}
	}
	return errors.Join(errs...)
}

func (f *Figure) finite() bool {
	for _, v := range []float64{
		f.Median, f.Min, f.Max, f.Threshold, f.Top.Median, f.Top.Min, f.Top.Max, f.Base.Median, f.Base.Min, f.Base.Max,
	} {
		if !finite(v) {
			return false
		}
	}
	return true
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

// ordered returns the figures by server, then R2 before R10.
func ordered(all []Figure) []Figure {
	out := slices.Clone(all)
	slices.SortStableFunc(out, func(a, b Figure) int {
		return cmp.Or(cmp.Compare(a.Server, b.Server), compareIDs(a.ID, b.ID))
	})
	return out
}

// compareIDs compares the letters in front, then the number as a number, then the rest.
func compareIDs(a, b string) int {
	letterA, numberA, restA := splitID(a)
	letterB, numberB, restB := splitID(b)
	return cmp.Or(cmp.Compare(letterA, letterB), cmp.Compare(numberA, numberB), cmp.Compare(restA, restB))
}

func splitID(id string) (letters string, number int, rest string) {
	isDigit := func(r rune) bool { return r >= '0' && r <= '9' }
	from := strings.IndexFunc(id, isDigit)
	if from < 0 {
		return id, 0, ""
	}
	to := from + len(id[from:]) - len(strings.TrimLeftFunc(id[from:], isDigit))
	number, _ = strconv.Atoi(id[from:to]) // digits only; one too great for an int sorts last
	return id[:from], number, id[to:]
}
