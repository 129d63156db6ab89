package store_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"doorbuster/store"
	"doorbuster/store/storetest"
)

// Who may see what is proved by testdata/sql; these tests say that the store hands it over whole, to the microsecond, and knows nobody who forgot to say who it is.

func TestSalesOfTheConsole(t *testing.T) {
	t.Parallel()
	s := storetest.New(t).Open(t)
	opens := s.Now().Add(-time.Minute).Truncate(time.Microsecond)
	first, _ := storetest.SaleAt(t, s, opens, opens.Add(time.Hour), store.NewItem{Units: 3}, store.NewItem{Units: 4})
	second, items := storetest.SaleAt(t, s, opens, opens.Add(time.Hour), store.NewItem{Units: 5})
	if got := buy(t, s, items[0], 101, 1); got.Outcome != store.Placed {
		t.Fatal(got)
	}
	operator := store.Operator("test")
	var pages []store.ListedSale
	for f := (store.SaleFilter{Tab: "live"}); len(pages) < 3; {
		page, err := s.ListSales(t.Context(), operator, f, 1)
		if err != nil {
			t.Fatal(err)
		}
		if len(page) == 0 {
			break
		}
		f.BeforeAt, f.BeforeID = page[0].OpensAt, page[0].ID
		pages = append(pages, page...)
	}
	if len(pages) != 2 || pages[0].ID != second || pages[1].ID != first {
		t.Fatalf("both open at the same instant, the later number comes first: %+v", pages)
	}
	got := pages[0]
	want := store.ListedSale{
		ID: second, Title: "Test sale", OpensAt: opens, ClosesAt: opens.Add(time.Hour), TimeZone: "Europe/Berlin", State: "published", Tab: "live",
		TakesPayment: true, Items: 1, UnitsAllotted: 5, UnitsLeft: 4, DatabaseTime: got.DatabaseTime,
	}
	if diff := cmp.Diff(want, got); diff != "" || got.DatabaseTime.Before(opens) {
		t.Errorf("at %s:\n%s", got.DatabaseTime, diff)
	}
	if pages[1].Items != 2 || pages[1].UnitsAllotted != 7 || pages[1].UnitsLeft != 7 {
		t.Errorf("%+v", pages[1])
	}
	if counts, err := s.CountSales(t.Context(), operator, ""); err != nil || counts != (store.SaleCounts{Live: 2}) {
		t.Errorf("%+v, %v", counts, err)
	}
	for _, nobody := range []store.Actor{{}, store.Operator(""), store.Member(7)} {
		if sales, err := s.ListSales(t.Context(), nobody, store.SaleFilter{Tab: "all"}, 10); err != nil || len(sales) != 0 {
			t.Errorf("%+v sees %+v, %v", nobody, sales, err)
		}
		if counts, err := s.CountSales(t.Context(), nobody, ""); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%+v sees %+v, %v", nobody, counts, err)
		}
	}
}

func TestMailsOfTheConsole(t *testing.T) {
	t.Parallel()
	d := storetest.New(t)
	s := d.Open(t)
	exec := func(statement string) {
		t.Helper()
		if _, err := d.Root(t).ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	exec(`INSERT INTO users (id, customer_ref, email, name, language, sessions_from, created_at)
		VALUES (101, 'c-101', 'ann@example.com', 'Ann', 'zh', UTC_TIMESTAMP(6), UTC_TIMESTAMP(6))`)
	_, items := storetest.Sale(t, s, store.NewItem{Units: 3, LimitPerUser: 2})
	placed := buy(t, s, items[0], 101, 2)
	lease, err := s.TakeLease(t.Context(), "relay_outbox", "test", time.Hour, true)
	if err != nil {
		t.Fatal(err)
	}
	if r, err := s.RelayOutbox(t.Context(), lease.Fence, 10); err != nil || r.Outcome != store.Relayed {
		t.Fatal(r, err)
	}
	operator := store.Operator("test")
	mails, err := s.ListMails(t.Context(), operator, "due", 0, 10)
	if err != nil || len(mails) != 1 {
		t.Fatalf("%+v, %v", mails, err)
	}
	mail, due, err := s.ShowMail(t.Context(), operator, mails[0].ID)
	if diff := cmp.Diff(mails[0], mail); err != nil || diff != "" {
		t.Errorf("as it is shown, and as it is listed: %v\n%s", err, diff)
	}
	want := store.DueMail{
		ID: mail.ID, Kind: store.MailHeld, MadeAt: mail.MadeAt, Language: "zh", Email: "ann@example.com", Name: "Ann", OrderID: mail.OrderID, Units: 2,
		UnitPriceCents: 1999, Currency: "EUR", HoldExpiresAt: &placed.HoldExpiresAt, ItemID: items[0], ItemTitle: "Thing 1", TimeZone: "Europe/Berlin",
	}
	if diff := cmp.Diff(want, due); diff != "" {
		t.Errorf("what stands in it:\n%s", diff)
	}
	if outcome, err := s.ResendMail(t.Context(), operator, mail.ID, "asked for"); err != nil || outcome != store.Due {
		t.Errorf("%s, %v", outcome, err)
	}
	exec("UPDATE mails SET next_at = UTC_TIMESTAMP(6) - INTERVAL 6 MINUTE")
	alarms, err := s.Alarms(t.Context(), operator)
	if want := (store.Alarms{LateMails: 1, DatabaseTime: alarms.DatabaseTime}); err != nil || alarms != want || alarms.DatabaseTime.Before(mail.MadeAt) {
		t.Errorf("%+v, %v", alarms, err)
	}
	for _, nobody := range []store.Actor{{}, store.Operator(""), store.Member(7)} {
		if outcome, err := s.ResendMail(t.Context(), nobody, mail.ID, "asked for"); err != nil || outcome != store.NotAllowed {
			t.Errorf("%+v: %s, %v", nobody, outcome, err)
		}
		if _, _, err := s.ShowMail(t.Context(), nobody, mail.ID); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%+v: %v", nobody, err)
		}
		if _, err := s.Alarms(t.Context(), nobody); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%+v: %v", nobody, err)
		}
	}
}
