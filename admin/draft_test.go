package admin

import (
	"bytes"
	"errors"
	"fmt"
	"mime/multipart"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"doorbuster/store"
)

// newDraft makes a draft as the console does and returns its path in English.
func (b *browser) newDraft(template string) string {
	b.t.Helper()
	a := b.form("/en/sales/new", "template="+template+"&title=Spring+sale&description=All+must+go.%0D%0ANow.")
	m := regexp.MustCompile(`^(/en/sales/\d+)/items\?told=created$`).FindStringSubmatch(a.header.Get("Location"))
	if a.status != 303 || m == nil {
		b.t.Fatalf("new: %d to %q\n%.400s", a.status, a.header.Get("Location"), a.body)
	}
	return m[1]
}

// item are the fields of an item, with changes.
func item(changes ...string) string {
	v := url.Values{
		"title": {"Kettle"}, "sku": {"K-1"}, "currency": {"eur"}, "price": {"19.99"}, "list": {"29.99"}, "units": {"12"}, "limit": {"2"}, "hold": {"10"}, "extension": {"0"},
		"vendor": {"Acme"}, "picture": {"https://pictures.example/k.jpg"}, "body": {"Boils.\r\nWhistles."},
	}
	for i := 0; i+1 < len(changes); i += 2 {
		v.Set(changes[i], changes[i+1])
	}
	return v.Encode()
}

// upload posts a products file as a browser would.
func (b *browser) upload(path, file string, fields ...string) answered {
	b.t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	part, err := w.CreateFormFile("file", "products.csv")
	if err == nil {
		_, err = part.Write([]byte(file))
	}
	for i := 0; i+1 < len(fields); i += 2 {
		err = errors.Join(err, w.WriteField(fields[i], fields[i+1]))
	}
	if err = errors.Join(err, w.Close()); err != nil {
		b.t.Fatal(err)
	}
	return b.do(post, path, body.String(), "Content-Type", w.FormDataContentType())
}

const catalogHead = "Handle,Title,Variant SKU,Variant Inventory Qty,Variant Price,Image Src\n"

// hidden reads a hidden field off a page.
func hidden(body, name string) string {
	m := regexp.MustCompile(`name="` + name + `" value="(\d+)"`).FindStringSubmatch(body)
	if m == nil {
		return ""
	}
	return m[1]
}

// local is a time some days from now as a field takes it.
func local(days int) string { return time.Now().AddDate(0, 0, days).Format("2006-01-02") + "T10:00" }

