package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
)

// lookTime bounds one statement of a look of reconcile: the server ends it, because one that nobody waits for any more would go on.
const lookTime = 2 * time.Minute

// ItemToLookAt is an item that reconcile may look at.
type ItemToLookAt struct {
	ID    uint64 `db:"id"`
	Units int    `db:"units_allotted"` // about how much there is to read
}

// ItemsToLookAt returns the items behind a number in the order of their numbers, at most limit. onSale: only those of sales that are on now, or ended
// less than an hour ago, since their holds go on.
func (s *Store) ItemsToLookAt(ctx context.Context, onSale bool, after uint64, limit int) ([]ItemToLookAt, error) {
	var items []ItemToLookAt
	err := s.worker.list(ctx, &items, "audit_items",
		`SELECT i.id, i.units_allotted FROM audit_items i JOIN audit_sales s ON s.id = i.sale_id
		  WHERE i.id > ? AND (NOT ? OR (s.state IN ('published', 'paused') AND s.starts_at <= UTC_TIMESTAMP(6) AND s.closes_at > UTC_TIMESTAMP(6) - INTERVAL 1 HOUR))
		  ORDER BY i.id LIMIT ?`, after, onSale, limit)
	return items, err
}

// Look is what one look of reconcile read, in one snapshot.
type Look struct {
	ReadAt      time.Time `db:"read_at"` // clock of the database
	Items       uint64    `db:"items"`
	Orders      uint64    `db:"orders"`
	LedgerLines uint64    `db:"ledger_lines"`
	Allotted    int64     `db:"allotted"` // units, as the three below
	Available   int64     `db:"available"`
	Held        int64     `db:"held"`
	Sold        int64     `db:"sold"`
	Broken      []BrokenInvariant
}

// lookNumbers are read in the snapshot of the audit, with the range that it has set.
const lookNumbers = `SELECT UTC_TIMESTAMP(6) AS read_at, i.items, i.allotted, k.available, o.orders, o.held, o.sold, m.ledger_lines
  FROM (SELECT COUNT(*) AS items, COALESCE(SUM(units_allotted), 0) AS allotted FROM audit_items WHERE id BETWEEN @first_item AND @last_item) i
  JOIN (SELECT COALESCE(SUM(available), 0) AS available FROM audit_stock_shards WHERE item_id BETWEEN @first_item AND @last_item) k
  JOIN (SELECT COUNT(*) AS orders, COALESCE(SUM(IF(state = 'held', units, 0)), 0) AS held, COALESCE(SUM(IF(state = 'paid', units, 0)), 0) AS sold
          FROM audit_orders WHERE item_id BETWEEN @first_item AND @last_item) o
  JOIN (SELECT COUNT(*) AS ledger_lines FROM audit_stock_moves WHERE item_id BETWEEN @first_item AND @last_item) m`

// LookAtItems runs sql/audit.sql over a range of items with the worker's account and reads how much it looked at.
func (s *Store) LookAtItems(ctx context.Context, first, last uint64, found func(BrokenInvariant)) (Look, error) {
	var look Look
	if s.auditor == nil {
		return look, fmt.Errorf("%w: worker", errNoLane)
	}
	err := s.auditor.look(ctx, AuditScope{FirstItem: first, LastItem: last}, found, func(conn *sqlx.Conn) error {
		return conn.GetContext(ctx, &look, lookNumbers)
	})
	if err != nil {
		return look, faultOf("audit", err, false) // it only read
	}
	return look, nil
}

// ItemRange is items with these numbers and all between them.
type ItemRange struct{ First, Last uint64 }

// Reconciliation is a run of reconcile: what it looked at, and what it found twice.
type Reconciliation struct {
	Look
	Looked []ItemRange // what stood open in them and is not in Broken is gone
}

// Recorded is the answer to RecordReconciliation.
type Recorded struct {
	Outcome  Outcome // Fenced, Nothing or Found
	Run      uint64
	Fresh    int // findings that are new
	Gone     int // findings that stand no more
	Standing int // findings that stand, in the whole shop
	Findings []RecordedFinding
}

