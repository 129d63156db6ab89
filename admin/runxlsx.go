package admin

import (
	"context"

	"doorbuster/admin/sheet"
	"doorbuster/store"
)

// xlsxPart is how large a part of a workbook is: one packet of the database.
const xlsxPart = 512 << 10

// exportXLSX gathers the rows of a workbook and then keeps it in parts. A console that takes it over begins anew: such a file is only written whole.
func (r *runner) exportXLSX(ctx context.Context, t store.TakenTask) (err error) {
	book, err := sheet.NewXLSX("orders", exportColumns)
	if err != nil {
		return err
	}
	defer func() { err = joinClose(err, book) }()
	n := store.ExportNote{Seconds: holdTime}
	defer func() {
		if ctx.Err() != nil {
			r.letGo(ctx, t, store.ExportNote{})
		}
	}()
	var row []sheet.Cell
	for after := []byte(nil); ; {
		walked, err := r.walk(ctx, t, after, walkStep)
		if err != nil {
			return err
		}
		if n.Orders += int64(len(walked.Orders)); n.Orders > maxXLSX {
			return stopped(store.TooLarge)
		}
		for _, o := range walked.Orders {
			row = exportCells(row, o)
			if err := book.Write(row); err != nil {
				return err
			}
		}
		if walked.Last != nil {
			after = walked.Last
		}
		n.Progress = share(n.Orders, t.Total, t.Range, after) * 9 / 10 // what is left is for the writing
		if err := r.note(ctx, t, n); err != nil {
			return err
		}
		if !walked.More {
			break
		}
	}
	n.Progress = max(n.Progress, 900)
	parts := &partWriter{part: make([]byte, 0, xlsxPart), keep: func(body []byte) error {
		n.Number, n.Body = n.Number+1, body
		return r.note(ctx, t, n)
	}}
	if _, err := book.WriteTo(parts); err != nil {
		return err
	}
	return parts.end()
}

// partWriter cuts what is written into parts.
type partWriter struct {
	part []byte
	keep func(part []byte) error
}

func (w *partWriter) Write(p []byte) (n int, err error) {
	for len(p) > 0 {
		room := min(cap(w.part)-len(w.part), len(p))
		w.part, p, n = append(w.part, p[:room]...), p[room:], n+room
		if len(w.part) == cap(w.part) {
			if err := w.keep(w.part); err != nil {
				return n, err
			}
			w.part = w.part[:0]
		}
	}
	return n, nil
}

// end keeps what is left.
func (w *partWriter) end() error {
	if len(w.part) == 0 {
		return nil
	}
	return w.keep(w.part)
}
