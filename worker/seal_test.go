package worker

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"doorbuster/store"
)

// sealing are settings of a worker that seals all the time, and the file of its heads.
func sealing(t *testing.T, s *shop) (Config, string) {
	t.Helper()
	cfg := settings(t, s.Database)
	cfg.SealEvery, cfg.SealFile = time.Millisecond, filepath.Join(t.TempDir(), "heads.txt")
	return cfg, cfg.SealFile
}

// unsealed counts the ledger lines without a seal.
func (s *shop) unsealed(t testing.TB) int {
	t.Helper()
	return s.count(t, `SELECT COUNT(*) FROM stock_moves m LEFT JOIN stock_seals s ON s.move_id = m.move_id AND s.line = m.line WHERE s.seq IS NULL`)
}

// head is the line that the file should end with.
func (s *shop) head(t testing.TB) string {
	t.Helper()
	var seq uint64
	var hash string
	var at time.Time
	err := s.root.QueryRowContext(context.Background(),
		`SELECT seq, LOWER(HEX(hash)), sealed_at FROM stock_seals ORDER BY seq DESC LIMIT 1`).Scan(&seq, &hash, &at)
	if err != nil {
		t.Fatal(err)
	}
	return store.HeadLine(seq, hash, at)
}

func readHeads(t testing.TB, file string) []string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
	return strings.SplitAfter(strings.TrimSuffix(string(text), "\n")+"\n", "\n")[:max(0, strings.Count(string(text), "\n"))]
}

func endsWith(t testing.TB, file, line string) bool {
	heads := readHeads(t, file)
	return len(heads) > 0 && heads[len(heads)-1] == line
}

