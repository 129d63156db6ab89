package main

import (
	"context"
	"errors"
	"os"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"doorbuster/store"
	"doorbuster/webhook"
)

// webhookCmd is who is told of events, from a terminal. Every change stands in the log.
type webhookCmd struct {
	staffDatabase
	Actor string `help:"Name that stands in the log for what you do." default:"command line" env:"DOORBUSTER_ACTOR"`

	Add     webhookAddCmd     `cmd:"" help:"Tell an address of every event of every shop from now on; prints the secret, once."`
	List    webhookListCmd    `cmd:"" help:"List the webhooks and what they have not taken."`
	Rotate  webhookRotateCmd  `cmd:"" help:"Give a webhook a new secret; prints it, once."`
	Disable webhookDisableCmd `cmd:"" help:"Send nothing more to a webhook until enabled."`
	Enable  webhookEnableCmd  `cmd:"" help:"Send to a webhook again, from where it stopped."`
	Log     webhookLogCmd     `cmd:"" help:"List the latest attempts at a webhook."`
	Resend  webhookResendCmd  `cmd:"" help:"Send an event to a webhook again."`
}

type webhookAddCmd struct {
	URL   string `arg:"" help:"Where events are posted to."`
	Plain bool   `help:"Accept http:// too: the worker posts it to networks of WEBHOOK_ALLOW only."`
}

// Run adds a webhook and prints its number and secret.
func (c *webhookAddCmd) Run(ctx context.Context, parent *webhookCmd) error {
	if err := webhook.CheckURL(c.URL, c.Plain); err != nil {
		return usageError{err}
	}
	return parent.with(ctx, func(s *store.Store) error {
		secret := webhook.NewSecret()
		a, err := s.AddWebhook(ctx, store.Operator(parent.Actor), c.URL, secret)
		if err != nil {
			return err
		}
		if a.EndpointID != nil {
			say(os.Stdout, "webhook %d", *a.EndpointID)
		}
		if a.Outcome == store.Created {
			say(os.Stdout, "secret %s", secret)
		}
		return answer(a.Outcome, store.Created)
	})
}

type webhookListCmd struct{}

// Run lists the webhooks.
func (c *webhookListCmd) Run(ctx context.Context, parent *webhookCmd) error {
	return parent.with(ctx, func(s *store.Store) error {
		all, err := s.Webhooks(ctx, 1000)
		if err != nil {
			return err
		}
		w := tabwriter.NewWriter(os.Stdout, 0, 4, 2, ' ', 0)
		say(w, "WEBHOOK\tSHOP\tSTATE\tFAILURES\tUNDELIVERED\tDEAD\tURL\tREASON")
		for _, h := range all {
			shop := "all"
			if h.ShopID > 0 {
				shop = strconv.FormatUint(h.ShopID, 10)
			}
			say(w, "%d\t%s\t%s\t%d\t%d\t%d\t%s\t%s", h.ID, shop, h.State, h.Failures, h.Undelivered, h.Dead, h.URL, h.Reason)
		}
		return w.Flush()
	})
}

type webhookRotateCmd struct {
	Webhook uint64        `arg:"" help:"Number of the webhook."`
	Reason  string        `help:"Why." required:""`
	Keep    time.Duration `help:"How long the former secret signs as well, in whole hours; 0s: not at all, because somebody else knows it." default:"24h"`
}

// Run gives a webhook a new secret and prints it.
func (c *webhookRotateCmd) Run(ctx context.Context, parent *webhookCmd) error {
	if c.Keep < 0 || c.Keep > 720*time.Hour || c.Keep%time.Hour != 0 {
		return usageError{errors.New("--keep is a whole number of hours, at most 720h")}
	}
	return parent.with(ctx, func(s *store.Store) error {
		secret := webhook.NewSecret()
		r, err := s.RotateWebhookSecret(ctx, store.Operator(parent.Actor), c.Webhook, secret, c.Keep, c.Reason)
		if err != nil {
			return err
		}
		if r.Outcome == store.Rotated {
			say(os.Stdout, "secret %s", secret)
		}
		if r.FormerUntil != nil {
			say(os.Stdout, "the former one signs as well until %s UTC", r.FormerUntil.Format(time.DateTime))
		}
		return answer(r.Outcome, store.Rotated)
	})
}

// webhookChange is what disabling and enabling have in common.
type webhookChange struct {
	Webhook uint64 `arg:"" help:"Number of the webhook."`
	Reason  string `help:"Why." required:""`
}

type (
	webhookDisableCmd struct{ webhookChange }
	webhookEnableCmd  struct{ webhookChange }
)

// Run switches a webhook off.
func (c *webhookDisableCmd) Run(ctx context.Context, parent *webhookCmd) error {
	return c.change(ctx, parent, false)
}

// Run switches a webhook on.
func (c *webhookEnableCmd) Run(ctx context.Context, parent *webhookCmd) error {
	return c.change(ctx, parent, true)
}

func (c *webhookChange) change(ctx context.Context, parent *webhookCmd, active bool) error {
	if err := needReason(c.Reason); err != nil {
		return err
	}
	return parent.with(ctx, func(s *store.Store) error {
		outcome, err := s.SetWebhookState(ctx, store.Operator(parent.Actor), c.Webhook, active, c.Reason)
		if err != nil {
			return err
		}
		return answer(outcome, store.Set)
	})
}

type webhookLogCmd struct {
	Webhook uint64 `arg:"" help:"Number of the webhook."`
	Dead    bool   `help:"Only of events that were given up."`
	Limit   int    `help:"How many lines at most." default:"50"`
}

// Run lists attempts, newest first.
func (c *webhookLogCmd) Run(ctx context.Context, parent *webhookCmd) error {
	return parent.with(ctx, func(s *store.Store) error {
		lines, err := s.WebhookLog(ctx, c.Webhook, c.Dead, c.Limit)
		if err != nil {
			return err
		}
		w := tabwriter.NewWriter(os.Stdout, 0, 4, 2, ' ', 0)
		say(w, "ENDED (UTC)\tSEQ\tATTEMPT\tKIND\tORDER\tSTATUS\tMS\tNOW\tANSWER")
		for _, l := range lines {
			say(w, "%s\t%d\t%d\t%s\t%s\t%s\t%d\t%s\t%s", l.EndedAt.Format(time.DateTime), l.Seq, l.Number, l.Kind, l.OrderID, statusText(l.Status),
				l.DurationMS, l.State, strings.TrimSpace(l.Answer))
		}
		return w.Flush()
	})
}

func statusText(status *int) string {
	if status == nil {
		return "-"
	}
	return strconv.Itoa(*status)
}

type webhookResendCmd struct {
	Webhook uint64 `arg:"" help:"Number of the webhook."`
	Seq     uint64 `arg:"" help:"Number of the event."`
	Reason  string `help:"Why." required:""`
}

// Run sends an event again.
func (c *webhookResendCmd) Run(ctx context.Context, parent *webhookCmd) error {
	return parent.with(ctx, func(s *store.Store) error {
		outcome, err := s.ResendEvent(ctx, store.Operator(parent.Actor), c.Webhook, c.Seq, c.Reason)
		if err != nil {
			return err
		}
		return answer(outcome, store.Due)
	})
}
