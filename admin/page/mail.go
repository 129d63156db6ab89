package page

import (
	"net/url"
	"slices"
	"time"

	"doorbuster/web/ui"
)

// The states of a mail; the bytes are those of the database.
const (
	MailDue     = "due"
	MailSent    = "sent"
	MailDropped = "dropped" // had become untrue or too old
	MailDead    = "dead"    // given up
)

// MailStates lists them, after the empty one that stands for all.
var MailStates = []string{"", MailDue, MailSent, MailDropped, MailDead}

// MailKinds lists what a mail can be about; the bytes are those of the database.
var MailKinds = []string{"held", "expiring", "paid", "expired", "cancelled", "refunded", "returning", "returned"}

// MailRow is one mail of the outbox.
type MailRow struct {
	ID       uint64
	Kind     string // one of MailKinds
	State    string // MailDue, MailSent, MailDropped, MailDead
	Attempts uint   // ever begun
	NextAt   *time.Time
	EndedAt  *time.Time // when it was sent, dropped or given up; nil while due
	Answer   string     // what the mail server said last, or why it was dropped; may be empty
	MadeAt   time.Time  // when what it tells happened
	Order    string     // canonical UUID
	Email    string     // where it goes
	Language string     // of its words: en, zh
	Item     string     // title of what was ordered
	Zone     string     // IANA, the sale's
}

// MailListView is the outbox: GET /{lang}/mails?state=.
type MailListView struct {
	Frame
	State string    // one of MailStates; others read like all
	Mails []MailRow // newest first
	// More is the path of the next page without the language; empty: no more.
	More string
	// NoServer says that mails wait because no mail server is set.
	NoServer bool
}

// MailView is one mail: GET /{lang}/mails/{mail}. Its form posts a reason to
// /{lang}/mails/{mail}/resend.
type MailView struct {
	Frame
	Mail MailRow
	// Subject and Text are as the mail would be sent now; empty: it cannot be written, for
	// example because what it tells is not true any more.
	Subject string
	Text    string
	// MayResend offers to send it again.
	MayResend bool
	// Told is the outcome of pressing that: MailDue (it goes out again), too_old; empty after
	// a plain visit.
	Told string
	// Reason is what was typed into a form that was wrong.
	Reason string
	Errors ui.FieldErrors
}

// state is the one that is shown, "" for all.
func (v MailListView) state() string {
	if slices.Contains(MailStates, v.State) {
		return v.State
	}
	return ""
}

// mailsPath is the address of a list without the language.
func mailsPath(state string) string {
	query := url.Values{}
	if state != "" {
		query.Set("state", state)
	}
	return withQuery("/mails", query)
}

// tabOf names the tab of a state in the language files.
func tabOf(state string) string {
	if state == "" {
		return "all"
	}
	return state
}

// mailIcon is the mark of a mail's state.
func mailIcon(state string) string {
	switch state {
	case MailSent:
		return "check"
	case MailDropped:
		return "none"
	case MailDead:
		return "alert"
	default:
		return "clock"
	}
}

// mailTone is the colour of a mail's state; the word beside it says the same.
func mailTone(state string) string {
	switch state {
	case MailSent:
		return "good"
	case MailDead:
		return "bad"
	case MailDue:
		return "warn"
	default:
		return "plain"
	}
}

// turn is the moment of a mail's state: of the next try while it is due, else of its end.
// Nil: not known.
func (m MailRow) turn() *time.Time {
	if m.State == MailDue {
		return m.NextAt
	}
	return m.EndedAt
}

// tag is the language of its words, for the lang attribute.
func (m MailRow) tag() string {
	lang, _ := ui.ParseLang(m.Language)
	return lang.Tag()
}

// speaks names the language of its words.
func (m MailRow) speaks() string {
	lang, _ := ui.ParseLang(m.Language)
	return lang.Name()
}
