package store_test

import (
	"context"
	"database/sql"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"doorbuster/localdb"
	"doorbuster/store/storetest"
)

// lockWait is a wait for a lock as the server sees it.
type lockWait struct {
	table    string
	blockers []int64 // connections
}

// lockWatch asks the server which connections wait for locks. Both products answer from a copy of the transactions that they renew only
// when nobody has read it for a tenth of a second, so all files of the test share one reader.
type lockWatch struct {
	mu    sync.Mutex
	at    time.Time // the waits are not older than this
	ended time.Time // when they had been read
	waits map[int64]lockWait
}

var locks lockWatch

// MySQL's own numbers of threads do not do: of a lock that a row's writer holds without having asked for it, it names the thread that
// asks. So both are found by their transactions.
const (
	mariadbLocks = `SELECT w.trx_mysql_thread_id, b.trx_mysql_thread_id, l.lock_table
		FROM information_schema.innodb_lock_waits lw
		JOIN information_schema.innodb_trx w ON w.trx_id = lw.requesting_trx_id
		JOIN information_schema.innodb_trx b ON b.trx_id = lw.blocking_trx_id
		JOIN information_schema.innodb_locks l ON l.lock_id = lw.requested_lock_id`
	mysqlLocks = `SELECT w.trx_mysql_thread_id, b.trx_mysql_thread_id, l.object_name
		FROM performance_schema.data_lock_waits lw
		JOIN information_schema.innodb_trx w ON w.trx_id = lw.requesting_engine_transaction_id
		JOIN information_schema.innodb_trx b ON b.trx_id = lw.blocking_engine_transaction_id
		JOIN performance_schema.data_locks l ON l.engine_lock_id = lw.requesting_engine_lock_id`
)

// since returns the waits as they were at some instant after t, and that instant.
func (w *lockWatch) since(ctx context.Context, root *sql.DB, t time.Time) (map[int64]lockWait, time.Time, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.at.After(t) {
		return w.waits, w.at, nil
	}
	query := mariadbLocks
	if storetest.Product() == localdb.MySQL {
		query = mysqlLocks
	}
	select {
	case <-time.After(time.Until(w.ended.Add(110 * time.Millisecond))):
	case <-ctx.Done():
		return nil, w.at, ctx.Err()
	}
	start := time.Now()
	rows, err := root.QueryContext(ctx, query)
	if err != nil {
		return nil, w.at, err
	}
	defer rows.Close()
	waits := map[int64]lockWait{}
	for rows.Next() {
		var waiter, blocker int64
		var name string
		if err := rows.Scan(&waiter, &blocker, &name); err != nil {
			return nil, w.at, err
		}
		name = strings.Trim(name, "`")
		waits[waiter] = lockWait{name[strings.LastIndexAny(name, ".`")+1:], append(waits[waiter].blockers, blocker)}
	}
	w.waits, w.at, w.ended = waits, start, time.Now()
	return waits, start, rows.Err()
}

// untilWaiting returns when the server says that the session waits for a lock, and tells for whom and on which table. A statement
// that ends instead prints its answer, which is not what the file expects.
func (r *runner) untilWaiting(t *testing.T, s *session) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(r.ctx, patience)
	defer cancel()
	for at := time.Now(); ; {
		waits, seen, err := locks.since(ctx, r.root, at)
		if err != nil {
			t.Fatalf("looking for the lock that session %s waits for: %v", s.name, err)
		}
		if wait, ok := waits[s.id]; ok {
			return "waits for " + r.sessionNames(wait.blockers) + " on " + wait.table
		}
		at = seen
		if len(s.running) > 0 {
			return "did not wait\n" + s.end()
		}
	}
}

// sessionNames names connections by their sessions.
func (r *runner) sessionNames(connections []int64) string {
	var names []string
	for _, s := range r.sessions {
		if slices.Contains(connections, s.id) {
			names = append(names, s.name)
		}
	}
	slices.Sort(names)
	return strings.Join(names, " and ")
}
