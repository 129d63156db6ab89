// Package wire holds what every HTTP server of ours does alike: the bounds of a connection, and how input is read.
//
// Input is taken strictly: what is unknown, double, half or of another kind is refused and never guessed at, because a guess about a
// purchase is a purchase that nobody asked for.
package wire

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Content types of bodies.
const (
	Form = "application/x-www-form-urlencoded"
	JSON = "application/json"
)

// Why input is refused. A body that is too long is a *http.MaxBytesError.
var (
	ErrBad      = errors.New("wire: bad input")                // unknown, double, half or garbled
	ErrType     = errors.New("wire: a body of another type")   // 415
	ErrNoLength = errors.New("wire: a body of unknown length") // 411; the rest of the request is not worth reading
)

// maxFields bounds the fields of a form and the parameters of an address.
const maxFields = 32

// CheckBody refuses bodies by what the header says of them. Chunked ones have no length that could be checked before reading, and
// are a way to smuggle a second request past a proxy.
func CheckBody(r *http.Request, most int64) error {
	switch {
	case len(r.TransferEncoding) > 0 || r.ContentLength < 0:
		return ErrNoLength
	case r.ContentLength > most:
		return &http.MaxBytesError{Limit: most}
	default:
		return nil
	}
}

// ReadBody reads a body of the announced type, whole. CheckBody has bounded its length before.
func ReadBody(r *http.Request, want string) ([]byte, error) {
	if r.Header.Get("Content-Type") != want { // else it is what our own pages send
		kind, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
		if charset, ok := params["charset"]; err != nil || kind != want || (ok && !strings.EqualFold(charset, "utf-8")) {
			return nil, ErrType
		}
	}
	return ReadBytes(r)
}

// ReadBytes reads a body of any type, whole. CheckBody has bounded its length before.
func ReadBytes(r *http.Request) ([]byte, error) {
	body := make([]byte, r.ContentLength)
	if _, err := io.ReadFull(r.Body, body); err != nil {
		return nil, ErrBad // cut off by the client
	}
	return body, nil
}

// ReadForm reads a form whose fields must all be among names, each at most once.
func ReadForm(r *http.Request, names ...string) (url.Values, error) {
	body, err := ReadBody(r, Form)
	if err != nil {
		return nil, err
	}
	return ParseForm(body, names...)
}

// ParseForm is ReadForm of a body that was read before.
func ParseForm(body []byte, names ...string) (url.Values, error) {
	return values(string(body), func(name string) bool { return slices.Contains(names, name) })
}

// ReadQuery reads the named parameters of an address. Others may be there (campaign links carry some) but none may be garbled.
func ReadQuery(r *http.Request, names ...string) (url.Values, error) {
	all, err := values(r.URL.RawQuery, nil)
	if err != nil {
		return nil, err
	}
	for name := range all {
		if !slices.Contains(names, name) {
			delete(all, name)
		}
	}
	return all, nil
}

// values parses fields that stand once each, are valid text, and are known (nil: all are).
func values(text string, known func(string) bool) (url.Values, error) {
	if strings.Count(text, "&") >= maxFields {
		return nil, ErrBad
	}
	parsed, err := url.ParseQuery(text)
	if err != nil {
		return nil, ErrBad
	}
	for name, all := range parsed {
		if len(all) != 1 || !utf8.ValidString(name) || !utf8.ValidString(all[0]) || (known != nil && !known(name)) {
			return nil, ErrBad
		}
	}
	return parsed, nil
}

// Number takes a whole number as we write it ourselves: digits without sign, space, point, exponent or leading zero.
func Number(text string) (uint64, bool) {
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil || strconv.FormatUint(n, 10) != text {
		return 0, false
	}
	return n, true
}

// OwnPath takes an address to go to after signing in, if it is a page of ours (/en/…, /zh/…); else it gives "".
func OwnPath(to string) string {
	if len(to) > 500 || strings.ContainsFunc(to, func(c rune) bool { return c <= ' ' || c == '\\' || c == 0x7f }) {
		return ""
	}
	u, err := url.Parse(to)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil || u.Opaque != "" || u.Fragment != "" {
		return ""
	}
	if !strings.HasPrefix(to, "/en/") && !strings.HasPrefix(to, "/zh/") {
		return ""
	}
	if strings.Contains(u.Path, "//") || slices.Contains(strings.Split(u.Path, "/"), "..") {
		return ""
	}
	return to
}
