package design_test

import (
	"log/slog"
	"testing"

	"doorbuster/store/storetest"
)

// TestMain runs the tests on one shared server. Afterwards nothing may run that the designs started.
func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(slog.DiscardHandler))
	storetest.Main(m)
}
