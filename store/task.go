package store

import (
	"context"
	"time"

	"github.com/google/uuid"
)

// Kinds of tasks.
const (
	TaskExport = "export" // orders are written into a file
	TaskCancel = "cancel" // held orders are cancelled
	TaskRefund = "refund" // paid orders are refunded
	TaskResend = "resend" // the last mail about each order is sent again
)

// FileFormat is how an export is written.
type FileFormat struct {
	Format    string // csv or xlsx
	Delimiter string // of CSV: comma, semicolon or tab; "" otherwise
	BOM       bool   // CSV begins with a byte order mark
}

// BegunExport is the answer to BeginExport.
type BegunExport struct {
	Outcome Outcome    `db:"outcome"`
	TaskID  *uint64    `db:"task_id"` // nil unless Begun
	FirstID []byte     `db:"first_id"`
	LastID  []byte     `db:"last_id"`
	FromAt  *time.Time `db:"from_at"`
	ToAt    *time.Time `db:"to_at"`
}

// Range is what to walk if the export is Small.
func (b BegunExport) Range(f OrderRange) OrderRange {
	f.From, f.To, f.First, f.Last = b.FromAt, b.ToAt, b.FirstID, b.LastID
	return f
}

// BeginExport begins an export of orders of by's shop. Up to small orders are not worth a task: the caller writes them at once. First and Last of f are not asked.
// Outcomes: NotAllowed, NoSuchSale, TooMany, Small, Begun.
func (s *Store) BeginExport(ctx context.Context, by Actor, f OrderRange, format FileFormat, small int) (BegunExport, error) {
	var b BegunExport
	err := s.staff.get(ctx, &b, "begin_export", "CALL begin_export(?, ?, ?, ?, ?, ?, ?, ?, ?)",
		by.staffID(), orNull(f.Sale), f.State, f.From, f.To, format.Format, format.Delimiter, format.BOM, small)
	return b, err
}

// Bulk is the same act on many orders of a sale.
type Bulk struct {
	Kind    string // TaskCancel, TaskRefund or TaskResend
	Sale    uint64
	State   string    // of TaskResend: of orders in which state; "": any
	Restock bool      // of TaskRefund: the units go back on sale
	Reason  string    // stands in the log of the sale
	Until   time.Time // orders placed before it
	Most    int64     // no more of them than this
}

// BegunBulk is the answer to BeginBulk.
type BegunBulk struct {
	Outcome Outcome `db:"outcome"`
	TaskID  *uint64 `db:"task_id"` // nil unless Begun
}

// BeginBulk begins the same act on many orders of a sale of by's shop.
// Outcomes: NotAllowed, NoSuchSale, TooMany, Nothing, Changed, Begun.
func (s *Store) BeginBulk(ctx context.Context, by Actor, b Bulk) (BegunBulk, error) {
	var begun BegunBulk
	err := s.staff.get(ctx, &begun, "begin_bulk", "CALL begin_bulk(?, ?, ?, ?, ?, ?, ?, ?)",
		by.staffID(), b.Kind, b.Sale, b.State, b.Restock, b.Reason, b.Until.UTC(), b.Most)
	return begun, err
}

// TakenTask is the answer to TakeTask: what to do, and how far it has come.
type TakenTask struct {
	Outcome Outcome // Nothing or Taken; all else is zero with Nothing
	ID      uint64
	Fence   uint64 // what it is noted with
	By      Actor  // who began it, and in whose name it is done
	Kind    string
	Range   OrderRange
	Format  FileFormat
	Restock bool
	Reason  string
	Total   *int64 // orders that were meant when it was begun; nil: nobody counted
	Done    int64
	Refused int64
	After   []byte // the order behind which to go on; nil: from the first
	Doing   []byte // the order that was being done when the last console was heard of; nil: none
	Chunks  int    // parts of the file that are there
	MadeAt  time.Time
}

