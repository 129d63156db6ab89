package admin

import (
	"strings"
	"testing"
	"time"
)

// A time that a clock shows once is that instant; one that it shows twice or never is refused, with both meanings to choose from.
func TestReadLocal(t *testing.T) {
	for _, c := range []struct{ zone, text, want string }{
		{"UTC", "2026-03-29T02:30", "2026-03-29T02:30:00Z"},
		{"Asia/Shanghai", "2026-03-29T02:30", "2026-03-28T18:30:00Z"},
		{"Asia/Shanghai", "2026-11-27T10:00:30", "2026-11-27T02:00:30Z"},
		// An hour forward, an hour back; the edges are plain times.
		{"Europe/Berlin", "2026-03-29T01:59", "2026-03-29T00:59:00Z"},
		{"Europe/Berlin", "2026-03-29T02:00", "time_gap 2026-03-29T00:00:00Z 2026-03-29T01:00:00Z"},
		{"Europe/Berlin", "2026-03-29T02:59", "time_gap 2026-03-29T00:59:00Z 2026-03-29T01:59:00Z"},
		{"Europe/Berlin", "2026-03-29T03:00", "2026-03-29T01:00:00Z"},
		{"Europe/Berlin", "2026-10-25T01:59", "2026-10-24T23:59:00Z"},
		{"Europe/Berlin", "2026-10-25T02:00", "time_twice 2026-10-25T00:00:00Z 2026-10-25T01:00:00Z"},
		{"Europe/Berlin", "2026-10-25T02:59", "time_twice 2026-10-25T00:59:00Z 2026-10-25T01:59:00Z"},
		{"Europe/Berlin", "2026-10-25T03:00", "2026-10-25T02:00:00Z"},
		{"America/New_York", "2026-03-08T02:30", "time_gap 2026-03-08T06:30:00Z 2026-03-08T07:30:00Z"},
		{"America/New_York", "2026-11-01T01:30", "time_twice 2026-11-01T05:30:00Z 2026-11-01T06:30:00Z"},
		// Half an hour.
		{"Australia/Lord_Howe", "2026-10-04T02:15", "time_gap 2026-10-03T15:15:00Z 2026-10-03T15:45:00Z"},
		{"Australia/Lord_Howe", "2026-10-04T02:30", "2026-10-03T15:30:00Z"},
		{"Australia/Lord_Howe", "2026-04-05T01:45", "time_twice 2026-04-04T14:45:00Z 2026-04-04T15:15:00Z"},
		{"Australia/Lord_Howe", "2026-04-05T02:00", "2026-04-04T15:30:00Z"},
		// At midnight: the first hour of a day is not there, the last one of a day comes twice.
		{"Africa/Cairo", "2026-04-24T00:00", "time_gap 2026-04-23T21:00:00Z 2026-04-23T22:00:00Z"},
		{"Africa/Cairo", "2026-04-24T01:00", "2026-04-23T22:00:00Z"},
		{"Africa/Cairo", "2026-10-29T23:30", "time_twice 2026-10-29T20:30:00Z 2026-10-29T21:30:00Z"},
		{"America/Santiago", "2026-09-06T00:30", "time_gap 2026-09-06T03:30:00Z 2026-09-06T04:30:00Z"},
		{"America/Santiago", "2026-04-04T23:30", "time_twice 2026-04-05T02:30:00Z 2026-04-05T03:30:00Z"},
		// A day that never was.
		{"Pacific/Apia", "2011-12-30T12:00", "time_gap 2011-12-29T22:00:00Z 2011-12-30T22:00:00Z"},
		{"Pacific/Kiritimati", "2026-01-01T00:00", "2025-12-31T10:00:00Z"},
		{"UTC", "", "time_bad"},
		{"UTC", "2026-02-29T10:00", "time_bad"},
		{"UTC", "2026-03-29 10:00", "time_bad"},
		{"UTC", "1999-12-31T23:59", "time_bad"},
		{"UTC", "2101-01-01T00:00", "time_bad"},
		{"UTC", "20260-01-01T00:00", "time_bad"},
	} {
		zone, ok := zoneOf(c.zone)
		if !ok {
			t.Fatal(c.zone)
		}
		at, choices, code := readLocal(c.text, "", zone)
		got := code
		if code == "" {
			got = at.UTC().Format(time.RFC3339)
		}
		for _, one := range choices {
			got += " " + one.At.UTC().Format(time.RFC3339)
		}
		if got != c.want {
			t.Errorf("%s %s: %s, want %s", c.zone, c.text, got, c.want)
		}
		for _, one := range choices { // either can be chosen, and stays chosen
			again, _, code := readLocal(c.text, one.Value, zone)
			if code != "" || !again.Equal(one.At) {
				t.Errorf("%s %s: chosen %s is %s %s", c.zone, c.text, one.Value, again, code)
			}
			if code := strings.HasPrefix(c.want, "time_twice"); code && localText(one.At, zone) != c.text {
				t.Errorf("%s %s is shown as %s", c.zone, c.text, localText(one.At, zone))
			}
		}
		if _, _, code := readLocal(c.text, "12345", zone); strings.HasPrefix(c.want, "time_") && !strings.HasPrefix(c.want, code) {
			t.Errorf("%s %s: a choice that was not offered is taken", c.zone, c.text)
		}
	}
}

