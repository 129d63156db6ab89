package payment_test

import (
	"testing"

	"go.uber.org/goleak"
)

// TestMain runs the tests; afterwards nothing may run that they started.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
