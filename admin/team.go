package admin

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"doorbuster/admin/page"
	"doorbuster/store"
	"doorbuster/web/login"
	"doorbuster/web/ui"
	"doorbuster/web/wire"
)

const (
	membersPerPage = 100
	maxMemberName  = 80 // characters, as in the table
)

// team is what only owners may do.
var team = kind{paged: true, needs: signedIn, right: "team"}

func (s *Server) teamRoutes() []route {
	return []route{
		{get, "/team", team, s.listTeam},
		{post, "/team/invite", team, s.inviteMember},
		{get, "/team/{member}", team, s.showMember},
		{post, "/team/{member}/role", team, s.changeRole},
		{post, "/team/{member}/reset", team, s.resetMember},
		{post, "/team/{member}/disable", team, s.changeMember(page.Disable)},
		{post, "/team/{member}/enable", team, s.changeMember(page.Enable)},
	}
}

func memberPath(member uint64) string { return "/team/" + strconv.FormatUint(member, 10) }

// listTeam shows who belongs to the shop's staff, and the form that invites somebody.
func (s *Server) listTeam(a *reply, r *http.Request) error {
	return s.sendTeam(a, r, http.StatusOK, page.TeamView{})
}

// sendTeam sends the list with what v has already: an invitation that was wrong.
func (s *Server) sendTeam(a *reply, r *http.Request, status int, v page.TeamView) error {
	query, err := wire.ReadQuery(r, "after")
	if err != nil {
		return err
	}
	after, ok := uint64(0), true
	if text := query.Get("after"); text != "" {
		if after, ok = wire.Number(text); !ok {
			return refused(page.BadRequest)
		}
	}
	members, err := s.store.ListTeam(r.Context(), a.by(), after, membersPerPage+1)
	if err != nil {
		return err
	}
	v.Frame = a.frame("/team", "team")
	if len(members) > membersPerPage {
		members = members[:membersPerPage]
		v.More = "/team?after=" + strconv.FormatUint(members[membersPerPage-1].ID, 10)
	}
	for _, m := range members {
		v.Members = append(v.Members, memberRow(a, m))
	}
	return a.page(r, status, page.Team(v))
}

func memberRow(a *reply, m store.TeamMember) page.MemberRow {
	return page.MemberRow{
		ID: m.ID, Name: m.Name, Email: m.Email, Role: string(m.Role), State: m.State, SecondFactor: m.HasSecondFactor, CodesLeft: m.CodesLeft,
		SignedIn: m.SignedInAt, InvitedUntil: m.InvitedUntil, LinkHolds: m.LinkHolds, Since: m.CreatedAt, Yourself: m.ID == a.member.ID,
	}
}

// inviteMember makes the link with which somebody joins, and shows it, once.
func (s *Server) inviteMember(a *reply, r *http.Request) error {
	form, err := wire.ReadForm(r, "email", "name", "role")
	if err != nil {
		return err
	}
	v := page.TeamView{Email: form.Get("email"), Name: form.Get("name"), Role: form.Get("role")}
	n := store.Invitation{ShopID: a.member.ShopID, Email: login.FoldEmail(v.Email), Name: strings.TrimSpace(v.Name), Role: store.Role(v.Role)}
	if code := login.EmailError(n.Email); code != "" {
		v.Errors = append(v.Errors, ui.FieldError{Field: "email", Code: code})
	}
	switch code := login.NameError(n.Name); {
	case code == ui.NameMissing:
		v.Errors = append(v.Errors, ui.FieldError{Field: "name", Code: page.MemberName})
	case code != "":
		v.Errors = append(v.Errors, ui.FieldError{Field: "name", Code: code})
	case utf8.RuneCountInString(n.Name) > maxMemberName:
		v.Errors = append(v.Errors, ui.FieldError{Field: "name", Code: ui.NameLong})
	}
	switch {
	case v.Role == "":
		v.Errors = append(v.Errors, ui.FieldError{Field: "role", Code: page.RoleMissing})
	case !slices.Contains(store.Roles, n.Role):
		return refused(page.BadRequest)
	}
	if len(v.Errors) > 0 {
		return s.sendTeam(a, r, http.StatusBadRequest, v)
	}
	a.act = "staff invited"
	token, hash := NewInvitation()
	invited, err := s.store.InviteStaff(r.Context(), a.by(), n, hash, InvitationLife)
	if err != nil {
		return err
	}
	a.outcome = string(invited.Outcome)
	if invited.Outcome == store.EmailTaken {
		v.Errors = ui.FieldErrors{{Field: "email", Code: page.MemberTaken}}
		return s.sendTeam(a, r, http.StatusConflict, v)
	}
	return s.sendLink(a, r, invited, token)
}

// sendLink shows the link of an invitation. It is told once: the database has only its hash.
func (s *Server) sendLink(a *reply, r *http.Request, invited store.InvitedStaff, token string) error {
	switch {
	case invited.Outcome == store.NotAllowed:
		return refused(page.NotAllowed)
	case invited.Outcome != store.Invited || invited.StaffID == nil:
		return refused(page.NotFound)
	}
	m, err := s.store.TeamMember(r.Context(), a.by(), *invited.StaffID)
	if err != nil {
		return err
	}
	return a.page(r, http.StatusOK, page.TeamLink(page.TeamLinkView{
		Frame: a.frame(memberPath(m.ID), "team"), Member: memberRow(a, m),
		Link: strings.TrimRight(s.cfg.PublicURL, "/") + "/" + string(a.lang) + tokenPath(token),
	}))
}

