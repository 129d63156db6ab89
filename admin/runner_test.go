package admin

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"testing"

	"github.com/google/uuid"

	"doorbuster/store"
	"doorbuster/store/storetest"
)

// desk is a database with a member and a sale, and no console: the test runs the runners itself.
type desk struct {
	t     *testing.T
	db    *storetest.Database
	store *store.Store
	by    store.Actor
	sale  uint64
	item  uint64
}

func newDesk(t *testing.T, units int) *desk {
	t.Helper()
	d := &desk{t: t, db: storetest.New(t)}
	d.store = d.db.Open(t)
	_, hash := NewInvitation()
	i, err := d.store.InviteStaff(t.Context(), store.Operator("test"), store.Invitation{ShopID: 1, Email: "ann@example.com", Name: "Ann", Role: store.RoleMerchant}, hash, InvitationLife)
	if err != nil || i.Outcome != store.Invited {
		t.Fatalf("%+v, %v", i, err)
	}
	d.exec("UPDATE staff SET state = 'active', password_phc = 'x' WHERE email = 'ann@example.com'")
	d.by = store.Member(uint64(d.count("SELECT id FROM staff WHERE email = 'ann@example.com'")))
	sale, items := storetest.Sale(t, d.store, store.NewItem{Units: units})
	d.sale, d.item = sale, items[0]
	return d
}

func (d *desk) exec(statement string, args ...any) {
	d.t.Helper()
	if _, err := d.db.Root(d.t).ExecContext(d.t.Context(), statement, args...); err != nil {
		d.t.Fatal(err)
	}
}

func (d *desk) count(query string, args ...any) (n int) {
	d.t.Helper()
	if err := d.db.Root(d.t).QueryRowContext(d.t.Context(), query, args...).Scan(&n); err != nil {
		d.t.Fatal(err)
	}
	return n
}

// orders places orders of as many shoppers, and pays them by hand if asked to.
func (d *desk) orders(n int, pay bool) (ids []uuid.UUID) {
	d.t.Helper()
	for i := range n {
		name := fmt.Sprintf("shopper-%d-%d", d.count("SELECT COUNT(*) FROM users"), i)
		u, err := d.store.SignInByLink(d.t.Context(), name, name+"@example.com", name, "en")
		if err != nil {
			d.t.Fatal(err)
		}
		id := uuid.Must(uuid.NewV7())
		p, err := d.store.PlaceOrder(d.t.Context(), store.Purchase{OrderID: id, ItemID: d.item, UserID: *u.UserID, Units: 1, RequestID: id})
		if err != nil || p.Outcome != store.Placed {
			d.t.Fatalf("%+v, %v", p, err)
		}
		if pay {
			if c, err := d.store.PayOrder(d.t.Context(), store.Operator("test"), id, "cash"); err != nil || c.Outcome != store.Paid {
				d.t.Fatalf("%+v, %v", c, err)
			}
		}
		ids = append(ids, id)
	}
	return ids
}

// runner is a console's runner that the test steps.
func (d *desk) runner() *runner { return newRunner(d.store, slog.New(slog.DiscardHandler)) }

// work steps a runner once and wants it to have worked.
func (d *desk) work(r *runner) {
	d.t.Helper()
	if worked, err := r.step(d.t.Context()); err != nil || !worked {
		d.t.Fatalf("worked: %t, %v", worked, err)
	}
}

// bulk begins bulk work.
func (d *desk) bulk(b store.Bulk) uint64 {
	d.t.Helper()
	b.Sale, b.Reason, b.Until, b.Most = d.sale, "called off", d.store.Now().AddDate(1, 0, 0), 1000
	begun, err := d.store.BeginBulk(d.t.Context(), d.by, b)
	if err != nil || begun.Outcome != store.Begun {
		d.t.Fatalf("%+v, %v", begun, err)
	}
	return *begun.TaskID
}

// task reads a task and compares its state and its counts.
func (d *desk) task(id uint64, state string, done, refused int64) store.Task {
	d.t.Helper()
	t, err := d.store.ShowTask(d.t.Context(), d.by, id)
	if err != nil || t.State != state || t.Done != done || t.Refused != refused {
		d.t.Errorf("task %d is %s (%s) with %d done and %d refused, %v; want %s, %d, %d", id, t.State, t.Why, t.Done, t.Refused, err, state, done, refused)
	}
	return t
}

