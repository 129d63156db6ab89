package figures

import (
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// number writes a value with three digits, or more where it is above 1,000.
func number(v float64) string {
	switch a := math.Abs(v); {
	case a >= 99.95 || v == 0:
		return whole(v)
	case a >= 9.995:
		return decimals(v, 1)
	case a >= 0.9995:
		return decimals(v, 2)
	case a >= 0.01:
		return decimals(v, 3)
	}
	return strconv.FormatFloat(v, 'g', 2, 64)
}

func decimals(v float64, n int) string { return strconv.FormatFloat(v, 'f', n, 64) }

// whole writes a rounded number with commas.
func whole(v float64) string {
	s := decimals(v, 0)
	sign := ""
	if strings.HasPrefix(s, "-") {
		sign, s = "-", s[1:]
	}
	var out strings.Builder
	for i, digit := range s {
		if i > 0 && (len(s)-i)%3 == 0 {
			out.WriteByte(',')
		}
		out.WriteRune(digit)
	}
	return sign + out.String()
}

// maxDecimals bounds how far two values are told apart.
const maxDecimals = 6

// apart writes the median of a figure; one that missed narrowly gets as many decimals as show that it missed.
func (f *Figure) apart() string {
	s := number(f.Median)
	for n := 2; !f.OK && f.Threshold > 0 && n <= maxDecimals && s == number(f.Threshold); n++ {
		if d := decimals(f.Median, n); d != decimals(f.Threshold, n) {
			s = d
		}
	}
	return s
}

func (f *Figure) median() string { return withUnit(f.apart(), f.Unit) }

func (f *Figure) threshold() string {
	if f.Threshold == 0 {
		return "shown"
	}
	return withUnit(trimmed(f.Threshold), f.Unit)
}

func (f *Figure) mark() string {
	switch {
	case !f.OK:
		return "✗"
	case f.Threshold == 0:
		return ""
	}
	return "✓"
}

// spread writes least and greatest, and over how many rounds.
func (f *Figure) spread() string {
	s := number(f.Min) + " to " + number(f.Max)
	if f.Rounds > 0 {
		s += fmt.Sprintf(" (%d)", f.Rounds)
	}
	return s
}

func (r *Rate) text() string {
	if *r == (Rate{}) {
		return ""
	}
	return withUnit(number(r.Median), r.Unit)
}

func withUnit(s, unit string) string {
	if unit == "" || s == "" {
		return s
	}
	return s + " " + unit
}

// trimmed writes a number that people have chosen: 20, 0.85, 1.3.
func trimmed(v float64) string {
	if v == math.Trunc(v) {
		return whole(v)
	}
	return strconv.FormatFloat(v, 'g', 6, 64)
}

// span writes a length of time with three digits.
func span(d time.Duration) string {
	switch {
	case d < time.Microsecond:
		return fmt.Sprintf("%d ns", d.Nanoseconds())
	case d < time.Millisecond:
		return number(float64(d)/float64(time.Microsecond)) + " µs"
	case d < time.Second:
		return number(float64(d)/float64(time.Millisecond)) + " ms"
	}
	return number(d.Seconds()) + " s"
}

// Table prints the figures for a terminal, and under them why some missed. An error of w is left to whoever owns it: a terminal
// that has gone away must not cost the run its files.
func Table(w io.Writer, all []Figure) {
	rows := [][]string{{"#", "what", "server", "at least", "median", "min to max (rounds)", "rate", "compared with", ""}}
	var notes []string
	for _, f := range ordered(all) {
		rows = append(rows, []string{f.ID, strings.ReplaceAll(f.What, "`", ""), f.Server, f.threshold(), f.median(), f.spread(), f.Top.text(), f.Base.text(), f.mark()})
		if f.Note != "" || !f.OK {
			notes = append(notes, fmt.Sprintf("%s %s: %s", f.ID, f.Server, f.note()))
		}
	}
	var out strings.Builder
	align(&out, rows, map[int]bool{3: true, 4: true, 6: true, 7: true})
	if len(notes) > 0 {
		out.WriteString("\n" + strings.Join(notes, "\n") + "\n")
	}
	_, _ = io.WriteString(w, out.String())
}

func (f *Figure) note() string {
	if s := strings.Join(strings.Fields(f.Note), " "); s != "" {
		return s
	}
	return "missed, and no limit is named"
}

// align pads the cells of each column to one width; columns of numbers stand at the right.
func align(out *strings.Builder, rows [][]string, right map[int]bool) {
	width := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			width[i] = max(width[i], utf8.RuneCountInString(cell))
		}
	}
	for _, row := range rows {
		var line strings.Builder
		for i, cell := range row {
			pad := strings.Repeat(" ", width[i]-utf8.RuneCountInString(cell))
			if right[i] {
				cell = pad + cell
			} else {
				cell += pad
			}
			line.WriteString(cell + "  ")
		}
		out.WriteString(strings.TrimRight(line.String(), " ") + "\n")
	}
}
