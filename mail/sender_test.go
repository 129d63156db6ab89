package mail

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"strings"
	"testing"

	"doorbuster/mail/mailtest"
	"doorbuster/store"
)

// senderTo sends to a sink.
func senderTo(t *testing.T, sink *mailtest.Sink) *Sender {
	t.Helper()
	server, err := ParseServer(sink.URL())
	if err != nil {
		t.Fatal(err)
	}
	return newSender(t, func(o *Options) {
		o.Server = server
		o.tls = &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS12, ServerName: "127.0.0.1"} //nolint:gosec // the sink's certificate is its own
	})
}

// to is a mail to somebody.
func to(id uint64, email string) store.DueMail {
	m := dueMail(store.MailPaid, "en")
	m.ID, m.Email = id, email
	return m
}

func results(attempts []store.MailAttempt) (all []string) {
	for _, a := range attempts {
		all = append(all, a.Result)
	}
	return all
}

func want(t *testing.T, attempts []store.MailAttempt, results_ ...string) {
	t.Helper()
	if got := results(attempts); strings.Join(got, " ") != strings.Join(results_, " ") {
		t.Errorf("got %q, want %q: %+v", got, results_, attempts)
	}
}

// What is written arrives as it was written, in both languages, with all that a mail program needs to know.
func TestLettersArrive(t *testing.T) {
	t.Parallel()
	sink := mailtest.Serve(t)
	s := senderTo(t, sink)
	var mails []store.DueMail
	for _, language := range []string{"en", "zh"} {
		for _, kind := range kinds {
			m := dueMail(kind, language)
			m.ID = uint64(len(mails) + 1)
			mails = append(mails, m)
		}
	}
	for i, a := range s.Send(t.Context(), mails) {
		if a.Result != store.ResultSent || a.ID != mails[i].ID || a.Number != 1 || a.Answer != "" {
			t.Errorf("%+v", a)
		}
	}
	got := sink.Mails()
	if len(got) != len(mails) || sink.Connections() != 1 {
		t.Fatalf("%d mails over %d connections", len(got), sink.Connections())
	}
	for i, m := range mails {
		letter, err := s.Write(m)
		if err != nil {
			t.Fatal(err)
		}
		g := got[i]
		if g.To != "ann@example.com" || g.Subject != letter.Subject || strings.TrimSpace(g.Text) != strings.TrimSpace(letter.Text) ||
			strings.TrimSpace(g.HTML) != strings.TrimSpace(letter.HTML) {
			t.Errorf("%s in %s arrived as %+v, want %+v", m.Kind, m.Language, g, letter)
		}
		if id := fmt.Sprintf("%d.%s@shop.example", m.ID, m.OrderID); g.ID != id {
			t.Errorf("its number is %q, want %q", g.ID, id)
		}
		if g.Header.Get("From") != `"Doorbuster" <orders@shop.example>` || g.Header.Get("Auto-Submitted") != "auto-generated" || g.Header.Get("Date") == "" {
			t.Errorf("header: %v", g.Header)
		}
	}
}

// One that is refused stops no other. No such address is for good, "try again" is not, and neither is what the server says of anything but the receiver.
func TestRefused(t *testing.T) {
	t.Parallel()
	sink := mailtest.Serve(t)
	sink.Refuse(func(to string) error {
		switch {
		case strings.HasPrefix(to, "nobody"):
			return mailtest.Refusal(550, "no such user")
		case strings.HasPrefix(to, "full"):
			return mailtest.Refusal(452, "too much mail")
		}
		return nil
	})
	got := senderTo(t, sink).Send(t.Context(), []store.DueMail{to(1, "ann@example.com"), to(2, "nobody@example.com"), to(3, "full@example.com"), to(4, "bob@example.com")})
	want(t, got, "sent", "never", "later", "sent")
	if !strings.Contains(got[1].Answer, "no such user") || !strings.Contains(got[2].Answer, "too much mail") || len(sink.Mails()) != 2 {
		t.Errorf("%+v, %d mails", got, len(sink.Mails()))
	}
}

// That the server does not want this sender is no word about the receiver, however final it sounds.
func TestSenderRefused(t *testing.T) {
	t.Parallel()
	sink := mailtest.Serve(t, mailtest.SignIn("shop", "secret")) // it answers 502 to whom it does not know
	got := senderTo(t, sink).Send(t.Context(), []store.DueMail{to(1, "ann@example.com"), to(2, "bob@example.com")})
	want(t, got, "later", "later")
	if !strings.Contains(got[0].Answer, "authenticate") || len(sink.Mails()) != 0 {
		t.Errorf("%+v", got)
	}
}

// Whatever stands where an address should be, it is one mail to one person, or none.
func TestAddressesThatAreNone(t *testing.T) {
	t.Parallel()
	sink := mailtest.Serve(t)
	s := senderTo(t, sink)
	bad := []string{"", "ann", "ann@", "ann@example.com, bob@example.com", "ann@example.com\r\nBcc: eve@example.com", "<ann@example.com>\n", "ann@exa mple.com"}
	for i, address := range bad {
		want(t, s.Send(t.Context(), []store.DueMail{to(uint64(i), address)}), "never")
	}
	m := to(9, "ann@example.com")
	m.Name, m.ItemTitle = "Ann\r\nBcc: eve@example.com", "Kettle\r\nBcc: eve@example.com"
	want(t, s.Send(t.Context(), []store.DueMail{m}), "sent")
	got := sink.Mails()
	if len(got) != 1 || got[0].To != "ann@example.com" || got[0].Header.Get("Bcc") != "" {
		t.Errorf("%+v", got)
	}
}

