package page_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/BurntSushi/toml"

	"doorbuster/web/page"
	"doorbuster/web/ui"
)

// messages reads a language file: id → plural form → text.
func messages(t *testing.T, lang ui.Lang) map[string]map[string]string {
	t.Helper()
	var raw map[string]any
	if _, err := toml.DecodeFile("../ui/active."+string(lang)+".toml", &raw); err != nil {
		t.Fatal(err)
	}
	out := map[string]map[string]string{}
	for id, value := range raw {
		forms := map[string]string{}
		switch v := value.(type) {
		case string:
			forms["other"] = v
		case map[string]any:
			for form, text := range v {
				forms[form], _ = text.(string)
			}
		}
		out[id] = forms
	}
	return out
}

var placeholder = regexp.MustCompile(`\{\{\.\w+\}\}|\{\w+\}`)

// placeholders lists what a message expects to be filled in, each once.
func placeholders(text string) []string {
	found := placeholder.FindAllString(text, -1)
	slices.Sort(found)
	return slices.Compact(found)
}

func TestLanguagesAgree(t *testing.T) {
	en, zh := messages(t, ui.En), messages(t, ui.Zh)
	for id, forms := range en {
		other, ok := zh[id]
		if !ok {
			t.Errorf("%s is not in Chinese", id)
			continue
		}
		if want, got := placeholders(forms["other"]), placeholders(other["other"]); !slices.Equal(want, got) {
			t.Errorf("%s takes %v in English and %v in Chinese", id, want, got)
		}
		if forms["one"] != "" && !strings.Contains(forms["other"], "{{.N}}") {
			t.Errorf("%s has a singular but no {{.N}}", id)
		}
	}
	for id, forms := range zh {
		if _, ok := en[id]; !ok {
			t.Errorf("%s is not in English", id)
		}
		if len(forms) != 1 {
			t.Errorf("%s: Chinese has one form, not %d", id, len(forms))
		}
	}
	for lang, all := range map[ui.Lang]map[string]map[string]string{ui.En: en, ui.Zh: zh} {
		for id, forms := range all {
			for form, text := range forms {
				// "rule_comma" and "dot" are the only ones that may end in a space.
				if strings.TrimSpace(text) == "" || (text != strings.TrimSpace(text) && id != "dot" && id != "rule_comma") {
					t.Errorf("%s %s %s is %q", lang, id, form, text)
				}
				if strings.ContainsAny(text, "!！") {
					t.Errorf("%s %s shouts: %q", lang, id, text)
				}
			}
		}
	}
}

// endings are what the pages append to the ids that they build.
var endings = map[string][]string{
	"state_": states, "word_": states, "button_": states, "hint_": states,
	"fair_":   {page.FirstCome, page.Shuffle, page.Draw},
	"rule_":   {page.FirstCome, page.Shuffle, page.Draw},
	"error_":  page.ErrorCodes,
	"order_":  orderStates,
	"stub_":   orderStates,
	"event_":  {"placed", page.Paid, page.Cancelled, page.Expired, page.Refunded},
	"notice_": nil, // see notices

	"mail_": {
		"held_subject", "held_what", "held_do", "expiring_subject", "expiring_what", "expiring_do", "paid_subject", "paid_what", "paid_do",
		"expired_subject", "expired_what", "expired_do", "cancelled_subject", "cancelled_what", "cancelled_do", "refunded_subject", "refunded_what",
		"refunded_do", "returning_subject", "returned_subject",
	},
	"payment_failed_": {"declined", "abandoned"},
	"payment_back_":   {"too_late", "wrong_amount", "second_payment", "order_cancelled", "order_refunded", "at_provider"},
}

var (
	states      = []string{"soon", "live", "sold_out", "paused", "over"}
	orderStates = []string{page.Held, "ended", page.Paid, page.Cancelled, page.Expired, page.Refunded}
)

var (
	literalID = regexp.MustCompile(`\bT\(ctx, "(\w+)"( ?\+)?`)
	builtID   = regexp.MustCompile(`\bT\(ctx, [^")]`)
)