// file is the file of an export, unpacked.
func (d *desk) file(id uint64) []byte {
	d.t.Helper()
	t, err := d.store.ShowTask(d.t.Context(), d.by, id)
	if err != nil {
		d.t.Fatal(err)
	}
	var all bytes.Buffer
	for n := 1; n <= t.Chunks; n++ {
		part, err := d.store.ReadExport(d.t.Context(), d.by, id, n)
		if err != nil {
			d.t.Fatalf("part %d of %d: %v", n, t.Chunks, err)
		}
		if t.Format == formatXLSX {
			all.Write(part)
			continue
		}
		if err := unpack(&all, part); err != nil {
			d.t.Fatal(err)
		}
	}
	return all.Bytes()
}

// killed is what a runner's test hook stops it with, in place of a signal.
const killed = "killed"

// kill steps a runner that dies after n orders were done, before it notes the last of them.
func (d *desk) kill(r *runner, n int) {
	d.t.Helper()
	r.acted = func([]byte) {
		if n--; n == 0 {
			panic(killed)
		}
	}
	defer func() {
		if p := recover(); p != killed {
			d.t.Fatalf("the runner was not killed: %v", p)
		}
	}()
	_, err := r.step(d.t.Context())
	d.t.Fatalf("the runner ended: %v", err)
}

// lapse lets the time pass for which a console keeps its task.
func (d *desk) lapse() {
	d.exec("UPDATE tasks SET held_until = UTC_TIMESTAMP(6) WHERE state = 'running'")
}

// A runner dies in the middle of a refund of many, twice. Another goes on: each order is refunded once and counted once, and all adds up.
func TestBulkRefundSurvivesItsRunner(t *testing.T) {
	d := newDesk(t, 100)
	ids := d.orders(12, true)
	d.orders(2, false)
	id := d.bulk(store.Bulk{Kind: store.TaskRefund, Restock: true})
	d.kill(d.runner(), 5)
	if worked, err := d.runner().step(t.Context()); worked || err != nil {
		t.Fatalf("another runner takes a task that is held: %t, %v", worked, err)
	}
	d.lapse()
	d.kill(d.runner(), 1) // the order that was being done, once more; and it dies before it can note that
	d.lapse()
	d.kill(d.runner(), 4)
	d.lapse()
	d.work(d.runner())
	d.task(id, "done", 12, 0)
	if n := d.count("SELECT COUNT(*) FROM sale_log WHERE action = 'refunded' AND reason = 'called off' AND actor = 'Ann'"); n != len(ids) {
		t.Errorf("%d refunds in the log of %d orders", n, len(ids))
	}
	if n := d.count("SELECT COUNT(*) FROM orders WHERE state = 'refunded'"); n != len(ids) {
		t.Errorf("%d of %d orders are refunded", n, len(ids))
	}
	if n := d.count("SELECT COUNT(*) FROM orders WHERE state = 'held'"); n != 2 {
		t.Errorf("%d of 2 held orders are left", n)
	}
	d.db.MustAudit(t)
}

// Held orders are cancelled, those that cannot be are reported, and those of others are left alone.
func TestBulkCancel(t *testing.T) {
	d := newDesk(t, 100)
	paid := d.orders(1, true)
	held := d.orders(4, false)
	d.exec(`INSERT INTO payments (id, order_id, provider, reference, amount_cents, currency, state, reason, started_at, changed_at, ask_at, asked)
		SELECT UNHEX(REPEAT('7a', 16)), id, 'sandbox', 'x', 1999, 'EUR', 'authorised', '', UTC_TIMESTAMP(6), UTC_TIMESTAMP(6), UTC_TIMESTAMP(6), 0 FROM orders WHERE id = ?`, held[1][:])
	id := d.bulk(store.Bulk{Kind: store.TaskCancel})
	d.work(d.runner())
	d.task(id, "done", 3, 1)
	refusals, err := d.store.ListRefusals(t.Context(), d.by, id, 9)
	if err != nil || len(refusals) != 1 || refusals[0].OrderID != held[1] || refusals[0].Outcome != string(store.Paying) {
		t.Errorf("refused: %+v, %v", refusals, err)
	}
	if n := d.count("SELECT COUNT(*) FROM orders WHERE id = ? AND state = 'paid'", paid[0][:]); n != 1 {
		t.Error("a paid order was touched")
	}
}

