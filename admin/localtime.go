package admin

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"doorbuster/admin/page"
)

// localLayouts are how browsers send a date and time; the second only where there are seconds.
var localLayouts = []string{"2006-01-02T15:04", "2006-01-02T15:04:05"}

// zoneOf takes an IANA name of a zone.
func zoneOf(name string) (*time.Location, bool) {
	if name == "" || name == "Local" || len(name) > 64 {
		return nil, false
	}
	zone, err := time.LoadLocation(name)
	return zone, err == nil
}

// localText is an instant as a field for date and time holds it.
func localText(t time.Time, zone *time.Location) string {
	local := t.In(zone)
	if local.Second() != 0 {
		return local.Format(localLayouts[1])
	}
	return local.Format(localLayouts[0])
}

// meanings are the instants at which the clocks of a zone show a time, in order: one nearly always, two when the clocks go back over it. When they
// go forward over it there is none; then exists is false, and the two are what the time means by the clocks before and after.
func meanings(wall time.Time, zone *time.Location) (at []time.Time, exists bool) {
	const window = 36 * time.Hour // further than any two zones are apart
	type stretch struct {
		offset time.Duration
		until  time.Time // zero: for ever
	}
	var stretches []stretch
	for t := wall.Add(-window).In(zone); ; {
		_, seconds := t.Zone()
		_, end := t.ZoneBounds()
		stretches = append(stretches, stretch{time.Duration(seconds) * time.Second, end})
		if end.IsZero() || end.After(wall.Add(window)) {
			break
		}
		t = end
	}
	var from time.Time
	for _, s := range stretches {
		u := wall.Add(-s.offset)
		if (from.IsZero() || !u.Before(from)) && (s.until.IsZero() || u.Before(s.until)) {
			at = append(at, u)
		}
		from = s.until
	}
	if len(at) > 0 {
		return at, true
	}
	for i := 1; i < len(stretches); i++ {
		before, after := wall.Add(-stretches[i-1].offset), wall.Add(-stretches[i].offset)
		if turn := stretches[i-1].until; !before.Before(turn) && after.Before(turn) {
			return []time.Time{after, before}, false
		}
	}
	return nil, false
}

// readLocal reads a time of a zone as it was typed; chosen is the instant that was picked among its meanings, empty for none. What is not one instant
// comes back with a code, and with the meanings to choose from.
func readLocal(text, chosen string, zone *time.Location) (t time.Time, choices []page.Choice, code string) {
	var wall time.Time
	err := error(nil)
	for _, layout := range localLayouts {
		if wall, err = time.Parse(layout, strings.TrimSpace(text)); err == nil {
			break
		}
	}
	if err != nil || wall.Year() < 2000 || wall.Year() > 2100 {
		return time.Time{}, nil, page.TimeBad
	}
	at, exists := meanings(wall, zone)
	if len(at) == 0 {
		return time.Time{}, nil, page.TimeBad
	}
	if exists && len(at) == 1 {
		return at[0], nil, ""
	}
	for _, one := range at {
		value := strconv.FormatInt(one.Unix(), 10)
		choices = append(choices, page.Choice{Value: value, At: one})
		if value == chosen {
			t = one
		}
	}
	switch {
	case !t.IsZero():
		return t, choices, ""
	case exists:
		return t, choices, page.TimeTwice
	default:
		return t, choices, page.TimeGap
	}
}

// clockChanges lists the changes of a zone's clocks between two instants, at most ten.
func clockChanges(from, to time.Time, zone *time.Location) (all []page.ClockChange) {
	for t := from.In(zone); len(all) < 10; {
		_, before := t.Zone()
		_, end := t.ZoneBounds()
		if end.IsZero() || !end.Before(to) {
			break
		}
		if _, after := end.Zone(); after != before { // else only the name changes
			all = append(all, page.ClockChange{At: end, Forward: time.Duration(after-before) * time.Second})
		}
		t = end
	}
	return all
}

// zones are suggestions; every other IANA name is taken too.
var zones = []string{
	"UTC", "Africa/Cairo", "Africa/Johannesburg", "Africa/Lagos", "Africa/Nairobi", "America/Argentina/Buenos_Aires", "America/Bogota", "America/Chicago",
	"America/Denver", "America/Los_Angeles", "America/Mexico_City", "America/New_York", "America/Phoenix", "America/Santiago", "America/Sao_Paulo",
	"America/Toronto", "America/Vancouver", "Asia/Bangkok", "Asia/Dubai", "Asia/Ho_Chi_Minh", "Asia/Hong_Kong", "Asia/Jakarta", "Asia/Jerusalem",
	"Asia/Karachi", "Asia/Kolkata", "Asia/Kuala_Lumpur", "Asia/Manila", "Asia/Riyadh", "Asia/Seoul", "Asia/Shanghai", "Asia/Singapore", "Asia/Taipei",
	"Asia/Tokyo", "Australia/Brisbane", "Australia/Melbourne", "Australia/Perth", "Australia/Sydney", "Europe/Amsterdam", "Europe/Athens",
	"Europe/Berlin", "Europe/Dublin", "Europe/Istanbul", "Europe/Lisbon", "Europe/London", "Europe/Madrid", "Europe/Moscow", "Europe/Paris", "Europe/Rome",
	"Europe/Stockholm", "Europe/Vienna", "Europe/Warsaw", "Europe/Zurich", "Pacific/Auckland",
}

// previewZones are those in which the schedule shows both instants, the sale's own first.
func previewZones(own string) []string {
	others := []string{"UTC", "Asia/Shanghai", "Asia/Tokyo", "Europe/Berlin", "Europe/London", "America/New_York", "America/Los_Angeles", "Australia/Sydney"}
	return append([]string{own}, slices.DeleteFunc(others, func(zone string) bool { return zone == own })...)
}
