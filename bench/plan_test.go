package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"doorbuster/bench/design"
	"doorbuster/bench/figures"
)

// Over as many rounds as there are systems, each has run once in every place.
func TestRotation(t *testing.T) {
	t.Parallel()
	const n = 5
	places := map[[2]int]int{}
	for round := range n {
		order := rotated(n, round)
		for place, i := range order {
			places[[2]int{i, place}]++
		}
		if sorted := slices.Sorted(slices.Values(order)); !slices.Equal(sorted, []int{0, 1, 2, 3, 4}) {
			t.Errorf("round %d: %v", round, order)
		}
	}
	if len(places) != n*n {
		t.Errorf("only %d of %d places were taken", len(places), n*n)
	}
}

func TestSelects(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		beginning, id string
		want          bool
	}{
		{"R1", "R1a", true}, {"R1", "R1", true}, {"R1", "R10", false}, {"R10", "R10", true}, {"R1a", "R1", false}, {"R", "R1", false}, {"S6", "S6-50", true},
	} {
		if got := selects(c.beginning, c.id); got != c.want {
			t.Errorf("%s means %s: %t", c.beginning, c.id, got)
		}
	}
}

func names(s stage) (out []string) {
	for _, y := range s.systems {
		out = append(out, y.name)
	}
	return out
}

