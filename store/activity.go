package store

import (
	"context"
	"time"
)

// LogFilter says which lines of the activity log are meant. Its zero value means all.
type LogFilter struct {
	Action string    // one of the table sale_log; "": all
	Who    string    // part of the name, in any case; "": all
	SaleID uint64    // 0: all, also those of no sale
	From   time.Time // made at this instant or later; zero: all
	To     time.Time // made before this instant; zero: all
}

// ActivityLine is something that was done, to a sale, to the team or to the installation.
type ActivityLine struct {
	LogLine
	SaleID    *uint64 `db:"sale_id"`    // nil: of no sale
	SaleTitle *string `db:"sale_title"` // nil: of no sale, or of one that was discarded
	TimeZone  *string `db:"time_zone"`  // of the sale
	Everybody bool    `db:"everybody"`  // it concerns the whole installation
	Needs     *string `db:"needs"`      // the right that it takes to undo it: sell or team; nil: it cannot be undone
}

// ListLog returns the lines of the activity log with a number below before (0: the newest), newest first, at most limit. A member sees those of the own shop
// and those that concern the whole installation; who may not read the log sees none.
func (s *Store) ListLog(ctx context.Context, by Actor, f LogFilter, before uint64, limit int) ([]ActivityLine, error) {
	var sale any
	if f.SaleID > 0 {
		sale = f.SaleID
	}
	var lines []ActivityLine
	err := s.staff.list(ctx, &lines, "list_log", "CALL list_log(?, ?, ?, ?, ?, ?, ?, ?)",
		by.staffID(), f.Action, f.Who, sale, instant(f.From), instant(f.To), before, limit)
	return lines, err
}

// instant is a moment as a procedure takes it: NULL when it is zero.
func instant(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UTC()
}
