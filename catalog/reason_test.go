package catalog

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

// problemsOf reads a file, and returns what is wrong with it.
func problemsOf(file string, o Options) Problems {
	_, err := Read(strings.NewReader(file), o)
	var problems Problems
	errors.As(err, &problems)
	return problems
}

// Every code is said of some file; its sentence takes just the arguments that it is said with, and holds no placeholder afterwards. The sentences
// themselves are those that the tests of refusals want.
func TestEveryCodeIsSaid(t *testing.T) {
	said := map[string]Reason{}
	hear := func(file string, o Options) {
		for _, p := range problemsOf(file, o) {
			said[p.Reason.Code] = p.Reason
			pairs, ok := p.Reason.Named()
			if !ok || len(pairs) != 2*len(p.Reason.Args) || strings.Contains(p.Reason.String(), "{{") {
				t.Errorf("%q with %q: %v %s", p.Reason.Code, p.Reason.Args, ok, p.Reason)
			}
		}
	}
	eur := Options{Currency: "EUR"}
	for _, c := range badCells {
		hear(one(c.column, c.cell), eur)
	}
	for _, c := range badFiles {
		hear(c.file, eur)
	}
	hear(one()+row("Handle", "cup"), eur)
	hear(one()+row("Title", "Cup", "Variant SKU", "2"), eur)
	hear(head+"mug,Camp Mug\n", eur)
	hear(one()+row("Title", "", "Variant SKU", "", qty, "", price, ""), eur)
	hear(head+row("Variant SKU", "", qty, "", price, "", "Image Src", "a.svg"), eur)
	hear(one()+row("Variant SKU", "2", "Image Src", "a.svg", "Image Position", "0"), eur)
	hear(one("Status", "draft"), eur)
	hear(one()+row("Variant SKU", "2"), Options{Currency: "EUR", MaxRows: 1})
	hear(head+strings.Repeat(row(price, "x", "Variant SKU", ""), 60), eur)
	hear(strings.Replace(one("Status", "euro"), "Status\n", "Currency\n", 1), eur)
	said[textMany] = tooMuchText(t)
	for _, code := range Codes() {
		if said[code].Code == "" {
			t.Errorf("no file is told %s", code)
		}
	}
}

// tooMuchText reads a file whose products have more text than a small limit.
func tooMuchText(t *testing.T) Reason {
	t.Helper()
	prices, err := newMoney("EUR")
	if err != nil {
		t.Fatal(err)
	}
	f := newFile(prices, Options{})
	f.maxText = 1
	if err := f.read(strings.NewReader(one())); err != nil {
		t.Fatal(err)
	}
	return f.found.problems()[0].Reason
}

// One thing is told as one, and just where something is counted.
func TestReasonsHaveASingular(t *testing.T) {
	for _, want := range []struct{ one, many string }{
		{say(cellCount, 1, 13).String(), "the row has 1 cell, the header has 13"},
		{say(cellCount, 21, 13).String(), "the row has 21 cells, the header has 13"},
		{say(rowsMany, 1).String(), "the file has more than 1 row; split it"},
		{say(moreProblems, 1).String(), "and 1 more problem"},
		{say(decimalsMany, `"1.5"`, 1, "JPY", 0).String(), `"1.5" has 1 decimal; JPY has 0`},
	} {
		if want.one != want.many {
			t.Errorf("%q, not %q", want.one, want.many)
		}
	}
	for code, s := range sentences {
		if counts := slices.Contains(s.names(), "N"); counts != (s.one != "") || (counts && !slices.Equal(s.names(), sentence{other: s.one}.names())) {
			t.Errorf("%s: %q, %q", code, s.one, s.other)
		}
	}
}

// What a cell holds is never taken for a placeholder.
func TestReasonsFillInOnce(t *testing.T) {
	if got := say(priceComma, `"{{.Price}}"`, "12").String(); got != `"{{.Price}}" has a comma; write 12` {
		t.Error(got)
	}
}

// A reason that was kept by another version is told apart from those that can be worded.
func TestNamed(t *testing.T) {
	for name, r := range map[string]Reason{
		"none": {}, "an unknown one": {Code: "from_the_future"}, "too few": {Code: priceComma, Args: []string{"x"}}, "too many": {Code: missing, Args: []string{"x"}},
		"no number": {Code: moreProblems, Args: []string{"many"}},
	} {
		if pairs, ok := r.Named(); ok || pairs != nil {
			t.Errorf("%s: %v", name, pairs)
		}
	}
	if pairs, ok := say(decimalsMany, `"1.5"`, 1, "JPY", 0).Named(); !ok || !slices.Equal(pairs, []any{"Cell", `"1.5"`, "N", "1", "Currency", "JPY", "Digits", "0"}) {
		t.Errorf("%v", pairs)
	}
}

// A column without a name is known by its number, and told from those with one. Imports keep the name as it is, so it does not change.
func TestNumberedColumn(t *testing.T) {
	problems := problemsOf("Handle,\"Title\n", Options{Currency: "EUR"})
	if len(problems) != 1 {
		t.Fatal(problems)
	}
	if n, ok := NumberedColumn(problems[0].Column); problems[0].Column != "column 2" || n != 2 || !ok {
		t.Errorf("%q is number %d, %v", problems[0].Column, n, ok)
	}
	for _, name := range []string{"", "Handle", "column", "column two", "2"} {
		if n, ok := NumberedColumn(name); ok {
			t.Errorf("%q is number %d", name, n)
		}
	}
}
