package front

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
)

func testCrowd() Crowd { return Crowd{Keys: NewKeys(), Items: []uint64{7, 12345}, First: 99} }

// Every request is well formed, kept alive, ends where the next begins, and asks for what its kind says.
func TestRequests(t *testing.T) {
	t.Parallel()
	const shoppers = 50
	for kind, want := range map[Kind]string{
		Order: "POST /items/%d/orders", EmptyOrder: "POST /empty", Bare: "POST /bare/%d", Page: "GET /en/items/%d", EmptyPage: "GET /empty",
		State: "GET /items/%d/state", FixedRefusal: "POST /fixed/items/%d/orders", FixedPage: "GET /fixed/en/items/%d",
	} {
		requests := prepared(t, testCrowd(), kind, shoppers)
		seen := map[string]bool{}
		for n := range shoppers {
			raw := requests.At(n)
			reader := bufio.NewReader(bytes.NewReader(raw))
			r, err := http.ReadRequest(reader)
			if err != nil {
				t.Fatalf("kind %d: %v in %q", kind, err, raw)
			}
			body, err := io.ReadAll(r.Body)
			if _, more := reader.ReadByte(); err != nil || more != io.EOF {
				t.Fatalf("kind %d: it does not end where its header says: %v", kind, err)
			}
			line := want
			if strings.Contains(want, "%d") {
				line = fmt.Sprintf(want, []int{7, 12345}[n%2])
			}
			if got := r.Method + " " + r.URL.Path; got != line {
				t.Errorf("kind %d, shopper %d: %s, want %s", kind, n, got, line)
			}
			if r.Host != Host || r.Close || r.ContentLength != int64(len(body)) {
				t.Errorf("kind %d: host %s, closes %t, length %d of %d", kind, r.Host, r.Close, r.ContentLength, len(body))
			}
			who := r.Header.Get("Cookie") + r.Header.Get(userHeader)
			if who == "" || seen[who] {
				t.Errorf("kind %d, shopper %d: %q has asked before", kind, n, who)
			}
			seen[who] = true
		}
		if requests.Len() != shoppers || !bytes.Equal(requests.At(shoppers+3), requests.At(3)) {
			t.Errorf("kind %d: %d requests, or the count does not begin anew", kind, requests.Len())
		}
	}
}

// What is compared with each other differs by the path only.
func TestComparedRequestsAreAlike(t *testing.T) {
	t.Parallel()
	rest := func(kind Kind) string {
		r, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(prepared(t, testCrowd(), kind, 1).At(0))))
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Fatal(err)
		}
		cookie := len(r.Header.Get("Cookie"))
		r.Header.Del("Cookie")
		return fmt.Sprint(r.Method, r.Header, cookie, len(body))
	}
	for _, kinds := range [][2]Kind{{Order, EmptyOrder}, {Order, FixedRefusal}, {Page, EmptyPage}, {Page, FixedPage}} {
		if a, b := rest(kinds[0]), rest(kinds[1]); a != b {
			t.Errorf("kind %d:\n%s\nkind %d:\n%s", kinds[0], a, kinds[1], b)
		}
	}
}

func TestRequestsThatCannotBe(t *testing.T) {
	t.Parallel()
	if _, err := testCrowd().Prepare(Order, 0); err == nil {
		t.Error("requests of nobody")
	}
	if _, err := testCrowd().Prepare(State+1, 1); err == nil {
		t.Error("requests of an unknown kind")
	}
	if _, err := (Crowd{Keys: NewKeys()}).Prepare(Order, 1); err == nil {
		t.Error("requests for no item")
	}
	if _, err := (Crowd{Items: []uint64{1}}).Prepare(Order, 1); err == nil {
		t.Error("requests without keys")
	}
}
