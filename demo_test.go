package main

import (
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"doorbuster/localdb"
	"doorbuster/rush"
	"doorbuster/store"
	"doorbuster/store/storetest"
)

// liveDemo is a running demo of a test.
type liveDemo struct {
	*running
	data string
	db   *localdb.DB // nil when the demo has a server of its own
	file demoFile
}

// startDemoProcess starts the demo in a folder of its own and waits until it is open. Its own server is the one that a newcomer gets,
// MariaDB; for another product the demo is led to a server of the test.
func startDemoProcess(t *testing.T, settings ...string) *liveDemo {
	t.Helper()
	folder, err := storetest.Folder()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(folder); err != nil {
			t.Error(err)
		}
	})
	d := &liveDemo{data: filepath.Join(folder, "d")}
	if storetest.Product() != localdb.MariaDB {
		d.db = storetest.OwnServer(t)
		settings = append(settings, "DATABASE_URL="+urlOf(t, d.db.RootDSN("doorbuster")))
	}
	d.open(t, settings...)
	return d
}

// open starts the process and waits until it is open.
func (d *liveDemo) open(t *testing.T, settings ...string) {
	t.Helper()
	d.running = start(t, environment(settings...), append([]string{"demo", "--data", d.data, "--opens-in", "1s", "--admin-address", "127.0.0.1:0"}, free...)...)
	_, ops := d.listens(t)
	eventually(t, "the demo is ready", func() bool { return ready(t, ops) })
	var err error
	if d.file, err = readDemoFile(d.data); err != nil {
		t.Fatal(err)
	}
}

// pids are the processes of the demo's own servers.
func (d *liveDemo) pids(t *testing.T) (pids []int) {
	t.Helper()
	for _, server := range []string{"db", "redis"} {
		text, err := os.ReadFile(filepath.Join(d.data, server, "server.pid"))
		if errors.Is(err, os.ErrNotExist) && server == "db" && d.db != nil {
			continue
		}
		pid, err2 := strconv.Atoi(strings.TrimSpace(string(text)))
		if err := errors.Join(err, err2); err != nil {
			t.Fatal(err)
		}
		pids = append(pids, pid)
	}
	return pids
}

// gone says whether a process has ended.
func gone(pid int) bool { return errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) }

// report reads what `rush --json` printed.
func (r *running) report(t *testing.T) (report rush.Report) {
	t.Helper()
	if err := json.Unmarshal([]byte(r.stdout.String()), &report); err != nil {
		t.Fatalf("the report: %v: %s", err, last(r.stdout.String(), 1000))
	}
	return report
}

// clean fails the test unless the rush was clean and sold everything there was.
func clean(t *testing.T, report rush.Report, shoppers, units int) {
	t.Helper()
	if report.Verdict != rush.VerdictClean || report.Shoppers != shoppers || report.Units != units || report.Accepted != units {
		t.Errorf("%s: %d shoppers, %d units, %d accepted", report.Verdict, report.Shoppers, report.Units, report.Accepted)
		for _, check := range report.Checks {
			if check.Result == rush.CheckFailed || check.Result == rush.CheckUnproved {
				t.Errorf("%s: %s: %s %q", check.Result, check.Says, check.Detail, check.Bad)
			}
		}
	}
}

// onlyMine fails the test if others may read a file.
func onlyMine(t *testing.T, path string) {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%s must be for its owner alone: %v, %v", filepath.Base(path), info, err)
	}
}

