package page

import (
	"context"

	"doorbuster/web/ui"
)

// Codes for FieldError of the forms here, beside those of package ui. SignAgain goes with
// Field "", the others with the field code.
const (
	CodeMissing  = "code_missing"
	CodeWrong    = "code_wrong"
	CodeReplayed = "code_replayed" // was taken already: a code counts once
	SignAgain    = "sign_again"    // the password was given too long ago
)

// ErrorCodes lists every code that the forms have words for.
var ErrorCodes = []string{
	ui.EmailMissing, ui.EmailBad, ui.PasswordMissing, ui.PasswordShort, ui.PasswordLong, ui.PasswordCommon, ui.WrongCredentials, ui.SignBusy, ui.SignTooMany,
	CodeMissing, CodeWrong, CodeReplayed, SignAgain,
}

// SignInView is GET and POST /{lang}/sign-in. The form posts email, password and to.
type SignInView struct {
	Frame
	// To is the own path (with language) to go to afterwards; empty: the overview.
	To     string
	Email  string // as typed, kept after an error
	Errors ui.FieldErrors
}

// CodeView is GET and POST /{lang}/sign-in/code, the second step of signing in. The form
// posts code and to; code is the six digits of an app or a recovery code.
type CodeView struct {
	Frame
	To     string // as in SignInView
	Errors ui.FieldErrors
}

// EnrolView is GET and POST /{lang}/enrol, where a member sets up the second factor. The
// form posts code and to; code is the first six digits that the app shows.
type EnrolView struct {
	Frame
	To string // as in SignInView
	// Secret is the key for who cannot scan the picture: base32 in groups of four. The
	// picture at /enrol/qr.png says the same.
	Secret string
	Errors ui.FieldErrors
}

// RecoveryCodesView is the answer to enrolling. It is shown once, so the page has no
// language switch and no way on but the one at its end; Frame.Path is not read.
type RecoveryCodesView struct {
	Frame
	To    string   // as in SignInView
	Codes []string // as they are typed
}

// InvitationView is GET and POST /{lang}/invitation. The form posts token and password.
type InvitationView struct {
	Frame
	Token  string // of the link
	Email  string // of the new member, who signs in with it
	Name   string // of the new member
	Errors ui.FieldErrors
	// MinPassword is the least number of characters, told before typing; 0: not said.
	MinPassword int
}

// onward is where to go when all is done.
func (v RecoveryCodesView) onward(ctx context.Context) string {
	if v.To == "" {
		return ui.Path(ctx, "/")
	}
	return v.To
}

// still is the frame of a page that must not be left by chance.
func (v RecoveryCodesView) still() Frame {
	v.Path = ""
	return v.Frame
}

// passwordHelp says the least length before anybody types.
func passwordHelp(ctx context.Context, least int) string {
	if least <= 0 {
		return ""
	}
	return ui.T(ctx, "password_help", "N", least)
}

// codeField is where a code is typed. Phones offer the one that has just come.
func codeField(ctx context.Context, errors ui.FieldErrors) ui.Field {
	return ui.Field{Name: "code", Type: "text", Label: ui.T(ctx, "console_code"), Autocomplete: "one-time-code", Verbatim: true, Error: errors.Of("code")}
}

// digitsField is codeField where only digits can be right.
func digitsField(ctx context.Context, errors ui.FieldErrors) ui.Field {
	f := codeField(ctx, errors)
	f.Mode = "numeric"
	return f
}
