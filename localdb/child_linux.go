package localdb

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// tmpfsMagic is the kernel's number for a file system in memory.
const tmpfsMagic = unix.TMPFS_MAGIC

// setParentDeathSignal makes the kernel kill the child when we die, however we
// die. SIGKILL and not SIGTERM: a server that hangs in its shutdown would be
// an orphan, and what was acknowledged is on disk anyway. A child that changes
// its user by itself would lose this setting; so we change the user before.
func setParentDeathSignal(a *syscall.SysProcAttr) {
	a.Pdeathsig = syscall.SIGKILL
}

// commandLine returns the arguments of a running process, nil if there is none
// or if we may not see it.
func commandLine(pid int) []string {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
	if err != nil || len(raw) == 0 {
		return nil
	}
	var args []string
	for _, a := range bytes.Split(bytes.TrimSuffix(raw, []byte{0}), []byte{0}) {
		args = append(args, string(a))
	}
	return args
}

// exiting is the kernel's flag of a thread that is on its way out.
const exiting = 0x4

// ending says whether a process was killed but is not gone yet. Its command
// line is gone first, while its files and their locks are still held.
func ending(pid int) bool {
	threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/stat", pid))
	if err != nil {
		return false
	}
	for _, name := range threads {
		raw, err := os.ReadFile(name)
		if err != nil {
			continue
		}
		// "number (name) state parent group session terminal its-group flags …"
		fields := strings.Fields(string(raw[bytes.LastIndexByte(raw, ')')+1:]))
		if len(fields) < 7 || fields[0] == "Z" || fields[0] == "X" {
			continue
		}
		if flags, err := strconv.ParseUint(fields[6], 10, 64); err == nil && flags&exiting != 0 {
			return true
		}
	}
	return false
}

// inMemory says whether the folder is on a file system in memory.
func inMemory(dir string) bool {
	var fs unix.Statfs_t
	return unix.Statfs(dir, &fs) == nil && int64(fs.Type) == tmpfsMagic
}

// syncTree makes everything written below dir durable. One call for the whole
// file system is much cheaper than one for each of hundreds of files.
func syncTree(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer f.Close()
	return unix.Syncfs(int(f.Fd()))
}
