package store

import (
	"context"
	"time"
)

// SaleFilter says which sales of a list are meant.
type SaleFilter struct {
	Tab      string    // all, draft, soon, live, paused, over or archived
	Search   string    // part of the title in any case, or exactly the number; "": all
	BeforeAt time.Time // opening of the last sale of the page before; zero: the first page
	BeforeID uint64    // its number
}

// ListedSale is a sale as a list of the console shows it. Times are UTC.
type ListedSale struct {
	ID            uint64    `db:"id"`
	Title         string    `db:"title"`
	OpensAt       time.Time `db:"opens_at"`
	ClosesAt      time.Time `db:"closes_at"`
	TimeZone      string    `db:"time_zone"`
	State         string    `db:"state"` // as it stands in the database
	Tab           string    `db:"tab"`   // draft, soon, live, paused, over or archived: state and clock together
	TakesPayment  bool      `db:"takes_payment"`
	Items         int       `db:"item_count"`
	UnitsAllotted int64     `db:"units_allotted"`
	UnitsLeft     int64     `db:"units_left"`
	DatabaseTime  time.Time `db:"database_time"`
}

// ListSales returns the sales that open latest first, at most limit. A member sees those of the own shop; who may not read sees none.
func (s *Store) ListSales(ctx context.Context, by Actor, f SaleFilter, limit int) ([]ListedSale, error) {
	var before any
	if !f.BeforeAt.IsZero() {
		before = f.BeforeAt.UTC()
	}
	var sales []ListedSale
	err := s.staff.list(ctx, &sales, "list_sales", "CALL list_sales(?, ?, ?, ?, ?, ?)", by.staffID(), f.Tab, f.Search, before, f.BeforeID, limit)
	return sales, err
}

// SaleCounts is how many sales stand in each tab.
type SaleCounts struct {
	Draft    int `db:"draft"`
	Soon     int `db:"soon"`
	Live     int `db:"live"`
	Paused   int `db:"paused"`
	Over     int `db:"over"`
	Archived int `db:"archived"`
}

// CountSales counts the sales of each tab, for the same search as ListSales; ErrNotFound for who may not read.
func (s *Store) CountSales(ctx context.Context, by Actor, search string) (SaleCounts, error) {
	var c SaleCounts
	err := s.staff.get(ctx, &c, "count_sales", "CALL count_sales(?, ?)", by.staffID(), search)
	return c, err
}

// Alarms is what wants a person now. Mails, deliveries and payments are counted up to 1000: that many or more.
type Alarms struct {
	OpenFindings        int       `db:"open_findings"`        // of the job reconcile
	EndangeringFindings int       `db:"endangering_findings"` // those of them that selling on would make worse
	DeadMails           int       `db:"dead_mails"`           // given up
	LateMails           int       `db:"late_mails"`           // more than 5 minutes overdue
	DeadDeliveries      int       `db:"dead_deliveries"`      // to webhooks, given up
	UnsettledPayments   int       `db:"unsettled_payments"`   // not ended, and not moved for more than 15 minutes
	LateJobs            int       `db:"late_jobs"`            // that are not done as they should be (StaffJob.Trouble); of the whole installation
	DatabaseTime        time.Time `db:"database_time"`
}

// Alarms counts what wants a person, in the member's shop; ErrNotFound for who may not read.
func (s *Store) Alarms(ctx context.Context, by Actor) (Alarms, error) {
	var a Alarms
	err := s.staff.get(ctx, &a, "show_alarms", "CALL show_alarms(?)", by.staffID())
	return a, err
}
