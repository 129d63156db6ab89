package catalog

import (
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
)

func accept(t *testing.T, file string, o Options) []Item {
	t.Helper()
	if o.Currency == "" {
		o.Currency = "EUR"
	}
	items, err := Read(strings.NewReader(file), o)
	if err != nil {
		t.Fatal(err)
	}
	return items
}

const exported = `Handle,Title,Body (HTML),Vendor,Product Category,Type,Tags,Published,Option1 Name,Option1 Value,Option2 Name,Option2 Value,Variant SKU,Variant Inventory Qty,Variant Price,Variant Compare At Price,Image Src,Image Position,Image Alt Text,Status
lamp,Night Lamp,"<p>A <b>warm</b> light,
for reading.</p>",Haldane,Home,Lamp,"a, b",TRUE,Title,Default Title,,,LAMP,7,39.90,59,https://cdn.example/l2.jpg,2,,active
lamp,,,,,,,,,,,,,,,,https://cdn.example/l1.jpg,1,Seen from the side,
bag,Day Bag,,Orrin,Bags,,,TRUE,Colour,Moss,Size,M,BAG-M,0,120,120,images/bag.svg,1,,active
bag,,,,,,,,,Ink,,L,BAG-L,5000,120.5,0.00,images/other.svg,,,
old,Old Thing,,,,,,,,,,,,,,,,,,archived
old,,,,,,,,,,,,,,,,,,,
`

func TestReadsAnExport(t *testing.T) {
	skipped, calls := 0, 0
	got := accept(t, exported, Options{
		Skipped: func(rows int) { skipped = rows },
		Progress: func(bytesRead int64, rows int) {
			calls++
			if bytesRead != int64(len(exported)) || rows != 6 {
				t.Errorf("progress says %d bytes, %d rows; want %d, 6", bytesRead, rows, len(exported))
			}
		},
	})
	want := []Item{
		{
			Line: 2, Handle: "lamp", SKU: "LAMP", Title: "Night Lamp", Body: "A warm light, for reading.", Vendor: "Haldane",
			ImageURL: "https://cdn.example/l1.jpg", PriceCents: 3990, ListPriceCents: 5900, Units: 7,
		},
		{
			Line: 5, Handle: "bag", SKU: "BAG-M", Title: "Day Bag – Moss / M", Vendor: "Orrin",
			ImageURL: "images/bag.svg", PriceCents: 12000,
		},
		{
			Line: 6, Handle: "bag", SKU: "BAG-L", Title: "Day Bag – Ink / L", Vendor: "Orrin",
			ImageURL: "images/bag.svg", PriceCents: 12050, Units: 5000,
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if skipped != 2 || calls != 1 {
		t.Errorf("%d rows skipped and %d calls of Progress, want 2 and 1", skipped, calls)
	}
}

// The same file however it was saved gives the same items.
func TestReadsAnyUsualForm(t *testing.T) {
	want := accept(t, exported, Options{})
	lines := strings.SplitN(exported, "\n", 2)
	forms := map[string]string{
		"byte order mark":   "\xEF\xBB\xBF" + exported,
		"CRLF":              strings.ReplaceAll(exported, "\n", "\r\n"),
		"no last line end":  strings.TrimSuffix(exported, "\n"),
		"lower-case header": strings.ToLower(lines[0]) + "\n" + lines[1],
		"empty rows":        exported + "\n\n" + strings.Repeat(",", 19) + "\n",
		"spaces in header":  strings.ReplaceAll(lines[0], ",", " , ") + "\n" + lines[1],
	}
	for name, file := range forms {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(want, accept(t, file, Options{})); diff != "" {
				t.Error(diff)
			}
		})
	}
	t.Run("byte by byte", func(t *testing.T) {
		got, err := Read(iotest.OneByteReader(strings.NewReader(exported)), Options{Currency: "EUR"})
		if err != nil || !cmp.Equal(want, got) {
			t.Errorf("error %v, difference %s", err, cmp.Diff(want, got))
		}
	})
}

