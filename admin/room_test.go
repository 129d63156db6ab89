package admin

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"doorbuster/store"
	"doorbuster/store/storetest"
)

// stream is a live room that a browser watches.
type stream struct {
	t      *testing.T
	status int
	lines  *bufio.Scanner
}

// watch opens one; it ends with the test at the latest.
func (b *browser) watch(path string) *stream {
	b.t.Helper()
	ctx, stop := context.WithTimeout(b.t.Context(), 30*time.Second)
	b.t.Cleanup(stop)
	r, err := http.NewRequestWithContext(ctx, get, "http://"+b.addr+path, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	r.Header.Set("Cookie", b.cookie)
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() { _ = res.Body.Close() })
	return &stream{t: b.t, status: res.StatusCode, lines: bufio.NewScanner(res.Body)}
}

// until reads on to a line that has a text; "" reads to the end.
func (s *stream) until(text string) {
	s.t.Helper()
	for s.lines.Scan() {
		if text != "" && strings.Contains(s.lines.Text(), text) {
			return
		}
	}
	if text != "" {
		s.t.Fatalf("the stream ended without %q: %v", text, s.lines.Err())
	}
}

// Two who watch see what a third does, by themselves; who is disabled is sent away, the other is not; and the console stops while somebody watches.
func TestLiveRoom(t *testing.T) {
	c := newConsole(t)
	sale, items := storetest.Sale(t, c.store, store.NewItem{Units: 7, LimitPerUser: 5})
	room := fmt.Sprintf("/en/sales/%d/live", sale)
	ann, vic := c.member("ann", store.RoleMerchant, 1), c.member("vic", store.RoleViewer, 1)
	first, second := c.session(ann, signedIn).watch(room+"/events"), c.session(vic, signedIn).watch("/zh"+strings.TrimPrefix(room, "/en")+"/events")
	first.until(`data-tab="live"`)
	second.until(`data-tab="live"`)
	c.place(items[0], "bea", 3)
	first.until("<strong>3</strong>")
	second.until("<strong>3</strong>")
	if a := c.session(ann, signedIn).form(room+"/pause", "reason=stop"); a.status != 303 || a.header.Get("Location") != room+"?told=paused" {
		t.Errorf("%d %s", a.status, a.header.Get("Location"))
	}
	first.until(`data-tab="paused"`)
	c.exec("UPDATE staff SET state = 'disabled' WHERE id = ?", vic.id)
	second.until("event: end")
	second.until("")
	first.until(`data-tab="paused"`)
	if sales, viewers := c.server.rooms.Watched(); sales != 1 || viewers != 1 {
		t.Errorf("%d sales, %d viewers", sales, viewers)
	}
	if a := c.session(vic, signedIn).watch(room + "/events"); a.status != http.StatusSeeOther {
		t.Errorf("a disabled member: %d", a.status)
	}
}

// As many watch as may; the next one is told to come back, and the page works without.
func TestRoomIsFull(t *testing.T) {
	c := newConsole(t)
	sale, _ := storetest.Sale(t, c.store, store.NewItem{Units: 7})
	room := fmt.Sprintf("/en/sales/%d/live", sale)
	b := c.session(c.member("ann", store.RoleViewer, 1), signedIn)
	c.server.rooms.Stop()
	if a := b.get(room + "/events"); a.status != http.StatusServiceUnavailable || a.header.Get("Retry-After") == "" || a.outcome() != "busy" {
		t.Errorf("%d %s", a.status, a.outcome())
	}
	if a := b.get(room); a.status != 200 || terms(a.body) != "7 Allotted, 0 Sold, 0 Held, 7 Left" {
		t.Errorf("%d %s", a.status, terms(a.body))
	}
}

// Two who change the same at once: the second gets a clear answer, and nobody overwrites. Differences of units add up.
func TestTwoInTheRoom(t *testing.T) {
	c := newConsole(t)
	sale, items := storetest.Sale(t, c.store, store.NewItem{Units: 7})
	_, others := storetest.Sale(t, c.store, store.NewItem{Units: 1, SKU: "other"})
	room := fmt.Sprintf("/en/sales/%d/live", sale)
	ann, mia := c.session(c.member("ann", store.RoleMerchant, 1), signedIn), c.session(c.member("mia", store.RoleOwner, 1), signedIn)
	hidden := func(body, name string) string {
		_, rest, _ := strings.Cut(body, `name="`+name+`" value="`)
		value, _, _ := strings.Cut(rest, `"`)
		return value
	}
	page := ann.get(room).body
	closes, seen := hidden(page, "closes"), hidden(page, "seen")
	for form, body := range map[string]string{
		"pause": "reason=", "end": "reason=x&confirm=1x", "extend": "reason=x&minutes=0&closes=1", "tell": "reason=x&seen=&message=" + strings.Repeat("a", 201), "units": "way=add&units=0&item=1&reason=x",
	} {
		if a := ann.form(room+"/"+form, body); a.status != 400 || !strings.Contains(a.body, `<details class="act `+form+`" open`) {
			t.Errorf("%s %s: %d", form, body, a.status)
		}
	}
	ofItem := fmt.Sprintf("item=%d&", items[0]) // whose units, for the undo
	for _, step := range []struct {
		who        *browser
		form, body string
		told       string
	}{
		{ann, "pause", "reason=x", "told=paused"},
		{mia, "pause", "reason=y", "told=already_paused"},
		{ann, "resume", "reason=x", "told=resumed"},
		{mia, "resume", "reason=y", "told=already_open"},
		{ann, "extend", "minutes=10&reason=x&closes=" + closes, "told=extended"},
		{mia, "extend", "minutes=30&reason=y&closes=" + closes, "told=changed_meanwhile"},
		{mia, "extend", "minutes=30&reason=y&closes=never", "told=changed_meanwhile"},
		{ann, "tell", "message=one&reason=x&seen=" + seen, "told=told"},
		{mia, "tell", "message=two&reason=y&seen=" + seen, "told=changed_meanwhile"},
		{mia, "tell", "message=one&reason=y&seen=one", "told=repeated"},
		{ann, "units", fmt.Sprintf("way=add&units=5&item=%d&reason=x", items[0]), ofItem + "told=added"},
		{mia, "units", fmt.Sprintf("way=add&units=6&item=%d&reason=y", items[0]), ofItem + "told=added"},
		{mia, "units", fmt.Sprintf("way=withdraw&units=99&item=%d&reason=y", items[0]), ofItem + "left=18&told=not_enough"},
		{mia, "end", fmt.Sprintf("confirm=%d&reason=y", sale), "told=ended"},
		{ann, "end", fmt.Sprintf("confirm=%d&reason=x", sale), "told=already_ended"},
	} {
		if a := step.who.form(room+"/"+step.form, step.body); a.status != 303 || a.header.Get("Location") != room+"?"+step.told {
			t.Errorf("%s %s: %d %s", step.form, step.body, a.status, a.header.Get("Location"))
		}
	}
	if n := c.count("SELECT COUNT(*) FROM sale_log WHERE sale_id = ? AND staff_id IS NOT NULL AND reason IN ('x', 'y')", sale); n != 7 {
		t.Errorf("%d lines in the log, not one for each change", n)
	}
	if a := ann.form(room+"/units", "way=set&units=1&item=1&reason=x"); a.status != 400 {
		t.Errorf("neither added nor withdrawn: %d", a.status)
	}
	if a := ann.form(room+"/units", fmt.Sprintf("way=add&units=1&item=%d&reason=x", others[0])); a.status != 404 {
		t.Errorf("an item of another sale: %d", a.status)
	}
	c.db.MustAudit(t)
}
