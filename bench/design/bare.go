package design

import (
	"context"
	"database/sql/driver"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"

	"github.com/google/uuid"
)

// bareRun is the product's idea without its features: a combiner and a procedure that knows order and stock.
type bareRun struct {
	*base
	combiner *combiner
}

func bare() Design {
	return Design{
		ID: "bare", What: "a combiner and one CALL per batch: order and stock only, no ledger, no outbox, no window, no limit", Pools: []int{1},
		Durable: true, Open: openBare,
	}
}

func openBare(ctx context.Context, env Env, s Settings) (Run, error) {
	b, err := openBase(ctx, env, "bare", s, "orders", "stock", "buy_batch")
	if err != nil {
		return nil, err
	}
	if err := b.fillStock(ctx, 1); err != nil {
		return nil, errors.Join(err, b.Close())
	}
	r := &bareRun{base: b}
	// A second batch in flight would only wait for the first one's stock row, and a shopper could be in both.
	r.combiner = newCombiner(1, true, r.send)
	return r, nil
}

// Buy waits for the batch that the shopper gets into.
func (r *bareRun) Buy(ctx context.Context, user uint64) (string, error) {
	order := uuid.Must(uuid.NewV7())
	class, err := r.combiner.buy(ctx, order, user)
	r.note(class, order, user)
	return class, err
}

// send carries one batch to its end and writes each class.
func (r *bareRun) send(ctx context.Context, batch []*ask) error {
	requests := requestsJSON(batch)
	class := Busy // of everybody, unless the database answers
	for range tries {
		err := r.call(ctx, requests, batch)
		number := errorNumber(err)
		switch {
		case err == nil:
			return nil
		case number == 1213 || number == 1205 || number == 1020 || errors.Is(err, driver.ErrBadConn):
			continue
		case number == 0:
			class, err = Unknown, nil
		default:
			class = Failed
		}
		setAll(batch, class)
		return err
	}
	setAll(batch, class)
	return nil
}

func setAll(batch []*ask, class string) {
	for _, a := range batch {
		a.class = class
	}
}

func (r *bareRun) call(ctx context.Context, requests string, batch []*ask) (err error) {
	rows, err := r.db.QueryContext(ctx, "CALL buy_batch(?, ?, ?)", itemID, priceCents, requests)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	n := 0
	for rows.Next() {
		var arrival int
		var class string
		if err := rows.Scan(&arrival, &class); err != nil {
			return err
		}
		batch[arrival-1].class = class
		n++
	}
	if err := rows.Err(); err != nil {
		return err
	}
	if n != len(batch) {
		return fmt.Errorf("%w: %d of %d", errAnswers, n, len(batch))
	}
	return nil
}

// requestsJSON writes the in_requests of buy_batch by hand: nothing in it needs escaping.
func requestsJSON(batch []*ask) string {
	b := make([]byte, 0, 2+len(batch)*56)
	b = append(b, '[')
	for i, a := range batch {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, '[', '"')
		b = hex.AppendEncode(b, a.order[:])
		b = append(b, '"', ',')
		b = strconv.AppendUint(b, a.user, 10)
		b = append(b, ']')
	}
	return string(append(b, ']'))
}

// Close lets the batch in flight end first.
func (r *bareRun) Close() error {
	r.combiner.close()
	return r.base.Close()
}