// TakeTask takes the oldest task that waits, or that a console has let go or has not been heard of in time, for so many seconds.
// Outcomes: Nothing, Taken.
func (s *Store) TakeTask(ctx context.Context, holder string, seconds int) (TakenTask, error) {
	var r struct {
		Outcome    Outcome    `db:"outcome"`
		ID         *uint64    `db:"task_id"`
		Fence      *uint64    `db:"fence"`
		StaffID    *uint64    `db:"staff_id"`
		Kind       *string    `db:"kind"`
		SaleID     *uint64    `db:"sale_id"`
		OrderState *string    `db:"order_state"`
		FromAt     *time.Time `db:"from_at"`
		ToAt       *time.Time `db:"to_at"`
		FirstID    []byte     `db:"first_id"`
		LastID     []byte     `db:"last_id"`
		Format     *string    `db:"format"`
		Delimiter  *string    `db:"delimiter"`
		BOM        *bool      `db:"bom"`
		Restock    *bool      `db:"restock"`
		Reason     *string    `db:"reason"`
		Total      *int64     `db:"orders_total"`
		Done       *int64     `db:"orders_done"`
		Refused    *int64     `db:"orders_refused"`
		AfterID    []byte     `db:"after_id"`
		DoingID    []byte     `db:"doing_id"`
		Chunks     *int       `db:"chunks"`
		MadeAt     *time.Time `db:"made_at"`
	}
	if err := s.staff.get(ctx, &r, "take_task", "CALL take_task(?, ?)", holder, seconds); err != nil || r.ID == nil {
		return TakenTask{Outcome: r.Outcome}, err
	}
	t := TakenTask{
		Outcome: r.Outcome, ID: *r.ID, Fence: *r.Fence, By: Member(*r.StaffID), Kind: *r.Kind, Restock: *r.Restock, Reason: *r.Reason, Total: r.Total, Done: *r.Done,
		Refused: *r.Refused, After: r.AfterID, Doing: r.DoingID, Chunks: *r.Chunks, MadeAt: *r.MadeAt,
		Format: FileFormat{Format: *r.Format, Delimiter: *r.Delimiter, BOM: *r.BOM},
		Range:  OrderRange{State: *r.OrderState, From: r.FromAt, To: r.ToAt, First: r.FirstID, Last: r.LastID},
	}
	if r.SaleID != nil {
		t.Range.Sale = *r.SaleID
	}
	return t, nil
}

// ExportNote is how far an export has come.
type ExportNote struct {
	Seconds  int    // how long the console keeps the task from now on; 0: it lets go
	Number   int    // place of Body in the file, from 1; 0 without one
	Body     []byte // a part of the file; nil: none
	After    []byte // the order behind which to go on
	Orders   int64  // in the file so far
	Progress int    // thousandths
}

// NoteExport notes how far an export has come. To note the same twice changes nothing.
// Outcomes: Fenced, NotAllowed, TooLarge, Kept.
func (s *Store) NoteExport(ctx context.Context, t TakenTask, n ExportNote) (Outcome, error) {
	var number any
	if n.Body != nil {
		number = n.Number
	}
	return s.noteTask(ctx, "note_export", "CALL note_export(?, ?, ?, ?, ?, ?, ?, ?)",
		t.ID, t.Fence, n.Seconds, number, n.Body, bytesOrNull(n.After), n.Orders, n.Progress)
}

// BulkNote is what came of an order of bulk work, and which is done next.
type BulkNote struct {
	Seconds  int     // how long the console keeps the task from now on; 0: it lets go
	Order    []byte  // nil: nothing was done
	Refusal  Outcome // what the act answered if it would not do it; "": it was done
	Next     []byte  // nil: not known yet
	Done     int64   // so far, Order included
	Refused  int64
	Progress int // thousandths
}

// NoteBulk notes what came of an order and which is next. To note the same twice changes nothing.
// Outcomes: Fenced, Cancelled, NotAllowed, Kept.
func (s *Store) NoteBulk(ctx context.Context, t TakenTask, n BulkNote) (Outcome, error) {
	return s.noteTask(ctx, "note_bulk", "CALL note_bulk(?, ?, ?, ?, ?, ?, ?, ?, ?)",
		t.ID, t.Fence, n.Seconds, bytesOrNull(n.Order), string(n.Refusal), bytesOrNull(n.Next), n.Done, n.Refused, n.Progress)
}

