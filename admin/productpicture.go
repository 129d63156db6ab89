package admin

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/go-chi/chi/v5"

	"doorbuster/admin/page"
	"doorbuster/photo"
	"doorbuster/store"
	"doorbuster/web/ui"
	"doorbuster/web/wire"
)

const (
	uploadTime  = time.Minute      // that a browser may take to send a file; other requests get ten seconds
	turnTime    = 10 * time.Second // that a request waits for its turn
	mostUploads = 3                // files that are in memory at a time
	mostShown   = 2                // pictures that are read at a time: they must not take the console's connections
)

// turns lets a few at a time do something that needs much memory, or many connections.
type turns chan struct{}

// take waits for a turn. Whoever got one calls the function that it returns.
func (t turns) take(ctx context.Context) (func(), error) {
	timer := time.NewTimer(turnTime)
	defer timer.Stop()
	select {
	case t <- struct{}{}:
		return func() { <-t }, nil
	case <-timer.C:
		return nil, refused(page.Busy)
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// slowly gives a request the time that a large file needs.
func slowly(w http.ResponseWriter) error {
	c, now := http.NewResponseController(w), time.Now()
	return errors.Join(c.SetReadDeadline(now.Add(uploadTime)), c.SetWriteDeadline(now.Add(uploadTime+turnTime+wire.WriteTime)))
}

// setProductPicture takes an uploaded picture, makes it safe to show, and gives it to a product.
func (s *Server) setProductPicture(a *reply, r *http.Request) error {
	p, err := s.productIn(a, r)
	if err != nil {
		return err
	}
	done, err := s.uploads.take(r.Context())
	if err != nil {
		return err
	}
	defer done()
	if err := slowly(a); err != nil {
		return err
	}
	file, _, err := wire.ReadUpload(r, "picture", photo.MaxFile)
	if err != nil {
		return err
	}
	made, code, err := s.makePicture(r.Context(), file.Bytes)
	if err != nil {
		return err
	}
	if code != "" {
		v := page.ProductView{Errors: ui.FieldErrors{{Field: "picture", Code: code}}}
		return s.sendProduct(a, r, http.StatusBadRequest, p, v)
	}
	a.act = "product picture set"
	outcome, err := s.store.SetProductImage(r.Context(), a.by(), p.ID, &store.Image{MediaType: made.MediaType, Width: made.Width, Height: made.Height, Bytes: made.Bytes})
	if err != nil {
		return err
	}
	return a.toldProduct(p.ID, outcome, "picture_set")
}

// makePicture makes one picture at a time, because each may need some hundred megabytes; code says what is wrong with the file.
func (s *Server) makePicture(ctx context.Context, file []byte) (made photo.Picture, code string, err error) {
	if len(file) == 0 {
		return made, page.PictureMissing, nil
	}
	done, err := s.encodings.take(ctx)
	if err != nil {
		return made, "", err
	}
	defer done()
	made, err = photo.Make(file)
	switch {
	case errors.Is(err, photo.ErrKind):
		return made, page.PictureKind, nil
	case errors.Is(err, photo.ErrBroken):
		return made, page.PictureBroken, nil
	case errors.Is(err, photo.ErrLarge):
		return made, page.PictureLarge, nil
	}
	return made, "", err
}

// removeProductPicture takes a product's picture away.
func (s *Server) removeProductPicture(a *reply, r *http.Request) error {
	id, err := numberOf(r, "product")
	if err != nil {
		return err
	}
	if _, err := wire.ReadForm(r); err != nil {
		return err
	}
	a.act = "product picture removed"
	outcome, err := s.store.SetProductImage(r.Context(), a.by(), id, nil)
	if err != nil {
		return err
	}
	return a.toldProduct(id, outcome, "picture_removed")
}

// showPicture serves an uploaded picture of the member's shop.
func (s *Server) showPicture(a *reply, r *http.Request) error {
	name := chi.URLParam(r, "name")
	id, ok := store.ParseImageName(name)
	if !ok {
		return refused(page.NotFound)
	}
	done, err := s.shown.take(r.Context())
	if err != nil {
		return err
	}
	defer done()
	i, err := s.store.ShowStaffImage(r.Context(), a.by(), id)
	if err != nil {
		return err
	}
	if i.Name(id) != name {
		return refused(page.NotFound)
	}
	i.Serve(a, r, id, "private")
	return nil
}
