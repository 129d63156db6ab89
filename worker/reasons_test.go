package worker

import (
	"fmt"
	"strings"
	"sync"
	"testing"
)

const (
	mostReasons  = 20  // that are told again: the first are those that count
	reasonLength = 300 // bytes of each
	mostTroubles = 10  // lines of the log of each worker
)

// reasons is a test that repeats at its very end why it failed. What happens in a long life is told by many, and whoever looks at the end of
// the output has to find the reasons there, not the logs of the last workers.
type reasons struct {
	testing.TB
	mu  sync.Mutex
	all []string
}

// withReasons must be the first that a test calls: so its cleanup is the last, and hears the others fail.
func withReasons(t testing.TB) *reasons {
	t.Helper()
	r := &reasons{TB: t}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("why it failed:\n%s", r)
		}
	})
	return r
}

func (r *reasons) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.all) == 0 {
		return "no assertion says so: look for a data race above"
	}
	told := strings.Join(r.all[:min(len(r.all), mostReasons)], "\n")
	if more := len(r.all) - mostReasons; more > 0 {
		told += fmt.Sprintf("\nand %d more", more)
	}
	return told
}

func (r *reasons) keep(reason string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.all = append(r.all, reason[:min(len(reason), reasonLength)])
}

// Error is testing's; so are the others.
func (r *reasons) Error(args ...any) {
	r.Helper()
	r.keep(fmt.Sprint(args...))
	r.TB.Error(args...)
}

func (r *reasons) Errorf(format string, args ...any) {
	r.Helper()
	r.keep(fmt.Sprintf(format, args...))
	r.TB.Errorf(format, args...)
}

func (r *reasons) Fatal(args ...any) {
	r.Helper()
	r.keep(fmt.Sprint(args...))
	r.TB.Fatal(args...)
}

func (r *reasons) Fatalf(format string, args ...any) {
	r.Helper()
	r.keep(fmt.Sprintf(format, args...))
	r.TB.Fatalf(format, args...)
}

// troubles are the last lines of l in which a worker says that something went wrong.
func (l *logbook) troubles() string {
	var bad []string
	for line := range strings.Lines(l.String()) {
		if strings.Contains(line, "level=WARN") || strings.Contains(line, "level=ERROR") {
			bad = append(bad, line)
		}
	}
	return strings.Join(bad[max(0, len(bad)-mostTroubles):], "")
}

// ownFault is the beginning of what a process says of its own end, by a panic or a data race; "": nothing. In a child process nobody else hears it.
func (l *logbook) ownFault() string {
	text := l.String()
	for _, word := range []string{"DATA RACE", "panic: ", "fatal error: "} {
		if at := strings.Index(text, word); at >= 0 {
			return text[at:min(len(text), at+1500)]
		}
	}
	return ""
}
