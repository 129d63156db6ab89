//go:build unix && !linux

package localdb

import (
	"context"
	"os/exec"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// setParentDeathSignal does nothing: only Linux has such a signal. Elsewhere
// the next start on the folder finds and stops the orphan.
func setParentDeathSignal(*syscall.SysProcAttr) {}

// commandLine returns the arguments of a running process as ps shows them.
func commandLine(pid int) []string {
	out, err := exec.CommandContext(context.Background(), "ps", "-ww", "-o", "command=", "-p", strconv.Itoa(pid)).Output()
	if err != nil {
		return nil
	}
	return strings.Fields(string(out))
}

// ending is never true: the system does not tell.
func ending(int) bool { return false }

// inMemory is never true: such folders are a Linux habit.
func inMemory(string) bool { return false }

// syncTree makes everything written so far durable.
func syncTree(string) error {
	unix.Sync()
	return nil
}
