package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/go-sql-driver/mysql"
	"github.com/jmoiron/sqlx"

	schema "doorbuster/sql"
)

// ApplyOptions says how to install or bring up to date the database.
type ApplyOptions struct {
	DSN        string            // root or doorbuster_migrator, with the database to install into; it is created if it is missing
	Passwords  map[string]string // account name to password: these accounts are unlocked with it
	DuringSale bool              // replace procedures although a sale is on
	Progress   func(done, total int, object string)
}

// ApplyReport says what Apply did.
type ApplyReport struct {
	Created  []string // objects that were not there, by file
	Replaced []string // views and procedures that had changed
	Dropped  []string // views and procedures whose file is gone
}

// Changed says whether Apply did anything.
func (r ApplyReport) Changed() bool { return len(r.Created)+len(r.Replaced)+len(r.Dropped) > 0 }

// ErrSaleOpen says that procedures have changed but a sale is on: replacing them would make calls fail for some milliseconds.
var ErrSaleOpen = errors.New("a sale is on: apply after it, or say --during-sale")

// ErrTableChanged says that the file of a table is not the one that the table was made from.
var ErrTableChanged = errors.New("the table was made by another version; before 1.0 there are no migrations: use a new database")

// Apply installs sql/ or brings it up to date: it creates what is missing and re-creates the views and procedures whose files have
// changed, under a named lock, so several may start it at once. A second Apply does nothing.
func Apply(ctx context.Context, o ApplyOptions) (ApplyReport, error) {
	a, err := newApplier(ctx, o)
	if err != nil {
		return ApplyReport{}, err
	}
	report, err := a.run(ctx)
	return report, errors.Join(err, a.close(ctx))
}

type applier struct {
	options ApplyOptions
	db      *sqlx.DB
	conn    *sqlx.Conn
	lock    string
	applied map[string]string // file to checksum, as schema_state has it
	report  ApplyReport
}

// step is one line of install.sql: a file to run, or a statement of its own.
type step struct {
	file      string
	statement string
}

func newApplier(ctx context.Context, o ApplyOptions) (*applier, error) {
	cfg, err := mysql.ParseDSN(o.DSN)
	if err != nil {
		return nil, fmt.Errorf("apply: %w", err)
	}
	if cfg.DBName == "" {
		return nil, errors.New("apply: the address names no database")
	}
	if err := createDatabase(ctx, *cfg); err != nil {
		return nil, fmt.Errorf("apply: %w", err)
	}
	cfg.MultiStatements = true // whole files are sent at once; never on a serving pool
	cfg.ParseTime = true
	if cfg.Params == nil {
		cfg.Params = map[string]string{}
	}
	cfg.Params["time_zone"] = "'+00:00'"
	connector, err := mysql.NewConnector(cfg)
	if err != nil {
		return nil, fmt.Errorf("apply: %w", err)
	}
	db := sqlx.NewDb(sql.OpenDB(connector), "mysql")
	conn, err := db.Connx(ctx)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("apply: %w", err), db.Close())
	}
	return &applier{options: o, db: db, conn: conn, lock: lockName(cfg.DBName), applied: map[string]string{}}, nil
}

// lockName fits the 64 characters that a lock's name may have.
func lockName(database string) string {
	sum := sha256.Sum256([]byte(database))
	return "doorbuster.apply." + hex.EncodeToString(sum[:16])
}

// createDatabase makes the database if it is missing and the account may; otherwise the connection says what is wrong.
func createDatabase(ctx context.Context, cfg mysql.Config) error {
	name := cfg.DBName
	cfg.DBName = ""
	connector, err := mysql.NewConnector(&cfg)
	if err != nil {
		return err
	}
	db := sql.OpenDB(connector)
	_, err = db.ExecContext(ctx, "CREATE DATABASE IF NOT EXISTS `"+strings.ReplaceAll(name, "`", "``")+"`")
	if n := errorNumber(err); n == 1044 || n == 1227 {
		err = nil // the migrator may not make databases; it was made for it
	}
	return errors.Join(err, db.Close())
}

func (a *applier) close(ctx context.Context) error {
	_, err := a.conn.ExecContext(context.WithoutCancel(ctx), "DO RELEASE_LOCK(?)", a.lock)
	return errors.Join(err, a.conn.Close(), a.db.Close())
}

