// Package mail tells shoppers by mail what happened to their orders, in their language, as text and as HTML.
//
// What is to be told stands in the database (table mails), written in the transaction in which it became an event. The worker takes what is due and
// notes what came of it (worker/mail.go). A mail is sent at least once: a repetition carries the same Message-ID.
package mail

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	netmail "net/mail"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"

	"doorbuster/store"
)

const (
	answerTime = 10 * time.Second // for each answer of a mail server
	sendTime   = 60 * time.Second // for all mails of one Send: one that was taken is taken again after two minutes
)

// Options say who writes, and through whom.
type Options struct {
	Server    Server
	From      string // "Shop <orders@shop.example>": what shoppers see and answer to
	ShopName  string
	PublicURL string // of the shop, without a slash at its end: links begin with it
	Sandbox   bool   // no money moves: every mail says so

	tls *tls.Config // default: the machine's certificates
}

func (o Options) trimmed() Options {
	o.PublicURL = strings.TrimSuffix(o.PublicURL, "/")
	return o
}

// Sender writes mails and hands them to a mail server. Its methods may be called from any goroutine.
type Sender struct {
	options Options
	from    *netmail.Address
	domain  string // of the sender: what Message-IDs end with
}

// New makes a Sender. It asks nobody.
func New(o Options) (*Sender, error) {
	from, err := netmail.ParseAddress(o.From)
	if err != nil {
		return nil, errors.New("mail: write the sender like Shop <orders@shop.example>")
	}
	return &Sender{options: o.trimmed(), from: from, domain: from.Address[strings.LastIndexByte(from.Address, '@')+1:]}, nil
}

// NewWriter makes a Sender that only writes. Of o it needs ShopName, PublicURL and Sandbox.
func NewWriter(o Options) *Sender { return &Sender{options: o.trimmed()} }

// Send hands mails to the server, one after the other over one connection, and says what came of each. It never fails: what goes wrong stands in the
// attempts. When the server cannot be asked any more, or ctx ends, the rest is left for later.
func (s *Sender) Send(ctx context.Context, mails []store.DueMail) []store.MailAttempt {
	ctx, cancel := context.WithTimeout(ctx, sendTime)
	defer cancel()
	attempts := make([]store.MailAttempt, len(mails))
	c := s.connection()
	defer c.close()
	for i, m := range mails {
		attempts[i] = store.MailAttempt{ID: m.ID, Number: m.Attempt}
		attempts[i].Result, attempts[i].Answer = s.sendOne(ctx, c, m)
	}
	return attempts
}

func (s *Sender) sendOne(ctx context.Context, c *connection, m store.DueMail) (result, answer string) {
	message, err := s.message(m)
	if err != nil {
		return store.ResultNever, store.Printable(err.Error())
	}
	if err := c.send(ctx, message); err != nil {
		return judge(err), store.Printable(err.Error())
	}
	return store.ResultSent, ""
}

// judge says whether a mail may go later. Only the refusal of its receiver is for good: what a server says of the sender, of the content or of
// itself is for the merchant to mend, and there are hours to do so.
func judge(err error) (result string) {
	var refused *gomail.SendError
	if errors.As(err, &refused) && refused.Reason == gomail.ErrSMTPRcptTo && refused.ErrorCode() >= 500 {
		return store.ResultNever
	}
	return store.ResultLater
}

// message makes the mail as it is sent.
func (s *Sender) message(m store.DueMail) (*gomail.Msg, error) {
	letter, err := s.Write(m)
	if err != nil {
		return nil, err
	}
	message := gomail.NewMsg()
	if err := errors.Join(message.FromFormat(s.from.Name, s.from.Address), message.AddToFormat(store.Printable(m.Name), m.Email)); err != nil {
		return nil, fmt.Errorf("no address to write to: %w", err)
	}
	message.Subject(letter.Subject)
	message.SetMessageIDWithValue(fmt.Sprintf("%d.%s@%s", m.ID, m.OrderID, s.domain))
	message.SetDateWithValue(time.Now())
	message.SetGenHeader("Auto-Submitted", "auto-generated") // so that nobody's holiday answers it
	message.SetBodyString(gomail.TypeTextPlain, letter.Text)
	message.AddAlternativeString(gomail.TypeTextHTML, letter.HTML)
	return message, nil
}

// connection is one to the server, made when it is first needed. After a fault that was no answer of the server it is not used again.
type connection struct {
	host    string
	options []gomail.Option
	client  *gomail.Client
	broken  error
}

func (s *Sender) connection() *connection {
	options := s.options.Server.options()
	if s.options.tls != nil {
		options = append(options, gomail.WithTLSConfig(s.options.tls))
	}
	return &connection{host: s.options.Server.Host, options: options}
}

func (c *connection) send(ctx context.Context, message *gomail.Msg) error {
	if c.broken == nil && ctx.Err() != nil {
		c.broken = ctx.Err()
	}
	if c.broken == nil && c.client == nil {
		c.client, c.broken = c.dial(ctx)
	}
	if c.broken != nil {
		return c.broken
	}
	err := c.client.Send(message)
	if err != nil && message.IsDelivered() {
		return nil // it was taken, and only the words after it went wrong
	}
	var said *gomail.SendError
	if err != nil && (!errors.As(err, &said) || said.ErrorCode() == 0) {
		c.broken = err
	}
	return err
}

func (c *connection) dial(ctx context.Context) (*gomail.Client, error) {
	client, err := gomail.NewClient(c.host, c.options...)
	if err != nil {
		return nil, err
	}
	return client, client.DialWithContext(ctx)
}

func (c *connection) close() {
	if c.client != nil {
		_ = c.client.Close() // what was sent was sent
	}
}
