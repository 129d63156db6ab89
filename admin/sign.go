package admin

import (
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

// maxTries is how many wrong codes one sign-in may have; then the password is asked for again.
const maxTries = 5

func (s *Server) signRoutes() []route {
	return []route{
		{get, "/sign-in", open, s.askSignIn},
		{post, "/sign-in", open, s.signIn},
		{get, "/sign-in/code", half, s.askCode},
		{post, "/sign-in/code", half, s.checkCode},
		{get, "/enrol", half, s.askEnrol},
		{post, "/enrol", half, s.enrol},
		{get, "/invitation", open, s.askInvitation},
		{post, "/invitation", open, s.acceptInvitation},
		{post, "/sign-out", open, s.signOut},
	}
}

// mustSignIn sends a browser to sign in, and back afterwards if it only wanted to look. A page that looks again by itself (htmx) is told to load anew, which
// leads there with its own address: else the form would be put into a part of it.
func (s *Server) mustSignIn(a *reply, r *http.Request) error {
	if a.lang == "" {
		a.speakAs(r)
	}
	if r.Header.Get("HX-Request") == "true" {
		a.Header().Set("HX-Refresh", "true")
		return refused(page.NotAllowed)
	}
	where := ""
	if r.Method == get {
		where = wire.OwnPath(r.URL.RequestURI())
	}
	if a.stage == halfway {
		return a.seeOther(to(s.next(a), where))
	}
	return a.seeOther(to("/sign-in", where))
}

// next is what is still missing after the password.
func (s *Server) next(a *reply) string {
	if a.member.TOTPSecret == nil {
		return "/enrol"
	}
	return "/sign-in/code"
}

// goOn leads to where somebody wanted to go.
func (a *reply) goOn(where string) error {
	if where = wire.OwnPath(where); where != "" {
		a.leave(where)
		return nil
	}
	return a.seeOther("/")
}

// mayTry counts a try with a secret, by address and by what is tried. It delays, it never locks.
func (s *Server) mayTry(r *http.Request, what string) bool {
	if _, ok := s.byAddress.Take(wire.LimitKey(s.cfg.Proxies.Address(r)), time.Now()); !ok {
		return false
	}
	_, ok := s.byMember.Take(what, time.Now())
	return ok
}

func (s *Server) askSignIn(a *reply, r *http.Request) error {
	query, err := wire.ReadQuery(r, "to")
	if err != nil {
		return err
	}
	if a.stage == signedIn {
		return a.goOn(query.Get("to"))
	}
	return s.showSignIn(a, r, http.StatusOK, page.SignInView{To: wire.OwnPath(query.Get("to"))})
}

func (s *Server) showSignIn(a *reply, r *http.Request, status int, v page.SignInView) error {
	v.Frame = a.frame(to("/sign-in", v.To), "")
	return a.page(r, status, page.SignIn(v))
}

// signIn checks e-mail and password. The answer and the time it takes are the same whether or not the e-mail is known.
func (s *Server) signIn(a *reply, r *http.Request) error {
	form, err := wire.ReadForm(r, "email", "password", "to")
	if err != nil {
		return err
	}
	email, typed := login.FoldEmail(form.Get("email")), form.Get("password")
	v := page.SignInView{To: wire.OwnPath(form.Get("to")), Email: form.Get("email")}
	if v.Errors = signInErrors(email, typed); len(v.Errors) > 0 {
		return s.showSignIn(a, r, http.StatusBadRequest, v)
	}
	a.act = "staff sign-in"
	if !s.mayTry(r, "email "+email) {
		return s.signLater(a, r, v, ui.SignTooMany)
	}
	found, err := s.store.StaffLogin(r.Context(), email)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	right, err := s.hashes.Check(r.Context(), typed, found.PasswordPHC)
	var busy *store.BusyError
	switch {
	case errors.As(err, &busy):
		return s.signLater(a, r, v, ui.SignBusy)
	case err != nil:
		return err
	case !right:
		a.outcome = ui.WrongCredentials
		v.Errors = ui.FieldErrors{{Code: ui.WrongCredentials}}
		return s.showSignIn(a, r, http.StatusUnauthorized, v)
	}
	a.outcome = "half"
	return s.half(a, r, found.StaffID, found.SessionsFrom, v.To)
}

// half begins a sign-in whose password was right, and asks for the second factor. from is the member's SessionsFrom as it was read with the password.
func (s *Server) half(a *reply, r *http.Request, staff uint64, from time.Time, where string) error {
	member, err := s.store.StaffMember(r.Context(), staff)
	if err != nil {
		return err
	}
	a.stage, a.member = halfway, member
	if err := s.comeTo(a, r, halfway, staff, time.Now(), from); err != nil {
		return err
	}
	return a.seeOther(to(s.next(a), where))
}

func signInErrors(email, typed string) ui.FieldErrors {
	var errs ui.FieldErrors
	if code := login.EmailError(email); code != "" {
		errs = append(errs, ui.FieldError{Field: "email", Code: code})
	}
	switch {
	case typed == "":
		errs = append(errs, ui.FieldError{Field: "password", Code: ui.PasswordMissing})
	case len(typed) > login.MaxPassword: // nobody has one; hashing it would only cost
		errs = append(errs, ui.FieldError{Field: "password", Code: ui.PasswordLong})
	}
	return errs
}

// signLater shows the form again with "not now"; what was typed stays.
func (s *Server) signLater(a *reply, r *http.Request, v page.SignInView, code string) error {
	a.outcome = code
	v.Errors = ui.FieldErrors{{Code: code}}
	return s.showSignIn(a, r, later(a, code), v)
}

// later sets Retry-After and gives the status of a form that came at the wrong time.
func later(a *reply, code string) int {
	a.Header().Set("Retry-After", "10")
	if code == ui.SignTooMany {
		return http.StatusTooManyRequests
	}
	return http.StatusServiceUnavailable
}

func (s *Server) askCode(a *reply, r *http.Request) error {
	query, err := wire.ReadQuery(r, "to")
	if err != nil {
		return err
	}
	where := wire.OwnPath(query.Get("to"))
	switch {
	case a.stage == signedIn:
		return a.goOn(where)
	case a.member.TOTPSecret == nil:
		return a.seeOther(to("/enrol", where))
	}
	return s.showCode(a, r, http.StatusOK, page.CodeView{To: where})
}

func (s *Server) showCode(a *reply, r *http.Request, status int, v page.CodeView) error {
	v.Frame = a.frame(to("/sign-in/code", v.To), "")
	return a.page(r, status, page.Code(v))
}

// checkCode takes the second factor: a code of the app, or a recovery code.
func (s *Server) checkCode(a *reply, r *http.Request) error {
	form, err := wire.ReadForm(r, "code", "to")
	if err != nil {
		return err
	}
	v := page.CodeView{To: wire.OwnPath(form.Get("to"))}
	if a.stage == signedIn {
		return a.goOn(v.To)
	}
	if strings.TrimSpace(form.Get("code")) == "" {
		v.Errors = ui.FieldErrors{{Field: "code", Code: page.CodeMissing}}
		return s.showCode(a, r, http.StatusBadRequest, v)
	}
	a.act = "staff code"
	if !s.mayTry(r, "code "+a.member.Email) {
		a.outcome = ui.SignTooMany
		v.Errors = ui.FieldErrors{{Code: ui.SignTooMany}}
		return s.showCode(a, r, later(a, ui.SignTooMany), v)
	}
	signed, err := s.useCode(a, r, form.Get("code"))
	if err != nil {
		return err
	}
	a.outcome = string(signed.Outcome)
	if signed.Outcome == store.Used && signed.SignedInAt != nil {
		if err := s.comeTo(a, r, signedIn, a.member.ID, *signed.SignedInAt, time.Time{}); err != nil {
			return err
		}
		return a.goOn(v.To)
	}
	return s.wrongCode(a, r, v, signed.Outcome)
}

// useCode asks the database to take a code. NoSuchCode also stands for digits that are wrong.
func (s *Server) useCode(a *reply, r *http.Request, text string) (store.StaffSignIn, error) {
	digits, recovery, isRecovery := typedCode(text)
	if isRecovery {
		return s.store.UseRecoveryCode(r.Context(), a.member.ID, recovery)
	}
	secret, err := s.secrets.open(a.member.ID, a.member.TOTPSecret)
	if err != nil {
		return store.StaffSignIn{}, err
	}
	step, ok := stepOf(digits, secret, time.Now())
	if !ok {
		return store.StaffSignIn{Outcome: store.NoSuchCode}, nil
	}
	return s.store.UseTOTPStep(r.Context(), a.member.ID, step)
}

// wrongCode counts a code that was not taken and asks again, or for the password again.
func (s *Server) wrongCode(a *reply, r *http.Request, v page.CodeView, outcome store.Outcome) error {
	tries := s.sessions.GetInt(r.Context(), keyTries) + 1
	if tries >= maxTries || outcome == store.NoSuchStaff {
		if err := s.forget(a, r); err != nil {
			return err
		}
		return s.showSignIn(a, r, http.StatusUnauthorized, page.SignInView{To: v.To, Errors: ui.FieldErrors{{Code: page.SignAgain}}})
	}
	s.sessions.Put(r.Context(), keyTries, tries)
	if err := s.keep(a, r); err != nil {
		return err
	}
	code := page.CodeWrong
	if outcome == store.Replayed {
		code = page.CodeReplayed
	}
	v.Errors = ui.FieldErrors{{Field: "code", Code: code}}
	return s.showCode(a, r, http.StatusUnauthorized, v)
}

// signOut ends the session of this browser.
func (s *Server) signOut(a *reply, r *http.Request) error {
	if _, err := wire.ReadForm(r); err != nil {
		return err
	}
	if err := s.forget(a, r); err != nil {
		return err
	}
	return a.seeOther("/sign-in")
}

// signOutEverywhere voids every session of the member, this one too.
func (s *Server) signOutEverywhere(a *reply, r *http.Request) error {
	if _, err := wire.ReadForm(r); err != nil {
		return err
	}
	a.act = "staff sign-out everywhere"
	outcome, err := s.store.SignOutStaff(r.Context(), a.member.ID)
	if err != nil {
		return err
	}
	a.outcome = string(outcome)
	if err := s.forget(a, r); err != nil {
		return err
	}
	return a.seeOther("/sign-in")
}
