package room

import (
	"context"
	"crypto/sha256"
	"errors"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"doorbuster/store"
	"doorbuster/store/storetest"
	"doorbuster/web/ui"
)

func TestMain(m *testing.M) { storetest.Main(m) }

// counted is a real store whose readings are counted.
type counted struct {
	*store.Store
	rooms, sales, checks atomic.Int64
}

func (c *counted) ShowRoom(ctx context.Context, by store.Actor, sale uint64) (store.Room, error) {
	c.rooms.Add(1)
	return c.Store.ShowRoom(ctx, by, sale)
}

func (c *counted) ShowSale(ctx context.Context, by store.Actor, sale uint64) (store.ShownSale, error) {
	c.sales.Add(1)
	return c.Store.ShowSale(ctx, by, sale)
}

func (c *counted) CheckWatchers(ctx context.Context, watchers []store.Watcher) ([]uint64, error) {
	c.checks.Add(1)
	return c.Store.CheckWatchers(ctx, watchers)
}

// setup is rooms on a real database, with a member who may watch.
type setup struct {
	t        *testing.T
	db       *storetest.Database
	source   *counted
	rooms    *Rooms
	rendered atomic.Int64
	sale     uint64
	who      store.Watcher
}

func newSetup(t *testing.T, change func(c *Config)) *setup {
	t.Helper()
	s := &setup{t: t, db: storetest.New(t)}
	s.source = &counted{Store: s.db.Open(t)}
	s.sale, _ = storetest.Sale(t, s.source.Store, store.NewItem{Units: 5})
	token := sha256.Sum256([]byte("token"))
	if err := s.source.KeepStaffSession(t.Context(), token, []byte("x"), time.Hour); err != nil {
		t.Fatal(err)
	}
	root := s.db.Root(t)
	if _, err := root.ExecContext(t.Context(), `INSERT INTO staff (id, shop_id, email, name, role, state, password_phc, sessions_from, created_at, changed_at)
		VALUES (1, 1, 'ann@example.com', 'Ann', 'viewer', 'active', 'x', UTC_TIMESTAMP(6), UTC_TIMESTAMP(6), UTC_TIMESTAMP(6))`); err != nil {
		t.Fatal(err)
	}
	s.who = store.Watcher{Token: token, Staff: 1, Since: time.Now().Add(time.Minute), Sale: s.sale}
	cfg := Config{
		Source: s.source, Log: slog.Default(), Every: 20 * time.Millisecond, CheckEvery: 20 * time.Millisecond,
		Render: func(lang ui.Lang, r *Reading) ([]byte, error) {
			s.rendered.Add(1)
			if r.Away {
				return []byte("away"), nil
			}
			return []byte(string(lang) + " " + r.Room.Tab), nil
		},
	}
	if change != nil {
		change(&cfg)
	}
	s.rooms = New(cfg)
	t.Cleanup(s.rooms.Stop)
	return s
}

func (s *setup) join(lang ui.Lang) *Viewer {
	s.t.Helper()
	v, err := s.rooms.Join(lang, s.who)
	if err != nil {
		s.t.Fatal(err)
	}
	return v
}

// until takes frames until one is want; "" is the end.
func (s *setup) until(v *Viewer, want string) {
	s.t.Helper()
	timeout := time.After(20 * time.Second)
	for {
		select {
		case frame, on := <-v.Frames():
			if (on && string(frame) == want) || (!on && want == "") {
				return
			}
			if !on {
				s.t.Fatalf("the frames ended, and %q did not come", want)
			}
		case <-timeout:
			s.t.Fatalf("%q did not come", want)
		}
	}
}

