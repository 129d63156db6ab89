package store_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"doorbuster/store"
	"doorbuster/store/storetest"
)

// ledger is a shop whose whole ledger is sealed, and the file of the heads.
type ledger struct {
	*storetest.Database
	store *store.Store
	root  *sql.DB
	fence uint64
	heads []byte
}

// openLedger makes a ledger of twelve lines of all kinds, sealed three at a time.
func openLedger(t *testing.T) *ledger {
	t.Helper()
	d := storetest.New(t)
	l := &ledger{Database: d, store: d.Open(t), root: d.Root(t)}
	_, items := storetest.Sale(t, l.store, store.NewItem{Units: 10}, store.NewItem{Units: 20})
	var orders []uuid.UUID
	for user := uint64(1); user <= 5; user++ {
		p, err := l.store.PlaceOrder(t.Context(), store.Purchase{
			OrderID: uuid.Must(uuid.NewV7()), ItemID: items[0], UserID: user, Units: 1, RequestID: uuid.Must(uuid.NewV7()),
		})
		if err != nil || p.Outcome != store.Placed {
			t.Fatalf("shopper %d: %s, %v", user, p.Outcome, err)
		}
		orders = append(orders, p.OrderID)
	}
	_, err1 := l.store.PayOrder(t.Context(), store.Operator("ann"), orders[0], "cash")
	_, err2 := l.store.CancelOrder(t.Context(), orders[1], 2)
	_, err3 := l.store.PayOrder(t.Context(), store.Operator("ann"), orders[2], "cash")
	if err := errors.Join(err1, err2, err3); err != nil {
		t.Fatal(err)
	}
	for _, reason := range []string{"found “two” more – 再入荷", ""} {
		id := uuid.Must(uuid.NewV7())
		l.exec(t, `INSERT INTO stock_moves (move_id, line, item_id, shard, units, from_account, to_account, reason, actor, moved_at)
			SELECT ?, 0, 1, 0, 2, 'outside', 'available', ?, 'Zoë', UTC_TIMESTAMP(6)`, id[:], reason)
	}
	lease, err := l.store.TakeLease(t.Context(), "seal_moves", "test", time.Minute, true)
	if err != nil {
		t.Fatal(err)
	}
	l.fence = lease.Fence
	for l.seal(t, 3) == 3 {
	}
	if n := l.number(t, "SELECT COUNT(*) FROM stock_seals"); n != 12 {
		t.Fatalf("%d lines are sealed, want 12", n)
	}
	return l
}

// seal seals up to limit lines and writes the head down.
func (l *ledger) seal(t testing.TB, limit int) int {
	t.Helper()
	a, err := l.store.SealMoves(context.Background(), l.fence, limit)
	if err != nil {
		t.Fatal(err)
	}
	if a.HeadAt != nil {
		l.heads = append(l.heads, store.HeadLine(a.HeadSeq, a.HeadHash, *a.HeadAt)...)
	}
	return a.Sealed
}

func (l *ledger) exec(t testing.TB, query string, args ...any) {
	t.Helper()
	if _, err := l.root.ExecContext(context.Background(), query, args...); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
}

