package web

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"doorbuster/store"
	"doorbuster/store/storetest"
)

// unpack undoes a Content-Encoding.
func unpack(t *testing.T, encoding, body string) string {
	t.Helper()
	var r io.Reader = strings.NewReader(body)
	switch encoding {
	case "gzip":
		gz, err := gzip.NewReader(r)
		if err != nil {
			t.Fatal(err)
		}
		r = gz
	case "zstd":
		z, err := zstd.NewReader(r)
		if err != nil {
			t.Fatal(err)
		}
		defer z.Close()
		r = z
	}
	out, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

func itemURL(lang string, item uint64) string { return fmt.Sprintf("/%s/items/%d", lang, item) }

// One rendering is sent in three forms, each with its own ETag, and not at all to who has it.
func TestItemPageForms(t *testing.T) {
	s := newShop(t)
	_, items := storetest.Sale(t, s.store, store.NewItem{Units: 5})
	s.settle()
	url := itemURL("en", items[0])
	plain := s.get(url)
	tags := map[string]bool{}
	for _, c := range []struct{ accept, encoding string }{
		{"", ""}, {"gzip", "gzip"}, {"gzip, deflate, br, zstd", "zstd"}, {"zstd;q=0, gzip", "gzip"}, {"br", ""}, {"*", ""},
	} {
		a := s.get(url, "Accept-Encoding", c.accept)
		if got := a.header.Get("Content-Encoding"); got != c.encoding {
			t.Errorf("%q: encoding %q, want %q", c.accept, got, c.encoding)
		}
		if got := unpack(t, c.encoding, a.body); got != plain.body {
			t.Errorf("%q: another page", c.accept)
		}
		if c.encoding != "" && len(a.body) >= len(plain.body) {
			t.Errorf("%q: %d bytes, plain has %d", c.accept, len(a.body), len(plain.body))
		}
		tag := a.header.Get("Etag")
		if !strings.HasPrefix(tag, `"`) {
			t.Errorf("%q: ETag %s is not strong", c.accept, tag)
		}
		tags[tag] = true
		for _, match := range []string{tag, "W/" + tag, `"x", ` + tag, "*"} {
			again := s.get(url, "Accept-Encoding", c.accept, "If-None-Match", match)
			if again.status != 304 || again.body != "" || again.header.Get("Etag") != tag || again.header.Get("Content-Encoding") != "" ||
				again.header.Get("Cache-Control") == "" || again.header.Get("Vary") != "Accept-Encoding" {
				t.Errorf("%q, If-None-Match %s: %d, %v", c.accept, match, again.status, again.header)
			}
		}
		if other := s.get(url, "Accept-Encoding", c.accept, "If-None-Match", `"other"`); other.status != 200 {
			t.Errorf("%q: status %d for another tag", c.accept, other.status)
		}
	}
	if len(tags) != 3 {
		t.Errorf("%d tags for three forms", len(tags))
	}
	if n := s.counted("doorbuster_page_renders_total", "item"); n != 1 {
		t.Errorf("rendered %v times, once is enough", n)
	}
}

// The copy for everybody holds nothing of anybody, and no request can make it.
func TestPublicPagesAreNotPersonal(t *testing.T) {
	s := newShop(t)
	sale, items := storetest.Sale(t, s.store, store.NewItem{Units: 5})
	s.settle()
	_, cookie := s.shopper("Annabelle")
	for _, url := range []string{"/en/", fmt.Sprintf("/en/sales/%d", sale), itemURL("en", items[0]), fmt.Sprintf("/items/%d/state", items[0])} {
		// Signed in first: if anything of it were kept, the other would show it.
		signedIn := s.get(url, "Cookie", cookie+"; "+told+"=placed.x", "X-Request-Id", "01234567-89ab-7def-8123-456789abcdef", "Authorization", "Basic x")
		anonymous := s.get(url)
		if signedIn.status != 200 || anonymous.status != 200 {
			t.Fatalf("%s: status %d and %d", url, signedIn.status, anonymous.status)
		}
		if !strings.Contains(url, "state") && signedIn.body != anonymous.body {
			t.Errorf("%s is different for who is signed in", url)
		}
		for _, a := range []answered{signedIn, anonymous} {
			if a.header.Get("Set-Cookie") != "" || a.header.Get("X-Request-Id") != "" || strings.Contains(a.body, "Annabelle") {
				t.Errorf("%s: %v\n%s", url, a.header, a.body)
			}
			if !strings.HasPrefix(a.header.Get("Cache-Control"), "public") {
				t.Errorf("%s: Cache-Control %q", url, a.header.Get("Cache-Control"))
			}
		}
	}
	for _, url := range []string{"/en/orders", "/en/sign-in", "/en/sign-up"} {
		if a := s.get(url, "Cookie", cookie); a.status != 200 || a.header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %d, Cache-Control %q", url, a.status, a.header.Get("Cache-Control"))
		}
	}
	if !strings.Contains(s.get("/en/orders", "Cookie", cookie).body, "Annabelle") {
		t.Error("the shopper's own page does not know her name")
	}
}

