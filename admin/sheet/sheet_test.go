package sheet

import (
	"bytes"
	"crypto/rand"
	"encoding/csv"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"doorbuster/catalog"
)

// guards are texts with what must stand in the file instead.
var guards = map[string]string{
	"=1+1": "'=1+1", "+49 30 1234": "'+49 30 1234", "-2+3": "'-2+3", "@SUM(A1)": "'@SUM(A1)", "\tx": "'\tx", "\rx": "'\rx", "\nx": "'\nx",
	" =1": "' =1", "\u00a0\u2003=1": "'\u00a0\u2003=1", "\u3000＝1": "'\u3000＝1", "\u200b=1": "'\u200b=1", "\ufeff=1": "'\ufeff=1", "\x00=1": "'\x00=1", "x\t=1": "x\t=1",
	"＝1": "'＝1", "＋1": "'＋1", "－1": "'－1", "＠A": "'＠A", "﹣1": "'﹣1", "⁺1": "'⁺1", "−1": "'−1",
	"=cmd|' /C calc'!A0": "'=cmd|' /C calc'!A0", "=": "'=", "-": "'-",
	"": "", " ": " ", "Lena": "Lena", "a=1": "a=1", "'=1": "''=1", `"=1"`: `"=1"`, "1-2": "1-2", "李=": "李=", "lena@example.com": "lena@example.com", "\u200b": "\u200b",
}

func TestHarmless(t *testing.T) {
	for text, want := range guards {
		row, err := csv.NewReader(strings.NewReader(writeCSV(t, ',', []Cell{Text(text), Text("x")}))).Read()
		if err != nil || row[0] != want {
			t.Errorf("%q: %q, want %q: %v", text, row, want, err)
		}
	}
}

func writeCSV(t testing.TB, delimiter rune, rows ...[]Cell) string {
	t.Helper()
	var out bytes.Buffer
	c := NewCSV(&out, delimiter)
	for _, row := range rows {
		if err := c.Write(row); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.Flush(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// Numbers of ours stay numbers, also below zero; text that looks like one is text.
func TestCSV(t *testing.T) {
	at := time.Date(2026, 11, 27, 11, 0, 0, 1000, time.FixedZone("x", 3600))
	row := []Cell{Number(-3), Decimal("-12.50"), Text("-3"), Text("a;b,c\td"), Text(`say "x"`), Time(&at), Time(nil), Text("two\nlines"), Text("\xff")}
	for delimiter, want := range map[rune]string{
		',':  "-3,-12.50,'-3,\"a;b,c\td\",\"say \"\"x\"\"\",2026-11-27T10:00:00.000001Z,,\"two\nlines\",\ufffd\n",
		';':  "-3;-12.50;'-3;\"a;b,c\td\";\"say \"\"x\"\"\";2026-11-27T10:00:00.000001Z;;\"two\nlines\";\ufffd\n",
		'\t': "-3\t-12.50\t'-3\t\"a;b,c\td\"\t\"say \"\"x\"\"\"\t2026-11-27T10:00:00.000001Z\t\t\"two\nlines\"\t\ufffd\n",
	} {
		if got := writeCSV(t, delimiter, row); got != want {
			t.Errorf("%q:\n%q\n%q", delimiter, got, want)
		}
	}
}

// Whatever stands in a cell: it is read back as it was, but for the apostrophe, in the cell where it was, and nothing that is read is a formula.
func FuzzCSV(f *testing.F) {
	for text := range guards {
		f.Add(text, "x", byte(0))
	}
	f.Add("a\r\nb", `"`, byte(1))
	f.Add(";", "\t", byte(2))
	f.Fuzz(func(t *testing.T, first, second string, which byte) {
		delimiter := []rune{',', ';', '\t'}[which%3]
		text := writeCSV(t, delimiter, []Cell{Text(first), Number(-7), Text(second)}, []Cell{Text(second), Number(7), Text(first)})
		r := csv.NewReader(strings.NewReader(text))
		r.Comma = delimiter
		rows, err := r.ReadAll()
		if err != nil || len(rows) != 2 {
			t.Fatalf("%q: %d rows, %v", text, len(rows), err)
		}
		read := func(s string) string { // as a reader of CSV gives it
			return strings.ReplaceAll(strings.ToValidUTF8(s, "\ufffd"), "\r\n", "\n")
		}
		for i, want := range [][]string{{read(first), "-7", read(second)}, {read(second), "7", read(first)}} {
			for j, got := range rows[i] {
				if j == 1 {
					if got != want[j] {
						t.Errorf("the number is %q", got)
					}
					continue
				}
				if catalog.Formula(got) {
					t.Errorf("%q is a formula", got)
				}
				if got != want[j] && got != "'"+want[j] {
					t.Errorf("%q is read as %q", want[j], got)
				}
			}
		}
	})
}

// A workbook has every row once, text as text, numbers as numbers, and no formula.
func TestXLSX(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	x, err := NewXLSX("orders", []string{"name", "units", "price", "exact"})
	if err != nil {
		t.Fatal(err)
	}
	for text := range guards {
		if err := x.Write([]Cell{Text(text), Number(-3), Decimal("12.50"), Decimal("0.123")}); err != nil {
			t.Fatal(err)
		}
	}
	var out bytes.Buffer
	n, err := x.WriteTo(&out)
	if err := errors.Join(err, x.Close()); err != nil || n != int64(out.Len()) {
		t.Fatalf("%d of %d bytes: %v", n, out.Len(), err)
	}
	book, err := excelize.OpenReader(&out)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := book.GetRows("orders")
	if err != nil || len(rows) != len(guards)+1 || !slices.Equal(rows[0], []string{"name", "units", "price", "exact"}) {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	for i, row := range rows[1:] {
		name, _ := excelize.CoordinatesToCellName(1, i+2)
		if formula, err := book.GetCellFormula("orders", name); err != nil || formula != "" {
			t.Errorf("%q is the formula %q, %v", row[0], formula, err)
		}
		if !slices.Equal(row[1:], []string{"-3", "12.50", "0.123"}) {
			t.Errorf("%q", row)
		}
	}
	if left, err := os.ReadDir(os.TempDir()); err != nil || len(left) > 0 {
		t.Errorf("left on the disk: %v, %v", left, err)
	}
	if err := book.Close(); err != nil {
		t.Error(err)
	}
}

// largest remembers the largest piece that was written.
type largest int

func (l *largest) Write(p []byte) (int, error) {
	*l = max(*l, largest(len(p)))
	return len(p), nil
}

// A workbook is sent on while it is packed: nobody gathers the whole of it.
func TestXLSXIsSentInPieces(t *testing.T) {
	x, err := NewXLSX("orders", []string{"name"})
	if err != nil {
		t.Fatal(err)
	}
	for range 20_000 {
		if err := x.Write([]Cell{Text(rand.Text() + rand.Text())}); err != nil {
			t.Fatal(err)
		}
	}
	var most largest
	n, err := x.WriteTo(&most)
	if err := errors.Join(err, x.Close()); err != nil || n < 500_000 || most > 100_000 {
		t.Errorf("%d bytes came in pieces of up to %d: %v", n, most, err)
	}
}
