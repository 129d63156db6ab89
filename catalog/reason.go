package catalog

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Reason is what is wrong: one of Codes, and what its sentence is filled with, in order. A page words it in the language of its reader.
// The zero Reason is none.
type Reason struct {
	Code string
	Args []string // cells are quoted and cut
}

// say makes a reason; the arguments are those that the sentence of the code names.
func say(code string, args ...any) Reason {
	r := Reason{Code: code}
	for _, arg := range args {
		r.Args = append(r.Args, fmt.Sprint(arg))
	}
	return r
}

// String is the sentence in English.
func (r Reason) String() string {
	s := sentences[r.Code]
	words, filled := s.other, []string{}
	for i, name := range s.names() {
		if i < len(r.Args) {
			filled = append(filled, "{{."+name+"}}", r.Args[i])
			if name == "N" && r.Args[i] == "1" {
				words = s.one
			}
		}
	}
	return strings.NewReplacer(filled...).Replace(words)
}

// Named gives name and value of each argument, in pairs; that of the one that chooses singular or plural is N. A reason that was kept may be one that
// this program does not know, or not with these arguments: then ok is false.
func (r Reason) Named() (pairs []any, ok bool) {
	s, ok := sentences[r.Code]
	names := s.names()
	if !ok || len(names) != len(r.Args) {
		return nil, false
	}
	for i, name := range names {
		if _, err := strconv.Atoi(r.Args[i]); name == "N" && err != nil {
			return nil, false
		}
		pairs = append(pairs, name, r.Args[i])
	}
	return pairs, true
}

// Codes are those of all reasons.
func Codes() []string { return slices.Sorted(maps.Keys(sentences)) }

// Sentence is how a code reads in English, with the names of its arguments as in {{.Cell}}; one is empty where N plays no part.
func Sentence(code string) (one, other string) { return sentences[code].one, sentences[code].other }

// sentence has a singular when it counts something, by N.
type sentence struct{ other, one string }

var placeholder = regexp.MustCompile(`{{\.(\w+)}}`)

// names are those of the arguments, in order.
func (s sentence) names() (names []string) {
	for _, m := range placeholder.FindAllStringSubmatch(s.other, -1) {
		names = append(names, m[1])
	}
	return names
}

const (
	missing          = "missing"
	control          = "control_character"
	tooLong          = "characters_many"
	textLong         = "text_long"
	titleLong        = "title_long"
	bytesMany        = "bytes_many"
	handleCharacter  = "handle_character"
	negative         = "negative"
	noNumber         = "no_number"
	tooMuch          = "too_much"
	noStatus         = "no_status"
	noCurrency       = "no_currency"
	skuTwice         = "sku_twice"
	unequal          = "differs"
	noPrice          = "no_price"
	priceZero        = "price_zero"
	priceSign        = "price_sign"
	priceSignLike    = "price_sign_like"
	priceComma       = "price_comma"
	priceCommaLike   = "price_comma_like"
	decimalsMany     = "decimals_many"
	listLow          = "list_low"
	noPosition       = "no_position"
	imageScheme      = "image_scheme"
	imagePath        = "image_path"
	noAddress        = "no_address"
	addressCharacter = "address_character"
	cellCount        = "cell_count"
	rowNothing       = "row_nothing"
	productNothing   = "product_nothing"
	columnTwice      = "column_twice"
	columnMissing    = "column_missing"
	oldLineEnds      = "old_line_ends"
	semicolons       = "semicolons"
	tabs             = "tabs"
	fileEmpty        = "file_empty"
	noProducts       = "no_products"
	noActive         = "no_active"
	utf16            = "utf16"
	workbook         = "workbook"
	notUTF8          = "not_utf8"
	quoteInside      = "quote_inside"
	quoteOpen        = "quote_open"
	quoteAfter       = "quote_after"
	cellLong         = "cell_long"
	cellLongOpen     = "cell_long_open"
	rowLong          = "row_long"
	rowsMany         = "rows_many"
	textMany         = "text_many"
	moreProblems     = "more_problems"
)

const unread = "; the rows after it were not read"

