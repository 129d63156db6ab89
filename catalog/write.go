package catalog

import (
	"encoding/csv"
	"fmt"
	"html"
	"io"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Formula says whether a spreadsheet may take text for a formula. Some pass over white space and marks that nobody sees; a tab or a line's end in front may end
// the cell. East Asian versions take the wide forms of the signs as well, so each is brought to its plain form first.
func Formula(text string) bool {
	for i, c := range text {
		switch {
		case i == 0 && (c == '\t' || c == '\r' || c == '\n'):
			return true
		case unicode.IsSpace(c), unicode.IsControl(c), unicode.In(c, unicode.Cf):
			continue
		case c == '\u2212': // a minus that is no hyphen
			return true
		default:
			return strings.IndexAny(norm.NFKC.String(string(c)), "=+-@") == 0
		}
	}
	return false
}

// Guard puts an apostrophe before a cell that a spreadsheet would run as a formula (OWASP, CSV injection): a title may be anybody's text. A cell that looks as if it had been guarded
// gets one more, so that Unguard always gives back what there was.
func Guard(cell string) string {
	if Formula(strings.TrimLeft(cell, "'")) {
		return "'" + cell
	}
	return cell
}

// Unguard takes away the apostrophe that Guard has put there.
func Unguard(cell string) string {
	if rest := strings.TrimLeft(cell, "'"); rest != cell && Formula(rest) {
		return cell[1:]
	}
	return cell
}

// Text makes plain text as Read makes it of HTML: words with single spaces, at most one empty line between them. What was made so, and is written by Writer,
// is read as the same again.
func Text(text string) string { return plainText(markup(text)) }

// markup writes plain text as HTML that plainText reads as the same text.
func markup(text string) string {
	text = strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n")
	return strings.ReplaceAll(html.EscapeString(text), "\n", "<br>")
}

// Currency says whether code is one of ISO 4217.
func Currency(code string) bool {
	_, err := newMoney(code)
	return err == nil
}

// Image says whether an address may be that of a picture: https, or a path such as images/mug.svg.
func Image(address string) bool { return checkImage(address).Code == "" }

// Writer writes products in the columns that Read reads, guarded against formulas.
type Writer struct{ csv *csv.Writer }

// writtenColumns are the columns, in the order in which they are written.
var writtenColumns = []column{
	colHandle, colTitle, colBody, colVendor, colOption1, colSKU, colUnits, colPrice, colListPrice, colImage, colStatus, colCurrency,
}

// NewWriter begins a file with its header. It begins with the mark by which spreadsheets know UTF-8.
func NewWriter(w io.Writer) (*Writer, error) {
	if _, err := io.WriteString(w, "\xEF\xBB\xBF"); err != nil {
		return nil, err
	}
	c := &Writer{csv: csv.NewWriter(w)}
	var names []string
	for _, column := range writtenColumns {
		names = append(names, column.String())
	}
	return c, c.csv.Write(names)
}

// Write adds a product. Its handle must be one that no other product has: each is a product without variants.
func (w *Writer) Write(i Item) error {
	list, status := "", "active"
	if i.ListPriceCents > 0 {
		list = WritePrice(i.Currency, i.ListPriceCents)
	}
	if i.Archived {
		status = "archived"
	}
	cells := []string{
		i.Handle, i.Title, markup(i.Body), i.Vendor, "Default Title", i.SKU, strconv.Itoa(i.Units), WritePrice(i.Currency, i.PriceCents), list, i.ImageURL, status, i.Currency,
	}
	for n, cell := range cells {
		cells[n] = Guard(cell)
	}
	if err := w.csv.Write(cells); err != nil {
		return fmt.Errorf("catalog: write %s: %w", i.SKU, err)
	}
	return nil
}

// Flush sends what was written; call it at the end.
func (w *Writer) Flush() error {
	w.csv.Flush()
	return w.csv.Error()
}
