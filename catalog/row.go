package catalog

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	maxTitle  = 200       // runes; also of a variant's composed title
	maxBody   = 4000      // runes of plain text
	maxVendor = 200       // runes
	maxHandle = 200       // runes
	maxSKU    = 100       // runes
	maxUnits  = 1_000_000 // of one item
)

// product is what rows of one handle share.
type product struct {
	handle   string
	line     int // of its first row
	title    string
	body     string
	vendor   string
	image    string
	position int  // of image; lower ones win
	skip     bool // draft, archived or unlisted
	sells    bool // some row of it has a SKU or a price
	status   string
	broken   bool // its first row has a problem; later rows are not compared
}

// row takes one row of the file. Every cell with a problem is named; the rest
// of the row is still checked.
func (f *file) row(line int) {
	h := f.header
	if strings.TrimSpace(strings.Join(h.cells, "")) == "" {
		return // spreadsheets leave rows of commas behind
	}
	if len(h.cells) != h.width {
		f.problem(line, -1, say(cellCount, len(h.cells), h.width))
		return
	}
	handle := h.get(colHandle)
	if complaint := checkHandle(handle); complaint.Code != "" {
		f.problem(line, colHandle, complaint)
		return
	}
	p, seen := f.products[handle]
	if !seen {
		p = f.addProduct(handle, line)
	}
	if p.skip {
		f.skipped++
		return
	}
	if seen {
		f.compare(p, line)
	}
	f.image(p, line)
	switch {
	case h.get(colSKU)+h.get(colPrice)+h.get(colUnits) != "":
		p.sells = true
		f.item(p, line)
	case h.get(colImage) == "":
		f.problem(line, -1, say(rowNothing))
	}
}

// addProduct reads the cells that stand on a product's first row only. Those
// of a product that is not active are not checked: a draft may be unfinished.
func (f *file) addProduct(handle string, line int) *product {
	p := &product{handle: f.keep(handle), line: line}
	f.products[p.handle] = p
	f.order = append(f.order, p)
	before := f.found.total()
	p.status = strings.ToLower(f.header.get(colStatus))
	switch p.status {
	case "", "active":
		p.status = "active"
	case "draft", "unlisted":
		p.skip = true
		return p
	case "archived":
		if p.skip = !f.options.Products; p.skip {
			return p
		}
	default:
		f.problem(line, colStatus, say(noStatus, show(f.header.get(colStatus))))
	}
	p.title = f.line(line, colTitle, 1, maxTitle)
	p.vendor = f.line(line, colVendor, 0, maxVendor)
	p.body = f.body(line)
	p.broken = f.found.total() > before
	return p
}

// compare refuses a later row of a product that says something else than the
// first one: either two products share a handle by mistake, or one of the two
// texts would be lost. Empty cells are the usual case.
func (f *file) compare(p *product, line int) {
	if p.broken {
		return
	}
	h := f.header
	differs := func(c column, same bool) {
		if h.get(c) != "" && !same {
			f.problem(line, c, say(unequal, p.line))
		}
	}
	differs(colTitle, h.get(colTitle) == p.title)
	differs(colVendor, h.get(colVendor) == p.vendor)
	differs(colBody, h.get(colBody) == "" || plainText(h.get(colBody)) == p.body)
	differs(colStatus, strings.EqualFold(h.get(colStatus), p.status))
}

// line reads a cell that must be one line of between least and most runes.
func (f *file) line(line int, c column, least, most int) string {
	cell := f.header.get(c)
	complaint := controlCharacter(cell, "")
	if n := utf8.RuneCountInString(cell); complaint.Code == "" {
		switch {
		case n < least:
			complaint = say(missing)
		case n > most:
			complaint = say(tooLong, n, most)
		}
	}
	if complaint.Code != "" {
		f.problem(line, c, complaint)
		return ""
	}
	return f.keep(cell)
}

func (f *file) body(line int) string {
	cell := f.header.get(colBody)
	if complaint := controlCharacter(cell, "\t\r\n"); complaint.Code != "" {
		f.problem(line, colBody, complaint)
		return ""
	}
	text := plainText(cell)
	if n := utf8.RuneCountInString(text); n > maxBody {
		f.problem(line, colBody, say(textLong, n, maxBody))
		return ""
	}
	return f.keep(text)
}

