package ui

import (
	"context"
	"strings"
	"testing"
)

func TestMatch(t *testing.T) {
	for _, c := range []struct {
		header string
		want   Lang
	}{
		{"", En},
		{"en", En},
		{"zh", Zh},
		{"zh-CN,zh;q=0.9,en;q=0.8", Zh},
		{"zh-TW", Zh},
		{"zh-Hant-HK;q=0.7, en;q=0.2", Zh},
		{"en-GB,en;q=0.9,zh;q=0.8", En},
		{"de-DE,de;q=0.9", En},
		{"de,zh;q=0.5,en;q=0.4", Zh},
		{"zh;q=0.1,en;q=0.9", En},
		{"*", En},
		{"%%%;;;,,,", En},
		{strings.Repeat("xx-yy,", 10_000), En},
		{"zh," + strings.Repeat("xx,", 10_000), Zh},
		{strings.Repeat("a", 10_000), En},
	} {
		if got := Match(c.header); got != c.want {
			t.Errorf("Match(%.40q) = %s, want %s", c.header, got, c.want)
		}
	}
}

func TestParseLang(t *testing.T) {
	for text, want := range map[string]bool{"en": true, "zh": true, "EN": false, "": false, "de": false} {
		if lang, ok := ParseLang(text); ok != want || (ok && string(lang) != text) {
			t.Errorf("ParseLang(%q) = %s, %v", text, lang, ok)
		}
	}
}

func TestT(t *testing.T) {
	en, zh := With(context.Background(), En), With(context.Background(), Zh)
	for _, c := range []struct {
		ctx  context.Context
		want string
		id   string
		with []any
	}{
		{en, "1 item", "sale_items", []any{"N", 1}},
		{en, "0 items", "sale_items", []any{"N", 0}},
		{en, "12,345 items", "sale_items", []any{"N", 12345}},
		{zh, "1 款商品", "sale_items", []any{"N", int64(1)}},
		{zh, "12,345 款商品", "sale_items", []any{"N", int64(12345)}},
		{en, "Signed in as <b>", "signed_in_as", []any{"Name", "<b>"}},
		{en, "Signed in as {{.N}}", "signed_in_as", []any{"Name", "{{.N}}"}},
		{en, "Busy: trying again in {n} s", "js_busy", nil},
		{context.Background(), "My orders", "my_orders", nil},
		{zh, "商店 后台", "console_of", []any{"Shop", "商店"}},
		{zh, "no_such_message", "no_such_message", nil},
	} {
		if got := T(c.ctx, c.id, c.with...); got != c.want {
			t.Errorf("%s %s: %q, want %q", From(c.ctx), c.id, got, c.want)
		}
	}
}

func TestLeftFloor(t *testing.T) {
	for _, c := range []struct {
		left, told int64
		floor      bool
	}{
		{-1, 0, false},
		{0, 0, false},
		{1, 1, false},
		{100, 100, false},
		{101, 100, true},
		{200, 100, true},
		{201, 200, true},
		{100_001, 100_000, true},
	} {
		if told, floor := LeftFloor(c.left); told != c.told || floor != c.floor {
			t.Errorf("LeftFloor(%d) = %d, %v", c.left, told, floor)
		}
	}
}

func TestShortOrder(t *testing.T) {
	for id, want := range map[string]string{
		"019aa3f0-5b1c-7d42-9c1e-4f0d9f3a21c8": "9F3A 21C8",
		"":                                     "", "abc": "ABC",
	} {
		if got := ShortOrder(id); got != want {
			t.Errorf("ShortOrder(%q) = %q", id, got)
		}
	}
}

func TestPictureShown(t *testing.T) {
	for url, want := range map[string]bool{
		"":                       false,
		"/pictures/kettle.svg":   true,
		"https://shop.test/a.jp": true,
		"https:///a":             false,
		"http://shop.test/a.jpg": false,
		"//shop.test/a.jpg":      false,
		"javascript:alert(1)":    false,
		"data:image/png;base64,": false,
		"kettle.svg":             false,
		"ht!tp://%zz":            false,
	} {
		if got := (Picture{URL: url}).Shown(); got != want {
			t.Errorf("%q shown: %v", url, got)
		}
	}
}
