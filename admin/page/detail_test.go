package page_test

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"doorbuster/admin/page"
	"doorbuster/web/ui"
)

// written is what the procedures write into the log, as their tests show it.
type written struct{ action, detail string }

// alsoWritten are forms that no test of a procedure writes.
var alsoWritten = map[string][]written{
	"add_items":       {{"items_added", "1 item: A"}, {"items_added", "9 items: A, B, C, D, E, F, G, H, ..."}},
	"begin_rehearsal": {{"rehearsed", "rehearsal 4: 20000 simulated shoppers in 10 s at item 7"}},
	"approve_repair":  {{"repaired", "finding 1, item 1: shard 1: 2 from outside to available; as many on the shelf"}},
	"begin_export":    {{"exported", "orders as xlsx, paid, task 3"}},
	"adopt_items":     {{"imported", "1 item"}},
}

var (
	logLine = regexp.MustCompile(`(?m)\bsale_log id=.* action=(\w+) detail=(.*) reason=.*$`)
	comment = regexp.MustCompile(`(?m)--.*$`)
	writes  = regexp.MustCompile(`INSERT INTO sale_log|\bv_(?:detail|before|after|from|to)\b`)
	literal = regexp.MustCompile(`'([^']*)'`)
)

// details reads what each procedure that writes into the log writes there in its own test.
func details(t *testing.T) map[string][]written {
	t.Helper()
	files, err := filepath.Glob("../../sql/procedures/*.sql")
	if err != nil || len(files) == 0 {
		t.Fatalf("no procedures: %v", err)
	}
	all := map[string][]written{}
	for _, file := range files {
		if !strings.Contains(read(t, file), "INSERT INTO sale_log") {
			continue
		}
		name := strings.TrimSuffix(filepath.Base(file), ".sql")
		all[name] = alsoWritten[name]
		for _, found := range logLine.FindAllStringSubmatch(read(t, "../../testdata/sql/"+name+".test"), -1) {
			all[name] = append(all[name], written{found[1], found[2]})
		}
	}
	return all
}

func read(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// stays are words of the database that no page in Chinese shows inside of a detail.
var stays = regexp.MustCompile(`\b(?:item|items|order|orders|sale|task|from|to|units|of|min|none|draft|published|paused|ended|importing|active|disabled|invited|archived|unarchived|` +
	`owner|merchant|viewer|auditor|held|paid|cancelled|refunded|off|on|yes|no|refund|cancel|resend|export|csv|xlsx|shard|outside|available|started|authorised|refunding|` +
	`\w+_\w+|title|opens|closes|members|zone|payment|limit|hold|extension|description|price|vendor|picture|list|text)\b`)

func TestEveryDetailIsWorded(t *testing.T) {
	for procedure, lines := range details(t) {
		if len(lines) == 0 {
			t.Errorf("%s writes into the log, and its test shows no line of it", procedure)
		}
		for _, line := range lines {
			if line.detail == "" || slices.Contains(page.OwnWords, line.action) {
				continue
			}
			for _, lang := range ui.Langs {
				text, ok := page.DetailWords(ui.With(context.Background(), lang), line.action, line.detail, "UTC")
				switch {
				case !ok:
					t.Errorf("%s: %s: %q has no words", procedure, line.action, line.detail)
				case strings.Contains(text, "console_") || strings.Contains(text, "<no value>"):
					t.Errorf("%s: %s: %q reads %q in %s", procedure, line.action, line.detail, text, lang)
				case lang == ui.Zh && (stays.MatchString(data.ReplaceAllString(text, "")) || !chinese(text)):
					t.Errorf("%s: %s: %q reads %q in Chinese", procedure, line.action, line.detail, text)
				}
			}
		}
	}
}

// data are the texts of merchants in the tests of procedures that look like words of the database.
var data = regexp.MustCompile(`https?://\S+|images/\S+|\S+@\S+|\S+/\S+|CUP_1|products\.csv|A sale\.`)

func chinese(text string) bool {
	return strings.ContainsFunc(text, func(r rune) bool { return unicode.Is(unicode.Han, r) })
}

// TestEveryPartOfADetailIsSeen fails when a procedure writes something into the log that neither its test nor alsoWritten shows, so that
// TestEveryDetailIsWorded has not seen it.
func TestEveryPartOfADetailIsSeen(t *testing.T) {
	for procedure, lines := range details(t) {
		shown := read(t, "../../testdata/sql/"+procedure+".test")
		for _, line := range lines {
			shown += "\n" + line.detail
		}
		source := read(t, "../../sql/procedures/"+procedure+".sql")
		for _, statement := range strings.Split(comment.ReplaceAllString(source, ""), ";\n") {
			if !writes.MatchString(statement) {
				continue
			}
			for _, found := range literal.FindAllStringSubmatch(statement, -1) {
				if text := strings.TrimSpace(found[1]); strings.ContainsFunc(text, unicode.IsLetter) && !strings.Contains(text, "%") && !strings.Contains(shown, text) {
					t.Errorf("%s writes %q into the log, and no line shows it", procedure, text)
				}
			}
		}
	}
}

func TestDetailsOfOthersStand(t *testing.T) {
	zh := ui.With(context.Background(), ui.Zh)
	for _, one := range []struct{ action, stored, want string }{
		{"created", "from draft to published", "from draft to published"},
		{"told", "it was draft", "it was draft"},
		{"of_tomorrow", "2 of 3", "2 of 3"},
		{"paused", "because", "because"},
		{"paused", "from published to frozen", "已发布 → frozen"},
		{"repaired", "finding 1, item 2: shard 0: 1 from outs", "异常 1，商品 2：shard 0: 1 from outs"},
		{"edited", "title: A; B -> C; limit: 1 -> 2; descr", "名称：A; B → C · 每人限购：1 → 2; descr"},
	} {
		if got, _ := page.DetailWords(zh, one.action, one.stored, "UTC"); got != one.want {
			t.Errorf("%s %q reads %q", one.action, one.stored, got)
		}
	}
}
