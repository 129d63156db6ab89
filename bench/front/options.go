// Package front is the HTTP server under test: the product's own pages and gates in a process of its own, with the product's store or
// one of the baselines behind the button, so that every design is measured through the same server.
//
// Start (in the benchmark) runs the benchmark's own program again as "exe front" and talks to Child (in the new process): Options go in
// on standard input, one line comes out when the server answers and one when it has ended. Crowd makes the requests, Class reads answers.
package front

import (
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"time"

	"doorbuster/bench/design"
	"doorbuster/web"
)

// Product is the Design that sells through the product's own store.
const Product = "doorbuster"

// Nothing is the Design that answers "placed" to everybody at once and sells nothing: what is left is what the web server does for an order.
const Nothing = "nothing"

// Options say what a server sells, where and how. They travel to the child as JSON and hold passwords: do not log them.
type Options struct {
	WebDSN string   // a database with the product installed, account doorbuster_web: pages and sessions come from it, for every design
	Items  []uint64 // on sale there; the server is ready once it knows them all

	Design   string          // what stands behind the button: "" or Product: the store; Nothing; else the ID of a design
	Settings design.Settings // of a design; of the product only Pool (0: the store's default) counts
	RootDSN  string          // of a design: the server on which it makes its own database, as root
	Redis    string          // of a design: address of a private Redis

	BatchSize int // of the product: most orders in one CALL; 0: the store's default. With the next it limits what the shop can do
	QueueSize int // of the product: most shoppers in line for one stock row; 0: the store's default

	Keys   Keys
	Listen string // "host:port" or "unix:/path"; default a free port on loopback
	Log    string // the file that gets the log; default the null device: lines are made and written all the same
}

// Keys are the secrets of a shop. Servers that share a crowd must share them. They print as nothing.
type Keys struct{ Session, Pass, Link []byte }

// NewKeys makes random keys.
func NewKeys() Keys {
	key := func() []byte {
		b := make([]byte, 32)
		_, _ = rand.Read(b) // never fails: crypto/rand ends the program instead
		return b
	}
	return Keys{Session: key(), Pass: key(), Link: key()}
}

// String hides the keys from logs.
func (Keys) String() string { return "(keys)" }

// GoString hides the keys from %#v.
func (Keys) GoString() string { return "(keys)" }

func (k Keys) session() web.Keys { return web.Keys{k.Session} }
func (k Keys) pass() web.Keys    { return web.Keys{k.Pass} }

// Ready is the line that a child prints when it answers.
type Ready struct {
	Network string   `json:"network"` // tcp or unix
	Address string   `json:"address"`
	PID     int      `json:"pid"`
	Items   []uint64 `json:"items"`
}

// Ending is the line that a child prints when it has ended well. Only designs have figures: who started a server on the product's own
// database audits that himself.
type Ending struct {
	Orders int           `json:"orders"` // in the database, after everything that was answered had got there
	Broken []string      `json:"broken"` // what the audit found, at most mostBroken lines
	Lag    time.Duration `json:"lag"`    // from the last answer until the last answered order was in the database
}

// mostBroken bounds the lines of an audit: one is enough to fail a run.
const mostBroken = 50

func (o Options) check() error {
	switch {
	case o.WebDSN == "":
		return errors.New("front: no address of the product's database (WebDSN)")
	case len(o.Items) == 0:
		return errors.New("front: no items")
	case !o.ownStore() && o.Design != Nothing && o.RootDSN == "":
		return fmt.Errorf("front: design %s needs a server for its own database (RootDSN)", o.Design)
	}
	return nil
}

// ownStore says whether the product's store sells.
func (o Options) ownStore() bool { return o.Design == "" || o.Design == Product }

// listenAt splits the address into network and address.
func (o Options) listenAt() (network, address string) {
	if path, ok := strings.CutPrefix(o.Listen, "unix:"); ok {
		return "unix", path
	}
	if o.Listen == "" {
		return "tcp", "127.0.0.1:0"
	}
	return "tcp", o.Listen
}

// openLog opens the log as the program has it: JSON, from level info, gathered. end writes the last lines.
func (o Options) openLog() (log *slog.Logger, end func() error, err error) {
	path := o.Log
	if path == "" {
		path = os.DevNull
	}
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o644)
	if err != nil {
		return nil, nil, fmt.Errorf("front: log: %w", err)
	}
	log, flush := web.NewLog(file, slog.LevelInfo)
	return log, func() error { return errors.Join(flush(), file.Close()) }, nil
}
