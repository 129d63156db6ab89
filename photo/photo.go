// Package photo makes uploaded pictures safe to show: whatever came is decoded, turned upright, made smaller and encoded anew. So nothing is left of what the
// file held besides its pixels: no place where a photo was taken, no script behind a picture's first bytes, no second picture.
//
// A picture that would need much memory is refused by its header, before anything of it is decoded.
package photo

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"

	"golang.org/x/image/draw"

	// The kinds that are read, besides JPEG and PNG.
	_ "image/gif"

	_ "golang.org/x/image/webp"
)

// Bounds of what is taken and of what comes out.
const (
	MaxFile   = 8 << 20    // bytes of a file
	MaxPixels = 50_000_000 // of a picture
	maxNeed   = 256 << 20  // bytes of memory that decoding may take
	maxSide   = 1600       // pixels of what comes out, on the longer side
	maxBytes  = 2 << 20    // of what comes out
	quality   = 85         // of JPEG
	smaller   = 0.7        // by which a picture shrinks that has still too many bytes
	tries     = 6          // of making it smaller: 0.7⁵ of 1600 is 269 pixels
)

// Why a file is no picture that can be taken.
var (
	ErrKind   = errors.New("photo: neither JPEG, PNG, GIF nor WebP")
	ErrBroken = errors.New("photo: the file is cut off or broken")
	ErrLarge  = errors.New("photo: too many pixels, or too many bytes")
)

// Picture is one that is safe to show.
type Picture struct {
	MediaType     string // image/jpeg, or image/png if parts of it are transparent
	Width, Height int
	Bytes         []byte // at most 2 MiB
}

// Make takes a file for what its bytes say it is, whatever it is called, and makes a picture of it. It needs at most about 400 MiB of memory while it runs:
// let few of them run at a time.
func Make(file []byte) (Picture, error) {
	if len(file) > MaxFile {
		return Picture{}, ErrLarge
	}
	config, kind, err := image.DecodeConfig(bytes.NewReader(file))
	if errors.Is(err, image.ErrFormat) {
		return Picture{}, ErrKind
	}
	if err != nil || config.Width < 1 || config.Height < 1 {
		return Picture{}, ErrBroken
	}
	if err := bounded(file, kind, config); err != nil {
		return Picture{}, err
	}
	// Only the first picture of an animation is read.
	img, _, err := image.Decode(bytes.NewReader(file))
	if err != nil {
		return Picture{}, ErrBroken
	}
	size := img.Bounds().Size()
	if size.X < 1 || size.Y < 1 || size.X*size.Y > MaxPixels {
		return Picture{}, ErrBroken
	}
	return encode(img, orientation(file, kind))
}

// encode makes the picture small enough, in pixels and in bytes.
func encode(img image.Image, turn int) (Picture, error) {
	side := float64(maxSide)
	for range tries {
		out := upright(shrink(img, int(side)), turn)
		p := Picture{MediaType: "image/png", Width: out.Rect.Dx(), Height: out.Rect.Dy()}
		var b bytes.Buffer
		var err error
		if out.Opaque() {
			p.MediaType = "image/jpeg"
			err = jpeg.Encode(&b, out, &jpeg.Options{Quality: quality})
		} else {
			err = png.Encode(&b, out)
		}
		if err != nil {
			return Picture{}, fmt.Errorf("photo: encode: %w", err)
		}
		if b.Len() <= maxBytes {
			p.Bytes = b.Bytes()
			return p, nil
		}
		side = float64(max(p.Width, p.Height)) * smaller
	}
	return Picture{}, ErrLarge
}

// shrink draws a picture with no side longer than most; a smaller one keeps its size.
func shrink(img image.Image, most int) *image.NRGBA {
	size := img.Bounds().Size()
	to := size
	if longer := max(size.X, size.Y); longer > most {
		to = image.Pt(max(1, size.X*most/longer), max(1, size.Y*most/longer))
	}
	out := image.NewNRGBA(image.Rectangle{Max: to})
	if to == size {
		draw.Draw(out, out.Rect, img, img.Bounds().Min, draw.Src)
	} else {
		draw.CatmullRom.Scale(out, out.Rect, img, img.Bounds(), draw.Src, nil)
	}
	return out
}

// upright turns and mirrors a picture as the EXIF orientation 1 to 8 asks for.
func upright(img *image.NRGBA, turn int) *image.NRGBA {
	if turn < 2 || turn > 8 {
		return img
	}
	w, h := img.Rect.Dx(), img.Rect.Dy()
	size := image.Pt(w, h)
	if turn >= 5 {
		size = image.Pt(h, w)
	}
	out := image.NewNRGBA(image.Rectangle{Max: size})
	for y := range h {
		for x := range w {
			to := [...]image.Point{
				2: {w - 1 - x, y}, 3: {w - 1 - x, h - 1 - y}, 4: {x, h - 1 - y}, 5: {y, x}, 6: {h - 1 - y, x}, 7: {h - 1 - y, w - 1 - x}, 8: {y, w - 1 - x},
			}[turn]
			copy(out.Pix[out.PixOffset(to.X, to.Y):], img.Pix[img.PixOffset(x, y):img.PixOffset(x, y)+4])
		}
	}
	return out
}