// sentences are the reasons in English, for the command line and for what is kept.
var sentences = map[string]sentence{
	missing:          {other: "is missing"},
	control:          {other: "has the control character {{.Character}}; remove it"},
	tooLong:          {other: "has {{.Length}} characters; at most {{.Most}}"},
	textLong:         {other: "has {{.Length}} characters of text; at most {{.Most}}"},
	titleLong:        {other: "makes a title of {{.Length}} characters; at most {{.Most}}"},
	bytesMany:        {other: "has {{.Length}} bytes; at most {{.Most}}"},
	handleCharacter:  {other: "{{.Cell}} has {{.Character}}; write letters, digits, - and _ only"},
	negative:         {other: "{{.Cell}} is negative"},
	noNumber:         {other: "{{.Cell}} is no whole number"},
	tooMuch:          {other: "{{.Cell}} is more than {{.Most}}"},
	noStatus:         {other: "{{.Cell}} is no status; write active, draft or archived"},
	noCurrency:       {other: "{{.Cell}} is no currency code of ISO 4217, such as EUR"},
	skuTwice:         {other: "{{.Cell}} is also on line {{.Line}}; each SKU may stand once"},
	unequal:          {other: "differs from line {{.Line}}, which has the same handle"},
	noPrice:          {other: "{{.Cell}} is no price; write it like {{.Like}}"},
	priceZero:        {other: "{{.Cell}} is no price to sell at; the least is {{.Least}}"},
	priceSign:        {other: "{{.Cell}} has a currency sign; write {{.Price}}"},
	priceSignLike:    {other: "{{.Cell}} has a currency sign; write it like {{.Like}}"},
	priceComma:       {other: "{{.Cell}} has a comma; write {{.Price}}"},
	priceCommaLike:   {other: "{{.Cell}} has a comma; write it like {{.Like}}"},
	decimalsMany:     {other: "{{.Cell}} has {{.N}} decimals; {{.Currency}} has {{.Digits}}", one: "{{.Cell}} has {{.N}} decimal; {{.Currency}} has {{.Digits}}"},
	listLow:          {other: "list price {{.List}} is below price {{.Price}}"},
	noPosition:       {other: "{{.Cell}} is no position; write 1, 2, 3 …"},
	imageScheme:      {other: "{{.Cell}} must begin with https:// or be a path such as images/mug.svg"},
	imagePath:        {other: "{{.Cell}} is no path such as images/mug.svg (letters, digits, - _ . and / inside)"},
	noAddress:        {other: "{{.Cell}} is no web address"},
	addressCharacter: {other: "{{.Cell}} has {{.Character}}; write it percent-encoded"},
	cellCount:        {other: "the row has {{.N}} cells, the header has {{.Header}}", one: "the row has {{.N}} cell, the header has {{.Header}}"},
	rowNothing:       {other: "the row has neither a SKU and a price nor an image"},
	productNothing:   {other: "product {{.Handle}} has no row with a SKU and a price"},
	columnTwice:      {other: "there are two columns of this name; remove one"},
	columnMissing:    {other: "the file has no column of this name"},
	oldLineEnds:      {other: "lines end with CR alone; save the file with LF or CRLF"},
	semicolons:       {other: "cells are separated by semicolons; save the file with commas"},
	tabs:             {other: "cells are separated by tabs; save the file with commas"},
	fileEmpty:        {other: "the file is empty"},
	noProducts:       {other: "the file has a header but no products"},
	noActive:         {other: "the file has no active product; all of them are draft, archived or unlisted"},
	utf16:            {other: "the file is UTF-16; save it as CSV UTF-8"},
	workbook:         {other: "the file is a workbook or an archive; save the sheet as CSV UTF-8"},
	notUTF8:          {other: "byte {{.Byte}} is not UTF-8; save the file as CSV UTF-8" + unread},
	quoteInside:      {other: "a quotation mark stands inside a cell that does not begin with one; put the cell in quotation marks and double those inside" + unread},
	quoteOpen:        {other: "a quotation mark is opened here and never closed" + unread},
	quoteAfter:       {other: "text follows a closing quotation mark; double the quotation marks inside a cell" + unread},
	cellLong:         {other: "is longer than 64 KiB; shorten it" + unread},
	cellLongOpen:     {other: "is longer than 64 KiB; shorten it, or close its quotation mark if that is missing" + unread},
	rowLong:          {other: "the row is longer than 1 MiB; shorten it" + unread},
	rowsMany:         {other: "the file has more than {{.N}} rows; split it", one: "the file has more than {{.N}} row; split it"},
	textMany:         {other: "the text of all products is longer than {{.Most}} MiB; split the file"},
	moreProblems:     {other: "and {{.N}} more problems", one: "and {{.N}} more problem"},
}