// The page follows what the merchant and the stock do, in both languages.
func TestItemPageFollows(t *testing.T) {
	s := newShop(t)
	sale, items := storetest.Sale(t, s.store, store.NewItem{Units: 1})
	s.settle()
	state := func(want string) {
		t.Helper()
		for _, lang := range []string{"en", "zh"} {
			s.eventually("the page says "+want, func() bool {
				return strings.Contains(s.get(itemURL(lang, items[0])).body, `data-state="`+want+`"`)
			})
		}
	}
	check := func(outcome store.Outcome, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(outcome, err)
		}
	}
	state("live")
	check(s.store.PauseSale(t.Context(), store.Operator("test"), sale, "test"))
	state("paused")
	check(s.store.ResumeSale(t.Context(), store.Operator("test"), sale, "test"))
	state("live")
	_, cookie := s.shopper("ann")
	if a := s.form(itemURL("en", items[0])+"/orders", "units=1", cookie); a.status != 303 {
		t.Fatal(a.status)
	}
	state("sold_out")
	if _, err := s.store.AddUnits(t.Context(), store.Operator("test"), items[0], 2, "test"); err != nil {
		t.Fatal(err)
	}
	state("live")
	if page := s.get(itemURL("en", items[0])).body; !strings.Contains(page, `data-units="3"`) {
		t.Error("the page does not know the new number of units")
	}
	check(s.turn(store.SwitchTurn{Name: store.StopNewHolds, On: true}))
	state("paused")
	check(s.turn(store.SwitchTurn{Name: store.StopNewHolds}))
	check(s.store.EndSale(t.Context(), store.Operator("test"), sale, "test"))
	state("over")
	s.eventually("the sale page says over", func() bool {
		return strings.Contains(s.get(fmt.Sprintf("/en/sales/%d", sale)).body, `data-state="over"`)
	})
	s.eventually("the list says over", func() bool { return strings.Contains(s.get("/zh/").body, `data-state="over"`) })
}

// At the opening the page turns by the clock alone, without any reading in between.
func TestItemPageOpens(t *testing.T) {
	s := newShop(t)
	opens := s.store.Now().Add(1500 * time.Millisecond)
	_, items := storetest.SaleAt(t, s.store, opens, opens.Add(time.Hour), store.NewItem{Units: 1})
	s.settle()
	url := itemURL("en", items[0])
	if before := s.get(url); !strings.Contains(before.body, `data-state="soon"`) && s.store.Now().Before(opens) {
		t.Error("open before the opening")
	}
	s.eventually("it opens", func() bool { return strings.Contains(s.get(url).body, `data-state="live"`) })
	if now := s.store.Now(); now.Before(opens) || now.After(opens.Add(time.Second)) {
		t.Errorf("opened at %s, should %s", now, opens)
	}
}

