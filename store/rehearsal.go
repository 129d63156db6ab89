package store

import (
	"context"
	"time"
)

// The most that a rehearsal may be asked for. begin_rehearsal has the same bounds.
const (
	MaxRehearsalShoppers = 20_000
	MaxRehearsalSeconds  = 120
)

// RehearsalPlan says what is rehearsed: a crowd of simulated shoppers who all want one item of a copy of a sale.
type RehearsalPlan struct {
	Sale, Item uint64
	Shoppers   int // 1 to MaxRehearsalShoppers
	Seconds    int // over which they arrive; 1 to MaxRehearsalSeconds
}

// BegunRehearsal is the answer to BeginRehearsal.
type BegunRehearsal struct {
	Outcome     Outcome `db:"outcome"`
	RehearsalID *uint64 `db:"rehearsal_id"` // nil unless Begun
}

// BeginRehearsal has a sale rehearsed. If it is Begun, the caller must play it: call NoteRehearsal every second and EndRehearsal at the end. One whose player
// was silent for 30 seconds has failed.
// Outcomes: NotAllowed, NoSuchSale, NoSuchItem, BadCrowd, Rehearsing, Begun.
func (s *Store) BeginRehearsal(ctx context.Context, by Actor, plan RehearsalPlan) (BegunRehearsal, error) {
	var b BegunRehearsal
	err := s.staff.get(ctx, &b, "begin_rehearsal", "CALL begin_rehearsal(?, ?, ?, ?, ?, ?)", by.staffID(), by.name, plan.Sale, plan.Item, plan.Shoppers, plan.Seconds)
	return b, err
}

// NoteRehearsal says how far a rehearsal is: its phase, and done of total in it (total 0: nobody knows).
// Outcomes: Over (it must not go on), Stop (staff want it to stop), Noted.
func (s *Store) NoteRehearsal(ctx context.Context, rehearsal uint64, phase string, done, total int) (Outcome, error) {
	var o outcomeRow
	err := s.staff.get(ctx, &o, "note_rehearsal", "CALL note_rehearsal(?, ?, ?, ?)", rehearsal, phase, done, total)
	return o.Outcome, err
}

// RehearsalEnd is what came of a rehearsal.
type RehearsalEnd struct {
	State   string // done, stopped or failed
	Trouble string // why it failed, in one word; "" unless failed
	Verdict string // clean, not_clean or not_proved; "" unless done
	Report  string // the figures and the checks as JSON; "" unless done
	Picture string // the rush as SVG; "" unless done
}

// EndRehearsal writes down what came of a rehearsal.
// Outcomes: Over (it had ended before, or is gone), Ended.
func (s *Store) EndRehearsal(ctx context.Context, rehearsal uint64, end RehearsalEnd) (Outcome, error) {
	var o outcomeRow
	var verdict, report, picture any
	if end.State == "done" {
		verdict, report, picture = end.Verdict, end.Report, end.Picture
	}
	err := s.staff.get(ctx, &o, "end_rehearsal", "CALL end_rehearsal(?, ?, ?, ?, ?, ?)", rehearsal, end.State, end.Trouble, verdict, report, picture)
	return o.Outcome, err
}

// StopRehearsal asks a rehearsal to stop.
// Outcomes: NotAllowed, NoSuchRehearsal, Over, Stop.
func (s *Store) StopRehearsal(ctx context.Context, by Actor, rehearsal uint64) (Outcome, error) {
	var o outcomeRow
	err := s.staff.get(ctx, &o, "stop_rehearsal", "CALL stop_rehearsal(?, ?, ?)", by.staffID(), by.name, rehearsal)
	return o.Outcome, err
}

// DeletedRehearsal is the answer to DeleteRehearsal.
type DeletedRehearsal struct {
	Outcome Outcome `db:"outcome"`
	SaleID  *uint64 `db:"sale_id"` // nil unless Deleted
}

// DeleteRehearsal deletes a rehearsal that has ended.
// Outcomes: NotAllowed, NoSuchRehearsal, Rehearsing, Deleted.
func (s *Store) DeleteRehearsal(ctx context.Context, by Actor, rehearsal uint64) (DeletedRehearsal, error) {
	var d DeletedRehearsal
	err := s.staff.get(ctx, &d, "delete_rehearsal", "CALL delete_rehearsal(?, ?, ?)", by.staffID(), by.name, rehearsal)
	return d, err
}

// Rehearsal is a rehearsal of a sale. Times are UTC.
type Rehearsal struct {
	ID         uint64     `db:"id"`
	SaleID     uint64     `db:"sale_id"`
	ItemID     uint64     `db:"item_id"`
	ItemTitle  string     `db:"item_title"` // "": the item was removed since
	TimeZone   string     `db:"time_zone"`  // of the sale
	Shoppers   int        `db:"shoppers"`
	Seconds    int        `db:"seconds"`
	State      string     `db:"state"` // running, done, stopped or failed
	Phase      string     `db:"phase"`
	PhaseDone  int        `db:"phase_done"`
	PhaseTotal int        `db:"phase_total"` // 0: nobody knows
	StopAsked  bool       `db:"stop_asked"`
	Trouble    string     `db:"trouble"`
	Verdict    *string    `db:"verdict"`
	Actor      string     `db:"actor"`
	BeganAt    time.Time  `db:"began_at"`
	SeenAt     time.Time  `db:"seen_at"`
	EndedAt    *time.Time `db:"ended_at"`
	Silent     bool       `db:"silent"` // it runs, and its player was not heard of for 30 seconds: its process is gone
	Report     *string    `db:"report"` // nil unless done; of ShowRehearsal only
	Picture    *string    `db:"picture"`
}

// ListRehearsals returns the rehearsals of a sale of by's shop with a number below before (0: the newest), newest first, at most limit.
func (s *Store) ListRehearsals(ctx context.Context, by Actor, sale, before uint64, limit int) ([]Rehearsal, error) {
	var all []Rehearsal
	err := s.staff.list(ctx, &all, "list_rehearsals", "CALL list_rehearsals(?, ?, ?, ?)", by.staffID(), sale, before, limit)
	return all, err
}

// ShowRehearsal returns one rehearsal of by's shop with its report, or ErrNotFound.
func (s *Store) ShowRehearsal(ctx context.Context, by Actor, rehearsal uint64) (Rehearsal, error) {
	var r Rehearsal
	err := s.staff.get(ctx, &r, "show_rehearsal", "CALL show_rehearsal(?, ?)", by.staffID(), rehearsal)
	return r, err
}

// outcomeRow is the answer of a procedure that answers its outcome alone.
type outcomeRow struct {
	Outcome Outcome `db:"outcome"`
}