// showMember shows one member, and what may be changed.
func (s *Server) showMember(a *reply, r *http.Request) error {
	member, err := numberOf(r, "member")
	if err != nil {
		return err
	}
	query, err := wire.ReadQuery(r, "told")
	if err != nil {
		return err
	}
	return s.sendMember(a, r, http.StatusOK, member, page.MemberView{Told: query.Get("told")})
}

// sendMember sends the page of a member with what v has already: a form that was wrong, something to tell.
func (s *Server) sendMember(a *reply, r *http.Request, status int, member uint64, v page.MemberView) error {
	m, err := s.store.TeamMember(r.Context(), a.by(), member)
	if err != nil {
		return err
	}
	v.Frame, v.Member = a.frame(memberPath(member), "team"), memberRow(a, m)
	var things []string
	switch v.Told {
	case string(store.Set):
		things = []string{"member " + strconv.FormatUint(member, 10) + " role"}
	case string(store.Disabled), string(store.Enabled):
		things = []string{"member " + strconv.FormatUint(member, 10) + " state"}
	}
	if err := s.addUndo(a, r, &v.Undo, 0, things...); err != nil {
		return err
	}
	return a.page(r, status, page.Member(v))
}

// changeRole lets a member do more, or less.
func (s *Server) changeRole(a *reply, r *http.Request) error {
	member, err := numberOf(r, "member")
	if err != nil {
		return err
	}
	form, err := wire.ReadForm(r, "role", "reason")
	if err != nil {
		return err
	}
	v := page.MemberView{Act: page.ChangeRole, Role: form.Get("role"), Reason: form.Get("reason")}
	if !slices.Contains(store.Roles, store.Role(v.Role)) {
		return refused(page.BadRequest)
	}
	reason, code := reasonOf(v.Reason)
	if code != "" {
		v.Errors = ui.FieldErrors{{Field: page.ChangeRole + "-reason", Code: code}}
		return s.sendMember(a, r, http.StatusBadRequest, member, v)
	}
	a.act = "staff role"
	outcome, err := s.store.ChangeStaffRole(r.Context(), a.by(), member, store.Role(v.Role), reason)
	if err != nil {
		return err
	}
	return a.toldMember(member, outcome)
}

// changeMember makes the handler that disables a member, or enables one again.
func (s *Server) changeMember(act string) handler {
	return func(a *reply, r *http.Request) error {
		member, err := numberOf(r, "member")
		if err != nil {
			return err
		}
		form, err := wire.ReadForm(r, "reason")
		if err != nil {
			return err
		}
		v := page.MemberView{Act: act, Reason: form.Get("reason")}
		reason, code := reasonOf(v.Reason)
		if code != "" {
			v.Errors = ui.FieldErrors{{Field: act + "-reason", Code: code}}
			return s.sendMember(a, r, http.StatusBadRequest, member, v)
		}
		a.act = "staff " + act
		change := s.store.DisableStaff
		if act == page.Enable {
			change = s.store.EnableStaff
		}
		outcome, err := change(r.Context(), a.by(), member, reason)
		if err != nil {
			return err
		}
		return a.toldMember(member, outcome)
	}
}

// toldMember leads back to the page of a member, which tells what came of it.
func (a *reply) toldMember(member uint64, outcome store.Outcome) error {
	a.outcome = string(outcome)
	switch outcome {
	case store.NotAllowed:
		return refused(page.NotAllowed)
	case store.NoSuchStaff:
		return refused(page.NotFound)
	}
	return a.seeOther(memberPath(member) + "?told=" + string(outcome))
}

// resetMember lets a member begin anew, by a link that is shown once.
func (s *Server) resetMember(a *reply, r *http.Request) error {
	member, err := numberOf(r, "member")
	if err != nil {
		return err
	}
	form, err := wire.ReadForm(r, "reason")
	if err != nil {
		return err
	}
	v := page.MemberView{Act: page.Reset, Reason: form.Get("reason")}
	reason, code := reasonOf(v.Reason)
	if code != "" {
		v.Errors = ui.FieldErrors{{Field: page.Reset + "-reason", Code: code}}
		return s.sendMember(a, r, http.StatusBadRequest, member, v)
	}
	m, err := s.store.TeamMember(r.Context(), a.by(), member)
	if err != nil {
		return err
	}
	a.act = "staff reset"
	token, hash := NewInvitation()
	reset, err := s.store.ResetStaff(r.Context(), a.by(), m.Email, hash, InvitationLife, reason)
	if err != nil {
		return err
	}
	a.outcome = string(reset.Outcome)
	switch reset.Outcome {
	case store.Yourself:
		return a.toldMember(member, reset.Outcome)
	case store.NoSuchStaff: // it was there a moment ago: disabled
		return a.seeOther(memberPath(member))
	}
	return s.sendLink(a, r, reset, token)
}
