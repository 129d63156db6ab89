package admin

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"doorbuster/admin/page"
	"doorbuster/store"
	"doorbuster/web/ui"
	"doorbuster/web/wire"
)

const (
	listedSwitches = 200 // on the page of the switches
	remembered     = 3   // on pages that remind of them
	foundItems     = 20
	maxRate        = 1_000_000
)

func (s *Server) switchRoutes() []route {
	return []route{
		{get, "/switches", read, s.showSwitches(ofAll)},
		{post, "/switches", sell, s.turnSwitch(ofAll)},
		{get, "/switches/items/{item}", read, s.showSwitches(ofItem)},
		{post, "/switches/items/{item}", sell, s.turnSwitch(ofItem)},
	}
}

// scope finds out what the switches of a page are for: the number of an item, 0 for all.
type scope func(r *http.Request) (item uint64, err error)

func ofAll(*http.Request) (uint64, error) { return 0, nil }

func ofItem(r *http.Request) (uint64, error) {
	item, err := numberOf(r, "item")
	if err == nil && item == 0 {
		err = refused(page.NotFound)
	}
	return item, err
}

// showSwitches shows what is in force, and the switches of the shop or of an item. The search for items stands on the page of the shop.
func (s *Server) showSwitches(of scope) handler {
	return func(a *reply, r *http.Request) error {
		item, err := of(r)
		if err != nil {
			return err
		}
		query, err := wire.ReadQuery(r, "told", "name", "was", "search")
		if err != nil {
			return err
		}
		v := page.SwitchesView{Told: query.Get("told"), Act: query.Get("name"), Search: strings.TrimSpace(query.Get("search"))}
		v.Was, _ = strconv.Atoi(query.Get("was")) // a number or nothing
		if len(v.Search) > maxSearch || item > 0 && v.Search != "" {
			return refused(page.BadRequest)
		}
		return s.sendSwitches(a, r, http.StatusOK, item, v)
	}
}

// sendSwitches sends the page of the switches with what v has already: a form that was wrong, something to tell, a search.
func (s *Server) sendSwitches(a *reply, r *http.Request, status int, item uint64, v page.SwitchesView) error {
	ctx := r.Context()
	path := page.SwitchesPath(item)
	if item > 0 {
		found, err := s.store.FindItems(ctx, a.by(), item, "", 1)
		if err != nil {
			return err
		}
		if len(found) == 0 {
			return refused(page.NotFound)
		}
		v.Item = itemFound(found[0])
	} else if v.Search != "" {
		found, err := s.store.FindItems(ctx, a.by(), 0, v.Search, foundItems+1)
		if err != nil {
			return err
		}
		v.FoundMore = len(found) > foundItems
		for _, one := range found[:min(len(found), foundItems)] {
			v.Found = append(v.Found, itemFound(one))
		}
		path += "?" + url.Values{"search": {v.Search}}.Encode()
	}
	rows, err := s.switchRows(r, a, store.SwitchFilter{Item: item}, listedSwitches+1)
	if err != nil {
		return err
	}
	v.Cut = len(rows) > listedSwitches
	v.Rows = rows[:min(len(rows), listedSwitches)]
	v.Frame, v.MayChange = a.frame(path, "switches"), a.may("sell")
	var things []string
	if v.Told == string(store.Set) && page.SwitchOf(item, v.Act) { // it is for every shop, or for all items of this one, or for one item
		things = []string{fmt.Sprintf("switch %s 0 0", v.Act), fmt.Sprintf("switch %s %d 0", v.Act, a.member.ShopID)}
		if item > 0 {
			things = []string{fmt.Sprintf("switch %s %d %d", v.Act, a.member.ShopID, item)}
		}
	}
	if err := s.addUndo(a, r, &v.Undo, 0, things...); err != nil {
		return err
	}
	return a.page(r, status, page.Switches(v))
}

func itemFound(one store.FoundItem) page.SwitchItem {
	return page.SwitchItem{ID: one.ID, SKU: one.SKU, Title: one.Title, SaleID: one.SaleID, SaleTitle: one.SaleTitle}
}

// switchRows lists switches in force.
func (s *Server) switchRows(r *http.Request, a *reply, f store.SwitchFilter, limit int) ([]page.SwitchRow, error) {
	listed, err := s.store.ListSwitches(r.Context(), a.by(), f, limit)
	if err != nil {
		return nil, err
	}
	var rows []page.SwitchRow
	for _, one := range listed {
		row := page.SwitchRow{
			Name: string(one.Name), Item: one.ItemID, Rate: one.Value, Reason: one.Reason, Actor: one.Actor, Since: one.ChangedAt, Own: one.Own,
		}
		if one.ItemTitle != nil {
			row.ItemTitle = *one.ItemTitle
		}
		if one.TimeZone != nil {
			row.Zone = *one.TimeZone
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// reminder lists the switches that a page reminds of, those turned last first.
func (s *Server) reminder(r *http.Request, a *reply, f store.SwitchFilter) (page.SwitchReminder, error) {
	rows, err := s.switchRows(r, a, f, remembered+1)
	return page.SwitchReminder{Rows: rows[:min(len(rows), remembered)], More: len(rows) > remembered}, err
}

// turnSwitch turns a switch on or off, or changes its number. What went wrong stands at its field, and what was typed stays.
func (s *Server) turnSwitch(of scope) handler {
	return func(a *reply, r *http.Request) error {
		item, err := of(r)
		if err != nil {
			return err
		}
		form, err := wire.ReadForm(r, "name", "turn", "seen", "rate", "reason")
		if err != nil {
			return err
		}
		v := page.SwitchesView{Act: form.Get("name"), Reason: form.Get("reason"), Rate: form.Get("rate")}
		turn := store.SwitchTurn{Name: store.Switch(v.Act), Item: item, On: form.Get("turn") == page.TurnOn}
		seen, ok := wire.Number(form.Get("seen"))
		if !ok || seen > maxRate || !page.SwitchOf(item, v.Act) || (!turn.On && form.Get("turn") != page.TurnOff) {
			return refused(page.BadRequest)
		}
		was := int(seen)
		turn.Seen = &was
		if turn.On && turn.Name == store.AdmissionRate {
			rate, ok := wire.Number(strings.TrimSpace(v.Rate))
			if !ok || rate < 1 || rate > maxRate {
				v.Errors = append(v.Errors, ui.FieldError{Field: v.Act + "-rate", Code: page.RateBad})
			}
			turn.Rate = int(min(rate, maxRate))
		}
		reason, code := reasonOf(v.Reason)
		if code != "" {
			v.Errors = append(v.Errors, ui.FieldError{Field: v.Act + "-reason", Code: code})
		}
		if len(v.Errors) > 0 {
			return s.sendSwitches(a, r, http.StatusBadRequest, item, v)
		}
		a.act = "switch turned"
		change, err := s.store.SetSwitch(r.Context(), a.by(), turn, reason)
		if err != nil {
			return err
		}
		return a.toldSwitch(turn, change)
	}
}

// toldSwitch leads back to the page, which tells what came of it.
func (a *reply) toldSwitch(turn store.SwitchTurn, change store.SwitchChange) error {
	a.outcome = string(change.Outcome)
	switch change.Outcome {
	case store.NotAllowed:
		return refused(page.NotAllowed)
	case store.NoSuchItem:
		return refused(page.NotFound)
	}
	query := url.Values{"told": {string(change.Outcome)}, "name": {string(turn.Name)}}
	if change.Before != nil && *change.Before > 0 {
		query.Set("was", strconv.Itoa(*change.Before))
	}
	return a.seeOther(page.SwitchesPath(turn.Item) + "?" + query.Encode())
}
