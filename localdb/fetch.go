package localdb

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// mysqlPackages have the server and the plain client of MySQL.
var mysqlPackages = []string{"mysql-server-core", "mysql-client-core"}

// mysqlSuite is Debian's suite that has MySQL. Its packages need newer
// libraries than a stable Debian's, so they are never installed: they are
// unpacked beside the system, together with every library they need.
const mysqlSuite = "unstable"

// fetchTries bounds how many archives of the machine's configuration are asked.
const fetchTries = 3

// FetchMySQL fetches MySQL and everything it needs from Debian's unstable
// suite and unpacks it below dir, beside the system: about 65 MB to download
// and 410 MB on disk. With an empty dir it is kept in the cache, where Find
// sees it. A MySQL that is there already is kept.
//
// The returned root is what DOORBUSTER_MYSQL_ROOT may be set to. No right is
// needed but to write to dir. Where packages cannot be fetched (no Debian, no
// network, not in the suite) the error wraps ErrCannotFetch.
func FetchMySQL(ctx context.Context, dir string, progress func(what string)) (root string, err error) {
	o := Options{Progress: progress}
	if dir == "" {
		cached, err := mysqlRoot()
		if err != nil {
			return "", err
		}
		dir = filepath.Dir(cached)
	}
	if dir, err = filepath.Abs(dir); err != nil {
		return "", fmt.Errorf("localdb: %w", err)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", fmt.Errorf("localdb: %w", err)
	}
	lock, err := waitLock(ctx, filepath.Join(dir, "lock"), func() {
		o.progress("Waiting for another process that fetches MySQL")
	})
	if err != nil {
		return "", fmt.Errorf("localdb: %w", err)
	}
	defer lock.unlock()
	root = filepath.Join(dir, "root")
	// The folder gets its name only when it is whole.
	if _, err := os.Stat(root); err == nil {
		return root, nil
	}
	work := filepath.Join(dir, "work")
	if err := os.RemoveAll(work); err != nil {
		return "", fmt.Errorf("localdb: %w", err)
	}
	defer os.RemoveAll(work)
	if err := fetchDebs(ctx, o, work); err != nil {
		return "", fmt.Errorf("localdb: fetching MySQL: %w", err)
	}
	o.progress("Unpacking MySQL")
	if err := unpackDebs(ctx, work); err != nil {
		return "", fmt.Errorf("localdb: unpacking MySQL: %w", err)
	}
	if err := os.Rename(filepath.Join(work, "root"), root); err != nil {
		return "", fmt.Errorf("localdb: %w", err)
	}
	return root, nil
}

// fetchDebs downloads the packages to work/cache/archives, with apt itself, so
// that signatures are checked as on the machine; but with lists, cache and an
// empty package status of our own.
func fetchDebs(ctx context.Context, o Options, work string) error {
	for _, program := range []string{"apt-get", "dpkg"} {
		if _, err := exec.LookPath(program); err != nil {
			return fmt.Errorf("%w: there is no %s", ErrCannotFetch, program)
		}
	}
	sources := debianSources(os.DirFS("/etc/apt"))
	if len(sources) == 0 {
		return fmt.Errorf("%w: apt knows no archive of Debian", ErrCannotFetch)
	}
	var err error
	for _, s := range sources[:min(len(sources), fetchTries)] {
		if err = fetchFrom(ctx, o, work, s); err == nil || ctx.Err() != nil {
			return err
		}
	}
	return err
}

func fetchFrom(ctx context.Context, o Options, work string, s aptSource) error {
	for _, d := range []string{"sources", "lists/partial", "cache/archives/partial", "state"} {
		if err := os.MkdirAll(filepath.Join(work, d), 0o755); err != nil {
			return err
		}
	}
	for name, text := range map[string]string{
		"sources/debian.sources": s.withSuite(mysqlSuite),
		"status":                 "", // Nothing is installed: every library comes along.
	} {
		if err := os.WriteFile(filepath.Join(work, name), []byte(text), 0o644); err != nil {
			return err
		}
	}
	prefix := []string{"env", "DEBIAN_FRONTEND=noninteractive", "LC_ALL=C"}
	options := []string{
		"-o", "Dir::Etc::sourcelist=/dev/null",
		"-o", "Dir::Etc::sourceparts=" + filepath.Join(work, "sources"),
		"-o", "Dir::Etc::preferences=/dev/null",
		"-o", "Dir::Etc::preferencesparts=/dev/null",
		"-o", "Dir::State=" + filepath.Join(work, "state"),
		"-o", "Dir::State::Lists=" + filepath.Join(work, "lists"),
		"-o", "Dir::State::status=" + filepath.Join(work, "status"),
		"-o", "Dir::Cache=" + filepath.Join(work, "cache"),
		"-o", "Acquire::Languages=none",
		"-o", "Acquire::Retries=3",
		// The folders are ours alone: no lock of the system, no account of apt's.
		"-o", "Debug::NoLocking=true",
		"-o", "APT::Sandbox::User=root",
	}
	o.progress("Reading what Debian " + mysqlSuite + " has")
	err := aptGet(ctx, o.Progress, prefix, append([]string{"update"}, options...)...)
	if err == nil {
		o.progress("Downloading MySQL")
		install := append([]string{"install", "-y", "-d", "--no-install-recommends"}, options...)
		err = aptGet(ctx, o.Progress, prefix, append(install, mysqlPackages...)...)
	}
	// A caller that gave up must not take that for a machine without packages.
	if err != nil && ctx.Err() == nil {
		err = fmt.Errorf("%w: %w", ErrCannotFetch, err)
	}
	return err
}

// unpackDebs unpacks what was downloaded into work/root and looks whether a
// server came out that runs.
func unpackDebs(ctx context.Context, work string) error {
	debs, err := filepath.Glob(filepath.Join(work, "cache/archives/*.deb"))
	if err != nil {
		return err
	}
	root := filepath.Join(work, "root")
	if err := os.Mkdir(root, 0o755); err != nil {
		return err
	}
	for _, deb := range debs {
		if out, err := exec.CommandContext(ctx, "dpkg", "-x", deb, root).CombinedOutput(); err != nil {
			return fmt.Errorf("dpkg -x %s: %w\n%s", filepath.Base(deb), err, bytes.TrimSpace(out))
		}
	}
	// Others must be able to run it: as root we start servers under another account.
	if err := os.Chmod(root, 0o755); err != nil {
		return err
	}
	b, err := identify(ctx, unpacked(root))
	if err != nil {
		return err
	}
	if b.product != MySQL {
		return fmt.Errorf("the packages hold %s", b.product)
	}
	return nil
}
