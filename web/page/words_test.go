package page_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"doorbuster/web/page"
	"doorbuster/web/ui"
	"doorbuster/web/ui/uitest"
)

func messages(t *testing.T, lang ui.Lang) uitest.Messages {
	t.Helper()
	return uitest.ReadMessages(t, "../ui/active."+string(lang)+".toml")
}

func TestLanguagesAgree(t *testing.T) {
	uitest.LanguagesAgree(t, messages(t, ui.En), messages(t, ui.Zh), "dot", "rule_comma")
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
	states      = []string{"soon", "early", "live", "sold_out", "paused", "closed", "over"}
	orderStates = []string{page.Held, "ended", page.Paid, page.Cancelled, page.Expired, page.Refunded}
)

// used gathers every id that the sources of the pages and of the mails ask for.
func used(t *testing.T) map[string]bool {
	t.Helper()
	ids := uitest.IDs(t, endings, "../ui/*.templ", "../ui/*.go", "*.templ", "*.go", "../../mail/*.go")
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

func TestNoRawMessages(t *testing.T) { uitest.NoRawMessages(t, samples(), messages(t, ui.En)) }

var scriptWord = regexp.MustCompile(`words\.(\w+)`)

// The script's words come with the page: each one it names must be there.
func TestScriptFindsItsWords(t *testing.T) {
	source := sourceOf(t, "shop.js")
	body := uitest.Render(t, ui.En, uitest.Sample{Name: "item", Page: page.ItemShow(membersFirst(ui.Early))})
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
