package main

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"doorbuster/store/storetest"
)

// TestMain makes the program itself a command on PATH, so that tests start real processes with real exit codes.
func TestMain(m *testing.M) {
	testscript.Main(suite{m}, map[string]func(){"doorbuster": main})
}

// suite stops the database server of the tests after them.
type suite struct{ m *testing.M }

func (s suite) Run() int { return storetest.Run(s.m) }

// patience bounds what takes a second; a machine that does much else takes longer.
const patience = 60 * time.Second

var eventually = storetest.Eventually

// key is a secret of a test's shop: 32 bytes in base64.
const key = "dGVzdHRlc3R0ZXN0dGVzdHRlc3R0ZXN0dGVzdHRlc3Q="

// setting matches the variables that the program reads.
var setting = regexp.MustCompile(`^(\w+_)?(DATABASE_URL|PASSWORD|KEYS|SECRETS?|ADDRESS|REDIS_URL|PUBLIC_URL|ADMIN_URL|OPS_URL|LOG_LEVEL|ACTOR|SEAL_FILE)(_FILE)?=`)

// environment is this process's own without any setting of the program, and with those given.
func environment(settings ...string) []string {
	own := slices.DeleteFunc(os.Environ(), setting.MatchString)
	return append(own, settings...)
}

// accounts are the settings that lead the program to a test's database.
func accounts(d *storetest.Database) []string {
	return []string{
		"WEB_DATABASE_URL=" + d.DSN("doorbuster_web"), "ADMIN_DATABASE_URL=" + d.DSN("doorbuster_admin"),
		"WORKER_DATABASE_URL=" + d.DSN("doorbuster_worker"), "AUDITOR_DATABASE_URL=" + d.DSN("doorbuster_auditor"),
		"SESSION_KEYS=" + key, "PASS_KEYS=" + key, "LINK_SECRETS=" + key,
	}
}

// running is a process of the program.
type running struct {
	cmd            *exec.Cmd
	stdout, stderr lockedBuffer
	ended          chan struct{}
	code           int // after ended
}

// lockedBuffer can be read while it is written.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// start starts the program. It is killed at the end of the test if it still runs then.
func start(t testing.TB, env []string, args ...string) *running {
	t.Helper()
	r := &running{cmd: exec.CommandContext(context.Background(), "doorbuster", args...), ended: make(chan struct{})}
	r.cmd.Env, r.cmd.Dir = env, t.TempDir()
	r.cmd.Stdout, r.cmd.Stderr = &r.stdout, &r.stderr
	if err := r.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(r.ended)
		err := r.cmd.Wait()
		r.code = r.cmd.ProcessState.ExitCode()
		if exit := new(exec.ExitError); err != nil && !errors.As(err, &exit) {
			r.code = -2
		}
	}()
	t.Cleanup(func() {
		_ = r.cmd.Process.Kill() // it may have ended
		<-r.ended
		if t.Failed() {
			t.Logf("doorbuster %s: exit %d\n%s\n%s", strings.Join(args, " "), r.code, r.stdout.String(), last(r.stderr.String(), 6000))
		}
	})
	return r
}

func last(text string, n int) string { return text[max(0, len(text)-n):] }

// wait waits for the end and returns the exit code.
func (r *running) wait(t testing.TB) int {
	t.Helper()
	select {
	case <-r.ended:
	case <-time.After(3 * patience):
		t.Fatalf("%q does not end", r.cmd.Args)
	}
	return r.code
}

// over says whether the process has ended.
func (r *running) over() bool {
	select {
	case <-r.ended:
		return true
	default:
		return false
	}
}

// terminate asks the process to end, waits until it has and returns its exit code.
func (r *running) terminate(t testing.TB) int {
	t.Helper()
	if err := r.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	return r.wait(t)
}

// run starts the program and waits for its end.
func runProgram(t testing.TB, env []string, args ...string) *running {
	t.Helper()
	r := start(t, env, args...)
	r.wait(t)
	return r
}

// exits fails the test unless the process ended with a code and said everything of texts.
func (r *running) exits(t testing.TB, code int, texts ...string) {
	t.Helper()
	if got := r.wait(t); got != code {
		t.Errorf("%q: exit %d, want %d\n%s%s", r.cmd.Args, got, code, r.stdout.String(), r.stderr.String())
	}
	all := r.stdout.String() + r.stderr.String()
	for _, text := range texts {
		if !strings.Contains(all, text) {
			t.Errorf("%q does not say %q:\n%s", r.cmd.Args, text, last(all, 4000))
		}
	}
}

// asRoot opens the database as root for one use: a test may kill the server between two.
func asRoot(t testing.TB, d *storetest.Database, use func(*sql.DB) error) {
	t.Helper()
	db, err := sql.Open("mysql", d.RootDSN())
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(use(db), db.Close()); err != nil {
		t.Fatal(err)
	}
}

// root runs a statement as root.
func root(t testing.TB, d *storetest.Database, statement string) {
	t.Helper()
	asRoot(t, d, func(db *sql.DB) error {
		if _, err := db.ExecContext(context.WithoutCancel(t.Context()), statement); err != nil {
			return fmt.Errorf("%s: %w", statement, err)
		}
		return nil
	})
}

// count asks the database for one number, as root.
func count(t testing.TB, d *storetest.Database, query string, args ...any) (n int) {
	t.Helper()
	asRoot(t, d, func(db *sql.DB) error {
		if err := db.QueryRowContext(t.Context(), query, args...).Scan(&n); err != nil {
			return fmt.Errorf("%s: %w", query, err)
		}
		return nil
	})
	return n
}
