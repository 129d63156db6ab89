// Package webhook tells others what happened to orders: it makes the message of an event, signs it as Standard Webhooks says, and posts it,
// never to an address inside the network. What is sent to whom and when is decided in the database; the worker carries it out.
package webhook

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"doorbuster/store"
)

// Message is an event as receivers and readers of the feed see it. Its fields and their order stay as they are; new ones are only added behind
// (docs/webhooks.md). The same event is always told in the same bytes.
type Message struct {
	Type      string    `json:"type"`      // order.placed, order.paid, …, payment.returned
	Timestamp time.Time `json:"timestamp"` // when it happened, UTC
	Data      Data      `json:"data"`
}

// Data is what a Message tells.
type Data struct {
	Event          uuid.UUID `json:"event"` // the same however often it is sent
	Seq            uint64    `json:"seq"`   // its place among all events
	Order          uuid.UUID `json:"order"`
	Item           uint64    `json:"item"`
	SKU            string    `json:"sku"`
	Shopper        uint64    `json:"shopper"`
	Units          int       `json:"units"`
	UnitPriceCents int64     `json:"unit_price_cents"` // in the smallest unit of the currency
	Currency       string    `json:"currency"`
}

// MessageOf is the message of an event.
func MessageOf(e store.Event) Message {
	return Message{
		Type: strings.Replace(e.Kind, "_", ".", 1), Timestamp: e.MadeAt.UTC(),
		Data: Data{
			Event: e.ID, Seq: e.Seq, Order: e.OrderID, Item: e.ItemID, SKU: e.SKU, Shopper: e.UserID,
			Units: e.Units, UnitPriceCents: e.UnitPriceCents, Currency: e.Currency,
		},
	}
}

const (
	secretPrefix = "whsec_"
	secretBytes  = 32 // Standard Webhooks asks for 24 to 64
)

// NewSecret makes a secret to sign with.
func NewSecret() string {
	key := make([]byte, secretBytes)
	_, _ = rand.Read(key) // never fails: it ends the program where there is no randomness
	return secretPrefix + base64.StdEncoding.EncodeToString(key)
}

// sign sets the three headers of Standard Webhooks. With two secrets there are two signatures, and a receiver that knows one of them is content.
func sign(h http.Header, id string, at time.Time, body []byte, secrets ...string) error {
	var signatures []string
	for _, secret := range secrets {
		signer, err := standardwebhooks.NewWebhook(secret)
		if err != nil {
			return fmt.Errorf("webhook: a secret is not whsec_ and base64") // the library's text may hold a part of it
		}
		signature, err := signer.Sign(id, at, body)
		if err != nil {
			return err
		}
		signatures = append(signatures, signature)
	}
	h.Set(standardwebhooks.HeaderWebhookID, id)
	h.Set(standardwebhooks.HeaderWebhookTimestamp, strconv.FormatInt(at.Unix(), 10))
	h.Set(standardwebhooks.HeaderWebhookSignature, strings.Join(signatures, " "))
	return nil
}

// bodyOf is the message of an event as it is posted.
func bodyOf(e store.Event) ([]byte, error) { return json.Marshal(MessageOf(e)) }
