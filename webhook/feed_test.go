package webhook

import (
	"context"
	"encoding/json"
	"errors"
	"net/http/httptest"
	"strings"
	"testing"

	"doorbuster/store"
)

// written are events 1 to n.
type written int

func (n written) Events(_ context.Context, after uint64, limit int) ([]store.Event, error) {
	if n < 0 {
		return nil, errors.New("away: geheim")
	}
	var all []store.Event
	for seq := after + 1; seq <= uint64(n) && len(all) < limit; seq++ {
		e := event()
		e.Seq = seq
		all = append(all, e)
	}
	return all, nil
}

// ask asks a feed as a reader does.
func ask(t *testing.T, f *Feed, method, query, authorization string) (*httptest.ResponseRecorder, feedPage) {
	t.Helper()
	r := httptest.NewRequest(method, "/api/events"+query, nil)
	if authorization != "" {
		r.Header.Set("Authorization", authorization)
	}
	w := httptest.NewRecorder()
	f.ServeHTTP(w, r)
	var page feedPage
	if err := json.Unmarshal(w.Body.Bytes(), &page); err != nil {
		t.Errorf("%s: %v: %s", query, err, w.Body)
	}
	if w.Header().Get("Cache-Control") != "no-store" || w.Header().Get("Content-Type") != "application/json" {
		t.Errorf("%s: headers %v", query, w.Header())
	}
	return w, page
}

func TestFeedTellsEverythingOnce(t *testing.T) {
	t.Parallel()
	f := NewFeed(written(1234), "right")
	seen, next, more := uint64(0), "0", true
	for more {
		w, page := ask(t, f, "GET", "?limit=500&after="+next, "Bearer right")
		if w.Code != 200 {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
		for _, m := range page.Events {
			if seen++; m.Data.Seq != seen {
				t.Fatalf("event %d instead of %d", m.Data.Seq, seen)
			}
		}
		next, more = jsonNumber(t, page.Next), page.More
	}
	if seen != 1234 || next != "1234" {
		t.Errorf("%d events, next %s", seen, next)
	}
	w, page := ask(t, f, "GET", "?after=1234", "bearer right")
	if w.Code != 200 || page.Next != 1234 || page.More || !strings.Contains(w.Body.String(), `"events":[]`) {
		t.Errorf("at the end: %d %s", w.Code, w.Body)
	}
	if _, page := ask(t, f, "GET", "", "Bearer right"); len(page.Events) != feedDefault || page.Next != feedDefault || !page.More {
		t.Errorf("without a number: %d events, next %d", len(page.Events), page.Next)
	}
	if _, page := ask(t, f, "GET", "?after=1224&limit=10", "Bearer right"); len(page.Events) != 10 || page.More {
		t.Errorf("the last page: %d events, more %t", len(page.Events), page.More)
	}
}

func jsonNumber(t *testing.T, n uint64) string {
	t.Helper()
	text, err := json.Marshal(n)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestFeedRefuses(t *testing.T) {
	t.Parallel()
	f := NewFeed(written(5), "right")
	for _, c := range []struct {
		feed                         *Feed
		method, query, authorization string
		code                         int
		word                         string
	}{
		{f, "GET", "", "", 401, "unauthorized"},
		{f, "GET", "", "Bearer wrong", 401, "unauthorized"},
		{f, "GET", "", "Bearer right2", 401, "unauthorized"},
		{f, "GET", "", "Bearer ", 401, "unauthorized"},
		{f, "GET", "", "Basic right", 401, "unauthorized"},
		{f, "GET", "", "right", 401, "unauthorized"},
		{f, "GET", "?after=x", "Bearer wrong", 401, "unauthorized"},
		{NewFeed(written(5), ""), "GET", "", "Bearer ", 401, "unauthorized"},
		{NewFeed(written(5), ""), "GET", "", "", 401, "unauthorized"},
		{f, "GET", "?after=-1", "Bearer right", 400, "bad_after"},
		{f, "GET", "?after=9223372036854775808", "Bearer right", 400, "bad_after"},
		{f, "GET", "?after=1.5", "Bearer right", 400, "bad_after"},
		{f, "GET", "?limit=0", "Bearer right", 400, "bad_limit"},
		{f, "GET", "?limit=501", "Bearer right", 400, "bad_limit"},
		{f, "GET", "?limit=all", "Bearer right", 400, "bad_limit"},
		{f, "POST", "", "Bearer right", 405, "bad_method"},
		{NewFeed(written(-1), "right"), "GET", "", "Bearer right", 503, "busy"},
	} {
		w, _ := ask(t, c.feed, c.method, c.query, c.authorization)
		if w.Code != c.code || !strings.Contains(w.Body.String(), `"error":"`+c.word+`"`) || strings.Contains(w.Body.String(), "geheim") {
			t.Errorf("%s %s %q: %d %s", c.method, c.query, c.authorization, w.Code, w.Body)
		}
	}
}
