package page

import (
	"context"
	"slices"
	"strconv"
	"time"

	"doorbuster/web/ui"
)

// Kinds of tasks; the bytes are those of the database.
const (
	TaskExport = "export"
	TaskCancel = "cancel"
	TaskRefund = "refund"
	TaskResend = "resend"
)

// TaskKinds lists them, BulkKinds those that do something to orders.
var (
	BulkKinds = []string{TaskRefund, TaskCancel, TaskResend}
	TaskKinds = append([]string{TaskExport}, BulkKinds...)
)

// TaskStates lists the states of a task; the bytes are those of the database.
var TaskStates = []string{"waiting", "running", "done", "failed", "cancelled"}

// TaskWhys lists why a task can fail.
var TaskWhys = []string{"not_allowed", "too_large", "fault"}

// ExportStates lists the states of orders that can be chosen, after "any" for all.
var ExportStates = []string{"any", "held", "paid", "cancelled", "expired", "refunded"}

// Delimiters lists what can part the cells of a CSV file.
var Delimiters = []string{"comma", "semicolon", "tab"}

// Codes of FieldError of the forms of exports and bulk work.
const (
	MomentBad    = "moment_bad"
	PeriodBad    = "period_bad"
	CountWrong   = "count_wrong"
	CountChanged = "count_changed"
)

// TaskErrorCodes lists them all.
var TaskErrorCodes = []string{MomentBad, PeriodBad, CountWrong, CountChanged}

// RefusalOutcomes lists what an order can be refused with that has words.
var RefusalOutcomes = []string{"no_such_order", "not_cancellable", "paying", "not_refundable", "no_such_mail", "too_old"}

// TaskRow is one export or bulk work.
type TaskRow struct {
	ID            uint64
	Kind          string // one of TaskKinds
	State         string // one of TaskStates
	Why           string // why it failed, one of TaskWhys
	Sale          uint64 // 0: every sale of the shop
	SaleTitle     string
	OrderState    string // of the orders that are meant; empty: any
	From          *time.Time
	To            time.Time
	Format        string // csv, xlsx; empty: it makes no file
	Delimiter     string
	BOM           bool
	Restock       bool
	Reason        string
	Total         *int64 // nil: nobody counted
	Done, Refused int64
	Progress      int // thousandths
	Bytes         int64
	Made          time.Time
	Ended         *time.Time
	Expires       *time.Time // from when on the file is gone
	Expired       bool
	Actor         string
}

// TaskListView is GET /{lang}/exports?sale=&state=&from=&to=, and the answer to its form if that was wrong: POST /{lang}/exports with these fields, format, delimiter and bom.
type TaskListView struct {
	Frame
	Tasks    []TaskRow // newest first
	More     string    // path of the next page; empty: none
	MayBegin bool
	Sales    []SaleChoice
	Chosen   ExportChoice
	Open     bool   // the form is shown open
	Told     string // too_many; empty after a plain visit
	Errors   ui.FieldErrors
}

// ExportChoice is what stands in the form of an export.
type ExportChoice struct {
	Sale      uint64
	State     string // empty: any
	From, To  string // as a browser's field for date and time has it, or what was typed
	Format    string
	Delimiter string
	BOM       bool
}

// TaskView is one export or bulk work: GET /{lang}/exports/{task}. POST …/cancel stops it, GET …/file is its file.
type TaskView struct {
	Frame
	Task      TaskRow
	Now       time.Time // of the database
	MayCancel bool
	MayFetch  bool
	Refusals  []RefusalRow
	Told      string // cancelled, already_ended; empty after a plain visit
}

// RefusalRow is an order that would not be done.
type RefusalRow struct {
	Outcome string
	Alike   int64 // orders with this outcome
	Order   string
}

// refusedWith are the refusals in groups of one outcome each.
func (v TaskView) refusedWith() [][]RefusalRow {
	var groups [][]RefusalRow
	for i, r := range v.Refusals {
		if i == 0 || r.Outcome != v.Refusals[i-1].Outcome {
			groups = append(groups, nil)
		}
		groups[len(groups)-1] = append(groups[len(groups)-1], r)
	}
	return groups
}

// BulkView is GET /{lang}/exports/bulk?kind=&sale=&state=&restock=, and the answer to its form if that was wrong: POST /{lang}/exports/bulk with these, until, most, reason and confirm.
type BulkView struct {
	Frame
	Sales   []SaleChoice
	Kind    string // one of BulkKinds; empty: not chosen yet
	Sale    uint64
	State   string // of a resend; empty: any
	Restock bool

	// Of what was chosen; Counts empty with Title: there is no such order.
	Title  string // of the sale; empty: nothing was chosen
	Counts []CountRow
	Until  string // goes back with the form
	Told   string // too_many, nothing; empty after a plain visit

	Reason, Confirm string
	Errors          ui.FieldErrors
}

// CountRow is how many orders there are in one currency.
type CountRow struct {
	Orders, Units int64
	Total         ui.Money
}

// Orders is how many there are in all.
func (v BulkView) Orders() int64 {
	var n int64
	for _, c := range v.Counts {
		n += c.Orders
	}
	return n
}

// unfinished says whether a task waits or runs.
func (t TaskRow) unfinished() bool { return t.State == "waiting" || t.State == "running" }

// hasFile says whether its file can be had.
func (t TaskRow) hasFile() bool { return t.Format != "" && t.State == "done" && !t.Expired }

// percent is how far it has come, for reading.
func (t TaskRow) percent() string { return strconv.Itoa(t.Progress/10) + "%" }

// stateName is the state of orders that are meant, for the language files.
func stateName(state string) string {
	if !slices.Contains(ExportStates, state) {
		return "any"
	}
	return state
}

// stateValue is what a form sends for a state.
func stateValue(name string) string {
	if name == "any" {
		return ""
	}
	return name
}

// taskIcon is the mark of a task's state, taskTone its colour; the word beside it says the same.
func taskIcon(state string) string {
	switch state {
	case "done":
		return "check"
	case "failed":
		return "alert"
	case "cancelled":
		return "none"
	default:
		return "clock"
	}
}

func taskTone(state string) string {
	switch state {
	case "done":
		return "good"
	case "failed":
		return "bad"
	case "cancelled":
		return "plain"
	default:
		return "warn"
	}
}

// known is a word of a list, or other.
func known(all []string, word, other string) string {
	if slices.Contains(all, word) {
		return word
	}
	return other
}

// refusalWords says why an order was refused; an outcome without words stands as it is.
func refusalWords(ctx context.Context, outcome string) string {
	if !slices.Contains(RefusalOutcomes, outcome) {
		return outcome
	}
	return ui.T(ctx, "console_refused_"+outcome)
}

// size is bytes for reading: kB below a million, then MB.
func size(bytes int64) string {
	if bytes < 1_000_000 {
		return ui.Grouped((bytes+999)/1000) + " kB"
	}
	return strconv.FormatFloat(float64(bytes)/1_000_000, 'f', 1, 64) + " MB"
}

// taskPath is the address of a task without the language.
func taskPath(id uint64) string { return "/exports/" + strconv.FormatUint(id, 10) }
