package figures

import (
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// sample is a report with something in every place: a pass, a narrow miss, a figure that is only shown, a control that failed its
// audit, and texts that want to break out of their cell.
func sample() Report {
	rate := func(what string, values ...float64) Rounds { return Rounds{What: what, Unit: "/s", Values: values} }
	nan := math.NaN()
	r1 := Ratio(Figure{ID: "R1", What: "`PlaceOrder` / one `CALL` per order", Server: "mariadb", Threshold: 20},
		rate("doorbuster", 71_000, 69_400, 74_900, 70_100, 72_300), rate("call, pool 8", 3_551, 3_402, 3_610, 3_498, nan))
	r3 := Ratio(Figure{
		ID: "R3", What: "durable orders | empty handler", Server: "mariadb", Threshold: 0.45,
		Note: "the server's own processor time:\nno core is left",
	},
		rate("every feature on", 34_610, 33_900, 35_020, 34_400, 34_800), rate("empty handler", 77_000, 76_800, 78_100, 76_400, 77_500))
	r11 := Ratio(Figure{ID: "R11", What: "2 shards / 1", Server: "mariadb", Note: "the default stays 1"}, rate("", 60_000), rate("", 64_000))
	other := Figure{ID: "R2", What: "ceiling", Server: "mysql", Median: 5.5, Min: 5.1, Max: 6, Threshold: 5, OK: true, Unit: "x"}
	return Report{
		When:    time.Date(2026, 3, 4, 15, 6, 7, 0, time.FixedZone("", 3600)),
		Command: "go run ./bench --server mariadb --rounds 5",
		Machine: Machine{
			CPU: "Example 3000", Cores: 4, Procs: 2, Memory: 8 << 30, OS: "linux", Arch: "amd64", Kernel: "6.1.0", FileSystem: "ext4", Go: "go1.26.0",
			FsyncP50: 8 * time.Microsecond, FsyncP99: 1234 * time.Microsecond, Fsyncs: 12_345,
		},
		Settings: map[string][]Setting{"mariadb": {{"version", "10.11.6"}, {"sync_binlog", "1"}}, "mysql": {{"version", "9.7.0"}}},
		Figures:  []Figure{r11, other, r3, r1},
		Charts:   []Chart{{File: "designs.svg", Alt: "orders a second [by design]"}},
		Breakdown: map[string][]Step{"mariadb": {
			{"in line for the batch", 2300 * time.Microsecond, 2100 * time.Microsecond, 4 * time.Millisecond, 0.62},
			{"`CALL`", 1410 * time.Microsecond, 412 * time.Microsecond, 1200 * time.Millisecond, 0.38},
			{"what the client saw", 4 * time.Millisecond, 3500 * time.Microsecond, 1200 * time.Millisecond, 0},
		}},
		Series:  []Series{designs()},
		Caveats: []string{"One machine, <two> cores."},
	}
}

func designs() Series {
	return Series{
		ID: "designs", What: "one hot item, called from Go", Server: "mariadb", Unit: "orders/s", Columns: []string{"rate", "p99_ms"},
		Rounds: []Sample{
			{1, "doorbuster", "shards 1", map[string]float64{"rate": 71_000, "p99_ms": 4.6}, ""},
			{1, "call", "pool 8", map[string]float64{"rate": 3_551, "p99_ms": 109}, ""},
			{1, "call", "pool 32", map[string]float64{"rate": 2_900}, ""},
			{1, "oversells", "", map[string]float64{"rate": 99_000}, "stock <> units, \"5\" sold\ntwice, | and more"},
			{2, "doorbuster", "shards 1", map[string]float64{"rate": 69_400, "p99_ms": 5}, ""},
			{2, "call", "pool 8", map[string]float64{"rate": 3_402, "p99_ms": 121.5}, ""},
			{2, "call", "pool 32", map[string]float64{"rate": 9_999}, "2 orders are missing"},
			{2, "oversells", "", nil, "again"},
		},
	}
}

func TestSummary(t *testing.T) {
	t.Parallel()
	values := []float64{5, math.NaN(), 1, 3, math.Inf(1)}
	for _, c := range []struct {
		in   []float64
		want [3]float64
	}{
		{nil, [3]float64{}},
		{[]float64{7}, [3]float64{7, 7, 7}},
		{values, [3]float64{3, 1, 5}},
		{[]float64{4, 1, 3, 2}, [3]float64{2.5, 1, 4}},
	} {
		m, lo, hi := Summary(c.in)
		if got := [3]float64{m, lo, hi}; got != c.want {
			t.Errorf("Summary(%v) = %v, want %v", c.in, got, c.want)
		}
	}
	if values[0] != 5 {
		t.Error("the caller's values were sorted")
	}
}

func TestRatioIsTakenWithinARound(t *testing.T) {
	t.Parallel()
	f := Ratio(Figure{ID: "R2", Threshold: 2},
		Rounds{"a", "/s", []float64{20, 400, 90, 50}}, Rounds{"b", "/s", []float64{10, 100, math.NaN(), 0}})
	want := Figure{
		ID: "R2", Threshold: 2, Median: 3, Min: 2, Max: 4, OK: true, Rounds: 2,
		Top: Rate{"a", "/s", 210, 20, 400}, Base: Rate{"b", "/s", 55, 10, 100},
	}
	if diff := cmp.Diff(want, f); diff != "" {
		t.Error(diff)
	}
	if f := Ratio(Figure{Threshold: 0}, Rounds{}, Rounds{}); f.OK || f.Note == "" {
		t.Errorf("nothing was compared: %+v", f)
	}
	if f := Ratio(Figure{Threshold: 2}, Rounds{Values: []float64{1}}, Rounds{Values: []float64{1}}); f.OK {
		t.Errorf("1 is below 2: %+v", f)
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	if err := Check(sample().Figures); err != nil {
		t.Errorf("nothing is wrong with the sample: %v", err)
	}
	err := Check([]Figure{
		{ID: "R1", Note: " "},
		{ID: "R2", OK: true, Threshold: 2, Median: 1.9},
		{ID: "R3", OK: true, Median: math.NaN()},
		{ID: "R4", Note: "the disk"},
		{ID: "R5", OK: true, Threshold: 2, Median: 2},
	})
	if !errors.Is(err, ErrDishonest) {
		t.Fatalf("got %v", err)
	}
	for id, want := range map[string]bool{"R1 ": true, "R2 ": true, "R3 ": true, "R4 ": false, "R5 ": false} {
		if strings.Contains(err.Error(), id) != want {
			t.Errorf("%snamed: want %v, in %v", id, want, err)
		}
	}
}

func TestNumbers(t *testing.T) {
	t.Parallel()
	for v, want := range map[float64]string{
		0: "0", 0.0042: "0.0042", 0.447: "0.447", 0.9999: "1.00", 9.99: "9.99", 9.999: "10.0", 20.04: "20.0", 99.96: "100", 3551.4: "3,551", 1234567: "1,234,567", -1234: "-1,234",
	} {
		if got := number(v); got != want {
			t.Errorf("number(%v) = %s, want %s", v, got, want)
		}
	}
	miss := Figure{Median: 0.4496, Threshold: 0.45}
	if got := miss.median(); got != "0.4496" {
		t.Errorf("a narrow miss reads %s", got)
	}
	if compareIDs("R2", "R10") >= 0 || compareIDs("R1", "R1b") >= 0 || compareIDs("R10", "R2b") <= 0 || compareIDs("x", "R1") <= 0 {
		t.Error("R1, R1b, R2, R10 is the order")
	}
}
