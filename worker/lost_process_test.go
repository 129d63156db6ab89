//go:build unix

package worker

import (
	"fmt"
	"strings"
	"syscall"
	"testing"

	"github.com/redis/go-redis/v9"

	"doorbuster/store/storetest"
)

// lostWorld is a worker in a process of its own that does all jobs, a second one that waits, and what makes its lock lie.
type lostWorld struct {
	*lostShop
	url   string        // of Redis; empty: the database elects
	redis *redis.Client // nil without
	child *childWorker
}

// lies are the ways in which the first worker loses all its jobs.
var lies = map[string]struct {
	redis bool
	tell  func(t *testing.T, w *lostWorld)
	wake  func(t *testing.T, w *lostWorld) // nil: the first worker is gone
}{
	"stopped for longer than the lock lasts": {
		redis: true,
		tell:  func(t *testing.T, w *lostWorld) { t.Helper(); signal(t, w.child.process, syscall.SIGSTOP) },
		wake:  func(t *testing.T, w *lostWorld) { t.Helper(); signal(t, w.child.process, syscall.SIGCONT) },
	},
	"stopped for longer than the lease lasts": {
		tell: func(t *testing.T, w *lostWorld) { t.Helper(); signal(t, w.child.process, syscall.SIGSTOP) },
		wake: func(t *testing.T, w *lostWorld) { t.Helper(); signal(t, w.child.process, syscall.SIGCONT) },
	},
	"redis flushed": {
		redis: true,
		tell: func(t *testing.T, w *lostWorld) {
			t.Helper()
			if err := w.redis.FlushAll(t.Context()).Err(); err != nil {
				t.Error(err)
			}
		},
		wake: func(*testing.T, *lostWorld) {},
	},
	"extend refused": {
		redis: true,
		tell: func(t *testing.T, w *lostWorld) {
			t.Helper()
			for _, j := range jobs(Config{}) {
				if err := w.redis.Set(t.Context(), "doorbuster/"+w.Name+"/"+j.name, "stranger", 0).Err(); err != nil {
					t.Error(err)
				}
			}
		},
		wake: func(*testing.T, *lostWorld) {},
	},
	"killed": {
		redis: true,
		tell:  func(t *testing.T, w *lostWorld) { t.Helper(); w.child.kill(t) },
	},
	"clock jumped": {
		tell: func(t *testing.T, w *lostWorld) {
			t.Helper()
			w.exec(t, "UPDATE leases SET expires_at = expires_at - INTERVAL 1 HOUR")
		},
		wake: func(*testing.T, *lostWorld) {},
	},
}

// Whatever makes the lock of a working worker lie, in the middle of the work of all jobs: each piece of work is done, and none twice.
func TestLockLiesWhileAllJobsWork(t *testing.T) {
	t.Parallel()
	for name, lie := range lies {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := &lostWorld{lostShop: openLostShop(t, storetest.New(t))}
			var urls []string
			if lie.redis {
				r := storetest.Redis(t)
				w.url, w.redis, urls = r.URL(), redisClient(t, r), []string{r.URL()}
			}
			w.child = startWorker(t, &life{d: w.Database, url: w.url, mails: w.sink})
			eventually(t, "the first worker does all jobs", func() bool { return w.child.says("this worker does the job") })
			cfg := w.all(t)
			cfg.Redis = urls
			b := start(t, cfg, jobs)
			w.work(t)
			lie.tell(t, w)
			w.work(t)
			w.mustBeDone(t)
			if lie.wake != nil {
				lie.wake(t, w)
				eventually(t, "the first worker has learnt it, of each job", func() bool { return w.child.says("this worker no longer does the job") })
			}
			w.work(t)
			w.mustBeDone(t)
			b.stop(t)
			w.mustBeRight(t)
		})
	}
}

// says looks whether the log has the words about every job.
func (w *childWorker) says(words string) bool {
	about := map[string]bool{}
	for line := range strings.Lines(w.log.String()) {
		if _, job, ok := strings.Cut(line, " job="); ok && strings.Contains(line, words) {
			about[strings.Fields(job)[0]] = true
		}
	}
	return len(about) == len(lostJobs)
}

// work makes work for every job while the workers are at work.
func (w *lostWorld) work(t *testing.T) {
	t.Helper()
	for _, j := range jobs(Config{}) {
		if j.name == "clean_up" || j.name == "deliver_webhooks" || j.name == "send_mails" {
			w.come(t, 3) // the relay is a job of the workers here; what it makes is work for these
			continue
		}
		lostJobs[j.name].prepare(t, w.lostShop)
	}
	w.exec(t, "UPDATE outbox SET sent_at = sent_at - INTERVAL 31 DAY WHERE sent_at IS NOT NULL")
}

// mustBeDone waits until there is nothing left to do, and looks whether something was done twice.
func (w *lostWorld) mustBeDone(t *testing.T) {
	t.Helper()
	left := ""
	defer func() {
		if t.Failed() {
			t.Log("left:", left)
		}
	}()
	eventually(t, "all work is done", func() bool {
		var some []string
		for name, of := range lostJobs {
			if n := of.left(t, w.lostShop); n > 0 {
				some = append(some, fmt.Sprint(name, " ", n))
			}
		}
		left = strings.Join(some, ", ")
		return left == ""
	})
	for name, of := range lostJobs {
		if n := of.twice(t, w.lostShop); n != 0 {
			t.Errorf("%s: %d pieces were done twice", name, n)
		}
	}
}
