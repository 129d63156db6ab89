package store_test

import (
	"flag"
	"log/slog"
	"os"
	"testing"

	"github.com/go-sql-driver/mysql"

	"doorbuster/store/storetest"
)

// TestMain runs the tests, or one of the shops that TestSeveralProcesses starts. Afterwards nothing may run that the tests started.
func TestMain(m *testing.M) {
	if plan := os.Getenv(childVariable); plan != "" {
		os.Exit(runChild(plan))
	}
	if err := flag.Set("rapid.nofailfile", "true"); err != nil { // the seed that it prints does as well, and leaves the tree clean
		panic(err)
	}
	if err := mysql.SetLogger(&mysql.NopLogger{}); err != nil { // the driver's own line per connection that a test cuts
		panic(err)
	}
	slog.SetDefault(slog.New(slog.DiscardHandler)) // the store's, likewise
	storetest.Main(m)
}
