package catalog

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestGuard(t *testing.T) {
	for cell, want := range map[string]string{
		"": "", "Kettle": "Kettle", "a=b": "a=b", "=1+1": "'=1+1", "+49": "'+49", "-5": "'-5", "@SUM(A1)": "'@SUM(A1)", "\tx": "'\tx", "\rx": "'\rx",
		"＝1": "'＝1", "＠x": "'＠x", "'": "'", "'quoted'": "'quoted'", "'=1": "''=1", "''-": "'''-",
		"\nx": "'\nx", " =1": "' =1", "\u00a0\u2003=1": "'\u00a0\u2003=1", "\u3000＝1": "'\u3000＝1", "\u200b=1": "'\u200b=1", "\ufeff=1": "'\ufeff=1", "\x00=1": "'\x00=1",
		"﹣1": "'﹣1", "⁺1": "'⁺1", "−1": "'−1", "x\t=1": "x\t=1", " ": " ", "1-2": "1-2", "李=": "李=", "\u200b": "\u200b", "lena@example.com": "lena@example.com",
	} {
		if got := Guard(cell); got != want {
			t.Errorf("Guard(%q) = %q, want %q", cell, got, want)
		}
		if back := Unguard(Guard(cell)); back != cell {
			t.Errorf("%q comes back as %q", cell, back)
		}
	}
	if got := Unguard("=1"); got != "=1" {
		t.Errorf("what nobody guarded becomes %q", got)
	}
}

// cellText is what may stand in a title, a vendor or an SKU.
func cellText(least, most int) *rapid.Generator[string] {
	return rapid.Map(rapid.OneOf(rapid.StringN(least, most, -1), rapid.StringOfN(rapid.SampledFrom([]rune("=+-@'\"＝,;<&>\n茶a 1")), least, most, -1)), func(s string) string {
		s = strings.TrimSpace(strings.Map(func(r rune) rune {
			if unicode.IsControl(r) {
				return -1
			}
			return r
		}, strings.ToValidUTF8(s, "")))
		if s == "" && least > 0 {
			return "x"
		}
		return s
	})
}

// Whatever is written is read as the same: to the byte, and whatever a spreadsheet would make of it.
func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var items []Item
		var file strings.Builder
		w, err := NewWriter(&file)
		if err != nil {
			t.Fatal(err)
		}
		for n := range rapid.IntRange(1, 5).Draw(t, "items") {
			price := rapid.Int64Range(1, maxPrice-1).Draw(t, "price")
			i := Item{
				Handle: fmt.Sprintf("product-%d", n), SKU: fmt.Sprintf("%s%d", cellText(1, 20).Draw(t, "sku"), n), Title: cellText(1, 40).Draw(t, "title"),
				Vendor: cellText(0, 20).Draw(t, "vendor"), Body: Text(strings.ToValidUTF8(rapid.OneOf(rapid.String(), cellText(0, 60)).Draw(t, "body"), "")),
				PriceCents: price, Currency: rapid.SampledFrom([]string{"EUR", "JPY", "KWD", "CNY"}).Draw(t, "currency"), Archived: rapid.Bool().Draw(t, "archived"),
				ImageURL: rapid.SampledFrom([]string{"", "https://x.example/a,b.jpg", "images/0123456789abcdef0123456789abcdef.jpg"}).Draw(t, "image"),
			}
			if rapid.Bool().Draw(t, "list") {
				i.ListPriceCents = price + 1
			}
			items = append(items, i)
			if err := w.Write(i); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
		got, err := Read(strings.NewReader(file.String()), Options{Currency: "USD", Products: true})
		if err != nil {
			t.Fatalf("%v\n%s", err, file.String())
		}
		for n := range got {
			got[n].Line = 0
		}
		if diff := cmp.Diff(items, got); diff != "" {
			t.Fatalf("%s\n%s", diff, file.String())
		}
	})
}

func TestTextIsTextAlready(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		once := Text(rapid.String().Draw(t, "text"))
		if twice := Text(once); twice != once {
			t.Fatalf("%q becomes %q", once, twice)
		}
	})
	if got, want := Text("  One.\r\n\r\n\r\n\r\nTwo  <b> &amp; \x00three\t "), "One.\n\nTwo <b> &amp; three"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// A file of products gives its good rows and names its bad ones; a product whose first row is bad is left out whole.
func TestReadsTheGoodRowsOfProducts(t *testing.T) {
	file := "Handle,Title,Variant SKU,Variant Price,Status,Currency\n" +
		"a,Kettle,A-1,19.99,,\n" +
		"b,Cup,B-1,cheap,active,\n" +
		"b,,B-2,5.00,,\n" +
		"c,,C-1,5.00,,\n" +
		"c,,C-2,5.00,,\n" +
		"d,Old,D-1,500,archived,JPY\n" +
		"e,Draft,E-1,x,draft,\n" +
		"f,Lamp,F-1,5.00,,Euro\n" +
		"g,Lamp,A-1,5.00,,\n"
	bad, skipped := 0, 0
	items, err := Read(strings.NewReader(file), Options{Currency: "EUR", Products: true, KeepGood: true, Bad: func(n int) { bad = n }, Skipped: func(n int) { skipped = n }})
	var problems Problems
	if !errors.As(err, &problems) {
		t.Fatal(err)
	}
	want := []Item{
		{Line: 2, Handle: "a", SKU: "A-1", Title: "Kettle", PriceCents: 1999},
		{Line: 4, Handle: "b", SKU: "B-2", Title: "Cup", PriceCents: 500},
		{Line: 7, Handle: "d", SKU: "D-1", Title: "Old", PriceCents: 500, Currency: "JPY", Archived: true},
	}
	if diff := cmp.Diff(want, items); diff != "" {
		t.Error(diff)
	}
	var lines []int
	for _, p := range problems {
		lines = append(lines, p.Line)
	}
	if diff := cmp.Diff([]int{3, 5, 9, 10}, lines); diff != "" {
		t.Errorf("%s\n%v", diff, problems)
	}
	if bad != 5 || skipped != 1 {
		t.Errorf("%d bad rows and %d skipped, want 5 and 1", bad, skipped)
	}
	if items, err := Read(strings.NewReader(file), Options{Currency: "EUR"}); items != nil || err == nil {
		t.Errorf("a sale got %d items of it", len(items))
	}
}

// What cannot be read to its end gives nothing: nobody knows what the rest says.
func TestReadsNoHalfFileOfProducts(t *testing.T) {
	for _, file := range []string{
		"Handle,Title,Variant SKU,Variant Price\na,Kettle,A-1,19.99\nb,\"Cup,B-1,5\n",
		"Handle,Title,Variant SKU,Variant Price\na,Kettle,A-1,19.99\nb,Caf\xe9,B-1,5\n",
		"Handle,Title,Variant SKU\na,Kettle,A-1\n",
	} {
		items, err := Read(strings.NewReader(file), Options{Currency: "EUR", Products: true, KeepGood: true})
		if items != nil || err == nil {
			t.Errorf("%d items and %v of %q", len(items), err, file)
		}
	}
}
