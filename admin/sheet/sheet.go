// Package sheet writes rows as a file for a spreadsheet: CSV or XLSX. It keeps no rows: what it holds does not grow with the file.
//
// Text comes from shoppers, and a spreadsheet takes text that begins like a formula for one, which then can send the whole sheet somewhere. So every text that
// begins so is made harmless (catalog.Guard). Numbers are ours, and stay numbers.
package sheet

import (
	"strconv"
	"strings"
	"time"
)

// Cell is one cell of a row. The zero value is an empty one.
type Cell struct {
	text   string
	number bool // text is a decimal number as we write it ourselves
}

// Text is a cell of text, whatever stands in it.
func Text(text string) Cell { return Cell{text: strings.ToValidUTF8(text, "\ufffd")} }

// Number is a cell with a whole number.
func Number(n int64) Cell { return Cell{text: strconv.FormatInt(n, 10), number: true} }

// Decimal is a cell with a decimal number: digits, a point, digits; a minus in front.
func Decimal(digits string) Cell { return Cell{text: digits, number: true} }

// Time is a cell with a moment in UTC, as ISO 8601 writes it: a spreadsheet's own dates have no zone. Nil: an empty cell.
func Time(t *time.Time) Cell {
	if t == nil {
		return Cell{}
	}
	return Cell{text: t.UTC().Format("2006-01-02T15:04:05.000000Z")}
}
