package admin

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"doorbuster/admin/page"
	"doorbuster/store"
	"doorbuster/web/ui"
	"doorbuster/web/wire"
)

// toDuplicate reads the sale of the path, and its zone.
func (s *Server) toDuplicate(a *reply, r *http.Request) (store.ShownSale, *time.Location, error) {
	id, err := numberOf(r, "sale")
	if err != nil {
		return store.ShownSale{}, nil, err
	}
	sale, err := s.store.ShowSale(r.Context(), a.by(), id)
	zone, ok := zoneOf(sale.TimeZone)
	if !ok {
		zone = time.UTC
	}
	return sale, zone, err
}

func duplicateView(a *reply, sale *store.ShownSale) page.DuplicateView {
	return page.DuplicateView{
		Frame: a.frame(page.DraftPath(sale.ID, "duplicate"), "sales"), Sale: sale.ID, Title: sale.Title, Zone: sale.TimeZone, Lasts: sale.ClosesAt.Sub(sale.OpensAt), Items: sale.Items,
	}
}

// showDuplicate offers a draft like a sale, a number of weeks later: the same day of the week, the same time of the clock.
func (s *Server) showDuplicate(a *reply, r *http.Request) error {
	sale, zone, err := s.toDuplicate(a, r)
	if err != nil {
		return err
	}
	v := duplicateView(a, &sale)
	v.Form.Typed = map[string]string{"title": sale.Title, "opens": localText(weeksLater(sale.OpensAt.In(zone), sale.DatabaseTime), zone)}
	return a.page(r, http.StatusOK, page.Duplicate(v))
}

// weeksLater is a time some weeks later by the clocks of its zone, the first after now, at least one.
func weeksLater(t, now time.Time) time.Time {
	later := t.AddDate(0, 0, 7*max(1, int(now.Sub(t)/(7*24*time.Hour))))
	for !later.After(now) {
		later = later.AddDate(0, 0, 7)
	}
	return later
}

// duplicate makes a draft like a sale.
func (s *Server) duplicate(a *reply, r *http.Request) error {
	form, err := wire.ReadForm(r, "title", "opens", "opens_at")
	if err != nil {
		return err
	}
	sale, zone, err := s.toDuplicate(a, r)
	if err != nil {
		return err
	}
	v := duplicateView(a, &sale)
	v.Form.Typed = typed(form, "title", "opens", "opens_at")
	title := strings.TrimSpace(form.Get("title"))
	if code := lineError(title, 1, maxTitle, page.TitleMissing, page.TitleLong); code != "" {
		v.Form.Errors = append(v.Form.Errors, ui.FieldError{Field: "title", Code: code})
	}
	opens, choices, code := readLocal(form.Get("opens"), form.Get("opens_at"), zone)
	if v.Choices = choices; code != "" {
		v.Form.Errors = append(v.Form.Errors, ui.FieldError{Field: "opens", Code: code})
	}
	if len(v.Form.Errors) > 0 {
		return a.page(r, http.StatusBadRequest, page.Duplicate(v))
	}
	a.act = "sale duplicate"
	outcome, made, err := s.store.DuplicateSale(r.Context(), a.by(), sale.ID, title, opens, opens.Add(v.Lasts))
	if err != nil {
		return err
	}
	if outcome != store.Duplicated {
		return a.toldAt(salePath(sale.ID), outcome, nil)
	}
	a.outcome = string(outcome)
	return a.seeOther("/sales/" + strconv.FormatUint(made, 10) + "/" + page.StepSchedule + "?told=" + string(outcome))
}

// archive makes the handler that puts a sale that is over away, or takes it out again.
func (s *Server) archive(away bool) handler {
	return func(a *reply, r *http.Request) error {
		sale, err := numberOf(r, "sale")
		if err != nil {
			return err
		}
		if _, err := wire.ReadForm(r); err != nil {
			return err
		}
		a.act = "sale archive"
		outcome, err := s.store.ArchiveSale(r.Context(), a.by(), sale, away)
		if err != nil {
			return err
		}
		return a.toldAt(salePath(sale), outcome, nil)
	}
}
