package ui

import (
	"context"
	"testing"
	"time"
)

func TestTimes(t *testing.T) {
	at := time.Date(2025, 11, 21, 2, 0, 7, 400_000_000, time.UTC)
	en, zh := With(context.Background(), En), With(context.Background(), Zh)
	for _, c := range []struct {
		zone   string
		en, zh string
	}{
		{"Asia/Shanghai", "Fri 21 Nov 2025, 10:00:07 Shanghai", "2025年11月21日 周五 上海时间 10:00:07"},
		{"Europe/Berlin", "Fri 21 Nov 2025, 03:00:07 Berlin", "2025年11月21日 周五 柏林时间 03:00:07"},
		{"America/New_York", "Thu 20 Nov 2025, 21:00:07 New York", "2025年11月20日 周四 纽约时间 21:00:07"},
		{"America/Argentina/Ushuaia", "Thu 20 Nov 2025, 23:00:07 Ushuaia", "2025年11月20日 周四 UTC-3 23:00:07"},
		{"Asia/Kathmandu", "Fri 21 Nov 2025, 07:45:07 Kathmandu", "2025年11月21日 周五 UTC+5:45 07:45:07"},
		{"Etc/GMT-8", "Fri 21 Nov 2025, 10:00:07 UTC+8", "2025年11月21日 周五 UTC+8 10:00:07"},
		{"UTC", "Fri 21 Nov 2025, 02:00:07 UTC", "2025年11月21日 周五 UTC 02:00:07"},
		{"", "Fri 21 Nov 2025, 02:00:07 UTC", "2025年11月21日 周五 UTC 02:00:07"},
		{"Local", "Fri 21 Nov 2025, 02:00:07 UTC", "2025年11月21日 周五 UTC 02:00:07"},
		{"../etc/passwd", "Fri 21 Nov 2025, 02:00:07 UTC", "2025年11月21日 周五 UTC 02:00:07"},
		{"Mars/Olympus", "Fri 21 Nov 2025, 02:00:07 UTC", "2025年11月21日 周五 UTC 02:00:07"},
	} {
		if got := MomentSecond(en, at, c.zone); got != c.en {
			t.Errorf("%s in English: %q, want %q", c.zone, got, c.en)
		}
		if got := MomentSecond(zh, at, c.zone); got != c.zh {
			t.Errorf("%s in Chinese: %q, want %q", c.zone, got, c.zh)
		}
	}
}

func TestChinesePlacesExist(t *testing.T) {
	for zone := range places {
		if _, err := time.LoadLocation(zone); err != nil {
			t.Error(err)
		}
	}
}

func TestMachineTimes(t *testing.T) {
	at := time.Date(2025, 11, 21, 10, 0, 7, 400_000_000, time.FixedZone("", 8*3600))
	if got := Machine(at); got != "2025-11-21T02:00:07Z" {
		t.Error(got)
	}
	if got := Millis(at); got != "1763690407400" {
		t.Error(got)
	}
	if got := Millis(time.Time{}); got != "0" {
		t.Error(got)
	}
}
