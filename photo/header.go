package photo

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"

	"github.com/bep/imagemeta"
)

// bounded refuses a picture by what its header says, before it is decoded. The decoder of WebP refuses a frame that is larger than the canvas around it, and
// that of GIF a picture that is larger than the screen.
func bounded(file []byte, kind string, config image.Config) error {
	pixels := int64(config.Width) * int64(config.Height)
	if pixels > MaxPixels {
		return ErrLarge
	}
	need := pixels * 4
	switch {
	case kind == "jpeg" && progressive(file):
		need = pixels * 15 // all coefficients of three colours, besides the pixels
	case config.ColorModel == color.NRGBA64Model || config.ColorModel == color.RGBA64Model:
		need = pixels * 8
	}
	if need > maxNeed {
		return ErrLarge
	}
	return nil
}

// progressive says whether a JPEG is sent in passes: the decoder then keeps all of its coefficients. Markers are followed up to the first frame.
func progressive(file []byte) bool {
	const first, last, progressiveFrame = 0xc0, 0xcf, 0xc2
	for at := 2; at+4 <= len(file); {
		if file[at] != 0xff {
			at++ // the decoder skips what stands between segments too
			continue
		}
		marker := file[at+1]
		switch {
		case marker == 0xff || marker == 0 || marker == 0x01 || (marker >= 0xd0 && marker <= 0xd8):
			at++ // filling, or a marker without a segment
			continue
		case marker == progressiveFrame:
			return true
		case marker >= first && marker <= last && marker != 0xc4 && marker != 0xc8 && marker != 0xcc, marker == 0xda, marker == 0xd9:
			return false
		}
		at += 2 + int(binary.BigEndian.Uint16(file[at+2:]))
	}
	return false
}

// orientation is how a camera was held, 1 to 8 as EXIF numbers it; 1 for whatever does not say so, or not well.
func orientation(file []byte, kind string) int {
	formats := map[string]imagemeta.ImageFormat{"jpeg": imagemeta.JPEG, "png": imagemeta.PNG, "webp": imagemeta.WebP}
	format, ok := formats[kind]
	if !ok {
		return 1
	}
	turn := 1
	// An error says that what stands about the picture is broken; the picture is not.
	_, _ = imagemeta.Decode(imagemeta.Options{
		R: bytes.NewReader(file), ImageFormat: format, Sources: imagemeta.EXIF,
		ShouldHandleTag: func(tag imagemeta.TagInfo) bool { return tag.Tag == "Orientation" && tag.Namespace == "IFD0" },
		HandleTag: func(tag imagemeta.TagInfo) error {
			if n, ok := tag.Value.(uint16); ok && n >= 1 && n <= 8 {
				turn = int(n)
			}
			return nil
		},
	})
	return turn
}
