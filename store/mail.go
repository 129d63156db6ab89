package store

import (
	"context"
	"time"

	"github.com/google/uuid"
)

// Kinds of mails, by what they say.
const (
	MailHeld      = "held"      // the units are the shopper's until the hold ends
	MailExpiring  = "expiring"  // the hold is about to end
	MailPaid      = "paid"      // the order is paid, or needed no payment
	MailExpired   = "expired"   // the hold has ended
	MailCancelled = "cancelled" // by the shopper or by staff
	MailRefunded  = "refunded"  // the shop took the order back
	MailReturning = "returning" // a payment could not be used and goes back
	MailReturned  = "returned"  // the money has gone back
)

// Ends of an attempt to send a mail: MailNote.Result.
const (
	ResultSent  = "sent"  // a mail server took it
	ResultLater = "later" // none did, for now
	ResultNever = "never" // none ever will: there is no such address
)

// HoldWarning is the answer to WarnHolds.
type HoldWarning struct {
	Outcome Outcome `db:"outcome"` // Fenced, Nothing or Warned
	Warned  int     `db:"warned"`  // mails that were written
}

// WarnHolds writes up to limit mails to shoppers whose hold is about to end. fence is the number of the lease "send_mails". Call again until the
// outcome is Nothing.
// Outcomes: Fenced, Nothing, Warned.
func (s *Store) WarnHolds(ctx context.Context, fence uint64, limit int) (HoldWarning, error) {
	var h HoldWarning
	err := s.worker.get(ctx, &h, "warn_holds", "CALL warn_holds(?, ?)", fence, limit)
	return h, err
}

// DueMail is a mail to send, with all that stands in it. Amounts are in the smallest unit of Currency, times are UTC.
type DueMail struct {
	ID             uint64
	Attempt        uint // number of this attempt, from 1
	Kind           string
	MadeAt         time.Time // when what it tells happened
	Language       string    // en or zh
	Email          string    // as the shopper or the merchant wrote it: not proof of anything, not even of an address
	Name           string
	OrderID        uuid.UUID
	Units          int
	UnitPriceCents int64
	Currency       string
	HoldExpiresAt  *time.Time // nil unless the order is held
	ItemID         uint64
	ItemTitle      string
	TimeZone       string // of the sale
	Reason         string // why money goes back, in one word of payments.reason; "" of other kinds
}

// DueMails is the answer to TakeDueMails.
type DueMails struct {
	Outcome Outcome // Fenced, Nothing, Dropped or Due
	Mails   []DueMail
}

// TakeDueMails takes up to limit mails that have to be sent now. Each comes again after two minutes unless its end is noted. fence is the number of
// the lease "send_mails".
// Outcomes: Fenced, Nothing, Dropped, Due.
func (s *Store) TakeDueMails(ctx context.Context, fence uint64, limit int) (DueMails, error) {
	var rows []struct {
		Outcome Outcome `db:"outcome"`
		mailRow
	}
	err := s.worker.list(ctx, &rows, "take_due_mails", "CALL take_due_mails(?, ?)", fence, limit)
	var due DueMails
	for _, row := range rows {
		due.Outcome = row.Outcome
		if row.ID != nil {
			due.Mails = append(due.Mails, row.mail())
		}
	}
	return due, err
}

// mailRow is a DueMail as it is read: there is one row of NULLs when none is due.
type mailRow struct {
	ID             *uint64    `db:"mail_id"`
	Attempt        *uint      `db:"attempt"`
	Kind           *string    `db:"kind"`
	MadeAt         *time.Time `db:"made_at"`
	Language       *string    `db:"language"`
	Email          *string    `db:"email"`
	Name           *string    `db:"name"`
	OrderID        *uuid.UUID `db:"order_id"`
	Units          *int       `db:"units"`
	UnitPriceCents *int64     `db:"unit_price_cents"`
	Currency       *string    `db:"currency"`
	HoldExpiresAt  *time.Time `db:"hold_expires_at"`
	ItemID         *uint64    `db:"item_id"`
	ItemTitle      *string    `db:"item_title"`
	TimeZone       *string    `db:"time_zone"`
	Reason         *string    `db:"reason"`
}

func (r mailRow) mail() DueMail {
	return DueMail{
		ID: *r.ID, Attempt: *r.Attempt, Kind: *r.Kind, MadeAt: *r.MadeAt, Language: *r.Language, Email: *r.Email, Name: *r.Name,
		OrderID: *r.OrderID, Units: *r.Units, UnitPriceCents: *r.UnitPriceCents, Currency: *r.Currency, HoldExpiresAt: r.HoldExpiresAt,
		ItemID: *r.ItemID, ItemTitle: *r.ItemTitle, TimeZone: *r.TimeZone, Reason: *r.Reason,
	}
}

