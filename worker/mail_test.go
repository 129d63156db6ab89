package worker

import (
	"context"
	"errors"
	"testing"
	"time"

	"doorbuster/mail"
	"doorbuster/mail/mailtest"
	"doorbuster/store"
)

// postmanTo sends mails to the server at url.
func postmanTo(url string) (*mail.Sender, error) {
	server, err := mail.ParseServer(url)
	if err != nil {
		return nil, err
	}
	return mail.New(mail.Options{Server: server, From: "Shop <orders@shop.example>", ShopName: "Shop", PublicURL: "https://shop.example"})
}

// toSink sends mails to a sink.
func toSink(t testing.TB, sink *mailtest.Sink) *mail.Sender {
	t.Helper()
	sender, err := postmanTo(sink.URL())
	if err != nil {
		t.Fatal(err)
	}
	return sender
}

// addresses gives every so manieth of the first n shoppers an address, at most 10 000.
func (s *shop) addresses(t testing.TB, n, each int) {
	t.Helper()
	_, err := s.root.ExecContext(context.Background(), `INSERT INTO users (id, customer_ref, email, name, language, sessions_from, created_at)
		WITH RECURSIVE n AS (SELECT 0 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 99)
		SELECT k.i, CONCAT('c-', k.i), CONCAT('shopper', k.i, '@example.com'), CONCAT('Shopper ', k.i), IF(k.i % 2 = 0, 'zh', 'en'), UTC_TIMESTAMP(6), UTC_TIMESTAMP(6)
		  FROM (SELECT a.i * 100 + b.i + 1 AS i FROM n a CROSS JOIN n b) k WHERE k.i <= ? AND k.i % ? = 0`, n, each)
	if err != nil {
		t.Fatal(err)
	}
}

// mails counts the mails in a state.
func (s *shop) mails(t testing.TB, state string) (n int) {
	t.Helper()
	if err := s.root.QueryRowContext(context.Background(), "SELECT COUNT(*) FROM mails WHERE state = ?", state).Scan(&n); err != nil {
		t.Error(err)
	}
	return n
}

// mailing are settings with which mails are sent at once, by the postman; nil: nobody.
func mailing(t testing.TB, s *shop, postman Postman) Config {
	t.Helper()
	cfg := settings(t, s.Database)
	cfg.RelayEvery, cfg.MailEvery, cfg.Mail = time.Millisecond, time.Millisecond, postman
	return cfg
}

// relayAndMail are the two jobs that a mail needs.
func relayAndMail(cfg Config) []job {
	var some []job
	for _, j := range jobs(cfg) {
		if j.name == "relay_outbox" || j.name == "send_mails" {
			some = append(some, j)
		}
	}
	return some
}

// sendMailsJob is the one job.
func sendMailsJob(cfg Config) []job { return relayAndMail(cfg)[1:] }

// Two workers write to everybody, once, about everything.
func TestShoppersAreTold(t *testing.T) {
	t.Parallel()
	const shoppers = 20
	s := openShop(t, 2*shoppers)
	s.addresses(t, shoppers, 1)
	sink := mailtest.Serve(t)
	s.lives(t, 1, shoppers) // each even shopper cancels; each odd one pays and is refunded
	start(t, mailing(t, s, toSink(t, sink)), relayAndMail)
	start(t, mailing(t, s, toSink(t, sink)), relayAndMail)
	const events = shoppers/2*2 + shoppers/2*3
	eventually(t, "every event has become a mail that was sent or dropped", func() bool { return s.mails(t, "sent")+s.mails(t, "dropped") == events })
	got := map[string]int{}
	for _, m := range sink.Mails() {
		got[m.ID]++
	}
	for id, times := range got {
		if times != 1 {
			t.Errorf("%s came %d times", id, times)
		}
	}
	// "held" was not true any more when the relay came: it was dropped, or had gone out before.
	if sent := s.mails(t, "sent"); len(got) != sent || sent < events-shoppers {
		t.Errorf("%d mails arrived, %d are sent, of %d", len(got), sent, events)
	}
}

