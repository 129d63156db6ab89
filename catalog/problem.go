package catalog

import (
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxProblems is how many problems are listed; further ones are only counted.
// A file of the wrong kind breaks a rule on every row, and nobody reads
// more than the first screen of that.
const maxProblems = 100

// Problem is one reason why a file cannot be imported, in words for the
// merchant who has to correct it.
type Problem struct {
	Line   int    // first line is 1; 0 when the problem belongs to no line
	Column string // column as named in the file's layout; empty when the row or the file is meant
	Reason Reason // what is wrong and, where it is known, what to write instead
}

// Error reads like
//
//	line 17: Variant Price: "1,234.50" has a comma; write 1234.50
func (p Problem) Error() string {
	var b strings.Builder
	if p.Line > 0 {
		b.WriteString("line ")
		b.WriteString(strconv.Itoa(p.Line))
		b.WriteString(": ")
	}
	if p.Column != "" {
		b.WriteString(p.Column)
		b.WriteString(": ")
	}
	b.WriteString(p.Reason.String())
	return b.String()
}

// Problems is the error Read returns for a file that cannot be imported: the
// first 100 problems in order of lines and, when there were more, one
// last entry without a line that says how many.
type Problems []Problem

// Error lists the problems, one per line.
func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.Error()
	}
	return strings.Join(lines, "\n")
}

// collector gathers problems and forgets those beyond maxProblems.
type collector struct {
	list []Problem
	more int
}

func (c *collector) add(p Problem) {
	if len(c.list) == maxProblems {
		c.more++
		return
	}
	c.list = append(c.list, p)
}

// total is how many problems there were so far.
func (c *collector) total() int { return len(c.list) + c.more }

// problems returns what was gathered; call it once, at the end.
func (c *collector) problems() Problems {
	slices.SortStableFunc(c.list, func(a, b Problem) int { return a.Line - b.Line })
	if c.more > 0 {
		c.list = append(c.list, Problem{Reason: say(moreProblems, c.more)})
	}
	return c.list
}

// show quotes a cell for a message. Control characters are escaped, because
// the message goes to a terminal, and long cells are cut.
func show(cell string) string {
	const most = 40
	if utf8.RuneCountInString(cell) > most {
		runes := []rune(cell[:min(len(cell), most*utf8.UTFMax)])
		cell = string(runes[:most]) + "…"
	}
	return strconv.Quote(cell)
}

// controlCharacter returns a complaint when text has a control character
// that is not in allowed. Such characters are invisible on a page and
// would make two different titles or SKUs look the same.
func controlCharacter(text, allowed string) Reason {
	for _, r := range text {
		if unicode.IsControl(r) && !strings.ContainsRune(allowed, r) {
			return say(control, codePoint(r))
		}
	}
	return Reason{}
}

func codePoint(r rune) string {
	hex := strings.ToUpper(strconv.FormatInt(int64(r), 16))
	return "U+" + strings.Repeat("0", max(0, 4-len(hex))) + hex
}