func (a *applier) run(ctx context.Context) (ApplyReport, error) {
	var got int
	if err := a.conn.GetContext(ctx, &got, "SELECT COALESCE(GET_LOCK(?, 30), 0)", a.lock); err != nil {
		return a.report, fmt.Errorf("apply: %w", err)
	}
	if got != 1 {
		return a.report, errors.New("apply: another apply has been running for 30 seconds")
	}
	steps, err := installSteps()
	if err != nil {
		return a.report, err
	}
	if err := a.readState(ctx); err != nil {
		return a.report, err
	}
	if err := a.refuseDuringSale(ctx, steps); err != nil {
		return a.report, err
	}
	for i, s := range steps {
		if err := a.step(ctx, s); err != nil {
			return a.report, err
		}
		if a.options.Progress != nil {
			a.options.Progress(i+1, len(steps), s.file)
		}
	}
	if err := a.record(ctx); err != nil {
		return a.report, err
	}
	if err := a.dropGone(ctx, steps); err != nil {
		return a.report, err
	}
	return a.report, a.setPasswords(ctx)
}

var sourceLine = regexp.MustCompile(`(?m)^SOURCE\s+(\S+?);?\s*$`)

// installSteps reads install.sql: the same lines that the plain client reads.
func installSteps() ([]step, error) {
	text, err := fs.ReadFile(schema.FS, "install.sql")
	if err != nil {
		return nil, err
	}
	var steps []step
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		switch {
		case line == "" || strings.HasPrefix(line, "--"):
		case sourceLine.MatchString(line):
			steps = append(steps, step{file: sourceLine.FindStringSubmatch(line)[1]})
		default:
			steps = append(steps, step{statement: line})
		}
	}
	return steps, nil
}

// Files keep DELIMITER for the plain client; the server knows no such word and needs none.
var (
	delimiterLine = regexp.MustCompile(`(?m)^DELIMITER.*\n`)
	delimiterEnd  = regexp.MustCompile(`(?m)\$\$$`)
)

// fileText returns a file of sql/ as the server takes it, and the checksum of the file as it stands.
func fileText(file string) (text, checksum string, err error) {
	raw, err := fs.ReadFile(schema.FS, file)
	if err != nil {
		return "", "", err
	}
	sum := sha256.Sum256(raw)
	return delimiterEnd.ReplaceAllString(delimiterLine.ReplaceAllString(string(raw), ""), ";"), hex.EncodeToString(sum[:]), nil
}

// readState reads what is installed; an empty database has nothing.
func (a *applier) readState(ctx context.Context) error {
	var rows []struct {
		Object   string `db:"object"`
		Checksum string `db:"checksum"`
	}
	err := a.conn.SelectContext(ctx, &rows, "SELECT object, checksum FROM schema_state")
	if errorNumber(err) == 1146 { // no such table
		return nil
	}
	if err != nil {
		return fmt.Errorf("apply: %w", err)
	}
	for _, r := range rows {
		a.applied[r.Object] = r.Checksum
	}
	return nil
}

// refuseDuringSale returns ErrSaleOpen if a procedure or view would be replaced or dropped while shoppers may be buying.
func (a *applier) refuseDuringSale(ctx context.Context, steps []step) error {
	if a.options.DuringSale || len(a.applied) == 0 {
		return nil
	}
	replaces := slices.ContainsFunc(steps, func(s step) bool {
		_, checksum, err := fileText(s.file)
		before, ok := a.applied[s.file]
		return s.file != "" && err == nil && ok && before != checksum
	})
	if !replaces && len(a.gone(steps)) == 0 {
		return nil
	}
	var open int
	err := a.conn.GetContext(ctx, &open, `SELECT COUNT(*) FROM sales
		WHERE state IN ('published', 'paused') AND closes_at > UTC_TIMESTAMP(6) AND opens_at < UTC_TIMESTAMP(6) + INTERVAL 5 MINUTE`)
	if err != nil {
		return fmt.Errorf("apply: %w", err)
	}
	if open > 0 {
		return fmt.Errorf("apply: %w", ErrSaleOpen)
	}
	return nil
}

