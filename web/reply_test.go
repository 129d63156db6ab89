package web

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"doorbuster/store"
	"doorbuster/store/storetest"
	"doorbuster/web/page"
)

// lines reads the log.
func (s *shop) lines() []map[string]any {
	s.t.Helper()
	var out []map[string]any
	scan := bufio.NewScanner(strings.NewReader(s.log.String()))
	for scan.Scan() {
		line := map[string]any{}
		if err := json.Unmarshal(scan.Bytes(), &line); err != nil {
			s.t.Fatalf("%v in %s", err, scan.Text())
		}
		out = append(out, line)
	}
	return out
}

// Each purchase is one line, with the request, the order and the outcome; pages that are served are none.
func TestPurchaseLog(t *testing.T) {
	s := newShop(t)
	_, items := storetest.Sale(t, s.store, store.NewItem{Units: 1})
	s.settle()
	_, ann := s.shopper("ann")
	_, bob := s.shopper("bob")
	s.get("/en/")
	s.get(itemURL("en", items[0]))
	s.get(fmt.Sprintf("/items/%d/state", items[0]))
	url := itemURL("en", items[0]) + "/orders"
	first := s.form(url, "units=1", ann)
	second := s.form(url, "units=1", bob)
	third := s.form(url, "units=0", bob)
	s.get("/en/orders", "Cookie", ann)
	lines := s.lines()
	if len(lines) != 3 {
		t.Fatalf("%d lines:\n%s", len(lines), s.log.String())
	}
	for i, a := range []struct {
		answered
		outcome string
	}{{first, "placed"}, {second, "sold_out"}, {third, "bad_units"}} {
		l := lines[i]
		if l["msg"] != "purchase" || l["outcome"] != a.outcome || l["item"] != float64(items[0]) || l["status"] != float64(a.status) {
			t.Errorf("line %d: %v", i+1, l)
		}
		if id := a.header.Get("X-Request-Id"); id == "" || l["request"] != id {
			t.Errorf("line %d: request %v, the answer says %q", i+1, l["request"], id)
		}
	}
	order := strings.TrimPrefix(first.header.Get("Location"), "/en/orders/")
	if lines[0]["order"] != order {
		t.Errorf("order %v, want %s", lines[0]["order"], order)
	}
	var request []byte
	row := s.db.Root(t).QueryRowContext(t.Context(), "SELECT request_id FROM orders")
	if err := row.Scan(&request); err != nil || uuid.UUID(request).String() != lines[0]["request"] {
		t.Errorf("the order has request %x (%v), the log %v", request, err, lines[0]["request"])
	}
}

// A fault is told with a reference and nothing else; the log has the reference and the reason.
func TestFaultReference(t *testing.T) {
	s := newShop(t)
	_, items := storetest.Sale(t, s.store, store.NewItem{Units: 5})
	s.settle()
	_, ann := s.shopper("ann")
	s.exec("REVOKE EXECUTE ON PROCEDURE place_orders FROM doorbuster_web@'%'")
	s.exec("DROP PROCEDURE show_order")
	s.exec("CREATE PROCEDURE show_order(IN a BINARY(16), IN b BIGINT) BEGIN SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 50001, MESSAGE_TEXT = 'secret shelf 17'; END")
	s.exec("GRANT EXECUTE ON PROCEDURE show_order TO doorbuster_web@'%'")
	_ = items
	id := uuid.Must(uuid.NewV7()).String()
	inPage := regexp.MustCompile(`<code>([0-9a-f-]{36})</code>`)
	html := s.get("/en/orders/"+id, "Cookie", ann)
	data := s.json0("/orders/"+id, ann)
	var body struct{ Error, Reference string }
	if err := json.Unmarshal([]byte(data.body), &body); err != nil || body.Error != "fault" {
		t.Errorf("%v in %s", err, data.body)
	}
	m := inPage.FindStringSubmatch(html.body)
	if m == nil {
		t.Fatalf("no reference on the page:\n%s", html.body)
	}
	lines := s.lines()
	if len(lines) != 2 {
		t.Fatalf("%d lines:\n%s", len(lines), s.log.String())
	}
	for i, reference := range []string{m[1], body.Reference} {
		if lines[i]["request"] != reference || lines[i]["level"] != "ERROR" || !strings.Contains(fmt.Sprint(lines[i]["error"]), "secret shelf 17") {
			t.Errorf("reference %s, line %v", reference, lines[i])
		}
	}
	for _, a := range []answered{html, data} {
		if a.status != 500 || strings.Contains(a.body, "secret") || strings.Contains(a.body, "procedure") || strings.Contains(a.body, "50001") {
			t.Errorf("%d: %s", a.status, a.body)
		}
	}
}

