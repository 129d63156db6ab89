package store

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/jmoiron/sqlx"
)

// Live is what every page and gate needs to know, as it was read together at most a second or so ago. It is never changed after it
// was published; treat it as read-only.
type Live struct {
	ReadAt    time.Time            // when it was read, on this machine's clock; zero: never
	Sales     map[uint64]LiveSale  // published, paused and ended sales whose end is at most a day ago
	Items     map[uint64]LiveItem  // items of those sales that have not ended
	Switches  Switches             // those that are on
	SignedOut map[uint64]time.Time // sessions of these shoppers issued before that instant are void
}

// LiveSale is the part of a sale that changes or opens something. Times are UTC.
type LiveSale struct {
	ID        uint64    `db:"id"`
	ShopID    uint64    `db:"shop_id"` // 0 where it was not read
	State     string    `db:"state"`   // published, paused or ended
	OpensAt   time.Time `db:"opens_at"`
	ClosesAt  time.Time `db:"closes_at"`
	ChangedAt time.Time `db:"changed_at"`

	MembersOpenAt *time.Time `db:"members_open_at"` // nil: open to all from OpensAt
}

// StartsAt is when a sale opens to anybody: to its members, where they come first, else to all.
func (s LiveSale) StartsAt() time.Time {
	if s.MembersOpenAt != nil {
		return *s.MembersOpenAt
	}
	return s.OpensAt
}

// Phase is what a sale is to shoppers: soon, early (open to members alone), live, paused or over, at the database's time now.
func (s LiveSale) Phase(now time.Time) string {
	switch {
	case s.State == "ended" || !now.Before(s.ClosesAt):
		return "over"
	case now.Before(s.StartsAt()):
		return "soon"
	case s.State == "paused":
		return "paused"
	case now.Before(s.OpensAt):
		return "early"
	default:
		return "live"
	}
}

// LiveItem is the stock of an item.
type LiveItem struct {
	ItemID       uint64 `db:"item_id"`
	SaleID       uint64 `db:"sale_id"`
	UnitsLeft    int    `db:"units_left"`
	StockVersion uint64 `db:"stock_version"`
	Shards       int    `db:"shards"`
}

// Live returns what was read last. It never waits.
func (s *Store) Live() *Live { return s.live.snapshot.Load() }

// Now returns the time on the database's clock, as far as it is known: this machine's clock until the database was reached once.
func (s *Store) Now() time.Time { return time.Now().Add(time.Duration(s.clock.offset.Load())).UTC() }

// clock is the offset of the database's clock to this machine's.
type clock struct {
	offset atomic.Int64 // nanoseconds
	known  atomic.Bool
}

// staleAfter is how old Live may get before the Store says that it is not ready.
const staleAfter = 5 * time.Second

// Ready says whether shoppers can be served: nil, or what stands in the way. It asks nobody.
func (s *Store) Ready() error {
	live := s.Live()
	switch {
	case live.ReadAt.IsZero():
		return errors.New("the database has not been reached yet")
	case time.Since(live.ReadAt) > staleAfter:
		return fmt.Errorf("the database has not answered for %s", time.Since(live.ReadAt).Round(time.Second))
	}
	return nil
}

// livePoller reads Live once a second, and at once when this process changed something.
type livePoller struct {
	s        *Store
	snapshot atomic.Pointer[Live]
	woken    chan struct{}
	soldOut  chan soldOutAt // items that have sold out, for learnOwners; bounded: what finds no room is asked for at a later refusal
}

func newLivePoller(s *Store) *livePoller {
	p := &livePoller{s: s, woken: make(chan struct{}, 1), soldOut: make(chan soldOutAt, 256)}
	p.snapshot.Store(&Live{})
	return p
}

// wake asks for a reading now. It never waits.
func (p *livePoller) wake() {
	select {
	case p.woken <- struct{}{}:
	default:
	}
}

// learn asks for the owners of an item that has sold out. It never waits.
func (p *livePoller) learn(at soldOutAt) {
	select {
	case p.soldOut <- at:
	default:
		p.s.soldOut.askAgain(at)
	}
}

