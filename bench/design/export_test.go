package design

import (
	"context"
	"database/sql"

	"github.com/google/uuid"
)

// AfterRead calls hook between the read and the write of `oversells`.
func AfterRead(r Run, hook func()) { r.(*tableRun).afterRead = hook }

// DB is the pool of a run on a database of its own.
func DB(r Run) *sql.DB {
	switch run := r.(type) {
	case *tableRun:
		return run.db
	case *bareRun:
		return run.db
	case *redisRun:
		return run.db
	case *shopRun:
		return run.shop.root
	case *Flag:
		return DB(run.Run)
	}
	return nil
}

// ItemOf is the number of the item that a run sells.
func ItemOf(r Run) uint64 {
	if run, ok := r.(*shopRun); ok {
		return run.item
	}
	return itemID
}

// Root is the shop's pool as root.
func (s *Shop) Root() *sql.DB { return s.root }

// SetRedis changes a setting of the Redis behind a run.
func SetRedis(ctx context.Context, r Run, name, value string) error {
	return r.(*redisRun).client.ConfigSet(ctx, name, value).Err()
}

// RedisInfo is what the Redis behind a run says of itself.
func RedisInfo(ctx context.Context, r Run, section string) (string, error) {
	return r.(*redisRun).client.Info(ctx, section).Result()
}

// FlushScripts makes the Redis behind a run forget the script.
func FlushScripts(ctx context.Context, r Run) error {
	return r.(*redisRun).client.ScriptFlush(ctx).Err()
}

// PressConns is how many connections the presses have.
func PressConns(r Run) int { return int(r.(*redisRun).presses.PoolStats().TotalConns) }

// NewCombiner is a combiner of one sender, one ask of a shopper per batch. waiting counts the asks that no batch has taken.
func NewCombiner(send func(users []uint64) error) (buy func(context.Context, uint64) (string, error), waiting func() int, stop func()) {
	c := newCombiner(1, true, func(_ context.Context, batch []*ask) error {
		var users []uint64
		for _, a := range batch {
			users = append(users, a.user)
		}
		setAll(batch, Placed)
		return send(users)
	})
	buy = func(ctx context.Context, user uint64) (string, error) { return c.buy(ctx, uuid.New(), user) }
	return buy, func() int { return len(c.waiting) }, c.close
}

// QueueSize is how many asks may wait.
const QueueSize = queueSize
