package localdb

import (
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
)

// account is the unprivileged account that a server runs under when we are
// root. Nil means: under our own account.
type account struct {
	uid, gid uint32
}

// unprivileged chooses the account for a server that needs to reach the given
// paths. It returns nil when we are not root, when there is no fitting account,
// or when a path lies below a folder closed to it, as /root is: then the server
// runs as root, which is better than not at all.
func unprivileged(names []string, paths ...string) *account {
	if os.Geteuid() != 0 {
		return nil
	}
	for _, name := range append(slices.Clone(names), "nobody") {
		a := lookup(name)
		if a == nil {
			continue
		}
		if !slices.ContainsFunc(paths, func(p string) bool { return !a.reaches(p) }) {
			return a
		}
	}
	return nil
}

func lookup(name string) *account {
	u, err := user.Lookup(name)
	if err != nil {
		return nil
	}
	uid, err := strconv.ParseUint(u.Uid, 10, 32)
	if err != nil || uid == 0 {
		return nil
	}
	gid, err := strconv.ParseUint(u.Gid, 10, 32)
	if err != nil {
		return nil
	}
	return &account{uid: uint32(uid), gid: uint32(gid)}
}

// reaches says whether the account may pass every folder above the path. It
// looks at the mode bits; a refusal by other means shows in the server's log.
func (a *account) reaches(path string) bool {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	for dir := filepath.Dir(path); ; dir = filepath.Dir(dir) {
		info, err := os.Stat(dir)
		if err != nil || !a.mayPass(info) {
			return false
		}
		if dir == filepath.Dir(dir) {
			return true
		}
	}
}

func (a *account) mayPass(info fs.FileInfo) bool {
	owner, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return false
	}
	switch {
	case owner.Uid == a.uid:
		return info.Mode()&0o100 != 0
	case owner.Gid == a.gid:
		return info.Mode()&0o010 != 0
	default:
		return info.Mode()&0o001 != 0
	}
}

// credential makes a process start under the account, not change to it later:
// a later change would undo setParentDeathSignal.
func (a *account) credential() *syscall.SysProcAttr {
	if a == nil {
		return &syscall.SysProcAttr{}
	}
	return &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: a.uid, Gid: a.gid}}
}

// own gives files and folders, with everything in them, to the account.
func (a *account) own(paths ...string) error {
	if os.Geteuid() != 0 {
		return nil
	}
	uid, gid := 0, 0
	if a != nil {
		uid, gid = int(a.uid), int(a.gid)
	}
	for _, p := range paths {
		err := filepath.WalkDir(p, func(path string, _ fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			return os.Lchown(path, uid, gid)
		})
		if err != nil {
			return err
		}
	}
	return nil
}
