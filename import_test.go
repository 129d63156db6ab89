package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"doorbuster/store/storetest"
)

const csvHead = "Handle,Title,Variant SKU,Variant Inventory Qty,Variant Price\n"

// csvFile writes a products file.
func csvFile(t testing.TB, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "products.csv")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// manyRows is a file of n products, each with a price and units of its own.
func manyRows(n int) string {
	var b strings.Builder
	b.WriteString(csvHead)
	for i := 1; i <= n; i++ {
		fmt.Fprintf(&b, "thing-%d,Thing %d,T-%d,%d,%d.%02d\n", i, i, i, 1+i%9, 1+i/100, i%100)
	}
	return b.String()
}

// One bad row, and nothing is imported: the line and the reason are named, and the database was not touched.
func TestImportRefuses(t *testing.T) {
	good := "lamp,Night Lamp,LAMP,7,39.90\n"
	d := storetest.New(t)
	for _, tt := range []struct {
		name, file string
		says       []string
	}{
		{"an empty file", "", []string{"empty"}},
		{"a header alone", csvHead, []string{"no products"}},
		{"missing columns", "Handle,Title,Variant SKU\nlamp,Night Lamp,LAMP\n", []string{"line 1", "Variant Inventory Qty", "Variant Price"}},
		{"no CSV at all", "<html><body>Sign in</body></html>\n", []string{"line 1", "Handle"}},
		{"Latin-1", csvHead + good + "cafe,Caf\xe9,CAFE,1,2.00\n", []string{"line 3", "UTF-8"}},
		{"UTF-16", "\xff\xfeH\x00a\x00n\x00d\x00l\x00e\x00", []string{"UTF-8"}},
		{"negative units", csvHead + good + "bag,Bag,BAG,-3,2.00\n", []string{`line 3: Variant Inventory Qty: "-3" is negative`}},
		{"half a unit", csvHead + good + "bag,Bag,BAG,2.5,2.00\n", []string{`line 3: Variant Inventory Qty: "2.5" is no whole number`}},
		{"a price with a comma", csvHead + good + "bag,Bag,BAG,2,\"12,50\"\n", []string{`line 3: Variant Price: "12,50" has a comma; write 12.50`}},
		{"a SKU twice", csvHead + good + "bag,Bag,BAG,1,2.00\ncup,Cup,LAMP,1,2.00\n", []string{"line 4: Variant SKU", "LAMP", "line 2"}},
		{"10 MB in a cell", csvHead + good + "bag,\"" + strings.Repeat("x", 10<<20) + "\",BAG,1,2.00\n", []string{"line 3", "64 KiB"}},
		{"a quotation mark never closed", csvHead + good + "bag,\"Bag,BAG,1,2.00\n", []string{"line 3"}},
		{
			"two bad rows", csvHead + "bag,Bag,BAG,-1,2.00\n" + good + "cup,,CUP,1,2.00\n",
			[]string{"line 2: Variant Inventory Qty", "line 4: Title: is missing"},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := runProgram(t, environment(accounts(d)...), "import", csvFile(t, tt.file), "--title", "T", "--opens", "2031-01-01T00:00:00Z", "--publish")
			r.exits(t, 1, append(tt.says, "nothing was imported")...)
			if out := r.stdout.String(); out != "" {
				t.Errorf("it also says %q", out)
			}
			if len(r.stderr.String()) > 2000 {
				t.Errorf("the reason has %d bytes", len(r.stderr.String()))
			}
		})
	}
	if n := count(t, d, "SELECT (SELECT COUNT(*) FROM sales) + (SELECT COUNT(*) FROM items) + (SELECT COUNT(*) FROM sale_log)"); n != 0 {
		t.Errorf("%d rows of refused files are in the database", n)
	}
}

// A large file (one of 100,000 rows takes five times as long): everything is there, in order, and the books are right.
func TestImportLargeFile(t *testing.T) {
	rows, limit := 20_000, 2*time.Minute
	if testing.Short() {
		rows, limit = 5_000, time.Minute
	}
	d := storetest.New(t)
	began := time.Now()
	r := runProgram(t, environment(accounts(d)...), "import", csvFile(t, manyRows(rows)), "--title", "Large", "--opens", "2031-01-01T00:00:00Z")
	took := time.Since(began)
	r.exits(t, 0, fmt.Sprintf("has %d items", rows))
	t.Logf("%d rows in %s", rows, took.Round(time.Millisecond))
	if took > limit {
		t.Errorf("%d rows took %s, at most %s", rows, took, limit)
	}
	if n := count(t, d, `SELECT COUNT(*) FROM items i JOIN stock_shards s ON s.item_id = i.id JOIN sales l ON l.id = i.sale_id
		WHERE l.state = 'draft' AND i.sku = CONCAT('T-', i.position) AND s.available = 1 + i.position % 9
		AND i.price_cents = 100 * (1 + i.position DIV 100) + i.position % 100`); n != rows {
		t.Errorf("%d of %d items are there and right", n, rows)
	}
	d.MustAudit(t)
}

// An import that is stopped in the middle takes everything back.
func TestImportStopped(t *testing.T) {
	d := storetest.New(t)
	r := start(t, environment(accounts(d)...), "import", csvFile(t, manyRows(60_000)), "--title", "Stopped", "--opens", "2031-01-01T00:00:00Z", "--publish")
	eventually(t, "some items are in", func() bool { return r.over() || count(t, d, "SELECT COUNT(*) FROM items") > 0 })
	if err := r.cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	r.exits(t, 1, "nothing was imported")
	if n := count(t, d, "SELECT (SELECT COUNT(*) FROM sales) + (SELECT COUNT(*) FROM items) + (SELECT COUNT(*) FROM stock_shards)"); n != 0 {
		t.Errorf("%d rows of the stopped import are in the database", n)
	}
	d.MustAudit(t)
}
