package design

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

const (
	fillChunk   = 62_500         // rows that a statement of the fill makes at most, in one transaction
	oldItems    = 10             // items of the ended sale; the statements know it too
	oldBatch    = 2500           // orders placed at once in the ended sale, 250 of each item; likewise
	oldSaleTime = 86_400_000_000 // microseconds that the ended sale was open
	fillConns   = 2              // writers at once: a server with one writer leaves a core idle
)

// filler runs the statements of a fill on one connection, which the binary log does not record: nothing here is to be replicated, and
// writing everything twice would take the longer half of the time.
func (s *Shop) filler(ctx context.Context, do func(conn *sql.Conn) error) (err error) {
	conn, err := s.root.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	if _, err := conn.ExecContext(ctx, "SET SESSION sql_log_bin = 0"); err != nil {
		return err
	}
	err = do(conn)
	_, back := conn.ExecContext(context.WithoutCancel(ctx), "SET SESSION sql_log_bin = 1")
	return errors.Join(err, back)
}

// run runs statements of sql/ one after another, each committed by itself.
func run(ctx context.Context, conn *sql.Conn, names ...string) error {
	for _, name := range names {
		if _, err := conn.ExecContext(ctx, statement(name)); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

// SeedShoppers creates the shoppers 1 to n, or those of them that are missing at the end.
func (s *Shop) SeedShoppers(ctx context.Context, n int) error {
	return s.filler(ctx, func(conn *sql.Conn) error {
		var last int
		if err := conn.QueryRowContext(ctx, "SELECT COALESCE(MAX(id), 0) FROM users").Scan(&last); err != nil {
			return err
		}
		for from := last + 1; from <= n; from += fillChunk {
			if _, err := conn.ExecContext(ctx, "SET @from = ?, @until = ?", from, n); err != nil {
				return err
			}
			if err := run(ctx, conn, "seed_shoppers"); err != nil {
				return err
			}
		}
		return nil
	})
}

// FillOrders writes n orders of an ended sale of its own, with the ledger lines, stock and messages that the audit asks for. They belong
// to the shoppers 1 to n/10, ten items each: let the shoppers of a measurement be among those, so that their new orders land in the
// middle of the index and not at its end.
func (s *Shop) FillOrders(ctx context.Context, n int) error {
	if n < 1 {
		return nil
	}
	var f fill
	err := s.filler(ctx, func(conn *sql.Conn) (err error) {
		f, err = oldSale(ctx, conn, n)
		return err
	})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	chunks := make(chan int, n/fillChunk+1)
	for from := 0; from < n; from += fillChunk {
		chunks <- from
	}
	close(chunks)
	failures := make(chan error, fillConns)
	for range fillConns {
		go func() {
			err := s.filler(ctx, func(conn *sql.Conn) error { return f.write(ctx, conn, chunks) })
			if err != nil {
				cancel() // the other need not go on
			}
			failures <- err
		}()
	}
	var failed error
	for range fillConns {
		failed = errors.Join(failed, <-failures)
	}
	return failed
}

// fill is an old sale that orders are written of.
type fill struct {
	orders          int
	sale, firstItem int
}

// write writes chunks, each given by its first order, until there is none.
func (f fill) write(ctx context.Context, conn *sql.Conn, chunks <-chan int) error {
	step := oldSaleTime / (f.orders/oldBatch + 1)
	for from := range chunks {
		until := min(from+fillChunk, f.orders)
		const set = "SET @sale_id = ?, @first_item = ?, @step = ?, @from = ?, @until = ?"
		if _, err := conn.ExecContext(ctx, set, f.sale, f.firstItem, step, from, until); err != nil {
			return err
		}
		written, err := conn.ExecContext(ctx, statement("fill_orders"))
		if err != nil {
			return fmt.Errorf("fill_orders: %w", err)
		}
		if n, err := written.RowsAffected(); err != nil || n != int64(until-from) {
			return errors.Join(fmt.Errorf("fill_orders: %d orders, not %d", n, until-from), err)
		}
		if err := run(ctx, conn, "fill_moves", "fill_outbox"); err != nil {
			return err
		}
	}
	return nil
}

// oldSale makes the ended sale for n orders.
func oldSale(ctx context.Context, conn *sql.Conn, n int) (f fill, err error) {
	f.orders = n
	if err := run(ctx, conn, "fill_sale"); err != nil {
		return f, err
	}
	if _, err := conn.ExecContext(ctx, "SET @sale_id = LAST_INSERT_ID()"); err != nil {
		return f, err
	}
	for i := range oldItems {
		units := (n + oldItems - 1 - i) / oldItems
		if _, err := conn.ExecContext(ctx, "SET @position = ?, @units = ?", i+1, units); err != nil {
			return f, err
		}
		if err := run(ctx, conn, "fill_item"); err != nil {
			return f, err
		}
	}
	var last int
	err = conn.QueryRowContext(ctx, "SELECT @sale_id, MIN(id), MAX(id) FROM items WHERE sale_id = @sale_id").Scan(&f.sale, &f.firstItem, &last)
	if err != nil {
		return f, err
	}
	if last-f.firstItem != oldItems-1 {
		return f, errors.New("fill: somebody else adds items at the same time")
	}
	return f, run(ctx, conn, "fill_stock", "fill_allotted")
}
