package store_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"

	"doorbuster/store"
)

// place calls place_orders with one request per line: order, shopper, units, and the item unless it is that of the command. The move is m
// and the request r with the number of the order (for the move: of the item's first order), so what stands in the tables can be traced
// back to the line. The items are named in the order in which they come up.
func (r *runner) place(t *testing.T, td *datadriven.TestData) string {
	t.Helper()
	var requests, items, orders []string
	seen := map[string]bool{}
	for line := range strings.Lines(td.Input) {
		f := strings.Fields(line)
		if len(f) == 3 {
			f = append(f, argument(t, td, "item", "1"))
		}
		if len(f) != 4 {
			td.Fatalf(t, "not an order, a shopper, a number of units and perhaps an item: %s", line)
		}
		if !seen[f[3]] {
			move := "m" + f[0][1:]
			if len(items) == 0 {
				move = argument(t, td, "move", move)
			}
			items = append(items, homeText(f[3], argument(t, td, "shard", "0"), move))
			seen[f[3]] = true
		}
		orders = append(orders, f[0])
		requests = append(requests, askedText(f[0], f[1], f[2], f[3]))
	}
	notAfter := "NULL"
	if limit := argument(t, td, "not_after", ""); limit != "" {
		notAfter = expand("$T" + limit)
	} else if !r.clock.IsZero() {
		notAfter = "'" + r.clock.Add(5*time.Second).Format("2006-01-02 15:04:05.000000") + "'"
	}
	statement := fmt.Sprintf("CALL place_orders(%s, X'%s', X'%s')", notAfter, strings.Join(items, ""), strings.Join(requests, ""))
	return r.statement(t, td, argument(t, td, "as", "web"), statement, r.andChanges(t, td, func(a answer) string { return placedText(orders, a) }))
}

// placedText prints one line per request; what is NULL is left out.
func placedText(orders []string, a answer) string {
	if a.err != nil || len(a.rows) != len(orders) || a.open {
		return rowsText(a)
	}
	slices.SortFunc(a.rows, func(a, b []string) int { return cmp.Or(cmp.Compare(len(a[0]), len(b[0])), strings.Compare(a[0], b[0])) })
	var b strings.Builder
	for i, row := range a.rows {
		if row[0] != strconv.Itoa(i+1) {
			return rowsText(a)
		}
		b.WriteString(orders[i] + " " + row[1])
		for c, name := range []string{2: "order", 3: "hold", 4: "left", 5: "version"} {
			if name != "" && row[c] != "NULL" {
				fmt.Fprintf(&b, " %s=%s", name, row[c])
			}
		}
		b.WriteString("\n")
	}
	return b.String()
}

// sale makes a sale as a merchant does: create, add the items (one line each), publish. The items' first moves are s1, s2, …
func (r *runner) sale(t *testing.T, td *datadriven.TestData) string {
	t.Helper()
	admin := r.session(t, td, "admin")
	must := func(statement string) []string {
		a := admin.ask(r.ctx, expand(statement))
		if a.err != nil || len(a.rows) != 1 {
			td.Fatalf(t, "%s: %v %v", statement, a.rows, a.err)
		}
		return a.rows[0]
	}
	created := must(fmt.Sprintf("CALL create_sale(NULL, '%s', 'A sale.', $T%s, $T%s, 'Europe/Berlin', %s, FALSE, 'ann')",
		argument(t, td, "title", "Sale"), argument(t, td, "opens", "-1m"), argument(t, td, "closes", "+1h"), argument(t, td, "payment", "1")))
	number := created[1]
	out := "sale " + number
	// One call per item: a call with several leaves gaps between the numbers of this sale's items and the next one's.
	for _, item := range saleItems(t, td) {
		list, err := json.Marshal([]store.NewItem{item})
		if err != nil {
			t.Fatal(err)
		}
		r.allotments++
		if added := must(fmt.Sprintf("CALL add_items(NULL, %s, '%s', $s%d, 'ann')", number, list, r.allotments)); added[0] != "added" {
			td.Fatalf(t, "add_items: %s", added[0])
		}
		out += ", item " + must("SELECT MAX(id) FROM merchant_items")[0]
	}
	if argument(t, td, "state", "published") == "published" {
		if published := must(fmt.Sprintf("CALL publish_sale(NULL, %s, 'ann')", number)); published[0] != "published" {
			td.Fatalf(t, "publish_sale: %s", published[0])
		}
	}
	r.known = r.look(t)
	return out
}

// saleItems reads lines of name=value: units, limit, hold, shards, price, sku.
func saleItems(t *testing.T, td *datadriven.TestData) []store.NewItem {
	t.Helper()
	var items []store.NewItem
	for line := range strings.Lines(td.Input) {
		n := len(items) + 1
		item := store.NewItem{
			SKU: fmt.Sprintf("SKU-%d", n), Title: fmt.Sprintf("Thing %d", n), Currency: "EUR",
			PriceCents: 1999, LimitPerUser: 1, HoldMinutes: 10, Shards: 1,
		}
		for _, f := range strings.Fields(line) {
			name, value, _ := strings.Cut(f, "=")
			v, err := strconv.Atoi(value)
			if err != nil {
				td.Fatalf(t, "%s: %v", f, err)
			}
			switch name {
			case "units":
				item.Units = v
			case "limit":
				item.LimitPerUser = v
			case "hold":
				item.HoldMinutes = v
			case "extension":
				item.ExtensionMinutes = v
			case "shards":
				item.Shards = v
			case "price":
				item.PriceCents = int64(v)
			default:
				td.Fatalf(t, "an item has no %s", name)
			}
		}
		items = append(items, item)
	}
	return items
}
