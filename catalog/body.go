package catalog

import (
	"strings"
	"unicode"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// plainText turns a product's HTML into plain text: tags go, entities
// are decoded, scripts and styles go with their content, blocks become
// lines, list entries begin with a bullet. The result is text, not safe HTML:
// "&lt;b&gt;" becomes "<b>", so a page must escape it like any other text.
func plainText(body string) string {
	t := textWriter{}
	z := html.NewTokenizer(strings.NewReader(body))
	for {
		switch z.Next() {
		case html.ErrorToken: // the end; the tokenizer knows no other error on a string
			return strings.TrimRight(t.out.String(), "\n ")
		case html.TextToken:
			if t.skipped == 0 {
				t.text(string(z.Text()))
			}
		case html.StartTagToken:
			name, _ := z.TagName()
			t.start(atom.Lookup(name))
		case html.EndTagToken:
			name, _ := z.TagName()
			t.end(atom.Lookup(name))
		case html.SelfClosingTagToken:
			name, _ := z.TagName()
			// Outside drawings and formulas HTML ignores the closing slash.
			if tag := atom.Lookup(name); tag != atom.Svg && tag != atom.Math {
				t.start(tag)
			}
		}
	}
}

// textWriter writes words with single spaces and at most one empty line
// between them, and nothing before the first word.
type textWriter struct {
	out     strings.Builder
	skipped atom.Atom // the element whose content is left out, or 0
	depth   int       // how many of it are open
	lines   int       // line ends owed before the next word
	space   bool      // a space is owed before the next word
	bullet  bool      // a bullet is owed before the next word
}

func (t *textWriter) start(tag atom.Atom) {
	switch {
	case t.skipped != 0:
		if tag == t.skipped {
			t.depth++
		}
	case invisible(tag):
		t.skipped, t.depth = tag, 1
	case tag == atom.Br:
		t.lines = min(t.lines+1, 2)
	case tag == atom.Li:
		t.lines, t.bullet = max(t.lines, 1), true
	default:
		t.lines = max(t.lines, blockLines(tag))
		t.space = t.space || tag == atom.Td || tag == atom.Th
	}
}

func (t *textWriter) end(tag atom.Atom) {
	if t.skipped == 0 {
		t.lines = max(t.lines, blockLines(tag))
		return
	}
	if tag == t.skipped {
		if t.depth--; t.depth == 0 {
			t.skipped = 0
		}
	}
}

func (t *textWriter) text(s string) {
	for _, r := range s {
		switch {
		case unicode.IsSpace(r):
			t.space = true
		case unicode.IsControl(r): // written as an entity; it has no meaning on a page
		default:
			t.owed()
			t.out.WriteRune(r)
		}
	}
}

func (t *textWriter) owed() {
	switch {
	case t.out.Len() == 0:
	case t.lines > 0:
		t.out.WriteString("\n\n"[:t.lines])
	case t.space:
		t.out.WriteByte(' ')
	}
	if t.bullet {
		t.out.WriteString("• ")
	}
	t.lines, t.space, t.bullet = 0, false, false
}

// invisible tells elements whose content no reader of a page would see.
func invisible(tag atom.Atom) bool {
	switch tag {
	case atom.Script, atom.Style, atom.Template, atom.Iframe, atom.Noscript, atom.Noembed, atom.Noframes,
		atom.Object, atom.Svg, atom.Math, atom.Title, atom.Textarea, atom.Select, atom.Xmp:
		return true
	}
	return false
}

// blockLines is how many line ends stand around an element: two around a
// paragraph, one around a table row, none around a bold word.
func blockLines(tag atom.Atom) int {
	switch tag {
	case atom.P, atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6, atom.Ul, atom.Ol, atom.Dl,
		atom.Table, atom.Blockquote, atom.Pre, atom.Hr, atom.Figure:
		return 2
	case atom.Div, atom.Section, atom.Article, atom.Header, atom.Footer, atom.Main, atom.Aside, atom.Address,
		atom.Tr, atom.Dt, atom.Dd, atom.Li, atom.Figcaption:
		return 1
	}
	return 0
}
