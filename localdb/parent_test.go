package localdb_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"doorbuster/localdb"
)

// runAsParent is the test program in the role of a program that gets killed: it
// starts both servers, prints their process numbers and waits for its end.
func runAsParent(dir string) {
	ctx := context.Background()
	d, err := localdb.StartDB(ctx, localdb.Options{Dir: dir + "/db", Product: product()})
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	r, err := localdb.StartRedis(ctx, localdb.Options{Dir: dir + "/redis"})
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println("servers", d.Pid(), r.Pid())
	select {}
}

// killParent lets a program start servers in dir, kills it and returns the
// process numbers of the servers.
func killParent(t *testing.T, dir string) (servers []int) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), "LOCALDB_TEST_PARENT="+dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Error(err)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Error(err)
	}
	// It was killed; the error says nothing else.
	_ = cmd.Wait()
	for _, field := range strings.Fields(strings.TrimPrefix(line, "servers")) {
		pid, err := strconv.Atoi(field)
		if err != nil {
			t.Fatalf("the helper says %q", line)
		}
		servers = append(servers, pid)
	}
	if len(servers) != 2 {
		t.Fatalf("the helper says %q", line)
	}
	return servers
}

func TestServersDieWithTheirParent(t *testing.T) {
	for _, pid := range killParent(t, newDir(t)) {
		if !gone(t, pid) {
			t.Errorf("process %d outlives its parent", pid)
		}
	}
}

func TestStartAtOnceAfterTheParentWasKilled(t *testing.T) {
	dir := newDir(t)
	killParent(t, dir)
	// The old servers may still be on their way out.
	startDB(t, localdb.Options{Dir: dir + "/db"})
	startRedis(t, dir+"/redis")
}

// gone waits until a process that is not our child is gone.
func gone(t *testing.T, pid int) bool {
	t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	limit := time.After(20 * time.Second)
	for {
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		// A zombie that nobody has waited for yet is gone too.
		if err != nil || strings.Contains(string(stat), ") Z ") {
			return true
		}
		if err := syscall.Kill(pid, 0); err != nil {
			return true
		}
		select {
		case <-limit:
			return false
		case <-tick.C:
		}
	}
}
