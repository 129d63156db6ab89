// Package mailtest is a mail server for tests: it takes mails on loopback, keeps them as they are read, and refuses what it is told to.
package mailtest

import (
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	"net/http/httptest"
	netmail "net/mail"
	"strings"
	"sync"
	"testing"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// Mail is a mail as it is read.
type Mail struct {
	To      string // of the envelope
	ID      string // Message-ID
	Header  netmail.Header
	Subject string
	Text    string
	HTML    string
	Private bool   // it came over an encrypted connection
	User    string // who had signed in; "": nobody
}

// Sink is a mail server.
type Sink struct {
	t      testing.TB
	server *smtp.Server
	port   int

	user, password string
	private        *tls.Config
	atOnce         bool

	mu     sync.Mutex
	refuse func(to string) error
	mails  []Mail
	conns  int
}

// Option says what a Sink is like.
type Option func(*Sink)

// SignIn makes a Sink take mails of this user only.
func SignIn(user, password string) Option {
	return func(s *Sink) { s.user, s.password = user, password }
}

// Private makes a Sink offer encryption: by STARTTLS, or from the start.
func Private(fromTheStart bool) Option {
	return func(s *Sink) {
		some := httptest.NewUnstartedServer(nil)
		some.StartTLS() // its certificate, for 127.0.0.1, is what is wanted
		s.private = &tls.Config{Certificates: some.TLS.Certificates, MinVersion: tls.VersionTLS12}
		some.Close()
		s.atOnce = fromTheStart
	}
}

// Serve starts a Sink; it ends with the test.
func Serve(t testing.TB, options ...Option) *Sink {
	t.Helper()
	s := &Sink{t: t, refuse: func(string) error { return nil }}
	for _, o := range options {
		o(s)
	}
	s.server = smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.conns++
		return &session{sink: s, conn: c}, nil
	}))
	s.server.Domain, s.server.ErrorLog, s.server.TLSConfig = "localhost", log.New(io.Discard, "", 0), s.private
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.port = l.Addr().(*net.TCPAddr).Port
	if s.private != nil && s.atOnce {
		l = tls.NewListener(l, s.private)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = s.server.Serve(l) // it ends when it is closed
	}()
	t.Cleanup(func() {
		_ = s.server.Close() // a test may have closed it, also before it had begun to serve
		_ = l.Close()
		<-done
	})
	return s
}

// URL is the address of s as settings have it.
func (s *Sink) URL() string {
	switch {
	case s.private == nil:
		return fmt.Sprintf("smtp://127.0.0.1:%d?tls=none", s.port)
	case s.atOnce:
		return fmt.Sprintf("smtps://%s127.0.0.1:%d", s.who(), s.port)
	default:
		return fmt.Sprintf("smtp://%s127.0.0.1:%d", s.who(), s.port)
	}
}

func (s *Sink) who() string {
	if s.user == "" {
		return ""
	}
	return s.user + ":" + s.password + "@"
}

// Close ends s before the test does: nobody answers there any more.
func (s *Sink) Close() { _ = s.server.Close() }

// Refuse lets decide say what is answered to a mail for an address; nil takes it. A smtp.SMTPError is said as it is.
func (s *Sink) Refuse(decide func(to string) error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refuse = decide
}

// Refusal is an answer of a mail server: code 550 is for good, 451 for now.
func Refusal(code int, words string) error {
	return &smtp.SMTPError{Code: code, EnhancedCode: smtp.EnhancedCode{code / 100, 1, 1}, Message: words}
}

// Mails are the mails that s took, in the order in which they came.
func (s *Sink) Mails() []Mail {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Mail(nil), s.mails...)
}

// Connections is how many connections s has had.
func (s *Sink) Connections() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.conns
}

// session is one connection.
type session struct {
	sink *Sink
	conn *smtp.Conn
	user string
	to   string
}

// AuthMechanisms is go-smtp's.
func (s *session) AuthMechanisms() []string {
	if s.sink.user == "" {
		return nil
	}
	return []string{sasl.Plain}
}

// Auth is go-smtp's.
func (s *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if user != s.sink.user || password != s.sink.password {
			return smtp.ErrAuthFailed
		}
		s.user = user
		return nil
	}), nil
}

// Mail is go-smtp's.
func (s *session) Mail(string, *smtp.MailOptions) error {
	if s.sink.user != s.user {
		return smtp.ErrAuthRequired
	}
	return nil
}

// Rcpt is go-smtp's.
func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.sink.mu.Lock()
	defer s.sink.mu.Unlock()
	s.to = to
	return s.sink.refuse(to)
}

// Data is go-smtp's. What breaks off in the middle has not arrived, and is nobody's fault: its sender may have been killed. Whoever sends it
// again is not told apart from whoever sends it first.
func (s *session) Data(r io.Reader) error {
	whole, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	m, err := read(bytes.NewReader(whole))
	if err != nil {
		s.sink.t.Errorf("a mail that cannot be read: %v", err)
		return err
	}
	_, private := s.conn.TLSConnectionState()
	m.To, m.User, m.Private = s.to, s.user, private
	s.sink.mu.Lock()
	defer s.sink.mu.Unlock()
	s.sink.mails = append(s.sink.mails, m)
	return nil
}

// Reset is go-smtp's.
func (s *session) Reset() { s.to = "" }

// Logout is go-smtp's.
func (s *session) Logout() error { return nil }

// read reads a mail of two parts, text and HTML.
func read(r io.Reader) (m Mail, err error) {
	message, err := netmail.ReadMessage(r)
	if err != nil {
		return m, err
	}
	m.Header, m.ID = message.Header, strings.Trim(message.Header.Get("Message-ID"), "<>")
	if m.Subject, err = new(mime.WordDecoder).DecodeHeader(message.Header.Get("Subject")); err != nil {
		return m, err
	}
	kind, params, err := mime.ParseMediaType(message.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/alternative" {
		return m, fmt.Errorf("it is %q: %w", kind, errors.Join(err, errors.New("not text and HTML")))
	}
	parts := multipart.NewReader(message.Body, params["boundary"])
	for _, to := range []*string{&m.Text, &m.HTML} {
		part, err := parts.NextRawPart()
		if err != nil {
			return m, err
		}
		if encoding := part.Header.Get("Content-Transfer-Encoding"); encoding != "quoted-printable" {
			return m, fmt.Errorf("encoded as %q", encoding)
		}
		body, err := io.ReadAll(quotedprintable.NewReader(part))
		if err != nil {
			return m, err
		}
		*to = strings.ReplaceAll(string(body), "\r\n", "\n")
	}
	return m, nil
}