// The last mail of each order is sent again, once, also when the runner dies between sending and noting it.
func TestBulkResend(t *testing.T) {
	d := newDesk(t, 100)
	ids := d.orders(6, true)
	for i, id := range ids[:5] {
		for j, kind := range []string{"held", "paid"} {
			d.exec(`INSERT INTO mails (source, kind, order_id, user_id, state, attempts, tries, next_at, answer, made_at, ended_at)
				SELECT UNHEX(LEFT(SHA2(?, 256), 32)), ?, id, user_id, 'sent', 1, 1, NULL, '', UTC_TIMESTAMP(6) - INTERVAL ? HOUR, UTC_TIMESTAMP(6) - INTERVAL 1 MINUTE FROM orders WHERE id = ?`,
				fmt.Sprint(i, j), kind, i*10, id[:])
		}
	}
	id := d.bulk(store.Bulk{Kind: store.TaskResend, State: "paid"})
	d.kill(d.runner(), 2)
	d.lapse()
	d.work(d.runner())
	d.task(id, "done", 3, 3) // two of them tell what is more than a day old, of one nobody was written
	if n := d.count("SELECT COUNT(*) FROM mails WHERE state = 'due' AND kind = 'paid'"); n != 3 {
		t.Errorf("%d of 3 mails are sent again", n)
	}
	if n := d.count("SELECT COUNT(*) FROM sale_log WHERE action = 'mail_resent'"); n != 3 {
		t.Errorf("%d mails sent again, 3 orders", n)
	}
}

// A member who loses the right, and one who cancels, stop bulk work at the next order; what was done is in the report.
func TestBulkStops(t *testing.T) {
	for what, stop := range map[string]func(d *desk, id uint64){
		"failed": func(d *desk, _ uint64) { d.exec("UPDATE staff SET role = 'viewer'") },
		"cancelled": func(d *desk, id uint64) {
			if outcome, err := d.store.CancelTask(d.t.Context(), d.by, id); err != nil || outcome != store.Cancelled {
				d.t.Errorf("%s, %v", outcome, err)
			}
		},
	} {
		t.Run(what, func(t *testing.T) {
			d := newDesk(t, 100)
			d.orders(5, true)
			id := d.bulk(store.Bulk{Kind: store.TaskRefund})
			r, n := d.runner(), 0
			r.acted = func([]byte) {
				if n++; n == 2 {
					stop(d, id)
				}
			}
			d.work(r)
			task := d.task(id, what, 2, 0)
			if n := d.count("SELECT COUNT(*) FROM orders WHERE state = 'refunded'"); n != 2 || (what == "failed") != (task.Why == "not_allowed") {
				t.Errorf("%d orders are refunded, %q", n, task.Why)
			}
			if worked, err := d.runner().step(t.Context()); worked || err != nil {
				t.Errorf("it goes on: %t, %v", worked, err)
			}
		})
	}
}

// A console that is stopped finishes the order that it does, and lets go: another goes on at once.
func TestBulkIsHandedOver(t *testing.T) {
	d := newDesk(t, 100)
	d.orders(5, true)
	id := d.bulk(store.Bulk{Kind: store.TaskRefund, Restock: true})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	r, n := d.runner(), 0
	r.acted = func([]byte) {
		if n++; n == 3 {
			cancel()
		}
	}
	if _, err := r.step(ctx); err == nil {
		t.Error("the step ended without an error")
	}
	d.task(id, "running", 3, 0)
	d.work(d.runner())
	d.task(id, "done", 5, 0)
}

// begin begins an export that is not small.
func (d *desk) begin(f store.FileFormat, orders store.OrderRange) uint64 {
	d.t.Helper()
	begun, err := d.store.BeginExport(d.t.Context(), d.by, orders, f, 0)
	if err != nil || begun.Outcome != store.Begun {
		d.t.Fatalf("%+v, %v", begun, err)
	}
	return *begun.TaskID
}