// A server that is not there, or goes away in the middle, has refused nobody.
func TestServerAway(t *testing.T) {
	t.Parallel()
	sink := mailtest.Serve(t)
	s := senderTo(t, sink)
	sink.Refuse(func(to string) error {
		if strings.HasPrefix(to, "bob") {
			sink.Close()
		}
		return nil
	})
	mails := []store.DueMail{to(1, "ann@example.com"), to(2, "bob@example.com"), to(3, "cem@example.com")}
	got := s.Send(t.Context(), mails)
	want(t, got, "sent", "later", "later")
	if got[2].Answer != got[1].Answer {
		t.Errorf("a connection that is gone was asked again: %+v", got)
	}
	got = s.Send(t.Context(), mails)
	want(t, got, "later", "later", "later")
	if got[2].Answer == "" {
		t.Error("nobody says why")
	}
}

// A worker that has to stop sends nothing more.
func TestStopped(t *testing.T) {
	t.Parallel()
	sink := mailtest.Serve(t)
	ctx, cancel := context.WithCancel(t.Context())
	sink.Refuse(func(string) error {
		cancel()
		return nil
	})
	got := senderTo(t, sink).Send(ctx, []store.DueMail{to(1, "ann@example.com"), to(2, "bob@example.com")})
	if got[1].Result != store.ResultLater || len(sink.Mails()) > 1 {
		t.Errorf("%+v, %d mails", got, len(sink.Mails()))
	}
}

// Nothing is said in the clear to a server that is not on this machine: neither a password nor a mail.
func TestPrivate(t *testing.T) {
	t.Parallel()
	for _, atOnce := range []bool{false, true} {
		sink := mailtest.Serve(t, mailtest.Private(atOnce), mailtest.SignIn("shop", "secret"))
		want(t, senderTo(t, sink).Send(t.Context(), []store.DueMail{to(1, "ann@example.com")}), "sent")
		if got := sink.Mails(); len(got) != 1 || !got[0].Private || got[0].User != "shop" {
			t.Errorf("at once %t: %+v", atOnce, got)
		}
		strange := senderTo(t, sink)
		strange.options.tls = nil // the machine's certificates do not know the sink's
		want(t, strange.Send(t.Context(), []store.DueMail{to(1, "ann@example.com")}), "later")
	}
	open := mailtest.Serve(t) // it offers no encryption
	s := senderTo(t, open)
	s.options.Server.encryption = startTLS
	want(t, s.Send(t.Context(), []store.DueMail{to(1, "ann@example.com")}), "later")
	if len(open.Mails()) != 0 {
		t.Error("a mail went out in the clear")
	}
}

func TestParseServer(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]Server{
		"smtp://mail.example.com":                        {Host: "mail.example.com", Port: 587},
		"smtp://mail.example.com:25":                     {Host: "mail.example.com", Port: 25},
		"smtps://shop:s%40crt@mail.example.com":          {Host: "mail.example.com", Port: 465, User: "shop", Password: "s@crt", encryption: fromTheStart},
		"smtp://shop@shop.example:x@mail.example.com:26": {Host: "mail.example.com", Port: 26, User: "shop@shop.example", Password: "x"},
		"smtp://127.0.0.1:1025?tls=none":                 {Host: "127.0.0.1", Port: 1025, encryption: none},
		"smtp://[::1]:1025?tls=none":                     {Host: "::1", Port: 1025, encryption: none},
		"smtp://localhost?tls=none":                      {Host: "localhost", Port: 587, encryption: none},
		"smtp://mail.example.com?tls=none":               {}, // in the clear over a network
		"smtp://shop:secret@127.0.0.1?tls=none":          {},
		"smtps://127.0.0.1?tls=none":                     {},
		"smtp://127.0.0.1?tls=maybe":                     {},
		"http://mail.example.com":                        {},
		"mail.example.com":                               {},
		"mail.example.com:25":                            {},
		"smtp://":                                        {},
		"smtp://mail.example.com:0":                      {},
		"smtp://mail.example.com:99999":                  {},
		"smtp://mail.example.com/x":                      {},
		"":                                               {},
	} {
		got, err := ParseServer(text)
		if got != want || (err == nil) != (want.Host != "") {
			t.Errorf("%q: %+v, %v", text, got, err)
		}
		if err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("the error tells the password: %v", err)
		}
	}
	s := Server{Host: "mail.example.com", Port: 25, User: "shop", Password: "secret"}
	for _, text := range []string{fmt.Sprint(s), fmt.Sprintf("%+v", s), fmt.Sprintf("%#v", s)} {
		if strings.Contains(text, "secret") || !strings.Contains(text, net.JoinHostPort("mail.example.com", "25")) {
			t.Errorf("printed as %s", text)
		}
	}
}

func TestSenderThatCannotBe(t *testing.T) {
	t.Parallel()
	for _, from := range []string{"", "Shop", "a@b, c@d"} {
		if _, err := New(Options{From: from}); err == nil {
			t.Errorf("%q writes mails", from)
		}
	}
}
