package catalog

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const head = "Handle,Title,Body (HTML),Vendor,Option1 Name,Option1 Value,Variant SKU,Variant Inventory Qty," +
	"Variant Price,Variant Compare At Price,Image Src,Image Position,Status\n"

// one returns a file with one good product in which some cells are replaced.
func one(cells ...string) string { return head + row(cells...) }

// row returns a good row; cells are name, value, name, value …
func row(cells ...string) string {
	names := strings.Split(strings.TrimSpace(head), ",")
	good := map[string]string{
		"Handle": "mug", "Title": "Camp Mug", "Variant SKU": "MUG-1", "Variant Inventory Qty": "40", "Variant Price": "12.50",
	}
	for i := 0; i < len(cells); i += 2 {
		good[cells[i]] = cells[i+1]
	}
	out := make([]string, len(names))
	for i, name := range names {
		if v := good[name]; strings.ContainsAny(v, ",\"\n\r") {
			out[i] = `"` + strings.ReplaceAll(v, `"`, `""`) + `"`
		} else {
			out[i] = v
		}
	}
	return strings.Join(out, ",") + "\n"
}

func refusal(t *testing.T, file string, o Options) string {
	t.Helper()
	if o.Currency == "" {
		o.Currency = "EUR"
	}
	items, err := Read(strings.NewReader(file), o)
	var problems Problems
	if !errors.As(err, &problems) {
		t.Fatalf("got %d items and error %v, want Problems", len(items), err)
	}
	if items != nil {
		t.Errorf("got %d items beside the problems, want none", len(items))
	}
	return problems.Error()
}

const (
	price = "Variant Price"
	list  = "Variant Compare At Price"
	qty   = "Variant Inventory Qty"
)

var long = strings.Repeat("é", 201)

