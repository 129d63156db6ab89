package store_test

import (
	"testing"
	"time"

	"github.com/google/uuid"

	"doorbuster/store"
	"doorbuster/store/storetest"
)

// staffAct is one thing that staff may do, and what it answers to a merchant.
type staffAct struct {
	name string
	want store.Outcome
	do   func(by store.Actor) store.Outcome
}

// told is the outcome in what a method returned, or the words of its error.
func told(answer ...any) store.Outcome {
	if err, failed := answer[len(answer)-1].(error); failed {
		return store.Outcome(err.Error())
	}
	switch a := answer[0].(type) {
	case store.Outcome:
		return a
	case store.SwitchChange:
		return a.Outcome
	case store.UnitsChange:
		return a.Outcome
	case store.Change:
		return a.Outcome
	case store.WebhookAddition:
		return a.Outcome
	case store.WebhookRotation:
		return a.Outcome
	case store.Repair:
		return a.Outcome
	default:
		return "not an answer"
	}
}

// staffActs are all methods that change something for staff, in an order in which each can be done.
func staffActs(t *testing.T, s *store.Store, sale, item uint64, kept, returned uuid.UUID) []staffAct {
	t.Helper()
	ctx, operator, now := t.Context(), store.Operator("test"), s.Now()
	fresh := store.NewSale{Title: "Spring", OpensAt: now, ClosesAt: now.Add(time.Hour), TimeZone: "UTC", TakesPayment: true, Importing: true}
	items := []store.NewItem{{SKU: "A", Title: "Kettle", Currency: "EUR", PriceCents: 1, Units: 2, LimitPerUser: 1, HoldMinutes: 1}}
	var drafts [2]uint64
	for i := range drafts {
		outcome, id, err := s.CreateSale(ctx, operator, fresh)
		if err != nil || outcome != store.Created {
			t.Fatal(outcome, err)
		}
		drafts[i] = id
	}
	return []staffAct{
		{"CreateSale", store.Created, func(by store.Actor) store.Outcome { return told(s.CreateSale(ctx, by, fresh)) }},
		{"ImportSale", store.Finished, func(by store.Actor) store.Outcome { return told(s.ImportSale(ctx, by, fresh, items, nil)) }},
		{"AddItems", store.Added, func(by store.Actor) store.Outcome { return told(s.AddItems(ctx, by, drafts[0], items)) }},
		{"FinishImport", store.Finished, func(by store.Actor) store.Outcome { return told(s.FinishImport(ctx, by, drafts[0])) }},
		{"PublishSale", store.Published, func(by store.Actor) store.Outcome { return told(s.PublishSale(ctx, by, drafts[0])) }},
		{"DiscardSale", store.Discarded, func(by store.Actor) store.Outcome { return told(s.DiscardSale(ctx, by, drafts[1], "why")) }},
		{"PauseSale", store.Paused, func(by store.Actor) store.Outcome { return told(s.PauseSale(ctx, by, sale, "why")) }},
		{"ResumeSale", store.Resumed, func(by store.Actor) store.Outcome { return told(s.ResumeSale(ctx, by, sale, "why")) }},
		{"AddUnits", store.Added, func(by store.Actor) store.Outcome { return told(s.AddUnits(ctx, by, item, 2, "why")) }},
		{"WithdrawUnits", store.Withdrawn, func(by store.Actor) store.Outcome { return told(s.WithdrawUnits(ctx, by, item, 1, "why")) }},
		{"SetSwitch", store.Set, func(by store.Actor) store.Outcome {
			return told(s.SetSwitch(ctx, by, store.SwitchTurn{Name: store.ReadOnly, On: true}, "why"))
		}},
		{"PayOrder", store.Paid, func(by store.Actor) store.Outcome { return told(s.PayOrder(ctx, by, kept, "why")) }},
		{"RefundOrder", store.Refunded, func(by store.Actor) store.Outcome { return told(s.RefundOrder(ctx, by, kept, true, "why")) }},
		{"CancelOrderAsStaff", store.Cancelled, func(by store.Actor) store.Outcome { return told(s.CancelOrderAsStaff(ctx, by, returned, "why")) }},
		{"AddWebhook", store.Created, func(by store.Actor) store.Outcome { return told(s.AddWebhook(ctx, by, "https://a.example", "whsec_a")) }},
		{"RotateWebhookSecret", store.Rotated, func(by store.Actor) store.Outcome {
			return told(s.RotateWebhookSecret(ctx, by, 1, "whsec_b", 0, "why"))
		}},
		{"SetWebhookState", store.Set, func(by store.Actor) store.Outcome { return told(s.SetWebhookState(ctx, by, 1, false, "why")) }},
		{"ResendEvent", store.Disabled, func(by store.Actor) store.Outcome { return told(s.ResendEvent(ctx, by, 1, 1, "why")) }},
		{"ApproveRepair", store.NoSuchFinding, func(by store.Actor) store.Outcome { return told(s.ApproveRepair(ctx, by, 1, "", "why")) }},
		{"EndSale", store.Ended, func(by store.Actor) store.Outcome { return told(s.EndSale(ctx, by, sale, "why")) }},
	}
}

// TestActors: every method tells the database who it is that acts. Who forgot to say who it is may do nothing.
func TestActors(t *testing.T) {
	t.Parallel()
	d := storetest.New(t)
	root, s := d.Root(t), d.Open(t)
	if _, err := root.ExecContext(t.Context(), `INSERT INTO staff (id, email, name, role, state, password_phc, sessions_from, created_at, changed_at) VALUES
		(2, 'max@example.com', 'Max', 'merchant', 'active', 'x', UTC_TIMESTAMP(6), UTC_TIMESTAMP(6), UTC_TIMESTAMP(6)),
		(3, 'cem@example.com', 'Cem', 'viewer', 'active', 'x', UTC_TIMESTAMP(6), UTC_TIMESTAMP(6), UTC_TIMESTAMP(6))`); err != nil {
		t.Fatal(err)
	}
	sale, items := storetest.Sale(t, s, store.NewItem{Units: 5})
	acts := staffActs(t, s, sale, items[0], buy(t, s, items[0], 101, 1).OrderID, buy(t, s, items[0], 102, 1).OrderID)
	before := logLines(t, d, "TRUE")
	for _, by := range []store.Actor{{}, store.Operator(""), store.Member(3), store.Member(99)} {
		for _, act := range acts {
			if outcome := act.do(by); outcome != store.NotAllowed {
				t.Errorf("%s by %+v: %s", act.name, by, outcome)
			}
		}
	}
	if n := logLines(t, d, "TRUE"); n != before {
		t.Errorf("%d lines in the log of what was not allowed", n-before)
	}
	for _, act := range acts {
		if outcome := act.do(store.Member(2)); outcome != act.want {
			t.Errorf("%s: %s, want %s", act.name, outcome, act.want)
		}
	}
	// An import leaves two lines; to add items, an event of a webhook that is off and a finding that is not there leave none.
	const lines = 18
	if all, his := logLines(t, d, "TRUE")-before, logLines(t, d, "staff_id = 2 AND actor = 'Max'"); all != lines || his != lines {
		t.Errorf("%d new lines in the log, %d of them in the merchant's name, want %d", all, his, lines)
	}
	d.MustAudit(t)
}

func logLines(t *testing.T, d *storetest.Database, where string) (n int) {
	t.Helper()
	if err := d.Root(t).QueryRowContext(t.Context(), "SELECT COUNT(*) FROM sale_log WHERE "+where).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}
