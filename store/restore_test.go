package store_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"

	"doorbuster/localdb"
	"doorbuster/store"
	"doorbuster/store/storetest"
)

// runbook is a command of "Restore from a dump and prove again" in docs/operating.md. The tests run it as it is written: a runbook that is not tried is wrong.
type runbook struct {
	program []string
	flags   []string
}

// readRunbook finds the command of a program of the product under test, by its two names.
func readRunbook(t *testing.T, mariadb, mysql string) runbook {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "docs", "operating.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(text), "\n### Restore from a dump and prove again\n")
	name := mariadb
	if storetest.Product() == localdb.MySQL {
		name = mysql
	}
	line := regexp.MustCompile(`(?m)^ +` + name + ` (.*)$`).FindStringSubmatch(section)
	if line == nil {
		t.Fatalf("the runbook has no line with %s", name)
	}
	command, _, _ := strings.Cut(line[1], "|")
	r := runbook{program: plainProgram(t, mariadb, mysql)}
	for flag := range strings.FieldsSeq(command) {
		if strings.HasPrefix(flag, "--") && !strings.HasPrefix(flag, "--user") && !strings.HasPrefix(flag, "--password") {
			r.flags = append(r.flags, flag)
		}
	}
	return r
}

// run runs the command for a database of a server, with what stands for names in the runbook replaced.
func (r runbook) run(t *testing.T, replace *strings.Replacer, signIn []string, password string, in []byte, args ...string) []byte {
	t.Helper()
	all := append(append([]string{}, r.program[1:]...), "--no-defaults")
	for _, flag := range r.flags {
		all = append(all, replace.Replace(flag))
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var out, words bytes.Buffer
	cmd := exec.CommandContext(ctx, r.program[0], append(append(all, signIn...), args...)...)
	cmd.Env = append(os.Environ(), "MYSQL_PWD="+password)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(in), &out, &words
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s: %v\n%s", r.program[len(r.program)-1], err, words.String())
	}
	return out.Bytes()
}

// restoring is a shop on a server of its own, and what a runbook needs to know of it.
type restoring struct {
	*storetest.Database
	store *store.Store
	root  *sql.DB
	item  uint64
	fence uint64
	heads []byte
	users uint64
}

