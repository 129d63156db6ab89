package page

import (
	"context"

	"doorbuster/web/ui"
)

// By whom something was done.
const (
	ByMember   = "member"
	ByOperator = "operator" // at the command line
	ByJob      = "job"      // of the worker
)

// Codes of FieldError of the filter of the log.
const (
	SaleNumberBad = "sale_number_bad"
	DayBad        = "day_bad"
)

// LogErrorCodes lists them all.
var LogErrorCodes = []string{SaleNumberBad, DayBad}

// ActivityRow is a line of the activity log.
type ActivityRow struct {
	LogRow
	ID        uint64
	By        string // ByMember, ByOperator or ByJob
	Sale      uint64 // 0: of no sale
	SaleTitle string // empty: of no sale, or of one that was discarded
	Everybody bool   // it concerns the whole installation
}

// LogView is GET /{lang}/log?who=&action=&sale=&from=&to=.
type LogView struct {
	Frame
	Who, Action, Sale, From, To string // the filter, as typed
	Lines                       []ActivityRow
	More                        string // path of the next page; empty: no more
	Export                      string // path of the file with all lines; empty: the filter is wrong
	Shown                       string // the filter and the page as a query, so that an undoing leads back to them
	Errors                      ui.FieldErrors
}

// filtered says whether the page shows a part of the log.
func (v LogView) filtered() bool { return v.Who+v.Action+v.Sale+v.From+v.To != "" }

// byWords says what sort of actor it was; nothing for a member, whose name says it.
func (l ActivityRow) byWords(ctx context.Context) string {
	switch l.By {
	case ByOperator:
		return ui.T(ctx, "console_by_operator")
	case ByJob:
		return ui.T(ctx, "console_by_job")
	default:
		return ""
	}
}
