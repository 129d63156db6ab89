package localdb

import (
	"os"
	"os/exec"
	"runtime"
	"sync/atomic"
	"syscall"
)

// child is a running server process. One goroutine owns it from start to end.
type child struct {
	cmd *exec.Cmd
	// done is closed when the process is gone and everything it left behind
	// was cleaned up.
	done chan struct{}
	// unasked is closed, before done, when the process ended by itself.
	unasked chan struct{}
	// asked is set before we signal the process, so that its end is no news.
	asked atomic.Bool
	// err is what Wait returned. Read it after done.
	err error
}

// startChild starts cmd in its own process group, tied to our life where the
// system can do that. cleanup runs after the process ended, before done closes.
func startChild(cmd *exec.Cmd, cleanup func()) (*child, error) {
	c := &child{cmd: cmd, done: make(chan struct{}), unasked: make(chan struct{})}
	tieToParent(cmd)
	started := make(chan error)
	go func() {
		// The kernel kills the child when the thread that started it ends, not
		// the process. So this goroutine keeps its thread as long as the child lives.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err != nil {
			return
		}
		c.err = cmd.Wait()
		cleanup()
		if !c.asked.Load() {
			close(c.unasked)
		}
		close(c.done)
	}()
	if err := <-started; err != nil {
		return nil, err
	}
	return c, nil
}

// tieToParent puts the child in an own process group, so that Ctrl-C on the
// terminal reaches the program but not the server it still drains into.
func tieToParent(cmd *exec.Cmd) {
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Setpgid = true
	setParentDeathSignal(cmd.SysProcAttr)
}

// signal sends s on our own account: the end that follows was asked for. A
// process that is gone already is no error.
func (c *child) signal(s os.Signal) {
	c.asked.Store(true)
	// The only errors are "already finished" and a wrong signal number.
	_ = c.cmd.Process.Signal(s)
}

// alive says whether the process still runs.
func (c *child) alive() bool {
	select {
	case <-c.done:
		return false
	default:
		return true
	}
}

// killGroup kills a process and everything it started that stayed in its group.
func killGroup(pid int) {
	// The only error is that nobody is left.
	_ = syscall.Kill(-pid, syscall.SIGKILL)
}