func (l *ledger) number(t testing.TB, query string) (n int) {
	t.Helper()
	if err := l.root.QueryRowContext(context.Background(), query).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// verify verifies the seals; without heads as somebody would who has lost the file.
func (l *ledger) verify(t testing.TB, withHeads bool) store.SealCheck {
	t.Helper()
	a, err := store.OpenAuditor(l.DSN("doorbuster_auditor"))
	if err != nil {
		t.Fatal(err)
	}
	var check store.SealCheck
	if withHeads {
		check, err = a.VerifySeals(context.Background(), bytes.NewReader(l.heads))
	} else {
		check, err = a.VerifySeals(context.Background(), nil)
	}
	if err := errors.Join(err, a.Close()); err != nil {
		t.Fatal(err)
	}
	return check
}

func (l *ledger) mustBeClean(t testing.TB) {
	t.Helper()
	check := l.verify(t, true)
	for _, b := range check.Broken {
		t.Errorf("untouched, and yet: %s", b)
	}
	if check.Anchors == 0 || int(check.Head) != l.number(t, "SELECT COUNT(*) FROM stock_seals") {
		t.Errorf("too little was looked at: %+v", check)
	}
}

// rawLine is a sealed line as root sees it.
type rawLine struct {
	seq, item, shard, units, line         uint64
	hash, move, order                     []byte
	sealedAt, from, to, reason, actor, at string
}

func (l *ledger) lines(t testing.TB) (all []rawLine) {
	t.Helper()
	rows, err := l.root.QueryContext(context.Background(), `SELECT s.seq, s.hash, CAST(s.sealed_at AS CHAR), m.move_id, m.line, m.item_id, m.shard, m.order_id,
		m.units, m.from_account, m.to_account, m.reason, m.actor, CAST(m.moved_at AS CHAR)
		FROM stock_seals s JOIN stock_moves m ON m.move_id = s.move_id AND m.line = s.line ORDER BY s.seq`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var r rawLine
		if err := rows.Scan(&r.seq, &r.hash, &r.sealedAt, &r.move, &r.line, &r.item, &r.shard, &r.order,
			&r.units, &r.from, &r.to, &r.reason, &r.actor, &r.at); err != nil {
			t.Fatal(err)
		}
		all = append(all, r)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

// sealOf computes a seal from the words of the documentation: whoever reads it can do so, and so can an attacker.
func sealOf(former []byte, r rawLine) []byte {
	digits := strings.NewReplacer("-", "", " ", "", ":", "")
	order := "-"
	if r.order != nil {
		order = hex.EncodeToString(r.order)
	}
	words := sha256.Sum256([]byte(hex.EncodeToString([]byte(r.reason)) + " " + hex.EncodeToString([]byte(r.actor))))
	hash := sha256.Sum256([]byte(strings.Join([]string{
		hex.EncodeToString(former), fmt.Sprint(r.seq), digits.Replace(r.sealedAt), hex.EncodeToString(r.move), fmt.Sprint(r.line), fmt.Sprint(r.item),
		fmt.Sprint(r.shard), order, fmt.Sprint(r.units), r.from, r.to, hex.EncodeToString(words[:]), digits.Replace(r.at),
	}, " ")))
	return hash[:]
}

// What the server computes is what the documentation says, for every value that a column can have.
func TestSealsAreComputedAlike(t *testing.T) {
	t.Parallel()
	l := openLedger(t)
	move := func(n int) []byte { return []byte(fmt.Sprintf("an id of 16 %04d", n)) }
	for i, r := range []rawLine{
		{line: 1<<32 - 1, item: 1<<64 - 1, shard: 1<<16 - 1, units: 1<<32 - 1, order: move(0), from: "sold", to: "outside", reason: "", actor: "", at: "9999-12-31 23:59:59.999999"},
		{units: 1, order: make([]byte, 16), from: "held", to: "sold", reason: " ", actor: "-", at: "1000-01-01 00:00:00.000000"},
		{units: 1, from: "held", to: "available", reason: strings.Repeat("😀", 200), actor: strings.Repeat("é", 100), at: "2026-02-03 04:05:06.000700"},
		{units: 1, from: "outside", to: "held", reason: "a'b\"c\\d%\n\x00e", actor: "Ünïcode Ａ 名", at: "1969-12-31 23:59:59.000001"},
		{units: 1, from: "outside", to: "held", reason: "reason with an a", actor: "ctor", at: "2026-02-03 04:05:06.123456"},
		{units: 1, from: "outside", to: "held", reason: "reason with an", actor: " actor", at: "2026-02-03 04:05:06.123456"},
	} {
		var order any
		if r.order != nil {
			order = r.order
		}
		l.exec(t, "INSERT INTO stock_moves VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
			move(i), r.line, r.item, r.shard, order, r.units, r.from, r.to, r.reason, r.actor, r.at)
	}
	l.seal(t, 100)
	former := make([]byte, 32)
	all := l.lines(t)
	for i, r := range all {
		want := sealOf(former, r)
		if !bytes.Equal(r.hash, want) || r.seq != uint64(i+1) {
			t.Errorf("seal %d of %+v: %x, want %x", r.seq, r, r.hash, want)
		}
		former = want
	}
	if len(all) != 18 {
		t.Fatalf("%d lines, want 18", len(all))
	}
	for _, b := range l.verify(t, true).Broken { // the times of these lines are what they are: that alone is found
		if !strings.HasPrefix(b.Invariant, "S6") {
			t.Errorf("the verification computes otherwise: %s", b)
		}
	}
}

// forge computes all seals anew, as somebody who knows how would.
func (l *ledger) forge(t testing.TB) {
	t.Helper()
	former := make([]byte, 32)
	for i, r := range l.lines(t) {
		l.exec(t, "UPDATE stock_seals SET seq = ? WHERE seq = ?", i+1, r.seq)
		r.seq = uint64(i + 1)
		former = sealOf(former, r)
		l.exec(t, "UPDATE stock_seals SET hash = ? WHERE seq = ?", former, r.seq)
	}
}
