package figures

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// series writes the table of each series: the median of the valid rounds, with the least and the greatest in brackets.
func (p *page) series(r Report) {
	if len(r.Series) == 0 {
		return
	}
	p.line("## Every series")
	p.line("")
	p.line("Medians of the rounds, in brackets the least and the greatest. The CSV files have each round.")
	p.line("")
	for _, s := range r.Series {
		title := cell(s.What)
		if s.Server != "" {
			title += ", " + s.Server
		}
		p.line("### %s: %s", s.ID, title)
		p.line("")
		if s.Unit != "" {
			p.line("In %s, where the column does not say otherwise.", s.Unit)
			p.line("")
		}
		p.rounds(s)
	}
}

func (p *page) rounds(s Series) {
	measures := columns(s)
	header := []string{"design", "settings", "runs"}
	align := []string{leftColumn, leftColumn, rightColumn}
	for _, m := range measures {
		header = append(header, cell(strings.ReplaceAll(m, "_", " ")))
		align = append(align, rightColumn)
	}
	var rows [][]string
	var broken []string
	for _, g := range grouped(s) {
		row := []string{g.design, g.settings, strconv.Itoa(g.runs)}
		for _, m := range measures {
			row = append(row, g.cell(m))
		}
		rows = append(rows, row)
		if g.failed > 0 {
			broken = append(broken, fmt.Sprintf("- %s: the audit failed %d of %d runs: %s",
				cell(strings.TrimSpace(g.design+" "+g.settings)), g.failed, g.runs, cell(g.audit)))
		}
	}
	p.table(header, align, rows)
	if len(broken) > 0 {
		p.line("%s", strings.Join(broken, "\n"))
		p.line("")
	}
}

// cell is one measure of a group.
func (g *group) cell(measure string) string {
	values := g.values[measure]
	switch {
	case len(values) == 0 && g.failed == g.runs:
		return "no figure"
	case len(values) == 0:
		return ""
	}
	median, least, greatest := Summary(values)
	if len(values) == 1 {
		return number(median)
	}
	return fmt.Sprintf("%s (%s to %s)", number(median), number(least), number(greatest))
}

func (p *page) machine(r Report) {
	m := r.Machine
	p.line("## Machine and settings")
	p.line("")
	known := func(s string) string {
		if s == "" {
			return noSuch
		}
		return s
	}
	cores := strconv.Itoa(m.Cores)
	if m.Procs > 0 && m.Procs != m.Cores {
		cores += fmt.Sprintf(", of which Go uses %d", m.Procs)
	}
	memory := noSuch
	if m.Memory > 0 {
		memory = decimals(float64(m.Memory)/bytesPerGB, 1) + " GiB"
	}
	fsync := noSuch
	if m.Fsyncs > 0 {
		fsync = fmt.Sprintf("p50 %s, p99 %s, of %s", span(m.FsyncP50), span(m.FsyncP99), whole(float64(m.Fsyncs)))
	}
	p.table([]string{"machine", ""}, []string{leftColumn, leftColumn}, [][]string{
		{"processor", known(m.CPU)},
		{"cores", cores},
		{"memory", memory},
		{"system", known(strings.TrimSpace(strings.Join([]string{m.OS, m.Arch, m.Kernel}, " ")))},
		{"file system of the databases", known(m.FileSystem)},
		{"writing 4 KB with fsync", fsync},
		{"Go", known(m.Go)},
	})
	for _, server := range slices.Sorted(maps.Keys(r.Settings)) {
		var rows [][]string
		for _, s := range r.Settings[server] {
			rows = append(rows, []string{s.Name, s.Value})
		}
		p.table([]string{cell(server), ""}, []string{leftColumn, leftColumn}, rows)
	}
}

// caveats writes the caller's, and those that the numbers themselves give away.
func (p *page) caveats(r Report) {
	all := slices.Clone(r.Caveats)
	if m := r.Machine; m.Fsyncs > 0 && m.FsyncP50 < doubtfulFsync {
		all = append(all, fmt.Sprintf("An fsync of %s is faster than a disk writes. The storage may not keep what it acknowledges, "+
			"and designs that commit for every order look better here than they are.", span(m.FsyncP50)))
	}
	var few []string
	for _, f := range ordered(r.Figures) {
		if f.Rounds > 0 && f.Rounds < fewRounds {
			few = append(few, f.ID+" on "+f.Server)
		}
	}
	if len(few) > 0 {
		all = append(all, fmt.Sprintf("Fewer than %d valid rounds: %s. Take these for a first impression.",
			fewRounds, strings.Join(few, ", ")))
	}
	if len(all) == 0 {
		return
	}
	p.line("## What to keep in mind")
	p.line("")
	for _, c := range all {
		p.line("- %s", cell(c))
	}
}
