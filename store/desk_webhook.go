package store

import (
	"context"
	"time"

	"github.com/google/uuid"
)

// StaffWebhook is an address that is told of events, as staff see it: without its secrets, and with the numbers of the member's shop. Times are UTC.
type StaffWebhook struct {
	ID           uint64     `db:"endpoint_id"`
	ShopID       uint64     `db:"shop_id"` // the shop whose events it is told of; 0: every shop, as an operator set it up
	URL          string     `db:"url"`
	State        string     `db:"state"`        // active or disabled
	Reason       string     `db:"reason"`       // why it is in that state
	FormerUntil  *time.Time `db:"former_until"` // how long its former secret still signs; nil: it does not
	Failures     int        `db:"failures"`     // failed attempts since the last good one
	CreatedAt    time.Time  `db:"created_at"`
	ChangedAt    time.Time  `db:"changed_at"`
	Undelivered  int        `db:"undelivered"` // events of the shop that wait or are sent again
	Dead         int        `db:"dead"`        // events of the shop that were given up
	DatabaseTime time.Time  `db:"database_time"`
}

// ListWebhooks returns the webhooks that are told of the member's shop, at most limit, in the order in which they were added. Who may not read sees none.
func (s *Store) ListWebhooks(ctx context.Context, by Actor, limit int) ([]StaffWebhook, error) {
	var all []StaffWebhook
	err := s.staff.list(ctx, &all, "list_webhooks", "CALL list_webhooks(?, ?, ?)", by.staffID(), nil, limit)
	return all, err
}

// Webhook returns one of them, or ErrNotFound.
func (s *Store) Webhook(ctx context.Context, by Actor, webhook uint64) (StaffWebhook, error) {
	var one StaffWebhook
	err := s.staff.get(ctx, &one, "list_webhooks", "CALL list_webhooks(?, ?, ?)", by.staffID(), webhook, 1)
	return one, err
}

// ListedDelivery is an event on its way to a webhook. Times are UTC.
type ListedDelivery struct {
	EndpointID uint64     `db:"endpoint_id"`
	Seq        uint64     `db:"seq"` // of the event
	Kind       string     `db:"kind"`
	OrderID    uuid.UUID  `db:"order_id"`
	ItemTitle  string     `db:"item_title"`
	MadeAt     time.Time  `db:"made_at"` // when it happened
	State      string     `db:"state"`   // waiting, due, done or dead
	Attempts   int        `db:"attempts"`
	NextAt     *time.Time `db:"next_at"`  // nil unless due
	EndedAt    *time.Time `db:"ended_at"` // nil while it is open
	Status     *int       `db:"status"`   // of the last attempt; nil: there was no answer
	Answer     string     `db:"answer"`
	TimeZone   string     `db:"time_zone"` // of the sale
}

// ListDeliveries returns the deliveries to a webhook about events with a number below before (0: the newest), newest first, at most limit; state "" is every
// state. A member sees what concerns the own shop.
func (s *Store) ListDeliveries(ctx context.Context, by Actor, webhook uint64, state string, before uint64, limit int) ([]ListedDelivery, error) {
	var all []ListedDelivery
	err := s.staff.list(ctx, &all, "list_deliveries", "CALL list_deliveries(?, ?, ?, ?, ?)", by.staffID(), webhook, state, before, limit)
	return all, err
}

// DeliveryFilter says which deliveries SearchDeliveries returns; the zero one is all, from the newest.
type DeliveryFilter struct {
	State         string // waiting, due, done or dead
	Kind          string // of the event
	BeforeSeq     uint64 // the last row of the page before; 0: the first page
	BeforeWebhook uint64
}

// FoundDelivery is a delivery with the address that it goes to.
type FoundDelivery struct {
	ListedDelivery
	URL string `db:"url"`
}

// SearchDeliveries returns the deliveries to all webhooks that f wants, newest event first, at most limit. A member sees what concerns the own shop.
func (s *Store) SearchDeliveries(ctx context.Context, by Actor, f DeliveryFilter, limit int) ([]FoundDelivery, error) {
	var all []FoundDelivery
	err := s.staff.list(ctx, &all, "search_deliveries", "CALL search_deliveries(?, ?, ?, ?, ?, ?)", by.staffID(), f.State, f.Kind, f.BeforeSeq, f.BeforeWebhook, limit)
	return all, err
}

// ShownDelivery is a delivery with all that its message tells. Times are UTC.
type ShownDelivery struct {
	Event
	EndpointID    uint64     `db:"endpoint_id"`
	URL           string     `db:"url"`
	EndpointState string     `db:"endpoint_state"` // active or disabled
	State         string     `db:"state"`
	Attempts      int        `db:"attempts"`
	NextAt        *time.Time `db:"next_at"`
	EndedAt       *time.Time `db:"ended_at"`
	ItemTitle     string     `db:"item_title"`
	TimeZone      string     `db:"time_zone"`
}

// ShowDelivery returns one delivery that concerns by's shop, or ErrNotFound.
func (s *Store) ShowDelivery(ctx context.Context, by Actor, webhook, seq uint64) (ShownDelivery, error) {
	var d ShownDelivery
	err := s.staff.get(ctx, &d, "show_delivery", "CALL show_delivery(?, ?, ?)", by.staffID(), webhook, seq)
	return d, err
}

// DeliveryAttempt is what came of one attempt.
type DeliveryAttempt struct {
	Number     uint      `db:"attempt"`
	EndedAt    time.Time `db:"ended_at"`
	Status     *int      `db:"status"` // nil: there was no answer
	DurationMS int       `db:"duration_ms"`
	Answer     string    `db:"answer"` // its beginning, or what went wrong
}

// ListDeliveryAttempts returns the attempts of a delivery with a number below before (0: the newest), newest first, at most limit.
func (s *Store) ListDeliveryAttempts(ctx context.Context, by Actor, webhook, seq uint64, before uint, limit int) ([]DeliveryAttempt, error) {
	var all []DeliveryAttempt
	err := s.staff.list(ctx, &all, "list_delivery_attempts", "CALL list_delivery_attempts(?, ?, ?, ?, ?)", by.staffID(), webhook, seq, before, limit)
	return all, err
}
