package localdb

import (
	"context"
	"crypto/rand"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/go-sql-driver/mysql"
)

// serverAccounts are the accounts a server started by root may run under, in
// order of preference.
var serverAccounts = []string{"mysql", "redis"}

// DB is a running private database server. Its methods may be called from
// several goroutines. The caller must end it with Stop or Kill.
type DB struct {
	*server
	binary   binary
	password string
	secured  bool
}

// StartDB starts a database server on o.Dir and returns when it answers. On
// first use the folder is initialised: the root account gets a random password
// that is kept in the folder, nobody else can sign in.
//
// The context bounds the start only; the server lives until Stop or Kill, or
// as long as this process. Errors wrap ErrNotFound when the machine has no
// server, ErrInUse when another process has the folder, ErrWrongProduct when
// the folder was made by another product; else they carry the server's last words.
func StartDB(ctx context.Context, o Options) (*DB, error) {
	if err := checkArgs(o.Args); err != nil {
		return nil, err
	}
	f, err := openFolder(o.Dir)
	if err != nil {
		return nil, err
	}
	if err := f.acquire(ctx, o); err != nil {
		return nil, err
	}
	d := &DB{server: &server{options: o, folder: f}}
	last, err := d.prepare(ctx)
	if err != nil {
		f.release()
		return nil, err
	}
	if err := d.launch(ctx, last.Port); err != nil {
		return nil, err
	}
	if err := d.settle(ctx); err != nil {
		return nil, errors.Join(err, d.Kill())
	}
	return d, nil
}

// Product returns MariaDB or MySQL.
func (d *DB) Product() Product { return d.product }

// RootDSN returns the go-sql-driver DSN of the root account over the socket,
// with times as time.Time in UTC. database may be empty. It contains the
// password: do not log it.
func (d *DB) RootDSN(database string) string {
	c := d.rootConfig()
	c.DBName = database
	return c.FormatDSN()
}

func (d *DB) rootConfig() *mysql.Config {
	c := mysql.NewConfig()
	c.User, c.Passwd = "root", d.password
	c.Net, c.Addr = "unix", d.folder.socket
	c.ParseTime = true
	return c
}

// prepare finds the server program for the folder and fills a new folder.
func (d *DB) prepare(ctx context.Context) (state, error) {
	f := d.folder
	last, err := f.readState()
	isNew := errors.Is(err, fs.ErrNotExist)
	if err != nil && !isNew {
		return last, err
	}
	want := d.options.Product
	if !isNew {
		if last.Product == redisProduct || (want != Any && want != last.Product) {
			return last, fmt.Errorf("localdb: %s was made by %s: %w", f.dir, last.Product, ErrWrongProduct)
		}
		want = last.Product
	}
	d.binary, err = findBinary(ctx, want)
	if err != nil {
		return last, err
	}
	d.product, d.version = d.binary.product, d.binary.version
	d.account = unprivileged(serverAccounts, f.data(), d.binary.program())
	d.warnRoot()
	f.placeSocket("db.sock")
	d.command = d.serverCommand
	d.before = d.writeFirstStatement
	d.ping = d.pingRoot
	d.secured = last.Secured
	if isNew {
		last = state{Product: d.product}
		if err := f.writeState(last); err != nil {
			return last, err
		}
	}
	if err := d.fill(ctx); err != nil {
		return last, err
	}
	if err := d.account.own(f.data(), f.path("run"), f.path("tmp")); err != nil {
		return last, fmt.Errorf("localdb: %w", err)
	}
	// The server reads and writes files there when SQL asks for it.
	if err := os.Chmod(f.path("tmp"), 0o700); err != nil {
		return last, fmt.Errorf("localdb: %w", err)
	}
	return last, d.keepPassword()
}

// warnRoot says in the log why the server runs as root.
func (s *server) warnRoot() {
	if isRoot() && s.account == nil && s.options.Log != nil {
		fmt.Fprintf(s.options.Log, "%s runs as root: no unprivileged account reaches %s\n", s.product, s.folder.dir)
	}
}