var badCells = []struct{ column, cell, want string }{
	{"Handle", "", `is missing`},
	{"Handle", "a b", `"a b" has " "; write letters, digits, - and _ only`},
	{"Handle", "../mug", `"../mug" has "/"; write letters, digits, - and _ only`},
	{"Handle", long, `has 201 characters; at most 200`},
	{"Handle", "m\x00ug", `has the control character U+0000; remove it`},
	{"Title", "", `is missing`},
	{"Title", "  ", `is missing`},
	{"Title", long, `has 201 characters; at most 200`},
	{"Title", "Camp\nMug", `has the control character U+000A; remove it`},
	{"Title", "Camp\x1bMug", `has the control character U+001B; remove it`},
	{"Title", "Camp\u0085Mug", `has the control character U+0085; remove it`},
	{"Vendor", long, `has 201 characters; at most 200`},
	{"Vendor", "a\tb", `has the control character U+0009; remove it`},
	{"Body (HTML)", "a\x00b", `has the control character U+0000; remove it`},
	{"Body (HTML)", "<p>" + strings.Repeat("界", 4001), `has 4001 characters of text; at most 4000`},
	{"Option1 Value", "a\x07b", `has the control character U+0007; remove it`},
	{"Option1 Value", strings.Repeat("x", 200), `makes a title of 211 characters; at most 200`},
	{"Variant SKU", "", `is missing`},
	{"Variant SKU", strings.Repeat("S", 101), `has 101 characters; at most 100`},
	{"Variant SKU", "A\x7fB", `has the control character U+007F; remove it`},
	{qty, "", `is missing`},
	{qty, "-3", `"-3" is negative`},
	{qty, "2.5", `"2.5" is no whole number`},
	{qty, "5,000", `"5,000" is no whole number`},
	{qty, "1e3", `"1e3" is no whole number`},
	{qty, "+3", `"+3" is no whole number`},
	{qty, "many", `"many" is no whole number`},
	{qty, "1000001", `"1000001" is more than 1000000`},
	{qty, "99999999999999999999", `"99999999999999999999" is more than 1000000`},
	{price, "", `is missing`},
	{price, "0", `"0" is no price to sell at; the least is 0.01`},
	{price, "0.00", `"0.00" is no price to sell at; the least is 0.01`},
	{price, "-1", `"-1" is negative`},
	{price, "1,234.50", `"1,234.50" has a comma; write 1234.50`},
	{price, "1.234,50", `"1.234,50" has a comma; write 1234.50`},
	{price, "12,50", `"12,50" has a comma; write 12.50`},
	{price, "1,234", `"1,234" has a comma; write 1234`},
	{price, "1,2,3", `"1,2,3" has a comma; write it like 12.99`},
	{price, "€12.50", `"€12.50" has a currency sign; write 12.50`},
	{price, "12,50 €", `"12,50 €" has a currency sign; write 12.50`},
	{price, "$ 9", `"$ 9" has a currency sign; write 9`},
	{price, "EUR 12.50", `"EUR 12.50" has a currency sign; write 12.50`},
	{price, "€ ?", `"€ ?" has a currency sign; write it like 12.99`},
	{price, "12.505", `"12.505" has 3 decimals; EUR has 2`},
	{price, "1.000", `"1.000" has 3 decimals; EUR has 2`},
	{price, "1.2.3", `"1.2.3" is no price; write it like 12.99`},
	{price, "12.", `"12." is no price; write it like 12.99`},
	{price, ".5", `".5" is no price; write it like 12.99`},
	{price, "1e3", `"1e3" is no price; write it like 12.99`},
	{price, "+5", `"+5" is no price; write it like 12.99`},
	{price, "１２", `"１２" is no price; write it like 12.99`},
	{price, "NaN", `"NaN" is no price; write it like 12.99`},
	{price, "10000000000.01", `"10000000000.01" is more than 10000000000.00`},
	{price, strings.Repeat("9", 60), `"9999999999999999999999999999999999999999…" is more than 10000000000.00`},
	{list, "12.49", `list price 12.49 is below price 12.50`},
	{list, "12,99", `"12,99" has a comma; write 12.99`},
	{list, "cheap", `"cheap" is no price; write it like 12.99`},
	{"Image Src", "http://a.example/x.png", `"http://a.example/x.png" must begin with https:// or be a path such as images/mug.svg`},
	{"Image Src", "javascript:alert(1)", `"javascript:alert(1)" must begin with https:// or be a path such as images/mug.svg`},
	{"Image Src", "data:image/png;base64,AA", `"data:image/png;base64,AA" must begin with https:// or be a path such as images/mug.svg`},
	{"Image Src", "//a.example/x.png", `"//a.example/x.png" must begin with https:// or be a path such as images/mug.svg`},
	{"Image Src", "/etc/passwd", `"/etc/passwd" is no path such as images/mug.svg (letters, digits, - _ . and / inside)`},
	{"Image Src", "../secret.svg", `"../secret.svg" is no path such as images/mug.svg (letters, digits, - _ . and / inside)`},
	{"Image Src", "images/../a.svg", `"images/../a.svg" is no path such as images/mug.svg (letters, digits, - _ . and / inside)`},
	{"Image Src", "images/a b.svg", `"images/a b.svg" is no path such as images/mug.svg (letters, digits, - _ . and / inside)`},
	{"Image Src", "https://", `"https://" is no web address`},
	{"Image Src", "https://me:pw@a.example/x", `"https://me:pw@a.example/x" is no web address`},
	{"Image Src", `https://a.example/"x`, `"https://a.example/\"x" has "\""; write it percent-encoded`},
	{"Image Src", "https://a.example/é", `"https://a.example/é" has "é"; write it percent-encoded`},
	{"Image Src", "https://a.example/" + strings.Repeat("x", 483), `has 501 bytes; at most 500`},
	{"Status", "live", `"live" is no status; write active, draft or archived`},
}

