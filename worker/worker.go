// Package worker does what no shopper waits for: jobs on a ticker, each done by one worker at a time, however many run.
//
// # Who works
//
// Workers elect one of them per job. With Redis the election is a redsync lock (lock.go) over one node or several; without Redis, or
// while it does not answer, the lease in the database elects. Either way the winner takes the lease of the job and with it a fencing
// number, which goes along with every write of the job.
//
// # What the lock is not
//
// The lock in Redis is not what keeps two workers from doing the same thing. It may lie: it lapses while its holder is frozen and does
// not know, a flush or a failover forgets it, two workers may be told different Redises, clocks jump. It only saves work and makes the
// change of hands quick. What decides is the number: the database raises it whenever the lease changes hands, and checks it in the
// transaction of each write, so a worker that was overtaken changes nothing. Even two workers with the same right to write would do no
// harm, because each write moves an order from one state to the next, once.
//
// It may also lie the other way, and keep everyone from working. So who is told by Redis that another works looks at the lease itself
// now and then, and takes it when nobody keeps it.
//
// # No quarrel
//
// Only a worker that has just got the lock takes the lease by force; keeping it is asked for politely. Who lost the lease to another
// takes none by force for a while, so two workers that each believe in their own Redis change places now and then, not all the time.
package worker

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	mathrand "math/rand/v2"
	"os"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"doorbuster/payment"
	"doorbuster/store"
	"doorbuster/webhook"
)

// How a worker is elected.
const (
	ByRedis    = "redis"
	ByDatabase = "database"
)

// Config says what a worker needs. Store is required; all else has a default.
type Config struct {
	// Store must have the worker's account, with Conns connections in its lane. The caller closes it after Run has returned.
	Store *store.Store
	// Redis lists the addresses of independent Redis nodes, "redis://[user:password@]host:port[/db]". One is an ordinary lock, three or
	// five are a Redlock. Without any the database elects.
	Redis []string
	// Database names the database in the locks; required with Redis. All workers of one database must give the same name, and databases
	// that share a Redis must have different ones.
	Database string

	TTL        time.Duration // how long lock and lease outlive a worker that vanished; default 10 s, at least 1 s
	ClaimEvery time.Duration // how often a worker that waits asks, at most; default 500 ms
	RedisRetry time.Duration // how often a Redis that does not answer is tried again; default 30 s

	ExpireEvery   time.Duration // pause between two looks for ended holds; default 1 s
	ExpireLimit   int           // most orders in one transaction; default 200, at most 1000
	ExpireBatches int           // most transactions of one look; default 50

	// Desk is where payments are settled; required.
	Desk         *payment.Desk
	CheckEvery   time.Duration // pause between two looks for payments to ask about; default 1 s
	CheckLimit   int           // most payments taken at once; default 20, at most 1000
	CheckBatches int           // how often that is done in one look; default 10

	RebalanceEvery time.Duration // pause between two looks for empty shards; default 5 s
	RebalanceItems int           // most items whose units are dealt out in one look; default 100

	ReconcileEvery time.Duration // pause between two runs of the audit's invariants; default 60 s
	ReconcileItems int           // most items of one run that are on sale, and most of all others; default 100
	ReconcileUnits int           // about how many units those may have, unless one item has more; default 50,000
	standing       prometheus.Gauge

	SealEvery   time.Duration // pause between two looks for ledger lines without a seal; default 1 s
	SealLimit   int           // most lines in one transaction; default 900, at most 900
	SealBatches int           // most transactions of one look; default 20
	SealFile    string        // file to which the head of the seals is added; empty: the head is only logged

	RelayEvery   time.Duration // pause between two looks into the outbox; default 500 ms
	RelayLimit   int           // about how many events in one transaction; default 500, at most 5000
	RelayBatches int           // most transactions of one look; default 50

	DeliverEvery   time.Duration   // pause between two looks for events to send; default 500 ms
	DeliverLimit   int             // most messages of one batch; default 64, at most 128
	DeliverBatches int             // most batches of one look; default 20
	Webhooks       *webhook.Sender // who sends them; default one that asks public addresses only. Run closes its idle connections

	MailEvery   time.Duration // pause between two looks for mails to write or to send; default 1 s
	MailLimit   int           // most mails of one batch; default 20, at most 100
	MailBatches int           // most batches of one look; default 20
	Mail        Postman       // who sends them; nil: nobody, they are only written

	KeepDays     int           // days for which sent messages, ended mails and taken deliveries are kept; default 30, at most 3650
	CleanEvery   time.Duration // pause between two looks for what nobody needs any more; default 1 min
	CleanLimit   int           // most rows of each kind in one transaction; default 200, at most 1000
	CleanBatches int           // most transactions of one look; default 50

	NoteEvery time.Duration // how old what staff see of a job's last run may be while it goes as before; default 5 s

	Log        *slog.Logger          // default slog.Default()
	Registerer prometheus.Registerer // where metrics go; nil: nowhere. One worker per registerer
}