// trade lets orders begin, be paid, cancelled and told, and seals the ledger.
func (r *restoring) trade(t *testing.T) {
	t.Helper()
	for range 10 {
		r.users++
		p := buy(t, r.store, r.item, r.users, 1)
		var err error
		switch r.users % 3 {
		case 0:
			_, err = r.store.PayOrder(t.Context(), store.Operator("Zoë"), p.OrderID, "„cash“ ' \\")
		case 1:
			_, err = r.store.CancelOrder(t.Context(), p.OrderID, r.users)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	relay, err1 := r.store.TakeLease(t.Context(), "relay_outbox", "test", time.Minute, true)
	_, err2 := r.store.RelayOutbox(t.Context(), relay.Fence, 100)
	seal, err3 := r.store.TakeLease(t.Context(), "seal_moves", "test", time.Minute, true)
	head, err4 := r.store.SealMoves(t.Context(), seal.Fence, 900)
	if err := errors.Join(err1, err2, err3, err4); err != nil || head.Outcome != store.Sealed {
		t.Fatal(head.Outcome, err)
	}
	r.heads = append(r.heads, store.HeadLine(head.HeadSeq, head.HeadHash, *head.HeadAt)...)
	buy(t, r.store, r.item, r.users+1000, 1) // its message waits, its line has no seal
}

// restored is a database of the same name on another server.
type restored struct {
	server *localdb.DB
	name   string
}

func (r restored) apply(t *testing.T) store.ApplyReport {
	t.Helper()
	report, err := r.tryApply(t)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

func (r restored) tryApply(t *testing.T) (store.ApplyReport, error) {
	t.Helper()
	passwords := map[string]string{}
	for _, account := range storetest.Accounts {
		passwords[account] = storetest.Password
	}
	return store.Apply(t.Context(), store.ApplyOptions{DSN: r.server.RootDSN(r.name), Passwords: passwords, DuringSale: true})
}

func (r restored) dsn(account string) string {
	cfg := mysql.NewConfig()
	cfg.User, cfg.Passwd, cfg.Net, cfg.Addr, cfg.DBName = account, storetest.Password, "tcp", r.server.Addr(), r.name
	return cfg.FormatDSN()
}

// prove audits the books and the seals, and says what is broken.
func (r restored) prove(t *testing.T, heads []byte) (broken []store.BrokenInvariant, seals store.SealCheck) {
	t.Helper()
	a, err := store.OpenAuditor(r.dsn("doorbuster_auditor"))
	if err != nil {
		t.Fatal(err)
	}
	broken, err1 := a.Audit(t.Context(), store.AuditScope{})
	seals, err2 := a.VerifySeals(t.Context(), bytes.NewReader(heads))
	if err := errors.Join(err1, err2, a.Close()); err != nil {
		t.Fatal(err)
	}
	return broken, seals
}

// sells buys one more unit, as the web account.
func (r restored) sells(t *testing.T, item, user uint64) {
	t.Helper()
	s, err := store.Open(t.Context(), store.Config{WebDSN: r.dsn("doorbuster_web")})
	if err != nil {
		t.Fatal(err)
	}
	if p := buy(t, s, item, user, 1); p.Outcome != store.Placed {
		t.Errorf("the restored shop says %s", p.Outcome)
	}
	if err := errors.Join(s.CheckSchema(t.Context()), s.Close(context.WithoutCancel(t.Context()))); err != nil {
		t.Error(err)
	}
}

func signInTo(t *testing.T, server *localdb.DB) (flags []string, password string) {
	t.Helper()
	cfg, err := mysql.ParseDSN(server.RootDSN(""))
	if err != nil {
		t.Fatal(err)
	}
	return []string{"--user=" + cfg.User, "--socket=" + cfg.Addr}, cfg.Passwd
}

// tableSums are the contents of all tables but the list of what is installed: of each its rows, and a sum over all columns.
func tableSums(t *testing.T, db *sql.DB) string {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), `SELECT table_name, GROUP_CONCAT('COALESCE(HEX(', column_name, '), "-")' ORDER BY ordinal_position SEPARATOR ', ')
		FROM information_schema.columns JOIN information_schema.tables USING (table_schema, table_name)
		WHERE table_schema = DATABASE() AND table_type = 'BASE TABLE' AND table_name <> 'schema_state' GROUP BY table_name ORDER BY table_name`)
	if err != nil {
		t.Fatal(err)
	}
	columns := map[string]string{}
	for rows.Next() {
		var table, all string
		if err := rows.Scan(&table, &all); err != nil {
			t.Fatal(err)
		}
		columns[table] = all
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil || len(columns) < 20 {
		t.Fatalf("%d tables, %v", len(columns), err)
	}
	all := ""
	for _, table := range slices.Sorted(maps.Keys(columns)) {
		var n, sum uint64
		if err := db.QueryRowContext(t.Context(), "SELECT COUNT(*), CAST(BIT_XOR(CRC32(CONCAT_WS(' ', "+columns[table]+"))) AS UNSIGNED) FROM "+table).Scan(&n, &sum); err != nil {
			t.Fatal(err)
		}
		all += fmt.Sprintln(table, n, sum)
	}
	return all
}

// TestRestoreFromDump does what the runbook says, by its own lines: dump during a sale, restore on a fresh server, go on with the binary logs, prove again.
func TestRestoreFromDump(t *testing.T) {
	t.Parallel()
	dump, client, logs := readRunbook(t, "mariadb-dump", "mysqldump"), readRunbook(t, "mariadb", "mysql"), readRunbook(t, "mariadb-binlog", "mysqlbinlog")
	server := storetest.OwnServer(t)
	d := storetest.On(t, server)
	r := &restoring{Database: d, store: d.Open(t), root: d.Root(t)}
	_, items := storetest.Sale(t, r.store, store.NewItem{Units: 200, Shards: 2})
	r.item = items[0]
	signIn, password := signInTo(t, server)
	names := strings.NewReplacer("doorbuster.", d.Name+".", "=doorbuster", "="+d.Name)

	r.trade(t)
	headsOfDump := bytes.Clone(r.heads)
	rows := dump.run(t, names, signIn, password, nil, d.Name)
	r.trade(t)
	if _, err := r.root.ExecContext(t.Context(), "FLUSH BINARY LOGS"); err != nil {
		t.Fatal(err)
	}
	r.trade(t) // in the next file
	want := tableSums(t, r.root)

	fresh := restored{storetest.OwnServer(t), d.Name}
	if report := fresh.apply(t); len(report.Created) < 80 {
		t.Errorf("apply created %d objects", len(report.Created))
	}
	address, word := signInTo(t, fresh.server)
	client.run(t, names, address, word, rows, d.Name)
	if broken, seals := fresh.prove(t, headsOfDump); len(broken) > 0 || len(seals.Broken) > 0 || seals.Anchors != 1 || seals.Head == 0 {
		t.Errorf("after the dump: %v, %v, %d heads agree", broken, seals.Broken, seals.Anchors)
	}
	if _, seals := fresh.prove(t, r.heads); len(seals.Broken) != 2 || !strings.HasPrefix(seals.Broken[0].Invariant, "S5") {
		t.Errorf("what was lost after the dump is not told: %v", seals.Broken)
	}

	files, position := binaryLogs(t, r.root, rows)
	changes := logs.run(t, strings.NewReplacer("POSITION", position, "=doorbuster", "="+d.Name), nil, "", nil, files...)
	client.run(t, names, address, word, changes, d.Name)
	if broken, seals := fresh.prove(t, r.heads); len(broken) > 0 || len(seals.Broken) > 0 || seals.Anchors != 3 {
		t.Errorf("after the binary logs: %v, %v, %d heads agree", broken, seals.Broken, seals.Anchors)
	}
	root, err := sql.Open("mysql", fresh.server.RootDSN(d.Name))
	if err != nil {
		t.Fatal(err)
	}
	if got := tableSums(t, root); got != want {
		t.Errorf("before:\n%s\nafter:\n%s", want, got)
	}
	if err := root.Close(); err != nil {
		t.Error(err)
	}
	fresh.sells(t, r.item, 5000)
}

// TestRestoreWholeDump restores a dump with definitions. It says that everything is installed, and has neither accounts nor rights.
func TestRestoreWholeDump(t *testing.T) {
	t.Parallel()
	dump, client := readRunbook(t, "mariadb-dump", "mysqldump"), readRunbook(t, "mariadb", "mysql")
	server := storetest.OwnServer(t)
	d := storetest.On(t, server)
	r := &restoring{Database: d, store: d.Open(t), root: d.Root(t)}
	_, items := storetest.Sale(t, r.store, store.NewItem{Units: 50})
	r.item = items[0]
	r.trade(t)
	signIn, password := signInTo(t, server)
	dump.flags = []string{"--single-transaction", "--routines", "--hex-blob"}
	whole := dump.run(t, strings.NewReplacer(), signIn, password, nil, d.Name)

	fresh := restored{storetest.OwnServer(t), d.Name}
	address, word := signInTo(t, fresh.server)
	sign := func(in string, args ...string) {
		t.Helper()
		client.run(t, strings.NewReplacer(), address, word, []byte(in), args...)
	}
	sign("CREATE DATABASE " + d.Name)
	sign(string(whole), d.Name)
	if _, err := fresh.tryApply(t); err == nil || !strings.Contains(err.Error(), "DELETE FROM schema_state") {
		t.Errorf("apply does not say what to do: %v", err)
	}
	sign("DELETE FROM schema_state", d.Name)
	fresh.apply(t)
	if broken, seals := fresh.prove(t, r.heads); len(broken) > 0 || len(seals.Broken) > 0 || seals.Anchors != 1 {
		t.Errorf("%v, %v, %d heads agree", broken, seals.Broken, seals.Anchors)
	}
	fresh.sells(t, r.item, 5000)
}

// binaryLogs are the files from the one on that the dump names, and the place in it.
func binaryLogs(t *testing.T, root *sql.DB, dump []byte) (files []string, position string) {
	t.Helper()
	at := regexp.MustCompile(`_LOG_FILE='([^']+)', \w+_LOG_POS=(\d+)`).FindSubmatch(dump)
	if at == nil {
		t.Fatalf("the dump does not say where the binary log stands: %.2000s", dump)
	}
	var folder string
	if err := root.QueryRowContext(t.Context(), "SELECT @@log_bin_basename").Scan(&folder); err != nil {
		t.Fatal(err)
	}
	all, err := filepath.Glob(folder + ".[0-9]*")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range all {
		if filepath.Base(file) >= string(at[1]) {
			files = append(files, file)
		}
	}
	if len(files) < 2 {
		t.Fatalf("files of the binary log: %v", files)
	}
	return files, string(at[2])
}