// A hundred viewers cost one reading a time and one rendering per language. With the last of them it ends, and no goroutine is left.
func TestOneReadingForAll(t *testing.T) {
	s := newSetup(t, nil)
	ignore := goleak.IgnoreCurrent()
	var viewers []*Viewer
	for i := range 100 {
		viewers = append(viewers, s.join([]ui.Lang{ui.En, ui.Zh}[i%2]))
	}
	for i, v := range viewers {
		s.until(v, []string{"en live", "zh live"}[i%2])
	}
	before, drawn := s.source.rooms.Load(), s.rendered.Load()
	for range 5 { // five frames for each viewer
		for i, v := range viewers {
			s.until(v, []string{"en live", "zh live"}[i%2])
		}
	}
	reads, renders := s.source.rooms.Load()-before, s.rendered.Load()-drawn
	if reads < 5 || renders > 2*(reads+1) {
		t.Errorf("%d readings, %d renderings", reads, renders)
	}
	if s.source.sales.Load() > s.source.rooms.Load() || s.source.checks.Load() > s.source.rooms.Load()+2 {
		t.Errorf("%d readings, %d equations, %d checks", s.source.rooms.Load(), s.source.sales.Load(), s.source.checks.Load())
	}
	if sales, watching := s.rooms.Watched(); sales != 1 || watching != 100 || s.rooms.Latest(s.sale) == nil {
		t.Errorf("%d sales, %d viewers", sales, watching)
	}
	for _, v := range viewers {
		v.Leave()
		v.Leave() // once is enough
	}
	if sales, watching := s.rooms.Watched(); sales != 0 || watching != 0 || s.rooms.Latest(s.sale) != nil {
		t.Errorf("after all have left: %d sales, %d viewers", sales, watching)
	}
	goleak.VerifyNone(t, ignore, goleak.IgnoreAnyFunction("github.com/go-sql-driver/mysql.(*mysqlConn).startWatcher.func1")) // of the pool
}

// Whoever takes no frame holds nobody up, and gets the newest one when they do.
func TestSlowViewer(t *testing.T) {
	s := newSetup(t, nil)
	slow, quick := s.join(ui.En), s.join(ui.En)
	s.until(quick, "en live")
	if outcome, err := s.source.PauseSale(t.Context(), store.Operator("test"), s.sale, "x"); err != nil || outcome != store.Paused {
		t.Fatal(outcome, err)
	}
	s.until(quick, "en paused")
	s.until(quick, "en paused")
	if frame := <-slow.Frames(); string(frame) != "en paused" {
		t.Errorf("who is slow sees %q", frame)
	}
}

// Who is disabled, or has signed out, is cut off; the others stay.
func TestCutOff(t *testing.T) {
	s := newSetup(t, nil)
	stays := s.join(ui.En)
	s.who.Token = sha256.Sum256([]byte("another"))
	if err := s.source.KeepStaffSession(t.Context(), s.who.Token, []byte("x"), time.Hour); err != nil {
		t.Fatal(err)
	}
	leaves := s.join(ui.En)
	s.until(leaves, "en live")
	if err := s.source.EndStaffSession(t.Context(), s.who.Token); err != nil {
		t.Fatal(err)
	}
	s.until(leaves, "")
	if !leaves.Cut() {
		t.Error("it does not say that the viewer was cut off")
	}
	s.until(stays, "en live")
	if _, err := s.db.Root(t).ExecContext(t.Context(), "UPDATE staff SET state = 'disabled'"); err != nil {
		t.Fatal(err)
	}
	s.until(stays, "")
	if !stays.Cut() {
		t.Error("a member who was disabled may watch on")
	}
}

// There are bounds, and after Stop nobody watches or joins.
func TestBoundsAndStop(t *testing.T) {
	s := newSetup(t, func(c *Config) { c.MostViewers = 2 })
	first, _ := s.join(ui.En), s.join(ui.En)
	if _, err := s.rooms.Join(ui.En, s.who); !errors.Is(err, ErrFull) {
		t.Errorf("a third viewer: %v", err)
	}
	first.Leave()
	second := s.join(ui.En)
	s.until(second, "en live")
	s.rooms.Stop()
	s.until(second, "")
	if second.Cut() {
		t.Error("stopping looks like cutting off")
	}
	if _, err := s.rooms.Join(ui.En, s.who); !errors.Is(err, ErrFull) {
		t.Errorf("after Stop: %v", err)
	}
}

// With the database away what was read last is shown as what it is: old. It goes on by itself.
func TestDatabaseAway(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a database of its own")
	}
	own := storetest.OwnServer(t)
	db := storetest.On(t, own)
	st := db.Open(t)
	sale, _ := storetest.Sale(t, st, store.NewItem{Units: 5})
	r := NewReader(st, store.Operator("test"), sale)
	before, err := r.Read(t.Context())
	if err != nil || before.Away || before.Room.UnitsAllotted != 5 {
		t.Fatalf("%+v, %v", before, err)
	}
	if err := own.Kill(); err != nil {
		t.Fatal(err)
	}
	old, err := r.Read(t.Context())
	if err != nil || !old.Away || old.Room.UnitsAllotted != 5 || !old.Room.DatabaseTime.Equal(before.Room.DatabaseTime) {
		t.Errorf("%+v, %v", old, err)
	}
	if _, err := NewReader(st, store.Operator("test"), sale).Read(t.Context()); err == nil {
		t.Error("there is a reading of what was never read")
	}
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	if err := own.Restart(ctx); err != nil {
		t.Fatal(err)
	}
	for again := old; again.Away; {
		if again, err = r.Read(ctx); err != nil {
			t.Fatal(err)
		}
	}
	if before.Away {
		t.Error("a reading that was handed out has changed")
	}
}

