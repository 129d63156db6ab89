package storetest

import (
	"testing"
	"time"
)

// Patience is how long Eventually waits. Nothing takes that long; a machine that does much else may.
const Patience = time.Minute

// lookEvery is how often Eventually looks.
const lookEvery = 5 * time.Millisecond

// Eventually waits until something is so that no channel tells, looking often. A test that waits in vain fails and says for what.
func Eventually(t testing.TB, what string, is func() bool) {
	t.Helper()
	tick, end := time.NewTicker(lookEvery), time.NewTimer(Patience)
	defer tick.Stop()
	defer end.Stop()
	for !is() {
		select {
		case <-tick.C:
		case <-end.C:
			t.Fatalf("waited %s in vain: %s", Patience, what)
		case <-t.Context().Done():
			t.Fatalf("the test ended before: %s", what)
		}
	}
}
