package design

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/redis/go-redis/v9"
)

// redisRun is the popular design: Redis decides and queues in one script, and the orders come to the database later.
//
// The plain ones call the script once per press, each press on a connection of the pool, as flash-sale projects do. In the others the
// presses of many goroutines go to Redis in pipelines: that is the product's idea of one call for a crowd, lent to Redis.
type redisRun struct {
	*base
	mode     aofMode
	client   *redis.Client // of the consumer and whoever counts
	presses  *redis.Client // its pool is the one that is searched for
	script   *redis.Script
	keys     []string  // stock, buyers, queue
	combiner *combiner // nil: one call per press
	writer   *writer
}

// aofMode is how Redis keeps its append-only file.
type aofMode struct{ enabled, fsync string }

//go:embed redis_buy.lua
var buyScript string

func redisDesigns() []Design {
	design := func(id, what string, mode aofMode, durable bool) Design {
		open := func(ctx context.Context, env Env, s Settings) (Run, error) {
			return openRedis(ctx, env, id, s, mode, true)
		}
		return Design{ID: id, What: what, Pools: []int{4, 2, 1, 8}, Durable: durable, Open: open}
	}
	plain := Design{
		ID: "redis_plain_off", Pools: []int{32, 8, 16, 64, 128, 256}, // over HTTP no more than 256 ask at once
		What: "Redis script and stream, one call per press, a consumer writes the orders to the database; append-only file off",
	}
	plain.Open = func(ctx context.Context, env Env, s Settings) (Run, error) {
		return openRedis(ctx, env, plain.ID, s, aofMode{enabled: "no"}, false)
	}
	const what = "Redis script and stream, presses in pipelines, a consumer writes the orders to the database; append-only file "
	return []Design{
		plain,
		design("redis_off", what+"off", aofMode{enabled: "no"}, false),
		design("redis_everysec", what+"written to disk every second", aofMode{"yes", "everysec"}, false),
		design("redis_always", what+"on disk before each answer", aofMode{"yes", "always"}, true),
	}
}

func openRedis(ctx context.Context, env Env, id string, s Settings, mode aofMode, pipelines bool) (Run, error) {
	if env.Redis == "" {
		return nil, errors.New("no address of a Redis")
	}
	own := s
	own.Pool = 2 // the consumer and whoever counts
	b, err := openBase(ctx, env, id, own, "orders")
	if err != nil {
		return nil, err
	}
	r := &redisRun{base: b, mode: mode, script: redis.NewScript(buyScript), keys: []string{b.name + ":stock", b.name + ":buyers", b.name + ":queue"}}
	b.left = r.stockLeft
	r.client, r.presses = newClient(env.Redis, own.Pool), newClient(env.Redis, s.Pool)
	if err := r.prepare(ctx); err != nil {
		return nil, errors.Join(err, r.presses.Close(), r.client.Close(), b.Close())
	}
	if pipelines {
		r.combiner = newCombiner(s.Pool, false, r.send)
	}
	r.writer = startWriter(b.db, r.client, r.keys[2])
	return r, nil
}

// newClient opens a pool whose connections are kept.
func newClient(address string, pool int) *redis.Client {
	return redis.NewClient(&redis.Options{
		Addr: address, PoolSize: pool, MinIdleConns: pool,
		MaxRetries:  -1, // a press that was sent and sent again would be answered "already_ordered" though it was placed
		ReadTimeout: statementMax, WriteTimeout: statementMax, Protocol: 2, DisableIdentity: true,
	})
}

// prepare sets the append-only file, loads the script and puts the units on the shelf.
func (r *redisRun) prepare(ctx context.Context) error {
	if r.mode.fsync != "" {
		if err := r.client.ConfigSet(ctx, "appendfsync", r.mode.fsync).Err(); err != nil {
			return err
		}
	}
	if err := r.client.ConfigSet(ctx, "appendonly", r.mode.enabled).Err(); err != nil {
		return err
	}
	if err := r.awaitRewrite(ctx); err != nil {
		return err
	}
	if err := r.script.Load(ctx, r.client).Err(); err != nil {
		return err
	}
	return r.client.Set(ctx, r.keys[0], r.units, 0).Err()
}

