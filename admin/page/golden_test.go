package page_test

import (
	"flag"
	"image"
	"image/color"
	"image/png"
	"path/filepath"
	"strings"
	"testing"

	"doorbuster/web/ui/uitest"
)

var (
	rewrite = flag.Bool("rewrite", false, "write the golden pages anew")
	view    = flag.String("view", "", "write every page with its assets into this folder, for a browser")
)

func TestGoldenPages(t *testing.T) {
	uitest.Golden(t, "../../testdata/golden/admin", samples(), *rewrite)
}

// Every page finds its assets. With -view they stay, for looking at them: serve the folder with any file server.
func TestView(t *testing.T) {
	folder := *view
	if folder == "" {
		folder = t.TempDir()
	}
	uitest.View(t, folder, samples(), "style.css", "console.css", "room.css", "console.js", "room.js", "htmx.js", "icon.svg")
	uitest.Write(t, filepath.Join(folder, "enrol/qr.png"), qrPicture(t))
}

// qrPicture stands in for the picture that the server draws.
func qrPicture(t *testing.T) string {
	t.Helper()
	dots := image.NewGray(image.Rect(0, 0, 200, 200))
	for y := range 200 {
		for x := range 200 {
			if n := (x/8)*(x/8)*7 + (y/8)*(y/8)*3 + (x/8)*(y/8); x < 16 || y < 16 || x >= 184 || y >= 184 || n%5 > 1 {
				dots.SetGray(x, y, color.Gray{Y: 255})
			}
		}
	}
	var out strings.Builder
	if err := png.Encode(&out, dots); err != nil {
		t.Fatal(err)
	}
	return out.String()
}
