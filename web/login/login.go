// Package login holds the rules of what people type who sign in, shoppers and staff alike: e-mail, name and password.
package login

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"doorbuster/web/ui"
)

// Bounds of what is typed, in characters unless said; the tables have the same.
const (
	MaxEmail    = 254
	MaxName     = 200
	MinPassword = 8
	MaxPassword = 256 // bytes

	maxMarks = 4 // accents on one letter
)

// FoldEmail makes two spellings of one address the same.
func FoldEmail(text string) string { return strings.ToLower(strings.TrimSpace(text)) }

// EmailError says by a code why an address is not taken, "" if it is. It looks only for what cannot be an address; whether it is one, only a message to it can tell.
func EmailError(email string) string {
	local, domain, ok := strings.Cut(email, "@")
	switch {
	case email == "":
		return ui.EmailMissing
	case !ok || local == "" || len(local) > 64 || domain == "" || strings.Contains(domain, "@") || len(email) > MaxEmail || !Plain(email),
		strings.ContainsFunc(email, unicode.IsSpace), strings.HasPrefix(domain, "."), strings.HasSuffix(domain, "."), strings.Contains(domain, ".."):
		return ui.EmailBad
	default:
		return ""
	}
}

// NameError says by a code why a name is not taken, "" if it is. It takes any name of any script, but nothing that would disturb the page it is shown on.
func NameError(name string) string {
	switch {
	case name == "":
		return ui.NameMissing
	case utf8.RuneCountInString(name) > MaxName:
		return ui.NameLong
	case !Plain(name) || piledMarks(name):
		return ui.NameBad
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

// Plain says whether a text is valid and has nothing in it that would disturb the page or the line it is shown on.
func Plain(text string) bool {
	return utf8.ValidString(text) && !strings.ContainsFunc(text, func(c rune) bool {
		const joiners = "\u200c\u200d" // parts of words and emoji
		return unicode.IsControl(c) || c == '\u2028' || c == '\u2029' || (unicode.Is(unicode.Cf, c) && !strings.ContainsRune(joiners, c))
	})
}

// PasswordError says by a code why a new password is not taken, "" if it is. email is that of the account, which others try first. A password is
// used exactly as typed: never cut, never trimmed.
func PasswordError(password, email string) string {
	switch {
	case password == "":
		return ui.PasswordMissing
	case len(password) > MaxPassword:
		return ui.PasswordLong
	case utf8.RuneCountInString(password) < MinPassword:
		return ui.PasswordShort
	case common(password, email):
		return ui.PasswordCommon
	default:
		return ""
	}
}

// guessedFirst are what everybody tries first; digits and signs at the end of them help little.
var guessedFirst = []string{
	"password", "passwort", "qwerty", "qwertyui", "qwertyuiop", "qwertz", "qwertzui", "azertyui", "asdfghjk", "zxcvbnm", "letmein", "welcome",
	"iloveyou", "sunshine", "princess", "football", "baseball", "superman", "starwars", "trustno", "whatever", "dragon", "monkey", "master",
	"shadow", "michael", "jennifer", "charlie", "computer", "internet", "samsung", "changeme", "default", "administrator", "admin", "secret",
	"woaini", "aini", "mima", "doorbuster", "abcdefgh", "abcd", "abc", "test", "pass", "hello", "login", "guest",
}

// common says whether a password is among the first that anybody would guess.
func common(password, email string) bool {
	lower := strings.ToLower(password)
	local, _, _ := strings.Cut(email, "@")
	if lower == email || (len(local) >= 4 && lower == local) {
		return true
	}
	if strings.Trim(lower, lower[:1]) == "" || strings.Contains("01234567890123456789", lower) || strings.Contains("98765432109876543210", lower) {
		return true
	}
	stem := strings.TrimRightFunc(lower, func(c rune) bool { return !unicode.IsLetter(c) })
	for _, word := range guessedFirst {
		if stem == word || lower == word+word {
			return true
		}
	}
	return false
}
