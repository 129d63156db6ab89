package admin

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"doorbuster/admin/page"
	"doorbuster/store"
	"doorbuster/web/ui"
	"doorbuster/web/wire"
)

const (
	chartSteps = 60 // at most, so that the table beside the chart can be read
	chartRows  = 300
	flowStep   = 10 * time.Second // as stock_flows has it
)

func (s *Server) itemRoutes() []route {
	return []route{
		{get, "/sales/{sale}/items/{item}", read, s.showItem},
		{post, "/sales/{sale}/items/{item}/units", sell, s.changeUnits},
	}
}

func itemPath(sale, item uint64) string {
	return salePath(sale) + "/items/" + strconv.FormatUint(item, 10)
}

// showItem shows an item: its equation, its units over time, its shards and its ledger.
func (s *Server) showItem(a *reply, r *http.Request) error {
	sale, err := numberOf(r, "sale")
	if err != nil {
		return err
	}
	item, err := numberOf(r, "item")
	if err != nil {
		return err
	}
	query, err := wire.ReadQuery(r, "told", "left", "show", "order", "before")
	if err != nil {
		return err
	}
	v := page.ItemShowView{Told: query.Get("told"), Show: query.Get("show"), Order: strings.TrimSpace(query.Get("order"))}
	v.ToldLeft, _ = strconv.ParseInt(query.Get("left"), 10, 64) // a number or nothing
	f, err := moveFilter(v.Show, v.Order, query.Get("before"))
	if err != nil {
		return err
	}
	return s.sendItem(a, r, http.StatusOK, sale, item, f, v)
}

// moveFilter reads what of the ledger is asked for. An order that is no number of one is none of the item.
func moveFilter(show, order, before string) (store.MoveFilter, error) {
	var f store.MoveFilter
	switch {
	case !slices.Contains(page.MovesShown, show):
		return f, refused(page.BadRequest)
	case show == page.MovesByStaff:
		f.ByStaff = true
	default:
		f.Account = show
	}
	if order != "" {
		id, err := uuid.Parse(order)
		if err != nil || id == uuid.Nil {
			id = uuid.Max
		}
		f.Order = id
	}
	if before == "" {
		return f, nil
	}
	move, line, _ := strings.Cut(before, ".")
	id, err := uuid.Parse(move)
	number, lineErr := strconv.ParseUint(line, 10, 32)
	if errors.Join(err, lineErr) != nil || id == uuid.Nil {
		return f, refused(page.BadRequest)
	}
	f.BeforeMove, f.BeforeLine = id, uint32(number)
	return f, nil
}

// sendItem sends the page of an item with what v has already: a form that was wrong, something to tell, what of the ledger is asked for.
func (s *Server) sendItem(a *reply, r *http.Request, status int, sale, item uint64, f store.MoveFilter, v page.ItemShowView) error {
	ctx := r.Context()
	one, err := s.store.ShowItem(ctx, a.by(), sale, item)
	if err != nil {
		return err
	}
	shards, err := s.store.ListItemShards(ctx, a.by(), sale, item)
	if err != nil {
		return err
	}
	moves, err := s.store.ListItemMoves(ctx, a.by(), sale, item, f, perPage+1)
	if err != nil {
		return err
	}
	if v.Chart, err = s.chartOf(a, r, one); err != nil {
		return err
	}
	filter := url.Values{}
	if v.Show != "" {
		filter.Set("show", v.Show)
	}
	if v.Order != "" {
		filter.Set("order", v.Order)
	}
	v.Frame = a.frame(withQuery(itemPath(sale, item), filter), "sales")
	v.Undo.Back = page.BackToItem
	if err := s.addUndo(a, r, &v.Undo, sale, itemThings(item, v.Told)...); err != nil {
		return err
	}
	v.Item, v.Vendor, v.Hold, v.Extension = itemRow(one.ShownItem), one.Vendor, one.HoldMinutes, one.ExtensionMinutes
	v.Sale = page.SaleRow{ID: one.SaleID, Title: one.SaleTitle, Tab: one.Tab, Opens: one.OpensAt, Closes: one.ClosesAt, Zone: one.TimeZone}
	v.FirstHoldEnds, v.Now, v.Findings, v.MayChange = one.FirstHoldEndsAt, one.DatabaseTime, one.OpenFindings, a.may("sell")
	v.Form.Sale, v.Form.Item, v.Form.OnItem = sale, item, true
	for _, k := range shards {
		v.Shards = append(v.Shards, page.ShardRow{Number: k.Number, Available: k.Available, Version: k.Version})
	}
	if len(moves) > perPage {
		moves = moves[:perPage]
		filter.Set("before", moveID(moves[perPage-1]))
		v.More = withQuery(itemPath(sale, item), filter) + "#moves"
	}
	for _, m := range moves {
		v.Moves = append(v.Moves, moveRow(m))
	}
	return a.page(r, status, page.ItemShow(v))
}

// moveID is the number of a line as the address of the next page has it.
func moveID(m store.Move) string { return m.ID.String() + "." + strconv.FormatUint(uint64(m.Line), 10) }

