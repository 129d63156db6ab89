package localdb_test

import (
	"context"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"doorbuster/localdb"
)

func TestOrphanIsStopped(t *testing.T) {
	d, r := startDB(t, localdb.Options{}), startRedis(t, newDir(t))
	for name, s := range map[string]interface {
		Stop(ctx context.Context) error
		Restart(ctx context.Context) error
		LogFile() string
		Orphan(ctx context.Context) *exec.Cmd
	}{"database": d, "redis": r} {
		t.Run(name, func(t *testing.T) {
			if err := s.Stop(t.Context()); err != nil {
				t.Fatal(err)
			}
			// The same server once more, but nobody's child that would end with
			// us, as on a system where the kernel does not care for that.
			cmd := s.Orphan(t.Context())
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			ended := make(chan error, 1)
			go func() { ended <- cmd.Wait() }()
			pid := strconv.Itoa(cmd.Process.Pid)
			if err := os.WriteFile(filepath.Join(filepath.Dir(s.LogFile()), "server.pid"), []byte(pid+"\n"), 0o644); err != nil {
				t.Fatal(err)
			}
			if err := s.Restart(t.Context()); err != nil {
				t.Error(err)
			}
			select {
			case err := <-ended: // killed, so Wait says so
				if err == nil {
					t.Error("the orphan ended by itself")
				}
			case <-time.After(time.Second):
				_ = cmd.Process.Kill()
				t.Log(<-ended)
				t.Error("the orphan still runs")
			}
		})
	}
}

func TestManyStartAtOnceOnAnEmptyCache(t *testing.T) {
	server, err := localdb.Find(product())
	if err != nil {
		t.Fatal(err)
	}
	// A MySQL found in the usual cache must be found still.
	if root := strings.TrimSuffix(server, "/usr/sbin/mysqld"); root != server && product() == localdb.MySQL {
		t.Setenv("DOORBUSTER_MYSQL_ROOT", root+"/")
	}
	t.Setenv("DOORBUSTER_CACHE", newDir(t))
	const many = 3
	started := make(chan error, many)
	for range many {
		dir := newDir(t)
		go func() {
			d, err := localdb.StartDB(t.Context(), localdb.Options{Dir: dir, Product: product()})
			if err == nil {
				err = d.Kill()
			}
			started <- err
		}()
	}
	for range many {
		if err := <-started; err != nil {
			t.Error(err)
		}
	}
}

func TestForeignProcessInThePidFileIsLeftAlone(t *testing.T) {
	dir := newDir(t)
	d := startDB(t, localdb.Options{Dir: dir})
	if err := d.Kill(); err != nil {
		t.Fatal(err)
	}
	// Our own number: were it signalled, this test would not end.
	if err := os.WriteFile(dir+"/server.pid", []byte(strconv.Itoa(os.Getpid())), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := d.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestLostPasswordIsSaid(t *testing.T) {
	d := startDB(t, localdb.Options{})
	db := connect(t, d)
	execute(t, db, "ALTER USER 'root'@'localhost' IDENTIFIED BY 'another'")
	err := d.Restart(t.Context())
	if err == nil || !strings.Contains(err.Error(), "root.password") {
		t.Errorf("got %v, want an error that names root.password", err)
	}
}

func TestNothingIsLeftBehind(t *testing.T) {
	long := filepath.Join(newDir(t), strings.Repeat("a long name ", 15))
	if err := os.MkdirAll(long, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, dir := range map[string]string{"short path": newDir(t), "long path with spaces": long} {
		t.Run(name, func(t *testing.T) {
			d := startDB(t, localdb.Options{Dir: dir})
			if len(d.Socket()) > 100 {
				t.Errorf("the socket's path has %d bytes", len(d.Socket()))
			}
			execute(t, connect(t, d), "DO 1")
			for _, name := range []string{"run/init.sql", "data.new"} {
				if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
					t.Errorf("%s is still there", name)
				}
			}
			if err := d.Kill(); err != nil {
				t.Fatal(err)
			}
			gone := []string{d.Socket(), d.Socket() + ".lock", filepath.Join(dir, "server.pid")}
			if !strings.HasPrefix(d.Socket(), dir) {
				gone = append(gone, filepath.Dir(d.Socket()))
			}
			for _, path := range gone {
				if _, err := os.Stat(path); err == nil {
					t.Errorf("%s is still there", path)
				}
			}
		})
	}
}

func TestFolderClosedToOthers(t *testing.T) {
	// As root the server cannot run under another account here. It must run anyway.
	dir := newDir(t)
	if err := os.Chmod(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	var said strings.Builder
	d := startDB(t, localdb.Options{Dir: dir + "/db", Log: &said})
	execute(t, connect(t, d), "DO 1")
	if err := d.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	if os.Geteuid() == 0 && !strings.Contains(said.String(), "runs as root") {
		t.Error("the log does not say that it runs as root")
	}
	if !strings.Contains(strings.ToLower(said.String()), "shutdown") {
		t.Errorf("the server's log is not copied: %q", said.String())
	}
}

func TestBadOptions(t *testing.T) {
	taken, err := new(net.ListenConfig).Listen(t.Context(), "tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	port := taken.Addr().(*net.TCPAddr).Port
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	for name, tt := range map[string]struct {
		ctx     context.Context
		options localdb.Options
		want    string
	}{
		"no folder":        {t.Context(), localdb.Options{}, "Dir is empty"},
		"a flag of ours":   {t.Context(), localdb.Options{Args: []string{"--datadir=/tmp/x"}}, "--datadir cannot be set"},
		"the same, spelt":  {t.Context(), localdb.Options{Args: []string{"--bind_address=0.0.0.0"}}, "--bind-address cannot be set"},
		"an unknown flag":  {t.Context(), localdb.Options{Args: []string{"--no-such-flag"}}, "unknown variable 'no-such-flag'"},
		"a port taken":     {t.Context(), localdb.Options{Port: port}, "the port is taken"},
		"a cancelled call": {cancelled, localdb.Options{}, "context canceled"},
	} {
		t.Run(name, func(t *testing.T) {
			tt.options.Product = product()
			if name != "no folder" {
				tt.options.Dir = newDir(t)
			}
			d, err := localdb.StartDB(tt.ctx, tt.options)
			if err == nil {
				_ = d.Kill()
				t.Fatal("it started")
			}
			got := strings.ReplaceAll(err.Error(), "unknown option '--", "unknown variable '")
			if !strings.Contains(got, tt.want) {
				t.Errorf("the error does not say %q:\n%v", tt.want, err)
			}
			if tt.options.Dir == "" {
				return
			}
			// The folder is free again, and a start with good options works.
			startDB(t, localdb.Options{Dir: tt.options.Dir})
		})
	}
}

func TestRememberedPortIsTaken(t *testing.T) {
	dir := newDir(t)
	d := startDB(t, localdb.Options{Dir: dir})
	addr := d.Addr()
	if err := d.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	other, err := new(net.ListenConfig).Listen(t.Context(), "tcp4", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	again := startDB(t, localdb.Options{Dir: dir})
	if again.Addr() == addr {
		t.Errorf("it says it listens at %s, which somebody else has", addr)
	}
}

func TestNoServerOnThisMachine(t *testing.T) {
	t.Setenv("DOORBUSTER_MYSQL_ROOT", t.TempDir())
	if _, err := localdb.Find(localdb.MySQL); err == nil || errors.Is(err, localdb.ErrNotFound) {
		t.Errorf("a root without a server: %v, want an error that is not ErrNotFound", err)
	}
}
