package design

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"math/rand/v2"

	"github.com/google/uuid"
)

// tries bounds the attempts at an order that the database rolled back (deadlock, lock wait) before its shopper is told Busy.
const tries = 8

// tableRun is a design in which every order is a call of its own to the database.
type tableRun struct {
	*base
	shards int
	try    attempt
	// afterRead is called by `oversells` between its read and its write; a test makes the race certain with it.
	afterRead func()
}

// attempt tries once to place an order on a connection. Error 1062 means that the shopper has one.
type attempt func(ctx context.Context, r *tableRun, conn *sql.Conn, order uuid.UUID, user uint64) (class string, err error)

// Buy repeats an attempt that had no effect; a lost answer is Unknown.
func (r *tableRun) Buy(ctx context.Context, user uint64) (string, error) {
	order := uuid.Must(uuid.NewV7())
	class, err := r.settle(ctx, order, user)
	r.note(class, order, user)
	return class, err
}

func (r *tableRun) settle(ctx context.Context, order uuid.UUID, user uint64) (string, error) {
	for range tries {
		conn, err := r.db.Conn(ctx)
		if err != nil {
			if ctx.Err() != nil {
				return Busy, nil
			}
			return Failed, err
		}
		class, err := r.try(context.WithoutCancel(ctx), r, conn, order, user)
		_ = conn.Close() // a broken connection is dropped by the pool itself
		switch number := errorNumber(err); {
		case err == nil:
			return class, nil
		case number == 1062:
			return AlreadyOrdered, nil
		case number == 1213 || number == 1205 || number == 1020 || errors.Is(err, driver.ErrBadConn):
			continue
		case number == 0:
			return Unknown, nil
		default:
			return Failed, err
		}
	}
	return Busy, nil
}

// inTransaction commits if what do placed an order, and rolls back otherwise.
func inTransaction(ctx context.Context, conn *sql.Conn, do func(tx *sql.Tx) (string, error)) (string, error) {
	tx, err := conn.BeginTx(ctx, nil) // READ COMMITTED is set on the connection
	if err != nil {
		return "", err
	}
	class, err := do(tx)
	if err == nil && class == Placed {
		return class, tx.Commit()
	}
	return class, errors.Join(err, tx.Rollback())
}

const insertOrder = `INSERT INTO orders (id, item_id, user_id, units, unit_price_cents, state, placed_at, hold_expires_at)
VALUES (?, ?, ?, 1, ?, 'held', UTC_TIMESTAMP(6), UTC_TIMESTAMP(6) + INTERVAL 10 MINUTE)`

func attemptInsert(ctx context.Context, _ *tableRun, conn *sql.Conn, order uuid.UUID, user uint64) (string, error) {
	_, err := conn.ExecContext(ctx, insertOrder, order[:], itemID, user, priceCents)
	return Placed, err
}

func attemptTutorial(ctx context.Context, _ *tableRun, conn *sql.Conn, order uuid.UUID, user uint64) (string, error) {
	return inTransaction(ctx, conn, func(tx *sql.Tx) (string, error) {
		var available int
		if err := tx.QueryRowContext(ctx, "SELECT available FROM stock WHERE item_id = ? AND shard = 0 FOR UPDATE", itemID).Scan(&available); err != nil {
			return "", err
		}
		if available < 1 {
			return SoldOut, nil
		}
		if _, err := tx.ExecContext(ctx, "UPDATE stock SET available = available - 1 WHERE item_id = ? AND shard = 0", itemID); err != nil {
			return "", err
		}
		_, err := tx.ExecContext(ctx, insertOrder, order[:], itemID, user, priceCents)
		return Placed, err
	})
}

func attemptConditional(ctx context.Context, _ *tableRun, conn *sql.Conn, order uuid.UUID, user uint64) (string, error) {
	return inTransaction(ctx, conn, func(tx *sql.Tx) (string, error) {
		if _, err := tx.ExecContext(ctx, insertOrder, order[:], itemID, user, priceCents); err != nil {
			return "", err
		}
		result, err := tx.ExecContext(ctx, "UPDATE stock SET available = available - 1 WHERE item_id = ? AND shard = 0 AND available >= 1", itemID)
		if err != nil {
			return "", err
		}
		if n, err := result.RowsAffected(); err != nil || n == 0 {
			return SoldOut, err
		}
		return Placed, nil
	})
}

