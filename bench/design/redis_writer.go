package design

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

const (
	writeRows  = 512                    // orders per INSERT at most
	writeBlock = 100 * time.Millisecond // longest wait for a first order, which bounds how long stopping takes
	writePause = 50 * time.Millisecond  // after a failure, before the same orders are written again
)

// writer is the consumer: it takes orders from the head of the stream, writes them in one INSERT, and cuts them off. The head of the
// stream is its only state, so after a crash it would begin with what is not cut off; an order that is there already is left alone.
type writer struct {
	db     *sql.DB
	client *redis.Client
	stream string
	cancel context.CancelFunc
	wg     sync.WaitGroup

	mu      sync.Mutex
	written entry         // the last one that is in the database
	moved   chan struct{} // closed and replaced when written moves or a write fails
	failure error         // of the last write; nil: it went well
}

// entry is the id of an entry of a stream.
type entry struct{ ms, seq uint64 }

func (e entry) before(o entry) bool { return e.ms < o.ms || (e.ms == o.ms && e.seq < o.seq) }

func (e entry) String() string {
	return strconv.FormatUint(e.ms, 10) + "-" + strconv.FormatUint(e.seq, 10)
}

func parseEntry(text string) (e entry, err error) {
	ms, seq, _ := strings.Cut(text, "-")
	var errs [2]error
	e.ms, errs[0] = strconv.ParseUint(ms, 10, 64)
	e.seq, errs[1] = strconv.ParseUint(seq, 10, 64)
	return e, errors.Join(errs[:]...)
}

func startWriter(db *sql.DB, client *redis.Client, stream string) *writer {
	ctx, cancel := context.WithCancel(context.Background())
	w := &writer{db: db, client: client, stream: stream, cancel: cancel, moved: make(chan struct{})}
	w.wg.Go(func() { w.run(ctx) })
	return w
}

// stop ends the consumer after the INSERT in flight.
func (w *writer) stop() {
	w.cancel()
	w.wg.Wait()
}

func (w *writer) run(ctx context.Context) {
	for ctx.Err() == nil {
		last, err := w.step(ctx)
		if ctx.Err() != nil {
			return
		}
		w.tell(last, err)
		if err == nil {
			continue
		}
		pause := time.NewTimer(writePause)
		select {
		case <-ctx.Done():
		case <-pause.C:
		}
		pause.Stop()
	}
}

// tell wakes whoever waits.
func (w *writer) tell(last entry, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err == nil && w.failure == nil && !w.written.before(last) {
		return // the stream was empty
	}
	if w.written.before(last) {
		w.written = last
	}
	w.failure = err
	close(w.moved)
	w.moved = make(chan struct{})
}

// wait returns when entry e is in the database. When ctx ends first, its error says what stood in the way.
func (w *writer) wait(ctx context.Context, e entry) error {
	for {
		w.mu.Lock()
		there, moved, failure := !w.written.before(e), w.moved, w.failure
		w.mu.Unlock()
		if there {
			return nil
		}
		select {
		case <-moved:
		case <-ctx.Done():
			return errors.Join(fmt.Errorf("redis: orders are not in the database yet: %w", ctx.Err()), failure)
		}
	}
}

// step moves one batch from the stream to the table and returns its last entry.
func (w *writer) step(ctx context.Context) (last entry, err error) {
	streams, err := w.client.XRead(ctx, &redis.XReadArgs{Streams: []string{w.stream, "0"}, Count: writeRows, Block: writeBlock}).Result()
	if errors.Is(err, redis.Nil) || (err == nil && len(streams[0].Messages) == 0) {
		return entry{}, nil
	}
	if err != nil {
		return entry{}, err
	}
	messages := streams[0].Messages
	text, args, err := insertOrders(messages)
	if err != nil {
		return entry{}, err
	}
	if _, err := w.db.ExecContext(context.WithoutCancel(ctx), text, args...); err != nil {
		return entry{}, err
	}
	if last, err = parseEntry(messages[len(messages)-1].ID); err != nil {
		return entry{}, err
	}
	next := entry{last.ms, last.seq + 1}
	return last, w.client.XTrimMinID(context.WithoutCancel(ctx), w.stream, next.String()).Err()
}

// insertOrders makes one INSERT of all messages. An order that is there already was written before a crash or a lost answer.
func insertOrders(messages []redis.XMessage) (text string, args []any, err error) {
	var b strings.Builder
	b.Grow(200 + 40*len(messages))
	b.WriteString("INSERT INTO orders (id, item_id, user_id, units, unit_price_cents, state, placed_at, hold_expires_at) VALUES ")
	args = make([]any, 0, 6*len(messages))
	for i, m := range messages {
		order, ok := m.Values["o"].(string)
		user, numberErr := strconv.ParseUint(fmt.Sprint(m.Values["u"]), 10, 64)
		e, entryErr := parseEntry(m.ID)
		if !ok || len(order) != 16 || numberErr != nil || entryErr != nil {
			return "", nil, fmt.Errorf("redis: entry %s is no order", m.ID)
		}
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString("(?,?,?,1,?,'held',?,?)")
		at := time.UnixMilli(int64(e.ms)).UTC()
		args = append(args, []byte(order), itemID, user, priceCents, at, at.Add(10*time.Minute))
	}
	b.WriteString(" ON DUPLICATE KEY UPDATE id = orders.id")
	return b.String(), args, nil
}