// A draft becomes a sale: template, items by hand and by file, schedule, rules, check, and out. It is saved at every step.
func TestDraftToSale(t *testing.T) {
	c := newConsole(t)
	ann := c.session(c.member("ann", store.RoleMerchant, 1), signedIn)
	path := ann.newDraft("deal")
	sale, _ := strconv.ParseUint(strings.TrimPrefix(path, "/en/sales/"), 10, 64)
	if n := c.count(`SELECT COUNT(*) FROM sales WHERE id = ? AND state = 'draft' AND limit_per_user = 3 AND hold_minutes = 30 AND extension_minutes = 15 AND takes_payment
		AND opens_at > UTC_TIMESTAMP() AND TIMESTAMPDIFF(HOUR, opens_at, closes_at) = 48 AND description = 'All must go.\nNow.'`, sale); n != 1 {
		t.Error("the draft is not what its template says")
	}
	if body := ann.get(path + "/items").body; !strings.Contains(body, `name="limit" type="text" value="3"`) {
		t.Error("the form of an item does not begin with the rules of the sale")
	}
	leads(t, "add", ann.form(path+"/items", item()), path+"/items?told=added")
	leads(t, "import", ann.upload(path+"/import", catalogHead+"lamp,Lamp,L-1,5,49.00,images/lamp.svg\nlid,Lid,L-2,0,1.00,\n", "currency", "EUR"), path+"/items?told=added")
	if n := c.count("SELECT COUNT(*) FROM items WHERE sale_id = ? AND limit_per_user = 3 AND sku = 'L-1'", sale); n != 1 || c.count("SELECT COUNT(*) FROM sales") != 1 {
		t.Error("the file did not come in as it should")
	}
	zoned := url.Values{"edits": {hidden(ann.get(path+"/schedule").body, "edits")}, "zone": {"Asia/Shanghai"}, "opens": {local(3)}, "closes": {local(4)}, "way": {"next"}}
	leads(t, "schedule", ann.form(path+"/schedule", zoned.Encode()), path+"/rules")
	body := ann.get(path + "/schedule").body
	for _, want := range []string{"10:00 Shanghai", "02:00 UTC", `data-zone="America/New_York"`, "Open for 1 day."} {
		if !strings.Contains(body, want) {
			t.Errorf("the schedule does not show %q", want)
		}
	}
	rules := url.Values{"edits": {hidden(body, "edits")}, "payment": {"yes"}, "limit": {"1"}, "hold": {"20"}, "extension": {"5"}, "every": {"yes"}, "way": {"next"}}
	leads(t, "rules", ann.form(path+"/rules", rules.Encode()), path+"/check")
	if n := c.count("SELECT COUNT(*) FROM items WHERE sale_id = ? AND limit_per_user = 1 AND hold_minutes = 20 AND extension_minutes = 5", sale); n != 2 {
		t.Errorf("the rules hold for %d items", n)
	}
	if body := ann.get(path + "/preview").body; !strings.Contains(body, "Kettle") || !strings.Contains(body, "€19.99") || strings.Contains(body, "<form method=\"post\" action=\"/en/items") {
		t.Error("the preview shows no kettle, or sells it")
	}
	body = ann.get(path + "/check").body
	if !strings.Contains(body, `data-verdict="warned"`) || strings.Contains(body, `data-severity="block"`) {
		t.Errorf("the check: %v", regexp.MustCompile(`data-finding="(\w+)" data-severity="(block|warn)"`).FindAllString(body, -1))
	}
	leads(t, "publish", ann.form(path+"/publish", "seen="+hidden(body, "seen")), path+"?told=published")
	leads(t, "a step of what is published", ann.get(path+"/rules"), path+"?told=not_a_draft")
	leads(t, "an item of what is published", ann.form(path+"/items", item("sku", "K-2")), path+"?told=not_a_draft")
	if n := c.count("SELECT COUNT(*) FROM sale_log WHERE sale_id = ? AND actor = 'ann'", sale); n != 7 {
		t.Errorf("%d lines in the log: created and its rules, an item, a file, schedule, rules, published", n)
	}
	c.db.MustAudit(t)
}

// Two who edit at once never overwrite each other: the second is shown both, keeps what was typed, and decides.
func TestTwoEditorsOfADraft(t *testing.T) {
	c := newConsole(t)
	ann, bob := c.session(c.member("ann", store.RoleMerchant, 1), signedIn), c.session(c.member("bob", store.RoleOwner, 1), signedIn)
	path := ann.newDraft("drop")
	edits := hidden(bob.get(path+"/details").body, "edits")
	leads(t, "ann saves", ann.form(path+"/details", "edits="+edits+"&title=Ann%27s&description=&way=save"), path+"/details?told=updated")
	a := bob.form(path+"/details", "edits="+edits+"&title=Bob%27s&description=x&way=save")
	for _, want := range []string{`value="Bob&#39;s"`, "saved meanwhile: Ann&#39;s", "emptied this meanwhile"} {
		if a.status != 409 || !strings.Contains(a.body, want) {
			t.Errorf("bob: %d, without %q", a.status, want)
		}
	}
	if c.count("SELECT COUNT(*) FROM sales WHERE title = 'Ann''s'") != 1 {
		t.Error("bob's title overwrote ann's")
	}
	leads(t, "bob, knowing", bob.form(path+"/details", "edits="+hidden(a.body, "edits")+"&title=Bob%27s&description=x&way=save"), path+"/details?told=updated")

	leads(t, "an item", ann.form(path+"/items", item()), path+"/items?told=added")
	one := fmt.Sprintf("%s/items/%d/edit", path, c.count("SELECT MAX(id) FROM items"))
	edits = hidden(bob.get(one).body, "edits")
	leads(t, "ann saves the item", ann.form(one, item("edits", edits, "price", "9.99", "list", "", "units", "13")), path+"/items?told=updated")
	a = bob.form(one, item("edits", edits, "price", "8.99"))
	if a.status != 409 || !strings.Contains(a.body, "saved meanwhile: 9.99") || !strings.Contains(a.body, "saved meanwhile: 13") || !strings.Contains(a.body, `value="8.99"`) {
		t.Errorf("bob's item: %d", a.status)
	}
	leads(t, "bob removes what he has not seen", bob.form(strings.TrimSuffix(one, "/edit")+"/remove", "edits="+edits), path+"/items?told=changed_meanwhile")
	if c.count("SELECT COUNT(*) FROM items WHERE price_cents = 999 AND units_allotted = 13 AND list_price_cents IS NULL") != 1 {
		t.Error("ann's item was overwritten")
	}
	// Units that are added on the page of the sale are a change too.
	edits = hidden(bob.get(one).body, "edits")
	leads(t, "ann adds units", ann.form(strings.TrimSuffix(one, "/edit")+"/units", "way=add&units=5&reason=x"), path+"?item="+strings.Split(one, "/")[5]+"&told=added")
	if a := bob.form(one, item("edits", edits)); a.status != 409 {
		t.Errorf("bob's units overwrite what ann added: %d", a.status)
	}
	leads(t, "bob removes", bob.form(strings.TrimSuffix(one, "/edit")+"/remove", "edits="+hidden(bob.get(one).body, "edits")), path+"/items?told=removed")
	seen := hidden(ann.get(path+"/check").body, "seen")
	leads(t, "bob adds one", bob.form(path+"/items", item()), path+"/items?told=added")
	leads(t, "ann publishes what she has not seen", ann.form(path+"/publish", "seen="+seen), path+"/check?told=changed_meanwhile")
	if c.count("SELECT COUNT(*) FROM sales WHERE state = 'published'") != 0 {
		t.Error("it was published")
	}
	c.db.MustAudit(t)
}

