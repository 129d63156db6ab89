package page

import (
	"context"
	"net/url"

	"doorbuster/web/ui"
)

// Codes for FieldError of SignIn and SignUp. Those of the second group go with Field "".
const (
	EmailMissing    = ui.EmailMissing
	EmailBad        = ui.EmailBad
	EmailTaken      = "email_taken"
	NameMissing     = ui.NameMissing
	NameLong        = ui.NameLong
	NameBad         = ui.NameBad
	PasswordMissing = ui.PasswordMissing
	PasswordShort   = ui.PasswordShort
	PasswordLong    = ui.PasswordLong
	PasswordCommon  = ui.PasswordCommon

	WrongCredentials = ui.WrongCredentials
	SignBusy         = ui.SignBusy
	SignTooMany      = ui.SignTooMany
)

// ErrorCodes lists every code that the forms have words for.
var ErrorCodes = []string{
	EmailMissing, EmailBad, EmailTaken, NameMissing, NameLong, NameBad, PasswordMissing,
	PasswordShort, PasswordLong, PasswordCommon, WrongCredentials, SignBusy, SignTooMany, CodeMissing, CodeUnknown, CodeUsedUp, CodeTooMany,
}

// SignInView is GET and POST /{lang}/sign-in. The form posts email, password and to.
type SignInView struct {
	ui.Chrome
	// To is the own path (with language) to go to afterwards; empty: the sale list.
	To     string
	Email  string // as typed, kept after an error
	Errors ui.FieldErrors
}

// SignUpView is GET and POST /{lang}/sign-up. The form posts email, name, password
// and to.
type SignUpView struct {
	ui.Chrome
	To     string // as in SignInView
	Email  string // as typed
	Name   string // as typed
	Errors ui.FieldErrors
	// MinPassword is the least number of characters, told before typing; 0: not said.
	MinPassword int
}

// withTo keeps where the shopper wanted to go.
func withTo(path, to string) string {
	if to == "" {
		return path
	}
	return path + "?to=" + url.QueryEscape(to)
}

// passwordHelp says the least length before anybody types.
func passwordHelp(ctx context.Context, least int) string {
	if least <= 0 {
		return ""
	}
	return ui.T(ctx, "password_help", "N", least)
}
