package page

import "slices"

// Outcomes that have a notice, with their status.
const (
	NotFound    = "not_found"    // 404; also for what belongs to another shop
	NotAllowed  = "not_allowed"  // 403
	BadRequest  = "bad_request"  // 400, 411
	WrongMethod = "wrong_method" // 405
	WrongType   = "wrong_type"   // 415
	TooLarge    = "too_large"    // 413
	TooMany     = "too_many"     // 429
	Busy        = "busy"         // 503: shed before the database
	Unavailable = "unavailable"  // 503: the database is away
	Unknown     = "unknown"      // 503: whether it was done is not known
	Fault       = "fault"        // 500

	// NoSuchInvitation (404) is a link that was used, or replaced, or has run out.
	NoSuchInvitation = "no_such_invitation"
)

// Outcomes lists every outcome that has a notice.
var Outcomes = []string{NotFound, NoSuchInvitation, NotAllowed, BadRequest, WrongMethod, WrongType, TooLarge, TooMany, Busy, Unavailable, Unknown, Fault}

// NoticeView is the page of every refusal and every failure. Only Outcome is needed. It
// stands in the rail for a member, and has none where Frame.Member is empty.
type NoticeView struct {
	Frame
	Outcome string // one of Outcomes; others read like Fault
	// Reference is the request id that the log has too; empty: not shown.
	Reference string
	// RetryAfter is in seconds, as in the header; 0: not said.
	RetryAfter int
}

// outcome is the one whose words are shown: Fault for one without words of its own.
func (v NoticeView) outcome() string {
	if slices.Contains(Outcomes, v.Outcome) {
		return v.Outcome
	}
	return Fault
}

// shared are the outcomes of which the console says the same as the shop.
var shared = []string{BadRequest, WrongMethod, WrongType, TooLarge, TooMany}

// id is the message of one part of the notice: title, what or do.
func (v NoticeView) id(part string) string {
	id := "notice_" + v.outcome() + "_" + part
	if slices.Contains(shared, v.outcome()) {
		return id
	}
	return "console_" + id
}

// icon is the mark of the outcome.
func (v NoticeView) icon() string {
	switch v.outcome() {
	case Busy, Unavailable, Unknown, TooMany:
		return "clock"
	case NotFound, NoSuchInvitation, NotAllowed:
		return "none"
	default:
		return "alert"
	}
}

// tone is the colour of the mark; the words never depend on it.
func (v NoticeView) tone() string {
	switch v.outcome() {
	case Fault:
		return "bad"
	case Busy, Unavailable, Unknown, TooMany:
		return "warn"
	default:
		return "plain"
	}
}
