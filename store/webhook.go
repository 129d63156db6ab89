package store

import (
	"context"
	"time"

	"github.com/google/uuid"
)

// WebhookAddition is the answer to AddWebhook.
type WebhookAddition struct {
	Outcome    Outcome `db:"outcome"`     // NotAllowed, Exists or Created
	EndpointID *uint64 `db:"endpoint_id"` // its number; nil: not allowed
}

// AddWebhook lets url be told of every event of the member's shop from now on (an operator's: of every shop), signed with secret ("whsec_" and base64).
// Outcomes: NotAllowed, Exists, Created.
func (s *Store) AddWebhook(ctx context.Context, by Actor, url, secret string) (WebhookAddition, error) {
	var a WebhookAddition
	err := s.staff.get(ctx, &a, "add_webhook", "CALL add_webhook(?, ?, ?, ?)", by.staffID(), url, secret, by.name)
	return a, err
}

// WebhookRotation is the answer to RotateWebhookSecret.
type WebhookRotation struct {
	Outcome     Outcome    `db:"outcome"`      // NotAllowed, NoSuchWebhook or Rotated
	FormerUntil *time.Time `db:"former_until"` // how long the former secret signs as well; nil: it does not
}

// RotateWebhookSecret gives a webhook a new secret. The former one signs as well for keep (whole hours; 0: not at all).
// Outcomes: NotAllowed, NoSuchWebhook, Rotated.
func (s *Store) RotateWebhookSecret(ctx context.Context, by Actor, webhook uint64, secret string, keep time.Duration, reason string) (WebhookRotation, error) {
	var r WebhookRotation
	err := s.staff.get(ctx, &r, "rotate_webhook_secret", "CALL rotate_webhook_secret(?, ?, ?, ?, ?, ?)", by.staffID(), webhook, secret, int(keep/time.Hour), by.name, reason)
	return r, err
}

// SetWebhookState switches a webhook on or off. It goes on where it stopped.
// Outcomes: NotAllowed, NoSuchWebhook, Repeated, Set.
func (s *Store) SetWebhookState(ctx context.Context, by Actor, webhook uint64, active bool, reason string) (Outcome, error) {
	state := "disabled"
	if active {
		state = "active"
	}
	var r struct {
		Outcome Outcome `db:"outcome"`
	}
	err := s.staff.get(ctx, &r, "set_webhook_state", "CALL set_webhook_state(?, ?, ?, ?, ?)", by.staffID(), webhook, state, by.name, reason)
	return r.Outcome, err
}

// ResendEvent sends an event to a webhook again, now.
// Outcomes: NotAllowed, NoSuchWebhook, Disabled, NoSuchEvent (also one of another shop), Due.
func (s *Store) ResendEvent(ctx context.Context, by Actor, webhook, seq uint64, reason string) (Outcome, error) {
	var r struct {
		Outcome Outcome `db:"outcome"`
	}
	err := s.staff.get(ctx, &r, "resend_event", "CALL resend_event(?, ?, ?, ?, ?)", by.staffID(), webhook, seq, by.name, reason)
	return r.Outcome, err
}

// Delivery is an event to send to a webhook.
type Delivery struct {
	Event
	EndpointID   uint64  `db:"endpoint_id"`
	URL          string  `db:"url"`
	Secret       string  `db:"secret"`
	FormerSecret *string `db:"former_secret"` // signs as well; nil: there is none
	Attempt      uint    `db:"attempt"`       // number of this attempt, from 1
}

// DueDeliveries is the answer to TakeDueDeliveries.
type DueDeliveries struct {
	Outcome    Outcome // Fenced, Nothing or Due
	Deliveries []Delivery
}

// TakeDueDeliveries takes up to limit events that have to be sent now. Each comes again after two minutes unless its end is noted. fence is
// the number of the lease "deliver_webhooks".
// Outcomes: Fenced, Nothing, Due.
func (s *Store) TakeDueDeliveries(ctx context.Context, fence uint64, limit int) (DueDeliveries, error) {
	var first []struct {
		Outcome Outcome `db:"outcome"`
		deliveryRow
	}
	err := s.worker.list(ctx, &first, "take_due_deliveries", "CALL take_due_deliveries(?, ?)", fence, limit)
	var due DueDeliveries
	for _, row := range first {
		due.Outcome = row.Outcome
		if row.EndpointID != nil {
			due.Deliveries = append(due.Deliveries, row.delivery())
		}
	}
	return due, err
}

// deliveryRow is a Delivery as it is read: there is one row of NULLs when none is due.
type deliveryRow struct {
	EndpointID     *uint64    `db:"endpoint_id"`
	URL            *string    `db:"url"`
	Secret         *string    `db:"secret"`
	FormerSecret   *string    `db:"former_secret"`
	Attempt        *uint      `db:"attempt"`
	Seq            *uint64    `db:"seq"`
	ID             *uuid.UUID `db:"event_id"`
	Kind           *string    `db:"kind"`
	MadeAt         *time.Time `db:"made_at"`
	OrderID        *uuid.UUID `db:"order_id"`
	ItemID         *uint64    `db:"item_id"`
	SKU            *string    `db:"sku"`
	UserID         *uint64    `db:"user_id"`
	Units          *int       `db:"units"`
	UnitPriceCents *int64     `db:"unit_price_cents"`
	Currency       *string    `db:"currency"`
}

