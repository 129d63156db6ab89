package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"doorbuster/bench/figures"
)

// busy is the share of the machine's cores from which on it counts as used up: the rest is what the kernel, the clock and what else runs
// take, and moments in which everybody waits for the disk.
const busyShare = 0.85

// limit says why a ratio may not have got further, from what was measured: who used the processor, and what the database did. It is
// a first account; whoever knows more writes it into docs/decisions.
func (b *bench) limit(series *figures.Series, r ratio) string {
	top := b.usage(series, r.top)
	if len(top) == 0 {
		return "no account of the processor was kept"
	}
	text := "in " + r.top.system + " " + describe(top)
	cores := float64(max(1, b.machine.Procs))
	sum := 0.0
	for _, u := range top {
		sum += u.cores
	}
	largest := top[0]
	if sum >= busyShare*cores {
		text += fmt.Sprintf(" of %.0f: no core is left, and %s takes the most", cores, largest.who)
	} else {
		text += fmt.Sprintf(" of %.0f: %.2f cores are idle, so what is waited for is a lock, the disk or a commit", cores, max(0, cores-sum))
	}
	if batch := median(series, side{r.top.system, "orders_per_commit"}); batch > 0 {
		text += fmt.Sprintf("; %.0f orders in a commit", batch)
	}
	if base := b.usage(series, r.base); len(base) > 0 && r.base.system != "" {
		text += "; in " + r.base.system + " " + describe(base)
	}
	return text
}

type used struct {
	who   string
	cores float64
}

// usage is how many cores each part used in the median round, the largest first.
func (b *bench) usage(series *figures.Series, s side) []used {
	var out []used
	for measure, who := range map[string]string{
		"server_cores": "the Go server", "database_cores": "the database", "generator_cores": "the load generator",
		"process_cores": "the process with clients and design", "redis_cores": "Redis",
	} {
		if v := median(series, side{s.system, measure}); v > 0 {
			out = append(out, used{who, v})
		}
	}
	slices.SortFunc(out, func(a, b used) int { return cmp.Or(cmp.Compare(b.cores, a.cores), cmp.Compare(a.who, b.who)) })
	return out
}

func describe(all []used) string {
	parts := make([]string, len(all))
	for i, u := range all {
		parts[i] = fmt.Sprintf("%s uses %.2f", u.who, u.cores)
	}
	return strings.Join(parts, ", ") + " cores"
}

func median(series *figures.Series, s side) float64 {
	m, _, _ := figures.Summary(values(series, s, rounds(series)))
	return m
}
