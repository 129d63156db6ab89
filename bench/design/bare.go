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

// bareRun is the product's idea without its features: a combiner and a procedure that knows order and stock. What the product does not
// reach is compared with it: what it does not reach either is not the features' fault.
type bareRun struct {
	*base
	combiners []*combiner
	statement string // the CALL
	first     int    // its first argument
}

func bares() []Design {
	return []Design{
		{
			ID: "bare", What: "a combiner and one CALL per batch: order and stock only, no ledger, no outbox, no window, no limit", Pools: []int{1},
			Durable: true, Open: openBare,
		},
		{
			ID: "bare_pair", What: "bare with two combiners, each with half of the shoppers: two processes on one item without their own cost",
			Pools: []int{2}, Durable: true, Open: openBare,
		},
		{
			ID: "bare_items", What: "bare with as many items as there are stock rows, which are in one batch: shopper n wants item n modulo their number",
			Pools: []int{1}, Shards: []int{1, 1000}, Durable: true, Open: openBareItems,
		},
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
	return newBareRun(b, s.Pool, "CALL buy_batch(?, ?, ?)", itemID), nil
}

func openBareItems(ctx context.Context, env Env, s Settings) (Run, error) {
	b, err := openBase(ctx, env, "bare_items", s, "orders", "stock", "buy_batch_items")
	if err != nil {
		return nil, err
	}
	b.items = s.Shards
	if err := b.fillItems(ctx); err != nil {
		return nil, errors.Join(err, b.Close())
	}
	return newBareRun(b, 1, "CALL buy_batch_items(?, ?, ?)", b.items), nil
}

// newBareRun starts the combiners. Each has one batch in flight: a second one would only wait for the first one's stock row, and a shopper
// could be in both.
func newBareRun(b *base, combiners int, statement string, first int) *bareRun {
	r := &bareRun{base: b, statement: statement, first: first}
	for range combiners {
		r.combiners = append(r.combiners, newCombiner(1, true, r.send))
	}
	return r
}

// Buy waits for the batch that the shopper gets into.
func (r *bareRun) Buy(ctx context.Context, user uint64) (string, error) {
	order := uuid.Must(uuid.NewV7())
	class, err := r.combiners[user%uint64(len(r.combiners))].buy(ctx, order, user)
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
	rows, err := r.db.QueryContext(ctx, r.statement, r.first, priceCents, requests)
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

// requestsJSON writes the in_requests of the procedures by hand: nothing in it needs escaping.
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

// Close lets the batches in flight end first.
func (r *bareRun) Close() error {
	for _, c := range r.combiners {
		c.close()
	}
	return r.base.Close()
}