// used gathers every id that the sources of the pages and of the mails ask for.
func used(t *testing.T) map[string]bool {
	t.Helper()
	ids := map[string]bool{}
	for _, pattern := range []string{"../ui/*.templ", "../ui/*.go", "*.templ", "*.go", "../../mail/*.go"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			if strings.HasSuffix(file, "_templ.go") || strings.HasSuffix(file, "_test.go") {
				continue
			}
			source, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			gather(t, file, string(source), ids)
		}
	}
	for _, outcome := range page.Outcomes {
		for _, part := range []string{"title", "what", "do"} {
			ids["notice_"+outcome+"_"+part] = true
		}
	}
	for _, with := range []string{"not_open_what_at", "over_what_at", "hold_ended_what_at", "sold_out_what_at", "not_enough_what_n", "over_limit_what_n"} {
		ids["notice_"+with] = true
	}
	for _, state := range orderStates {
		ids["stub_"+state+"_word"] = true
		ids["stub_"+state+"_small"] = true
	}
	return ids
}

func gather(t *testing.T, file, source string, ids map[string]bool) {
	t.Helper()
	for _, m := range literalID.FindAllStringSubmatch(source, -1) {
		if m[2] == "" {
			ids[m[1]] = true
			continue
		}
		known, ok := endings[m[1]]
		if !ok {
			t.Errorf("%s builds an id from %q, whose endings this test does not know", file, m[1])
		}
		for _, ending := range known {
			ids[m[1]+ending] = true
		}
	}
	// Only notices build their ids in a function.
	if n := len(builtID.FindAllString(source, -1)); n > 0 && !strings.Contains(file, "notice") {
		t.Errorf("%s builds %d ids where this test cannot see them", file, n)
	}
}

func TestEveryIDHasWords(t *testing.T) {
	all, ids := messages(t, ui.En), used(t)
	for id := range ids {
		if _, ok := all[id]; !ok {
			t.Errorf("%s is asked for and has no words", id)
		}
	}
	for id := range all {
		if !ids[id] {
			t.Errorf("%s has words and nobody asks for it", id)
		}
	}
}

// An id that shows up on a page is a message that failed to be filled in.
func TestNoRawMessages(t *testing.T) {
	all := messages(t, ui.En)
	for _, lang := range ui.Langs {
		for _, one := range samples() {
			body := render(t, lang, one)
			for _, bad := range []string{"{{", "<no value>", "%!", "MISSING"} {
				if strings.Contains(body, bad) {
					t.Errorf("%s %s shows %q", lang, one.name, bad)
				}
			}
			for id := range all {
				if strings.Contains(id, "_") && strings.Contains(body, ">"+id+"<") {
					t.Errorf("%s %s shows the id %s", lang, one.name, id)
				}
			}
		}
	}
}

var scriptWord = regexp.MustCompile(`words\.(\w+)`)

// The script's words come with the page: each one it names must be there.
func TestScriptFindsItsWords(t *testing.T) {
	source := sourceOf(t, "shop.js")
	body := render(t, ui.En, sample{"item", page.ItemShow(anItem(ui.Live, 12))})
	for _, m := range scriptWord.FindAllStringSubmatch(source, -1) {
		if !strings.Contains(body, "&#34;"+m[1]+"&#34;:") {
			t.Errorf("shop.js reads words.%s, which the item page does not bring", m[1])
		}
	}
	for _, state := range append(slices.Clone(states), "asking", "busy", "unknown") {
		for _, line := range []string{"go", "hint"} {
			if !strings.Contains(body, "&#34;"+state+"_"+line+"&#34;:") {
				t.Errorf("the item page brings no %s_%s", state, line)
			}
		}
	}
	for _, state := range states {
		for _, line := range []string{"word", "where"} {
			if !strings.Contains(body, "&#34;"+state+"_"+line+"&#34;:") {
				t.Errorf("the item page brings no %s_%s", state, line)
			}
		}
	}
}

func sourceOf(t *testing.T, name string) string {
	t.Helper()
	source, err := os.ReadFile("../static/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(source)
}