// A handler that panics is a fault like any other, and the server goes on.
func TestPanic(t *testing.T) {
	s := newShop(t)
	h := s.server.do("test", bare, "en", func(*reply, *http.Request) error { panic("shelf fell down") })
	w := httptest.NewRecorder()
	h(w, httptest.NewRequest(get, "/en/", nil))
	if w.Code != 500 || !strings.Contains(w.Body.String(), `data-outcome="fault"`) || strings.Contains(w.Body.String(), "shelf") {
		t.Errorf("%d: %s", w.Code, w.Body)
	}
	if !strings.Contains(s.log.String(), "shelf fell down") {
		t.Error("the log does not know of it")
	}
	// After the answer has begun it can only be cut off.
	late := s.server.do("test", bare, "en", func(a *reply, _ *http.Request) error {
		_, _ = a.Write([]byte("half"))
		return errors.New("the other half is missing")
	})
	defer func() {
		if p, _ := recover().(error); !errors.Is(p, http.ErrAbortHandler) {
			t.Errorf("recovered %v", p)
		}
	}()
	late(httptest.NewRecorder(), httptest.NewRequest(get, "/en/", nil))
	t.Error("an answer that was cut in half looks whole")
}

// A request id is taken from our own proxies, and only if it is one.
func TestRequestID(t *testing.T) {
	s := newShop(t)
	const sent = "01234567-89ab-7def-8123-456789abcdef"
	for _, c := range []struct {
		name    string
		proxies []netip.Prefix
		value   string
		taken   bool
	}{
		{"from anybody", nil, sent, false},
		{"from a stranger", []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}, sent, false},
		{"from our proxy", []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, sent, true},
		{"without dashes", []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, strings.ReplaceAll(sent, "-", ""), true},
		{"nonsense from our proxy", []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, "<script>", false},
	} {
		s.serve(func(cfg *Config) { cfg.TrustedProxies = c.proxies })
		_, cookie := s.shopper("ann")
		got := s.form("/en/items/1/orders", "units=0", cookie, "X-Request-Id", c.value).header.Get("X-Request-Id")
		if (got == sent) != c.taken || uuid.Validate(got) != nil {
			t.Errorf("%s: %q", c.name, got)
		}
	}
}

// A storm of bad requests does not become a storm of log lines, and a reference is only shown when a line has it.
func TestQuietLog(t *testing.T) {
	s := newShop(t)
	shown := 0
	for range 10 * quietLines {
		if strings.Contains(s.form("/en/sign-in", "a=b", "").body, "<code>") {
			shown++
		}
	}
	if n := len(s.lines()); n != shown || n < quietLines || n > 5*quietLines {
		t.Errorf("%d lines, %d references shown", n, shown)
	}
	// A fault is always logged.
	for left := true; left; {
		_, left = s.server.quiet.Take(struct{}{}, time.Now())
	}
	h := s.server.do("test", bare, "en", func(*reply, *http.Request) error { return errors.New("shelf fell down") })
	h(httptest.NewRecorder(), httptest.NewRequest(get, "/en/", nil))
	if !strings.Contains(s.log.String(), "shelf fell down") {
		t.Error("a fault was left out of the log")
	}
}

// What a caller can write into the log stays one line and short.
func TestLogInjection(t *testing.T) {
	s := newShop(t)
	s.form("/en/orders?before="+strings.Repeat("x", 5000), "a=b", "", "User-Agent", "a\tb")
	s.get("/en/orders/%0a%0d%1b[31m{}\u2028?before=1", "Cookie", "x")
	s.form("/en/sign-in/../%0aINFO", "a=b", "")
	for _, line := range strings.Split(strings.TrimSpace(s.log.String()), "\n") {
		if line != "" && (!json.Valid([]byte(line)) || len(line) > 1000) {
			t.Errorf("line %q", line)
		}
	}
}

