package admin

import (
	"crypto/sha256"
	"errors"
	"net/http"
	"strings"
	"time"

	"doorbuster/admin/page"
	"doorbuster/store"
	"doorbuster/web/login"
	"doorbuster/web/ui"
	"doorbuster/web/wire"
)

// enrolling says whether who asks is about to get a second factor; everybody else is led on.
func (s *Server) enrolling(a *reply) bool { return a.stage == halfway && a.member.TOTPSecret == nil }

// secretOf is the secret that this sign-in enrols with. It is made at the first look and stays, so that a reload shows the same picture.
func (s *Server) secretOf(a *reply, r *http.Request) (string, error) {
	if sealed := s.sessions.GetBytes(r.Context(), keySecret); sealed != nil {
		return s.secrets.open(a.member.ID, sealed)
	}
	secret := NewSecret()
	s.sessions.Put(r.Context(), keySecret, s.secrets.seal(a.member.ID, secret))
	return secret, s.keep(a, r)
}

func (s *Server) askEnrol(a *reply, r *http.Request) error {
	query, err := wire.ReadQuery(r, "to")
	if err != nil {
		return err
	}
	where := wire.OwnPath(query.Get("to"))
	if !s.enrolling(a) {
		return a.seeOther(to("/sign-in/code", where))
	}
	return s.showEnrol(a, r, http.StatusOK, page.EnrolView{To: where})
}

func (s *Server) showEnrol(a *reply, r *http.Request, status int, v page.EnrolView) error {
	secret, err := s.secretOf(a, r)
	if err != nil {
		return err
	}
	var groups []string
	for i := 0; i < len(secret); i += 4 {
		groups = append(groups, secret[i:min(i+4, len(secret))])
	}
	v.Frame, v.Secret = a.frame(to("/enrol", v.To), ""), strings.Join(groups, " ")
	return a.page(r, status, page.Enrol(v))
}

// showQR sends the picture of the secret that is being enrolled, to nobody else.
func (s *Server) showQR(a *reply, r *http.Request) error {
	if !s.enrolling(a) {
		return refused(page.NotFound)
	}
	secret, err := s.secretOf(a, r)
	if err != nil {
		return err
	}
	picture, err := qr(s.cfg.ShopName, a.member.Email, secret)
	if err != nil {
		return err
	}
	h := a.Header()
	ui.SecurityHeaders(h)
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Type", "image/png")
	_, err = a.Write(picture)
	_ = err // who went away cannot be told
	return nil
}

// enrol takes the first code of a new app, and shows the recovery codes, once.
func (s *Server) enrol(a *reply, r *http.Request) error {
	form, err := wire.ReadForm(r, "code", "to")
	if err != nil {
		return err
	}
	v := page.EnrolView{To: wire.OwnPath(form.Get("to"))}
	if !s.enrolling(a) {
		return a.seeOther(to("/sign-in/code", v.To))
	}
	a.act = "staff second factor"
	if !s.mayTry(r, "code "+a.member.Email) {
		a.outcome = ui.SignTooMany
		v.Errors = ui.FieldErrors{{Code: ui.SignTooMany}}
		return s.showEnrol(a, r, later(a, ui.SignTooMany), v)
	}
	secret, err := s.secretOf(a, r)
	if err != nil {
		return err
	}
	digits, _, _ := typedCode(form.Get("code"))
	step, ok := stepOf(digits, secret, time.Now())
	if !ok {
		a.outcome = page.CodeWrong
		code, status := page.CodeWrong, http.StatusUnauthorized
		if digits == "" {
			code, status = page.CodeMissing, http.StatusBadRequest
		}
		v.Errors = ui.FieldErrors{{Field: "code", Code: code}}
		return s.showEnrol(a, r, status, v)
	}
	codes, hashes := newCodes()
	signed, err := s.store.EnrolTOTP(r.Context(), a.member.ID, s.secrets.seal(a.member.ID, secret), step, hashes)
	if err != nil {
		return err
	}
	a.outcome = string(signed.Outcome)
	if signed.Outcome != store.Enrolled || signed.SignedInAt == nil { // another browser was quicker
		return a.seeOther(to("/sign-in/code", v.To))
	}
	if err := s.comeTo(a, r, signedIn, a.member.ID, *signed.SignedInAt, time.Time{}); err != nil {
		return err
	}
	return a.page(r, http.StatusOK, page.RecoveryCodes(page.RecoveryCodesView{Frame: a.frame("/", ""), To: v.To, Codes: codes}))
}

func (s *Server) askInvitation(a *reply, r *http.Request) error {
	query, err := wire.ReadQuery(r, "token")
	if err != nil {
		return err
	}
	return s.showInvitation(a, r, http.StatusOK, page.InvitationView{Token: query.Get("token")})
}

func (s *Server) showInvitation(a *reply, r *http.Request, status int, v page.InvitationView) error {
	invitation, err := s.store.Invitation(r.Context(), sha256.Sum256([]byte(v.Token)))
	if errors.Is(err, store.ErrNotFound) {
		return refused(page.NoSuchInvitation)
	}
	if err != nil {
		return err
	}
	v.Frame = a.frame(tokenPath(v.Token), "")
	v.Email, v.Name, v.MinPassword = invitation.Email, invitation.Name, login.MinPassword
	return a.page(r, status, page.Invitation(v))
}

// acceptInvitation sets the password of a new member and goes on to the second factor.
func (s *Server) acceptInvitation(a *reply, r *http.Request) error {
	form, err := wire.ReadForm(r, "token", "password")
	if err != nil {
		return err
	}
	v := page.InvitationView{Token: form.Get("token")}
	a.act = "staff invitation"
	if !s.mayTry(r, "invitation "+v.Token) {
		return refused(page.TooMany)
	}
	hash := sha256.Sum256([]byte(v.Token))
	invitation, err := s.store.Invitation(r.Context(), hash)
	if errors.Is(err, store.ErrNotFound) {
		return refused(page.NoSuchInvitation)
	}
	if err != nil {
		return err
	}
	if code := login.PasswordError(form.Get("password"), invitation.Email); code != "" {
		v.Errors = ui.FieldErrors{{Field: "password", Code: code}}
		return s.showInvitation(a, r, http.StatusBadRequest, v)
	}
	phc, err := s.hashes.Hash(r.Context(), form.Get("password"))
	if err != nil {
		return err
	}
	joined, err := s.store.AcceptInvitation(r.Context(), hash, phc)
	if err != nil {
		return err
	}
	a.outcome = string(joined.Outcome)
	if joined.Outcome != store.Joined || joined.StaffID == nil {
		return refused(page.NoSuchInvitation)
	}
	member, err := s.store.StaffMember(r.Context(), *joined.StaffID)
	if err != nil {
		return err
	}
	return s.half(a, r, member.ID, member.SessionsFrom, "")
}

func tokenPath(token string) string { return "/invitation?token=" + escape(token) }

// InvitationURL is the link that an invited member follows; public is the address of the console.
func InvitationURL(public, token string) string {
	return strings.TrimRight(public, "/") + "/en" + tokenPath(token)
}
