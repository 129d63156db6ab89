package localdb_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"doorbuster/localdb"
)

func startRedis(t *testing.T, dir string) *localdb.Redis {
	t.Helper()
	r, err := localdb.StartRedis(t.Context(), localdb.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Stop(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	})
	return r
}

func client(t *testing.T, r *localdb.Redis) *redis.Client {
	t.Helper()
	o, err := redis.ParseURL(r.URL())
	if err != nil {
		t.Fatal(err)
	}
	c := redis.NewClient(o)
	t.Cleanup(func() { c.Close() })
	return c
}

func TestRedisKeepsWhatItAcknowledged(t *testing.T) {
	r := startRedis(t, newDir(t))
	addr := r.Addr()
	for name, end := range map[string]func() error{
		"stop": func() error { return r.Stop(t.Context()) },
		"kill": r.Kill,
	} {
		t.Run(name, func(t *testing.T) {
			if err := client(t, r).Set(t.Context(), name, "kept", 0).Err(); err != nil {
				t.Fatal(err)
			}
			if err := end(); err != nil {
				t.Fatal(err)
			}
			if err := r.Restart(t.Context()); err != nil {
				t.Fatal(err)
			}
			if r.Addr() != addr {
				t.Errorf("address %s, want %s", r.Addr(), addr)
			}
			if got, err := client(t, r).Get(t.Context(), name).Result(); err != nil || got != "kept" {
				t.Errorf("got %q, error %v", got, err)
			}
		})
	}
}

func TestRedisDoneTellsOfACrash(t *testing.T) {
	r := startRedis(t, newDir(t))
	p, err := os.FindProcess(r.Pid())
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Kill(); err != nil {
		t.Fatal(err)
	}
	select {
	case <-r.Done():
	case <-time.After(20 * time.Second):
		t.Fatal("Done is not closed")
	}
}

func TestFoldersAreNotShared(t *testing.T) {
	r := startRedis(t, newDir(t))
	dir := filepath.Dir(r.LogFile())
	if _, err := localdb.StartRedis(t.Context(), localdb.Options{Dir: dir}); !errors.Is(err, localdb.ErrInUse) {
		t.Errorf("second Redis on the folder: %v, want ErrInUse", err)
	}
	if err := r.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := localdb.StartDB(t.Context(), localdb.Options{Dir: dir}); !errors.Is(err, localdb.ErrWrongProduct) {
		t.Errorf("a database on Redis' folder: %v, want ErrWrongProduct", err)
	}
	d := startDB(t, localdb.Options{})
	dir = filepath.Dir(d.LogFile())
	if err := d.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := localdb.StartRedis(t.Context(), localdb.Options{Dir: dir}); !errors.Is(err, localdb.ErrWrongProduct) {
		t.Errorf("Redis on a database's folder: %v, want ErrWrongProduct", err)
	}
}
