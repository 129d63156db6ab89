package admin

import (
	"net/http"
	"net/url"
	"time"

	"doorbuster/admin/page"
	"doorbuster/store"
	"doorbuster/web/ui"
	"doorbuster/web/wire"
)

// What the columns hold, in characters.
const (
	maxTitle = 200
	maxText  = 4000
)

func (s *Server) draftRoutes() []route {
	upload := sell
	upload.most = maxUpload + maxBody
	return []route{
		{get, "/sales/new", sell, s.showNewSale},
		{post, "/sales/new", sell, s.makeSale},
		{get, "/sales/{sale}/details", sell, s.showStep(detailsStep)},
		{post, "/sales/{sale}/details", sell, s.saveStep(detailsStep)},
		{get, "/sales/{sale}/items", sell, s.showItems},
		{post, "/sales/{sale}/items", sell, s.addItem},
		{get, "/sales/{sale}/items/{item}/edit", sell, s.editItem},
		{post, "/sales/{sale}/items/{item}/edit", sell, s.saveItem},
		{post, "/sales/{sale}/items/{item}/remove", sell, s.removeItem},
		{get, "/sales/{sale}/pick", sell, s.showPick},
		{post, "/sales/{sale}/pick", sell, s.pickItems},
		{get, "/sales/{sale}/import", sell, s.showImport},
		{post, "/sales/{sale}/import", upload, s.importFile},
		{get, "/sales/{sale}/schedule", sell, s.showStep(scheduleStep)},
		{post, "/sales/{sale}/schedule", sell, s.saveStep(scheduleStep)},
		{get, "/sales/{sale}/rules", sell, s.showStep(rulesStep)},
		{post, "/sales/{sale}/rules", sell, s.saveStep(rulesStep)},
		{get, "/sales/{sale}/check", read, s.showCheck},
		{post, "/sales/{sale}/publish", sell, s.publish},
		{get, "/sales/{sale}/preview", read, s.showPreview},
		{get, "/sales/{sale}/duplicate", sell, s.showDuplicate},
		{post, "/sales/{sale}/duplicate", sell, s.duplicate},
		{post, "/sales/{sale}/archive", sell, s.archive(true)},
		{post, "/sales/{sale}/unarchive", sell, s.archive(false)},
		{post, "/sales/{sale}/discard", sell, s.changeSale(discardAct)},
	}
}

// templates are what a new sale may start from: when it is open, counted from its opening, and by which rules.
var templates = map[string]struct {
	lasts                  time.Duration
	pays                   bool
	members                time.Duration // they come in so long before everybody; 0: nobody does
	limit, hold, extension int
}{
	"drop":    {lasts: time.Hour, pays: true, limit: 1, hold: 10},
	"deal":    {lasts: 48 * time.Hour, pays: true, limit: 3, hold: 30, extension: 15},
	"members": {lasts: 24 * time.Hour, pays: true, members: time.Hour, limit: 1, hold: 10},
}

// showNewSale shows what a sale may start from.
func (s *Server) showNewSale(a *reply, r *http.Request) error {
	form := page.DraftForm{Typed: map[string]string{"template": "drop"}}
	return a.page(r, http.StatusOK, page.SaleNew(page.SaleNewView{Frame: a.frame("/sales/new", "sales"), Form: form}))
}

// makeSale makes a draft. It opens tomorrow at ten in the zone of the shop's newest sale: a guess that the next steps show and change.
func (s *Server) makeSale(a *reply, r *http.Request) error {
	form, err := wire.ReadForm(r, "template", "title", "description")
	if err != nil {
		return err
	}
	v := page.SaleNewView{Frame: a.frame("/sales/new", "sales")}
	v.Form.Typed = typed(form, "template", "title", "description")
	start, known := templates[form.Get("template")]
	if !known {
		v.Form.Errors = append(v.Form.Errors, ui.FieldError{Field: "template", Code: page.TemplateMissing})
	}
	var e store.SaleEdit
	if v.Form.Errors = append(v.Form.Errors, readDetails(v.Form.Typed, &e)...); len(v.Form.Errors) > 0 {
		return a.page(r, http.StatusBadRequest, page.SaleNew(v))
	}
	newest, err := s.store.ListSales(r.Context(), a.by(), store.SaleFilter{Tab: "all"}, 1)
	if err != nil {
		return err
	}
	e.TimeZone = "UTC"
	if len(newest) > 0 {
		e.TimeZone = newest[0].TimeZone
	}
	e.OpensAt = tomorrowAtTen(time.Now(), e.TimeZone)
	e.ClosesAt = e.OpensAt.Add(start.lasts)
	if start.members > 0 {
		early := e.OpensAt.Add(-start.members)
		e.MembersOpenAt = &early
	}
	e.TakesPayment, e.LimitPerUser, e.HoldMinutes, e.ExtensionMinutes = start.pays, start.limit, start.hold, start.extension
	a.act = "sale create"
	outcome, sale, err := s.store.CreateSale(r.Context(), a.by(), store.NewSale{
		Title: e.Title, Description: e.Description, OpensAt: e.OpensAt, ClosesAt: e.ClosesAt, TimeZone: e.TimeZone, TakesPayment: e.TakesPayment,
	})
	if err == nil && outcome == store.Created {
		// Rules that a lost connection leaves out are the usual ones, and stand in the step that comes.
		_, err = s.store.UpdateSale(r.Context(), a.by(), sale, e)
	}
	if err != nil {
		return err
	}
	a.outcome = string(outcome)
	if outcome != store.Created {
		return refused(page.NotAllowed)
	}
	return a.seeOther(page.DraftPath(sale, page.StepItems) + "?told=created")
}

