package page_test

import (
	"bytes"
	"compress/gzip"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"doorbuster/web/page"
	"doorbuster/web/static"
	"doorbuster/web/ui"
	"doorbuster/web/ui/uitest"
)

func TestNothingInline(t *testing.T) { uitest.NothingInline(t, samples()) }

func TestControlsHaveLabels(t *testing.T) { uitest.Labels(t, samples()) }

func TestFrame(t *testing.T) { uitest.Frame(t, samples()) }

// What the crowd loads before the button works: page, stylesheet and script, compressed.
func TestItemPageBudget(t *testing.T) {
	for _, lang := range ui.Langs {
		for _, one := range itemSamples() {
			body := uitest.Render(t, lang, one)
			var packed bytes.Buffer
			w := gzip.NewWriter(&packed)
			if _, err := w.Write([]byte(body)); err != nil {
				t.Fatal(err)
			}
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
			total := packed.Len() + static.Size("style.css", "gzip") + static.Size("shop.js", "gzip")
			if total > 14*1024 {
				t.Errorf("%s %s: %d bytes on the wire, more than 14 KB", lang, one.Name, total)
			}
			if requests := strings.Count(body, "<script") + strings.Count(body, `rel="stylesheet"`); requests != 2 {
				t.Errorf("%s %s needs %d files besides itself, not 2", lang, one.Name, requests)
			}
		}
	}
}

// The cached page is everybody's: nothing that a signed-in shopper has may change it.
func TestItemPageIsImpersonal(t *testing.T) {
	v := anItem(ui.Live, 12)
	everybody := uitest.Render(t, ui.En, uitest.Sample{Name: "item", Page: page.ItemShow(v)})
	v.Shopper = "Lena Okafor"
	if mine := uitest.Render(t, ui.En, uitest.Sample{Name: "item", Page: page.ItemShow(v)}); mine != everybody {
		t.Error("the item page tells who is signed in")
	}
}

// Hostile titles stay text wherever they stand.
func TestTitlesAreText(t *testing.T) {
	v := anItem(ui.Live, 12)
	v.Title, v.SaleTitle, v.Shop = `"><img src=x>`, `</main><script>`, `'"&<`
	v.Body, v.ListSource = []string{`<b>bold</b>`}, `</small><i>`
	root := uitest.Parse(t, uitest.Render(t, ui.En, uitest.Sample{Name: "item", Page: page.ItemShow(v)}))
	uitest.Elements(root, func(n *html.Node) {
		src, _ := uitest.Attr(n, "src")
		if src == "x" || n.Data == "b" || n.Data == "i" || (n.Data == "script" && src == "") {
			t.Errorf("a title became <%s>", n.Data)
		}
	})
}
