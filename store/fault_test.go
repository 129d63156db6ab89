package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"
)

// The table of errors, by number: what each may have done, and so what may be done about it. The numbers stand here once more on purpose.
func TestEffects(t *testing.T) {
	server := func(number uint16) error {
		return &mysql.MySQLError{Number: number, Message: "any text in any language"}
	}
	names := map[effect]string{noEffectRetry: "retry", noEffectBusy: "busy", noEffectFault: "fault", effectUnknown: "unknown"}
	tests := []struct {
		what string
		err  error
		sent bool
		want effect
	}{
		{"no connection", errors.New("dial tcp: refused"), false, noEffectBusy},
		{"no connection in time", context.DeadlineExceeded, false, noEffectBusy},
		{"stale connection, nothing written", driver.ErrBadConn, true, noEffectRetry},
		{"deadlock", server(1213), true, noEffectRetry},
		{"lock wait, rolled back by our handler", server(1205), true, noEffectRetry},
		{"row changed since the snapshot", server(1020), true, noEffectRetry},
		{"procedure being replaced: gone", server(1305), true, noEffectRetry},
		{"procedure being replaced: not granted yet", server(1370), true, noEffectRetry},
		{"too many connections", server(1040), true, noEffectBusy},
		{"too many connections of this account", server(1203), true, noEffectBusy},
		{"too many connections of this account, by limit", server(1226), true, noEffectBusy},
		{"host blocked", server(1129), true, noEffectBusy},
		{"read-only server", server(1290), true, noEffectBusy},
		{"read-only transaction", server(1792), true, noEffectBusy},
		{"read-only server, other word", server(1836), true, noEffectBusy},
		{"shutdown while it ran", server(1053), true, effectUnknown},
		{"interrupted", server(1317), true, effectUnknown},
		{"failed at COMMIT", server(1180), true, effectUnknown},
		{"connection killed", server(1927), true, effectUnknown},
		{"time limit, MySQL", server(3024), true, effectUnknown},
		{"time limit, MariaDB", server(1969), true, effectUnknown},
		{"cluster lost its majority", server(1047), true, effectUnknown},
		{"disk full, table", server(1114), true, effectUnknown},
		{"disk full, log", server(1021), true, effectUnknown},
		{"connection lost", mysql.ErrInvalidConn, true, effectUnknown},
		{"end of the stream", io.ErrUnexpectedEOF, true, effectUnknown},
		{"reset", &net.OpError{Op: "read", Err: errors.New("connection reset by peer")}, true, effectUnknown},
		{"time-out of our own", context.DeadlineExceeded, true, effectUnknown},
		{"cancelled", context.Canceled, true, effectUnknown},
		{"cut off between two packets", fmt.Errorf("%w: 3 of 5 answers", driver.ErrSkip), true, effectUnknown},
		{"duplicate key", server(1062), true, noEffectFault},
		{"check constraint", server(3819), true, noEffectFault},
		{"wrong number", server(1366), true, noEffectFault},
		{"no such table", server(1146), true, noEffectFault},
		{"may not", server(1142), true, noEffectFault},
		{"our own SIGNAL", server(50001), true, noEffectFault},
		{"a number that nobody knows", server(9999), true, noEffectFault},
	}
	for _, test := range tests {
		for _, err := range []error{test.err, fmt.Errorf("wrapped: %w", fmt.Errorf("twice: %w", test.err))} {
			if got := effectOf(err, test.sent); got != test.want {
				t.Errorf("%s: %s, want %s", test.what, names[got], names[test.want])
			}
		}
	}
}

// What callers see: three kinds of error and no more, with the cause inside for the log.
func TestFaults(t *testing.T) {
	cause := &mysql.MySQLError{Number: 1213}
	lost := mysql.ErrInvalidConn
	broken := &mysql.MySQLError{Number: 50001}
	foreign := &mysql.MySQLError{Number: 52000}

	var busy *BusyError
	if err := faultOf("pay_order", cause, true); !errors.As(err, &busy) || !errors.Is(err, cause) || busy.RetryAfter < time.Second {
		t.Errorf("deadlock: %v", err)
	}
	var unknown *UnknownError
	if err := faultOf("pay_order", lost, true); !errors.As(err, &unknown) || !errors.Is(err, lost) || errors.As(err, &busy) {
		t.Errorf("lost answer: %v", err)
	}
	if err := faultOf("pay_order", sql.ErrNoRows, true); !errors.Is(err, ErrNotFound) || errors.As(err, &unknown) {
		t.Errorf("no row: %v", err)
	}
	if err := faultOf("pay_order", broken, true); !errors.Is(err, ErrBroken) || !errors.Is(err, broken) {
		t.Errorf("broken invariant: %v", err)
	}
	if err := faultOf("pay_order", foreign, true); errors.Is(err, ErrBroken) || errors.As(err, &busy) || errors.As(err, &unknown) {
		t.Errorf("any other number: %v", err)
	}
}

// Those who are refused together must not come back together.
func TestRetryAfterIsSpread(t *testing.T) {
	const n = 4000
	seconds := map[int]int{}
	for range n {
		d := retryAfter()
		if d < time.Second || d > 5*time.Second {
			t.Fatal(d)
		}
		seconds[int(d/time.Second)]++
	}
	for second := 1; second < 5; second++ {
		if seconds[second] < n/8 {
			t.Errorf("%d of %d in second %d: %v", seconds[second], n, second, seconds)
		}
	}
}

// A pause ends with its context, and never takes longer than its bound.
func TestPauseEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := pause(ctx, 1000); !errors.Is(err, context.Canceled) {
		t.Errorf("a pause of somebody who has gone: %v", err)
	}
	if err := pause(t.Context(), 1000); err != nil {
		t.Error(err)
	}
}
