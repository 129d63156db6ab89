package admin

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"doorbuster/admin/page"
	"doorbuster/store"
	"doorbuster/web/wire"
)

const (
	homeSales = 6   // of each kind on the first page
	mostSales = 200 // that are looked at for them
	perPage   = 50  // rows of a list
)

// showHome shows what is on, what comes next and what needs somebody.
func (s *Server) showHome(a *reply, r *http.Request) error {
	alarms, err := s.store.Alarms(r.Context(), a.by())
	if err != nil {
		return err
	}
	v := page.HomeView{Frame: a.frame("/", "home"), Now: alarms.DatabaseTime, Alarms: alarmsOf(alarms)}
	if v.Switches, err = s.reminder(r, a, store.SwitchFilter{}); err != nil {
		return err
	}
	for tab, rows := range map[string]*[]page.SaleRow{"live": &v.Live, "soon": &v.Soon} {
		sales, err := s.store.ListSales(r.Context(), a.by(), store.SaleFilter{Tab: tab}, mostSales)
		if err != nil {
			return err
		}
		if tab == "soon" {
			slices.Reverse(sales) // the list has the latest opening first; of what comes, the next is the one to look at
		}
		*rows = saleRows(sales[:min(len(sales), homeSales)])
	}
	return a.page(r, http.StatusOK, page.Home(v))
}

// alarmsOf lists what is not zero, the most urgent first.
func alarmsOf(n store.Alarms) []page.Alarm {
	var alarms []page.Alarm
	for _, one := range []page.Alarm{
		{Kind: "endangering_findings", N: n.EndangeringFindings, Path: "/checks"},
		{Kind: "open_findings", N: n.OpenFindings - n.EndangeringFindings, Path: "/checks"},
		{Kind: "late_jobs", N: n.LateJobs, Path: "/worker"},
		{Kind: "unsettled_payments", N: n.UnsettledPayments, Path: "/payments?state=unknown"},
		{Kind: "dead_mails", N: n.DeadMails, Path: "/mails?state=dead"},
		{Kind: "late_mails", N: n.LateMails, Path: "/mails?state=due"},
		{Kind: "dead_deliveries", N: n.DeadDeliveries, Path: deliveriesPath + "?state=dead"},
	} {
		if one.N > 0 {
			alarms = append(alarms, one)
		}
	}
	return alarms
}

func saleRows(sales []store.ListedSale) []page.SaleRow {
	rows := make([]page.SaleRow, len(sales))
	for i, l := range sales {
		rows[i] = page.SaleRow{
			ID: l.ID, Title: l.Title, Tab: l.Tab, Opens: l.OpensAt, Closes: l.ClosesAt, Zone: l.TimeZone, Items: l.Items,
			Allotted: l.UnitsAllotted, Left: l.UnitsLeft, TakesPayment: l.TakesPayment,
		}
	}
	return rows
}

// saleTabs are the tabs of the list of sales.
var saleTabs = map[string]bool{"all": true, "draft": true, "soon": true, "live": true, "paused": true, "over": true, "archived": true}

// maxSearch bounds what may be searched for, in bytes.
const maxSearch = 200

// listSales shows the sales of a tab, latest opening first. The address holds the whole filter, so it can be kept and shared.
func (s *Server) listSales(a *reply, r *http.Request) error {
	query, err := wire.ReadQuery(r, "tab", "search", "before_at", "before", "told")
	if err != nil {
		return err
	}
	f := store.SaleFilter{Tab: query.Get("tab"), Search: query.Get("search")}
	if f.Tab == "" {
		f.Tab = "all"
	}
	if !saleTabs[f.Tab] || len(f.Search) > maxSearch {
		return refused(page.BadRequest)
	}
	if at := query.Get("before_at"); at != "" {
		var ok bool
		micros, err := strconv.ParseInt(at, 10, 64)
		if f.BeforeID, ok = wire.Number(query.Get("before")); err != nil || !ok {
			return refused(page.BadRequest)
		}
		f.BeforeAt = time.UnixMicro(micros).UTC()
	}
	sales, err := s.store.ListSales(r.Context(), a.by(), f, perPage+1)
	if err != nil {
		return err
	}
	counts, err := s.store.CountSales(r.Context(), a.by(), f.Search)
	if err != nil {
		return err
	}
	v := page.SaleListView{Tab: f.Tab, Search: f.Search, Counts: map[string]int{
		"draft": counts.Draft, "soon": counts.Soon, "live": counts.Live, "paused": counts.Paused, "over": counts.Over, "archived": counts.Archived,
		"all": counts.Draft + counts.Soon + counts.Live + counts.Paused + counts.Over,
	}}
	if f.Search != "" { // a search finds what is archived too
		v.Counts["all"] += counts.Archived
	}
	v.MayChange, v.Told = a.may("sell"), query.Get("told")
	filter := url.Values{"tab": {f.Tab}}
	if f.Search != "" {
		filter.Set("search", f.Search)
	}
	v.Frame = a.frame("/sales?"+filter.Encode(), "sales")
	if len(sales) > perPage {
		sales = sales[:perPage]
		last := sales[perPage-1]
		filter.Set("before_at", strconv.FormatInt(last.OpensAt.UnixMicro(), 10))
		filter.Set("before", strconv.FormatUint(last.ID, 10))
		v.More = "/sales?" + filter.Encode()
	}
	v.Sales = saleRows(sales)
	return a.page(r, http.StatusOK, page.SaleList(v))
}

// showPlaces shows every place of the console: a phone's bar has room for a few only.
func (s *Server) showPlaces(a *reply, r *http.Request) error {
	return a.page(r, http.StatusOK, page.Places(a.frame("/more", "more")))
}

// accountTold are the outcomes that the page of a member's access has words for.
var accountTold = map[string]bool{"signed_out": true, "used": true, "kept": true}

// showAccount shows what the member's own sign-in is made of.
func (s *Server) showAccount(a *reply, r *http.Request) error {
	query, err := wire.ReadQuery(r, "told")
	if err != nil {
		return err
	}
	v := page.AccountView{Frame: a.frame("/account", "account"), Email: a.member.Email, CodesLeft: a.member.CodesLeft}
	if told := query.Get("told"); accountTold[told] {
		v.Told = told
	}
	return a.page(r, http.StatusOK, page.Account(v))
}

func escape(text string) string { return url.QueryEscape(text) }
