package admin

import (
	"encoding/csv"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"doorbuster/store"
)

const importHead = "Handle,Title,Body (HTML),Vendor,Variant SKU,Variant Price,Image Src,Status\n"

// uploadProducts sends a file and returns the address of the import.
func (b *browser) uploadProducts(file string) string {
	b.t.Helper()
	a := b.send("/en/products/import", "file", `C:\exports\products.csv`, []byte(file), "currency", "EUR")
	path := a.header.Get("Location")
	if a.status != 303 || !regexp.MustCompile(`^/en/products/imports/\d+$`).MatchString(path) {
		b.t.Fatalf("upload: %d to %q\n%.300s", a.status, path, a.body)
	}
	return path
}

// done waits until an import is carried out, and returns its page.
func (b *browser) done(path string) (body string) {
	b.t.Helper()
	b.eventually("the import is carried out", func() bool {
		body = b.get(path).body
		return strings.Contains(body, `data-state="done"`)
	})
	return body
}

var factText = regexp.MustCompile(`<dt>([^<]+)</dt>\s*<dd>([\d,]+)</dd>`)

// facts reads the counts off the page of an import.
func facts(body string) string {
	var all []string
	for _, m := range factText.FindAllStringSubmatch(body, -1) {
		all = append(all, m[2]+" "+m[1])
	}
	return strings.Join(all, ", ")
}

// A file is read, shown with what it would do and what is wrong in it, and carried out only after a yes.
func TestImportProducts(t *testing.T) {
	c := newConsole(t)
	c.product(1, "KET-1", "Kettle")
	c.product(1, "CUP-1", "Cup")
	c.product(2, "LAMP-1", "Lamp of 2")
	b := c.session(c.member("ann", store.RoleMerchant, 1), signedIn)
	path := b.uploadProducts(importHead +
		"kettle,Kettle,<p>Boils.</p>,Acme,KET-1,29.99,,\n" +
		"cup,'=Cup,Boils.,Acme,CUP-1,19.99,https://x.example/cup.jpg,\n" +
		"lamp,Lamp,,,LAMP-1,5.00,,archived\n" +
		"bad,Bad,,,BAD-1,\"1,234.50\",,\n" +
		"draft,Draft,,,DRAFT-1,x,,draft\n")
	page := b.get(path).body
	if got := facts(page); got != "1 New, 1 Changed, 1 Unchanged, 1 Left out, 1 Drafts, left out" {
		t.Errorf("the report: %s", got)
	}
	for _, want := range []string{"Import of products.csv", "line 5", "Variant Price", "has a comma; write 1234.50", "=Cup", "Cup · €29.99", "Import 3 rows"} {
		if !strings.Contains(page, want) {
			t.Errorf("the report lacks %q", want)
		}
	}
	if strings.Contains(page, "&#39;=Cup") {
		t.Error("the apostrophe against formulas is taken for a part of the title")
	}
	if rows := b.get(path + "?verdict=new").body; !strings.Contains(rows, "LAMP-1") || strings.Contains(rows, "Lamp of 2") {
		t.Error("the new rows are not shown, or beside another shop's product")
	}
	if n := c.count("SELECT COUNT(*) FROM products WHERE version > 1 OR (shop_id = 1 AND sku = 'LAMP-1')"); n != 0 {
		t.Error("something was changed before anybody said yes")
	}
	leads(t, "confirm", b.form(path+"/confirm", ""), path)
	leads(t, "confirm again", b.form(path+"/confirm", ""), path)
	if got := facts(b.done(path)); got != "1 New, 1 Changed, 1 Unchanged, 1 Left out, 1 Drafts, left out" {
		t.Errorf("afterwards: %s", got)
	}
	if n := c.count(`SELECT COUNT(*) FROM products WHERE (sku = 'CUP-1' AND title = '=Cup' AND price_cents = 1999 AND image_url = 'https://x.example/cup.jpg' AND version = 2)
		OR (shop_id = 1 AND sku = 'LAMP-1' AND state = 'archived') OR (sku = 'KET-1' AND version = 1) OR (shop_id = 2 AND title = 'Lamp of 2')`); n != 4 {
		t.Errorf("%d products are as the file says", n)
	}
	if n := c.count("SELECT COUNT(*) FROM sale_log WHERE action = 'products_imported' AND actor = 'ann' AND detail LIKE '%(products.csv): 3 rows, 1 new, 1 changed, 1 left out'"); n != 1 {
		t.Errorf("%d lines of the log", n)
	}
}

// Files that cannot be imported are told why; forms that are wrong keep what was typed.
func TestImportsThatAreWrong(t *testing.T) {
	c := newConsole(t)
	b := c.session(c.member("ann", store.RoleMerchant, 1), signedIn)
	for file, want := range map[string]string{
		"PK\x03\x04 a workbook": "is a workbook or an archive",
		"Handle;Title\n":        "separated by semicolons",
		importHead:              "has a header but no products",
		importHead + "a,A,,,A,1.00,,\nb,\"B,,,B,1":                        "is opened here and never closed",
		strings.Repeat(importHead, 1) + strings.Repeat("a,,,,x,1,,\n", 1): "is missing",
	} {
		path := b.uploadProducts(file)
		page := b.get(path).body
		if !strings.Contains(page, want) || strings.Contains(page, `action="`+path+`/confirm"`) {
			t.Errorf("%.40q: without %q, or it can be imported", file, want)
		}
		if a := b.form(path+"/confirm", ""); a.status != 303 {
			t.Errorf("an import of nothing: %d", a.status)
		}
	}
	for name, a := range map[string]answered{
		`id="file-error"`:     b.send("/en/products/import", "file", "a.csv", nil, "currency", "EUR"),
		`id="currency-error"`: b.send("/en/products/import", "file", "a.csv", []byte(importHead), "currency", "Euro"),
		`value="Euro"`:        b.send("/en/products/import", "file", "a.csv", []byte(importHead), "currency", "Euro"),
		"bad_request":         b.send("/en/products/import", "picture", "a.csv", []byte(importHead), "currency", "EUR"),
	} {
		if a.status != 400 || !strings.Contains(a.body, name) {
			t.Errorf("%d without %s", a.status, name)
		}
	}
	if a := b.send("/en/products/import", "file", "a.csv", make([]byte, maxImportFile+1), "currency", "EUR"); a.status != 413 {
		t.Errorf("more than 20 MiB: %d", a.status)
	}
}

