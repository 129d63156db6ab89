package admin

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"mime/multipart"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"doorbuster/store"
	"doorbuster/store/storetest"
)

// product makes a product of a shop by hand.
func (c *console) product(shop uint64, sku, title string) uint64 {
	c.t.Helper()
	c.exec(`INSERT INTO products (shop_id, sku, title, body, vendor, image_url, price_cents, currency, state, version, changed_at, created_at)
		VALUES (?, ?, ?, 'Boils.', 'Acme', '', 2999, 'EUR', 'active', 1, UTC_TIMESTAMP(6), UTC_TIMESTAMP(6))`, shop, sku, title)
	return uint64(c.count("SELECT id FROM products WHERE shop_id = ? AND sku = ?", shop, sku))
}

// send posts a form with a file, as a browser would.
func (b *browser) send(path, field, name string, file []byte, more ...string) answered {
	b.t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	part, err := w.CreateFormFile(field, name)
	if err != nil {
		b.t.Fatal(err)
	}
	if _, err := part.Write(file); err != nil {
		b.t.Fatal(err)
	}
	for i := 0; i+1 < len(more); i += 2 {
		if err := w.WriteField(more[i], more[i+1]); err != nil {
			b.t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		b.t.Fatal(err)
	}
	return b.do(post, path, body.String(), "Content-Type", w.FormDataContentType())
}

// photograph is a small JPEG.
func photograph(t *testing.T, c color.Color) []byte {
	t.Helper()
	img := image.NewNRGBA(image.Rect(0, 0, 40, 30))
	for i := range 40 * 30 {
		img.Set(i%40, i/40, c)
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func words(pairs ...string) string {
	v := url.Values{
		"sku": {"KET-1"}, "title": {"Kettle"}, "body": {"Boils."}, "vendor": {"Acme"}, "price": {"29.99"}, "list": {""}, "currency": {"EUR"}, "version": {"1"},
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		v.Set(pairs[i], pairs[i+1])
	}
	return v.Encode()
}

// A merchant makes a product, changes it, archives it and takes it back; each stands in the log under the member's name.
func TestProductLife(t *testing.T) {
	c := newConsole(t)
	b := c.session(c.member("ann", store.RoleMerchant, 1), signedIn)
	made := words()
	leads(t, "create", b.form("/en/products", strings.Replace(made, "&version=1", "", 1)), "/en/products/1?told=created")
	path := "/en/products/1"
	if body := b.get(path + "?told=created").body; !strings.Contains(body, "Created.") || !strings.Contains(body, `value="29.99"`) {
		t.Error("the page does not tell what was made")
	}
	leads(t, "save", b.form(path, words("title", "  Kettle, red ", "price", "24.5", "list", "29.99", "body", "Boils.\r\n\r\n\r\nFast.  ", "currency", "eur")), path+"?told=saved")
	p, err := c.store.ShowProduct(t.Context(), store.Operator("test"), 1)
	if err != nil || p.Title != "Kettle, red" || p.PriceCents != 2450 || *p.ListPriceCents != 2999 || p.Body != "Boils.\n\nFast." || p.Currency != "EUR" || p.Version != 2 {
		t.Errorf("saved: %+v, %v", p, err)
	}
	leads(t, "archive", b.form(path+"/archive", ""), path+"?told=archived")
	if list := b.get("/en/products").body; strings.Contains(list, "Kettle, red") {
		t.Error("an archived product stands among the others")
	}
	if list := b.get("/en/products?state=archived&search=kETTLE").body; !strings.Contains(list, "Kettle, red") || strings.Contains(list, `id="to-sale-form"`) {
		t.Error("the archived product is not found, or may be sold")
	}
	leads(t, "restore", b.form(path+"/restore", ""), path+"?told=restored")
	if n := c.count("SELECT COUNT(*) FROM sale_log WHERE action = 'product_changed' AND sale_id IS NULL AND actor = 'ann' AND staff_id IS NOT NULL"); n != 4 {
		t.Errorf("%d lines of the log are ann's, want 4", n)
	}
}

// What somebody else has saved since stands beside what was typed; pressing once more means it.
func TestProductChangedMeanwhile(t *testing.T) {
	c := newConsole(t)
	path := fmt.Sprintf("/en/products/%d", c.product(1, "KET-1", "Kettle"))
	ann, bob := c.session(c.member("ann", store.RoleMerchant, 1), signedIn), c.session(c.member("bob", store.RoleOwner, 1), signedIn)
	leads(t, "bob", bob.form(path, words("title", "Kettle of Bob", "price", "19.99")), path+"?told=saved")
	a := ann.form(path, words("title", "Kettle of Ann"))
	if a.status != 409 {
		t.Fatalf("ann saved over bob: %d", a.status)
	}
	for _, want := range []string{`value="Kettle of Ann"`, "meanwhile: Kettle of Bob", "meanwhile: 19.99", `name="version" value="2"`, "Save mine instead"} {
		if !strings.Contains(a.body, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	if strings.Contains(a.body, "meanwhile: Acme") {
		t.Error("what is the same on both sides is told too")
	}
	if n := c.count("SELECT COUNT(*) FROM products WHERE title = 'Kettle of Bob'"); n != 1 {
		t.Error("bob's title is gone")
	}
	leads(t, "ann again", ann.form(path, words("title", "Kettle of Ann", "version", "2")), path+"?told=saved")
}

// What is wrong stands at its field, what was typed stays, and nothing changes.
func TestProductFormsThatAreWrong(t *testing.T) {
	c := newConsole(t)
	own, other, foreign := c.product(1, "KET-1", "Kettle"), c.product(1, "CUP-1", "Cup"), c.product(2, "KET-1", "Kettle of 2")
	draft, _ := c.draft(1)
	b := c.session(c.member("ann", store.RoleMerchant, 1), signedIn)
	before := c.checksums("products, images, items, sale_log, product_imports")
	path := fmt.Sprintf("/en/products/%d", own)
	sale := func(pairs ...string) string {
		v := url.Values{"sale": {fmt.Sprint(draft)}, "units": {"5"}, "price": {""}, "limit": {"1"}, "hold": {"10"}, "shown": {fmt.Sprintf("%d,%d", other, own)}, fmt.Sprintf("p%d", own): {"1"}}
		for i := 0; i+1 < len(pairs); i += 2 {
			v.Set(pairs[i], pairs[i+1])
		}
		return v.Encode()
	}
	for _, w := range []struct {
		path, body string
		status     int
		want       string
	}{
		{path, words("title", " "), 400, `id="title-error"`},
		{path, words("title", strings.Repeat("茶", 201)), 400, `id="title-error"`},
		{path, words("title", "a\x07b"), 400, `id="title-error"`},
		{path, words("sku", ""), 400, `id="sku-error"`},
		{path, words("sku", "CUP-1"), 400, "Another product has this SKU"},
		{path, words("price", "cheap"), 400, `value="cheap"`},
		{path, words("price", "0"), 400, `id="price-error"`},
		{path, words("price", "1.999"), 400, `id="price-error"`},
		{path, words("price", "1.5", "currency", "JPY"), 400, `id="price-error"`},
		{path, words("list", "29.99"), 400, `id="list-error"`},
		{path, words("currency", "Euro"), 400, `id="currency-error"`},
		{path, words("body", strings.Repeat("x", 4001)), 400, `id="body-error"`},
		{path, words("version", ""), 400, "bad_request"},
		{path, words() + "&image=x", 400, "bad_request"},
		{"/en/products", words("sku", "CUP-1"), 400, `id="sku-error"`},
		{fmt.Sprintf("/en/products/%d", foreign), words(), 404, "not_found"},
		{"/en/products/0", words(), 404, "not_found"},
		{"/en/products/x", words(), 404, "not_found"},
		{path + "/archive", "x=y", 400, "bad_request"},
		{path + "/picture", words(), 415, "wrong_type"},
		{"/en/products/to-sale", sale("units", "0"), 400, `id="to-units-error"`},
		{"/en/products/to-sale", sale("price", "100%"), 400, `id="to-price-error"`},
		{"/en/products/to-sale", sale("price", "-1"), 400, `id="to-price-error"`},
		{"/en/products/to-sale", sale("limit", "1001"), 400, `id="to-limit-error"`},
		{"/en/products/to-sale", sale("hold", "x"), 400, `id="to-hold-error"`},
		{"/en/products/to-sale", sale("sale", ""), 400, `id="to-sale-error"`},
		{"/en/products/to-sale", sale("sale", "987654"), 400, `id="to-sale-error"`},
		{"/en/products/to-sale", sale("from", "product", "shown", fmt.Sprint(own), "units", "x"), 400, `name="from" value="product"`},
		{"/en/products/to-sale", strings.Replace(sale(), fmt.Sprintf("p%d=1", own), "", 1), 400, "Pick at least one"},
		{"/en/products/to-sale", sale("p987654", "1"), 400, "bad_request"},
		{"/en/products/to-sale", sale("shown", fmt.Sprintf("%d,", own)), 400, "bad_request"},
		{"/en/products/to-sale", sale("shown", fmt.Sprintf("%d,%d", own, foreign), fmt.Sprintf("p%d", foreign), "1"), 404, "not_found"},
	} {
		a := b.form(w.path, w.body)
		if a.status != w.status || !strings.Contains(a.body, w.want) {
			t.Errorf("%s %.80s: %d, without %s", w.path, w.body, a.status, w.want)
		}
	}
	for _, q := range []string{"/en/products?state=lost", "/en/products?before=x", "/en/products/imports/1?verdict=lost", "/en/products?search=" + strings.Repeat("x", 201)} {
		if a := b.get(q); a.status != 400 && a.status != 404 {
			t.Errorf("%s: %d", q, a.status)
		}
	}
	if after := c.checksums("products, images, items, sale_log, product_imports"); after != before {
		t.Errorf("something was changed:\n%s\n%s", before, after)
	}
}

// draft makes a draft with an item in a shop.
func (c *console) draft(shop int) (sale, item uint64) {
	c.t.Helper()
	sale, items := storetest.Sale(c.t, c.store, store.NewItem{Units: 5, SKU: "in-draft"})
	c.exec("UPDATE sales SET state = 'draft', shop_id = ? WHERE id = ?", shop, sale)
	return sale, items[0]
}

// Picked products become items of the draft: with their own price, an amount, or a discount. A later change of the product does not reach the sale.
func TestProductsIntoADraft(t *testing.T) {
	c := newConsole(t)
	kettle, cup := c.product(1, "KET-1", "Kettle"), c.product(1, "CUP-1", "Cup")
	draft, _ := c.draft(1)
	b := c.session(c.member("ann", store.RoleMerchant, 1), signedIn)
	list := b.get("/en/products").body
	shown := regexp.MustCompile(`name="shown" value="([\d,]+)"`).FindStringSubmatch(list)
	if shown == nil || shown[1] != fmt.Sprintf("%d,%d", cup, kettle) || !strings.Contains(list, fmt.Sprintf(`<option value="%d"`, draft)) {
		t.Fatalf("the form of the list: %v", shown)
	}
	told := fmt.Sprintf("/en/sales/%d/items?told=added", draft)
	form := "sale=%d&units=7&price=%s&limit=2&hold=15&shown=%s&p%d=1"
	leads(t, "discount", b.form("/en/products/to-sale", fmt.Sprintf(form, draft, "20%25", shown[1], kettle)), told)
	leads(t, "amount", b.form("/en/products/to-sale", fmt.Sprintf(form+"&from=product", draft, "25", fmt.Sprint(cup), cup)), told)
	if a := b.form("/en/products/to-sale", fmt.Sprintf(form, draft, "", shown[1], cup)); a.status != 400 || !strings.Contains(a.body, "in the draft already") {
		t.Errorf("once more: %d", a.status)
	}
	if body := b.get(told).body; !strings.Contains(body, `data-outcome="added"`) {
		t.Error("the items of the draft do not tell it")
	}
	c.exec("UPDATE products SET title = 'Other', price_cents = 1")
	for sku, want := range map[string]string{"KET-1": "Kettle 2399 2999 7 2 15", "CUP-1": "Cup 2500 2999 7 2 15"} {
		var got string
		if err := c.root.QueryRowContext(t.Context(), "SELECT CONCAT_WS(' ', title, price_cents, list_price_cents, units_allotted, limit_per_user, hold_minutes) FROM items WHERE sku = ?", sku).Scan(&got); err != nil || got != want {
			t.Errorf("%s: %s, %v; want %s", sku, got, err, want)
		}
	}
	c.db.MustAudit(t)
}

// A list goes on from page to page, and each product stands on one of them.
func TestProductPages(t *testing.T) {
	c := newConsole(t)
	for i := range 2*productsPerPage + 3 {
		c.product(1, fmt.Sprintf("SKU-%d", i), fmt.Sprintf("Thing %d", i))
	}
	b := c.session(c.member("cem", store.RoleViewer, 1), signedIn)
	seen, pages := map[string]bool{}, 0
	for path := "/en/products?search=thing"; path != ""; pages++ {
		body := b.get(path).body
		for _, m := range regexp.MustCompile(`data-product="(\d+)"`).FindAllStringSubmatch(body, -1) {
			if seen[m[1]] {
				t.Errorf("%s stands twice", m[1])
			}
			seen[m[1]] = true
		}
		path = ""
		if m := regexp.MustCompile(`href="([^"]*before=[^"]*)"`).FindStringSubmatch(body); m != nil {
			path = strings.ReplaceAll(m[1], "&amp;", "&")
		}
		if strings.Contains(body, "<form method=\"post\" action=\"/en/products") || strings.Contains(body, "/products/new\"") && strings.Contains(body, `class="go"`) {
			t.Error("a viewer is offered to change something")
		}
	}
	if len(seen) != 2*productsPerPage+3 || pages != 3 {
		t.Errorf("%d products on %d pages", len(seen), pages)
	}
}
