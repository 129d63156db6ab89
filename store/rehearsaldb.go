package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/go-sql-driver/mysql"
)

// rehearsalSuffix ends the name of every database that DropRehearsal may drop.
const rehearsalSuffix = "_rehearsal"

// RehearsalDSN is the address, on the server that dsn leads to, of a database in which the sales of dsn's database can be rehearsed.
func RehearsalDSN(dsn string) (string, error) {
	cfg, err := mysql.ParseDSN(dsn)
	if err != nil {
		return "", err
	}
	cfg.DBName += rehearsalSuffix
	return cfg.FormatDSN(), nil
}

// CheckRehearsalDSN says what is wrong with the address of the database in which sales are rehearsed: its name must end with _rehearsal, because the whole
// database is dropped after each rehearsal.
func CheckRehearsalDSN(dsn string) error {
	cfg, err := mysql.ParseDSN(dsn)
	if err != nil {
		return errors.New("it is no address of a database") // the driver's words may quote the password
	}
	if !strings.HasSuffix(cfg.DBName, rehearsalSuffix) || cfg.DBName == rehearsalSuffix {
		return fmt.Errorf("the name of the database is %q and must end with %s: it is dropped after each rehearsal", cfg.DBName, rehearsalSuffix)
	}
	return nil
}

// DropRehearsal drops the database of a rehearsal with everything in it. dsn is an address as CheckRehearsalDSN wants it; no other database can be dropped.
func DropRehearsal(ctx context.Context, dsn string) error {
	if err := CheckRehearsalDSN(dsn); err != nil {
		return fmt.Errorf("drop: %w", err)
	}
	cfg, err := mysql.ParseDSN(dsn)
	if err != nil {
		return err
	}
	name := cfg.DBName
	cfg.DBName = ""
	return onServer(ctx, cfg, func(db *sql.DB) error {
		_, err := db.ExecContext(ctx, "DROP DATABASE IF EXISTS `"+strings.ReplaceAll(name, "`", "``")+"`")
		return err
	})
}

// ServerOf names the server that an address leads to: two addresses with one name lead to one server.
func ServerOf(ctx context.Context, dsn string) (name string, err error) {
	cfg, err := mysql.ParseDSN(dsn)
	if err != nil {
		return "", err
	}
	cfg.DBName = "" // it need not exist yet
	err = onServer(ctx, cfg, func(db *sql.DB) error {
		return db.QueryRowContext(ctx, "SELECT CONCAT_WS('|', @@hostname, @@port, @@datadir, @@socket)").Scan(&name)
	})
	return name, err
}

// onServer opens one connection for do.
func onServer(ctx context.Context, cfg *mysql.Config, do func(*sql.DB) error) error {
	connector, err := mysql.NewConnector(cfg)
	if err != nil {
		return err
	}
	db := sql.OpenDB(connector)
	if err := errors.Join(do(db), db.Close()); err != nil {
		return fmt.Errorf("database: %w", err)
	}
	return ctx.Err()
}