// attemptOversell is the control: what it read may be stale when it writes it back.
func attemptOversell(ctx context.Context, r *tableRun, conn *sql.Conn, order uuid.UUID, user uint64) (string, error) {
	var available int
	if err := conn.QueryRowContext(ctx, "SELECT available FROM stock WHERE item_id = ? AND shard = 0", itemID).Scan(&available); err != nil {
		return "", err
	}
	if available < 1 {
		return SoldOut, nil
	}
	if r.afterRead != nil {
		r.afterRead()
	}
	return inTransaction(ctx, conn, func(tx *sql.Tx) (string, error) {
		if _, err := tx.ExecContext(ctx, insertOrder, order[:], itemID, user, priceCents); err != nil {
			return "", err
		}
		_, err := tx.ExecContext(ctx, "UPDATE stock SET available = ? WHERE item_id = ? AND shard = 0", available-1, itemID)
		return Placed, err
	})
}

func attemptCall(ctx context.Context, _ *tableRun, conn *sql.Conn, order uuid.UUID, user uint64) (class string, err error) {
	err = conn.QueryRowContext(ctx, "CALL buy_one(?, ?, ?, ?)", order[:], itemID, user, priceCents).Scan(&class)
	return class, err
}

func attemptSharded(ctx context.Context, r *tableRun, conn *sql.Conn, order uuid.UUID, user uint64) (class string, err error) {
	err = conn.QueryRowContext(ctx, "CALL buy_sharded(?, ?, ?, ?, ?)", order[:], itemID, user, priceCents, r.shards).Scan(&class)
	return class, err
}

func attemptUnit(ctx context.Context, r *tableRun, conn *sql.Conn, order uuid.UUID, user uint64) (class string, err error) {
	start := 1 + rand.IntN(max(1, r.units))
	err = conn.QueryRowContext(ctx, "CALL buy_unit(?, ?, ?, ?, ?)", order[:], itemID, user, priceCents, start).Scan(&class)
	return class, err
}

// baselines are the designs of one call or transaction per order.
func baselines() []Design {
	design := func(id, what string, pools, shards []int, try attempt, objects ...string) Design {
		open := func(ctx context.Context, env Env, s Settings) (Run, error) {
			return openTable(ctx, env, id, s, try, objects)
		}
		return Design{ID: id, What: what, Pools: pools, Shards: shards, Durable: true, Open: open}
	}
	return []Design{
		design("insert", "one INSERT of an order per transaction, no stock: the ceiling of one commit per order", []int{64, 32, 128}, nil,
			attemptInsert, "orders"),
		design("tutorial", "BEGIN; SELECT … FOR UPDATE; UPDATE; INSERT; COMMIT from Go", []int{4, 8, 32}, nil,
			attemptTutorial, "orders", "stock"),
		design("conditional", "BEGIN; INSERT; UPDATE … WHERE available >= 1; COMMIT from Go", []int{4, 8, 32}, nil,
			attemptConditional, "orders", "stock"),
		design("call", "one CALL per order: INSERT first, conditional UPDATE last, COMMIT inside", []int{8, 4, 32}, nil,
			attemptCall, "orders", "stock", "buy_one"),
		design("call_shards", "one CALL per order, several stock rows, on to the next where one is empty", []int{32, 8, 64}, []int{16, 2, 4, 8},
			attemptSharded, "orders", "stock", "buy_sharded"),
		design("unit_rows", "one CALL per order, a row per unit, SELECT … FOR UPDATE SKIP LOCKED LIMIT 1", []int{64, 32, 128}, nil,
			attemptUnit, "orders", "units", "buy_unit"),
		design("oversells", "control: SELECT, then UPDATE to the number read less one, without a lock; the audit must catch it", []int{32, 8}, nil,
			attemptOversell, "orders", "stock"),
	}
}

func openTable(ctx context.Context, env Env, id string, s Settings, try attempt, objects []string) (Run, error) {
	b, err := openBase(ctx, env, id, s, objects...)
	if err != nil {
		return nil, err
	}
	r := &tableRun{base: b, shards: max(1, s.Shards), try: try}
	switch id {
	case "insert":
		b.units = -1
	case "unit_rows":
		b.left = b.rowsLeft
		err = b.fillUnits(ctx)
	default:
		err = b.fillStock(ctx, r.shards)
	}
	if err != nil {
		return nil, errors.Join(err, b.Close())
	}
	return r, nil
}

// fillUnits makes a row per unit.
func (b *base) fillUnits(ctx context.Context) error {
	for from := 1; from <= b.units; from += fillChunk {
		if _, err := b.db.ExecContext(ctx, statement("add_units"), from, from, b.units); err != nil {
			return err
		}
	}
	return nil
}

func (b *base) rowsLeft(ctx context.Context) (sum, least int, err error) {
	err = b.db.QueryRowContext(ctx, "SELECT COUNT(*) FROM units WHERE item_id = ?", itemID).Scan(&sum)
	return sum, sum, err
}
