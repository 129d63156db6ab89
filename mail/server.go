package mail

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"

	gomail "github.com/wneessen/go-mail"
)

// Server is a mail server that takes mails to shoppers.
type Server struct {
	Host     string
	Port     int
	User     string // "": nobody signs in
	Password string

	encryption encryption
}

type encryption int

const (
	startTLS encryption = iota // the connection must be made private before anything is said
	fromTheStart
	none // for a server on this machine
)

// ParseServer reads the address of a mail server: smtp://user:password@host:587 (private by STARTTLS, or not at all), smtps://user:password@host:465
// (private from the start) or smtp://127.0.0.1:25?tls=none, which only an address of this machine may have. The error does not hold the password.
func ParseServer(address string) (Server, error) {
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" || u.Path != "" || u.Fragment != "" {
		return Server{}, errors.New("mail: write the server like smtp://user:password@mail.example.com:587")
	}
	s := Server{Host: u.Hostname(), User: u.User.Username()}
	s.Password, _ = u.User.Password()
	port := "587"
	switch u.Scheme {
	case "smtp":
	case "smtps":
		s.encryption, port = fromTheStart, "465"
	default:
		return Server{}, fmt.Errorf("mail: %q is no kind of mail server: smtp or smtps", u.Scheme)
	}
	switch u.RawQuery {
	case "":
	case "tls=none":
		if ip := net.ParseIP(s.Host); u.Scheme != "smtp" || s.User != "" || (s.Host != "localhost" && !ip.IsLoopback()) {
			return Server{}, errors.New("mail: tls=none is for smtp:// to this machine without a user")
		}
		s.encryption = none
	default:
		return Server{}, errors.New("mail: after the port only ?tls=none may stand")
	}
	if u.Port() != "" {
		port = u.Port()
	}
	if s.Port, err = strconv.Atoi(port); err != nil || s.Port < 1 || s.Port > 65535 {
		return Server{}, fmt.Errorf("mail: %q is no port", port)
	}
	return s, nil
}

// String hides the password from logs.
func (s Server) String() string { return net.JoinHostPort(s.Host, strconv.Itoa(s.Port)) }

// GoString hides the password from %#v.
func (s Server) GoString() string { return s.String() }

// options are those of a connection to s.
func (s Server) options() []gomail.Option {
	options := []gomail.Option{gomail.WithPort(s.Port), gomail.WithTimeout(answerTime)}
	switch s.encryption {
	case fromTheStart:
		options = append(options, gomail.WithSSL())
	case none:
		options = append(options, gomail.WithTLSPolicy(gomail.NoTLS))
	case startTLS:
		options = append(options, gomail.WithTLSPolicy(gomail.TLSMandatory))
	}
	if s.User != "" {
		options = append(options, gomail.WithSMTPAuth(gomail.SMTPAuthAutoDiscover), gomail.WithUsername(s.User), gomail.WithPassword(s.Password))
	}
	return options
}
