package admin

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"regexp"
	"strings"
	"testing"

	"doorbuster/photo"
	"doorbuster/store"
	"doorbuster/store/storetest"
)

// A picture is made anew, shown to staff of the shop, and taken away again.
func TestProductPicture(t *testing.T) {
	c := newConsole(t)
	id := c.product(1, "KET-1", "Kettle")
	path := fmt.Sprintf("/en/products/%d", id)
	b := c.session(c.member("ann", store.RoleMerchant, 1), signedIn)
	leads(t, "upload", b.send(path+"/picture", "picture", "kettle.html", append(photograph(t, color.White), "<script>"...)), path+"?told=picture_set")
	body := b.get(path).body
	m := regexp.MustCompile(`<img src="(/images/[0-9a-f]{32}\.jpg)" alt="Kettle"`).FindStringSubmatch(body)
	if m == nil {
		t.Fatal("the page does not show the picture")
	}
	a := b.get(m[1])
	if a.status != 200 || a.header.Get("Content-Type") != "image/jpeg" || a.header.Get("X-Content-Type-Options") != "nosniff" ||
		a.header.Get("Cache-Control") != "private, max-age=31536000, immutable" || strings.Contains(a.body, "<script>") {
		t.Errorf("picture: %d, %v", a.status, a.header)
	}
	if _, kind, err := image.Decode(strings.NewReader(a.body)); err != nil || kind != "jpeg" {
		t.Errorf("picture: %s, %v", kind, err)
	}
	if again := b.do(get, m[1], "", "If-None-Match", a.header.Get("Etag")); again.status != 304 || again.body != "" {
		t.Errorf("picture again: %d", again.status)
	}
	if head := b.do("HEAD", m[1], ""); head.status != 200 || head.header.Get("Content-Length") != fmt.Sprint(len(a.body)) {
		t.Errorf("HEAD: %d %v", head.status, head.header)
	}
	gus := c.session(c.member("gus", store.RoleOwner, 2), signedIn)
	for who, got := range map[string]answered{
		"another shop's": gus.get(m[1]), "another name": b.get(strings.Replace(m[1], ".jpg", ".png", 1)), "capitals": b.get(strings.Replace(m[1], ".jpg", ".JPG", 1)),
	} {
		if got.status != 404 {
			t.Errorf("%s: %d", who, got.status)
		}
	}
	if a := c.browser().get(m[1]); a.status != 303 {
		t.Errorf("a stranger: %d", a.status)
	}
	leads(t, "remove", b.form(path+"/picture/remove", ""), path+"?told=picture_removed")
	if strings.Contains(b.get(path).body, "<img") {
		t.Error("the picture is still shown")
	}
	if n := c.count("SELECT COUNT(*) FROM sale_log WHERE action = 'product_changed' AND actor = 'ann' AND detail LIKE '%picture%'"); n != 2 {
		t.Errorf("%d lines of the log", n)
	}
}

// What is no picture is refused at its field, and nothing is kept.
func TestProductPicturesThatAreNone(t *testing.T) {
	c := newConsole(t)
	id := c.product(1, "KET-1", "Kettle")
	path := fmt.Sprintf("/en/products/%d/picture", id)
	b := c.session(c.member("ann", store.RoleMerchant, 1), signedIn)
	good := photograph(t, color.White)
	for _, w := range []struct {
		name   string
		file   []byte
		status int
		want   string
	}{
		{"kettle.jpg", nil, 400, "Choose a picture"},
		{"kettle.jpg", []byte("<!doctype html><script>alert(1)</script>"), 400, "no JPEG"},
		{"kettle.jpg", good[:len(good)/2], 400, "cut off or broken"},
		{"kettle.jpg", bytes.Repeat([]byte("x"), photo.MaxFile+1), 413, "too_large"},
	} {
		a := b.send(path, "picture", w.name, w.file)
		if a.status != w.status || !strings.Contains(a.body, w.want) || (w.status == 400 && !strings.Contains(a.body, `id="picture-error"`)) {
			t.Errorf("%d bytes: %d, without %s", len(w.file), a.status, w.want)
		}
	}
	for name, a := range map[string]answered{
		"another field": b.send(path, "file", "a.jpg", good), "one more field": b.send(path, "picture", "a.jpg", good, "x", "y"),
	} {
		if a.status != 400 || a.outcome() != "bad_request" {
			t.Errorf("%s: %d %s", name, a.status, a.outcome())
		}
	}
	if n := c.count("SELECT COUNT(*) FROM images"); n != 0 {
		t.Errorf("%d pictures are kept", n)
	}
	if strings.Contains(c.log.String(), `"level":"ERROR"`) {
		t.Error(c.log.String())
	}
}

// A product's picture goes into the draft with it, and shoppers would get the same bytes.
func TestPictureOfAnItem(t *testing.T) {
	c := newConsole(t)
	id := c.product(1, "KET-1", "Kettle")
	draft, _ := storetest.Sale(t, c.store, store.NewItem{Units: 1})
	c.exec("UPDATE sales SET state = 'draft' WHERE id = ?", draft)
	b := c.session(c.member("ann", store.RoleMerchant, 1), signedIn)
	b.send(fmt.Sprintf("/en/products/%d/picture", id), "picture", "a.jpg", photograph(t, color.Black))
	b.form("/en/products/to-sale", fmt.Sprintf("sale=%d&units=1&price=&limit=1&hold=10&shown=%d&p%d=1", draft, id, id))
	b.form(fmt.Sprintf("/en/products/%d/picture/remove", id), "")
	var address string
	if err := c.root.QueryRowContext(t.Context(), "SELECT image_url FROM items WHERE sku = 'KET-1'").Scan(&address); err != nil {
		t.Fatal(err)
	}
	image, ok := store.ParseImageName(strings.TrimPrefix(address, "images/"))
	if got, err := c.store.ShowImage(t.Context(), image); !ok || err != nil || got.ID() != image {
		t.Errorf("%s: %v", address, err)
	}
}