func TestRefusesCells(t *testing.T) {
	for _, tt := range badCells {
		t.Run(tt.column+"/"+tt.want, func(t *testing.T) {
			want := fmt.Sprintf("line 2: %s: %s", tt.column, tt.want)
			if got := refusal(t, one(tt.column, tt.cell), Options{}); got != want {
				t.Errorf("\n got %s\nwant %s", got, want)
			}
		})
	}
}

func TestRefusesPricesByCurrency(t *testing.T) {
	tests := []struct{ currency, cell, want string }{
		{"JPY", "12.5", `"12.5" has 1 decimal; JPY has 0`},
		{"JPY", "1,200", `"1,200" has a comma; write 1200`},
		{"JPY", "0", `"0" is no price to sell at; the least is 1`},
		{"JPY", "¥1200", `"¥1200" has a currency sign; write 1200`},
		{"JPY", "1000000000001", `"1000000000001" is more than 1000000000000`},
		{"KWD", "1.2345", `"1.2345" has 4 decimals; KWD has 3`},
		{"KWD", "1,234", `"1,234" has a comma; write it like 1.299`},
		{"KWD", "0.000", `"0.000" is no price to sell at; the least is 0.001`},
	}
	for _, tt := range tests {
		t.Run(tt.currency+"/"+tt.cell, func(t *testing.T) {
			want := "line 2: Variant Price: " + tt.want
			got := refusal(t, one("Variant Price", tt.cell), Options{Currency: tt.currency})
			if got != want {
				t.Errorf("\n got %s\nwant %s", got, want)
			}
		})
	}
}

func TestRefusesRows(t *testing.T) {
	image := func(cells ...string) string {
		return row(append([]string{
			"Title", "", "Variant SKU", "", "Variant Inventory Qty", "", "Variant Price", "",
		}, cells...)...)
	}
	tests := []struct{ name, file, want string }{
		{"SKU twice", one() + row("Handle", "cup"), `line 3: Variant SKU: "MUG-1" is also on line 2; each SKU may stand once`},
		{
			"SKU after a cell of lines", one("Body (HTML)", "a\nb\nc") + row("Handle", "cup"),
			`line 5: Variant SKU: "MUG-1" is also on line 2; each SKU may stand once`,
		},
		{"short row", head + "mug,Camp Mug\n", `line 2: the row has 2 cells, the header has 13`},
		{"long row", head + strings.TrimSpace(row()) + ",\n", `line 2: the row has 14 cells, the header has 13`},
		{"row of nothing", one() + image(), `line 3: the row has neither a SKU and a price nor an image`},
		{"only an image", head + image("Title", "Camp Mug", "Image Src", "a.svg"), `line 2: product "mug" has no row with a SKU and a price`},
		{
			"image position", one() + image("Image Src", "a.svg", "Image Position", "0"),
			`line 3: Image Position: "0" is no position; write 1, 2, 3 …`,
		},
		{"other title", one() + row("Title", "Cup", "Variant SKU", "2"), `line 3: Title: differs from line 2, which has the same handle`},
		{"other vendor", one() + row("Vendor", "Us", "Variant SKU", "2"), `line 3: Vendor: differs from line 2, which has the same handle`},
		{
			"other body", one() + row("Body (HTML)", "<p>x", "Variant SKU", "2"),
			`line 3: Body (HTML): differs from line 2, which has the same handle`,
		},
		{"other status", one() + row("Status", "draft", "Variant SKU", "2"), `line 3: Status: differs from line 2, which has the same handle`},
		{
			"all of them", one("Variant Price", "x", "Variant Inventory Qty", "-1") + row("Handle", "", "Variant SKU", "3") +
				row("Handle", "cup", "Variant SKU", "", "Title", ""),
			`line 2: Variant Price: "x" is no price; write it like 12.99
line 2: Variant Inventory Qty: "-1" is negative
line 3: Handle: is missing
line 4: Title: is missing
line 4: Variant SKU: is missing`,
		},
		{
			"only drafts", one("Status", "Draft", "Variant Price", "x") + row("Handle", "b", "Status", "archived"),
			`the file has no active product; all of them are draft, archived or unlisted`,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, refusal(t, tt.file, Options{})); diff != "" {
				t.Error(diff)
			}
		})
	}
}