func (a *applier) step(ctx context.Context, s step) error {
	if s.statement != "" {
		_, err := a.conn.ExecContext(ctx, s.statement)
		if err != nil {
			return fmt.Errorf("apply: install.sql: %w", err)
		}
		return nil
	}
	text, checksum, err := fileText(s.file)
	if err != nil {
		return fmt.Errorf("apply: %w", err)
	}
	before, known := a.applied[s.file]
	if known && before == checksum {
		return nil
	}
	if known && strings.HasPrefix(s.file, "tables/") {
		return fmt.Errorf("apply: %s: %w", s.file, ErrTableChanged)
	}
	if _, err := a.conn.ExecContext(ctx, text); err != nil {
		return fmt.Errorf("apply: %s: %w", s.file, err)
	}
	a.applied[s.file] = checksum
	if known {
		a.report.Replaced = append(a.report.Replaced, s.file)
	} else {
		a.report.Created = append(a.report.Created, s.file)
	}
	return nil
}

// record writes what was applied. It runs at the end: a run that breaks off is simply done again.
func (a *applier) record(ctx context.Context) error {
	for _, file := range slices.Concat(a.report.Created, a.report.Replaced) {
		_, err := a.conn.ExecContext(ctx, `INSERT INTO schema_state (object, checksum, applied_at) VALUES (?, ?, UTC_TIMESTAMP(6))
			ON DUPLICATE KEY UPDATE checksum = VALUES(checksum), applied_at = VALUES(applied_at)`, file, a.applied[file])
		if err != nil {
			return fmt.Errorf("apply: %w", err)
		}
	}
	return nil
}

// gone lists the views and procedures that are installed and that install.sql no longer names. Tables are never dropped.
func (a *applier) gone(steps []step) (objects []string) {
	for object := range a.applied {
		named := slices.ContainsFunc(steps, func(s step) bool { return s.file == object })
		if _, ok := droppable[path.Dir(object)]; ok && !named {
			objects = append(objects, object)
		}
	}
	slices.Sort(objects)
	return objects
}

var droppable = map[string]string{"procedures": "PROCEDURE", "views": "VIEW"}

// dropGone drops what gone lists.
func (a *applier) dropGone(ctx context.Context, steps []step) error {
	for _, object := range a.gone(steps) {
		name := strings.TrimSuffix(path.Base(object), ".sql")
		if _, err := a.conn.ExecContext(ctx, "DROP "+droppable[path.Dir(object)]+" IF EXISTS `"+name+"`"); err != nil {
			return fmt.Errorf("apply: %w", err)
		}
		if _, err := a.conn.ExecContext(ctx, "DELETE FROM schema_state WHERE object = ?", object); err != nil {
			return fmt.Errorf("apply: %w", err)
		}
		a.report.Dropped = append(a.report.Dropped, object)
	}
	return nil
}

var accountName = regexp.MustCompile(`^doorbuster_(web|admin|worker|auditor|migrator)$`)

// setPasswords opens the accounts that have a password. The owner can never be opened.
func (a *applier) setPasswords(ctx context.Context) error {
	for account, password := range a.options.Passwords {
		if !accountName.MatchString(account) || password == "" {
			return fmt.Errorf("apply: no password can be set for account %q", account)
		}
		quoted := "'" + strings.NewReplacer(`\`, `\\`, `'`, `''`).Replace(password) + "'"
		_, err := a.conn.ExecContext(ctx, "ALTER USER "+account+"@'%' IDENTIFIED BY "+quoted+" ACCOUNT UNLOCK")
		if errorNumber(err) == 1396 { // no such account, though this run has made them or the database says that one before did
			return fmt.Errorf("apply: password of %s: a dump that was restored holds no accounts: DELETE FROM schema_state, then apply again: %w", account, err)
		}
		if err != nil {
			return fmt.Errorf("apply: password of %s: %w", account, err)
		}
	}
	return nil
}

// CheckSchema returns nil if the database was installed from the files that this program carries, else what differs.
// The serving processes ask it at start: procedures of another version must not be called.
func (s *Store) CheckSchema(ctx context.Context) error {
	l := s.openLane()
	var rows []struct {
		Object   string `db:"object"`
		Checksum string `db:"checksum"`
	}
	if err := l.list(ctx, &rows, "schema_state", "SELECT object, checksum FROM schema_state"); err != nil {
		return err
	}
	installed := map[string]string{}
	for _, r := range rows {
		installed[r.Object] = r.Checksum
	}
	steps, err := installSteps()
	if err != nil {
		return err
	}
	for _, st := range steps {
		if st.file == "" {
			continue
		}
		_, checksum, err := fileText(st.file)
		if err != nil {
			return err
		}
		if installed[st.file] != checksum {
			return fmt.Errorf("store: %s in the database is of another version: run `doorbuster apply`", st.file)
		}
	}
	return nil
}
