package catalog

import (
	"strconv"
	"strings"
)

// column is a cell that is read; its name is that of the file's layout.
type column int

const (
	colHandle column = iota
	colTitle
	colBody
	colVendor
	colOption1
	colOption2
	colOption3
	colSKU
	colUnits
	colPrice
	colListPrice
	colImage
	colPosition
	colStatus
	colCurrency
	columns
)

var columnNames = [columns]string{
	colHandle:    "Handle",
	colTitle:     "Title",
	colBody:      "Body (HTML)",
	colVendor:    "Vendor",
	colOption1:   "Option1 Value",
	colOption2:   "Option2 Value",
	colOption3:   "Option3 Value",
	colSKU:       "Variant SKU",
	colUnits:     "Variant Inventory Qty",
	colPrice:     "Variant Price",
	colListPrice: "Variant Compare At Price",
	colImage:     "Image Src",
	colPosition:  "Image Position",
	colStatus:    "Status",
	colCurrency:  "Currency",
}

var requiredColumns = []column{colHandle, colTitle, colSKU, colUnits, colPrice}

func (c column) String() string { return columnNames[c] }

// header knows where each column stands.
type header struct {
	width int          // cells of a row
	at    [columns]int // position of a column's cell, -1 when the file has none
	names []string     // all names, as written
	cells []string     // the row being read
}

// newHeader reads the first row; products need no column of units. Its problems end the reading, because
// without a good header every row would be wrong.
func newHeader(row []string, products bool) (*header, []Problem) {
	h := &header{width: len(row)}
	if reason := unlikelyHeader(row); reason.Code != "" {
		return nil, []Problem{{Line: 1, Reason: reason}}
	}
	var problems []Problem
	for i := range h.at {
		h.at[i] = -1
	}
	for i, cell := range row {
		name := strings.TrimSpace(cell)
		h.names = append(h.names, strings.Clone(name))
		c, ok := columnNamed(name)
		switch {
		case !ok:
		case h.at[c] >= 0:
			problems = append(problems, Problem{1, c.String(), say(columnTwice)})
		default:
			h.at[c] = i
		}
	}
	for _, c := range requiredColumns {
		if h.at[c] < 0 && (c != colUnits || !products) {
			problems = append(problems, Problem{1, c.String(), say(columnMissing)})
		}
	}
	return h, problems
}

func columnNamed(name string) (column, bool) {
	for c, known := range columnNames {
		if strings.EqualFold(name, known) {
			return column(c), true
		}
	}
	return 0, false
}

// unlikelyHeader names the usual reasons why a table looks like one cell.
func unlikelyHeader(row []string) Reason {
	first := row[0]
	switch {
	case strings.Contains(strings.Join(row, ""), "\r"):
		return say(oldLineEnds)
	case len(row) > 1:
	case strings.Contains(first, ";"):
		return say(semicolons)
	case strings.Contains(first, "\t"):
		return say(tabs)
	}
	return Reason{}
}

// get returns a cell of the row being read without surrounding space, "" when
// the file has no such column.
func (h *header) get(c column) string {
	if h.at[c] < 0 {
		return ""
	}
	return strings.TrimSpace(Unguard(strings.TrimSpace(h.cells[h.at[c]])))
}

// name returns the name of the column at a position, for a problem; its
// number while the header is not known.
func (h *header) name(position int) string {
	if position < 0 {
		return ""
	}
	if h != nil && position < len(h.names) && h.names[position] != "" {
		if c, ok := columnNamed(h.names[position]); ok {
			return c.String()
		}
		return strings.Trim(show(h.names[position]), `"`)
	}
	return numberedColumn + strconv.Itoa(position+1)
}

// numberedColumn begins the name of a column that has none of its own.
const numberedColumn = "column "

// NumberedColumn gives the number in Problem.Column of a column that has no name, from 1, so that it can be told in another language. False: it has a name.
func NumberedColumn(name string) (n int, ok bool) {
	digits, ok := strings.CutPrefix(name, numberedColumn)
	if !ok {
		return 0, false
	}
	n, err := strconv.Atoi(digits)
	return n, err == nil
}