// The demo from its opening to its end: a rush, a rush while the database is killed, and nothing left behind.
func TestDemo(t *testing.T) {
	d := startDemoProcess(t)
	onlyMine(t, demoPath(d.data))
	onlyMine(t, filepath.Join(d.data, "secrets.json"))
	if out := d.stdout.String(); !strings.Contains(out, "The shop is open:  "+d.file.ShopURL) || strings.Contains(out, d.file.LinkSecret) {
		t.Errorf("the demo says %s", out)
	}
	runProgram(t, environment(), "probe", "--ops-address", strings.TrimPrefix(d.file.OpsURL, "http://")).exits(t, 0, "elected by redis")
	runProgram(t, environment(), "sale", "list", "--data", d.data).exits(t, 0, "Doors open at", "Tomorrow's table")
	t.Run("a second one", func(t *testing.T) {
		second := runProgram(t, environment(), append([]string{"demo", "--data", d.data, "--admin-address", "127.0.0.1:0"}, free...)...)
		second.exits(t, 1, "a shop is running from "+d.data+" already", d.file.ShopURL, "--data")
		taken := strings.TrimPrefix(d.file.ShopURL, "http://")
		other := runProgram(t, environment(), "demo", "--data", t.TempDir(), "--address", taken, "--ops-address", "127.0.0.1:0")
		other.exits(t, 2, taken+" is in use", "--address")
		if !ready(t, d.file.OpsURL) {
			t.Error("the first one is not ready any more")
		}
	})
	t.Run("products", func(t *testing.T) { demoHasProducts(t, d) })
	t.Run("rush", func(t *testing.T) { demoRush(t, d) })
	if !testing.Short() {
		t.Run("rush and kill", func(t *testing.T) { demoKill(t, d) })
	}
	runProgram(t, environment(), "audit", "--data", d.data).exits(t, 0, "All invariants hold.")
	heads := "seal-heads.txt that agree" // of the demo's own database; another one has other seals
	if d.db != nil {
		heads = "No head's file was given"
	}
	runProgram(t, environment(), "audit", "--data", d.data, "--seals").exits(t, 0, "seals hold", heads)

	pids := d.pids(t)
	if code := d.terminate(t); code != 0 {
		t.Errorf("exit %d", code)
	}
	for _, pid := range pids {
		if !gone(pid) {
			t.Errorf("server process %d still runs", pid)
		}
	}
	if _, err := os.Stat(demoPath(d.data)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("demo.json is still there: %v", err)
	}
	runProgram(t, environment(), "rush", "--data", d.data).exits(t, 2, "no shop is running", "make run")
}

// demoHasProducts looks for what a merchant fills a draft from, as the shop's owner sees it, and gives it again: a shop that has products keeps them as they are.
func demoHasProducts(t *testing.T, d *liveDemo) {
	s, err := store.Open(t.Context(), store.Config{AdminDSN: d.file.AdminDSN})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Close(context.Background()); err != nil {
			t.Error(err)
		}
	}()
	owner, err := s.StaffLogin(t.Context(), demoOwner)
	if err != nil {
		t.Fatal(err)
	}
	items, err := demoItems()
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		products, err := s.ListProducts(t.Context(), store.Member(owner.StaffID), store.ProductFilter{State: store.ProductActive}, 100)
		if err != nil || len(products) != demoProducts {
			t.Fatalf("%d products, %v", len(products), err)
		}
		for _, p := range products {
			if p.ImageURL == "" || p.PriceCents == 0 || p.Body == "" {
				t.Errorf("a product lacks something: %+v", p)
			}
		}
		if err := (&demoShop{}).makeProducts(t.Context(), s, items[5:30]); err != nil {
			t.Fatal(err)
		}
	}
}

func demoRush(t *testing.T, d *liveDemo) {
	svg := filepath.Join(t.TempDir(), "rush.svg")
	r := runProgram(t, environment(), "rush", "--data", d.data, "--shoppers", "500", "--units", "50", "--duration", "3s", "--json", "--svg", svg)
	r.exits(t, 0)
	clean(t, r.report(t), 500, 50)
	f, err := os.Open(svg)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for xmls := xml.NewDecoder(f); ; {
		if _, err := xmls.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatalf("the picture: %v", err)
		}
	}
}

// demoKill kills the database with -9 as soon as the first units have gone.
func demoKill(t *testing.T, d *liveDemo) {
	s, err := store.Open(t.Context(), store.Config{AdminDSN: d.file.AdminDSN})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Close(context.Background()); err != nil {
			t.Errorf("closing a store whose connections broke: %v", err)
		}
	}()
	before, err := s.MerchantSales(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	r := start(t, environment(), "rush", "--data", d.data, "--shoppers", "500", "--units", "50", "--duration", "6s", "--curve", "even", "--json")
	left := 0
	eventually(t, "some of the units have gone", func() bool {
		if r.over() {
			t.Fatal("the rush was over before")
		}
		sales, err := s.MerchantSales(t.Context(), 1)
		if err == nil && sales[0].ID > before[0].ID {
			left = sales[0].UnitsLeft
		}
		return 0 < left && left < 50
	})
	if d.db != nil {
		err = errors.Join(d.db.Kill(), d.db.Restart(t.Context()))
	} else {
		err = syscall.Kill(d.pids(t)[0], syscall.SIGKILL)
	}
	if err != nil {
		t.Fatal(err)
	}
	r.exits(t, 0)
	report := r.report(t)
	clean(t, report, 500, 50)
	t.Logf("killed with %d units left; told unknown %d, busy %d, lost %d", left, report.Answers.Unknown, report.Answers.Busy, report.Answers.Lost)
	if d.db == nil && !strings.Contains(d.stderr.String(), "the database has ended; starting it again") {
		t.Error("the demo does not say that it started the database again")
	}
}

