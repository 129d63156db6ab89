package page

import (
	"context"
	"fmt"
	"time"

	"doorbuster/web/ui"
)

// Ways to make access codes.
const (
	OneCode   = "one"
	ManyCodes = "many"
)

// Codes of FieldError of the forms of access codes, besides ReasonMissing and ReasonBad.
const (
	CodeBad       = "access_code_bad"
	CodeTaken     = "access_code_taken"
	CodeUsesBad   = "access_uses_bad"
	CodeCountBad  = "access_count_bad"
	CodesFull     = "access_full"
	CodeNumberBad = "access_number_bad"
)

// CodeErrorCodes lists them all.
var CodeErrorCodes = []string{CodeBad, CodeTaken, CodeUsesBad, CodeCountBad, CodesFull, CodeNumberBad}

// CodesTold lists every outcome that the page of the codes has words for.
var CodesTold = []string{"made", "revoked", "already_revoked", "over"}

// CodeRow is an access code of a sale.
type CodeRow struct {
	ID            uint64
	Code          string
	Uses, Allowed int
	MadeAt        time.Time
	MadeBy        string
	RevokedAt     *time.Time // nil: it is good while uses are left
}

// state is what a code is good for: open, used or revoked.
func (c CodeRow) state() string {
	switch {
	case c.RevokedAt != nil:
		return "revoked"
	case c.Uses >= c.Allowed:
		return "used"
	default:
		return "open"
	}
}

func (c CodeRow) badge() (tone, icon string) {
	switch c.state() {
	case "open":
		return "good", "check"
	case "used":
		return "plain", "none"
	default:
		return "warn", "pause"
	}
}

// AccessCount says how many codes a sale has, and how many shoppers came in with them.
type AccessCount struct{ Codes, Open, Members int }

func accessWords(ctx context.Context, n AccessCount) string {
	return ui.T(ctx, "console_access_codes_open", "N", n.Open) + ui.T(ctx, "dot") + ui.T(ctx, "console_access_codes_members", "N", n.Members)
}

// CodeListView is GET /{lang}/sales/{sale}/codes?before=&revoke= and the answer to its forms: POST …/codes (way, code, uses, count) and POST …/codes/revoke
// (number, reason).
type CodeListView struct {
	Frame
	Sale    uint64
	Title   string
	Zone    string
	Members *time.Time // when members come in; nil: open to all from the opening, so no code is of use yet
	Opens   time.Time
	Over    bool // no code can be made any more
	Count   AccessCount
	Codes   []CodeRow
	More    string // path of the next page; empty: no more
	Told    string // outcome of a form; one without words is not told

	// Of a form that was wrong: which it was (OneCode, ManyCodes or revoke), and what was typed.
	Act    string
	Typed  map[string]string
	Errors ui.FieldErrors
}

func codesPath(sale uint64) string { return fmt.Sprintf("/sales/%d/codes", sale) }
