package admin

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"doorbuster/store"
	"doorbuster/store/storetest"
)

var moveText = regexp.MustCompile(`(?s)<tr data-move="([^"]+)">(.*?)</tr>`)

// line is a row of the ledger on a page: how many units went which way, and what was left, held and sold after it.
type line struct {
	id, way          string
	units            int
	left, held, sold int
}

// ledgerOn reads the ledger off the page of an item.
func ledgerOn(t *testing.T, body string) []line {
	t.Helper()
	var lines []line
	cell := func(row, label string) string {
		m := regexp.MustCompile(`data-label="` + label + `">([^<]*)`).FindStringSubmatch(row)
		if m == nil {
			t.Fatalf("no cell %s in %s", label, row)
		}
		return m[1]
	}
	number := func(row, label string) int {
		n, err := strconv.Atoi(strings.ReplaceAll(cell(row, label), ",", ""))
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	for _, m := range moveText.FindAllStringSubmatch(body, -1) {
		lines = append(lines, line{
			id: m[1], way: cell(m[2], "From → to"), units: number(m[2], "Moved"), left: number(m[2], "Left"), held: number(m[2], "Held"), sold: number(m[2], "Sold"),
		})
	}
	return lines
}

// next is where a list goes on; "" at its end.
func next(body string) string {
	m := regexp.MustCompile(`<p class="more"><a class="quiet" href="([^"#]+)`).FindStringSubmatch(body)
	if m == nil {
		return ""
	}
	return strings.ReplaceAll(m[1], "&amp;", "&")
}

// Whatever was done to an item, its newest line is the equation, each line follows from the one before it, and the first one began with nothing.
func TestLedgerOfAnItem(t *testing.T) {
	c := newConsole(t)
	sale, items := storetest.Sale(t, c.store, store.NewItem{Units: 200, LimitPerUser: 5, Title: "Lamp", Shards: 3}, store.NewItem{Units: 50, SKU: "kettle"})
	b := c.session(c.member("ann", store.RoleMerchant, 1), signedIn)
	path := fmt.Sprintf("/en/sales/%d/items/%d", sale, items[0])
	told := func(outcome string) string { return fmt.Sprintf("%s?item=%d&told=%s", path, items[0], outcome) }
	ctx, operator := t.Context(), store.Operator("test")
	for i := range 40 {
		id := c.place(items[0], fmt.Sprintf("shopper-%d", i), 1+i%4)
		c.place(items[1], fmt.Sprintf("shopper-%d", i), 1)
		var err error
		switch i % 5 {
		case 0:
			_, err = c.store.PayOrder(ctx, operator, id, "cash")
		case 1:
			_, err = c.store.CancelOrderAsStaff(ctx, operator, id, "a robot")
		case 2:
			if _, err = c.store.PayOrder(ctx, operator, id, "cash"); err == nil {
				_, err = c.store.RefundOrder(ctx, operator, id, i%2 == 0, "broken")
			}
		case 3:
			leads(t, "add", b.form(path+"/units", fmt.Sprintf("way=add&units=%d&reason=found+a+box&back=item", i+1)), told("added"))
		default:
			leads(t, "withdraw", b.form(path+"/units", "way=withdraw&units=2&reason=broken&back=item"), told("withdrawn"))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	c.exec("UPDATE orders SET hold_expires_at = UTC_TIMESTAMP(6) - INTERVAL 1 SECOND WHERE state = 'held' AND item_id = ? AND units = 4", items[0])
	lease, err := c.store.TakeLease(ctx, "expire_orders", "test", 3600e9, true)
	if err != nil {
		t.Fatal(err)
	}
	if e, err := c.store.ExpireOrders(ctx, lease.Fence, 100); err != nil || e.Outcome != store.Expired {
		t.Fatal(e, err)
	}
	var lines []line
	pages := 0
	for at := path; at != ""; pages++ {
		body := b.get(at).body
		lines = append(lines, ledgerOn(t, body)...)
		if at = next(body); at == "" && !strings.Contains(body, `data-proved="true"`) {
			t.Error("the last page does not say that all began with nothing")
		}
	}
	if n := c.count("SELECT COUNT(*) FROM stock_moves WHERE item_id = ?", items[0]); len(lines) != n || pages < 3 {
		t.Errorf("%d of %d lines on %d pages", len(lines), n, pages)
	}
	if !slices.IsSortedFunc(lines, func(a, b line) int { return strings.Compare(b.id, a.id) }) {
		t.Error("not the newest first")
	}
	newest := fmt.Sprintf("%d Sold, %d Held, %d Left", lines[0].sold, lines[0].held, lines[0].left)
	if equation := terms(b.get(path).body); !strings.HasSuffix(equation, newest) {
		t.Errorf("after the newest line: %s; the equation: %s", newest, equation)
	}
	mustFollow(t, lines)
	c.db.MustAudit(t)
}

// mustFollow wants that each line, newest first, is what the one before it became.
func mustFollow(t *testing.T, lines []line) {
	t.Helper()
	former := map[string]int{}
	for i := len(lines) - 1; i >= 0; i-- {
		l := lines[i]
		from, to, _ := strings.Cut(l.way, " → ")
		former[from] -= l.units
		former[to] += l.units
		if l.left != former["Left"] || l.held != former["Held"] || l.sold != former["Sold"] {
			t.Fatalf("line %s: %+v, and it should be %v", l.id, l, former)
		}
	}
}

// The ledger can be narrowed, and what is typed wrong is an answer too.
func TestLedgerFilters(t *testing.T) {
	c := newConsole(t)
	sale, items := storetest.Sale(t, c.store, store.NewItem{Units: 20, LimitPerUser: 5})
	order := c.place(items[0], "bea", 2)
	c.place(items[0], "dee", 1)
	if _, err := c.store.PayOrder(t.Context(), store.Operator("ann"), order, "cash"); err != nil {
		t.Fatal(err)
	}
	b := c.session(c.member("ann", store.RoleViewer, 1), signedIn)
	path := fmt.Sprintf("/en/sales/%d/items/%d", sale, items[0])
	for query, want := range map[string]int{
		"": 4, "?show=available": 3, "?show=held": 3, "?show=sold": 1, "?show=outside": 1, "?show=staff": 2, "?order=" + order.String(): 2,
		"?order=" + strings.ToUpper(order.String()) + "&show=sold": 1, "?order=nonsense": 0, "?order=00000000-0000-0000-0000-000000000000": 0, "?order=+": 4,
	} {
		a := b.get(path + query)
		if got := len(ledgerOn(t, a.body)); a.status != 200 || got != want {
			t.Errorf("%s: %d, %d lines, want %d", query, a.status, got, want)
		}
		if proved := strings.Contains(a.body, "data-proved="); proved != (want == 4) {
			t.Errorf("%s: whether all began with nothing is said: %t", query, proved)
		}
	}
	for _, query := range []string{"?show=nowhere", "?before=1", "?before=" + order.String(), "?before=" + order.String() + ".x", "?before=" + order.String() + ".4294967296"} {
		if a := b.get(path + query); a.status != 400 {
			t.Errorf("%s: %d", query, a.status)
		}
	}
	if body := b.get(path).body; !strings.Contains(body, `href="/en/orders/`+order.String()+`"`) || strings.Contains(body, `/units"`) {
		t.Error("a line does not lead to its order, or who only looks is shown a form")
	}
	if other, _ := storetest.Sale(t, c.store, store.NewItem{Units: 1}); b.get(fmt.Sprintf("/en/sales/%d/items/%d", other, items[0])).status != 404 {
		t.Error("an item stands under another sale")
	}
	c.exec("UPDATE stock_shards SET available = available + 1 WHERE item_id = ? LIMIT 1", items[0])
	if body := b.get(path).body; !strings.Contains(body, `data-proved="false"`) || !strings.Contains(body, `data-balanced="false"`) {
		t.Error("a shelf that was changed by hand is not seen")
	}
}

// The form on an item's page leads back there, right or wrong; on the sale's page it leads to the sale's.
func TestUnitsOnTheItemsPage(t *testing.T) {
	c := newConsole(t)
	sale, items := storetest.Sale(t, c.store, store.NewItem{Units: 10})
	b := c.session(c.member("ann", store.RoleMerchant, 1), signedIn)
	path := fmt.Sprintf("/en/sales/%d/items/%d", sale, items[0])
	leads(t, "too many", b.form(path+"/units", "way=withdraw&units=11&reason=x&back=item"), fmt.Sprintf("%s?item=%d&left=10&told=not_enough", path, items[0]))
	if !strings.Contains(b.get(path+"?told=not_enough&left=10").body, "Only 10 units are left") {
		t.Error("the page does not tell how many are left")
	}
	wrong := b.form(path+"/units", "way=add&units=x&reason=&back=item")
	if wrong.status != 400 || !strings.Contains(wrong.body, `value="x"`) || !strings.Contains(wrong.body, fmt.Sprintf(`id="reason-%d-error"`, items[0])) || !strings.Contains(wrong.body, `id="moves"`) {
		t.Errorf("%d: not the item's page with what was typed", wrong.status)
	}
	for body, status := range map[string]int{"way=add&units=1&reason=x&back=home": 400, "way=add&units=1&reason=x&back=item&more=1": 400} {
		if a := b.form(path+"/units", body); a.status != status {
			t.Errorf("%s: %d", body, a.status)
		}
	}
	leads(t, "from the sale", b.form(path+"/units", "way=add&units=1&reason=x&back="), fmt.Sprintf("/en/sales/%d?item=%d&told=added", sale, items[0]))
}

// The chart is made of what the worker has sealed, ends with the equation, and says the same in words.
func TestChartOfAnItem(t *testing.T) {
	c := newConsole(t)
	sale, items := storetest.Sale(t, c.store, store.NewItem{Units: 10})
	b := c.session(c.member("ann", store.RoleViewer, 1), signedIn)
	path := fmt.Sprintf("/en/sales/%d/items/%d", sale, items[0])
	if body := b.get(path).body; strings.Contains(body, "chart-desc") {
		t.Error("a chart, and nothing is sealed")
	}
	c.place(items[0], "bea", 1)
	c.exec("UPDATE stock_moves SET moved_at = moved_at - INTERVAL 30 SECOND")
	lease, err := c.store.TakeLease(t.Context(), "seal_moves", "test", 3600e9, true)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.store.SealMoves(t.Context(), lease.Fence, 900); err != nil {
		t.Fatal(err)
	}
	c.place(items[0], "dee", 1)
	body := b.get(path).body
	if !strings.Contains(body, "8 left, 2 held, 0 sold") {
		t.Error("the chart does not end with the equation")
	}
	numbers := regexp.MustCompile(`(?s)<details class="numbers">.*?</details>`).FindString(body)
	if !strings.Contains(numbers, `data-label="Left">9<`) || strings.Count(body, "<path class=") != 3 {
		t.Errorf("what was sealed is not in the table:\n%s", numbers)
	}
}