func moveRow(m store.Move) page.MoveRow {
	row := page.MoveRow{
		ID: moveID(m), At: m.MovedAt, Units: m.Units, From: m.From, To: m.To, Reason: m.Reason, Actor: m.Actor, Shard: m.Shard,
		Left: m.UnitsAvailable, Held: m.UnitsHeld, Sold: m.UnitsSold,
	}
	if m.OrderID != nil {
		row.Order = m.OrderID.String()
	}
	return row
}

// chartOf reads an item's units over the time of its sale: from its opening, to members or to all, until now, or until the last hold that was begun in time has ended.
func (s *Server) chartOf(a *reply, r *http.Request, one store.ItemPage) (page.Chart, error) {
	c := page.Chart{From: one.StartsAt, To: one.ClosesAt.Add(time.Duration(one.HoldMinutes+one.ExtensionMinutes) * time.Minute)}
	goesOn := one.DatabaseTime.Before(c.To)
	if goesOn {
		c.To = one.DatabaseTime
	}
	span := c.To.Sub(c.From)
	if span <= 0 {
		return page.Chart{}, nil
	}
	step := (span/chartSteps + flowStep - 1).Truncate(flowStep)
	flows, err := s.store.ListItemFlows(r.Context(), a.by(), one.SaleID, one.ID, c.From, step, chartRows)
	if err != nil || len(flows) == 0 {
		return page.Chart{}, err
	}
	if flows[0].EndedAt.After(c.From) { // nothing moved before the opening that is known
		c.Points = append(c.Points, page.ChartPoint{At: c.From})
	}
	for _, f := range flows {
		if f.EndedAt.Before(c.To) {
			c.Points = append(c.Points, page.ChartPoint{At: f.EndedAt, Left: f.UnitsAvailable, Held: f.UnitsHeld, Sold: f.UnitsSold})
		}
	}
	if goesOn { // what the worker has not sealed yet is in the equation
		c.Points = append(c.Points, page.ChartPoint{At: c.To, Left: one.UnitsAvailable, Held: one.UnitsHeld, Sold: one.UnitsSold})
	}
	return c, nil
}

// changeUnits adds units to an item of a sale or withdraws some: a difference, never a new total. The form stands on the page of the sale and on that of
// the item, and leads back to where it stood.
func (s *Server) changeUnits(a *reply, r *http.Request) error {
	sale, err := numberOf(r, "sale")
	if err != nil {
		return err
	}
	item, err := numberOf(r, "item")
	if err != nil {
		return err
	}
	form, err := wire.ReadForm(r, "way", "units", "reason", "after", "back")
	if err != nil {
		return err
	}
	way, onItem := form.Get("way"), form.Get("back") == page.BackToItem
	if (way != page.Add && way != page.Withdraw) || (form.Get("back") != "" && !onItem) {
		return refused(page.BadRequest)
	}
	f := page.UnitsForm{Sale: sale, Item: item, OnItem: onItem, Units: form.Get("units"), Reason: form.Get("reason")}
	if after, ok := wire.Number(form.Get("after")); ok && after <= maxUnits {
		f.After = int(after)
	}
	units, ok := wire.Number(strings.TrimSpace(f.Units))
	field := func(name string) string { return name + "-" + strconv.FormatUint(item, 10) }
	if !ok || units < 1 || units > maxUnits {
		f.Errors = append(f.Errors, ui.FieldError{Field: field("units"), Code: page.UnitsBad})
	}
	reason, code := reasonOf(f.Reason)
	if code != "" {
		f.Errors = append(f.Errors, ui.FieldError{Field: field("reason"), Code: code})
	}
	if len(f.Errors) > 0 {
		return s.sendUnitsForm(a, r, way, f)
	}
	// The item must be one of this sale: its page is where we lead back to.
	if _, err := s.store.ShowItem(r.Context(), a.by(), sale, item); err != nil {
		return err
	}
	a.act = "units " + way
	change := s.store.AddUnits
	if way == page.Withdraw {
		change = s.store.WithdrawUnits
	}
	done, err := change(r.Context(), a.by(), item, int(units), reason)
	if err != nil {
		return err
	}
	path := salePath(sale)
	if onItem {
		path = itemPath(sale, item)
	}
	return a.toldAt(path, done.Outcome, toldUnits(item, done.Outcome, done.UnitsLeft))
}

// sendUnitsForm sends a form that was wrong on the page that it stands on.
func (s *Server) sendUnitsForm(a *reply, r *http.Request, way string, f page.UnitsForm) error {
	if f.OnItem {
		f.Open = true
		return s.sendItem(a, r, http.StatusBadRequest, f.Sale, f.Item, store.MoveFilter{}, page.ItemShowView{Form: f})
	}
	return s.sendSale(a, r, http.StatusBadRequest, f.Sale, page.SaleShowView{Act: way, Item: f.Item, After: f.After, Units: f.Units, Reason: f.Reason, Errors: f.Errors})
}
