package admin

import (
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"doorbuster/admin/page"
	"doorbuster/admin/sheet"
	"doorbuster/store"
	"doorbuster/web/ui"
	"doorbuster/web/wire"
)

const (
	maxWho      = 100 // characters, as in the table
	exportLines = 500 // read at a time
	exportTime  = 30 * time.Second
)

// readLog is what those may who read the activity log.
var readLog = kind{paged: true, needs: signedIn, right: "log"}

func (s *Server) logRoutes() []route {
	return []route{
		{get, "/log", readLog, s.listLog},
		{get, "/log/export.csv", readLog, s.exportLog},
	}
}

// logParams are the parameters of the address of the log, without those that tell of an undoing.
var logParams = []string{"who", "action", "sale", "from", "to", "before"}

// askedOfLog reads what is asked for out of an address, as logFilter does.
func askedOfLog(r *http.Request) (v page.LogView, f store.LogFilter, before uint64, err error) {
	query, err := wire.ReadQuery(r, logParams...)
	if err != nil {
		return v, f, 0, err
	}
	return logFilter(query)
}

// logFilter reads what parameters of the log ask for: as typed, as the store takes it, and what is wrong with it.
func logFilter(query url.Values) (v page.LogView, f store.LogFilter, before uint64, err error) {
	v = page.LogView{Who: query.Get("who"), Action: query.Get("action"), Sale: query.Get("sale"), From: query.Get("from"), To: query.Get("to")}
	f = store.LogFilter{Action: v.Action, Who: strings.TrimSpace(v.Who)}
	if v.Action != "" && !slices.Contains(page.LogActions, v.Action) || utf8.RuneCountInString(f.Who) > maxWho {
		return v, f, 0, refused(page.BadRequest)
	}
	if text := query.Get("before"); text != "" {
		var ok bool
		if before, ok = wire.Number(text); !ok {
			return v, f, 0, refused(page.BadRequest)
		}
	}
	if text := strings.TrimSpace(v.Sale); text != "" {
		var ok bool
		if f.SaleID, ok = wire.Number(text); !ok || f.SaleID == 0 {
			v.Errors = append(v.Errors, ui.FieldError{Field: "sale", Code: page.SaleNumberBad})
		}
	}
	var good bool
	if f.From, good = dayOf(v.From, 0); !good {
		v.Errors = append(v.Errors, ui.FieldError{Field: "from", Code: page.DayBad})
	}
	if f.To, good = dayOf(v.To, 1); !good {
		v.Errors = append(v.Errors, ui.FieldError{Field: "to", Code: page.DayBad})
	}
	return v, f, before, nil
}

// dayOf is the midnight (UTC) at which a day begins, some days later; no day is the zero time.
func dayOf(text string, later int) (time.Time, bool) {
	if text == "" {
		return time.Time{}, true
	}
	day, err := time.Parse(time.DateOnly, text)
	if err != nil || day.Year() < 2000 || day.Year() > 9000 {
		return time.Time{}, false
	}
	return day.AddDate(0, 0, later), true
}

// logQuery is the filter as an address has it: it can be kept and shared.
func logQuery(v page.LogView) url.Values {
	query := url.Values{}
	for name, value := range map[string]string{"who": v.Who, "action": v.Action, "sale": v.Sale, "from": v.From, "to": v.To} {
		if value != "" {
			query.Set(name, value)
		}
	}
	return query
}

// shownOf is the filter and the page that the log shows, as a form carries it through an undoing.
func shownOf(query url.Values, before uint64) string {
	shown := maps.Clone(query)
	if before > 0 {
		shown.Set("before", strconv.FormatUint(before, 10))
	}
	return shown.Encode()
}

// logShown reads what shownOf wrote. Nothing but what the log itself would take comes through, so what a form carries leads to the log or nowhere.
func logShown(shown string) (url.Values, error) {
	query, err := wire.ParseForm([]byte(shown), logParams...)
	if err != nil {
		return nil, err
	}
	v, _, _, err := logFilter(query)
	if err != nil {
		return nil, err
	}
	if len(v.Errors) > 0 {
		return nil, refused(page.BadRequest)
	}
	return query, nil
}

