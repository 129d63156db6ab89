package catalog

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

const (
	progressEvery = 1000      // rows between two calls of Progress
	maxText       = 256 << 20 // bytes of text kept for all items together
)

// errHeader ends the reading; the problems are in file.found already.
var errHeader = errors.New("catalog: the header is bad")

// file is one file being read.
type file struct {
	prices  money
	options Options
	maxRows int
	maxText int

	guard       *guard
	csv         *csv.Reader
	header      *header
	found       collector
	rowProblems int  // found before the row being read
	cut         bool // the file could not be read to its end, or has no header

	rows     int // below the header, empty lines not counted
	skipped  int // of them, rows of products that are not active
	bad      int // of them, rows with a problem
	kept     int // bytes of text kept
	products map[string]*product
	order    []*product     // in order of their first rows
	skus     map[string]int // SKU → line
	items    []Item
	owners   []*product // of the item at the same position
}

func newFile(prices money, o Options) *file {
	f := &file{
		prices:   prices,
		options:  o,
		maxRows:  o.MaxRows,
		maxText:  maxText,
		products: map[string]*product{},
		skus:     map[string]int{},
	}
	if f.maxRows <= 0 {
		f.maxRows = defaultMaxRows
	}
	return f
}

// read goes through the file. What is wrong with the file goes to f.found;
// only a reader that fails is returned as an error.
func (f *file) read(r io.Reader) error {
	err := f.readAll(r)
	f.cut = !errors.Is(err, io.EOF)
	var end *stop
	var syntax *csv.ParseError
	switch {
	case errors.Is(err, errHeader):
		return nil
	case !f.cut:
		f.checkWhole()
		return nil
	case errors.As(err, &end):
		f.found.add(Problem{end.line, f.header.name(end.cell), end.reason})
		return nil
	case errors.As(err, &syntax):
		f.found.add(f.syntaxProblem(syntax))
		return nil
	}
	return err
}

// readAll returns io.EOF at the end of a file that could be read to its end.
func (f *file) readAll(r io.Reader) error {
	var err error
	if f.guard, err = newGuard(r); err != nil {
		f.guard = &guard{}
		return err
	}
	f.csv = csv.NewReader(f.guard)
	f.csv.FieldsPerRecord = -1 // rows of the wrong width get a problem of their own
	f.csv.ReuseRecord = true
	if err := f.readHeader(); err != nil {
		return err
	}
	standard := f.prices
	for {
		cells, err := f.csv.Read()
		if err != nil {
			return err
		}
		line, _ := f.csv.FieldPos(0)
		if f.rows == f.maxRows {
			return &stop{line, -1, say(rowsMany, f.maxRows)}
		}
		f.rows++
		if err := f.encoding(cells); err != nil {
			return err
		}
		f.header.cells = cells
		f.rowProblems = f.found.total()
		f.prices = f.currency(line, standard)
		f.row(line)
		if f.found.total() > f.rowProblems {
			f.bad++
		}
		if f.kept > f.maxText {
			return &stop{line, -1, say(textMany, f.maxText>>20)}
		}
		if f.options.Progress != nil && f.rows%progressEvery == 0 {
			f.options.Progress(f.guard.read, f.rows)
		}
	}
}

func (f *file) readHeader() error {
	cells, err := f.csv.Read()
	if errors.Is(err, io.EOF) {
		return &stop{1, -1, say(fileEmpty)}
	}
	if err != nil {
		return err
	}
	if err := f.encoding(cells); err != nil {
		return err
	}
	h, problems := newHeader(cells, f.options.Products)
	if len(problems) == 0 {
		f.header = h
		return nil
	}
	for _, p := range problems {
		f.found.add(p)
	}
	return errHeader
}

// encoding ends the reading at the first cell that is not UTF-8: what one
// program wrote in another encoding is wrong everywhere, and guessing would
// put broken names on pages.
func (f *file) encoding(cells []string) error {
	for i, cell := range cells {
		if utf8.ValidString(cell) {
			continue
		}
		line, _ := f.csv.FieldPos(i)
		for rest := cell; ; {
			r, n := utf8.DecodeRuneInString(rest)
			if r == utf8.RuneError && n == 1 {
				return &stop{line, i, say(notUTF8, fmt.Sprintf("0x%02X", rest[0]))}
			}
			line += strings.Count(rest[:n], "\n")
			rest = rest[n:]
		}
	}
	return nil
}

// syntaxProblem says which quotation mark encoding/csv could not follow.
func (f *file) syntaxProblem(e *csv.ParseError) Problem {
	switch {
	case errors.Is(e.Err, csv.ErrBareQuote):
		return Problem{e.Line, "", say(quoteInside)}
	case f.guard.quoted && f.guard.failure == nil && f.guard.skipped+f.csv.InputOffset() == f.guard.read:
		return Problem{f.guard.cellLine, f.header.name(f.guard.cell), say(quoteOpen)}
	}
	return Problem{e.Line, "", say(quoteAfter)}
}

// checkWhole finds what can be known only at the end.
func (f *file) checkWhole() {
	active := false
	for _, p := range f.order {
		active = active || !p.skip
		if !p.skip && !p.sells {
			f.found.add(Problem{p.line, "", say(productNothing, show(p.handle))})
		}
	}
	switch {
	case active, f.found.total() > 0:
	case len(f.order) == 0:
		f.found.add(Problem{Reason: say(noProducts)})
	default:
		f.found.add(Problem{Reason: say(noActive)})
	}
}
