package catalog

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
)

const (
	maxCell = 64 << 10 // bytes of one cell, without its quotation marks
	maxRow  = 1 << 20  // bytes of one row as written
)

// stop is a problem after which the rest of the file cannot be read. cell is
// the position of the cell that is meant, or -1; it becomes the column's
// name where the header is known.
type stop struct {
	line, cell int
	reason     Reason
}

func (s *stop) Error() string { return s.reason.String() }

// guard stands between the file and encoding/csv, which would read a cell
// of any size into memory. It follows the quotation marks just closely
// enough to know where cells and rows end, and fails with a *stop when one
// of them grows too large. Wherever the two could disagree about a
// quotation mark, encoding/csv refuses the file and reading ends.
type guard struct {
	src *bufio.Reader

	read     int64 // bytes taken from the file
	skipped  int64 // of them, the byte order mark
	line     int   // line of the next byte
	cell     int   // position of the cell in its row
	cellLine int   // line on which the cell begins
	rowLine  int   // line on which the row begins
	size     int   // bytes of the cell so far
	row      int   // bytes of the row so far

	inside  bool // the next byte is part of a cell that has begun
	marked  bool // the cell begins with a quotation mark
	quoted  bool // that mark is open: commas and line ends belong to the cell
	failure error
}

// newGuard looks at the first bytes, skips a UTF-8 byte order mark, and
// fails for files that are no UTF-8 CSV at all.
func newGuard(r io.Reader) (*guard, error) {
	g := &guard{src: bufio.NewReaderSize(r, 32<<10), line: 1, cellLine: 1, rowLine: 1}
	head, err := g.src.Peek(4)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("catalog: read the file: %w", err)
	}
	if bytes.HasPrefix(head, []byte("\xEF\xBB\xBF")) {
		n, err := g.src.Discard(3)
		g.read, g.skipped = int64(n), int64(n)
		return g, err
	}
	if reason := foreign(head); reason.Code != "" {
		return nil, &stop{line: 1, cell: -1, reason: reason}
	}
	return g, nil
}

// foreign names a kind of file that is often mistaken for a UTF-8 CSV.
func foreign(head []byte) Reason {
	switch {
	case bytes.HasPrefix(head, []byte("\xFF\xFE")), bytes.HasPrefix(head, []byte("\xFE\xFF")),
		len(head) > 1 && (head[0] == 0) != (head[1] == 0):
		return say(utf16)
	case bytes.HasPrefix(head, []byte("PK\x03\x04")):
		return say(workbook)
	}
	return Reason{}
}

// Read hands on the bytes before the first failure, so that problems of
// earlier rows are still found.
func (g *guard) Read(p []byte) (int, error) {
	if g.failure != nil {
		return 0, g.failure
	}
	n, err := g.src.Read(p)
	for i, b := range p[:n] {
		g.take(b)
		if s := g.excess(); s != nil {
			g.failure = s
			return i, s
		}
	}
	g.read += int64(n)
	if err != nil && !errors.Is(err, io.EOF) {
		g.failure = fmt.Errorf("catalog: read the file: %w", err)
		return n, g.failure
	}
	return n, err
}

// take moves on by one byte. In a marked cell only every second quotation
// mark counts as a byte, because two of them stand for one.
func (g *guard) take(b byte) {
	g.row++
	switch {
	case b == '"' && !g.inside:
		g.inside, g.marked, g.quoted = true, true, true
	case b == '"' && g.marked:
		g.quoted = !g.quoted
		if g.quoted {
			g.size++
		}
	case b == ',' && !g.quoted:
		g.cell++
		g.begin()
	case b == '\n':
		g.line++
		if g.quoted {
			g.size++
			return
		}
		g.cell, g.row, g.rowLine = 0, 0, g.line
		g.begin()
	default:
		g.inside = true
		g.size++
	}
}

func (g *guard) begin() {
	g.inside, g.marked, g.quoted = false, false, false
	g.size, g.cellLine = 0, g.line
}

func (g *guard) excess() *stop {
	switch {
	case g.size > maxCell && g.quoted && g.line > g.cellLine:
		return &stop{g.cellLine, g.cell, say(cellLongOpen)}
	case g.size > maxCell:
		return &stop{g.cellLine, g.cell, say(cellLong)}
	case g.row > maxRow:
		return &stop{g.rowLine, -1, say(rowLong)}
	}
	return nil
}