// fake is a source with answers and a clock of the test's: for arithmetic alone.
type fake struct {
	now     time.Time
	minutes map[time.Time]map[store.Outcome]uint64
	asked   int // minutes that were read
}

func (f *fake) ShowRoom(context.Context, store.Actor, uint64) (store.Room, error) {
	return store.Room{DatabaseTime: f.now}, nil
}

func (f *fake) ShowSale(context.Context, store.Actor, uint64) (store.ShownSale, error) {
	return store.ShownSale{}, nil
}

func (f *fake) CountAnswers(_ context.Context, _ store.Actor, _ uint64, from, until time.Time) ([]store.AnswerCount, error) {
	sum := map[store.Outcome]uint64{}
	for minute, counts := range f.minutes {
		if minute.Before(from) || (!until.IsZero() && !minute.Before(until)) {
			continue
		}
		f.asked++
		for o, n := range counts {
			sum[o] += n
		}
	}
	var all []store.AnswerCount
	for o, n := range sum {
		all = append(all, store.AnswerCount{Outcome: o, Answers: n})
	}
	return all, nil
}

func (f *fake) CheckWatchers(context.Context, []store.Watcher) ([]uint64, error) { return nil, nil }

// Every answer is counted once, however the minutes go by; old minutes are not read again; rates are a second's, over the last few.
func TestRatesAndTotals(t *testing.T) {
	f := &fake{now: time.Date(2030, 1, 1, 10, 0, 0, 0, time.UTC), minutes: map[time.Time]map[store.Outcome]uint64{}}
	r := NewReader(f, store.Operator("test"), 1)
	var last *Reading
	for second := range 300 {
		f.now = f.now.Add(time.Second)
		minute := f.now.Truncate(time.Minute)
		if f.minutes[minute] == nil {
			f.minutes[minute] = map[store.Outcome]uint64{}
		}
		f.minutes[minute][store.Placed] += 10
		f.minutes[minute][store.SoldOut] += 200
		f.minutes[minute][store.Exists]++
		f.asked = 0
		var err error
		if last, err = r.Read(t.Context()); err != nil {
			t.Fatal(err)
		}
		n := uint64(second + 1)
		for _, a := range last.Answers {
			if want := map[store.Outcome]uint64{store.Placed: 10 * n, store.SoldOut: 200 * n, store.Exists: n}[a.Outcome]; a.Answers != want {
				t.Fatalf("second %d: %s %d, not %d", second, a.Outcome, a.Answers, want)
			}
		}
		if f.asked > 3 {
			t.Fatalf("second %d: %d minutes were read", second, f.asked)
		}
		if orders, refused := last.Orders[len(last.Orders)-1], last.Refused[len(last.Refused)-1]; second > 0 && (orders != 10 || refused != 200) {
			t.Fatalf("second %d: %v orders and %v refused a second", second, orders, refused)
		}
	}
	if len(last.Orders) != Points || len(r.samples) > 10 {
		t.Errorf("%d points, %d samples", len(last.Orders), len(r.samples))
	}
}

func TestPace(t *testing.T) {
	for cost, want := range map[time.Duration]time.Duration{
		time.Millisecond: 0, 50 * time.Millisecond: 0, 60 * time.Millisecond: 5 * time.Second, time.Second: 20 * time.Second, time.Minute: 30 * time.Second,
	} {
		if got := pace(cost); got != want {
			t.Errorf("%s: %s, not %s", cost, got, want)
		}
	}
}

// slowSum is a source whose equation takes for ever to add up.
type slowSum struct{ *counted }

func (s slowSum) ShowSale(ctx context.Context, _ store.Actor, _ uint64) (store.ShownSale, error) {
	<-ctx.Done()
	return store.ShownSale{}, ctx.Err()
}

// A sale that takes long to add up does not hold up its quick figures; and nobody is waited for when the last viewer has left.
func TestSlowEquation(t *testing.T) {
	s := newSetup(t, nil)
	s.rooms.cfg.Source = slowSum{s.source}
	v := s.join(ui.En)
	for range 3 {
		s.until(v, "en live")
	}
	if r := s.rooms.Latest(s.sale); r == nil || r.Sale.ID != 0 {
		t.Errorf("%+v", r)
	}
	v.Leave()
	s.rooms.Stop()
}