func (p *livePoller) run(ctx context.Context) {
	tick := time.NewTicker(p.s.cfg.PollEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case at := <-p.soldOut:
			p.learnOwners(ctx, at)
			continue
		case <-tick.C:
		case <-p.woken:
		}
		p.pollOnce(ctx)
	}
}

// pollOnce reads everything and publishes it. If the database is away, the last reading stays and grows old.
func (p *livePoller) pollOnce(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	var live *Live
	err := p.s.watch.with(ctx, "live", func(conn *sqlx.Conn) (err error) {
		live, err = p.read(ctx, conn)
		return err
	})
	before := p.snapshot.Load()
	if err != nil {
		if ctx.Err() == nil && time.Since(before.ReadAt) > staleAfter {
			p.s.cfg.Log.Warn("the database does not answer", "error", err)
		}
		return
	}
	for id, item := range live.Items {
		p.s.soldOut.seen(id, item.StockVersion)
	}
	p.s.soldOut.forget(func(item uint64) bool { _, ok := live.Items[item]; return ok })
	p.snapshot.Store(live)
}

func (p *livePoller) read(ctx context.Context, conn *sqlx.Conn) (*Live, error) {
	if err := p.readClock(ctx, conn); err != nil {
		return nil, err
	}
	live := &Live{
		ReadAt: time.Now(), Sales: map[uint64]LiveSale{}, Items: map[uint64]LiveItem{},
		Switches: Switches{}, SignedOut: map[uint64]time.Time{},
	}
	// Stock before sales: the sale of an item that is seen is seen too, also if it is published in between. An item whose sale were missing would
	// be taken for one whose sale is over.
	if err := readRows(ctx, conn, func(r LiveItem) { live.Items[r.ItemID] = r },
		"SELECT item_id, sale_id, units_left, stock_version, shards FROM public_stock"); err != nil {
		return nil, err
	}
	if err := readRows(ctx, conn, func(r LiveSale) { live.Sales[r.ID] = r },
		"SELECT id, shop_id, state, opens_at, members_open_at, closes_at, changed_at FROM public_sales WHERE closes_at > UTC_TIMESTAMP(6) - INTERVAL 1 DAY"); err != nil {
		return nil, err
	}
	type switchRow struct {
		Name   Switch `db:"name"`
		ShopID uint64 `db:"shop_id"`
		ItemID uint64 `db:"item_id"`
		Value  int    `db:"value"`
	}
	if err := readRows(ctx, conn, func(r switchRow) {
		at := SwitchAt{Name: r.Name, Shop: r.ShopID, Item: r.ItemID}
		if at.Item > 0 {
			at.Shop = 0
		}
		live.Switches[at] = max(r.Value, 1)
	}, "SELECT name, shop_id, item_id, value FROM public_switches"); err != nil {
		return nil, err
	}
	type signOutRow struct {
		UserID       uint64    `db:"user_id"`
		SessionsFrom time.Time `db:"sessions_from"`
	}
	err := readRows(ctx, conn, func(r signOutRow) { live.SignedOut[r.UserID] = r.SessionsFrom }, "SELECT user_id, sessions_from FROM recent_sign_outs")
	return live, err
}

// readRows scans each row of query into a T and hands it to use.
func readRows[T any](ctx context.Context, conn *sqlx.Conn, use func(T), query string) error {
	var rows []T
	if err := conn.SelectContext(ctx, &rows, query); err != nil {
		return err
	}
	for _, r := range rows {
		use(r)
	}
	return nil
}

// readClock compares the clocks, taking half of the round trip as the way back.
func (p *livePoller) readClock(ctx context.Context, conn *sqlx.Conn) error {
	var at time.Time
	sent := time.Now()
	if err := conn.GetContext(ctx, &at, "SELECT UTC_TIMESTAMP(6)"); err != nil {
		return err
	}
	trip := time.Since(sent)
	p.s.clock.offset.Store(int64(at.Sub(sent.Add(trip / 2))))
	p.s.clock.known.Store(true)
	return nil
}