// RecordedFinding is a finding that is new, or for which the sale was paused just now.
type RecordedFinding struct {
	ID        *uint64 `db:"finding_id"`
	Invariant *string `db:"invariant"`
	ItemID    *uint64 `db:"item_id"`
	Subject   *string `db:"subject"`
	Expected  *string `db:"expected"`
	Found     *string `db:"found"`
	Paused    *bool   `db:"paused"`
	Repair    *string `db:"repair"`
}

// RecordReconciliation writes down a run of reconcile, and pauses sales whose promise is in danger. fence is the number of the lease "reconcile".
// Outcomes: Fenced, Nothing, Found.
func (s *Store) RecordReconciliation(ctx context.Context, fence uint64, r Reconciliation) (Recorded, error) {
	looked, findings := [][2]uint64{}, []map[string]any{}
	for _, l := range r.Looked {
		looked = append(looked, [2]uint64{l.First, l.Last})
	}
	for _, b := range r.Broken {
		endangers := 0 // a number: the servers read true and false differently
		if b.Endangers {
			endangers = 1
		}
		findings = append(findings, map[string]any{
			"invariant": b.Invariant, "item_id": b.ItemID, "subject": b.Subject, "endangers": endangers, "expected": b.Expected, "found": b.Found, "what_to_do": b.WhatToDo,
		})
	}
	lookedText, err := json.Marshal(looked)
	if err != nil {
		return Recorded{}, err
	}
	findingsText, err := json.Marshal(findings)
	if err != nil {
		return Recorded{}, err
	}
	var rows []struct {
		Outcome  Outcome `db:"outcome"`
		Run      *uint64 `db:"run_id"`
		Fresh    int     `db:"fresh"`
		Gone     int     `db:"gone"`
		Standing int     `db:"standing"`
		RecordedFinding
	}
	err = s.worker.list(ctx, &rows, "record_reconciliation", "CALL record_reconciliation(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", fence, r.ReadAt, r.Items, r.Orders,
		r.LedgerLines, r.Allotted, r.Available, r.Held, r.Sold, string(lookedText), string(findingsText))
	var rec Recorded
	for _, row := range rows {
		rec.Outcome, rec.Fresh, rec.Gone, rec.Standing = row.Outcome, row.Fresh, row.Gone, row.Standing
		if row.Run != nil {
			rec.Run = *row.Run
		}
		if row.ID != nil {
			rec.Findings = append(rec.Findings, row.RecordedFinding)
		}
	}
	return rec, err
}

// Finding is a broken invariant that reconcile has found, as merchants see it. Times are UTC.
type Finding struct {
	ID         uint64     `db:"id" json:"id"`
	Invariant  string     `db:"invariant" json:"invariant"`
	ItemID     uint64     `db:"item_id" json:"item_id"`
	SaleID     *uint64    `db:"sale_id" json:"sale_id"` // nil: the item is gone
	Subject    string     `db:"subject" json:"subject"`
	Endangers  bool       `db:"endangers" json:"endangers"`
	Expected   string     `db:"expected" json:"expected"`
	Found      string     `db:"found" json:"found"`
	WhatToDo   string     `db:"what_to_do" json:"what_to_do"`
	Repair     string     `db:"repair" json:"repair"` // ledger lines that would set it right; "": none can
	State      string     `db:"state" json:"state"`   // open, gone or approved
	FirstRun   uint64     `db:"first_run" json:"first_run"`
	LastRun    uint64     `db:"last_run" json:"last_run"`
	FirstSeen  time.Time  `db:"first_seen" json:"first_seen"`
	LastSeen   time.Time  `db:"last_seen" json:"last_seen"`
	PausedAt   *time.Time `db:"paused_at" json:"paused_at"`
	EndedAt    *time.Time `db:"ended_at" json:"ended_at"`
	MoveID     *uuid.UUID `db:"move_id" json:"move_id"`
	ApprovedBy *string    `db:"approved_by" json:"approved_by"`
	Reason     *string    `db:"reason" json:"reason"`
}

