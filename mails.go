package main

import (
	"context"
	"fmt"
	"os"
	"text/tabwriter"
	"time"

	"doorbuster/mail"
	"doorbuster/payment/stripe"
	"doorbuster/store"
	"doorbuster/worker"
)

// mailSettings say through whom shoppers are written to.
type mailSettings struct {
	SMTPURL  string `name:"smtp-url" help:"Mail server: smtp://user:password@host:587 or smtps://…:465. None: mails wait in the database, see: doorbuster mail list." env:"SMTP_URL"`
	MailFrom string `help:"Sender of mails: Shop <orders@shop.example>." env:"MAIL_FROM"`
}

// makePostman makes the sender of mails, or takes the mailbox of the demo; nil: there is neither.
func (p *process) makePostman() (worker.Postman, error) {
	if p.box != nil {
		return p.box, nil
	}
	s := p.mail
	if s.SMTPURL == "" {
		return nil, nil
	}
	server, err := mail.ParseServer(s.SMTPURL)
	if err != nil {
		return nil, usageError{fmt.Errorf("SMTP_URL: %w", err)}
	}
	sender, err := mail.New(mail.Options{
		Server: server, From: s.MailFrom, ShopName: p.name.ShopName, PublicURL: p.name.PublicURL,
		Sandbox: p.payment.PaymentProvider != stripe.Name,
	})
	if err != nil {
		return nil, usageError{fmt.Errorf("MAIL_FROM: %w", err)}
	}
	return sender, nil
}

// mailCmd is what shoppers are written, from a terminal.
type mailCmd struct {
	staffDatabase
	Actor string `help:"Name that stands in the log for what you do." default:"command line" env:"DOORBUSTER_ACTOR"`

	List   mailListCmd   `cmd:"" help:"List the latest mails and what came of them."`
	Resend mailResendCmd `cmd:"" help:"Send a mail again."`
}

type mailListCmd struct {
	State  string `help:"Only those: ${enum}." enum:"all,due,sent,dropped,dead" default:"all"`
	Before uint64 `help:"Only those with a number below this one."`
	Limit  int    `help:"How many at most." default:"50"`
}

// Run lists mails, newest first.
func (c *mailListCmd) Run(ctx context.Context, parent *mailCmd) error {
	state := c.State
	if state == "all" {
		state = ""
	}
	return parent.with(ctx, func(s *store.Store) error {
		mails, err := s.ListMails(ctx, store.Operator(parent.Actor), state, c.Before, c.Limit)
		if err != nil {
			return err
		}
		w := tabwriter.NewWriter(os.Stdout, 0, 4, 2, ' ', 0)
		say(w, "MAIL\tMADE (UTC)\tKIND\tTO\tLANGUAGE\tORDER\tSTATE\tATTEMPTS\tANSWER")
		for _, m := range mails {
			say(w, "%d\t%s\t%s\t%s\t%s\t%s\t%s\t%d\t%s", m.ID, m.MadeAt.Format(time.DateTime), m.Kind, m.Email, m.Language, m.OrderID, m.State, m.Attempts, m.Answer)
		}
		return w.Flush()
	})
}

type mailResendCmd struct {
	Mail   uint64 `arg:"" help:"Number of the mail."`
	Reason string `help:"Why." required:""`
}

// Run sends a mail again.
func (c *mailResendCmd) Run(ctx context.Context, parent *mailCmd) error {
	return parent.with(ctx, func(s *store.Store) error {
		outcome, err := s.ResendMail(ctx, store.Operator(parent.Actor), c.Mail, c.Reason)
		if err != nil {
			return err
		}
		return answer(outcome, store.Due)
	})
}