// Servers that are there already are used: the database's, and a Redis that does not answer elects nobody and stops nothing.
func TestDemoOnOtherServers(t *testing.T) {
	if testing.Short() {
		t.Skip("a second demo; the first stands in TestDemo")
	}
	d := storetest.New(t) // the next test's database sets the passwords of the accounts again
	demo := &liveDemo{data: t.TempDir()}
	demo.open(t, "DATABASE_URL="+urlOf(t, d.RootDSN()), "REDIS_URL=redis://127.0.0.1:1/0")
	for _, server := range []string{"db", "redis"} {
		if _, err := os.Stat(filepath.Join(demo.data, server)); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("a private %s was made: %v", server, err)
		}
	}
	eventually(t, "/readyz says who elects", func() bool { return strings.Contains(fetch(t, demo.file.OpsURL+"/readyz").body, "elected by database") })
	if n := count(t, d, "SELECT COUNT(*) FROM sales WHERE state = 'published'"); n != 2 {
		t.Errorf("%d sales in the database that was named, want 2", n)
	}
	r := runProgram(t, environment(), "rush", "--data", demo.data, "--shoppers", "60", "--units", "20", "--duration", "1s", "--json")
	r.exits(t, 0)
	clean(t, r.report(t), 60, 20)
	if code := demo.terminate(t); code != 0 {
		t.Errorf("exit %d", code)
	}
}

// A rush at a shop that was named, whose books somebody has touched: the verdict says so, in words too, and the exit code is 1.
func TestRushNotClean(t *testing.T) {
	d := storetest.New(t)
	_, items := storetest.Sale(t, d.Open(t), store.NewItem{Units: 5}, store.NewItem{Units: 5})
	_, shop, ops := startShop(t, d, nil, "serve", "--address-limit", "10000")
	rushAt := func(item uint64, settings ...string) *running {
		args := []string{"rush", "--shop", shop, "--ops", ops, "--item", fmt.Sprint(item), "--shoppers", "10", "--duration", "500ms"}
		return runProgram(t, environment(append(accounts(d), append([]string{"LINK_SECRET=" + key}, settings...)...)...), args...)
	}
	rushAt(items[0]).exits(t, 0, "VERDICT: CLEAN")

	// Without the right to look, nothing can be proved.
	rushAt(items[1], "AUDITOR_DATABASE_URL="+d.DSN("doorbuster_web")).exits(t, 1, "audit_items")
	wrong := rushAt(items[1], "AUDITOR_DATABASE_URL="+strings.Replace(d.DSN("doorbuster_auditor"), storetest.Password, "wrong-secret", 1))
	wrong.exits(t, 1, "Access denied")
	if strings.Contains(wrong.stderr.String(), "wrong-secret") {
		t.Error("it prints the password")
	}
	rushAt(items[1]+99).exits(t, 1, fmt.Sprintf("there is no item %d", items[1]+99))
	rushAt(items[1], "LINK_SECRET=bm9ib2R5IGtub3dzIHRoaXMga2V5IG9mIDMyIGJ5dGVz").exits(t, 1, "no shopper could sign in")

	root(t, d, fmt.Sprintf("UPDATE stock_shards SET available = available + 1 WHERE item_id = %d", items[0]))
	rushAt(items[1]).exits(t, 1, "VERDICT: NOT CLEAN", "I1 ledger of a shard = available", "5 of 5 held or sold")
	if a := fetch(t, shop+"/en/"); a.status != http.StatusOK {
		t.Errorf("the shop after it: %d", a.status)
	}
}