// item reads the cells of a variant, or of a product without variants.
func (f *file) item(p *product, line int) {
	item := Item{Line: line, Handle: p.handle, Body: p.body, Vendor: p.vendor, Archived: p.status == "archived"}
	if f.header.get(colCurrency) != "" {
		item.Currency = f.prices.code
	}
	item.SKU = f.sku(line)
	item.PriceCents = f.price(line)
	item.ListPriceCents = f.listPrice(line, item.PriceCents)
	item.Units = f.units(line)
	item.Title = f.title(p, line)
	switch {
	case f.options.KeepGood && f.found.total() > f.rowProblems:
		return // this row is left out
	case f.options.KeepGood && p.broken:
		f.bad++
		return // what it shares with its first row is wrong
	case !f.options.KeepGood && len(f.found.list) > 0:
		return // nothing will be returned; the rest of the file is only checked
	}
	f.items = append(f.items, item)
	f.owners = append(f.owners, p)
}

func (f *file) sku(line int) string {
	sku := f.line(line, colSKU, 1, maxSKU)
	if sku == "" {
		return ""
	}
	if first, ok := f.skus[sku]; ok {
		f.problem(line, colSKU, say(skuTwice, show(sku), first))
		return sku
	}
	f.skus[sku] = line
	return sku
}

// price returns 0 when there was a problem. A price of zero is one: in a file
// it is nearly always a slip, and the crowd would be faster than its correction.
func (f *file) price(line int) int64 {
	cell := f.header.get(colPrice)
	if cell == "" {
		f.problem(line, colPrice, say(missing))
		return 0
	}
	minor, complaint := f.prices.parse(cell)
	if complaint.Code == "" && minor == 0 {
		complaint = say(priceZero, show(cell), f.prices.write(1))
	}
	if complaint.Code != "" {
		f.problem(line, colPrice, complaint)
	}
	return minor
}

// listPrice returns 0 for a list price that equals the price: nothing would
// be struck out.
func (f *file) listPrice(line int, price int64) int64 {
	cell := f.header.get(colListPrice)
	if cell == "" {
		return 0
	}
	minor, complaint := f.prices.parse(cell)
	if complaint.Code == "" && minor > 0 && minor < price {
		complaint = say(listLow, f.prices.write(minor), f.prices.write(price))
	}
	if complaint.Code != "" {
		f.problem(line, colListPrice, complaint)
	}
	if minor <= price {
		return 0
	}
	return minor
}

func (f *file) units(line int) int {
	cell := f.header.get(colUnits)
	if cell == "" && f.options.Products {
		return 0
	}
	units, err := strconv.Atoi(cell)
	var complaint Reason
	switch {
	case cell == "":
		complaint = say(missing)
	case strings.HasPrefix(cell, "-"):
		complaint = say(negative, show(cell))
	case !allDigits(cell):
		complaint = say(noNumber, show(cell))
	case err != nil || units > maxUnits:
		complaint = say(tooMuch, show(cell), maxUnits)
	}
	if complaint.Code != "" {
		f.problem(line, colUnits, complaint)
		return 0
	}
	return units
}

// title adds the option values of a variant to the product's title.
func (f *file) title(p *product, line int) string {
	var values []string
	for _, c := range []column{colOption1, colOption2, colOption3} {
		value := f.header.get(c)
		if complaint := controlCharacter(value, ""); complaint.Code != "" {
			f.problem(line, c, complaint)
		}
		if value != "" && !strings.EqualFold(value, "Default Title") {
			values = append(values, value)
		}
	}
	if len(values) == 0 || p.title == "" {
		return p.title
	}
	title := p.title + " – " + strings.Join(values, " / ")
	if n := utf8.RuneCountInString(title); n > maxTitle {
		f.problem(line, colOption1, say(titleLong, n, maxTitle))
		return ""
	}
	return f.keep(title)
}

// problem notes what is wrong with a cell, or with the row when c is -1.
func (f *file) problem(line int, c column, reason Reason) {
	name := ""
	if c >= 0 {
		name = c.String()
	}
	f.found.add(Problem{line, name, reason})
}

// checkHandle allows what can stand in an address: letters and digits of any
// language, and - _ .
func checkHandle(handle string) Reason {
	if handle == "" {
		return say(missing)
	}
	if n := utf8.RuneCountInString(handle); n > maxHandle {
		return say(tooLong, n, maxHandle)
	}
	if complaint := controlCharacter(handle, ""); complaint.Code != "" {
		return complaint
	}
	for _, r := range handle {
		if !unicode.In(r, unicode.L, unicode.M, unicode.N) && !strings.ContainsRune("-_.", r) {
			return say(handleCharacter, show(handle), show(string(r)))
		}
	}
	return Reason{}
}

// currency reads in which currency a row's prices are: its own, or else the file's.
func (f *file) currency(line int, standard money) money {
	if len(f.header.cells) != f.header.width {
		return standard // the row will be refused
	}
	cell := f.header.get(colCurrency)
	if cell == "" || cell == standard.code {
		return standard
	}
	m, err := newMoney(cell)
	if err != nil {
		f.problem(line, colCurrency, say(noCurrency, show(cell)))
		return standard
	}
	return m
}
