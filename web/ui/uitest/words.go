package uitest

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/BurntSushi/toml"

	"doorbuster/web/ui"
)

// Messages are the words of a language file: id → plural form → text.
type Messages map[string]map[string]string

// ReadMessages reads a language file.
func ReadMessages(t *testing.T, path string) Messages {
	t.Helper()
	var raw map[string]any
	if _, err := toml.DecodeFile(path, &raw); err != nil {
		t.Fatal(err)
	}
	out := Messages{}
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

// LanguagesAgree wants the same ids and placeholders in both files, Chinese with one form each, and calm words. Only those in spaced may begin or end
// with a space.
func LanguagesAgree(t *testing.T, en, zh Messages, spaced ...string) {
	t.Helper()
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
	for lang, all := range map[ui.Lang]Messages{ui.En: en, ui.Zh: zh} {
		for id, forms := range all {
			for form, text := range forms {
				if strings.TrimSpace(text) == "" || (text != strings.TrimSpace(text) && !slices.Contains(spaced, id)) {
					t.Errorf("%s %s %s is %q", lang, id, form, text)
				}
				if strings.ContainsAny(text, "!！") {
					t.Errorf("%s %s shouts: %q", lang, id, text)
				}
			}
		}
	}
}

var (
	literalID = regexp.MustCompile(`\bT\(ctx, "(\w+)"( ?\+)?`)
	knownID   = regexp.MustCompile(`\bKnown\(ctx, "(\w+)"`)
	builtID   = regexp.MustCompile(`\bT\(ctx, [^")]`)
)

// IDs gathers every id that the sources of pages ask for; the patterns are those of filepath.Glob. Endings are what the pages append to the ids that
// they build. Only the files of notices, which have their words by function, may build an id where nobody sees it.
func IDs(t *testing.T, endings map[string][]string, patterns ...string) map[string]bool {
	t.Helper()
	ids := map[string]bool{}
	for _, pattern := range patterns {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		if len(files) == 0 {
			t.Errorf("no file is called %s", pattern)
		}
		for _, file := range files {
			if strings.HasSuffix(file, "_templ.go") || strings.HasSuffix(file, "_test.go") {
				continue
			}
			source, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			gather(t, file, string(source), endings, ids)
		}
	}
	return ids
}

func gather(t *testing.T, file, source string, endings map[string][]string, ids map[string]bool) {
	t.Helper()
	add := func(prefix string) {
		known, ok := endings[prefix]
		if !ok {
			t.Errorf("%s builds an id from %q, whose endings this test does not know", file, prefix)
		}
		for _, ending := range known {
			ids[prefix+ending] = true
		}
	}
	for _, m := range literalID.FindAllStringSubmatch(source, -1) {
		if m[2] == "" {
			ids[m[1]] = true
		} else {
			add(m[1])
		}
	}
	for _, m := range knownID.FindAllStringSubmatch(source, -1) {
		add(m[1])
	}
	if n := len(builtID.FindAllString(source, -1)); n > 0 && !strings.Contains(file, "notice") && !strings.HasSuffix(file, "lang.go") { // lang.go has Known
		t.Errorf("%s builds %d ids where this test cannot see them", file, n)
	}
}

// NoRawMessages fails on an id that shows up on a page, and on a message that was not filled in.
func NoRawMessages(t *testing.T, samples []Sample, all Messages) {
	t.Helper()
	for _, lang := range ui.Langs {
		for _, one := range samples {
			body := Render(t, lang, one)
			for _, bad := range []string{"{{", "<no value>", "%!", "MISSING"} {
				if strings.Contains(body, bad) {
					t.Errorf("%s %s shows %q", lang, one.Name, bad)
				}
			}
			for id := range all {
				if strings.Contains(id, "_") && strings.Contains(body, ">"+id+"<") {
					t.Errorf("%s %s shows the id %s", lang, one.Name, id)
				}
			}
		}
	}
}
