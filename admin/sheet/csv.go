package sheet

import (
	"encoding/csv"
	"io"

	"doorbuster/catalog"
)

// BOM is the byte order mark: with it, Excel reads a CSV file as UTF-8.
const BOM = "\ufeff"

// CSV writes rows as RFC 4180 has them, in UTF-8. Lines end with a line feed alone, so that one within a cell stays as it is.
type CSV struct {
	w    *csv.Writer
	line []string
}

// NewCSV makes a CSV with cells apart by delimiter.
func NewCSV(w io.Writer, delimiter rune) *CSV {
	c := &CSV{w: csv.NewWriter(w)}
	c.w.Comma = delimiter
	return c
}

// Write writes a row.
func (c *CSV) Write(row []Cell) error {
	c.line = c.line[:0]
	for _, cell := range row {
		text := cell.text
		if !cell.number {
			text = catalog.Guard(text)
		}
		c.line = append(c.line, text)
	}
	return c.w.Write(c.line)
}

// Flush sends on what was written so far.
func (c *CSV) Flush() error {
	c.w.Flush()
	return c.w.Error()
}