// listLog shows what was done, newest first.
func (s *Server) listLog(a *reply, r *http.Request) error {
	v, f, before, err := askedOfLog(r)
	if err != nil {
		return err
	}
	query := logQuery(v)
	v.Frame, v.Shown = a.frame(withQuery("/log", query), "log"), shownOf(query, before)
	if err := s.addUndo(a, r, &v.Undo, 0); err != nil {
		return err
	}
	if len(v.Errors) > 0 {
		return a.page(r, http.StatusBadRequest, page.Log(v))
	}
	v.Export = withQuery("/log/export.csv", query)
	lines, err := s.store.ListLog(r.Context(), a.by(), f, before, perPage+1)
	if err != nil {
		return err
	}
	if len(lines) > perPage {
		lines = lines[:perPage]
		query.Set("before", strconv.FormatUint(lines[perPage-1].ID, 10))
		v.More = withQuery("/log", query)
	}
	for _, l := range lines {
		row := activityRow(l)
		if l.Needs != nil && a.may(*l.Needs) {
			row.Undo = l.ID
		}
		v.Lines = append(v.Lines, row)
	}
	return a.page(r, http.StatusOK, page.Log(v))
}

func activityRow(l store.ActivityLine) page.ActivityRow {
	row := page.ActivityRow{
		LogRow: page.LogRow{Action: l.Action, Detail: l.Detail, Reason: l.Reason, Actor: l.Actor, At: l.MadeAt},
		ID:     l.ID, By: byOf(l), Everybody: l.Everybody,
	}
	if l.SaleID != nil {
		row.Sale = *l.SaleID
	}
	if l.SaleTitle != nil {
		row.SaleTitle = *l.SaleTitle
	}
	return row
}

// byOf says what sort of actor did something.
func byOf(l store.ActivityLine) string {
	switch {
	case l.StaffID != nil:
		return page.ByMember
	case l.Actor == "worker":
		return page.ByJob
	default:
		return page.ByOperator
	}
}

// exportLog sends the lines that the filter wants, all of them, as they are read.
func (s *Server) exportLog(a *reply, r *http.Request) error {
	v, f, before, err := askedOfLog(r)
	if err != nil {
		return err
	}
	if len(v.Errors) > 0 {
		return refused(page.BadRequest)
	}
	// The first lines come before the first byte: what fails now can still be said.
	lines, err := s.store.ListLog(r.Context(), a.by(), f, before, exportLines)
	if err != nil {
		return notBegun(err)
	}
	a.act, a.outcome = "activity log exported", "sent"
	h := a.Header()
	ui.SecurityHeaders(h)
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Type", "text/csv; charset=utf-8")
	h.Set("Content-Disposition", fmt.Sprintf(`attachment; filename="activity-%s.csv"`, time.Now().UTC().Format("20060102-150405")))
	if r.Method == http.MethodHead {
		return nil
	}
	if _, err := io.WriteString(a, sheet.BOM); err != nil {
		return err
	}
	out := sheet.NewCSV(a, ',')
	if err := out.Write(cellsOf("line", "time_utc", "action", "sale", "sale_title", "detail", "reason", "who", "by", "member")); err != nil {
		return err
	}
	for len(lines) > 0 {
		for _, l := range lines {
			if err := out.Write(csvOf(l)); err != nil {
				return err
			}
		}
		if err := out.Flush(); err != nil {
			return err
		}
		if len(lines) < exportLines {
			return nil
		}
		// A long log takes longer than one answer may; each part has its own time.
		if err := http.NewResponseController(a).SetWriteDeadline(time.Now().Add(exportTime)); err != nil {
			return err
		}
		if lines, err = s.store.ListLog(r.Context(), a.by(), f, lines[len(lines)-1].ID, exportLines); err != nil {
			return err
		}
	}
	return out.Flush()
}

// cellsOf are texts as cells of a row.
func cellsOf(texts ...string) []sheet.Cell {
	cells := make([]sheet.Cell, len(texts))
	for i, text := range texts {
		cells[i] = sheet.Text(text)
	}
	return cells
}

// csvOf is a line as a row of the export.
func csvOf(l store.ActivityLine) []sheet.Cell {
	row := activityRow(l)
	sale, member := "", ""
	if l.SaleID != nil {
		sale = strconv.FormatUint(*l.SaleID, 10)
	}
	if l.StaffID != nil {
		member = strconv.FormatUint(*l.StaffID, 10)
	}
	return cellsOf(
		strconv.FormatUint(l.ID, 10), l.MadeAt.UTC().Format("2006-01-02T15:04:05.000000Z"), l.Action, sale, row.SaleTitle, l.Detail, l.Reason, l.Actor, row.By, member,
	)
}
