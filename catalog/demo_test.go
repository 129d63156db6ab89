package catalog_test

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"testing"

	"doorbuster/catalog"
	catalogdata "doorbuster/testdata/catalog"
)

func demo(t *testing.T) []catalog.Item {
	t.Helper()
	f, err := catalogdata.Files.Open("products.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	items, err := catalog.Read(f, catalog.Options{Currency: catalogdata.Currency})
	if err != nil {
		t.Fatal(err)
	}
	return items
}

func TestDemoCatalogue(t *testing.T) {
	handles, titles := map[string]int{}, map[string]bool{}
	for _, item := range demo(t) {
		handles[item.Handle]++
		if titles[item.Title] {
			t.Errorf("%s: title %q stands twice", item.SKU, item.Title)
		}
		titles[item.Title] = true
		if item.Units < 3 || item.Units > 5000 {
			t.Errorf("%s: %d units", item.SKU, item.Units)
		}
		if item.ListPriceCents == 0 || item.PriceCents > 50_000 {
			t.Errorf("%s: price %d, list price %d", item.SKU, item.PriceCents, item.ListPriceCents)
		}
		if item.Vendor == "" || strings.Count(item.Body, "\n• ") != 3 {
			t.Errorf("%s: vendor %q, body %q", item.SKU, item.Vendor, item.Body)
		}
		if item.ImageURL != "images/"+item.Handle+".svg" {
			t.Errorf("%s: image %q", item.SKU, item.ImageURL)
		}
	}
	if len(handles) < 60 {
		t.Errorf("%d products, want 60 at least", len(handles))
	}
}

// Every picture is used, small, whole XML with a title, paints its own
// background, and has nothing that runs, loads or needs a font.
func TestDemoPictures(t *testing.T) {
	files, err := fs.Glob(catalogdata.Files, "images/*.svg")
	if err != nil {
		t.Fatal(err)
	}
	var used []string
	for _, item := range demo(t) {
		used = append(used, item.ImageURL)
	}
	slices.Sort(used)
	if used = slices.Compact(used); !slices.Equal(files, used) {
		t.Errorf("pictures and products differ:\n%q\n%q", files, used)
	}
	for _, name := range files {
		t.Run(name, func(t *testing.T) {
			svg, err := fs.ReadFile(catalogdata.Files, name)
			if err != nil {
				t.Fatal(err)
			}
			if err := checkPicture(svg); err != nil {
				t.Error(err)
			}
		})
	}
}

var (
	start     = regexp.MustCompile(`^<svg xmlns="http://www\.w3\.org/2000/svg" viewBox="0 0 800 600" role="img"><title>[^<]{10,}</title>\n<path fill="#[0-9a-f]{6}" d="M0 0h800v600H0z"/>\n`)
	reference = regexp.MustCompile(`^url\(#[a-z]\)$`)
	known     = []string{"svg", "title", "path", "rect", "circle", "ellipse", "g", "clipPath"}
)

func checkPicture(svg []byte) error {
	if len(svg) >= 4<<10 {
		return fmt.Errorf("has %d bytes, want less than 4 KiB", len(svg))
	}
	if !start.Match(svg) {
		return fmt.Errorf("does not begin with size, title and background: %.200s", svg)
	}
	for d := xml.NewDecoder(strings.NewReader(string(svg))); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		element, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		if !slices.Contains(known, element.Name.Local) {
			return fmt.Errorf("has the element %s", element.Name.Local)
		}
		for _, a := range element.Attr {
			name := a.Name.Local
			if strings.HasPrefix(name, "on") || name == "href" || name == "style" ||
				strings.Contains(a.Value, "url(") && !reference.MatchString(a.Value) {
				return fmt.Errorf("has the attribute %s=%q", name, a.Value)
			}
		}
	}
}
