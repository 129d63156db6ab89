package localdb

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// The packages of Debian and Ubuntu that have what this package starts. The
// core packages hold the same programs as mariadb-server, without a service
// that would start beside ours.
var (
	databasePackages = []string{"mariadb-server-core", "mariadb-client-core"}
	redisPackages    = []string{"redis-server"}
)

// InstallMissing installs what is missing to run StartDB with Any and
// StartRedis, and does nothing when all is there. Errors are those of Install.
func InstallMissing(ctx context.Context, progress func(what string)) error {
	if len(missing()) == 0 {
		return nil
	}
	cache, err := CacheDir()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(cache, 0o755); err != nil {
		return fmt.Errorf("localdb: %w", err)
	}
	// Tests of several packages may begin at once; one installs for all.
	lock, err := waitLock(ctx, filepath.Join(cache, "install.lock"), func() {
		Options{Progress: progress}.progress("Waiting for another process that installs packages")
	})
	if err != nil {
		return fmt.Errorf("localdb: %w", err)
	}
	defer lock.unlock()
	return Install(ctx, progress, missing()...)
}

// missing returns the packages to install, empty when all is there.
func missing() []string {
	var packages []string
	if _, err := Find(Any); err != nil {
		packages = append(packages, databasePackages...)
	}
	if _, err := FindRedis(); err != nil {
		packages = append(packages, redisPackages...)
	}
	return packages
}

// Install installs packages with apt-get, as root or through sudo where that
// asks for no password. The package lists are brought up to date only when the
// first try fails. progress, which may be nil, is told how far it is.
//
// Where packages cannot be installed the error wraps ErrCannotInstall and says
// in one line what to install.
func Install(ctx context.Context, progress func(what string), packages ...string) error {
	if len(packages) == 0 {
		return nil
	}
	prefix, err := asRoot(ctx)
	if err != nil {
		return fmt.Errorf("localdb: %w: %w; please install: %s", ErrCannotInstall, err, strings.Join(packages, " "))
	}
	o := Options{Progress: progress}
	o.progress("Installing " + strings.Join(packages, ", "))
	install := append([]string{
		"install", "-y", "--no-install-recommends",
		// Another installation on the machine may be under way.
		"-o", "DPkg::Lock::Timeout=300",
	}, packages...)
	first := aptGet(ctx, progress, prefix, install...)
	if first == nil || ctx.Err() != nil {
		return first
	}
	o.progress("Updating the package lists")
	// An update that fails in part may still have brought what is needed: the
	// installation decides.
	update := aptGet(ctx, progress, prefix, "update")
	if err := aptGet(ctx, progress, prefix, install...); err != nil {
		return fmt.Errorf("localdb: installing %s: %w", strings.Join(packages, " "), errors.Join(update, err))
	}
	return nil
}

// asRoot returns what to put before apt-get so that it may install.
func asRoot(ctx context.Context) ([]string, error) {
	if _, err := exec.LookPath("apt-get"); err != nil {
		return nil, errors.New("there is no apt-get")
	}
	environment := []string{"env", "DEBIAN_FRONTEND=noninteractive", "LC_ALL=C"}
	if isRoot() {
		return environment, nil
	}
	if exec.CommandContext(ctx, "sudo", "-n", "true").Run() != nil {
		return nil, errors.New("neither root nor sudo without a password")
	}
	return append([]string{"sudo", "-n"}, environment...), nil
}

// aptGet runs apt-get to its end and reports its progress. When the context
// ends apt-get is asked to stop and gets ten seconds for it, because a package
// half installed is trouble for the whole machine.
func aptGet(ctx context.Context, progress func(string), prefix []string, args ...string) error {
	line := append(append([]string{}, prefix...), "apt-get", "-q", "-o", "APT::Status-Fd=1")
	line = append(line, args...)
	cmd := exec.CommandContext(ctx, line[0], line[1:]...)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 10 * time.Second
	out, err := cmd.StdoutPipe()
	if err != nil {
		return fmt.Errorf("apt-get: %w", err)
	}
	last := &tail{limit: 2 << 10}
	cmd.Stderr = last
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("apt-get: %w", err)
	}
	reportApt(out, progress)
	if err := cmd.Wait(); err != nil {
		return fmt.Errorf("apt-get %s: %w\n%s", args[0], errors.Join(ctx.Err(), err), bytes.TrimSpace(last.text))
	}
	return nil
}

// reportApt reads apt-get's output to the end. Lines such as
// "dlstatus:1:20.5:Retrieving file 1 of 5" tell how far it is.
func reportApt(out io.Reader, progress func(string)) {
	phases := map[string]string{"dlstatus": "Downloading packages", "pmstatus": "Installing packages"}
	said := ""
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		fields := strings.SplitN(lines.Text(), ":", 4)
		if phases[fields[0]] == "" || len(fields) < 4 {
			continue
		}
		percent, _, _ := strings.Cut(fields[2], ".")
		if now := phases[fields[0]] + ", " + percent + " %"; now != said && progress != nil {
			progress(now)
			said = now
		}
	}
	// A line too long stops the scanner, but apt-get must not stop on a full pipe.
	_, _ = io.Copy(io.Discard, out)
}
