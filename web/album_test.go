package web

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"doorbuster/store"
)

// Uploaded pictures are served under their hash, for ever, as what they are; other names are those of the catalogue's.
func TestUploadedPicture(t *testing.T) {
	s := newShop(t)
	i := store.Image{MediaType: store.JPEG, Bytes: []byte("the bytes of a picture")}
	id := i.ID()
	if _, err := s.db.Root(t).ExecContext(t.Context(), `INSERT INTO images (id, shop_id, media_type, width, height, bytes, made_at, look_at)
		VALUES (?, 1, 'image/jpeg', 4, 3, ?, UTC_TIMESTAMP(6), UTC_TIMESTAMP(6))`, id[:], i.Bytes); err != nil {
		t.Fatal(err)
	}
	path := "/images/" + i.Name(id)
	a := s.get(path)
	if a.status != 200 || a.body != string(i.Bytes) || a.header.Get("Content-Type") != "image/jpeg" || a.header.Get("X-Content-Type-Options") != "nosniff" ||
		a.header.Get("Cache-Control") != "public, max-age=31536000, immutable" || a.header.Get("Content-Security-Policy") == "" {
		t.Errorf("%d %v %q", a.status, a.header, a.body)
	}
	if again := s.get(path, "If-None-Match", a.header.Get("Etag")); again.status != 304 || again.body != "" {
		t.Errorf("again: %d", again.status)
	}
	for _, other := range []string{fmt.Sprintf("/images/%x.png", id), fmt.Sprintf("/images/%X.jpg", id), "/images/00000000000000000000000000000000.jpg", fmt.Sprintf("/images/%x", id)} {
		if got := s.get(other); got.status != 404 {
			t.Errorf("%s: %d", other, got.status)
		}
	}
	// It is kept: the database is not asked again.
	if _, err := s.db.Root(t).ExecContext(t.Context(), "DELETE FROM images"); err != nil {
		t.Fatal(err)
	}
	if again := s.get(path); again.status != 200 {
		t.Errorf("from memory: %d", again.status)
	}
}

// The album is bounded in memory and in what it reads at a time, reads each picture once however many ask, and keeps no failure.
func TestAlbumIsBounded(t *testing.T) {
	var loads, running, most atomic.Int64
	gate := make(chan struct{})
	b := newAlbum(1<<20, func(_ context.Context, id store.ImageID) (store.Image, error) {
		loads.Add(1)
		n := running.Add(1)
		defer running.Add(-1)
		for old := most.Load(); n > old && !most.CompareAndSwap(old, n); old = most.Load() {
		}
		<-gate
		if id[0] == 99 {
			return store.Image{}, store.ErrNotFound
		}
		return store.Image{Bytes: bytes.Repeat([]byte{id[0]}, 100<<10)}, nil
	})
	var wg sync.WaitGroup
	for n := range 40 {
		wg.Go(func() {
			if i, err := b.get(t.Context(), store.ImageID{byte(n % 4)}); err != nil || i.Bytes[0] != byte(n%4) {
				t.Errorf("%d: %v", n, err)
			}
		})
	}
	for range 4 {
		gate <- struct{}{}
	}
	wg.Wait()
	if loads.Load() != 4 || most.Load() > albumLoads {
		t.Errorf("%d readings for 4 pictures, %d at a time", loads.Load(), most.Load())
	}
	close(gate)
	for range 2 {
		if _, err := b.get(t.Context(), store.ImageID{99}); !errors.Is(err, store.ErrNotFound) {
			t.Error(err)
		}
	}
	if loads.Load() != 6 {
		t.Errorf("%d readings: a picture that was missing is asked for again", loads.Load())
	}
	for n := range 60 {
		if _, err := b.get(t.Context(), store.ImageID{byte(n), 1}); err != nil {
			t.Fatal(err)
		}
	}
	b.pictures.CleanUp()
	if size := b.pictures.WeightedSize(); size > 1<<20 {
		t.Errorf("%d bytes are kept", size)
	}
}
