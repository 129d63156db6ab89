package page_test

import (
	"flag"
	"path/filepath"
	"testing"

	"doorbuster/web/ui/uitest"
)

var (
	rewrite = flag.Bool("rewrite", false, "write the golden pages anew")
	view    = flag.String("view", "", "write every page with its assets into this folder, for a browser")
)

func TestGoldenPages(t *testing.T) {
	uitest.Golden(t, "../../testdata/golden/web", samples(), *rewrite)
}

// TestView writes the pages for looking at them: serve the folder with any file server.
func TestView(t *testing.T) {
	if *view == "" {
		t.Skip("no -view folder given")
	}
	uitest.View(t, *view, samples(), "style.css", "shop.js", "form.js", "icon.svg")
	uitest.Write(t, filepath.Join(*view, kettle.URL), kettlePicture)
}

// kettlePicture stands in for a shop's photograph.
const kettlePicture = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 800 600"><rect width="800" height="600" fill="#dfe6e2"/><rect y="430" width="800" height="170" fill="#c9b79a"/><path d="M250 430c-10-120 40-200 150-200s160 80 150 200z" fill="#f7f5ef"/><path d="M548 300c60-10 80-50 110-70l20 20c-40 50-60 110-120 130z" fill="#f7f5ef"/><path d="M290 240c20-140 200-140 220 0" fill="none" stroke="#8a5a33" stroke-width="22"/></svg>`
