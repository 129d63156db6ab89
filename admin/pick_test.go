package admin

import (
	"fmt"
	"strings"
	"testing"

	"doorbuster/store"
)

// A file with bad rows brings in nothing, and every bad row is named; with the merchant's word the good ones come. A SKU that is there keeps all out.
func TestImportWithBadRows(t *testing.T) {
	c := newConsole(t)
	ann := c.session(c.member("ann", store.RoleMerchant, 1), signedIn)
	path := ann.newDraft("drop")
	to := path + "/import"
	bad := catalogHead + "lamp,Lamp,L-1,5,49.00,\nkettle,Kettle,K-1,x,10.00,\nlid,Lid,L-2,3,\"1,00\",\n"
	a := ann.upload(to, bad, "currency", "EUR")
	for _, want := range []string{"Line 3", "Line 4", "Variant Inventory Qty", "is no whole number", "has a comma", "1 row is good"} {
		if a.status != 400 || !strings.Contains(a.body, want) {
			t.Errorf("bad rows: %d, without %q", a.status, want)
		}
	}
	if strings.Contains(a.body, "Line 2<") {
		t.Error("a good row is called bad")
	}
	broken := catalogHead + "lamp,Lamp,L-1,5,49.00,\nlid,\"Lid,L-2,3,1.00,\n"
	var rows strings.Builder
	for i := range maxRows + 1 {
		fmt.Fprintf(&rows, "p-%d,Product,P-%d,5,49.00,\n", i, i)
	}
	for name, w := range map[string]struct {
		file, currency, good string
		status               int
		want                 string
	}{
		"no file":         {"", "EUR", "", 400, "Choose a file"},
		"no currency":     {bad, "XX", "yes", 400, `id="currency-error"`},
		"cut off":         {broken, "EUR", "yes", 400, "never closed"},
		"no header":       {"a,b\n1,2\n", "EUR", "yes", 400, `id="file-error"`},
		"not a table":     {"\x89PNG\x00\x01", "EUR", "", 400, `id="file-error"`},
		"decimals":        {catalogHead + "lamp,Lamp,L-1,5,49.00,\n", "JPY", "", 400, "2 decimals"},
		"too many rows":   {catalogHead + rows.String(), "EUR", "yes", 400, "more than 5000 rows"},
		"too many bytes":  {strings.Repeat("x", maxUpload+1), "EUR", "", 413, "too_large"},
		"nothing to sell": {catalogHead + "lamp,Lamp,L-1,0,49.00,\n", "EUR", "", 303, ""},
	} {
		if a := ann.upload(to, w.file, "currency", w.currency, "good", w.good); a.status != w.status || !strings.Contains(a.body, w.want) {
			t.Errorf("%s: %d, without %q\n%.300s", name, a.status, w.want, a.header.Get("Location"))
		}
	}
	for name, fields := range map[string][]string{"unknown": {"currency", "EUR", "more", "x"}, "double": {"currency", "EUR", "currency", "EUR"}} {
		if a := ann.upload(to, bad, fields...); a.status != 400 || a.outcome() != "bad_request" {
			t.Errorf("%s field: %d", name, a.status)
		}
	}
	if a := ann.form(to, "currency=EUR"); a.status != 415 {
		t.Errorf("a form without parts: %d", a.status)
	}
	if c.count("SELECT COUNT(*) FROM items") != 0 || c.count("SELECT COUNT(*) FROM sales") != 1 {
		t.Fatal("something came in")
	}
	leads(t, "the good rows", ann.upload(to, bad, "currency", "EUR", "good", "yes"), path+"/items?told=added")
	if c.count("SELECT COUNT(*) FROM items WHERE sku = 'L-1' AND units_allotted = 5") != 1 || c.count("SELECT COUNT(*) FROM items") != 1 {
		t.Error("not just the good row came in")
	}
	leads(t, "a SKU that is there", ann.upload(to, catalogHead+"new,New,N-1,5,49.00,\nlamp,Lamp,L-1,5,49.00,\n", "currency", "EUR"), path+"/items?told=duplicate_sku")
	if c.count("SELECT COUNT(*) FROM items") != 1 || c.count("SELECT COUNT(*) FROM sales") != 1 {
		t.Error("half a file came in, or the import was left behind")
	}
	c.db.MustAudit(t)
}

// A file of more rows than go in at once comes in whole.
func TestImportManyRows(t *testing.T) {
	c := newConsole(t)
	ann := c.session(c.member("ann", store.RoleMerchant, 1), signedIn)
	path := ann.newDraft("drop")
	var many strings.Builder
	many.WriteString(catalogHead)
	for i := range 1200 {
		fmt.Fprintf(&many, "p-%d,Product %d,P-%d,5,49.00,\n", i, i, i)
	}
	leads(t, "1,200 rows", ann.upload(path+"/import", many.String(), "currency", "EUR"), path+"/items?told=added")
	if c.count("SELECT COUNT(*) FROM items") != 1200 || c.count("SELECT MAX(position) FROM items") != 1200 {
		t.Error("1,200 rows did not come in whole")
	}
	if body := ann.get(path + "/items?after=100").body; !strings.Contains(body, `href="/en/sales/1/items?after=0"`) || !strings.Contains(body, `href="/en/sales/1/items?after=200"`) {
		t.Error("the pages of items do not lead on")
	}
	c.db.MustAudit(t)
}
