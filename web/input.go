package web

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"doorbuster/web/page"
)

// Input is taken strictly: what is unknown, double, half or of another kind is refused and never guessed at, because a guess about a
// purchase is a purchase that nobody asked for.

const (
	formType = "application/x-www-form-urlencoded"
	jsonBody = "application/json"
)

// maxUnits is far above any limit per shopper, and far below what would overflow anywhere.
const maxUnits = 1_000_000

// readBody reads a body of the announced type. checkBody has bounded its length before.
func readBody(r *http.Request, want string) ([]byte, error) {
	if r.Header.Get("Content-Type") != want { // else it is what our own pages send
		kind, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
		if charset, ok := params["charset"]; err != nil || kind != want || (ok && !strings.EqualFold(charset, "utf-8")) {
			return nil, refused(page.WrongType)
		}
	}
	return readBytes(r)
}

// readBytes reads a body of any type, whole.
func readBytes(r *http.Request) ([]byte, error) {
	body := make([]byte, r.ContentLength)
	if _, err := io.ReadFull(r.Body, body); err != nil {
		return nil, refused(page.BadRequest) // cut off by the client
	}
	return body, nil
}

// readForm reads a form whose fields must all be among names, each at most once.
func readForm(r *http.Request, names ...string) (url.Values, error) {
	body, err := readBody(r, formType)
	if err != nil {
		return nil, err
	}
	return strictValues(string(body), func(name string) bool { return slices.Contains(names, name) })
}

// readQuery reads the named parameters of an address. Others may be there (campaign links carry some) but none may be garbled.
func readQuery(r *http.Request, names ...string) (url.Values, error) {
	values, err := strictValues(r.URL.RawQuery, nil)
	if err != nil {
		return nil, err
	}
	for name := range values {
		if !slices.Contains(names, name) {
			delete(values, name)
		}
	}
	return values, nil
}

// maxFields bounds the fields of a form and the parameters of an address.
const maxFields = 32

// strictValues parses fields that stand once each, are valid text, and are known (nil: all are).
func strictValues(text string, known func(string) bool) (url.Values, error) {
	if strings.Count(text, "&") >= maxFields {
		return nil, refused(page.BadRequest)
	}
	values, err := url.ParseQuery(text)
	if err != nil {
		return nil, refused(page.BadRequest)
	}
	for name, all := range values {
		if len(all) != 1 || !utf8.ValidString(name) || !utf8.ValidString(all[0]) || (known != nil && !known(name)) {
			return nil, refused(page.BadRequest)
		}
	}
	return values, nil
}

// pressInput is what a press says.
type pressInput struct {
	pass  string
	units int
}

// readPressForm reads the form of an item page. The pass may be missing: then the server makes the key of this one press.
func readPressForm(r *http.Request) (pressInput, error) {
	form, err := readForm(r, "units", "pass")
	if err != nil {
		return pressInput{}, err
	}
	units, ok := parseUnits(form.Get("units"))
	if !ok {
		return pressInput{}, refused(page.BadUnits)
	}
	return pressInput{pass: form.Get("pass"), units: units}, nil
}

// readPressJSON reads {"pass":"…","units":1}; both members are needed.
func readPressJSON(r *http.Request) (pressInput, error) {
	body, err := readBody(r, jsonBody)
	if err != nil {
		return pressInput{}, err
	}
	if in, ok := usualPress(body); ok {
		return in, nil
	}
	return parsePress(body)
}

// usualPress reads the one spelling that our script sends, at a tenth of the cost of the full parser.
func usualPress(body []byte) (pressInput, bool) {
	rest, ok := bytes.CutPrefix(body, []byte(`{"pass":"`))
	if !ok || len(rest) < passLength {
		return pressInput{}, false
	}
	pass := rest[:passLength]
	for _, c := range pass {
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_') {
			return pressInput{}, false
		}
	}
	rest, ok = bytes.CutPrefix(rest[passLength:], []byte(`","units":`))
	number, closed := bytes.CutSuffix(rest, []byte(`}`))
	units, right := parseUnits(string(number))
	return pressInput{pass: string(pass), units: units}, ok && closed && right
}

var errPress = errors.New("not a press")

// parsePress walks through the tokens, because encoding/json alone takes members twice and in any case of letters.
func parsePress(body []byte) (pressInput, error) {
	var in pressInput
	var units, pass bool
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	if t, err := d.Token(); err != nil || t != json.Delim('{') || !utf8.Valid(body) {
		return in, refused(page.BadRequest)
	}
	for d.More() {
		name, value, err := member(d)
		switch {
		case err != nil:
			return in, refused(page.BadRequest)
		case name == "pass" && !pass:
			in.pass, pass = value.(string)
			if !pass {
				return in, refused(page.BadRequest)
			}
		case name == "units" && !units:
			number, _ := value.(json.Number)
			if in.units, units = parseUnits(string(number)); !units {
				return in, refused(page.BadUnits)
			}
		default:
			return in, refused(page.BadRequest)
		}
	}
	if t, err := d.Token(); err != nil || t != json.Delim('}') {
		return in, refused(page.BadRequest)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) || !pass {
		return in, refused(page.BadRequest)
	}
	if !units {
		return in, refused(page.BadUnits)
	}
	return in, nil
}

// member reads a name and a plain value.
func member(d *json.Decoder) (name string, value json.Token, err error) {
	t, err := d.Token()
	if err != nil {
		return "", nil, err
	}
	name, ok := t.(string)
	if !ok {
		return "", nil, errPress
	}
	value, err = d.Token()
	if _, nested := value.(json.Delim); nested {
		return "", nil, errPress
	}
	return name, value, err
}

// parseUnits takes a plain whole number: digits without sign, space, point, exponent or leading zero.
func parseUnits(text string) (int, bool) {
	n, ok := parseNumber(text)
	if !ok || n < 1 || n > maxUnits {
		return 0, false
	}
	return int(n), true
}

// parseNumber takes a whole number as we write it ourselves.
func parseNumber(text string) (uint64, bool) {
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil || strconv.FormatUint(n, 10) != text {
		return 0, false
	}
	return n, true
}

// ownPath takes an address to go to after signing in, if it is a page of ours; else it gives "".
func ownPath(to string) string {
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

func queryEscape(text string) string { return url.QueryEscape(text) }

// itemPath is the address of an item without the language.
func itemPath(item uint64) string { return "/items/" + strconv.FormatUint(item, 10) }

func itoa(n int) string { return strconv.Itoa(n) }