// A hold that is about to end is told, in the shopper's language, and once.
func TestWarning(t *testing.T) {
	t.Parallel()
	s := openShop(t, 2)
	s.addresses(t, 2, 1)
	sink := mailtest.Serve(t)
	s.hold(t, 1, 2)
	if _, err := s.root.ExecContext(t.Context(), "UPDATE orders SET hold_expires_at = UTC_TIMESTAMP(6) + INTERVAL 2 MINUTE"); err != nil {
		t.Fatal(err)
	}
	w := start(t, mailing(t, s, toSink(t, sink)), sendMailsJob)
	eventually(t, "both are warned", func() bool { return s.mails(t, "sent") == 2 })
	before := w.Status()[0].LastRun
	eventually(t, "it looks again", func() bool { return w.Status()[0].LastRun.After(before) })
	subjects := map[string]string{}
	for _, m := range sink.Mails() {
		subjects[m.To] = m.Subject
	}
	if len(sink.Mails()) != 2 || subjects["shopper1@example.com"] != "Pay now to keep it: Thing 1" || subjects["shopper2@example.com"] != "请立即付款：Thing 1" {
		t.Errorf("%d mails: %v", len(sink.Mails()), subjects)
	}
}

// A mail server that does not want mails now gets them later; who does not exist is not written to again.
func TestMailsGoLater(t *testing.T) {
	t.Parallel()
	s := openShop(t, 2)
	s.addresses(t, 2, 1)
	sink := mailtest.Serve(t)
	sink.Refuse(func(to string) error {
		if to == "shopper2@example.com" {
			return mailtest.Refusal(550, "no such user")
		}
		return mailtest.Refusal(451, "not now")
	})
	s.hold(t, 1, 2)
	w := start(t, mailing(t, s, toSink(t, sink)), relayAndMail)
	eventually(t, "one is given up, the other was tried", func() bool {
		return s.mails(t, "dead") == 1 && w.log.count("a mail is given up") == 1 && w.log.count("it is tried again") == 1
	})
	sink.Refuse(func(string) error { return nil })
	if _, err := s.root.ExecContext(t.Context(), "UPDATE mails SET next_at = UTC_TIMESTAMP(6) WHERE state = 'due'"); err != nil {
		t.Fatal(err)
	}
	eventually(t, "it is sent", func() bool { return s.mails(t, "sent") == 1 })
	if got := sink.Mails(); len(got) != 1 || got[0].To != "shopper1@example.com" {
		t.Errorf("%+v", got)
	}
}

// Without a mail server everything is written, nothing is sent, and nothing is lost.
func TestWithoutAMailServer(t *testing.T) {
	t.Parallel()
	s := openShop(t, 3)
	s.addresses(t, 3, 1)
	s.hold(t, 1, 3)
	w := start(t, mailing(t, s, nil), relayAndMail)
	eventually(t, "they are written", func() bool { return s.mails(t, "due") == 3 })
	before := w.Status()[1].LastRun
	eventually(t, "it looks again", func() bool { return w.Status()[1].LastRun.After(before) })
	all, err := s.store.ListMails(t.Context(), store.Operator("test"), "due", 0, 10)
	if err != nil || len(all) != 3 || all[0].ID <= all[1].ID || all[0].Kind != "held" || all[0].Attempts != 0 || all[0].Email == "" {
		t.Errorf("%+v, %v", all, err)
	}
	one, err := s.store.ListMails(t.Context(), store.Operator("test"), "", all[1].ID, 10)
	if err != nil || len(one) != 1 || one[0].ID != all[2].ID {
		t.Errorf("before the second: %+v, %v", one, err)
	}
	if none, err := s.store.ListMails(t.Context(), store.Operator("test"), "sent", 0, 10); err != nil || len(none) != 0 {
		t.Errorf("sent: %+v, %v", none, err)
	}
}