// Every outcome of the store and of the pages has a status, so that no answer is a guess.
func TestEveryOutcomeHasAStatus(t *testing.T) {
	for _, o := range page.Outcomes {
		if statusOf[o] < 300 {
			t.Errorf("%s: status %d", o, statusOf[o])
		}
	}
	for _, o := range []store.Outcome{
		store.Exists, store.KeyReused, store.NoSuchItem, store.Over, store.NotOpen, store.Paused, store.TooLate, store.BadUnits, store.OverLimit,
		store.AlreadyOrdered, store.SoldOut, store.NotEnough, store.Placed, store.Busy, store.Unknown, store.NoSuchOrder, store.AlreadyPaid,
		store.NotPayable, store.HoldEnded, store.Paid, store.AlreadyCancelled, store.NotCancellable, store.Cancelled, store.Paying,
		store.Started, store.NotHeld, store.NotExtendable, store.AlreadyExtended, store.Extended,
	} {
		if statusOf[string(o)] == 0 {
			t.Errorf("%s has no status", o)
		}
	}
}

// The errors of the store, as callers see them.
func TestRefusals(t *testing.T) {
	s := newShop(t)
	s.settle()
	for _, c := range []struct {
		name    string
		method  string
		err     error
		status  int
		outcome string
	}{
		{"not found", get, fmt.Errorf("x: %w", store.ErrNotFound), 404, "not_found"},
		{"busy", post, &store.BusyError{}, 503, "busy"},
		{"unknown change", post, &store.UnknownError{Err: errors.New("cut")}, 503, "unknown"},
		{"unknown reading", get, &store.UnknownError{Err: errors.New("cut")}, 503, "busy"},
		{"broken", post, fmt.Errorf("%w: x", store.ErrBroken), 500, "fault"},
		{"anything", post, errors.New("x"), 500, "fault"},
		{"too large", post, fmt.Errorf("x: %w", &http.MaxBytesError{Limit: 1}), 413, "too_large"},
	} {
		for _, asJSON := range []bool{false, true} {
			h := s.server.do("test", kind{json: asJSON}, "en", func(*reply, *http.Request) error { return c.err })
			w := httptest.NewRecorder()
			h(w, httptest.NewRequest(c.method, "/en/", nil))
			mark := `data-outcome="` + c.outcome + `"`
			if asJSON && c.outcome == "fault" {
				mark = `"error":"fault"`
			} else if asJSON {
				mark = `"outcome":"` + c.outcome + `"`
			}
			if w.Code != c.status || !strings.Contains(w.Body.String(), mark) {
				t.Errorf("%s, JSON %t: %d, no %s in %s", c.name, asJSON, w.Code, mark, w.Body)
			}
			if (c.status == 503) != (w.Header().Get("Retry-After") != "") {
				t.Errorf("%s: Retry-After %q", c.name, w.Header().Get("Retry-After"))
			}
		}
	}
}

// When it is not known, or not now, the shopper keeps the key: pressing again cannot order twice.
func TestNotNowKeepsThePass(t *testing.T) {
	s := newShop(t)
	order := uuid.Must(uuid.NewV7())
	p := attempt{item: 7, user: 1, units: 2, order: order, pass: "thepass"}
	for _, outcome := range []store.Outcome{store.Unknown, store.Busy, store.TooLate} {
		for _, asJSON := range []bool{false, true} {
			h := s.server.do("test", kind{json: asJSON}, "zh", func(a *reply, _ *http.Request) error {
				return s.server.notPlaced(a, p, store.Placement{Outcome: outcome, UnitsLeft: -1, RetryAfter: 2500 * time.Millisecond})
			})
			w := httptest.NewRecorder()
			h(w, httptest.NewRequest(post, "/zh/items/7/orders", nil))
			body := w.Body.String()
			wants := []string{`data-outcome="` + string(outcome) + `"`, `action="/zh/items/7/orders"`, `name="pass" value="thepass"`, `name="units" value="2"`}
			if asJSON {
				wants = []string{`"outcome":"` + string(outcome) + `"`}
				if outcome == store.Unknown {
					wants = append(wants, `"order":"`+order.String()+`"`, `"retry_after":3`)
				}
			}
			for _, want := range wants {
				if !strings.Contains(body, want) {
					t.Errorf("%s, JSON %t: no %s in %s", outcome, asJSON, want, body)
				}
			}
			retry, status := "3", 503
			if outcome == store.TooLate {
				retry, status = "", 409
			}
			if w.Code != status || w.Header().Get("Retry-After") != retry {
				t.Errorf("%s: %d, Retry-After %q", outcome, w.Code, w.Header().Get("Retry-After"))
			}
		}
	}
}
