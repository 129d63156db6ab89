package catalog

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/currency"
)

// maxPrice is the greatest price in minor units. It leaves room to add up a
// million of them in an int64.
const maxPrice = 1_000_000_000_000

// money reads prices of one currency, with whole numbers only.
type money struct {
	code   string
	digits int // decimals of the currency: JPY 0, EUR 2, KWD 3
}

// newMoney takes an ISO 4217 code such as "EUR".
func newMoney(code string) (money, error) {
	unit, err := currency.ParseISO(code)
	if err != nil || unit == currency.XXX || unit.String() != code {
		return money{}, fmt.Errorf("catalog: %q is no currency code of ISO 4217, such as EUR", code)
	}
	digits, _ := currency.Standard.Rounding(unit)
	return money{code: code, digits: digits}, nil
}

// ParsePrice reads a price of a currency (its ISO 4217 code) as it stands in a file, into the smallest unit. The error says what is wrong with it.
func ParsePrice(currency, text string) (minor int64, err error) {
	m, err := newMoney(currency)
	if err != nil {
		return 0, err
	}
	minor, complaint := m.parse(text)
	if complaint.Code != "" {
		return 0, errors.New(complaint.String())
	}
	return minor, nil
}

// WritePrice writes a price as ParsePrice reads it. A currency that is not known is written with two decimals.
func WritePrice(currency string, minor int64) string {
	m, err := newMoney(currency)
	if err != nil {
		m.digits = 2
	}
	return m.write(minor)
}

// parse turns a cell such as "12.5" into minor units, or says in complaint
// what is wrong with it. It accepts digits with at most one point between
// them. More decimals than the currency has are refused even when they are
// zeros: 1.000 may mean one or one thousand.
func (m money) parse(cell string) (minor int64, complaint Reason) {
	if complaint = m.foreignMark(cell); complaint.Code != "" {
		return 0, complaint
	}
	whole, decimals, point := strings.Cut(cell, ".")
	if !allDigits(whole) || (point && !allDigits(decimals)) {
		return 0, say(noPrice, show(cell), m.write(1299))
	}
	if len(decimals) > m.digits {
		return 0, say(decimalsMany, show(cell), len(decimals), m.code, m.digits)
	}
	digits := strings.TrimLeft(whole+decimals+strings.Repeat("0", m.digits-len(decimals)), "0")
	if digits == "" {
		return 0, Reason{}
	}
	minor, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || minor > maxPrice {
		return 0, say(tooMuch, show(cell), m.write(maxPrice))
	}
	return minor, Reason{}
}

// foreignMark names a sign that has no place in a price, and what to write
// without it where that is certain.
func (m money) foreignMark(cell string) Reason {
	var plainly, like string
	switch {
	case strings.HasPrefix(cell, "-"), strings.HasPrefix(cell, "−"):
		return say(negative, show(cell))
	case strings.ContainsFunc(cell, func(r rune) bool { return unicode.Is(unicode.Sc, r) }),
		m.code != "" && strings.Contains(strings.ToUpper(cell), m.code):
		plainly, like = priceSign, priceSignLike
	case strings.Contains(cell, ","):
		plainly, like = priceComma, priceCommaLike
	default:
		return Reason{}
	}
	if plain := m.plain(cell); plain != "" {
		return say(plainly, show(cell), plain)
	}
	return say(like, show(cell), m.write(1299))
}

// plain removes currency signs, spaces and separators of thousands. It
// returns "" where the result is no price or the meaning is in doubt.
func (m money) plain(cell string) string {
	cell = strings.ToUpper(cell)
	cell = strings.ReplaceAll(cell, m.code, "")
	cell = strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Sc, r) || unicode.IsSpace(r) {
			return -1
		}
		return r
	}, cell)
	comma, point := strings.LastIndex(cell, ","), strings.LastIndex(cell, ".")
	after := len(cell) - comma - 1
	switch {
	case comma < 0:
	case point > comma: // 1,234.50
		cell = strings.ReplaceAll(cell, ",", "")
	case point >= 0 || after <= m.digits && after != 3: // 1.234,50 and 12,50
		cell = strings.ReplaceAll(cell[:comma], ".", "") + "." + cell[comma+1:]
	case after == 3 && m.digits < 3: // 1,234
		cell = strings.ReplaceAll(cell, ",", "")
	}
	if minor, complaint := m.parseDigits(cell); complaint || minor == 0 {
		return ""
	}
	return cell
}

// parseDigits is parse without words, for plain, which parse calls.
func (m money) parseDigits(cell string) (minor int64, complaint bool) {
	if strings.Trim(cell, "0123456789.") != "" {
		return 0, true
	}
	minor, wrong := m.parse(cell)
	return minor, wrong.Code != ""
}

// write shows minor units with all decimals of the currency, without its sign.
func (m money) write(minor int64) string {
	digits := strconv.FormatInt(minor, 10)
	if m.digits == 0 {
		return digits
	}
	if pad := m.digits + 1 - len(digits); pad > 0 {
		digits = strings.Repeat("0", pad) + digits
	}
	cut := len(digits) - m.digits
	return digits[:cut] + "." + digits[cut:]
}

func allDigits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}
