package ui

import (
	"context"
	"strconv"
	"strings"

	"golang.org/x/text/currency"
)

// Money is an amount in the smallest unit of its currency: 123450 EUR is €1,234.50,
// 1234 JPY is ¥1,234. Floating point never touches it.
type Money struct {
	Minor    int64
	Currency string // ISO 4217, three capitals
}

// signs are those that readers of each language expect. Where the same sign would mean
// two currencies, the foreign one carries its country. Others show their ISO code.
var signs = map[Lang]map[string]string{
	En: {
		"AUD": "A$", "BRL": "R$", "CAD": "CA$", "CNY": "CN¥", "EUR": "€", "GBP": "£",
		"HKD": "HK$", "ILS": "₪", "INR": "₹", "JPY": "¥", "KRW": "₩", "MXN": "MX$",
		"NZD": "NZ$", "PHP": "₱", "TWD": "NT$", "USD": "$", "VND": "₫",
	},
	Zh: {
		"AUD": "AU$", "BRL": "R$", "CAD": "CA$", "CNY": "¥", "EUR": "€", "GBP": "£",
		"HKD": "HK$", "ILS": "₪", "INR": "₹", "JPY": "JP¥", "KRW": "₩", "MXN": "MX$",
		"NZD": "NZ$", "PHP": "₱", "TWD": "NT$", "USD": "US$", "VND": "₫",
	},
}

// Amount writes money in the language of the page.
func Amount(ctx context.Context, m Money) string { return m.Text(From(ctx)) }

// Text writes money as readers of a language expect it: €1,234.50, CN¥1,234.50 in
// English, ¥1,234.50 and JP¥1,234 in Chinese, CHF 1,234.50 where there is no sign.
func (m Money) Text(lang Lang) string {
	digits := strconv.FormatInt(m.Minor, 10)
	minus := ""
	if strings.HasPrefix(digits, "-") {
		minus, digits = "-", digits[1:]
	}
	places := decimals(m.Currency)
	for len(digits) <= places {
		digits = "0" + digits
	}
	whole, fraction := digits[:len(digits)-places], digits[len(digits)-places:]
	text := groupDigits(whole)
	if places > 0 {
		text += "." + fraction
	}
	sign, ok := signs[lang][m.Currency]
	if !ok {
		sign = m.Currency + "\u00a0"
	}
	return minus + sign + text
}

// Decimal writes the amount for machines: 1234.50 of EUR, 1234 of JPY, without a sign of the currency and without groups.
func (m Money) Decimal() string {
	digits := strconv.FormatInt(m.Minor, 10)
	minus := ""
	if strings.HasPrefix(digits, "-") {
		minus, digits = "-", digits[1:]
	}
	places := decimals(m.Currency)
	for len(digits) <= places {
		digits = "0" + digits
	}
	if places == 0 {
		return minus + digits
	}
	return minus + digits[:len(digits)-places] + "." + digits[len(digits)-places:]
}

// Less tells whether a price is really below another of the same currency.
func (m Money) Less(than Money) bool {
	return m.Currency == than.Currency && m.Minor < than.Minor
}

// decimals gives the digits after the point: 2 for EUR, 0 for JPY, 3 for KWD. A code
// that is not known counts as 2, the most common.
func decimals(code string) int {
	unit, err := currency.ParseISO(code)
	if err != nil {
		return 2
	}
	scale, _ := currency.Standard.Rounding(unit)
	return scale
}
