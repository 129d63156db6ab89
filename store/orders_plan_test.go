package store_test

import (
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"doorbuster/store"
)

// searches are a search for each index, by name.
func searches(sale, item uint64, from time.Time) map[string]store.OrderFilter {
	filters := map[string]store.OrderFilter{
		"shop": {}, "shop_and_state": {State: "refunded"}, "sale": {Sale: sale}, "sale_and_state": {Sale: sale, State: "expired"},
		"item": {Item: item}, "item_and_state": {Item: item, State: "expired"},
		"email": {Email: "SHOPPER7@example.com"}, "name": {Name: "lena 4"}, "tail": {Number: []byte{1, 2, 3, 4}},
	}
	for name, f := range maps.Clone(filters) {
		if name != "email" && name != "name" && name != "tail" { // and from the middle of the list
			f.BeforeAt, f.BeforeID = from, uuid.UUID{0x01, 0x99, 0, 0, 0x10}
			filters[name+", a later page"] = f
		}
	}
	return filters
}

// indexOf is the index that a search reads, and the table.
func indexOf(name string) string {
	name, _, _ = strings.Cut(name, ",")
	if name == "email" || name == "name" {
		return "users_by_" + name
	}
	return "listed_orders_by_" + name
}

var (
	statementOf = regexp.MustCompile(`(?s)\n  SELECT STRAIGHT_JOIN o\.id, .*?;\n`)
	variable    = regexp.MustCompile(`\b(v_way|v_shop_id|v_pattern|v_from|v_to_at|v_to_id|in_\w+)\b`)
)

// explained is the very statement of search_orders with what a search puts in place of its variables.
func explained(t *testing.T, name string, f store.OrderFilter) string {
	t.Helper()
	text, err := os.ReadFile("../sql/procedures/search_orders.sql")
	if err != nil {
		t.Fatal(err)
	}
	way, _, _ := strings.Cut(strings.TrimSuffix(strings.Split(name, ",")[0], "_and_state"), ",")
	quoted := func(text string) string { return "'" + text + "'" }
	toAt, toID := "'9999-12-31'", "X'00000000000000000000000000000000'"
	if !f.BeforeAt.IsZero() {
		toAt, toID = quoted(f.BeforeAt.Format("2006-01-02 15:04:05.000000")), fmt.Sprintf("X'%x'", f.BeforeID[:])
	}
	values := map[string]string{
		"v_way": quoted(way), "v_shop_id": "1", "v_pattern": quoted(f.Name + "%"), "v_from": "'1000-01-01'", "v_to_at": toAt, "v_to_id": toID,
		"in_number": fmt.Sprintf("X'%x'", f.Number), "in_email": quoted(f.Email), "in_state": "_ascii" + quoted(f.State) + " COLLATE ascii_bin",
		"in_sale_id": fmt.Sprint(f.Sale), "in_item_id": fmt.Sprint(f.Item), "in_limit": "50",
	}
	return variable.ReplaceAllStringFunc(strings.TrimSuffix(strings.TrimSpace(statementOf.FindString(string(text))), ";"), func(word string) string {
		if values[word] == "" {
			t.Fatalf("no value for %s", word)
		}
		return values[word]
	})
}

// Every filter reads the index that was made for it, backwards, and stops when the page is full: by the plan of the very statement, and by what the server
// counts while the procedure runs. -v shows the plans.
func TestSearchReadsItsIndex(t *testing.T) {
	t.Parallel()
	l := newListed(t)
	sale, items := l.shelves()
	l.member(1)
	const orders, limit = 40_000, 50
	from := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	l.fill(orders, items, from)
	filters := searches(sale, items[0], from.Add(200*time.Second))
	for _, name := range slices.Sorted(maps.Keys(filters)) {
		f := filters[name]
		plan := planOf(t, l.root, explained(t, name, f))
		t.Logf("%s\n%s", name, strings.Join(plan, "\n"))
		found := false
		for _, line := range plan {
			fields := strings.Fields(line)
			found = found || fields[2] == indexOf(name)
			if strings.HasPrefix(fields[0], "<") || fields[0] == "f" {
				continue // what the branches found, a page at most
			}
			sorts := strings.Contains(line, "filesort") && name != "email" && name != "name" // sort the orders of the shoppers that they found
			if fields[1] == "ALL" || fields[1] == "index" || sorts {
				t.Errorf("%s: reads or sorts a table: %s", name, line)
			}
		}
		if !found {
			t.Errorf("%s: does not read %s:\n%s", name, indexOf(name), strings.Join(plan, "\n"))
		}
		// What a page may touch: of each order its place, itself, its shopper, item and sale, and a place in the sorted page. By name a hundred shoppers with four orders each.
		most := 12 * limit
		if name == "name" {
			most = 12 * 100 * 4
		}
		rows, got := l.reads(f, limit)
		if rows > most {
			t.Errorf("%s: %d rows were read for %d found, at most %d should", name, rows, got, most)
		}
		if got == 0 && name != "tail" {
			t.Errorf("%s: found nothing", name)
		}
	}
}

// reads are the rows that a search reads, by the server's own count, and those that it finds.
func (l *listed) reads(f store.OrderFilter, limit int) (reads, found int) {
	l.t.Helper()
	var at, id any
	if !f.BeforeAt.IsZero() {
		at, id = f.BeforeAt, f.BeforeID[:]
	}
	return readsOf(l.t, l.root, "CALL search_orders(1, ?, ?, ?, ?, ?, ?, NULL, NULL, ?, ?, ?)",
		append([]byte{}, f.Number...), f.Email, f.Name, f.Sale, f.Item, f.State, at, id, limit)
}

// BenchmarkSearchOrders makes b.N orders and says what a page of each search takes, the median of 50:
//
//	go test ./store -run '^$' -bench SearchOrders -benchtime 3000000x
func BenchmarkSearchOrders(b *testing.B) {
	l := newListed(b)
	sale, items := l.shelves()
	ann := l.member(1)
	from := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	l.fill(b.N, items, from)
	b.ResetTimer()
	filters := searches(sale, items[0], from.Add(time.Duration(b.N/200)*time.Second))
	for _, name := range slices.Sorted(maps.Keys(filters)) {
		f := filters[name]
		var times []time.Duration
		for range 50 {
			began := time.Now()
			if _, err := l.s.SearchOrders(b.Context(), ann, f, 51); err != nil {
				b.Fatal(err)
			}
			times = append(times, time.Since(began))
		}
		slices.Sort(times)
		b.ReportMetric(float64(times[len(times)/2].Microseconds())/1000, "ms/"+strings.NewReplacer(", a later page", "_later", " ", "_").Replace(name))
	}
}
