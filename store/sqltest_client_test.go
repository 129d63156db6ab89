package store_test

import (
	"context"
	"database/sql"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/go-sql-driver/mysql"
	"github.com/google/go-cmp/cmp"

	"doorbuster/localdb"
	"doorbuster/store"
	"doorbuster/store/storetest"
)

// client is the plain command-line client that belongs to the server under test, and how a machine runs it.
type client struct {
	args []string // program and the flags that come first
	db   *storetest.Database
}

func newClient(t *testing.T, db *storetest.Database) *client {
	t.Helper()
	args := append(plainProgram(t, "mariadb", "mysql"), "--no-defaults")
	if storetest.Product() == localdb.MySQL {
		args = append(args, "--commands") // the client of MySQL 9.7 knows SOURCE only when it is told to
	}
	return &client{args, db}
}

// plainProgram finds a command-line program of the product under test, by its two names. Without one the test is left out, but not where the whole suite has
// to run (CI=true).
func plainProgram(t *testing.T, mariadb, mysql string) []string {
	t.Helper()
	name := mariadb
	if storetest.Product() == localdb.MySQL {
		name = mysql
		if args := mysqlProgram(t, mysql); args != nil {
			return args
		}
	} else if path, err := exec.LookPath(mariadb); err == nil {
		return []string{path}
	}
	if os.Getenv("CI") == "true" {
		t.Fatalf("%s is not on this machine", name)
	}
	t.Skipf("%s is not on this machine", name)
	return nil
}

