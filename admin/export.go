package admin

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/binary"
	"io"

	"doorbuster/admin/sheet"
	"doorbuster/store"
	"doorbuster/web/ui"
)

// walkStep is how many orders are looked at by one call: what an export holds in memory.
const walkStep = 1000

// Formats of exported files.
const (
	formatCSV  = "csv"
	formatXLSX = "xlsx"
)

// delimiters are the ways to part the cells of CSV, by their names.
var delimiters = map[string]rune{"comma": ',', "semicolon": ';', "tab": '\t'}

// exportColumns are the names of the columns. They are for machines, so they are the same in each language and do not change.
var exportColumns = []string{
	"order_id", "placed_at", "state", "sale_id", "sale_title", "item_id", "sku", "item_title", "units", "unit_price", "total", "currency", "buyer_id", "buyer_name", "buyer_email",
	"paid_at", "closed_at", "hold_expires_at", "request_id",
}

// exportCells are the cells of an order, as exportColumns has them. row is used again.
func exportCells(row []sheet.Cell, o store.ExportedOrder) []sheet.Cell {
	money := func(minor int64) sheet.Cell {
		return sheet.Decimal(ui.Money{Minor: minor, Currency: o.Currency}.Decimal())
	}
	return append(row[:0],
		sheet.Text(o.ID.String()), sheet.Time(&o.PlacedAt), sheet.Text(o.State), sheet.Number(int64(o.SaleID)), sheet.Text(o.SaleTitle), sheet.Number(int64(o.ItemID)), sheet.Text(o.SKU),
		sheet.Text(o.Title), sheet.Number(int64(o.Units)), money(o.UnitPriceCents), money(int64(o.Units)*o.UnitPriceCents), sheet.Text(o.Currency), sheet.Number(int64(o.UserID)),
		sheet.Text(o.Name), sheet.Text(o.Email), sheet.Time(o.PaidAt), sheet.Time(o.ClosedAt), sheet.Time(o.HoldExpiresAt), sheet.Text(o.RequestID.String()),
	)
}

// csvHead is what a CSV file begins with.
func csvHead(w io.Writer, f store.FileFormat) error {
	if f.BOM {
		if _, err := io.WriteString(w, sheet.BOM); err != nil {
			return err
		}
	}
	row := make([]sheet.Cell, len(exportColumns))
	for i, name := range exportColumns {
		row[i] = sheet.Text(name)
	}
	c := sheet.NewCSV(w, delimiters[f.Delimiter])
	if err := c.Write(row); err != nil {
		return err
	}
	return c.Flush()
}

// csvRows writes orders as lines of CSV.
func csvRows(w io.Writer, f store.FileFormat, orders []store.ExportedOrder) error {
	c := sheet.NewCSV(w, delimiters[f.Delimiter])
	var row []sheet.Cell
	for _, o := range orders {
		row = exportCells(row, o)
		if err := c.Write(row); err != nil {
			return err
		}
	}
	return c.Flush()
}

// csvPart is a part of a CSV file as it is kept: a gzip stream of its own, so that any console can go on with the next one.
func csvPart(f store.FileFormat, head bool, orders []store.ExportedOrder) ([]byte, error) {
	var part bytes.Buffer
	z := gzip.NewWriter(&part)
	if head {
		if err := csvHead(z, f); err != nil {
			return nil, err
		}
	}
	if err := csvRows(z, f, orders); err != nil {
		return nil, err
	}
	err := z.Close()
	return part.Bytes(), err
}

// writeExport writes a small export at once. It looks at the first orders before it writes, so that a fault there can still be told.
func (s *Server) writeExport(ctx context.Context, by store.Actor, orders store.OrderRange, f store.FileFormat, w io.Writer) (err error) {
	var book *sheet.XLSX
	if f.Format == formatXLSX {
		if book, err = sheet.NewXLSX("orders", exportColumns); err != nil {
			return err
		}
		defer func() { err = joinClose(err, book) }()
	}
	var after []byte
	var row []sheet.Cell
	for first := true; ; first = false {
		walked, err := s.store.WalkOrders(ctx, by, orders, after, walkStep)
		if err != nil {
			return err
		}
		if book == nil && first {
			if err := csvHead(w, f); err != nil {
				return err
			}
		}
		if book == nil {
			err = csvRows(w, f, walked.Orders)
		}
		for i := 0; book != nil && err == nil && i < len(walked.Orders); i++ {
			row = exportCells(row, walked.Orders[i])
			err = book.Write(row)
		}
		if err != nil {
			return err
		}
		if after = walked.Last; !walked.More {
			break
		}
	}
	if book != nil {
		_, err = book.WriteTo(w)
	}
	return err
}

// progressOf is how far a walk has come, in thousandths, by the time in the numbers of orders: for when nobody counted them.
func progressOf(r store.OrderRange, at []byte) int {
	millis := func(id []byte) uint64 {
		var b [8]byte
		copy(b[2:], id[:min(len(id), 6)])
		return binary.BigEndian.Uint64(b[:])
	}
	first, last, now := millis(r.First), millis(r.Last), millis(at)
	if now <= first || last <= first {
		return 0
	}
	return int(min((now-first)*1000/(last-first), 999))
}

// share is part of all in thousandths, below the whole until the task has ended.
func share(part int64, all *int64, orders store.OrderRange, at []byte) int {
	if all == nil || *all <= 0 {
		return progressOf(orders, at)
	}
	return int(min(part*1000 / *all, 999))
}
