package ui

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	// The zones are compiled in: a bare container has no zone files, and a sale whose
	// opening reads in the wrong zone is worse than a larger program.
	_ "time/tzdata"
)

// zones keeps what LoadLocation parsed. Only zones that exist are kept, so there are
// at most as many entries as the zone database has.
var zones sync.Map // string → *time.Location

// in gives a time in a zone; a zone that does not exist reads as UTC and is named so.
func in(t time.Time, zone string) (time.Time, string) {
	if zone == "" || zone == "Local" {
		zone = "UTC"
	}
	if known, ok := zones.Load(zone); ok {
		return t.In(known.(*time.Location)), zone
	}
	place, err := time.LoadLocation(zone)
	if err != nil {
		return t.UTC(), "UTC"
	}
	zones.Store(zone, place)
	return t.In(place), zone
}

// places are the Chinese names of the zones that sales are most likely to be held in.
var places = map[string]string{
	"Asia/Shanghai": "上海", "Asia/Hong_Kong": "香港", "Asia/Taipei": "台北", "Asia/Macau": "澳门",
	"Asia/Urumqi": "乌鲁木齐", "Asia/Tokyo": "东京", "Asia/Seoul": "首尔", "Asia/Singapore": "新加坡",
	"Asia/Kuala_Lumpur": "吉隆坡", "Asia/Bangkok": "曼谷", "Asia/Jakarta": "雅加达",
	"Asia/Manila": "马尼拉", "Asia/Ho_Chi_Minh": "胡志明市", "Asia/Kolkata": "加尔各答",
	"Asia/Dubai": "迪拜", "Europe/London": "伦敦", "Europe/Paris": "巴黎", "Europe/Berlin": "柏林",
	"Europe/Zurich": "苏黎世", "Europe/Vienna": "维也纳", "Europe/Madrid": "马德里",
	"Europe/Rome": "罗马", "Europe/Amsterdam": "阿姆斯特丹", "Europe/Brussels": "布鲁塞尔",
	"Europe/Stockholm": "斯德哥尔摩", "Europe/Warsaw": "华沙", "Europe/Moscow": "莫斯科",
	"Europe/Istanbul": "伊斯坦布尔", "Africa/Cairo": "开罗", "America/New_York": "纽约",
	"America/Chicago": "芝加哥", "America/Denver": "丹佛", "America/Los_Angeles": "洛杉矶",
	"America/Toronto": "多伦多", "America/Vancouver": "温哥华", "America/Mexico_City": "墨西哥城",
	"America/Sao_Paulo": "圣保罗", "Australia/Sydney": "悉尼", "Australia/Melbourne": "墨尔本",
	"Pacific/Auckland": "奥克兰",
}

// place names a zone for readers: "Shanghai", "上海"; a zone without a city as its
// distance from UTC.
func place(lang Lang, zone string, t time.Time) string {
	if zone == "UTC" || zone == "Etc/UTC" {
		return "UTC"
	}
	if name := places[zone]; name != "" && lang == Zh {
		return name
	}
	region, city, found := strings.Cut(zone, "/")
	if lang == Zh || !found || region == "Etc" {
		_, offset := t.Zone()
		return utcOffset(offset)
	}
	if i := strings.LastIndexByte(city, '/'); i >= 0 {
		city = city[i+1:]
	}
	return strings.ReplaceAll(city, "_", " ")
}

// utcOffset writes seconds east of UTC as UTC+5:30.
func utcOffset(seconds int) string {
	sign := "+"
	if seconds < 0 {
		sign, seconds = "-", -seconds
	}
	hours, minutes := seconds/3600, seconds%3600/60
	if minutes == 0 {
		return "UTC" + sign + strconv.Itoa(hours)
	}
	return fmt.Sprintf("UTC%s%d:%02d", sign, hours, minutes)
}

var weekdays = [...]string{"周日", "周一", "周二", "周三", "周四", "周五", "周六"}

// Offset is how far a zone is from UTC at an instant: UTC+2. It tells apart the two times of a clock that goes back.
func Offset(t time.Time, zone string) string {
	local, _ := in(t, zone)
	_, seconds := local.Zone()
	return utcOffset(seconds)
}

// Clock is the time of day alone, 10:00.
func Clock(t time.Time, zone string) string {
	local, _ := in(t, zone)
	return local.Format("15:04")
}

// Place is the zone's name alone: Shanghai, 上海.
func Place(ctx context.Context, t time.Time, zone string) string {
	local, known := in(t, zone)
	return place(From(ctx), known, local)
}

// Day is the date: Fri 21 Nov 2025, 2025年11月21日 周五.
func Day(ctx context.Context, t time.Time, zone string) string {
	local, _ := in(t, zone)
	if From(ctx) == Zh {
		return fmt.Sprintf("%d年%d月%d日 %s", local.Year(), int(local.Month()), local.Day(), weekdays[local.Weekday()])
	}
	return local.Format("Mon 2 Jan 2006")
}

// At is a time of day with its zone: 10:00 Shanghai, 上海时间 10:00.
func At(ctx context.Context, t time.Time, zone string) string {
	return zoned(ctx, t, zone, "15:04")
}

// AtSecond is At with seconds, for what happened in a rush.
func AtSecond(ctx context.Context, t time.Time, zone string) string {
	return zoned(ctx, t, zone, "15:04:05")
}

// Moment is date, time and zone: Fri 21 Nov 2025, 10:00 Shanghai;
// 2025年11月21日 周五 上海时间 10:00.
func Moment(ctx context.Context, t time.Time, zone string) string {
	return Day(ctx, t, zone) + dayGap(ctx) + At(ctx, t, zone)
}

// MomentSecond is Moment with seconds.
func MomentSecond(ctx context.Context, t time.Time, zone string) string {
	return Day(ctx, t, zone) + dayGap(ctx) + AtSecond(ctx, t, zone)
}

func dayGap(ctx context.Context) string {
	if From(ctx) == Zh {
		return " "
	}
	return ", "
}

func zoned(ctx context.Context, t time.Time, zone, layout string) string {
	local, known := in(t, zone)
	where := place(From(ctx), known, local)
	if From(ctx) == Zh {
		if strings.HasPrefix(where, "UTC") {
			return where + " " + local.Format(layout)
		}
		return where + "时间 " + local.Format(layout)
	}
	return local.Format(layout) + " " + where
}

// Machine is a time for the datetime attribute, to the second.
func Machine(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }

// Millis is a time for scripts: milliseconds since 1970 as text, "0" for no time.
func Millis(t time.Time) string {
	if t.IsZero() {
		return "0"
	}
	return strconv.FormatInt(t.UnixMilli(), 10)
}
