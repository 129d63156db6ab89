//go:build unix

package worker

import (
	"context"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"doorbuster/store/storetest"
)

// A real process is stopped by a signal at some instant of its work, for longer than lock and lease last, and goes on afterwards.
func TestStoppedProcess(t *testing.T) {
	t.Parallel()
	for name, nodes := range map[string]int{"database": 0, "redis": 1} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := openShop(t, 200)
			var urls []string
			for range nodes {
				urls = append(urls, storetest.Redis(t).URL())
			}
			process, log := startChild(t, s, urls)
			eventually(t, "the child leads", func() bool { return log.ofExpiry("this worker does the job") == 1 })
			b := start(t, settings(t, s.Database, urls...), expiry)
			s.hold(t, 1, 50)
			s.endHolds(t)
			signal(t, process, syscall.SIGSTOP)
			s.hold(t, 101, 50)
			s.endHolds(t)
			eventually(t, "the other leads", b.leads)
			eventually(t, "the holds have ended", func() bool { return s.inState(t, "expired") == 100 })

			signal(t, process, syscall.SIGCONT)
			eventually(t, "the child knows", func() bool { return log.ofExpiry("this worker no longer does the job") == 1 })
			mustStay(t, s, b)
			b.stop(t)
			eventually(t, "the child leads again", func() bool { return log.ofExpiry("this worker does the job") == 2 })
			s.hold(t, 1, 10)
			s.endHolds(t)
			eventually(t, "the holds have ended", func() bool { return s.inState(t, "expired") == 110 })
			s.mustBeRight(t)
		})
	}
}

func startChild(t *testing.T, s *shop, urls []string) (*os.Process, *logbook) {
	t.Helper()
	log := &logbook{}
	cmd := exec.CommandContext(context.Background(), os.Args[0])
	cmd.Env = append(os.Environ(), childDSN+"="+s.DSN("doorbuster_worker"), childDatabase+"="+s.Name, childRedis+"="+strings.Join(urls, " "))
	cmd.Stderr = log
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		signal(t, cmd.Process, syscall.SIGCONT)
		if err := in.Close(); err != nil {
			t.Error(err)
		}
		if err := cmd.Wait(); err != nil {
			t.Errorf("the child: %v", err)
		}
		if t.Failed() {
			t.Logf("log of the child:\n%s", log)
		}
	})
	return cmd.Process, log
}

func signal(t *testing.T, p *os.Process, s syscall.Signal) {
	t.Helper()
	if err := p.Signal(s); err != nil {
		t.Error(err)
	}
}