var big = strings.Repeat("x", 10<<20)

var badFiles = []struct{ name, file, want string }{
	{"empty", "", `line 1: the file is empty`},
	{"only a mark", "\xEF\xBB\xBF", `line 1: the file is empty`},
	{"only line ends", "\n\r\n\n", `line 1: the file is empty`},
	{"only a header", head, `the file has a header but no products`},
	{"only commas below", head + ",,,,,,,,,,,,\n", `the file has a header but no products`},
	{"columns missing", "Handle,Title,Variant Grams\nmug,Camp Mug,3\n", `line 1: Variant SKU: the file has no column of this name
line 1: Variant Inventory Qty: the file has no column of this name
line 1: Variant Price: the file has no column of this name`},
	{"column twice", strings.Replace(head, "Status", "handle", 1) + row(), `line 1: Handle: there are two columns of this name; remove one`},
	{"semicolons", strings.ReplaceAll(one(), ",", ";"), `line 1: cells are separated by semicolons; save the file with commas`},
	{"tabs", strings.ReplaceAll(one(), ",", "\t"), `line 1: cells are separated by tabs; save the file with commas`},
	{"old line ends", strings.ReplaceAll(one(), "\n", "\r"), `line 1: lines end with CR alone; save the file with LF or CRLF`},
	{"UTF-16 with mark", "\xFF\xFEH\x00a\x00", `line 1: the file is UTF-16; save it as CSV UTF-8`},
	{"UTF-16 big end first", "\xFE\xFF\x00H\x00a", `line 1: the file is UTF-16; save it as CSV UTF-8`},
	{"UTF-16 without mark", "H\x00a\x00n\x00", `line 1: the file is UTF-16; save it as CSV UTF-8`},
	{"workbook", "PK\x03\x04rest", `line 1: the file is a workbook or an archive; save the sheet as CSV UTF-8`},
	{
		"Latin-1", one() + row("Handle", "cafe", "Title", "Caf\xe9 pot", "Variant SKU", "2"),
		`line 3: Title: byte 0xE9 is not UTF-8; save the file as CSV UTF-8; the rows after it were not read`,
	},
	{"Latin-1 in the header", "Handle,Stra\xdfe\n", `line 1: column 2: byte 0xDF is not UTF-8; save the file as CSV UTF-8; the rows after it were not read`},
	{
		"Latin-1 on a later line of a cell", one("Body (HTML)", "a\nb\nc\xfc"),
		`line 4: Body (HTML): byte 0xFC is not UTF-8; save the file as CSV UTF-8; the rows after it were not read`,
	},
	{
		"Latin-1 in a column that is not read", one("Option1 Name", "Gr\xf6\xdfe"),
		`line 2: Option1 Name: byte 0xF6 is not UTF-8; save the file as CSV UTF-8; the rows after it were not read`,
	},
	{"half a rune", one("Title", "Caf\xc3"), `line 2: Title: byte 0xC3 is not UTF-8; save the file as CSV UTF-8; the rows after it were not read`},
	{
		"quote in a bare cell", one() + strings.Replace(row("Handle", "pan"), "Camp Mug", `5" pan`, 1),
		`line 3: a quotation mark stands inside a cell that does not begin with one; put the cell in quotation marks and double those inside; the rows after it were not read`,
	},
	{
		"text after a quote", one() + strings.Replace(row("Handle", "pan"), "Camp Mug", `"5" pan`, 1),
		`line 3: text follows a closing quotation mark; double the quotation marks inside a cell; the rows after it were not read`,
	},
	{
		"quote never closed", one("Variant Price", "x") + strings.Replace(row("Handle", "pan"), "Camp Mug", `"Pan`, 1) + row("Handle", "c"),
		`line 2: Variant Price: "x" is no price; write it like 12.99
line 3: Title: a quotation mark is opened here and never closed; the rows after it were not read`,
	},
	{
		"quote never closed in the header", `Handle,"Title` + "\nmug,Camp Mug\n",
		`line 1: column 2: a quotation mark is opened here and never closed; the rows after it were not read`,
	},
	{
		"10 MB in a bare cell", one("Variant Price", "x") + row("Handle", "b", "Title", big),
		"line 2: Variant Price: \"x\" is no price; write it like 12.99\nline 3: Title: is longer than 64 KiB; shorten it; the rows after it were not read",
	},
	{"10 MB in a quoted cell", one("Body (HTML)", big+","), `line 2: Body (HTML): is longer than 64 KiB; shorten it; the rows after it were not read`},
	{"10 MB of quotes", one("Body (HTML)", strings.Repeat(`"`, 5<<20)), `line 2: Body (HTML): is longer than 64 KiB; shorten it; the rows after it were not read`},
	{"10 MB in a header cell", big + "\n", `line 1: column 1: is longer than 64 KiB; shorten it; the rows after it were not read`},
	{
		"10 MB of rows after an open quote", one() + strings.Replace(row("Handle", "pan"), "Camp Mug", `"Pan`, 1) + strings.Repeat("a,b,c\n", 2<<20),
		`line 3: Title: is longer than 64 KiB; shorten it, or close its quotation mark if that is missing; the rows after it were not read`,
	},
	{"10 MB in one row", one() + strings.Repeat("abcdefg,", 10<<17), `line 3: the row is longer than 1 MiB; shorten it; the rows after it were not read`},
}

