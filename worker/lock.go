package worker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/go-redsync/redsync/v4"
	redsyncredis "github.com/go-redsync/redsync/v4/redis"
	"github.com/go-redsync/redsync/v4/redis/goredis/v9"
	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

// errTaken says that Redis answered and another worker has the lock, or that this one has it no longer.
var errTaken = errors.New("the lock is another's")

// locker hands out the locks and knows whether Redis answers. Its methods may be called from any goroutine. A nil locker is one
// without Redis.
type locker struct {
	redsync *redsync.Redsync
	clients []*redis.Client
	prefix  string
	ttl     time.Duration
	retry   time.Duration
	log     *slog.Logger

	mu      sync.Mutex
	away    bool      // the last answer was none
	probeAt time.Time // while away: when to try again
}

// The driver would write each failed dial to standard error; this package says once that Redis is away.
var quiet = sync.OnceFunc(func() { redis.SetLogger(silence{}) })

type silence struct{}

func (silence) Printf(context.Context, string, ...any) {}

// newLocker returns nil if no Redis is configured. It does not connect.
func newLocker(cfg Config) (*locker, error) {
	if len(cfg.Redis) == 0 {
		return nil, nil
	}
	quiet()
	l := &locker{prefix: "doorbuster/" + cfg.Database + "/", ttl: cfg.TTL, retry: cfg.RedisRetry, log: cfg.Log}
	pools := make([]redsyncredis.Pool, 0, len(cfg.Redis))
	for i, address := range cfg.Redis {
		o, err := redis.ParseURL(address)
		if err != nil {
			// The parser's own words would repeat the password.
			return nil, errors.Join(fmt.Errorf("worker: address %d of Redis is not redis://[user:password@]host:port[/db]", i+1), l.close())
		}
		client := redis.NewClient(l.tune(o))
		l.clients = append(l.clients, client)
		pools = append(pools, goredis.NewPool(client))
	}
	l.redsync = redsync.New(pools...)
	return l, nil
}

// patience is how long one question to Redis may take. It is short against the TTL, because an answer that comes late is worth little.
func (l *locker) patience() time.Duration { return l.ttl / 10 }

func (l *locker) tune(o *redis.Options) *redis.Options {
	o.ContextTimeoutEnabled = true
	o.DialTimeout, o.ReadTimeout, o.WriteTimeout = l.patience(), l.patience(), l.patience()
	o.DialerRetries = 1 // who is elected by the database meanwhile need not wait for more
	o.MaxRetries = 1    // a connection that Redis dropped while it was idle
	o.PoolSize = 4      // a lock is asked for a few times a second
	o.DisableIdentity = true
	o.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	return o
}

func (l *locker) close() error {
	if l == nil {
		return nil
	}
	var errs []error
	for _, c := range l.clients {
		errs = append(errs, c.Close())
	}
	return errors.Join(errs...)
}

// answers says whether Redis is there, as far as is known.
func (l *locker) answers() bool {
	if l == nil {
		return false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return !l.away
}

// due says whether Redis may be asked: always while it answers, else now and then, by one of the jobs.
func (l *locker) due() bool {
	if l == nil {
		return false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.away {
		return true
	}
	now := time.Now()
	if now.Before(l.probeAt) {
		return false
	}
	l.probeAt = now.Add(l.retry)
	return true
}

// take tries once to get the lock of a job. The error is errTaken when another has it, else Redis is away.
func (l *locker) take(ctx context.Context, job string) (*lock, error) {
	// Not WithSetNXOnExtend: a lock that was lost is lost, another worker may have had it in between.
	m := l.redsync.NewMutex(l.prefix+job, redsync.WithExpiry(l.ttl), redsync.WithTimeoutFactor(0.1))
	// A question cut in the middle could leave a lock behind that nobody holds.
	err := l.judge(m.TryLockContext(context.WithoutCancel(ctx)))
	if err != nil {
		return nil, err
	}
	return &lock{locker: l, mutex: m}, nil
}

// judge turns an error of redsync into nil, errTaken, or the error itself when too few nodes answer, and keeps in mind which.
func (l *locker) judge(err error) error {
	silent := countRedisErrors(err)
	quorum := len(l.clients)/2 + 1
	away := len(l.clients)-silent < quorum
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case away && !l.away:
		l.log.Warn("redis does not answer; the database elects the workers until it does", "error", err, "try_again_every", l.retry)
	case !away && l.away:
		l.log.Info("redis answers again and elects the workers")
	}
	if l.away = away; away {
		l.probeAt = time.Now().Add(l.retry)
		return err
	}
	if err != nil {
		return errTaken
	}
	return nil
}

// countRedisErrors counts the nodes that did not answer.
func countRedisErrors(err error) int {
	switch e := err.(type) { //nolint:errorlint // this walks the tree of errors itself, to count all of a kind
	case *redsync.RedisError:
		return 1
	case interface{ Unwrap() []error }:
		n := 0
		for _, err := range e.Unwrap() {
			n += countRedisErrors(err)
		}
		return n
	default:
		return 0
	}
}

// lock is a lock that was had. One goroutine at a time may use it.
type lock struct {
	locker *locker
	mutex  *redsync.Mutex
}

// extend keeps the lock for another TTL. After an error it is lost.
func (k *lock) extend(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), k.locker.patience())
	defer cancel()
	ok, err := k.mutex.ExtendContext(ctx)
	if !ok && err == nil {
		err = errTaken
	}
	if ok {
		err = nil // a minority of nodes does not matter
	}
	return k.locker.judge(err)
}

// release gives the lock to whoever asks next. If Redis does not answer the lock lapses by itself.
func (k *lock) release(ctx context.Context) {
	if !k.locker.answers() {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), k.locker.patience())
	defer cancel()
	// The error says that it was lost before, or that Redis is away, which the next question finds out.
	_, _ = k.mutex.UnlockContext(ctx)
}
