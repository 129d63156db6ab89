package store_test

import (
	"testing"

	"github.com/go-sql-driver/mysql"

	"doorbuster/store/storetest"
)

// unixDSN is the web account's address over the server's socket.
func unixDSN(t testing.TB, d *storetest.Database, socket string) string {
	t.Helper()
	cfg, err := mysql.ParseDSN(d.DSN("doorbuster_web"))
	if err != nil {
		t.Fatal(err)
	}
	cfg.Net, cfg.Addr = "unix", socket
	return cfg.FormatDSN()
}
