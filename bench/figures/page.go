package figures

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"
)

const (
	reportFolder   = "../bench/report/"    // as docs/benchmarks.md sees it
	fewRounds      = 5                     // fewer rounds than this prove little
	doubtfulFsync  = 10 * time.Microsecond // no disk writes as fast
	noSuch         = "unknown"
	bytesPerGB     = 1 << 30
	percent        = 100
	leftColumn     = ":--"
	rightColumn    = "--:"
	centeredColumn = ":-:"
)

// page collects Markdown; the first error of the writer ends it.
type page struct {
	w   io.Writer
	err error
}

func (p *page) line(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format+"\n", args...)
	}
}

// table writes a header, how its columns stand, and the rows.
func (p *page) table(header, align []string, rows [][]string) {
	write := func(cells []string) {
		p.line("| %s |", strings.Join(cells, " | "))
	}
	write(header)
	write(align)
	for _, row := range rows {
		safe := make([]string, len(row))
		for i, s := range row {
			safe[i] = cell(s)
		}
		write(safe)
	}
	p.line("")
}

// cell keeps a text in one cell: no line breaks, no bar, and no tag unless it stands in code.
func cell(s string) string {
	s = strings.ReplaceAll(strings.Join(strings.Fields(s), " "), "|", `\|`)
	if !strings.Contains(s, "`") {
		s = strings.ReplaceAll(s, "<", "&lt;")
	}
	return s
}

// Page writes docs/benchmarks.md. It returns the first error of w, and afterwards what [Check] says of the figures: the page is
// then complete, but not fit to be published.
func Page(w io.Writer, r Report) error {
	p := &page{w: w}
	p.opening(r)
	p.results(r)
	p.charts(r)
	p.breakdown(r)
	p.series(r)
	p.machine(r)
	p.caveats(r)
	if p.err != nil {
		return fmt.Errorf("figures: %w", p.err)
	}
	return Check(r.Figures)
}

func (p *page) opening(r Report) {
	p.line("# Benchmarks")
	p.line("")
	p.line("Written by the benchmark on %s; an edit by hand is lost with the next run. The load generator, the Go server and the database",
		r.When.UTC().Format("2 January 2006, 15:04 UTC"))
	p.line("ran on one machine and took its cores from each other, so the absolute rates belong to that machine. Ratios travel further: both")
	p.line("sides of each ran in turn, on the same server with the same settings. But they too depend on how long an fsync takes.")
	p.line("")
	p.line("Run it again:")
	p.line("")
	p.line("```sh")
	p.line("%s", r.Command)
	p.line("```")
	p.line("")
	p.line("It starts private servers, asks nothing of the ones you may have, and replaces this page and [its data](%s).", reportFolder)
	p.line("")
}

func (p *page) results(r Report) {
	p.line("## Results")
	p.line("")
	p.line("Each ratio is taken within a round; shown are the median of the rounds, the least and the greatest, and in brackets how many")
	p.line("rounds there were. The two rates are medians of their own, so their quotient can differ a little from the ratio. A run in which")
	p.line("the audit found anything wrong has no figure, however fast it was.")
	p.line("")
	byServer := map[string][]Figure{}
	for _, f := range ordered(r.Figures) {
		byServer[f.Server] = append(byServer[f.Server], f)
	}
	for _, server := range slices.Sorted(maps.Keys(byServer)) {
		earlier := len(r.Settings) > 0 && r.Settings[server] == nil // kept from results.json
		p.figures(server, byServer[server], earlier)
	}
}

func (p *page) figures(server string, all []Figure, earlier bool) {
	p.line("### %s", server)
	p.line("")
	p.line("%s", tally(all))
	p.line("")
	if earlier {
		p.line("These figures are of an earlier run: date, command, machine and settings on this page are not theirs.")
		p.line("")
	}
	var rows [][]string
	for _, f := range all {
		rows = append(rows, []string{
			f.ID, f.What, f.threshold(), f.median(), f.spread(), f.Top.named(), f.Base.named(), f.mark(),
		})
	}
	p.table([]string{"#", "what", "at least", "median", "min to max (rounds)", "rate", "compared with", ""},
		[]string{leftColumn, leftColumn, rightColumn, rightColumn, rightColumn, leftColumn, leftColumn, centeredColumn}, rows)
	notes := false
	for _, f := range all {
		switch {
		case !f.OK && f.Threshold > 0:
			p.line("- **%s missed**, %s instead of %s: %s", f.ID, f.median(), f.threshold(), cell(f.note()))
		case !f.OK:
			p.line("- **%s failed**: %s", f.ID, cell(f.note()))
		case f.Note != "":
			p.line("- %s: %s", f.ID, cell(f.Note))
		default:
			continue
		}
		notes = true
	}
	if notes {
		p.line("")
	}
}

// tally says how many thresholds were reached, and names the others.
func tally(all []Figure) string {
	with, reached := 0, 0
	var missed []string
	for _, f := range all {
		if f.Threshold > 0 {
			with++
			if f.OK {
				reached++
			}
		}
		if !f.OK {
			missed = append(missed, f.ID)
		}
	}
	s := fmt.Sprintf("%d of %d thresholds reached.", reached, with)
	if with == 0 {
		s = "No thresholds here, only measurements."
	}
	if len(missed) > 0 {
		s += " Not reached: " + strings.Join(missed, ", ") + "; the reasons are under the table."
	}
	return s
}

func (r *Rate) named() string {
	if r.What == "" {
		return r.text()
	}
	return fmt.Sprintf("%s (%s)", r.text(), r.What)
}

func (p *page) charts(r Report) {
	if len(r.Charts) == 0 {
		return
	}
	p.line("## Pictures")
	p.line("")
	for _, c := range r.Charts {
		alt := strings.NewReplacer("[", "(", "]", ")", "\n", " ").Replace(c.Alt)
		p.line("![%s](%s%s)", alt, reportFolder, c.File)
		p.line("")
	}
}

func (p *page) breakdown(r Report) {
	if len(r.Breakdown) == 0 {
		return
	}
	p.line("## Where the time of one purchase goes")
	p.line("")
	p.line("The means are exact and the shares are theirs. Median and p99 of the shop's own steps are read off the buckets of its metric, each")
	p.line("three times as wide as the one before, so they are about right; they do not add up. The empty handler was asked at the same rate. What")
	p.line("the client saw beyond the sum of the means is in none of the steps, such as waiting for a core that others use.")
	p.line("")
	for _, server := range slices.Sorted(maps.Keys(r.Breakdown)) {
		p.line("### %s, step by step", server)
		p.line("")
		var rows [][]string
		for _, s := range r.Breakdown[server] {
			share := ""
			if s.Share > 0 {
				share = number(s.Share*percent) + " %"
			}
			rows = append(rows, []string{s.Step, span(s.Mean), span(s.Median), span(s.P99), share})
		}
		p.table([]string{"step", "mean", "median", "p99", "share"},
			[]string{leftColumn, rightColumn, rightColumn, rightColumn, rightColumn}, rows)
	}
}
