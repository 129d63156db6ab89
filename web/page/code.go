package page

import (
	"context"
	"time"

	"doorbuster/web/ui"
)

// Codes for FieldError of Code.
const (
	CodeMissing = "access_missing"
	CodeUnknown = "access_unknown" // there is none, or it was revoked
	CodeUsedUp  = "access_used_up"
	CodeTooMany = "access_too_many"
)

// CodeView is GET and POST /{lang}/items/{item}/code (code): a shopper's own page while an item is not open to all. A member finds the button there, everybody
// else the form for the code. It is also what a press is answered with that came from no member.
type CodeView struct {
	Item   ItemView
	Member bool   // the shopper may buy before everybody
	Typed  string // kept after an error
	Errors ui.FieldErrors
	// RetryAfter is in seconds, as in the header; 0: not said.
	RetryAfter int
}

func (v CodeView) title(ctx context.Context) string {
	if v.Member {
		return ui.T(ctx, "code_member")
	}
	return ui.T(ctx, "code_title")
}

// waitWords says how long to wait. Minutes are rounded up: who comes back then is not sent away again.
func waitWords(ctx context.Context, seconds int) string {
	if seconds > 90 {
		return ui.T(ctx, "notice_wait_minutes", "N", (seconds+59)/60)
	}
	return ui.T(ctx, "notice_wait", "N", seconds)
}

// starts is when anybody may buy.
func (v ItemView) starts() time.Time {
	if v.Members.IsZero() {
		return v.Opens
	}
	return v.Members
}

// membersWords says from when members buy, and from when everybody.
func membersWords(ctx context.Context, v ItemView) string {
	if v.Early {
		return ui.T(ctx, "members_now", "All", ui.Moment(ctx, v.Opens, v.Zone))
	}
	return ui.T(ctx, "members_first", "Members", ui.Moment(ctx, v.Members, v.Zone), "All", ui.Moment(ctx, v.Opens, v.Zone))
}
