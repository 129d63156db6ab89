package store

import (
	"context"
	"time"
)

// SaleReport is what a sale came to. Times are UTC.
type SaleReport struct {
	ID              uint64     `db:"id"`
	Title           string     `db:"title"`
	OpensAt         time.Time  `db:"opens_at"`
	StartsAt        time.Time  `db:"starts_at"` // to anybody: to members, where they came first
	ClosesAt        time.Time  `db:"closes_at"`
	TimeZone        string     `db:"time_zone"`
	State           string     `db:"state"`
	Tab             string     `db:"tab"` // as in ListedSale
	TakesPayment    bool       `db:"takes_payment"`
	EndedAt         *time.Time `db:"ended_at"` // when staff ended it; nil: they did not
	Items           int        `db:"item_count"`
	UnitsAllotted   int64      `db:"units_allotted"`
	UnitsAvailable  int64      `db:"units_available"`
	UnitsHeld       int64      `db:"units_held"`
	UnitsSold       int64      `db:"units_sold"`
	Orders          int64      `db:"orders"` // ever placed
	OrdersPaid      int64      `db:"orders_paid"`
	OrdersHeld      int64      `db:"orders_held"`
	OrdersCancelled int64      `db:"orders_cancelled"`
	OrdersExpired   int64      `db:"orders_expired"`
	OrdersRefunded  int64      `db:"orders_refunded"`
	Buyers          int64      `db:"buyers"`          // shoppers who have a paid order
	FirstPlacedAt   *time.Time `db:"first_placed_at"` // nil: nothing was placed
	LastPlacedAt    *time.Time `db:"last_placed_at"`
	OpenFindings    int        `db:"open_findings"` // of the job reconcile, about its items
	LookedAt        *time.Time `db:"looked_at"`     // when that job looked last; nil: never
	DatabaseTime    time.Time  `db:"database_time"`
}

// ShowReport returns what a sale of by's shop came to, or ErrNotFound.
func (s *Store) ShowReport(ctx context.Context, by Actor, sale uint64) (SaleReport, error) {
	var r SaleReport
	err := s.staff.get(ctx, &r, "show_report", "CALL show_report(?, ?)", by.staffID(), sale)
	return r, err
}

// ReportItem is what an item came to. Amounts are in the smallest unit of Currency.
type ReportItem struct {
	ID            uint64     `db:"id"`
	Position      int        `db:"position"`
	SKU           string     `db:"sku"`
	Title         string     `db:"title"`
	Currency      string     `db:"currency"`
	UnitsAllotted int64      `db:"units_allotted"`
	UnitsSold     int64      `db:"units_sold"`
	UnitsHeld     int64      `db:"units_held"`
	UnitsLeft     int64      `db:"units_left"`
	Orders        int64      `db:"orders"` // ever placed
	RevenueCents  int64      `db:"revenue_cents"`
	RefundedCents int64      `db:"refunded_cents"`
	LastPlacedAt  *time.Time `db:"last_placed_at"` // nil: nothing was placed
}

// ListReportItems returns what the items of a sale of by's shop came to that stand behind a place in it (0: from the first), at most limit.
func (s *Store) ListReportItems(ctx context.Context, by Actor, sale uint64, after, limit int) ([]ReportItem, error) {
	var items []ReportItem
	err := s.staff.list(ctx, &items, "list_report_items", "CALL list_report_items(?, ?, ?, ?)", by.staffID(), sale, after, limit)
	return items, err
}

// ReportMoney is what a sale took in one currency, in its smallest unit.
type ReportMoney struct {
	Currency      string `db:"currency"`
	PaidCents     int64  `db:"paid_cents"`
	RefundedCents int64  `db:"refunded_cents"`
	HeldCents     int64  `db:"held_cents"` // may still be paid
}

// ListReportMoney returns what a sale of by's shop took, by currency.
func (s *Store) ListReportMoney(ctx context.Context, by Actor, sale uint64) ([]ReportMoney, error) {
	var money []ReportMoney
	err := s.staff.list(ctx, &money, "list_report_money", "CALL list_report_money(?, ?)", by.staffID(), sale)
	return money, err
}

// ReportStep is a step of time in which something happened.
type ReportStep struct {
	Step         int       `db:"step"` // from 0, at the opening
	StartsAt     time.Time `db:"starts_at"`
	OrdersPlaced int64     `db:"orders_placed"`
	UnitsPlaced  int64     `db:"units_placed"`
	UnitsPaid    int64     `db:"units_paid"`
	UnitsBack    int64     `db:"units_back"` // of orders that were cancelled, expired or refunded
}

// ListReportSteps returns how a sale of by's shop went over time, in steps of whole seconds; steps in which nothing happened are left out.
func (s *Store) ListReportSteps(ctx context.Context, by Actor, sale uint64, step time.Duration) ([]ReportStep, error) {
	var steps []ReportStep
	err := s.staff.list(ctx, &steps, "list_report_steps", "CALL list_report_steps(?, ?, ?)", by.staffID(), sale, int64(step/time.Second))
	return steps, err
}

// ReportAnswers is how often presses were answered in one way.
type ReportAnswers struct {
	Outcome string `db:"outcome"`
	Answers int64  `db:"answers"`
}

// ListReportAnswers returns how presses of a sale of by's shop were answered, the most frequent answer first. These are figures that the processes reported.
func (s *Store) ListReportAnswers(ctx context.Context, by Actor, sale uint64) ([]ReportAnswers, error) {
	var answers []ReportAnswers
	err := s.staff.list(ctx, &answers, "list_report_answers", "CALL list_report_answers(?, ?)", by.staffID(), sale)
	return answers, err
}

// ReportFairness says when the winners of a sale had come, in milliseconds after the opening.
type ReportFairness struct {
	Winners   int64  `db:"winners"`
	FirstMS   int64  `db:"first_ms"`
	HalfMS    int64  `db:"half_ms"`
	NinetyMS  int64  `db:"ninety_ms"`
	LastMS    int64  `db:"last_ms"`
	Overtaken int64  `db:"overtaken"` // winners before whom somebody was served who had come later by more than the slack
	WorstMS   *int64 `db:"worst_ms"`  // the most by which one was overtaken; nil: none was, at all
}

// ShowReportFairness returns when the winners of a sale of by's shop had come; ErrNotFound if nothing was ordered.
func (s *Store) ShowReportFairness(ctx context.Context, by Actor, sale uint64, slack time.Duration) (ReportFairness, error) {
	var f ReportFairness
	err := s.staff.get(ctx, &f, "show_report_fairness", "CALL show_report_fairness(?, ?, ?)", by.staffID(), sale, slack.Milliseconds())
	return f, err
}
