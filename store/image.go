package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"
)

// ImageID is the number of an uploaded picture: the first half of the SHA-256 of its bytes.
type ImageID [16]byte

// Media types of uploaded pictures.
const (
	JPEG = "image/jpeg"
	PNG  = "image/png"
)

// Image is an uploaded picture.
type Image struct {
	MediaType string `db:"media_type"` // JPEG or PNG
	Bytes     []byte `db:"bytes"`      // at most 2 MiB
	Width     int    `db:"-"`          // only on the way in
	Height    int    `db:"-"`
}

// ID is the number under which it is kept.
func (i Image) ID() ImageID {
	sum := sha256.Sum256(i.Bytes)
	return ImageID(sum[:16])
}

// Name is the end of the address of the picture of number id: the number, and what it is.
func (i Image) Name(id ImageID) string {
	if i.MediaType == PNG {
		return hex.EncodeToString(id[:]) + ".png"
	}
	return hex.EncodeToString(id[:]) + ".jpg"
}

// Serve sends the picture of number id. cache is who may keep it for ever, "public" or "private": under its address there will never be another.
func (i Image) Serve(w http.ResponseWriter, r *http.Request, id ImageID, cache string) {
	tag := `"` + hex.EncodeToString(id[:]) + `"`
	h := w.Header()
	h.Set("Cache-Control", cache+", max-age=31536000, immutable")
	h.Set("Etag", tag)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	if strings.Contains(r.Header.Get("If-None-Match"), tag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h.Set("Content-Type", i.MediaType)
	h.Set("Content-Length", strconv.Itoa(len(i.Bytes)))
	if r.Method != http.MethodHead {
		_, _ = w.Write(i.Bytes) // who went away cannot be told
	}
}

// ParseImageName takes the name of an uploaded picture apart, as it stands at the end of its address: 32 digits and .jpg or .png. Other names are those of
// other pictures.
func ParseImageName(name string) (ImageID, bool) {
	digits, ok := strings.CutSuffix(name, ".jpg")
	if !ok {
		digits, ok = strings.CutSuffix(name, ".png")
	}
	var id ImageID
	if !ok || len(digits) != 2*len(id) || strings.ToLower(digits) != digits {
		return ImageID{}, false
	}
	if _, err := hex.Decode(id[:], []byte(digits)); err != nil {
		return ImageID{}, false
	}
	return id, true
}

// SetProductImage gives a product a picture; nil takes it away.
// Outcomes: NotAllowed, NoSuchProduct, Set.
func (s *Store) SetProductImage(ctx context.Context, by Actor, product uint64, image *Image) (Outcome, error) {
	const call = "CALL set_product_image(?, ?, ?, ?, ?, ?, ?, ?)"
	if image == nil {
		return s.changeProduct(ctx, "set_product_image", call, by.staffID(), product, nil, nil, nil, nil, nil, by.name)
	}
	id := image.ID()
	return s.changeProduct(ctx, "set_product_image", call, by.staffID(), product, id[:], image.MediaType, image.Width, image.Height, image.Bytes, by.name)
}

// ShowImage returns an uploaded picture for shoppers, or ErrNotFound.
func (s *Store) ShowImage(ctx context.Context, id ImageID) (Image, error) {
	return showImage(ctx, s.pages, nil, id)
}

// ShowStaffImage returns an uploaded picture of by's shop, or ErrNotFound.
func (s *Store) ShowStaffImage(ctx context.Context, by Actor, id ImageID) (Image, error) {
	return showImage(ctx, s.staff, by.staffID(), id)
}

func showImage(ctx context.Context, l *lane, staff any, id ImageID) (Image, error) {
	var i Image
	err := l.get(ctx, &i, "show_image", "CALL show_image(?, ?)", staff, id[:])
	return i, err
}