func TestAcceptsTheEdges(t *testing.T) {
	tests := []struct {
		column, cell string
		same         func(Item) bool
	}{
		{"Title", strings.Repeat("界", 200), func(i Item) bool { return len(i.Title) == 600 }},
		{"Title", `24" pan, "deep"`, func(i Item) bool { return i.Title == `24" pan, "deep"` }},
		{"Body (HTML)", strings.Repeat("界", 4000), func(i Item) bool { return len(i.Body) == 12000 }},
		{"Body (HTML)", "<!--" + strings.Repeat(`"`, maxCell-7) + "-->", func(i Item) bool { return i.Body == "" }},
		{"Body (HTML)", "<!--" + strings.Repeat("\n", maxCell-7) + "-->", func(i Item) bool { return i.Body == "" }},
		{"Option1 Value", "default title", func(i Item) bool { return i.Title == "Camp Mug" }},
		{"Variant Price", "10000000000", func(i Item) bool { return i.PriceCents == maxPrice }},
		{"Variant Price", "0.01", func(i Item) bool { return i.PriceCents == 1 }},
		{"Variant Price", " 007.5 ", func(i Item) bool { return i.PriceCents == 750 }},
		{"Variant Compare At Price", "12.51", func(i Item) bool { return i.ListPriceCents == 1251 }},
		{"Variant Compare At Price", "0", func(i Item) bool { return i.ListPriceCents == 0 }},
		{"Variant Inventory Qty", "1000000", func(i Item) bool { return i.Units == maxUnits }},
		{"Handle", "茶杯-2_b.c", func(i Item) bool { return i.Handle == "茶杯-2_b.c" }},
		{"Image Src", "https://a.example/%C3%A9?v=1&w=2", func(i Item) bool { return i.ImageURL == "https://a.example/%C3%A9?v=1&w=2" }},
		{"Status", "ACTIVE", func(i Item) bool { return i.SKU == "MUG-1" }},
	}
	for n, tt := range tests {
		t.Run(fmt.Sprint(n, tt.column), func(t *testing.T) {
			items := accept(t, one(tt.column, tt.cell), Options{})
			if len(items) != 1 || !tt.same(items[0]) {
				t.Errorf("got %.200v", items)
			}
		})
	}
}

// One byte more than 64 KiB is refused; the case above is one byte less.
func TestCountsTheBytesOfACell(t *testing.T) {
	got := refusal(t, one("Body (HTML)", "<!--"+strings.Repeat(`"`, maxCell-6)+"-->"), Options{})
	if !strings.HasPrefix(got, "line 2: Body (HTML): is longer than 64 KiB") {
		t.Error(got)
	}
}

func TestReadsPricesByCurrency(t *testing.T) {
	tests := []struct {
		currency, cell string
		want           int64
	}{
		{"JPY", "1200", 1200},
		{"KWD", "1.234", 1234},
		{"KWD", "1.2", 1200},
		{"CNY", "99.9", 9990},
		{"USD", "5", 500},
	}
	for _, tt := range tests {
		items := accept(t, one("Variant Price", tt.cell), Options{Currency: tt.currency})
		if items[0].PriceCents != tt.want {
			t.Errorf("%s %s: got %d, want %d", tt.cell, tt.currency, items[0].PriceCents, tt.want)
		}
	}
}