// EndTask ends a task. why says in one word why it failed; "": it is done.
// Outcomes: Fenced, Ended.
func (s *Store) EndTask(ctx context.Context, t TakenTask, why string) (Outcome, error) {
	return s.noteTask(ctx, "end_task", "CALL end_task(?, ?, ?)", t.ID, t.Fence, why)
}

// CancelTask stops a task of by's shop that has not ended.
// Outcomes: NotAllowed, NoSuchTask, AlreadyEnded, Cancelled.
func (s *Store) CancelTask(ctx context.Context, by Actor, task uint64) (Outcome, error) {
	return s.noteTask(ctx, "cancel_task", "CALL cancel_task(?, ?, ?)", by.staffID(), by.name, task)
}

func (s *Store) noteTask(ctx context.Context, procedure, call string, args ...any) (Outcome, error) {
	var r struct {
		Outcome Outcome `db:"outcome"`
	}
	err := s.staff.get(ctx, &r, procedure, call, args...)
	return r.Outcome, err
}

// Task is an export or bulk work as staff see it. Times are UTC.
type Task struct {
	ID           uint64     `db:"id"`
	Kind         string     `db:"kind"`
	State        string     `db:"state"`       // waiting, running, done, failed or cancelled
	Why          string     `db:"why"`         // why it failed, in one word
	SaleID       *uint64    `db:"sale_id"`     // nil: every sale of the shop
	SaleTitle    *string    `db:"sale_title"`  // nil with SaleID
	OrderState   string     `db:"order_state"` // "": any
	FromAt       *time.Time `db:"from_at"`
	ToAt         time.Time  `db:"to_at"`
	Format       string     `db:"format"` // "" of bulk work
	Delimiter    string     `db:"delimiter"`
	BOM          bool       `db:"bom"`
	Restock      bool       `db:"restock"`
	Reason       string     `db:"reason"`
	Total        *int64     `db:"orders_total"` // nil: nobody counted
	Done         int64      `db:"orders_done"`
	Refused      int64      `db:"orders_refused"`
	Progress     int        `db:"progress"` // thousandths
	Chunks       int        `db:"chunks"`   // parts of the file
	Bytes        int64      `db:"bytes"`
	MadeAt       time.Time  `db:"made_at"`
	EndedAt      *time.Time `db:"ended_at"`
	ExpiresAt    *time.Time `db:"expires_at"` // from when on the file is gone; nil: there is none, or not yet
	Actor        string     `db:"actor"`
	DatabaseTime time.Time  `db:"database_time"`
}

// ListTasks returns the tasks of by's shop with a number below before (0: the newest), newest first, at most limit.
func (s *Store) ListTasks(ctx context.Context, by Actor, before uint64, limit int) ([]Task, error) {
	var tasks []Task
	err := s.staff.list(ctx, &tasks, "list_tasks", "CALL list_tasks(?, ?, ?)", by.staffID(), before, limit)
	return tasks, err
}

// ShowTask returns one task of by's shop, or ErrNotFound.
func (s *Store) ShowTask(ctx context.Context, by Actor, task uint64) (Task, error) {
	var t Task
	err := s.staff.get(ctx, &t, "show_task", "CALL show_task(?, ?)", by.staffID(), task)
	return t, err
}

// Refusal is an order that bulk work could not do.
type Refusal struct {
	Outcome string    `db:"outcome"`
	Alike   int64     `db:"alike"` // orders of the task with this outcome
	OrderID uuid.UUID `db:"order_id"`
	MadeAt  time.Time `db:"made_at"`
}

// ListRefusals returns the orders that a task of by's shop was refused, by outcome, at most limit of each.
func (s *Store) ListRefusals(ctx context.Context, by Actor, task uint64, limit int) ([]Refusal, error) {
	var refusals []Refusal
	err := s.staff.list(ctx, &refusals, "list_refusals", "CALL list_refusals(?, ?, ?)", by.staffID(), task, limit)
	return refusals, err
}

// ReadExport returns a part of the file of an export of by's shop, from 1; ErrNotFound: it has no such part, or cannot be had (any more).
func (s *Store) ReadExport(ctx context.Context, by Actor, task uint64, number int) ([]byte, error) {
	var body []byte
	err := s.staff.get(ctx, &body, "read_export", "CALL read_export(?, ?, ?)", by.staffID(), task, number)
	return body, err
}
