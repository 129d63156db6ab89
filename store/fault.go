package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/go-sql-driver/mysql"
)

// ErrNotFound says that the row asked for does not exist, or not for this shopper.
var ErrNotFound = errors.New("store: not found")

// ErrBroken says that a procedure found the database in a state that cannot be, and changed nothing. Somebody must look at it.
var ErrBroken = errors.New("store: an invariant does not hold")

// BusyError says that nothing was done because too much was asked at once or the database cannot be reached now.
type BusyError struct {
	RetryAfter time.Duration // when to come back; spread at random, so that those who were refused together do not return together
	Err        error         // what stood in the way; nil if a queue was full
}

func (e *BusyError) Error() string {
	if e.Err == nil {
		return "store: busy"
	}
	return "store: busy: " + e.Err.Error()
}

// Unwrap returns the cause.
func (e *BusyError) Unwrap() error { return e.Err }

// UnknownError says that the connection was lost after the request was sent: it may or may not have been carried out.
// Every procedure that changes something is safe to call again with the same arguments.
type UnknownError struct{ Err error }

func (e *UnknownError) Error() string { return "store: outcome unknown: " + e.Err.Error() }

// Unwrap returns the cause.
func (e *UnknownError) Unwrap() error { return e.Err }

// retryAfter spreads refused callers over 1 to 5 seconds.
func retryAfter() time.Duration {
	return time.Second + rand.N(4*time.Second)
}

func busy(err error) error { return &BusyError{RetryAfter: retryAfter(), Err: err} }

// effect says what a failed call may have done.
type effect int

const (
	noEffectRetry effect = iota // nothing was done; the same call may succeed at once
	noEffectBusy                // nothing was done; the database takes no more now
	noEffectFault               // nothing was done; calling again will not help
	effectUnknown               // it may have been done
)

// MySQL error numbers by what they mean for a call of one of our procedures, each of which commits at most once, at its end, and
// rolls back in its handler. Numbers only: texts differ between servers and versions.
var (
	// 1213 deadlock, 1205 lock wait (our handler rolled back), 1020 row changed since the snapshot (MariaDB),
	// 1305 and 1370: the procedure is being replaced (dropped, or not granted again yet).
	retryNumbers = []uint16{1213, 1205, 1020, 1305, 1370}
	// 1040, 1203, 1226 too many connections; 1290, 1792, 1836 read-only (a replica after a failover); 1129 host blocked.
	busyNumbers = []uint16{1040, 1203, 1226, 1290, 1792, 1836, 1129}
	// 1053 shutdown, 1317 interrupted, 1180 failed at COMMIT, 1927 killed, 3024 and 1969 time limit, 1047 not in the primary part of
	// a cluster, 1114 and 1021 disk full (the binary log waits and retries): the server may have committed.
	unknownNumbers = []uint16{1053, 1317, 1180, 1927, 3024, 1969, 1047, 1114, 1021}
)

// lockWaitTimeout is the number of "somebody else holds a row and does not let go".
const lockWaitTimeout = 1205

// errorNumber returns the server's error number, 0 if err did not come from the server.
func errorNumber(err error) uint16 {
	var e *mysql.MySQLError
	if errors.As(err, &e) {
		return e.Number
	}
	return 0
}

// effectOf classifies the error of a call. sent says whether the call had been handed to a live connection.
func effectOf(err error, sent bool) effect {
	number := errorNumber(err)
	switch {
	case !sent:
		return noEffectBusy // no connection was had
	case errors.Is(err, driver.ErrBadConn):
		return noEffectRetry // a stale connection, found before anything was written; another one will do
	case slices.Contains(retryNumbers, number):
		return noEffectRetry
	case slices.Contains(busyNumbers, number):
		return noEffectBusy
	case number == 0 || slices.Contains(unknownNumbers, number):
		return effectUnknown // lost connection, time-out, cancelled context: the server goes on
	default:
		return noEffectFault
	}
}

// faultOf turns the error of a call into what callers see.
func faultOf(procedure string, err error, sent bool) error {
	if errors.Is(err, sql.ErrNoRows) {
		return ErrNotFound
	}
	err = fmt.Errorf("%s: %w", procedure, err)
	switch effectOf(err, sent) {
	case noEffectRetry, noEffectBusy:
		return busy(err)
	case effectUnknown:
		return &UnknownError{Err: err}
	default:
		if n := errorNumber(err); n >= 50000 && n < 52000 {
			return fmt.Errorf("%w: %w", ErrBroken, err)
		}
		return err
	}
}

// pause waits before attempt n (from 1) of something that had no effect: 5 ms doubling to 100 ms, spread, or until ctx is done.
func pause(ctx context.Context, n int) error {
	t := time.NewTimer(rand.N(min(5*time.Millisecond<<min(n, 5), 100*time.Millisecond)) + time.Millisecond)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