// awaitRewrite waits until Redis has written the file that switching it on begins with: until then nothing is promised, and the child
// that writes it takes CPU from the measurement. Redis tells nobody when it is done, so it is asked.
func (r *redisRun) awaitRewrite(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		info, err := r.client.Info(ctx, "persistence").Result()
		if err != nil {
			return err
		}
		if strings.Contains(info, "aof_rewrite_in_progress:0") && strings.Contains(info, "aof_rewrite_scheduled:0") {
			return r.checkMode(ctx, info)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// checkMode says whether Redis is as durable as the design's name says.
func (r *redisRun) checkMode(ctx context.Context, info string) error {
	enabled := map[string]string{"no": "aof_enabled:0", "yes": "aof_enabled:1"}[r.mode.enabled]
	if !strings.Contains(info, enabled) || (r.mode.enabled == "yes" && !strings.Contains(info, "aof_last_write_status:ok")) {
		return fmt.Errorf("redis: the append-only file is not as asked (%s)", enabled)
	}
	if r.mode.fsync == "" {
		return nil
	}
	got, err := r.client.ConfigGet(ctx, "appendfsync").Result()
	if err != nil {
		return err
	}
	if got["appendfsync"] != r.mode.fsync {
		return fmt.Errorf("redis: appendfsync is %s, not %s", got["appendfsync"], r.mode.fsync)
	}
	return nil
}

// Buy waits for a connection and its answer, or for the pipeline that the shopper gets into.
func (r *redisRun) Buy(ctx context.Context, user uint64) (class string, err error) {
	order := uuid.Must(uuid.NewV7())
	if r.combiner == nil {
		class, err = classOf(r.script.EvalSha(ctx, r.presses, r.keys, order[:], user))
	} else {
		class, err = r.combiner.buy(ctx, order, user)
	}
	r.note(class, order, user)
	return class, err
}

// send runs the script for each ask in one pipeline.
func (r *redisRun) send(ctx context.Context, batch []*ask) error {
	pipe := r.presses.Pipeline()
	answers := make([]*redis.Cmd, len(batch))
	for i, a := range batch {
		answers[i] = r.script.EvalSha(ctx, pipe, r.keys, a.order[:], a.user)
	}
	_, _ = pipe.Exec(ctx) // its error is that of one of the answers
	var fault error
	for i, a := range batch {
		class, err := classOf(answers[i])
		if a.class = class; err != nil {
			fault = err
		}
	}
	return fault
}

// classOf reads an answer of the script. An error of its own says that Redis did nothing; an answer that did not come says nothing.
func classOf(answer *redis.Cmd) (class string, fault error) {
	n, err := answer.Int()
	var refused redis.Error
	switch {
	case errors.Is(err, redis.ErrPoolTimeout):
		return Busy, nil
	case errors.As(err, &refused):
		return Failed, err
	case err != nil:
		return Unknown, nil
	default:
		return [...]string{SoldOut, Placed, AlreadyOrdered}[n], nil
	}
}

// Drain waits until the consumer has written what stands in the queue now.
func (r *redisRun) Drain(ctx context.Context) error {
	n, err := r.client.Exists(ctx, r.keys[2]).Result()
	if err != nil || n == 0 { // nothing was ever placed
		return err
	}
	info, err := r.client.XInfoStream(ctx, r.keys[2]).Result()
	if err != nil {
		return err
	}
	last, err := parseEntry(info.LastGeneratedID)
	if err != nil {
		return err
	}
	return r.writer.wait(ctx, last)
}

func (r *redisRun) stockLeft(ctx context.Context) (sum, least int, err error) {
	sum, err = r.client.Get(ctx, r.keys[0]).Int()
	return sum, sum, err
}

// Audit is the audit of every baseline with the stock of Redis, and looks whether Redis still runs in the mode that was measured.
func (r *redisRun) Audit(ctx context.Context) ([]string, error) {
	broken, err := r.base.Audit(ctx)
	if err != nil {
		return nil, err
	}
	info, err := r.client.Info(ctx, "persistence").Result()
	if err != nil {
		return nil, err
	}
	if err := r.checkMode(ctx, info); err != nil {
		broken = append(broken, err.Error())
	}
	return broken, nil
}

// Close ends the pipelines, if there are any, and the consumer and removes everything.
func (r *redisRun) Close() error {
	if r.combiner != nil {
		r.combiner.close()
	}
	r.writer.stop()
	ctx, cancel := context.WithTimeout(context.Background(), statementMax)
	defer cancel()
	return errors.Join(r.client.Unlink(ctx, r.keys...).Err(), r.presses.Close(), r.client.Close(), r.base.Close())
}
