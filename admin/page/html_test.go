package page_test

import (
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"doorbuster/admin/page"
	"doorbuster/web/ui"
	"doorbuster/web/ui/uitest"
)

func TestNothingInline(t *testing.T) { uitest.NothingInline(t, samples()) }

func TestControlsHaveLabels(t *testing.T) { uitest.Labels(t, samples()) }

// The page with the recovery codes has no switch, because they are shown once.
func TestFrame(t *testing.T) {
	uitest.Frame(t, slices.DeleteFunc(samples(), func(one uitest.Sample) bool { return strings.HasPrefix(one.Name, "recovery_codes") }))
}

// No page of the console has a script, but for the live room, which works without it too.
func TestNoScript(t *testing.T) {
	still := slices.DeleteFunc(samples(), func(one uitest.Sample) bool { return strings.HasPrefix(one.Name, "room_") })
	uitest.EachPage(t, still, func(t *testing.T, root *html.Node) {
		uitest.Elements(root, func(n *html.Node) {
			if n.Data == "script" {
				t.Error("the page has a <script>")
			}
		})
	})
}

// links lists where a page leads to.
func links(root *html.Node) []string {
	var out []string
	uitest.Elements(root, func(n *html.Node) {
		if href, ok := uitest.Attr(n, "href"); ok && n.Data == "a" && !strings.HasPrefix(href, "#") {
			out = append(out, href)
		}
	})
	return out
}

// Codes that are shown once are not lost by a press beside the button: nothing but it leads away.
func TestRecoveryCodesAreNotLeftByChance(t *testing.T) {
	for to, want := range map[string]string{"": "/zh/", "/zh/sales": "/zh/sales"} {
		root := uitest.Parse(t, uitest.Render(t, ui.Zh, uitest.Sample{Name: "recovery_codes", Page: recoveryCodes(to)}))
		if got := links(root); !slices.Equal(got, []string{want}) {
			t.Errorf("the page leads to %q, not only to %q", got, want)
		}
		uitest.Elements(root, func(n *html.Node) {
			if n.Data == "form" {
				t.Error("the page has a form")
			}
		})
	}
}

// Who is not signed in, or halfway, gets no rail, and no link that needs a member.
func TestDoorHasNoRail(t *testing.T) {
	strangers := slices.DeleteFunc(samples(), func(one uitest.Sample) bool {
		return !slices.ContainsFunc([]string{"sign_in", "code", "enrol", "recovery", "invitation", "notice_not_found_out", "notice_no_such_invitation_out"}, func(name string) bool { return strings.HasPrefix(one.Name, name) })
	})
	uitest.EachPage(t, strangers, func(t *testing.T, root *html.Node) {
		uitest.Elements(root, func(n *html.Node) {
			if class, _ := uitest.Attr(n, "class"); strings.Contains(class, "rail") || strings.Contains(class, "places") {
				t.Errorf("the page has %q", class)
			}
		})
	})
}

// The rail marks the place that the page belongs to, and no other.
func TestRailMarksOnePlace(t *testing.T) {
	for _, here := range []string{"home", "sales", "mails", "account", ""} {
		var marked []string
		v := page.AccountView{Frame: in("/account", here)}
		root := uitest.Parse(t, uitest.Render(t, ui.En, uitest.Sample{Name: "account", Page: page.Account(v)}))
		uitest.Elements(root, func(n *html.Node) {
			if current, _ := uitest.Attr(n, "aria-current"); current == "page" {
				href, _ := uitest.Attr(n, "href")
				marked = append(marked, href)
			}
		})
		want := map[string][]string{"home": {"/en/"}, "sales": {"/en/sales"}, "mails": {"/en/mails"}, "account": {"/en/account"}}[here]
		if !slices.Equal(marked, want) {
			t.Errorf("at %q the rail marks %q, not %q", here, marked, want)
		}
	}
}

// Under 640 pixels the head of a table is hidden and each cell says itself what it is.
func TestCellsSayWhatTheyAre(t *testing.T) {
	uitest.EachPage(t, samples(), func(t *testing.T, root *html.Node) {
		var heads []string
		column := 0
		uitest.Elements(root, func(n *html.Node) {
			scope, _ := uitest.Attr(n, "scope")
			switch {
			case n.Data == "thead":
				heads = nil
			case scope == "col":
				heads = append(heads, uitest.Text(n))
			case scope == "row":
				column = 0
			case n.Data == "td":
				column++
				if label, _ := uitest.Attr(n, "data-label"); column >= len(heads) || label != heads[column] {
					t.Errorf("cell %d is called %q under %q", column, label, heads)
				}
			}
		})
	})
}

// A search goes on within its tab, and a tab keeps the search.
func TestSearchAndTabKeepEachOther(t *testing.T) {
	v := page.SaleListView{Frame: in("/sales", "sales"), Tab: page.TabOver, Search: "a & b"}
	root := uitest.Parse(t, uitest.Render(t, ui.En, uitest.Sample{Name: "sale_list", Page: page.SaleList(v)}))
	for _, want := range []string{"/en/sales?search=a+%26+b", "/en/sales?search=a+%26+b&tab=live", "/en/sales?search=a+%26+b&tab=over"} {
		if !slices.Contains(links(root), want) {
			t.Errorf("no link to %s in %q", want, links(root))
		}
	}
	fields := map[string]string{}
	uitest.Elements(root, func(n *html.Node) {
		if name, ok := uitest.Attr(n, "name"); ok && n.Data == "input" {
			fields[name], _ = uitest.Attr(n, "value")
		}
	})
	if fields["tab"] != "over" || fields["search"] != "a & b" {
		t.Errorf("the form sends %q", fields)
	}
}

// What others wrote stays text wherever it stands.
func TestWordsOfOthersAreText(t *testing.T) {
	uitest.EachPage(t, samples(), func(t *testing.T, root *html.Node) {
		uitest.Elements(root, func(n *html.Node) {
			if _, ours := uitest.Attr(n, "src"); n.Data == "b" || n.Data == "script" && !ours {
				t.Errorf("a text became <%s>", n.Data)
			}
		})
	})
}
