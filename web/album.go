package web

import (
	"context"
	"errors"
	"net/http"

	"github.com/maypok86/otter/v2"

	"doorbuster/store"
	"doorbuster/web/page"
)

const (
	albumBytes = 64 << 20 // of pictures that are kept in memory
	albumLoads = 2        // pictures that are read at a time: they must not take the pages' connections
)

// album keeps uploaded pictures in memory: those that are looked at most. What stands under a number never changes, so none is read again while it is kept.
type album struct {
	load     func(ctx context.Context, id store.ImageID) (store.Image, error)
	turns    chan struct{}
	pictures *otter.Cache[store.ImageID, *store.Image]
}

func newAlbum(most uint64, load func(ctx context.Context, id store.ImageID) (store.Image, error)) *album {
	return &album{load: load, turns: make(chan struct{}, albumLoads), pictures: otter.Must(&otter.Options[store.ImageID, *store.Image]{
		MaximumWeight: most,
		Weigher:       func(_ store.ImageID, i *store.Image) uint32 { return uint32(min(len(i.Bytes), 1<<30)) + 128 },
	})}
}

// get returns a picture, or store.ErrNotFound. Who asks for one that is being read waits for that reading.
func (b *album) get(ctx context.Context, id store.ImageID) (*store.Image, error) {
	i, err := b.pictures.Get(ctx, id, otter.LoaderFunc[store.ImageID, *store.Image](func(ctx context.Context, id store.ImageID) (*store.Image, error) {
		ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), loadTime) // others wait for this reading too
		defer stop()
		select {
		case b.turns <- struct{}{}:
			defer func() { <-b.turns }()
		case <-ctx.Done():
			return nil, &store.BusyError{Err: errors.New("other pictures are being read")}
		}
		i, err := b.load(ctx, id)
		if err != nil {
			return nil, err
		}
		return &i, nil
	}))
	if err != nil {
		return nil, err
	}
	return i, nil
}

// showUploaded serves an uploaded picture. Its address has the hash of its bytes in it: it may be kept for ever.
func (s *Server) showUploaded(a *reply, r *http.Request, name string, id store.ImageID) error {
	i, err := s.album.get(r.Context(), id)
	if errors.Is(err, store.ErrNotFound) || (err == nil && i.Name(id) != name) {
		return refused(page.NotFound)
	}
	if err != nil {
		return err
	}
	i.Serve(a, r, id, "public")
	return nil
}