// A crowd that asks for a page that nobody has makes one rendering.
func TestOneRenderingForACrowd(t *testing.T) {
	s := newShop(t)
	_, items := storetest.Sale(t, s.store, store.NewItem{Units: 5})
	s.settle()
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			p, err := s.server.items.get(t.Context(), items[0], "en")
			if err != nil || len(p.forms[0].body) == 0 {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if n := s.counted("doorbuster_page_renders_total", "item"); n != 1 {
		t.Errorf("%v renderings", n)
	}
}

// A number that does not exist is asked for once a second at most, and a page that comes to be is found.
func TestMissingItem(t *testing.T) {
	s := newShop(t)
	for range 20 {
		if a := s.get("/en/items/1"); a.status != 404 {
			t.Fatal(a.status)
		}
	}
	storetest.Sale(t, s.store, store.NewItem{Units: 5})
	s.eventually("the new item is shown", func() bool { return s.get("/en/items/1").status == 200 })
}

// The state is small, whatever the numbers, and true.
func TestState(t *testing.T) {
	s := newShop(t)
	_, items := storetest.Sale(t, s.store, store.NewItem{Units: 100_000_000, LimitPerUser: 1})
	s.settle()
	a := s.get(fmt.Sprintf("/items/%d/state", items[0]))
	var got struct {
		S                  string
		Left, V            int64
		Now, Opens, Closes int64
	}
	d := json.NewDecoder(bytes.NewReader([]byte(a.body)))
	d.DisallowUnknownFields()
	if err := d.Decode(&got); err != nil {
		t.Fatalf("%v in %s", err, a.body)
	}
	now := s.store.Now().UnixMilli()
	if got.S != "live" || got.Left != 100_000_000 || got.Now > now || got.Now < now-5000 || got.Opens > now || got.Closes < now {
		t.Errorf("state %s", a.body)
	}
	if a.header.Get("Cache-Control") != "public, max-age=1" || a.header.Get("Content-Type") != "application/json" {
		t.Errorf("headers %v", a.header)
	}
	far := time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)
	longest := stateJSON("sold_out", store.LiveSale{OpensAt: far, ClosesAt: far}, store.LiveItem{UnitsLeft: 1 << 40, StockVersion: 1<<64 - 1}, far)
	if len(longest) > 200 {
		t.Errorf("%d bytes: %s", len(longest), longest)
	}
}

// Pages of one shopper are compressed on the way, and stay the same.
func TestPersonalPagesArePacked(t *testing.T) {
	s := newShop(t)
	_, items := storetest.Sale(t, s.store, store.NewItem{Units: 5})
	s.settle()
	_, ann := s.shopper("ann")
	url := s.form(itemURL("en", items[0])+"/orders", "units=1", ann).header.Get("Location")
	nonces := regexp.MustCompile(`data-now="\d+"`)
	plain := nonces.ReplaceAllString(s.get(url, "Cookie", ann).body, "")
	for _, encoding := range []string{"gzip", "zstd"} {
		a := s.get(url, "Cookie", ann, "Accept-Encoding", encoding)
		if a.status != 200 || a.header.Get("Content-Encoding") != encoding || a.header.Get("Cache-Control") != "no-store" {
			t.Fatalf("%s: %d %v", encoding, a.status, a.header)
		}
		if got := nonces.ReplaceAllString(unpack(t, encoding, a.body), ""); got != plain {
			t.Errorf("%s: another page", encoding)
		}
	}
	// The drawing, too.
	if a := s.get("/images/boots.svg", "Accept-Encoding", "gzip"); a.status != 200 || !strings.Contains(unpack(t, a.header.Get("Content-Encoding"), a.body), "<svg") {
		t.Errorf("picture: %d %v", a.status, a.header)
	}
}