// tomorrowAtTen is ten o'clock of the next day in a zone, or the first meaning of it.
func tomorrowAtTen(now time.Time, name string) time.Time {
	zone, ok := zoneOf(name)
	if !ok {
		zone = time.UTC
	}
	day := now.In(zone).AddDate(0, 0, 1)
	at, _ := meanings(time.Date(day.Year(), day.Month(), day.Day(), 10, 0, 0, 0, time.UTC), zone)
	return at[0]
}

// typed are the fields of a form as they were sent.
func typed(form url.Values, names ...string) map[string]string {
	all := map[string]string{}
	for _, name := range names {
		all[name] = form.Get(name)
	}
	return all
}

// draft reads the draft of the path. One that is no draft any more is led away from: then it is nil, and the answer was sent.
func (s *Server) draft(a *reply, r *http.Request) (*store.ShownSale, error) {
	id, err := numberOf(r, "sale")
	if err != nil {
		return nil, err
	}
	sale, err := s.store.ShowSale(r.Context(), a.by(), id)
	if err != nil {
		return nil, err
	}
	if sale.State != "draft" {
		return nil, a.seeOther(salePath(id) + "?told=not_a_draft")
	}
	return &sale, nil
}

// draftView is what the steps of a draft share.
func (a *reply) draftView(sale *store.ShownSale, step, path string) page.DraftView {
	return page.DraftView{Frame: a.frame(path, "sales"), Sale: sale.ID, Title: sale.Title, Step: step, Edits: sale.Edits, MayChange: a.may("sell")}
}

// step is one page of a draft whose form changes the sale itself.
type step struct {
	name   string
	next   string
	fields []string
	saved  func(sale *store.ShownSale) map[string]string                   // what stands in the fields
	read   func(typed map[string]string, e *store.SaleEdit) ui.FieldErrors // puts what was typed into e
	send   func(a *reply, r *http.Request, status int, v page.DraftView, sale *store.ShownSale) error
}

// showStep makes the handler that shows a step.
func (s *Server) showStep(st step) handler {
	return func(a *reply, r *http.Request) error {
		query, err := wire.ReadQuery(r, "told")
		if err != nil {
			return err
		}
		sale, err := s.draft(a, r)
		if sale == nil {
			return err
		}
		v := a.draftView(sale, st.name, page.DraftPath(sale.ID, st.name))
		v.Told, v.Form.Typed = query.Get("told"), st.saved(sale)
		return st.send(a, r, http.StatusOK, v, sale)
	}
}

// saveStep makes the handler that saves a step. When somebody else has saved since the form was made, nothing is changed and the page shows both.
func (s *Server) saveStep(st step) handler {
	return func(a *reply, r *http.Request) error {
		form, err := wire.ReadForm(r, append([]string{"edits", "way"}, st.fields...)...)
		if err != nil {
			return err
		}
		sale, err := s.draft(a, r)
		if sale == nil {
			return err
		}
		edits, ok := wire.Number(form.Get("edits"))
		if !ok {
			return refused(page.BadRequest)
		}
		v := a.draftView(sale, st.name, page.DraftPath(sale.ID, st.name))
		v.Form.Typed = typed(form, st.fields...)
		e := editOf(sale)
		if v.Form.Errors = st.read(v.Form.Typed, &e); len(v.Form.Errors) > 0 {
			v.Edits = uint(edits)
			return st.send(a, r, http.StatusBadRequest, v, sale)
		}
		outcome := store.ChangedMeanwhile
		if uint(edits) == sale.Edits {
			a.act = "sale edit"
			if outcome, err = s.store.UpdateSale(r.Context(), a.by(), sale.ID, e); err != nil {
				return err
			}
		}
		a.outcome = string(outcome)
		switch outcome {
		case store.Updated:
			return a.onwards(sale.ID, st, form.Get("way"))
		case store.ChangedMeanwhile:
			return s.conflict(a, r, st, v)
		default:
			return a.toldAt(salePath(sale.ID), outcome, nil)
		}
	}
}

// onwards leads to the next step, or back to the same one.
func (a *reply) onwards(sale uint64, st step, way string) error {
	if way == page.WayNext {
		return a.seeOther(page.DraftPath(sale, st.next))
	}
	return a.seeOther(page.DraftPath(sale, st.name) + "?told=" + string(store.Updated))
}

// conflict shows what was typed beside what somebody else has saved. Who saves again now has seen both.
func (s *Server) conflict(a *reply, r *http.Request, st step, v page.DraftView) error {
	sale, err := s.draft(a, r)
	if sale == nil {
		return err
	}
	v.Edits, v.Form.Conflict, v.Form.Saved = sale.Edits, true, st.saved(sale)
	v.Form.Errors = ui.FieldErrors{{Code: page.Meanwhile}}
	return st.send(a, r, http.StatusConflict, v, sale)
}

// editOf is a sale as it stands.
func editOf(sale *store.ShownSale) store.SaleEdit {
	return store.SaleEdit{
		Edits: sale.Edits, Title: sale.Title, Description: sale.Description, OpensAt: sale.OpensAt, ClosesAt: sale.ClosesAt, MembersOpenAt: sale.MembersOpenAt,
		TimeZone: sale.TimeZone, TakesPayment: sale.TakesPayment, LimitPerUser: sale.LimitPerUser, HoldMinutes: sale.HoldMinutes, ExtensionMinutes: sale.ExtensionMinutes,
	}
}
