// Package uitest is what the tests of pages share, those of shoppers and those of staff: samples in every state, their golden files, and the promises
// that hold for every page. Only tests import it.
package uitest

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/a-h/templ"
	"github.com/google/go-cmp/cmp"

	"doorbuster/web/static"
	"doorbuster/web/ui"
)

// Sample is one page in one state, as a handler would fill it.
type Sample struct {
	Name string // of its golden files, without the language
	Page templ.Component
}

// Render gives a page as it is sent.
func Render(t *testing.T, lang ui.Lang, one Sample) string {
	t.Helper()
	body, err := ui.RenderBytes(ui.With(context.Background(), lang), one.Page)
	if err != nil {
		t.Fatalf("%s: %v", one.Name, err)
	}
	return string(body)
}

var staticHash = regexp.MustCompile(`/static/[\w-]+/`)

// readable puts each tag on its own line and hides the hashes of assets, so that a
// change of a page reads well in a diff and a change of a colour is no change here.
func readable(body string) string {
	body = staticHash.ReplaceAllString(body, "/static/HASH/")
	return strings.ReplaceAll(body, "><", ">\n<") + "\n"
}

// Golden compares every sample in every language with its file in a folder, and wants no other file there. With rewrite it writes the files instead.
func Golden(t *testing.T, folder string, samples []Sample, rewrite bool) {
	t.Helper()
	wanted := map[string]bool{}
	for _, lang := range ui.Langs {
		for _, one := range samples {
			name := string(lang) + "_" + one.Name + ".html"
			if wanted[name] {
				t.Errorf("two samples are called %s", one.Name)
			}
			wanted[name] = true
			got := readable(Render(t, lang, one))
			path := filepath.Join(folder, name)
			if rewrite {
				Write(t, path, got)
				continue
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Errorf("%v; run the test with -rewrite and look at the page", err)
				continue
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("%s changed (-golden +now):\n%s", name, diff)
			}
		}
	}
	files, err := filepath.Glob(filepath.Join(folder, "*.html"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range files {
		if wanted[filepath.Base(path)] {
			continue
		}
		if !rewrite {
			t.Errorf("%s belongs to no page", path)
		} else if err := os.Remove(path); err != nil {
			t.Error(err)
		}
	}
}

// View writes the samples with the assets that they name into a folder, for looking at them: serve it with any file server. It fails on a page that
// names an asset which is not in the list, and on one in the list that no page names.
func View(t *testing.T, folder string, samples []Sample, assets ...string) {
	t.Helper()
	named := map[string]bool{}
	for _, lang := range ui.Langs {
		for _, one := range samples {
			body := Render(t, lang, one)
			Write(t, filepath.Join(folder, string(lang), one.Name+".html"), body)
			for _, m := range assetName.FindAllStringSubmatch(body, -1) {
				named[m[1]] = true
			}
		}
	}
	for _, name := range assets {
		if !named[static.URL(name)] {
			t.Errorf("no page names %s", name)
		}
		delete(named, static.URL(name))
		Write(t, filepath.Join(folder, static.URL(name)), static.Body(name))
	}
	for url := range named {
		t.Errorf("pages name %s, which is not written with them", url)
	}
}

var assetName = regexp.MustCompile(`(?:href|src)="(/static/[^"]+)"`)

// Write puts a text into a file and makes the folders on the way.
func Write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
