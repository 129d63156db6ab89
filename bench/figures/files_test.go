package figures

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestJSONKeepsOtherServers(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "report", "results.json")
	write := func(all ...Figure) {
		t.Helper()
		if err := WriteJSON(path, all); err != nil {
			t.Fatal(err)
		}
	}
	mysql := Figure{ID: "R1", What: "a < b", Server: "mysql", Median: 21, Min: 20, Max: 22, Threshold: 20, OK: true, Top: Rate{What: "a", Median: 42}}
	write()
	write(Figure{ID: "R10", Server: "mariadb", OK: true}, Figure{ID: "R2", Server: "mariadb", OK: true}, Figure{ID: "R1", Server: "mariadb", Median: 1})
	write(mysql)
	write(Figure{ID: "R10", Server: "mariadb", Median: 3}, Figure{ID: "R2", Server: "mariadb", Median: 2, Note: "n"})
	got, err := ReadJSON(path)
	if err != nil {
		t.Fatal(err)
	}
	want := []Figure{{ID: "R2", Server: "mariadb", Median: 2, Note: "n"}, {ID: "R10", Server: "mariadb", Median: 3}, mysql}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	checkKeys(t, path)
}

// checkKeys reads the file as another program would.
func checkKeys(t *testing.T, path string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var raw []map[string]any
	if err := json.Unmarshal(text, &raw); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	for _, figure := range raw {
		for _, key := range []string{"id", "what", "server", "median", "min", "max", "threshold", "ok"} {
			if _, ok := figure[key]; !ok {
				t.Errorf("%v lacks %s", figure, key)
			}
		}
	}
	if left, err := os.ReadDir(filepath.Dir(path)); err != nil || len(left) != 1 {
		t.Errorf("something was left beside the file: %v %v", left, err)
	}
}

// TestJSONLeavesWhatItCannotRead: a broken file, or a figure that JSON cannot hold, changes nothing.
func TestJSONLeavesWhatItCannotRead(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "results.json")
	for before, median := range map[string]float64{`[{"id":`: 1, `{}`: 1, "[]\n": math.NaN()} {
		if err := os.WriteFile(path, []byte(before), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := WriteJSON(path, []Figure{{ID: "R1", Median: median}}); err == nil {
			t.Errorf("%q was accepted", before)
		}
		if after, err := os.ReadFile(path); err != nil || string(after) != before {
			t.Errorf("%q became %q, %v", before, after, err)
		}
	}
}

func TestCSVQuotes(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "designs.csv")
	if err := WriteCSV(path, []Series{designs()}); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	got, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	const what, audit = "one hot item, called from Go", "stock <> units, \"5\" sold\ntwice, | and more"
	for at, want := range map[int][]string{
		0:             {"server", "series", "what", "round", "design", "settings", "measure", "value", "unit", "audit"},
		1:             {"mariadb", "designs", what, "1", "doorbuster", "shards 1", "p99_ms", "4.6", "orders/s", ""},
		2:             {"mariadb", "designs", what, "1", "doorbuster", "shards 1", "rate", "71000", "orders/s", ""},
		6:             {"mariadb", "designs", what, "1", "oversells", "", "rate", "99000", "orders/s", audit},
		len(got) - 1:  {"mariadb", "designs", what, "2", "oversells", "", "", "", "orders/s", "again"},
		len(got) - 13: {"server", "series", "what", "round", "design", "settings", "measure", "value", "unit", "audit"},
	} {
		if diff := cmp.Diff(want, got[at]); diff != "" {
			t.Errorf("line %d: %s", at, diff)
		}
	}
}

func TestMeasure(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	m, err := Measure(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	if m.FsyncP50 <= 0 || m.FsyncP99 < m.FsyncP50 || m.Fsyncs < 1 {
		t.Errorf("fsync: %+v", m)
	}
	if m.Cores < 1 || m.Go == "" || m.OS == "" || (m.OS == "linux" && (m.Kernel == "" || m.FileSystem == "" || m.Memory == 0)) {
		t.Errorf("machine: %+v", m)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("something was left: %v %v", left, err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Measure(ended, dir); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if _, err := Measure(t.Context(), filepath.Join(dir, "missing")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no folder: %v", err)
	}
}

func TestProc(t *testing.T) {
	t.Parallel()
	const mounts = `20 1 0:1 / / rw - overlay overlay rw
21 20 8:1 / /data rw shared:1 - ext4 /dev/sda1 rw
22 20 8:2 / /data rw - xfs /dev/sda2 rw
23 21 8:3 / /data/with\040space rw - btrfs /dev/sda3 rw
broken
`
	for dir, want := range map[string]string{"/": "overlay", "/data": "xfs", "/data/x": "xfs", "/database": "overlay", "/data/with space/y": "btrfs"} {
		if got := fileSystem(mounts, dir); got != want {
			t.Errorf("%s is on %q, want %q", dir, got, want)
		}
	}
	if got := cpuModel("processor\t: 0\nmodel name\t: Example  CPU @ 2:50\nmodel name : b\n"); got != "Example CPU @ 2:50" {
		t.Errorf("cpu %q", got)
	}
	if got := memTotal("MemFree: 1 kB\nMemTotal:  2048 kB\n"); got != 2<<20 {
		t.Errorf("memory %d", got)
	}
	if cpuModel("") != "" || memTotal("") != 0 || memTotal("MemTotal: x kB") != 0 || fileSystem("", "/") != "" {
		t.Error("what is not known is empty")
	}
}
