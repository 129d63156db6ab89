package admin

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"doorbuster/admin/page"
	"doorbuster/store"
	"doorbuster/web/ui"
	"doorbuster/web/wire"
)

// smallExport is how many orders at most are written at once, in the answer to the form. It takes a second or two; more takes a task.
const smallExport = 5000

// orderStates are the states of orders that can be chosen; "" is every state.
var orderStates = map[string]bool{"": true, "held": true, "paid": true, "cancelled": true, "expired": true, "refunded": true}

// fieldTime is how a browser's field for date and time has its value.
const fieldTime = "2006-01-02T15:04:05"

// momentOf reads a moment in UTC: as a browser's field sends it, as people type it, or with a zone. A day alone means its beginning, or its end where last is asked for. Nil: empty.
func momentOf(text string, last bool) (*time.Time, bool) {
	if text == "" {
		return nil, true
	}
	if day, err := time.Parse(time.DateOnly, text); err == nil {
		if last {
			day = day.AddDate(0, 0, 1)
		}
		return &day, inRange(day)
	}
	for _, layout := range []string{"2006-01-02T15:04", fieldTime, "2006-01-02 15:04", time.DateTime, time.RFC3339} {
		if at, err := time.Parse(layout, text); err == nil {
			at = at.UTC()
			return &at, inRange(at)
		}
	}
	return nil, false
}

// inRange says whether the database can hold a moment, and numbers of orders can have it.
func inRange(at time.Time) bool { return at.Year() >= 1970 && at.Year() < 9000 }

// chosen reads which orders a form or an address means, as far as they can be read, and what is wrong with them.
func chosen(values url.Values) (c page.ExportChoice, orders store.OrderRange, wrong ui.FieldErrors, err error) {
	if text := values.Get("sale"); text != "" {
		var ok bool
		if c.Sale, ok = wire.Number(text); !ok {
			return c, orders, nil, refused(page.BadRequest)
		}
	}
	if c.State = values.Get("state"); !orderStates[c.State] {
		return c, orders, nil, refused(page.BadRequest)
	}
	c.From, c.To = values.Get("from"), values.Get("to")
	orders = store.OrderRange{Sale: c.Sale, State: c.State}
	for _, f := range []struct {
		name string
		text *string
		at   **time.Time
	}{{"from", &c.From, &orders.From}, {"to", &c.To, &orders.To}} {
		at, ok := momentOf(*f.text, f.name == "to")
		switch {
		case !ok:
			wrong = append(wrong, ui.FieldError{Field: f.name, Code: page.MomentBad})
		case at != nil:
			*f.at, *f.text = at, at.Format(fieldTime)
		}
	}
	if orders.From != nil && orders.To != nil && !orders.To.After(*orders.From) {
		wrong = append(wrong, ui.FieldError{Field: "to", Code: page.PeriodBad})
	}
	return c, orders, wrong, nil
}

// listTasks shows exports and bulk work, and the form of a new export with the orders chosen that the address names.
func (s *Server) listTasks(a *reply, r *http.Request) error {
	query, err := wire.ReadQuery(r, "sale", "state", "from", "to", "before", "told")
	if err != nil {
		return err
	}
	var before uint64
	if text := query.Get("before"); text != "" {
		var ok bool
		if before, ok = wire.Number(text); !ok {
			return refused(page.BadRequest)
		}
	}
	c, _, wrong, err := chosen(query)
	if err != nil {
		return err
	}
	c.Format, c.Delimiter, c.BOM = formatCSV, "comma", true
	v := page.TaskListView{
		Chosen: c, Errors: wrong, Told: query.Get("told"), Open: query.Has("sale") || query.Has("state") || query.Has("from") || query.Has("to"),
		Frame: a.frame(withQuery("/exports", only(query, "sale", "state", "from", "to", "before")), "exports"),
	}
	if !a.may("sell") {
		v.Errors = nil // there is no form that they could stand at
	}
	return s.sendTasks(a, r, http.StatusOK, before, v)
}

// only are the named ones of some values.
func only(all url.Values, names ...string) url.Values {
	some := url.Values{}
	for _, name := range names {
		if all.Has(name) {
			some.Set(name, all.Get(name))
		}
	}
	return some
}

// beginExport writes a few orders at once, and begins a task for more.
func (s *Server) beginExport(a *reply, r *http.Request) error {
	form, err := wire.ReadForm(r, "sale", "state", "from", "to", "format", "delimiter", "bom")
	if err != nil {
		return err
	}
	c, orders, wrong, err := chosen(form)
	if err != nil {
		return err
	}
	c.Format, c.Delimiter, c.BOM = form.Get("format"), form.Get("delimiter"), form.Get("bom") == "1"
	if contentTypes[c.Format] == "" || delimiters[c.Delimiter] == 0 {
		return refused(page.BadRequest)
	}
	if len(wrong) > 0 {
		return s.sendTasks(a, r, http.StatusBadRequest, 0, page.TaskListView{Frame: a.frame("/exports", "exports"), Chosen: c, Errors: wrong, Open: true})
	}
	format := store.FileFormat{Format: c.Format}
	if c.Format == formatCSV {
		format.Delimiter, format.BOM = c.Delimiter, c.BOM
	}
	a.act = "export begun"
	begun, err := s.store.BeginExport(r.Context(), a.by(), orders, format, smallExport)
	if err != nil {
		return err
	}
	a.outcome = string(begun.Outcome)
	switch begun.Outcome {
	case store.NotAllowed:
		return refused(page.NotAllowed)
	case store.NoSuchSale:
		return refused(page.NotFound)
	case store.TooMany:
		return a.seeOther("/exports?told=" + string(begun.Outcome))
	case store.Begun:
		s.runner.look()
		return a.seeOther(taskPath(*begun.TaskID))
	}
	d := &download{a: a, name: fmt.Sprintf("orders-%s", begun.ToAt.Format("2006-01-02-150405")), format: c.Format}
	err = s.writeExport(r.Context(), a.by(), begun.Range(orders), format, d)
	if errors.Is(err, store.ErrNotFound) { // the right was lost since
		return refused(page.NotAllowed)
	}
	return err
}
