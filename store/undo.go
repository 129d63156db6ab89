package store

import "context"

// Undoable is a line of the activity log that tells of something which can be undone.
type Undoable struct {
	ID      uint64  `db:"id"`
	Action  string  `db:"action"`
	Thing   string  `db:"thing"`    // what was changed, as in the table sale_log
	Needs   string  `db:"needs"`    // the right that it takes: sell or team
	SaleID  *uint64 `db:"sale_id"`  // nil: of no sale
	StaffID *uint64 `db:"staff_id"` // who did it; nil: an operator at the command line, or a job
	IsOpen  bool    `db:"is_open"`  // nothing came after it
	Since   *string `db:"since"`    // who has changed the thing since, the last; nil: nobody
}

// FindUndo returns a line by its number, or ErrNotFound: no such line that by may see, or nothing that can be undone.
func (s *Store) FindUndo(ctx context.Context, by Actor, line uint64) (Undoable, error) {
	return s.findUndo(ctx, by, line, "")
}

// FindUndoOf returns the last line about a thing, or ErrNotFound.
func (s *Store) FindUndoOf(ctx context.Context, by Actor, thing string) (Undoable, error) {
	return s.findUndo(ctx, by, 0, thing)
}

func (s *Store) findUndo(ctx context.Context, by Actor, line uint64, thing string) (Undoable, error) {
	var u Undoable
	err := s.staff.get(ctx, &u, "find_undo", "CALL find_undo(?, ?, ?)", by.staffID(), line, thing)
	return u, err
}

// UndoneAct is the answer to UndoAct.
type UndoneAct struct {
	Outcome   Outcome `db:"outcome"`
	ItemID    *uint64 `db:"item_id"`    // nil unless it was about units
	UnitsLeft *int    `db:"units_left"` // of the item, afterwards
}

// UndoAct takes back what a line of the activity log did, if it is still in force; else it does nothing.
// Outcomes: NotAllowed, NoSuchLine, Yourself, AlreadyUndone, Over, ChangedMeanwhile, ClosesPast, NotEnough, LastOwner, Undone.
func (s *Store) UndoAct(ctx context.Context, by Actor, line uint64) (UndoneAct, error) {
	var u UndoneAct
	err := s.staff.get(ctx, &u, "undo_act", "CALL undo_act(?, ?, ?, ?)", by.staffID(), line, newID(), by.name)
	s.reopen(u.Outcome == Undone, u.ItemID)
	return u, err
}
