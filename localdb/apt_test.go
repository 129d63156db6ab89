package localdb_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"doorbuster/localdb"
)

// fakeApt puts an apt-get before the real one that runs the given shell lines,
// with its arguments in $*.
func fakeApt(t *testing.T, script string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
	t.Setenv("HERE", dir)
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n"+text+"\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	write("apt-get", script)
	// Not root: sudo is asked, and here it lets everything pass.
	write("sudo", `shift; exec "$@"`)
	return dir
}

func TestInstallUpdatesOnlyWhenNeeded(t *testing.T) {
	tests := []struct {
		name, script, calls, wantError string
	}{
		{
			"the lists are there", `echo "${4}" >>$HERE/calls`,
			"install", "",
		},
		{
			"no lists yet", `echo "${4}" >>$HERE/calls; [ $4 = update ] && touch $HERE/lists; [ -e $HERE/lists ]`,
			"install update install", "",
		},
		{
			"no network", `echo "${4}" >>$HERE/calls; echo "E: $4 failed" >&2; exit 100`,
			"install update install", "E: install failed",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := fakeApt(t, tt.script)
			err := localdb.Install(t.Context(), nil, "some-package")
			if tt.wantError == "" && err != nil || tt.wantError != "" && (err == nil || !strings.Contains(err.Error(), tt.wantError)) {
				t.Errorf("error %v, want %q", err, tt.wantError)
			}
			calls, err := os.ReadFile(filepath.Join(dir, "calls"))
			if got := strings.Join(strings.Fields(string(calls)), " "); got != tt.calls {
				t.Errorf("apt-get was called as %q, want %q (%v)", got, tt.calls, err)
			}
		})
	}
}

func TestInstallTellsProgress(t *testing.T) {
	fakeApt(t, `echo "Reading lists"; echo "dlstatus:1:20.5:Retrieving file 1 of 2 (3s remaining)"; echo "dlstatus:1:20.9:x"; echo "pmstatus:pkg:80:Unpacking: pkg"`)
	var said []string
	if err := localdb.Install(t.Context(), func(what string) { said = append(said, what) }, "pkg"); err != nil {
		t.Fatal(err)
	}
	want := "Installing pkg|Downloading packages, 20 %|Installing packages, 80 %"
	if got := strings.Join(said, "|"); got != want {
		t.Errorf("said %q, want %q", got, want)
	}
}

func TestNoApt(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	err := localdb.Install(t.Context(), nil, "mariadb-server-core", "redis-server")
	if !errors.Is(err, localdb.ErrCannotInstall) || !strings.Contains(err.Error(), "please install: mariadb-server-core redis-server") {
		t.Errorf("got %v, want ErrCannotInstall with the packages", err)
	}
	if _, err := localdb.FetchMySQL(t.Context(), t.TempDir(), nil); !errors.Is(err, localdb.ErrCannotFetch) {
		t.Errorf("got %v, want ErrCannotFetch", err)
	}
}

func TestFetchWithoutNetwork(t *testing.T) {
	dir := fakeApt(t, `echo "E: Failed to fetch" >&2; exit 100`)
	_, err := localdb.FetchMySQL(t.Context(), dir, nil)
	if !errors.Is(err, localdb.ErrCannotFetch) {
		t.Errorf("got %v, want ErrCannotFetch", err)
	}
	if _, err := os.Stat(filepath.Join(dir, "work")); err == nil {
		t.Error("the working folder is still there")
	}
}