// What is chosen takes its systems with it, and the control stays.
func TestChosen(t *testing.T) {
	t.Parallel()
	some := chosen(stages(), cli{Only: []string{"R2", "R3"}, Short: true})
	var got []string
	for _, s := range some {
		got = append(got, fmt.Sprint(s.id, " ", names(s), " ", s.ids()))
	}
	want := []string{"store [doorbuster insert oversells] [R2]", "http [orders empty bare] [R3 R3f]"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	for _, s := range chosen(stages(), cli{Short: true}) {
		for _, y := range s.systems {
			if s.full || y.full {
				t.Errorf("a short run has %s %s", s.id, y.name)
			}
		}
	}
}

// Every figure is made of systems and measures that are there; every threshold of the table of targets is there, with its number.
func TestEveryThreshold(t *testing.T) {
	t.Parallel()
	thresholds := map[string]float64{
		"R1a": 20, "R1b": 12, "R1c": 40, "R2": 5, "R3": 0.45, "R4": 1.3, "R5": 0.85, "R6": 0.80, "R7": 0.90, "R8": 0.80, "R9": 0.85, "R10": 0.95, "R12": 0.80,
	}
	ids := map[string]bool{}
	for _, short := range []bool{true, false} {
		found := map[string]float64{}
		for _, s := range chosen(stages(), cli{Short: short}) {
			for _, r := range s.ratios {
				found[r.id] = r.threshold
				for _, y := range []side{r.top, r.base} {
					if y.system != "" && !slices.Contains(names(s), y.system) {
						t.Errorf("%s needs %s, which is not in %s", r.id, y.system, s.id)
					}
				}
				if !short && r.bound != "" && !slices.Contains(s.ids(), r.bound) {
					t.Errorf("%s is bounded by %s, which is not in %s", r.id, r.bound, s.id)
				}
			}
			for _, id := range s.ids() {
				if !short && ids[id] {
					t.Errorf("two figures are called %s", id)
				}
				ids[id] = ids[id] || !short
			}
		}
		for id, want := range thresholds {
			if found[id] != want {
				t.Errorf("short %t: %s has threshold %g, want %g", short, id, found[id], want)
			}
		}
	}
	for _, id := range []string{"R11", "R4b", "R4p", "R1af", "R1bf", "R1cf", "R2f", "R3f", "R4f", "R5f", "R6f", "R8f", "R10f", "R12g", "R12p"} {
		if !ids[id] {
			t.Errorf("no %s", id)
		}
	}
}

// R4 is against a call per press, R4p against pipelines; both count what came to be in the database.
func TestRedisIsComparedTwice(t *testing.T) {
	t.Parallel()
	got := map[string]side{}
	for _, r := range httpStage().ratios {
		got[r.id] = r.base
	}
	for id, want := range map[string]side{
		"R4": {"redis_plain_off", durableRate}, "R4b": {"redis_plain_off", rate}, "R4p": {"redis_off", durableRate},
	} {
		if got[id] != want {
			t.Errorf("%s is against %v, want %v", id, got[id], want)
		}
	}
}

// fake is a system whose runs are given.
func fake(name string, control bool, samples ...figures.Sample) system {
	return system{name: name, control: control, run: func(_ context.Context, _ *bench, _ *shared, round int) (figures.Sample, error) {
		if samples[round].Values == nil {
			return samples[round], errors.New("could not run")
		}
		return samples[round], nil
	}}
}

func sample(perSecond float64, audit string) figures.Sample {
	return figures.Sample{Values: map[string]float64{rate: perSecond, "server_cores": 1, "database_cores": 0.9, "idle_cores": 0.1}, Audit: audit}
}

func quiet(roundCount int) *bench {
	b := &bench{server: "mariadb", out: io.Discard, began: time.Now(), sizes: sizes{rounds: roundCount}}
	b.machine.Cores = 2
	return b
}

// A round whose audit failed, or that could not run, has no figure; the others are compared within their round, and it is all said.
func TestFigureLeavesOutBrokenRuns(t *testing.T) {
	t.Parallel()
	b := quiet(4)
	s := stage{
		id: "fake",
		systems: []system{
			fake("top", false, sample(100, ""), sample(1000, "oversold"), sample(30, ""), sample(80, "")),
			fake("base", false, sample(50, ""), sample(10, ""), figures.Sample{}, sample(20, "")),
		},
		ratios: []ratio{ofRates("R1", "a / b", 5, "top", "base")},
	}
	var series figures.Series
	if err := b.rounds(t.Context(), s, &series, 4); err != nil {
		t.Fatal(err)
	}
	f := b.figure(s.ratios[0], &series, 4)
	if f.Rounds != 2 || f.Median != 3 || f.Min != 2 || f.Max != 4 || f.OK {
		t.Errorf("%+v", f)
	}
	if want := "in top an answer takes 12500.0 µs of the Go server, 11250.0 of the database, 1250.0 in which"; !strings.Contains(f.Note, want) {
		t.Errorf("the note: %q", f.Note)
	}
	if err := figures.Check([]figures.Figure{f}); err != nil {
		t.Error(err)
	}
	err := b.verdict()
	if !errors.Is(err, errFailed) || !strings.Contains(err.Error(), "oversold") || !strings.Contains(err.Error(), "could not run") {
		t.Errorf("the verdict: %v", err)
	}
	order := ""
	for _, r := range series.Rounds {
		order += fmt.Sprint(r.Round, r.Design, " ")
	}
	if want := "1top 1base 2base 2top 3top 3base 4base 4top "; order != want {
		t.Errorf("the order was %s, want %s", order, want)
	}
}

// A miss says how far the same gets without the product's features; what was reached, or has no such figure, says nothing.
func TestBounds(t *testing.T) {
	t.Parallel()
	ratios := []ratio{
		ofRates("A", "", 0.8, "a", "b").bounded("Af"), ofRates("Af", "", 0, "f", "b"), ofRates("B", "", 0.5, "a", "b").bounded("Af"),
		ofRates("C", "", 0.8, "a", "b").bounded("Cf"), ofRates("Cf", "", 0, "f", "b"), ofRates("D", "", 0.8, "a", "b"),
		ofRates("E", "", 0.8, "a", "b").bounded("gone"), ofRates("F", "", 0.1, "a", "b").bounded("Af"),
	}
	all := []figures.Figure{
		{ID: "A", Note: "slow"},
		{ID: "Af", Median: 0.6, Rounds: 1},
		{ID: "B", Note: "slow"},
		{ID: "C", Note: "slow"},
		{ID: "Cf"},
		{ID: "D", Note: "slow"},
		{ID: "E", Note: "slow"},
		{ID: "F", OK: true},
	}
	addBounds(all, ratios)
	want := []string{
		"slow; Af, which has no feature of the product, reaches 0.6: so it would be missed without them too", "",
		"slow; Af, which has no feature of the product, reaches 0.6: so the features are what it takes to miss it", "slow", "", "slow", "slow", "",
	}
	for i, f := range all {
		if f.Note != want[i] {
			t.Errorf("%s: %q, want %q", f.ID, f.Note, want[i])
		}
	}
}

// The control must be caught each time, and is no failure when it is.
func TestControl(t *testing.T) {
	t.Parallel()
	b := quiet(2)
	s := stage{id: "fake", systems: []system{fake("oversells", true, sample(100, "oversold"), sample(100, ""))}}
	b.once(t.Context(), s, s.systems[0], nil, 0)
	if err := b.verdict(); err != nil {
		t.Errorf("caught, and yet: %v", err)
	}
	b.once(t.Context(), s, s.systems[0], nil, 1)
	if err := b.verdict(); !errors.Is(err, errFailed) || !strings.Contains(err.Error(), "the audit is worth nothing") {
		t.Errorf("not caught: %v", err)
	}
}

// A stage that cannot start is a failure; its figures say that there was no run.
func TestStageThatDoesNotStart(t *testing.T) {
	t.Parallel()
	b := quiet(2)
	s := stage{id: "fake", open: func(context.Context, *bench, *shared, []system) error { return errors.New("no disk") }}
	var series figures.Series
	if err := b.rounds(t.Context(), s, &series, 2); err != nil {
		t.Fatal(err)
	}
	f := b.figure(ofRates("R1", "a / b", 5, "top", "base"), &series, 2)
	shown := b.figure(asItIs("S1", "a", "ms", "top", "p99_ms"), &series, 2)
	if f.OK || shown.OK || figures.Check([]figures.Figure{f, shown}) != nil || !strings.Contains(b.verdict().Error(), "no disk") {
		t.Errorf("%+v, %+v, %v", f, shown, b.verdict())
	}
}

func TestSearch(t *testing.T) {
	t.Parallel()
	d := design.Design{Pools: []int{8, 4, 32}, Shards: []int{16, 2, 4}}
	speed := map[design.Settings]float64{
		{Pool: 8, Shards: 16}: 10, {Pool: 4, Shards: 16}: 5, {Pool: 32, Shards: 16}: 12, {Pool: 32, Shards: 2}: 11, {Pool: 32, Shards: 4}: 13,
	}
	tries := 0
	try := func(_ context.Context, s design.Settings) (float64, error) {
		tries++
		v, known := speed[s]
		if !known {
			t.Errorf("%+v was tried", s)
		}
		return v, nil
	}
	if best, err := search(t.Context(), d, try); err != nil || best != (design.Settings{Pool: 32, Shards: 4}) || tries != len(speed) {
		t.Errorf("best %+v after %d tries, %v", best, tries, err)
	}
	even := func(context.Context, design.Settings) (float64, error) { return 1, nil }
	if best, _ := search(t.Context(), d, even); best != (design.Settings{Pool: 8, Shards: 16}) {
		t.Errorf("a tie goes to %+v", best)
	}
	never := func(context.Context, design.Settings) (float64, error) {
		t.Error("there is nothing to try")
		return 0, nil
	}
	if best, _ := search(t.Context(), design.Design{Pools: []int{1}}, never); best != (design.Settings{Pool: 1}) {
		t.Errorf("one choice: %+v", best)
	}
	broken := errors.New("broken")
	if _, err := search(t.Context(), d, func(context.Context, design.Settings) (float64, error) { return 0, broken }); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
}

// The settings with the greatest measure that was asked for are kept, and looked for once. A try that failed its audit is not the best.
func TestFind(t *testing.T) {
	t.Parallel()
	b := quiet(1)
	b.best = map[string]design.Settings{}
	tries := 0
	run := func(_ context.Context, _ string, s design.Settings) (figures.Sample, error) {
		tries++
		out := sample(1000-float64(s.Pool), "")
		out.Values[durableRate] = float64(s.Pool)
		if s.Pool > 100 {
			out.Audit = "oversold"
		}
		return out, nil
	}
	for range 2 {
		if err := b.findBy(t.Context(), durableRate, run, "redis_plain_off"); err != nil {
			t.Fatal(err)
		}
	}
	if d, _ := design.ByID("redis_plain_off"); b.best[d.ID] != (design.Settings{Pool: 64}) || tries != len(d.Pools) {
		t.Errorf("best %+v after %d tries", b.best[d.ID], tries)
	}
	if err := b.verdict(); !errors.Is(err, errFailed) {
		t.Errorf("a try failed its audit, and yet: %v", err)
	}
}

// By Zipf's law the first item is wanted twice as often as the second and ten times as often as the tenth.
func TestZipf(t *testing.T) {
	t.Parallel()
	items := make([]uint64, 100)
	for i := range items {
		items[i] = uint64(i + 1)
	}
	counts := map[uint64]float64{}
	for _, item := range zipf(items, 200_000) {
		counts[item]++
	}
	for k, want := range map[uint64]float64{2: 2, 10: 10, 100: 100} {
		if got := counts[1] / counts[k]; got < want*0.85 || got > want*1.15 {
			t.Errorf("item 1 is wanted %.1f times as often as item %d, want %.0f", got, k, want)
		}
	}
}

// Three of ten presses repeat one that came before, all others are new and in order.
func TestRepeated(t *testing.T) {
	t.Parallel()
	seen := map[int]bool{}
	again, next := 0, 0
	const presses = 10_000
	for n := range presses {
		who := repeated(n)
		if seen[who] {
			again++
			continue
		}
		if who != next {
			t.Fatalf("press %d is of shopper %d, want %d", n, who, next)
		}
		seen[who] = true
		next++
	}
	if again != presses*3/10 {
		t.Errorf("%d of %d are repeated", again, presses)
	}
}

// The default passes when it is the best, or when its rounds and those of the best overlap.
func TestJudgeShards(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		one, two []float64 // rates by round; two is the default's
		want     bool
	}{
		{[]float64{10, 11}, []float64{12, 13}, true},
		{[]float64{10, 12}, []float64{9, 11}, true},
		{[]float64{10, 12}, []float64{8, 9}, false},
	} {
		var series figures.Series
		own := judgedDefault()
		for round := range c.one {
			for name, v := range map[string]float64{own: c.two[round], otherThan(own): c.one[round]} {
				s := sample(v, "")
				s.Round, s.Design = round+1, name
				series.Rounds = append(series.Rounds, s)
			}
		}
		f := judgeShards(quiet(2), &series)[0]
		if f.OK != c.want || figures.Check([]figures.Figure{f}) != nil {
			t.Errorf("%v against the default's %v: %+v", c.one, c.two, f)
		}
	}
}

func otherThan(name string) string {
	if other := shardsName(1); other != name {
		return other
	}
	return shardsName(2)
}