func (r deliveryRow) delivery() Delivery {
	return Delivery{
		Event: Event{
			Seq: *r.Seq, ID: *r.ID, Kind: *r.Kind, MadeAt: *r.MadeAt, OrderID: *r.OrderID, ItemID: *r.ItemID, SKU: *r.SKU, UserID: *r.UserID,
			Units: *r.Units, UnitPriceCents: *r.UnitPriceCents, Currency: *r.Currency,
		},
		EndpointID: *r.EndpointID, URL: *r.URL, Secret: *r.Secret, FormerSecret: r.FormerSecret, Attempt: *r.Attempt,
	}
}

// Attempt is what came of one attempt to deliver an event.
type Attempt struct {
	EndpointID uint64
	Seq        uint64
	Number     uint          // Delivery.Attempt
	Status     int           // of the answer; 0: there was none
	Duration   time.Duration // how long it took
	Answer     string        // its beginning, or what went wrong; what is longer than 500 characters is cut
}

// AttemptNote is the answer to NoteAttempt.
type AttemptNote struct {
	Outcome Outcome    `db:"outcome"`
	NextAt  *time.Time `db:"next_at"` // when it is tried again; nil unless Due
}

// NoteAttempt writes down what came of an attempt, and so what happens next. fence is the number of the lease "deliver_webhooks".
// Outcomes: Fenced, NoSuchDelivery, Repeated, Done, Gone, Dead, Due.
func (s *Store) NoteAttempt(ctx context.Context, fence uint64, a Attempt) (AttemptNote, error) {
	var status *int
	if a.Status > 0 {
		status = &a.Status
	}
	var n AttemptNote
	err := s.worker.get(ctx, &n, "note_attempt", "CALL note_attempt(?, ?, ?, ?, ?, ?, ?)",
		fence, a.EndpointID, a.Seq, a.Number, status, a.Duration.Milliseconds(), Printable(a.Answer))
	return n, err
}

// Webhook is an address that is told of events, without its secrets. Times are UTC.
type Webhook struct {
	ID          uint64     `db:"id"`
	ShopID      uint64     `db:"shop_id"` // the shop whose events it is told of; 0: every shop
	URL         string     `db:"url"`
	State       string     `db:"state"`        // active or disabled
	Reason      string     `db:"reason"`       // why it is in that state
	FormerUntil *time.Time `db:"former_until"` // how long its former secret signs as well; nil: it never had one
	Failures    int        `db:"failures"`     // failed attempts since the last good one
	Undelivered int        `db:"undelivered"`  // events that it has not taken yet
	Dead        int        `db:"dead"`         // events that were given up
	CreatedAt   time.Time  `db:"created_at"`
}

// Webhooks returns the webhooks, at most limit.
func (s *Store) Webhooks(ctx context.Context, limit int) ([]Webhook, error) {
	var all []Webhook
	err := s.staff.list(ctx, &all, "merchant_webhooks",
		"SELECT id, shop_id, url, state, reason, former_until, failures, undelivered, dead, created_at FROM merchant_webhooks ORDER BY id LIMIT ?", limit)
	return all, err
}

// LoggedAttempt is a line of a webhook's log. Times are UTC.
type LoggedAttempt struct {
	Seq        uint64     `db:"seq"`
	Number     uint       `db:"attempt"`
	EventID    uuid.UUID  `db:"event_id"`
	Kind       string     `db:"kind"`
	OrderID    uuid.UUID  `db:"order_id"`
	EndedAt    time.Time  `db:"ended_at"`
	Status     *int       `db:"status"` // nil: there was no answer
	DurationMS int        `db:"duration_ms"`
	Answer     string     `db:"answer"`
	State      string     `db:"state"`   // of the delivery now: waiting, due, done or dead
	NextAt     *time.Time `db:"next_at"` // when it is tried next; nil unless due
}

// WebhookLog returns the latest attempts at a webhook, newest first; with dead those of events that were given up only.
func (s *Store) WebhookLog(ctx context.Context, webhook uint64, dead bool, limit int) ([]LoggedAttempt, error) {
	var lines []LoggedAttempt
	err := s.staff.list(ctx, &lines, "merchant_webhook_log",
		"SELECT seq, attempt, event_id, kind, order_id, ended_at, status, duration_ms, answer, state, next_at FROM merchant_webhook_log "+
			"WHERE endpoint_id = ? AND (state = 'dead' OR NOT ?) ORDER BY ended_at DESC, seq DESC, attempt DESC LIMIT ?", webhook, dead, limit)
	return lines, err
}
