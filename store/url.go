package store

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"

	"github.com/go-sql-driver/mysql"
)

// ParseURL turns a database address as people write it into the driver's form:
//
//	mysql://user:password@host:3306/database           (mariadb:// means the same)
//	mysql://user:password@localhost/database?socket=/run/mysqld/mysqld.sock
//	mysql://user:password@host/database?tls=true       (true, skip-verify, preferred)
//
// An address that is in the driver's form already is checked and returned.
func ParseURL(address string) (string, error) {
	if !strings.Contains(address, "://") {
		cfg, err := mysql.ParseDSN(address)
		if err != nil {
			return "", errors.New("database address: neither a URL nor in the driver's form") // the driver's text may repeat the password
		}
		return cfg.FormatDSN(), nil
	}
	u, err := url.Parse(address)
	if err != nil {
		return "", errors.New("database address: not a URL") // the parser's text would repeat the password
	}
	if u.Scheme != "mysql" && u.Scheme != "mariadb" {
		return "", fmt.Errorf("database address: the scheme is %q, not mysql or mariadb", u.Scheme)
	}
	cfg := mysql.NewConfig()
	cfg.User = u.User.Username()
	cfg.Passwd, _ = u.User.Password()
	cfg.DBName = strings.TrimPrefix(u.Path, "/")
	cfg.Net, cfg.Addr = "tcp", net.JoinHostPort(u.Hostname(), cmp.Or(u.Port(), "3306"))
	for name, values := range u.Query() {
		switch name {
		case "socket":
			cfg.Net, cfg.Addr = "unix", values[0]
		case "tls":
			cfg.TLSConfig = values[0]
		default:
			return "", fmt.Errorf("database address: unknown option %q (known: socket, tls)", name)
		}
	}
	if cfg.DBName == "" {
		return "", fmt.Errorf("database address: no database is named after the host")
	}
	return cfg.FormatDSN(), nil
}

// DatabaseName returns the name of the database that an address leads to.
func DatabaseName(address string) (string, error) {
	dsn, err := ParseURL(address)
	if err != nil {
		return "", err
	}
	cfg, err := mysql.ParseDSN(dsn)
	if err != nil {
		return "", fmt.Errorf("database address: %w", err)
	}
	return cfg.DBName, nil
}
