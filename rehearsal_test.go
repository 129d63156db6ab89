package main

import (
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"doorbuster/admin"
	"doorbuster/store"
	"doorbuster/store/storetest"
)

// playOf is a small rehearsal.
func playOf(shoppers int, arrive time.Duration) admin.Play {
	return admin.Play{
		Sale: store.NewSale{Title: "A copy", TimeZone: "Asia/Shanghai", TakesPayment: true},
		Items: []store.NewItem{
			{SKU: "a", Title: "Lamp", PriceCents: 900, Currency: "EUR", Units: 4, LimitPerUser: 1, HoldMinutes: 5, Shards: 1},
			{SKU: "b", Title: "Kettle", PriceCents: 1900, Currency: "EUR", Units: 7, LimitPerUser: 2, HoldMinutes: 5, Shards: 2},
		},
		Wanted: 1, Shoppers: shoppers, Arrive: arrive,
	}
}

// A rehearsal is played on a server of its own against the real one: the crowd has its answers, the verdict is clean, and nothing of it is left, neither there nor
// in the real shop.
func TestRehearsal(t *testing.T) {
	real := storetest.New(t)
	own := storetest.OwnServer(t)
	dsn := own.RootDSN("shop_rehearsal")
	h := &rehearser{dsn: dsn, realDSN: real.DSN("doorbuster_admin"), log: slog.New(slog.DiscardHandler)}
	before := dump(t, real)
	phases := map[string]bool{}
	report, err := h.Rehearse(t.Context(), playOf(60, time.Second), func(phase string, _, _ int) { phases[phase] = true })
	if err != nil {
		t.Fatal(err)
	}
	if report.Verdict != "clean" || report.Shoppers != 60 || report.Units != 7 || report.Accepted != 7 || len(report.Checks) < 10 || len(report.Latency) == 0 {
		t.Errorf("the report: %+v", report)
	}
	if !strings.HasPrefix(report.Picture, "<svg") {
		t.Errorf("the picture is %.40q", report.Picture)
	}
	for _, phase := range []string{"sign_in", "wait", "rush", "judge"} {
		if !phases[phase] {
			t.Errorf("nothing was told of the phase %s", phase)
		}
	}
	if databaseThere(t, dsn) {
		t.Error("the database of the rehearsal is still there")
	}
	if after := dump(t, real); after != before {
		t.Errorf("the real shop was touched:\n%s\n%s", before, after)
	}
}

// Stopped in the middle, it leaves nothing behind.
func TestRehearsalStopped(t *testing.T) {
	own := storetest.OwnServer(t)
	dsn := own.RootDSN("shop_rehearsal")
	h := &rehearser{dsn: dsn, realDSN: storetest.New(t).DSN("doorbuster_admin"), log: slog.New(slog.DiscardHandler)}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	_, err := h.Rehearse(ctx, playOf(2000, time.Minute), func(phase string, done, _ int) {
		if phase == "sign_in" && done > 0 {
			stop()
		}
	})
	if err == nil || ctx.Err() == nil {
		t.Errorf("it came to its end: %v", err)
	}
	if databaseThere(t, dsn) {
		t.Error("the database of the rehearsal is still there")
	}
}

// The server of the real shop is refused before anything is done to it, and so is a database that is no rehearsal's.
func TestRehearsalNeedsAServerOfItsOwn(t *testing.T) {
	real := storetest.New(t)
	dsn, err := store.RehearsalDSN(real.RootDSN())
	if err != nil {
		t.Fatal(err)
	}
	h := &rehearser{dsn: dsn, realDSN: real.DSN("doorbuster_admin"), log: slog.New(slog.DiscardHandler)}
	if _, err := h.Rehearse(t.Context(), playOf(5, time.Second), func(string, int, int) {}); !errors.Is(err, admin.ErrSameServer) {
		t.Errorf("on the real shop's server: %v", err)
	}
	if databaseThere(t, dsn) {
		t.Error("it was installed there all the same")
	}
	if err := store.DropRehearsal(t.Context(), real.RootDSN()); err == nil {
		t.Fatal("the real database was dropped")
	}
	if !databaseThere(t, real.RootDSN()) {
		t.Error("the real database is gone")
	}
	away := &rehearser{dsn: "root:@tcp(127.0.0.1:1)/shop_rehearsal", realDSN: real.DSN("doorbuster_admin"), log: slog.New(slog.DiscardHandler)}
	if _, err := away.Rehearse(t.Context(), playOf(5, time.Second), func(string, int, int) {}); !errors.Is(err, admin.ErrRehearsalAway) {
		t.Errorf("a server that is away: %v", err)
	}
}

// databaseThere says whether the database that dsn names exists.
func databaseThere(t *testing.T, dsn string) bool {
	t.Helper()
	server, rest, _ := strings.Cut(dsn, ")/")
	name, _, _ := strings.Cut(rest, "?")
	db, err := sql.Open("mysql", server+")/")
	if err != nil {
		t.Fatal(err)
	}
	var n int
	err = db.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM information_schema.schemata WHERE schema_name = ?", name).Scan(&n)
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	return n > 0
}

// dump is a checksum of every table in which a rehearsal could leave something.
func dump(t *testing.T, d *storetest.Database) string {
	t.Helper()
	rows, err := d.Root(t).QueryContext(t.Context(), "CHECKSUM TABLE users, sales, items, stock_shards, orders, stock_moves, outbox, events, mails, payments, leases, staff")
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	for rows.Next() {
		var name, sum string
		if err := rows.Scan(&name, &sum); err != nil {
			t.Fatal(err)
		}
		out.WriteString(name + " " + sum + "\n")
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		t.Fatal(err)
	}
	return out.String()
}
