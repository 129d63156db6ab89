package rush

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
)

// fakeShop keeps the HTTP contract of the shop, with its stock in memory, so that a rush can be tried against a shop
// that is wrong in one chosen way. It says nothing about the real shop: that one is tried by real rushes.
type fakeShop struct {
	*httptest.Server
	secret []byte
	item   uint64
	units  int
	opens  time.Time
	defect string
	chaos  bool // answers get lost, the shop is busy, unknown is said
	seen   func(sub string)

	mu        sync.Mutex
	users     map[string]uint64
	orders    map[uuid.UUID]*DBOrder
	list      []*DBOrder
	byUser    map[uint64]uuid.UUID
	left      int
	presses   int
	links     map[string]bool    // ids of sign-in links that were used
	forgotten map[uuid.UUID]bool // orders that are said to be paid and are not
	doomed    string             // the shopper on whom a defect of one works
	lostKey   uuid.UUID
	hangups   int // requests whose connection was gone before the answer
	forms     int
	withPass  int
}

const pageMark = `<main data-outcome="%s"><form method="post"><input type="hidden" name="units" value="1"><input type="hidden" name="pass" value="%s"></form></main>`

func newFakeShop(t *testing.T, units int, defect string) *fakeShop {
	t.Helper()
	f := &fakeShop{
		secret: []byte("a secret of the tests"), item: 7, units: units, left: units, defect: defect, opens: time.Now(),
		users: map[string]uint64{}, orders: map[uuid.UUID]*DBOrder{}, byUser: map[uint64]uuid.UUID{}, links: map[string]bool{}, forgotten: map[uuid.UUID]bool{},
	}
	m := http.NewServeMux()
	m.HandleFunc("GET /sign-in/link", f.signIn)
	m.HandleFunc("GET /items/7/state", f.state)
	m.HandleFunc("GET /items/7/pass", f.pass)
	m.HandleFunc("POST /items/7/orders", f.pressJSON)
	m.HandleFunc("POST /en/items/7/orders", f.pressForm)
	m.HandleFunc("GET /orders/{order}", f.show)
	m.HandleFunc("POST /orders/{order}/{act}", f.act)
	m.HandleFunc("POST /en/sandbox/{order}", f.card)
	m.HandleFunc("GET /metrics", f.metrics)
	f.Server = httptest.NewServer(m)
	t.Cleanup(f.Close)
	return f
}

// config is a quick rush against the fake.
func (f *fakeShop) config(shoppers int) Config {
	c := Defaults()
	c.ShopURL, c.OpsURL, c.LinkSecret, c.Item = f.URL, f.URL, f.secret, f.item
	c.Shoppers, c.Duration, c.Connections, c.Seed = shoppers, 200*time.Millisecond, 32, 42
	c.Think = 80 * time.Millisecond
	c.Patience, c.Resolve = 20*time.Second, 20*time.Second
	c.Audit = f.audit
	return c
}

func (f *fakeShop) audit(context.Context) (*Database, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	db := &Database{Allotted: f.units, Available: f.left}
	for _, o := range f.list {
		db.Orders = append(db.Orders, *o)
	}
	if f.presses > 0 && f.defect == "audit" {
		db.Broken = []string{"item 7: 1 unit in no account"}
	}
	if f.presses > 0 && f.defect == "nowhere" {
		db.Orders = append(db.Orders, DBOrder{ID: uuid.New(), UserID: 999_999, State: "cancelled", Units: 1})
	}
	return db, nil
}

func (f *fakeShop) signIn(w http.ResponseWriter, r *http.Request) {
	part, sum, _ := strings.Cut(r.URL.Query().Get("token"), ".")
	mac := hmac.New(sha256.New, f.secret)
	mac.Write([]byte(part))
	if sum != base64.RawURLEncoding.EncodeToString(mac.Sum(nil)) {
		reply409(w, http.StatusForbidden, "bad_link")
		return
	}
	raw, err := base64.RawURLEncoding.DecodeString(part)
	var p linkPayload
	if err != nil || json.Unmarshal(raw, &p) != nil || p.Purpose != "sign-in" || p.Expires-p.Issued > 600 {
		reply409(w, http.StatusForbidden, "bad_link")
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.links[p.ID] {
		reply409(w, http.StatusForbidden, "used_link")
		return
	}
	f.links[p.ID] = true
	if f.defect == "door" && len(f.users) == 3 {
		reply409(w, http.StatusForbidden, "bad_link")
		return
	}
	if f.users[p.Customer] == 0 {
		f.users[p.Customer] = uint64(len(f.users) + 1)
	}
	http.SetCookie(w, &http.Cookie{Name: "db_session", Value: p.Customer, HttpOnly: true, Path: "/"})
	http.Redirect(w, r, r.URL.Query().Get("to"), http.StatusSeeOther)
}

// who gives the signed-in shopper, or answers 401. f.mu must be held.
func (f *fakeShop) who(w http.ResponseWriter, r *http.Request) (sub string, id uint64) {
	if c, err := r.Cookie("db_session"); err == nil {
		sub, id = c.Value, f.users[c.Value]
	}
	if id == 0 {
		reply409(w, http.StatusUnauthorized, "no_session")
	}
	return sub, id
}

func reply409(w http.ResponseWriter, status int, outcome string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = fmt.Fprintf(w, `{"outcome":%q}`, outcome)
}

func (f *fakeShop) state(w http.ResponseWriter, _ *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	s := "live"
	switch now := time.Now(); {
	case now.Before(f.opens):
		s = "soon"
	case f.left <= 0:
		s = "sold_out"
	}
	_, _ = fmt.Fprintf(w, `{"s":%q,"left":%d,"v":1,"now":%d,"opens":%d}`, s, f.left, time.Now().UnixMilli(), f.opens.UnixMilli())
}

func (f *fakeShop) pass(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	sub, id := f.who(w, r)
	switch {
	case id == 0:
	case time.Now().Before(f.opens):
		reply409(w, http.StatusConflict, "not_open")
	default:
		order := uuid.New()
		_ = json.NewEncoder(w).Encode(map[string]any{"pass": sub + "~" + order.String(), "order": order, "shopper": id})
	}
}

func (f *fakeShop) show(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	sub, id := f.who(w, r)
	order, _ := uuid.Parse(r.PathValue("order"))
	o := f.orders[order]
	if id == 0 {
		return
	}
	if o == nil || o.UserID != id || (f.defect == "hidden" && sub == f.doomed) {
		reply409(w, http.StatusNotFound, "no_such_order")
		return
	}
	state := o.State
	if f.forgotten[order] {
		state = "paid"
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"order": order, "state": state, "item": f.item, "units": o.Units, "shopper": id})
}

