package design_test

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"testing"
	"time"

	"doorbuster/bench/design"
)

// Drain is what makes an answer of Redis an order: before, the order may be missing, and the audit calls it lost.
func TestDrain(t *testing.T) {
	r := open(t, "redis_always", design.Settings{Units: 100})
	lock, err := design.DB(r).Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := lock.ExecContext(t.Context(), "LOCK TABLES orders READ"); err != nil { // the consumer cannot write
		t.Fatal(err)
	}
	if counts := crowd(t, r, presses()); counts[design.Placed] != 100 {
		t.Errorf("answers: %v", counts)
	}
	short, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := r.Drain(short); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Drain while nothing can be written: %v", err)
	}
	var n int
	if err := lock.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM orders").Scan(&n); err != nil || n != 0 {
		t.Errorf("%d orders were written in spite of the lock, %v", n, err)
	}
	if _, err := lock.ExecContext(t.Context(), "UNLOCK TABLES"); err != nil {
		t.Error(err)
	}
	if err := lock.Close(); err != nil {
		t.Error(err)
	}
	settled(t, r, 100)
}

// The consumer repeats what failed, and Drain says what stands in the way.
func TestConsumerRepeats(t *testing.T) {
	r := open(t, "redis_off", design.Settings{Units: 100})
	exec(t, design.DB(r), "RENAME TABLE orders TO gone")
	crowd(t, r, []uint64{1, 2, 3})
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if err := r.Drain(ctx); err == nil || !strings.Contains(err.Error(), "doesn't exist") {
		t.Errorf("Drain without a table: %v", err)
	}
	exec(t, design.DB(r), "RENAME TABLE gone TO orders")
	settled(t, r, 3)
}

// A figure of one mode must not be that of another.
func TestRedisModeIsAudited(t *testing.T) {
	r := open(t, "redis_always", design.Settings{Units: 3})
	crowd(t, r, []uint64{1, 2})
	settled(t, r, 2)
	if err := design.SetRedis(t.Context(), r, "appendfsync", "everysec"); err != nil {
		t.Fatal(err)
	}
	finds(t, r, "appendfsync is everysec, not always")
	if err := design.SetRedis(t.Context(), r, "appendonly", "no"); err != nil {
		t.Fatal(err)
	}
	finds(t, r, "the append-only file is not as asked")
}

// reads is how often Redis has read something from a connection.
func reads(t *testing.T, r design.Run) int {
	t.Helper()
	info, err := design.RedisInfo(t.Context(), r, "stats")
	if err != nil {
		t.Fatal(err)
	}
	_, after, _ := strings.Cut(info, "total_reads_processed:")
	text, _, _ := strings.Cut(after, "\r\n")
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// In the plain design each press is a call of its own, on no more connections than it was given.
func TestPlainPressesGoAlone(t *testing.T) {
	const conns = 3
	r := open(t, "redis_plain_off", design.Settings{Units: 100, Pool: conns})
	before := reads(t, r)
	counts := crowd(t, r, presses())
	if counts[design.Placed] != 100 || counts[design.SoldOut]+counts[design.AlreadyOrdered] != len(presses())-100 {
		t.Errorf("answers: %v", counts)
	}
	if n := reads(t, r) - before; n < len(presses()) {
		t.Errorf("Redis read %d times for %d presses", n, len(presses()))
	}
	if n := design.PressConns(r); n != conns {
		t.Errorf("%d connections, not %d", n, conns)
	}
	settled(t, r, 100)
	exec(t, design.DB(r), "DELETE FROM orders LIMIT 1")
	finds(t, r, "0 left and 99 orders are 99, on sale were 100", `1 of 100 orders were answered "placed" and are not in the database`)
}

// What Redis refuses to do is a fault, and no order.
func TestPlainFault(t *testing.T) {
	r := open(t, "redis_plain_off", design.Settings{Units: 3})
	crowd(t, r, []uint64{1})
	if err := design.FlushScripts(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	if class, err := r.Buy(t.Context(), 2); class != design.Failed || err == nil {
		t.Errorf("without the script: %s, %v", class, err)
	}
	settled(t, r, 1)
	if err := design.SetRedis(t.Context(), r, "appendonly", "yes"); err != nil {
		t.Fatal(err)
	}
	finds(t, r, "the append-only file is not as asked")
}

// The modes follow one another on one Redis.
func TestRedisModesInTurn(t *testing.T) {
	e := env(t, "redis_off")
	for _, id := range []string{"redis_off", "redis_always", "redis_plain_off", "redis_everysec", "redis_off"} {
		d, _ := design.ByID(id)
		r, err := d.Open(t.Context(), e, design.Settings{Units: 5})
		if err != nil {
			t.Fatal(err)
		}
		if counts := crowd(t, r, presses()); counts[design.Placed] != 5 {
			t.Errorf("%s: %v", id, counts)
		}
		settled(t, r, 5)
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}
}
