package page

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"doorbuster/web/ui"
)

// The states of a finding; the bytes are those of the database.
const (
	FindingOpen     = "open"
	FindingApproved = "approved" // a member let its repair be made
	FindingGone     = "gone"     // a later run saw it no more
)

// FindingStates lists them, after the empty one that stands for all.
var FindingStates = []string{"", FindingOpen, FindingApproved, FindingGone}

// Invariants are the codes of sql/audit.sql that have words.
var Invariants = []string{"i1", "i2", "i3", "i4", "i5", "i6", "i7", "i8", "i9", "i10"}

// FindingRow is something that the audit found broken.
type FindingRow struct {
	ID              uint64
	Invariant       string // as sql/audit.sql names it
	Subject         string // empty: the item as a whole
	Endangers       bool   // selling on would make it worse
	Expected, Found string
	WhatToDo        string // in the words of sql/audit.sql
	Repair          string // empty: no ledger line sets it right
	State           string
	First, Last     time.Time // when it was seen
	Paused          *time.Time
	Ended           *time.Time
	By, Reason      string // of an approved repair
	Item, Sale      uint64 // Sale 0: the item is not there any more
	ItemTitle       string
	SaleTitle       string
	Zone            string
}

// code is the invariant in short, i1 to i9; empty for one without words.
func (f FindingRow) code() string {
	word, _, _ := strings.Cut(f.Invariant, " ")
	if code := strings.ToLower(word); slices.Contains(Invariants, code) {
		return code
	}
	return ""
}

// title is what is wrong, in a few words.
func (f FindingRow) title(ctx context.Context) string {
	if f.code() == "" {
		return f.Invariant
	}
	return ui.T(ctx, "console_broken_"+f.code())
}

// means says what that means for the shop.
func (f FindingRow) means(ctx context.Context) string {
	if f.code() == "" {
		return f.WhatToDo
	}
	return ui.T(ctx, "console_means_"+f.code())
}

// where names the item; one that is gone has its number only.
func (f FindingRow) where(ctx context.Context) string {
	if f.Sale == 0 {
		return ui.T(ctx, "console_item_gone", "ID", fmt.Sprint(f.Item))
	}
	return f.ItemTitle
}

// SealView is how far the ledger is sealed.
type SealView struct {
	Seq     uint64 // of the last seal; 0: nothing is sealed yet
	Hash    string
	At      *time.Time
	Waiting int        // lines without a seal, at most 1000
	Since   *time.Time // when the oldest of them was written
	Late    bool       // they have waited for too long: no worker seals
}

// RunRow is one run of the audit. Items, Orders and Lines are nil when the member may not know them.
type RunRow struct {
	ID                   uint64
	Began, Ended         time.Time
	Items, Orders, Lines *int64
	Findings, Fresh      int
}

// seconds is how long the run took.
func (r RunRow) seconds() string { return fmt.Sprintf("%.1f", r.Ended.Sub(r.Began).Seconds()) }

// count is a number that may be unknown.
func count(n *int64) string {
	if n == nil {
		return "–"
	}
	return ui.Grouped(*n)
}

// ChecksView is GET /{lang}/checks: what is broken, the seals, the last runs and the last repairs.
type ChecksView struct {
	Frame
	Open     []FindingRow
	MoreOpen string // path of the others; empty: none
	Seals    SealView
	Runs     []RunRow
	Repairs  []FindingRow
	Now      time.Time
}

// FindingListView is GET /{lang}/checks/findings?state=&before=.
type FindingListView struct {
	Frame
	State    string // one of FindingStates
	Findings []FindingRow
	More     string
}

func (v FindingListView) state() string {
	if slices.Contains(FindingStates, v.State) {
		return v.State
	}
	return ""
}

func findingsPath(state string) string {
	if state == "" {
		return "/checks/findings"
	}
	return "/checks/findings?state=" + state
}

// findingWord is the end of the id of a state's words.
func findingWord(state string) string {
	if state == "" {
		return "all"
	}
	return state
}

// RunListView is GET /{lang}/checks/runs?before=.
type RunListView struct {
	Frame
	Runs []RunRow
	More string
}

// RepairRow is a line that a repair would write, with what its shard has before and after the repair.
type RepairRow struct {
	Line, Shard   int
	Units         int64
	From, To      string
	Before, After int64
}

// BookRow is a number that has to agree with others, before and after a repair.
type BookRow struct {
	Name          string // one of BookNames
	Before, After int64
}

// BookNames lists the books of an item.
var BookNames = []string{"allotted", "shelf", "ledger", "held", "sold"}

// What a preview can say; the bytes are those of the database.
const (
	RepairOffered = "offered"
	RepairChanged = "changed"
	RepairNone    = "no_repair"
)

// FindingView is GET /{lang}/checks/findings/{finding} and the answer to its form: POST …/approve (shown, reason).
type FindingView struct {
	Frame
	Finding    FindingRow
	Outcome    string // of the preview: RepairOffered, RepairChanged, RepairNone, gone, already_approved; empty: there is none to show
	Lines      []RepairRow
	Books      []BookRow
	MayApprove bool
	Told       string // outcome of the form; one without words is not told
	Reason     string // as it was typed, with Errors
	Errors     ui.FieldErrors
}

// FindingTold lists the outcomes of an approval that have words.
var FindingTold = []string{"approved", "already_approved", "gone", "no_repair", "changed", "unsigned"}

func (v FindingView) toldWords(ctx context.Context) string {
	if !slices.Contains(FindingTold, v.Told) {
		return ""
	}
	return ui.T(ctx, "console_approve_"+v.Told)
}

func (v FindingView) toldGood() bool { return v.Told == "approved" }

// stateIcon is the sign of a finding's state.
func stateIcon(state string) string {
	if state == FindingOpen {
		return "alert"
	}
	return "check"
}

// stateTone is how a finding's state looks.
func stateTone(f FindingRow) string {
	switch {
	case f.State != FindingOpen:
		return "paid"
	case f.Endangers:
		return "bad"
	default:
		return "held"
	}
}
