package webhook

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"syscall"
	"time"

	"doorbuster/store"
)

const (
	defaultTimeout = 10 * time.Second

	maxAnswer = 64 << 10 // bytes of an answer that are read
	userAgent = "Doorbuster-Webhook/1"
)

// Options say whom a Sender may ask. The zero value asks public addresses by https only.
type Options struct {
	// Allowed are networks that may be asked though they are not public, such as one inside the company; there plain http will do too.
	Allowed []netip.Prefix
	// Timeout bounds one attempt, from resolving the name to the end of the answer; default 10 s, which is also the most.
	Timeout time.Duration

	tls      *tls.Config   // default: the machine's certificates
	resolver *net.Resolver // default: the machine's
}

// Sender posts events. Its methods may be called from any goroutine.
type Sender struct {
	secure, plain *http.Client
	plainAllowed  bool
}

// NewSender makes a Sender. Close it when nobody uses it any more.
func NewSender(o Options) *Sender {
	if o.Timeout <= 0 {
		o.Timeout = defaultTimeout
	}
	o.Timeout = min(o.Timeout, defaultTimeout) // a delivery that was taken is taken again after two minutes
	return &Sender{
		secure: client(guard{allowed: o.Allowed}, o), plain: client(guard{allowed: o.Allowed, only: true}, o), plainAllowed: len(o.Allowed) > 0,
	}
}

// client makes a client that asks only whom g permits, follows no redirect (it could lead inside) and uses no proxy (it would connect for us).
func client(g guard, o Options) *http.Client {
	dialer := &net.Dialer{Timeout: o.Timeout, ControlContext: g.control, Resolver: o.resolver}
	return &http.Client{
		Timeout: o.Timeout,
		Transport: &http.Transport{
			DialContext: dialer.DialContext, TLSClientConfig: o.tls, TLSHandshakeTimeout: o.Timeout, ForceAttemptHTTP2: true,
			MaxIdleConnsPerHost: 16, IdleConnTimeout: 30 * time.Second, MaxResponseHeaderBytes: maxAnswer,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// Close closes the connections that are not in use.
func (s *Sender) Close() {
	s.secure.CloseIdleConnections()
	s.plain.CloseIdleConnections()
}

// Send posts an event once and says what came of it. It never fails: what goes wrong stands in the attempt.
func (s *Sender) Send(ctx context.Context, d store.Delivery) store.Attempt {
	began := time.Now()
	status, answer, err := s.post(ctx, d)
	if err != nil {
		status, answer = 0, trouble(err)
	}
	return store.Attempt{EndpointID: d.EndpointID, Seq: d.Seq, Number: d.Attempt, Status: status, Duration: time.Since(began), Answer: answer}
}

func (s *Sender) post(ctx context.Context, d store.Delivery) (status int, answer string, err error) {
	if err := CheckURL(d.URL, s.plainAllowed); err != nil {
		return 0, "", err
	}
	body, err := bodyOf(d.Event)
	if err != nil {
		return 0, "", err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, d.URL, bytes.NewReader(body))
	if err != nil {
		return 0, "", err
	}
	// A connection that the receiver has just closed is tried again by the transport itself if it may repeat the request. It may: the message has a number.
	r.Header.Set("Idempotency-Key", d.ID.String())
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("User-Agent", userAgent)
	secrets := []string{d.Secret}
	if d.FormerSecret != nil {
		secrets = append(secrets, *d.FormerSecret)
	}
	if err := sign(r.Header, d.ID.String(), time.Now(), body, secrets...); err != nil {
		return 0, "", err
	}
	with := s.secure
	if r.URL.Scheme == "http" {
		with = s.plain
	}
	response, err := with.Do(r)
	if err != nil {
		return 0, "", err
	}
	defer func() { _ = response.Body.Close() }() // the answer was read, or is not wanted
	text, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if err != nil && response.StatusCode < 300 { // cut off behind a yes: nobody knows what the receiver did after it
		return 0, "", err
	}
	return response.StatusCode, store.Printable(string(text)), nil
}

// trouble says in words what went wrong, without the URL, which stands beside it in the log.
func trouble(err error) string {
	var cut *url.Error
	if errors.As(err, &cut) {
		err = cut.Err
	}
	var name *net.DNSError
	var certificate *tls.CertificateVerificationError
	var network net.Error
	switch {
	case errors.Is(err, ErrRefused):
		return store.Printable(ErrRefused.Error() + strings.SplitAfterN(err.Error(), ErrRefused.Error(), 2)[1])
	case errors.As(err, &name) && !name.IsTimeout:
		return "the name does not resolve"
	case errors.As(err, &certificate):
		return store.Printable("the certificate is not valid: " + certificate.Err.Error())
	case errors.Is(err, syscall.ECONNREFUSED):
		return "the connection was refused"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE),
		strings.HasSuffix(err.Error(), "server closed idle connection"): // an error of net/http without a name
		return "the connection was closed without an answer"
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &network) && network.Timeout():
		return "no answer in time"
	default:
		return store.Printable(err.Error())
	}
}
