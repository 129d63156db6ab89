package admin

import (
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"doorbuster/admin/page"
	"doorbuster/store"
	"doorbuster/web/login"
	"doorbuster/web/ui"
	"doorbuster/web/wire"
)

var detailsStep = step{
	name: page.StepDetails, next: page.StepItems, fields: []string{"title", "description"},
	saved: func(sale *store.ShownSale) map[string]string {
		return map[string]string{"title": sale.Title, "description": sale.Description}
	},
	read: readDetails,
	send: func(a *reply, r *http.Request, status int, v page.DraftView, _ *store.ShownSale) error {
		return a.page(r, status, page.Details(page.DetailsView{DraftView: v}))
	},
}

func readDetails(typed map[string]string, e *store.SaleEdit) (errs ui.FieldErrors) {
	e.Title = strings.TrimSpace(typed["title"])
	e.Description = textOf(typed["description"])
	if code := lineError(e.Title, 1, maxTitle, page.TitleMissing, page.TitleLong); code != "" {
		errs = append(errs, ui.FieldError{Field: "title", Code: code})
	}
	if !plainText(e.Description, maxText) {
		errs = append(errs, ui.FieldError{Field: "description", Code: page.TextLong})
	}
	return errs
}

// textOf is a text of several lines as it is kept: browsers send the ends of lines as two characters.
func textOf(text string) string { return strings.TrimSpace(strings.ReplaceAll(text, "\r\n", "\n")) }

// plainText says whether a text of several lines can be kept and shown.
func plainText(text string, most int) bool {
	return utf8.RuneCountInString(text) <= most && login.Plain(strings.NewReplacer("\n", " ", "\t", " ").Replace(text))
}

// lineError is the code of what is wrong with one line of text.
func lineError(text string, least, most int, missing, long string) string {
	switch n := utf8.RuneCountInString(text); {
	case n < least:
		return missing
	case n > most, !login.Plain(text):
		return long
	default:
		return ""
	}
}

// whole reads a whole number between two bounds.
func whole(text string, least, most int) (int, bool) {
	n, ok := wire.Number(strings.TrimSpace(text))
	return int(min(n, uint64(most)+1)), ok && n >= uint64(least) && n <= uint64(most)
}

var scheduleStep = step{
	name: page.StepSchedule, next: page.StepRules, fields: []string{"zone", "opens", "opens_at", "members", "members_at", "closes", "closes_at"},
	saved: func(sale *store.ShownSale) map[string]string {
		zone, ok := zoneOf(sale.TimeZone)
		if !ok {
			zone = time.UTC
		}
		saved := map[string]string{
			"zone": sale.TimeZone, "opens": localText(sale.OpensAt, zone), "opens_at": strconv.FormatInt(sale.OpensAt.Unix(), 10),
			"closes": localText(sale.ClosesAt, zone), "closes_at": strconv.FormatInt(sale.ClosesAt.Unix(), 10),
		}
		if early := sale.MembersOpenAt; early != nil {
			saved["members"], saved["members_at"] = localText(*early, zone), strconv.FormatInt(early.Unix(), 10)
		}
		return saved
	},
	read: readSchedule,
	send: func(a *reply, r *http.Request, status int, v page.DraftView, sale *store.ShownSale) error {
		view := page.ScheduleView{
			DraftView: v, Opens: sale.OpensAt, Closes: sale.ClosesAt, Members: sale.MembersOpenAt, Zone: sale.TimeZone, Zones: zones, Others: previewZones(sale.TimeZone),
			Choices: map[string][]page.Choice{},
		}
		starts := sale.OpensAt
		if sale.MembersOpenAt != nil {
			starts = *sale.MembersOpenAt
		}
		if zone, ok := zoneOf(sale.TimeZone); ok {
			view.Changes = clockChanges(starts, sale.ClosesAt, zone)
		}
		if zone, ok := zoneOf(strings.TrimSpace(v.Form.Typed["zone"])); ok {
			for _, name := range []string{"opens", "members", "closes"} {
				_, view.Choices[name], _ = readLocal(v.Form.Typed[name], v.Form.Typed[name+"_at"], zone)
			}
		}
		return a.page(r, status, page.Schedule(view))
	},
}

func readSchedule(typed map[string]string, e *store.SaleEdit) (errs ui.FieldErrors) {
	name := strings.TrimSpace(typed["zone"])
	zone, ok := zoneOf(name)
	if !ok {
		return ui.FieldErrors{{Field: "zone", Code: page.ZoneBad}}
	}
	e.TimeZone = name
	for _, f := range []struct {
		name string
		to   *time.Time
	}{{"opens", &e.OpensAt}, {"closes", &e.ClosesAt}} {
		at, _, code := readLocal(typed[f.name], typed[f.name+"_at"], zone)
		if code != "" {
			errs = append(errs, ui.FieldError{Field: f.name, Code: code})
		}
		*f.to = at
	}
	e.MembersOpenAt = nil
	if strings.TrimSpace(typed["members"]) != "" { // empty: open to all from its opening
		at, _, code := readLocal(typed["members"], typed["members_at"], zone)
		if code == "" && len(errs) == 0 && !at.Before(e.OpensAt) {
			code = page.MembersAfter
		}
		if code != "" {
			errs = append(errs, ui.FieldError{Field: "members", Code: code})
		}
		e.MembersOpenAt = &at
	}
	if len(errs) == 0 && !e.ClosesAt.After(e.OpensAt) {
		errs = append(errs, ui.FieldError{Field: "closes", Code: page.EndBeforeStart})
	}
	return errs
}

var rulesStep = step{
	name: page.StepRules, next: page.StepCheck, fields: []string{"payment", "limit", "hold", "extension", "every"},
	saved: func(sale *store.ShownSale) map[string]string {
		saved := map[string]string{
			"payment": "no", "limit": strconv.Itoa(sale.LimitPerUser), "hold": strconv.Itoa(sale.HoldMinutes), "extension": strconv.Itoa(sale.ExtensionMinutes),
		}
		if sale.TakesPayment {
			saved["payment"] = "yes"
		}
		return saved
	},
	read: func(typed map[string]string, e *store.SaleEdit) ui.FieldErrors {
		if pays := typed["payment"]; pays == "yes" || pays == "no" { // anything else changes nothing
			e.TakesPayment = pays == "yes"
		}
		e.EveryItem = typed["every"] == "yes"
		return readRules(typed, &e.LimitPerUser, &e.HoldMinutes, &e.ExtensionMinutes)
	},
	send: func(a *reply, r *http.Request, status int, v page.DraftView, sale *store.ShownSale) error {
		return a.page(r, status, page.Rules(page.RulesView{DraftView: v, Items: sale.Items}))
	},
}

// readRules reads what the tables allow.
func readRules(typed map[string]string, limit, hold, extension *int) (errs ui.FieldErrors) {
	for _, f := range []struct {
		name, code  string
		least, most int
		to          *int
	}{
		{"limit", page.LimitBad, 1, 1000, limit}, {"hold", page.HoldBad, 1, 10_080, hold}, {"extension", page.ExtensionBad, 0, 1440, extension},
	} {
		n, ok := whole(typed[f.name], f.least, f.most)
		if !ok {
			errs = append(errs, ui.FieldError{Field: f.name, Code: f.code})
		}
		*f.to = n
	}
	return errs
}
