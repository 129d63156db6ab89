package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"doorbuster/bench/figures"
	"doorbuster/bench/front"
	"doorbuster/store/storetest"
)

// TestMain runs the tests, or one of the servers that they start. Afterwards nothing may run that the tests started.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == front.Command {
		os.Exit(front.Child())
	}
	goleak.VerifyTestMain(m)
}

func TestCommandLine(t *testing.T) {
	t.Parallel()
	c, _, err := parse([]string{"--short", "--only", "R3,R5", "--server", "mysql", "--run-seconds", "0.5"}, io.Discard, io.Discard)
	if err != nil || !c.Short || !slices.Equal(c.Only, []string{"R3", "R5"}) || c.Server != "mysql" || c.RunSeconds != 0.5 || c.Report != "bench/report" {
		t.Errorf("%+v, %v", c, err)
	}
	ended, cancel := context.WithCancel(t.Context()) // whatever is wrong with the command line, nothing is measured
	cancel()
	for _, args := range [][]string{
		{"--server", "oracle"}, {"--only", "R99"}, {"--only", "R"}, {"--rounds", "-1"}, {"--run-seconds", "61"}, {"--run-seconds", "-1"}, {"more"},
	} {
		var said bytes.Buffer
		if code := run(ended, args, io.Discard, &said); code != 2 || said.Len() == 0 {
			t.Errorf("%q: exit code %d, %q", args, code, said.String())
		}
	}
	var help bytes.Buffer
	if code := run(ended, []string{"--help"}, &help, io.Discard); code != 0 || !strings.Contains(help.String(), "--run-seconds") {
		t.Errorf("help: exit code %d: %s", code, help.String())
	}
}

// The command that a report names makes the same report again.
func TestCommandIsRepeatable(t *testing.T) {
	t.Parallel()
	args := []string{"--server", "mysql", "--short", "--rounds", "7", "--run-seconds", "2.5"}
	c, _, err := parse(args, io.Discard, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := command(c), "go run ./bench "+strings.Join(args, " "); got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestSizes(t *testing.T) {
	t.Parallel()
	full, short, own := sizesOf(cli{}), sizesOf(cli{Short: true}), sizesOf(cli{Short: true, Rounds: 9, RunSeconds: 0.2})
	if full.rounds < 5 || full.oldOrders != 10_000_000 || full.refusals != 1_000_000 {
		t.Errorf("a full run: %+v", full)
	}
	if short.rounds != 3 || short.run >= full.run || short.refusals != 100_000 || short.oldOrders != 1_000_000 {
		t.Errorf("a short run: %+v", short)
	}
	if own.rounds != 9 || own.run.Seconds() != 0.2 || own.trial > own.run || own.warm <= 0 {
		t.Errorf("what is asked for: %+v", own)
	}
}

// A tiny benchmark from start to end: real servers, two designs and the control at store level, two over HTTP, and every file.
func TestTinyBenchmark(t *testing.T) {
	if testing.Short() {
		t.Skip("starts servers and loads them for seconds")
	}
	data, err := storetest.Folder()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(data) }) // in memory; what is left is removed by later tests
	out := t.TempDir()
	c := cli{
		Server: string(storetest.Product()), Short: true, Rounds: 2, RunSeconds: 0.2, Data: data,
		Report: filepath.Join(out, "report"), Docs: filepath.Join(out, "docs", "benchmarks.md"),
	}
	tiny := func(s stage, names ...string) stage {
		return s.keep(func(y system) bool { return slices.Contains(names, y.name) })
	}
	some := []stage{
		tiny(storeStage(), product, "insert", "oversells"),
		tiny(httpStage(), "orders", "empty", "redis_plain_off", "fixed_refusal", "empty_page", "fixed_page"),
		breakdownStage(),
	}
	var table bytes.Buffer
	if err := measure(t.Context(), c, some, &table, &writer{t}); err != nil {
		t.Fatal(err)
	}
	all, err := figures.ReadJSON(filepath.Join(c.Report, "results.json"))
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, f := range all {
		ids = append(ids, f.ID)
		if f.Server != c.Server || f.Rounds != 2 || f.Median <= 0 || (f.ID != "S7" && (f.Top.Median <= 0 || f.Base.Median <= 0)) {
			t.Errorf("a figure is not complete: %+v", f)
		}
	}
	if want := []string{"R2", "R3", "R4", "R4b", "R5f", "R6f", "S7"}; !slices.Equal(ids, want) {
		t.Errorf("figures %v, want %v", ids, want)
	}
	checkCSV(t, filepath.Join(c.Report, c.Server+"-series.csv"))
	for file, want := range map[string]string{
		c.Docs: "## Every series", filepath.Join(c.Report, c.Server+"-store.svg"): "<svg", filepath.Join(c.Report, c.Server+"-http.svg"): "insert",
	} {
		text, err := os.ReadFile(file)
		if err != nil || (!bytes.Contains(text, []byte(want)) && !bytes.Contains(text, []byte("empty"))) {
			t.Errorf("%s: %v", file, err)
		}
	}
	page, err := os.ReadFile(c.Docs)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"| connection and HTTP server", "| gates: ", "| in line", "| `CALL place_orders`", "| from the database's", "| what the client saw |"} {
		if !bytes.Contains(page, []byte(want)) {
			t.Errorf("the page lacks %q", want)
		}
	}
	for _, want := range []string{"fsync of 4 KB", "sync_binlog=1", "innodb_flush_log_at_trx_commit=1", "R3 "} {
		if !strings.Contains(table.String(), want) {
			t.Errorf("the table lacks %q:\n%s", want, table.String())
		}
	}
}

// checkCSV looks for what every run must say, and for the audit of the control.
func checkCSV(t *testing.T, path string) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	records, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	measures := map[string]int{}
	for _, r := range records[1:] {
		measures[r[4]+" "+r[6]]++
		if control := r[4] == "oversells"; control != (r[9] != "") {
			t.Errorf("the audit of %s says %q", r[4], r[9])
		}
	}
	for _, want := range []string{
		"doorbuster per_s", "doorbuster orders_per_commit", "doorbuster binlog_syncs_per_order", "doorbuster process_cores", "insert p99_ms",
		"orders server_ms_per_1000", "orders database_ms_per_1000", "orders generator_cores", "redis_plain_off durable_per_s", "empty clients", "empty_page per_s", "empty_page idle_cores",
		"fixed_refusal per_s", "fixed_page per_s", "over_http gates_mean_ms", "over_http line_p50_ms", "over_http call_p99_ms", "over_http answer_mean_ms",
		"over_http mean_ms",
	} {
		if measures[want] != 2 {
			t.Errorf("%q stands %d times in the CSV, not once per round", want, measures[want])
		}
	}
}

// writer shows progress in the test's log.
type writer struct{ t *testing.T }

func (w *writer) Write(p []byte) (int, error) {
	w.t.Log(strings.TrimRight(string(p), "\n"))
	return len(p), nil
}
