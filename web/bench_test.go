package web

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"doorbuster/store"
	"doorbuster/store/storetest"
)

// discard is a ResponseWriter without a connection, so that only our own work is measured.
type discard struct {
	header http.Header
	status int
}

func (d *discard) Header() http.Header         { return d.header }
func (d *discard) WriteHeader(status int)      { d.status = status }
func (d *discard) Write(b []byte) (int, error) { return len(b), nil }

func benchShop(b *testing.B) (*Server, *store.Store, uint64, string) {
	b.Helper()
	db := storetest.New(b)
	st := db.Open(b)
	_, items := storetest.Sale(b, st, store.NewItem{Units: 1})
	cfg := testConfig(st)
	cfg.Log, _ = NewLog(io.Discard, slog.LevelInfo)
	cfg.Limits.AddressPerSecond, cfg.Limits.ShopperPerSecond, cfg.Limits.ShopperBurst = 1e9, 1e9, 1e9
	server, err := New(cfg)
	if err != nil {
		b.Fatal(err)
	}
	u, err := st.SignInByLink(b.Context(), "ann", "", "Ann", "en")
	if err != nil {
		b.Fatal(err)
	}
	cookie := server.sessionCookie() + "=" + server.sessions.seal(session{user: *u.UserID, issued: st.Now(), name: "Ann"})
	return server, st, items[0], cookie
}

func benchGet(b *testing.B, path func(item uint64) string) {
	b.Helper()
	server, _, item, cookie := benchShop(b)
	r := httptest.NewRequest(get, path(item), nil)
	r.Header.Set("Accept-Encoding", "gzip, deflate, br, zstd")
	r.Header.Set("Cookie", cookie)
	b.ReportAllocs()
	for b.Loop() {
		w := &discard{header: http.Header{}}
		server.ServeHTTP(w, r)
		if w.status >= 300 {
			b.Fatal(w.status)
		}
	}
}

func BenchmarkItemPage(b *testing.B) {
	benchGet(b, func(item uint64) string { return itemURL("en", item) })
}

func BenchmarkState(b *testing.B) {
	benchGet(b, func(item uint64) string { return fmt.Sprintf("/items/%d/state", item) })
}

func BenchmarkGetPass(b *testing.B) {
	benchGet(b, func(item uint64) string { return fmt.Sprintf("/items/%d/pass", item) })
}

// BenchmarkSoldOut is a press that memory answers: what most presses of a rush are.
func BenchmarkSoldOut(b *testing.B) {
	server, st, item, cookie := benchShop(b)
	for _, name := range []string{"bob", "cem"} {
		u, err := st.SignInByLink(b.Context(), name, "", name, "en")
		if err != nil {
			b.Fatal(err)
		}
		p := server.newPass(*u.UserID, item)
		if _, err := st.PlaceOrder(b.Context(), store.Purchase{OrderID: p.order, ItemID: item, UserID: p.user, Units: 1, RequestID: p.order}); err != nil {
			b.Fatal(err)
		}
	}
	pass := server.passText(server.newPass(1, item))
	body := `{"pass":"` + pass + `","units":1}`
	b.ReportAllocs()
	for b.Loop() {
		r := httptest.NewRequest(post, fmt.Sprintf("/items/%d/orders", item), strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Cookie", cookie)
		w := &discard{header: http.Header{}}
		server.ServeHTTP(w, r)
		if w.status != 409 {
			b.Fatal(w.status)
		}
	}
}

// atOnce is a Purchaser that answers at once: what is left is what the web server does for an order.
type atOnce struct{ *store.Store }

func (atOnce) PlaceOrder(_ context.Context, p store.Purchase) (store.Placement, error) {
	return store.Placement{Outcome: store.Placed, OrderID: p.OrderID, UnitsLeft: -1, InLine: time.Millisecond, InCall: time.Millisecond}, nil
}

// BenchmarkPlaced is a press that gets an order, without the database's part.
func BenchmarkPlaced(b *testing.B) {
	server, st, item, cookie := benchShop(b)
	server.cfg.Purchaser = atOnce{st}
	body := `{"pass":"` + server.passText(server.newPass(1, item)) + `","units":1}`
	r := httptest.NewRequest(post, fmt.Sprintf("/items/%d/orders", item), nil)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Cookie", cookie)
	r.ContentLength = int64(len(body))
	read := strings.NewReader(body)
	r.Body = io.NopCloser(read)
	b.ReportAllocs()
	for b.Loop() {
		read.Reset(body)
		w := &discard{header: http.Header{}}
		server.ServeHTTP(w, r)
		if w.status != http.StatusCreated {
			b.Fatal(w.status)
		}
	}
}