// mysqlProgram looks for a program of MySQL beside the server. One that was unpacked beside the system is run by its own loader, like the server.
func mysqlProgram(t *testing.T, name string) []string {
	t.Helper()
	server, err := localdb.Find(localdb.MySQL)
	if err != nil {
		t.Fatal(err)
	}
	root := filepath.Dir(filepath.Dir(filepath.Dir(server)))
	program := filepath.Join(root, "usr/bin", name)
	loaders, err := filepath.Glob(filepath.Join(root, "usr/lib/*/ld-linux*.so.*"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(program); err == nil && len(loaders) > 0 && root != "/" {
		dir := filepath.Dir(loaders[0])
		return []string{loaders[0], "--library-path", dir + ":" + filepath.Join(dir, "mysql/private"), program}
	}
	for _, program := range []string{filepath.Join(filepath.Dir(server), name), "/usr/bin/" + name} {
		if _, err := os.Stat(program); err == nil {
			return []string{program}
		}
	}
	return nil
}

// run feeds a file of sql/ to the client, from that folder, and returns what it prints.
func (c *client) run(t *testing.T, account, database, file string) (string, error) {
	t.Helper()
	in, err := os.Open(filepath.Join("..", "sql", file))
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	user, password, address := c.signIn(t, account)
	args := append(c.args[1:len(c.args):len(c.args)], "--user="+user, "--batch")
	cmd := exec.CommandContext(ctx, c.args[0], append(append(args, address...), database)...)
	cmd.Dir, cmd.Stdin = filepath.Join("..", "sql"), in
	cmd.Env = append(os.Environ(), "MYSQL_PWD="+password)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// signIn takes user, password and address from the DSN that Go uses.
func (c *client) signIn(t *testing.T, account string) (user, password string, address []string) {
	t.Helper()
	dsn := c.db.RootDSN()
	if account != "root" {
		dsn = c.db.DSN(account)
	}
	cfg, err := mysql.ParseDSN(dsn)
	if err != nil {
		t.Fatal(err)
	}
	if cfg.Net == "unix" {
		return cfg.User, cfg.Passwd, []string{"--socket=" + cfg.Addr}
	}
	host, port, err := net.SplitHostPort(cfg.Addr)
	if err != nil {
		t.Fatal(err)
	}
	return cfg.User, cfg.Passwd, []string{"--protocol=tcp", "--host=" + host, "--port=" + port}
}

// inDatabase is the runner's view of another database of the same server.
func (r *runner) inDatabase(t *testing.T, name string) *runner {
	t.Helper()
	cfg, err := mysql.ParseDSN(r.db.RootDSN())
	if err != nil {
		t.Fatal(err)
	}
	cfg.DBName = name
	connector, err := mysql.NewConnector(cfg)
	if err != nil {
		t.Fatal(err)
	}
	other := *r
	other.root = sql.OpenDB(connector)
	t.Cleanup(func() {
		if err := other.root.Close(); err != nil {
			t.Error(err)
		}
	})
	return &other
}

// everything is all that is installed and who may use it, in words.
func (r *runner) everything(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	r.printObjects(t, &b)
	for _, tb := range append(r.listTables(t), table{name: "schema_state"}) {
		r.printTable(t, &b, tb.name)
	}
	r.printViews(t, &b)
	r.printProcedures(t, &b)
	for _, rights := range []string{
		"SELECT user, routine_name, 'EXECUTE' FROM mysql.procs_priv WHERE db = DATABASE() AND user LIKE 'doorbuster%'",
		"SELECT grantee, table_name, privilege_type FROM information_schema.table_privileges WHERE table_schema = DATABASE() AND grantee LIKE '%doorbuster%'",
		"SELECT grantee, '*', privilege_type FROM information_schema.schema_privileges WHERE table_schema = DATABASE() AND grantee LIKE '%doorbuster%'",
	} {
		var lines []string
		for _, row := range r.rowsOf(t, rights) {
			lines = append(lines, strings.Join(row, " "))
		}
		slices.Sort(lines)
		b.WriteString(strings.Join(lines, "\n") + "\n")
	}
	return b.String()
}

// TestInstallByClient installs sql/ with the plain client into an empty database, twice, and finds there what `apply` makes.
func TestInstallByClient(t *testing.T) {
	t.Parallel()
	byApply := newRunner(t)
	c := newClient(t, byApply.db)
	name := byApply.db.Name + "_by_client"
	root := func(statement string) {
		t.Helper()
		if _, err := byApply.root.ExecContext(context.WithoutCancel(t.Context()), statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
	root("CREATE DATABASE " + name)
	defer root("DROP DATABASE " + name)
	for _, time := range []string{"first", "second"} {
		if out, err := c.run(t, "root", name, "install.sql"); err != nil || out != "" {
			t.Fatalf("the %s time: %v\n%s", time, err, out)
		}
	}
	want, got := byApply.everything(t), byApply.inDatabase(t, name).everything(t)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("what apply installs (-) and what the client installs (+):\n%s", diff)
	}
	if !strings.Contains(got, "doorbuster_web place_orders EXECUTE") || !strings.Contains(got, "stock_moves INSERT") {
		t.Errorf("rights are missing:\n%s", got)
	}
}

// TestAuditByClient runs audit.sql as the auditor with the plain client: no line when all is right, one for each broken invariant.
func TestAuditByClient(t *testing.T) {
	t.Parallel()
	d := storetest.New(t)
	c := newClient(t, d)
	s := d.Open(t)
	_, items := storetest.Sale(t, s, store.NewItem{Units: 3})
	buy(t, s, items[0], 101, 1)
	out, err := c.run(t, "doorbuster_auditor", d.Name, "audit.sql")
	if err != nil || out != "" {
		t.Fatalf("a sound sale: %v\n%s", err, out)
	}
	if _, err := d.Root(t).ExecContext(t.Context(), "UPDATE stock_shards SET available = available + 1"); err != nil {
		t.Fatal(err)
	}
	out, err = c.run(t, "doorbuster_auditor", d.Name, "audit.sql")
	if lines := strings.Split(strings.TrimSpace(out), "\n"); err != nil || len(lines) != 3 || !strings.HasPrefix(lines[0], "invariant\titem_id\texpected\tfound\twhat_to_do") {
		t.Errorf("a unit too many: %v\n%s", err, out)
	}
	if _, err := d.Root(t).ExecContext(t.Context(), "UPDATE stock_shards SET available = available - 1"); err != nil {
		t.Fatal(err)
	}
	if out, err := c.run(t, "doorbuster_web", d.Name, "audit.sql"); err == nil || !strings.Contains(out, "denied") {
		t.Errorf("the web account may audit: %v\n%s", err, out)
	}
}
