package web

import (
	"errors"
	"net/http"
	"strings"
	"unicode"
	"unicode/utf8"

	"doorbuster/store"
	"doorbuster/web/page"
	"doorbuster/web/ui"
)

// Bounds of what is typed, in characters; the tables have the same.
const (
	maxEmail = 254
	maxName  = 200
	maxMarks = 4 // accents on one letter
)

// askSignIn shows the form.
func (s *Server) askSignIn(a *reply, r *http.Request) error {
	query, err := readQuery(r, "to")
	if err != nil {
		return err
	}
	return s.showSignIn(a, r, http.StatusOK, page.SignInView{To: ownPath(query.Get("to"))})
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
	form, err := readForm(r, "email", "password", "to")
	if err != nil {
		return err
	}
	email, password := foldEmail(form.Get("email")), form.Get("password")
	v := page.SignInView{To: ownPath(form.Get("to")), Email: form.Get("email")}
	if v.Errors = signInErrors(email, password); len(v.Errors) > 0 {
		return s.showSignIn(a, r, http.StatusBadRequest, v)
	}
	if !s.maySignIn(r, email) {
		return s.signLater(a, v, page.SignTooMany, r)
	}
	a.logs("sign-in")
	login, err := s.store.Login(r.Context(), email)
	var cut *store.UnknownError
	switch {
	case errors.As(err, &cut):
		return s.busy(0) // it only read
	case err != nil && !errors.Is(err, store.ErrNotFound):
		return err
	}
	right, err := s.hashes.check(r.Context(), password, login.PasswordPHC)
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
	s.noteLanguage(a, r, login)
	s.startSession(a, login.UserID, login.Name)
	s.goOn(a, r, v.To)
	return nil
}

// noteLanguage lets mails follow the language of the pages. Nobody is kept out because that could not be written down.
func (s *Server) noteLanguage(a *reply, r *http.Request, login store.Login) {
	language := string(a.language(r))
	if language == login.Language || s.writable() != nil {
		return
	}
	if _, err := s.store.SetLanguage(r.Context(), login.UserID, language); err != nil {
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

func signInErrors(email, password string) ui.FieldErrors {
	var errs ui.FieldErrors
	if code := emailError(email); code != "" {
		errs = append(errs, ui.FieldError{Field: "email", Code: code})
	}
	switch {
	case password == "":
		errs = append(errs, ui.FieldError{Field: "password", Code: page.PasswordMissing})
	case len(password) > maxPassword: // no account has one; hashing it would only cost
		errs = append(errs, ui.FieldError{Field: "password", Code: page.PasswordLong})
	}
	return errs
}

// askSignUp shows the form.
func (s *Server) askSignUp(a *reply, r *http.Request) error {
	query, err := readQuery(r, "to")
	if err != nil {
		return err
	}
	return s.showSignUp(a, r, http.StatusOK, page.SignUpView{To: ownPath(query.Get("to"))})
}

func (s *Server) showSignUp(a *reply, r *http.Request, status int, v page.SignUpView) error {
	v.Chrome, v.MinPassword = a.chrome("/sign-up"+toQuery(v.To)), minPassword
	return a.page(r, status, page.SignUp(v))
}

// signUp makes an account and signs it in.
func (s *Server) signUp(a *reply, r *http.Request) error {
	form, err := readForm(r, "email", "name", "password", "to")
	if err != nil {
		return err
	}
	email, name, password := foldEmail(form.Get("email")), strings.TrimSpace(form.Get("name")), form.Get("password")
	v := page.SignUpView{To: ownPath(form.Get("to")), Email: form.Get("email"), Name: form.Get("name")}
	if v.Errors = signUpErrors(email, name, password); len(v.Errors) > 0 {
		return s.showSignUp(a, r, http.StatusBadRequest, v)
	}
	if err := s.writable(); err != nil {
		return err
	}
	code := page.SignTooMany
	if s.maySignUp(r) {
		a.logs("sign-up")
		var phc string
		phc, err = s.hashes.hash(r.Context(), password)
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

func signUpErrors(email, name, password string) ui.FieldErrors {
	var errs ui.FieldErrors
	for _, one := range []ui.FieldError{
		{Field: "email", Code: emailError(email)}, {Field: "name", Code: nameError(name)}, {Field: "password", Code: passwordError(password, email)},
	} {
		if one.Code != "" {
			errs = append(errs, one)
		}
	}
	return errs
}

// signOut voids every session of the shopper, not only this browser's: a sealed cookie that somebody copied must not outlive it.
func (s *Server) signOut(a *reply, r *http.Request) error {
	if _, err := readForm(r); err != nil {
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

// foldEmail makes two spellings of one address the same.
func foldEmail(text string) string { return strings.ToLower(strings.TrimSpace(text)) }

// emailError looks only for what cannot be an address; whether it is one, only a message to it can tell.
func emailError(email string) string {
	local, domain, ok := strings.Cut(email, "@")
	switch {
	case email == "":
		return page.EmailMissing
	case !ok || local == "" || len(local) > 64 || domain == "" || strings.Contains(domain, "@") || len(email) > maxEmail || !plain(email),
		strings.ContainsFunc(email, unicode.IsSpace), strings.HasPrefix(domain, "."), strings.HasSuffix(domain, "."), strings.Contains(domain, ".."):
		return page.EmailBad
	default:
		return ""
	}
}

// nameError takes any name of any script, but nothing that would disturb the page it is shown on.
func nameError(name string) string {
	switch {
	case name == "":
		return page.NameMissing
	case utf8.RuneCountInString(name) > maxName:
		return page.NameLong
	case !plain(name) || piledMarks(name):
		return page.NameBad
	default:
		return ""
	}
}

// piledMarks finds letters with so many accents that they run over the lines above.
func piledMarks(text string) bool {
	run := 0
	for _, c := range text {
		if !unicode.Is(unicode.Mn, c) {
			run = 0
			continue
		}
		if run++; run > maxMarks {
			return true
		}
	}
	return false
}
