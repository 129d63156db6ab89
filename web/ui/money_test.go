package ui

import (
	"math"
	"testing"
)

func TestMoneyText(t *testing.T) {
	for _, c := range []struct {
		minor    int64
		currency string
		en, zh   string
	}{
		{123450, "EUR", "€1,234.50", "€1,234.50"},
		{123450, "CNY", "CN¥1,234.50", "¥1,234.50"},
		{1234, "JPY", "¥1,234", "JP¥1,234"},
		{123450, "USD", "$1,234.50", "US$1,234.50"},
		{123450, "GBP", "£1,234.50", "£1,234.50"},
		{123450, "HKD", "HK$1,234.50", "HK$1,234.50"},
		{123450, "AUD", "A$1,234.50", "AU$1,234.50"},
		{1234, "KRW", "₩1,234", "₩1,234"},
		{1234567, "KWD", "KWD\u00a01,234.567", "KWD\u00a01,234.567"},
		{123450, "CHF", "CHF\u00a01,234.50", "CHF\u00a01,234.50"},
		{0, "EUR", "€0.00", "€0.00"},
		{5, "EUR", "€0.05", "€0.05"},
		{99, "EUR", "€0.99", "€0.99"},
		{100, "EUR", "€1.00", "€1.00"},
		{7, "KWD", "KWD\u00a00.007", "KWD\u00a00.007"},
		{99999, "EUR", "€999.99", "€999.99"},
		{100000, "EUR", "€1,000.00", "€1,000.00"},
		{123456789012, "EUR", "€1,234,567,890.12", "€1,234,567,890.12"},
		{-150, "EUR", "-€1.50", "-€1.50"},
		{-1, "JPY", "-¥1", "-JP¥1"},
		{math.MaxInt64, "JPY", "¥9,223,372,036,854,775,807", "JP¥9,223,372,036,854,775,807"},
		{math.MinInt64, "EUR", "-€92,233,720,368,547,758.08", "-€92,233,720,368,547,758.08"},
		{150, "???", "???\u00a01.50", "???\u00a01.50"},
	} {
		m := Money{Minor: c.minor, Currency: c.currency}
		if got := m.Text(En); got != c.en {
			t.Errorf("%d %s in English is %q, want %q", c.minor, c.currency, got, c.en)
		}
		if got := m.Text(Zh); got != c.zh {
			t.Errorf("%d %s in Chinese is %q, want %q", c.minor, c.currency, got, c.zh)
		}
	}
}

func TestMoneyLess(t *testing.T) {
	price := Money{Minor: 100, Currency: "EUR"}
	for _, c := range []struct {
		list Money
		want bool
	}{
		{Money{Minor: 200, Currency: "EUR"}, true},
		{Money{Minor: 100, Currency: "EUR"}, false},
		{Money{Minor: 0, Currency: "EUR"}, false},
		{Money{Minor: 200, Currency: "USD"}, false},
		{Money{}, false},
	} {
		if got := price.Less(c.list); got != c.want {
			t.Errorf("%v below %v: %v", price, c.list, got)
		}
	}
}

func TestDecimal(t *testing.T) {
	for want, m := range map[string]Money{
		"1234.50": {Minor: 123_450, Currency: "EUR"}, "0.05": {Minor: 5, Currency: "EUR"}, "-0.05": {Minor: -5, Currency: "USD"}, "0.00": {Currency: "CNY"},
		"1234": {Minor: 1234, Currency: "JPY"}, "0": {Currency: "KRW"}, "1.234": {Minor: 1234, Currency: "KWD"}, "92233720368547758.07": {Minor: math.MaxInt64, Currency: "EUR"},
		"-92233720368547758.08": {Minor: math.MinInt64, Currency: "EUR"},
	} {
		if got := m.Decimal(); got != want {
			t.Errorf("%+v: %s, want %s", m, got, want)
		}
	}
}
