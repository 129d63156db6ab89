package web

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"unicode/utf8"

	"doorbuster/web/page"
	"doorbuster/web/wire"
)

// maxUnits is far above any limit per shopper, and far below what would overflow anywhere.
const maxUnits = 1_000_000

// pressInput is what a press says.
type pressInput struct {
	pass  string
	units int
}

// readPressForm reads the form of an item page. The pass may be missing: then the server makes the key of this one press.
func readPressForm(r *http.Request) (pressInput, error) {
	form, err := wire.ReadForm(r, "units", "pass")
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
	body, err := wire.ReadBody(r, wire.JSON)
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
	n, ok := wire.Number(text)
	if !ok || n < 1 || n > maxUnits {
		return 0, false
	}
	return int(n), true
}

func queryEscape(text string) string { return url.QueryEscape(text) }

// itemPath is the address of an item without the language.
func itemPath(item uint64) string { return "/items/" + strconv.FormatUint(item, 10) }

func itoa(n int) string { return strconv.Itoa(n) }
