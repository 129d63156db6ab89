package photo

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"strings"
	"testing"
)

var red, green, blue, white = color.NRGBA{255, 0, 0, 255}, color.NRGBA{0, 255, 0, 255}, color.NRGBA{0, 0, 255, 255}, color.NRGBA{255, 255, 255, 255}

// quarters is a picture of four colours: red and green above, blue and white below.
func quarters(w, h int) *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			img.Set(x, y, [...]color.NRGBA{red, green, blue, white}[2*(2*y/h)+2*x/w])
		}
	}
	return img
}

func asJPEG(t testing.TB, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: 95}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func asPNG(t testing.TB, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// animated is a GIF of two pictures, the first of them red.
func animated(t testing.TB) []byte {
	t.Helper()
	g := &gif.GIF{Delay: []int{1, 1}}
	for _, c := range []color.Color{red, blue} {
		p := image.NewPaletted(image.Rect(0, 0, 20, 10), color.Palette{c})
		g.Image = append(g.Image, p)
	}
	var b bytes.Buffer
	if err := gif.EncodeAll(&b, g); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// held puts an EXIF segment before the picture: which way the camera was held, and where.
func held(file []byte, turn byte) []byte {
	exif := append([]byte("Exif\x00\x00MM\x00\x2a\x00\x00\x00\x08\x00\x02\x01\x12\x00\x03\x00\x00\x00\x01\x00"), turn)
	exif = append(exif, "\x00\x00\x01\x0e\x00\x02\x00\x00\x00\x0c\x00\x00\x00\x26\x00\x00\x00\x00SECRET-PLACE"...)
	segment := binary.BigEndian.AppendUint16([]byte{0xff, 0xe1}, uint16(len(exif)+2))
	return bytes.Join([][]byte{file[:2], segment, exif, file[2:]}, nil)
}

// chunk is a piece of a PNG.
func chunk(kind string, data []byte) []byte {
	out := binary.BigEndian.AppendUint32(nil, uint32(len(data)))
	out = append(append(out, kind...), data...)
	return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(out[4:]))
}

// withText puts a text, and an unknown piece, into a PNG behind its header.
func withText(file []byte) []byte {
	const header = 8 + 25
	return bytes.Join([][]byte{file[:header], chunk("tEXt", []byte("Comment\x00SECRET-PLACE")), chunk("prVt", []byte("<script>SECRET-PLACE")), file[header:]}, nil)
}

// bomb is a PNG whose header promises many pixels of some depth.
func bomb(w, h uint32, depth byte) []byte {
	header := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, w), h)
	return append([]byte("\x89PNG\r\n\x1a\n"), chunk("IHDR", append(header, depth, 6, 0, 0, 0))...)
}

// asProgressive changes the first frame of a JPEG into one that is sent in passes, and makes it w × h.
func resized(file []byte, frame byte, w, h uint16) []byte {
	out := bytes.Clone(file)
	at := bytes.Index(out, []byte{0xff, 0xc0})
	out[at+1] = frame
	binary.BigEndian.PutUint16(out[at+5:], h)
	binary.BigEndian.PutUint16(out[at+7:], w)
	return out
}

