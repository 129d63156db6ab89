package main

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"doorbuster/store/storetest"
)

// freeConsole are the addresses of a console that chooses its own ports.
var freeConsole = []string{"admin", "--admin-address", "127.0.0.1:0", "--ops-address", "127.0.0.1:0"}

// consoleOf waits until the console listens and returns its addresses.
func consoleOf(t *testing.T, r *running) (console, ops string) {
	t.Helper()
	_, ops = r.listens(t)
	for line := range strings.Lines(r.stderr.String()) {
		var entry struct{ Msg, Console string }
		if json.Unmarshal([]byte(line), &entry) == nil && entry.Msg == "listening" {
			console = "http://" + entry.Console
		}
	}
	return console, ops
}

// The console alone: it is ready, follows an invitation made from the terminal, counts its pool, and ends cleanly.
func TestConsoleAlone(t *testing.T) {
	d := storetest.New(t)
	env := environment(append(accounts(d), "STAFF_KEYS="+key)...)
	r := start(t, env, freeConsole...)
	console, ops := consoleOf(t, r)
	runProgram(t, env, "probe", "--ops-address", strings.TrimPrefix(ops, "http://")).exits(t, 0, "ready")
	invite := runProgram(t, env, "staff", "invite", "ann@example.com", "--name", "Ann Lee", "--role", "owner", "--admin-url", console)
	invite.exits(t, 0, console+"/en/invitation?token=")
	link := strings.TrimSpace(invite.stdout.String())
	if a := fetch(t, link); a.status != http.StatusOK || !strings.Contains(a.body, "Ann Lee") {
		t.Errorf("the invitation: %d", a.status)
	}
	if a := fetch(t, console+"/en/sales"); !strings.Contains(a.body, `name="password"`) {
		t.Errorf("a stranger is not led to sign in: %d", a.status)
	}
	if metrics := fetch(t, ops+"/metrics"); !strings.Contains(metrics.body, `doorbuster_lane_busy{lane="staff"}`) {
		t.Errorf("the metrics say nothing about the pool: %d", metrics.status)
	}
	if code := r.terminate(t); code != 0 {
		t.Errorf("exit %d after SIGTERM", code)
	}
}

// A database that is away is no reason not to start: who asks is told so, in words.
func TestConsoleWithoutDatabase(t *testing.T) {
	r := start(t, environment("STAFF_KEYS="+key, "ADMIN_DATABASE_URL=mysql://doorbuster_admin:x@127.0.0.1:1/shop"), freeConsole...)
	console, _ := consoleOf(t, r)
	if a := fetch(t, console+"/en/sign-in"); a.status != http.StatusOK {
		t.Errorf("the sign-in page: %d", a.status)
	}
	if a := fetch(t, console+"/en/invitation?token=x"); a.status != http.StatusServiceUnavailable || strings.Contains(a.body, "dial") {
		t.Errorf("a page that needs the database: %d", a.status)
	}
	if code := r.terminate(t); code != 0 {
		t.Errorf("exit %d after SIGTERM", code)
	}
}
