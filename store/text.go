package store

import (
	"strings"
	"unicode"
)

// maxAnswer is how many characters of what a receiver or a mail server said are kept.
const maxAnswer = 500

// Printable is the beginning of a foreign text, on one line, as it can stand in a column, on a page and in a terminal: without control
// characters, at most 500 characters.
func Printable(text string) string {
	text = strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\r' || r == '\t':
			return ' '
		case !unicode.IsPrint(r):
			return -1
		default:
			return r
		}
	}, strings.ToValidUTF8(text, "?"))
	letters := []rune(strings.TrimSpace(text))
	return string(letters[:min(maxAnswer, len(letters))])
}
