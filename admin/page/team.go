package page

import (
	"context"
	"slices"
	"time"

	"doorbuster/web/ui"
)

// Acts on a member of staff.
const (
	ChangeRole = "role"
	Reset      = "reset"
	Disable    = "disable"
	Enable     = "enable"
)

// Codes of FieldError of the forms about the team, beside ReasonMissing and ReasonBad.
const (
	MemberName  = "member_name_missing"
	MemberTaken = "member_taken" // somebody has this address, here or in another shop
	RoleMissing = "role_missing"
)

// TeamErrorCodes lists those that have words of their own.
var TeamErrorCodes = []string{MemberName, MemberTaken, RoleMissing}

// MemberStates lists the states of a member; the bytes are those of the database.
var MemberStates = []string{"invited", "active", "disabled"}

// deskZone is the one in which pages tell times that belong to no sale.
const deskZone = "UTC"

// MemberRow is one member of staff.
type MemberRow struct {
	ID           uint64
	Name, Email  string
	Role         string // one of Roles
	State        string // one of MemberStates
	SecondFactor bool
	CodesLeft    int        // recovery codes that were not used
	SignedIn     *time.Time // the last time; nil: never
	InvitedUntil *time.Time // nil: there is no link
	LinkHolds    bool
	Since        time.Time // when the member was invited
	Yourself     bool      // it is who looks
}

// TeamView is GET /{lang}/team. Its form posts email, name and role to /{lang}/team/invite.
type TeamView struct {
	Frame
	Members []MemberRow
	More    string // path of the next page; empty: no more

	// Of an invitation that was wrong: what was typed.
	Email, Name, Role string
	Errors            ui.FieldErrors
}

// TeamLinkView shows the link of an invitation, once: the answer to POST /{lang}/team/invite and …/{member}/reset.
type TeamLinkView struct {
	Frame
	Member MemberRow
	Link   string
}

// MemberView is GET /{lang}/team/{member} and the answer to its forms: POST …/role (role, reason), …/reset (nothing), …/disable and …/enable (reason).
type MemberView struct {
	Frame
	Member MemberRow
	// Told is the outcome of a form; one without words is not told.
	Told string

	// Of a form that was wrong: which it was, what was typed.
	Act, Role, Reason string
	Errors            ui.FieldErrors
}

// acts are those that the state allows. Nobody changes himself.
func (v MemberView) acts() []string {
	switch {
	case v.Member.Yourself:
		return nil
	case v.Member.State == "disabled":
		return []string{Enable, ChangeRole}
	default:
		return []string{ChangeRole, Reset, Disable}
	}
}

// open says whether a form was wrong and must be shown open.
func (v MemberView) open(act string) bool { return len(v.Errors) > 0 && v.Act == act }

// reason is what was typed as the reason of an act.
func (v MemberView) reason(act string) string {
	if v.open(act) {
		return v.Reason
	}
	return ""
}

// role is the one that is chosen in the form: as typed, else the member's.
func (v MemberView) role() string {
	if v.open(ChangeRole) {
		return v.Role
	}
	return v.Member.Role
}

var (
	memberToldGood = []string{"set", "disabled", "enabled"}
	memberToldNo   = []string{"repeated", "yourself", "last_owner"}
)

// MemberTold lists every outcome that the page of a member has words for.
var MemberTold = slices.Concat(memberToldGood, memberToldNo)

// toldWords is what came of a form, "" for nothing.
func (v MemberView) toldWords(ctx context.Context) string {
	if !slices.Contains(MemberTold, v.Told) {
		return ""
	}
	return ui.T(ctx, "console_team_told_"+v.Told)
}

func (v MemberView) toldGood() bool { return slices.Contains(memberToldGood, v.Told) }

// actWords names an act. Who has no password yet is not reset but gets a new link.
func (v MemberView) actWords(ctx context.Context, act string) string {
	if act == Reset && v.Member.State == "invited" {
		return ui.T(ctx, "console_team_relink")
	}
	return ui.T(ctx, "console_team_act_"+act)
}

// actDoes says what an act does.
func (v MemberView) actDoes(ctx context.Context, act string) string {
	if act == Reset && v.Member.State == "invited" {
		return ui.T(ctx, "console_team_relink_does")
	}
	return ui.T(ctx, "console_team_act_"+act+"_does")
}

// stateWords is the state in a word; one without words stands as it is.
func (m MemberRow) stateWords(ctx context.Context) string {
	if !slices.Contains(MemberStates, m.State) {
		return m.State
	}
	return ui.T(ctx, "console_member_"+m.State)
}

// tone and icon are how the state looks; the word beside them says the same.
func (m MemberRow) tone() string {
	switch m.State {
	case "active":
		return "good"
	case "invited":
		return "warn"
	default:
		return "plain"
	}
}

func (m MemberRow) icon() string {
	switch m.State {
	case "active":
		return "check"
	case "invited":
		return "clock"
	default:
		return "none"
	}
}
