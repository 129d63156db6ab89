package design

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/google/uuid"
)

// journal keeps every "placed" that was answered, about 24 bytes each, to compare with the database afterwards.
type journal struct {
	mu      sync.Mutex
	chunks  [][]acknowledged
	unknown int // answers that were lost: these orders may be there or not
}

type acknowledged struct {
	order uuid.UUID
	user  uint64
}

// chunkSize keeps the journal from copying itself while it grows in the middle of a measurement.
const chunkSize = 8192

// note keeps an answer. It is called before the answer is given.
func (j *journal) note(class string, order uuid.UUID, user uint64) {
	if class != Placed && class != Unknown {
		return
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if class == Unknown {
		j.unknown++
		return
	}
	last := len(j.chunks) - 1
	if last < 0 || len(j.chunks[last]) == chunkSize {
		j.chunks = append(j.chunks, make([]acknowledged, 0, chunkSize))
		last++
	}
	j.chunks[last] = append(j.chunks[last], acknowledged{order, user})
}

func (j *journal) sorted() (all []acknowledged, unknown int) {
	j.mu.Lock()
	defer j.mu.Unlock()
	all = slices.Concat(j.chunks...)
	slices.SortFunc(all, func(a, b acknowledged) int { return bytes.Compare(a.order[:], b.order[:]) })
	return all, j.unknown
}

// comparison is what the journal and the table have in common and what not.
type comparison struct {
	lost, foreign, silent int       // answered and not there; there for another shopper; there and never answered
	example               [3]string // one of each
	acknowledged, unknown int
}

// compare reads the orders of the items first to last in order of id and walks both lists together.
func (j *journal) compare(ctx context.Context, db *sql.DB, first, last uint64) (c comparison, err error) {
	all, unknown := j.sorted()
	c.acknowledged, c.unknown = len(all), unknown
	rows, err := db.QueryContext(ctx, "SELECT id, user_id FROM orders WHERE item_id BETWEEN ? AND ? ORDER BY id", first, last)
	if err != nil {
		return c, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	var id sql.RawBytes
	var user uint64
	for rows.Next() {
		if err := rows.Scan(&id, &user); err != nil {
			return c, err
		}
		for len(all) > 0 && bytes.Compare(all[0].order[:], id) < 0 {
			c.miss(all[0])
			all = all[1:]
		}
		switch {
		case len(all) == 0 || !bytes.Equal(all[0].order[:], id):
			c.silent++
			c.example[2] = fmt.Sprintf("order %x of shopper %d", []byte(id), user)
		default:
			if all[0].user != user {
				c.foreign++
				c.example[1] = fmt.Sprintf("order %x belongs to shopper %d and was promised to %d", []byte(id), user, all[0].user)
			}
			all = all[1:]
		}
	}
	for _, a := range all {
		c.miss(a)
	}
	return c, rows.Err()
}

func (c *comparison) miss(a acknowledged) {
	c.lost++
	c.example[0] = fmt.Sprintf("order %x of shopper %d", a.order[:], a.user)
}

// broken says what is wrong, one line each.
func (c comparison) broken() (lines []string) {
	if c.lost > 0 {
		lines = append(lines, fmt.Sprintf("%d of %d orders were answered \"placed\" and are not in the database, for example %s",
			c.lost, c.acknowledged, c.example[0]))
	}
	if c.foreign > 0 {
		lines = append(lines, fmt.Sprintf("%d orders belong to another shopper than was answered, for example %s", c.foreign, c.example[1]))
	}
	if c.silent > c.unknown {
		lines = append(lines, fmt.Sprintf("%d orders are in the database and were not answered \"placed\", but only %d answers were lost, for example %s",
			c.silent, c.unknown, c.example[2]))
	}
	return lines
}

// Audit compares stock, orders and journal.
func (b *base) Audit(ctx context.Context) (broken []string, err error) {
	var orders, units, doubled int
	const query = "SELECT COUNT(*), COALESCE(SUM(units), 0), COUNT(*) - COUNT(DISTINCT user_id, item_id) FROM orders"
	if err := b.db.QueryRowContext(ctx, query).Scan(&orders, &units, &doubled); err != nil {
		return nil, fmt.Errorf("audit: %w", err)
	}
	if units != orders {
		broken = append(broken, fmt.Sprintf("%d orders have %d units, one each is right", orders, units))
	}
	if doubled > 0 {
		broken = append(broken, fmt.Sprintf("%d orders are a second one of their shopper", doubled))
	}
	if b.units >= 0 {
		left, least, err := b.left(ctx)
		if err != nil {
			return nil, fmt.Errorf("audit: %w", err)
		}
		if orders > b.units {
			broken = append(broken, fmt.Sprintf("oversold: %d orders of %d units", orders, b.units))
		}
		if left+orders != b.units {
			broken = append(broken, fmt.Sprintf("%d left and %d orders are %d, on sale were %d", left, orders, left+orders, b.units))
		}
		if least < 0 {
			broken = append(broken, fmt.Sprintf("a stock row has %d units", least))
		}
	}
	c, err := b.compare(ctx, b.db, itemID, uint64(b.last()))
	if err != nil {
		return nil, fmt.Errorf("audit: %w", err)
	}
	return append(broken, c.broken()...), nil
}