// What is wrong stands at its field, what was typed stays, and nothing changes.
func TestDraftFormsThatAreWrong(t *testing.T) {
	c := newConsole(t)
	ann := c.session(c.member("ann", store.RoleMerchant, 1), signedIn)
	path := ann.newDraft("drop")
	leads(t, "an item", ann.form(path+"/items", item()), path+"/items?told=added")
	edits := "edits=" + hidden(ann.get(path+"/details").body, "edits")
	one := fmt.Sprintf("%s/items/%d/edit", path, c.count("SELECT MAX(id) FROM items"))
	tables := "sales, items, stock_shards, stock_moves, sale_log"
	before := c.checksums(tables)
	schedule := func(zone, opens, closes string) string {
		return edits + "&" + url.Values{"zone": {zone}, "opens": {opens}, "closes": {closes}}.Encode()
	}
	for _, w := range []struct{ path, body, want string }{
		{"/en/sales/new", "template=drop&title=+", `id="title-error"`},
		{"/en/sales/new", "template=other&title=x", "Choose what to start from"},
		{path + "/details", edits + "&title=", `id="title-error"`},
		{path + "/details", edits + "&title=" + strings.Repeat("x", maxTitle+1), `value="xxxx`},
		{path + "/details", edits + "&title=a%00b", `id="title-error"`},
		{path + "/details", edits + "&title=x&description=" + strings.Repeat("x", maxText+1), `id="description-error"`},
		{path + "/details", "title=x", "bad_request"},
		{path + "/details", edits + "&title=x&more=1", "bad_request"},
		{path + "/schedule", schedule("Mars/Olympus", local(3), local(4)), `id="zone-error"`},
		{path + "/schedule", schedule("UTC", "tomorrow", local(4)), `id="opens-error"`},
		{path + "/schedule", schedule("UTC", local(4), local(4)), `id="closes-error"`},
		{path + "/schedule", schedule("Europe/Berlin", "2026-03-29T02:30", local(900)), "does not exist"},
		{path + "/schedule", schedule("Europe/Berlin", "2026-10-25T02:30", local(900)), "comes twice"},
		{path + "/rules", edits + "&payment=yes&limit=0&hold=10&extension=0", `id="limit-error"`},
		{path + "/rules", edits + "&payment=yes&limit=1001&hold=10&extension=0", `value="1001"`},
		{path + "/rules", edits + "&payment=yes&limit=1&hold=10081&extension=0", `id="hold-error"`},
		{path + "/rules", edits + "&payment=yes&limit=1&hold=1&extension=1441", `id="extension-error"`},
		{path + "/items", item("title", " "), `id="title-error"`},
		{path + "/items", item("sku", ""), `id="sku-error"`},
		{path + "/items", item("currency", "EURO"), `id="currency-error"`},
		{path + "/items", item("price", "19,99"), `id="price-error"`},
		{path + "/items", item("price", "-1"), `id="price-error"`},
		{path + "/items", item("list", "19.98"), `id="list-error"`},
		{path + "/items", item("units", "1.5"), `id="units-error"`},
		{path + "/items", item("units", "100000001"), `id="units-error"`},
		{path + "/items", item("picture", "http://plain.example/k.jpg"), `id="picture-error"`},
		{path + "/items", item("picture", "javascript:alert(1)"), `id="picture-error"`},
		{path + "/items", item("vendor", strings.Repeat("x", maxVendor+1)), `id="vendor-error"`},
		{path + "/items", item("body", strings.Repeat("x", maxText+1)), `id="body-error"`},
		{path + "/items", item("sku", "K-1"), "has this SKU"},
		{one, item("edits", "0", "price", "x"), `id="price-error"`},
		{one, item(), "bad_request"},
		{strings.TrimSuffix(one, "/edit") + "/remove", "", "bad_request"},
		{path + "/pick", "from=1&item=0", "bad_request"},
		{path + "/pick", "from=x&item=all", "bad_request"},
	} {
		if a := ann.form(w.path, w.body); (a.status != 400 && a.status != 409) || !strings.Contains(a.body, w.want) {
			t.Errorf("%s %.100s: %d, without %s", w.path, w.body, a.status, w.want)
		}
	}
	if after := c.checksums(tables); after != before {
		t.Errorf("something was changed:\n%s\n%s", before, after)
	}
	// Of two meanings, the chosen one counts.
	twice := schedule("Europe/Berlin", "2026-10-25T02:30", local(900))
	a := ann.form(path+"/schedule", twice)
	second := regexp.MustCompile(`name="opens_at" value="(\d+)"`).FindAllStringSubmatch(a.body, -1)[1][1]
	leads(t, "the second half past two", ann.form(path+"/schedule", twice+"&opens_at="+second), path+"/schedule?told=updated")
	if c.count("SELECT COUNT(*) FROM sales WHERE opens_at = '2026-10-25 01:30:00'") != 1 {
		t.Error("the other one was saved")
	}
	if body := ann.get(path + "/schedule").body; !strings.Contains(body, `value="`+second+`" checked`) || !strings.Contains(body, "data-clock-change") {
		t.Error("the choice is not shown again, or the change of the clocks in between is not")
	}
}

