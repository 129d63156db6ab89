// Package localdb starts private real database servers: MariaDB or MySQL, and
// Redis, from the machine's own binaries, each with a data folder of its own.
//
// The demo, the tests and the benchmark all run on what this package starts.
// The servers are as durable as a production server should be: binlog on,
// sync_binlog=1, innodb_flush_log_at_trx_commit=1. They listen on loopback and
// on a unix socket only.
//
// A data folder belongs to one process at a time (a file lock says so). A
// server never outlives the process that started it: on Linux the kernel kills
// it together with its parent, elsewhere the next start finds and stops it.
// Losing a server that way is safe, because everything it acknowledged is on
// disk; the next start recovers it.
package localdb

import (
	"errors"
	"io"
	"time"
)

// Product names a database server.
type Product string

const (
	// Any asks for the product that made the data folder; for a new folder
	// MariaDB if the machine has it, else MySQL.
	Any Product = ""
	// MariaDB is MariaDB 10.11 or later.
	MariaDB Product = "mariadb"
	// MySQL is MySQL 8.4 or later.
	MySQL Product = "mysql"
)

// String returns the product's name as people write it.
func (p Product) String() string {
	switch p {
	case MariaDB:
		return "MariaDB"
	case MySQL:
		return "MySQL"
	case redisProduct:
		return "Redis"
	default:
		return "MariaDB or MySQL"
	}
}

// redisProduct marks a data folder as one of Redis, so that no database is
// started on it by mistake.
const redisProduct Product = "redis"

var (
	// ErrNotFound says that the machine has no such server. The error that
	// wraps it names the packages to install.
	ErrNotFound = errors.New("server not found on this machine")
	// ErrInUse says that another process, or another server of this process,
	// has the data folder.
	ErrInUse = errors.New("data folder is in use")
	// ErrWrongProduct says that the data folder was made by another product.
	ErrWrongProduct = errors.New("data folder belongs to another product")
	// ErrCannotInstall says that packages are missing and that this process
	// may not install them. The error that wraps it says in one line what to
	// install.
	ErrCannotInstall = errors.New("cannot install packages here")
	// ErrCannotFetch says that packages cannot be fetched: no Debian machine,
	// no network, or no such package in the suite. A caller may leave out what
	// needs them, and must say so.
	ErrCannotFetch = errors.New("packages cannot be fetched")
)

const (
	// startTimeout bounds a start whose context has no deadline. It is long
	// because crash recovery reads the whole redo log.
	startTimeout = 5 * time.Minute
	// stopTimeout bounds a clean stop whose context has no deadline.
	stopTimeout = 30 * time.Second
	// defaultBufferPool is InnoDB's buffer pool in bytes if none is asked for:
	// small, because tests start many servers on one machine.
	defaultBufferPool = 256 << 20
)

// Options says where and how to start a server. Only Dir is required.
type Options struct {
	// Dir is the folder that holds everything of this server: data, socket,
	// log, lock. It is created if needed. A server of one product never
	// starts on the folder of another.
	Dir string
	// Product is ignored by StartRedis.
	Product Product
	// Port is the TCP port on 127.0.0.1. With 0 the port of the last start of
	// this folder is taken if it is free, else another free one.
	Port int
	// BufferPool is the size of InnoDB's buffer pool in bytes; 0 means 256 MB.
	// Ignored by StartRedis.
	BufferPool int64
	// PerformanceSchema switches MariaDB's performance schema on. It costs
	// memory and some speed. MySQL has it on by itself.
	PerformanceSchema bool
	// Args are further flags for the server. They come last, so they win over
	// the flags of this package; the folder, the socket and the port cannot be
	// changed with them.
	Args []string
	// Log gets a copy of what the server writes to its log file. Nil means
	// the file alone.
	Log io.Writer
	// Progress is told in a few words what is going on when it takes longer
	// than about a second. It is called from the caller's goroutine only.
	Progress func(what string)
}

// progress tells the caller what takes long. It may be called without one.
func (o Options) progress(what string) {
	if o.Progress != nil {
		o.Progress(what)
	}
}