// postman lets a test look over the shoulder of who sends.
type postman func(ctx context.Context, mails []store.DueMail) []store.MailAttempt

func (p postman) Send(ctx context.Context, mails []store.DueMail) []store.MailAttempt {
	return p(ctx, mails)
}

// A worker that was overtaken while it sent notes nothing: whoever took over sends it again, with the same number.
func TestOvertakenWhileSending(t *testing.T) {
	t.Parallel()
	s := openShop(t, 1)
	s.addresses(t, 1, 1)
	s.hold(t, 1, 1)
	cfg := mailing(t, s, nil)
	relay, err := cfg.Store.TakeLease(t.Context(), "relay_outbox", "test", time.Hour, true)
	if err != nil {
		t.Fatal(err)
	}
	if r, err := cfg.Store.RelayOutbox(t.Context(), relay.Fence, 10); err != nil || r.Relayed != 1 {
		t.Fatal(r, err)
	}
	lease, err := cfg.Store.TakeLease(t.Context(), "send_mails", "first", time.Hour, true)
	if err != nil {
		t.Fatal(err)
	}
	sent := 0
	cfg.Mail = postman(func(ctx context.Context, mails []store.DueMail) []store.MailAttempt {
		sent += len(mails)
		if _, err := cfg.Store.TakeLease(ctx, "send_mails", "second", time.Hour, true); err != nil {
			t.Error(err)
		}
		return []store.MailAttempt{{ID: mails[0].ID, Number: mails[0].Attempt, Result: store.ResultSent}}
	})
	cfg = cfg.withDefaults()
	did, more, err := sendBatch(t.Context(), cfg, lease.Fence)
	if did != 0 || more || !errors.Is(err, errOvertaken) || sent != 1 || s.mails(t, "due") != 1 {
		t.Errorf("did %d, %v; %d sent, %d due", did, err, sent, s.mails(t, "due"))
	}
	if did, err := sendMails(cfg)(t.Context(), lease.Fence); did != 0 || !errors.Is(err, errOvertaken) || sent != 1 {
		t.Errorf("with the old number: did %d, %v; %d sent", did, err, sent)
	}
}

// A worker that has to stop in the middle of sending has not been refused: the mail keeps its attempt and comes again. Nor is it a fault that somebody
// should look at: whoever brings a new version stops every worker.
func TestStoppedWhileSending(t *testing.T) {
	t.Parallel()
	s := openShop(t, 1)
	s.addresses(t, 1, 1)
	s.hold(t, 1, 1)
	cfg := mailing(t, s, nil)
	for _, name := range []string{"relay_outbox", "send_mails"} {
		if lease, err := cfg.Store.TakeLease(t.Context(), name, "test", time.Hour, true); err != nil || lease.Fence != 1 {
			t.Fatal(lease, err)
		}
	}
	if r, err := cfg.Store.RelayOutbox(t.Context(), 1, 10); err != nil || r.Relayed != 1 {
		t.Fatal(r, err)
	}
	ctx, stop := context.WithCancel(t.Context())
	cfg.Mail = postman(func(_ context.Context, mails []store.DueMail) []store.MailAttempt {
		stop()
		return []store.MailAttempt{{ID: mails[0].ID, Number: mails[0].Attempt, Result: store.ResultLater, Answer: "cut"}}
	})
	cfg = cfg.withDefaults()
	if did, err := sendMails(cfg)(ctx, 1); did != 0 || err != nil {
		t.Errorf("did %d, %v", did, err)
	}
	var answer string
	if err := s.root.QueryRowContext(t.Context(), "SELECT answer FROM mails WHERE state = 'due' AND attempts = 1").Scan(&answer); err != nil || answer != "" {
		t.Errorf("it was noted as %q, %v", answer, err)
	}
}