// webpPixel is a lossless WebP of one pixel.
func webpPixel(t testing.TB) []byte {
	t.Helper()
	file, err := hex.DecodeString("524946461a000000574542505650384c0d0000002f00000010071011118888fe0700")
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// extended puts a canvas of another size around a WebP.
func extended(file []byte, w, h int) []byte {
	vp8x := append([]byte("VP8X\x0a\x00\x00\x00"), 0, 0, 0, 0, byte(w-1), byte((w-1)>>8), byte((w-1)>>16), byte(h-1), byte((h-1)>>8), byte((h-1)>>16))
	body := append(append([]byte("WEBP"), vp8x...), file[12:]...)
	return append(binary.LittleEndian.AppendUint32([]byte("RIFF"), uint32(len(body))), body...)
}

func TestHostileFiles(t *testing.T) {
	photo, drawing := asJPEG(t, quarters(40, 20)), asPNG(t, quarters(40, 20))
	tests := []struct {
		name string
		file []byte
		want error
	}{
		{"nothing", nil, ErrKind},
		{"a page", []byte("<!doctype html><script>alert(1)</script>"), ErrKind},
		{"a drawing that may hold a script", []byte(`<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`), ErrKind},
		{"a JPEG that is cut off", photo[:len(photo)/2], ErrBroken},
		{"the first bytes of a JPEG", photo[:3], ErrBroken},
		{"a PNG that is cut off", drawing[:len(drawing)-30], ErrBroken},
		{"a PNG with a broken piece", bytes.Replace(drawing, []byte("IDAT"), []byte("IDAX"), 1), ErrBroken},
		{"a GIF that is cut off", animated(t)[:30], ErrBroken},
		{"a pixel bomb", bomb(50_000, 50_000, 8), ErrLarge},
		{"a pixel bomb of one line", bomb(0x7fffffff, 1, 8), ErrLarge},
		{"more than 50 megapixels", bomb(7072, 7072, 8), ErrLarge},
		{"34 megapixels of 16 bits", bomb(6000, 6000, 16), ErrLarge},
		{"20 megapixels in passes", resized(photo, 0xc2, 5000, 4000), ErrLarge},
		{"20 megapixels in passes behind a long comment", resized(held(photo, 1), 0xc2, 5000, 4000), ErrLarge},
		{"a JPEG without its rows", resized(photo, 0xc0, 5000, 4000), ErrBroken},
		{"a WebP with a small canvas", extended(webpPixel(t), 2, 2), ErrBroken},
		{"a WebP with a huge canvas", extended(webpPixel(t), 16_000, 16_000), ErrLarge},
		{"a file of 8 MiB and a byte", append(bytes.Clone(photo), make([]byte, MaxFile)...), ErrLarge},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, err := Make(tt.file)
			if !errors.Is(err, tt.want) || p.Bytes != nil {
				t.Errorf("%d bytes and %v, want %v", len(p.Bytes), err, tt.want)
			}
		})
	}
}

func TestLeavesNothingButPixels(t *testing.T) {
	for name, file := range map[string][]byte{
		"EXIF":                 held(asJPEG(t, quarters(40, 20)), 1),
		"text in a PNG":        withText(asPNG(t, quarters(40, 20))),
		"a page behind a JPEG": append(asJPEG(t, quarters(40, 20)), "<script>SECRET-PLACE</script>"...),
	} {
		if !bytes.Contains(file, []byte("SECRET-PLACE")) {
			t.Fatalf("%s: there is no secret to lose", name)
		}
		p, err := Make(file)
		if err != nil || p.MediaType != "image/jpeg" || p.Width != 40 || p.Height != 20 {
			t.Fatalf("%s: %v, %s %d × %d", name, err, p.MediaType, p.Width, p.Height)
		}
		for _, rest := range []string{"SECRET", "Exif", "script", "Comment"} {
			if bytes.Contains(p.Bytes, []byte(rest)) {
				t.Errorf("%s: %s is left", name, rest)
			}
		}
	}
}

// corners names the colours of a picture's corners: above left, above right, below left, below right.
func corners(t *testing.T, p Picture) string {
	t.Helper()
	img, _, err := image.Decode(bytes.NewReader(p.Bytes))
	if err != nil {
		t.Fatal(err)
	}
	b := img.Bounds()
	var out strings.Builder
	for _, at := range []image.Point{{b.Min.X + 2, b.Min.Y + 2}, {b.Max.X - 3, b.Min.Y + 2}, {b.Min.X + 2, b.Max.Y - 3}, {b.Max.X - 3, b.Max.Y - 3}} {
		r, g, b, _ := img.At(at.X, at.Y).RGBA()
		bright := func(v uint32) bool { return v > 0x8000 }
		switch {
		case bright(r) && bright(g) && bright(b):
			out.WriteByte('w')
		case bright(r):
			out.WriteByte('r')
		case bright(g):
			out.WriteByte('g')
		case bright(b):
			out.WriteByte('b')
		}
	}
	return out.String()
}