// mustVerify verifies the seals as the auditor does.
func (s *shop) mustVerify(t testing.TB, files ...string) {
	t.Helper()
	a, err := store.OpenAuditor(s.DSN("doorbuster_auditor"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		f, err := os.Open(file)
		if err != nil {
			t.Fatal(err)
		}
		check, err := a.VerifySeals(context.Background(), f)
		if err := errors.Join(err, f.Close()); err != nil {
			t.Fatal(err)
		}
		if check.Anchors == 0 || check.Head == 0 {
			t.Errorf("nothing was compared: %+v", check)
		}
		for _, b := range check.Broken {
			t.Error(b)
		}
	}
	if err := a.Close(); err != nil {
		t.Error(err)
	}
}

// The whole ledger is sealed while shoppers buy and holds end, no purchase fails by it, and the file has every head.
func TestSealingDuringARush(t *testing.T) {
	t.Parallel()
	s := openShop(t, 100)
	cfg, file := sealing(t, s)
	cfg.SealLimit, cfg.ExpireEvery = 7, 5*time.Millisecond
	w := start(t, cfg, jobs)
	var shoppers sync.WaitGroup
	var placed atomic.Int64
	for part := range uint64(8) {
		shoppers.Go(func() {
			for i := range uint64(40) {
				user := part*40 + i + 1
				p := s.buy(t, user)
				if p.Outcome != store.Placed {
					continue
				}
				placed.Add(1)
				switch user % 3 {
				case 0:
					if c, err := s.store.PayOrder(context.Background(), store.Operator("ann"), p.OrderID, "cash"); err != nil || c.Outcome != store.Paid {
						t.Errorf("paying: %v, %v", c.Outcome, err)
					}
				case 1:
					if c, err := s.store.CancelOrder(context.Background(), p.OrderID, user); err != nil || c.Outcome != store.Cancelled {
						t.Errorf("cancelling: %v, %v", c.Outcome, err)
					}
				}
			}
		})
	}
	shoppers.Wait()
	s.endHolds(t)
	eventually(t, "no hold is left", func() bool { return s.inState(t, "held") == 0 })
	eventually(t, "every line is sealed", func() bool { return s.unsealed(t) == 0 })
	eventually(t, "the file has the head", func() bool { return endsWith(t, file, s.head(t)) })
	w.stop(t)
	s.mustBeRight(t)
	s.mustVerify(t, file)
	lines := s.count(t, "SELECT COUNT(*) FROM stock_moves")
	if n := s.count(t, "SELECT COUNT(*) FROM stock_seals WHERE seq <= ?", lines); n != lines || placed.Load() < 100 {
		t.Errorf("%d seals of %d lines, %d orders", n, lines, placed.Load())
	}
	if st := w.of("seal_moves"); st.LastError != "" || w.log.count("the job fails") != 0 {
		t.Errorf("sealing met trouble: %+v\n%s", st, w.log)
	}
}

// A worker is killed between the commit and the file: the next one writes the head again, though it has nothing to seal.
func TestHeadIsWrittenAgain(t *testing.T) {
	t.Parallel()
	s := openShop(t, 10)
	cfg, file := sealing(t, s)
	cfg = cfg.withDefaults()
	lease, err := cfg.Store.TakeLease(t.Context(), "seal_moves", "killed", 0, false)
	if err != nil {
		t.Fatal(err)
	}
	if a, err := cfg.Store.SealMoves(t.Context(), lease.Fence, 100); err != nil || a.Outcome != store.Sealed {
		t.Fatalf("%+v, %v", a, err)
	}
	if err := os.WriteFile(file, []byte("1 00ff"), 0o600); err != nil { // it was killed in the middle of a line, too
		t.Fatal(err)
	}
	w := start(t, cfg, jobs)
	eventually(t, "the file has the head", func() bool { return endsWith(t, file, s.head(t)) })
	before := w.of("seal_moves").LastRun
	eventually(t, "it has run again", func() bool { return w.of("seal_moves").LastRun.After(before) })
	w.stop(t)
	if heads := readHeads(t, file); len(heads) != 2 || heads[0] != "1 00ff\n" {
		t.Errorf("the file has %q: want the line that was cut off, and the head once", heads)
	}
	if n := w.log.count("the ledger is sealed"); n != 1 || !strings.Contains(w.log.String(), "hash="+strings.Fields(s.head(t))[1]) {
		t.Errorf("the log tells the head %d times:\n%s", n, w.log)
	}
}

// A file that cannot be written is a trouble of the job. The ledger is sealed all the same, and the head comes when the file can be written.
func TestFileOfHeadsIsAway(t *testing.T) {
	t.Parallel()
	s := openShop(t, 10)
	cfg, file := sealing(t, s)
	folder := filepath.Join(filepath.Dir(file), "mounted later")
	cfg.SealFile = filepath.Join(folder, "heads.txt")
	w := start(t, cfg, jobs)
	eventually(t, "the job says so", func() bool { return w.of("seal_moves").LastError == "fault" })
	eventually(t, "every line is sealed", func() bool { return s.unsealed(t) == 0 })
	if st := w.status(); st.LastError != "" {
		t.Errorf("the other job is in trouble, too: %+v", st)
	}
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the file has the head", func() bool { return endsWith(t, cfg.SealFile, s.head(t)) })
	eventually(t, "all is well", func() bool { return w.of("seal_moves").LastError == "" })
}

// One seals and the other waits. The one that was overtaken, and does not know it, changes nothing.
func TestSealingIsFenced(t *testing.T) {
	t.Parallel()
	s := openShop(t, 10)
	cfgA, fileA := sealing(t, s)
	cfgB, fileB := sealing(t, s)
	cfgA.TTL = time.Hour // so that it is not told by its own keepers
	frozen, thaw, wrote := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	a := start(t, cfgA, func(cfg Config) []job {
		table := jobs(cfg)
		run, runs := table[1].run, 0
		table[1].run = func(ctx context.Context, fence uint64) (int, error) {
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
	})
	await(t, frozen)
	s.exec(t, "UPDATE leases SET expires_at = UTC_TIMESTAMP(6) WHERE job = 'seal_moves'")
	b := start(t, cfgB, jobs)
	eventually(t, "the second leads", func() bool { return b.of("seal_moves").Leader })
	s.hold(t, 1, 3)
	eventually(t, "every line is sealed", func() bool { return s.unsealed(t) == 0 && endsWith(t, fileB, s.head(t)) })
	b.stop(t)
	lease := func(d time.Duration) { // a stranger who seals nothing
		if _, err := cfgB.Store.TakeLease(t.Context(), "seal_moves", "stranger", d, false); err != nil {
			t.Error(err)
		}
	}
	lease(time.Minute)
	s.hold(t, 4, 2)
	close(thaw)
	if err := await(t, wrote); !errors.Is(err, errOvertaken) {
		t.Errorf("the write of the frozen one: %v", err)
	}
	eventually(t, "the frozen one knows", func() bool { return !a.of("seal_moves").Leader })
	if n := s.unsealed(t); n != 2 {
		t.Errorf("%d lines wait, want 2: a worker with an old number sealed", n)
	}
	lease(0)
	eventually(t, "the first leads again", func() bool { return a.of("seal_moves").Fence == 4 })
	eventually(t, "every line is sealed", func() bool { return s.unsealed(t) == 0 && endsWith(t, fileA, s.head(t)) })
	a.stop(t)
	s.mustVerify(t, fileA, fileB)
}

// The work of one job waits in the database, and so does the renewal of its lease: the other goes on, because it has its own connections.
func TestOneJobStarvesNoOther(t *testing.T) {
	t.Parallel()
	s := openShop(t, 10)
	cfg, _ := sealing(t, s)
	w := start(t, cfg, jobs)
	eventually(t, "the worker leads", func() bool { return w.leads() && w.of("seal_moves").Leader })
	if n := len(w.Status()); n < 2 {
		t.Errorf("%d jobs: there is nothing to starve", n)
	}
	tx, err := s.root.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.ExecContext(t.Context(), "SELECT 1 FROM leases WHERE job = 'seal_moves' FOR UPDATE"); err != nil {
		t.Fatal(err)
	}
	stands := w.of("seal_moves").LastRun
	eventually(t, "sealing is in trouble", func() bool { return w.of("seal_moves").LastError != "" })
	before := w.status()
	s.hold(t, 1, 3)
	s.endHolds(t)
	eventually(t, "the holds have ended", func() bool { return s.inState(t, "expired") == 3 })
	if now := w.status(); now.LastError != "" || now.Fence != before.Fence {
		t.Errorf("the other job: %+v, before %+v", now, before)
	}
	if err := tx.Rollback(); err != nil {
		t.Error(err)
	}
	eventually(t, "sealing goes on", func() bool { return w.of("seal_moves").LastError == "" && w.of("seal_moves").LastRun.After(stands) })
}