func TestTurnsHTMLIntoText(t *testing.T) {
	tests := []struct{ html, want string }{
		{"", ""},
		{"just words", "just words"},
		{"  many \n\t spaces&nbsp;&nbsp;here ", "many spaces here"},
		{"<p>One.</p>\n<p>Two.</p>", "One.\n\nTwo."},
		{"a<br>b<br/>c<br><br><br>d", "a\nb\nc\n\nd"},
		{"<h2>Care</h2><ul><li>Wash</li>\n<li> Dry</li></ul>After", "Care\n\n• Wash\n• Dry\n\nAfter"},
		{"<table><tr><td>Height</td><td>9 cm</td></tr><tr><td>Width</td><td>8 cm</td></tr></table>", "Height 9 cm\nWidth 8 cm"},
		{"<strong>B</strong>old", "Bold"},
		{"5 &lt; 6 &amp;&amp; 7 &gt; 6", "5 < 6 && 7 > 6"},
		{"weight < 5 kg", "weight < 5 kg"},
		{"&lt;script&gt;x&lt;/script&gt;", "<script>x</script>"},
		{"&amp;lt;b&amp;gt;", "&lt;b&gt;"},
		{"a<script>alert('</p>')</script>b", "ab"},
		{"a<script/>alert(1)</script>b", "ab"},
		{"a<style>p{}</style><template>t<template>u</template>v</template>b", "ab"},
		{"a<svg><svg/><title>t</title></svg>b", "ab"},
		{"a<iframe src=x>in</iframe>b", "ab"},
		{"a<scr<script>ipt>x</script>b", "aipt>xb"},
		{"a<!-- c -->b<![CDATA[d]]>", "ab"},
		{"a<img src=x onerror=alert(1)>b", "ab"},
		{"a<script>never closed", "a"},
		{"a<b", "a"},
		{"a&#8;b&#0;c", "ab\uFFFDc"},
	}
	for _, tt := range tests {
		t.Run(tt.html, func(t *testing.T) {
			if got := plainText(tt.html); got != tt.want {
				t.Errorf("\n got %q\nwant %q", got, tt.want)
			}
		})
	}
}

func TestPassesOnTheErrorOfTheReader(t *testing.T) {
	broken := errors.New("disk gone")
	for _, before := range []string{"", "Ha", one(), one() + `mug,"Cam`} {
		items, err := Read(io.MultiReader(strings.NewReader(before), iotest.ErrReader(broken)), Options{Currency: "EUR"})
		if !errors.Is(err, broken) || items != nil {
			t.Errorf("after %d bytes: %d items and error %v", len(before), len(items), err)
		}
	}
}

// generate writes a file of n rows while it is read; call done at the end.
func generate(n int, rowAt func(i int) string) (r io.Reader, done func()) {
	out, in := io.Pipe()
	finished := make(chan struct{})
	go func() {
		defer close(finished)
		_, err := io.WriteString(in, head)
		for i := 0; i < n && err == nil; i++ {
			_, err = io.WriteString(in, rowAt(i))
		}
		in.CloseWithError(err)
	}()
	return out, func() {
		out.Close()
		<-finished
	}
}

func ordinary(i int) string {
	return fmt.Sprintf("product-%d,Product %d,\"<p>Line one, with \"\"quotes\"\".</p>\n<p>Line two.</p>\",,Colour,No %d,SKU-%d,%d,%d.%02d,,,,\n",
		i/3, i/3, i%3, i, i%5000, 1+i/100, i%100)
}

func TestReadsAHundredThousandRows(t *testing.T) {
	if testing.Short() {
		t.Skip("writes and reads 100,000 rows")
	}
	const n = 100_000
	r, done := generate(n, ordinary)
	defer done()
	calls, last := 0, int64(0)
	items, err := Read(r, Options{Currency: "EUR", Progress: func(bytesRead int64, rows int) {
		calls++
		if bytesRead < last {
			t.Errorf("progress goes back from %d to %d bytes", last, bytesRead)
		}
		last = bytesRead
	}})
	if err != nil {
		t.Fatal(err)
	}
	if len(items) != n || calls != n/progressEvery+1 {
		t.Fatalf("got %d items and %d calls of Progress", len(items), calls)
	}
	want := Item{
		Line: 200_000, Handle: "product-33333", SKU: "SKU-99999", Title: "Product 33333 – No 0", Body: "Line one, with \"quotes\".\n\nLine two.",
		PriceCents: 100099, Units: 4999,
	}
	if diff := cmp.Diff(want, items[n-1]); diff != "" {
		t.Error(diff)
	}
}

