package admin

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"doorbuster/store"
	"doorbuster/store/storetest"
	"doorbuster/web/ui"
)

// relay does what the worker does each second.
func (c *console) relay() {
	c.t.Helper()
	lease, err := c.store.TakeLease(c.t.Context(), "relay_outbox", "test", time.Hour, true)
	if err != nil {
		c.t.Fatal(err)
	}
	for {
		r, err := c.store.RelayOutbox(c.t.Context(), lease.Fence, 1000)
		if err != nil {
			c.t.Fatal(err)
		}
		if r.Outcome == store.Nothing {
			return
		}
	}
}

var orderOfRow = regexp.MustCompile(`data-order="([0-9a-f-]{36})" data-state="(\w+)"`)

// listed reads the orders off a list.
func listed(body string) (ids []string) {
	for _, m := range orderOfRow.FindAllStringSubmatch(body, -1) {
		ids = append(ids, m[1])
	}
	return ids
}

var (
	moreLink   = regexp.MustCompile(`href="([^"]*before_at=[^"]*)"`)
	exportLink = regexp.MustCompile(`href="(/en/exports\?[^"]*)"`)
)

// Staff find an order by what they were told of it: its number, whole or as shoppers read it, an address, the beginning of a name, or what it is.
func TestOrdersAreFound(t *testing.T) {
	c := newConsole(t)
	sale, items := storetest.Sale(t, c.store, store.NewItem{Units: 500, Title: "Lamp"}, store.NewItem{SKU: "kettle", Units: 500, Title: "Kettle"})
	other, others := storetest.Sale(t, c.store, store.NewItem{Units: 500, Title: "Chair"})
	lamp, kettle := c.place(items[0], "bea", 1), c.place(items[1], "dee", 1)
	chair := c.place(others[0], "bea", 1)
	if p, err := c.store.PayOrder(t.Context(), store.Operator("test"), kettle, "cash"); err != nil || p.Outcome != store.Paid {
		t.Fatal(p, err)
	}
	b := c.session(c.member("ann", store.RoleViewer, 1), signedIn)
	if body := b.get("/en/orders?search=bea%40EXAMPLE.com").body; !slices.Equal(listed(body), []string{chair.String(), lamp.String()}) || strings.Contains(body, "late_list") {
		t.Error("before the relay came by, an address does not find its orders")
	}
	c.relay()
	short := ui.ShortOrder(lamp.String())
	today := time.Now().In(berlin(t)).Format("2006-01-02")
	yesterday := time.Now().In(berlin(t)).AddDate(0, 0, -1).Format("2006-01-02")
	for query, want := range map[string][]string{
		"":                        {chair.String(), kettle.String(), lamp.String()},
		"search=" + escape(short): {lamp.String()},
		"search=" + strings.ToLower(short[:4]+short[5:]) + "&state=refunded": {lamp.String()},
		"search=BE":                         {chair.String(), lamp.String()},
		"search=++dee%40example.com+":       {kettle.String()},
		"search=nobody":                     nil,
		fmt.Sprintf("sale=%d", sale):        {kettle.String(), lamp.String()},
		fmt.Sprintf("sale=%d", other):       {chair.String()},
		"sale=987654":                       nil,
		fmt.Sprintf("item=%d", items[1]):    {kettle.String()},
		"state=paid":                        {kettle.String()},
		"state=held&search=dee":             nil,
		"from=" + today + "&to=" + today:    {chair.String(), kettle.String(), lamp.String()},
		"to=" + yesterday:                   nil,
		"from=" + yesterday + "&state=held": {chair.String(), lamp.String()},
	} {
		if a := b.get("/en/orders?" + query); a.status != 200 || !slices.Equal(listed(a.body), want) {
			t.Errorf("?%s: %d %v, want %v", query, a.status, listed(a.body), want)
		}
	}
	for _, number := range []string{lamp.String(), strings.ToUpper(lamp.String()), strings.ReplaceAll(lamp.String(), "-", "")} {
		leads(t, number, b.get("/en/orders?state=paid&search="+number), "/en/orders/"+lamp.String())
	}
	if a := b.get("/en/orders?search=01900000-0000-7000-8000-00000987654a"); a.status != 200 || len(listed(a.body)) > 0 {
		t.Errorf("a number that no order has: %d", a.status)
	}
	for _, query := range []string{"state=lost", "sale=x", "item=-1", "before_at=x", "before_at=1&before=x", "search=" + strings.Repeat("x", 201)} {
		if a := b.get("/en/orders?" + query); a.status != 400 {
			t.Errorf("?%s: %d", query, a.status)
		}
	}
	for _, query := range []string{"from=yesterday", "from=2026-02-30", "from=2026-02-02&to=2026-02-01", "to=99999-01-01"} {
		a := b.get("/en/orders?search=keep+this&" + query)
		if a.status != 400 || !strings.Contains(a.body, `class="summary"`) || !strings.Contains(a.body, `value="keep this"`) {
			t.Errorf("?%s: %d, or what was typed is gone", query, a.status)
		}
	}
	body := b.get(fmt.Sprintf("/en/orders?sale=%d&state=held&from=%s", sale, today)).body
	if m := exportLink.FindStringSubmatch(body); m == nil || m[1] != fmt.Sprintf("/en/exports?from=%s&amp;sale=%d&amp;state=held", today, sale) {
		t.Errorf("the export of this selection: %v", m)
	}
	if exportLink.MatchString(b.get("/en/orders?search=bea").body) {
		t.Error("an export is offered that would hold other orders")
	}
}