func (c Config) withDefaults() Config {
	for p, v := range map[*time.Duration]time.Duration{
		&c.TTL: 10 * time.Second, &c.ClaimEvery: 500 * time.Millisecond, &c.RedisRetry: 30 * time.Second,
		&c.ExpireEvery: time.Second, &c.SealEvery: time.Second, &c.CheckEvery: time.Second, &c.RebalanceEvery: 5 * time.Second,
		&c.RelayEvery: 500 * time.Millisecond, &c.DeliverEvery: 500 * time.Millisecond, &c.MailEvery: time.Second,
		&c.ReconcileEvery: time.Minute,
		&c.CleanEvery:     time.Minute,
		&c.NoteEvery:      5 * time.Second,
	} {
		if *p <= 0 {
			*p = v
		}
	}
	for p, v := range map[*int]int{
		&c.ExpireLimit: 200, &c.ExpireBatches: 50, &c.SealLimit: 900, &c.SealBatches: 20, &c.CheckLimit: 20, &c.CheckBatches: 10, &c.RebalanceItems: 100,
		&c.RelayLimit: 500, &c.RelayBatches: 50, &c.DeliverLimit: 64, &c.DeliverBatches: 20,
		&c.MailLimit: 20, &c.MailBatches: 20,
		&c.ReconcileItems: 100, &c.ReconcileUnits: 50_000,
		&c.KeepDays: 30, &c.CleanLimit: 200, &c.CleanBatches: 50,
	} {
		if *p <= 0 {
			*p = v
		}
	}
	c.ExpireLimit, c.SealLimit, c.CheckLimit = min(c.ExpireLimit, 1000), min(c.SealLimit, 900), min(c.CheckLimit, 1000)
	c.RelayLimit = min(c.RelayLimit, 5000)
	c.DeliverLimit, c.MailLimit = min(c.DeliverLimit, 128), min(c.MailLimit, 100)
	c.KeepDays, c.CleanLimit = min(c.KeepDays, 3650), min(c.CleanLimit, 1000)
	if c.Webhooks == nil {
		c.Webhooks = webhook.NewSender(webhook.Options{})
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	return c
}

func (c Config) check() error {
	switch {
	case c.Store == nil:
		return errors.New("worker: no store")
	case c.Desk == nil:
		return errors.New("worker: no desk for payments")
	case len(c.Redis) > 0 && c.Database == "":
		return errors.New("worker: Redis needs the name of the database")
	case c.TTL < time.Second:
		return fmt.Errorf("worker: a TTL of %s is too short for a lease, which counts in seconds", c.TTL)
	}
	return nil
}

// JobStatus is how a job stands in this worker, for the console and /readyz.
type JobStatus struct {
	Name      string
	LastRun   time.Time // when it ended last, on this machine's clock; zero: never here
	LastDid   int       // how many things it did then; for expire_orders, holds it ended, for seal_moves, lines it sealed
	Leader    bool      // this worker does the job now
	Fence     uint64    // its fencing number while it is the leader, else 0
	Election  string    // ByRedis or ByDatabase: how the leader was elected, or how this worker would be
	LastError string    // busy, unknown, broken or fault; empty when all is well. What happened stands in the log
}

// Worker runs the jobs of this process. Make one with New. Its methods may be called from any goroutine.
type Worker struct {
	cfg     Config
	holder  string  // who this worker is in the lease: host, process, and a random part
	locks   *locker // nil without Redis
	runners []*runner
	metrics *metrics
}

// New makes a worker and asks nobody yet: neither Redis nor the database need be there. It fails on a bad Config only.
func New(cfg Config) (*Worker, error) { return newWorker(cfg, jobs) }

func newWorker(cfg Config, table func(Config) []job) (*Worker, error) {
	cfg = cfg.withDefaults()
	if err := cfg.check(); err != nil {
		return nil, err
	}
	m, err := newMetrics(cfg.Registerer)
	if err != nil {
		return nil, fmt.Errorf("worker: %w", err)
	}
	cfg.standing = m.standing
	all := table(cfg)
	if need, has := connsOf(all), cfg.Store.WorkerConns(); has < need {
		return nil, fmt.Errorf("worker: %d jobs need %d connections, the store's lane has %d", len(all), need, has)
	}
	locks, err := newLocker(cfg)
	if err != nil {
		return nil, err
	}
	w := &Worker{cfg: cfg, holder: newHolder(), locks: locks, metrics: m}
	for _, j := range all {
		w.runners = append(w.runners, newRunner(w, j))
	}
	return w, nil
}

// newHolder names this worker. The random part tells it from a process of the same number after a restart of the machine, and from
// another worker of this process.
func newHolder() string {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	return fmt.Sprintf("%.60s/%d/%.10s", host, os.Getpid(), rand.Text()) // the column takes 100 characters
}

// Run does the jobs until ctx ends, and returns when everything has stopped: running transactions are waited for, and leases and locks
// are given up so that another worker goes on at once. It never fails because Redis or the database is away. Call it once.
func (w *Worker) Run(ctx context.Context) error {
	var wg sync.WaitGroup
	for _, r := range w.runners {
		wg.Go(func() { r.run(ctx) })
	}
	wg.Wait()
	w.cfg.Webhooks.Close()
	return w.locks.close()
}

// Run makes a worker and runs it until ctx ends. Who wants to see its Status uses New.
func Run(ctx context.Context, cfg Config) error {
	w, err := New(cfg)
	if err != nil {
		return err
	}
	return w.Run(ctx)
}

// Election says how this worker is elected now: ByRedis, or ByDatabase when there is no Redis or it does not answer.
func (w *Worker) Election() string {
	if w.locks.answers() {
		return ByRedis
	}
	return ByDatabase
}

// Status says how each job stands. It asks nobody.
func (w *Worker) Status() []JobStatus {
	all := make([]JobStatus, 0, len(w.runners))
	for _, r := range w.runners {
		all = append(all, r.read())
	}
	return all
}

// spread returns between half of d and d, so that workers which wait for the same thing do not ask together.
func spread(d time.Duration) time.Duration { return d/2 + mathrand.N(d/2+1) }

// sleep waits for d or until ctx ends, and says whether the time passed.
func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return ctx.Err() == nil
	}
}
