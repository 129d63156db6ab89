package web

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"testing"

	"doorbuster/store"
	"doorbuster/store/storetest"
)

var (
	cardItem = regexp.MustCompile(`data-item="(\d+)"`)
	nextPage = regexp.MustCompile(`rel="next" href="([^"]+)"`)
	prevPage = regexp.MustCompile(`rel="prev" href="([^"]+)"`)
)

// cards lists the items on a page of a sale, in order.
func cards(body string) []uint64 {
	var ids []uint64
	for _, m := range cardItem.FindAllStringSubmatch(body, -1) {
		id, _ := strconv.ParseUint(m[1], 10, 64) // digits, by the expression
		ids = append(ids, id)
	}
	return ids
}

// leads finds an address on a page, "" if it is not there.
func leads(found *regexp.Regexp, body string) string {
	if m := found.FindStringSubmatch(body); m != nil {
		return m[1]
	}
	return ""
}

// A long sale is led through page by page: every item once, in the sale's order, and back again.
func TestSalePages(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	items := make([]store.NewItem, 2*itemsPerPage+1)
	for i := range items {
		items[i] = store.NewItem{SKU: fmt.Sprint("sku-", i), Title: fmt.Sprint("Thing ", i), Units: 5}
	}
	sale, want := storetest.Sale(t, s.store, items...)
	s.settle()
	var got []uint64
	walked := []string{}
	for at := fmt.Sprintf("/zh/sales/%d", sale); at != ""; {
		a := s.get(at)
		if a.status != http.StatusOK {
			t.Fatalf("%s: %d", at, a.status)
		}
		if len(walked) > 0 && leads(prevPage, a.body) != walked[len(walked)-1] {
			t.Errorf("%s leads back to %q, want %s", at, leads(prevPage, a.body), walked[len(walked)-1])
		}
		walked, got = append(walked, at), append(got, cards(a.body)...)
		at = leads(nextPage, a.body)
	}
	if len(walked) != 3 || !slices.Equal(got, want) {
		t.Errorf("%d pages show %d items, want the sale's %d on 3: %v", len(walked), len(got), len(want), walked)
	}
	for i, page := range map[int]string{0: "", itemsPerPage - 1: "", itemsPerPage: "?page=2", 2 * itemsPerPage: "?page=3"} {
		back := fmt.Sprintf(`<a href="/en/sales/%d%s">`, sale, page)
		if a := s.get(itemURL("en", want[i])); !regexp.MustCompile(regexp.QuoteMeta(back)).MatchString(a.body) {
			t.Errorf("item %d of the sale does not lead back to its page: no %s", i+1, back)
		}
	}
	for query, status := range map[string]int{
		"?page=1": 200, "?page=4": 404, "?page=0": 404, "?page=-1": 404, "?page=99999999999": 404,
		"?page=": 400, "?page=two": 400, "?page=1&page=2": 400, "?page=99999999999999999999": 400,
		"?utm_source=mail&a=1&a=2&%zz": 200,
	} {
		if a := s.get(fmt.Sprintf("/en/sales/%d%s", sale, query)); a.status != status {
			t.Errorf("%s: %d, want %d", query, a.status, status)
		}
	}
}

// What is sold on a later page shows there.
func TestSalePagesFollow(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	items := make([]store.NewItem, itemsPerPage+1)
	for i := range items {
		items[i] = store.NewItem{SKU: fmt.Sprint("sku-", i), Units: 1}
	}
	sale, ids := storetest.Sale(t, s.store, items...)
	s.settle()
	second := fmt.Sprintf("/en/sales/%d?page=2", sale)
	last := ids[itemsPerPage]
	shown := func(state string) bool {
		return regexp.MustCompile(fmt.Sprintf(`data-item="%d" data-state="%s"`, last, state)).MatchString(s.get(second).body)
	}
	if !shown("live") {
		t.Fatal("the last item is not for sale on the second page")
	}
	_, cookie := s.shopper("ann")
	if a := s.form(itemURL("en", last)+"/orders", "units=1", cookie); a.status != http.StatusSeeOther {
		t.Fatalf("the purchase: %d", a.status)
	}
	s.eventually("the second page says sold out", func() bool { return shown("sold_out") })
}
