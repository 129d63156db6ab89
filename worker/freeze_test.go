package worker

import (
	"context"
	"errors"
	"testing"
	"time"

	"doorbuster/store/storetest"

	"github.com/prometheus/client_golang/prometheus"
)

// The holder stands still between being told that it may write and writing. Meanwhile another takes over and does the work.
func TestFrozenBetweenLeaseAndWrite(t *testing.T) {
	t.Parallel()
	for name, withRedis := range map[string]bool{"database": false, "redis": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := openShop(t, 10)
			var urls []string
			takeOver := func() { // the lease lapses, as after a long freeze
				s.exec(t, "UPDATE leases SET expires_at = UTC_TIMESTAMP(6)")
			}
			if withRedis {
				r := storetest.Redis(t)
				client := redisClient(t, r)
				urls = append(urls, r.URL())
				takeOver = func() { // the lock lapses; its holder does not know
					if err := client.FlushAll(context.Background()).Err(); err != nil {
						t.Error(err)
					}
				}
			}
			cfg := settings(t, s.Database, urls...)
			cfg.TTL = time.Hour // so that the frozen one is not told by its own keepers
			registry := prometheus.NewRegistry()
			cfg.Registerer = registry
			frozen, thaw, wrote := make(chan struct{}), make(chan struct{}), make(chan error, 1)
			a := start(t, cfg, freezing(frozen, thaw, wrote))
			eventually(t, "the first leads", a.leads)
			b := start(t, settings(t, s.Database, urls...), expiry)
			s.hold(t, 1, 4)
			await(t, frozen)
			takeOver()
			eventually(t, "the second leads", b.leads)
			if !a.leads() || a.status().Fence == b.status().Fence {
				t.Fatalf("not two leaders with two numbers: %+v, %+v", a.status(), b.status())
			}

			s.endHolds(t)
			close(thaw)
			if err := await(t, wrote); !errors.Is(err, errOvertaken) {
				t.Errorf("the write of the frozen one: %v", err)
			}
			eventually(t, "the frozen one knows", func() bool { return !a.leads() })
			eventually(t, "the holds have ended", func() bool { return s.inState(t, "expired") == 4 })
			mustStay(t, s, b, a)
			if n := metric(t, registry, "doorbuster_job_done_total"); n != 0 {
				t.Errorf("the frozen one ended %v holds", n)
			}
			if n := metric(t, registry, "doorbuster_job_errors_total"); n != 1 {
				t.Errorf("the frozen one counted %v errors, want the one refusal", n)
			}
			s.mustBeRight(t)
		})
	}
}

// freezing is the table of jobs with a hand that stops the second run before its first write.
func freezing(frozen chan<- struct{}, thaw <-chan struct{}, wrote chan<- error) func(Config) []job {
	return func(cfg Config) []job {
		table := expiry(cfg)
		run, runs := table[0].run, 0
		table[0].run = func(ctx context.Context, fence uint64) (int, error) {
			if runs++; runs != 2 {
				return run(ctx, fence)
			}
			frozen <- struct{}{}
			<-thaw
			did, err := run(ctx, fence)
			wrote <- err
			return did, err
		}
		return table
	}
}