func (f *fakeShop) act(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	_, id := f.who(w, r)
	order, _ := uuid.Parse(r.PathValue("order"))
	o := f.orders[order]
	if id == 0 {
		return
	}
	if o == nil || o.UserID != id {
		reply409(w, http.StatusNotFound, "no_such_order")
		return
	}
	if r.PathValue("act") == "pay" {
		_ = json.NewEncoder(w).Encode(map[string]any{"outcome": "started", "order": order, "url": "/en/sandbox/" + order.String()})
		return
	}
	if o.Active() {
		o.State = "cancelled"
		f.left += o.Units
		delete(f.byUser, id)
	}
	reply409(w, http.StatusOK, "cancelled")
}

// card is the page of a provider: it pays, and leads back to the order.
func (f *fakeShop) card(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	sub, id := f.who(w, r)
	order, _ := uuid.Parse(r.PathValue("order"))
	o := f.orders[order]
	if id == 0 {
		return
	}
	if o == nil || o.UserID != id || r.PostFormValue("card") != goodCard {
		reply409(w, http.StatusNotFound, "not_found")
		return
	}
	switch {
	case f.defect == "unpaid" && sub == f.doomed:
		f.forgotten[order] = true
	case o.Active():
		o.State = "paid"
	}
	http.Redirect(w, r, "/en/orders/"+order.String()+"/paid", http.StatusSeeOther)
}

func (f *fakeShop) metrics(w http.ResponseWriter, _ *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	_, _ = fmt.Fprintf(w, "# TYPE doorbuster_batch_orders histogram\ndoorbuster_batch_orders_bucket{item=\"7\",le=\"1\"} 3\n")
	_, _ = fmt.Fprintf(w, "doorbuster_batch_orders_sum{item=\"7\"} %d\ndoorbuster_batch_orders_count{item=\"7\"} %d\n", f.presses, (f.presses+9)/10)
	_, _ = fmt.Fprintf(w, "process_cpu_seconds_total 1.5\n")
}

// snapshot reads what the fake counted.
func (f *fakeShop) snapshot(read func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	read()
}

func (f *fakeShop) pressJSON(w http.ResponseWriter, r *http.Request) {
	var b struct {
		Pass  string `json:"pass"`
		Units int    `json:"units"`
	}
	if json.NewDecoder(r.Body).Decode(&b) != nil || b.Units != 1 {
		reply409(w, http.StatusBadRequest, "bad_units")
		return
	}
	a, ok := f.press(w, r, b.Pass)
	if !ok {
		return
	}
	w.Header().Set("Content-Type", "application/json")
	if a.retry {
		w.Header().Set("Retry-After", "0")
		if f.defect == "retry_after" {
			w.Header().Del("Retry-After")
		}
	}
	w.WriteHeader(a.status)
	_ = json.NewEncoder(w).Encode(map[string]any{"outcome": a.outcome, "order": a.order, "left": 0})
}

func (f *fakeShop) pressForm(w http.ResponseWriter, r *http.Request) {
	pass := r.PostFormValue("pass")
	f.snapshot(func() {
		f.forms++
		if pass != "" {
			f.withPass++
		}
	})
	a, ok := f.press(w, r, pass)
	switch {
	case !ok:
	case a.order != uuid.Nil && (a.status < 300 || a.outcome == "already_ordered"):
		http.Redirect(w, r, "/en/orders/"+a.order.String(), http.StatusSeeOther)
	default:
		if a.retry {
			w.Header().Set("Retry-After", strconv.Itoa(0))
		}
		w.WriteHeader(a.status)
		_, _ = fmt.Fprintf(w, pageMark, a.outcome, a.pass)
	}
}

// owners lists the shoppers of all orders.
func (f *fakeShop) owners() []uint64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	var ids []uint64
	for _, o := range f.list {
		ids = append(ids, o.UserID)
	}
	slices.Sort(ids)
	return ids
}