// A CSV file that one console began and another ended is one file: a mark, one head, every order once, formulas made harmless.
func TestExportSurvivesItsRunner(t *testing.T) {
	d := newDesk(t, 100)
	d.orders(7, true)
	d.exec("UPDATE users SET name = '=HYPERLINK(\"http://evil.example\";\"x\")' WHERE id = (SELECT MAX(user_id) FROM orders)")
	f := store.FileFormat{Format: formatCSV, Delimiter: "semicolon", BOM: true}
	id := d.begin(f, store.OrderRange{Sale: d.sale})
	task, err := d.store.TakeTask(t.Context(), "dead", 60)
	if err != nil || task.Outcome != store.Taken {
		t.Fatalf("%+v, %v", task, err)
	}
	walked, err := d.store.WalkOrders(t.Context(), d.by, task.Range, nil, 3) // the dead console got as far as this
	if err != nil || len(walked.Orders) != 3 {
		t.Fatalf("%+v, %v", walked, err)
	}
	part, err := csvPart(f, true, walked.Orders)
	if err != nil {
		t.Fatal(err)
	}
	if outcome, err := d.store.NoteExport(t.Context(), task, store.ExportNote{Seconds: 60, Number: 1, Body: part, After: walked.Last, Orders: 3}); err != nil || outcome != store.Kept {
		t.Fatalf("%s, %v", outcome, err)
	}
	d.lapse()
	d.work(d.runner())
	d.task(id, "done", 7, 0)
	text, ok := strings.CutPrefix(string(d.file(id)), "\ufeff")
	if !ok || strings.Contains(text, "\ufeff") {
		t.Error("the byte order mark does not stand at the beginning alone")
	}
	c := csv.NewReader(strings.NewReader(text))
	c.Comma = ';'
	rows, err := c.ReadAll()
	if err != nil || len(rows) != 8 || strings.Join(rows[0], " ") != strings.Join(exportColumns, " ") {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	seen := map[string]bool{}
	for _, row := range rows[1:] {
		seen[row[0]] = true
		if row[9] != "19.99" || row[10] != "19.99" || row[11] != "EUR" || row[2] != "paid" {
			t.Errorf("%q", row)
		}
	}
	if last := rows[7]; last[13] != `'=HYPERLINK("http://evil.example";"x")` || len(seen) != 7 {
		t.Errorf("%d orders; a formula stands as %q", len(seen), last[13])
	}
}

// An export of no orders is a head; one that its member may not have any more fails, and its file is gone.
func TestExportOfNothing(t *testing.T) {
	d := newDesk(t, 10)
	other := d.orders(1, true)
	f := store.FileFormat{Format: formatCSV, Delimiter: "tab"}
	id := d.begin(f, store.OrderRange{State: "expired"})
	d.work(d.runner())
	d.task(id, "done", 0, 0)
	if got := string(d.file(id)); got != strings.Join(exportColumns, "\t")+"\n" {
		t.Errorf("%d orders, %q", len(other), got)
	}
	for _, format := range []store.FileFormat{f, {Format: formatXLSX}} {
		id = d.begin(format, store.OrderRange{})
		d.exec("UPDATE staff SET role = 'viewer'")
		d.work(d.runner())
		d.exec("UPDATE staff SET role = 'merchant'")
		if task := d.task(id, "failed", 0, 0); task.Why != "not_allowed" || !expired(task) {
			t.Errorf("%+v", task)
		}
	}
}

// A part that is no gzip stream, or would unpack to more than any part of ours, is not sent on for ever.
func TestUnpackIsBounded(t *testing.T) {
	var bomb bytes.Buffer
	z := gzip.NewWriter(&bomb)
	if _, err := io.CopyN(z, zeros{}, maxPart+1); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if err := unpack(io.Discard, bomb.Bytes()); err == nil {
		t.Error("more than a part can hold was unpacked")
	}
	if err := unpack(io.Discard, []byte("orders")); err == nil {
		t.Error("what is not packed was unpacked")
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }
