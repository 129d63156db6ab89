package admin

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"doorbuster/admin/page"
	"doorbuster/store"
	"doorbuster/web/wire"
)

func (s *Server) undoRoutes() []route {
	return []route{{post, "/log/{line}/undo", sell, s.undo}}
}

// undo takes back what a line of the activity log did, if it is still in force. What is about the team takes the right to change it.
func (s *Server) undo(a *reply, r *http.Request) error {
	line, err := numberOf(r, "line")
	if err != nil {
		return err
	}
	form, err := wire.ReadForm(r, "back", "shown")
	if err != nil {
		return err
	}
	back := form.Get("back")
	if !slices.Contains(page.UndoBacks, back) {
		return refused(page.BadRequest)
	}
	query, err := logShown(form.Get("shown"))
	if err != nil {
		return err
	}
	act, err := s.store.FindUndo(r.Context(), a.by(), line)
	if err != nil {
		return err
	}
	if !a.may(act.Needs) {
		return refused(page.NotAllowed)
	}
	a.act = "undo " + act.Action
	done, err := s.store.UndoAct(r.Context(), a.by(), line)
	if err != nil {
		return err
	}
	a.outcome = string(done.Outcome)
	switch done.Outcome {
	case store.NotAllowed:
		return refused(page.NotAllowed)
	case store.NoSuchLine:
		return refused(page.NotFound)
	}
	if back != page.BackToLog {
		query = url.Values{} // no other page has a filter
	}
	query.Set("undo", a.outcome)
	query.Set("line", strconv.FormatUint(line, 10))
	if done.Outcome == store.NotEnough && done.UnitsLeft != nil {
		query.Set("left", strconv.Itoa(*done.UnitsLeft))
	}
	return a.seeOther(withQuery(undoPath(act, back), query))
}

// undoPath is where an undoing leads back to.
func undoPath(act store.Undoable, back string) string {
	parts := strings.Fields(act.Thing) // as sale_log.thing has it: sale 3 state, item 5 units, switch read_only 0 0
	number := func(i int) uint64 {
		n, _ := wire.Number(parts[i])
		return n
	}
	switch {
	case back == page.BackToLog:
		return "/log"
	case parts[0] == "switch":
		return page.SwitchesPath(number(3))
	case parts[0] == "member":
		return memberPath(number(1))
	case parts[0] == "product":
		return productPath(number(1))
	case parts[0] == "webhook":
		return webhookPath(number(1))
	case act.SaleID == nil:
		return "/sales"
	case back == page.BackToRoom:
		return salePath(*act.SaleID) + "/live"
	case back == page.BackToItem && parts[0] == "item":
		return itemPath(*act.SaleID, number(1))
	default:
		return salePath(*act.SaleID)
	}
}

// addUndo puts into what a page says about undoing what came of one that led here, and offers to undo the last act on one of things, if who asks did it. sale
// is the one that the page is about; 0: none.
func (s *Server) addUndo(a *reply, r *http.Request, u *page.Undo, sale uint64, things ...string) error {
	query, err := wire.ReadQuery(r, "undo", "line", "left")
	if err != nil {
		return err
	}
	if line, ok := wire.Number(query.Get("line")); ok && query.Get("undo") != "" {
		u.Came = query.Get("undo")
		u.Left, _ = strconv.Atoi(query.Get("left")) // a number or nothing
		act, err := s.store.FindUndo(r.Context(), a.by(), line)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
		if act.Since != nil {
			u.Since = *act.Since
		}
	}
	for _, thing := range things {
		act, err := s.store.FindUndoOf(r.Context(), a.by(), thing)
		if errors.Is(err, store.ErrNotFound) {
			continue
		}
		if err != nil {
			return err
		}
		here := act.SaleID == nil || sale == 0 || *act.SaleID == sale
		if here && act.IsOpen && a.may(act.Needs) && act.StaffID != nil && *act.StaffID == a.member.ID {
			u.Line = max(u.Line, act.ID)
		}
	}
	return nil
}

// saleThings are what the form changed that a page of a sale tells of.
func saleThings(r *http.Request, sale uint64, told string) []string {
	of := map[string]string{
		string(store.Paused): "state", string(store.Resumed): "state", string(store.Extended): "end", string(store.Told): "message",
		string(store.Archived): "archive", string(store.Unarchived): "archive",
	}
	switch {
	case told == string(store.Added), told == string(store.Withdrawn):
		if item, ok := wire.Number(r.URL.Query().Get("item")); ok {
			return itemThings(item, told)
		}
	case of[told] != "":
		return []string{"sale " + strconv.FormatUint(sale, 10) + " " + of[told]}
	}
	return nil
}

// itemThings are what the form changed that the page of an item tells of.
func itemThings(item uint64, told string) []string {
	if told != string(store.Added) && told != string(store.Withdrawn) {
		return nil
	}
	return []string{"item " + strconv.FormatUint(item, 10) + " units"}
}
