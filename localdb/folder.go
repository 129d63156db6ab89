package localdb

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// folder is the place of one server on disk:
//
//	lock           held (flock) while a server runs here; names the process
//	server.json    what runs here: product, version, port
//	server.pid     the process number of the server we started
//	server.log     what the server wrote; server.log.old the run before
//	root.password  of the database's root account (0600)
//	data/          the server's own files
//	tmp/           the server's temporary files
//	run/           the socket, and for one moment the first statement
type folder struct {
	dir    string
	socket string
	lock   *lockFile
	// ownSocketDir is a folder outside dir that only holds the socket; empty
	// when the socket is in dir.
	ownSocketDir string
}

// state is the content of server.json.
type state struct {
	Product Product `json:"product"`
	Version string  `json:"version"`
	Port    int     `json:"port"`
	// Secured says that the root account has its password and that nobody
	// else can sign in.
	Secured bool `json:"secured"`
}

func (f *folder) path(name ...string) string {
	return filepath.Join(append([]string{f.dir}, name...)...)
}

func (f *folder) data() string    { return f.path("data") }
func (f *folder) logFile() string { return f.path("server.log") }

// openFolder makes the folder if needed. It is readable for others, because a
// server started by root runs under another account; secrets have own modes.
func openFolder(dir string) (*folder, error) {
	if dir == "" {
		return nil, errors.New("localdb: Options.Dir is empty")
	}
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("localdb: %w", err)
	}
	f := &folder{dir: abs}
	for _, d := range []string{abs, f.path("run"), f.path("tmp")} {
		if err := os.MkdirAll(d, 0o755); err != nil {
			return nil, fmt.Errorf("localdb: cannot make the data folder: %w", err)
		}
	}
	return f, nil
}

// acquire takes the folder for us, or says who has it. It then stops a server
// of an earlier process that still runs here, and removes what it left.
func (f *folder) acquire(ctx context.Context, o Options) error {
	l, err := tryLock(f.path("lock"))
	if err != nil {
		return fmt.Errorf("localdb: %s: %w", f.dir, err)
	}
	f.lock = l
	if err := f.stopOrphan(ctx, o); err != nil {
		f.release()
		return err
	}
	return nil
}

// release gives the folder back, after the server is gone.
func (f *folder) release() {
	for _, name := range []string{"server.pid", "data/server.pid", "run/init.sql"} {
		// What is not there needs no removal; what stays is removed by the next start.
		_ = os.Remove(f.path(name))
	}
	f.removeSocket()
	f.lock.unlock()
}

// removeSocket removes the socket and the lock file that MySQL puts beside it.
// MySQL refuses to start when the number in that file is by now another process.
func (f *folder) removeSocket() {
	if f.socket == "" {
		return
	}
	_ = os.Remove(f.socket)
	_ = os.Remove(f.socket + ".lock")
	if f.ownSocketDir != "" {
		_ = os.Remove(f.ownSocketDir)
	}
}

// readState returns what runs in the folder; fs.ErrNotExist for a new one.
func (f *folder) readState() (state, error) {
	var s state
	raw, err := os.ReadFile(f.path("server.json"))
	if err != nil {
		return s, err
	}
	if err := json.Unmarshal(raw, &s); err != nil {
		return s, fmt.Errorf("localdb: %s is damaged: %w", f.path("server.json"), err)
	}
	return s, nil
}

func (f *folder) writeState(s state) error {
	raw, err := json.Marshal(s)
	if err != nil {
		return fmt.Errorf("localdb: %w", err)
	}
	return writeFile(f.path("server.json"), append(raw, '\n'), 0o644)
}

// writeFile replaces a file as a whole: a crash leaves the old or the new one.
func writeFile(name string, content []byte, mode fs.FileMode) error {
	tmp := name + ".new"
	if err := os.WriteFile(tmp, content, mode); err != nil {
		return fmt.Errorf("localdb: %w", err)
	}
	if err := os.Rename(tmp, name); err != nil {
		return fmt.Errorf("localdb: %w", err)
	}
	return nil
}

// stopOrphan stops a server that an earlier process of ours left running on
// this folder. The number in the pid file may by now be another process, so
// its command line must name our data folder.
func (f *folder) stopOrphan(ctx context.Context, o Options) error {
	raw, err := os.ReadFile(f.path("server.pid"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("localdb: %w", err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(raw)))
	if err != nil || pid <= 1 {
		return nil // Half written: the kernel killed that server with its parent.
	}
	// One that the kernel kills together with its parent may not be done with it.
	if err := f.awaitGone(ctx, pid, func() bool { return ending(pid) }); err != nil {
		return err
	}
	for _, s := range []syscall.Signal{syscall.SIGTERM, syscall.SIGKILL} {
		if !f.isOurs(pid) {
			return nil
		}
		o.progress("Stopping a server that an earlier run left")
		if err := syscall.Kill(pid, s); err != nil && !errors.Is(err, syscall.ESRCH) {
			return fmt.Errorf("localdb: %s: process %d still runs there and cannot be stopped: %w", f.dir, pid, err)
		}
		if err := f.awaitGone(ctx, pid, func() bool { return f.isOurs(pid) || ending(pid) }); err != nil {
			return err
		}
	}
	if f.isOurs(pid) {
		return fmt.Errorf("localdb: %s: process %d still runs there and does not stop", f.dir, pid)
	}
	return nil
}

// isOurs says whether the process is a server on our data folder. MySQL may run
// through a loader of its own, so the server's name can be a later argument.
func (f *folder) isOurs(pid int) bool {
	args := commandLine(pid)
	isServer := slices.ContainsFunc(args, func(a string) bool {
		return slices.Contains([]string{"mariadbd", "mysqld", "redis-server"}, filepath.Base(a))
	})
	return isServer && (slices.Contains(args, "--datadir="+f.data()) || slices.Contains(args, f.data()))
}

// orphanTimeout bounds the wait for an orphan to end, after each signal.
const orphanTimeout = 15 * time.Second

// awaitGone waits until the process is not there any more, or the time is over.
// It is not our child, so the system tells us nothing: we have to look.
func (f *folder) awaitGone(ctx context.Context, pid int, there func() bool) error {
	look := time.NewTicker(20 * time.Millisecond)
	defer look.Stop()
	end := time.NewTimer(orphanTimeout)
	defer end.Stop()
	for there() {
		select {
		case <-ctx.Done():
			return fmt.Errorf("localdb: waiting for process %d, left in %s: %w", pid, f.dir, ctx.Err())
		case <-end.C:
			return nil
		case <-look.C:
		}
	}
	return nil
}