func TestTurnsPhotosUpright(t *testing.T) {
	for turn, want := range map[byte]string{
		0: "rgbw", 1: "rgbw", 2: "grwb", 3: "wbgr", 4: "bwrg", 5: "rbgw", 6: "brwg", 7: "wgbr", 8: "gwrb", 9: "rgbw",
	} {
		p, err := Make(held(asJPEG(t, quarters(48, 32)), turn))
		if err != nil {
			t.Fatal(err)
		}
		size := "48×32"
		if turn >= 5 && turn <= 8 {
			size = "32×48"
		}
		if got := corners(t, p); got != want || fmt.Sprintf("%d×%d", p.Width, p.Height) != size {
			t.Errorf("orientation %d: %s of %d×%d, want %s of %s", turn, got, p.Width, p.Height, want, size)
		}
	}
}

func TestKindsAndSizes(t *testing.T) {
	glass := quarters(3000, 1000)
	glass.Set(5, 5, color.NRGBA{1, 2, 3, 100})
	noise := image.NewNRGBA(image.Rect(0, 0, 900, 700)) // as bad to pack as can be, and not opaque
	seed := uint32(1)
	for i := range noise.Pix {
		seed = seed*1664525 + 1013904223
		noise.Pix[i] = byte(seed >> 24)
	}
	tests := []struct {
		name, kind    string
		file          []byte
		width, height int // 0: whatever fits
	}{
		{"large photo", "image/jpeg", asJPEG(t, quarters(4000, 2000)), 1600, 800},
		{"opaque drawing", "image/jpeg", asPNG(t, quarters(30, 1700)), 28, 1600},
		{"glass", "image/png", asPNG(t, glass), 1600, 533},
		{"a thread", "image/jpeg", asPNG(t, quarters(20_000, 2)), 1600, 1},
		{"animation", "image/jpeg", animated(t), 20, 10},
		{"WebP", "image/png", webpPixel(t), 1, 1},
		{"noise", "image/png", asPNG(t, noise), 0, 0},
	}
	for _, tt := range tests {
		p, err := Make(tt.file)
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		img, kind, err := image.Decode(bytes.NewReader(p.Bytes))
		if err != nil || "image/"+kind != p.MediaType || img.Bounds().Dx() != p.Width || img.Bounds().Dy() != p.Height {
			t.Errorf("%s: what came out is not what it says: %s, %v", tt.name, kind, err)
		}
		if p.MediaType != tt.kind || (tt.width > 0 && (p.Width != tt.width || p.Height != tt.height)) || len(p.Bytes) > maxBytes {
			t.Errorf("%s: %s %d × %d in %d bytes, want %s %d × %d", tt.name, p.MediaType, p.Width, p.Height, len(p.Bytes), tt.kind, tt.width, tt.height)
		}
		again, err := Make(p.Bytes)
		if err != nil || again.Width != p.Width {
			t.Errorf("%s: cannot be uploaded again: %v", tt.name, err)
		}
	}
	if p, err := Make(animated(t)); err != nil || corners(t, p) != "rrrr" {
		t.Errorf("of an animation another picture than the first is shown: %v", err)
	}
}

func FuzzMake(f *testing.F) {
	f.Add(asJPEG(f, quarters(8, 8)))
	f.Add(held(asJPEG(f, quarters(8, 8)), 6))
	f.Add(withText(asPNG(f, quarters(8, 8))))
	f.Add(animated(f))
	f.Add(webpPixel(f))
	f.Add(extended(webpPixel(f), 1, 1))
	f.Add(resized(asJPEG(f, quarters(8, 8)), 0xc2, 8, 8))
	f.Fuzz(func(t *testing.T, file []byte) {
		if config, _, err := image.DecodeConfig(bytes.NewReader(file)); err == nil && config.Width*config.Height > 1_000_000 {
			return // large ones are refused, or slow
		}
		p, err := Make(file)
		switch {
		case err == nil:
			if _, _, err := image.Decode(bytes.NewReader(p.Bytes)); err != nil || len(p.Bytes) > maxBytes || max(p.Width, p.Height) > maxSide {
				t.Errorf("%s %d × %d in %d bytes: %v", p.MediaType, p.Width, p.Height, len(p.Bytes), err)
			}
		case !errors.Is(err, ErrKind) && !errors.Is(err, ErrBroken) && !errors.Is(err, ErrLarge):
			t.Error(err)
		}
	})
}
