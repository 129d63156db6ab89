package main

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"doorbuster/localdb"
	"doorbuster/store/storetest"
)

// browserFolder holds the pages' tests: they drive a real Chromium through a real shop.
const browserFolder = "testdata/browser"

// buyingTests are what runs under -short: both ways to buy.
var buyingTests = []string{"buy_plain.test.mjs", "buy_script.test.mjs"}

// TestBrowser starts the demo on a private server and runs the tests of testdata/browser on it, with the program itself for what a
// merchant does meanwhile. Node's own runner prints each test.
func TestBrowser(t *testing.T) {
	node := program(t, "node")
	chromium := program(t, "chromium")
	install(t)
	folder, err := storetest.Folder()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(folder); err != nil {
			t.Error(err)
		}
	})
	startDemo(t, folder)
	cmd := exec.CommandContext(t.Context(), node, append([]string{"--test", "--test-concurrency=1", "--test-reporter=spec"}, browserTests(t)...)...)
	cmd.Dir = browserFolder
	cmd.Env = append(
		os.Environ(), "CHROMIUM="+chromium, "DEMO="+demoPath(folder), "DOORBUSTER="+buildProgram(t),
		"DATABASE_PID="+filepath.Join(folder, "database", "server.pid"),
	)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	// The runner gets a chance to end its browsers when the tests' time is over.
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 10 * time.Second
	if err := cmd.Run(); err != nil {
		t.Errorf("the pages' tests failed (%v); each failure stands above, with what the page showed", err)
	}
}

// program finds a program that the test cannot do without. Leaving the test out would say that the pages were looked at.
func program(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Fatalf("%v: install Node.js 20 or later, and run `go run . setup` for Chromium", err)
	}
	return path
}

// browserTests names the test files to run.
func browserTests(t *testing.T) []string {
	t.Helper()
	if testing.Short() {
		return buyingTests
	}
	files, err := filepath.Glob(filepath.Join(browserFolder, "*.test.mjs"))
	if err != nil || len(files) < len(buyingTests) {
		t.Fatalf("%s: %d test files, %v", browserFolder, len(files), err)
	}
	for i, file := range files {
		files[i] = filepath.Base(file)
	}
	return files
}

// install brings the two libraries of the tests, as pinned by the lock file, unless they are there.
func install(t *testing.T) {
	t.Helper()
	lock, err := os.Stat(filepath.Join(browserFolder, "package-lock.json"))
	if err != nil {
		t.Fatal(err)
	}
	// npm writes this file last.
	done, err := os.Stat(filepath.Join(browserFolder, "node_modules", ".package-lock.json"))
	if err == nil && !done.ModTime().Before(lock.ModTime()) {
		return
	}
	cmd := exec.CommandContext(t.Context(), program(t, "npm"), "ci", "--ignore-scripts")
	cmd.Dir = browserFolder
	cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("npm ci in %s: %v", browserFolder, err)
	}
}

// buildProgram builds what merchants run, for the tests to pause, end and withdraw with.
func buildProgram(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "doorbuster")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", path, ".").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return path
}

// startDemo runs the demo in this process, on a database of the product under test, until the test ends.
func startDemo(t *testing.T, folder string) {
	t.Helper()
	db, err := localdb.StartDB(t.Context(), localdb.Options{Dir: filepath.Join(folder, "database"), Product: storetest.Product()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err := db.Stop(ctx); err != nil {
			t.Error(err)
		}
	})
	log, err := os.Create(filepath.Join(folder, "shop.log"))
	if err != nil {
		t.Fatal(err)
	}
	opened := make(chan struct{})
	shop := &demoShop{
		cmd: &demoCmd{
			listenSettings: listenSettings{Address: "127.0.0.1:0", OpsAddress: "127.0.0.1:0"}, AdminAddress: "127.0.0.1:0", Data: folder, OpensIn: time.Second,
			DatabaseURL: db.RootDSN("doorbuster"),
		},
		log:    slog.New(slog.NewJSONHandler(log, nil)),
		opened: func() { close(opened) },
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	t.Cleanup(func() {
		stop()
		if err := errors.Join(<-ended, shop.stop(), log.Close()); err != nil {
			t.Error(err)
		}
		if t.Failed() {
			showFaults(t, log.Name())
		}
	})
	if err := shop.start(ctx); err != nil {
		close(ended)
		t.Fatal(err)
	}
	go func() {
		defer close(ended)
		ended <- shop.serve(ctx)
	}()
	select {
	case <-opened:
	case err := <-ended:
		t.Fatalf("the demo did not start: %v", err)
	}
}

// showFaults prints what the shop logged about itself, the last lines of it.
func showFaults(t *testing.T, path string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Error(err)
		return
	}
	var faults []string
	for line := range strings.Lines(string(text)) {
		if strings.Contains(line, `"level":"ERROR"`) || strings.Contains(line, `"level":"WARN"`) {
			faults = append(faults, line)
		}
	}
	t.Logf("the shop's warnings and errors:\n%s", strings.Join(faults[max(0, len(faults)-30):], ""))
}
