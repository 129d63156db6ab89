package page

import (
	"context"
	"net/url"
	"slices"
	"strconv"
	"time"

	"doorbuster/web/ui"
)

// Rotate is the act that gives a webhook a new secret; what becomes of the former one is FormerSigns or FormerVoid.
const (
	Rotate      = "rotate"
	FormerSigns = "signs" // for a day
	FormerVoid  = "void"  // at once
)

// Codes of FieldError of the form that adds a webhook.
const (
	URLBad   = "webhook_url_bad"
	URLTaken = "webhook_url_taken"
)

// WebhookErrorCodes lists them all.
var WebhookErrorCodes = []string{URLBad, URLTaken}

// DeliveryStates lists the states of a delivery; the bytes are those of the database.
var DeliveryStates = []string{"dead", "due", "waiting", "done"}

// EventKinds lists what an event can tell; the bytes are those of the database.
var EventKinds = []string{
	"order_placed", "order_paid", "order_cancelled", "order_expired", "order_refunded", "order_retaken", "order_extended", "payment_returning", "payment_returned",
}

// WebhookTold lists every outcome that the pages of webhooks have words for.
var WebhookTold = []string{Pause, Resume, "repeated", "due", "disabled"}

// WebhookRow is an address that is told of events.
type WebhookRow struct {
	ID                uint64
	Everybody         bool // an operator has it told of every shop: members see it and change nothing
	URL               string
	State             string     // active or disabled
	Reason            string     // why; empty in the beginning
	FormerUntil       *time.Time // until when the former secret signs too; nil: it does not
	Failures          int        // since the last good attempt
	Undelivered, Dead int        // events of the shop
	Since, Changed    time.Time
}

// WebhookListView is GET /{lang}/webhooks. Its form posts url to /{lang}/webhooks/add.
type WebhookListView struct {
	Frame
	Webhooks  []WebhookRow
	MayChange bool
	URL       string // as typed, of a form that was wrong
	Errors    ui.FieldErrors
}

// WebhookSecretView shows a secret, once: the answer to POST /{lang}/webhooks/add and …/{webhook}/rotate.
type WebhookSecretView struct {
	Frame
	ID          uint64
	URL, Secret string
	Rotated     bool       // it takes the place of another one
	FormerUntil *time.Time // until when that one signs too; nil: not any more
}

// DeliveryRow is an event on its way to a webhook.
type DeliveryRow struct {
	Webhook, Event uint64
	Kind           string // one of EventKinds
	Order          string // canonical UUID
	Item           string
	At             time.Time // when it happened
	State          string    // one of DeliveryStates
	Attempts       int
	Next, Ended    *time.Time
	Status         *int   // of the last attempt; nil: there was no answer
	Answer         string // of the last attempt
	Zone           string // IANA, the sale's
	URL            string // of the webhook; empty on its own page
}

// DeliveryListView is GET /{lang}/webhooks/deliveries?state=&kind=.
type DeliveryListView struct {
	Frame
	State      string // one of DeliveryStates; empty: all
	Kind       string // one of EventKinds; empty: all
	Deliveries []DeliveryRow
	More       string
}

// AttemptRow is what came of one attempt.
type AttemptRow struct {
	Number uint
	At     time.Time
	Status *int // nil: there was no answer
	Took   int  // in milliseconds
	Answer string
}

// WebhookView is GET /{lang}/webhooks/{webhook}?state= and the answer to its forms: POST …/pause and …/resume (reason), …/rotate (former, reason).
type WebhookView struct {
	Frame
	Webhook     WebhookRow
	Filter      string // one of DeliveryStates; empty: all
	Deliveries  []DeliveryRow
	More        string
	MayChange   bool
	Told        string
	Act, Reason string // of a form that was wrong
	Former      string // the same: what was chosen for the former secret
	Errors      ui.FieldErrors
}

// DeliveryView is GET /{lang}/webhooks/{webhook}/events/{event}. Its form posts a reason to …/resend.
type DeliveryView struct {
	Frame
	Delivery  DeliveryRow
	URL       string
	ID        string // of the event, as receivers know it
	Body      string // laid out; empty: it is not known here
	Bytes     int    // of the body as it is sent
	Attempts  []AttemptRow
	MayResend bool
	Paused    bool // the webhook is
	Told      string
	Reason    string // typed into a form that was wrong
	Errors    ui.FieldErrors
}

// acts are those that the webhook's state allows.
func (v WebhookView) acts() []string {
	switch {
	case !v.MayChange:
		return nil
	case v.Webhook.State == "active":
		return []string{Pause, Rotate}
	default:
		return []string{Resume, Rotate}
	}
}

// former is what is chosen for the former secret: as before, else that it signs for a while.
func (v WebhookView) former() string {
	if v.Former == FormerVoid {
		return FormerVoid
	}
	return FormerSigns
}

func (v WebhookView) reason(act string) string {
	if v.Act == act {
		return v.Reason
	}
	return ""
}

// webhookTold is what came of a form, "" for nothing.
func webhookTold(ctx context.Context, told string) string {
	if !slices.Contains(WebhookTold, told) {
		return ""
	}
	return ui.T(ctx, "console_hook_told_"+told)
}

func webhookToldGood(told string) bool { return told == Pause || told == Resume || told == "due" }

// deliveriesPath is the address of the deliveries in a state, of a webhook's page or of them all, without the language.
func deliveriesPath(list, state, kind string) string {
	query := url.Values{}
	for name, value := range map[string]string{"state": state, "kind": kind} {
		if value != "" {
			query.Set(name, value)
		}
	}
	return withQuery(list, query)
}

// everyDelivery is the list over all webhooks.
const everyDelivery = "/webhooks/deliveries"

func hookPath(webhook uint64) string { return "/webhooks/" + strconv.FormatUint(webhook, 10) }

func (d DeliveryRow) path() string {
	return hookPath(d.Webhook) + "/events/" + strconv.FormatUint(d.Event, 10)
}

// eventWords says what an event tells; one without words stands as it is.
func eventWords(ctx context.Context, kind string) string {
	if !slices.Contains(EventKinds, kind) {
		return kind
	}
	return ui.T(ctx, "console_event_"+kind)
}

// stateWords is a state in words; one without words stands as it is.
func (d DeliveryRow) stateWords(ctx context.Context) string {
	if !slices.Contains(DeliveryStates, d.State) {
		return d.State
	}
	return ui.T(ctx, "console_delivery_"+d.State)
}

// tone and icon are how a state looks; the word beside them says the same.
func (d DeliveryRow) tone() string {
	switch d.State {
	case "done":
		return "good"
	case "dead":
		return "bad"
	case "due":
		return "warn"
	default:
		return "plain"
	}
}

func (d DeliveryRow) icon() string {
	switch d.State {
	case "done":
		return "check"
	case "dead":
		return "alert"
	default:
		return "clock"
	}
}

// statusWords is the status of an answer; none is said in words.
func statusWords(ctx context.Context, status *int) string {
	if status == nil {
		return ui.T(ctx, "console_hook_no_answer")
	}
	return strconv.Itoa(*status)
}

// deliverySays says what the state means.
func deliverySays(ctx context.Context, state string) string {
	switch state {
	case "waiting":
		return ui.T(ctx, "console_delivery_says_waiting")
	case "due":
		return ui.T(ctx, "console_delivery_says_due")
	case "dead":
		return ui.T(ctx, "console_delivery_says_dead")
	default:
		return ""
	}
}

func secretOutcome(v WebhookSecretView) string {
	if v.Rotated {
		return "rotated"
	}
	return "created"
}