// Another shop's draft is nowhere, whatever is asked of it; who only looks gets check and preview.
func TestDraftForOthers(t *testing.T) {
	c := newConsole(t)
	ann := c.session(c.member("ann", store.RoleMerchant, 1), signedIn)
	path := ann.newDraft("drop")
	leads(t, "an item", ann.form(path+"/items", item()), path+"/items?told=added")
	gus, cem := c.session(c.member("gus", store.RoleOwner, 2), signedIn), c.session(c.member("cem", store.RoleViewer, 1), signedIn)
	own := gus.newDraft("drop")
	before := c.checksums("items, stock_shards, stock_moves")
	for _, step := range []string{"", "/details", "/items", "/schedule", "/rules", "/check", "/preview", "/pick", "/import", "/duplicate", fmt.Sprintf("/items/%d/edit", c.count("SELECT MAX(id) FROM items"))} {
		if a := gus.get(path + step); a.status != 404 {
			t.Errorf("another shop reads %s: %d", step, a.status)
		}
		want := 403
		if step == "" || step == "/check" || step == "/preview" {
			want = 200
		}
		if a := cem.get(path + step); a.status != want {
			t.Errorf("a viewer reads %s: %d", step, a.status)
		}
	}
	if a := gus.form(own+"/pick", "from="+strings.TrimPrefix(path, "/en/sales/")+"&item=all"); a.status != 404 {
		t.Errorf("another shop picks: %d", a.status)
	}
	if a := gus.get(own + "/pick?from=" + strings.TrimPrefix(path, "/en/sales/")); a.status != 404 {
		t.Errorf("another shop looks at what could be picked: %d", a.status)
	}
	item := c.count("SELECT MAX(id) FROM items")
	if a := ann.get(fmt.Sprintf("%s/items/%d/edit", path, item+1)); a.status != 404 {
		t.Errorf("an item that is not there: %d", a.status)
	}
	if after := c.checksums("items, stock_shards, stock_moves"); after != before {
		t.Error("something was changed")
	}
}
