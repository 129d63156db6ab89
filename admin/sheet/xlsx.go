package sheet

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"
)

// perSheet is how many rows a sheet takes, well below what Excel can open (1,048,576); what is more stands on a further sheet.
const perSheet = 1_000_000

// Numbers of formats that every spreadsheet knows.
const (
	formatWhole = 1
	formatCents = 2
	formatText  = 49 // what is typed into such a cell is no formula, also when somebody edits it
)

// XLSX gathers rows for a workbook and then writes it whole. Rows go to a temporary file once they take 16 MiB; Close removes it.
type XLSX struct {
	file   *excelize.File
	stream *excelize.StreamWriter
	name   string
	header []string
	sheets int
	rows   int // of the present sheet, the header included
	styles map[int]int
	line   []any
}

// NewXLSX makes a workbook whose sheets are called name (name 2, …) and begin with header. The caller must Close it.
func NewXLSX(name string, header []string) (*XLSX, error) {
	x := &XLSX{file: excelize.NewFile(), name: name, header: header, styles: map[int]int{}}
	if err := x.file.SetSheetName("Sheet1", name); err != nil {
		return nil, errors.Join(err, x.Close())
	}
	if err := x.begin(name); err != nil {
		return nil, errors.Join(err, x.Close())
	}
	return x, nil
}

// begin begins a sheet that is there.
func (x *XLSX) begin(name string) (err error) {
	if x.stream, err = x.file.NewStreamWriter(name); err != nil {
		return err
	}
	x.sheets, x.rows = x.sheets+1, 0
	if err := x.stream.SetColWidth(1, len(x.header), 20); err != nil {
		return err
	}
	if err := x.stream.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return err
	}
	row := make([]Cell, len(x.header))
	for i, text := range x.header {
		row[i] = Text(text)
	}
	return x.put(row)
}

// Write takes a row.
func (x *XLSX) Write(row []Cell) error {
	if x.rows > perSheet {
		if err := x.stream.Flush(); err != nil {
			return err
		}
		name := fmt.Sprintf("%s %d", x.name, x.sheets+1)
		if _, err := x.file.NewSheet(name); err != nil {
			return err
		}
		if err := x.begin(name); err != nil {
			return err
		}
	}
	return x.put(row)
}

func (x *XLSX) put(row []Cell) error {
	x.line = x.line[:0]
	for _, c := range row {
		value, err := x.value(c)
		if err != nil {
			return err
		}
		x.line = append(x.line, value)
	}
	x.rows++
	return x.stream.SetRow("A"+strconv.Itoa(x.rows), x.line)
}

// value is a cell as the library takes it. Text is kept as text: it is never a formula here. What is longer than a cell can hold is cut by the library.
func (x *XLSX) value(c Cell) (any, error) {
	if !c.number {
		if c.text == "" {
			return nil, nil
		}
		style, err := x.style(formatText, "")
		return excelize.Cell{StyleID: style, Value: c.text}, err
	}
	_, fraction, _ := strings.Cut(c.text, ".")
	n, err := strconv.ParseFloat(c.text, 64)
	if err != nil {
		return nil, err
	}
	var style int
	switch len(fraction) {
	case 0:
		style, err = x.style(formatWhole, "")
	case 2:
		style, err = x.style(formatCents, "")
	default:
		style, err = x.style(-len(fraction), "0."+strings.Repeat("0", len(fraction)))
	}
	return excelize.Cell{StyleID: style, Value: n}, err
}

// style is the number of a style, made once for each format.
func (x *XLSX) style(format int, custom string) (int, error) {
	if id, ok := x.styles[format]; ok {
		return id, nil
	}
	s := &excelize.Style{NumFmt: format}
	if custom != "" {
		s = &excelize.Style{CustomNumFmt: &custom}
	}
	id, err := x.file.NewStyle(s)
	x.styles[format] = id
	return id, err
}

// WriteTo writes the workbook. No row can be written afterwards.
func (x *XLSX) WriteTo(w io.Writer) (int64, error) {
	if err := x.stream.Flush(); err != nil {
		return 0, err
	}
	// The library would gather the whole file in a buffer of its own; what it is told to zip into is ours instead, and the buffer stays empty.
	out := &counted{w: w}
	x.file.SetZipWriter(func(io.Writer) excelize.ZipWriter { return zip.NewWriter(out) })
	_, err := x.file.WriteTo(io.Discard)
	return out.n, err
}

// Close removes what the workbook has on the disk.
func (x *XLSX) Close() error { return x.file.Close() }

// counted counts what is written.
type counted struct {
	w io.Writer
	n int64
}

func (c *counted) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	return n, err
}
