package page_test

import (
	"context"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"doorbuster/web/static"
	"doorbuster/web/ui"
)

var (
	rewrite = flag.Bool("rewrite", false, "write the golden pages anew")
	view    = flag.String("view", "", "write every page with its assets into this folder, for a browser")
)

const golden = "../../testdata/golden/web"

var staticHash = regexp.MustCompile(`/static/[\w-]+/`)

// render gives a page as it is sent.
func render(t *testing.T, lang ui.Lang, one sample) string {
	t.Helper()
	body, err := ui.RenderBytes(ui.With(context.Background(), lang), one.page)
	if err != nil {
		t.Fatalf("%s: %v", one.name, err)
	}
	return string(body)
}

// readable puts each tag on its own line and hides the hashes of assets, so that a
// change of a page reads well in a diff and a change of a colour is no change here.
func readable(body string) string {
	body = staticHash.ReplaceAllString(body, "/static/HASH/")
	return strings.ReplaceAll(body, "><", ">\n<") + "\n"
}

func TestGoldenPages(t *testing.T) {
	wanted := map[string]bool{}
	for _, lang := range ui.Langs {
		for _, one := range samples() {
			name := string(lang) + "_" + one.name + ".html"
			wanted[name] = true
			got := readable(render(t, lang, one))
			path := filepath.Join(golden, name)
			if *rewrite {
				write(t, path, got)
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
	files, err := filepath.Glob(filepath.Join(golden, "*.html"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range files {
		if wanted[filepath.Base(path)] {
			continue
		}
		if !*rewrite {
			t.Errorf("%s belongs to no page", path)
		} else if err := os.Remove(path); err != nil {
			t.Error(err)
		}
	}
}

// TestView writes the pages for looking at them: serve the folder with any file server.
func TestView(t *testing.T) {
	if *view == "" {
		t.Skip("no -view folder given")
	}
	for _, lang := range ui.Langs {
		for _, one := range samples() {
			write(t, filepath.Join(*view, string(lang), one.name+".html"), render(t, lang, one))
		}
	}
	write(t, filepath.Join(*view, kettle.URL), kettlePicture)
	for _, name := range []string{"style.css", "shop.js", "form.js", "icon.svg"} {
		write(t, filepath.Join(*view, static.URL(name)), static.Body(name))
	}
}

// kettlePicture stands in for a shop's photograph.
const kettlePicture = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 800 600"><rect width="800" height="600" fill="#dfe6e2"/><rect y="430" width="800" height="170" fill="#c9b79a"/><path d="M250 430c-10-120 40-200 150-200s160 80 150 200z" fill="#f7f5ef"/><path d="M548 300c60-10 80-50 110-70l20 20c-40 50-60 110-120 130z" fill="#f7f5ef"/><path d="M290 240c20-140 200-140 220 0" fill="none" stroke="#8a5a33" stroke-width="22"/></svg>`

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
