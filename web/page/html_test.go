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
)

// eachPage parses every page in every state and both languages.
func eachPage(t *testing.T, check func(t *testing.T, root *html.Node)) {
	t.Helper()
	for _, lang := range ui.Langs {
		for _, one := range samples() {
			t.Run(string(lang)+"_"+one.name, func(t *testing.T) {
				root, err := html.Parse(strings.NewReader(render(t, lang, one)))
				if err != nil {
					t.Fatal(err)
				}
				check(t, root)
			})
		}
	}
}

// elements walks all elements of a page in order.
func elements(root *html.Node, visit func(n *html.Node)) {
	for n := range root.Descendants() {
		if n.Type == html.ElementNode {
			visit(n)
		}
	}
}

func attr(n *html.Node, name string) (string, bool) {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val, true
		}
	}
	return "", false
}

func text(n *html.Node) string {
	var out strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			out.WriteString(d.Data)
		}
	}
	return strings.TrimSpace(out.String())
}

// The policy forbids everything inline; a page that has it would be silently broken.
func TestNothingInline(t *testing.T) {
	eachPage(t, func(t *testing.T, root *html.Node) {
		elements(root, func(n *html.Node) {
			for _, a := range n.Attr {
				name, value := a.Key, strings.ToLower(strings.TrimSpace(a.Val))
				if name == "style" || name == "nonce" || strings.HasPrefix(name, "on") {
					t.Errorf("<%s> has %s=%q", n.Data, name, a.Val)
				}
				if strings.HasPrefix(value, "javascript:") || strings.HasPrefix(value, "data:") {
					t.Errorf("<%s> has %s=%q", n.Data, name, a.Val)
				}
			}
			switch n.Data {
			case "style", "base", "iframe", "object":
				t.Errorf("the page has a <%s>", n.Data)
			case "script":
				if src, _ := attr(n, "src"); !strings.HasPrefix(src, "/static/") || n.FirstChild != nil {
					t.Errorf("a script from %q with a body", src)
				}
			}
		})
	})
}

func TestControlsHaveLabels(t *testing.T) {
	eachPage(t, func(t *testing.T, root *html.Node) {
		labels, ids := map[string]string{}, map[string]int{}
		elements(root, func(n *html.Node) {
			if id, ok := attr(n, "id"); ok {
				ids[id]++
			}
			if target, ok := attr(n, "for"); n.Data == "label" && ok {
				labels[target] = text(n)
			}
		})
		for id, times := range ids {
			if times > 1 {
				t.Errorf("%d elements have the id %q", times, id)
			}
		}
		elements(root, func(n *html.Node) {
			id, _ := attr(n, "id")
			kind, _ := attr(n, "type")
			switch {
			case (n.Data == "input" && kind != "hidden") || n.Data == "select" || n.Data == "textarea":
				if labels[id] == "" {
					t.Errorf("<%s id=%q> has no label", n.Data, id)
				}
			case n.Data == "button" || n.Data == "a" || n.Data == "summary":
				if text(n) == "" {
					t.Errorf("a <%s> says nothing: %v", n.Data, n.Attr)
				}
			case n.Data == "img":
				if _, ok := attr(n, "alt"); !ok {
					t.Error("an <img> has no alt")
				}
			}
			for _, name := range []string{"aria-describedby", "aria-labelledby"} {
				value, _ := attr(n, name)
				for target := range strings.FieldsSeq(value) {
					if ids[target] == 0 {
						t.Errorf("%s names %q, which is not there", name, target)
					}
				}
			}
			if href, _ := attr(n, "href"); strings.HasPrefix(href, "#") && ids[href[1:]] == 0 {
				t.Errorf("a link to %q leads nowhere", href)
			}
		})
	})
}

// One main, one h1, a title, a language, and a way to the other language; and every form
// posts to an address with a language, as there are no others for forms.
func TestFrame(t *testing.T) {
	eachPage(t, func(t *testing.T, root *html.Node) {
		count := map[string]int{}
		lang := ""
		elements(root, func(n *html.Node) {
			count[n.Data]++
			switch n.Data {
			case "html":
				lang, _ = attr(n, "lang")
			case "title":
				if text(n) == "" {
					t.Error("the title is empty")
				}
			case "form":
				action, _ := attr(n, "action")
				method, _ := attr(n, "method")
				if _, ok := ui.ParseLang(strings.Split(action+"//", "/")[1]); !ok || method != "post" {
					t.Errorf("a form does %q %q", method, action)
				}
			case "a":
				if other, ok := attr(n, "hreflang"); ok {
					count["switch"]++
					if other == lang {
						t.Error("the switch offers the language of the page")
					}
				}
			}
			if state, ok := attr(n, "data-outcome"); ok && state == "" {
				t.Error("data-outcome is empty")
			}
		})
		if lang != "en" && lang != "zh-Hans" {
			t.Errorf("the language is %q", lang)
		}
		for _, name := range []string{"main", "h1", "title", "switch"} {
			if count[name] != 1 {
				t.Errorf("the page has %d of %s", count[name], name)
			}
		}
	})
}

// What the crowd loads before the button works: page, stylesheet and script, compressed.
func TestItemPageBudget(t *testing.T) {
	for _, lang := range ui.Langs {
		for _, one := range itemSamples() {
			body := render(t, lang, one)
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
				t.Errorf("%s %s: %d bytes on the wire, more than 14 KB", lang, one.name, total)
			}
			if requests := strings.Count(body, "<script") + strings.Count(body, `rel="stylesheet"`); requests != 2 {
				t.Errorf("%s %s needs %d files besides itself, not 2", lang, one.name, requests)
			}
		}
	}
}

// The cached page is everybody's: nothing that a signed-in shopper has may change it.
func TestItemPageIsImpersonal(t *testing.T) {
	v := anItem(ui.Live, 12)
	everybody := render(t, ui.En, sample{"item", page.ItemShow(v)})
	v.Shopper = "Lena Okafor"
	if mine := render(t, ui.En, sample{"item", page.ItemShow(v)}); mine != everybody {
		t.Error("the item page tells who is signed in")
	}
}

// Hostile titles stay text wherever they stand.
func TestTitlesAreText(t *testing.T) {
	v := anItem(ui.Live, 12)
	v.Title, v.SaleTitle, v.Shop = `"><img src=x>`, `</main><script>`, `'"&<`
	v.Body, v.ListSource = []string{`<b>bold</b>`}, `</small><i>`
	root, err := html.Parse(strings.NewReader(render(t, ui.En, sample{"item", page.ItemShow(v)})))
	if err != nil {
		t.Fatal(err)
	}
	elements(root, func(n *html.Node) {
		src, _ := attr(n, "src")
		if src == "x" || n.Data == "b" || n.Data == "i" || (n.Data == "script" && src == "") {
			t.Errorf("a title became <%s>", n.Data)
		}
	})
}
