package localdb

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// maxSocketPath is the longest path of a unix socket that every system takes
// (Linux has room for 107 bytes, macOS for 103). Servers add a few bytes for
// a lock file beside it.
const maxSocketPath = 95

// placeSocket decides where the socket is. A folder with a long path cannot
// hold it; then it is in a folder of its own under /tmp, whose name follows
// from the path, so that it stays the same over restarts.
func (f *folder) placeSocket(name string) {
	f.socket = f.path("run", name)
	if len(f.socket) <= maxSocketPath {
		return
	}
	sum := sha256.Sum256([]byte(f.dir))
	f.ownSocketDir = filepath.Join("/tmp", fmt.Sprintf("doorbuster-%d-%s", os.Geteuid(), hex.EncodeToString(sum[:8])))
	f.socket = filepath.Join(f.ownSocketDir, name)
}

// prepareSocket makes the place of the socket and removes one left by a crash.
// Others may have made that folder under /tmp before us, to catch what is sent
// to the socket: it must belong to us and be closed to their writing.
func (f *folder) prepareSocket(a *account) error {
	f.removeSocket()
	if f.ownSocketDir == "" {
		return nil
	}
	if err := os.Mkdir(f.ownSocketDir, 0o755); err != nil && !os.IsExist(err) {
		return fmt.Errorf("localdb: no place for the socket: %w", err)
	}
	info, err := os.Lstat(f.ownSocketDir)
	if err != nil {
		return fmt.Errorf("localdb: no place for the socket: %w", err)
	}
	owner, ok := info.Sys().(*syscall.Stat_t)
	mine := ok && (owner.Uid == uint32(os.Geteuid()) || a != nil && owner.Uid == a.uid)
	if !info.IsDir() || !mine || info.Mode().Perm()&0o022 != 0 {
		return fmt.Errorf("localdb: no place for the socket: %s belongs to somebody else", f.ownSocketDir)
	}
	if err := a.own(f.ownSocketDir); err != nil {
		return fmt.Errorf("localdb: no place for the socket: %w", err)
	}
	return nil
}
