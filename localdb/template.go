package localdb

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
)

// templateEdition changes when templates are made in another way, so that old
// ones in the cache are not used.
const templateEdition = 1

// fill gives a new folder its data: a copy of the template of this server
// program. Initialising takes seconds, copying a fraction of one.
func (d *DB) fill(ctx context.Context) error {
	f := d.folder
	if _, err := os.Stat(f.data()); err == nil || !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	template, err := d.binary.template(ctx, d.options)
	if err != nil {
		return err
	}
	fresh := f.path("data.new")
	if err := os.RemoveAll(fresh); err != nil {
		return fmt.Errorf("localdb: %w", err)
	}
	// auto.cnf holds the server's identity, which must be its own.
	if err := copyTree(ctx, template, fresh, "auto.cnf"); err != nil {
		return fmt.Errorf("localdb: filling the data folder: %w", err)
	}
	if err := syncTree(fresh); err != nil {
		return fmt.Errorf("localdb: %w", err)
	}
	if err := os.Rename(fresh, f.data()); err != nil {
		return fmt.Errorf("localdb: %w", err)
	}
	return nil
}

// template returns the folder of the template, after making it if the cache
// has none. Processes that need the same one wait for the first.
func (b binary) template(ctx context.Context, o Options) (string, error) {
	cache, err := CacheDir()
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(cache, 0o755); err != nil {
		return "", fmt.Errorf("localdb: %w", err)
	}
	sum := sha256.Sum256([]byte(b.path))
	final := filepath.Join(cache, fmt.Sprintf("template-%d-%s-%s-%s",
		templateEdition, string(b.product), b.version, hex.EncodeToString(sum[:4])))
	if _, err := os.Stat(final); err == nil {
		return final, nil
	}
	lock, err := waitLock(ctx, final+".lock", func() {
		o.progress("Waiting for another process that prepares " + b.product.String())
	})
	if err != nil {
		return "", fmt.Errorf("localdb: %w", err)
	}
	defer lock.unlock()
	if _, err := os.Stat(final); err == nil {
		return final, nil
	}
	o.progress("Preparing " + b.product.String() + " " + b.version + " for the first time")
	if err := b.makeTemplate(ctx, final); err != nil {
		return "", fmt.Errorf("localdb: initialising %s: %w", b.product, err)
	}
	return final, nil
}

// makeTemplate initialises data in a folder beside, and renames it when it is
// whole. The caller has the template's lock, so nobody else works there.
func (b binary) makeTemplate(ctx context.Context, final string) error {
	work := final + ".new"
	if err := os.RemoveAll(work); err != nil {
		return err
	}
	defer os.RemoveAll(work)
	data := filepath.Join(work, "data")
	for _, dir := range []string{data, filepath.Join(work, "tmp")} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
	}
	if err := os.Chmod(data, 0o700); err != nil {
		return err
	}
	a := unprivileged(serverAccounts, data, b.program())
	if err := a.own(work); err != nil {
		return err
	}
	if err := b.initialise(ctx, a, data, filepath.Join(work, "tmp")); err != nil {
		return err
	}
	if err := syncTree(work); err != nil {
		return err
	}
	return os.Rename(data, final)
}

// initialise runs the product's own way to make an empty data folder. The redo
// log is as small as allowed, since it is copied; the server enlarges it.
func (b binary) initialise(ctx context.Context, a *account, data, tmp string) error {
	args := []string{"--datadir=" + data}
	if inMemory(data) {
		args = append(args, "--innodb-use-native-aio=OFF")
	}
	if a == nil && isRoot() {
		// Not "--user": with it MariaDB's script changes the owner of folders of
		// the system's own MariaDB.
		args = append(args, "--loose-user=root")
	}
	var cmd *exec.Cmd
	if b.product == MySQL {
		cmd = b.command(context.WithoutCancel(ctx), append(args, "--initialize-insecure", "--disable-log-bin", "--innodb-redo-log-capacity=8M")...)
	} else {
		script, err := b.installScript()
		if err != nil {
			return err
		}
		args = append([]string{"--no-defaults"}, args...)
		if base := filepath.Dir(filepath.Dir(b.path)); base != "/usr" {
			args = append(args, "--basedir="+base)
		}
		args = append(args, "--auth-root-authentication-method=normal", "--skip-test-db",
			"--skip-name-resolve", "--innodb-log-file-size=4M")
		cmd = exec.CommandContext(context.WithoutCancel(ctx), script, args...)
	}
	cmd.Dir = data
	// Not "--tmpdir": the script does not pass on flags with a space.
	cmd.Env = append(os.Environ(), "TMPDIR="+tmp)
	cmd.SysProcAttr = a.credential()
	return runBounded(ctx, cmd)
}

// installScript finds MariaDB's script that makes a data folder, first beside
// the server program.
func (b binary) installScript() (string, error) {
	base := filepath.Dir(filepath.Dir(b.path))
	for _, dir := range []string{"bin", "scripts", "sbin"} {
		p := filepath.Join(base, dir, "mariadb-install-db")
		if _, err := os.Stat(p); err == nil {
			return p, nil
		}
	}
	for _, p := range candidates("mariadb-install-db", "mysql_install_db") {
		return p, nil
	}
	return "", fmt.Errorf("mariadb-install-db: %w; install the package mariadb-server-core", ErrNotFound)
}

// runBounded runs a short-lived process to its end, or kills it and everything
// it started when the context ends. The error carries what it wrote last.
func runBounded(ctx context.Context, cmd *exec.Cmd) error {
	out := &tail{limit: 4 << 10}
	cmd.Stdout, cmd.Stderr = out, out
	c, err := startChild(cmd, func() {})
	if err != nil {
		return err
	}
	select {
	case <-c.done:
		err = c.err
	case <-ctx.Done():
		killGroup(c.cmd.Process.Pid)
		<-c.done
		err = ctx.Err()
	}
	if err != nil {
		return fmt.Errorf("%w\n%s", err, bytes.TrimSpace(out.text))
	}
	return nil
}

// tail keeps the last bytes of what is written to it.
type tail struct {
	text  []byte
	limit int
}

// Write never fails: what does not fit pushes out what came first.
func (t *tail) Write(p []byte) (int, error) {
	t.text = append(t.text, p...)
	if over := len(t.text) - t.limit; over > 0 {
		t.text = append(t.text[:0], t.text[over:]...)
	}
	return len(p), nil
}
