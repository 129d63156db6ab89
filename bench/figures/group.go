package figures

import (
	"maps"
	"slices"
)

// group is all rounds of one design with one choice of settings.
type group struct {
	design, settings string
	runs, failed     int
	audit            string // the first thing that an audit found
	values           map[string][]float64
}

// grouped collects a series in the order in which the designs first ran. A run that failed its audit gives no value.
func grouped(s Series) []*group {
	type key struct{ design, settings string }
	var out []*group
	known := map[key]*group{}
	for _, sample := range s.Rounds {
		k := key{sample.Design, sample.Settings}
		g := known[k]
		if g == nil {
			g = &group{design: sample.Design, settings: sample.Settings, values: map[string][]float64{}}
			known[k] = g
			out = append(out, g)
		}
		g.runs++
		if sample.Audit != "" {
			g.failed++
			if g.audit == "" {
				g.audit = sample.Audit
			}
			continue
		}
		for name, v := range sample.Values {
			if finite(v) {
				g.values[name] = append(g.values[name], v)
			}
		}
	}
	return out
}

// columns are the measures of a series: in the order asked for, otherwise by name.
func columns(s Series) []string {
	if len(s.Columns) > 0 {
		return s.Columns
	}
	all := map[string]bool{}
	for _, sample := range s.Rounds {
		for name := range sample.Values {
			all[name] = true
		}
	}
	return slices.Sorted(maps.Keys(all))
}
