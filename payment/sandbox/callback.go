package sandbox

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/google/uuid"

	"doorbuster/payment"
	"doorbuster/store"
)

// SignatureHeader carries the HMAC-SHA256 of a callback's body in hexadecimal. A recorded callback that is sent again is only another bell.
const SignatureHeader = "Doorbuster-Sandbox-Signature"

// Callback is a request that the sandbox sends to the shop: POST, with this header and body.
type Callback struct {
	Header http.Header
	Body   []byte
}

// notice is the body of a callback.
type notice struct {
	Payment uuid.UUID `json:"payment"`
	Event   string    `json:"event"`
}

// Press is what the form of the sandbox's page does: the shopper confirms the payment with a card. It returns the callbacks to deliver, in
// their order: none, one or two. Pressing again changes nothing and rings no bell. store.ErrNotFound: there is no such payment.
func (p *Provider) Press(ctx context.Context, id uuid.UUID, card string) ([]Callback, error) {
	c := cardOf(card)
	standing, err := p.books.SandboxAct(ctx, id, pay, c.behaves)
	if err != nil {
		return nil, err
	}
	if standing.Outcome == store.NoSuchPayment {
		return nil, fmt.Errorf("sandbox: payment %s: %w", id, store.ErrNotFound)
	}
	if standing.Outcome != store.Settled {
		return nil, nil
	}
	callbacks := make([]Callback, 0, len(c.callbacks))
	for _, event := range c.callbacks {
		body, err := json.Marshal(notice{Payment: id, Event: event})
		if err != nil {
			return nil, err
		}
		header := http.Header{}
		header.Set("Content-Type", "application/json")
		header.Set(SignatureHeader, hex.EncodeToString(p.sign(body)))
		callbacks = append(callbacks, Callback{Header: header, Body: body})
	}
	return callbacks, nil
}

func (p *Provider) sign(body []byte) []byte {
	mac := hmac.New(sha256.New, p.key)
	mac.Write(body) // never fails
	return mac.Sum(nil)
}

// Callback implements payment.Provider.
func (p *Provider) Callback(header http.Header, body []byte) (uuid.UUID, error) {
	signature, err := hex.DecodeString(header.Get(SignatureHeader))
	if err != nil || len(p.key) == 0 || !hmac.Equal(signature, p.sign(body)) {
		return uuid.Nil, payment.ErrForged
	}
	var n notice
	if err := json.Unmarshal(body, &n); err != nil {
		return uuid.Nil, fmt.Errorf("sandbox: a signed callback cannot be read: %w", err)
	}
	return n.Payment, nil
}