// MailAttempt is what came of one attempt to send a mail.
type MailAttempt struct {
	ID     uint64
	Number uint   // DueMail.Attempt
	Result string // ResultSent, ResultLater or ResultNever
	Answer string // what the mail server said; what is longer than 500 characters is cut
}

// MailNote is the answer to NoteMail.
type MailNote struct {
	Outcome Outcome    `db:"outcome"`
	NextAt  *time.Time `db:"next_at"` // when it is tried again; nil unless Due
}

// NoteMail writes down what came of an attempt, and so what happens next. fence is the number of the lease "send_mails".
// Outcomes: Fenced, NoSuchMail, Repeated, Sent, Dead, Due.
func (s *Store) NoteMail(ctx context.Context, fence uint64, a MailAttempt) (MailNote, error) {
	var n MailNote
	err := s.worker.get(ctx, &n, "note_mail", "CALL note_mail(?, ?, ?, ?, ?)", fence, a.ID, a.Number, a.Result, Printable(a.Answer))
	return n, err
}

// ResendMail has a mail sent again, now.
// Outcomes: NotAllowed, NoSuchMail, TooOld, Due.
func (s *Store) ResendMail(ctx context.Context, by Actor, mail uint64, reason string) (Outcome, error) {
	var r struct {
		Outcome Outcome `db:"outcome"`
	}
	err := s.staff.get(ctx, &r, "resend_mail", "CALL resend_mail(?, ?, ?, ?)", by.staffID(), by.name, mail, reason)
	return r.Outcome, err
}

// Mail is a mail as staff see it. Times are UTC.
type Mail struct {
	ID       uint64     `db:"id"`
	Kind     string     `db:"kind"`
	State    string     `db:"state"` // due, sent, dropped or dead
	Attempts uint       `db:"attempts"`
	NextAt   *time.Time `db:"next_at"` // when it is sent next; nil unless due
	Answer   string     `db:"answer"`  // what the mail server said last
	MadeAt   time.Time  `db:"made_at"`
	EndedAt  *time.Time `db:"ended_at"`
	OrderID  uuid.UUID  `db:"order_id"`
	Email    string     `db:"email"`
	Language string     `db:"language"`
	Item     string     `db:"item_title"`
	TimeZone string     `db:"time_zone"` // of the sale
}

// ListMails returns the latest mails with a number below before (0: all), newest first, at most limit; state "" is every state. A member sees those of
// the own shop; who may not read sees none.
func (s *Store) ListMails(ctx context.Context, by Actor, state string, before uint64, limit int) ([]Mail, error) {
	var all []Mail
	err := s.staff.list(ctx, &all, "list_mails", "CALL list_mails(?, ?, ?, ?)", by.staffID(), state, before, limit)
	return all, err
}

// ShowMail returns a mail, and what stands in it if it is written now: a mail about a hold cannot be written any more once the order is not held
// (HoldExpiresAt is nil). ErrNotFound: there is none of this number, it is another shop's, or by may not read.
func (s *Store) ShowMail(ctx context.Context, by Actor, id uint64) (Mail, DueMail, error) {
	var row struct {
		Mail
		Units          int        `db:"units"`
		UnitPriceCents int64      `db:"unit_price_cents"`
		Currency       string     `db:"currency"`
		HoldExpiresAt  *time.Time `db:"hold_expires_at"`
		ItemID         uint64     `db:"item_id"`
		Name           string     `db:"name"`
		Reason         string     `db:"reason"`
	}
	if err := s.staff.get(ctx, &row, "show_mail", "CALL show_mail(?, ?)", by.staffID(), id); err != nil {
		return Mail{}, DueMail{}, err
	}
	m := row.Mail
	return m, DueMail{
		ID: m.ID, Attempt: m.Attempts, Kind: m.Kind, MadeAt: m.MadeAt, Language: m.Language, Email: m.Email, Name: row.Name,
		OrderID: m.OrderID, Units: row.Units, UnitPriceCents: row.UnitPriceCents, Currency: row.Currency, HoldExpiresAt: row.HoldExpiresAt,
		ItemID: row.ItemID, ItemTitle: m.Item, TimeZone: m.TimeZone, Reason: row.Reason,
	}, nil
}
