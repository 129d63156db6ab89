package store

import (
	"context"
	"time"
)

// ShownRun is a run of the worker's audit as staff see it. Items, Orders and LedgerLines are nil for a member while another shop sells in this
// installation, because a run looks at the items of all.
type ShownRun struct {
	ID          uint64    `db:"id"`
	BeganAt     time.Time `db:"began_at"`
	EndedAt     time.Time `db:"ended_at"`
	Items       *int64    `db:"items"`
	Orders      *int64    `db:"orders"`
	LedgerLines *int64    `db:"ledger_lines"`
	Findings    int       `db:"findings"` // that stood, of those that by may see
	Fresh       int       `db:"fresh"`    // those of them that were new
}

// ListRuns returns the runs of the audit with a number below before (0: the newest), newest first, at most limit.
func (s *Store) ListRuns(ctx context.Context, by Actor, before uint64, limit int) ([]ShownRun, error) {
	var runs []ShownRun
	err := s.staff.list(ctx, &runs, "list_runs", "CALL list_runs(?, ?, ?)", by.staffID(), before, limit)
	return runs, err
}

// ShownFinding is something that the audit found broken, as staff see it. The item's title and its sale are nil when the item is not there any more.
type ShownFinding struct {
	ID         uint64     `db:"id"`
	Invariant  string     `db:"invariant"` // as sql/audit.sql names it: its first word is I1 to I9
	Subject    string     `db:"subject"`   // what exactly; "": the item as a whole
	Endangers  bool       `db:"endangers"` // selling on would make it worse
	Expected   string     `db:"expected"`
	Found      string     `db:"found"`
	WhatToDo   string     `db:"what_to_do"`
	Repair     string     `db:"repair"` // ledger lines that would set it right; "": none can
	State      string     `db:"state"`  // open, gone or approved
	FirstSeen  time.Time  `db:"first_seen"`
	LastSeen   time.Time  `db:"last_seen"`
	PausedAt   *time.Time `db:"paused_at"`
	EndedAt    *time.Time `db:"ended_at"`
	ApprovedBy *string    `db:"approved_by"`
	Reason     *string    `db:"reason"`
	ItemID     uint64     `db:"item_id"`
	ItemTitle  *string    `db:"item_title"`
	SaleID     *uint64    `db:"sale_id"`
	SaleTitle  *string    `db:"sale_title"`
	TimeZone   *string    `db:"time_zone"`
}

// ListFindings returns the findings of a state ("": all) with a number below before (0: the newest), newest first, at most limit. A member sees those
// about the own shop's items and about items that are gone.
func (s *Store) ListFindings(ctx context.Context, by Actor, state string, before uint64, limit int) ([]ShownFinding, error) {
	var findings []ShownFinding
	err := s.staff.list(ctx, &findings, "list_findings", "CALL list_findings(?, ?, ?, ?)", by.staffID(), state, before, limit)
	return findings, err
}

// ShowFinding returns one finding, or ErrNotFound.
func (s *Store) ShowFinding(ctx context.Context, by Actor, finding uint64) (ShownFinding, error) {
	var f ShownFinding
	err := s.staff.get(ctx, &f, "show_finding", "CALL show_finding(?, ?)", by.staffID(), finding)
	return f, err
}

// RepairLine is a line that a repair would write, with what its shard has before and after the repair.
type RepairLine struct {
	Line        int
	Shard       int
	Units       int64
	From, To    string
	ShelfBefore int64
	ShelfAfter  int64
}

// Books are the numbers that have to agree about an item.
type Books struct {
	Allotted  int64 // units put on sale
	Available int64 // on the shelf, which is what is sold from
	Ledger    int64 // available, by the ledger
	Held      int64 // by the orders: no repair touches them
	Sold      int64 // by the orders
}

// RepairPreview is the answer to PreviewRepair. Lines and books are there with Offered only.
type RepairPreview struct {
	Outcome       Outcome // AlreadyApproved, Gone, NoRepair, Changed or Offered
	Lines         []RepairLine
	Before, After Books
}

// PreviewRepair tells what approving a finding now would write, and what would be true before and afterwards. ErrNotFound: there is no such finding
// about an item of by's shop.
// Outcomes: AlreadyApproved, Gone, NoRepair, Changed, Offered.
func (s *Store) PreviewRepair(ctx context.Context, by Actor, finding uint64) (RepairPreview, error) {
	var rows []struct {
		Outcome         Outcome `db:"outcome"`
		Line            *int    `db:"line"`
		Shard           *int    `db:"shard"`
		Units           *int64  `db:"units"`
		From            *string `db:"from_account"`
		To              *string `db:"to_account"`
		ShelfBefore     *int64  `db:"shelf_before"`
		ShelfAfter      *int64  `db:"shelf_after"`
		AllottedBefore  *int64  `db:"allotted_before"`
		AllottedAfter   *int64  `db:"allotted_after"`
		AvailableBefore *int64  `db:"available_before"`
		AvailableAfter  *int64  `db:"available_after"`
		LedgerBefore    *int64  `db:"ledger_before"`
		LedgerAfter     *int64  `db:"ledger_after"`
		Held            *int64  `db:"held"`
		Sold            *int64  `db:"sold"`
	}
	var p RepairPreview
	if err := s.staff.list(ctx, &rows, "preview_repair", "CALL preview_repair(?, ?)", by.staffID(), finding); err != nil {
		return p, err
	}
	if len(rows) == 0 {
		return p, ErrNotFound
	}
	for _, r := range rows {
		p.Outcome = r.Outcome
		if r.Line == nil {
			continue
		}
		p.Lines = append(p.Lines, RepairLine{
			Line: *r.Line, Shard: *r.Shard, Units: *r.Units, From: *r.From, To: *r.To, ShelfBefore: *r.ShelfBefore, ShelfAfter: *r.ShelfAfter,
		})
		p.Before = Books{Allotted: *r.AllottedBefore, Available: *r.AvailableBefore, Ledger: *r.LedgerBefore, Held: *r.Held, Sold: *r.Sold}
		p.After = Books{Allotted: *r.AllottedAfter, Available: *r.AvailableAfter, Ledger: *r.LedgerAfter, Held: *r.Held, Sold: *r.Sold}
	}
	return p, nil
}

// SealHead is how far the ledger of the installation is sealed.
type SealHead struct {
	Seq          uint64     `db:"head_seq"`      // of the last seal; 0: nothing is sealed yet
	Hash         string     `db:"head_hash"`     // hexadecimal; "" before the first
	At           *time.Time `db:"head_at"`       // nil before the first
	Waiting      int        `db:"waiting"`       // lines without a seal, at most 1000
	WaitingSince *time.Time `db:"waiting_since"` // when the oldest of them was written; nil: none
	DatabaseTime time.Time  `db:"database_time"`
}

// ShowSeals returns the head of the seals; ErrNotFound for who may not read.
func (s *Store) ShowSeals(ctx context.Context, by Actor) (SealHead, error) {
	var h SealHead
	err := s.staff.get(ctx, &h, "show_seals", "CALL show_seals(?)", by.staffID())
	return h, err
}