func TestRefusesTheRowAfterAHundredThousand(t *testing.T) {
	if testing.Short() {
		t.Skip("writes and reads 100,000 rows")
	}
	r, done := generate(defaultMaxRows+1, ordinary)
	defer done()
	_, err := Read(r, Options{Currency: "EUR"})
	if want := "line 200002: the file has more than 100000 rows; split it"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

// Items must not keep the rows they came from: 400 rows with 50 KB of markup
// each are 20 MB, their items less than one.
func TestKeepsOnlyWhatIsNeeded(t *testing.T) {
	body := "<p " + strings.Repeat("data-x=1 ", 50<<10/9) + ">Text</p>"
	r, done := generate(400, func(i int) string {
		return row("Handle", fmt.Sprint("h", i), "Variant SKU", fmt.Sprint(i), "Body (HTML)", body)
	})
	defer done()
	before := heap()
	items, err := Read(r, Options{Currency: "EUR"})
	if err != nil {
		t.Fatal(err)
	}
	if grown := heap() - before; grown > 2<<20 {
		t.Errorf("%d items keep %d MiB", len(items), grown>>20)
	}
	runtime.KeepAlive(items)
}

func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(exported), 0)
	f.Add([]byte(one()), 0)
	f.Add([]byte("\xEF\xBB\xBF"+one("Variant Price", "1,234.50")), 1)
	f.Add([]byte(one("Title", "Caf\xe9", "Body (HTML)", "<svg><p>&#0;")), 2)
	f.Add([]byte(one()+`mug,"a"b,"`+"\n"+row()), 0)
	f.Add([]byte("\xFF\xFEH\x00"), 0)
	currencies := []string{"EUR", "JPY", "KWD"}
	f.Fuzz(func(t *testing.T, file []byte, currency int) {
		o := Options{Currency: currencies[uint(currency)%3], MaxRows: 50}
		items, err := Read(strings.NewReader(string(file)), o)
		var problems Problems
		switch {
		case err == nil && len(items) > 0:
			for _, item := range items {
				checkItem(t, item)
			}
		case errors.As(err, &problems) && len(problems) > 0 && items == nil:
			for _, p := range problems {
				if p.Reason.Code == "" || strings.ContainsFunc(p.Error(), func(r rune) bool { return r < ' ' }) {
					t.Errorf("problem %q", p.Error())
				}
			}
		default:
			t.Errorf("%d items and error %v", len(items), err)
		}
	})
}

// checkItem holds an item against the ranges that its type promises.
func checkItem(t *testing.T, i Item) {
	t.Helper()
	runes := func(s string, least, most int) bool { n := len([]rune(s)); return least <= n && n <= most }
	switch {
	case !runes(i.Handle, 1, maxHandle), !runes(i.SKU, 1, maxSKU), !runes(i.Title, 1, maxTitle), !runes(i.Vendor, 0, maxVendor),
		!runes(i.Body, 0, maxBody), len(i.ImageURL) > maxImageURL,
		i.PriceCents < 1 || i.PriceCents > maxPrice,
		i.ListPriceCents != 0 && (i.ListPriceCents <= i.PriceCents || i.ListPriceCents > maxPrice),
		i.Units < 0 || i.Units > maxUnits, i.Line < 2:
		t.Errorf("item out of range: %+v", i)
	}
	for _, s := range []string{i.Handle, i.SKU, i.Title, i.Vendor, i.ImageURL} {
		if complaint := controlCharacter(s, ""); complaint.Code != "" {
			t.Errorf("%q %s", s, complaint)
		}
	}
	if complaint := controlCharacter(i.Body, "\n"); complaint.Code != "" {
		t.Errorf("%q %s", i.Body, complaint)
	}
}