// berlin is the zone of the sales of the tests.
func berlin(t *testing.T) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

// Days begin and end where the clocks of the shop say so, also on the day on which they are changed.
func TestDays(t *testing.T) {
	utc := func(text string) time.Time {
		at, err := time.Parse(time.RFC3339, text)
		if err != nil {
			t.Fatal(err)
		}
		return at
	}
	for days, want := range map[[3]string][2]time.Time{
		{"2026-03-29", "2026-03-29", "Europe/Berlin"}: {utc("2026-03-28T23:00:00Z"), utc("2026-03-29T22:00:00Z")}, // 23 hours
		{"2026-10-25", "2026-10-25", "Europe/Berlin"}: {utc("2026-10-24T22:00:00Z"), utc("2026-10-25T23:00:00Z")}, // 25 hours
		{"2026-11-21", "", "Asia/Shanghai"}:           {utc("2026-11-20T16:00:00Z"), {}},
		{"", "2026-12-31", "nowhere"}:                 {{}, utc("2027-01-01T00:00:00Z")},
	} {
		from, until, wrong := readDays(days[0], days[1], days[2])
		if diff := cmp.Diff(want, [2]time.Time{from, until}); diff != "" || len(wrong) > 0 {
			t.Errorf("%v: %v\n%s", days, wrong, diff)
		}
	}
}

// Pages follow each other with the whole filter, and tell each order once, though all were placed at the same instant.
func TestOrderPages(t *testing.T) {
	c := newConsole(t)
	sale, items := storetest.Sale(t, c.store, store.NewItem{Units: 500})
	for i := range 2*perPage + 3 {
		c.place(items[0], fmt.Sprintf("shopper-%d", i), 1)
	}
	c.exec("UPDATE orders SET placed_at = UTC_TIMESTAMP(6) - INTERVAL 1 MINUTE") // one instant: the statement's
	c.relay()
	b := c.session(c.member("ann", store.RoleViewer, 1), signedIn)
	seen := map[string]int{}
	path, pages := fmt.Sprintf("/en/orders?sale=%d&state=held", sale), 0
	for path != "" && pages < 5 {
		pages++
		body := b.get(path).body
		for _, id := range listed(body) {
			seen[id]++
		}
		path = ""
		if m := moreLink.FindStringSubmatch(body); m != nil {
			path = strings.ReplaceAll(m[1], "&amp;", "&")
			if !strings.Contains(path, "state=held") || !strings.Contains(path, fmt.Sprintf("sale=%d", sale)) {
				t.Errorf("the filter is lost: %s", path)
			}
		}
	}
	if len(seen) != 2*perPage+3 || pages != 3 {
		t.Errorf("%d orders on %d pages", len(seen), pages)
	}
	for id, n := range seen {
		if n != 1 {
			t.Errorf("%s was told %d times", id, n)
		}
	}
}

// The list says up to when it is complete, once the relay is late; what needs no list says nothing.
func TestLateListSaysSo(t *testing.T) {
	c := newConsole(t)
	_, items := storetest.Sale(t, c.store, store.NewItem{Units: 5})
	c.place(items[0], "bea", 1)
	b := c.session(c.member("ann", store.RoleViewer, 1), signedIn)
	if strings.Contains(b.get("/en/orders").body, "late_list") {
		t.Error("it is said to be late after an instant")
	}
	c.exec("UPDATE outbox SET made_at = made_at - INTERVAL 6 SECOND")
	body := b.get("/en/orders").body
	if !strings.Contains(body, `data-hint="late_list"`) || len(listed(body)) > 0 {
		t.Error("the list is late and does not say so")
	}
	if strings.Contains(b.get("/en/orders?search=bea").body, "late_list") {
		t.Error("a search by name is never late")
	}
	c.relay()
	if body := b.get("/en/orders").body; strings.Contains(body, "late_list") || len(listed(body)) != 1 {
		t.Error("the relay came by")
	}
}