// An import that a console has begun and left is taken up by the next one, and no row is carried out twice.
func TestImportGoesOnAfterACrash(t *testing.T) {
	c := newConsole(t)
	b := c.session(c.member("ann", store.RoleMerchant, 1), signedIn)
	var file strings.Builder
	file.WriteString(importHead)
	const rows = 3 * importBatch
	for i := range rows {
		fmt.Fprintf(&file, "p%d,Thing %d,,,SKU-%d,5.00,,\n", i, i, i)
	}
	path := b.uploadProducts(file.String())
	var id uint64
	if _, err := fmt.Sscanf(path, "/en/products/imports/%d", &id); err != nil {
		t.Fatal(err)
	}
	// A console that says yes, carries out a batch, and is gone: nobody wakes the others.
	if outcome, err := c.store.ConfirmProductImport(t.Context(), store.Operator("test"), id); err != nil || outcome != store.Confirmed {
		t.Fatal(outcome, err)
	}
	if outcome, err := c.store.ApplyProductImport(t.Context(), 10); err != nil || outcome == store.Nothing {
		t.Fatal(outcome, err)
	}
	// And two that find it when they start.
	for range 2 {
		newConsoleOn(t, c.db)
	}
	if got := facts(b.done(path)); !strings.HasPrefix(got, fmt.Sprintf("%d New, 0 Changed, 0 Unchanged", rows)) {
		t.Errorf("%s", got)
	}
	if n := c.count("SELECT COUNT(*) FROM products WHERE version = 1"); n != rows {
		t.Errorf("%d products, want %d", n, rows)
	}
	if n := c.count("SELECT COUNT(*) FROM sale_log WHERE action = 'products_imported'"); n != 1 {
		t.Errorf("%d lines of the log", n)
	}
}

// What was exported is imported as the same: nothing is new, nothing is changed. And no cell is a formula.
func TestExportAndImportAgain(t *testing.T) {
	c := newConsole(t)
	b := c.session(c.member("ann", store.RoleMerchant, 1), signedIn)
	c.product(2, "FOREIGN", "Of shop 2")
	for i, w := range []string{
		words("sku", "=1+1", "title", "@SUM(A1)", "body", "-5 < 6 & \"7\"\n\n• two\nlines", "vendor", "'+x"),
		words("sku", "茶-1", "title", "茶壶, \"red\"", "body", "", "vendor", "", "price", "1200", "currency", "JPY"),
		words("sku", "KWD", "price", "1.234", "currency", "KWD", "list", "2.5", "title", "'quoted'"),
	} {
		if a := b.form("/en/products", strings.Replace(w, "&version=1", "", 1)); a.status != 303 {
			t.Fatalf("%d: %d %.300s", i, a.status, a.body)
		}
	}
	c.exec("UPDATE products SET state = 'archived', image_url = 'https://x.example/k.jpg' WHERE sku = 'KWD'")
	for i := range exportChunk + 5 {
		c.product(1, fmt.Sprintf("SKU-%d", i), fmt.Sprintf("Thing %d", i))
	}
	a := b.get("/en/products/export")
	if a.status != 200 || a.header.Get("Content-Type") != "text/csv; charset=utf-8" || a.header.Get("Content-Disposition") != `attachment; filename="products.csv"` {
		t.Fatalf("%d %v", a.status, a.header)
	}
	cells, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(a.body, "\xEF\xBB\xBF"))).ReadAll()
	if err != nil || len(cells) != exportChunk+5+3+1 {
		t.Fatalf("%d rows, %v", len(cells), err)
	}
	for _, row := range cells {
		for _, cell := range row {
			if cell != "" && strings.ContainsAny(cell[:1], "=+-@") {
				t.Errorf("%q is a formula", cell)
			}
		}
	}
	if strings.Contains(a.body, "FOREIGN") {
		t.Error("another shop's product is in the file")
	}
	path := b.uploadProducts(a.body)
	if got := facts(b.get(path).body); got != fmt.Sprintf("0 New, 0 Changed, %d Unchanged, 0 Left out", exportChunk+8) {
		t.Errorf("imported again: %s\n%.500s", got, b.get(path).body)
	}
	// Into another shop it makes the same products.
	gus := c.session(c.member("gus", store.RoleOwner, 2), signedIn)
	path = gus.uploadProducts(a.body)
	gus.form(path+"/confirm", "")
	gus.done(path)
	const columns = "sku, title, body, vendor, image_url, price_cents, COALESCE(list_price_cents, 0), currency, state"
	if n := c.count("SELECT COUNT(*) FROM (SELECT " + columns + " FROM products WHERE sku <> 'FOREIGN' GROUP BY " + columns + " HAVING COUNT(DISTINCT shop_id) = 2) t"); n != exportChunk+8 {
		t.Errorf("%d products are the same in both shops", n)
	}
}