const findingColumns = "SELECT id, invariant, item_id, sale_id, subject, endangers, expected, found, what_to_do, repair, state, first_run, last_run, first_seen, last_seen, " +
	"paused_at, ended_at, move_id, approved_by, reason FROM merchant_reconcile_findings "

// Findings returns what reconcile found, the newest first, at most limit; all: also what does not stand any more.
func (s *Store) Findings(ctx context.Context, all bool, limit int) ([]Finding, error) {
	var findings []Finding
	err := s.staff.list(ctx, &findings, "merchant_reconcile_findings", findingColumns+"WHERE ? OR state = 'open' ORDER BY id DESC LIMIT ?", all, limit)
	return findings, err
}

// Finding returns one finding, or ErrNotFound.
func (s *Store) Finding(ctx context.Context, id uint64) (Finding, error) {
	var f Finding
	err := s.staff.get(ctx, &f, "merchant_reconcile_findings", findingColumns+"WHERE id = ?", id)
	return f, err
}

// ReconcileRun is a run of reconcile. Times are UTC; the units are sums over the items that it looked at.
type ReconcileRun struct {
	ID          uint64    `db:"id" json:"id"`
	BeganAt     time.Time `db:"began_at" json:"began_at"`
	EndedAt     time.Time `db:"ended_at" json:"ended_at"`
	Items       uint64    `db:"items" json:"items"`
	Orders      uint64    `db:"orders" json:"orders"`
	LedgerLines uint64    `db:"ledger_lines" json:"ledger_lines"`
	Allotted    int64     `db:"units_allotted" json:"units_allotted"`
	Available   int64     `db:"units_available" json:"units_available"`
	Held        int64     `db:"units_held" json:"units_held"`
	Sold        int64     `db:"units_sold" json:"units_sold"`
	Findings    int       `db:"findings" json:"findings"`
	Fresh       int       `db:"fresh" json:"fresh"`
	Gone        int       `db:"gone" json:"gone"`
	Fence       uint64    `db:"fence" json:"fence"`
	Holder      string    `db:"holder" json:"holder"`
}

// ReconcileRuns returns the latest runs of reconcile, newest first, at most limit.
func (s *Store) ReconcileRuns(ctx context.Context, limit int) ([]ReconcileRun, error) {
	var runs []ReconcileRun
	err := s.staff.list(ctx, &runs, "merchant_reconcile_runs", "SELECT id, began_at, ended_at, items, orders, ledger_lines, units_allotted, units_available, units_held, "+
		"units_sold, findings, fresh, gone, fence, holder FROM merchant_reconcile_runs ORDER BY id DESC LIMIT ?", limit)
	return runs, err
}

// Repair is the answer to ApproveRepair.
type Repair struct {
	Outcome       Outcome `db:"outcome"`
	ItemID        *uint64 `db:"item_id"`
	Lines         *string `db:"repair"`         // what was offered
	UnitsAllotted *int64  `db:"units_allotted"` // of the item, afterwards
	UnitsLeft     *int64  `db:"units_left"`
}

// ApproveRepair writes the ledger lines that set a finding right, in the name of by, if they are still those that were offered. shown is the repair as by
// has read it; "": whatever is offered now.
// Outcomes: NotAllowed, NoSuchFinding, Unsigned, AlreadyApproved, Gone, NoRepair, Changed, Approved.
func (s *Store) ApproveRepair(ctx context.Context, by Actor, finding uint64, shown, reason string) (Repair, error) {
	var r Repair
	err := s.staff.get(ctx, &r, "approve_repair", "CALL approve_repair(?, ?, ?, ?, ?, ?)", by.staffID(), finding, newID(), by.name, reason, shown)
	s.reopen(r.Outcome == Approved, r.ItemID)
	return r, err
}