// What a field shows of an instant is read as the same instant, or as a time with two meanings of which it is one.
func TestLocalTimesComeBack(t *testing.T) {
	for _, name := range zones {
		zone, ok := zoneOf(name)
		if !ok {
			t.Fatalf("%s is suggested and is no zone", name)
		}
		for at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC); at.Year() == 2026; at = at.Add(29 * time.Minute) {
			got, choices, code := readLocal(localText(at, zone), "", zone)
			if (code == "" && !got.Equal(at)) || (code != "" && len(choices) != 2) || (code != "" && !choices[0].At.Equal(at) && !choices[1].At.Equal(at)) {
				t.Fatalf("%s: %s comes back as %s, %s, %v", name, at, got, code, choices)
			}
		}
	}
}

// The clock changes of a sale are those between its opening and its end, neither included.
func TestClockChanges(t *testing.T) {
	for _, c := range []struct {
		zone, from, to string
		want           []time.Duration
	}{
		{"Europe/Berlin", "2026-03-28T10:00:00Z", "2026-03-30T10:00:00Z", []time.Duration{time.Hour}},
		{"Europe/Berlin", "2026-10-24T10:00:00Z", "2026-10-26T10:00:00Z", []time.Duration{-time.Hour}},
		{"Europe/Berlin", "2026-03-29T01:00:00Z", "2026-03-30T10:00:00Z", nil},
		{"Europe/Berlin", "2026-03-28T01:00:00Z", "2026-03-29T01:00:00Z", nil},
		{"Europe/Berlin", "2026-03-28T01:00:00Z", "2026-12-29T01:00:00Z", []time.Duration{time.Hour, -time.Hour}},
		{"Australia/Lord_Howe", "2026-04-04T10:00:00Z", "2026-04-05T10:00:00Z", []time.Duration{-30 * time.Minute}},
		{"Africa/Cairo", "2026-04-23T10:00:00Z", "2026-04-24T10:00:00Z", []time.Duration{time.Hour}},
		{"Asia/Shanghai", "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z", nil},
		{"UTC", "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z", nil},
	} {
		zone, _ := zoneOf(c.zone)
		from, _ := time.Parse(time.RFC3339, c.from)
		to, _ := time.Parse(time.RFC3339, c.to)
		var got []time.Duration
		for _, change := range clockChanges(from, to, zone) {
			got = append(got, change.Forward)
		}
		if len(got) != len(c.want) || (len(got) > 0 && got[0] != c.want[0]) || (len(got) > 1 && got[1] != c.want[1]) {
			t.Errorf("%s %s %s: %v, want %v", c.zone, c.from, c.to, got, c.want)
		}
	}
}

func TestZoneOf(t *testing.T) {
	for name, want := range map[string]bool{
		"UTC": true, "Asia/Shanghai": true, "America/Argentina/Buenos_Aires": true, "": false, "Local": false, "Mars/Olympus": false, "../etc/passwd": false, "Europe/": false,
		strings.Repeat("x", 65): false,
	} {
		if _, ok := zoneOf(name); ok != want {
			t.Errorf("%q: %t", name, ok)
		}
	}
}

// A duplicate is offered on the same day of the week at the same time of the clock, and never in the past.
func TestWeeksLater(t *testing.T) {
	berlin, _ := zoneOf("Europe/Berlin")
	at := time.Date(2026, 10, 23, 10, 0, 0, 0, berlin)
	for _, c := range []struct{ now, want string }{
		{"2026-10-01T00:00:00Z", "2026-10-30T10:00"}, {"2026-10-30T08:59:00Z", "2026-10-30T10:00"}, {"2026-10-30T09:00:00Z", "2026-11-06T10:00"}, {"2027-03-01T00:00:00Z", "2027-03-05T10:00"},
	} {
		now, _ := time.Parse(time.RFC3339, c.now)
		if got := localText(weeksLater(at, now), berlin); got != c.want {
			t.Errorf("at %s: %s, want %s", c.now, got, c.want)
		}
	}
}
