package localdb

import (
	"fmt"
	"strconv"
	"strings"
)

// sqlModes is the strictness the product relies on: wrong data is an error,
// never a silent change.
var sqlModes = []string{
	"ONLY_FULL_GROUP_BY", "STRICT_TRANS_TABLES", "STRICT_ALL_TABLES", "NO_ZERO_IN_DATE",
	"NO_ZERO_DATE", "ERROR_FOR_DIVISION_BY_ZERO", "NO_ENGINE_SUBSTITUTION",
}

// ownFlags may not be given in Options.Args: the package would lose its server.
var ownFlags = []string{
	"--datadir", "--socket", "--port", "--pid-file", "--bind-address", "--user", "--init-file",
	"--log-error", "--dir", "--unixsocket", "--bind", "--daemonize", "--pidfile", "--logfile",
}

// checkArgs refuses flags that would take the server out of our hands.
func checkArgs(args []string) error {
	for _, a := range args {
		name, _, _ := strings.Cut(strings.ReplaceAll(a, "_", "-"), "=")
		for _, own := range ownFlags {
			if name == own {
				return fmt.Errorf("localdb: the flag %s cannot be set", own)
			}
		}
	}
	return nil
}

// databaseArgs are the flags of a running database server. Both products ship
// with other defaults (MariaDB even without a binlog), so everything that a
// promise rests on is said here.
func (d *DB) databaseArgs(port int) []string {
	pool := d.options.BufferPool
	if pool <= 0 {
		pool = defaultBufferPool
	}
	f := d.folder
	args := []string{
		"--datadir=" + f.data(),
		"--tmpdir=" + f.path("tmp"),
		"--secure-file-priv=" + f.path("tmp"),
		"--pid-file=" + f.path("data", "server.pid"),
		"--socket=" + f.socket,
		"--port=" + strconv.Itoa(port),
		"--bind-address=127.0.0.1",
		"--skip-name-resolve",

		// Yes means committed.
		"--server-id=1",
		"--log-bin=binlog",
		"--sync-binlog=1",
		"--innodb-flush-log-at-trx-commit=1",
		// A demo that runs for weeks must not fill the disk.
		"--binlog-expire-logs-seconds=172800",

		// The same data means the same on every machine.
		"--character-set-server=utf8mb4",
		"--default-time-zone=+00:00",
		"--transaction-isolation=READ-COMMITTED",
		"--sql-mode=" + strings.Join(sqlModes, ","),

		// Wait shortly, then say so.
		"--innodb-lock-wait-timeout=2",
		"--max-connections=200",
		"--innodb-buffer-pool-size=" + strconv.FormatInt(pool, 10),
	}
	if inMemory(f.dir) {
		// The kernel's asynchronous I/O does not work on a file system in memory.
		args = append(args, "--innodb-use-native-aio=OFF")
	}
	if d.account == nil && isRoot() {
		args = append(args, "--user=root")
	}
	if d.binary.product == MySQL {
		// It knows no other binlog format than ROW that is not deprecated.
		args = append(args, "--mysqlx=OFF")
	} else {
		args = append(args, "--binlog-format=ROW", "--performance-schema="+onOff(d.options.PerformanceSchema))
	}
	return append(args, d.options.Args...)
}

func onOff(on bool) string {
	if on {
		return "ON"
	}
	return "OFF"
}

// redisArgs are the flags of a running Redis. It keeps the worker's lock, so it
// writes every change to disk: a Redis that forgot a lock in a restart would
// hand it out twice. Changes are few, so this costs nothing.
func (r *Redis) redisArgs(port int) []string {
	f := r.folder
	args := []string{
		"--dir", f.data(),
		"--port", strconv.Itoa(port),
		"--bind", "127.0.0.1",
		"--unixsocket", f.socket,
		"--protected-mode", "yes",
		"--daemonize", "no",
		"--appendonly", "yes",
		"--appendfsync", "always",
		"--save", "",
		"--maxmemory", "256mb",
		"--maxmemory-policy", "noeviction",
		// Keep the command line as given: by it an orphan is recognised.
		"--set-proc-title", "no",
	}
	return append(args, r.options.Args...)
}
