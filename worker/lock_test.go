package worker

import (
	"errors"
	"io"
	"log/slog"
	"testing"

	"github.com/go-redsync/redsync/v4"
	"github.com/redis/go-redis/v9"
)

// Of three nodes, what they said: which decides whether Redis is away or another has the lock.
func TestJudge(t *testing.T) {
	t.Parallel()
	silent := func(node int) error { return &redsync.RedisError{Node: node, Err: io.ErrUnexpectedEOF} }
	taken := func(node int) error { return &redsync.ErrNodeTaken{Node: node} }
	for name, c := range map[string]struct {
		err         error
		away, taken bool
	}{
		"had":                          {nil, false, false},
		"taken on most":                {&redsync.ErrTaken{Nodes: []int{0, 1}}, false, true},
		"split vote":                   {errors.Join(taken(0), errors.Join(taken(1))), false, true},
		"split vote, one silent":       {errors.Join(errors.Join(nil, taken(0)), silent(1)), false, true},
		"two silent":                   {errors.Join(errors.Join(errors.Join(nil, silent(0)), taken(1)), silent(2)), true, false},
		"all silent":                   {errors.Join(errors.Join(silent(0), silent(1)), silent(2)), true, false},
		"answers came after the TTL":   {redsync.ErrFailed, false, true},
		"extension came after the TTL": {redsync.ErrExtendFailed, false, true},
	} {
		t.Run(name, func(t *testing.T) {
			l := &locker{clients: make([]*redis.Client, 3), log: slog.New(slog.DiscardHandler)}
			err := l.judge(c.err)
			if l.away != c.away || l.answers() == c.away || errors.Is(err, errTaken) != c.taken || (err == nil) != (c.err == nil) {
				t.Errorf("away %t, error %v; want away %t, taken %t", l.away, err, c.away, c.taken)
			}
		})
	}
}
