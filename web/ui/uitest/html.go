package uitest

import (
	"strings"
	"testing"

	"golang.org/x/net/html"

	"doorbuster/web/ui"
)

// EachPage parses every sample in every language, each in a test of its own.
func EachPage(t *testing.T, samples []Sample, check func(t *testing.T, root *html.Node)) {
	t.Helper()
	for _, lang := range ui.Langs {
		for _, one := range samples {
			t.Run(string(lang)+"_"+one.Name, func(t *testing.T) { check(t, Parse(t, Render(t, lang, one))) })
		}
	}
}

// Parse reads a page.
func Parse(t *testing.T, body string) *html.Node {
	t.Helper()
	root, err := html.Parse(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	return root
}

// Elements walks all elements of a page in order.
func Elements(root *html.Node, visit func(n *html.Node)) {
	for n := range root.Descendants() {
		if n.Type == html.ElementNode {
			visit(n)
		}
	}
}

// Attr gives an attribute of an element, and whether it is there.
func Attr(n *html.Node, name string) (string, bool) {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val, true
		}
	}
	return "", false
}

// Text gives the words inside an element.
func Text(n *html.Node) string {
	var out strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			out.WriteString(d.Data)
		}
	}
	return strings.TrimSpace(out.String())
}

// NothingInline fails on what the content security policy forbids; a page that has it would be silently broken.
func NothingInline(t *testing.T, samples []Sample) {
	t.Helper()
	EachPage(t, samples, func(t *testing.T, root *html.Node) {
		Elements(root, func(n *html.Node) {
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
				if src, _ := Attr(n, "src"); !strings.HasPrefix(src, "/static/") || n.FirstChild != nil {
					t.Errorf("a script from %q with a body", src)
				}
			}
		})
	})
}

// Labels fails on a control without a label, on a link or button that says nothing, on an id that stands twice and on one that is named but not there.
func Labels(t *testing.T, samples []Sample) {
	t.Helper()
	EachPage(t, samples, func(t *testing.T, root *html.Node) {
		labels, ids := map[string]string{}, map[string]int{}
		Elements(root, func(n *html.Node) {
			if id, ok := Attr(n, "id"); ok {
				ids[id]++
			}
			if target, ok := Attr(n, "for"); n.Data == "label" && ok {
				labels[target] = Text(n)
			}
		})
		for id, times := range ids {
			if times > 1 {
				t.Errorf("%d elements have the id %q", times, id)
			}
		}
		Elements(root, func(n *html.Node) {
			id, _ := Attr(n, "id")
			kind, _ := Attr(n, "type")
			switch {
			case (n.Data == "input" && kind != "hidden") || n.Data == "select" || n.Data == "textarea":
				if labels[id] == "" {
					t.Errorf("<%s id=%q> has no label", n.Data, id)
				}
			case n.Data == "button" || n.Data == "a" || n.Data == "summary":
				if Text(n) == "" {
					t.Errorf("a <%s> says nothing: %v", n.Data, n.Attr)
				}
			case n.Data == "img":
				if _, ok := Attr(n, "alt"); !ok {
					t.Error("an <img> has no alt")
				}
			}
			for _, name := range []string{"aria-describedby", "aria-labelledby"} {
				value, _ := Attr(n, name)
				for target := range strings.FieldsSeq(value) {
					if ids[target] == 0 {
						t.Errorf("%s names %q, which is not there", name, target)
					}
				}
			}
			if href, _ := Attr(n, "href"); strings.HasPrefix(href, "#") && ids[href[1:]] == 0 {
				t.Errorf("a link to %q leads nowhere", href)
			}
		})
	})
}

// Frame wants one main, one h1, headings that skip no level, a title, a language, and a way to the other language; and every form goes to an address
// with a language, as there are no others for forms. What searches gets, every other form posts.
func Frame(t *testing.T, samples []Sample) {
	t.Helper()
	EachPage(t, samples, func(t *testing.T, root *html.Node) {
		count := map[string]int{}
		lang, level := "", byte('0')
		Elements(root, func(n *html.Node) {
			count[n.Data]++
			switch n.Data {
			case "html":
				lang, _ = Attr(n, "lang")
			case "title":
				if Text(n) == "" {
					t.Error("the title is empty")
				}
			case "h1", "h2", "h3", "h4":
				if n.Data[1] > level+1 {
					t.Errorf("<%s> %q skips a level", n.Data, Text(n))
				}
				level = n.Data[1]
			case "form":
				checkForm(t, n)
			case "a":
				if other, ok := Attr(n, "hreflang"); ok {
					count["switch"]++
					if other == lang {
						t.Error("the switch offers the language of the page")
					}
				}
			}
			if state, ok := Attr(n, "data-outcome"); ok && state == "" {
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

func checkForm(t *testing.T, n *html.Node) {
	t.Helper()
	action, _ := Attr(n, "action")
	method, _ := Attr(n, "method")
	want := "post"
	if role, _ := Attr(n, "role"); role == "search" {
		want = "get"
	}
	if _, ok := ui.ParseLang(strings.Split(action+"//", "/")[1]); !ok || method != want {
		t.Errorf("a form does %q %q", method, action)
	}
}
