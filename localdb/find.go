package localdb

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
)

// binary is a server program and how to run it.
type binary struct {
	product Product
	path    string
	version string
	// root is the folder that a MySQL beside the system was unpacked into;
	// empty for a server that is installed.
	root string
}

// places are the folders searched after PATH. Package managers put servers
// where the PATH of an ordinary account does not reach.
var places = []string{
	"/usr/sbin", "/usr/bin", "/usr/local/sbin", "/usr/local/bin", "/usr/libexec",
	"/usr/local/mysql/bin", "/usr/local/mariadb/bin", "/usr/local/opt/mariadb/bin",
	"/opt/homebrew/bin", "/opt/homebrew/opt/mariadb/bin", "/opt/homebrew/opt/mysql/bin",
}

// Find returns the path of the server program of a product. It looks at PATH
// and at the usual folders; for MySQL first at $DOORBUSTER_MYSQL_ROOT and last
// at what FetchMySQL left in the cache. Any prefers MariaDB. The error wraps
// ErrNotFound and names the package to install.
func Find(product Product) (path string, err error) {
	b, err := findBinary(context.Background(), product)
	return b.path, err
}

// FindRedis returns the path of redis-server, or an error that wraps
// ErrNotFound and names the package to install.
func FindRedis() (path string, err error) {
	for _, p := range candidates("redis-server") {
		return p, nil
	}
	return "", fmt.Errorf("localdb: redis-server: %w; install the package redis-server", ErrNotFound)
}

func findBinary(ctx context.Context, product Product) (binary, error) {
	if product == Any || product == MariaDB {
		for _, p := range candidates("mariadbd", "mysqld") {
			if b, err := identify(ctx, binary{path: p}); err == nil && b.product == MariaDB {
				return b, nil
			}
		}
	}
	if product == Any || product == MySQL {
		b, err := findMySQL(ctx)
		if !errors.Is(err, ErrNotFound) {
			return b, err
		}
	}
	packages := "mariadb-server-core"
	if product == MySQL {
		packages = "mysql-server-core, or set DOORBUSTER_MYSQL_ROOT to an unpacked one"
	}
	return binary{}, fmt.Errorf("localdb: %s: %w; install the package %s", product, ErrNotFound, packages)
}

// findMySQL skips a mysqld that is MariaDB under its old name. A root that was
// named but holds no MySQL is an error: another version would surprise.
func findMySQL(ctx context.Context) (binary, error) {
	if root := os.Getenv("DOORBUSTER_MYSQL_ROOT"); root != "" {
		b, err := identify(ctx, unpacked(root))
		if err == nil && b.product != MySQL {
			err = fmt.Errorf("localdb: %s is %s", b.path, b.product)
		}
		if err != nil {
			return b, fmt.Errorf("DOORBUSTER_MYSQL_ROOT: %w", err)
		}
		return b, nil
	}
	var found []binary
	for _, p := range candidates("mysqld") {
		found = append(found, binary{path: p})
	}
	if root, err := mysqlRoot(); err == nil {
		found = append(found, unpacked(root))
	}
	for _, b := range found {
		if b, err := identify(ctx, b); err == nil && b.product == MySQL {
			return b, nil
		}
	}
	return binary{}, ErrNotFound
}

// candidates returns the programs of the given names on this machine.
func candidates(names ...string) []string {
	var found []string
	for _, name := range names {
		if p, err := exec.LookPath(name); err == nil {
			if abs, err := filepath.Abs(p); err == nil {
				found = append(found, abs)
			}
		}
		for _, dir := range places {
			p := filepath.Join(dir, name)
			if info, err := os.Stat(p); err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0 {
				found = append(found, p)
			}
		}
	}
	return found
}

// unpacked describes a MySQL whose packages were unpacked into root.
func unpacked(root string) binary {
	abs, err := filepath.Abs(root)
	if err != nil {
		abs = root
	}
	return binary{path: filepath.Join(abs, "usr/sbin/mysqld"), root: abs}
}

// loader returns the dynamic loader inside root. A MySQL beside the system
// needs newer libraries than the system's, and its own loader with them.
func (b binary) loader() (path, libraries string) {
	found, _ := filepath.Glob(filepath.Join(b.root, "usr/lib/*/ld-linux*.so.*"))
	if b.root == "" || len(found) == 0 {
		return "", ""
	}
	dir := filepath.Dir(found[0])
	return found[0], dir + ":" + filepath.Join(dir, "mysql/private")
}

// command returns the process that runs the server with the given flags,
// reading no option file of the machine. It is killed when the context ends.
func (b binary) command(ctx context.Context, args ...string) *exec.Cmd {
	flags := []string{"--no-defaults"}
	program := b.path
	if loader, libraries := b.loader(); loader != "" {
		program = loader
		flags = []string{
			"--library-path", libraries, b.path, "--no-defaults",
			"--lc-messages-dir=" + filepath.Join(b.root, "usr/share/mysql"),
			"--plugin-dir=" + filepath.Join(b.root, "usr/lib/mysql/plugin"),
			"--character-sets-dir=" + filepath.Join(b.root, "usr/share/mysql/charsets"),
		}
	}
	return exec.CommandContext(ctx, program, append(flags, args...)...)
}

// identified remembers what a program said it is: tests start many servers.
var identified sync.Map // path → binary

var versionPattern = regexp.MustCompile(`Ver (\d+\.\d+\.\d+)`)

// identify asks the program what it is; names do not tell, since MariaDB comes
// with a link called mysqld.
func identify(ctx context.Context, b binary) (binary, error) {
	if known, ok := identified.Load(b.path); ok {
		return known.(binary), nil
	}
	if _, err := os.Stat(b.path); err != nil {
		return b, err
	}
	out, err := b.command(ctx, "--version").Output()
	if err != nil {
		return b, fmt.Errorf("localdb: %s --version: %w", b.path, err)
	}
	m := versionPattern.FindSubmatch(out)
	if m == nil {
		return b, fmt.Errorf("localdb: %s is neither MariaDB nor MySQL", b.path)
	}
	b.version = string(m[1])
	b.product = MySQL
	if strings.Contains(string(out), "MariaDB") {
		b.product = MariaDB
	}
	identified.Store(b.path, b)
	return b, nil
}

// program returns the file that the kernel executes.
func (b binary) program() string {
	if loader, _ := b.loader(); loader != "" {
		return loader
	}
	return b.path
}
