package web

import (
	"errors"
	"net/http"
	"strings"

	"doorbuster/store"
	"doorbuster/web/login"
	"doorbuster/web/page"
	"doorbuster/web/ui"
	"doorbuster/web/wire"
)

// askSignIn shows the form.
func (s *Server) askSignIn(a *reply, r *http.Request) error {
	query, err := wire.ReadQuery(r, "to")
	if err != nil {
		return err
	}
	return s.showSignIn(a, r, http.StatusOK, page.SignInView{To: wire.OwnPath(query.Get("to"))})
}

func (s *Server) showSignIn(a *reply, r *http.Request, status int, v page.SignInView) error {
	v.Chrome = a.chrome("/sign-in" + toQuery(v.To))
	return a.page(r, status, page.SignIn(v))
}

// toQuery keeps where somebody wanted to go in an address.
func toQuery(to string) string {
	if to == "" {
		return ""
	}
	return "?to=" + queryEscape(to)
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
	if !s.maySignIn(r, email) {
		return s.signLater(a, v, page.SignTooMany, r)
	}
	a.logs("sign-in")
	found, err := s.store.Login(r.Context(), email)
	var cut *store.UnknownError
	switch {
	case errors.As(err, &cut):
		return s.busy(0) // it only read
	case err != nil && !errors.Is(err, store.ErrNotFound):
		return err
	}
	right, err := s.hashes.Check(r.Context(), typed, found.PasswordPHC)
	var busy *store.BusyError
	switch {
	case errors.As(err, &busy):
		s.metrics.hashes.WithLabelValues("busy").Inc()
		return s.signLater(a, v, page.SignBusy, r)
	case err != nil:
		return err
	case !right:
		s.metrics.hashes.WithLabelValues("wrong").Inc()
		a.outcome = page.WrongCredentials
		v.Errors = ui.FieldErrors{{Code: page.WrongCredentials}}
		return s.showSignIn(a, r, http.StatusUnauthorized, v)
	}
	s.metrics.hashes.WithLabelValues("right").Inc()
	a.outcome = string(store.Known)
	s.noteLanguage(a, r, found)
	s.startSession(a, found.UserID, found.Name)
	s.goOn(a, r, v.To)
	return nil
}

// noteLanguage lets mails follow the language of the pages. Nobody is kept out because that could not be written down.
func (s *Server) noteLanguage(a *reply, r *http.Request, found store.Login) {
	language := string(a.language(r))
	if language == found.Language || s.writable() != nil {
		return
	}
	if _, err := s.store.SetLanguage(r.Context(), found.UserID, language); err != nil {
		s.cfg.Log.Warn("the language of a shopper could not be kept", "error", err)
	}
}

// signLater shows the form again with "not now"; what was typed stays.
func (s *Server) signLater(a *reply, v page.SignInView, code string, r *http.Request) error {
	a.outcome = code
	v.Errors = ui.FieldErrors{{Code: code}}
	return s.showSignIn(a, r, s.later(a, code), v)
}

// later sets Retry-After and gives the status of a form that came at the wrong time.
func (s *Server) later(a *reply, code string) int {
	a.Header().Set("Retry-After", itoa(seconds(0)))
	if code == page.SignTooMany {
		return http.StatusTooManyRequests
	}
	return http.StatusServiceUnavailable
}

func signInErrors(email, typed string) ui.FieldErrors {
	var errs ui.FieldErrors
	if code := login.EmailError(email); code != "" {
		errs = append(errs, ui.FieldError{Field: "email", Code: code})
	}
	switch {
	case typed == "":
		errs = append(errs, ui.FieldError{Field: "password", Code: page.PasswordMissing})
	case len(typed) > login.MaxPassword: // no account has one; hashing it would only cost
		errs = append(errs, ui.FieldError{Field: "password", Code: page.PasswordLong})
	}
	return errs
}

// askSignUp shows the form.
func (s *Server) askSignUp(a *reply, r *http.Request) error {
	query, err := wire.ReadQuery(r, "to")
	if err != nil {
		return err
	}
	return s.showSignUp(a, r, http.StatusOK, page.SignUpView{To: wire.OwnPath(query.Get("to"))})
}

func (s *Server) showSignUp(a *reply, r *http.Request, status int, v page.SignUpView) error {
	v.Chrome, v.MinPassword = a.chrome("/sign-up"+toQuery(v.To)), login.MinPassword
	return a.page(r, status, page.SignUp(v))
}

// signUp makes an account and signs it in.
func (s *Server) signUp(a *reply, r *http.Request) error {
	form, err := wire.ReadForm(r, "email", "name", "password", "to")
	if err != nil {
		return err
	}
	email, name, typed := login.FoldEmail(form.Get("email")), strings.TrimSpace(form.Get("name")), form.Get("password")
	v := page.SignUpView{To: wire.OwnPath(form.Get("to")), Email: form.Get("email"), Name: form.Get("name")}
	if v.Errors = signUpErrors(email, name, typed); len(v.Errors) > 0 {
		return s.showSignUp(a, r, http.StatusBadRequest, v)
	}
	if err := s.writable(); err != nil {
		return err
	}
	code := page.SignTooMany
	if s.maySignUp(r) {
		a.logs("sign-up")
		var phc string
		phc, err = s.hashes.Hash(r.Context(), typed)
		var busy *store.BusyError
		switch {
		case err == nil:
			return s.createAccount(a, r, v, email, name, phc)
		case !errors.As(err, &busy):
			return err
		}
		code = page.SignBusy
	}
	a.outcome = code
	v.Errors = ui.FieldErrors{{Code: code}}
	return s.showSignUp(a, r, s.later(a, code), v)
}

func (s *Server) createAccount(a *reply, r *http.Request, v page.SignUpView, email, name, phc string) error {
	user, err := s.store.SignUp(r.Context(), email, name, string(a.language(r)), phc)
	if err != nil {
		return err
	}
	a.outcome = string(user.Outcome)
	if user.Outcome != store.Created || user.UserID == nil {
		v.Errors = ui.FieldErrors{{Field: "email", Code: page.EmailTaken}}
		return s.showSignUp(a, r, http.StatusConflict, v)
	}
	s.startSession(a, *user.UserID, name)
	s.goOn(a, r, v.To)
	return nil
}

func signUpErrors(email, name, typed string) ui.FieldErrors {
	var errs ui.FieldErrors
	for _, one := range []ui.FieldError{
		{Field: "email", Code: login.EmailError(email)}, {Field: "name", Code: login.NameError(name)}, {Field: "password", Code: login.PasswordError(typed, email)},
	} {
		if one.Code != "" {
			errs = append(errs, one)
		}
	}
	return errs
}

// signOut voids every session of the shopper, not only this browser's: a sealed cookie that somebody copied must not outlive it.
func (s *Server) signOut(a *reply, r *http.Request) error {
	if _, err := wire.ReadForm(r); err != nil {
		return err
	}
	who := s.readSession(a, r)
	s.setCookie(a, s.sessionCookie(), "", -1)
	a.who = session{}
	if who.user != 0 {
		a.logs("sign-out")
		outcome, err := s.store.SignOutEverywhere(r.Context(), who.user)
		if err != nil {
			return err
		}
		a.outcome = string(outcome)
	}
	return a.seeOther(r, "/")
}
