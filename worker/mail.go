package worker

import (
	"context"
	"errors"
	"fmt"

	"doorbuster/store"
)

// Postman hands mails to a mail server: mail.Sender.
type Postman interface {
	// Send says of each mail what came of it, in their order, within a minute.
	Send(ctx context.Context, mails []store.DueMail) []store.MailAttempt
}

// sendMails warns shoppers whose hold is about to end, and hands all mails that are due to the mail server, batch after batch until nothing is left or the
// look has taken its share. Without a mail server mails are written and wait where staff see them. What it cannot note (the database is away,
// another worker took over) is sent again, with the same number.
func sendMails(cfg Config) func(context.Context, uint64) (int, error) {
	return func(ctx context.Context, fence uint64) (did int, err error) {
		did, err = batches(ctx, cfg.MailBatches, store.Warned, func(ctx context.Context) (int, store.Outcome, error) {
			w, err := cfg.Store.WarnHolds(ctx, fence, cfg.MailLimit)
			return w.Warned, w.Outcome, err
		})
		if err != nil || cfg.Mail == nil {
			return did, err
		}
		for range cfg.MailBatches {
			if ctx.Err() != nil {
				return did, nil
			}
			sent, more, err := sendBatch(ctx, cfg, fence)
			did += sent
			if err != nil || !more {
				return did, err
			}
		}
		return did, nil
	}
}

// sendBatch takes and sends mails once. more: others may be due.
func sendBatch(ctx context.Context, cfg Config, fence uint64) (sent int, more bool, err error) {
	due, err := takeMails(ctx, cfg, fence)
	switch {
	case err != nil:
		return 0, false, err
	case due.Outcome == store.Fenced:
		return 0, false, errOvertaken
	case due.Outcome == store.Nothing:
		return 0, false, nil
	case due.Outcome == store.Dropped:
		return 0, true, nil
	case due.Outcome != store.Due:
		return 0, false, fmt.Errorf("worker: take_due_mails answered %q", due.Outcome)
	}
	var failed error
	for _, attempt := range cfg.Mail.Send(ctx, due.Mails) {
		if attempt.Result != store.ResultSent && ctx.Err() != nil {
			return sent, false, failed // cut short, not refused: it is sent again by itself, and to stop is no fault of the job
		}
		took, err := noteMail(ctx, cfg, fence, attempt)
		if errors.Is(err, errOvertaken) {
			return sent, false, err
		}
		failed = errors.Join(failed, err)
		if took {
			sent++
		}
	}
	return sent, failed == nil, failed
}

func takeMails(ctx context.Context, cfg Config, fence uint64) (store.DueMails, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), callTimeout)
	defer cancel()
	return cfg.Store.TakeDueMails(ctx, fence, cfg.MailLimit)
}

// noteMail notes what came of a mail, also when this worker has to stop: it was sent.
func noteMail(ctx context.Context, cfg Config, fence uint64, a store.MailAttempt) (sent bool, err error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), callTimeout)
	defer cancel()
	note, err := cfg.Store.NoteMail(ctx, fence, a)
	switch {
	case err != nil:
		return false, fmt.Errorf("mail %d: %w", a.ID, err)
	case note.Outcome == store.Fenced:
		return false, errOvertaken
	case note.Outcome == store.Dead:
		cfg.Log.Warn("a mail is given up, it can be sent again by hand", "mail", a.ID, "answer", a.Answer)
	case note.Outcome == store.Due && a.Number == 1:
		cfg.Log.Warn("a mail could not be sent, it is tried again", "mail", a.ID, "answer", a.Answer)
	}
	return note.Outcome == store.Sent, nil
}