// keepPassword reads the root account's password, or makes one up.
func (d *DB) keepPassword() error {
	name := d.folder.path("root.password")
	raw, err := os.ReadFile(name)
	if err == nil {
		d.password = strings.TrimSpace(string(raw))
		return nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("localdb: %w", err)
	}
	if d.secured {
		return fmt.Errorf("localdb: %s is gone; without it nobody can administer this data folder", name)
	}
	d.password = rand.Text()
	return writeFile(name, []byte(d.password+"\n"), 0o600)
}

// serverCommand builds the process. Until the root account has its password
// the server sets it by itself, before it accepts the first connection.
func (d *DB) serverCommand(ctx context.Context, port int) *exec.Cmd {
	args := d.databaseArgs(port)
	if !d.secured {
		args = append(args, "--init-file="+d.folder.path("run", "init.sql"))
	}
	return d.binary.command(context.WithoutCancel(ctx), args...)
}

// writeFirstStatement prepares what the server runs by itself on its first
// start. It is removed when the process ends or the server is secured.
func (d *DB) writeFirstStatement() error {
	if d.secured {
		return nil
	}
	name := d.folder.path("run", "init.sql")
	// Not into the binlog: this server may become a replica of another.
	text := "SET SESSION sql_log_bin = 0;\nALTER USER 'root'@'localhost' IDENTIFIED BY '" + d.password + "';\n"
	if err := writeFile(name, []byte(text), 0o600); err != nil {
		return err
	}
	return d.account.own(name)
}

// accessDenied is MySQL's number for a wrong password.
const accessDenied = 1045

// pingRoot connects as root over the socket, which no other server can hold.
func (d *DB) pingRoot(ctx context.Context) error {
	c := d.rootConfig()
	c.Timeout, c.ReadTimeout, c.WriteTimeout = 2*time.Second, 5*time.Second, 5*time.Second
	c.Logger = &mysql.NopLogger{}
	connector, err := mysql.NewConnector(c)
	if err != nil {
		return err
	}
	conn, err := connector.Connect(ctx)
	var answer *mysql.MySQLError
	if errors.As(err, &answer) && answer.Number == accessDenied {
		return errRefused
	}
	if err != nil {
		return err
	}
	defer conn.Close()
	return conn.(driver.Pinger).Ping(ctx)
}

// settle ends the first start: foreign accounts go, and the state is kept.
func (d *DB) settle(ctx context.Context) error {
	if !d.secured {
		if err := d.secure(ctx); err != nil {
			return fmt.Errorf("localdb: securing the new server: %w", err)
		}
		d.secured = true
		// The password is set; the next start shall not find it here.
		_ = os.Remove(d.folder.path("run", "init.sql"))
	}
	return d.folder.writeState(state{
		Product: d.product, Version: d.version, Port: int(d.port.Load()), Secured: true,
	})
}

// secure removes the accounts and the database that products bring along:
// anonymous accounts win over named ones in MySQL's order of hosts, and roots
// of other hosts have no password.
func (d *DB) secure(ctx context.Context) error {
	db, err := sql.Open("mysql", d.RootDSN(""))
	if err != nil {
		return err
	}
	defer db.Close()
	conn, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	drops, err := foreignAccounts(ctx, conn)
	if err != nil {
		return err
	}
	statements := append([]string{"SET SESSION sql_log_bin = 0"}, drops...)
	for _, s := range append(statements, "DROP DATABASE IF EXISTS test") {
		if _, err := conn.ExecContext(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

// foreignAccounts returns the statements that drop the accounts of secure.
func foreignAccounts(ctx context.Context, conn *sql.Conn) ([]string, error) {
	rows, err := conn.QueryContext(ctx,
		`SELECT user, host FROM mysql.user WHERE user = '' OR (user = 'root' AND host <> 'localhost')`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var drops []string
	quote := strings.NewReplacer(`\`, `\\`, `'`, `''`)
	for rows.Next() {
		var user, host string
		if err := rows.Scan(&user, &host); err != nil {
			return nil, err
		}
		drops = append(drops, fmt.Sprintf("DROP USER '%s'@'%s'", quote.Replace(user), quote.Replace(host)))
	}
	return drops, rows.Err()
}
