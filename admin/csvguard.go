package admin

import (
	"encoding/csv"
	"io"

	"doorbuster/catalog"
)

// guardedCSV writes rows that a spreadsheet shows as they are: no cell is taken for a formula, and the mark in front of all of it says that it is UTF-8.
type guardedCSV struct{ w *csv.Writer }

// newGuardedCSV writes the mark and the names of the columns.
func newGuardedCSV(to io.Writer, columns ...string) (*guardedCSV, error) {
	if _, err := io.WriteString(to, "\ufeff"); err != nil {
		return nil, err
	}
	g := &guardedCSV{csv.NewWriter(to)}
	g.w.UseCRLF = true // RFC 4180
	return g, g.w.Write(columns)
}

// row writes one row. It may stay in memory until flush.
func (g *guardedCSV) row(cells ...string) error {
	for i, text := range cells {
		cells[i] = catalog.Guard(text)
	}
	return g.w.Write(cells)
}

// flush sends what was written.
func (g *guardedCSV) flush() error {
	g.w.Flush()
	return g.w.Error()
}
