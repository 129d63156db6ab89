package page

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"time"

	"doorbuster/web/ui"
)

// StoryRow is something that happened to an order; what a kind has no use for is empty.
type StoryRow struct {
	At      time.Time
	Kind    string // one of StoryKinds
	Was     string // account, state of the payment, kind of the event or of the mail
	Became  string // account, state of the payment, of the mail or of the delivery
	Units   int
	ID      string // of the request, the move, the payment or the event; canonical UUID
	Line    uint64 // of the move; of a webhook: its number
	Number  uint64 // of the mail, or the event's place in the feed
	Money   ui.Money
	Target  string // provider, or address of the webhook
	Words   string // reason, or what a server answered
	Actor   string
	EndedAt *time.Time
}

// What can stand in a story; each has words. The bytes are those of the database.
var (
	StoryKinds = []string{"placed", "batch", "ledger", "payment", "event", "mail", "webhook"}
	Accounts   = []string{"outside", "available", "held", "sold"}
	Actors     = []string{"shopper", "worker", "callback"}
)

// own are the reasons in the ledger that say no more than the line itself.
var own = []string{"placed", "paid", "cancelled", "expired", "retaken", "refunded"}

// The words of what the database says; what has none stands as it is.

func storyWords(ctx context.Context, kind string) string {
	if !slices.Contains(StoryKinds, kind) {
		return kind
	}
	return ui.T(ctx, "console_order_story_"+kind)
}

func storyAccount(ctx context.Context, account string) string {
	if !slices.Contains(Accounts, account) {
		return account
	}
	return ui.T(ctx, "console_order_account_"+account)
}

func paymentWords(ctx context.Context, state string) string {
	if !slices.Contains(PaymentStates, state) {
		return state
	}
	return ui.T(ctx, "console_order_payment_"+state)
}

func whyWords(ctx context.Context, reason string) string {
	if !slices.Contains(PaymentReasons, reason) {
		return reason
	}
	return ui.T(ctx, "console_order_why_"+reason)
}

func mailKindWords(ctx context.Context, kind string) string {
	if !slices.Contains(MailKinds, kind) {
		return kind
	}
	return ui.T(ctx, "console_kind_"+kind)
}

func deliveryWords(ctx context.Context, state string) string {
	if !slices.Contains(DeliveryStates, state) {
		return state
	}
	return ui.T(ctx, "console_order_delivery_"+state)
}

// headline is what happened, in a line.
func (l StoryRow) headline(ctx context.Context) string {
	kind := storyWords(ctx, l.Kind)
	switch l.Kind {
	case "batch", "ledger":
		return ui.T(ctx, "console_order_moved", "N", l.Units, "From", storyAccount(ctx, l.Was), "To", storyAccount(ctx, l.Became))
	case "payment":
		return ui.T(ctx, "console_order_line", "What", kind, "How", paymentWords(ctx, l.Became))
	case "event", "webhook":
		return ui.T(ctx, "console_order_line", "What", kind, "How", eventWords(ctx, l.Was))
	case "mail":
		return ui.T(ctx, "console_order_line", "What", kind, "How", mailKindWords(ctx, l.Was))
	default:
		return kind
	}
}

// reason are the words of a line that say more than the line.
func (l StoryRow) reason(ctx context.Context) string {
	switch {
	case l.Kind == "payment":
		return whyWords(ctx, l.Words)
	case slices.Contains(own, l.Words):
		return ""
	default:
		return l.Words
	}
}

// who is the actor in words; staff stand with their names.
func (l StoryRow) who(ctx context.Context) string {
	if !slices.Contains(Actors, l.Actor) {
		return l.Actor
	}
	return ui.T(ctx, "console_order_actor_"+l.Actor)
}

// sent says whether the line is a mail or a message to a webhook, which can be sent again.
func (l StoryRow) sent() bool { return l.Kind == "mail" || l.Kind == "webhook" }

// deliveryIcon is the mark of a delivery's state, as that of mails.
func deliveryIcon(state string) string {
	switch state {
	case "done":
		return "check"
	case "dead":
		return "alert"
	default:
		return "clock"
	}
}

// deliveryTone is its colour.
func deliveryTone(state string) string {
	switch state {
	case "done":
		return "good"
	case "dead":
		return "bad"
	default:
		return "warn"
	}
}

// host is the address of a webhook without its path, which may hold a secret of the receiver's.
func host(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return strings.SplitN(address, "?", 2)[0]
	}
	return u.Host
}

// providerWords names who takes the money.
func providerWords(ctx context.Context, provider string) string {
	if provider == "hand" {
		return ui.T(ctx, "console_order_by_hand")
	}
	return provider
}
