package ui

// Codes of a FieldError about what everybody types who signs in, shopper or staff. Their words are the messages error_<code>.
const (
	EmailMissing    = "email_missing"
	EmailBad        = "email_bad"
	NameMissing     = "name_missing"
	NameLong        = "name_long"
	NameBad         = "name_bad"
	PasswordMissing = "password_missing"
	PasswordShort   = "password_short"
	PasswordLong    = "password_long"
	PasswordCommon  = "password_common"

	WrongCredentials = "wrong_credentials"
	SignBusy         = "sign_busy"
	SignTooMany      = "sign_too_many"
)