func TestRefusesFiles(t *testing.T) {
	for _, tt := range badFiles {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, refusal(t, tt.file, Options{})); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestRefusesTooManyRows(t *testing.T) {
	file := one() + row("Variant SKU", "2") + row("Variant SKU", "3")
	want := "line 4: the file has more than 2 rows; split it"
	if got := refusal(t, file, Options{MaxRows: 2}); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if _, err := Read(strings.NewReader(file), Options{Currency: "EUR", MaxRows: 3}); err != nil {
		t.Errorf("three rows of three: %v", err)
	}
}

func TestRefusesTooMuchText(t *testing.T) {
	prices, err := newMoney("EUR")
	if err != nil {
		t.Fatal(err)
	}
	f := newFile(prices, Options{})
	f.maxText = 1 << 20
	file := strings.Builder{}
	file.WriteString(head)
	for i := range 300 {
		file.WriteString(row("Handle", fmt.Sprint("h", i), "Variant SKU", fmt.Sprint(i), "Body (HTML)", strings.Repeat("y", 4000)))
	}
	if err := f.read(strings.NewReader(file.String())); err != nil {
		t.Fatal(err)
	}
	want := "line 263: the text of all products is longer than 1 MiB; split the file"
	if got := f.found.problems().Error(); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestBoundsTheProblems(t *testing.T) {
	file := head + strings.Repeat(row("Variant Price", "x", "Variant SKU", ""), 2000)
	_, err := Read(strings.NewReader(file), Options{Currency: "EUR"})
	var problems Problems
	if !errors.As(err, &problems) {
		t.Fatalf("got %v, want Problems", err)
	}
	if len(problems) != maxProblems+1 {
		t.Fatalf("got %d problems, want 100 and a count", len(problems))
	}
	if got, want := problems[maxProblems].Error(), "and 3900 more problems"; got != want {
		t.Errorf("last problem is %q, want %q", got, want)
	}
}

func TestRefusesCurrencies(t *testing.T) {
	for _, code := range []string{"", "eur", "EURO", "XXX", "ZZZ", "€"} {
		_, err := Read(strings.NewReader(one()), Options{Currency: code})
		want := fmt.Sprintf("catalog: %q is no currency code of ISO 4217, such as EUR", code)
		if err == nil || err.Error() != want {
			t.Errorf("currency %q: got %v, want %s", code, err, want)
		}
	}
}
